package model

import (
	"context"
	"fmt"
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
	r, err := s.region(ctx, lists, from)
	if err != nil {
		return err
	}
	s.claims[claim].find, err = r.decide(ctx)
	return err
}

// A region is the part of the graph in which a goal can be avoided.
type region struct {
	s      *search
	nodes  []regionNode   // by depth and key
	number map[uint64]int // of a node, by index in the visited set
	depth  []int
	from   []bool
}

// A regionNode is a state with its steps within the region.
type regionNode struct {
	code    []uint64
	edges   []regionEdge
	enabled []Class // of all its steps, also those that leave the region; sorted
	stuck   bool    // has no steps at all
}

type regionEdge struct {
	to   int
	fair Fair
}

// region makes the graph of the states listed.
func (s *search) region(ctx context.Context, lists [][][]uint64, from func([]uint64) bool) (*region, error) {
	r := &region{s: s, number: map[uint64]int{}}
	for d, blocks := range lists {
		for _, code := range s.sorted(blocks) {
			r.number[s.visited.index(code)] = len(r.nodes)
			r.nodes = append(r.nodes, regionNode{code: code})
			r.depth = append(r.depth, d)
			r.from = append(r.from, from == nil || from(code))
		}
	}
	for i := range r.nodes {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		r.connect(&r.nodes[i])
	}
	return r, nil
}

// sorted gives the states of a level in an order that is the same on every run.
func (s *search) sorted(blocks [][]uint64) [][]uint64 {
	var codes, keys [][]uint64
	for _, block := range blocks {
		for ; len(block) > 0; block = block[s.width:] {
			codes = append(codes, block[:s.width])
			keys = append(keys, s.workers[0].ex.key(block[:s.width], nil))
		}
	}
	order := make([]int, len(codes))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return slices.Compare(keys[i], keys[j]) })
	sorted := make([][]uint64, len(codes))
	for i, n := range order {
		sorted[i] = codes[n]
	}
	return sorted
}

func (r *region) connect(n *regionNode) {
	steps := r.s.workers[0].ex.steps(n.code)
	n.stuck = len(steps) == 0
	for i := range steps {
		if c := steps[i].fair.Class; c != 0 {
			n.enabled = append(n.enabled, c)
		}
		if to, inside := r.number[r.s.visited.index(steps[i].code)]; inside {
			n.edges = append(n.edges, regionEdge{to, steps[i].fair})
		}
	}
	slices.Sort(n.enabled)
	n.enabled = slices.Compact(n.enabled)
}

// decide finds a state where the goal was promised and from which a fair run, or
// one that ends, never comes to it.
func (r *region) decide(ctx context.Context) (find, error) {
	every := make([]int, len(r.nodes))
	for i := range every {
		every[i] = i
	}
	traps, err := r.fairComponents(ctx, every, nil)
	if err != nil {
		return find{}, err
	}
	for i := range r.nodes {
		if r.nodes[i].stuck {
			traps = append(traps, component{nodes: []int{i}})
		}
	}
	start, ok := r.leastThatReaches(traps)
	if !ok {
		return find{}, nil
	}
	code := r.nodes[start].code
	f := find{found: true, depth: r.depth[start], code: code, step: -1}
	f.loop = r.lasso(start, traps)
	return f, nil
}

// A component is a strongly connected part of the region, without the edges that
// deny one of the classes.
type component struct {
	nodes  []int
	denied []Class
}

func (c *component) has(e *regionEdge) bool {
	for _, d := range e.fair.Denied {
		if d != 0 && slices.Contains(c.denied, d) {
			return false
		}
	}
	return true
}

