package gen

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestDiff_text(t *testing.T) {
	long := "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n20\n"
	for _, c := range []struct{ reason, old, new, want string }{
		{"equal texts", "a\nb\n", "a\nb\n", ""},
		{"a line in the middle", "a\nb\nc\n", "a\nx\nc\n", "--- o\n+++ n\n@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n"},
		{"a new file", "", "a\n", "--- o\n+++ n\n@@ -0,0 +1 @@\n+a\n"},
		{"an emptied file", "a\nb\n", "", "--- o\n+++ n\n@@ -1,2 +0,0 @@\n-a\n-b\n"},
		{"no newline at the end", "a\nb", "a\nb\n", "--- o\n+++ n\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n"},
		{"two hunks", long, strings.Replace(strings.Replace(long, "2\n", "two\n", 1), "18\n", "", 1),
			"--- o\n+++ n\n@@ -1,5 +1,5 @@\n 1\n-2\n+two\n 3\n 4\n 5\n@@ -15,6 +15,5 @@\n 15\n 16\n 17\n-18\n 19\n 20\n"},
	} {
		if got := unifiedDiff("o", "n", []byte(c.old), []byte(c.new)); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.reason, got, c.want)
		}
	}
}

// A diff, applied to the old text, gives the new one.
func TestDiff_applies(t *testing.T) {
	lines := rapid.SliceOfN(rapid.SampledFrom([]string{"{\n", "}\n", "\n", "a\n", "b\n", "c\n", "d\n", "e\n", "f\n"}), 0, 60)
	rapid.Check(t, func(t *rapid.T) {
		a, b := lines.Draw(t, "old"), lines.Draw(t, "new")
		if rapid.Bool().Draw(t, "related") { // b is a with one piece replaced
			i := rapid.IntRange(0, len(a)).Draw(t, "from")
			j := rapid.IntRange(i, len(a)).Draw(t, "to")
			b = append(append(append([]string{}, a[:i]...), b[:min(len(b), 5)]...), a[j:]...)
		}
		old, new := strings.Join(a, ""), strings.Join(b, "")
		diff := unifiedDiff("o", "n", []byte(old), []byte(new))
		if got := apply(t, a, diff); got != new {
			t.Fatalf("applied to %q, the diff\n%s\ngives %q, want %q", old, diff, got, new)
		}
	})
}

// apply is patch, strict about every line and number.
func apply(t *rapid.T, old []string, diff string) string {
	var out strings.Builder
	at := 0
	for _, l := range strings.SplitAfter(diff, "\n") {
		switch {
		case l == "" || strings.HasPrefix(l, "--- ") || strings.HasPrefix(l, "+++ "):
		case strings.HasPrefix(l, "@@ -"):
			first, n := hunkStart(t, l)
			if n > 0 {
				first--
			}
			for ; at < first; at++ {
				out.WriteString(old[at])
			}
		case l[0] == '+':
			out.WriteString(l[1:])
		default:
			if old[at] != l[1:] {
				t.Fatalf("line %d of the old text is %q, the diff says %q", at+1, old[at], l)
			}
			if l[0] == ' ' {
				out.WriteString(l[1:])
			}
			at++
		}
	}
	return out.String() + strings.Join(old[at:], "")
}

func hunkStart(t *rapid.T, l string) (first, n int) {
	span, _, _ := strings.Cut(strings.TrimPrefix(l, "@@ -"), " ")
	n = 1
	if k, err := fmt.Sscanf(span, "%d,%d", &first, &n); k == 0 {
		t.Fatal(l, err)
	}
	return first, n
}

// The patch of the system takes what -check prints.
func TestDiff_patch(t *testing.T) {
	patch, err := exec.LookPath("patch")
	if err != nil {
		t.Skip("patch is not installed")
	}
	old := strings.Repeat("func a() {\n}\n\n", 20)
	new := strings.Replace(old, "}\n\nfunc a() {\n}\n", "\treturn\n}\n", 3) + "end\n"
	path := filepath.Join(t.TempDir(), "f")
	writeFile(t, path, []byte(old))
	cmd := exec.Command(patch, path)
	cmd.Stdin = strings.NewReader(unifiedDiff("f", "f", []byte(old), []byte(new)))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got, _ := os.ReadFile(path); string(got) != new {
		t.Errorf("patch gives\n%s\nwant\n%s", got, new)
	}
}
