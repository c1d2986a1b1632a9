package model_test

import "github.com/tcpfsm/tcpfsm/model"

// toy is a small protocol in the manner of TCP, as a system of parts: two ends that
// open, send octets, and close, over channels for two segments each that lose,
// duplicate, reorder and age. Its counts are known from SPIN, TLC and other
// explorers: 1,547,716 states and 13,669,560 transitions for toy{1, 0}.
type toy struct{ octets, age uint8 }

// A toyEnd is an end with the channel that it sends into, which is sorted, the
// greatest segment first; 0 is none.
type toyEnd struct {
	state, una, nxt, rcv, written, read, wait uint8
	ended                                     bool
	channel                                   [2]toySegment
}

// A toySegment is packed: control bits, sequence number, acknowledgment number,
// whether it has an octet, age.
type toySegment uint16

const (
	toyClosed = iota
	toyListen
	toySynSent
	toySynReceived
	toyEstablished
	toyFinWait1
	toyFinWait2
	toyCloseWait
	toyClosing
	toyLastAck
	toyTimeWait
)

const (
	toySyn = 1 << iota
	toyAck
	toyFin
	toyRst
)

func toySeg(flags, seq, ack, octet uint8) toySegment {
	return toySegment(flags)<<9 | toySegment(seq)<<6 | toySegment(ack)<<3 | toySegment(octet)<<2
}

func (g toySegment) has(flag uint8) bool { return uint8(g>>9)&flag != 0 }
func (g toySegment) seq() uint8          { return uint8(g>>6) & 7 }
func (g toySegment) ack() uint8          { return uint8(g>>3) & 7 }
func (g toySegment) octet() bool         { return g>>2&1 != 0 }
func (g toySegment) age() uint8          { return uint8(g) & 3 }

func (e *toyEnd) full() bool { return e.channel[1] != 0 }

func (e *toyEnd) send(g toySegment) {
	switch {
	case e.full():
	case e.channel[0] < g:
		e.channel = [2]toySegment{g, e.channel[0]}
	default:
		e.channel[1] = g
	}
}

func (e *toyEnd) reply() { e.send(toySeg(toyAck, e.nxt, e.rcv, 0)) }

func (e *toyEnd) end() { *e = toyEnd{ended: true, channel: e.channel} }

// got is how many octets have arrived.
func (e *toyEnd) got() uint8 {
	switch {
	case e.state == toyCloseWait || e.state >= toyClosing:
		return e.rcv - 2
	case e.state <= toySynSent:
		return 0
	}
	return e.rcv - 1
}

func (e *toyEnd) arrive(g toySegment) {
	switch {
	case g.has(toyRst):
		if e.state > toyListen {
			e.end()
		}
	case e.state == toyClosed:
		e.send(toySeg(toyRst, g.ack(), 0, 0))
	case e.state == toyListen:
		if g>>9 == toySyn {
			e.rcv, e.una, e.nxt, e.state = 1, 0, 1, toySynReceived
			e.send(toySeg(toySyn|toyAck, 0, 1, 0))
		}
	case e.state == toySynSent:
		e.answerSyn(g)
	case g.has(toySyn):
		if e.state == toySynReceived && g.has(toyAck) && g.ack() == 1 {
			e.una, e.state = 1, toyEstablished
		} else {
			e.reply()
		}
	default:
		if e.acknowledged(g) {
			e.take(g)
		}
	}
}

func (e *toyEnd) answerSyn(g toySegment) {
	if !g.has(toySyn) {
		return
	}
	e.rcv = 1
	if g.has(toyAck) && g.ack() == 1 {
		e.una, e.state = 1, toyEstablished
		e.send(toySeg(toyAck, 1, 1, 0))
	} else {
		e.state = toySynReceived
		e.send(toySeg(toySyn|toyAck, 0, 1, 0))
	}
}

