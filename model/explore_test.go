package model_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/model"
)

// graph is a system given by its adjacency lists; its states are small numbers.
type graph struct {
	init []int
	succ [][]int
}

func (g graph) Init(dst []uint32) []uint32 {
	for _, i := range g.init {
		dst = append(dst, uint32(i))
	}
	return dst
}

func (g graph) Succ(s *uint32, dst []model.Succ[uint32]) []model.Succ[uint32] {
	for i, to := range g.succ[*s] {
		dst = append(dst, model.Succ[uint32]{State: uint32(to), Label: uint64(i), Rows: [2]uint16{uint16(i + 1)}})
	}
	return dst
}

func (g graph) Words() int                    { return 2 }
func (g graph) Code(s *uint32, w []uint64)    { w[0], w[1] = uint64(*s), ^uint64(*s) }
func (g graph) Load(w []uint64, s *uint32)    { *s = uint32(w[0]) }
func never(*uint32) bool                      { return false }
func is(n uint32) func(*uint32) bool          { return func(s *uint32) bool { return *s == n } }
func isNot(n uint32) func(*uint32) bool       { return func(s *uint32) bool { return *s != n } }
func lastState(t *model.Trace[uint32]) uint32 { return *t.Last() }

func explore[S any](t *testing.T, sys model.System[S], opt model.Options[S]) *model.Report[S] {
	t.Helper()
	r, err := model.Explore(context.Background(), sys, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// randomGraph has n states, few successors for each, and some dead ends.
func randomGraph(rng *rand.Rand, n int) graph {
	g := graph{init: []int{rng.IntN(n)}, succ: make([][]int, n)}
	for i := range g.succ {
		for range rng.IntN(4) {
			g.succ[i] = append(g.succ[i], rng.IntN(n))
		}
	}
	return g
}

// distances is the naive search that the explorer is held against.
func (g graph) distances() map[int]int {
	dist := map[int]int{}
	frontier := slices.Clone(g.init)
	for d := 0; len(frontier) > 0; d++ {
		var next []int
		for _, s := range frontier {
			if _, known := dist[s]; !known {
				dist[s] = d
				next = append(next, g.succ[s]...)
			}
		}
		frontier = next
	}
	return dist
}

// canReach is the naive backward closure.
func (g graph) canReach(goal int) map[int]bool {
	can := map[int]bool{goal: true}
	for changed := true; changed; {
		changed = false
		for s, succ := range g.succ {
			if !can[s] && slices.ContainsFunc(succ, func(to int) bool { return can[to] }) {
				can[s], changed = true, true
			}
		}
	}
	return can
}

// What a naive search finds in random graphs, the explorer finds with every
// number of workers.
func TestExplore_randomGraphsAgainstNaive(t *testing.T) {
	rng := rand.New(rand.NewPCG(9293, 1))
	for n := range 300 {
		g := randomGraph(rng, 1+rng.IntN(400))
		bad, goal := rng.IntN(len(g.succ)), rng.IntN(len(g.succ))
		opt := model.Options[uint32]{KeepGoing: true, Properties: []model.Property[uint32]{
			{ID: "always", Kind: model.Always, Holds: isNot(uint32(bad))},
			{ID: "deadlock", Kind: model.Deadlock, Holds: never},
			{ID: "sometimes", Kind: model.Sometimes, Holds: is(uint32(goal))},
			{ID: "possible", Kind: model.Possible, Holds: is(uint32(goal))},
			{ID: "step", Kind: model.Step, HoldsStep: func(from *uint32, _ uint64, to *uint32) bool {
				return int(*from) != bad || int(*to) != goal
			}},
		}}
		var first *model.Report[uint32]
		for _, workers := range []int{1, 2, 8} {
			opt.Workers = workers
			r := explore(t, g, opt)
			if first == nil {
				first = r
				compareWithNaive(t, fmt.Sprintf("graph %d", n), g, bad, goal, r)
			}
			sameReport(t, workers, first, r)
		}
	}
}

func compareWithNaive(t *testing.T, name string, g graph, bad, goal int, r *model.Report[uint32]) {
	t.Helper()
	dist := g.distances()
	var transitions uint64
	depth, stuck, lost := 0, -1, -1
	can := g.canReach(goal)
	for s, d := range dist {
		transitions += uint64(len(g.succ[s]))
		depth = max(depth, d)
		if len(g.succ[s]) == 0 && (stuck < 0 || d < stuck) {
			stuck = d
		}
		if !can[s] && (lost < 0 || d < lost) {
			lost = d
		}
	}
	if r.States != uint64(len(dist)) || r.Transitions != transitions || r.Depth != depth || !r.Complete {
		t.Errorf("%s: %d states, %d transitions, depth %d, complete %v; a naive search finds %d, %d, %d",
			name, r.States, r.Transitions, r.Depth, r.Complete, len(dist), transitions, depth)
	}
	wantTrace(t, name, r.Results[0], distanceOf(dist, bad), model.Fails)
	wantTrace(t, name, r.Results[1], stuck, model.Fails)
	wantTrace(t, name, r.Results[2], distanceOf(dist, goal), model.Holds)
	wantTrace(t, name, r.Results[3], lost, model.Fails)
	broken := -1
	if d, ok := dist[bad]; ok && slices.Contains(g.succ[bad], goal) {
		broken = d + 1
	}
	wantTrace(t, name, r.Results[4], broken, model.Fails)
}

func distanceOf(dist map[int]int, s int) int {
	if d, ok := dist[s]; ok {
		return d
	}
	return -1
}

// wantTrace wants a trace of that length and the verdict that comes with one;
// a length of -1 wants none, and the other verdict.
func wantTrace(t *testing.T, name string, r model.Result[uint32], length int, with model.Verdict) {
	t.Helper()
	switch {
	case length < 0:
		if r.Trace != nil || r.Verdict == with {
			t.Errorf("%s, %s: %v with a trace %v, want neither", name, r.ID, r.Verdict, r.Trace)
		}
	case r.Trace == nil || r.Verdict != with:
		t.Errorf("%s, %s: %v with trace %v, want %v with %d steps", name, r.ID, r.Verdict, r.Trace, with, length)
	case len(r.Trace.Steps) != length:
		t.Errorf("%s, %s: a trace of %d steps, the shortest has %d", name, r.ID, len(r.Trace.Steps), length)
	}
}

func sameReport(t *testing.T, workers int, a, b *model.Report[uint32]) {
	t.Helper()
	if a.States != b.States || a.Transitions != b.Transitions || a.Depth != b.Depth || !slices.Equal(a.Rows, b.Rows) {
		t.Errorf("%d workers: %v, one worker: %v", workers, b, a)
	}
	for i := range a.Results {
		if a.Results[i].Verdict != b.Results[i].Verdict || !reflect.DeepEqual(a.Results[i].Trace, b.Results[i].Trace) {
			t.Errorf("%d workers: %s gives another result than with one", workers, a.Results[i].ID)
		}
	}
}

// A counter from 0 to n-1 that stops at the end.
func line(n int) graph {
	g := graph{init: []int{0}, succ: make([][]int, n)}
	for i := range n - 1 {
		g.succ[i] = []int{i + 1}
	}
	return g
}

func TestExplore_stopsAtTheLevelOfACounterexample(t *testing.T) {
	r := explore(t, line(100), model.Options[uint32]{Properties: []model.Property[uint32]{
		{ID: "small", Kind: model.Always, Holds: func(s *uint32) bool { return *s < 10 }},
		{ID: "end", Kind: model.Sometimes, Holds: is(99)},
		{ID: "on", Kind: model.Possible, Holds: is(99)},
	}})
	if r.Complete || r.Depth != 10 || r.States != 12 {
		t.Errorf("complete %v at depth %d with %d states, want an end at depth 10 with 12", r.Complete, r.Depth, r.States)
	}
	if got := r.Results[0]; got.Verdict != model.Fails || lastState(got.Trace) != 10 {
		t.Errorf("small: %v, want a trace to 10", got.Verdict)
	}
	for _, undecided := range r.Results[1:] {
		if undecided.Verdict != model.Undecided {
			t.Errorf("%s: %v after an early end, want undecided", undecided.ID, undecided.Verdict)
		}
	}
}

// faulty reports a broken step by itself.
type faulty struct{ graph }

func (f faulty) Succ(s *uint32, dst []model.Succ[uint32]) []model.Succ[uint32] {
	dst = f.graph.Succ(s, dst)
	if *s == 5 {
		dst[0].Fault = "no six"
	}
	return dst
}

func TestExplore_faultOfTheSystem(t *testing.T) {
	r := explore(t, faulty{line(9)}, model.Options[uint32]{Properties: []model.Property[uint32]{
		{ID: "no six", Kind: model.Step}, {ID: "other", Kind: model.Step},
	}})
	if got := r.Results[0]; got.Verdict != model.Fails || len(got.Trace.Steps) != 6 || lastState(got.Trace) != 6 {
		t.Errorf("no six: %v, want a trace of 6 steps to 6", got.Verdict)
	}
	if len(r.Failed()) != 1 {
		t.Errorf("%d properties failed, want 1", len(r.Failed()))
	}
}

func TestExplore_limits(t *testing.T) {
	always := []model.Property[uint32]{{ID: "all", Kind: model.Always, Holds: func(*uint32) bool { return true }}}
	for name, opt := range map[string]model.Options[uint32]{
		"states": {Properties: always, MaxStates: 50},
		"memory": {Properties: always, MaxMemory: 20_000},
	} {
		r := explore(t, line(100_000), opt)
		if r.Complete || r.Limit == "" || r.Results[0].Verdict != model.Undecided {
			t.Errorf("%s: complete %v, limit %q, %v: want an honest end", name, r.Complete, r.Limit, r.Results[0].Verdict)
		}
	}
}

func TestExplore_cancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r, err := model.Explore(ctx, line(10), model.Options[uint32]{})
	if err != context.Canceled || r.Complete {
		t.Errorf("error %v, complete %v: want the context's error and an incomplete report", err, r.Complete)
	}
}

func TestExplore_refusesNonsense(t *testing.T) {
	for want, opt := range map[string]model.Options[uint32]{
		"used twice":   {Properties: []model.Property[uint32]{{ID: "a", Kind: model.Step}, {ID: "a", Kind: model.Step}}},
		"no predicate": {Properties: []model.Property[uint32]{{ID: "a", Kind: model.Always}}},
		"unknown kind": {Properties: []model.Property[uint32]{{ID: "a", Kind: 77, Holds: never}}},
	} {
		if _, err := model.Explore(context.Background(), line(3), opt); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	if _, err := model.Explore(context.Background(), graph{}, model.Options[uint32]{}); err == nil {
		t.Error("a system without initial states is accepted")
	}
}

// philosophers is the table of n: each takes the left fork, then the right one,
// eats, and puts both down. State: 2 bits each.
type philosophers int

func (n philosophers) Init(dst []uint64) []uint64   { return append(dst, 0) }
func (n philosophers) Words() int                   { return 1 }
func (n philosophers) Code(s *uint64, w []uint64)   { w[0] = *s }
func (n philosophers) Load(w []uint64, s *uint64)   { *s = w[0] }
func (n philosophers) phase(s uint64, i int) uint64 { return s >> (2 * (i % int(n))) & 3 }
func (n philosophers) leftTaken(s uint64, i int) bool {
	return n.phase(s, i) >= 1 || n.phase(s, i+int(n)-1) == 2
}
func (n philosophers) rightTaken(s uint64, i int) bool { return n.leftTaken(s, i+1) }
func (n philosophers) with(s uint64, i int, p uint64) uint64 {
	return s&^(3<<(2*i)) | p<<(2*i)
}

func (n philosophers) Succ(s *uint64, dst []model.Succ[uint64]) []model.Succ[uint64] {
	for i := range int(n) {
		switch p := n.phase(*s, i); {
		case p == 0 && !n.leftTaken(*s, i), p == 1 && !n.rightTaken(*s, i):
			dst = append(dst, model.Succ[uint64]{State: n.with(*s, i, p+1), Label: uint64(i)})
		case p == 2:
			dst = append(dst, model.Succ[uint64]{State: n.with(*s, i, 0), Label: uint64(i)})
		}
	}
	return dst
}

// Philosophers who all take the left fork wait for ever; the count of states is
// known from a second, independent count below.
func TestExplore_philosophers(t *testing.T) {
	const n = 5
	sys := philosophers(n)
	r := explore(t, model.System[uint64](sys), model.Options[uint64]{KeepGoing: true, Properties: []model.Property[uint64]{
		{ID: "go on", Kind: model.Deadlock, Holds: func(*uint64) bool { return false }},
		{ID: "eat again", Kind: model.Possible, Holds: func(s *uint64) bool { return sys.phase(*s, 0) == 2 }},
	}})
	seen := map[uint64]bool{0: true}
	for queue := []uint64{0}; len(queue) > 0; queue = queue[1:] {
		for _, s := range sys.Succ(&queue[0], nil) {
			if !seen[s.State] {
				seen[s.State] = true
				queue = append(queue, s.State)
			}
		}
	}
	if r.States != uint64(len(seen)) {
		t.Errorf("%d states, want %d", r.States, len(seen))
	}
	if got := r.Results[0]; got.Verdict != model.Fails || len(got.Trace.Steps) != n {
		t.Errorf("go on: %v, want the deadlock after %d steps", got.Verdict, n)
	}
	if r.Results[1].Verdict != model.Fails {
		t.Errorf("eat again: %v, want it to fail behind the deadlock", r.Results[1].Verdict)
	}
}

func BenchmarkExplore(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	g := graph{init: []int{0}, succ: make([][]int, 1_000_000)}
	for i := range g.succ {
		for range 9 {
			g.succ[i] = append(g.succ[i], min(len(g.succ)-1, max(0, i-50_000+rng.IntN(200_000))))
		}
	}
	for b.Loop() {
		r, err := model.Explore(context.Background(), g, model.Options[uint32]{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(r.States)/r.Elapsed.Seconds(), "states/s")
		b.ReportMetric(float64(r.Memory)/float64(r.States), "bytes/state")
	}
}

// A search that is cancelled within a level stops at its next block, with one worker
// and nobody who looks at its progress too.
func TestExplore_cancelledWithinALevel(t *testing.T) {
	const n = 100_000
	g := graph{init: []int{0}, succ: make([][]int, n)}
	for i := range n - 1 {
		g.succ[0] = append(g.succ[0], i+1)
	}
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	_, err := model.Explore(ctx, g, model.Options[uint32]{Workers: 1, Properties: []model.Property[uint32]{
		{ID: "small", Kind: model.Always, Holds: func(*uint32) bool {
			if calls++; calls == 1000 {
				cancel()
				time.Sleep(50 * time.Millisecond) // for the search to hear of it
			}
			return true
		}},
	}})
	if err != context.Canceled || calls > n/2 {
		t.Errorf("error %v after %d states, want the context's error soon after the 1000th", err, calls)
	}
}

// A lossy search with a field that is large enough finds everything and proves nothing;
// with one that is too small it finds less, and says how much it may have left out.
func TestExplore_lossy(t *testing.T) {
	parts := model.Parts[toyEnd](faultyToy{toyParts{toy{0, 0}}})
	opt := model.Options[model.Pair[toyEnd]]{Properties: pairProperties(), KeepGoing: true, Workers: 2}
	exact := exploreParts(t, parts, opt)
	opt.Lossy = 1 << 20
	large := exploreParts(t, parts, opt)
	if large.States != exact.States || large.Missed > 1 {
		t.Errorf("a field of %d bytes: %d states, %v missed; there are %d", opt.Lossy, large.States, large.Missed, exact.States)
	}
	opt.Lossy = exact.States / 4
	small := exploreParts(t, parts, opt)
	if small.States >= exact.States || small.Missed < 1 {
		t.Errorf("a field of %d bytes: %d states, %v missed; there are %d", opt.Lossy, small.States, small.Missed, exact.States)
	}
	for i, r := range large.Results {
		want := exact.Results[i].Verdict
		if want == model.Holds && r.Kind != model.Sometimes || want == model.Fails && r.Trace == nil {
			want = model.Undecided
		}
		if r.Verdict != want {
			t.Errorf("%s: %v, want %v", r.ID, r.Verdict, want)
		}
	}
	if large.Complete || !strings.Contains(large.Limit, "not exhaustive") {
		t.Errorf("complete %v, limit %q", large.Complete, large.Limit)
	}
}

// A premise that no state meets is reported: the property says nothing.
func TestExplore_emptyPremise(t *testing.T) {
	sys := graph{init: []int{0}, succ: [][]int{{1}, {0}, {}}}
	at := func(n uint32) func(*uint32) bool { return func(s *uint32) bool { return *s == n } }
	r := explore[uint32](t, sys, model.Options[uint32]{Properties: []model.Property[uint32]{
		{ID: "met", Kind: model.Always, From: at(1), Holds: at(1)},
		{ID: "not met", Kind: model.Always, From: at(2), Holds: at(0)},
		{ID: "never there", Kind: model.Possible, From: at(2), Holds: at(1)},
		{ID: "no premise", Kind: model.Possible, Holds: at(1)},
	}})
	for i, empty := range []bool{false, true, true, false} {
		if r := r.Results[i]; r.Empty != empty || r.Verdict != model.Holds {
			t.Errorf("%s: %v, empty %v", r.ID, r.Verdict, r.Empty)
		}
	}
}
