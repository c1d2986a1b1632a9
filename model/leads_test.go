package model_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/tcpfsm/tcpfsm/model"
)

// fairGraph is a graph whose steps have classes.
type fairGraph struct {
	graph
	fair [][]model.Fair // by state and successor
}

func (g fairGraph) Succ(s *uint32, dst []model.Succ[uint32]) []model.Succ[uint32] {
	dst = g.graph.Succ(s, dst)
	for i := range dst {
		dst[i].Fair = g.fair[*s][i]
	}
	return dst
}

func randomFairGraph(rng *rand.Rand) fairGraph {
	g := fairGraph{graph: graph{init: []int{0}, succ: make([][]int, 5)}}
	classes := []model.Class{0, 0, model.Weak(1), model.Strong(2), model.Strong(3)}
	for s := range g.succ {
		var fair []model.Fair
		for range rng.IntN(3) {
			g.succ[s] = append(g.succ[s], rng.IntN(len(g.succ)))
			f := model.Fair{Class: classes[rng.IntN(len(classes))]}
			if rng.IntN(6) == 0 {
				f.Denied[0] = model.Strong(3)
			}
			fair = append(fair, f)
		}
		g.fair = append(g.fair, fair)
	}
	return g
}

// An edge is a step of a fairGraph by state and number.
type edge struct{ from, number int }

func (g fairGraph) to(e edge) int { return g.succ[e.from][e.number] }

// avoids decides naively whether a fair run from a state avoids the goal: it tries
// every set of steps as what happens again and again.
func (g fairGraph) avoids(from, goal int) bool {
	var edges []edge
	for s, succ := range g.succ {
		for i, to := range succ {
			if s != goal && to != goal {
				edges = append(edges, edge{s, i})
			}
		}
	}
	reach := g.reachable([]int{from}, edges)
	for s := range reach {
		if len(g.succ[s]) == 0 && s != goal {
			return true
		}
	}
	for set := 1; set < 1<<len(edges); set++ {
		var loop []edge
		for i, e := range edges {
			if set>>i&1 != 0 {
				loop = append(loop, e)
			}
		}
		if reach[loop[0].from] && g.isFairLoop(loop) {
			return true
		}
	}
	return false
}

func (g fairGraph) reachable(from []int, edges []edge) map[int]bool {
	seen := map[int]bool{}
	for _, s := range from {
		seen[s] = true
	}
	for changed := true; changed; {
		changed = false
		for _, e := range edges {
			if seen[e.from] && !seen[g.to(e)] {
				seen[g.to(e)], changed = true, true
			}
		}
	}
	return seen
}

// isFairLoop reports whether a run can take exactly these steps for ever, fairly.
func (g fairGraph) isFairLoop(loop []edge) bool {
	nodes := map[int]bool{}
	taken, denied := map[model.Class]bool{}, map[model.Class]bool{}
	for _, e := range loop {
		nodes[e.from], nodes[g.to(e)] = true, true
		taken[g.fair[e.from][e.number].Class] = true
		denied[g.fair[e.from][e.number].Denied[0]] = true
	}
	for n := range nodes {
		if len(g.reachable([]int{n}, loop)) != len(nodes) {
			return false
		}
	}
	enabled := map[model.Class]int{}
	for n := range nodes {
		var here []model.Class
		for _, f := range g.fair[n] {
			if !slices.Contains(here, f.Class) {
				here = append(here, f.Class)
				enabled[f.Class]++
			}
		}
	}
	if w := model.Weak(1); enabled[w] == len(nodes) && !taken[w] {
		return false
	}
	for _, c := range []model.Class{model.Strong(2), model.Strong(3)} {
		if (enabled[c] > 0 || denied[c]) && !taken[c] {
			return false
		}
	}
	return true
}

