package proptest

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// A trial does the same to a stack and to the table, move by move.
type trial struct {
	cfg   *Config
	stack Stack
	belief
	now     time.Duration
	peerISS uint32
	opened  bool // a connection was begun; when it is CLOSED again, the trial is over

	sent     uint32 // octets the user has sent
	received uint32 // octets the user has received
	edge     uint32 // right edge of the window that the stack has announced
	hasEdge  bool

	honest  bool   // the peer does not contradict itself
	textEnd uint32 // behind the last octet that the peer has sent into the window
	finAt   uint32 // where the peer's FIN is
	hasFin  bool

	wasWarned bool // before the last move
	lines     []trace.Line
	seen      []trace.Want // segments of the last line, which the table explains
	rows      []tcpfsm.RowID
}

// begin makes a fresh stack, and a table in CLOSED.
func begin(cfg *Config, newStack func() Stack, peerISS uint32) *trial {
	t := &trial{cfg: cfg, stack: newStack(), peerISS: peerISS}
	t.tcb = tcpfsm.TCB{Options: cfg.Options, SndMss: peerMSS, RcvBuf: window, ChallengeMax: 1 << 30}
	return t
}

// peerMSS is what the tester takes: it announces nothing (MUST-15).
const peerMSS = 536

// over reports whether nothing more can be learned.
func (t *trial) over() bool { return t.opened && t.tcb.State == tcpfsm.Closed }

// do carries out a move; nil if the stack does what the table says.
func (t *trial) do(m move) (f *Finding) {
	seg := m.segment(&t.tcb, t.peerISS)
	before := t.tcb
	if m.verb == arrives && t.contradicts(&seg) && t.honest {
		return nil
	}
	t.lines = append(t.lines, trace.Line{Action: m.action(&seg, before.ISS)})
	t.wasWarned, t.seen, t.row = t.warned, nil, tcpfsm.RowNone
	defer func() {
		if reason := recover(); reason != nil {
			f = t.finding(&before, &seg, nil, fmt.Sprintf("the stack, or what drives it, panicked: %v", reason))
		}
		t.expect()
	}()
	if m.verb == waits {
		return t.wait(m.duration())
	}
	t.opened = t.opened || m.verb == callListen || m.verb == callOpen
	return t.act(&m, &seg)
}

// act does a move that takes no time.
func (t *trial) act(m *move, seg *tcpfsm.Segment) *Finding {
	before := t.tcb
	n, err := t.carryOut(m, seg)
	got, problem := t.departed()
	if problem != "" {
		return t.finding(&before, seg, got, problem)
	}
	event := m.event(seg)
	if m.verb == callSend && err == nil {
		event.Octets = n
	}
	event.ISN = isnIn(got)
	event.ReuseOK = before.Passive && int32(seg.Seq-before.RcvNxt) > 0 // RFC 6191, without timestamps
	seen := simplified(got)
	if m.verb == callReceive {
		seen = slices.Compact(seen) // several reads may each tell of the window
	}
	if !t.settle(event, seen) {
		return t.finding(&before, seg, got, "")
	}
	t.belief.adopt(got)
	if t.tcb.State < tcpfsm.SynReceived || before.State == tcpfsm.TimeWait && t.tcb.State == tcpfsm.SynReceived {
		t.hasEdge, t.hasFin, t.textEnd, t.held = false, false, 0, nil // another connection begins
		t.sent, t.received = 0, 0
	}
	if problem := t.answered(m, n, err); problem != "" {
		return t.finding(&before, seg, got, problem)
	}
	t.sends(&before, seen)
	return nil
}

// sends writes down segments of the stack for the trace, which counts their numbers
// from its initial sequence number; that of a SYN may be a new one.
func (t *trial) sends(before *tcpfsm.TCB, segs []tcpfsm.Segment) {
	for _, s := range segs {
		iss := before.ISS
		if s.Flags.Has(tcpfsm.SYN) || before.State < tcpfsm.SynSent {
			iss = t.tcb.ISS
		}
		seg := trace.Segment{Flags: s.Flags.String(), Seq: trace.Num(s.Seq - iss)}
		if s.Flags.Has(tcpfsm.ACK) {
			seg.Ack = trace.Num(s.Ack)
		}
		if s.Text > 0 {
			seg.Len = trace.Num(s.Text)
		}
		t.seen = append(t.seen, trace.Want{Kind: trace.WantSent, From: stackName, To: peerName, Segment: seg})
	}
}

