package proptest

import (
	"fmt"
	"strconv"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// A verb is what a move does.
type verb uint8

const (
	callListen verb = iota
	callOpen
	callSend
	callReceive
	callClose
	callAbort
	arrives
	waits
)

// callNames are the calls in traces, where the stack is host b.
var callNames = map[verb]string{
	callListen: "open passive", callOpen: "open active", callSend: "send", callReceive: "receive",
	callClose: "close", callAbort: "abort", waits: "wait",
}

// The hosts of a trace: the tester speaks as the peer.
const (
	peerName  = "a"
	stackName = "b"
)

// A base is what a number of a segment is counted from, so that a move keeps its
// meaning when those before it change.
type base uint8

const (
	fromStart base = iota // the initial sequence number of whom it belongs to
	fromNext              // RCV.NXT of a SEQ, SND.NXT of an ACK
	fromUna               // SND.UNA
	fromEdge              // the right edge of the receive window
)

// A place is a sequence number.
type place struct {
	base   base
	offset uint32 // modulo 2^32
}

// A move is one thing that is done to a stack.
type move struct {
	verb     verb
	n        uint32 // octets, or milliseconds
	flags    tcpfsm.Flags
	seq, ack place
	text     uint32
	wnd      uint32
}

// window is what the tester mostly announces.
const window = 65535

// segment is the one that a move means, for a TCB.
func (m *move) segment(t *tcpfsm.TCB, peerISS uint32) tcpfsm.Segment {
	s := tcpfsm.Segment{Seq: m.seq.offset, Ack: m.ack.offset, Wnd: m.wnd, Text: m.text, Flags: m.flags}
	switch {
	case m.seq.base == fromStart || t.State < tcpfsm.SynReceived:
		s.Seq += peerISS
	case m.seq.base == fromNext:
		s.Seq += t.RcvNxt
	case m.seq.base == fromEdge:
		s.Seq += t.RcvNxt + t.RcvWnd
	}
	switch m.ack.base {
	case fromStart:
		s.Ack += t.ISS
	case fromNext:
		s.Ack += t.SndNxt
	case fromUna:
		s.Ack += t.SndUna
	}
	if !s.Flags.Has(tcpfsm.ACK) {
		s.Ack = 0
	}
	return s
}

// action is a move as traces say it. Numbers are absolute: SEQ as it is, ACK from
// the stack's initial sequence number, which the header of the trace calls 0.
func (m *move) action(s *tcpfsm.Segment, stackISS uint32) trace.Action {
	if m.verb != arrives {
		hasN := m.verb == callSend || m.verb == callReceive || m.verb == waits
		return trace.Action{Kind: trace.Call, Host: stackName, Name: callNames[m.verb], N: m.n, HasN: hasN}
	}
	seg := trace.Segment{Flags: s.Flags.String(), Seq: trace.Num(s.Seq)}
	if s.Flags.Has(tcpfsm.ACK) {
		seg.Ack = trace.Num(s.Ack - stackISS)
	}
	if s.Wnd != window {
		seg.Wnd = trace.Num(s.Wnd)
	}
	if s.Text > 0 {
		seg.Len = trace.Num(s.Text)
	}
	return trace.Action{Kind: trace.Deliver, From: peerName, To: stackName, Segment: seg}
}

// moveOf reads a move from a trace whose header gives the peer's initial sequence
// number.
func moveOf(a trace.Action, peerISS uint32) (move, error) {
	switch {
	case a.Kind == trace.Deliver && a.From == peerName && a.To == stackName:
		return arrivalOf(&a.Segment, peerISS)
	case a.Kind == trace.Call && a.Host == stackName:
		for v, name := range callNames {
			if name == a.Name {
				return move{verb: v, n: a.N}, nil
			}
		}
	}
	return move{}, fmt.Errorf("%q: the stack is host %s and can be called (%v), and segments go from %s to it", a, stackName, callNames, peerName)
}

func arrivalOf(s *trace.Segment, peerISS uint32) (move, error) {
	flags, err := tcpfsm.ParseFlags(s.Flags)
	if err != nil {
		return move{}, err
	}
	m := move{verb: arrives, flags: flags, seq: place{fromStart, s.Seq.N - peerISS}, ack: place{fromStart, s.Ack.N}, text: s.Len.N, wnd: window}
	if m.text > 1<<16-1 {
		return move{}, fmt.Errorf("len=%d: a segment has at most 65535 octets", m.text)
	}
	if s.Wnd.Set {
		m.wnd = min(s.Wnd.N, 1<<16-1)
	}
	return m, nil
}

// event is what a move is to the machine.
func (m *move) event(s *tcpfsm.Segment) tcpfsm.Event {
	kinds := map[verb]tcpfsm.EventKind{
		callListen: tcpfsm.EventOpenPassive, callOpen: tcpfsm.EventOpenActive, callSend: tcpfsm.EventSend,
		callReceive: tcpfsm.EventReceive, callClose: tcpfsm.EventClose, callAbort: tcpfsm.EventAbort, arrives: tcpfsm.EventSegment,
	}
	return tcpfsm.Event{Kind: kinds[m.verb], Seg: *s, Octets: m.n, RemoteGiven: m.verb == callOpen}
}

func (m *move) duration() time.Duration { return time.Duration(m.n) * time.Millisecond }

// sayPlace prints where a number lies.
func sayPlace(name string, n uint32) string {
	if n == 0 {
		return name
	}
	return name + fmt.Sprintf("%+d", int32(n))
}

func parseISS(value, host string) (uint32, bool) {
	n, err := strconv.ParseUint(value, 10, 32)
	return uint32(n), err == nil && host == peerName
}
