package model

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"unsafe"
)

// A spill is where a search goes on when memory has no room for more. First the log
// goes to a file; then the visited set takes up no more states, and what it does not
// know is a candidate: candidates are gathered, sorted, compared with all states
// found since, which the file has in sorted runs, and what is left is one run more.
type spill struct {
	dir    string
	file   *os.File
	width  int
	end    int64 // states written
	frozen bool  // the visited set takes up no more
	runs   []extent
	batch  int // words of candidates that are gathered before they are compared

	candidates []uint64
	sorter     sorter
	page       []uint64
}

// An extent is some states in the file.
type extent struct{ at, states int64 }

// spillShare is the part of the memory that is kept free for candidates: the lists of
// the workers, all of them together, and two copies while they are sorted.
const spillShare = 4

// newSpill makes ready to spill; no file is made before it is needed.
func newSpill(dir string, width int, maxMemory uint64) *spill {
	return &spill{dir: dir, width: width, batch: max(1<<10, int(maxMemory/(spillShare*4)/8)) * width}
}

func (p *spill) octets() uint64 { return uint64(p.end) * uint64(p.width) * 8 }

// open makes the file. Where the system allows it, the file loses its name at once, so
// that nothing is left of it even when the process is killed.
func (p *spill) open() error {
	if p.file != nil {
		return nil
	}
	f, err := os.CreateTemp(p.dir, "states-*.spill")
	if err != nil {
		return fmt.Errorf("the search can't go on on disk: %w", err)
	}
	p.file = f
	_ = os.Remove(f.Name())
	return nil
}

func (p *spill) close() {
	if p.file != nil {
		_ = p.file.Close() // nobody will read it
		_ = os.Remove(p.file.Name())
	}
}

// write appends states.
func (p *spill) write(codes []uint64) (extent, error) {
	at := extent{p.end, int64(len(codes) / p.width)}
	if err := p.open(); err != nil {
		return at, err
	}
	if _, err := p.file.WriteAt(octets(codes), at.at*int64(p.width)*8); err != nil {
		return at, fmt.Errorf("states can't be written to disk: %w", err)
	}
	p.end += at.states
	return at, nil
}

// read reads an extent to a buffer, which is made longer if it must be.
func (p *spill) read(e extent, buf []uint64) ([]uint64, error) {
	n := int(e.states) * p.width
	buf = slices.Grow(buf[:0], n)[:n]
	if _, err := p.file.ReadAt(octets(buf), e.at*int64(p.width)*8); err != nil {
		return nil, fmt.Errorf("states can't be read back from disk: %w", err)
	}
	return buf, nil
}

// octets are words as they lie in memory: only this process reads the file.
func octets(words []uint64) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), len(words)*8)
}

// pageStates is how many states are read from disk at a time.
const pageStates = 1 << 13

// pages cuts an extent.
func (e extent) pages() (pages []extent) {
	for from := int64(0); from < e.states; from += pageStates {
		pages = append(pages, extent{e.at + from, min(e.states-from, pageStates)})
	}
	return pages
}

// relieve makes room when memory is short, and reports whether it could. The error is
// that of the disk.
func (s *search) relieve() (bool, error) {
	if s.spill == nil {
		return false, nil
	}
	if s.heap.log > 0 && s.heap.log >= s.limits.maxMemory/16 {
		return true, s.unload()
	}
	if _, lossy := s.visited.(*sieve); lossy || s.spill.frozen {
		return false, nil
	}
	s.spill.frozen = true
	return true, s.unload()
}

// unload writes the log to disk and gives its memory back.
func (s *search) unload() error {
	where := map[*uint64]extent{}
	for i := range s.levels {
		l := &s.levels[i]
		for _, block := range l.blocks {
			e, err := s.spill.write(block)
			if err != nil {
				return err
			}
			where[&block[0]] = e
			l.spilled = append(l.spilled, e)
		}
		l.spilled, l.blocks = joined(l.spilled), nil
	}
	for i, p := range s.todo {
		if p.block != nil {
			s.todo[i] = piece{page: where[&p.block[0]]}
		}
	}
	for _, w := range s.workers {
		w.log = logWriter{width: s.width}
	}
	s.heap.freeLog()
	return nil
}

