package model_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/model"
)

// Swap: the ends of the toy do the same.
func (t toySystem) Swap(s *[2]toyEnd) [2]toyEnd { return [2]toyEnd{s[1], s[0]} }

// SwapJoints: so do they as parts; their one joint step is the tick.
func (t toyParts) SwapJoints() (joints []int, ok bool) { return []int{0}, true }

// SwapJoints: faultyToy finds faults in one role only, and says so.
func (f faultyToy) SwapJoints() (joints []int, ok bool) { return nil, false }

// evenToy is faultyToy with the same faults in both roles; its labels tell them apart.
type evenToy struct{ faultyToy }

func (e evenToy) SwapJoints() (joints []int, ok bool) { return []int{0}, true }

func (e evenToy) Moves(role int, p *toyEnd, dst []model.Move[toyEnd]) []model.Move[toyEnd] {
	dst = e.faultyToy.Moves(1, p, dst)
	for i := range dst {
		dst[i].Label = uint64(role<<8 | i)
	}
	return dst
}

func evenProperties() []model.Property[model.Pair[toyEnd]] {
	closing := func(s *model.Pair[toyEnd]) bool { return s[0].state == toyClosing || s[1].state == toyClosing }
	return append(pairProperties(),
		model.Property[model.Pair[toyEnd]]{ID: "from any closing", Kind: model.Possible, From: closing, Holds: func(s *model.Pair[toyEnd]) bool {
			return s[0].ended && s[1].ended
		}},
		model.Property[model.Pair[toyEnd]]{ID: "never only moves", Kind: model.Endless, Only: func(label uint64) bool { return label&255 > 0 }},
		model.Property[model.Pair[toyEnd]]{ID: "never only one move", Kind: model.Endless, Only: func(label uint64) bool { return label&255 == 9 }},
	)
}

// orbits counts the states of a whole search that differ in more than who is who.
func orbits[S, K comparable](sys model.System[S], swap func(*S) S, key func(*S) K) (states, orbits int) {
	seen := map[K]bool{}
	var todo []S
	visit := func(s S) {
		if k := key(&s); !seen[k] {
			seen[k] = true
			todo = append(todo, s)
			image := swap(&s)
			if states++; k == key(&image) || !seen[key(&image)] {
				orbits++
			}
		}
	}
	for _, s := range sys.Init(nil) {
		visit(s)
	}
	var succ []model.Succ[S]
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		succ = sys.Succ(&s, succ[:0])
		for i := range succ {
			visit(succ[i].State)
		}
	}
	return states, orbits
}

// With symmetry there are as many states as a search of all of them finds that differ
// in more than who is who, and both engines find the same of them.
func TestSymmetry_toyOrbits(t *testing.T) {
	for _, test := range []struct {
		toy    toy
		states int
	}{{toy{0, 0}, 41_498}, {toy{1, 0}, 1_547_716}} {
		if testing.Short() && test.states > 100_000 {
			continue
		}
		sys := toySystem{test.toy}
		states, want := orbits(model.System[[2]toyEnd](sys), sys.Swap, func(s *[2]toyEnd) [2]uint64 { return [2]uint64{s[0].code(), s[1].code()} })
		if states != test.states {
			t.Errorf("%d states, want %d", states, test.states)
		}
		opt := model.Options[model.Pair[toyEnd]]{Properties: toyPairProperties()}
		whole := exploreParts(t, model.Parts[toyEnd](toyParts{test.toy}), opt)
		opt.Symmetry = true
		half := exploreParts(t, model.Parts[toyEnd](toyParts{test.toy}), opt)
		if half.States != uint64(want) || !half.Symmetry || whole.Symmetry {
			t.Errorf("%+v, want %d of %d states", countsOf(half), want, states)
		}
		if half.Depth != whole.Depth || half.Parts[0] > whole.Parts[0] || half.Parts[1] != 0 {
			t.Errorf("depth %d with parts %v, without symmetry %d with %v", half.Depth, half.Parts, whole.Depth, whole.Parts)
		}
		flat := explore(t, model.System[[2]toyEnd](sys), model.Options[[2]toyEnd]{Symmetry: true, Properties: toyProperties()})
		if countsOf(flat) != countsOf(half) {
			t.Errorf("a flat search finds %+v, one of parts %+v", countsOf(flat), countsOf(half))
		}
	}
}

