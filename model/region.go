package model

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sync/atomic"
)

// A region is the part of the graph in which a goal was promised and not reached yet,
// as lists: its states are numbered in the order of their indexes in the visited set.
type region struct {
	s        *search
	promised [][][]uint64 // the states where the goal was promised, by level
	inside   marks
	before   []uint32 // how many states of the region come before each word of inside
	codes    []uint64 // by number

	first []uint64 // edges of state n are those from first[n] to first[n+1]
	edges []regionEdge

	fairs   []Fair
	enabled []uint32  // by number: which of sets
	sets    [][]Class // classes of all steps of a state, also those that leave the region; sorted

	nodes   []regionNode  // by number
	groups  atomic.Uint32 // that were made so far
	denials map[string]*denial
}

// A regionEdge is a step within the region.
type regionEdge struct{ to, fair uint32 }

// A regionNode is what searches for components note of a state.
type regionNode struct {
	group atomic.Uint32 // the last set of states that it was found to belong to
	index uint32        // in the order in which a search met them, from 1 on; 0 is not yet
}

// stuck is the number of the set of a state that has no steps at all.
const stuck = 0

// region makes the graph of what can be reached from where a goal is promised without
// coming to it; without a promise, that is all of the graph.
func (s *search) region(ctx context.Context, goal, from func([]uint64) bool) (*region, error) {
	r := &region{s: s, inside: s.newMarks(), denials: map[string]*denial{}}
	r.promised = s.filter(func(code []uint64) bool {
		return (from == nil || from(code)) && !goal(code) && r.inside.set(s.visited.index(code))
	})
	blocks := slices.Concat(r.promised...)
	all := blocks
	for len(blocks) > 0 && from != nil {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		blocks = r.next(blocks, goal)
		all = append(all, blocks...)
	}
	n := r.rank()
	if n > math.MaxUint32 {
		return r, fmt.Errorf("model: %d states are on the way to a goal, and no more than %d can be looked at", n, uint32(math.MaxUint32))
	}
	r.codes = s.heap.alloc(n * s.width)
	s.each(len(all), func(_ *worker, i int) {
		for block := all[i]; len(block) > 0; block = block[s.width:] {
			k, _ := r.number(block[:s.width])
			copy(r.code(k), block)
		}
	})
	r.nodes = make([]regionNode, n)
	return r, r.connect(ctx, n)
}

// next gives the states that one step leads to from those of some blocks, and that
// are not inside yet.
func (r *region) next(blocks [][]uint64, goal func([]uint64) bool) [][]uint64 {
	width := r.s.width
	found := make([][]uint64, len(blocks))
	r.s.each(len(blocks), func(w *worker, i int) {
		for block := blocks[i]; len(block) > 0; block = block[width:] {
			w.out = w.ex.expand(block[:width], w.out[:0])
			for out := w.out; len(out) > 0; out = out[width:] {
				to := out[:width]
				if p := r.s.visited.index(to); !r.inside.has(p) && !goal(to) && r.inside.set(p) {
					found[i] = append(found[i], to...)
				}
			}
		}
		w.out = w.out[:0]
	})
	return slices.DeleteFunc(found, func(f []uint64) bool { return len(f) == 0 })
}

func (r *region) free() {
	r.s.heap.free(r.inside)
	r.s.heap.free(r.codes)
}

// rank counts what comes before each word.
func (r *region) rank() (n int) {
	r.before = make([]uint32, len(r.inside))
	for i, w := range r.inside {
		r.before[i] = uint32(n)
		n += bits.OnesCount64(w)
	}
	return n
}

func (r *region) code(n uint32) []uint64 {
	width := uint64(r.s.width)
	return r.codes[uint64(n)*width : uint64(n+1)*width]
}

// number is that of a state, if it is inside.
func (r *region) number(code []uint64) (uint32, bool) {
	i := r.s.visited.index(code)
	w, bit := r.inside[i/64], uint64(1)<<(i%64)
	return r.before[i/64] + uint32(bits.OnesCount64(w&(bit-1))), w&bit != 0
}

// steps are the edges of a state.
func (r *region) steps(n uint32) []regionEdge { return r.edges[r.first[n]:r.first[n+1]] }

// regionChunk is how many states a worker connects at a time.
const regionChunk = 1 << 12

// A chunkEdges is what one worker found of some states.
type chunkEdges struct {
	by              *connector
	counts, enabled []uint32
	edges           []regionEdge
	place           uint64 // of its first edge among all
}

