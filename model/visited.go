package model

import (
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
)

// A visited set knows which codes were met. Its locate and insert are called by all
// workers at once, everything else by one goroutine while no worker runs. They take
// many codes at a time, so that the reads of memory wait together.
type visited interface {
	// locate finds where the search for each code begins, or nowhere, and reads it.
	// What it returns means nothing, but keeps the reads.
	locate(codes, at []uint64) uint64
	// insert adds codes that were located, and notes which of them are new.
	insert(codes, at []uint64, fresh []bool)
	// find notes which of the codes that were located are not in the set.
	find(codes, at []uint64, fresh []bool)
	// index gives a number below size to a code that was added.
	index(code []uint64) uint64
	size() uint64
	// room is how many codes can be added before the set must grow.
	room(count uint64) uint64
	bytes() uint64
	free()
}

// nowhere is the place of a code that a set has no room for.
const nowhere = ^uint64(0)

// A table finds codes by open addressing. A slot holds the whole code, so that
// nothing else is read to compare one. A slot that begins with free is free, and
// one that begins with busy is being written.
type table struct {
	heap  *heap
	width int
	n     uint64 // slots
	slots []uint64

	mu  sync.Mutex
	odd map[string]uint64 // codes that begin with free or busy, numbered from n
}

// Codes that begin like this go to the odd ones: no system is likely to have any.
const (
	disguise = 0xd1b54a32d192ed03 // what a slot's first word is combined with
	free     = 0
	busy     = ^uint64(0)
)

func newTable(h *heap, width int, n uint64) *table {
	return &table{heap: h, width: width, n: n, slots: h.alloc(int(n) * width), odd: map[string]uint64{}}
}

// room leaves some slots free, since searches grow long in a full table: one in six, or
// one in four where a search costs more because codes are longer.
func (t *table) room(count uint64) uint64 {
	full := t.n - t.n/6
	if t.width > 1 {
		full = t.n - t.n/4
	}
	return full - min(full, count)
}

func (t *table) free()         { t.heap.free(t.slots) }
func (t *table) bytes() uint64 { return uint64(len(t.slots)) * 8 }
func (t *table) size() uint64  { return t.n + uint64(len(t.odd)) }

func (t *table) place(code []uint64) uint64 {
	at, _ := bits.Mul64(hash(code), t.n)
	return at
}

func (t *table) locate(codes, at []uint64) (seen uint64) {
	width := t.width
	for i := range at {
		at[i] = t.place(codes[i*width : (i+1)*width])
	}
	for _, p := range at {
		seen += atomic.LoadUint64(&t.slots[p*uint64(width)])
	}
	return seen
}

func (t *table) insert(codes, at []uint64, fresh []bool) {
	width := t.width
	for i, p := range at {
		fresh[i] = t.add(codes[i*width:(i+1)*width], p)
	}
}

func (t *table) find(codes, at []uint64, fresh []bool) {
	width := uint64(t.width)
	for i, p := range at {
		code := codes[uint64(i)*width : uint64(i+1)*width]
		first := code[0] ^ disguise
		if first == free || first == busy {
			_, known := t.odd[keyOf(code)]
			fresh[i] = !known
			continue
		}
		for slot := t.slots[p*width:]; ; slot = slot[width:] {
			if len(slot) == 0 {
				slot = t.slots
			}
			if slot[0] == free || slot[0] == first && slices.Equal(slot[1:width], code[1:]) {
				fresh[i] = slot[0] == free
				break
			}
		}
	}
}

// add adds a code whose place is at, and reports whether it is new.
func (t *table) add(code []uint64, at uint64) bool {
	first := code[0] ^ disguise
	if first == free || first == busy {
		return t.addOdd(code)
	}
	width := uint64(t.width)
	for i := at * width; ; {
		s := t.slots[i : i+width]
		v := atomic.LoadUint64(&s[0])
		if v == free {
			if atomic.CompareAndSwapUint64(&s[0], free, t.claim(first)) {
				if width > 1 {
					copy(s[1:], code[1:])
					atomic.StoreUint64(&s[0], first)
				}
				return true
			}
			v = atomic.LoadUint64(&s[0])
		}
		for v == busy {
			v = atomic.LoadUint64(&s[0])
		}
		if v == first && slices.Equal(s[1:], code[1:]) {
			return false
		}
		if i += width; i == uint64(len(t.slots)) {
			i = 0
		}
	}
}

// claim is what takes a free slot: the code itself if it is one word.
func (t *table) claim(first uint64) uint64 {
	if t.width == 1 {
		return first
	}
	return busy
}

func (t *table) addOdd(code []uint64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := keyOf(code)
	if _, known := t.odd[key]; known {
		return false
	}
	t.odd[key] = t.n + uint64(len(t.odd))
	return true
}

func (t *table) index(code []uint64) uint64 {
	first := code[0] ^ disguise
	if first == free || first == busy {
		return t.odd[keyOf(code)]
	}
	at := t.place(code)
	for {
		s := t.slots[at*uint64(t.width) : (at+1)*uint64(t.width)]
		if s[0] == first && slices.Equal(s[1:], code[1:]) {
			return at
		}
		if at++; at == t.n {
			at = 0
		}
	}
}

// keyOf is a code as the key of a Go map.
func keyOf(code []uint64) string {
	var key []byte
	for _, w := range code {
		for range 8 {
			key = append(key, byte(w))
			w >>= 8
		}
	}
	return string(key)
}

// hash mixes a code. It is the same on every run; its high bits choose the slot.
func hash(code []uint64) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, w := range code {
		h = (h ^ w) * 0xff51afd7ed558ccd
		h ^= h >> 32
	}
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>29
}
