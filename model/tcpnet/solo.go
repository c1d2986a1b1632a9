package tcpnet

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// Solo is one endpoint whose user calls anything at any time, whose timers expire
// whether armed or not, and whose peer sends anything: combinations of control
// bits, with sequence and acknowledgment numbers at and beside each border. It has no network and no honest peer, so it says
// nothing about delivery; it says what no peer can do to the machine, and which
// rows can fire at all.
type Solo struct {
	bounds  SoloBounds
	claims  []string // ids of the properties and laws to judge by; empty is all
	options tcpfsm.Options
	step    Machine
	pool    sync.Pool
}

// SoloState is a state of Solo.
type SoloState struct{ TCB tcpfsm.TCB }

// The numbers that Solo begins with: sequence numbers wrap, and the peer's are behind
// the zeros of a TCB that knows no peer.
const (
	soloISS = 1<<32 - 2
	soloIRS = 1<<31 + 500
)

// NewSolo makes the system for some options.
func NewSolo(b SoloBounds, options tcpfsm.Options, step Machine) *Solo {
	s := &Solo{bounds: b, options: options, step: step}
	s.pool.New = func() any { return &soloExpansion{solo: s} }
	return s
}

// Init gives an endpoint in CLOSED.
func (s *Solo) Init(dst []SoloState) []SoloState {
	b := &s.bounds
	return append(dst, SoloState{tcpfsm.TCB{
		Options: s.options, RcvBuf: b.RcvBuf, SndMss: b.SndMss, R1: b.R1, R2: b.R2, R2Syn: b.R2Syn, KeepMax: b.KeepMax, ChallengeMax: 1,
	}})
}

// Words is the width of the encoding.
func (s *Solo) Words() int { return tcbWords }

// Code packs a state.
func (s *Solo) Code(st *SoloState, w []uint64) { packTCB(&st.TCB, w) }

// Load unpacks a state.
func (s *Solo) Load(w []uint64, st *SoloState) { unpackTCB(&st.TCB, w) }

// A soloExpansion finds the successors of one state.
type soloExpansion struct {
	solo *Solo
	tcb  *tcpfsm.TCB
	dst  []model.Succ[SoloState]
	ev   tcpfsm.Event
	out  tcpfsm.Output
	next tcpfsm.TCB
	law  lawStep // here, as it would be allocated anew for each step
}

// Succ gives everything that can happen next.
func (s *Solo) Succ(st *SoloState, dst []model.Succ[SoloState]) []model.Succ[SoloState] {
	x := s.pool.Get().(*soloExpansion)
	x.tcb, x.dst = &st.TCB, dst
	x.calls()
	x.segments()
	dst = x.dst
	x.tcb, x.dst, x.law = nil, nil, lawStep{}
	s.pool.Put(x)
	return dst
}

// calls are every event but a segment, twice where an argument matters.
func (x *soloExpansion) calls() {
	for kind := range tcpfsm.Events() {
		if kind == tcpfsm.EventSegment || !x.solo.bounds.Calls.Has(kind) || kind == tcpfsm.EventSend && !x.maySend() {
			continue
		}
		x.ev = tcpfsm.Event{Kind: kind, ISN: soloISS, Octets: 1, RemoteGiven: true}
		x.run()
		if kind == tcpfsm.EventOpenActive || kind == tcpfsm.EventOpenPassive {
			x.ev.RemoteGiven = false
			x.run()
		}
	}
}

// maySend keeps sequence numbers finite: calls that will be refused are made always.
func (x *soloExpansion) maySend() bool {
	t := x.tcb
	return t.CloseQueued || t.State == tcpfsm.Closed || t.State == tcpfsm.Listen && t.Queued == 0 ||
		t.SndNxt-t.ISS+t.Queued <= max(x.solo.bounds.Octets, 1)
}

// segments are everything that a peer, or anybody in its name, may send.
func (x *soloExpansion) segments() {
	x.ev = tcpfsm.Event{Kind: tcpfsm.EventSegment, ISN: soloISS}
	seqs, acks := x.sequenceNumbers(), x.ackNumbers()
	for _, flags := range x.solo.bounds.Flags {
		for i, seq := range seqs {
			if repeated(seqs[:i], seq) {
				continue
			}
			for j, ack := range acks {
				if repeated(acks[:j], ack) || j > 0 && !flags.Has(tcpfsm.ACK) && !(j == 1 && x.solo.bounds.Thorough) {
					continue
				}
				x.segment(tcpfsm.Segment{Seq: seq, Ack: ack, Flags: flags})
			}
		}
	}
}

// sequenceNumbers are the borders of the receive window and what is beside them.
func (x *soloExpansion) sequenceNumbers() [6]uint32 {
	t := x.tcb
	if t.State < tcpfsm.SynReceived {
		return [6]uint32{soloIRS, soloIRS, soloIRS, soloIRS, soloIRS, soloIRS}
	}
	return [6]uint32{t.RcvNxt, t.RcvNxt - 1, t.RcvNxt - max(x.solo.bounds.Overlap, 1), t.RcvNxt + 1, t.RcvNxt + t.RcvWnd + 1, t.IRS}
}

// ackNumbers are the borders of what may be acknowledged and what is beside them; the
// first two are tried without ACK, too.
func (x *soloExpansion) ackNumbers() [7]uint32 {
	t, middle, late := x.tcb, x.tcb.SndUna, x.tcb.SndUna
	if x.solo.bounds.Thorough {
		middle, late = middle+1, late-1
	}
	return [7]uint32{t.SndNxt, t.SndNxt + 1, t.SndUna, middle, late, t.ISS, t.SndUna - t.MaxSndWnd - 1}
}

