package gen

import (
	"bytes"
	"fmt"
	"go/format"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/tcpfsm/tcpfsm/spec"
)

// A golang prints one program as a Go package.
type golang struct {
	p     *spec.Program
	m     *spec.Machine
	from  string
	n     *goNames
	needs *needs

	used    map[string]bool // helpers that some expression or effect calls
	defs    map[*spec.Definition]jen.Code
	actions map[*spec.Procedure]jen.Code
	cells   []*cell
}

// renderGo prints the typed package: one file per noun, named *_gen.go.
func renderGo(p *spec.Program, from string) ([]File, error) {
	n, err := newNames(p)
	if err != nil {
		return nil, err
	}
	if err := checkTimers(p.Machine); err != nil {
		return nil, err
	}
	g := &golang{
		p: p, m: p.Machine, from: from, n: n, needs: newNeeds(n.args), used: map[string]bool{},
		defs: map[*spec.Definition]jen.Code{}, actions: map[*spec.Procedure]jen.Code{},
	}
	g.findCells()
	// What is called decides what is printed, so that callers come first.
	builders := []struct {
		name  string
		build func(*jen.File)
	}{
		{"cells", g.cellsFile},
		{"check", g.checkFile},
		{"parts", g.partsFile},
		{"step", g.stepFile},
		{"machine", g.machineFile},
		{"states", g.statesFile},
		{"events", g.eventsFile},
		{"options", g.optionsFile},
		{"records", g.recordsFile},
		{"output", g.outputFile},
		{"rows", g.rowsFile},
		{"diagram", g.diagramFile},
	}
	var files []File
	for _, b := range builders {
		f := jen.NewFile(p.Machine.Name)
		f.HeaderComment("// " + header(from))
		b.build(f)
		var out bytes.Buffer
		if err := f.Render(&out); err != nil {
			return nil, fmt.Errorf("gen: %s_gen.go: %w", b.name, err)
		}
		if hasDecls(out.Bytes()) {
			files = append(files, File{b.name + "_gen.go", out.Bytes()})
		}
	}
	help, err := g.helpersFile()
	return append(files, help), err
}

// hasDecls reports whether a rendered file is more than its package clause.
func hasDecls(src []byte) bool {
	return bytes.Count(bytes.TrimSpace(src), []byte("\n")) > 2
}

// checkTimers refuses what Expire could not call.
func checkTimers(m *spec.Machine) error {
	for _, t := range m.Timers {
		found := false
		for _, e := range m.Events {
			if e.Timer == t.Name {
				found = true
				if e.Takes != "" || len(e.Args) > 0 {
					return fmt.Errorf("gen: machine %s: event %s is the expiry of timer %s and takes arguments: a timer has none to give, remove them", m.Name, e.Name, t.Name)
				}
			}
		}
		if !found {
			return fmt.Errorf("gen: machine %s: timer %s has no event: add an event with Timer: %q", m.Name, t.Name, t.Name)
		}
	}
	return nil
}

// helpersFile is fixed text: functions that no table changes, and of the
// arithmetic only what some expression calls.
func (g *golang) helpersFile() (File, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "// %s\n\npackage %s\n%s", header(g.from), g.m.Name, textHelpers)
	for _, h := range arithmeticHelpers {
		if g.used[h.name] {
			b.WriteString(h.text)
		}
	}
	src, err := format.Source([]byte(strings.ReplaceAll(b.String(), "PACKAGE", g.m.Name)))
	if err != nil {
		return File{}, fmt.Errorf("gen: helpers_gen.go: %w", err)
	}
	return File{"helpers_gen.go", src}, nil
}

// uintType is the smallest unsigned type with room for so many values.
func uintType(values int) string {
	switch {
	case values <= 1<<8:
		return "uint8"
	case values <= 1<<16:
		return "uint16"
	}
	return "uint32"
}

// setType is the smallest unsigned type with so many bits.
func setType(bits int) string {
	for _, n := range []int{8, 16, 32} {
		if bits <= n {
			return fmt.Sprint("uint", n)
		}
	}
	return "uint64"
}

// A commenter is a jennifer file or group.
type commenter interface {
	Comment(string) *jen.Statement
}

// comment writes text as comment lines of at most longLine columns.
func comment(to commenter, text string) {
	for _, l := range fill(text, longLine-10) {
		to.Comment("// " + l)
	}
}

// commentCode writes source of the table as a code block of a comment.
func commentCode(to commenter, src string) {
	for _, l := range dedent(src) {
		to.Comment(strings.TrimRight("//\t"+l, "\t"))
	}
}

// doc begins a declaration: an empty line, then its comment.
func doc(f *jen.File, text string) {
	f.Line()
	comment(f, text)
}

// fill breaks text into lines at spaces. Characters count, not bytes.
func fill(text string, width int) []string {
	var lines []string
	line, n := "", 0
	for _, w := range strings.Fields(text) {
		k := len([]rune(w))
		if line != "" && n+1+k > width {
			lines, line, n = append(lines, line), "", 0
		}
		if line != "" {
			line, n = line+" ", n+1
		}
		line, n = line+w, n+k
	}
	return append(lines, line)
}

// dedent removes empty lines around a text and the indentation of its first line
// from all of its lines.
func dedent(src string) []string {
	lines := strings.Split(strings.Trim(src, "\n"), "\n")
	margin := lines[0][:len(lines[0])-len(strings.TrimLeft(lines[0], " \t"))]
	for i, l := range lines {
		lines[i] = strings.TrimRight(strings.TrimPrefix(l, margin), " \t")
	}
	return lines
}

// oneLineOf is the source of a guard or effects without its line breaks.
func oneLineOf(src string) string { return strings.Join(strings.Fields(src), " ") }

// sentence ends text with a full stop.
func sentence(text string) string {
	if text == "" || strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

// list joins names as in "A, B and C".
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// citation gives a citation with its document, unless it names one itself.
func (g *golang) citation(cite string) string {
	for _, own := range []string{"RFC ", "practice", "note "} {
		if strings.HasPrefix(cite, own) {
			return cite
		}
	}
	if cite == "" {
		return ""
	}
	return strings.TrimSpace(g.m.Source + " " + cite)
}

// about is documentation with its citation: "length in sequence space (RFC 9293 3.4)".
func (g *golang) about(text, cite string) string {
	if cite != "" {
		text = strings.TrimSpace(strings.TrimSuffix(text, ".") + " (" + g.citation(cite) + ")")
	}
	return text
}
