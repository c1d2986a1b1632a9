package spec

import (
	"math/bits"
	"slices"
	"strings"
)

// Complaint says what is wrong with the cells of a program whose rules were
// changed after it was compiled, in a few words, or "": a state that does not
// answer an event, a row that never fires in a state or on an event that it names,
// a state that nothing leads to. Compile would say so of the same table.
func (p *Program) Complaint() string {
	dead := newReasoner(p.Machine, nil).dead(p.Cells)
	for s := range p.Cells {
		for e, cell := range p.Cells[s] {
			if len(cell) == 0 || !slices.ContainsFunc(cell, func(r *Rule) bool { return r.Guard == nil }) {
				return p.Machine.States[s].Name + " has no otherwise for " + p.Machine.Events[e].Name
			}
		}
	}
	for _, r := range p.Rows {
		if where := p.deadSomewhere(r, dead[r]); where != "" {
			return "row " + r.ID + " never fires" + where
		}
	}
	for s, ok := range p.reached() {
		if !ok {
			return "no row leads to " + p.Machine.States[s].Name
		}
	}
	return ""
}

// deadSomewhere names a state or an event for which a rule never fires.
func (p *Program) deadSomewhere(r *Rule, spots []spot) string {
	in, on := map[int]int{}, map[int]int{}
	for _, s := range spots {
		in[s.state]++
		on[s.event]++
	}
	for _, s := range r.In {
		if in[s] == len(r.On) {
			return " in " + p.Machine.States[s].Name
		}
	}
	for _, e := range r.On {
		if on[e] == len(r.In) {
			return " on " + p.Machine.Events[e].Name
		}
	}
	return ""
}

// reached reports for each state whether rows lead there from the initial one.
func (p *Program) reached() []bool {
	reached := make([]bool, len(p.Cells))
	todo := []int{0}
	for len(todo) > 0 {
		s := todo[0]
		todo = todo[1:]
		if reached[s] {
			continue
		}
		reached[s] = true
		for _, cell := range p.Cells[s] {
			for _, r := range cell {
				if r.To >= 0 {
					todo = append(todo, r.To)
				}
			}
		}
	}
	return reached
}

// Misdrawn says in which way the diagram and the rows of a changed program
// contradict each other, or "": the diagram is a second account, by hand, of which
// row leads where.
func (p *Program) Misdrawn() string {
	rows := map[string]*Rule{}
	for _, r := range p.Rows {
		rows[r.ID] = r
	}
	drawn := map[move]bool{}
	for i := range p.Machine.Diagram.Edges {
		e := &p.Machine.Diagram.Edges[i]
		from, to := bits.TrailingZeros64(uint64(e.From)), bits.TrailingZeros64(uint64(e.To))
		for _, id := range strings.Fields(e.Rows) {
			if rows[id] == nil || !carries(rows[id], from, to) {
				return "row " + id + " is drawn from " + p.Machine.States[from].Name + " to " + p.Machine.States[to].Name
			}
			drawn[move{rows[id], from, to}] = true
		}
	}
	return p.undrawn(rows, drawn)
}

// undrawn finds a row that is folded and stays, or changes state and is not drawn.
func (p *Program) undrawn(rows map[string]*Rule, drawn map[move]bool) string {
	folded := map[*Rule]bool{}
	for _, f := range p.Machine.Diagram.Folds {
		for _, id := range strings.Fields(f.Rows) {
			if rows[id] == nil || rows[id].To < 0 {
				return "row " + id + " is folded and changes no state"
			}
			folded[rows[id]] = true
		}
	}
	for _, r := range p.Rows {
		for _, from := range r.In {
			if r.To >= 0 && from != r.To && !folded[r] && !drawn[move{r, from, r.To}] {
				return "row " + r.ID + " is not drawn from " + p.Machine.States[from].Name + " to " + p.Machine.States[r.To].Name
			}
		}
	}
	return ""
}
