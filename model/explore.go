package model

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// The frontier is cut into chunks, and several chunks make a batch: what a batch
// finds is kept aside until all of it is expanded, and inserted chunk by chunk.
const (
	chunkStates = 256
	batchChunks = 128
)

// Explore visits every reachable state of sys, level by level. The report is
// never nil; the error is the context's, or says that the options make no sense.
func Explore[S any](ctx context.Context, sys System[S], opt Options[S]) (*Report[S], error) {
	e, err := newExplorer(sys, opt)
	if err != nil {
		return &Report[S]{}, err
	}
	err = e.search(ctx)
	if err == nil && e.limit == "" {
		err = e.decidePossible(ctx)
	}
	return e.report(err == nil && e.limit == ""), err
}

// An explorer is one exploration under way.
type explorer[S any] struct {
	sys     System[S]
	opt     Options[S]
	width   int
	start   time.Time
	shards  []shard
	workers []*worker[S]
	pending [][shardCount][]uint64 // of each chunk of a batch: records for each shard
	finds   []find                 // of each property: the first counterexample or witness

	depth       int // of the level being expanded
	expanded    int // depth whose states were all expanded, or -1
	maxFrontier uint64
	limit       string // why the search ended early
	lastReport  time.Time
	deciding    string
}

// A find is where a property was first seen to fail or, of Sometimes, to hold.
type find struct {
	found bool
	order uint64 // position in the level; the least is kept
	state stateID
	step  int // index of the successor that broke a Step property, or -1
}

// A worker expands chunks; what it counts is summed up at the end.
type worker[S any] struct {
	state       S
	succ        []Succ[S]
	code        []uint64
	transitions uint64
	rows        []uint64
	finds       []find
	strays      map[string]bool // each Fault that names no Step property of the options
}

func newExplorer[S any](sys System[S], opt Options[S]) (*explorer[S], error) {
	if opt.Workers <= 0 {
		opt.Workers = runtime.GOMAXPROCS(0)
	}
	e := &explorer[S]{sys: sys, opt: opt, width: sys.Words(), start: time.Now(), expanded: -1}
	if e.width < 1 {
		return nil, fmt.Errorf("model: the system's Words() is %d, want at least 1", e.width)
	}
	if err := checkProperties(opt.Properties); err != nil {
		return nil, err
	}
	e.finds = make([]find, len(opt.Properties))
	keepPreds := slices.ContainsFunc(opt.Properties, func(p Property[S]) bool { return p.Kind == Possible })
	for range shardCount {
		e.shards = append(e.shards, newShard(e.width))
		e.shards[len(e.shards)-1].keepPreds = keepPreds
	}
	for range opt.Workers {
		e.workers = append(e.workers, &worker[S]{code: make([]uint64, e.width), finds: make([]find, len(opt.Properties))})
	}
	e.pending = make([][shardCount][]uint64, batchChunks)
	e.lastReport = e.start
	return e, nil
}

func checkProperties[S any](properties []Property[S]) error {
	seen := map[string]bool{}
	for _, p := range properties {
		switch {
		case p.ID == "" || seen[p.ID]:
			return fmt.Errorf("model: property id %q is empty or used twice: give each property an id of its own", p.ID)
		case p.Kind != Step && p.Holds == nil:
			return fmt.Errorf("model: property %s (%v) has no predicate: set Holds", p.ID, p.Kind)
		case p.Kind > Possible:
			return fmt.Errorf("model: property %s has the unknown kind %v", p.ID, p.Kind)
		}
		seen[p.ID] = true
	}
	return nil
}

// search expands level after level until one is empty, a property is refuted, or
// a limit is reached.
func (e *explorer[S]) search(ctx context.Context) error {
	if err := e.begin(); err != nil {
		return err
	}
	for e.depth = 0; ; e.depth++ {
		chunks := e.chunks(e.depth)
		if len(chunks) == 0 {
			return nil
		}
		if err := e.expandLevel(ctx, chunks); err != nil {
			return err
		}
		if e.limit != "" {
			return nil
		}
		e.expanded = e.depth
		e.endLevel()
		if !e.opt.KeepGoing && e.refuted() {
			if len(e.chunks(e.depth+1)) > 0 {
				e.limit = "a counterexample was found"
			}
			return nil
		}
	}
}

