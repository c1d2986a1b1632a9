package model

import (
	"fmt"
	"slices"
)

// lasso leads from a state into the nearest trap, and round in it in a way that is
// fair: past every class that is taken there, and past a state without each that is
// only weakly fair and not taken.
func (r *region) lasso(start uint32, traps []component) *way {
	trapOf := map[uint32]*component{}
	for i := range traps {
		for _, n := range traps[i].nodes {
			trapOf[n] = &traps[i]
		}
	}
	w := &way{init: r.code(start)}
	at := r.follow(w, start, nil, func(n uint32) bool { return trapOf[n] != nil })
	c := trapOf[at]
	if r.enabled[at] == stuck {
		return w
	}
	r.sort(c)
	before, home := len(w.steps), at
	for _, done := range r.obligations(c) {
		at = r.follow(w, at, c, done)
	}
	if len(w.steps) == before {
		at = r.step(w, at, c) // at least once round
	}
	r.follow(w, at, c, func(n uint32) bool { return n == home })
	w.loop = len(w.steps) - before
	return w
}

// sort brings a component's states into an order that is the same on every run.
func (r *region) sort(c *component) {
	ex := r.s.workers[0].ex
	keys := map[uint32][]uint64{}
	for _, n := range c.nodes {
		keys[n] = ex.key(r.code(n), nil)
	}
	slices.SortFunc(c.nodes, func(a, b uint32) int { return slices.Compare(keys[a], keys[b]) })
}

// obligations are what a run in the component must come to, again and again: the
// state behind each class that is taken, and a state where a weak one is not possible.
func (r *region) obligations(c *component) (all []func(uint32) bool) {
	inside := r.group(c.nodes)
	seen := map[Class]bool{}
	for _, n := range c.nodes {
		for _, e := range r.steps(n) {
			f := &r.fairs[e.fair]
			if f.Class != 0 && !seen[f.Class] && r.nodes[e.to].group.Load() == inside && c.kept[e.fair] {
				seen[f.Class] = true
				all = append(all, func(at uint32) bool { return at == n }, func(at uint32) bool { return at == e.to })
			}
		}
	}
	for _, n := range c.nodes {
		for _, class := range r.sets[r.enabled[n]] {
			if !seen[class] {
				seen[class] = true
				all = append(all, func(at uint32) bool { return !slices.Contains(r.sets[r.enabled[at]], class) })
			}
		}
	}
	return all
}

// follow appends a shortest way to a state that will do, within a component if one
// is given, and says where it leads.
func (r *region) follow(w *way, from uint32, within *component, done func(uint32) bool) uint32 {
	var inside uint32
	if within != nil {
		inside = r.group(within.nodes)
	}
	came := map[uint32]uint32{from: from}
	for todo := []uint32{from}; len(todo) > 0; todo = todo[1:] {
		at := todo[0]
		if done(at) {
			r.append(w, came, at)
			return at
		}
		for _, e := range r.steps(at) {
			if _, known := came[e.to]; !known && (within == nil || r.nodes[e.to].group.Load() == inside && within.kept[e.fair]) {
				came[e.to] = at
				todo = append(todo, e.to)
			}
		}
	}
	panic(fmt.Sprintf("model: no way on from state %d of a strongly connected component", from))
}

// append adds the steps of a way that a search found.
func (r *region) append(w *way, came map[uint32]uint32, to uint32) {
	nodes := []uint32{to}
	for came[to] != to {
		to = came[to]
		nodes = append(nodes, to)
	}
	slices.Reverse(nodes)
	for i, n := range nodes[1:] {
		r.take(w, nodes[i], n)
	}
}

func (r *region) take(w *way, from, to uint32) {
	steps := r.s.workers[0].ex.steps(r.code(from))
	at := slices.IndexFunc(steps, func(st step) bool { return slices.Equal(st.code, r.code(to)) })
	w.steps = append(w.steps, steps[at])
}

// step goes one step on within a component.
func (r *region) step(w *way, at uint32, c *component) uint32 {
	inside := r.group(c.nodes)
	steps := r.steps(at)
	i := slices.IndexFunc(steps, func(e regionEdge) bool { return r.nodes[e.to].group.Load() == inside && c.kept[e.fair] })
	r.take(w, at, steps[i].to)
	return steps[i].to
}
