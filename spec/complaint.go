package spec

import "slices"

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
