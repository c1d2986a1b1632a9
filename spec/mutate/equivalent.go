package mutate

import (
	"fmt"

	"github.com/tcpfsm/tcpfsm/spec"
)

// Equivalent gives a reason why the mutant does the same as the table once the
// options of a machine are fixed, or "" if none is known. No mutant with a reason
// can be told from the table, as long as the table's invariants hold.
func (x *Mutant) Equivalent(options uint32) string {
	switch {
	case x.same(options, false):
		return x.why(options, false)
	case x.same(options, true):
		return x.why(options, true) + ", as long as the invariants hold"
	}
	return ""
}

// cells calls do for every cell that the mutant changes, until it gives false.
func (x *Mutant) cells(do func(state int, old, now []*spec.Rule) bool) bool {
	for s := range x.Program.Cells {
		for e := range x.Program.Cells[s] {
			if x.Changed(s, e) && !do(s, x.base.Cells[s][e], x.Program.Cells[s][e]) {
				return false
			}
		}
	}
	return true
}

// same compares all changed cells. Each state has its own Comparer: what is taken
// for granted differs, and the diagrams stay small.
func (x *Mutant) same(options uint32, given bool) bool {
	c := x.base.NewComparer(options, given)
	return x.cells(func(s int, old, now []*spec.Rule) bool { return c.Same(s, old, now) })
}

// why finds words for what same has shown.
func (x *Mutant) why(options uint32, given bool) string {
	c := x.base.NewComparer(options, given)
	for _, r := range x.swap {
		if r != nil && x.cells(func(s int, old, _ []*spec.Rule) bool { return !c.Fires(s, old, r) }) {
			return fmt.Sprintf("row %s never fires here under these options", r.ID)
		}
	}
	if x.swap[0] != nil && x.cells(func(s int, _, _ []*spec.Rule) bool { return c.Exclude(s, x.swap[0], x.swap[1]) }) {
		return fmt.Sprintf("the guards of %s and %s exclude each other", x.swap[0].ID, x.swap[1].ID)
	}
	if x.swap[0] == nil && x.cells(func(s int, old, now []*spec.Rule) bool { return !firesAny(c, s, old, now) && !firesAny(c, s, now, old) }) {
		return "no row that was changed ever fires under these options"
	}
	return "whatever fires does the same"
}

// firesAny reports whether a rule of a cell that the other cell lacks may fire.
func firesAny(c *spec.Comparer, state int, cell, other []*spec.Rule) bool {
	for _, r := range cell {
		if !contains(other, r) && c.Fires(state, cell, r) {
			return true
		}
	}
	return false
}

func contains(list []*spec.Rule, r *spec.Rule) bool {
	for _, x := range list {
		if x == r {
			return true
		}
	}
	return false
}
