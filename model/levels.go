package model

// blockStates is how many states a block of the log holds at most: it is what a
// worker takes at a time.
const blockStates = 512

// How many states a writer makes room for at a time.
const (
	minChunk = 1 << 8
	maxChunk = 1 << 17
)

// A level is all states of one depth, in blocks. The levels together are the log
// of the search: frontier, source of traces, and checkpoint at once.
type level struct {
	spilled []extent // those of its states that are on disk
	blocks  [][]uint64
	states  uint64
}

// A piece is what a worker takes at a time: a block, or a page from disk.
type piece struct {
	block []uint64
	page  extent
}

func (l *level) pieces() (pieces []piece) {
	for _, e := range l.spilled {
		for _, page := range e.pages() {
			pieces = append(pieces, piece{page: page})
		}
	}
	for _, b := range l.blocks {
		pieces = append(pieces, piece{block: b})
	}
	return pieces
}

// load gives the states of a piece, until the next call. If they can't be read there
// are none, and the search ends.
func (w *worker) load(p piece) (block []uint64) {
	if p.block != nil {
		return p.block
	}
	if w.err != nil {
		return nil // the first error is the one to tell
	}
	w.page, w.err = w.s.spill.read(p.page, w.page)
	if w.err != nil {
		w.s.halt.Store(true)
	}
	return w.page
}

// A logWriter appends states to the level that one worker is finding.
type logWriter struct {
	width  int
	space  []uint64 // of the present chunk, what is not used
	block  []uint64 // being filled
	blocks [][]uint64
	states uint64
}

// put appends a code. Only when a block is full does it need the heap.
func (w *logWriter) put(code []uint64, more func() []uint64) {
	if len(w.block) == cap(w.block) {
		w.next(more)
	}
	w.block = append(w.block, code...)
	w.states++
}

func (w *logWriter) next(more func() []uint64) {
	w.seal()
	n := blockStates * w.width
	if len(w.space) < w.width {
		w.space = more()
	}
	n = min(n, len(w.space)/w.width*w.width)
	w.block, w.space = w.space[:0:n], w.space[n:]
}

// seal ends a block; what it did not use is used by the next one.
func (w *logWriter) seal() {
	if len(w.block) == 0 {
		return
	}
	w.blocks = append(w.blocks, w.block)
	w.block = w.block[len(w.block):] // the rest is filled later, in the next level too
}

// take hands over what was written since the last call.
func (w *logWriter) take(l *level) {
	w.seal()
	l.blocks = append(l.blocks, w.blocks...)
	l.states += w.states
	w.blocks, w.states = nil, 0
}