// begin inserts the initial states.
func (e *explorer[S]) begin() error {
	inits := e.sys.Init(nil)
	if len(inits) == 0 {
		return errors.New("model: the system has no initial state: Init must append at least one")
	}
	code := make([]uint64, e.width)
	for i := range inits {
		e.sys.Code(&inits[i], code)
		h := hash(code)
		e.shards[shardOf(h)].insert(code, h, noParent)
	}
	e.endLevel()
	return nil
}

// endLevel closes the level whose states were just inserted.
func (e *explorer[S]) endLevel() {
	var frontier uint64
	for i := range e.shards {
		s := &e.shards[i]
		s.ends = append(s.ends, s.len())
		from, to := s.level(len(s.ends) - 1)
		frontier += uint64(to - from)
	}
	e.maxFrontier = max(e.maxFrontier, frontier)
}

// A chunk is a range of states of one shard.
type chunk struct{ shard, from, to int }

// chunks cuts the level of depth d, which is empty beyond the last one.
func (e *explorer[S]) chunks(d int) []chunk {
	var all []chunk
	for i := range e.shards {
		if d >= len(e.shards[i].ends) {
			return nil
		}
		from, to := e.shards[i].level(d)
		for ; from < to; from += chunkStates {
			all = append(all, chunk{i, from, min(from+chunkStates, to)})
		}
	}
	return all
}

func (e *explorer[S]) expandLevel(ctx context.Context, chunks []chunk) error {
	for first := 0; first < len(chunks); first += batchChunks {
		if err := ctx.Err(); err != nil {
			e.limit = "interrupted"
			return err
		}
		batch := chunks[first:min(first+batchChunks, len(chunks))]
		e.parallel(len(batch), func(w *worker[S], i int) { e.expandChunk(w, batch[i], first+i, &e.pending[i]) })
		e.divideMemory()
		e.parallel(shardCount, func(_ *worker[S], s int) { e.insertPending(s, len(batch)) })
		e.mergeFinds()
		if e.checkLimits(); e.limit != "" {
			return nil
		}
		e.progress()
	}
	return nil
}

// parallel calls do for every i below n, on all workers.
func (e *explorer[S]) parallel(n int, do func(w *worker[S], i int)) {
	if len(e.workers) == 1 || n == 1 {
		for i := range n {
			do(e.workers[0], i)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for _, w := range e.workers {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(w, i)
			}
		})
	}
	wg.Wait()
}

// expandChunk checks the states of a chunk and records their successors for the
// shards that they belong to. A record is hash, parent, encoding.
func (e *explorer[S]) expandChunk(w *worker[S], c chunk, number int, out *[shardCount][]uint64) {
	for i := range out {
		out[i] = out[i][:0]
	}
	for i := c.from; i < c.to; i++ {
		id := makeID(c.shard, i)
		order := uint64(number)*chunkStates + uint64(i-c.from)
		e.sys.Load(e.shards[c.shard].code(i), &w.state)
		w.succ = e.sys.Succ(&w.state, w.succ[:0])
		e.checkState(w, id, order)
		for j := range w.succ {
			s := &w.succ[j]
			e.checkStep(w, id, order, j)
			e.sys.Code(&s.State, w.code)
			h := hash(w.code)
			to := &out[shardOf(h)]
			*to = append(append(*to, h, uint64(id)), w.code...)
		}
		w.transitions += uint64(len(w.succ))
	}
}

// checkState looks for counterexamples and witnesses in the state just expanded.
func (e *explorer[S]) checkState(w *worker[S], id stateID, order uint64) {
	for i := range e.opt.Properties {
		p := &e.opt.Properties[i]
		if e.finds[i].found {
			continue
		}
		var hit bool
		switch p.Kind {
		case Always:
			hit = !p.Holds(&w.state)
		case Sometimes:
			hit = p.Holds(&w.state)
		case Deadlock:
			hit = len(w.succ) == 0 && !p.Holds(&w.state)
		}
		if hit {
			w.finds[i].keep(find{true, order, id, -1})
		}
	}
}

// checkStep looks for Step properties that the successor number j breaks.
func (e *explorer[S]) checkStep(w *worker[S], id stateID, order uint64, j int) {
	s := &w.succ[j]
	for _, row := range s.Rows {
		w.countRow(row)
	}
	if s.Fault != "" {
		e.checkFault(w, s.Fault)
	}
	for i := range e.opt.Properties {
		p := &e.opt.Properties[i]
		if p.Kind != Step || e.finds[i].found {
			continue
		}
		if s.Fault != "" && s.Fault == p.ID || p.HoldsStep != nil && !p.HoldsStep(&w.state, s.Label, &s.State) {
			w.finds[i].keep(find{true, order, id, j})
		}
	}
}

