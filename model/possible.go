package model

import (
	"context"
	"sync"
	"sync/atomic"
)

// decidePossible decides whether a goal can be reached from every state where it is
// promised: a state is marked when it has the goal or leads to a marked one.
func (s *search) decidePossible(ctx context.Context, claim int, from func([]uint64) bool) error {
	m := s.newMarks()
	defer s.heap.free(m)
	promised := s.all()
	if from != nil {
		promised = s.filter(from)
	}
	lists, err := s.markAll(ctx, m, promised, markRule{
		has: func(w *worker, _ []uint64) bool { return w.ex.violated(1<<claim) == 0 },
	})
	if err == nil {
		s.claims[claim].find = s.leastOf(lists, nil)
	}
	return err
}

// each hands n pieces of work to the workers.
func (s *search) each(n int, do func(w *worker, i int)) {
	var next atomic.Int64
	run := func(w *worker) {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			do(w, i)
		}
	}
	if n == 1 || len(s.workers) == 1 {
		run(s.workers[0])
		return
	}
	var wg sync.WaitGroup
	for _, w := range s.workers[:min(n, len(s.workers))] {
		wg.Go(func() { run(w) })
	}
	wg.Wait()
}

// leastOf is the state of least depth, and of those the one with the least key, of
// all that are listed by level and where something was promised.
func (s *search) leastOf(lists [][][]uint64, from func([]uint64) bool) (best find) {
	ex := s.workers[0].ex
	for d, blocks := range lists {
		for _, block := range blocks {
			for ; len(block) > 0; block = block[s.width:] {
				code := block[:s.width]
				if from != nil && !from(code) {
					continue
				}
				f := find{found: true, depth: d, code: code, key: ex.key(code, nil), step: -1}
				if best.later(&f) {
					best = f
				}
			}
		}
		if best.found {
			return best
		}
	}
	return best
}
