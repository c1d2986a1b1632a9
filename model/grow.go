package model

import "slices"

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
	if free, limited := s.free(); limited {
		bytes = min(bytes, s.visited.bytes()+free)
	}
	return bytes / squareBytes
}

// firstSet is a pairmap for a space of parts, else a table; a sieve if the search may be
// lossy.
func (s *search) firstSet() visited {
	if s.limits.lossy > 0 {
		return newSieve(&s.heap, s.width, s.limits.lossy)
	}
	if _, _, ok := s.space.extent(); ok {
		return newPairmap(&s.heap, pairsFree/squareBytes)
	}
	return newTable(&s.heap, s.width, firstSlots)
}

// restored takes over what a checkpoint says of a search, once its log is there.
func (s *search) restored(state *keptState) error {
	if s.limits.lossy > 0 {
		s.visited = s.firstSet()
		s.replace(0, s.firstSet)
	} else if free, limited := s.free(); limited && s.spilled() && s.count*uint64(s.width)*12 > free {
		if err := s.refreeze(); err != nil {
			return err
		}
	} else if s.visited = newTable(&s.heap, s.width, firstSlots); !s.tryPairs() {
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
	return nil
}

// grow makes the visited set larger if it must be for the search to go on.
func (s *search) grow() {
	switch set := s.visited.(type) {
	case *pairmap:
		s.growPairs(set)
	case *table:
		s.growTable(set)
	}
	s.fits(0)
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
	squares, allowed := s.squares(), s.pairsAllowed()
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
	w := s.workers[0]
	s.eachPiece(func(block []uint64) {
		for len(block) > 0 {
			n := min(len(block), pendingStates*s.width)
			places, fresh := w.places[:n/s.width], w.fresh[:n/s.width]
			w.touched += s.visited.locate(block[:n], places)
			s.visited.insert(block[:n], places, fresh)
			block = block[n:]
		}
	})
}

// eachPiece goes through the log.
func (s *search) eachPiece(do func(block []uint64)) {
	w := s.workers[0]
	for i := range s.levels {
		for _, p := range s.levels[i].pieces() {
			do(w.load(p))
		}
	}
}

// free is how much memory may still be used; limited is false if there is no limit. A
// search that can spill keeps a part for that.
func (s *search) free() (bytes uint64, limited bool) {
	if s.limits.maxMemory == 0 {
		return 0, false
	}
	allowed, used := s.limits.maxMemory, s.memory()
	if s.spill != nil {
		allowed -= allowed / spillShare
	}
	return allowed - min(allowed, used), true
}

// fits reports whether that many bytes more are allowed; if not, memory is short.
func (s *search) fits(more uint64) bool {
	free, limited := s.free()
	if !limited || more < free {
		return true
	}
	s.short = max(s.short, s.memory()+more)
	return false
}

func (s *search) memory() uint64 {
	bytes := s.heap.bytes + s.space.bytes()
	if s.spill != nil {
		bytes += uint64(cap(s.spill.candidates)+cap(s.spill.sorter.to)) * 8
	}
	return bytes
}