// replay wants a trace to be a run of the system, and a loop to lead back.
func replay[S any](t *testing.T, name string, sys model.System[S], trace *model.Trace[S]) {
	t.Helper()
	code := func(s *S) []uint64 {
		w := make([]uint64, sys.Words())
		sys.Code(s, w)
		return w
	}
	same := func(a, b *S) bool { return slices.Equal(code(a), code(b)) }
	if !slices.ContainsFunc(sys.Init(nil), func(s S) bool { return same(&s, &trace.Init) }) {
		t.Errorf("%s: the trace does not begin in an initial state", name)
	}
	at := trace.Init
	way := []S{at}
	for i, step := range trace.Steps {
		if !slices.ContainsFunc(sys.Succ(&at, nil), func(next model.Succ[S]) bool {
			return next.Label == step.Label && next.Fault == step.Fault && next.Rows == step.Rows && same(&next.State, &step.State)
		}) {
			t.Errorf("%s: step %d of the trace, label %d, is none of the system's", name, i, step.Label)
		}
		at = step.State
		way = append(way, at)
	}
	if n := len(way) - 1; trace.Loop > 0 && !same(&way[n], &way[n-trace.Loop]) {
		t.Errorf("%s: the last %d steps do not lead back", name, trace.Loop)
	}
}

// shows wants the last step, or the last state, or the loop, to show what the verdict says.
func shows[S any](t *testing.T, name string, sys model.System[S], r model.Result[S]) {
	t.Helper()
	last, is := r.Trace.Last(), false
	switch r.Kind {
	case model.Always:
		is = r.Holds == nil || !r.Holds(last) && (r.From == nil || r.From(last))
	case model.Deadlock:
		is = !r.Holds(last) && len(sys.Succ(last, nil)) == 0
	case model.Sometimes:
		is = r.Holds(last)
	case model.Possible:
		is = !r.Holds(last) && (r.From == nil || r.From(last))
	case model.Step:
		n := len(r.Trace.Steps)
		from := &r.Trace.Init
		if n > 1 {
			from = &r.Trace.Steps[n-2].State
		}
		step := r.Trace.Steps[n-1]
		is = step.Fault == r.ID || r.HoldsStep != nil && !r.HoldsStep(from, step.Label, &step.State)
	case model.Endless:
		is = r.Trace.Loop > 0
		for _, step := range r.Trace.Steps[len(r.Trace.Steps)-r.Trace.Loop:] {
			is = is && r.Only(step.Label)
		}
	}
	if !is {
		t.Errorf("%s: the trace does not show what is said of %s (%v)", name, r.ID, r.Kind)
	}
}

// sameAsWhole wants the verdicts of a search with symmetry to be those of one without,
// the traces as long, and real.
func sameAsWhole[S any](t *testing.T, name string, sys model.System[S], whole, half *model.Report[S]) {
	t.Helper()
	if half.Depth != whole.Depth || half.Complete != whole.Complete || half.States > whole.States {
		t.Errorf("%s: %+v with symmetry, %+v without", name, countsOf(half), countsOf(whole))
	}
	for i, r := range half.Results {
		want := whole.Results[i]
		if r.Verdict != want.Verdict || r.Empty != want.Empty || (r.Trace == nil) != (want.Trace == nil) {
			t.Errorf("%s: %s %v with symmetry, %v without", name, r.ID, r.Verdict, want.Verdict)
			continue
		}
		if r.Trace == nil {
			continue
		}
		if got, want := len(r.Trace.Steps), len(want.Trace.Steps); r.Kind != model.Endless && got != want {
			t.Errorf("%s: %s has a trace of %d steps with symmetry, of %d without", name, r.ID, got, want)
		}
		replay(t, name+", "+r.ID, sys, r.Trace)
		shows(t, name, sys, r)
	}
}

