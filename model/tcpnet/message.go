package tcpnet

import (
	"strings"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// A message is a segment in the network with the octets it carries, packed:
// flags 6, seq 4, ack 4, window 3, octets 3, value of the first octet 3.
// Sequence numbers are counted from the initial one of the end they belong to.
type message uint32

const messageBits = 23

// literalZero is the code of a sequence number that is no place in sequence space:
// <SEQ=0>, or the field of an acknowledgment that is not there.
const literalZero = 8

// relative codes a sequence number in 4 bits.
func relative(seq, iss uint32) (code uint32, ok bool) {
	switch d := seq - iss; {
	case d < literalZero:
		return d, true
	case seq == 0:
		return literalZero, true
	}
	return 0, false
}

func absolute(code, iss uint32) uint32 {
	if code == literalZero {
		return 0
	}
	return iss + code
}

// pack codes a segment that host sends; ok is false if a value is beyond the bounds.
func (n *Net) pack(host int, seg *tcpfsm.Segment, first uint32) (m message, ok bool) {
	seq, seqOK := relative(seg.Seq, n.b.ISS[host])
	ack, ackOK := relative(seg.Ack, n.b.ISS[1-host])
	fits := seg.Wnd <= maxWindow && seg.Text <= maxOctets && first <= maxOctets+1
	m = message(uint32(seg.Flags) | seq<<6 | ack<<10 | (seg.Wnd&7)<<14 | (seg.Text&7)<<17 | (first&7)<<20)
	return m, seqOK && ackOK && fits
}

func (n *Net) unpack(host int, m message) (seg tcpfsm.Segment, first uint32) {
	return tcpfsm.Segment{
		Flags: tcpfsm.Flags(m & 63),
		Seq:   absolute(uint32(m>>6&15), n.b.ISS[host]),
		Ack:   absolute(uint32(m>>10&15), n.b.ISS[1-host]),
		Wnd:   uint32(m >> 14 & 7),
		Text:  uint32(m >> 17 & 7),
	}, uint32(m >> 20 & 7)
}

// describe is a message in a trace.
func (n *Net) describe(host int, m message) trace.Segment {
	seg, _ := n.unpack(host, m)
	s := trace.Segment{Flags: flagText(seg.Flags), Seq: trace.Num(seg.Seq), Wnd: trace.Num(seg.Wnd)}
	if seg.Flags.Has(tcpfsm.ACK) {
		s.Ack = trace.Num(seg.Ack)
	}
	if seg.Text > 0 {
		s.Len = trace.Num(seg.Text)
	}
	return s
}

// flagText is the control bits in the RFC's order of speaking: SYN,ACK and FIN,ACK.
func flagText(f tcpfsm.Flags) string {
	var words []string
	for _, bit := range []tcpfsm.Flags{tcpfsm.SYN, tcpfsm.FIN, tcpfsm.RST, tcpfsm.PSH, tcpfsm.URG, tcpfsm.ACK} {
		if f.Has(bit) {
			words = append(words, bit.String())
		}
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ",")
}

// matches reports whether a segment that is described in full is the one asked
// for; control bits may be asked for in any order.
func matches(asked, s trace.Segment) bool {
	return sameFlags(asked.Flags, s.Flags) && asked.Seq.Fits(s.Seq.N) && asked.Ack.Fits(s.Ack.N) &&
		asked.Wnd.Fits(s.Wnd.N) && asked.Len.Fits(s.Len.N)
}

func sameFlags(a, b string) bool {
	fa, errA := tcpfsm.ParseFlags(a)
	fb, errB := tcpfsm.ParseFlags(b)
	return errA == nil && errB == nil && fa == fb
}

// A channel holds the messages that one host sent, oldest first, or sorted if the
// network may reorder them anyway: then their order means nothing.
type channel struct {
	n uint8
	m [maxCapacity]message
}

func (c *channel) add(m message, sorted bool) {
	i := int(c.n)
	for ; sorted && i > 0 && c.m[i-1] > m; i-- {
		c.m[i] = c.m[i-1]
	}
	c.m[i] = m
	c.n++
}

func (c *channel) remove(i int) {
	copy(c.m[i:], c.m[i+1:c.n])
	c.n--
	c.m[c.n] = 0
}
