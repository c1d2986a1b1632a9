package main

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/model/tcpnet"
	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
)

var update = flag.Bool("update", false, "write the pages and charts of docs that are generated here")

// The numbers of RFC 9293, counted in its text and in its appendix B: without a gap
// from 1 on.
var requirementCounts = []struct {
	prefix string
	last   int
}{{"MUST", 69}, {"SHLD", 31}, {"MAY", 18}, {"REC", 1}}

// Every number has a line, in order, and there are no others.
func TestRequirements_noneLacksALine(t *testing.T) {
	var want, got []string
	for _, c := range requirementCounts {
		for n := 1; n <= c.last; n++ {
			want = append(want, fmt.Sprintf("%s-%d", c.prefix, n))
		}
	}
	for _, r := range requirements {
		got = append(got, r.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the list has %v\nwant %v", got, want)
	}
}

// Every line is complete, and whatever it names exists.
func TestRequirements_everythingNamedExists(t *testing.T) {
	p, err := table()
	if err != nil {
		t.Fatal(err)
	}
	tests := testNames(t)
	for _, r := range requirements {
		if placeWords[r.Where] == "" || r.Text == "" || !strings.HasPrefix(r.Section, "3.") {
			t.Errorf("%s: incomplete or wrong: %+v", r.ID, r)
		}
		for _, word := range r.Evidence {
			kind, name, ok := strings.Cut(word, ":")
			if !ok || !evidenceExists(p, tests, kind, name) {
				t.Errorf("%s names %s, which does not exist", r.ID, word)
			}
		}
		e := r.evidence(p)
		proved := len(e.Tests)+len(e.Properties) > 0
		switch r.Where {
		case "table", "endpoint", "part":
			if !proved {
				t.Errorf("%s is said to be met, and no test and no property shows it", r.ID)
			}
			if r.Where == "part" && r.Remark == "" {
				t.Errorf("%s is met in part: say what is missing", r.ID)
			}
		default:
			if len(r.Evidence) > 0 && r.Where == "absent" || r.Remark == "" {
				t.Errorf("%s is not met here: say why, and name nothing", r.ID)
			}
		}
	}
}

// What cites a number that does not exist, or one that is not met here, is wrong.
func TestRequirements_citationsAreRight(t *testing.T) {
	p, err := table()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range requirements {
		if e := r.evidence(p); r.Where == "absent" && len(e.Rows)+len(e.Options)+len(e.Words)+len(e.Properties) > 0 {
			t.Errorf("%s is not here, and cited by %+v", r.ID, e)
		}
	}
	check := func(where, cite string) {
		for part := range strings.SplitSeq(cite, ";") {
			part = strings.TrimSpace(part)
			prefix, _, numbered := strings.Cut(part, "-")
			isNumber := numbered && slices.Contains([]string{"MUST", "SHLD", "MAY", "REC"}, prefix)
			if isNumber && !slices.ContainsFunc(requirements, func(r requirement) bool { return r.ID == part }) {
				t.Errorf("%s cites %s, which RFC 9293 does not have", where, part)
			}
		}
	}
	for _, r := range p.Rows {
		check("row "+r.ID, r.Cite)
	}
	for _, o := range p.Machine.Options {
		check("option "+o.Name, o.Cite)
	}
	for _, d := range p.Defs {
		check("predicate "+d.Name, d.Cite)
	}
	for _, a := range p.Actions {
		check("action "+a.Name, a.Cite)
	}
	for _, prop := range tcpnet.Properties {
		check("property "+prop.ID, prop.Cite)
	}
}

func evidenceExists(p *spec.Program, tests []string, kind, name string) bool {
	switch kind {
	case "row":
		return slices.ContainsFunc(p.Rows, func(r *spec.Rule) bool { return r.ID == name })
	case "option":
		return slices.ContainsFunc(p.Machine.Options, func(o spec.Option) bool { return o.Name == name })
	case "prop":
		return slices.ContainsFunc(tcpnet.Properties, func(x tcpnet.Property) bool { return x.ID == name })
	case "field":
		_, ok := reflect.TypeFor[endpoint.Config]().FieldByName(name)
		return ok
	case "test":
		return slices.Contains(tests, name)
	}
	return false
}

// testNames are the tests of the module, each with the last part of its folder:
// endpoint.TestConn_nagle; those of this folder are main's.
func testNames(t *testing.T) (all []string) {
	t.Helper()
	for _, name := range goFiles(t) {
		if !strings.HasSuffix(name, "_test.go") {
			continue
		}
		pkg := path.Base(path.Dir(name))
		if path.Dir(name) == "cmd/tcpfsm" {
			pkg = "main"
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Test") {
				all = append(all, pkg+"."+fn.Name.Name)
			}
		}
	}
	return all
}