// fairComponents finds components in which a fair run can stay. Where a component
// as a whole is not fair to a class with strong fairness, a smaller one in which
// that class is never possible may be: so the search goes on inside.
func (r *region) fairComponents(ctx context.Context, nodes []int, denied []Class) ([]component, error) {
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
			rest := slices.DeleteFunc(slices.Clone(c.nodes), func(n int) bool { return shares(r.nodes[n].enabled, unfair) })
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
	inside := r.membership(c)
	taken, possible, always := map[Class]bool{}, map[Class]bool{}, map[Class]int{}
	for _, n := range c.nodes {
		for _, class := range r.nodes[n].enabled {
			possible[class] = true
			always[class]++
		}
		for i := range r.nodes[n].edges {
			e := &r.nodes[n].edges[i]
			if !inside[e.to] || !c.has(e) {
				continue
			}
			taken[e.fair.Class] = true
			for _, d := range e.fair.Denied {
				possible[d] = true
			}
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

func (r *region) membership(c *component) map[int]bool {
	inside := make(map[int]bool, len(c.nodes))
	for _, n := range c.nodes {
		inside[n] = true
	}
	return inside
}

// components are the strongly connected components that have an edge, by Tarjan's
// algorithm without recursion.
func (r *region) components(nodes []int, denied []Class) []component {
	t := tarjan{r: r, whole: component{denied: denied}, index: make(map[int]int, len(nodes)), inside: make(map[int]bool, len(nodes))}
	for _, n := range nodes {
		t.inside[n] = true
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
	inside map[int]bool
	index  map[int]int // from 1, in the order of discovery
	low    []int       // by index
	stack  []int
	open   map[int]bool
	found  []component
}

type frame struct{ node, edge int }

func (t *tarjan) visit(root int) {
	if t.open == nil {
		t.open = map[int]bool{}
	}
	calls := []frame{{root, 0}}
	t.enter(root)
	for len(calls) > 0 {
		top := &calls[len(calls)-1]
		edges := t.r.nodes[top.node].edges
		if top.edge < len(edges) {
			e := &edges[top.edge]
			top.edge++
			if !t.inside[e.to] || !t.whole.has(e) {
				continue
			}
			if t.index[e.to] == 0 {
				t.enter(e.to)
				calls = append(calls, frame{e.to, 0})
			} else if t.open[e.to] {
				t.lower(top.node, t.index[e.to])
			}
			continue
		}
		node := top.node
		calls = calls[:len(calls)-1]
		if len(calls) > 0 {
			t.lower(calls[len(calls)-1].node, t.low[t.index[node]-1])
		}
		if t.low[t.index[node]-1] == t.index[node] {
			t.leave(node)
		}
	}
}

func (t *tarjan) enter(n int) {
	t.low = append(t.low, len(t.low)+1)
	t.index[n] = len(t.low)
	t.stack = append(t.stack, n)
	t.open[n] = true
}

func (t *tarjan) lower(n, to int) {
	i := t.index[n] - 1
	t.low[i] = min(t.low[i], to)
}

// leave takes a component off the stack, and keeps it if it has an edge.
func (t *tarjan) leave(root int) {
	at := slices.Index(t.stack, root)
	nodes := slices.Clone(t.stack[at:])
	t.stack = t.stack[:at]
	for _, n := range nodes {
		delete(t.open, n)
	}
	c := component{nodes, t.whole.denied}
	if len(nodes) > 1 || slices.ContainsFunc(t.r.nodes[root].edges, func(e regionEdge) bool { return e.to == root && c.has(&e) }) {
		t.found = append(t.found, c)
	}
}

// leastThatReaches is the first state with the promise from which a trap can be reached within the region.
func (r *region) leastThatReaches(traps []component) (start int, ok bool) {
	back := make([][]int, len(r.nodes))
	for i := range r.nodes {
		for _, e := range r.nodes[i].edges {
			back[e.to] = append(back[e.to], i)
		}
	}
	var todo []int
	reaches := make([]bool, len(r.nodes))
	for _, c := range traps {
		todo = append(todo, c.nodes...)
	}
	for _, n := range todo {
		reaches[n] = true
	}
	for ; len(todo) > 0; todo = todo[1:] {
		for _, n := range back[todo[0]] {
			if !reaches[n] {
				reaches[n] = true
				todo = append(todo, n)
			}
		}
	}
	for i := range r.nodes {
		if reaches[i] && r.from[i] {
			return i, true
		}
	}
	return 0, false
}

// lasso leads from a state into the nearest trap, and round in it in a way that is
// fair: past every class that is taken there, and past a state without each that is
// only weakly fair and not taken.
func (r *region) lasso(start int, traps []component) *way {
	trapOf := map[int]*component{}
	for i := range traps {
		for _, n := range traps[i].nodes {
			trapOf[n] = &traps[i]
		}
	}
	w := &way{init: r.nodes[start].code}
	at := r.follow(w, start, nil, func(n int) bool { return trapOf[n] != nil })
	c := trapOf[at]
	if r.nodes[at].stuck {
		return w
	}
	before, home := len(w.steps), at
	for _, done := range r.obligations(c) {
		at = r.follow(w, at, c, done)
	}
	if len(w.steps) == before {
		at = r.step(w, at, c) // at least once round
	}
	r.follow(w, at, c, func(n int) bool { return n == home })
	w.loop = len(w.steps) - before
	return w
}

// obligations are what a run in the component must come to, again and again: the
// state behind each class that is taken, and a state where a weak one is not possible.
func (r *region) obligations(c *component) (all []func(int) bool) {
	inside := r.membership(c)
	seen := map[Class]bool{}
	for _, n := range c.nodes {
		for _, e := range r.nodes[n].edges {
			if class := e.fair.Class; class != 0 && !seen[class] && inside[e.to] && c.has(&e) {
				seen[class] = true
				all = append(all, func(at int) bool { return at == n }, func(at int) bool { return at == e.to })
			}
		}
	}
	for _, n := range c.nodes {
		for _, class := range r.nodes[n].enabled {
			if !seen[class] {
				seen[class] = true
				all = append(all, func(at int) bool { return !slices.Contains(r.nodes[at].enabled, class) })
			}
		}
	}
	return all
}

// follow appends a shortest way to a node that will do, within a component if one
// is given, and says where it leads.
func (r *region) follow(w *way, from int, within *component, done func(int) bool) int {
	var inside map[int]bool
	if within != nil {
		inside = r.membership(within)
	}
	came := map[int]int{from: -1}
	for todo := []int{from}; len(todo) > 0; todo = todo[1:] {
		at := todo[0]
		if done(at) {
			r.append(w, came, at)
			return at
		}
		for i := range r.nodes[at].edges {
			e := &r.nodes[at].edges[i]
			if _, known := came[e.to]; !known && (within == nil || inside[e.to] && within.has(e)) {
				came[e.to] = at
				todo = append(todo, e.to)
			}
		}
	}
	panic(fmt.Sprintf("model: no way on within a strongly connected component of %d states", len(inside)))
}

// append adds the steps of a way that a search found.
func (r *region) append(w *way, came map[int]int, to int) {
	var nodes []int
	for n := to; n >= 0; n = came[n] {
		nodes = append(nodes, n)
	}
	slices.Reverse(nodes)
	for i, n := range nodes[1:] {
		r.take(w, nodes[i], n)
	}
}

func (r *region) take(w *way, from, to int) {
	steps := r.s.workers[0].ex.steps(r.nodes[from].code)
	at := slices.IndexFunc(steps, func(st step) bool { return slices.Equal(st.code, r.nodes[to].code) })
	w.steps = append(w.steps, steps[at])
}

// step goes one step on within a component.
func (r *region) step(w *way, at int, c *component) int {
	inside := r.membership(c)
	i := slices.IndexFunc(r.nodes[at].edges, func(e regionEdge) bool { return inside[e.to] && c.has(&e) })
	to := r.nodes[at].edges[i].to
	r.take(w, at, to)
	return to
}
