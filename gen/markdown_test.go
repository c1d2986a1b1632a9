package gen

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/spec"
)

func TestMarkdown_golden(t *testing.T) {
	fs, err := renderMarkdown(program(turnstile()), "turnstile")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "turnstile/"+fs[0].Name, fs[0].Data)
}

var bar = regexp.MustCompile(`(^|[^\\])(\\\\)*\|`)

// checkTables reports lines of tables that have more or fewer cells than the
// line under the head, and links that lead nowhere.
func checkTables(t *testing.T, name, page string) {
	t.Helper()
	cells := 0
	for l := range strings.SplitSeq(page, "\n") {
		switch n := len(bar.FindAllString(l, -1)); {
		case !strings.HasPrefix(l, "|"):
			cells = 0
		case cells == 0:
			cells = n
		case n != cells && !strings.HasPrefix(l, "|---"):
			t.Errorf("%s: %d cells, want %d: %s", name, n-1, cells-1, l)
		}
	}
	for _, link := range regexp.MustCompile(`\]\(#([^)]*)\)`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(page, `<a id="`+link[1]+`"></a>`) {
			t.Errorf("%s: nothing is at #%s", name, link[1])
		}
	}
}

func TestMarkdown_tables(t *testing.T) {
	for name, p := range map[string]*spec.Program{
		"tcp": tcpProgram(t), "hostile": program(hostile()), "turnstile": program(turnstile()), "quic": program(quicSend()),
	} {
		checkTables(t, name, string(must(renderMarkdown(p, "x"))[0].Data))
	}
}

func TestCode(t *testing.T) {
	for in, want := range map[string]string{
		"a || b": "`a \\|\\| b`", "a `b` c": "`` a `b` c ``", "``": "``` `` ```", "a\n b": "`a b`", "": "",
	} {
		if got := code(in); got != want {
			t.Errorf("code(%q) is %s, want %s", in, got, want)
		}
	}
}

func TestCitations(t *testing.T) {
	m := &spec.Machine{URL: "https://www.rfc-editor.org/rfc/rfc9293.html#section-%s"}
	got := Citations(m, "3.10.7.3; MUST-11; EID 8167; RFC 5961 section 3.2; RFC 1337; Fig 7; note RFC 1122 section 4.2.2.20 (c); practice: FreeBSD, Linux; ")
	want := []Citation{
		{"3.10.7.3", "https://www.rfc-editor.org/rfc/rfc9293.html#section-3.10.7.3"},
		{"MUST-11", ""},
		{"EID 8167", "https://www.rfc-editor.org/errata/eid8167"},
		{"RFC 5961 section 3.2", "https://www.rfc-editor.org/rfc/rfc5961.html#section-3.2"},
		{"RFC 1337", "https://www.rfc-editor.org/rfc/rfc1337.html"},
		{"Fig 7", "https://www.rfc-editor.org/rfc/rfc9293.html#figure-7"},
		{"note RFC 1122 section 4.2.2.20 (c)", "https://www.rfc-editor.org/rfc/rfc1122.html#section-4.2.2.20"},
		{"practice: FreeBSD, Linux", ""},
	}
	if !slices.Equal(got, want) {
		t.Errorf("citations are\n%q, want\n%q", got, want)
	}
	if got := Citations(&spec.Machine{}, "3.1; Fig 2"); !slices.Equal(got, []Citation{{"3.1", ""}, {"Fig 2", ""}}) {
		t.Errorf("without an address of the document, citations are %q, want text alone", got)
	}
}
