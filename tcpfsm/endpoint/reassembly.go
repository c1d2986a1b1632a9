package endpoint

import (
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// spans is how many ranges of early text are kept. More gaps than that in one
// window are rare, and what finds no place is repeated by the peer.
const spans = 16

// A span is a range of early text whose octets are in the receive buffer, at their
// place behind the unread ones.
type span struct {
	from, to uint32
	since    time.Time // when its oldest octet arrived
}

// A reassembly says which octets behind RCV.NXT have arrived.
type reassembly struct {
	spans [spans]span // ascending, with gaps between them
	n     int

	fin      bool // the peer's FIN has arrived
	finSeq   uint32
	finSince time.Time
}

// precedes reports whether a is before b in the sequence.
func precedes(a, b uint32) bool { return int32(a-b) < 0 }

// insert adds a span and joins those that it touches. It reports whether there was
// a place for it.
func (r *reassembly) insert(s span) bool {
	first := 0
	for first < r.n && precedes(r.spans[first].to, s.from) {
		first++
	}
	behind := first
	for ; behind < r.n && !precedes(s.to, r.spans[behind].from); behind++ {
		s.join(&r.spans[behind])
	}
	if first == behind && r.n == spans {
		return false
	}
	copy(r.spans[first+1:], r.spans[behind:r.n])
	r.spans[first] = s
	r.n += 1 - (behind - first)
	return true
}

func (s *span) join(other *span) {
	if precedes(other.from, s.from) {
		s.from = other.from
	}
	if precedes(s.to, other.to) {
		s.to = other.to
	}
	if other.since.Before(s.since) {
		s.since = other.since
	}
}

// next takes out what begins at or before RCV.NXT, as a segment. It drops what is
// superfluous, and what arrived before the horizon: a segment that is older than the
// maximum lifetime must not be offered again, since sequence numbers come back.
func (r *reassembly) next(rcvNxt uint32, horizon time.Time) (tcpfsm.Segment, bool) {
	for r.n > 0 && !precedes(rcvNxt, r.spans[0].from) {
		s := r.spans[0]
		r.n--
		copy(r.spans[:r.n], r.spans[1:])
		if precedes(rcvNxt, s.to) && !s.since.Before(horizon) {
			return tcpfsm.Segment{Seq: s.from, Text: s.to - s.from, Flags: tcpfsm.ACK}, true
		}
	}
	if !r.fin || precedes(rcvNxt, r.finSeq) {
		return tcpfsm.Segment{}, false
	}
	r.fin = false
	return tcpfsm.Segment{Seq: r.finSeq, Flags: tcpfsm.FIN | tcpfsm.ACK}, r.finSeq == rcvNxt && !r.finSince.Before(horizon)
}