// With symmetry both engines find the same with every number of workers, and what they
// find without.
func TestSymmetry_sameVerdicts(t *testing.T) {
	parts := model.Parts[toyEnd](evenToy{faultyToy{toyParts{toy{0, 0}}}})
	for _, keepGoing := range []bool{true, false} {
		opt := model.Options[model.Pair[toyEnd]]{Properties: evenProperties(), KeepGoing: keepGoing, Workers: 1}
		whole := exploreParts(t, parts, opt)
		opt.Symmetry = true
		flat := explore(t, model.Flatten(parts), opt)
		if keepGoing {
			sameAsWhole(t, "flat", model.Flatten(parts), whole, flat)
		}
		want := summary(flat)
		for _, workers := range []int{1, 2, 8} {
			opt.Workers = workers
			wantSummary(t, fmt.Sprintf("keep going %v, %d workers", keepGoing, workers), want, exploreParts(t, parts, opt))
		}
	}
}

// evenGraph is a random graph that is its own mirror image: node 2i is that of 2i+1,
// but some nodes are their own. The labels of a step and of its image differ in bit 0.
type evenGraph struct {
	init  []int
	succ  [][]evenEdge
	alone map[int]bool
}

type evenEdge struct {
	to    int
	label uint64
	fault string
}

func (g evenGraph) image(n int) int {
	if g.alone[n] {
		return n
	}
	return n ^ 1
}

func randomEvenGraph(rng *rand.Rand, n int) evenGraph {
	g := evenGraph{succ: make([][]evenEdge, n), alone: map[int]bool{}}
	for i := range n {
		if rng.IntN(5) == 0 {
			g.alone[i], g.alone[i^1] = true, true
		}
	}
	first := rng.IntN(n)
	g.init = []int{first, g.image(first)}
	for i := 0; i < n; i++ {
		for range rng.IntN(3) {
			e := evenEdge{to: rng.IntN(n), label: 2 * rng.Uint64N(8)}
			if rng.IntN(40) == 0 {
				e.fault = "fault"
			}
			g.succ[i] = append(g.succ[i], e)
			e.to, e.label = g.image(e.to), e.label|1
			to := g.image(i)
			g.succ[to] = slices.Insert(g.succ[to], rng.IntN(len(g.succ[to])+1), e)
		}
	}
	return g
}

func (g evenGraph) Init(dst []uint32) []uint32 {
	for _, n := range g.init {
		dst = append(dst, uint32(n))
	}
	return dst
}

func (g evenGraph) Succ(s *uint32, dst []model.Succ[uint32]) []model.Succ[uint32] {
	for _, e := range g.succ[*s] {
		dst = append(dst, model.Succ[uint32]{State: uint32(e.to), Label: e.label, Fault: e.fault, Rows: [2]uint16{uint16(e.label/2) + 1}})
	}
	return dst
}

func (g evenGraph) Words() int                 { return 1 }
func (g evenGraph) Code(s *uint32, w []uint64) { w[0] = uint64(*s) * 0x9e3779b97f4a7c15 }
func (g evenGraph) Load(w []uint64, s *uint32) { *s = uint32(w[0] * 0xf1de83e19937733d) }
func (g evenGraph) Swap(s *uint32) uint32      { return uint32(g.image(int(*s))) }

