package model

import (
	"context"
	"slices"
)

// decideLeads decides whether every fair run from where it was promised comes to a
// goal. What can avoid the goal for ever is found as for Endless; of that part of
// the graph, the strongly connected components are looked at, each for a way to go
// round in it that is fair.
func (s *search) decideLeads(ctx context.Context, claim int, goal, from func([]uint64) bool) error {
	m := s.newMarks()
	defer s.heap.free(m)
	lists, err := s.markAll(ctx, m, markRule{
		has: func(_ *worker, code []uint64) bool { return goal(code) },
		all: true, live: true,
	})
	if err != nil {
		return err
	}
	r, err := s.region(ctx, lists)
	defer r.free()
	if err != nil {
		return err
	}
	s.claims[claim].find, err = r.decide(ctx, lists, from)
	return err
}

// decide finds a state where the goal was promised and from which a fair run, or
// one that ends, never comes to it.
func (r *region) decide(ctx context.Context, lists [][][]uint64, from func([]uint64) bool) (find, error) {
	every := make([]uint32, len(r.member))
	for i := range every {
		every[i] = uint32(i)
	}
	traps, err := r.fairComponents(ctx, every, nil)
	if err != nil {
		return find{}, err
	}
	for n, set := range r.enabled {
		if set == stuck {
			traps = append(traps, component{nodes: []uint32{uint32(n)}})
		}
	}
	if len(traps) == 0 {
		return find{}, nil
	}
	reaches := r.reach(traps)
	f := r.s.leastOf(lists, func(code []uint64) bool {
		n, _ := r.number(code)
		return reaches.has(uint64(n)) && (from == nil || from(code))
	})
	if f.found {
		start, _ := r.number(f.code)
		f.loop = r.lasso(start, traps)
	}
	return f, nil
}

// A component is a strongly connected part of the region, without the edges that
// deny one of the classes.
type component struct {
	nodes  []uint32
	denied []Class
}

// has reports whether the component has edges with a fairness.
func (c *component) has(f *Fair) bool {
	for _, d := range f.Denied {
		if d != 0 && slices.Contains(c.denied, d) {
			return false
		}
	}
	return true
}

// group notes that some states belong together, and gives them a number.
func (r *region) group(nodes []uint32) uint32 {
	r.groups++
	for _, n := range nodes {
		r.member[n] = r.groups
	}
	return r.groups
}

// fairComponents finds components in which a fair run can stay. Where a component
// as a whole is not fair to a class with strong fairness, a smaller one in which
// that class is never possible may be: so the search goes on inside.
func (r *region) fairComponents(ctx context.Context, nodes []uint32, denied []Class) ([]component, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var fair []component
	for _, c := range r.components(nodes, denied) {
		unfair, hopeless := r.unfairTo(&c)
		switch {
		case hopeless:
		case len(unfair) == 0:
			fair = append(fair, c)
		default:
			rest := slices.DeleteFunc(slices.Clone(c.nodes), func(n uint32) bool { return shares(r.sets[r.enabled[n]], unfair) })
			inner, err := r.fairComponents(ctx, rest, append(slices.Clone(c.denied), unfair...))
			if err != nil {
				return nil, err
			}
			fair = append(fair, inner...)
		}
	}
	return fair, nil
}

func shares(a, b []Class) bool {
	return slices.ContainsFunc(a, func(c Class) bool { return slices.Contains(b, c) })
}

// unfairTo gives the classes with strong fairness that a run which goes round the
// whole component avoids. It is hopeless if it avoids one with weak fairness.
func (r *region) unfairTo(c *component) (unfair []Class, hopeless bool) {
	taken, possible, always := map[Class]bool{}, map[Class]bool{}, map[Class]int{}
	for set, n := range r.setsOf(c) {
		for _, class := range r.sets[set] {
			possible[class] = true
			always[class] += n
		}
	}
	for id := range r.fairsOf(c) {
		f := r.fairs[id]
		taken[f.Class] = true
		for _, d := range f.Denied {
			possible[d] = true
		}
	}
	for class := range possible {
		switch {
		case class == 0 || taken[class]:
		case class&strong != 0:
			unfair = append(unfair, class)
		case always[class] == len(c.nodes):
			return nil, true
		}
	}
	slices.Sort(unfair)
	return unfair, false
}

// setsOf counts the sets of classes that a component's states have.
func (r *region) setsOf(c *component) map[uint32]int {
	counts := map[uint32]int{}
	for i := 0; i < len(c.nodes); {
		set, n := r.enabled[c.nodes[i]], 0
		for ; i < len(c.nodes) && r.enabled[c.nodes[i]] == set; i++ {
			n++
		}
		counts[set] += n
	}
	return counts
}

