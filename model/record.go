package model

import (
	"slices"
	"sync"
	"sync/atomic"
)

// A record is what a part does, as numbers of other parts, in one piece:
//
//	the heads, by the constants below
//	for each joint step, number+1, or 0 if the part does not agree
//	for each step of its own, the number of what it becomes
//	for each offer, the number of the message and that of the part without it
//	for each message, what the part becomes by it, as far as that was asked for
type record []uint32

const (
	aloneHead   = iota // how many steps of its own
	offersHead         // how many offers
	messageHead        // for how many messages there is room
	faultyHead         // not 0 if something is broken by this part or by one of its own steps
	takenHead          // a bit for each joint step that was taken; two words
	recordHead  = takenHead + 2
)

// recordUnit is what the place of a record is a multiple of: half a cache line.
const recordUnit = 8

// An arrival is what a part becomes by a message: number+2 and a mark, or one of
// the first two values.
const (
	unknownArrival = 0
	blocked        = 1
	faultyArrival  = 1 << 31
)

func arrivalOf(v uint32) uint32 { return v&^faultyArrival - 2 }

func (r record) joint(joints int) []uint32 { return r[recordHead : recordHead+joints] }

func (r record) alone(joints int) []uint32 {
	from := recordHead + joints
	return r[from : from+int(r[aloneHead])]
}

func (r record) offers(joints int) []uint32 {
	from := recordHead + joints + int(r[aloneHead])
	return r[from : from+2*int(r[offersHead])]
}

func (r record) arrivals(joints int) []uint32 {
	from := recordHead + joints + int(r[aloneHead]) + 2*int(r[offersHead])
	return r[from : from+int(r[messageHead])]
}

// took notes that a joint step was taken, and reports whether it is the first time.
func (r record) took(joint int) bool {
	w, bit := &r[takenHead+joint/32], uint32(1)<<(joint%32)
	return atomic.LoadUint32(w)&bit == 0 && atomic.OrUint32(w, bit)&bit == 0
}

// size is how many words of r are the record; what follows is another one's.
func (r record) size(joints int) int {
	return recordHead + joints + int(r[aloneHead]) + 2*int(r[offersHead]) + int(r[messageHead])
}

// An arena holds records. Readers need no lock: a record is there before its place
// is told.
type arena struct {
	mu     sync.Mutex
	chunks atomic.Pointer[[]record]
	free   record // of the last chunk
	words  uint64
}

// arenaChunk is how many words a chunk has, if no record wants more.
const arenaChunk = 1 << 18

// at gives a record, and all that follows it.
func (a *arena) at(place uint32) record {
	chunk := (*a.chunks.Load())[place/(arenaChunk/recordUnit)]
	return chunk[place%(arenaChunk/recordUnit)*recordUnit:]
}

// put keeps a record, and says where. Place 0 is never told.
func (a *arena) put(r record) uint32 {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := (len(r) + recordUnit - 1) / recordUnit * recordUnit
	if len(a.free) < n {
		a.extend(n)
	}
	chunks := *a.chunks.Load()
	last := len(chunks) - 1
	at := len(chunks[last]) - len(a.free)
	copy(a.free, r)
	if a.free = a.free[n:]; len(chunks[last]) > arenaChunk {
		a.free = nil // what is behind a record of that size has no place of its own
	}
	return uint32(last*(arenaChunk/recordUnit) + at/recordUnit)
}

func (a *arena) extend(n int) {
	var chunks []record
	if old := a.chunks.Load(); old != nil {
		chunks = slices.Clone(*old)
	}
	fresh := make(record, max(arenaChunk, n+recordUnit))
	a.words += uint64(len(fresh))
	a.free = fresh
	if len(chunks) == 0 {
		a.free = fresh[recordUnit:]
	}
	chunks = append(chunks, fresh)
	a.chunks.Store(&chunks)
}

func (a *arena) bytes() uint64 { return a.words * 4 }

// details are what else is known of what a part does; a search wants them seldom.
type details struct {
	labels []uint64    // of its own steps, of its offers, and of the joint steps
	fair   []Fair      // the same
	rows   [][2]uint16 // of the joint steps

	denying atomic.Bool // some arrival denies something
	mu      sync.Mutex
	denied  map[uint32][2]Class // by number of the message
}

// deny notes what an arrival denies.
func (d *details) deny(number uint32, classes [2]Class) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.denied == nil {
		d.denied = map[uint32][2]Class{}
	}
	d.denied[number] = classes
	d.denying.Store(true)
}

