package endpoint

import (
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// Reuse takes a SYN for the sockets of a connection in TIME-WAIT, if tcpfsm.OptTwReuse
// is among the listener's options and RFC 6191 section 2 lets the SYN begin a new
// connection: by its timestamp, or by a sequence number beyond all of the old one. The
// child is then the caller's in place of the old connection, which it forgets; should
// the SYN turn out to be an old duplicate, the child goes back to TIME-WAIT by itself.
// Otherwise child is nil, and the segment is for the old connection.
func (l *Listener) Reuse(now time.Time, old *Conn, h Header, payload []byte) (child *Conn) {
	if old.tcb.State != tcpfsm.TimeWait || l.tcb.State != tcpfsm.Listen || l.backlogFull() {
		return nil
	}
	h.Text = uint32(len(payload))
	ev := tcpfsm.Event{Kind: tcpfsm.EventSegment, Seg: h.Segment, ReuseOK: l.newer(old, &h), ISN: l.cfg.isn(old.pair, now)}
	t := old.tcb
	t.Options = l.cfg.Options
	var out tcpfsm.Output
	asked := t
	if asked.Step(&ev, &out) != tcpfsm.RowTimewaitReuse {
		return nil
	}
	child = newConn(&l.cfg, old.pair)
	child.tcb = t
	child.learnOptions(&h)
	child.listener = l
	l.syn = append(l.syn, child)
	child.feed(now, ev, nil)
	return child
}

// newer is the rule of RFC 6191 section 2.
func (l *Listener) newer(old *Conn, h *Header) bool {
	beyond := precedes(old.tcb.RcvNxt, h.Seq)
	switch {
	case !l.cfg.Timestamps || !h.HasTS:
		return beyond
	case !old.stamps.on:
		return true
	}
	return precedes(old.stamps.recent, h.TSval) || old.stamps.recent == h.TSval && beyond
}

// stamps is what a connection knows of timestamps (RFC 7323).
type stamps struct {
	on     bool   // both ends offered them
	recent uint32 // TS.Recent: the newest of the peer
	start  uint32 // what ours count from, if begun
	begun  bool
}

// stampOctets is what the option takes of every segment, with its padding.
const stampOctets = 12

// offer notes what a SYN said of timestamps.
func (s *stamps) offer(cfg *Config, h *Header) {
	s.on = cfg.Timestamps && h.HasTS
	s.recent = h.TSval
}

// take notes the timestamp of a segment that reaches RCV.NXT from where it was or from
// before, as section 4.3 of RFC 7323 says.
func (s *stamps) take(rcvNxt uint32, h *Header) {
	if s.on && h.HasTS && !precedes(h.TSval, s.recent) && !precedes(rcvNxt, h.Seq) && !precedes(h.Seq+h.Len(), rcvNxt) {
		s.recent = h.TSval
	}
}

// stamp puts a timestamp into a segment that is sent: milliseconds, from a beginning
// that differs from pair to pair and can't be known without the secret.
func (c *Conn) stamp(h *Header) {
	syn := h.Flags.Has(tcpfsm.SYN)
	if !c.cfg.Timestamps || h.Flags.Has(tcpfsm.RST) || !c.stamps.on && !(syn && !h.Flags.Has(tcpfsm.ACK)) {
		return
	}
	if !c.stamps.begun {
		c.stamps.begun = true
		c.stamps.start = ISN(c.cfg.Secret, Pair{Local: c.pair.Remote, Remote: c.pair.Local}, time.UnixMicro(0))
	}
	h.HasTS, h.TSval = true, c.stamps.start+uint32(c.now.UnixMilli())
	if h.Flags.Has(tcpfsm.ACK) {
		h.TSecr = c.stamps.recent
	}
}
