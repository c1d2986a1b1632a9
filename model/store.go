package model

import "math"

// The store is divided into shards by hash, whatever the number of workers: one
// worker at a time inserts into a shard, in an order that the search decides, so
// the numbering of states is the same on every run and no lock is needed.
const (
	shardBits  = 6
	shardCount = 1 << shardBits
)

// maxShard is how many states a slot's index can name.
const maxShard = 1<<32 - 2

// A stateID is a shard and an index into it.
type stateID uint64

func makeID(shard, index int) stateID { return stateID(index)<<shardBits | stateID(shard) }

func (id stateID) shard() int { return int(id & (shardCount - 1)) }
func (id stateID) index() int { return int(id >> shardBits) }

// noParent marks initial states.
const noParent = ^stateID(0)

// blockStates is how many states a shard makes room for at once. Blocks never
// move, so a shard needs no second copy of its states to grow.
const blockStates = 256

// A shard keeps its states in the order of discovery, and finds them by open
// addressing. Its slices hold no pointers but the few that lead to the blocks, so
// the collector does not look into them.
type shard struct {
	width  int
	count  int
	blocks [][]uint64 // of blockStates records: the encoding, then the parent
	slots  []uint64   // see makeSlot; 0 is free
	ends   []int      // ends[d] states have a depth of at most d
	quota  uint64     // bytes the shard may use
	full   bool       // an insertion needed more than that, and was refused

	keepPreds bool   // whether the transitions are needed again
	preds     []pred // every transition to a state of this shard
}

func newShard(width int) shard {
	return shard{width: width, slots: make([]uint64, 16), quota: math.MaxUint64}
}

// A slot is the low half of a state's hash above its index+1. The half says where
// the slot belongs, and tells nearly all different states apart without a look
// at their encodings; equal halves are never taken for equal states.
func makeSlot(h uint64, index int) uint64 { return h<<32 | uint64(index+1) }

// home is where the search for a slot begins. It grows with the hash half, so
// that a table is copied into a larger one from one end to the other.
func home(slot uint64, slots []uint64) int {
	return int((slot >> 32) * uint64(len(slots)) >> 32)
}

func (s *shard) len() int { return s.count }

func (s *shard) record(i int) []uint64 {
	at := i % blockStates * (s.width + 1)
	return s.blocks[i/blockStates][at : at+s.width+1]
}

func (s *shard) code(i int) []uint64 { return s.record(i)[:s.width] }

func (s *shard) parent(i int) stateID { return stateID(s.record(i)[s.width]) }

func (s *shard) blockBytes() uint64 { return uint64(blockStates * (s.width + 1) * 8) }

func (s *shard) bytes() uint64 {
	return uint64(len(s.blocks))*s.blockBytes() + uint64(len(s.slots)+cap(s.preds))*8
}

// level is the range of states of depth d.
func (s *shard) level(d int) (from, to int) {
	if d > 0 {
		from = s.ends[d-1]
	}
	return from, s.ends[d]
}

// find returns the index of an encoding, or -1 and the free slot where it belongs.
func (s *shard) find(code []uint64, h uint64) (index, slot int) {
	slots, half := s.slots, uint64(uint32(h))
	for slot = home(h<<32, slots); ; slot++ {
		if slot == len(slots) {
			slot = 0
		}
		v := slots[slot]
		if v == 0 {
			return -1, slot
		}
		if i := int(uint32(v)) - 1; v>>32 == half && equal(s.code(i), code) {
			return i, slot
		}
	}
}

// insert adds an encoding unless it is known or the shard is full.
func (s *shard) insert(code []uint64, h uint64, parent stateID) {
	known, slot := s.find(code, h)
	if known >= 0 {
		s.addPred(known, parent)
		return
	}
	if s.count == len(s.blocks)*blockStates || s.count >= len(s.slots)/4*3 {
		if s.grow(); s.full {
			return
		}
		_, slot = s.find(code, h)
	}
	s.slots[slot] = makeSlot(h, s.count)
	s.count++
	r := s.record(s.count - 1)
	copy(r, code)
	r[s.width] = uint64(parent)
	s.addPred(s.count-1, parent)
}

// insertAll inserts records of hash, parent and encoding, in order. It looks at
// the first slot of many before it compares any encoding: these reads wait for
// memory together, and most records are known and need no more.
func (s *shard) insertAll(records []uint64) {
	var first [32]uint64
	size := 2 + s.width
	for len(records) > 0 && !s.full {
		n := min(len(first), len(records)/size)
		for i := range first[:n] {
			first[i] = s.slots[home(records[i*size]<<32, s.slots)]
		}
		for i, v := range first[:n] {
			r := records[i*size : (i+1)*size]
			if v != 0 && v>>32 == r[0]&math.MaxUint32 && equal(s.code(int(uint32(v))-1), r[2:]) {
				s.addPred(int(uint32(v))-1, stateID(r[1]))
				continue
			}
			s.insert(r[2:], r[0], stateID(r[1]))
		}
		records = records[n*size:]
	}
}

// grow makes room for one more state, or finds the shard full. The old table and
// the new one count both while one is copied into the other.
func (s *shard) grow() {
	room, slots := s.bytes(), len(s.slots)
	if s.count == len(s.blocks)*blockStates {
		room += s.blockBytes()
	}
	if s.count >= slots/4*3 {
		slots += slots / 8 * 4
		room += uint64(slots * 8)
	}
	if s.full = room > s.quota || s.count >= maxShard; s.full {
		return
	}
	if s.count == len(s.blocks)*blockStates {
		s.blocks = append(s.blocks, make([]uint64, blockStates*(s.width+1)))
	}
	if slots > len(s.slots) {
		s.rehash(slots)
	}
}

// rehash moves the table into one of n slots; no state's encoding is read.
func (s *shard) rehash(n int) {
	slots := make([]uint64, n)
	for _, v := range s.slots {
		if v == 0 {
			continue
		}
		at := home(v, slots)
		for slots[at] != 0 {
			if at++; at == n {
				at = 0
			}
		}
		slots[at] = v
	}
	s.slots = slots
}

func equal(a, b []uint64) bool {
	for i, w := range a {
		if w != b[i] {
			return false
		}
	}
	return true
}

// hash mixes an encoding. It is the same on every run, so that runs repeat; its
// high bits choose the shard and its low bits the slot.
func hash(code []uint64) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, w := range code {
		h ^= w
		h *= 0xff51afd7ed558ccd
		h ^= h >> 32
	}
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>29
}

func shardOf(h uint64) int { return int(h >> (64 - shardBits)) }