// joined makes one of extents that follow each other.
func joined(extents []extent) (out []extent) {
	for _, e := range extents {
		if n := len(out) - 1; n >= 0 && out[n].at+out[n].states == e.at {
			out[n].states += e.states
			continue
		}
		out = append(out, e)
	}
	return out
}

// gather takes over the candidates of the workers, and compares them when they are
// many, or when last says that there will be no more in this level.
func (s *search) gather(last bool) error {
	p := s.spill
	for _, w := range s.workers {
		p.candidates = append(p.candidates, w.deferred...)
		w.deferred = w.deferred[:0]
	}
	if !last && len(p.candidates) < p.batch {
		return nil
	}
	p.candidates = p.sorter.distinct(p.candidates, p.width)
	if !last && len(p.candidates) < p.batch/2 {
		return nil // most were the same
	}
	for _, run := range p.runs {
		if err := p.subtract(run); err != nil {
			return err
		}
	}
	if len(p.candidates) == 0 {
		return nil
	}
	if err := p.run(); err != nil {
		return err
	}
	run := p.runs[len(p.runs)-1]
	l := &s.levels[len(s.levels)-1]
	l.spilled = append(l.spilled, run)
	l.states += uint64(run.states)
	s.count += uint64(run.states)
	return nil
}

// subtract takes the states of a run out of the candidates; both are sorted.
func (p *spill) subtract(run extent) (err error) {
	width, kept, at := p.width, 0, 0
	keep := func() {
		copy(p.candidates[kept:kept+width], p.candidates[at:at+width])
		kept, at = kept+width, at+width
	}
	for _, e := range run.pages() {
		if at == len(p.candidates) {
			break
		}
		if p.page, err = p.read(e, p.page); err != nil {
			return err
		}
		for known := p.page; len(known) > 0 && at < len(p.candidates); {
			switch c := slices.Compare(p.candidates[at:at+width], known[:width]); {
			case c < 0:
				keep()
			case c == 0:
				at += width
			default:
				known = known[width:]
			}
		}
	}
	for at < len(p.candidates) {
		keep()
	}
	p.candidates = p.candidates[:kept]
	return nil
}

// frozen reports whether new states are candidates only.
func (s *search) frozen() bool { return s.spill != nil && s.spill.frozen }

// spilled reports whether some of the log is on disk.
func (s *search) spilled() bool { return s.spill != nil && s.spill.end > 0 }

// refreeze takes up a search whose states do not fit memory: what the visited set has
// no room for becomes sorted runs, as it was.
func (s *search) refreeze() error {
	free, _ := s.free()
	t := newTable(&s.heap, s.width, max(firstSlots, free/uint64(8*s.width)))
	s.visited = t
	p, w := s.spill, s.workers[0]
	var known uint64
	var err error
	s.eachPiece(func(block []uint64) {
		for ; len(block) > 0 && err == nil && t.room(known) > 0; block = block[s.width:] {
			w.touched += t.locate(block[:s.width], w.places[:1])
			t.insert(block[:s.width], w.places[:1], w.fresh[:1])
			known++
		}
		p.candidates = append(p.candidates, block...)
		if len(p.candidates) >= p.batch && err == nil {
			p.candidates = p.sorter.distinct(p.candidates, p.width)
			err = p.run()
		}
	})
	p.frozen = true
	p.candidates = p.sorter.distinct(p.candidates, p.width)
	return errors.Join(err, w.err, p.run())
}

// run writes the candidates, which are sorted and new.
func (p *spill) run() error {
	run, err := p.write(p.candidates)
	p.runs, p.candidates = append(p.runs, run), p.candidates[:0]
	return err
}