// fairsOf are the kinds of fairness of a component's edges.
func (r *region) fairsOf(c *component) map[uint32]bool {
	inside := r.group(c.nodes)
	seen := map[uint32]bool{}
	last := uint32(1<<32 - 1)
	for _, n := range c.nodes {
		for _, e := range r.steps(n) {
			if e.fair == last || r.member[e.to] != inside || !c.has(&r.fairs[e.fair]) {
				continue
			}
			last, seen[e.fair] = e.fair, true
		}
	}
	return seen
}

// components are the strongly connected components that have an edge, by Tarjan's
// algorithm without recursion.
func (r *region) components(nodes []uint32, denied []Class) []component {
	t := tarjan{r: r, whole: component{denied: denied}, inside: r.group(nodes), index: r.index, kept: make([]bool, len(r.fairs))}
	for i := range r.fairs {
		t.kept[i] = t.whole.has(&r.fairs[i])
	}
	for _, n := range nodes {
		t.index[n] = 0
	}
	for _, n := range nodes {
		if t.index[n] == 0 {
			t.visit(n)
		}
	}
	return t.found
}

type tarjan struct {
	r      *region
	whole  component
	inside uint32
	kept   []bool   // by fairness: edges that are not denied
	index  []uint32 // by state, from 1 in the order of discovery; closed is that of a state in a component
	low    []uint32 // by place in stack
	stack  []uint32
	calls  []frame
	met    uint32
	found  []component
}

const closed = 1<<32 - 1

// A frame is a state whose edges are being followed.
type frame struct {
	node, place uint32 // place is that in stack
	edge        uint64
}

func (t *tarjan) visit(root uint32) {
	t.enter(root)
	for len(t.calls) > 0 {
		top := &t.calls[len(t.calls)-1]
		if top.edge < t.r.first[top.node+1] {
			e := t.r.edges[top.edge]
			top.edge++
			switch {
			case t.r.member[e.to] != t.inside || !t.kept[e.fair] || t.index[e.to] == closed:
			case t.index[e.to] == 0:
				t.enter(e.to)
			default:
				t.low[top.place] = min(t.low[top.place], t.index[e.to])
			}
			continue
		}
		done := *top
		t.calls = t.calls[:len(t.calls)-1]
		low := t.low[done.place]
		if n := len(t.calls); n > 0 {
			above := &t.low[t.calls[n-1].place]
			*above = min(*above, low)
		}
		if low == t.index[done.node] {
			t.leave(done.place)
		}
	}
}

func (t *tarjan) enter(n uint32) {
	t.met++
	t.index[n] = t.met
	t.calls = append(t.calls, frame{n, uint32(len(t.stack)), t.r.first[n]})
	t.stack, t.low = append(t.stack, n), append(t.low, t.met)
}

// leave takes a component off the stack, and keeps it if it has an edge.
func (t *tarjan) leave(place uint32) {
	nodes := t.stack[place:]
	for _, n := range nodes {
		t.index[n] = closed
	}
	if len(nodes) > 1 || t.loops(nodes[0]) {
		t.found = append(t.found, component{slices.Clone(nodes), t.whole.denied})
	}
	t.stack, t.low = t.stack[:place], t.low[:place]
}

// loops reports whether a state has an edge to itself.
func (t *tarjan) loops(n uint32) bool {
	return slices.ContainsFunc(t.r.steps(n), func(e regionEdge) bool { return e.to == n && t.kept[e.fair] })
}

// reach marks the states, by number, from which a trap can be reached within the
// region.
func (r *region) reach(traps []component) marks {
	reaches := make(marks, len(r.member)/64+1)
	for _, c := range traps {
		for _, n := range c.nodes {
			reaches.set(uint64(n))
		}
	}
	// Backwards and forwards until nothing changes, as few edges are kept twice.
	for changed := true; changed; {
		changed = false
		for i := range r.member {
			changed = r.leadsTo(reaches, uint32(i)) || changed
		}
		for i := len(r.member) - 1; changed && i >= 0; i-- {
			r.leadsTo(reaches, uint32(i))
		}
	}
	return reaches
}

// leadsTo marks a state that has an edge to a marked one.
func (r *region) leadsTo(m marks, n uint32) bool {
	if m.has(uint64(n)) {
		return false
	}
	for _, e := range r.steps(n) {
		if m.has(uint64(e.to)) {
			return m.set(uint64(n))
		}
	}
	return false
}
