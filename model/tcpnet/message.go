package tcpnet

import (
	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// A message is a segment in the network with the octets it carries, packed:
// flags 6, seq 12, ack 12, window 4, octets 4, value of the first octet 4, life of
// the connection that sent it 3, of the one that it was sent to 3, age 3.
// Sequence numbers are counted from the first initial one of the end they belong to.
type message uint64

const (
	messageSeq   = 6
	messageAck   = messageSeq + 12
	messageWnd   = messageAck + 12
	messageText  = messageWnd + 4
	messageFirst = messageText + 4
	messageLife  = messageFirst + 4
	messagePeer  = messageLife + 3
	messageAge   = messagePeer + 3 // highest, so that ageing keeps the order
)

// opening is what peer gives for a reset that an end in SYN-SENT sent.
const opening = 7

// forgedLife is the life of segments that no connection sent.
const forgedLife = 7

func (m message) age() int    { return int(m >> messageAge) }
func (m message) life() uint8 { return uint8(m >> messageLife & 7) }

// peer is the life, and 1, of the connection that the sender was with; 0 is none yet.
func (m message) peer() uint8 { return uint8(m >> messagePeer & 7) }

func (m message) forged() bool { return m.life() == forgedLife }

// How far a sequence number may be from the first initial one, either way, and the
// code of one that is no place in sequence space: <SEQ=0>, or the field of an
// acknowledgment that is not there.
const (
	seqBefore   = 64
	seqSpan     = 1<<12 - 1
	literalZero = seqSpan
)

// relative codes a sequence number of a host in 12 bits. It is not ok if no
// connection of the host can have it, and no attacker.
func (n *Net) relative(seq uint32, host int) (code uint32, ok bool) {
	before, beyond := 0, farthest+1+n.b.ISSStep*(n.b.lives()+n.b.Crashes-1)
	if n.b.Forge > 0 {
		before, beyond = 2, beyond+n.near()
	}
	d := int(int32(seq - n.b.ISS[host]))
	switch {
	case d >= -before && d < beyond:
		return uint32(d + seqBefore), true
	case seq == 0:
		return literalZero, true
	}
	return 0, false
}

func absolute(code, iss uint32) uint32 {
	if code == literalZero {
		return 0
	}
	return iss + code - seqBefore
}

// pack codes a segment that host sends; ok is false if a value is beyond the bounds.
func (n *Net) pack(host int, seg *tcpfsm.Segment, first uint32, life, peer uint8) (m message, ok bool) {
	seq, seqOK := n.relative(seg.Seq, host)
	ack, ackOK := n.relative(seg.Ack, 1-host)
	fits := seg.Wnd <= maxWindow && seg.Text <= maxOctets && first <= maxOctets+1
	m = message(seg.Flags) | message(seq)<<messageSeq | message(ack)<<messageAck | message(seg.Wnd&15)<<messageWnd |
		message(seg.Text&15)<<messageText | message(first&15)<<messageFirst | message(life)<<messageLife | message(peer)<<messagePeer
	return m, seqOK && ackOK && fits
}

func (n *Net) unpack(host int, m message) (seg tcpfsm.Segment, first uint32) {
	return tcpfsm.Segment{
		Flags: tcpfsm.Flags(m & 63),
		Seq:   absolute(uint32(m>>messageSeq&seqSpan), n.b.ISS[host]),
		Ack:   absolute(uint32(m>>messageAck&seqSpan), n.b.ISS[1-host]),
		Wnd:   uint32(m >> messageWnd & 15),
		Text:  uint32(m >> messageText & 15),
	}, uint32(m >> messageFirst & 15)
}

// describe is a message in a trace.
func (n *Net) describe(host int, m message) trace.Segment {
	seg, _ := n.unpack(host, m)
	s := trace.Segment{Flags: seg.Flags.Spoken(), Seq: trace.Num(seg.Seq), Wnd: trace.Num(seg.Wnd)}
	if seg.Flags.Has(tcpfsm.ACK) {
		s.Ack = trace.Num(seg.Ack)
	}
	if seg.Text > 0 {
		s.Len = trace.Num(seg.Text)
	}
	if severalLives(&n.b) || m.forged() {
		s.Life = trace.Num(uint32(m.life()))
		if m.peer() > 0 {
			s.With = trace.Num(uint32(m.peer()))
		}
	}
	if n.b.MSL > 0 {
		s.Age = trace.Num(uint32(m.age()))
	}
	return s
}

// matches reports whether a segment that is described in full is the one asked
// for; control bits may be asked for in any order.
func matches(asked, s trace.Segment) bool {
	return sameFlags(asked.Flags, s.Flags) && asked.Seq.Fits(s.Seq.N) && asked.Ack.Fits(s.Ack.N) &&
		asked.Wnd.Fits(s.Wnd.N) && asked.Len.Fits(s.Len.N) && asked.Life.Fits(s.Life.N) && asked.With.Fits(s.With.N) && asked.Age.Fits(s.Age.N)
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

// age lets every message grow older by a tick, and those die that have survived
// all the ticks they may.
func (c *channel) age(msl int) {
	kept := channel{}
	for _, m := range c.m[:c.n] {
		if m.age() < msl {
			kept.m[kept.n] = m + 1<<messageAge
			kept.n++
		}
	}
	*c = kept
}

// oldest is the greatest age in the channel.
func (c *channel) oldest() (age int) {
	for _, m := range c.m[:c.n] {
		age = max(age, m.age())
	}
	return age
}

// forgeries are the segments that an attacker may send in the name of a host: each
// kind with every sequence and acknowledgment number near those in use. A SYN with
// the initial sequence number itself is left out: it is the host's own, guessed.
func (n *Net) forgeries(host int) (all []message) {
	kinds := [...]tcpfsm.Segment{
		{Flags: tcpfsm.SYN}, {Flags: tcpfsm.RST}, {Flags: tcpfsm.ACK}, {Flags: tcpfsm.ACK, Text: 1},
		{Flags: tcpfsm.FIN | tcpfsm.ACK}, {Flags: tcpfsm.SYN | tcpfsm.ACK},
	}
	iss, peer := n.b.ISS[host], n.b.ISS[1-host]
	near := uint32(n.near())
	for i, seg := range kinds {
		if n.b.Forged>>i&1 == 0 {
			continue
		}
		seg.Wnd = uint32(n.b.Window)
		for seg.Seq = iss - 1; seg.Seq != iss+near; seg.Seq++ {
			if seg.Flags.Has(tcpfsm.SYN) && seg.Seq == iss {
				continue
			}
			if !seg.Flags.Has(tcpfsm.ACK) {
				all = append(all, n.forgery(host, &seg))
				continue
			}
			for seg.Ack = peer - 1; seg.Ack != peer+near; seg.Ack++ {
				all = append(all, n.forgery(host, &seg))
			}
		}
	}
	return all
}

// near is how far beyond the initial sequence number an attacker guesses.
func (n *Net) near() int { return n.b.Octets + n.b.Window + 3 }

func (n *Net) forgery(host int, seg *tcpfsm.Segment) message {
	m, _ := n.pack(host, seg, 0, forgedLife, 0)
	return m
}
