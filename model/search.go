package model

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A search visits every state of a space, level by level.
type search struct {
	space   space
	width   int
	claims  []claim
	limits  limits
	start   time.Time
	heap    heap
	visited visited
	levels  []level
	workers []*worker
	todo    []piece // of the level being expanded

	depth    int          // of the level being expanded
	expanded int          // depth whose states were all expanded, or -1
	count    uint64       // states found
	known    uint64       // states found when every level was either expanded or not begun
	steps    uint64       // transitions at that time
	permits  atomic.Int64 // states that may still be added before somebody must look
	halt     atomic.Bool  // workers stop at the next block
	limit    string       // why the search ended early
	deciding string

	lastReport time.Time
	short      uint64    // bytes that the search would need and may not have; 0 if it has what it needs
	spill      *spill    // nil without a place on disk
	keeper     *keeper   // nil without a checkpoint
	before     keptState // what was counted before the search was taken up again
	rows       []uint64  // what the search itself found, before anything is looked at again
	strays     []string
}

// limits are the options that do not depend on the type of a state.
type limits struct {
	workers   int
	maxStates uint64
	maxMemory uint64
	lossy     uint64
	keepGoing bool
	progress  func(Progress)
}

// A claim is a property as the search sees it.
type claim struct {
	id    string
	kind  Kind
	find  find // the first counterexample or witness
	inner bool // has a predicate; else only the system finds it broken
	open  bool // can't be decided, since the log is on disk
}

// A find is where a property was first seen to fail or, of Sometimes, to hold.
type find struct {
	found bool
	depth int
	code  []uint64
	key   []uint64 // orders finds of one level
	step  int      // the successor that broke it, or -1
	loop  *way     // a way from the state and back to one on it, or nil
}

// A worker expands blocks of states.
type worker struct {
	s           *search
	ex          expander
	out         []uint64 // successors that are not added yet
	places      [pendingStates * 2]uint64
	fresh       [pendingStates * 2]bool
	log         logWriter
	permits     int64
	deferred    []uint64 // successors that found no room
	asked       claims   // to be checked in each state
	usual       claims   // of those, the ones that are mostly violated
	finds       []find
	transitions uint64
	labels      []uint64 // of the steps of the state last looked at
	fairs       []Fair   // the same
	sorter      sorter
	page        []uint64 // states read from disk
	err         error    // of the disk
	touched     uint64   // keeps the early reads from being optimised away
}

// pendingStates is how many successors are gathered before they are added: the
// reads of their slots then wait for memory together.
const pendingStates = 128

func newSearch(sp space, claims []claim, lim limits) *search {
	if lim.workers <= 0 {
		lim.workers = runtime.GOMAXPROCS(0)
	}
	s := &search{space: sp, width: sp.words(), claims: claims, limits: lim, start: time.Now(), expanded: -1}
	s.lastReport = s.start
	for range lim.workers {
		s.workers = append(s.workers, &worker{
			s: s, ex: sp.expander(), log: logWriter{width: s.width}, finds: make([]find, len(claims)),
		})
	}
	return s
}

// run searches, and sums up what the workers counted: later looks at the same
// states count nothing.
func (s *search) run(ctx context.Context) error {
	err := s.expandAll(ctx)
	s.rows, s.strays = s.tally()
	if s.keeper != nil && s.limit != "" && len(s.levels) > 0 {
		if failed := s.keeper.keep(s); failed != nil {
			s.limit += fmt.Sprintf("; and its checkpoint can't be written: %v", failed)
		}
	}
	return err
}

// tally sums up which rows fired and which faults name no property.
func (s *search) tally() (rows []uint64, strays []string) {
	rows = slices.Clone(s.before.Rows)
	names := map[string]bool{}
	for _, id := range s.before.Strays {
		names[id] = true
	}
	for _, w := range s.workers {
		for id, n := range w.ex.rows() {
			if id >= len(rows) {
				rows = append(rows, make([]uint64, id+1-len(rows))...)
			}
			rows[id] += n
		}
		for _, id := range w.ex.strays() {
			names[id] = true
		}
	}
	if _, _, parts := s.space.extent(); parts {
		for id := range rows {
			rows[id] = min(rows[id], 1) // two workers may both have worked a step out
		}
	}
	return rows, slices.Sorted(maps.Keys(names))
}

