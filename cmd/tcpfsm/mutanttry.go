package main

import (
	"context"
	"fmt"
	"time"

	"github.com/tcpfsm/tcpfsm/model/tcpnet"
	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/spec/mutate"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// fate is what became of a mutant.
type fate uint8

const (
	killed     fate = iota
	equivalent      // nothing can tell it from the table
	survived
)

var fateNames = [...]string{"killed", "equivalent", "survived"}

// A mutantResult says what became of a mutant, and why.
type mutantResult struct {
	mutant *mutate.Mutant
	fate   fate
	by     string // name of the property or law that kills it
	in     string // the system in which it does
	reason string // why it is equivalent, or what is missing
	known  knownMutant
	proved bool // equivalent by comparing, and not by the list
	late   bool // its time was over
	took   time.Duration
	err    error
}

// finding says in which way a result is not what is known, or "".
func (r *mutantResult) finding() string {
	switch {
	case r.fate == survived && r.known.kind == "" && !r.late:
		return "nothing notices this change: add a property or a bound that does, or say in the list why none can"
	case r.fate == killed && r.known.kind == listEquivalent:
		return "it is on the list of equivalent mutants: take it off"
	case r.proved && r.known.kind != "":
		return "it is found to be equivalent without the list: take it off"
	}
	return ""
}

// Ids of what kills besides the properties of package tcpnet.
const (
	killTable    = "P22"      // the table is not one: see spec.Program.Complaint
	killScenario = "scenario" // an expectation of a trace is not met
	killRows     = "rows"     // a row that fires in the table never does
	killDiagram  = "diagram"  // the diagram says otherwise: see spec.Program.Misdrawn
)

// try finds out what becomes of a mutant.
func (m *mutantRun) try(ctx context.Context, x *mutate.Mutant) (r mutantResult) {
	began := time.Now()
	r = mutantResult{mutant: x, known: m.known[x.ID]}
	defer func() { r.took = time.Since(began) }()
	if complaint := x.Program.Complaint(); complaint != "" {
		r.by, r.in = killTable, complaint
		return r
	}
	if r.reason = x.Equivalent(uint32(m.options)); r.reason != "" {
		r.fate, r.proved = equivalent, true
		return r
	}
	m.explore(ctx, x, &r)
	if ctx.Err() != nil {
		r.err = ctx.Err()
	}
	if r.fate == survived {
		r.reason = r.known.reason
		if r.known.kind == listEquivalent {
			r.fate = equivalent
		}
	}
	return r
}

// explore runs a mutant through the trials until one notices it or its time is
// over, to which what the table itself takes does not count.
func (m *mutantRun) explore(ctx context.Context, x *mutate.Mutant, r *mutantResult) {
	machine, left := patched(x), m.flags.mutants.each
	fired := map[tcpfsm.RowID]bool{}
	complete := true
	for _, t := range m.trials {
		if t.static != nil {
			if why := t.static(x.Program); why != "" {
				r.by, r.in = killDiagram, why
				return
			}
			continue
		}
		base, err := t.baseline(ctx)
		if err != nil {
			r.err = err
			return
		}
		if !base.meets(x) {
			addRows(fired, base.rows)
			continue
		}
		began := time.Now()
		found, err := t.within(ctx, left, machine, base.broken)
		left -= time.Since(began)
		switch {
		case err == context.DeadlineExceeded && ctx.Err() == nil:
			r.fate, r.late = survived, true
			return
		case err != nil:
			r.err = err
			return
		}
		if len(found.broken) > 0 {
			r.by, r.in = claimName(found.broken[0]), t.name
			return
		}
		complete = complete && (found.complete || t.partly)
		addRows(fired, found.rows)
	}
	if id := m.silent(x, fired); id != "" && complete {
		r.by, r.in = killRows, id+" never fires"
		return
	}
	r.fate, r.late = survived, !complete
}

func addRows(to, rows map[tcpfsm.RowID]bool) {
	for id := range rows {
		to[id] = true
	}
}

// silent names a row that fires in the table, is still there, and fired nowhere.
func (m *mutantRun) silent(x *mutate.Mutant, fired map[tcpfsm.RowID]bool) string {
	for _, r := range x.Program.Rows {
		id := tcpfsm.RowID(r.Index + 1)
		for _, t := range m.trials {
			if t.static == nil && t.base.rows[id] && !fired[id] {
				return r.ID
			}
		}
	}
	return ""
}

// patched runs the generated machine where a mutant is no other, and the
// interpreter where it is: proptest holds the two against each other.
func patched(x *mutate.Mutant) tcpnet.Machine {
	h := hybrid{program: x.Program, effects: map[tcpfsm.RowID][]*spec.Rule{}}
	for s := range x.Program.Cells {
		h.how = append(h.how, make([]patch, len(x.Program.Cells[s])))
		for e, cell := range x.Program.Cells[s] {
			switch {
			case !x.Changed(s, e):
			case x.SameGuards(s, e):
				h.how[s][e] = patchEffects
			default:
				h.how[s][e] = patchCell
			}
			for _, r := range cell {
				h.replace(x, r)
			}
		}
	}
	return h.step
}

// patch is how much of a cell a mutant changes.
type patch uint8

const (
	patchNone    patch = iota
	patchEffects       // what rows do, not when
	patchCell
)

// A hybrid is a machine of which some cells are interpreted.
type hybrid struct {
	program *spec.Program
	how     [][]patch
	effects map[tcpfsm.RowID][]*spec.Rule // changed rules, without their guards
}

// replace notes a rule that does something else than the generated row.
func (h *hybrid) replace(x *mutate.Mutant, r *spec.Rule) {
	if !x.Replaced(r) {
		return
	}
	now := *r
	now.Guard = nil
	h.effects[tcpfsm.RowID(r.Index+1)] = []*spec.Rule{&now}
}

func (h *hybrid) step(t *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) tcpfsm.RowID {
	switch h.how[t.State][ev.Kind] {
	case patchCell:
		return interpret(h.program, h.program.Cells[t.State][ev.Kind], t, ev, out)
	case patchEffects:
		before := *t
		row := tcpnet.Generated(t, ev, out)
		rules, ok := h.effects[row]
		if !ok {
			return row
		}
		*t = before
		return interpret(h.program, rules, t, ev, out)
	}
	return tcpnet.Generated(t, ev, out)
}

// A trial is a system in which mutants are noticed.
type trial struct {
	name   string
	static func(p *spec.Program) string // what is wrong with the table itself; or else:
	run    func(ctx context.Context, machine tcpnet.Machine, except []string) (outcome, error)
	partly bool // stops early, as a later trial does not

	once chan struct{} // holds one token until base is known
	base *baseline
}

// within runs a machine for at most some time.
func (t *trial) within(ctx context.Context, left time.Duration, machine tcpnet.Machine, except []string) (outcome, error) {
	limited, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	return t.run(limited, machine, except)
}

// An outcome is what a trial showed.
type outcome struct {
	broken   []string // ids of properties
	rows     map[tcpfsm.RowID]bool
	complete bool
}

// A baseline is what the table itself does in a trial.
type baseline struct {
	outcome
	cells [32][32]map[tcpfsm.RowID]bool // the rows that fire, by state and event
}

// baseline runs the table itself, once.
func (t *trial) baseline(ctx context.Context) (*baseline, error) {
	select {
	case <-t.once:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { t.once <- struct{}{} }()
	if t.base != nil {
		return t.base, nil
	}
	b := &baseline{}
	found, err := t.run(ctx, b.watch, nil)
	if err != nil {
		return nil, err
	}
	if !found.complete && !t.partly {
		return nil, fmt.Errorf("%s: the table itself is not explored completely: give more memory", t.name)
	}
	b.outcome, t.base = found, b
	return b, nil
}

// watch is the generated machine, and notes what it is asked. One goroutine runs it.
func (b *baseline) watch(t *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) tcpfsm.RowID {
	cell := &b.cells[t.State][ev.Kind]
	row := tcpnet.Generated(t, ev, out)
	if *cell == nil {
		*cell = map[tcpfsm.RowID]bool{}
	}
	(*cell)[row] = true
	return row
}

// meets reports whether the trial comes to a place that a mutant changes. If it
// does not, the mutant does there what the table does.
func (b *baseline) meets(x *mutate.Mutant) bool {
	for s := range x.Program.Cells {
		for e, cell := range x.Program.Cells[s] {
			rows := b.cells[s][e]
			if len(rows) == 0 || !x.Changed(s, e) {
				continue
			}
			if !x.SameGuards(s, e) {
				return true
			}
			for _, r := range cell {
				if x.Replaced(r) && rows[tcpfsm.RowID(r.Index+1)] {
					return true
				}
			}
		}
	}
	return false
}