// contradicts reports whether a segment says something else than the peer has said
// before: text or a second FIN behind its FIN. A stack that keeps early segments may
// believe either, so that an honest peer does not send such a segment. What lies
// outside of the window is not kept.
func (t *trial) contradicts(seg *tcpfsm.Segment) bool {
	b := &t.tcb
	if b.State < tcpfsm.SynReceived || seg.Flags&(tcpfsm.SYN|tcpfsm.RST) != 0 || seg.Seq-b.RcvNxt > b.RcvWnd && int32(seg.Seq-b.RcvNxt) > 0 {
		return false
	}
	if seg.Len() == 0 || int32(seg.Seq+seg.Len()-b.RcvNxt) <= 0 {
		return false
	}
	end, fin := seg.Seq+seg.Text, seg.Flags.Has(tcpfsm.FIN)
	switch {
	case t.hasFin && (int32(end-t.finAt) > 0 || fin && end != t.finAt):
		return true
	case fin && t.textEnd != 0 && int32(end-t.textEnd) < 0:
		return true
	}
	if fin {
		t.hasFin, t.finAt = true, end
	}
	if t.textEnd == 0 || int32(end-t.textEnd) > 0 {
		t.textEnd = end
	}
	return false
}

// carryOut does a move to the stack: octets that a call moved, and its error.
func (t *trial) carryOut(m *move, seg *tcpfsm.Segment) (uint32, error) {
	switch m.verb {
	case callListen:
		return 0, t.stack.Listen()
	case callOpen:
		return 0, t.stack.Open()
	case callSend:
		n, err := t.stack.Send(octets(1, t.sent, m.n))
		return uint32(n), err
	case callReceive:
		return t.receive(m.n)
	case callClose:
		return 0, t.stack.Close()
	case callAbort:
		return 0, t.stack.Abort()
	}
	first := uint32(0) // of a SYN that is taken, or nothing knows where the stream begins
	if t.tcb.State >= tcpfsm.SynReceived {
		first = seg.Seq - t.tcb.IRS - 1
		if seg.Flags.Has(tcpfsm.SYN) {
			first++
		}
	}
	s := Packet{Payload: octets(0, first, seg.Text)}
	s.Segment = *seg
	t.stack.Arrive(s)
	return 0, nil
}

// receive reads until so many octets have come, or there are no more.
func (t *trial) receive(want uint32) (got uint32, err error) {
	buf := make([]byte, want)
	for got < want && err == nil {
		var n int
		n, err = t.stack.Receive(buf[got:])
		if got += uint32(n); n == 0 {
			break
		}
	}
	if got > 0 && errors.Is(err, io.EOF) {
		err = nil // there is text before the end
	}
	if err == nil && !slices.Equal(buf[:got], octets(0, t.received, got)) {
		err = fmt.Errorf("octets %d to %d are not those that were sent", t.received, t.received+got)
	}
	t.received += got
	return got, err
}

// departed are the segments that the stack has sent, and what is wrong with them
// whatever the table says.
func (t *trial) departed() (got []tcpfsm.Segment, problem string) {
	for _, s := range t.stack.Departed() {
		s.Segment.Text = uint32(len(s.Payload))
		got = append(got, s.Segment)
		if first := s.Seq - t.tcb.ISS - 1; len(s.Payload) > 0 && !slices.Equal(s.Payload, octets(1, first, s.Segment.Text)) {
			problem = fmt.Sprintf("the text of %v is not what was sent there", s.Segment)
		}
		if s.Flags&(tcpfsm.RST|tcpfsm.ACK) != tcpfsm.ACK {
			continue
		}
		if edge := s.Ack + s.Wnd; !t.hasEdge || int32(edge-t.edge) >= 0 {
			t.edge, t.hasEdge = edge, true
		} else if !s.Flags.Has(tcpfsm.SYN) && t.tcb.State >= tcpfsm.Established {
			problem = fmt.Sprintf("the right edge of the window goes back by %d (RFC 9293 section 3.8.6, SHLD-14)", t.edge-edge)
		}
	}
	return got, problem
}

// isnIn is the initial sequence number that the stack has chosen, if it has just
// done so.
func isnIn(got []tcpfsm.Segment) uint32 {
	for _, s := range got {
		if s.Flags.Has(tcpfsm.SYN) {
			return s.Seq
		}
	}
	return 0
}

// settle finds the belief that explains what was seen. Without one it believes what
// the table says first, and reports false.
func (t *trial) settle(e tcpfsm.Event, got []tcpfsm.Segment) bool {
	before := t.belief
	first := before.after(t.cfg.Table, t.now, e)
	t.rows = append(t.rows, first.row)
	challenge := first.challenged(&before)
	if challenges[first.row] {
		first.warned = true
	}
	if e.Kind == tcpfsm.EventSegment {
		first.hold(e.Seg)
	}
	if t.choose([]*belief{first}, got) {
		t.belief.forget()
		return true
	}
	list := []*belief{first}
	if e.Kind == tcpfsm.EventReceive {
		list = append(list, first.announced())
	}
	if challenge && before.warned && before.tcb.Options.Has(tcpfsm.OptAckThrottle) {
		list = append(list, before.throttled(t.cfg.Table, t.now, e))
	}
	if e.Kind == tcpfsm.EventSegment {
		upTo, known := ackIn(got)
		if refilled := first.refilled(t.cfg.Table, t.now, upTo, known); refilled != nil {
			list = append(list, refilled)
		}
	}
	for _, b := range list {
		list = append(list, b.expired(t.cfg.Table, t.now)...)
	}
	return t.choose(list, got)
}

