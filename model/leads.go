package model

import (
	"context"
	"slices"
)

// decideLeads decides whether every fair run from where it was promised comes to a
// goal. Of what can be reached from there without coming to it, the strongly
// connected components are looked at, each for a way to go round in it that is fair.
func (s *search) decideLeads(ctx context.Context, claim int, goal, from func([]uint64) bool) error {
	r, err := s.region(ctx, goal, from)
	defer r.free()
	if err != nil {
		return err
	}
	s.claims[claim].find, err = r.decide(ctx)
	return err
}

// decide finds a state where the goal was promised and from which a fair run, or
// one that ends, never comes to it.
func (r *region) decide(ctx context.Context) (find, error) {
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
	f := r.s.leastOf(r.promised, func(code []uint64) bool {
		n, _ := r.number(code)
		return reaches.has(uint64(n))
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
	kept   []bool // by number of the fairness: not denied
}

// keeps reports by number which kinds of fairness deny none of the classes.
func (r *region) keeps(denied []Class) []bool {
	kept, known := r.kept[setKey(denied)]
	if known {
		return kept
	}
	kept = make([]bool, len(r.fairs))
	r.kept[setKey(denied)] = kept
	for i, f := range r.fairs {
		kept[i] = !slices.ContainsFunc(f.Denied[:], func(d Class) bool { return d != 0 && slices.Contains(denied, d) })
	}
	return kept
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
	if len(nodes) == 0 {
		return nil, nil
	}
	for _, c := range r.components(nodes, denied) {
		unfair, hopeless := r.unfairTo(&c)
		switch {
		case hopeless:
		case len(unfair) == 0:
			fair = append(fair, c)
		default:
			rest := r.without(c.nodes, unfair)
			inner, err := r.fairComponents(ctx, rest, append(slices.Clone(c.denied), unfair...))
			if err != nil {
				return nil, err
			}
			fair = append(fair, inner...)
		}
	}
	return fair, nil
}

// without gives the states in which none of some classes is possible.
func (r *region) without(nodes []uint32, classes []Class) (rest []uint32) {
	for _, n := range nodes {
		if !slices.ContainsFunc(r.sets[r.enabled[n]], func(c Class) bool { return slices.Contains(classes, c) }) {
			rest = append(rest, n)
		}
	}
	return rest
}

// unfairTo gives the classes with strong fairness that a run which goes round the
// whole component avoids. It is hopeless if it avoids one with weak fairness.
func (r *region) unfairTo(c *component) (unfair []Class, hopeless bool) {
	r.events = r.events[:0]
	r.possible(c)
	r.taken(c)
	for _, e := range r.events {
		switch {
		case e.class == 0 || e.taken || !e.possible:
		case e.class&strong != 0:
			unfair = append(unfair, e.class)
		case e.states == len(c.nodes):
			return nil, true
		}
	}
	slices.Sort(unfair)
	return unfair, false
}

// An event is what a component says of a class.
type event struct {
	class           Class
	states          int // in which it is possible
	possible, taken bool
}

// event finds that of a class. There are few.
func (r *region) event(class Class) *event {
	i := slices.IndexFunc(r.events, func(e event) bool { return e.class == class })
	if i < 0 {
		i = len(r.events)
		r.events = append(r.events, event{class: class})
	}
	return &r.events[i]
}

// possible counts the classes that are possible in a component's states: each set of
// them once.
func (r *region) possible(c *component) {
	var met []uint32
	for _, n := range c.nodes {
		set := r.enabled[n]
		if r.counts[set]++; r.counts[set] == 1 {
			met = append(met, set)
		}
	}
	for _, set := range met {
		for _, class := range r.sets[set] {
			e := r.event(class)
			e.possible = true
			e.states += r.counts[set]
		}
		r.counts[set] = 0
	}
}

// taken notes the classes of a component's edges, and those that are denied there.
func (r *region) taken(c *component) {
	inside := r.group(c.nodes)
	for _, n := range c.nodes {
		for _, e := range r.steps(n) {
			if r.seen[e.fair] == inside || !c.kept[e.fair] || r.member[e.to] != inside {
				continue
			}
			r.seen[e.fair] = inside
			f := &r.fairs[e.fair]
			r.event(f.Class).taken = true
			for _, d := range f.Denied {
				r.event(d).possible = true
			}
		}
	}
}

// components are the strongly connected components that have an edge, by Tarjan's
// algorithm without recursion.
func (r *region) components(nodes []uint32, denied []Class) []component {
	t := tarjan{
		region: r, whole: component{denied: denied, kept: r.keeps(denied)}, inside: r.group(nodes),
		ended: make([]uint32, 0, len(nodes)),
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
	*region
	whole  component // what the components are sought in
	inside uint32    // the group of its states
	low    []uint32  // by place in stack
	stack  []uint32
	calls  []frame
	met    uint32
	ended  []uint32 // states of the components found, one after the other
	found  []component
}

// closed is the index of a state whose component was found.
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
		if top.edge == t.first[top.node+1] {
			t.end(*top)
			continue
		}
		e := t.edges[top.edge]
		top.edge++
		switch i := t.index[e.to]; {
		case i == closed || t.member[e.to] != t.inside || !t.whole.kept[e.fair]:
		case i == 0:
			t.enter(e.to)
		default:
			t.low[top.place] = min(t.low[top.place], i)
		}
	}
}

func (t *tarjan) enter(n uint32) {
	t.met++
	t.index[n] = t.met
	t.calls = append(t.calls, frame{n, uint32(len(t.stack)), t.first[n]})
	t.stack, t.low = append(t.stack, n), append(t.low, t.met)
}

// end is what is left to do when all edges of a state were followed.
func (t *tarjan) end(done frame) {
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

// leave takes a component off the stack, and keeps it if it has an edge.
func (t *tarjan) leave(place uint32) {
	nodes := t.stack[place:]
	for _, n := range nodes {
		t.index[n] = closed
	}
	if len(nodes) > 1 || t.loops(nodes[0]) {
		t.ended = append(t.ended, nodes...)
		n := len(t.ended)
		c := t.whole
		c.nodes = t.ended[n-len(nodes) : n : n]
		t.found = append(t.found, c)
	}
	t.stack, t.low = t.stack[:place], t.low[:place]
}

// loops reports whether a state has an edge to itself.
func (t *tarjan) loops(n uint32) bool {
	return slices.ContainsFunc(t.steps(n), func(e regionEdge) bool { return e.to == n && t.whole.kept[e.fair] })
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
