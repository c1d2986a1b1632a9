package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"reflect"
)

// hash is over everything that decides what a machine does: names, types and the
// canonical text of every part, in order. Docs, reasons, citations and the
// diagram are left out, so that better words are no other machine.
func hash(p *Program) string {
	h := sha256.New()
	m := p.Machine
	fmt.Fprintln(h, "machine", m.Name)
	for _, s := range m.States {
		fmt.Fprintf(h, "state %q\n", s.Name)
	}
	for _, e := range m.Events {
		fmt.Fprintf(h, "event %s takes %q timer %q\n", e.Name, e.Takes, e.Timer)
		hashVars(h, "arg", e.Args)
	}
	for _, r := range m.Records {
		fmt.Fprintln(h, "record", r.Name)
		hashVars(h, "field", r.Fields)
		hashNames(h, "flag", r.Flags)
	}
	for _, s := range m.Slots {
		fmt.Fprintln(h, "slot", s.Name, s.Of)
	}
	hashVars(h, "param", m.Params)
	hashVars(h, "var", m.Vars)
	hashVars(h, "out", m.Outs)
	for _, t := range m.Timers {
		fmt.Fprintln(h, "timer", t.Name)
	}
	hashNames(h, "signal", m.Signals)
	hashNames(h, "answer", m.Answers)
	for _, o := range m.Options {
		fmt.Fprintln(h, "option", o.Name)
	}
	p.hashTexts(h)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func hashVars(w io.Writer, what string, vars []Var) {
	for _, v := range vars {
		fmt.Fprintln(w, what, v.Name, v.Type, v.Keep)
	}
}

func hashNames(w io.Writer, what string, names []Name) {
	for _, n := range names {
		fmt.Fprintln(w, what, n.Name)
	}
}

func (p *Program) hashTexts(w io.Writer) {
	for i, f := range p.Machine.Profiles {
		fmt.Fprintln(w, "profile", f.Name, p.Profiles[i], f.Default)
	}
	for _, d := range p.Defs {
		fmt.Fprintln(w, "def", d.Name, d.Type, p.Text(d.Expr))
	}
	for _, a := range p.Actions {
		fmt.Fprintln(w, "action", a.Name, p.TextStmts(a.Body))
	}
	for _, c := range p.Checks {
		fmt.Fprintln(w, "invariant", c.Name, c.States, p.Text(c.Expr))
	}
	for _, r := range p.Rows {
		guard := ""
		if r.Guard != nil {
			guard = p.Text(r.Guard)
		}
		fmt.Fprintln(w, "row", r.ID, r.In, r.On, guard, r.To, p.TextStmts(r.Body))
	}
}

// Diff says how two programs differ, or "" when they are the same machine word
// by word. Only the positions of rows may differ: a value has none. A table's
// test holds what Load gives against what Compile gives with it.
func Diff(a, b *Program) string {
	if d := diffValues("Machine", reflect.ValueOf(a.Machine).Elem(), reflect.ValueOf(b.Machine).Elem()); d != "" {
		return d
	}
	for i := range a.Rows {
		x, y := a.Rows[i], b.Rows[i]
		if (x.Guard == nil) != (y.Guard == nil) || x.Guard != nil && a.Text(x.Guard) != b.Text(y.Guard) || a.TextStmts(x.Body) != b.TextStmts(y.Body) {
			return "row " + x.ID + ": guard or effects differ"
		}
	}
	if a.Hash != b.Hash {
		return "hash: " + a.Hash + " and " + b.Hash
	}
	return ""
}

// diffValues finds the first difference of two values of one type, with its path.
func diffValues(path string, a, b reflect.Value) string {
	switch a.Kind() {
	case reflect.Struct:
		for i := range a.NumField() {
			if d := diffValues(path+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i)); d != "" {
				return d
			}
		}
	case reflect.Slice:
		if a.Len() != b.Len() {
			return fmt.Sprintf("%s: %d and %d elements", path, a.Len(), b.Len())
		}
		for i := range a.Len() {
			if d := diffValues(fmt.Sprintf("%s[%d]", path, i), a.Index(i), b.Index(i)); d != "" {
				return d
			}
		}
	default:
		if !a.Equal(b) {
			return fmt.Sprintf("%s: %#v and %#v", path, a, b)
		}
	}
	return ""
}