// challenges are the rows that answer with a challenge ACK. A stack may count all of
// them, where the table lets those be for text and FIN.
var challenges = map[tcpfsm.RowID]bool{
	tcpfsm.RowUnacceptable: true, tcpfsm.RowAckChallenge: true, tcpfsm.RowSynChallenge: true, tcpfsm.RowRstChallenge: true,
	tcpfsm.RowTimewaitOld: true, tcpfsm.RowTimewaitAnswered: true,
}

// ackIn is what the stack acknowledges, if it does.
func ackIn(got []tcpfsm.Segment) (ack uint32, found bool) {
	for _, s := range got {
		if s.Flags&(tcpfsm.ACK|tcpfsm.RST) == tcpfsm.ACK && (!found || int32(s.Ack-ack) > 0) {
			ack, found = s.Ack, true
		}
	}
	return ack, found
}

// choose takes the first belief of a list that explains what was seen, or the very
// first.
func (t *trial) choose(list []*belief, got []tcpfsm.Segment) bool {
	state := t.stack.State()
	for _, b := range list {
		if b.tcb.State == state && b.explains(got) {
			t.belief = *b
			return true
		}
	}
	t.belief = *list[0]
	return false
}

// answered says what is wrong with the answer to a call.
func (t *trial) answered(m *move, n uint32, err error) string {
	answer := t.out.Answer
	switch m.verb {
	case arrives:
		return ""
	case callReceive:
		return t.answeredReceive(n, err)
	case callSend:
		if err == nil {
			t.sent += n
		}
	}
	if (err != nil) != (answer.Err() != nil) {
		return fmt.Sprintf("the call is answered %q, the table answers %q", fmt.Sprint(err), answer.Error())
	}
	return ""
}

// answeredReceive compares octets, and the end of the stream. A stack that loses what
// was not read when both have closed may call the end an error, as the RFC does.
func (t *trial) answeredReceive(n uint32, err error) string {
	refused := t.out.Answer != tcpfsm.AnswerOK && t.out.Answer != tcpfsm.AnswerPending
	switch {
	case n != t.out.Delivered:
		return fmt.Sprintf("RECEIVE gives %d octets, the table %d", n, t.out.Delivered)
	case t.tcb.State < tcpfsm.Established: // before there is a stream, sockets refuse what the RFC lets wait
	case refused != (err != nil):
		return fmt.Sprintf("RECEIVE gives %d octets and %q, the table %d octets and %q", n, fmt.Sprint(err), t.out.Delivered, t.out.Answer.Error())
	}
	return ""
}

// expect writes down what the table says, beside the last line.
func (t *trial) expect() {
	last := &t.lines[len(t.lines)-1]
	last.Wants = append([]trace.Want{{Host: stackName, State: t.tcb.State.String()}}, t.seen...)
}

// finding describes what is different after the last move.
func (t *trial) finding(before *tcpfsm.TCB, seg *tcpfsm.Segment, got []tcpfsm.Segment, problem string) *Finding {
	var want []tcpfsm.Segment
	for _, e := range t.belief.wanted() {
		want = append(want, e.Segment)
	}
	f := &Finding{Row: t.row, Before: before.State, Action: t.lines[len(t.lines)-1].Action, Window: before.RcvWnd, Challenged: t.wasWarned, Repeated: t.tries > 0, Rows: slices.Clone(t.rows), Problem: problem}
	f.Said = Reaction{t.tcb.State, relative(want, before.SndNxt, before.RcvNxt)}
	f.Came = Reaction{t.look(), relative(simplified(got), before.SndNxt, before.RcvNxt)}
	if f.Action.Kind == trace.Deliver {
		f.Segment = *seg
		f.Segment.Seq -= before.RcvNxt
		f.Segment.Ack -= before.SndNxt
	}
	t.sends(before, want)
	t.expect()
	f.Trace = &trace.File{Header: append(f.header(), t.header()...), Lines: slices.Clone(t.lines)}
	return f
}

// look asks for the stack's state, which may be beyond answering.
func (t *trial) look() (s tcpfsm.State) {
	defer func() { _ = recover() }()
	return t.stack.State()
}

// header says under which options a trace replays, and what its numbers mean.
func (t *trial) header() []trace.Setting {
	head := profileSettings(t.cfg.Options)
	return append(head, trace.Setting{Key: "iss", Value: fmt.Sprintf("%s=%d %s=0", peerName, t.peerISS, stackName)})
}