// In random graphs that are their own mirror images, a search with symmetry decides
// every kind of property as one without.
func TestSymmetry_randomGraphs(t *testing.T) {
	rng := rand.New(rand.NewPCG(9293, 8))
	doubled := 0
	for n := range 600 {
		g := randomEvenGraph(rng, 2*(1+rng.IntN(1+n/2)))
		node := func() func(*uint32) bool {
			a := rng.IntN(len(g.succ))
			b := g.image(a)
			return func(s *uint32) bool { return int(*s) == a || int(*s) == b }
		}
		not := func(p func(*uint32) bool) func(*uint32) bool { return func(s *uint32) bool { return !p(s) } }
		from, to := node(), node()
		few := func(most uint64) func(uint64) bool { return func(label uint64) bool { return label/2 < most } }
		opt := model.Options[uint32]{KeepGoing: true, Workers: 1 + n%3, Properties: []model.Property[uint32]{
			{ID: "always", Kind: model.Always, Holds: not(node())},
			{ID: "always from", Kind: model.Always, From: node(), Holds: not(node())},
			{ID: "deadlock", Kind: model.Deadlock, Holds: node()},
			{ID: "sometimes", Kind: model.Sometimes, Holds: node()},
			{ID: "possible", Kind: model.Possible, Holds: node()},
			{ID: "possible from", Kind: model.Possible, From: node(), Holds: node()},
			{ID: "fault", Kind: model.Step},
			{ID: "step", Kind: model.Step, HoldsStep: func(a *uint32, label uint64, b *uint32) bool { return !from(a) || !to(b) || label/2 < 4 }},
			{ID: "few", Kind: model.Endless, Only: few(4)},
			{ID: "most", Kind: model.Endless, Only: few(6)},
		}}
		sys := model.System[uint32](g)
		whole := explore(t, sys, opt)
		opt.Symmetry = true
		half := explore(t, sys, opt)
		_, want := orbits(sys, g.Swap, func(s *uint32) uint32 { return *s })
		if half.States != uint64(want) {
			t.Errorf("graph %d: %d states with symmetry, want %d", n, half.States, want)
		}
		sameAsWhole(t, fmt.Sprint("graph ", n), sys, whole, half)
		for i, r := range half.Results {
			if r.Kind == model.Endless && r.Trace != nil && r.Trace.Loop > whole.Results[i].Trace.Loop {
				doubled++
			}
		}
	}
	if doubled == 0 {
		t.Error("no loop was gone round twice: nothing was tried")
	}
}

// evenParts are random parts whose roles do the same: numbers below n, by tables.
type evenParts struct {
	n      int
	moves  [][]model.Move[uint8]
	offers [][]model.Offer[uint8]
	accept [][]model.Move[uint8] // by part and message; Row[1] is 0 if it can't arrive
	joints [][]model.Move[uint8] // the same, by part and joint step as role 0 sees it
	across []int
	check  []string
}

const evenMessages = 3

func randomEvenParts(rng *rand.Rand, n int) *evenParts {
	fault := func(names ...string) string {
		if rng.IntN(15) == 0 {
			return names[rng.IntN(len(names))]
		}
		return ""
	}
	move := func(row int) model.Move[uint8] {
		return model.Move[uint8]{To: uint8(rng.IntN(n)), Label: 2 * rng.Uint64N(8), Row: [2]uint16{uint16(row), uint16(rng.IntN(3))}, Fault: fault("step", "other")}
	}
	e := &evenParts{n: n, across: []int{0, 2, 1}}
	for p := range n {
		var moves []model.Move[uint8]
		var offers []model.Offer[uint8]
		var accept, joints []model.Move[uint8]
		for range rng.IntN(2) {
			moves = append(moves, move(1+p))
		}
		for m := range rng.IntN(evenMessages) {
			offers = append(offers, model.Offer[uint8]{Message: uint64(m * 77), Rest: uint8(rng.IntN(n)), Label: 2 * rng.Uint64N(8)})
		}
		for m := range evenMessages {
			accept = append(accept, move(100+m))
		}
		for j := range e.across {
			joints = append(joints, move(200+j))
			joints[j].Row[1] = uint16(rng.IntN(2))
		}
		e.moves, e.offers, e.accept, e.joints = append(e.moves, moves), append(e.offers, offers), append(e.accept, accept), append(e.joints, joints)
		e.check = append(e.check, fault("part", "half"))
	}
	return e
}

func (e *evenParts) Init(int) uint8                      { return 0 }
func (e *evenParts) Words() int                          { return 1 }
func (e *evenParts) Code(_ int, p *uint8, w []uint64)    { w[0] = uint64(*p) * 0x9e3779b97f4a7c15 }
func (e *evenParts) Load(_ int, w []uint64, p *uint8)    { *p = uint8(w[0] * 0xf1de83e19937733d) }
func (e *evenParts) Joints() int                         { return len(e.across) }
func (e *evenParts) Check(_ int, p *uint8) string        { return e.check[*p] }
func (e *evenParts) SwapJoints() (joints []int, ok bool) { return e.across, true }
func (e *evenParts) Offers(role int, p *uint8, dst []model.Offer[uint8]) []model.Offer[uint8] {
	for _, o := range e.offers[*p] {
		o.Label |= uint64(role)
		dst = append(dst, o)
	}
	return dst
}