// docs/RFC9293.md says what requirements.txt, the table and the properties say now.
func TestRequirements_page(t *testing.T) {
	p, err := table()
	if err != nil {
		t.Fatal(err)
	}
	comparePage(t, "RFC9293.md", requirementsPage(p))
}

// comparePage holds a generated page against the file, or writes it.
func comparePage(t *testing.T, name, want string) {
	t.Helper()
	file := filepath.Join(root, "docs", name)
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("docs/%s is stale: run 'go test ./cmd/tcpfsm -update' and read what changed", name)
	}
}

const requirementsHead = `# RFC 9293, number by number

<!-- Written by 'go test ./cmd/tcpfsm -update' from cmd/tcpfsm/requirements.txt and from what cites the numbers. -->

Appendix B of RFC 9293 numbers what a TCP must, should and may do. Here is each number, in our words, and
where it is met: rows, options and words of the [table](generated/table.md), [properties](PROPERTIES.md),
tests, and settings of [` + "`endpoint.Config`" + `](../tcpfsm/endpoint/config.go). ` + "`tcpfsm explain MUST-13`" + ` says the same
of one. A test checks that no number lacks a line, that everything named exists, and that whatever is said to be
met has a test or a property to show it.

`

func requirementsPage(p *spec.Program) string {
	var b strings.Builder
	b.WriteString(requirementsHead)
	writeCounts(&b)
	for _, c := range requirementCounts {
		fmt.Fprintf(&b, "\n## %s\n\n| number | asks | where | shown by | remark |\n|---|---|---|---|---|\n", requirementTitles[c.prefix])
		for _, r := range requirements {
			if prefix, _, _ := strings.Cut(r.ID, "-"); prefix == c.prefix {
				writeRequirement(&b, p, r)
			}
		}
	}
	return b.String()
}

var requirementTitles = map[string]string{"MUST": "Must", "SHLD": "Should", "MAY": "May", "REC": "Recommended"}

// writeCounts sums up where the numbers are met.
func writeCounts(b *strings.Builder) {
	places := []struct{ where, means string }{
		{"table", "a row, an option or a definition of the table does it"},
		{"endpoint", "[`tcpfsm/endpoint`](../tcpfsm/endpoint) does it around the machine"},
		{"part", "some of it is done; the remark says what is not"},
		{"wrapper", "whoever drives the machine has to do it: it is about IP, addresses or the host's interface"},
		{"absent", "nobody does it here; the remark says why"},
	}
	b.WriteString("| where | means |")
	for _, c := range requirementCounts {
		fmt.Fprintf(b, " %s |", c.prefix)
	}
	b.WriteString("\n|---|---|---|---|---|---|\n")
	for _, place := range places {
		fmt.Fprintf(b, "| %s | %s |", placeWords[place.where], place.means)
		for _, c := range requirementCounts {
			n := 0
			for _, r := range requirements {
				if r.Where == place.where && strings.HasPrefix(r.ID, c.prefix+"-") {
					n++
				}
			}
			fmt.Fprintf(b, " %d |", n)
		}
		b.WriteByte('\n')
	}
}

func writeRequirement(b *strings.Builder, p *spec.Program, r requirement) {
	e := r.evidence(p)
	var shown []string
	add := func(what string, names []string) {
		if len(names) > 0 {
			shown = append(shown, what+" `"+strings.Join(names, "`, `")+"`")
		}
	}
	if len(e.Rows) > 0 {
		var links []string
		for _, id := range e.Rows {
			links = append(links, fmt.Sprintf("[`%s`](generated/table.md#row-%s)", id, id))
		}
		shown = append(shown, "rows "+strings.Join(links, ", "))
	}
	add("options", e.Options)
	add("words", e.Words)
	add("settings", e.Fields)
	add("properties", e.Properties)
	add("tests", e.Tests)
	url := fmt.Sprintf(p.Machine.URL, r.Section)
	fmt.Fprintf(b, "| %s | %s ([%s](%s)) | %s | %s | %s |\n", r.ID, r.Text, r.Section, url, placeWords[r.Where], strings.Join(shown, "; "), r.Remark)
}