// acknowledged reports whether the end goes on after the acknowledgment.
func (e *toyEnd) acknowledged(g toySegment) bool {
	if !g.has(toyAck) || g.ack() <= e.una || g.ack() > e.nxt {
		return true
	}
	e.una = g.ack()
	switch all := e.una == e.nxt; {
	case e.state == toySynReceived:
		e.state = toyEstablished
	case e.state == toyFinWait1 && all:
		e.state = toyFinWait2
	case e.state == toyClosing && all:
		e.state, e.wait = toyTimeWait, 1
	case e.state == toyLastAck && all:
		e.end()
		return false
	}
	return true
}

func (e *toyEnd) take(g toySegment) {
	open := e.state == toyEstablished || e.state == toyFinWait1 || e.state == toyFinWait2
	if g.octet() {
		if g.seq() == e.rcv && open && e.rcv-1-e.read < 1 {
			e.rcv++
		}
		e.reply()
	}
	if !g.has(toyFin) {
		return
	}
	if g.seq() == e.rcv && open {
		e.rcv++
		switch e.state {
		case toyEstablished:
			e.state = toyCloseWait
		case toyFinWait1:
			e.state = toyClosing
		default:
			e.state, e.wait = toyTimeWait, 1
		}
	}
	e.reply()
}

// alone gives to do every way in which an end can change by itself.
func (t toy) alone(e toyEnd, do func(toyEnd)) {
	with := func(change func(*toyEnd)) {
		n := e
		change(&n)
		do(n)
	}
	switch e.state {
	case toyClosed:
		if !e.ended {
			with(func(n *toyEnd) { n.state, n.nxt = toySynSent, 1; n.send(toySeg(toySyn, 0, 0, 0)) })
			with(func(n *toyEnd) { n.state = toyListen })
		}
	case toyListen, toySynSent, toyFinWait2:
		with((*toyEnd).end)
	case toyTimeWait:
		if e.wait == 0 {
			with((*toyEnd).end)
		}
	case toyEstablished, toyCloseWait:
		if e.written < t.octets && e.nxt == e.una {
			with(func(n *toyEnd) { n.send(toySeg(toyAck, n.nxt, n.rcv, 1)); n.written++; n.nxt++ })
		}
	}
	if e.state == toySynReceived || e.state == toyEstablished || e.state == toyCloseWait {
		with(func(n *toyEnd) {
			n.send(toySeg(toyFin|toyAck, n.nxt, n.rcv, 0))
			n.nxt++
			if n.state == toyCloseWait {
				n.state = toyLastAck
			} else {
				n.state = toyFinWait1
			}
		})
	}
	if e.state > toyListen && e.una < e.nxt && !e.full() {
		with((*toyEnd).repeat)
	}
	if e.read < e.got() {
		with(func(n *toyEnd) { n.read++ })
	}
	t.network(e, do)
}

func (e *toyEnd) repeat() {
	switch {
	case e.una == 0 && e.state == toySynSent:
		e.send(toySeg(toySyn, 0, 0, 0))
	case e.una == 0:
		e.send(toySeg(toySyn|toyAck, 0, e.rcv, 0))
	case e.una == e.written+1:
		e.send(toySeg(toyFin|toyAck, e.una, e.rcv, 0))
	default:
		e.send(toySeg(toyAck, e.una, e.rcv, 1))
	}
}

// network loses and duplicates.
func (t toy) network(e toyEnd, do func(toyEnd)) {
	for i, g := range e.channel {
		if g == 0 || i == 1 && e.channel[0] == g {
			continue
		}
		do(e.without(i))
		if !e.full() {
			n := e
			n.send(g)
			do(n)
		}
	}
}

func (e toyEnd) without(i int) toyEnd {
	if i == 0 {
		e.channel[0] = e.channel[1]
	}
	e.channel[1] = 0
	return e
}

// tick ages what is in the channel, and TIME-WAIT.
func (t toy) tick(e toyEnd) toyEnd {
	old := e.channel
	e.channel = [2]toySegment{}
	for _, g := range old {
		if g != 0 && g.age() < t.age {
			e.send(g + 1)
		}
	}
	if e.wait > 0 {
		e.wait--
	}
	return e
}