func (e *evenParts) Moves(role int, p *uint8, dst []model.Move[uint8]) []model.Move[uint8] {
	for _, m := range e.moves[*p] {
		m.Label |= uint64(role)
		dst = append(dst, m)
	}
	return dst
}

func (e *evenParts) Accept(_ int, p *uint8, message uint64) (model.Move[uint8], bool) {
	m := e.accept[*p][message/77]
	return m, m.Row[1] > 0
}

func (e *evenParts) Joint(role int, p *uint8, joint int) (model.Move[uint8], bool) {
	if role == 1 {
		joint = e.across[joint]
	}
	m := e.joints[*p][joint]
	m.Label = uint64(role) // one for all: which part's label it is must not matter
	return m, m.Row[1] > 0
}

// In random systems of parts too, with joint steps that one role takes as the other
// takes another, and by both engines.
func TestSymmetry_randomParts(t *testing.T) {
	rng := rand.New(rand.NewPCG(9293, 9))
	for n := range 400 {
		e := randomEvenParts(rng, 1+rng.IntN(20))
		both := func() func(*model.Pair[uint8]) bool {
			a, b := uint8(rng.IntN(e.n)), uint8(rng.IntN(e.n))
			return func(s *model.Pair[uint8]) bool { return *s[0] == a && *s[1] == b || *s[0] == b && *s[1] == a }
		}
		not := func(p func(*model.Pair[uint8]) bool) func(*model.Pair[uint8]) bool {
			return func(s *model.Pair[uint8]) bool { return !p(s) }
		}
		opt := model.Options[model.Pair[uint8]]{KeepGoing: true, Workers: 1 + n%3, Properties: []model.Property[model.Pair[uint8]]{
			{ID: "always", Kind: model.Always, Holds: not(both())},
			{ID: "deadlock", Kind: model.Deadlock, Holds: both()},
			{ID: "sometimes", Kind: model.Sometimes, Holds: both()},
			{ID: "possible", Kind: model.Possible, From: both(), Holds: both()},
			{ID: "few", Kind: model.Endless, Only: func(label uint64) bool { return label/2 < 3 }},
			{ID: "step", Kind: model.Step},
			{ID: "other", Kind: model.Step},
			{ID: "part", Kind: model.Always, Found: true},
			{ID: "half", Kind: model.Always, Found: true},
		}}
		parts := model.Parts[uint8](e)
		whole := exploreParts(t, parts, opt)
		opt.Symmetry = true
		half, flat := exploreParts(t, parts, opt), explore(t, model.Flatten(parts), opt)
		name := fmt.Sprint("parts ", n)
		sameAsWhole(t, name, model.Flatten(parts), whole, half)
		if got, want := pairSummary(half), pairSummary(flat); got != want {
			t.Fatalf("%s:\n%s\na flat search has\n%s", name, got, want)
		}
		for row, fired := range whole.Rows {
			if fired != half.Rows[row] {
				t.Errorf("%s: row %d fired %d times with symmetry, %d without", name, row, half.Rows[row], fired)
			}
		}
	}
}

func pairSummary[P any](r *model.Report[model.Pair[P]]) string {
	var b strings.Builder
	fmt.Fprintln(&b, countsOf(r), r.Complete, r.Strays)
	for _, res := range r.Results {
		fmt.Fprintln(&b, res.ID, res.Verdict, res.Empty)
		if res.Trace != nil {
			fmt.Fprintln(&b, *res.Trace.Init[0], *res.Trace.Init[1], res.Trace.Loop)
			for _, s := range res.Trace.Steps {
				fmt.Fprintln(&b, s.Label, s.Rows, s.Fault, *s.State[0], *s.State[1])
			}
		}
	}
	return b.String()
}

// twoPetersons is Peterson's algorithm with any turn to begin with.
type twoPetersons struct{ peterson }

func (twoPetersons) Init(dst []process2) []process2 {
	return append(dst, process2{}, process2{turn: 1})
}

func (twoPetersons) Swap(s *process2) process2 {
	return process2{at: [2]uint8{s.at[1], s.at[0]}, flag: [2]bool{s.flag[1], s.flag[0]}, turn: 1 - s.turn}
}

