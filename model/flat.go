package model

import (
	"context"
	"slices"
)

// Explore visits every reachable state of sys, level by level. The report is
// never nil; the error is the context's, or says that the options make no sense.
func Explore[S any](ctx context.Context, sys System[S], opt Options[S]) (*Report[S], error) {
	return explore(ctx, &flat[S]{sys, withPremises(opt.Properties)}, opt)
}

// flat is a System as a space.
type flat[S any] struct {
	sys        System[S]
	properties []Property[S]
}

func (f *flat[S]) words() int                        { return f.sys.Words() }
func (f *flat[S]) extent() (a, b uint64, parts bool) { return 0, 0, false }
func (f *flat[S]) bytes() uint64                     { return 0 }

func (f *flat[S]) initial() ([][]uint64, error) {
	var codes [][]uint64
	for _, s := range f.sys.Init(nil) {
		codes = append(codes, f.code(&s))
	}
	return codes, nil
}

func (f *flat[S]) code(s *S) []uint64 {
	w := make([]uint64, f.sys.Words())
	f.sys.Code(s, w)
	return w
}

func (f *flat[S]) expander() expander {
	x := &flatExpander[S]{flat: f, observer: observer[S]{properties: f.properties}}
	if c, ok := f.sys.(interface{ Check(*S) string }); ok {
		x.check = c.Check
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
	check func(*S) string // what the system finds broken in a state, if it looks
	succ  []Succ[S]
}

func (x *flatExpander[S]) load(code []uint64) { x.sys.Load(code, &x.now) }

func (x *flatExpander[S]) expand(code, out []uint64) []uint64 {
	x.load(code)
	x.succ = x.sys.Succ(&x.now, x.succ[:0])
	x.found = x.found[:0]
	if x.check != nil {
		if id := x.check(&x.now); id != "" {
			x.blame(id, -1)
		}
	}
	width := len(code)
	for j := range x.succ {
		s := &x.succ[j]
		n := len(out)
		out = slices.Grow(out, width)[:n+width]
		x.sys.Code(&s.State, out[n:])
		x.tally.add(s.Rows)
		if s.Fault != "" {
			x.blame(s.Fault, j)
		}
	}
	x.checkSteps()
	return out
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
