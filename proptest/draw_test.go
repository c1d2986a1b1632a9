package proptest

import (
	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// The draws know the variables of the table only by type, so that a new one is
// drawn from the day it is declared.

// step is a small distance between sequence numbers, or one at which an off-by-one
// would show.
func (c choose) step(what string) uint32 {
	if c.oneIn(16, what+" far") {
		return c.of(what, half, half-1, half+1, ^uint32(0)-1, 1460, 65535, c(what+" any", 0))
	}
	return c.of(what, 0, 1, 2, 3, ^uint32(0))
}

// size is a number of octets or of anything else: mostly few.
func (c choose) size(what string) uint32 {
	if c.oneIn(4, what+" large") {
		return c.of(what, 1460, 65535, 65536, 1<<30, half-1, half, half+1, ^uint32(0), c(what+" any", 0))
	}
	return c(what, 5)
}

// options draws the options of a profile, or any.
func (c choose) options() tcpfsm.Options {
	all := program().Profiles
	i := c("profile", uint32(len(all)+2))
	if int(i) < len(all) {
		return tcpfsm.Options(all[i])
	}
	return tcpfsm.Options(c.bits("options", len(program().Machine.Options)))
}

// anyTCB makes up a TCB in a state: each variable for itself, the sequence numbers
// of each end near to each other.
func (c choose) anyTCB(s tcpfsm.State, o tcpfsm.Options) tcpfsm.TCB {
	m := program().Machine
	values := []uint32{uint32(o), c.bits("armed", len(m.Timers))}
	for _, p := range m.Params {
		values = append(values, c.size(p.Name))
	}
	ours, theirs := c.base("our base"), c.base("their base")
	for _, v := range m.Vars {
		switch {
		case v.Type == spec.Flag:
			values = append(values, c(v.Name, 2))
		case v.Type == spec.Size:
			values = append(values, c.size(v.Name))
		case receives[v.Name]:
			values = append(values, theirs+c.step(v.Name))
		default:
			values = append(values, ours+c.step(v.Name))
		}
	}
	t := tcpfsm.TCB{State: s}
	t.SetValues(values)
	return t
}

// receives names the variables that hold sequence numbers of the other end.
var receives = map[string]bool{"IRS": true, "RCV.NXT": true, "SND.WL1": true, "TW.RCV.NXT": true}

// soundTCB makes up a TCB of which the invariants hold that are needed for sizes to
// mean anything: what was acknowledged was sent, and there is room for the window.
// The distance of any two of its numbers is less than 2^30.
func (c choose) soundTCB(s tcpfsm.State, o tcpfsm.Options) tcpfsm.TCB {
	t := c.anyTCB(s, o)
	for _, n := range []*uint32{&t.RcvBuf, &t.SndWnd, &t.MaxSndWnd, &t.Queued} {
		*n = c.octets("size")
	}
	t.Unread = min(t.Unread, t.RcvBuf)
	t.RcvWnd = c.of("window", 0, 1, 2, t.RcvBuf-t.Unread, t.RcvBuf-t.Unread)
	t.RcvWnd = min(t.RcvWnd, t.RcvBuf-t.Unread)
	t.SndUna = t.ISS + c("acknowledged", 4)
	t.SndNxt = t.SndUna + c.of("in flight", 0, 1, 2, 1460, 1<<20)
	t.RcvNxt = t.IRS + 1 + c("received", 4)
	t.SndWl1, t.SndWl2 = t.RcvNxt-c("WL1", 3), t.SndUna-c("WL2", 3)
	t.MaxSndWnd = max(t.MaxSndWnd, t.SndWnd)
	t.CloseQueued = t.CloseQueued || t.FinSent
	if t.FinSent {
		t.Queued = 0
	}
	return t
}

// octets is a size as a connection can have it: at most 2^30.
func (c choose) octets(what string) uint32 {
	return c.of(what, 0, 1, 2, 3, 5, 1460, 65535, 1<<30, c(what+" any", 1<<20))
}

// anySegment makes up a segment whose numbers are near to those of a TCB.
func (c choose) anySegment(t *tcpfsm.TCB) tcpfsm.Segment {
	return tcpfsm.Segment{
		Seq: c.near(t, "SEG.SEQ", t.RcvNxt), Ack: c.near(t, "SEG.ACK", t.SndNxt),
		Wnd: c.size("SEG.WND"), Text: c.edge(t, "SEG.TEXT"), Flags: c.flags(),
	}
}

// soundSegment is anySegment with sizes that a segment can have, and mostly the
// next one in sequence.
func (c choose) soundSegment(t *tcpfsm.TCB) tcpfsm.Segment {
	s := c.anySegment(t)
	s.Wnd, s.Text = c.octets("SEG.WND"), c.of("SEG.TEXT", 0, 1, 2, 1460, 65535, t.RcvWnd&0xffff)
	if !c.oneIn(4, "astray") {
		s.Seq, s.Ack = t.RcvNxt, c.of("SEG.ACK", t.SndNxt, t.SndUna, t.SndUna+1)
	}
	return s
}

// near is a usual number, or one near to any number of a TCB or to the edges of
// its windows.
func (c choose) near(t *tcpfsm.TCB, what string, usual uint32) uint32 {
	if c(what, 3) == 0 {
		return usual
	}
	n := c.of(what+" near", t.RcvNxt, t.SndNxt, t.SndUna, t.RcvNxt+t.RcvWnd, t.SndUna-t.MaxSndWnd, t.SndUna+t.SndWnd,
		t.IRS, t.ISS, t.SndWl1, t.SndWl2, t.TwSndNxt, t.TwRcvNxt)
	return n + c.step(what+" step")
}

// edge is a number of octets that just fits, or just does not.
func (c choose) edge(t *tcpfsm.TCB, what string) uint32 {
	if c.oneIn(4, what+" at an edge") {
		return c.of(what, t.RcvWnd, t.RcvBuf-t.Unread) + c.of(what+" step", 0, 1, ^uint32(0))
	}
	return c.size(what)
}

// flags are mostly such as TCP sends.
func (c choose) flags() tcpfsm.Flags {
	if c.oneIn(8, "odd flags") {
		return tcpfsm.Flags(c.bits("flags", 6))
	}
	return [...]tcpfsm.Flags{
		tcpfsm.ACK, tcpfsm.ACK, tcpfsm.ACK | tcpfsm.PSH, tcpfsm.ACK | tcpfsm.FIN, tcpfsm.ACK | tcpfsm.FIN,
		tcpfsm.SYN, tcpfsm.SYN | tcpfsm.ACK, tcpfsm.RST, tcpfsm.RST | tcpfsm.ACK,
	}[c("flags", 9)]
}

// anyEvent makes up an event for a TCB; the arguments that its kind does not have
// are drawn too, and must not matter.
func (c choose) anyEvent(t *tcpfsm.TCB, k tcpfsm.EventKind) tcpfsm.Event {
	return c.event(t, k, c.anySegment(t))
}

func (c choose) event(t *tcpfsm.TCB, k tcpfsm.EventKind, seg tcpfsm.Segment) tcpfsm.Event {
	e := tcpfsm.Event{Kind: k, Seg: seg}
	values := e.AppendValues(nil)
	for _, a := range arguments() {
		switch a.Type {
		case spec.Flag:
			values[a.Index] = c(a.Name, 2)
		case spec.Size:
			values[a.Index] = c.size(a.Name)
		default:
			values[a.Index] = c.near(t, a.Name, t.ISS)
		}
	}
	e.SetValues(values)
	return e
}

// anyKind draws a kind of event: half of the time a segment, which has most rows.
func (c choose) anyKind() tcpfsm.EventKind {
	if c("segment", 2) == 0 {
		return tcpfsm.EventSegment
	}
	return tcpfsm.EventKind(c("kind", uint32(len(program().Machine.Events))))
}

func (c choose) anyState() tcpfsm.State {
	return tcpfsm.State(c("state", uint32(len(program().Machine.States))))
}
