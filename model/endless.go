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
	lists, err := s.markAll(ctx, m, s.all(), markRule{only: only, all: true})
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

// walk takes the first step that may be taken, again and again, until it comes to a
// state where it was before. With symmetry, which step is the first can depend on the
// numbers of parts, so it is that to the state with the least key.
func (s *search) walk(code []uint64, may func(*step) bool) *way {
	w := &way{init: code}
	at := [][]uint64{code}
	for {
		ex := s.workers[0].ex
		steps := slices.DeleteFunc(ex.steps(at[len(at)-1]), func(st step) bool { return !may(&st) })
		st := steps[0]
		if s.space.symmetry() != nil {
			st = slices.MinFunc(steps, func(a, b step) int { return slices.Compare(ex.key(a.code, nil), ex.key(b.code, nil)) })
		}
		w.steps = append(w.steps, st)
		if i := slices.IndexFunc(at, func(c []uint64) bool { return slices.Equal(c, st.code) }); i >= 0 {
			w.loop = len(at) - i
			return w
		}
		at = append(at, st.code)
	}
}
