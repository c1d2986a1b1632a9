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
// promised. A state is marked when it has the goal or leads to a marked one; sweeps
// over the log, backwards and forwards in turn, mark until one marks nothing. Few
// are needed, since most steps lead to a level that is near.
func (s *search) decidePossible(ctx context.Context, claim int, goal, from func([]uint64) bool) error {
	m := marks(s.heap.alloc(int((s.visited.size() + 63) / 64)))
	defer func() { s.heap.free(m) }()
	lists := make([][][]uint64, len(s.levels))
	for d := range s.levels {
		lists[d] = s.levels[d].blocks
	}
	first, left := true, uint64(1)
	for back := true; left > 0; back = !back {
		before := left
		left = 0
		for i := range lists {
			d := i
			if back {
				d = len(lists) - 1 - i
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			var n uint64
			lists[d], n = s.sweep(m, lists[d], goal, first)
			left += n
			s.report()
		}
		if left == before && !first {
			break
		}
		first = false
	}
	s.findUnmarked(claim, lists, from)
	return nil
}

// sweep marks what it can in the states listed, and gives the list of the others.
func (s *search) sweep(m marks, blocks [][]uint64, goal func([]uint64) bool, first bool) ([][]uint64, uint64) {
	rests := make([][]uint64, len(blocks))
	s.eachBlock(blocks, func(w *worker, i int) { rests[i] = w.sweepBlock(m, blocks[i], goal, first) })
	var left uint64
	for _, r := range rests {
		left += uint64(len(r) / s.width)
	}
	return slices.DeleteFunc(rests, func(r []uint64) bool { return len(r) == 0 }), left
}

// eachBlock hands blocks to the workers.
func (s *search) eachBlock(blocks [][]uint64, do func(w *worker, i int)) {
	var next atomic.Int64
	run := func(w *worker) {
		for i := int(next.Add(1)) - 1; i < len(blocks); i = int(next.Add(1)) - 1 {
			do(w, i)
		}
	}
	if len(blocks) == 1 || len(s.workers) == 1 {
		run(s.workers[0])
		return
	}
	var wg sync.WaitGroup
	for _, w := range s.workers[:min(len(blocks), len(s.workers))] {
		wg.Go(func() { run(w) })
	}
	wg.Wait()
}

// sweepBlock gives the states of a block that stay unmarked.
func (w *worker) sweepBlock(m marks, block []uint64, goal func([]uint64) bool, first bool) (rest []uint64) {
	width, set := w.s.width, w.s.visited
	for ; len(block) > 0; block = block[width:] {
		code := block[:width]
		if first && goal(code) || w.leadsToMark(m, code) {
			m.set(set.index(code))
		} else {
			rest = append(rest, code...)
		}
	}
	return rest
}

func (w *worker) leadsToMark(m marks, code []uint64) bool {
	width, set := w.s.width, w.s.visited
	w.out = w.ex.expand(code, w.out[:0])
	defer func() { w.out = w.out[:0] }()
	for i := 0; i < len(w.out); i += width {
		if m.has(set.index(w.out[i : i+width])) {
			return true
		}
	}
	return false
}

// findUnmarked keeps the first unmarked state from which the goal was promised.
func (s *search) findUnmarked(claim int, lists [][][]uint64, from func([]uint64) bool) {
	ex := s.workers[0].ex
	for d, blocks := range lists {
		var best find
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
			s.claims[claim].find = best
			return
		}
	}
}
