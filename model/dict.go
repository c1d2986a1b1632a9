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
}

// chunkParts is how many parts are made room for at once.
const chunkParts = 1 << 12

type chunk[P any] [chunkParts]part[P]

// A part is what its number stands for, with what is known of it.
type part[P any] struct {
	is       P
	moves    atomic.Pointer[moves]
	arrivals atomic.Pointer[[]uint32] // by number of the message
}

// moves are the numbers of what a part becomes.
type moves struct {
	alone  []uint32
	offers []offer
	joint  []uint32 // by joint step: number+1, or 0 if it does not agree
	labels []uint64 // of alone, then of joint
	rows   [][2]uint16
	seen   atomic.Uint64 // joint steps, by number, that were taken
	faulty bool          // something is broken by this part or one of its own steps
}

type offer struct {
	number  uint32 // of the message
	rest    uint32
	message uint64
	label   uint64
}

// An arrival is what a part becomes by a message: number+2 and a mark, or one of
// the first two values.
const (
	unknownArrival = 0
	blocked        = 1
	faultyArrival  = 1 << 31
)

func arrivalOf(v uint32) uint32 { return v&^faultyArrival - 2 }

func newDict[P any](parts Parts[P], role int) *dict[P] {
	return &dict[P]{role: role, parts: parts, width: parts.Words(), slots: make([]uint32, 1<<10), w: make([]uint64, max(0, parts.Words()))}
}

func (d *dict[P]) len() int { return int(d.n.Load()) }

func (d *dict[P]) part(id uint32) *part[P] { return &d.chunks[id/chunkParts].Load()[id%chunkParts] }

func (d *dict[P]) code(id uint32) []uint64 {
	at := int(id%chunkParts) * d.width
	return d.codes[id/chunkParts][at : at+d.width]
}

// bytes estimates: what the Go heap adds to small blocks is left out.
func (d *dict[P]) bytes() uint64 {
	var p part[P]
	perPart := uint64(unsafe.Sizeof(p)) + uint64(d.width)*8 + 256
	return uint64(d.len())*perPart + uint64(len(d.slots))*4
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
	d.part(id).is = *p
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

// workOut finds what a part can do by itself. Two workers may both do so; they
// come to the same.
func (x *productExpander[P]) workOut(role int, p *part[P]) *moves {
	d := x.dicts[role]
	m := &moves{faulty: x.parts.Check(role, &p.is) != ""}
	x.moves = x.parts.Moves(role, &p.is, x.moves[:0])
	for i := range x.moves {
		m.alone = append(m.alone, x.take(d, &x.moves[i], m))
		x.tally.add(x.moves[i].Row)
	}
	x.offer = x.parts.Offers(role, &p.is, x.offer[:0])
	for i := range x.offer {
		o := &x.offer[i]
		m.offers = append(m.offers, offer{x.messages[role].number(o.Message), d.id(&o.Rest), o.Message, o.Label})
	}
	for joint := range x.parts.Joints() {
		j, ok := x.parts.Joint(role, &p.is, joint)
		if !ok {
			j = Move[P]{}
			m.labels = append(m.labels, 0)
			m.joint = append(m.joint, 0)
		} else {
			m.joint = append(m.joint, x.take(d, &j, m)+1)
		}
		m.rows = append(m.rows, j.Row)
	}
	p.moves.Store(m)
	return m
}

// take numbers what a move leads to and notes the rest of it.
func (x *productExpander[P]) take(d *dict[P], m *Move[P], of *moves) uint32 {
	of.faulty = of.faulty || m.Fault != ""
	of.labels = append(of.labels, m.Label)
	return d.id(&m.To)
}

// accept is what a part becomes by a message.
func (x *productExpander[P]) accept(role int, p *part[P], o *offer) uint32 {
	if known := p.arrivals.Load(); known != nil && int(o.number) < len(*known) {
		if v := atomic.LoadUint32(&(*known)[o.number]); v != unknownArrival {
			return v
		}
	}
	return x.arrive(role, p, o)
}

func (x *productExpander[P]) arrive(role int, p *part[P], o *offer) uint32 {
	v := uint32(blocked)
	if m, ok := x.parts.Accept(role, &p.is, o.message); ok {
		x.tally.add(m.Row)
		v = x.dicts[role].id(&m.To) + 2
		if m.Fault != "" {
			v |= faultyArrival
		}
	}
	p.remember(o.number, v)
	return v
}

// remember keeps what comes of a message. Lists that two workers make longer at
// once may lose an entry, which is then worked out again.
func (p *part[P]) remember(number, v uint32) {
	known := p.arrivals.Load()
	if known == nil || int(number) >= len(*known) {
		longer := make([]uint32, max(8, int(number)+int(number)/4+1))
		if known != nil {
			for i := range *known {
				longer[i] = atomic.LoadUint32(&(*known)[i])
			}
		}
		p.arrivals.Store(&longer)
		known = &longer
	}
	atomic.StoreUint32(&(*known)[number], v)
}
