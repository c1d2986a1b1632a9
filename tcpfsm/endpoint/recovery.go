package endpoint

import (
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// duplicates is how many equal acknowledgments say that a segment was lost (RFC
// 5681 section 3.2).
const duplicates = 3

// A recovery notes what was in flight when a segment was found to be lost. The
// machine repeats one segment at each timeout; that the timeout may come early is
// within what the machine was explored with. This is not congestion control: it
// only spares waiting for what is known already.
type recovery struct {
	active bool
	point  uint32 // SND.NXT at that time: an acknowledgment below it says that more is lost
	dups   int
}

func (r *recovery) begin(sndNxt uint32) { *r = recovery{active: true, point: sndNxt} }

// A sendSide is what a segment may change of what we send.
type sendSide struct{ una, wnd uint32 }

func (c *Conn) sendSide() sendSide { return sendSide{c.tcb.SndUna, c.tcb.SndWnd} }

// duplicateAck reports whether a segment says nothing but that something is missing.
func (c *Conn) duplicateAck(h *Header) bool {
	t := &c.tcb
	return h.Flags&^tcpfsm.PSH == tcpfsm.ACK && h.Text == 0 && h.Ack == t.SndUna && t.SndNxt != t.SndUna &&
		t.SynAcked && h.Wnd == t.SndWnd && t.SndWnd > 0
}

// recover repeats what the segment that has just arrived says is lost.
func (c *Conn) recover(now time.Time, before sendSide, duplicate bool) {
	r, t := &c.recovery, &c.tcb
	switch {
	case !t.Armed.Has(tcpfsm.TimerRTX) || !t.SynAcked:
		*r = recovery{}
	case t.SndUna != before.una:
		r.dups = 0
		if r.active = r.active && precedes(t.SndUna, r.point); r.active {
			c.hasten(now)
		}
	case before.wnd == 0 && t.SndWnd > 0:
		// The window has opened and the probe is still unacknowledged: it was dropped,
		// and its backed-off timeout would be far away.
		c.rtt.settle(c.cfg)
		c.hasten(now)
	case duplicate:
		if r.dups++; r.dups == duplicates && !r.active {
			r.begin(t.SndNxt)
			c.hasten(now)
		}
	}
}

// hasten lets the retransmission timer expire now. That says nothing about the
// round trip, so that nothing is backed off.
func (c *Conn) hasten(now time.Time) {
	c.rtt.timing = false
	c.feed(now, tcpfsm.Event{Kind: tcpfsm.EventRetransmissionTimeout}, nil)
}
