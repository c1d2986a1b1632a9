// Package mutate makes mutants of a table: copies with one small change, each of
// which whoever checks the table should be able to tell from it. A mutant that
// nobody notices shows a check that is missing, or a part of the table that makes
// no difference.
//
// Every row is deleted, sent to every other state, and exchanged with its
// neighbour; every effect of a row or an action is dropped; every guard is negated;
// every operand of && or ||, and every half of a chain of comparisons, is dropped
// from guards and definitions.
//
// The package knows nothing of any machine in particular. Mutants run in the
// interpreter, spec.Program.Step.
package mutate

import (
	"fmt"
	"slices"

	"github.com/tcpfsm/tcpfsm/spec"
)

// A Mutant is a table with one change.
type Mutant struct {
	ID   string // stable while the changed part is: "estab.fin/drop-effect-2", "def:ackOK/drop-conjunct-1"
	Text string // what was changed, in the notation

	Program *spec.Program // its Hash is empty: no text has it

	base *spec.Program
	swap [2]*spec.Rule // of an exchange of neighbours, else nil
}

// All makes every mutant of a program, in the order of its rows, then of its
// definitions and actions.
func All(p *spec.Program) []*Mutant {
	m := &maker{base: p}
	for _, r := range p.Rows {
		m.deleted(r)
		m.targets(r)
		m.effects(r)
		m.guards(r)
	}
	m.swaps()
	for _, d := range p.Defs {
		m.definition(d)
	}
	for _, a := range p.Actions {
		m.action(a)
	}
	return m.out
}

// A maker collects mutants.
type maker struct {
	base *spec.Program
	out  []*Mutant
}

// add takes a mutant with these rules; nil leaves a rule as it is.
func (m *maker) add(id, text string, change func(r *spec.Rule) *spec.Rule) *Mutant {
	p := *m.base
	p.Hash, p.Rows = "", make([]*spec.Rule, len(m.base.Rows))
	byOld := make(map[*spec.Rule]*spec.Rule)
	for i, r := range m.base.Rows {
		p.Rows[i] = change(r)
		byOld[r] = p.Rows[i]
	}
	p.Rows = slices.DeleteFunc(p.Rows, isNil)
	p.Cells = eachCell(m.base.Cells, func(_, _ int, cell []*spec.Rule) []*spec.Rule {
		same := true
		for _, r := range cell {
			same = same && byOld[r] == r
		}
		if same {
			return cell // and so Changed sees it at once
		}
		return replaced(cell, byOld)
	})
	x := &Mutant{ID: id, Text: text, Program: &p, base: m.base}
	m.out = append(m.out, x)
	return x
}

func isNil(r *spec.Rule) bool { return r == nil }

func replaced(cell []*spec.Rule, byOld map[*spec.Rule]*spec.Rule) []*spec.Rule {
	var out []*spec.Rule
	for _, r := range cell {
		if now := byOld[r]; now != nil {
			out = append(out, now)
		}
	}
	return out
}

// eachCell copies cells with a change.
func eachCell(cells [][][]*spec.Rule, change func(state, event int, cell []*spec.Rule) []*spec.Rule) [][][]*spec.Rule {
	out := make([][][]*spec.Rule, len(cells))
	for s := range cells {
		out[s] = make([][]*spec.Rule, len(cells[s]))
		for e, cell := range cells[s] {
			out[s][e] = change(s, e, cell)
		}
	}
	return out
}

// only changes one rule and leaves the others.
func only(old, now *spec.Rule) func(*spec.Rule) *spec.Rule {
	return func(r *spec.Rule) *spec.Rule {
		if r == old {
			return now
		}
		return r
	}
}

// deleted leaves a row out.
func (m *maker) deleted(r *spec.Rule) {
	m.add(r.ID+"/delete", fmt.Sprintf("row %s is deleted", r.ID), only(r, nil))
}

// targets sends a row to every state but its own.
func (m *maker) targets(r *spec.Rule) {
	for s := range m.base.Machine.States {
		if s == r.To || r.To < 0 && len(r.In) == 1 && s == r.In[0] {
			continue
		}
		now := *r
		now.To = s
		m.add(r.ID+"/goto-"+m.state(s), fmt.Sprintf("row %s goes to %s, not %s", r.ID, m.state(s), m.to(r)), only(r, &now))
	}
	if r.To >= 0 && !(len(r.In) == 1) {
		now := *r
		now.To = -1
		m.add(r.ID+"/stay", fmt.Sprintf("row %s stays, and does not go to %s", r.ID, m.to(r)), only(r, &now))
	}
}

func (m *maker) state(s int) string { return m.base.Machine.States[s].Name }

func (m *maker) to(r *spec.Rule) string {
	if r.To < 0 {
		return "back to where it was"
	}
	return m.state(r.To)
}

// swaps exchanges neighbours, wherever they stand beside each other.
func (m *maker) swaps() {
	for _, r := range m.base.Rows {
		for _, next := range m.neighbours(r) {
			m.swapped(r, next)
		}
	}
}

// neighbours lists the rules that stand directly behind a rule in some cell.
func (m *maker) neighbours(r *spec.Rule) (list []*spec.Rule) {
	for _, s := range r.In {
		for _, e := range r.On {
			cell := m.base.Cells[s][e]
			if i := slices.Index(cell, r); i+1 < len(cell) && !slices.Contains(list, cell[i+1]) {
				list = append(list, cell[i+1])
			}
		}
	}
	return list
}

func (m *maker) swapped(a, b *spec.Rule) {
	x := m.add(a.ID+"/swap-"+b.ID, fmt.Sprintf("row %s is tried before row %s", b.ID, a.ID), func(r *spec.Rule) *spec.Rule { return r })
	x.swap = [2]*spec.Rule{a, b}
	x.Program.Cells = eachCell(x.Program.Cells, func(_, _ int, cell []*spec.Rule) []*spec.Rule {
		i := slices.Index(cell, a)
		if i < 0 || i+1 == len(cell) || cell[i+1] != b {
			return cell
		}
		cell = slices.Clone(cell)
		cell[i], cell[i+1] = b, a
		return cell
	})
}

// Changed reports whether the rules of a cell are others than in the table.
func (x *Mutant) Changed(state, event int) bool {
	return !slices.Equal(x.base.Cells[state][event], x.Program.Cells[state][event])
}

// SameGuards reports whether the rules of a cell are tried in the table's order
// under the table's guards, so that at most what they do was changed.
func (x *Mutant) SameGuards(state, event int) bool {
	return slices.EqualFunc(x.base.Cells[state][event], x.Program.Cells[state][event], func(a, b *spec.Rule) bool {
		return a == b || a.Index == b.Index && a.Guard == b.Guard
	})
}

// Replaced reports whether a rule of the mutant is not one of the table.
func (x *Mutant) Replaced(r *spec.Rule) bool { return x.base.Rows[r.Index] != r }
