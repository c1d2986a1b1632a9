package model

import (
	"context"
	"slices"
	"sync/atomic"
)

// marks is a bit for each index of a visited set.
type marks []uint64

func (m marks) has(i uint64) bool { return atomic.LoadUint64(&m[i/64])>>(i%64)&1 != 0 }

// set sets a bit, and reports whether it was not set before.
func (m marks) set(i uint64) bool {
	bit := uint64(1) << (i % 64)
	return atomic.LoadUint64(&m[i/64])&bit == 0 && atomic.OrUint64(&m[i/64], bit)&bit == 0
}

func (s *search) newMarks() marks { return s.heap.alloc(int((s.visited.size() + 63) / 64)) }

// A markRule says which states are marked: those that have what a worker looks for
// in a state itself, and of the others those of whose steps some, or all, lead to
// marked states.
type markRule struct {
	has  func(w *worker, code []uint64) bool // a state just expanded; nil is never
	only func(label uint64) bool             // of which steps it speaks; nil is all
	all  bool                                // all steps, else some
}

// markAll marks states of some lists by a rule until nothing changes any more, and
// gives those that stay unmarked.
func (s *search) markAll(ctx context.Context, m marks, lists [][][]uint64, rule markRule) ([][][]uint64, error) {
	seen := s.newMarks()
	defer s.heap.free(seen)
	lists = slices.Clone(lists)
	for pass := 0; ; pass++ {
		var changed atomic.Bool
		clear(seen)
		for i := range lists {
			d := i
			if pass%2 == 0 {
				d = len(lists) - 1 - i
			}
			s.each(len(lists[d]), func(w *worker, i int) {
				dig := digger{w: w, markRule: &rule, marked: m, seen: seen, changed: &changed}
				for block := lists[d][i]; len(block) > 0 && ctx.Err() == nil; block = block[s.width:] {
					dig.from(block[:s.width])
				}
			})
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			s.report()
		}
		for d := range lists {
			lists[d] = s.those(lists[d], func(code []uint64) bool { return !m.has(s.visited.index(code)) })
		}
		if !changed.Load() {
			return lists, nil
		}
	}
}

// all gives every state, by level.
func (s *search) all() (lists [][][]uint64) {
	for d := range s.levels {
		lists = append(lists, s.levels[d].blocks)
	}
	return lists
}

// filter gives the states that will do, by level.
func (s *search) filter(will func([]uint64) bool) [][][]uint64 {
	lists := s.all()
	for d := range lists {
		lists[d] = s.those(lists[d], will)
	}
	return lists
}

// those gives the states of some blocks that will do.
func (s *search) those(blocks [][]uint64, will func([]uint64) bool) [][]uint64 {
	found := make([][]uint64, len(blocks))
	s.each(len(blocks), func(_ *worker, i int) {
		for block := blocks[i]; len(block) > 0; block = block[s.width:] {
			if code := block[:s.width]; will(code) {
				found[i] = append(found[i], code...)
			}
		}
	})
	return slices.DeleteFunc(found, func(f []uint64) bool { return len(f) == 0 })
}

// A digger follows steps from a state, depth first, to states from which it is
// known whether they are marked; on the way back it marks what can be. What it
// leaves unmarked another pass may mark: a state that another digger is at, and a
// state on a circle, which was not decided when it was looked at.
type digger struct {
	*markRule
	w            *worker
	marked, seen marks
	changed      *atomic.Bool
	frames       []digFrame
	codes        []uint64 // of successors that are still to be followed
	places       []uint64 // and their indexes
	visits       int
}

// A digFrame is a state on the way.
type digFrame struct {
	index uint64
	begin int // where its successors that are still to be followed are in places
}

// Bounds of one digging, so that it ends when it must.
const (
	digDepth  = 1 << 12
	digVisits = 1 << 16
)

// from digs from one state.
func (d *digger) from(code []uint64) {
	i := d.w.s.visited.index(code)
	if d.marked.has(i) || !d.seen.set(i) {
		return
	}
	d.visits = 0
	done, marked := d.enter(code, i)
	for len(d.frames) > 0 {
		if done {
			done, marked = d.leave(marked)
			continue
		}
		done, marked = d.follow()
	}
}

// enter begins with a state, and reports whether it is decided at once.
func (d *digger) enter(code []uint64, index uint64) (done, marked bool) {
	w := d.w
	d.frames = append(d.frames, digFrame{index: index, begin: len(d.places)})
	w.out = w.ex.expand(code, w.out[:0])
	defer func() { w.out = w.out[:0] }()
	d.visits++
	if d.has != nil && d.has(w, code) {
		return true, true
	}
	return d.gather()
}

// gather keeps the successors that are to be followed: those that are not marked.
func (d *digger) gather() (done, marked bool) {
	w, width := d.w, d.w.s.width
	if d.only != nil {
		w.labels = w.ex.labels(w.labels[:0])
	}
	begin := len(d.places)
	for i := 0; i < len(w.out); i += width {
		if d.only != nil && !d.only(w.labels[i/width]) {
			continue
		}
		code := w.out[i : i+width]
		p := w.s.visited.index(code)
		if d.marked.has(p) {
			if !d.all {
				return true, true
			}
			continue
		}
		d.places, d.codes = append(d.places, p), append(d.codes, code...)
	}
	return len(d.places) == begin, d.all
}

// follow goes on with the last successor of the present state that is left: what
// arrives and what time does bring a system nearer to its end than what its users do.
func (d *digger) follow() (done, marked bool) {
	f := &d.frames[len(d.frames)-1]
	n, width := len(d.places)-1, d.w.s.width
	if n < f.begin {
		return true, d.all
	}
	p := d.places[n]
	// The code is used before what follows it is overwritten.
	code := d.codes[n*width:]
	d.places, d.codes = d.places[:n], d.codes[:n*width]
	switch {
	case d.marked.has(p):
		return !d.all, true
	case len(d.frames) >= digDepth || d.visits >= digVisits:
		return true, false
	case !d.seen.set(p):
		return d.all, false
	}
	return d.enter(code, p)
}

// leave ends a state, and reports whether the one before it is decided by that.
func (d *digger) leave(marked bool) (done, same bool) {
	n := len(d.frames) - 1
	f := d.frames[n]
	d.frames = d.frames[:n]
	d.places, d.codes = d.places[:f.begin], d.codes[:f.begin*d.w.s.width]
	if marked && d.marked.set(f.index) {
		d.changed.Store(true)
	}
	return marked != d.all, marked
}