// On random small graphs, the verdict is that of trying every loop, and a
// counterexample ends with a loop that is fair and avoids the goal.
func TestLeads_randomGraphsAgainstNaive(t *testing.T) {
	rng := rand.New(rand.NewPCG(9293, 2))
	verdicts := map[model.Verdict]int{}
	for n := range 3000 {
		g := randomFairGraph(rng)
		goal, from := rng.IntN(5), rng.IntN(5)
		r := explore(t, model.System[uint32](g), model.Options[uint32]{Workers: 1 + n%2, Properties: []model.Property[uint32]{
			{ID: "leads", Kind: model.Leads, Holds: is(uint32(goal)), From: is(uint32(from))},
		}})
		dist := g.distances()
		_, met := dist[from]
		want := model.Holds
		if met && from != goal && g.avoids(from, goal) {
			want = model.Fails
		}
		got := r.Results[0]
		verdicts[got.Verdict]++
		if got.Verdict != want {
			t.Fatalf("graph %d: %v from %d to %d in %v %v, trying every loop gives %v", n, got.Verdict, from, goal, g.succ, g.fair, want)
		}
		if got.Verdict == model.Fails {
			wantLasso(t, fmt.Sprintf("graph %d", n), g, got.Trace, from, goal)
		}
	}
	if verdicts[model.Holds] < 100 || verdicts[model.Fails] < 100 {
		t.Errorf("verdicts %v: too few of one kind to mean something", verdicts)
	}
}

// Many graphs beside each other, more than one worker takes at a time, are decided as
// each alone: the promise is kept in all of them, or broken in one.
func TestLeads_manyGraphsAtOnce(t *testing.T) {
	const graphs, size, goal = 3000, 5, 4
	rng := rand.New(rand.NewPCG(9293, 3))
	var forest, broken fairGraph
	for len(forest.succ) < graphs*size {
		switch g := randomFairGraph(rng); {
		case !g.avoids(0, goal):
			forest.plant(g)
		case broken.succ == nil:
			broken = g
		}
	}
	decided := func(workers int) model.Result[uint32] {
		return explore(t, model.System[uint32](forest), model.Options[uint32]{Workers: workers, Properties: []model.Property[uint32]{{
			ID: "leads", Kind: model.Leads,
			Holds: func(s *uint32) bool { return *s%size == goal }, From: func(s *uint32) bool { return *s%size == 0 },
		}}}).Results[0]
	}
	for workers := range 3 {
		if got := decided(workers + 1); got.Verdict != model.Holds {
			t.Fatalf("%d workers: %v, with a promise that each graph keeps", workers+1, got.Verdict)
		}
	}
	at := len(forest.succ)
	forest.plant(broken)
	first := decided(1)
	for workers := range 3 {
		got := decided(workers + 1)
		if got.Verdict != model.Fails || int(got.Trace.Init) != at || !reflect.DeepEqual(got.Trace, first.Trace) {
			t.Fatalf("%d workers: %v with the trace %v; the graph that breaks its promise begins at %d, and one worker found %v",
				workers+1, got.Verdict, got.Trace, at, first.Trace)
		}
	}
}

// plant adds a graph that begins at its state 0.
func (g *fairGraph) plant(h fairGraph) {
	n := len(g.succ)
	g.init = append(g.init, n)
	for s := range h.succ {
		succ := slices.Clone(h.succ[s])
		for i := range succ {
			succ[i] += n
		}
		g.succ, g.fair = append(g.succ, succ), append(g.fair, h.fair[s])
	}
}

func wantLasso(t *testing.T, name string, g fairGraph, trace *model.Trace[uint32], from, goal int) {
	t.Helper()
	states := []int{int(trace.Init)}
	for _, s := range trace.Steps {
		states = append(states, int(s.State))
	}
	last := states[len(states)-1]
	begin := slices.Index(states, from)
	switch {
	case begin < 0 || slices.Contains(states[begin:], goal):
		t.Fatalf("%s: the trace %v does not go through %d, or comes to %d behind it", name, states, from, goal)
	case trace.Loop == 0 && len(g.succ[last]) > 0:
		t.Fatalf("%s: the trace %v neither loops nor ends", name, states)
	case trace.Loop > 0 && states[len(states)-1-trace.Loop] != last:
		t.Fatalf("%s: the last %d steps of %v are no loop", name, trace.Loop, states)
	}
}

// A run that takes certain steps only is found whatever else is possible.
func TestEndless(t *testing.T) {
	g := line(6)
	g.succ[4] = append(g.succ[4], 2)
	only := func(label uint64) bool { return label <= 1 }
	for name, c := range map[string]struct {
		g    graph
		want model.Verdict
	}{"with a way back": {g, model.Fails}, "without": {line(6), model.Holds}} {
		r := explore(t, c.g, model.Options[uint32]{Properties: []model.Property[uint32]{{ID: "ends", Kind: model.Endless, Only: only}}})
		wantVerdicts(t, name, r, c.want)
		if tr := r.Results[0].Trace; tr != nil && (tr.Loop != 3 || *tr.Last() == 5) {
			t.Errorf("%s: a loop of %d steps, want 2, 3, 4", name, tr.Loop)
		}
	}
}