// expandAll expands level after level until one is empty, a property is refuted,
// or a limit is reached.
func (s *search) expandAll(ctx context.Context) error {
	if len(s.levels) == 0 {
		if err := s.begin(); err != nil {
			return err
		}
	}
	for ; s.levels[s.depth].states > 0; s.depth++ {
		if !s.limits.keepGoing && s.refuted() {
			s.limit = "a counterexample was found"
			return nil
		}
		if err := s.keep(); err != nil {
			s.limit = fmt.Sprintf("the checkpoint can't be written: %v", err)
			return nil
		}
		if err := s.expandLevel(ctx); err != nil || s.limit != "" {
			return err
		}
		s.expanded, s.known, s.steps = s.depth, s.count, s.transitions()
	}
	s.levels = s.levels[:s.depth]
	return nil
}

// keep writes a checkpoint when it is time for one.
func (s *search) keep() error {
	if s.keeper == nil || time.Since(s.keeper.last) < s.keeper.Every {
		return nil
	}
	return s.keeper.keep(s)
}

// begin adds the initial states.
func (s *search) begin() error {
	inits, err := s.space.initial()
	if err != nil {
		return err
	}
	if len(inits) == 0 {
		return errors.New("model: the system has no initial state: Init must append at least one")
	}
	s.visited = s.firstSet()
	w := s.workers[0]
	for _, code := range inits {
		w.out = append(w.out, code...)
	}
	s.levels = append(s.levels, level{})
	s.grant()
	w.addPending()
	s.settle()
	s.endLevel()
	return nil
}

// endLevel adds to the level found last what is still to be compared with states on disk.
func (s *search) endLevel() {
	if s.frozen() {
		s.check(s.gather(true))
	}
}

// expandLevel expands all states of a level. Workers come back whenever the set of
// visited states must grow, a second has passed, or the level is at its end.
func (s *search) expandLevel(ctx context.Context) error {
	s.levels = append(s.levels, level{})
	s.sortLevel(&s.levels[s.depth])
	s.todo = s.levels[s.depth].pieces()
	defer s.mergeFinds()
	for _, w := range s.workers {
		w.asked = s.asked()
		w.usual = w.asked & s.sometimes()
	}
	var next atomic.Int64
	for int(next.Load()) < len(s.todo) {
		if err := ctx.Err(); err != nil {
			s.limit = "interrupted"
			return err
		}
		s.grant()
		s.parallel(ctx, len(s.todo)-int(next.Load()), func(w *worker) {
			for !s.halt.Load() {
				i := int(next.Add(1)) - 1
				if i >= len(s.todo) {
					break
				}
				w.expandBlock(w.load(s.todo[i]))
			}
			w.addPending()
		})
		if next.Load() > int64(len(s.todo)) {
			next.Store(int64(len(s.todo)))
		}
		s.settle()
		if err := s.uneven(); err != nil || s.limit != "" {
			return err
		}
		s.report()
	}
	s.endLevel()
	return nil
}

// check ends the search at an error of the disk.
func (s *search) check(err error) {
	for _, w := range s.workers {
		if err == nil {
			err = w.err
		}
	}
	if err != nil && s.limit == "" {
		s.limit = err.Error()
	}
}

// parallel runs the workers until they are done. A timer or the end of the context
// makes them come back at the next block.
func (s *search) parallel(ctx context.Context, blocks int, do func(*worker)) {
	s.halt.Store(false)
	if blocks == 1 {
		do(s.workers[0])
		return
	}
	wake := time.AfterFunc(time.Second, func() { s.halt.Store(true) })
	defer wake.Stop()
	defer context.AfterFunc(ctx, func() { s.halt.Store(true) })()
	var wg sync.WaitGroup
	for _, w := range s.workers[:min(blocks, len(s.workers))] {
		wg.Go(func() { do(w) })
	}
	wg.Wait()
}

// local reports whether a kind is decided state by state.
func (k Kind) local() bool { return k == Always || k == Deadlock || k == Sometimes }

// asked are the claims that every state of the next level is checked for.
func (s *search) asked() (asked claims) {
	for i, c := range s.claims {
		if c.inner && !c.find.found && c.kind.local() {
			asked |= 1 << i
		}
	}
	return asked
}

