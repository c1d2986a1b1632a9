package model

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc64"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Checkpoint says where a search keeps what it needs to be taken up again, after it
// was interrupted or its process was killed. It is written between two levels.
type Checkpoint struct {
	// Dir is a directory of its own for each search; "" is no checkpoint.
	Dir string
	// Every is the least time between two checkpoints; 0 is a minute.
	Every time.Duration
	// Identity says what is searched: the system, its bounds, its version. What was
	// found of another one is refused.
	Identity string
	// Resume takes the search up that Dir holds. Without it, Dir must hold none.
	Resume bool
}

// checkpointVersion is that of the files below.
const checkpointVersion = 2

// A keeper writes the checkpoints of one search. The log and the parts are only ever
// appended to, and the state names how much of them counts: until it is replaced, the
// checkpoint before is whole.
type keeper struct {
	Checkpoint
	space  partSpace // nil if the states have no parts
	log    *os.File
	parts  [2]*os.File
	sums   [3]crc // of what was written to the log and to the parts
	levels int    // written
	ids    [2]int // of parts, written
	last   time.Time
}

// A partSpace is a space whose parts are numbered.
type partSpace interface {
	partWords() int
	partCount(role int) int
	partCode(role, id int) []uint64
	// addPart gives a code the next number.
	addPart(role int, code []uint64) error
}

// keptState is state.json.
type keptState struct {
	Version     int        `json:"version"`
	Identity    string     `json:"identity"`
	Words       int        `json:"words"`
	PartWords   int        `json:"part_words"`
	Levels      []uint64   `json:"levels"` // states of each
	Parts       [2]int     `json:"parts"`
	Transitions uint64     `json:"transitions"`
	Symmetry    bool       `json:"symmetry,omitempty"`
	Rows        []uint64   `json:"rows"`
	Strays      []string   `json:"strays"`
	Finds       []keptFind `json:"finds"`
	Sums        [3]uint64  `json:"sums"` // CRC-64 of the log and of the parts
	Sum         uint64     `json:"sum"`  // CRC-64 of all this, with 0 here
}

// sum is what Sum should be.
func (s keptState) sum() uint64 {
	s.Sum = 0
	text, _ := json.Marshal(s) // numbers and strings
	return crc64.Checksum(text, crcTable)
}

var crcTable = crc64.MakeTable(crc64.ECMA)

// A crc is the CRC-64 of what was written to it.
type crc uint64

func (c *crc) Write(p []byte) (int, error) {
	*c = crc(crc64.Update(uint64(*c), crcTable, p))
	return len(p), nil
}

type keptFind struct {
	ID    string   `json:"id"`
	Depth int      `json:"depth"`
	Code  []uint64 `json:"code"`
	Step  int      `json:"step"`
}

const (
	keptName = "state.json"
	logName  = "log"
)

func partsName(role int) string { return fmt.Sprintf("parts%d", role) }

// newKeeper opens the files of a checkpoint, and gives the state to go on from, if
// there is one.
func newKeeper(c Checkpoint, sp space) (*keeper, *keptState, error) {
	if c.Every == 0 {
		c.Every = time.Minute
	}
	k := &keeper{Checkpoint: c, last: time.Now()}
	k.space, _ = sp.(partSpace)
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return nil, nil, fmt.Errorf("model: the checkpoint's directory can't be made: %w", err)
	}
	state, err := k.read(sp)
	if err != nil {
		return nil, nil, err
	}
	if err := k.open(state); err != nil {
		k.close()
		return nil, nil, fmt.Errorf("model: the checkpoint in %s can't be opened: %w", c.Dir, err)
	}
	return k, state, nil
}

