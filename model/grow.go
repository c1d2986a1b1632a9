package model

import (
	"fmt"
	"slices"
)

// firstSlots is how large the first table is. It takes no memory before it is used.
const firstSlots = 1 << 12

// pairsWorthIt is how many bytes a state may cost in a pairmap before a table is
// preferred, and pairsFree is what a pairmap may cost in any case.
const (
	pairsWorthIt = 24
	pairsFree    = 64 << 20
)

// pairsAllowed is how many squares pay, and fit.
func (s *search) pairsAllowed() uint64 {
	bytes := max(pairsFree, pairsWorthIt*s.count)
	if s.limits.maxMemory > 0 {
		bytes = min(bytes, s.visited.bytes()+s.limits.maxMemory-min(s.limits.maxMemory, s.memory()))
	}
	return bytes / squareBytes
}

// firstSet is a pairmap for a space of parts, else a table.
func (s *search) firstSet() visited {
	if _, _, ok := s.space.extent(); ok {
		return newPairmap(&s.heap, pairsFree/squareBytes)
	}
	return newTable(&s.heap, s.width, firstSlots)
}

// restored takes over what a checkpoint says of a search, once its log is there.
func (s *search) restored(state *keptState) {
	s.visited = newTable(&s.heap, s.width, firstSlots)
	if !s.tryPairs() {
		s.replace(0, func() visited { return newTable(&s.heap, s.width, max(firstSlots, s.count*3/2)) })
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
	switch set := s.visited.(type) {
	case *pairmap:
		s.growPairs(set)
	case *table:
		s.growTable(set)
	}
	if s.limit == "" && s.limits.maxMemory > 0 && s.memory() > s.limits.maxMemory {
		s.outOfMemory(s.memory())
	}
}

// growPairs allows more squares, or makes a table when they do not pay.
func (s *search) growPairs(set *pairmap) {
	full := set.count() >= set.allowed.Load()
	allowed := int64(s.pairsAllowed())
	set.allowed.Store(allowed)
	if full && allowed <= set.count() {
		n := max(firstSlots, s.count*2)
		s.replace(n*8, func() visited { return newTable(&s.heap, s.width, n) })
	}
}

func (s *search) growTable(set *table) {
	if set.room(s.count) >= set.n/8 || s.tryPairs() {
		return
	}
	n := set.n * 2
	switch {
	case set.bytes() < 1<<22:
		n = set.n * 8 // so that small sets are not filled again so often
	case set.bytes() >= 1<<28:
		n = set.n / 2 * 3 // twice would cost more bytes a state than the search may
	}
	s.replace(n*uint64(s.width)*8, func() visited { return newTable(&s.heap, s.width, n) })
}

// tryPairs makes a pairmap of a table if it pays.
func (s *search) tryPairs() bool {
	if _, _, parts := s.space.extent(); !parts {
		return false
	}
	squares, allowed := squaresOf(s.levels), s.pairsAllowed()
	if squares+squares/8 >= allowed {
		return false
	}
	s.replace(squares*squareBytes, func() visited { return newPairmap(&s.heap, int64(allowed)) })
	return true
}

// replace makes a new set of everything in the log, after the old one is gone:
// together they might not fit.
func (s *search) replace(need uint64, make func() visited) {
	if !s.fits(need - min(need, s.visited.bytes())) {
		return
	}
	s.visited.free()
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
