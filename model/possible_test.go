package model_test

import (
	"testing"

	"github.com/tcpfsm/tcpfsm/model"
)

// A way that leads back through all levels costs one look at each transition, not
// one at everything for each level; this test would take minutes otherwise.
func TestPossible_longWayBack(t *testing.T) {
	const n = 50_000
	g := line(n)
	for i := 1; i < n; i++ {
		g.succ[i] = append(g.succ[i], i-1)
	}
	r := explore(t, g, model.Options[uint32]{Properties: []model.Property[uint32]{
		{ID: "home", Kind: model.Possible, Holds: is(0)},
		{ID: "end", Kind: model.Possible, Holds: is(n - 1)},
	}})
	wantVerdicts(t, "the line goes both ways", r, model.Holds, model.Holds)
}

// The trace leads to the state of least depth behind which the goal is lost.
func TestPossible_lostOnOneBranch(t *testing.T) {
	g := line(10)
	g.succ = append(g.succ, []int{10})
	g.succ[4] = append(g.succ[4], 10)
	r := explore(t, g, model.Options[uint32]{Properties: []model.Property[uint32]{
		{ID: "end", Kind: model.Possible, Holds: is(9)},
	}})
	got := r.Results[0]
	if got.Verdict != model.Fails || lastState(got.Trace) != 10 || len(got.Trace.Steps) != 5 {
		t.Errorf("end: %v, want a trace of 5 steps to the loop at 10", got.Verdict)
	}
}
