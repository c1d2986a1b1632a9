package endpoint

import (
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// Receive takes a segment of this connection whose checksum was right. It keeps no
// reference to the payload. Time that has passed is for Advance, which comes first.
func (c *Conn) Receive(now time.Time, h Header, payload []byte) {
	h.Text = uint32(len(payload))
	before := c.sendSide()
	duplicate := c.duplicateAck(&h)
	opening, rcvNxt := c.tcb.State == tcpfsm.SynSent, c.tcb.RcvNxt
	c.feed(now, tcpfsm.Event{
		Kind: tcpfsm.EventSegment, Seg: h.Segment,
		AcceptFull: c.listener != nil && c.listener.acceptFull(),
	}, payload)
	if opening && c.tcb.State != tcpfsm.SynSent {
		c.learnOptions(&h)
	}
	c.stamps.take(rcvNxt, &h)
	if c.accepted() {
		c.hold(now, &h, payload)
		c.offerEarly(now)
	}
	c.recover(now, before, duplicate)
	c.offer(now)
}

// learnOptions takes the options of the peer's SYN (section 3.7.1; RFC 7323 section
// 3.2). What the options of every segment take is not there for text.
func (c *Conn) learnOptions(h *Header) {
	mss := int(h.MSS)
	if mss == 0 {
		mss = MSSDefault
	}
	c.tcb.SndMss = uint32(min(max(mss, MSSMin), c.cfg.MSS))
	if c.stamps.offer(c.cfg, h); c.stamps.on {
		c.tcb.SndMss -= stampOctets
	}
}

// accepted reports whether the machine has found the segment acceptable, and the
// peer may still send text: early text may be kept only then.
func (c *Conn) accepted() bool {
	switch c.row {
	case tcpfsm.RowEstabSegment, tcpfsm.RowFinwait1Segment, tcpfsm.RowFinwait1Ack, tcpfsm.RowFinwait2Segment:
		return true
	}
	return false
}

// hold keeps early text within the window, and an early FIN (SHLD-31). The machine
// has answered the segment and taken nothing of it.
func (c *Conn) hold(now time.Time, h *Header, payload []byte) {
	t := &c.tcb
	gap := h.Seq - t.RcvNxt
	if !precedes(t.RcvNxt, h.Seq) || gap > t.RcvWnd {
		return
	}
	room := t.RcvWnd - gap
	fits := payload[:min(h.Text, room)]
	to := h.Seq + uint32(len(fits))
	if len(fits) > 0 {
		if !c.early.insert(span{h.Seq, to, now}) {
			return
		}
		c.recv.put(int(gap), fits)
	}
	if h.Flags.Has(tcpfsm.FIN) && len(fits) == len(payload) {
		c.early.fin, c.early.finSeq, c.early.finSince = true, to, now
	}
}

// offerEarly gives the machine what was early and is next now, as if the peer had
// repeated it. Acknowledgment and window of the segments that brought it were taken
// in when they arrived, so these here say nothing new of either.
func (c *Conn) offerEarly(now time.Time) {
	filled := false
	for c.mayTakeText() {
		seg, ok := c.early.next(c.tcb.RcvNxt, now.Add(-c.cfg.MSL))
		if !ok {
			break
		}
		seg.Ack, seg.Wnd = c.tcb.SndUna, c.tcb.SndWnd
		c.feed(now, tcpfsm.Event{Kind: tcpfsm.EventSegment, Seg: seg}, nil)
		filled = true
	}
	// Who fills a gap is told at once (RFC 5681 section 4.2).
	if filled && c.tcb.Armed.Has(tcpfsm.TimerDelayedAck) {
		c.feed(now, tcpfsm.Event{Kind: tcpfsm.EventDelayedAckTimeout}, nil)
	}
}

// mayTakeText reports whether the peer's text is taken in the current state.
func (c *Conn) mayTakeText() bool {
	switch c.tcb.State {
	case tcpfsm.Established, tcpfsm.FinWait1, tcpfsm.FinWait2:
		return true
	}
	return false
}
