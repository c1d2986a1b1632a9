package model

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// marks is a bit for each index of a visited set.
type marks []uint64

func (m marks) has(i uint64) bool { return atomic.LoadUint64(&m[i/64])>>(i%64)&1 != 0 }
func (m marks) set(i uint64)      { atomic.OrUint64(&m[i/64], 1<<(i%64)) }

// decidePossible decides whether a goal can be reached from every state where it is
// promised: a state is marked when it has the goal or leads to a marked one.
func (s *search) decidePossible(ctx context.Context, claim int, from func([]uint64) bool) error {
	m := s.newMarks()
	defer s.heap.free(m)
	lists, err := s.markAll(ctx, m, func(w *worker, code []uint64, first bool) bool {
		w.out = w.ex.expand(code, w.out[:0])
		return first && w.ex.violated(1<<claim) == 0 || w.leadsToMark(m)
	})
	for _, w := range s.workers {
		w.out = w.out[:0]
	}
	if err == nil {
		s.claims[claim].find = s.leastOf(lists, from)
	}
	return err
}

func (s *search) newMarks() marks { return s.heap.alloc(int((s.visited.size() + 63) / 64)) }

// markAll marks states by a rule that depends on what is marked, until nothing
// changes any more, and gives the states that stay unmarked, by level. It sweeps
// over the log backwards and forwards in turn; few sweeps are needed, since most
// steps lead to a level that is near.
func (s *search) markAll(ctx context.Context, m marks, rule func(w *worker, code []uint64, first bool) bool) ([][][]uint64, error) {
	lists := make([][][]uint64, len(s.levels))
	for d := range s.levels {
		lists[d] = s.levels[d].blocks
	}
	left := s.count + 1
	for sweep := 0; left > 0; sweep++ {
		before := left
		left = 0
		for i := range lists {
			d := i
			if sweep%2 == 0 {
				d = len(lists) - 1 - i
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			var n uint64
			lists[d], n = s.sweep(m, lists[d], func(w *worker, code []uint64) bool { return rule(w, code, sweep == 0) })
			left += n
			s.report()
		}
		if left == before {
			break
		}
	}
	return lists, nil
}

// sweep marks what it can in the states listed, and gives the list of the others.
func (s *search) sweep(m marks, blocks [][]uint64, rule func(*worker, []uint64) bool) ([][]uint64, uint64) {
	rests := make([][]uint64, len(blocks))
	s.each(len(blocks), func(w *worker, i int) {
		for block := blocks[i]; len(block) > 0; block = block[s.width:] {
			if code := block[:s.width]; rule(w, code) {
				m.set(s.visited.index(code))
			} else {
				rests[i] = append(rests[i], code...)
			}
		}
	})
	var left uint64
	for _, r := range rests {
		left += uint64(len(r) / s.width)
	}
	return slices.DeleteFunc(rests, func(r []uint64) bool { return len(r) == 0 }), left
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

// leadsToMark reports whether a successor of the state last expanded is marked.
func (w *worker) leadsToMark(m marks) bool {
	width, set := w.s.width, w.s.visited
	for i := 0; i < len(w.out); i += width {
		if m.has(set.index(w.out[i : i+width])) {
			return true
		}
	}
	return false
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
