package model

import (
	"math"
	"testing"
)

// Every state inserted is found under the index it got, however often the table
// moved, and none that was not inserted is found.
func TestShard_findsWhatWasInserted(t *testing.T) {
	s := newShard(2)
	code := make([]uint64, 2)
	const n = 20_000
	for i := range uint64(2 * n) {
		code[0], code[1] = i%n, ^(i % n)
		s.insert(code, hash(code), stateID(i))
	}
	if s.len() != n {
		t.Fatalf("%d states, want %d: duplicates are known", s.len(), n)
	}
	for i := range uint64(2 * n) {
		code[0], code[1] = i, ^i
		at, _ := s.find(code, hash(code))
		if i < n && (at != int(i) || s.parent(at) != stateID(i)) {
			t.Fatalf("state %d found at %d, want it where it was inserted, with its parent", i, at)
		}
		if i >= n && at >= 0 {
			t.Fatalf("state %d found at %d, want none", i, at)
		}
	}
}

// Equal hashes are told apart by their encodings.
func TestShard_collisions(t *testing.T) {
	for _, h := range []uint64{0, 1, math.MaxUint64} {
		s := newShard(1)
		for i := range uint64(300) {
			s.insertAll([]uint64{h, 0, i, h, 0, i})
		}
		if s.len() != 300 {
			t.Errorf("hash %x: %d states, want 300", h, s.len())
		}
	}
}

// A shard that may not grow keeps what it has and says so.
func TestShard_quota(t *testing.T) {
	s := newShard(1)
	s.quota = 3 * s.blockBytes()
	for i := uint64(0); !s.full; i++ {
		s.insertAll([]uint64{hash([]uint64{i}), 0, i})
		if s.bytes() > s.quota {
			t.Fatalf("%d bytes, the quota is %d", s.bytes(), s.quota)
		}
	}
	n := s.len()
	s.insertAll([]uint64{hash([]uint64{7}), 0, 7, hash([]uint64{1 << 40}), 0, 1 << 40})
	if at, _ := s.find([]uint64{7}, hash([]uint64{7})); at != 7 || s.len() != n {
		t.Errorf("state 7 at %d of %d, want it unmoved and nothing new", at, s.len())
	}
}