func (w *worker) expandBlock(block []uint64) {
	width := w.s.width
	for ; len(block) > 0; block = block[width:] {
		code := block[:width]
		before := len(w.out)
		w.out = w.ex.expand(code, w.out)
		n := (len(w.out) - before) / width
		w.transitions += uint64(n)
		if violated := w.ex.violated(w.asked); violated != w.usual || n == 0 {
			w.note(code, violated, n)
		}
		if faults := w.ex.faults(); len(faults) > 0 {
			w.noteFaults(code, faults)
		}
		if len(w.out) >= pendingStates*width {
			w.addPending()
		}
	}
}

// sometimes are the claims of which a state without the predicate is the rule.
func (s *search) sometimes() (c claims) {
	for i := range s.claims {
		if k := s.claims[i].kind; k == Sometimes || k == Deadlock {
			c |= 1 << i
		}
	}
	return c
}

// note keeps what a state shows about the claims.
func (w *worker) note(code []uint64, violated claims, successors int) {
	for i := range w.s.claims {
		if !w.asked.has(i) {
			continue
		}
		hit := violated.has(i)
		switch w.s.claims[i].kind {
		case Sometimes:
			hit = !hit
		case Deadlock:
			hit = hit && successors == 0
		}
		if hit {
			w.keep(i, code, -1)
		}
	}
}

func (w *worker) noteFaults(code []uint64, faults []fault) {
	for _, f := range faults {
		if !w.s.claims[f.claim].find.found {
			w.keep(f.claim, code, f.step)
		}
	}
}

// keep keeps the find whose state has the least key, so that the same one is kept
// on every run.
func (w *worker) keep(claim int, code []uint64, step int) {
	f := find{found: true, depth: w.s.depth, code: code, key: w.ex.key(code, nil), step: step}
	if w.finds[claim].later(&f) {
		f.code = slices.Clone(code)
		w.finds[claim] = f
	}
}

func (f *find) later(g *find) bool {
	c := slices.Compare(g.key, f.key)
	return !f.found || c < 0 || c == 0 && g.step < f.step
}

func (s *search) mergeFinds() {
	for _, w := range s.workers {
		for i := range w.finds {
			if f := &w.finds[i]; f.found && (!s.claims[i].find.found || s.claims[i].find.depth == f.depth && s.claims[i].find.later(f)) {
				s.claims[i].find = *f
			}
			w.finds[i] = find{}
		}
	}
}

// refuted reports whether a property is known to fail.
func (s *search) refuted() bool {
	return slices.ContainsFunc(s.claims, func(c claim) bool { return c.find.found && c.kind != Sometimes })
}

// addPending adds the successors gathered to the visited set, and the new ones to
// the next level.
func (w *worker) addPending() {
	width := w.s.width
	for out := w.out; len(out) > 0; {
		n := min(len(out), len(w.places)*width)
		w.add(out[:n])
		out = out[n:]
	}
	w.out = w.out[:0]
}

func (w *worker) add(out []uint64) {
	width := w.s.width
	places, fresh := w.places[:len(out)/width], w.fresh[:len(out)/width]
	w.touched += w.s.visited.locate(out, places)
	if w.s.frozen() {
		w.s.visited.find(out, places, fresh)
		w.gather(out, fresh)
		return
	}
	if n := w.permitted(len(places)); n < len(places) {
		w.putOff(out[n*width:])
		places, fresh = places[:n], fresh[:n]
	}
	w.s.visited.insert(out, places, fresh)
	for i, isNew := range fresh {
		if isNew {
			w.permits--
			w.log.put(out[i*width:(i+1)*width], w.s.chunk)
		} else if places[i] == nowhere {
			w.putOff(out[i*width : (i+1)*width])
		}
	}
}

// putOff keeps codes until the set of visited states is larger.
func (w *worker) putOff(codes []uint64) {
	w.deferred = append(w.deferred, codes...)
	w.s.halt.Store(true)
}

