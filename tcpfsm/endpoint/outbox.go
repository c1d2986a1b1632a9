package endpoint

import "github.com/tcpfsm/tcpfsm/tcpfsm"

// A Header is what a TCP header says besides ports and checksum.
type Header struct {
	// Segment has the fields that the machine decides by. Its Text is the length of
	// the payload; Receive counts the payload itself.
	tcpfsm.Segment
	// MSS is the option of that name, which only a SYN carries; 0 is without.
	MSS uint16
	// HasTS is with timestamps: TSval is the sender's, TSecr the echo of the other's,
	// which means something with ACK (RFC 7323 section 3.2).
	HasTS        bool
	TSval, TSecr uint32
}

// controls is how many segments without text may wait to be sent.
const controls = 8

// An outbox is what the machine has asked to send and the caller has not drained
// yet. Text is not copied here: it stays in the send buffer, and new text is
// whatever lies between cut and SND.NXT.
type outbox struct {
	ctl   [controls]tcpfsm.Segment
	first int
	n     int

	cut   uint32         // sequence number of the first octet, or FIN, that Next has not given out
	again tcpfsm.Segment // a retransmission that waits; no flags: none
}

// collect takes in what a step asks to send.
func (o *outbox) collect(before, after *tcpfsm.TCB, out *tcpfsm.Output) {
	if after.ISS != before.ISS || before.State == tcpfsm.Closed {
		o.cut, o.again = after.ISS+1, tcpfsm.Segment{}
	}
	if out.Ctl.Flags != 0 {
		o.push(out.Ctl)
	}
	// What is new begins at the SND.NXT of before; else it is a retransmission, of
	// which nothing need be noted if the original has not been given out.
	if out.Data.Flags != 0 && out.Data.Seq != before.SndNxt && out.Data.Seq-o.cut >= 1<<31 {
		o.again = out.Data
	}
	if int32(o.cut-after.SndUna) < 0 {
		o.cut = after.SndUna
	}
}

// push queues a segment without text. An acknowledgment takes the place of one that
// says less; equal ones stay, since duplicates tell the peer something. If the
// caller drains so rarely that there is no room, the oldest goes, as the network
// might have lost it.
func (o *outbox) push(seg tcpfsm.Segment) {
	if o.n > 0 && seg.Flags == tcpfsm.ACK {
		last := &o.ctl[(o.first+o.n-1)%controls]
		if last.Flags == tcpfsm.ACK && (int32(seg.Ack-last.Ack) > 0 || seg.Ack == last.Ack && seg.Wnd != last.Wnd) {
			*last = seg
			return
		}
	}
	if o.n == controls {
		o.pop()
	}
	o.ctl[(o.first+o.n)%controls] = seg
	o.n++
}

func (o *outbox) pop() tcpfsm.Segment {
	seg := o.ctl[o.first]
	o.first = (o.first + 1) % controls
	o.n--
	return seg
}

// Next gives the next segment to send, with its text in the first n octets of buf,
// or false if there is none. A segment has at most len(buf) octets of text, and
// never more than the peer's MSS; an empty buf gets segments without text only.
// Drain it after every other call: what waits here is not repeated before its timer
// expires.
func (c *Conn) Next(buf []byte) (h Header, n int, ok bool) {
	if h, n, ok = c.next(buf); ok {
		c.stamp(&h)
	}
	return h, n, ok
}

func (c *Conn) next(buf []byte) (h Header, n int, ok bool) {
	o := &c.outbox
	if o.n > 0 {
		h.Segment = o.pop()
		if h.Flags.Has(tcpfsm.SYN) {
			h.MSS = uint16(c.cfg.MSS)
		}
		return h, 0, true
	}
	if c.tcb.State == tcpfsm.Closed || !c.tcb.SynAcked && !c.tcb.FinSent {
		return Header{}, 0, false
	}
	if o.again.Flags != 0 {
		if h, n, ok = c.repeat(buf); ok {
			return h, n, true
		}
	}
	return c.cutNew(buf)
}

// repeat gives a piece of the retransmission that waits, unless it has become
// superfluous.
func (c *Conn) repeat(buf []byte) (Header, int, bool) {
	again := &c.outbox.again
	end := again.Seq + again.Len()
	if int32(end-c.tcb.SndUna) <= 0 {
		*again = tcpfsm.Segment{}
		return Header{}, 0, false
	}
	if old := c.tcb.SndUna - again.Seq; int32(old) > 0 {
		again.Seq += old
		again.Text -= min(old, again.Text)
	}
	h, n, ok := c.piece(again.Seq, end, again.Flags.Has(tcpfsm.FIN), buf)
	again.Seq += h.Len()
	again.Text -= h.Text
	if again.Seq == end {
		*again = tcpfsm.Segment{}
	}
	return h, n, ok
}

// cutNew gives a piece of what has not been sent yet.
func (c *Conn) cutNew(buf []byte) (Header, int, bool) {
	o := &c.outbox
	if o.cut == c.tcb.SndNxt {
		return Header{}, 0, false
	}
	h, n, ok := c.piece(o.cut, c.tcb.SndNxt, c.tcb.FinSent, buf)
	o.cut += h.Len()
	return h, n, ok
}

// piece makes a segment of what begins at seq and ends before end, where the last
// place may be the FIN's. It acknowledges what has been received by now.
func (c *Conn) piece(seq, end uint32, fin bool, buf []byte) (Header, int, bool) {
	text := end - seq
	if fin {
		text--
	}
	n := min(text, c.tcb.SndMss, uint32(min(len(buf), BufferMax)))
	if n == 0 && text > 0 {
		return Header{}, 0, false
	}
	h := Header{Segment: tcpfsm.Segment{Seq: seq, Ack: c.tcb.RcvNxt, Wnd: c.tcb.RcvWnd, Text: n, Flags: tcpfsm.ACK}}
	if fin && n == text {
		h.Flags |= tcpfsm.FIN
	}
	if n > 0 && c.tcb.Queued == 0 && c.kept == 0 && seq+h.Len() == c.tcb.SndNxt {
		h.Flags |= tcpfsm.PSH // nothing follows (MUST-61)
	}
	// The buffer begins at SND.UNA: no text is sent before our SYN is acknowledged.
	c.send.peek(int(seq-c.tcb.SndUna), buf[:n])
	return h, int(n), true
}
