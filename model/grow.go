package model

import (
	"fmt"
	"slices"
)

// How large the first sets are. They take no memory before they are used.
const (
	firstSlots = 1 << 12
	firstParts = 1 << 10
)

// pairsWorthIt is how many bytes a state may cost in a pairmap before a table is
// preferred, and pairsFree is what a pairmap may cost in any case.
const (
	pairsWorthIt = 24
	pairsFree    = 64 << 20
)

func (s *search) pairsPay(bytes uint64) bool { return bytes <= max(pairsFree, pairsWorthIt*s.count) }

// firstSet is a pairmap for a space of parts, else a table.
func (s *search) firstSet() visited {
	if _, _, ok := s.space.extent(); ok {
		return newPairmap(&s.heap, firstParts, firstParts)
	}
	return newTable(&s.heap, s.width, firstSlots)
}

// restored takes over what a checkpoint says of a search, once its log is there.
func (s *search) restored(state *keptState) {
	rows, columns, ok := s.space.extent()
	if ok && s.pairsPay(pairmapBytes(extend(0, rows), extend(0, columns))) {
		s.visited = newPairmap(&s.heap, extend(0, rows), extend(0, columns))
	} else {
		s.visited = newTable(&s.heap, s.width, max(firstSlots, s.count*3/2))
	}
	for i := range s.levels {
		s.refill(s.levels[i].blocks)
	}
	s.depth = len(s.levels) - 1
	s.expanded, s.known, s.steps = s.depth-1, s.count, state.Transitions
	s.before = *state
	for _, f := range state.Finds {
		i := slices.IndexFunc(s.claims, func(c claim) bool { return c.id == f.ID })
		if i >= 0 {
			s.claims[i].find = find{found: true, depth: f.Depth, code: f.Code, key: s.workers[0].ex.key(f.Code, nil), step: f.Step}
		}
	}
}

// grow makes the visited set larger if it must be for the search to go on.
func (s *search) grow() {
	rows, columns, parts := s.space.extent()
	switch set := s.visited.(type) {
	case *pairmap:
		if rows > set.rows || columns > set.columns {
			s.growPairs(set, extend(set.rows, rows), extend(set.columns, columns))
		}
	case *table:
		if set.room(s.count) >= set.n/8 {
			break
		}
		n := set.n * 2
		switch {
		case set.bytes() < 1<<22:
			n = set.n * 8 // so that small sets are not filled again so often
		case set.bytes() >= 1<<28:
			n = set.n / 2 * 3 // twice would cost more bytes a state than the search may
		}
		if pairs := pairmapBytes(extend(0, rows), extend(0, columns)); parts && pairs < n*8 && s.pairsPay(pairs) {
			s.replace(pairs, func() visited { return newPairmap(&s.heap, extend(0, rows), extend(0, columns)) })
			break
		}
		s.replace(n*uint64(s.width)*8, func() visited { return newTable(&s.heap, s.width, n) })
	}
	if s.limit == "" && s.limits.maxMemory > 0 && s.memory() > s.limits.maxMemory {
		s.outOfMemory(s.memory())
	}
}

// extend is how many parts to have bits for when so many are known.
func extend(had, known uint64) uint64 {
	if known <= had {
		return had
	}
	return (max(known, firstParts) + known/4 + 63) &^ 63
}

func (s *search) growPairs(old *pairmap, rows, columns uint64) {
	need := pairmapBytes(rows, columns)
	if !s.pairsPay(need) {
		n := max(firstSlots, s.count*2)
		s.replace(n*8, func() visited { return newTable(&s.heap, s.width, n) })
		return
	}
	if !s.fits(need) {
		return
	}
	m := newPairmap(&s.heap, rows, columns)
	m.copyFrom(old)
	s.heap.free(old.words)
	s.visited = m
}

// replace makes a new set of everything in the log, after the old one is gone:
// together they might not fit.
func (s *search) replace(need uint64, make func() visited) {
	if !s.fits(need - min(need, s.visited.bytes())) {
		return
	}
	switch old := s.visited.(type) {
	case *pairmap:
		s.heap.free(old.words)
	case *table:
		s.heap.free(old.slots)
	}
	s.visited = make()
	for i := range s.levels {
		s.refill(s.levels[i].blocks)
	}
}

func (s *search) refill(blocks [][]uint64) {
	w := s.workers[0]
	for _, block := range blocks {
		for len(block) > 0 {
			n := min(len(block), pendingStates*s.width)
			places, fresh := w.places[:n/s.width], w.fresh[:n/s.width]
			w.touched += s.visited.locate(block[:n], places)
			s.visited.insert(block[:n], places, fresh)
			block = block[n:]
		}
	}
}

// fits reports whether that many bytes more are allowed; if not, the search ends.
func (s *search) fits(more uint64) bool {
	if s.limits.maxMemory == 0 || s.memory()+more <= s.limits.maxMemory {
		return true
	}
	s.outOfMemory(s.memory() + more)
	return false
}

func (s *search) outOfMemory(need uint64) {
	s.limit = fmt.Sprintf("the search would need %d bytes to go on and the limit is %d", need, s.limits.maxMemory)
}

func (s *search) memory() uint64 { return s.heap.bytes + s.space.bytes() }