func repeated(before []uint32, n uint32) bool {
	for _, m := range before {
		if m == n {
			return true
		}
	}
	return false
}

// segment runs a segment with and without text, with a closed and an open
// window, and with what the host may say of it.
func (x *soloExpansion) segment(seg tcpfsm.Segment) {
	t := x.tcb
	b := &x.solo.bounds
	mayBringText := t.State < tcpfsm.SynReceived || b.Thorough && t.State >= tcpfsm.CloseWait || t.RcvNxt-t.IRS <= b.Octets
	for text := uint32(0); text <= b.Text; text++ {
		if text > 0 && !mayBringText {
			break
		}
		for _, wnd := range b.Windows {
			x.ev.Seg = seg
			x.ev.Seg.Text, x.ev.Seg.Wnd = text, wnd
			x.run()
		}
	}
	x.ev.BacklogFull = t.State == tcpfsm.Listen
	x.ev.AcceptFull = t.State == tcpfsm.SynReceived
	x.ev.ReuseOK = t.State == tcpfsm.TimeWait && t.ISS == soloISS
	if x.ev.BacklogFull || x.ev.AcceptFull || x.ev.ReuseOK {
		x.run()
	}
	x.ev.BacklogFull, x.ev.AcceptFull, x.ev.ReuseOK = false, false, false
}

// run adds the state that the event leads to.
func (x *soloExpansion) run() {
	x.next = *x.tcb
	row := x.solo.step(&x.next, &x.ev, &x.out)
	x.dst = append(x.dst, model.Succ[SoloState]{
		State: SoloState{x.next}, Label: uint64(x.ev.Kind), Rows: [2]uint16{uint16(row)},
		Fault: x.judge(),
	})
}

// judge returns the id of a property that the step breaks, or "".
func (x *soloExpansion) judge() string {
	only := x.solo.claims
	if id := judgeSteps(x.tcb, &x.next, &x.ev, &x.out); id != "" && (len(only) == 0 || slices.Contains(only, id)) {
		return id
	}
	x.law = lawStep{before: x.tcb, after: &x.next, ev: &x.ev, out: &x.out}
	return x.law.breaks(only)
}

// JudgedAlone gives those of the properties that are claims about one end alone too.
func JudgedAlone(ids []string) []string {
	judged := soloProperties(nil)
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		return !slices.ContainsFunc(judged, func(p model.Property[SoloState]) bool { return p.ID == id })
	})
}

// soloProperties are the claims about Net that mean something for one end alone, and the
// laws; or of both only some.
func soloProperties(only []string) []model.Property[SoloState] {
	var bound []model.Property[SoloState]
	for id, holds := range map[string]func(*SoloState) bool{
		propMonotonic: nil, propAcked: nil, propRstForRst: nil,
		propInvariants: func(s *SoloState) bool { return s.TCB.Check() == nil },
	} {
		p := propertyByID(id)
		bound = append(bound, model.Property[SoloState]{ID: id, Text: p.Text, Kind: p.Kind, Holds: holds})
	}
	for _, l := range Laws {
		bound = append(bound, model.Property[SoloState]{ID: l.ID, Text: l.Text, Kind: model.Step})
	}
	if len(only) > 0 {
		bound = slices.DeleteFunc(bound, func(p model.Property[SoloState]) bool { return !slices.Contains(only, p.ID) })
	}
	slices.SortFunc(bound, func(p, q model.Property[SoloState]) int { return cmp.Compare(p.ID, q.ID) })
	return bound
}

// SoloTrace writes a counterexample of Solo, a line for each step.
func SoloTrace(t *model.Trace[SoloState]) []string {
	var lines []string
	before := &t.Init
	for i := range t.Steps {
		s := &t.Steps[i]
		line := fmt.Sprintf("%v -> %v [%v]", tcpfsm.EventKind(s.Label), s.State.TCB.State, tcpfsm.RowID(s.Rows[0]))
		if i == len(t.Steps)-1 {
			line += fmt.Sprintf("\nbefore %+v\nafter  %+v", before.TCB, s.State.TCB)
			if err := s.State.TCB.Check(); err != nil {
				line += "\n" + err.Error()
			}
		}
		lines = append(lines, line)
		before = &s.State
	}
	return lines
}

// Excluded are rows that no system here can fire, and why.
var Excluded = map[string]string{
	"timewait.unarmed":      "in TIME-WAIT the 2 MSL timer always runs (invariant two-msl)",
	"synrcvd.rst.timewait":  "needs a connection that reuses TIME-WAIT",
	"closewait.persist.fin": "with finFree, FIN waits for no window",
}

// RunSolo explores Solo for some options.
func RunSolo(ctx context.Context, b SoloBounds, options tcpfsm.Options, opt RunOptions) (*model.Report[SoloState], error) {
	if opt.Machine == nil {
		opt.Machine = Generated
	}
	solo := NewSolo(b, options, opt.Machine)
	solo.claims = opt.Only
	return model.Explore(ctx, solo, model.Options[SoloState]{
		Properties: soloProperties(opt.Only), Workers: opt.Workers, KeepGoing: opt.KeepGoing,
		MaxStates: opt.MaxStates, MaxMemory: opt.MaxMemory,
	})
}
