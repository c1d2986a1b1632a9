package model

import (
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Swappable is what a System offers whose states have mirror images, for
// Options.Symmetry: two processes, for example, that do the same.
type Swappable[S any] interface {
	// Swap gives the mirror image of a state, and leaves the state as it is. The image
	// of an image is the state itself, and that of an initial state is an initial one.
	// A state and its image have the same steps, as seen in the mirror: they lead to
	// states and their images, by the same rows in either order, with the same Fault.
	Swap(s *S) S
}

// SwappableParts is what Parts offer whose roles can be exchanged, for
// Options.Symmetry. Flatten of such parts is Swappable.
type SwappableParts interface {
	// SwapJoints reports whether all methods give the same for both roles, but for
	// labels and fairness. What joint step i is to one role, joints[i] is to the other.
	SwapJoints() (joints []int, ok bool)
}

// A symmetry keeps what shows that a system, or a property of it, is not as
// symmetric as it must be. Without symmetry it is nil.
type symmetry struct {
	mu  sync.Mutex
	err error
}

// fail keeps the first fault. What is found of such a system means nothing.
func (y *symmetry) fail(format string, args ...any) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.err == nil {
		y.err = fmt.Errorf("model: there is no symmetry: %s; explore it without Options.Symmetry", fmt.Sprintf(format, args...))
	}
}

func (y *symmetry) broken() error {
	if y == nil {
		return nil
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.err
}

// uneven is the error of a system that is not as symmetric as it says.
func (s *search) uneven() error { return s.space.symmetry().broken() }

// A mirror makes one of a state and its image: both have one code, the lesser.
type mirror[S any] struct {
	symmetry
	properties []Property[S]
	swap       func(*S) S
	succ       func(*S, []Succ[S]) []Succ[S]
	own        func(*S) []uint64 // the code of a state itself
}

func (m *mirror[S]) code(s *S) []uint64 {
	image := m.swap(s)
	a, b := m.own(s), m.own(&image)
	if slices.Compare(b, a) < 0 {
		return b
	}
	return a
}

// A folding is what a space has that may have a mirror; nil is none.
type folding[S any] struct{ mirror *mirror[S] }

func (f *folding[S]) folded() *mirror[S] { return f.mirror }

func (f *folding[S]) symmetry() *symmetry {
	if f.mirror == nil {
		return nil
	}
	return &f.mirror.symmetry
}

// checkSymmetry refuses what symmetry can't decide.
func checkSymmetry[S any](properties []Property[S]) error {
	for _, p := range properties {
		if p.Kind == Leads {
			return fmt.Errorf("model: property %s (%v) can't be decided with symmetry, since what is fair to one half need not be so to the other: explore it without Options.Symmetry", p.ID, p.Kind)
		}
	}
	return nil
}

// errNotOffered is that of a system without mirror images.
var errNotOffered = errors.New("model: the system offers no symmetry (Swappable, SwappableParts): explore it without Options.Symmetry")

// initial finds out whether the images of the initial states are initial too.
func (m *mirror[S]) initial(states []S) error {
	for i := range states {
		image := m.swap(&states[i])
		code := m.own(&image)
		if !slices.ContainsFunc(states, func(s S) bool { return slices.Equal(m.own(&s), code) }) {
			m.fail("the mirror image of initial state %d is no initial state", i)
		}
	}
	return m.broken()
}

// differs notes a property that does not say the same of a state and its image.
func (m *mirror[S]) differs(id string, s *S) {
	m.fail("property %s is not the same of a state and of its mirror image: %v", id, *s)
}

// compare finds out whether the image of a state does what the state does. That
// costs as much as expanding it, so most states are not asked.
func (m *mirror[S]) compare(s *S, succ []Succ[S]) {
	image := m.swap(s)
	if again := m.swap(&image); !slices.Equal(m.own(&again), m.own(s)) {
		m.fail("the image of the image of a state is not that state: %v", *s)
		return
	}
	own, others := m.signs(s, succ), m.signs(&image, m.succ(&image, nil))
	for i, sign := range own {
		if n := slices.Index(others, sign); n >= 0 {
			others = slices.Delete(others, n, n+1)
			continue
		}
		m.fail("what the step with label %d does in a state, no step does in its mirror image: %v", succ[i].Label, *s)
		return
	}
	if len(others) > 0 {
		m.fail("a state has %d steps and its mirror image %d: %v", len(own), len(own)+len(others), *s)
	}
}

// signs are all of some steps that is the same in the mirror.
func (m *mirror[S]) signs(from *S, succ []Succ[S]) (all []string) {
	for i := range succ {
		t := &succ[i]
		var broken []bool
		for _, p := range m.properties {
			broken = append(broken, p.Only != nil && p.Only(t.Label), p.HoldsStep != nil && p.HoldsStep(from, t.Label, &t.State))
		}
		all = append(all, fmt.Sprint(m.code(&t.State), min(t.Rows[0], t.Rows[1]), max(t.Rows[0], t.Rows[1]), broken, t.Fault))
	}
	return all
}

// unfold makes a run of the system itself of a way that leads from one state or its
// image to the next; of each step that will do, the first. To where a loop begins it
// may come back as the image: then it goes round once more.
func (m *mirror[S]) unfold(init S, w *way, will func(i int, from *S, t *Succ[S]) bool) *Trace[S] {
	t := &Trace[S]{Init: init}
	for i := range w.steps {
		m.follow(t, w, i, will)
	}
	home := len(w.steps) - w.loop
	if t.Loop = w.loop; w.loop == 0 || m.broken() != nil || m.meet(t, home, len(t.Steps)) {
		return t
	}
	for i := home; i < len(w.steps); i++ {
		m.follow(t, w, i, will)
	}
	if m.broken() == nil && m.meet(t, home, len(t.Steps)) {
		t.Loop = 2 * w.loop
	}
	return t
}

// follow adds the step of a way with that number, wherever it leads if that is not said.
func (m *mirror[S]) follow(t *Trace[S], w *way, i int, will func(i int, from *S, t *Succ[S]) bool) {
	if m.broken() != nil {
		return
	}
	from, to := t.Last(), w.steps[i].code
	succ := m.succ(from, nil)
	at := slices.IndexFunc(succ, func(next Succ[S]) bool {
		return (to == nil || slices.Equal(m.code(&next.State), to)) && will(i, from, &next)
	})
	if at < 0 {
		m.fail("what the step with label %d does in a state, no step does in its mirror image: %v", w.steps[i].label, *from)
		return
	}
	t.Steps = append(t.Steps, succ[at])
}

// meet reports whether a trace is in the same state after so many steps and so many.
func (m *mirror[S]) meet(t *Trace[S], a, b int) bool {
	return slices.Equal(m.own(t.at(a)), m.own(t.at(b)))
}

// at is the state after n steps.
func (t *Trace[S]) at(n int) *S {
	if n == 0 {
		return &t.Init
	}
	return &t.Steps[n-1].State
}