// read reads state.json and refuses what does not belong to this search.
func (k *keeper) read(sp space) (*keptState, error) {
	text, err := os.ReadFile(filepath.Join(k.Dir, keptName))
	switch {
	case errors.Is(err, fs.ErrNotExist) && !k.Resume:
		return nil, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("model: there is no checkpoint in %s to resume from", k.Dir)
	case err != nil:
		return nil, fmt.Errorf("model: the checkpoint in %s can't be read: %w", k.Dir, err)
	case !k.Resume:
		return nil, fmt.Errorf("model: there is a checkpoint in %s: resume it, or choose another directory", k.Dir)
	}
	var state keptState
	if err := json.Unmarshal(text, &state); err != nil {
		return nil, fmt.Errorf("model: the checkpoint in %s is damaged: %w", k.Dir, err)
	}
	switch {
	case state.Version != checkpointVersion:
		return nil, fmt.Errorf("model: the checkpoint in %s has version %d, and this program writes %d", k.Dir, state.Version, checkpointVersion)
	case state.Sum != state.sum():
		return nil, fmt.Errorf("model: the checkpoint in %s is damaged: %s is not as it was written", k.Dir, keptName)
	case state.Identity != k.Identity:
		return nil, fmt.Errorf("model: the checkpoint in %s is of another system: %q, not %q", k.Dir, state.Identity, k.Identity)
	case state.Symmetry != (sp.symmetry() != nil):
		return nil, fmt.Errorf("model: the checkpoint in %s is of a search with symmetry %v, and this one has %v", k.Dir, state.Symmetry, !state.Symmetry)
	case state.Words != sp.words() || state.PartWords != k.partWords() || len(state.Levels) == 0:
		return nil, fmt.Errorf("model: the checkpoint in %s is of a system with another encoding", k.Dir)
	}
	return &state, nil
}

func (k *keeper) partWords() int {
	if k.space == nil {
		return 0
	}
	return k.space.partWords()
}

// open opens the files that are appended to, without what a checkpoint that was not
// completed left behind.
func (k *keeper) open(state *keptState) (err error) {
	var sizes [3]int64
	if state != nil {
		for _, n := range state.Levels {
			sizes[0] += int64(n) * int64(state.Words) * 8
		}
		for role, n := range state.Parts {
			sizes[1+role] = int64(n) * int64(state.PartWords) * 8
		}
		k.levels, k.ids = len(state.Levels), state.Parts
	}
	if k.log, err = openAt(filepath.Join(k.Dir, logName), sizes[0]); err != nil || k.space == nil {
		return err
	}
	for role := range k.parts {
		if k.parts[role], err = openAt(filepath.Join(k.Dir, partsName(role)), sizes[1+role]); err != nil {
			return err
		}
	}
	return nil
}

