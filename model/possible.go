package model

import (
	"context"
	"sync/atomic"
)

// marks is a bit for each state.
type marks [shardCount][]atomic.Uint64

func (m *marks) has(id stateID) bool {
	i := id.index()
	return m[id.shard()][i/64].Load()>>(i%64)&1 != 0
}

func (m *marks) set(id stateID) {
	i := id.index()
	m[id.shard()][i/64].Or(1 << (i % 64))
}

// decidePossible decides every Possible property of a search that is complete.
func (e *explorer[S]) decidePossible(ctx context.Context) error {
	for i := range e.opt.Properties {
		if e.opt.Properties[i].Kind != Possible {
			continue
		}
		e.sweep = e.opt.Properties[i].ID
		if err := e.sweepProperty(ctx, i); err != nil {
			e.limit = "interrupted"
			return err
		}
	}
	return nil
}

// sweepProperty marks the states that have the property, then those with a
// marked successor, until nothing changes. Sweeps go up and down in turn, since a
// way to the goal may lead to deeper levels or back, and either takes one sweep
// in its own direction. Successors are computed anew: storing every transition
// would cost more than the states do.
func (e *explorer[S]) sweepProperty(ctx context.Context, property int) error {
	var m marks
	for i := range m {
		m[i] = make([]atomic.Uint64, (e.shards[i].len()+63)/64)
	}
	holds := e.opt.Properties[property].Holds
	left := make([]bool, e.expanded+1) // whether a level may have unmarked states
	for n := 0; ; n++ {
		changed := false
		for i := range left {
			d, up := i, n%2 == 1
			if !up {
				d = e.expanded - i
			}
			if n > 0 && !left[d] {
				continue
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			marked, unmarked := e.sweepLevel(d, up, &m, holds, n == 0)
			changed, left[d] = changed || marked, unmarked
			e.progress()
		}
		if !changed {
			e.findUnmarked(property, &m)
			return nil
		}
	}
}

// sweepLevel reports whether it marked any state, and whether it left any.
func (e *explorer[S]) sweepLevel(d int, up bool, m *marks, holds func(*S) bool, first bool) (marked, unmarked bool) {
	var some, rest atomic.Bool
	chunks := e.chunks(d)
	e.parallel(len(chunks), func(w *worker[S], i int) {
		n, of := e.sweepChunk(w, chunks[i], up, m, holds, first)
		if n > 0 {
			some.Store(true)
		}
		if n < of {
			rest.Store(true)
		}
	})
	return some.Load(), rest.Load()
}

// sweepChunk returns how many of the unmarked states in one chunk it marked.
func (e *explorer[S]) sweepChunk(w *worker[S], c chunk, up bool, m *marks, holds func(*S) bool, first bool) (n, of int) {
	for k := range c.to - c.from {
		i := c.from + k
		if !up {
			i = c.to - 1 - k
		}
		id := makeID(c.shard, i)
		if m.has(id) {
			continue
		}
		of++
		e.sys.Load(e.shards[c.shard].code(i), &w.state)
		if first && holds(&w.state) || e.leadsToMarked(w, m) {
			m.set(id)
			n++
		}
	}
	return n, of
}

func (e *explorer[S]) leadsToMarked(w *worker[S], m *marks) bool {
	w.succ = e.sys.Succ(&w.state, w.succ[:0])
	for j := range w.succ {
		if id, ok := e.lookup(w, &w.succ[j].State); ok && m.has(id) {
			return true
		}
	}
	return false
}

// lookup finds a state in the store.
func (e *explorer[S]) lookup(w *worker[S], s *S) (stateID, bool) {
	e.sys.Code(s, w.code)
	h := hash(w.code)
	shard := shardOf(h)
	i, _ := e.shards[shard].find(w.code, h)
	return makeID(shard, max(i, 0)), i >= 0
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
