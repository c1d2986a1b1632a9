package model

import (
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"
)

// A dict numbers the parts of one role, in the order in which they are met.
type dict[P any] struct {
	role   int
	parts  Parts[P]
	width  int
	chunks [1 << 15]atomic.Pointer[chunk[P]]

	mu    sync.Mutex
	n     atomic.Uint32
	slots []uint32 // number+1 by hash of the code; 0 is free
	codes [][]uint64
	w     []uint64

	arena arena
}

// chunkParts is how many parts are made room for at once.
const chunkParts = 1 << 12

// A chunk holds some parts with what is known of them. What a search reads for each
// state stands closely together.
type chunk[P any] struct {
	records [chunkParts]atomic.Uint32 // where in the arena, or 0
	details [chunkParts]atomic.Pointer[details]
	is      [chunkParts]P
}

func newDict[P any](parts Parts[P], role int) *dict[P] {
	return &dict[P]{role: role, parts: parts, width: parts.Words(), slots: make([]uint32, 1<<10), w: make([]uint64, max(0, parts.Words()))}
}

func (d *dict[P]) len() int { return int(d.n.Load()) }

func (d *dict[P]) part(id uint32) *P { return &d.chunks[id/chunkParts].Load().is[id%chunkParts] }

func (d *dict[P]) code(id uint32) []uint64 {
	at := int(id%chunkParts) * d.width
	return d.codes[id/chunkParts][at : at+d.width]
}

// bytes estimates: of the details, the sizes of the lists are left out.
func (d *dict[P]) bytes() uint64 {
	chunks := uint64(d.len()+chunkParts-1) / chunkParts
	var c chunk[P]
	var of details
	return chunks*(uint64(unsafe.Sizeof(c))+chunkParts*(uint64(d.width)*8+uint64(unsafe.Sizeof(of)))) + uint64(len(d.slots))*4 + d.arena.bytes()
}

// id is the number of a part, which is a new one if it was not met before.
func (d *dict[P]) id(p *P) uint32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.parts.Code(d.role, p, d.w)
	at := d.slotOf(d.w)
	if v := d.slots[at]; v != 0 {
		return v - 1
	}
	id := d.n.Load()
	if id%chunkParts == 0 {
		d.chunks[id/chunkParts].Store(new(chunk[P]))
		d.codes = append(d.codes, make([]uint64, chunkParts*d.width))
	}
	*d.part(id) = *p
	copy(d.code(id), d.w)
	d.slots[at] = id + 1
	d.n.Store(id + 1)
	if int(id) >= len(d.slots)/2 {
		d.rehash()
	}
	return id
}

// slotOf finds the slot of a code, or the free one where it belongs.
func (d *dict[P]) slotOf(code []uint64) int {
	mask := len(d.slots) - 1
	for at := int(hash(code)) & mask; ; at = (at + 1) & mask {
		if v := d.slots[at]; v == 0 || slices.Equal(d.code(v-1), code) {
			return at
		}
	}
}

func (d *dict[P]) rehash() {
	d.slots = make([]uint32, 2*len(d.slots))
	for id := range d.n.Load() {
		d.slots[d.slotOf(d.code(id))] = id + 1
	}
}
