package tcpnet

import (
	"slices"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// A Law is a property of single steps, read from the text of the RFC and not from the
// table: what one event may do to one end, whatever came before. Each step of each Solo is
// held against every law.
type Law struct {
	ID, Text, Cite string
	judge          func(s *lawStep) verdict
}

// A verdict is what a law says of a step.
type verdict uint8

const (
	silent verdict = iota // nothing: the law is about other steps
	kept
	broken
)

// keeps is the verdict of a law that says something.
func keeps(ok bool) verdict {
	if ok {
		return kept
	}
	return broken
}

// Laws is the list, in the order in which a step is held against it: the first law that
// it breaks is the one that is named.
var Laws = slices.Concat(callLaws, arrivalLaws, ackLaws, sendLaws, timerLaws)

// breaks returns the id of the first law that a step breaks, of all or of some, or "".
func (s *lawStep) breaks(only []string) string {
	s.read()
	for i := range Laws {
		if (len(only) == 0 || slices.Contains(only, Laws[i].ID)) && Laws[i].judge(s) == broken {
			return Laws[i].ID
		}
	}
	return ""
}

// A lawStep is a step, and what the RFC says that it comes to.
type lawStep struct {
	before, after *tcpfsm.TCB
	ev            *tcpfsm.Event
	out           *tcpfsm.Output

	fate    fate
	expires bool // a timer that ran
	counts  bool // the acknowledgment and window of the segment count
	opens   bool // our SYN is sent for the first time, by OPEN, SEND or for a SYN
	ends    bool // the connection is over
	fresh   bool // the segment is the first that the peer is known by

	una, wnd   uint32 // SND.UNA and SND.WND once the segment counts
	ackNew     bool
	finAcked   bool
	skip, take uint32
	fin        bool // the peer's FIN is next, and taken

	sends  uint32 // octets that the user gives to SEND
	closes bool   // the user closes, and may
	pushes bool   // what the window allows must leave
	leaves uint32 // octets that do
	finOut bool   // our FIN does
}

// read works out what the step has to come to.
func (s *lawStep) read() {
	t := s.before
	s.fate, s.una, s.wnd = s.arrival(), t.SndUna, t.SndWnd
	s.counts = s.fate == taken || s.fate == beyondWindow
	timer, isExpiry := timerOf(s.ev.Kind)
	s.expires = isExpiry && t.Armed.Has(timer)
	s.readSegment()
	s.readCalls()
	s.opens = s.fate == synReceived || s.fate == synInTimeWait || s.opensActively()
	s.ends = s.isOver()
	s.readSending()
}

// opensActively reports whether a call sends our SYN.
func (s *lawStep) opensActively() bool {
	idle := s.before.State == tcpfsm.Closed || s.before.State == tcpfsm.Listen
	return idle && s.answer() == tcpfsm.AnswerOK &&
		(s.ev.Kind == tcpfsm.EventOpenActive || s.ev.Kind == tcpfsm.EventSend)
}

// readSegment is the fifth, seventh and eighth check of a segment that counts.
func (s *lawStep) readSegment() {
	t, seg := s.before, s.seg()
	if !s.counts {
		return
	}
	s.fresh = t.State == tcpfsm.SynSent || t.State == tcpfsm.SynReceived
	s.finAcked = s.ourFinAcked()
	if s.acknowledgesNew() {
		s.ackNew, s.una = true, seg.Ack
	}
	if s.newWindow() {
		s.wnd = seg.Wnd
	}
	if s.fate == taken && t.State <= tcpfsm.FinWait2 {
		s.readText()
	}
}

// newWindow reports whether the window of the segment is the latest: section 3.10.7.4.
func (s *lawStep) newWindow() bool {
	t, seg := s.before, s.seg()
	inFlight := seg.Ack-t.SndUna <= t.SndNxt-t.SndUna
	later := ahead(t.SndWl1, seg.Seq) || t.SndWl1 == seg.Seq && !ahead(seg.Ack, t.SndWl2)
	return s.fresh || inFlight && later
}

// readText finds the octets that are next, and whether the FIN is behind them.
func (s *lawStep) readText() {
	t, seg := s.before, s.seg()
	next := t.RcvNxt
	if t.State == tcpfsm.SynSent {
		next = s.textSeq()
	}
	if s.has(tcpfsm.SYN) && s.on(tcpfsm.OptBareSynAck) || ahead(next, s.textSeq()) || ahead(s.finSeq(), next) {
		return
	}
	if old := next - s.textSeq(); old < seg.Text && t.RcvWnd > 0 {
		s.skip, s.take = old, min(seg.Text-old, t.RcvWnd)
	}
	room := s.take < t.RcvWnd || s.on(tcpfsm.OptFinFree)
	handshake := t.State == tcpfsm.SynReceived && s.has(tcpfsm.SYN) // of figure 7, which has no FIN: the peer repeats it
	s.fin = s.has(tcpfsm.FIN) && s.finSeq() == next+s.take && room && !handshake
}

// readCalls is what SEND and CLOSE ask for.
func (s *lawStep) readCalls() {
	t := s.before
	if s.answer() != tcpfsm.AnswerOK {
		return
	}
	open := t.State == tcpfsm.SynReceived || t.State == tcpfsm.Established || t.State == tcpfsm.CloseWait
	switch s.ev.Kind {
	case tcpfsm.EventSend:
		s.sends = s.ev.Octets
	case tcpfsm.EventCloseOrphan:
		s.closes = open && (t.State == tcpfsm.SynReceived || t.Unread == 0)
	case tcpfsm.EventClose, tcpfsm.EventShutdown:
		s.closes = open
	}
}

// loses reports whether the user leaves text unread, which the peer must hear of.
func (s *lawStep) loses() bool {
	t := s.before
	open := t.State == tcpfsm.Established || t.State == tcpfsm.FinWait1 || t.State == tcpfsm.FinWait2 || t.State == tcpfsm.CloseWait
	return s.ev.Kind == tcpfsm.EventCloseOrphan && open && t.Unread > 0
}

// isOver reports whether the connection ends with this step.
func (s *lawStep) isOver() bool {
	t := s.before
	early := t.State == tcpfsm.Listen || t.State == tcpfsm.SynSent
	switch s.fate {
	case refusedGone, lateReset, resets, vanishes:
		return true
	case taken:
		return t.State == tcpfsm.LastAck && s.finAcked
	}
	switch s.ev.Kind {
	case tcpfsm.EventClose, tcpfsm.EventShutdown, tcpfsm.EventCloseOrphan:
		return s.loses() || early && s.answer() == tcpfsm.AnswerOK
	case tcpfsm.EventAbort:
		return t.State != tcpfsm.Closed
	case tcpfsm.EventIcmpHard:
		return t.State >= tcpfsm.SynSent && t.State != tcpfsm.TimeWait && (t.State == tcpfsm.SynSent || !s.on(tcpfsm.OptIcmpHardIsSoft))
	case tcpfsm.EventUserTimeout, tcpfsm.EventTimeWaitTimeout, tcpfsm.EventFinWait2Timeout:
		return s.expires
	}
	return s.givesUp()
}

// givesUp reports whether R2 retransmissions, or as many probes as may be lost, went
// without an answer.
func (s *lawStep) givesUp() bool {
	t, limit := s.before, s.before.R2
	switch {
	case !s.expires:
		return false
	case s.ev.Kind == tcpfsm.EventKeepAliveTimeout:
		return t.State <= tcpfsm.CloseWait && t.KeepMax > 0 && t.Probes >= t.KeepMax
	case t.State <= tcpfsm.SynReceived:
		limit = t.R2Syn
	}
	return s.ev.Kind == tcpfsm.EventRetransmissionTimeout && limit > 0 && t.Tries >= limit
}

// readSending finds what leaves now: what the window allows, then our FIN.
func (s *lawStep) readSending() {
	t := s.before
	opening := t.State <= tcpfsm.SynReceived
	s.pushes = s.counts && !s.ends || s.sends > 0 && !opening || s.closes && !s.closeWaits()
	if !s.pushes {
		return
	}
	queued, flight := t.Queued+s.sends, t.SndNxt-s.una
	usable := max(s.wnd, flight) - flight
	s.leaves = min(queued, usable)
	last := (t.CloseQueued || s.closes) && queued == s.leaves && !t.FinSent
	s.finOut = last && (s.on(tcpfsm.OptFinFree) || usable > s.leaves)
}

// closeWaits reports whether a CLOSE waits for the handshake to end.
func (s *lawStep) closeWaits() bool {
	t := s.before
	return t.State == tcpfsm.SynReceived && (t.CloseQueued || t.Queued > 0 || s.on(tcpfsm.OptDeferSynRcvdClose))
}

// texts reports whether this step sends text or FIN for the first time.
func (s *lawStep) texts() bool { return s.leaves > 0 || s.finOut }

// timerOf is the timer whose expiry an event is.
func timerOf(kind tcpfsm.EventKind) (tcpfsm.Timer, bool) {
	for timer := tcpfsm.TimerRTX; kind >= tcpfsm.EventUserTimeout && timer <= tcpfsm.TimerDelayedAck; timer++ {
		if timer.Event() == kind {
			return timer, true
		}
	}
	return 0, false
}
