package model

import (
	"context"
	"slices"
)

// Explore visits every reachable state of sys, level by level. The report is
// never nil; the error is the context's, or says that the options make no sense.
func Explore[S any](ctx context.Context, sys System[S], opt Options[S]) (*Report[S], error) {
	f := &flat[S]{sys: sys, properties: withPremises(opt.Properties)}
	if opt.Symmetry {
		with, ok := sys.(Swappable[S])
		if !ok {
			return &Report[S]{}, errNotOffered
		}
		f.mirror = &mirror[S]{properties: opt.Properties, swap: with.Swap, succ: sys.Succ, own: f.own}
	}
	return explore(ctx, f, opt)
}

// flat is a System as a space.
type flat[S any] struct {
	folding[S]
	sys        System[S]
	properties []Property[S]
}

func (f *flat[S]) words() int                        { return f.sys.Words() }
func (f *flat[S]) extent() (a, b uint64, parts bool) { return 0, 0, false }
func (f *flat[S]) bytes() uint64                     { return 0 }

func (f *flat[S]) initial() ([][]uint64, error) {
	states := f.sys.Init(nil)
	if f.mirror != nil {
		if err := f.mirror.initial(states); err != nil {
			return nil, err
		}
	}
	var codes [][]uint64
	for i := range states {
		codes = append(codes, f.code(&states[i]))
	}
	return codes, nil
}

func (f *flat[S]) own(s *S) []uint64 {
	w := make([]uint64, f.sys.Words())
	f.sys.Code(s, w)
	return w
}

func (f *flat[S]) code(s *S) []uint64 {
	if f.mirror != nil {
		return f.mirror.code(s)
	}
	return f.own(s)
}

func (f *flat[S]) expander() expander {
	x := &flatExpander[S]{flat: f, observer: observer[S]{properties: f.properties, mirror: f.mirror}, image: make([]uint64, f.sys.Words())}
	if c, ok := f.sys.(interface{ broken(*S) [2]string }); ok {
		x.check = c.broken
	}
	return x
}

// state gives a state back.
func (f *flat[S]) state(code []uint64) (s S) {
	f.sys.Load(code, &s)
	return s
}

// A flatExpander asks the system anew for each state.
type flatExpander[S any] struct {
	*flat[S]
	observer[S]
	check    func(*S) [2]string // what the system finds broken in a state, if it looks
	succ     []Succ[S]
	other    S        // a mirror image
	image    []uint64 // and its code
	expanded uint64   // states so far, with symmetry
}

// compareEvery is of how many states one is compared with its mirror image.
const compareEvery = 256

func (x *flatExpander[S]) load(code []uint64) { x.sys.Load(code, &x.now) }

func (x *flatExpander[S]) expand(code, out []uint64) []uint64 {
	x.load(code)
	x.succ = x.sys.Succ(&x.now, x.succ[:0])
	x.found = x.found[:0]
	if x.check != nil {
		for _, id := range x.check(&x.now) {
			if id != "" {
				x.blame(id, -1)
			}
		}
	}
	width := len(code)
	for j := range x.succ {
		s := &x.succ[j]
		n := len(out)
		out = slices.Grow(out, width)[:n+width]
		x.sys.Code(&s.State, out[n:])
		if x.mirror != nil {
			x.fold(&s.State, out[n:])
		}
		x.tally.add(s.Rows)
		if s.Fault != "" {
			x.blame(s.Fault, j)
		}
	}
	x.checkSteps()
	if x.mirror != nil {
		if x.expanded%compareEvery == 0 {
			x.mirror.compare(&x.now, x.succ)
		}
		x.expanded++
	}
	return out
}

// fold makes the code of a state that of its mirror image, if that is less.
func (x *flatExpander[S]) fold(s *S, code []uint64) {
	x.other = x.mirror.swap(s)
	x.sys.Code(&x.other, x.image)
	if slices.Compare(x.image, code) < 0 {
		copy(code, x.image)
	}
}

// checkSteps looks for steps that a Step property with a predicate of its own
// does not allow.
func (x *flatExpander[S]) checkSteps() {
	for i := range x.observer.properties {
		p := &x.observer.properties[i]
		if p.Kind != Step || p.HoldsStep == nil {
			continue
		}
		for j := range x.succ {
			if !p.HoldsStep(&x.now, x.succ[j].Label, &x.succ[j].State) {
				x.found = append(x.found, fault{i, j})
				break
			}
		}
	}
}

func (x *flatExpander[S]) labels(dst []uint64) []uint64 {
	for i := range x.succ {
		dst = append(dst, x.succ[i].Label)
	}
	return dst
}

func (x *flatExpander[S]) fairs(dst []Fair) []Fair {
	for i := range x.succ {
		dst = append(dst, x.succ[i].Fair)
	}
	return dst
}

func (x *flatExpander[S]) key(code, dst []uint64) []uint64 { return append(dst, code...) }

func (x *flatExpander[S]) steps(code []uint64) []step {
	x.load(code)
	var steps []step
	for _, s := range x.sys.Succ(&x.now, nil) {
		steps = append(steps, step{x.code(&s.State), s.Label, s.Fair, s.Rows, s.Fault})
	}
	return steps
}
