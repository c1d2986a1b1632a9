package model

import (
	"math"
	"math/bits"
	"sync/atomic"
)

// A sieve is a visited set that does not keep the codes: each sets a few bits of a
// field that never grows, and a code whose bits are all set counts as known. So it
// may take a new state for a known one; how often, missed estimates. And two workers
// who meet a state at once may each set one of its bits and both take it for new: it
// is then looked at, and counted, twice.
type sieve struct {
	heap  *heap
	width int
	field []uint64
	added atomic.Uint64
}

// sieveBits is how many bits a code sets. Three are best for a field of four to eight
// bits a state, which is what a search that needs a sieve will have.
const sieveBits = 3

func newSieve(h *heap, width int, bytes uint64) *sieve {
	return &sieve{heap: h, width: width, field: h.alloc(int(max(8, bytes/8)))}
}

func (v *sieve) free()                 { v.heap.free(v.field) }
func (v *sieve) bytes() uint64         { return uint64(len(v.field)) * 8 }
func (v *sieve) size() uint64          { return 0 } // codes have no numbers
func (v *sieve) index([]uint64) uint64 { panic("model: the states of a lossy search have no numbers") }
func (v *sieve) room(uint64) uint64    { return 1 << 62 }

// place is the first bit of a code; the others follow from it.
func (v *sieve) place(code []uint64) uint64 { return hash(code) }

// bit gives one of the bits of a place.
func (v *sieve) bit(place uint64, i int) (word, mask uint64) {
	x := place * (0x9e3779b97f4a7c15 + 2*uint64(i)*0xd1b54a32d192ed03)
	x ^= x >> 29
	at, _ := bits.Mul64(x*0xff51afd7ed558ccd, uint64(len(v.field))*64)
	return at >> 6, 1 << (at & 63)
}

func (v *sieve) locate(codes, at []uint64) (seen uint64) {
	for i := range at {
		at[i] = v.place(codes[i*v.width : (i+1)*v.width])
	}
	for _, p := range at {
		for i := range sieveBits {
			w, _ := v.bit(p, i)
			seen += atomic.LoadUint64(&v.field[w])
		}
	}
	return seen
}

func (v *sieve) insert(_, at []uint64, fresh []bool) {
	for i, p := range at {
		fresh[i] = false
		for k := range sieveBits {
			w, mask := v.bit(p, k)
			if atomic.LoadUint64(&v.field[w])&mask == 0 && atomic.OrUint64(&v.field[w], mask)&mask == 0 {
				fresh[i] = true
			}
		}
		if fresh[i] {
			v.added.Add(1)
		}
	}
}

func (v *sieve) find(_, at []uint64, fresh []bool) {
	for i, p := range at {
		fresh[i] = false
		for k := range sieveBits {
			w, mask := v.bit(p, k)
			fresh[i] = fresh[i] || atomic.LoadUint64(&v.field[w])&mask == 0
		}
	}
}

// missed is about how many new states were taken for known ones, at most: as many as
// if all had come when the field was as full as it is now. What only those lead to is
// not counted.
func (v *sieve) missed() float64 {
	var set int
	for _, w := range v.field {
		set += bits.OnesCount64(w)
	}
	full := float64(set) / float64(len(v.field)*64)
	p := math.Pow(full, sieveBits)
	return float64(v.added.Load()) * p / (1 - min(p, 0.999))
}
