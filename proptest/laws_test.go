package proptest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// A step is an event and what it did.
type step struct {
	before tcpfsm.TCB
	event  tcpfsm.Event
	result
}

// A law is a property of every organic step for which when holds. Spoil breaks it: a
// law that a spoilt step still obeys says nothing.
type law struct {
	name  string
	when  func(*step) bool
	holds func(*step) bool
	spoil func(*step)
}

// broken is the first law that a step breaks, or nil.
func (s *step) broken() *law {
	for i := range laws {
		if laws[i].when(s) && !laws[i].holds(s) {
			return &laws[i]
		}
	}
	return nil
}

// canFail checks that a law tells a spoilt step from a good one.
func (l *law) canFail(t *testing.T, s step) {
	l.spoil(&s)
	if l.holds(&s) {
		t.Fatalf("law %q holds of a spoilt step\n%s", l.name, s.report(l))
	}
}

func (s *step) report(l *law) string {
	return fmt.Sprintf("law broken: %s\n%srow %v\nafter: %s%+v\ninvariants: %v", l.name,
		describe(s.before, &s.event), s.row, describe(s.tcb, &tcpfsm.Event{}), s.out, s.tcb.Check())
}

func seqLE(a, b uint32) bool { return int32(a-b) <= 0 }

var laws = []law{
	{"some row fires", always,
		func(s *step) bool { return s.row != tcpfsm.RowNone },
		func(s *step) { s.row = tcpfsm.RowNone }},
	{"the invariants of the table hold", always,
		func(s *step) bool { return s.tcb.Check() == nil },
		func(s *step) { s.tcb = tcpfsm.TCB{Passive: true} }},
	{"options and parameters are the user's", always,
		func(s *step) bool { return settings(&s.tcb) == settings(&s.before) },
		func(s *step) { s.tcb.R2++ }},

	{"RCV.NXT does not run backwards", func(s *step) bool { return s.sameConnection() && s.before.RcvNxt != s.tcb.RcvNxt },
		func(s *step) bool { return seqLE(s.before.RcvNxt, s.tcb.RcvNxt) },
		func(s *step) { s.tcb.RcvNxt = s.before.RcvNxt - 1 }},
	{"SND.UNA does not run backwards", func(s *step) bool { return s.sameConnection() && s.before.SndUna != s.tcb.SndUna },
		func(s *step) bool { return seqLE(s.before.SndUna, s.tcb.SndUna) },
		func(s *step) { s.tcb.SndUna = s.before.SndUna - 1 }},
	{"SND.NXT does not run backwards", func(s *step) bool { return s.sameConnection() && s.before.SndNxt != s.tcb.SndNxt },
		func(s *step) bool { return seqLE(s.before.SndNxt, s.tcb.SndNxt) },
		func(s *step) { s.tcb.SndNxt = s.before.SndNxt - 1 }},

	{"RCV.NXT goes on by what is taken, and by one for the FIN", (*step).sameConnection,
		func(s *step) bool { return s.tcb.RcvNxt-s.before.RcvNxt == s.out.Take+count(s.takesFIN()) },
		func(s *step) { s.out.Take++ }},
	{"a FIN is taken behind everything before it", (*step).takesFIN,
		func(s *step) bool { return s.event.Seg.Seq+s.event.Seg.Len() == s.tcb.RcvNxt },
		func(s *step) { s.event.Seg.Seq++ }},
	{"an acknowledgment of what was not sent brings nothing", (*step).acksUnsent,
		func(s *step) bool {
			return s.out.Take == 0 && s.tcb.State == s.before.State && s.tcb.SndWnd == s.before.SndWnd
		},
		func(s *step) { s.out.Take = 1 }},
	{"the right edge of the receive window does not move left", func(s *step) bool { return s.sameConnection() && edge(&s.before) != edge(&s.tcb) },
		func(s *step) bool { return seqLE(edge(&s.before), edge(&s.tcb)) },
		func(s *step) { s.tcb.RcvWnd = s.before.RcvWnd - 1 - (s.tcb.RcvNxt - s.before.RcvNxt) }},

	{"what is taken is acknowledged, or the delayed ACK timer runs", func(s *step) bool { return s.out.Take > 0 && s.lives() },
		func(s *step) bool {
			return s.tcb.Armed.Has(tcpfsm.TimerDelayedAck) || slices.ContainsFunc(s.sent(), acknowledges)
		},
		func(s *step) { s.tcb.Armed, s.out.Ctl, s.out.Data = 0, tcpfsm.Segment{}, tcpfsm.Segment{} }},
	{"an acknowledgment is up to date", func(s *step) bool { return s.lives() && slices.ContainsFunc(s.sent(), acknowledges) },
		func(s *step) bool {
			return !slices.ContainsFunc(s.sent(), func(g tcpfsm.Segment) bool { return acknowledges(g) && g.Ack != s.tcb.RcvNxt })
		},
		func(s *step) { s.tcb.RcvNxt++ }},
	{"a RST is not answered by a RST", func(s *step) bool { return s.arrives(tcpfsm.RST) },
		func(s *step) bool {
			return !slices.ContainsFunc(s.sent(), func(g tcpfsm.Segment) bool { return g.Flags.Has(tcpfsm.RST) })
		},
		func(s *step) { s.out.Ctl.Flags = tcpfsm.RST }},
	{"new text stays inside the peer's window, but for the probe", (*step).sendsNew,
		func(s *step) bool { return s.out.Data.Seq+s.out.Data.Text-s.tcb.SndUna <= s.tcb.SndWnd },
		func(s *step) { s.out.Data.Text = s.tcb.SndWnd + 1 }},

	{"octets received are delivered or unread", func(s *step) bool { return s.sameConnection() && s.out.Take+s.out.Delivered > 0 },
		func(s *step) bool { return s.before.Unread+s.out.Take == s.tcb.Unread+s.out.Delivered },
		func(s *step) { s.tcb.Unread++ }},
	{"octets queued are sent once", func(s *step) bool { return s.sameConnection() && s.before.SndNxt != s.tcb.SndNxt },
		func(s *step) bool { return s.before.Queued+s.accepted() == s.tcb.Queued+s.sentNew() },
		func(s *step) { s.tcb.Queued++ }},
	{"octets acknowledged were sent", func(s *step) bool { return s.out.Acked > 0 && s.sameConnection() },
		func(s *step) bool { return s.out.Acked <= s.tcb.SndUna-s.before.SndUna },
		func(s *step) { s.out.Acked = s.tcb.SndUna - s.before.SndUna + 1 }},

	{"a refused call changes nothing", func(s *step) bool { return s.out.Answer != tcpfsm.AnswerOK },
		func(s *step) bool { return s.tcb == s.before && s.out == tcpfsm.Output{Answer: s.out.Answer} },
		func(s *step) { s.tcb.Queued++ }},
	{"a signal that ends the connection ends it", func(s *step) bool { return s.out.Signals&lastSignals != 0 },
		func(s *step) bool {
			return s.tcb.State == tcpfsm.Closed || s.before.SavedTW && s.tcb.State == tcpfsm.TimeWait
		},
		func(s *step) { s.tcb.State = tcpfsm.Established }},
	{"the timers of TIME-WAIT and FIN-WAIT-2 run nowhere else", func(s *step) bool { return s.tcb.Armed&(1<<tcpfsm.TimerTimeWait|1<<tcpfsm.TimerFinWait2) != 0 },
		func(s *step) bool {
			return s.tcb.Armed.Has(tcpfsm.TimerTimeWait) == (s.tcb.State == tcpfsm.TimeWait) &&
				(!s.tcb.Armed.Has(tcpfsm.TimerFinWait2) || s.tcb.State == tcpfsm.FinWait2)
		},
		func(s *step) { s.tcb.State = tcpfsm.Established }},
	{"started and stopped timers are armed and disarmed", func(s *step) bool { return s.out.Started|s.out.Stopped != 0 },
		func(s *step) bool {
			return s.out.Started&s.out.Stopped == 0 && s.tcb.Armed == (s.before.Armed|s.out.Started)&^s.out.Stopped
		},
		func(s *step) { s.tcb.Armed ^= s.out.Started | s.out.Stopped }},
}