func TestSymmetry_peterson(t *testing.T) {
	for _, noTurn := range []bool{false, true} {
		sys := twoPetersons{peterson{noTurn}}
		opt := model.Options[process2]{KeepGoing: true, Properties: []model.Property[process2]{
			{ID: "one at a time", Kind: model.Always, Holds: func(s *process2) bool { return s.at != [2]uint8{critical, critical} }},
			{ID: "goes on", Kind: model.Deadlock, Holds: func(*process2) bool { return false }},
			{ID: "both are idle again", Kind: model.Possible, Holds: func(s *process2) bool { return s.at == [2]uint8{} }},
			{ID: "ends", Kind: model.Endless, Only: func(uint64) bool { return true }},
		}}
		whole := explore(t, model.System[process2](sys), opt)
		opt.Symmetry = true
		half := explore(t, model.System[process2](sys), opt)
		sameAsWhole(t, "peterson", model.System[process2](sys), whole, half)
		if _, want := orbits(model.System[process2](sys), sys.Swap, func(s *process2) process2 { return *s }); half.States != uint64(want) {
			t.Errorf("%d states of %d, want %d", half.States, whole.States, want)
		}
	}
}

type pairOptions = model.Options[model.Pair[toyEnd]]

// bothEngines are the searches of a system of parts.
func bothEngines(t *testing.T, parts model.Parts[toyEnd], do func(name string, search func(pairOptions) *model.Report[model.Pair[toyEnd]])) {
	do("parts", func(o pairOptions) *model.Report[model.Pair[toyEnd]] { return exploreParts(t, parts, o) })
	do("flat", func(o pairOptions) *model.Report[model.Pair[toyEnd]] { return explore(t, model.Flatten(parts), o) })
}

// A search with symmetry that is taken up again finds what one does that was not
// interrupted; and is not taken up without.
func TestSymmetry_checkpoint(t *testing.T) {
	parts := model.Parts[toyEnd](evenToy{faultyToy{toyParts{toy{0, 0}}}})
	bothEngines(t, parts, func(name string, search func(pairOptions) *model.Report[model.Pair[toyEnd]]) {
		opt := toyOptions()
		opt.Symmetry, opt.Properties = true, evenProperties()
		whole := search(opt)
		opt.Checkpoint = model.Checkpoint{Dir: filepath.Join(t.TempDir(), "kept"), Every: 1, Identity: "toy"}
		opt.MaxStates = whole.States / 3
		if r := search(opt); r.Complete {
			t.Errorf("%s: nothing was interrupted", name)
		}
		opt.Checkpoint.Resume, opt.MaxStates = true, 0
		without := opt
		without.Symmetry = false
		_, err := model.ExploreParts(context.Background(), parts, without)
		if name == "flat" {
			_, err = model.Explore(context.Background(), model.Flatten(parts), without)
		}
		if err == nil || !strings.Contains(err.Error(), "with symmetry true, and this one has false") {
			t.Errorf("%s: a checkpoint of another symmetry: %v", name, err)
		}
		if got, want := summary(search(opt)), summary(whole); !slices.Equal(got, want) {
			t.Errorf("%s: taken up again: %s\nwant %s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

// The disk, and bits that stand for states, do with symmetry what they do without.
func TestSymmetry_spillAndBits(t *testing.T) {
	_, opt := localToy()
	opt.Symmetry = true
	parts := model.Parts[toyEnd](evenToy{faultyToy{toyParts{toy{0, 1}}}})
	want := summary(exploreParts(t, parts, opt))
	bothEngines(t, parts, func(name string, search func(pairOptions) *model.Report[model.Pair[toyEnd]]) {
		spilled := opt
		spilled.Spill, spilled.MaxMemory = t.TempDir(), 1<<20
		if name == "parts" {
			spilled.MaxMemory = 3 << 20 // what the parts take is not what is spilled
		}
		wantSpilled(t, name, want, search(spilled), spilled.Spill)
		lossy := opt
		lossy.Lossy, lossy.Workers = 1<<22, 1
		if r := search(lossy); r.Complete || fmt.Sprintf("%+v", countsOf(r)) != want[0][:strings.Index(want[0], "}")+1] {
			t.Errorf("%s, lossy: %+v, want %s", name, countsOf(r), want[0])
		}
	})
}
