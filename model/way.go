package model

import (
	"slices"
	"sync"
	"sync/atomic"
)

// A way leads from an initial state through some steps; of these the last ones may
// be a loop.
type way struct {
	init  []uint64
	steps []step
	loop  int
}

// way is a shortest one to a find. No state knows where it was found from: instead
// each level is looked through once more, backwards, for the states that lead to
// the next one, and of those the one with the least key is taken.
func (s *search) way(f *find) *way {
	codes := [][]uint64{f.code}
	for d := f.depth - 1; d >= 0; d-- {
		code := s.predecessor(d, codes[len(codes)-1])
		if s.check(nil); code == nil {
			return nil // the disk can't be read
		}
		codes = append(codes, code)
	}
	slices.Reverse(codes)
	w := &way{init: codes[0]}
	ex := s.workers[0].ex
	for i, to := range codes[1:] {
		steps := ex.steps(codes[i])
		at := slices.IndexFunc(steps, func(st step) bool { return slices.Equal(st.code, to) })
		w.steps = append(w.steps, steps[at])
	}
	if f.step >= 0 {
		w.steps = append(w.steps, ex.steps(f.code)[f.step])
	}
	if f.loop != nil {
		w.steps, w.loop = append(w.steps, f.loop.steps...), f.loop.loop
	}
	return w
}

// predecessor is the state of a level with the least key that leads to a state.
func (s *search) predecessor(depth int, to []uint64) []uint64 {
	pieces := s.levels[depth].pieces()
	found := make([]find, len(s.workers))
	var next atomic.Int64
	var wg sync.WaitGroup
	for i, w := range s.workers[:min(len(pieces), len(s.workers))] {
		wg.Go(func() {
			for p := int(next.Add(1)) - 1; p < len(pieces); p = int(next.Add(1)) - 1 {
				w.seek(w.load(pieces[p]), to, &found[i])
			}
		})
	}
	wg.Wait()
	best := &find{}
	for i := range found {
		if found[i].found && best.later(&found[i]) {
			best = &found[i]
		}
	}
	if !best.found && !slices.ContainsFunc(s.workers, func(w *worker) bool { return w.err != nil }) {
		panic("model: a state's successors differ from those it had when it was expanded: Succ must be pure, and Load the inverse of Code")
	}
	return best.code
}

// seek looks for states of a block that lead to a state.
func (w *worker) seek(block, to []uint64, best *find) {
	width := w.s.width
	for ; len(block) > 0; block = block[width:] {
		w.out = w.ex.expand(block[:width], w.out[:0])
		for out := w.out; len(out) > 0; out = out[width:] {
			if !slices.Equal(out[:width], to) {
				continue
			}
			f := find{found: true, code: block[:width], key: w.ex.key(block[:width], nil), step: -1}
			if best.later(&f) {
				f.code = slices.Clone(f.code)
				*best = f
			}
			break
		}
	}
	w.out = w.out[:0]
}