// lastSignals are those after which there is nothing more to hear.
const lastSignals tcpfsm.Signals = 1<<tcpfsm.SignalReset | 1<<tcpfsm.SignalRefused | 1<<tcpfsm.SignalClosing |
	1<<tcpfsm.SignalUserTimeout | 1<<tcpfsm.SignalTimedOut | 1<<tcpfsm.SignalUnreachable

// edge is the first sequence number beyond the receive window.
func edge(t *tcpfsm.TCB) uint32 { return t.RcvNxt + t.RcvWnd }

func always(*step) bool { return true }

// settings is a TCB with nothing in it but what the user has set.
func settings(t *tcpfsm.TCB) tcpfsm.TCB {
	return tcpfsm.TCB{
		Options: t.Options, RcvBuf: t.RcvBuf, SndMss: t.SndMss, R1: t.R1, R2: t.R2, R2Syn: t.R2Syn,
		KeepMax: t.KeepMax, ChallengeMax: t.ChallengeMax,
	}
}

// lives reports whether there is a connection after the step.
func (s *step) lives() bool { return s.tcb.State >= tcpfsm.SynSent }

// sameConnection reports whether both ends of the step are the same connection, whose
// sequence numbers are known. TIME-WAIT may give way to a new one, and come back.
func (s *step) sameConnection() bool {
	from, to := s.before.State, s.tcb.State
	return from >= tcpfsm.SynReceived && to >= tcpfsm.SynReceived &&
		!(from == tcpfsm.TimeWait && to == tcpfsm.SynReceived) && !(from == tcpfsm.SynReceived && to == tcpfsm.TimeWait)
}

