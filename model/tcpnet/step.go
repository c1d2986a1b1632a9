package tcpnet

import (
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// finish runs the event, then lets an eager user read. The step is withdrawn if
// the network has no room for what is sent.
func (x *expansion) finish() {
	arrived := x.ev.Kind == tcpfsm.EventSegment
	ok := x.feed(0)
	if h := &x.next.To; ok && arrived && !x.net.b.Lazy && !h.Left && !h.Waiting && h.TCB.Unread > 0 {
		x.ev = tcpfsm.Event{Kind: tcpfsm.EventReceive, Octets: h.TCB.Unread}
		ok = x.feed(1)
	}
	if !ok {
		x.withdraw()
	}
}

// feed runs one event and judges what came of it. It reports whether there was
// room in the network for all that was sent.
func (x *expansion) feed(number int) bool {
	h := &x.next.To
	x.old = h.TCB
	x.next.Row[number] = uint16(x.net.step(&h.TCB, &x.ev, &x.out))
	x.meet()
	x.account()
	x.judge()
	ok := x.transmit(&x.out.Ctl) && x.transmit(&x.out.Data)
	x.wait()
	if why := x.net.outOfBounds(x.host, &h.TCB); why != "" {
		x.leave(why)
		h.TCB = x.net.zero.TCB // anything that goes no further
	}
	return ok
}

// fault notes the first property that a step breaks, of those that are claimed.
func (x *expansion) fault(id string) {
	if x.next.Fault == "" && x.net.faults[id] {
		x.next.Fault = id
	}
}

// leave is the fault of a value that is beyond the bounds.
func (x *expansion) leave(why string) {
	x.fault(propBounds)
	x.why = why
}

// meet notes whose SYN was taken. With equal initial sequence numbers that can be
// an old one, and yet the connection is with the peer's later one, which shows when
// something of that is taken.
func (x *expansion) meet() {
	h := &x.next.To
	before, after := x.old.State, h.TCB.State
	if !x.net.traces {
		h.Peer = 0
		if after >= tcpfsm.SynReceived {
			h.Peer = 1 // there is nobody else
		}
		return
	}
	if x.from == 0 || x.from.forged() || !incarnation(&h.TCB) {
		return
	}
	learns := x.ev.Seg.Flags.Has(tcpfsm.SYN) && after != tcpfsm.SynSent &&
		(before == tcpfsm.Listen || before == tcpfsm.SynSent || before == tcpfsm.TimeWait && after == tcpfsm.SynReceived)
	later := h.Peer > 0 && x.from.life() >= h.Peer && (h.TCB.RcvNxt != x.old.RcvNxt || h.TCB.SndUna != x.old.SndUna)
	if learns || later {
		h.Peer = x.from.life() + 1
	}
}

// account moves octets as the machine's output says.
func (x *expansion) account() {
	h, out := &x.next.To, &x.out
	if uint32(h.Acked)+out.Acked > uint32(h.Written) {
		x.fault(x.mine(propStream)) // the peer is believed to have what was never written
		out.Acked = uint32(h.Written - h.Acked)
	}
	h.Acked += uint8(out.Acked)
	if out.Take > 0 {
		if out.Skip+out.Take > x.ev.Seg.Text || x.oct+out.Skip != uint32(h.Got)+1 || !x.known() {
			x.fault(x.mine(propStream)) // not the next octets, or more than there were
		}
		h.Got = min(h.Got+uint8(out.Take), maxOctets)
	}
	if t := &h.TCB; t.Unread+out.Delivered != x.old.Unread+out.Take && incarnation(t) && !h.Left {
		x.fault(propStream) // octets are lost or doubled between taking and handing over
	}
	if out.Signals.Has(tcpfsm.SignalRemoteClosing) {
		h.EOF = true
		if !x.known() {
			x.fault(x.mine(propStream))
		}
	}
	switch h.TCB.State {
	case tcpfsm.Closed:
		h.forget()
		h.Ended = x.net.b.Patient && (x.old.State == tcpfsm.TimeWait || x.old.State == tcpfsm.LastAck || x.old.State == tcpfsm.Closing) || h.Ended
	case tcpfsm.Listen:
		h.forget()
		h.Written = 0
	}
}

// known reports whether the segment that arrives belongs to the connection that
// this one is, not to one that its sender or this host had before.
func (x *expansion) known() bool {
	h, m := &x.next.To, x.from
	return m == 0 || !x.net.traces || !m.forged() && m.life()+1 >= h.Peer && (m.peer() == 0 || m.peer() >= h.Life+1)
}

// mine is the property that is broken: another one if the segment that does the
// harm is an old one or a forged one.
func (x *expansion) mine(id string) string {
	switch {
	case x.known():
		return id
	case !x.from.forged():
		return propOld
	case blind(&x.old, &x.ev.Seg):
		return propForged
	}
	return "" // a forger who knows the numbers can do anything
}

// transmit puts a segment into the network. It reports whether there was room,
// or the network may lose what it has no room for.
func (x *expansion) transmit(seg *tcpfsm.Segment) bool {
	if seg.Flags == 0 {
		return true
	}
	h := &x.next.To
	peer := h.Peer
	if !x.net.traces {
		peer = 0
	}
	if seg.Flags.Has(tcpfsm.RST) && h.TCB.State == tcpfsm.SynSent && severalLives(&x.net.b) {
		peer = opening
	}
	m, ok := x.net.pack(x.host, seg, x.firstOctet(seg), h.Life, peer)
	if !ok {
		x.leave("the segment " + seg.String())
		return true
	}
	if int(h.Channel.n) == x.net.b.Capacity {
		x.deny(m)
		return x.net.b.Loss
	}
	h.Channel.add(m, x.net.b.Reorder)
	return true
}

// deny notes a message that is lost because there is no room for it: a run in which
// that happens for ever is no fair one.
func (x *expansion) deny(m message) {
	if !x.net.b.Fair {
		return
	}
	denied := &x.next.Fair.Denied
	if denied[0] != 0 {
		denied[1] = x.net.class(x.host, m)
		return
	}
	denied[0] = x.net.class(x.host, m)
}

// firstOctet finds the octets of a segment in the send buffer, which begins at
// SND.UNA, or behind our SYN while that is not acknowledged.
func (x *expansion) firstOctet(seg *tcpfsm.Segment) uint32 {
	if seg.Text == 0 {
		return 0
	}
	h := &x.next.To
	offset := seg.Seq - h.TCB.SndUna
	if !h.TCB.SynAcked {
		offset--
	}
	first := uint32(h.Acked) + offset + 1
	if offset > maxOctets || first+seg.Text-1 > uint32(h.Written) {
		x.fault(propStream) // there are no such octets in the buffer
		return 0
	}
	return first
}

// wait starts and stops the clocks.
func (x *expansion) wait() {
	h := &x.next.To
	if x.net.b.timed() && x.out.Started.Has(tcpfsm.TimerTimeWait) {
		h.Wait = uint8(x.net.b.TimeWait)
	}
	switch {
	case x.out.Started.Has(tcpfsm.TimerRTX):
		h.Due = uint8(x.net.b.RTO)
	case !h.TCB.Armed.Has(tcpfsm.TimerRTX):
		h.Due = 0
	}
}

// judge checks what one step may do.
func (x *expansion) judge() {
	before, after := &x.old, &x.next.To.TCB
	if broken := judgeSteps(before, after, &x.ev, &x.out); broken != "" {
		x.fault(broken)
	}
	if x.ev.Kind != tcpfsm.EventSegment {
		return
	}
	ended := after.State == tcpfsm.Closed
	switch {
	case x.from.forged() && blind(before, &x.ev.Seg) && x.harmed():
		x.fault(propForged)
	case before.State == tcpfsm.TimeWait && ended:
		x.fault(propAssassin)
	case (before.State == tcpfsm.LastAck || before.State == tcpfsm.Closing) && ended && x.ev.Seg.Flags.Has(tcpfsm.RST):
		x.fault(propUnclean)
	case before.State == tcpfsm.SynReceived && (ended || after.State == tcpfsm.Listen) && x.from.peer() == opening && x.from.life()+1 == x.h.Peer:
		x.fault(propReset)
	case before.State == tcpfsm.SynReceived && x.ev.Seg.Flags.Has(tcpfsm.RST) && x.ev.Seg.Seq == before.RcvNxt && !x.refused():
		x.fault(propRefused)
	case incarnation(after) && after.State == tcpfsm.SynReceived && before.State != tcpfsm.SynReceived && after.Passive != (before.State != tcpfsm.SynSent):
		x.fault(propPassive)
	}
}

// refused reports whether SYN-RECEIVED went where a reset must lead it.
func (x *expansion) refused() bool {
	before, after := &x.old, &x.next.To.TCB
	switch {
	case before.SavedTW:
		return after.State == tcpfsm.TimeWait
	case before.Passive && !before.CloseQueued && !before.Options.Has(tcpfsm.OptChildPerListener):
		return after.State == tcpfsm.Listen
	}
	return after.State == tcpfsm.Closed && after.SndNxt == 0
}

// blind reports whether a forged segment is one that RFC 5961 makes harmless: whoever
// sends it did not hit the one sequence number, or the range of acknowledgments.
func blind(t *tcpfsm.TCB, seg *tcpfsm.Segment) bool {
	switch {
	case t.State < tcpfsm.SynReceived:
		return false
	case seg.Flags.Has(tcpfsm.RST):
		return seg.Seq != t.RcvNxt
	case seg.Flags.Has(tcpfsm.SYN):
		return !(t.State == tcpfsm.SynReceived && seg.Seq == t.IRS) // else it is the peer's own
	}
	return int32(seg.Ack-(t.SndUna-t.MaxSndWnd)) < 0 || int32(t.SndNxt-seg.Ack) < 0
}

// harmed reports whether a segment changed more than a challenge ACK does.
func (x *expansion) harmed() bool {
	t := x.next.To.TCB
	t.Challenges, t.Armed = x.old.Challenges, x.old.Armed
	return t != x.old
}

// judgeSteps returns the id of a property that a step breaks, or "".
func judgeSteps(before, after *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) string {
	switch {
	case ev.Kind == tcpfsm.EventSegment && ev.Seg.Flags.Has(tcpfsm.RST) && out.Ctl.Flags.Has(tcpfsm.RST):
		return propRstForRst
	case !incarnation(before) || !incarnation(after) || before.ISS != after.ISS:
		return ""
	case int32(after.SndUna-before.SndUna) < 0:
		return propMonotonic
	case before.State == tcpfsm.SynSent || before.IRS != after.IRS:
		return "" // nothing was received before
	case int32(after.RcvNxt-before.RcvNxt) < 0 || int32(after.RcvNxt+after.RcvWnd-before.RcvNxt-before.RcvWnd) < 0:
		return propMonotonic
	case after.RcvNxt != before.RcvNxt && !acknowledges(after, out):
		return propAcked
	}
	return ""
}

// acknowledges reports whether a step tells the peer what was taken, or will.
func acknowledges(t *tcpfsm.TCB, out *tcpfsm.Output) bool {
	return t.Armed.Has(tcpfsm.TimerDelayedAck) ||
		out.Ctl.Flags.Has(tcpfsm.ACK) && out.Ctl.Ack == t.RcvNxt ||
		out.Data.Flags.Has(tcpfsm.ACK) && out.Data.Ack == t.RcvNxt
}

// incarnation reports whether there is a connection with sequence numbers.
func incarnation(t *tcpfsm.TCB) bool { return t.State != tcpfsm.Closed && t.State != tcpfsm.Listen }