func (d *details) denies(number uint32) [2]Class {
	if !d.denying.Load() {
		return [2]Class{}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.denied[number]
}

// record is what a part does.
func (x *productExpander[P]) record(role int, id uint32) record {
	d := x.dicts[role]
	if at := d.chunks[id/chunkParts].Load().records[id%chunkParts].Load(); at != 0 {
		return d.arena.at(at)
	}
	return x.workOut(role, id)
}

func (x *productExpander[P]) details(role int, id uint32) *details {
	return x.dicts[role].chunks[id/chunkParts].Load().details[id%chunkParts].Load()
}

// workOut finds what a part can do by itself. Two workers may both do so; they
// come to the same.
func (x *productExpander[P]) workOut(role int, id uint32) record {
	d, p := x.dicts[role], x.dicts[role].part(id)
	role = d.role
	of := &details{}
	if x.mirror != nil {
		x.compareRoles(p)
	}
	r := make(record, recordHead, 64)
	if x.parts.Check(role, p) != "" {
		r[faultyHead] = 1
	}
	x.moves = x.parts.Moves(role, p, x.moves[:0])
	var alone, offers []uint32
	for i := range x.moves {
		alone = append(alone, x.take(d, &x.moves[i], r, of))
		x.tally.add(x.moves[i].Row)
	}
	x.offer = x.parts.Offers(role, p, x.offer[:0])
	for i := range x.offer {
		o := &x.offer[i]
		offers = append(offers, x.messages[role].number(o.Message), d.id(&o.Rest))
		of.labels, of.fair = append(of.labels, o.Label), append(of.fair, o.Fair)
	}
	for joint := range x.joints {
		j, ok := x.parts.Joint(role, p, joint)
		if ok {
			r = append(r, x.take(d, &j, r, of)+1)
			of.rows = append(of.rows, j.Row)
			continue
		}
		r = append(r, 0)
		of.rows, of.labels, of.fair = append(of.rows, [2]uint16{}), append(of.labels, 0), append(of.fair, Fair{})
	}
	r[aloneHead], r[offersHead] = uint32(len(alone)), uint32(len(offers)/2)
	r = append(append(r, alone...), offers...)
	c := d.chunks[id/chunkParts].Load()
	c.details[id%chunkParts].CompareAndSwap(nil, of) // the first is kept, with what arrivals deny
	return x.store(role, id, r, x.messages[1-role].len())
}

// store keeps a record with room for so many messages and some more.
func (x *productExpander[P]) store(role int, id uint32, r record, messages int) record {
	d := x.dicts[role]
	r[messageHead] = uint32(messages + messages/4 + 8)
	r = append(r, make(record, r.size(x.joints)-len(r))...)
	at := d.arena.put(r)
	d.chunks[id/chunkParts].Load().records[id%chunkParts].Store(at)
	return d.arena.at(at)
}

// copyOf copies a record that another worker may be writing to.
func (x *productExpander[P]) copyOf(r record) record {
	c := make(record, r.size(x.joints))
	for i := range c {
		c[i] = atomic.LoadUint32(&r[i])
	}
	return c
}

// take numbers what a move leads to and notes the rest of it.
func (x *productExpander[P]) take(d *dict[P], m *Move[P], r record, of *details) uint32 {
	if m.Fault != "" {
		r[faultyHead] = 1
	}
	of.labels, of.fair = append(of.labels, m.Label), append(of.fair, m.Fair)
	return d.id(&m.To)
}

// accept is what a part becomes by a message.
func (x *productExpander[P]) accept(role int, id uint32, arrivals []uint32, number uint32) uint32 {
	if int(number) < len(arrivals) {
		if v := atomic.LoadUint32(&arrivals[number]); v != unknownArrival {
			return v
		}
	}
	return x.arrive(role, id, number)
}

// arrive works an arrival out and keeps it. What two workers keep while the record
// of a part is made longer may be lost; it is then worked out again.
func (x *productExpander[P]) arrive(role int, id, number uint32) uint32 {
	r := x.record(role, id)
	if int(number) >= len(r.arrivals(x.joints)) {
		r = x.store(role, id, x.copyOf(r), int(number)+1)
	}
	at := &r.arrivals(x.joints)[number]
	if v := atomic.LoadUint32(at); v != unknownArrival {
		return v
	}
	v := uint32(blocked)
	d, message := x.dicts[role], x.messages[1-role].message(number)
	if x.mirror != nil {
		x.compareArrival(d.part(id), message)
	}
	if m, ok := x.parts.Accept(d.role, d.part(id), message); ok {
		x.tally.add(m.Row)
		if m.Fair.Denied != [2]Class{} {
			x.details(role, id).deny(number, m.Fair.Denied)
		}
		v = d.id(&m.To) + 2
		if m.Fault != "" {
			v |= faultyArrival
		}
	}
	atomic.StoreUint32(at, v)
	return v
}
