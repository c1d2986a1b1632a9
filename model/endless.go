package model

import (
	"context"
	"slices"
)

// decideEndless decides whether some run consists, from some time on, of steps with
// certain labels only. A state is marked when all its steps of that kind lead to
// marked states: what stays unmarked can go on for ever.
func (s *search) decideEndless(ctx context.Context, claim int, only func(uint64) bool) error {
	m := s.newMarks()
	defer s.heap.free(m)
	lists, err := s.markAll(ctx, m, func(w *worker, code []uint64, _ bool) bool {
		return w.allMarked(m, code, only)
	})
	if err != nil {
		return err
	}
	f := s.leastOf(lists, nil)
	if f.found {
		f.loop = s.walk(f.code, func(st *step) bool { return only(st.label) && !m.has(s.visited.index(st.code)) })
	}
	s.claims[claim].find = f
	return nil
}

// allMarked reports whether all steps of a kind lead to marked states.
func (w *worker) allMarked(m marks, code []uint64, only func(uint64) bool) bool {
	width := w.s.width
	w.out = w.ex.expand(code, w.out[:0])
	w.labels = w.ex.labels(w.labels[:0])
	defer func() { w.out = w.out[:0] }()
	for i, label := range w.labels {
		if only(label) && !m.has(w.s.visited.index(w.out[i*width:(i+1)*width])) {
			return false
		}
	}
	return true
}

// walk takes the first step that may be taken, again and again, until it comes to a
// state where it was before.
func (s *search) walk(code []uint64, may func(*step) bool) *way {
	w := &way{init: code}
	at := [][]uint64{code}
	for {
		steps := s.workers[0].ex.steps(at[len(at)-1])
		st := steps[slices.IndexFunc(steps, func(st step) bool { return may(&st) })]
		w.steps = append(w.steps, st)
		if i := slices.IndexFunc(at, func(c []uint64) bool { return slices.Equal(c, st.code) }); i >= 0 {
			w.loop = len(at) - i
			return w
		}
		at = append(at, st.code)
	}
}