// checkFault keeps a fault that names no Step property: it may be a slip of the
// pen, and the report must not be silent about it.
func (e *explorer[S]) checkFault(w *worker[S], fault string) {
	for i := range e.opt.Properties {
		if p := &e.opt.Properties[i]; p.Kind == Step && p.ID == fault {
			return
		}
	}
	if w.strays == nil {
		w.strays = map[string]bool{}
	}
	w.strays[fault] = true
}

func (w *worker[S]) countRow(row uint16) {
	if row == 0 {
		return
	}
	if int(row) >= len(w.rows) {
		w.rows = append(w.rows, make([]uint64, int(row)+1-len(w.rows))...)
	}
	w.rows[row]++
}

// keep keeps the find that comes first in the level.
func (f *find) keep(g find) {
	if !f.found || g.order < f.order || g.order == f.order && g.step < f.step {
		*f = g
	}
}

// mergeFinds moves what the workers found in this batch to the explorer; no
// later batch can have found it earlier.
func (e *explorer[S]) mergeFinds() {
	for _, w := range e.workers {
		for i, f := range w.finds {
			if f.found {
				e.finds[i].keep(f)
			}
		}
	}
	for _, w := range e.workers {
		clear(w.finds)
	}
}

func (e *explorer[S]) insertPending(shard, chunks int) {
	for c := range chunks {
		e.shards[shard].insertAll(e.pending[c][shard])
	}
}

// refuted reports whether a property is known to fail.
func (e *explorer[S]) refuted() bool {
	for i, f := range e.finds {
		if f.found && e.opt.Properties[i].Kind != Sometimes {
			return true
		}
	}
	return false
}

func (e *explorer[S]) states() (n uint64) {
	for i := range e.shards {
		n += uint64(e.shards[i].len())
	}
	return n
}

// divideMemory gives every shard its part of what the buffers leave, and leaves
// them as much again, since they grow with the levels and before the store does.
// The parts are equal, so that a shard's end does not depend on other workers.
func (e *explorer[S]) divideMemory() {
	if e.opt.MaxMemory == 0 {
		return
	}
	left := e.opt.MaxMemory - min(e.opt.MaxMemory, 2*e.buffers())
	for i := range e.shards {
		e.shards[i].quota = left / shardCount
	}
}

func (e *explorer[S]) memory() uint64 {
	n := e.buffers()
	for i := range e.shards {
		n += e.shards[i].bytes()
	}
	return n
}

func (e *explorer[S]) buffers() (n uint64) {
	for i := range e.pending {
		for j := range e.pending[i] {
			n += uint64(cap(e.pending[i][j]) * 8)
		}
	}
	return n
}

// checkLimits says what ends the search, if anything does.
func (e *explorer[S]) checkLimits() {
	full := slices.ContainsFunc(e.shards, func(s shard) bool { return s.full })
	switch n := e.states(); {
	case e.opt.MaxStates > 0 && n >= e.opt.MaxStates:
		e.limit = fmt.Sprintf("%d states were found and the limit is %d", n, e.opt.MaxStates)
	case full && e.opt.MaxMemory > 0:
		e.limit = fmt.Sprintf("the store has %d bytes and can't grow within the limit of %d", e.memory(), e.opt.MaxMemory)
	case full:
		e.limit = fmt.Sprintf("a shard has %d states and can't number more", maxShard)
	}
}

// progress tells whoever wants to know, about once a second.
func (e *explorer[S]) progress() {
	if e.opt.Progress == nil || time.Since(e.lastReport) < time.Second {
		return
	}
	e.lastReport = time.Now()
	p := Progress{
		Depth: e.depth, States: e.states(), Memory: e.memory(),
		Elapsed: time.Since(e.start), Deciding: e.deciding,
	}
	for i := range e.shards {
		if e.depth < len(e.shards[i].ends) {
			from, to := e.shards[i].level(e.depth)
			p.Frontier += uint64(to - from)
		}
	}
	for _, w := range e.workers {
		p.Transitions += w.transitions
	}
	e.opt.Progress(p)
}
