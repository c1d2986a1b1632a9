package spec

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what is found as what is wanted")

// TestDiagnostics holds every message against a small table that provokes it:
// testdata/diag/NAME/table.go and the exact messages in want.txt.
func TestDiagnostics(t *testing.T) {
	dirs, err := os.ReadDir(filepath.Join("testdata", "diag"))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		t.Run(d.Name(), func(t *testing.T) {
			dir := filepath.Join("testdata", "diag", d.Name())
			golden(t, filepath.Join(dir, "want.txt"), messages(dir))
		})
	}
}

// messages gives what Load says of a table, with the file's name alone.
func messages(dir string) string {
	_, err := Load(dir, "Machine")
	if err == nil {
		return ""
	}
	text := strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "")
	return strings.ReplaceAll(text, dir, "DIR") + "\n"
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; if that is meant, run go test ./spec -update and read the diff before committing\ngot:\n%swant:\n%s", file, got, want)
	}
}

// TestDiagnosticsSayWhatToDo: every message names the problem, and after a colon
// or comma the remedy.
func TestDiagnosticsSayWhatToDo(t *testing.T) {
	files, _ := filepath.Glob("testdata/diag/*/want.txt")
	if len(files) < 100 {
		t.Fatalf("%d golden files, want at least 100", len(files))
	}
	form := regexp.MustCompile(`^([a-z]+\.(go|txt):\d+:\d+: |spec: ).+[^ ]: [^ ].+$`)
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if !form.MatchString(strings.TrimSuffix(line, "\n")) {
				t.Errorf("%s: %q is not of the form file:line:col: problem: remedy", f, line)
			}
		}
	}
}

// TestDiagnosticsEachOnce: one run of a table with several mistakes reports all
// of them, in order, each once.
func TestDiagnosticsEachOnce(t *testing.T) {
	_, err := Load(filepath.Join("testdata", "diag", "many"), "Machine")
	list, ok := err.(Diagnostics)
	if !ok || len(list) < 4 {
		t.Fatalf("%v: want at least four diagnostics", err)
	}
	for i := 1; i < len(list); i++ {
		if compareDiagnostics(list[i-1], list[i]) >= 0 {
			t.Errorf("%v and %v are out of order or equal", list[i-1], list[i])
		}
	}
}