func (s *step) arrives(f tcpfsm.Flags) bool {
	return s.event.Kind == tcpfsm.EventSegment && s.event.Seg.Flags.Has(f)
}

// takesFIN reports whether the step takes the peer's FIN.
func (s *step) takesFIN() bool { return s.out.Signals&(1<<tcpfsm.SignalRemoteClosing) != 0 }

// acksUnsent reports whether a segment that is no RST acknowledges what is to come.
func (s *step) acksUnsent() bool {
	return s.before.State >= tcpfsm.Established && s.arrives(tcpfsm.ACK) && !s.arrives(tcpfsm.RST) &&
		!seqLE(s.event.Seg.Ack, s.before.SndNxt)
}

func count(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

// sent are the segments that the step sends.
func (s *step) sent() []tcpfsm.Segment {
	return slices.DeleteFunc([]tcpfsm.Segment{s.out.Ctl, s.out.Data}, func(g tcpfsm.Segment) bool { return g.Flags == 0 })
}

func acknowledges(g tcpfsm.Segment) bool { return g.Flags.Has(tcpfsm.ACK) && !g.Flags.Has(tcpfsm.RST) }

// sendsNew reports whether text leaves for the first time.
func (s *step) sendsNew() bool {
	return s.out.Data.Text > 0 && s.out.Data.Seq == s.before.SndNxt && s.sameConnection() && s.event.Kind != tcpfsm.EventPersistTimeout
}

// accepted are the octets that the user has handed over.
func (s *step) accepted() uint32 {
	if s.event.Kind == tcpfsm.EventSend && s.out.Answer == tcpfsm.AnswerOK {
		return s.event.Octets
	}
	return 0
}

// sentNew are the octets of text sent for the first time: what SND.NXT has gone on by,
// without the FIN.
func (s *step) sentNew() uint32 {
	n := s.tcb.SndNxt - s.before.SndNxt
	if s.tcb.FinSent && !s.before.FinSent {
		n--
	}
	return n
}