// openAt opens a file that must have at least so many bytes, and cuts the rest off.
func openAt(name string, size int64) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Size() < size {
		err = fmt.Errorf("%s has %d bytes, and %d are missing", name, info.Size(), size-info.Size())
	}
	if err == nil {
		err = f.Truncate(size)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (k *keeper) close() {
	for _, f := range []*os.File{k.log, k.parts[0], k.parts[1]} {
		if f != nil {
			_ = f.Close() // what counts was synced
		}
	}
}

// keep writes a checkpoint of a search. What it holds of a level that is not expanded
// to the end is left out.
func (k *keeper) keep(s *search) error {
	for ; k.levels < s.expanded+2; k.levels++ {
		for _, p := range s.levels[k.levels].pieces() {
			if err := writeWords(io.MultiWriter(k.log, &k.sums[0]), s.workers[0].load(p)); err != nil {
				return err
			}
		}
		if err := s.workers[0].err; err != nil {
			return err
		}
	}
	if k.space != nil {
		for role := range k.parts {
			if err := k.keepParts(role); err != nil {
				return err
			}
		}
	}
	for _, f := range []*os.File{k.log, k.parts[0], k.parts[1]} {
		if f == nil {
			continue
		}
		if err := f.Sync(); err != nil {
			return err
		}
	}
	k.last = time.Now()
	return k.replaceState(s)
}

func (k *keeper) keepParts(role int) error {
	w := bufio.NewWriter(io.MultiWriter(k.parts[role], &k.sums[1+role]))
	if _, err := k.parts[role].Seek(0, io.SeekEnd); err != nil {
		return err
	}
	for ; k.ids[role] < k.space.partCount(role); k.ids[role]++ {
		if err := writeWords(w, k.space.partCode(role, k.ids[role])); err != nil {
			return err
		}
	}
	return w.Flush()
}

// replaceState makes what was appended count.
func (k *keeper) replaceState(s *search) error {
	state := keptState{
		Version: checkpointVersion, Identity: k.Identity, Words: s.width, PartWords: k.partWords(),
		Parts: k.ids, Transitions: s.steps, Symmetry: s.space.symmetry() != nil,
	}
	for i, sum := range k.sums {
		state.Sums[i] = uint64(sum)
	}
	state.Rows, state.Strays = s.tally()
	for _, l := range s.levels[:s.expanded+2] {
		state.Levels = append(state.Levels, l.states)
	}
	for _, c := range s.claims {
		if c.find.found && c.find.depth <= s.expanded {
			state.Finds = append(state.Finds, keptFind{c.id, c.find.depth, c.find.code, c.find.step})
		}
	}
	state.Sum = state.sum()
	text, err := json.Marshal(state)
	if err != nil {
		return err
	}
	next := filepath.Join(k.Dir, keptName+".next")
	f, err := os.Create(next)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(next, filepath.Join(k.Dir, keptName))
}

func writeWords(w io.Writer, words []uint64) error {
	buf := make([]byte, 0, 8*len(words))
	for _, x := range words {
		buf = binary.LittleEndian.AppendUint64(buf, x)
	}
	_, err := w.Write(buf)
	return err
}

func readWords(r io.Reader, words []uint64) error {
	buf := make([]byte, 8*len(words))
	if _, err := io.ReadFull(r, buf); err != nil {
		return err
	}
	for i := range words {
		words[i] = binary.LittleEndian.Uint64(buf[8*i:])
	}
	return nil
}

// verify finds out whether the files are what was written.
func (k *keeper) verify(state *keptState) error {
	for i, f := range []*os.File{k.log, k.parts[0], k.parts[1]} {
		if f == nil {
			continue
		}
		if _, err := io.Copy(&k.sums[i], io.NewSectionReader(f, 0, 1<<62)); err != nil {
			return err
		}
		if uint64(k.sums[i]) != state.Sums[i] {
			return fmt.Errorf("%s is not as it was written", f.Name())
		}
	}
	return nil
}

// restore brings a search to where a checkpoint left it.
func (k *keeper) restore(s *search, state *keptState) error {
	if err := k.verify(state); err != nil {
		return err
	}
	if k.space != nil {
		code := make([]uint64, k.partWords())
		for role, n := range state.Parts {
			r := bufio.NewReader(io.NewSectionReader(k.parts[role], 0, 1<<62))
			for range n {
				if err := readWords(r, code); err != nil {
					return err
				}
				if err := k.space.addPart(role, code); err != nil {
					return err
				}
			}
		}
	}
	r := bufio.NewReader(io.NewSectionReader(k.log, 0, 1<<62))
	for _, n := range state.Levels {
		if err := s.restoreLevel(n, r); err != nil {
			return err
		}
	}
	if _, err := k.log.Seek(0, io.SeekEnd); err != nil {
		return err
	}
	return s.restored(state)
}

// restoreLevel reads the states of a level; where memory is short, they go to disk.
func (s *search) restoreLevel(states uint64, r io.Reader) error {
	s.levels = append(s.levels, level{states: states})
	l := &s.levels[len(s.levels)-1]
	s.count += states
	for left := int(states); left > 0; left -= blockStates {
		block := s.heap.allocLog(min(left, blockStates) * s.width)
		if err := readWords(r, block); err != nil {
			return err
		}
		l.blocks = append(l.blocks, block)
		if s.spill != nil && s.heap.log >= s.limits.maxMemory/4 {
			if err := s.unload(); err != nil {
				return err
			}
		}
	}
	return nil
}