// connect finds the edges of all states. Each worker numbers kinds of fairness and
// sets of classes by itself; then they get numbers in common.
func (r *region) connect(ctx context.Context, n int) error {
	connectors := map[*worker]*connector{}
	for _, w := range r.s.workers {
		connectors[w] = newConnector(r, w)
	}
	chunks := make([]chunkEdges, (n+regionChunk-1)/regionChunk)
	r.s.each(len(chunks), func(w *worker, i int) {
		if ctx.Err() == nil {
			chunks[i] = connectors[w].chunk(i*regionChunk, min(n, (i+1)*regionChunk))
		}
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	common := newConnector(r, nil)
	for _, w := range r.s.workers {
		connectors[w].share(common)
	}
	r.fairs, r.sets = common.fairs, common.sets
	var edges uint64
	for i := range chunks {
		chunks[i].place = edges
		edges += uint64(len(chunks[i].edges))
	}
	r.edges, r.first, r.enabled = make([]regionEdge, edges), make([]uint64, n+1), make([]uint32, n)
	r.s.each(len(chunks), func(_ *worker, i int) {
		r.join(&chunks[i], i*regionChunk)
		chunks[i] = chunkEdges{}
	})
	return nil
}

// join takes over what a worker found of the states from a number on.
func (r *region) join(c *chunkEdges, from int) {
	at := c.place
	for i, n := range c.counts {
		at += uint64(n)
		r.first[from+i+1] = at
		r.enabled[from+i] = c.by.commonSet[c.enabled[i]]
	}
	to := r.edges[c.place:at]
	for i, e := range c.edges {
		to[i] = regionEdge{e.to, c.by.commonFair[e.fair]}
	}
}

// A connector numbers kinds of fairness and sets of classes, for one worker.
type connector struct {
	*region
	w       *worker
	fairs   []Fair
	fairOf  map[Fair]uint32
	lately  [256]uint32 // number of a fairness that was asked for, by its class: most are asked for again
	sets    [][]Class
	setOf   map[string]uint32
	key     []byte
	classes []Class

	commonFair, commonSet []uint32 // what the numbers are to all workers
}

func newConnector(r *region, w *worker) *connector {
	return &connector{
		region: r, w: w, fairs: []Fair{{}}, fairOf: map[Fair]uint32{{}: 0}, sets: [][]Class{nil}, setOf: map[string]uint32{},
	}
}

// chunk finds the edges of some states.
func (c *connector) chunk(from, to int) (found chunkEdges) {
	w, width := c.w, c.s.width
	found.by = c
	found.counts, found.enabled = make([]uint32, 0, to-from), make([]uint32, 0, to-from)
	for n := from; n < to; n++ {
		w.out = w.ex.expand(c.code(uint32(n)), w.out[:0])
		w.fairs = w.ex.fairs(w.fairs[:0])
		before := len(found.edges)
		for i := range w.fairs {
			if to, inside := c.number(w.out[i*width : (i+1)*width]); inside {
				found.edges = append(found.edges, regionEdge{to, c.fair(&w.fairs[i])})
			}
		}
		found.counts = append(found.counts, uint32(len(found.edges)-before))
		found.enabled = append(found.enabled, c.enabledBy(w.fairs))
	}
	w.out = w.out[:0]
	return found
}

// fair is the number of a fairness.
func (c *connector) fair(f *Fair) uint32 {
	lately := &c.lately[int(f.Class)%len(c.lately)]
	if n := *lately; c.fairs[n] != *f {
		*lately = intern(c.fairOf, &c.fairs, *f, *f)
	}
	return *lately
}

// enabledBy is the number of the set of classes that some steps have.
func (c *connector) enabledBy(steps []Fair) uint32 {
	if len(steps) == 0 {
		return stuck
	}
	c.classes = c.classes[:0]
	for i := range steps {
		if class := steps[i].Class; class != 0 && !slices.Contains(c.classes, class) {
			c.classes = append(c.classes, class)
		}
	}
	slices.Sort(c.classes)
	return c.set(c.classes)
}

// set is the number of a sorted set of classes.
func (c *connector) set(classes []Class) uint32 {
	c.key = appendKey(c.key[:0], classes)
	if n, known := c.setOf[string(c.key)]; known {
		return n
	}
	return intern(c.setOf, &c.sets, string(c.key), slices.Clone(classes))
}

// share gives all that was numbered numbers that all workers have in common.
func (c *connector) share(common *connector) {
	for i := range c.fairs {
		c.commonFair = append(c.commonFair, common.fair(&c.fairs[i]))
	}
	c.commonSet = append(c.commonSet, stuck)
	for _, set := range c.sets[1:] {
		c.commonSet = append(c.commonSet, common.set(set))
	}
}

func setKey(classes []Class) string { return string(appendKey(nil, classes)) }

func appendKey(key []byte, classes []Class) []byte {
	for _, class := range classes {
		key = append(key, byte(class), byte(class>>8))
	}
	return key
}

// intern gives a value the number of its key, a new one if it has none.
func intern[K comparable, V any](numbers map[K]uint32, values *[]V, key K, value V) uint32 {
	n, known := numbers[key]
	if !known {
		n = uint32(len(*values))
		numbers[key] = n
		*values = append(*values, value)
	}
	return n
}
