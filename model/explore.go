package model

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// A stateSpace is a space whose states are of type S.
type stateSpace[S any] interface {
	space
	state(code []uint64) S
	folded() *mirror[S] // nil without symmetry
}

// explore searches a space and decides the properties of the options.
func explore[S any](ctx context.Context, sp stateSpace[S], opt Options[S]) (*Report[S], error) {
	if n := sp.words(); n < 1 {
		return &Report[S]{}, fmt.Errorf("model: the system's Words() is %d, want at least 1", n)
	}
	if err := checkProperties(opt.Properties); err != nil {
		return &Report[S]{}, err
	}
	if opt.Symmetry {
		if err := checkSymmetry(opt.Properties); err != nil {
			return &Report[S]{}, err
		}
	}
	var all []claim
	for _, p := range withPremises(opt.Properties) {
		all = append(all, claim{id: p.ID, kind: p.Kind, inner: p.Holds != nil})
	}
	s := newSearch(sp, all, limits{opt.Workers, opt.MaxStates, opt.MaxMemory, opt.Lossy, opt.KeepGoing, opt.Progress})
	defer s.heap.close()
	if opt.Spill != "" && opt.MaxMemory > 0 {
		s.spill = newSpill(opt.Spill, sp.words(), opt.MaxMemory)
		defer s.spill.close()
	}
	if opt.Checkpoint.Dir != "" {
		k, state, err := newKeeper(opt.Checkpoint, sp)
		if err != nil {
			return &Report[S]{}, err
		}
		defer k.close()
		s.keeper = k
		if state != nil {
			if err := k.restore(s, state); err != nil {
				return &Report[S]{}, fmt.Errorf("model: the checkpoint in %s is damaged: %w", opt.Checkpoint.Dir, err)
			}
		}
	}
	err := s.run(ctx)
	if err == nil && s.limit == "" {
		err = decide(ctx, s, sp, opt.Properties)
	}
	r := report(s, sp, opt, err == nil && s.limit == "")
	if uneven := s.uneven(); uneven != nil {
		return &Report[S]{}, uneven // what was found means nothing
	}
	return r, err
}

// withPremises adds, for each property with a premise, that it is met sometimes.
func withPremises[S any](properties []Property[S]) []Property[S] {
	all := slices.Clip(properties)
	for _, p := range properties {
		if p.From != nil {
			all = append(all, Property[S]{ID: premiseOf(p.ID), Kind: Sometimes, Holds: p.From})
		}
	}
	return all
}

func premiseOf(id string) string { return "premise of " + id }

func checkProperties[S any](properties []Property[S]) error {
	if n := len(withPremises(properties)); n > maxClaims {
		return fmt.Errorf("model: %d properties and premises: one search decides up to %d, make several searches", n, maxClaims)
	}
	seen := map[string]bool{}
	for _, p := range properties {
		switch {
		case p.ID == "" || seen[p.ID]:
			return fmt.Errorf("model: property id %q is empty or used twice: give each property an id of its own", p.ID)
		case p.Kind > Endless:
			return fmt.Errorf("model: property %s has the unknown kind %v", p.ID, p.Kind)
		case p.Kind == Always && p.Holds == nil && !p.Found:
			return fmt.Errorf("model: property %s (%v) has no predicate: set Holds, or Found if the system finds it broken", p.ID, p.Kind)
		case p.Kind == Endless && p.Only == nil:
			return fmt.Errorf("model: property %s (%v) does not say of which labels: set Only", p.ID, p.Kind)
		case p.Holds == nil && p.Kind != Step && p.Kind != Endless && p.Kind != Always:
			return fmt.Errorf("model: property %s (%v) has no predicate: set Holds", p.ID, p.Kind)
		}
		seen[p.ID] = true
	}
	return nil
}

// decide decides what is a matter of the whole graph.
func decide[S any](ctx context.Context, s *search, sp stateSpace[S], properties []Property[S]) error {
	for i := range properties {
		p := &properties[i]
		if !p.Kind.local() && p.Kind != Step && (s.spilled() || s.limits.lossy > 0) {
			s.claims[i].open = true
			continue
		}
		s.deciding = p.ID
		var err error
		switch p.Kind {
		case Possible:
			err = s.decidePossible(ctx, i, predicate(sp, p.ID, p.From))
		case Endless:
			err = s.decideEndless(ctx, i, p.Only)
		case Leads:
			err = s.decideLeads(ctx, i, predicate(sp, p.ID, p.Holds), predicate(sp, p.ID, p.From))
		}
		if err != nil {
			s.limit = "interrupted"
			return err
		}
	}
	return nil
}

