package model

import (
	"context"
	"slices"
	"sync"
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
	traps, err := r.fairComponents(ctx)
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

// A component is a part of the region, without the edges that deny some classes. It is
// strongly connected, or that is sought in it.
type component struct {
	nodes []uint32
	*denial
	group uint32 // the number of its states, while they have no other one
}

// A denial says which edges are left out.
type denial struct {
	denied []Class
	kept   []bool // by number of the fairness: not denied
}

// deny finds which kinds of fairness deny none of the classes.
func (r *region) deny(classes []Class) *denial {
	d, known := r.denials[setKey(classes)]
	if known {
		return d
	}
	d = &denial{classes, make([]bool, len(r.fairs))}
	r.denials[setKey(classes)] = d
	for i, f := range r.fairs {
		d.kept[i] = !slices.ContainsFunc(f.Denied[:], func(c Class) bool { return c != 0 && slices.Contains(classes, c) })
	}
	return d
}

// group notes that some states belong together, and gives them a number.
func (r *region) group(nodes []uint32) uint32 {
	g := r.groups.Add(1)
	for _, n := range nodes {
		r.nodes[n].group.Store(g)
	}
	return g
}

// fairComponents finds components in which a fair run can stay. Where a component
// as a whole is not fair to a class with strong fairness, a smaller one in which
// that class is never possible may be: so the search goes on inside.
func (r *region) fairComponents(ctx context.Context) (fair []component, err error) {
	every := make([]uint32, len(r.nodes))
	for i := range every {
		every[i] = uint32(i)
	}
	for todo := []component{{nodes: every, denial: r.deny(nil)}}; len(todo) > 0; {
		var judges []*judge
		if judges, err = r.components(ctx, todo); err != nil {
			return nil, err
		}
		todo = nil
		for _, j := range judges {
			fair, todo = append(fair, j.fair...), append(todo, j.inner...)
		}
		for i := range todo {
			todo[i].denial = r.deny(todo[i].denied) // one that all share
		}
	}
	return fair, nil
}

// componentBatch is how many components a worker takes at a time.
const componentBatch = 1 << 10

// components finds the strongly connected components within some, and has them judged
// while it looks for more: what is one large component at first is searched by a single
// worker, and the others have nothing else to do.
func (r *region) components(ctx context.Context, within []component) ([]*judge, error) {
	judges := make([]*judge, max(1, len(r.s.workers)-1))
	for i := range judges {
		judges[i] = r.newJudge()
	}
	handOver, end := judges[0].judge, func() {}
	if len(r.s.workers) > 1 {
		handOver, end = besides(judges)
	}
	r.s.each((len(within)+componentBatch-1)/componentBatch, func(_ *worker, i int) {
		t := tarjan{region: r, handOver: handOver}
		for _, whole := range within[i*componentBatch : min(len(within), (i+1)*componentBatch)] {
			t.search(ctx, whole)
		}
		t.handOver(t.found)
	})
	end()
	return judges, ctx.Err()
}

// besides lets judges work beside those who hand components over to them; end waits
// until they are done.
func besides(judges []*judge) (handOver func([]component), end func()) {
	found := make(chan []component, 1<<10)
	var judging sync.WaitGroup
	for _, j := range judges {
		judging.Go(func() {
			for list := range found {
				j.judge(list)
			}
		})
	}
	return func(list []component) { found <- list }, func() { close(found); judging.Wait() }
}

// A judge finds what a run that goes round a component is not fair to, and tells the
// components that are fair from those in which a smaller one may be.
type judge struct {
	*region
	fair, inner []component

	counts []int    // by number of a set of classes: used while a component is looked at
	met    []uint32 // those that are counted
	seen   []uint32 // by number of a fairness: the group it was last met in
	events []event
}

func (r *region) newJudge() *judge {
	return &judge{region: r, counts: make([]int, len(r.sets)), seen: make([]uint32, len(r.fairs))}
}

func (j *judge) judge(list []component) {
	for i := range list {
		c := &list[i]
		unfair, hopeless := j.unfairTo(c)
		switch {
		case hopeless:
		case len(unfair) == 0:
			j.fair = append(j.fair, *c)
		default:
			if rest := j.without(c.nodes, unfair); len(rest) > 0 {
				j.inner = append(j.inner, component{nodes: rest, denial: &denial{denied: slices.Concat(c.denied, unfair)}})
			}
		}
	}
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
func (j *judge) unfairTo(c *component) (unfair []Class, hopeless bool) {
	j.events = j.events[:0]
	j.possible(c)
	j.taken(c)
	for _, e := range j.events {
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
func (j *judge) event(class Class) *event {
	i := slices.IndexFunc(j.events, func(e event) bool { return e.class == class })
	if i < 0 {
		i = len(j.events)
		j.events = append(j.events, event{class: class})
	}
	return &j.events[i]
}

// possible counts the classes that are possible in a component's states: each set of
// them once.
func (j *judge) possible(c *component) {
	j.met = j.met[:0]
	for _, n := range c.nodes {
		set := j.enabled[n]
		if j.counts[set]++; j.counts[set] == 1 {
			j.met = append(j.met, set)
		}
	}
	for _, set := range j.met {
		for _, class := range j.sets[set] {
			e := j.event(class)
			e.possible = true
			e.states += j.counts[set]
		}
		j.counts[set] = 0
	}
}

// taken notes the classes of a component's edges, and those that are denied there.
func (j *judge) taken(c *component) {
	for _, n := range c.nodes {
		for _, e := range j.steps(n) {
			if j.seen[e.fair] == c.group || !c.kept[e.fair] || j.nodes[e.to].group.Load() != c.group {
				continue
			}
			j.seen[e.fair] = c.group
			f := &j.fairs[e.fair]
			j.event(f.Class).taken = true
			for _, d := range f.Denied {
				j.event(d).possible = true
			}
		}
	}
}

// A tarjan finds the strongly connected components that have an edge, by Tarjan's
// algorithm without recursion.
type tarjan struct {
	*region
	handOver func([]component) // to be judged
	whole    component         // what the components are sought in
	low      []uint32          // by place in stack
	stack    []uint32
	calls    []frame
	met      uint32
	ended    []uint32    // states of the components found, one after the other
	found    []component // that are not handed over yet
}

// A frame is a state whose edges are being followed.
type frame struct {
	node, place uint32 // place is that in stack
	edge        uint64
}

func (t *tarjan) search(ctx context.Context, whole component) {
	whole.group = t.group(whole.nodes)
	t.whole, t.met = whole, 0
	t.ended = make([]uint32, 0, len(whole.nodes))
	for _, n := range whole.nodes {
		t.nodes[n].index = 0
	}
	for _, n := range whole.nodes {
		if t.nodes[n].index == 0 && ctx.Err() == nil {
			t.visit(n)
		}
	}
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
		to := &t.nodes[e.to]
		switch {
		case to.group.Load() != t.whole.group || !t.whole.kept[e.fair]: // elsewhere, in a component found, or left out
		case to.index == 0:
			t.enter(e.to)
		default:
			t.low[top.place] = min(t.low[top.place], to.index)
		}
	}
}

func (t *tarjan) enter(n uint32) {
	t.met++
	t.nodes[n].index = t.met
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
	if low == t.nodes[done.node].index {
		t.leave(done.place)
	}
}

// leave takes a component off the stack, and keeps it if it has an edge.
func (t *tarjan) leave(place uint32) {
	nodes := t.stack[place:]
	group := t.group(nodes)
	if len(nodes) > 1 || t.loops(nodes[0]) {
		t.ended = append(t.ended, nodes...)
		n := len(t.ended)
		t.found = append(t.found, component{nodes: t.ended[n-len(nodes) : n : n], denial: t.whole.denial, group: group})
		if len(t.found) == componentBatch {
			t.handOver(t.found)
			t.found = nil
		}
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
	reaches := make(marks, len(r.nodes)/64+1)
	for _, c := range traps {
		for _, n := range c.nodes {
			reaches.set(uint64(n))
		}
	}
	// Backwards and forwards until nothing changes, as few edges are kept twice.
	for changed := true; changed; {
		changed = false
		for i := range r.nodes {
			changed = r.leadsTo(reaches, uint32(i)) || changed
		}
		for i := len(r.nodes) - 1; changed && i >= 0; i-- {
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