func (e *toyEnd) code() uint64 {
	w := uint64(e.state) | uint64(e.una)<<4 | uint64(e.nxt)<<8 | uint64(e.rcv)<<12 | uint64(e.written)<<16 |
		uint64(e.read)<<20 | uint64(e.wait)<<24 | uint64(e.channel[0])<<32 | uint64(e.channel[1])<<46
	if e.ended {
		w |= 1 << 28
	}
	return w
}

func (e *toyEnd) load(w uint64) {
	*e = toyEnd{
		state: uint8(w & 15), una: uint8(w >> 4 & 15), nxt: uint8(w >> 8 & 15), rcv: uint8(w >> 12 & 15), written: uint8(w >> 16 & 15),
		read: uint8(w >> 20 & 15), wait: uint8(w >> 24 & 15), ended: w>>28&1 != 0,
		channel: [2]toySegment{toySegment(w >> 32 & 0x3fff), toySegment(w >> 46 & 0x3fff)},
	}
}

// toyParts is the toy for ExploreParts.
type toyParts struct{ toy }

func (t toyParts) Init(int) toyEnd                   { return toyEnd{} }
func (t toyParts) Words() int                        { return 1 }
func (t toyParts) Code(_ int, e *toyEnd, w []uint64) { w[0] = e.code() }
func (t toyParts) Load(_ int, w []uint64, e *toyEnd) { e.load(w[0]) }
func (t toyParts) Joints() int                       { return 1 }
func (t toyParts) Check(int, *toyEnd) string         { return "" }
func (t toyParts) Joint(_ int, e *toyEnd, _ int) (model.Move[toyEnd], bool) {
	return model.Move[toyEnd]{To: t.tick(*e)}, true
}

func (t toyParts) Moves(_ int, e *toyEnd, dst []model.Move[toyEnd]) []model.Move[toyEnd] {
	t.alone(*e, func(n toyEnd) { dst = append(dst, model.Move[toyEnd]{To: n}) })
	return dst
}

func (t toyParts) Offers(_ int, e *toyEnd, dst []model.Offer[toyEnd]) []model.Offer[toyEnd] {
	for i, g := range e.channel {
		if g != 0 && (i == 0 || e.channel[0] != g) {
			dst = append(dst, model.Offer[toyEnd]{Message: uint64(g), Rest: e.without(i)})
		}
	}
	return dst
}

func (t toyParts) Accept(_ int, e *toyEnd, message uint64) (model.Move[toyEnd], bool) {
	n := *e
	n.arrive(toySegment(message))
	return model.Move[toyEnd]{To: n}, true
}

// toySystem is the toy for Explore, with states of two words.
type toySystem struct{ toy }

func (t toySystem) Init(dst [][2]toyEnd) [][2]toyEnd { return append(dst, [2]toyEnd{}) }
func (t toySystem) Words() int                       { return 2 }
func (t toySystem) Code(s *[2]toyEnd, w []uint64)    { w[0], w[1] = s[0].code(), s[1].code() }
func (t toySystem) Load(w []uint64, s *[2]toyEnd)    { s[0].load(w[0]); s[1].load(w[1]) }
func (t toySystem) Succ(s *[2]toyEnd, dst []model.Succ[[2]toyEnd]) []model.Succ[[2]toyEnd] {
	add := func(i int, e, peer toyEnd) {
		dst = append(dst, model.Succ[[2]toyEnd]{})
		to := &dst[len(dst)-1].State
		to[i], to[1-i] = e, peer
	}
	for i := range s {
		t.alone(s[i], func(e toyEnd) { add(i, e, s[1-i]) })
		for j, g := range s[i].channel {
			if g != 0 && (j == 0 || s[i].channel[0] != g) {
				peer := s[1-i]
				peer.arrive(g)
				add(i, s[i].without(j), peer)
			}
		}
	}
	if a, b := t.tick(s[0]), t.tick(s[1]); a != s[0] || b != s[1] {
		add(0, a, b)
	}
	return dst
}
