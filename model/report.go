package model

import (
	"maps"
	"slices"
	"time"
)

// report sums up; complete means that every reachable state was expanded and
// every Possible property decided.
func (e *explorer[S]) report(complete bool) *Report[S] {
	r := &Report[S]{
		States: e.states(), Depth: e.expanded, MaxFrontier: e.maxFrontier, Memory: e.memory(),
		Complete: complete, Limit: e.limit, Elapsed: time.Since(e.start),
	}
	for _, w := range e.workers {
		r.Transitions += w.transitions
		if len(w.rows) > len(r.Rows) {
			r.Rows = append(r.Rows, make([]uint64, len(w.rows)-len(r.Rows))...)
		}
		for id, n := range w.rows {
			r.Rows[id] += n
		}
	}
	r.Strays = e.strays()
	for i, p := range e.opt.Properties {
		r.Results = append(r.Results, e.result(p, e.finds[i], complete))
	}
	return r
}

// strays gathers the faults that the workers could not assign to a property.
func (e *explorer[S]) strays() []string {
	all := map[string]bool{}
	for _, w := range e.workers {
		maps.Copy(all, w.strays)
	}
	return slices.Sorted(maps.Keys(all))
}

func (e *explorer[S]) result(p Property[S], f find, complete bool) Result[S] {
	r := Result[S]{Property: p}
	switch {
	case f.found && p.Kind == Sometimes:
		r.Verdict = Holds
	case f.found:
		r.Verdict = Fails
	case !complete:
		r.Verdict = Undecided
	case p.Kind == Sometimes:
		r.Verdict = Fails
	default:
		r.Verdict = Holds
	}
	if f.found {
		r.Trace = e.trace(f)
	}
	return r
}

// trace goes back from a state to where it was found first, and then runs the
// system forward along that way for the labels.
func (e *explorer[S]) trace(f find) *Trace[S] {
	var path []stateID
	for id := f.state; id != noParent; id = e.shards[id.shard()].parent(id.index()) {
		path = append(path, id)
	}
	slices.Reverse(path)
	t := &Trace[S]{}
	e.sys.Load(e.code(path[0]), &t.Init)
	for _, id := range path[1:] {
		t.Steps = append(t.Steps, e.stepTo(t.Last(), e.code(id)))
	}
	if f.step >= 0 {
		t.Steps = append(t.Steps, e.sys.Succ(t.Last(), nil)[f.step])
	}
	return t
}

func (e *explorer[S]) code(id stateID) []uint64 { return e.shards[id.shard()].code(id.index()) }

// stepTo is the first successor of a state with that encoding.
func (e *explorer[S]) stepTo(from *S, code []uint64) Succ[S] {
	w := make([]uint64, e.width)
	for _, s := range e.sys.Succ(from, nil) {
		e.sys.Code(&s.State, w)
		if slices.Equal(w, code) {
			return s
		}
	}
	panic("model: a state's successors differ from those it had when it was expanded: Succ must be pure, and Load the inverse of Code")
}
