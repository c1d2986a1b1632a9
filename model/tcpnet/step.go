package tcpnet

import (
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// finish runs the event at the host, then lets an eager user read. The successor
// is withdrawn if the network has no room for what is sent.
func (x *expansion) finish() {
	arrived := x.ev.Kind == tcpfsm.EventSegment
	ok := x.feed(0)
	if e := x.end(); ok && arrived && !x.net.b.Lazy && !e.Left && e.TCB.Unread > 0 {
		x.ev = tcpfsm.Event{Kind: tcpfsm.EventReceive, Octets: e.TCB.Unread}
		ok = x.feed(1)
	}
	if !ok {
		x.withdraw()
	}
}

func (x *expansion) end() *Endpoint { return &x.next.State.Ends[x.host] }

// feed runs one event and judges what came of it. It reports whether there was
// room in the network for all that was sent.
func (x *expansion) feed(number int) bool {
	e := x.end()
	x.old = e.TCB
	x.next.Rows[number] = uint16(x.net.step(&e.TCB, &x.ev, &x.out))
	x.account()
	x.judge()
	ok := x.transmit(&x.out.Ctl) && x.transmit(&x.out.Data)
	if why := x.net.encode(&x.next.State, x.host); why != "" {
		x.outOfBounds(why)
		e.TCB, ok = x.net.zero.Ends[x.host].TCB, true // anything that can be encoded
		x.net.encode(&x.next.State, x.host)
	}
	return ok
}

// fault notes the first property that a step breaks.
func (x *expansion) fault(id string) {
	if x.next.Fault == "" {
		x.next.Fault = id
	}
}

// outOfBounds is the fault of a value that the encoding can't hold.
func (x *expansion) outOfBounds(why string) {
	x.fault(propBounds)
	if x.why != nil {
		x.why[len(x.dst)-1] = why
	}
}

// account moves octets as the machine's output says.
func (x *expansion) account() {
	e, out := x.end(), &x.out
	if uint32(e.Acked)+out.Acked > uint32(e.Written) {
		x.fault(propStream) // the peer is believed to have what was never written
		out.Acked = uint32(e.Written - e.Acked)
	}
	e.Acked += uint8(out.Acked)
	if out.Take > 0 {
		if out.Skip+out.Take > x.ev.Seg.Text || x.oct+out.Skip != uint32(e.Got)+1 {
			x.fault(propStream) // not the next octets, or more than there were
		}
		e.Got = min(e.Got+uint8(out.Take), maxOctets)
	}
	if t := &e.TCB; t.Unread+out.Delivered != x.old.Unread+out.Take && incarnation(t) && !e.Left {
		x.fault(propStream) // octets are lost or doubled between taking and handing over
	}
	if out.Signals.Has(tcpfsm.SignalRemoteClosing) {
		e.EOF = true
	}
	switch e.TCB.State {
	case tcpfsm.Closed:
		e.forget()
	case tcpfsm.Listen:
		e.forget()
		e.Written = 0
	}
}

// transmit puts a segment into the network. It reports whether there was room,
// or the network may lose what it has no room for.
func (x *expansion) transmit(seg *tcpfsm.Segment) bool {
	if seg.Flags == 0 {
		return true
	}
	m, ok := x.net.pack(x.host, seg, x.firstOctet(seg))
	if !ok {
		x.outOfBounds("the segment " + seg.String())
		return true
	}
	ch := &x.next.State.Channels[x.host]
	if int(ch.n) == x.net.b.Capacity {
		return x.net.b.Loss
	}
	ch.add(m, x.net.b.Reorder)
	return true
}

// firstOctet finds the octets of a segment in the send buffer, which begins at
// SND.UNA, or behind our SYN while that is not acknowledged.
func (x *expansion) firstOctet(seg *tcpfsm.Segment) uint32 {
	if seg.Text == 0 {
		return 0
	}
	e := x.end()
	offset := seg.Seq - e.TCB.SndUna
	if !e.TCB.SynAcked {
		offset--
	}
	first := uint32(e.Acked) + offset + 1
	if offset > maxOctets || first+seg.Text-1 > uint32(e.Written) {
		x.fault(propStream) // there are no such octets in the buffer
		return 0
	}
	return first
}

// judge checks what one step may do.
func (x *expansion) judge() {
	if broken := judgeSteps(&x.old, &x.end().TCB, &x.ev, &x.out); broken != "" {
		x.fault(broken)
	}
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
