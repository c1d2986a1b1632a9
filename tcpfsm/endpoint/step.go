package endpoint

import (
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// feed gives the machine an event and carries out everything that it asks for.
// Nothing else in this package changes what the machine knows, but for the MSS,
// which is a parameter. The text is that of
// a segment; nil stands for text that is in the receive buffer already.
func (c *Conn) feed(now time.Time, ev tcpfsm.Event, text []byte) {
	before := c.tcb
	c.now = now
	c.row = c.tcb.Step(&ev, &c.out)
	c.measure(now, &before)
	c.setTimers(now)
	c.account(text)
	c.outbox.collect(&before, &c.tcb, &c.out)
	c.notice()
	if c.listener != nil {
		c.listener.follow(c)
	}
	c.cfg.observe(c, now, &ev, before.State, c.tcb.State, c.row, &c.out)
}

// account moves octets as the machine's output says.
func (c *Conn) account(text []byte) {
	c.send.discard(int(c.out.Acked))
	if c.out.Take == 0 {
		return
	}
	if text != nil {
		c.recv.put(0, text[c.out.Skip:c.out.Skip+c.out.Take])
	}
	c.recv.commit(int(c.out.Take))
}

// notice keeps what the user will want to know, and flushes what has lost its
// meaning.
func (c *Conn) notice() {
	c.signals |= c.out.Signals
	if c.out.Signals.Has(tcpfsm.SignalRemoteClosing) {
		c.eof = true
	}
	if c.out.Signals.Has(tcpfsm.SignalEstablished) {
		c.settleHandshake()
	}
	if c.tcb.State != tcpfsm.Closed {
		return
	}
	for _, end := range endings {
		if c.out.Signals.Has(end.signal) {
			c.err = end.err
		}
	}
	c.send.clear()
	c.kept = 0
	c.early = reassembly{}
	if c.err != nil || c.left || !c.tcb.Options.Has(tcpfsm.OptDrainTail) {
		c.recv.clear()
	}
}

// give tells the machine of octets that are in the buffer. A machine that refuses
// them has ended the connection, and the buffer is empty.
func (c *Conn) give(now time.Time, octets uint32) {
	c.kept -= octets
	c.feed(now, tcpfsm.Event{Kind: tcpfsm.EventSend, Octets: octets}, nil)
}

// offer gives the machine what need not be held back.
func (c *Conn) offer(now time.Time) {
	if c.kept == 0 || c.tcb.State != tcpfsm.Established && c.tcb.State != tcpfsm.CloseWait {
		return
	}
	if n := c.ripe(); n > 0 {
		c.give(now, n)
	}
}

// ripe is how many of the octets held back may be sent now: Nagle's algorithm
// (section 3.7.4) and the sender's side of avoiding silly windows (section
// 3.8.6.2.1). Something is held back only while something is in flight, whose
// acknowledgment asks again.
func (c *Conn) ripe() uint32 {
	t := &c.tcb
	inFlight := t.SndNxt - t.SndUna + t.Queued
	idle := inFlight == 0
	fits := min(c.kept, t.SndWnd-min(t.SndWnd, inFlight))
	full := fits - fits%t.SndMss
	switch {
	case fits == c.kept && (idle || c.cfg.NoDelay):
		return fits
	case full > 0:
		return full
	case idle:
		return min(c.kept, t.SndMss) // a small or closed window: the machine sends what fits, or probes
	}
	return 0
}
