package model

// The store is divided into shards by hash, whatever the number of workers: one
// worker at a time inserts into a shard, in an order that the search decides, so
// the numbering of states is the same on every run and no lock is needed.
const (
	shardBits  = 6
	shardCount = 1 << shardBits
)

// A stateID is a shard and an index into it.
type stateID uint64

func makeID(shard, index int) stateID { return stateID(index)<<shardBits | stateID(shard) }

func (id stateID) shard() int { return int(id & (shardCount - 1)) }
func (id stateID) index() int { return int(id >> shardBits) }

// noParent marks initial states.
const noParent = ^stateID(0)

// A shard keeps the encodings of its states in the order of discovery, and finds
// them by open addressing. Its slices hold no pointers, so the collector does
// not look into them.
type shard struct {
	width   int
	words   []uint64  // width words a state
	parents []stateID // of each state
	slots   []uint32  // index+1 of a state, 0 is free
	ends    []int     // ends[d] states have a depth of at most d
}

func newShard(width int) shard {
	return shard{width: width, slots: make([]uint32, 64)}
}

func (s *shard) len() int { return len(s.parents) }

func (s *shard) code(i int) []uint64 { return s.words[i*s.width : (i+1)*s.width] }

func (s *shard) bytes() uint64 {
	return uint64(cap(s.words)*8 + cap(s.parents)*8 + cap(s.slots)*4)
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
	mask := len(s.slots) - 1
	for slot = int(h) & mask; ; slot = (slot + 1) & mask {
		i := s.slots[slot]
		if i == 0 {
			return -1, slot
		}
		if equal(s.code(int(i-1)), code) {
			return int(i - 1), slot
		}
	}
}

// insert adds an encoding unless it is known.
func (s *shard) insert(code []uint64, h uint64, parent stateID) {
	known, slot := s.find(code, h)
	if known >= 0 {
		return
	}
	s.words = append(s.words, code...)
	s.parents = append(s.parents, parent)
	s.slots[slot] = uint32(s.len())
	if s.len()*4 > len(s.slots)*3 {
		s.grow()
	}
}

func (s *shard) grow() {
	s.slots = make([]uint32, 2*len(s.slots))
	mask := len(s.slots) - 1
	for i := range s.len() {
		slot := int(hash(s.code(i))) & mask
		for s.slots[slot] != 0 {
			slot = (slot + 1) & mask
		}
		s.slots[slot] = uint32(i + 1)
	}
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