// gather keeps the codes that the visited set does not know.
func (w *worker) gather(out []uint64, fresh []bool) {
	width := w.s.width
	for i, isNew := range fresh {
		if isNew {
			w.deferred = append(w.deferred, out[i*width:(i+1)*width]...)
		}
	}
	if len(w.deferred) >= w.s.spill.batch/len(w.s.workers) {
		w.s.halt.Store(true)
	}
}

// permitBatch is how many permits a worker takes at a time.
const permitBatch = 256

// permitted says how many states, up to n, the worker may add; if it has too few
// permits it takes more.
func (w *worker) permitted(n int) int {
	for w.permits < int64(n) {
		left := w.s.permits.Add(-permitBatch) + permitBatch
		if left <= 0 {
			break
		}
		w.permits += min(permitBatch, left)
	}
	return min(n, int(w.permits))
}

// chunk gives a log writer more space: little at first.
func (s *search) chunk() []uint64 {
	return s.heap.allocLog(s.chunkWords())
}

func (s *search) chunkWords() int {
	return s.width * int(max(minChunk, min(maxChunk, s.count/8)))
}

// grant says how many states may be added now.
func (s *search) grant() {
	n := s.visited.room(s.count)
	if free, limited := s.free(); limited {
		n = min(n, free/uint64(8*s.width))
	}
	if s.limits.maxStates > 0 {
		n = min(n, s.limits.maxStates-min(s.limits.maxStates, s.count))
	}
	s.permits.Store(int64(n))
}

// settle takes over what the workers found, and makes room for what found none.
func (s *search) settle() {
	s.check(nil)
	next := &s.levels[len(s.levels)-1]
	for s.limit == "" && !s.frozen() {
		var deferred []uint64
		for _, w := range s.workers {
			w.permits = 0
			before := next.states
			w.log.take(next)
			s.count += next.states - before
			deferred = append(deferred, w.deferred...)
			w.deferred = w.deferred[:0]
		}
		if s.stop(); s.limit != "" {
			return
		}
		s.makeRoom(len(deferred))
		if s.limit != "" || len(deferred) == 0 {
			return
		}
		w := s.workers[0]
		w.out = append(w.out, deferred...)
		w.addPending()
	}
	if s.frozen() {
		s.check(s.gather(false))
		s.stop()
	}
}

// makeRoom makes the visited set larger for that many words more, or goes on on disk,
// or ends the search.
func (s *search) makeRoom(words int) {
	s.grow()
	s.check(nil) // a larger set is made from the log, which may be on disk
	if s.grant(); s.short == 0 && words > 0 && s.permits.Load() == 0 {
		s.short = s.memory() + uint64(words*8)
	}
	if need := s.short; need > 0 {
		s.short = 0
		could, err := s.relieve()
		s.check(err)
		if !could && s.limit == "" {
			s.limit = fmt.Sprintf("the search would need %d bytes to go on and the limit is %d", need, s.limits.maxMemory)
		}
		s.grant()
	}
}

// stop ends the search at its greatest number of states.
func (s *search) stop() {
	if n := s.limits.maxStates; s.limit == "" && n > 0 && s.count >= n {
		s.limit = fmt.Sprintf("the limit is %d states", n)
	}
}

func (s *search) report() {
	if s.limits.progress == nil || time.Since(s.lastReport) < time.Second {
		return
	}
	s.lastReport = time.Now()
	p := Progress{
		Depth: s.depth, States: s.count, Memory: s.memory(), Elapsed: time.Since(s.start),
		Deciding: s.deciding, Transitions: s.transitions(),
	}
	if s.spill != nil {
		p.Disk = s.spill.octets()
	}
	p.Parts[0], p.Parts[1], _ = s.space.extent()
	if s.depth < len(s.levels) {
		p.Frontier, p.Estimate = s.levels[s.depth].states, s.estimate()
	}
	s.limits.progress(p)
}

// estimate sums up the levels to come as a geometric series, once they shrink clearly.
func (s *search) estimate() uint64 {
	if s.depth == 0 {
		return 0
	}
	before, now := s.levels[s.depth-1].states, s.levels[s.depth].states
	if now*5 > before*4 {
		return 0
	}
	return s.known + now*now/(before-now)
}

func (s *search) transitions() (n uint64) {
	n = s.before.Transitions
	for _, w := range s.workers {
		n += w.transitions
	}
	return n
}
