package model_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/tcpfsm/tcpfsm/model"
)

func exploreParts[P any](t *testing.T, parts model.Parts[P], opt model.Options[model.Pair[P]]) *model.Report[model.Pair[P]] {
	t.Helper()
	r, err := model.ExploreParts(context.Background(), parts, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// faultyToy finds some things broken that are not.
type faultyToy struct{ toyParts }

func (f faultyToy) Check(_ int, e *toyEnd) string {
	if e.state == toyTimeWait && e.read == 0 {
		return "part"
	}
	return ""
}

func (f faultyToy) Moves(role int, e *toyEnd, dst []model.Move[toyEnd]) []model.Move[toyEnd] {
	dst = f.toyParts.Moves(role, e, dst)
	for i := range dst {
		dst[i].Label = uint64(role<<8 | i)
		dst[i].Row = [2]uint16{uint16(e.state) + 1}
		if e.state == toyEstablished && dst[i].To.state == toyFinWait1 && role == 1 {
			dst[i].Fault = "move"
		}
	}
	return dst
}

func (f faultyToy) Accept(role int, e *toyEnd, message uint64) (model.Move[toyEnd], bool) {
	m, ok := f.toyParts.Accept(role, e, message)
	if e.state == toyFinWait2 && m.To.state == toyTimeWait {
		m.Fault = "arrival"
	}
	return m, ok && !(e.state == toyClosing && e.full()) // no arrival there
}

// pairProperties are some that hold and some that fail.
func pairProperties() []model.Property[model.Pair[toyEnd]] {
	in := func(a, b uint8) func(*model.Pair[toyEnd]) bool {
		return func(s *model.Pair[toyEnd]) bool { return s[0].state == a && s[1].state == b }
	}
	not := func(holds func(*model.Pair[toyEnd]) bool) func(*model.Pair[toyEnd]) bool {
		return func(s *model.Pair[toyEnd]) bool { return !holds(s) }
	}
	ended := func(s *model.Pair[toyEnd]) bool { return s[0].ended && s[1].ended }
	return append(toyPairProperties(), []model.Property[model.Pair[toyEnd]]{
		{ID: "never both closing", Kind: model.Always, Holds: not(in(toyClosing, toyClosing))},
		{ID: "established", Kind: model.Sometimes, Holds: in(toyEstablished, toyEstablished)},
		{ID: "impossible", Kind: model.Sometimes, Holds: in(toyLastAck, toyLastAck)},
		{ID: "stops", Kind: model.Deadlock, Holds: ended},
		{ID: "can end", Kind: model.Possible, Holds: ended},
		{ID: "can close at once", Kind: model.Possible, Holds: in(toyClosing, toyClosing)},
		{ID: "from there", Kind: model.Possible, Holds: ended, From: in(toyClosing, toyClosing)},
		{ID: "part", Kind: model.Always, Found: true},
		{ID: "move", Kind: model.Step},
		{ID: "arrival", Kind: model.Step},
	}...)
}

// summary is all of a report that must not depend on engine or workers; rows are
// counted differently, but the same ones fire.
func summary(r *model.Report[model.Pair[toyEnd]]) []string {
	all := []string{fmt.Sprintf("%+v %v %q %q", countsOf(r), r.Complete, r.Limit, r.Strays)}
	for id, n := range r.Rows {
		all = append(all, fmt.Sprint("row ", id, n > 0))
	}
	for _, res := range r.Results {
		all = append(all, fmt.Sprintf("%s %v", res.ID, res.Verdict))
		if res.Trace == nil {
			continue
		}
		all = append(all, fmt.Sprintf("%+v %+v", *res.Trace.Init[0], *res.Trace.Init[1]))
		for _, s := range res.Trace.Steps {
			all = append(all, fmt.Sprintf("%d %v %s %+v %+v", s.Label, s.Rows, s.Fault, *s.State[0], *s.State[1]))
		}
	}
	return all
}

// Both engines find the same, with every number of workers: counts, verdicts, and
// the counterexamples step by step.
func TestExploreParts_isExplore(t *testing.T) {
	parts := model.Parts[toyEnd](faultyToy{toyParts{toy{0, 0}}})
	for _, keepGoing := range []bool{true, false} {
		opt := model.Options[model.Pair[toyEnd]]{Properties: pairProperties(), KeepGoing: keepGoing, Workers: 1}
		want := summary(explore(t, model.Flatten(parts), opt))
		for _, workers := range []int{1, 2, 8} {
			opt.Workers = workers
			wantSummary(t, fmt.Sprintf("keep going %v, %d workers", keepGoing, workers), want, exploreParts(t, parts, opt))
		}
	}
}

// The toy has the counts that SPIN and TLC find.
func TestExploreParts_toy(t *testing.T) {
	r := exploreParts(t, model.Parts[toyEnd](toyParts{toy{1, 0}}), model.Options[model.Pair[toyEnd]]{Properties: toyPairProperties()})
	want := counts{1_547_716, 13_669_560, 26, 249_875}
	if got := countsOf(r); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	wantVerdicts(t, "what was received was written", r, model.Holds)
}

// wantSummary says at which line a report differs from what it should be.
func wantSummary(t *testing.T, name string, want []string, r *model.Report[model.Pair[toyEnd]]) {
	t.Helper()
	got := summary(r)
	if len(got) != len(want) {
		t.Fatalf("%s: %d lines %q, want %d %q", name, len(got), got, len(want), want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%s: line %d of the report is %q, want %q", name, i, got[i], want[i])
		}
	}
}
