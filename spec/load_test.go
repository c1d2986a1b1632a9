package spec

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// source loads a table given as text.
func source(t testing.TB, text string) (*Machine, *Source, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "table.go"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return LoadSource(dir, "Machine")
}

// TestLiteralOffset: each character of a literal's value is found where it was
// written, however it was written.
func TestLiteralOffset(t *testing.T) {
	for _, lit := range []string{
		`"X"`, `"abX"`, `"a\tX"`, `"\x41X"`, `"\u00e9X"`, `"éX"`, `"\101X"`, `"\"X"`, `"\\X"`, `"\U0001F600X"`, `"😀X"`, `"\xffX"`, `"\n\n X b"`,
		"`X`", "`ab\nX`", "`é\n\tX`", "`a\r\nX`", "`a\\X`",
	} {
		value := strings.NewReplacer("\r", "").Replace(lit)
		text, err := strconv.Unquote(value)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := literalOffset(lit, strings.IndexByte(text, 'X')), strings.IndexByte(lit, 'X'); got != want {
			t.Errorf("%s: X is at %d, want %d", lit, got, want)
		}
		if got := literalOffset(lit, len(text)); got != len(lit)-1 {
			t.Errorf("%s: the end is at %d, want %d", lit, got, len(lit)-1)
		}
		if got := literalOffset(lit, len(text)+9); got > len(lit) {
			t.Errorf("%s: beyond the end is at %d", lit, got)
		}
	}
}

const everything = `package table

import s "HERE"

type ignored struct{}

const (
	A s.StateSet = 1 << iota
	_
	C
)

const Both = (A | C)
const title, number = "two" + " " + "words", 0x10

var list = []s.Timer{{Name: title}}

var Machine = s.Machine{
	Title: title,
	Vars: []s.Var{{Name: "x", Type: s.Seq, Keep: true}, {Type: s.Flag, Doc: "d"}},
	Timers: list,
	Invariants: []s.Invariant{{In: Both &^ A}},
	Diagram: s.Diagram{Width: number, Height: -2, Nodes: []s.Node{{X: (3 + 4) * 2, Style: s.Goal}}},
	Signals: nil,
}
`

// TestLoadSource: everything that a table may be written with.
func TestLoadSource(t *testing.T) {
	text := strings.Replace(everything, "HERE", here, 1)
	m, src, err := source(t, text)
	if err != nil {
		t.Fatal(err)
	}
	if m.Title != "two words" || m.Vars[0].Type != Seq || !m.Vars[0].Keep || m.Vars[1].Type != Flag || m.Timers[0].Name != "two words" ||
		m.Invariants[0].In != 4 || m.Diagram.Width != 16 || m.Diagram.Height != -2 || m.Diagram.Nodes[0].X != 14 || m.Diagram.Nodes[0].Style != Goal {
		t.Errorf("%+v", m)
	}
	for _, x := range []struct {
		what string
		at   any
		off  int
		want string // the source from there on
	}{
		{"a text", &m.Vars[0].Name, -1, `"x", Type`},
		{"a character", &m.Vars[1].Doc, 0, `d"}},`},
		{"a number", &m.Vars[1].Type, -1, `s.Flag, Doc`},
		{"a struct", &m.Vars[1], -1, `{Type: s.Flag`},
		{"a field left out", &m.Vars[1].Name, -1, `{Type: s.Flag`},
		{"a field of the machine left out", &m.Source, -1, `s.Machine{`},
		{"an element of a variable", &m.Timers[0].Name, -1, `title}}`},
		{"a constant", &m.Title, 0, `two"`},
		{"the second part of a sum", &m.Title, 3, ` " + "words`},
		{"the third part of a sum", &m.Title, 5, `ords"`},
		{"a field of a struct in a struct", &m.Diagram.Nodes[0].X, -1, `(3 + 4)`},
		{"a list in a struct left out", &m.Diagram.Edges, -1, `s.Diagram{`},
	} {
		p := src.position(x.at, x.off)
		if got := text[p.Offset:]; !strings.HasPrefix(got, x.want) {
			t.Errorf("%s is at %d:%d, %.20q, want %q", x.what, p.Line, p.Column, got, x.want)
		}
	}
}

// TestLoad_rowPositions: a row knows its file and line, also through variables.
func TestLoad_rowPositions(t *testing.T) {
	p, err := Load(filepath.Join("testdata", "diag", "clean"), "Machine")
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Rule("idle.open").Pos; got != "table.go:68" {
		t.Errorf("position %s, want table.go:68", got)
	}
}

// TestLoad_files: test files and files that go ignores are left out; a package
// may have several files; a directory may be missing.
func TestLoad_files(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.go":         "package p\nimport \"" + here + "\"\nvar Machine = spec.Machine{Name: name}\n",
		"b.go":         "package p\nconst name = \"m\"\n",
		"b_test.go":    "package p\nconst name = 1 +\n",
		"_c.go":        "not Go",
		"notes.txt":    "not Go",
		"d_linux.go.x": "not Go",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if m, _, err := LoadSource(dir, "Machine"); err != nil || m.Name != "m" {
		t.Errorf("%v, %v: want the machine m", m, err)
	}
	_, err := Load(filepath.Join(dir, "nowhere"), "Machine")
	if !errors.Is(err, os.ErrNotExist) || !strings.HasPrefix(err.Error(), "spec: ") {
		t.Errorf("%v: want an error of package spec that is os.ErrNotExist", err)
	}
}

// TestLoad_goSyntax: what Go's parser finds is a diagnostic like the others.
func TestLoad_goSyntax(t *testing.T) {
	_, _, err := source(t, "package table\n\nvar Machine = spec.Machine{\n\tName \"x\",\n}\n")
	list, ok := err.(Diagnostics)
	if !ok || len(list) == 0 || list[0].Line != 4 || list[0].Col != 7 || !strings.HasPrefix(list[0].Msg, "Go syntax: ") {
		t.Errorf("%#v: want a diagnostic at 4:7", err)
	}
}

// TestLoad_growth: tables that double with every line end soon, with a message.
func TestLoad_growth(t *testing.T) {
	var text strings.Builder
	fmt.Fprintf(&text, "package p\nimport %q\nconst c0 = 1\nvar Machine = spec.Machine{Diagram: spec.Diagram{Width: c40}}\n", here)
	for i := range 40 {
		fmt.Fprintf(&text, "const c%d = c%d | c%d\n", i+1, i, i)
	}
	if _, _, err := source(t, text.String()); err == nil || !strings.Contains(err.Error(), "split it") {
		t.Errorf("%.200v: want a message that the table is too large", err)
	}
	m := fixture()
	m.Defs = append(m.Defs, Def{Name: "d0", Is: "tries"})
	for i := range 40 {
		m.Defs = append(m.Defs, Def{Name: fmt.Sprintf("d%d", i+1), Is: fmt.Sprintf("d%d + d%d", i, i)})
	}
	m.Tables[0].Rows[5].When += " && d40 > d39"
	if _, err := Compile(m); err == nil || !strings.Contains(err.Error(), "written out") {
		t.Errorf("%.200v: want a message that a definition is too large", err)
	}
}