// predicate makes one of codes of one of states; nil stays nil.
func predicate[S any](sp stateSpace[S], id string, holds func(*S) bool) func([]uint64) bool {
	if holds == nil {
		return nil
	}
	return func(code []uint64) bool {
		s := sp.state(code)
		does := holds(&s)
		if m := sp.folded(); m != nil {
			if image := m.swap(&s); holds(&image) != does {
				m.differs(id, &s)
			}
		}
		return does
	}
}

// report sums up; complete means that every reachable state was expanded and
// every property decided.
func report[S any](s *search, sp stateSpace[S], opt Options[S], complete bool) *Report[S] {
	r := &Report[S]{
		States: s.known, Transitions: s.steps, Depth: s.expanded, Memory: s.memory(),
		Complete: complete, Limit: s.limit, Elapsed: time.Since(s.start), Symmetry: opt.Symmetry,
	}
	for _, l := range s.levels[:min(len(s.levels), s.expanded+2)] {
		r.MaxFrontier = max(r.MaxFrontier, l.states)
	}
	r.Parts[0], r.Parts[1], _ = sp.extent()
	r.Rows, r.Strays = s.rows, s.strays
	for i, p := range opt.Properties {
		r.Results = append(r.Results, result(s, sp, p, &s.claims[i], complete))
		r.Results[i].Empty = p.From != nil && !s.met(premiseOf(p.ID))
		if s.claims[i].open && complete {
			r.Complete, r.Limit = false, "all states were found, on disk, where what is a matter of the whole graph can't be decided"
		}
	}
	if v, lossy := s.visited.(*sieve); lossy && complete {
		r.Missed = v.missed()
		r.Complete, r.Limit = false, fmt.Sprintf("not exhaustive: about %.2g new states were taken for known ones, and what only they lead to was not looked at", r.Missed)
	}
	if s.spill != nil {
		r.Disk = s.spill.octets()
	}
	return r
}

// shown reports whether a step, as number i of a way, shows what was found of a
// property, if it is one of those that do.
func (p *Property[S]) shown(f *find, i int, from *S, t *Succ[S]) bool {
	switch {
	case i < f.depth:
		return true
	case f.step >= 0:
		return t.Fault == p.ID || p.HoldsStep != nil && !p.HoldsStep(from, t.Label, &t.State)
	}
	return p.Only == nil || p.Only(t.Label)
}

// met reports whether something that is claimed to be so sometimes was found.
func (s *search) met(id string) bool {
	i := slices.IndexFunc(s.claims, func(c claim) bool { return c.id == id })
	return s.claims[i].find.found
}

func result[S any](s *search, sp stateSpace[S], p Property[S], c *claim, complete bool) Result[S] {
	r := Result[S]{Property: p}
	f := &c.find
	complete = complete && s.limits.lossy == 0
	switch {
	case f.found && p.Kind == Sometimes:
		r.Verdict = Holds
	case f.found:
		r.Verdict = Fails
	case !complete || c.open:
		r.Verdict = Undecided
	case p.Kind == Sometimes:
		r.Verdict = Fails
	default:
		r.Verdict = Holds
	}
	if f.found && s.uneven() == nil {
		r.Trace = trace(sp, &p, f, s.way(f))
	}
	return r
}

// trace gives the states of a way that shows something of a property.
func trace[S any](sp stateSpace[S], p *Property[S], f *find, w *way) *Trace[S] {
	if w == nil {
		return nil
	}
	if m := sp.folded(); m != nil {
		if f.step >= 0 {
			w.steps[f.depth].code = nil // any step that shows it, as it may be another one in the mirror
		}
		return m.unfold(sp.state(w.init), w, func(i int, from *S, t *Succ[S]) bool { return p.shown(f, i, from, t) })
	}
	t := &Trace[S]{Init: sp.state(w.init), Loop: w.loop}
	for _, st := range w.steps {
		t.Steps = append(t.Steps, Succ[S]{State: sp.state(st.code), Label: st.label, Rows: st.rows, Fault: st.fault, Fair: st.fair})
	}
	return t
}
