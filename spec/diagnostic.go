package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Diagnostic is one problem of a table: what is wrong, then what to do.
//
// A machine loaded from source has a File, and Line and Col are the exact place
// in it. A machine compiled from a value has no File: Line and Col then count
// within the text of the Field, or are zero when the problem is no single word.
type Diagnostic struct {
	File      string
	Line, Col int
	Row       string // id of the row, or ""
	Field     string // "When"; outside of rows with its owner: "def inWindow: Is"
	Msg       string
}

// String gives "file:line:col: row id: Field: message".
func (d Diagnostic) String() string {
	var b strings.Builder
	if d.File != "" {
		fmt.Fprintf(&b, "%s:%d:%d: ", d.File, d.Line, d.Col)
	} else {
		b.WriteString("spec: ")
	}
	if d.Row != "" {
		fmt.Fprintf(&b, "row %s: ", d.Row)
	}
	if d.Field != "" {
		b.WriteString(d.Field + d.within() + ": ")
	}
	return b.String() + d.Msg
}

// within is the place inside the text of a field that has no file.
func (d Diagnostic) within() string {
	switch {
	case d.File != "" || d.Line == 0:
		return ""
	case d.Line == 1:
		return fmt.Sprintf(":%d", d.Col)
	}
	return fmt.Sprintf(":%d:%d", d.Line, d.Col)
}

// Diagnostics is every problem of a table, sorted and each once. It is the error
// of Compile and Load.
type Diagnostics []Diagnostic

// Error gives one problem a line.
func (ds Diagnostics) Error() string {
	lines := make([]string, len(ds))
	for i, d := range ds {
		lines[i] = d.String()
	}
	return strings.Join(lines, "\n")
}

// err is nil when there is no problem, so that no caller meets a typed nil.
func (ds Diagnostics) err() error {
	if len(ds) == 0 {
		return nil
	}
	slices.SortStableFunc(ds, compareDiagnostics)
	return slices.Compact(ds)
}

func compareDiagnostics(a, b Diagnostic) int {
	return cmp.Or(
		cmp.Compare(a.File, b.File),
		cmp.Compare(a.Line, b.Line),
		cmp.Compare(a.Col, b.Col),
		cmp.Compare(a.Row, b.Row),
		cmp.Compare(a.Field, b.Field),
		cmp.Compare(a.Msg, b.Msg),
	)
}

// A place is where a problem is: the address of a field of the Machine (or of a
// struct in it), how to call it, and the offset of the word within its text.
type place struct {
	at    any // *string, *StateSet, *Row, ...
	row   string
	field string
	off   int // into the text at points to, or -1
}

// word is the place of one word within the text of a place.
func (p place) word(off int) place {
	p.off = off
	return p
}

// A reporter collects problems and gives each its position.
type reporter struct {
	src   *Source // nil for a value
	diags Diagnostics
}

func (r *reporter) errorf(at place, format string, args ...any) {
	d := Diagnostic{Row: at.row, Field: at.field, Msg: fmt.Sprintf(format, args...)}
	if r.src != nil {
		p := r.src.position(at.at, at.off)
		d.File, d.Line, d.Col = p.Filename, p.Line, p.Column
	} else if s, ok := at.at.(*string); ok && at.off >= 0 {
		d.Line, d.Col = within(*s, at.off)
	}
	r.diags = append(r.diags, d)
}

// within turns an offset into a line and a column, both from 1.
func within(s string, off int) (line, col int) {
	head := s[:min(off, len(s))]
	return 1 + strings.Count(head, "\n"), off - strings.LastIndexByte(head, '\n')
}
