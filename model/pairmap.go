package model

import (
	"sync"
	"sync/atomic"
)

// A pairmap has a bit for each pair of parts: no hash, no search, and less memory
// than a table when most pairs of parts that are found at about the same time
// occur. The pairs lie in squares, which have memory once a pair in them is met, so
// that nothing is moved when parts are added.
type pairmap struct {
	heap    *heap
	allowed atomic.Int64 // how many squares it may have

	mu        sync.Mutex
	directory atomic.Pointer[directory]
	squares   atomic.Pointer[[]*square]
	slab      []uint64 // memory for squares to come
	slabs     [][]uint64
}

// A square is 512 pairs wide and high. A row is a cache line.
type square [squareWords]uint64

const (
	squareBits  = 9
	squareMask  = 1<<squareBits - 1
	squareWords = 1 << (2*squareBits - 6)
	squareBytes = squareWords * 8
)

// A directory has the number+1 of each square, or 0.
type directory struct {
	rows, columns uint64 // of squares
	numbers       []uint32
}

func newPairmap(h *heap, allowed int64) *pairmap {
	m := &pairmap{heap: h}
	m.allowed.Store(allowed)
	m.directory.Store(&directory{})
	m.squares.Store(&[]*square{})
	return m
}

// room is unlimited: a pair that finds no square is put off.
func (m *pairmap) room(uint64) uint64 { return 1 << 62 }
func (m *pairmap) count() int64       { return int64(len(*m.squares.Load())) }
func (m *pairmap) size() uint64       { return uint64(m.count()) << (2 * squareBits) }

func (m *pairmap) bytes() (n uint64) {
	for _, s := range m.slabs {
		n += uint64(len(s)) * 8
	}
	return n
}

// place is the number of a pair's bit, or nowhere if there is no square for it.
func (m *pairmap) place(root uint64) uint64 {
	a, b := splitRoot(root)
	n := m.directory.Load().number(a, b)
	if n == 0 {
		return nowhere
	}
	return uint64(n-1)<<(2*squareBits) | uint64(a&squareMask)<<squareBits | uint64(b&squareMask)
}

func (d *directory) number(a, b uint32) uint32 {
	row, column := uint64(a>>squareBits), uint64(b>>squareBits)
	if row >= d.rows || column >= d.columns {
		return 0
	}
	return atomic.LoadUint32(&d.numbers[row*d.columns+column])
}

func (m *pairmap) locate(codes, at []uint64) (seen uint64) {
	for i, root := range codes {
		at[i] = m.place(root)
	}
	squares := *m.squares.Load()
	for _, p := range at {
		if p != nowhere {
			seen += atomic.LoadUint64(&squares[p>>(2*squareBits)][p>>6%squareWords])
		}
	}
	return seen
}

func (m *pairmap) insert(codes, at []uint64, fresh []bool) {
	squares := *m.squares.Load()
	for i, p := range at {
		fresh[i] = false
		if p == nowhere {
			if p = m.extend(codes[i]); p == nowhere {
				continue
			}
			at[i], squares = p, *m.squares.Load()
		}
		bit := uint64(1) << (p & 63)
		w := &squares[p>>(2*squareBits)][p>>6%squareWords]
		fresh[i] = atomic.LoadUint64(w)&bit == 0 && atomic.OrUint64(w, bit)&bit == 0
	}
}

func (m *pairmap) find(_, at []uint64, fresh []bool) {
	squares := *m.squares.Load()
	for i, p := range at {
		fresh[i] = p == nowhere || squares[p>>(2*squareBits)][p>>6%squareWords]>>(p&63)&1 == 0
	}
}

func (m *pairmap) index(code []uint64) uint64 { return m.place(code[0]) }

// extend makes a square for a pair, if it may, and gives the place of the pair.
func (m *pairmap) extend(root uint64) uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, b := splitRoot(root)
	d := m.directory.Load().with(a, b)
	m.directory.Store(d)
	if at := &d.numbers[uint64(a>>squareBits)*d.columns+uint64(b>>squareBits)]; *at == 0 {
		if m.count() >= m.allowed.Load() {
			return nowhere
		}
		squares := append(*m.squares.Load(), m.newSquare())
		m.squares.Store(&squares)
		atomic.StoreUint32(at, uint32(len(squares)))
	}
	return m.place(root)
}

// with is a directory that has an entry for a pair of parts.
func (d *directory) with(a, b uint32) *directory {
	rows, columns := uint64(a>>squareBits)+1, uint64(b>>squareBits)+1
	if rows <= d.rows && columns <= d.columns {
		return d
	}
	wider := &directory{rows: d.rows, columns: d.columns}
	if rows > d.rows {
		wider.rows = rows + rows/2
	}
	if columns > d.columns {
		wider.columns = columns + columns/2
	}
	wider.numbers = make([]uint32, wider.rows*wider.columns)
	for r := range d.rows {
		copy(wider.numbers[r*wider.columns:], d.numbers[r*d.columns:(r+1)*d.columns])
	}
	return wider
}

// slabSquares is how many squares memory is asked for at a time, at most.
const slabSquares = 64

func (m *pairmap) newSquare() *square {
	if len(m.slab) == 0 {
		m.slab = m.heap.alloc(squareWords * max(1, min(slabSquares, int(m.count())/4)))
		m.slabs = append(m.slabs, m.slab)
	}
	s := (*square)(m.slab)
	m.slab = m.slab[squareWords:]
	return s
}

func (m *pairmap) free() {
	for _, s := range m.slabs {
		m.heap.free(s)
	}
}

// squares counts the squares that the states found would have.
func (s *search) squares() uint64 {
	seen := map[uint64]bool{}
	var last uint64
	s.eachPiece(func(block []uint64) {
		for _, root := range block {
			a, b := splitRoot(root)
			if at := makeRoot(a>>squareBits, b>>squareBits); at != last || len(seen) == 0 {
				seen[at], last = true, at
			}
		}
	})
	return uint64(len(seen))
}
