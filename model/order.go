package model

import "slices"

// segmentStates is how many states of a level are sorted together: enough that the
// same part comes many times, and little enough for two copies of them in memory.
const segmentStates = 1 << 20

// sortLevel brings the states of a level into the order of their codes, a segment
// at a time. The successors of neighbours lie near each other then, in memory
// too. Only pairs of parts are neighbours in this sense.
func (s *search) sortLevel(l *level) {
	if _, _, parts := s.space.extent(); !parts {
		return
	}
	var segments [][][]uint64
	for from := 0; from < len(l.blocks); {
		to, states := from, 0
		for to < len(l.blocks) && states+len(l.blocks[to]) <= segmentStates {
			states += len(l.blocks[to])
			to++
		}
		segments = append(segments, l.blocks[from:to])
		from = to
	}
	s.each(len(segments), func(w *worker, i int) { w.sorter.sort(segments[i]) })
}

// A sorter sorts the pairs of some blocks, by radix: first by the second part, digit
// by digit, then by the first.
type sorter struct{ from, to []uint64 }

const digitBits = 11

func (s *sorter) sort(blocks [][]uint64) {
	s.from = s.from[:0]
	for _, b := range blocks {
		s.from = append(s.from, b...)
	}
	s.radix()
	sorted := s.from
	for _, b := range blocks {
		sorted = sorted[copy(b, sorted):]
	}
}

// radix sorts s.from.
func (s *sorter) radix() {
	var used uint64
	for _, root := range s.from {
		used |= root
	}
	if cap(s.to) < len(s.from) {
		s.to = make([]uint64, cap(s.from))
	}
	s.to = s.to[:len(s.from)]
	a, b := splitRoot(used)
	for shift := 0; b>>shift != 0; shift += digitBits {
		s.pass(shift)
	}
	for shift := 0; a>>shift != 0; shift += digitBits {
		s.pass(32 + shift)
	}
}

// distinct sorts codes and leaves each of them once. It takes the list over.
func (s *sorter) distinct(codes []uint64, width int) []uint64 {
	if width > 1 {
		return distinctWide(codes, width)
	}
	s.from = codes
	s.radix()
	codes = slices.Compact(s.from)
	s.from = nil
	return codes
}

func distinctWide(codes []uint64, width int) []uint64 {
	rows := make([][]uint64, 0, len(codes)/width)
	for ; len(codes) > 0; codes = codes[width:] {
		rows = append(rows, codes[:width])
	}
	slices.SortFunc(rows, slices.Compare)
	rows = slices.CompactFunc(rows, slices.Equal)
	return slices.Concat(rows...)
}

// pass sorts by one digit, and keeps the order of those that have the same.
func (s *sorter) pass(shift int) {
	var at [1 << digitBits]int
	for _, root := range s.from {
		at[root>>shift%(1<<digitBits)]++
	}
	sum := 0
	for digit, n := range at {
		at[digit] = sum
		sum += n
	}
	for _, root := range s.from {
		digit := root >> shift % (1 << digitBits)
		s.to[at[digit]] = root
		at[digit]++
	}
	s.from, s.to = s.to, s.from
}
