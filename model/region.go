package model

import (
	"context"
	"fmt"
	"math/bits"
	"slices"
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

	member []uint32 // by number: the last set of states that it was found to belong to
	groups uint32   // such sets so far
	index  []uint32 // by number: what a search for components found first

	kept   map[string][]bool // by setKey of what is denied
	counts []int             // by number of a set: used while a component is looked at
	seen   []uint32          // by number of a fairness: the group it was last met in
	events []event
}

// A regionEdge is a step within the region.
type regionEdge struct{ to, fair uint32 }

// stuck is the number of the set of a state that has no steps at all.
const stuck = 0

// region makes the graph of what can be reached from where a goal is promised without
// coming to it; without a promise, that is all of the graph.
func (s *search) region(ctx context.Context, goal, from func([]uint64) bool) (*region, error) {
	r := &region{s: s, inside: s.newMarks(), fairs: []Fair{{}}, sets: [][]Class{nil}, kept: map[string][]bool{}}
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
	if n >= closed {
		return r, fmt.Errorf("model: %d states are on the way to a goal, and no more than %d can be looked at", n, closed)
	}
	r.codes = s.heap.alloc(n * s.width)
	s.each(len(all), func(_ *worker, i int) {
		for block := all[i]; len(block) > 0; block = block[s.width:] {
			k, _ := r.number(block[:s.width])
			copy(r.code(k), block)
		}
	})
	r.member, r.index = make([]uint32, n), make([]uint32, n)
	err := r.connect(ctx, n)
	r.counts, r.seen = make([]int, len(r.sets)), make([]uint32, len(r.fairs))
	return r, err
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
	counts, enabled []uint32
	edges           []regionEdge
	fairs           []Fair    // that edges speak of
	sets            [][]Class // that enabled speaks of
}

// connect finds the edges of all states.
func (r *region) connect(ctx context.Context, n int) error {
	chunks := make([]chunkEdges, (n+regionChunk-1)/regionChunk)
	r.s.each(len(chunks), func(w *worker, i int) {
		if ctx.Err() == nil {
			chunks[i] = r.chunk(w, i*regionChunk, min(n, (i+1)*regionChunk))
		}
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	r.first = append(make([]uint64, 0, n+1), 0)
	fairs, sets := map[Fair]uint32{{}: 0}, map[string]uint32{}
	for i := range chunks {
		r.join(&chunks[i], fairs, sets)
		chunks[i] = chunkEdges{}
	}
	return nil
}

// join takes over what a worker found.
func (r *region) join(c *chunkEdges, fairs map[Fair]uint32, sets map[string]uint32) {
	of := []uint32{stuck} // numbers of the chunk's sets
	for _, set := range c.sets {
		of = append(of, intern(sets, &r.sets, setKey(set), set))
	}
	for _, set := range c.enabled {
		r.enabled = append(r.enabled, of[set])
	}
	for _, n := range c.counts {
		r.first = append(r.first, r.first[len(r.first)-1]+uint64(n))
	}
	var fair []uint32
	for _, f := range c.fairs {
		fair = append(fair, intern(fairs, &r.fairs, f, f))
	}
	for _, e := range c.edges {
		r.edges = append(r.edges, regionEdge{e.to, fair[e.fair]})
	}
}

// chunk finds the edges of some states.
func (r *region) chunk(w *worker, from, to int) (c chunkEdges) {
	width := r.s.width
	fairs, sets := map[Fair]uint32{}, map[string]uint32{}
	var here []Class
	for n := from; n < to; n++ {
		w.out = w.ex.expand(r.code(uint32(n)), w.out[:0])
		w.fairs = w.ex.fairs(w.fairs[:0])
		here = here[:0]
		before := len(c.edges)
		for i, f := range w.fairs {
			if f.Class != 0 && !slices.Contains(here, f.Class) {
				here = append(here, f.Class)
			}
			if to, inside := r.number(w.out[i*width : (i+1)*width]); inside {
				c.edges = append(c.edges, regionEdge{to, intern(fairs, &c.fairs, f, f)})
			}
		}
		c.counts = append(c.counts, uint32(len(c.edges)-before))
		c.enabled = append(c.enabled, c.set(sets, here, len(w.fairs)))
	}
	w.out = w.out[:0]
	return c
}

// set is the number of a set of classes.
func (c *chunkEdges) set(sets map[string]uint32, classes []Class, steps int) uint32 {
	if steps == 0 {
		return stuck
	}
	slices.Sort(classes)
	key := setKey(classes)
	n, known := sets[key]
	if !known {
		c.sets = append(c.sets, slices.Clone(classes))
		n = uint32(len(c.sets))
		sets[key] = n
	}
	return n
}

func setKey(classes []Class) string {
	key := make([]byte, 0, 16)
	for _, class := range classes {
		key = append(key, byte(class), byte(class>>8))
	}
	return string(key)
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
