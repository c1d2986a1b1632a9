package model

import (
	"context"
	"slices"
)

// A pred says that a state of this shard (index, high bits) is a successor of
// another one (a stateID, low predBits bits).
type pred uint64

const (
	predBits = 32 + shardBits
	// maxPredShard is how many states of a shard can have preds.
	maxPredShard = 1 << (64 - predBits)
)

func makePred(index int, from stateID) pred { return pred(index)<<predBits | pred(from) }

func (p pred) index() int    { return int(p >> predBits) }
func (p pred) from() stateID { return stateID(p & (1<<predBits - 1)) }

// addPred keeps a transition for the search backwards.
func (s *shard) addPred(index int, from stateID) {
	if !s.keepPreds || from == noParent {
		return
	}
	if len(s.preds) == cap(s.preds) {
		more := max(64, len(s.preds)/2)
		if s.bytes()+uint64(len(s.preds)+more)*8 > s.quota || s.count >= maxPredShard {
			s.full = true // the old list and the new one count both while one is copied
			return
		}
		s.preds = slices.Grow(s.preds, more)
	}
	s.preds = append(s.preds, makePred(index, from))
}

// marks is a bit for each state.
type marks [shardCount][]uint64

func (e *explorer[S]) newMarks() *marks {
	var m marks
	for i := range m {
		m[i] = make([]uint64, (e.shards[i].len()+63)/64)
	}
	return &m
}

func (m *marks) has(id stateID) bool {
	i := id.index()
	return m[id.shard()][i/64]>>(i%64)&1 != 0
}

func (m *marks) set(id stateID) {
	i := id.index()
	m[id.shard()][i/64] |= 1 << (i % 64)
}

// decidePossible decides every Possible property of a search that is complete:
// what can reach a state that has it is found by going backwards from all of these.
func (e *explorer[S]) decidePossible(ctx context.Context) error {
	sorted := false
	for i := range e.opt.Properties {
		if e.opt.Properties[i].Kind != Possible {
			continue
		}
		if !sorted {
			e.parallel(shardCount, func(_ *worker[S], s int) { slices.Sort(e.shards[s].preds) })
			sorted = true
		}
		e.deciding = e.opt.Properties[i].ID
		e.progress()
		m := e.newMarks()
		if err := e.spreadBack(ctx, m, e.goals(i, m)); err != nil {
			e.limit = "interrupted"
			return err
		}
		e.findUnmarked(i, m)
	}
	return nil
}

// goals marks and lists the states that have a property.
func (e *explorer[S]) goals(property int, m *marks) []stateID {
	var lists [shardCount][]stateID
	holds := e.opt.Properties[property].Holds
	e.parallel(shardCount, func(w *worker[S], shard int) {
		for i := range e.shards[shard].len() {
			e.sys.Load(e.shards[shard].code(i), &w.state)
			if holds(&w.state) {
				id := makeID(shard, i)
				m.set(id)
				lists[shard] = append(lists[shard], id)
			}
		}
	})
	return slices.Concat(lists[:]...)
}

// spreadBack marks everything that leads to a marked state of the list.
func (e *explorer[S]) spreadBack(ctx context.Context, m *marks, todo []stateID) error {
	for n := 0; len(todo) > 0; n++ {
		if n%(1<<20) == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, p := range e.predsOf(id) {
			if from := p.from(); !m.has(from) {
				m.set(from)
				todo = append(todo, from)
			}
		}
	}
	return nil
}

// predsOf are the transitions to a state, in the sorted list of its shard.
func (e *explorer[S]) predsOf(id stateID) []pred {
	preds := e.shards[id.shard()].preds
	first, _ := slices.BinarySearch(preds, makePred(id.index(), 0))
	last := first
	for last < len(preds) && preds[last].index() == id.index() {
		last++
	}
	return preds[first:last]
}

// findUnmarked keeps the first state of least depth from which no way leads on.
func (e *explorer[S]) findUnmarked(property int, m *marks) {
	for d := 0; d <= e.expanded; d++ {
		for _, c := range e.chunks(d) {
			for i := c.from; i < c.to; i++ {
				if id := makeID(c.shard, i); !m.has(id) {
					e.finds[property] = find{found: true, state: id, step: -1}
					return
				}
			}
		}
	}
}
