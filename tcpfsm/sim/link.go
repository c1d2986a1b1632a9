package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// A LinkConfig says what one direction between two hosts is like.
type LinkConfig struct {
	Delay time.Duration // from sending the last bit to its arrival
	Rate  int           // bits a second, headers of 40 octets included; 0: no limit
	Queue int           // segments that may wait because of Rate, beyond which they are lost; 100
}

// overhead is the length of the IPv4 and TCP headers without options.
const overhead = 40

// A Link is one direction between two hosts.
type Link struct {
	from, to *Host
	cfg      LinkConfig
	down     bool
	filters  []Filter
	busy     time.Duration // when what waits because of Rate will have been sent
	count    int
}

// A Packet is a segment on a link, as filters see it.
type Packet struct {
	N        int // which one of the simulation, from 1
	OfLink   int // which one of this link, from 1
	Time     time.Duration
	From, To *Host
	Pair     endpoint.Pair // Local is the sender
	Header   endpoint.Header
	Payload  []byte // during the call only, and not to be changed: a checksum would notice
}

// A Fate is what a link does with a segment.
type Fate struct {
	Lose   bool
	Hold   time.Duration   // it is so much longer on its way, so that others overtake it
	Copies []time.Duration // there are further copies, each so much later
}

// A Filter decides about a segment that is sent. It must decide the same each time
// that the simulation runs.
type Filter func(*Packet) Fate

// Link joins two hosts, both ways alike.
func (s *Sim) Link(a, b *Host, cfg LinkConfig) error {
	if err := a.LinkTo(b, cfg); err != nil {
		return err
	}
	return b.LinkTo(a, cfg)
}

// LinkTo makes or changes the direction from this host to another.
func (h *Host) LinkTo(to *Host, cfg LinkConfig) error {
	orDefault(&cfg.Queue, 100)
	switch {
	case cfg.Delay < 0 || cfg.Rate < 0 || cfg.Queue < 0:
		return fmt.Errorf("sim: the link %s->%s can't have %+v: choose positive numbers", h.name, to.name, cfg)
	case h == to || h.sim != to.sim:
		return fmt.Errorf("sim: there is no link %s->%s: join two hosts of one simulation", h.name, to.name)
	}
	if l := h.links[to.addr]; l != nil {
		l.cfg = cfg
		return nil
	}
	h.links[to.addr] = &Link{from: h, to: to, cfg: cfg}
	return nil
}

// To finds the link to another host; nil if there is none.
func (h *Host) To(to *Host) *Link { return h.links[to.addr] }

// Filter adds a filter. All are asked; what any loses is lost.
func (l *Link) Filter(f Filter) { l.filters = append(l.filters, f) }

// Cut makes the link lose everything from now on, until it is healed. What is on its
// way arrives.
func (l *Link) Cut() { l.down = true }

// Heal ends a Cut.
func (l *Link) Heal() { l.down = false }

// LoseNth is a filter that loses the n-th segment that matches, from 1.
func LoseNth(n int, match func(*Packet) bool) Filter {
	return func(p *Packet) Fate {
		if !match(p) {
			return Fate{}
		}
		n--
		return Fate{Lose: n == 0}
	}
}

// LoseEvery is a filter that loses every n-th segment.
func LoseEvery(n int) Filter {
	return func(p *Packet) Fate { return Fate{Lose: n > 0 && p.OfLink%n == 0} }
}

// Chances say how often a network does something to a segment: 0 never, 1 always.
type Chances struct {
	Lose, Copy, Hold float64
	By               time.Duration // the longest time by which a copy, or what is held, is late
}

// Random is a filter that rolls dice, the same ones for the same seed.
func Random(seed uint64, c Chances) Filter {
	dice := rand.New(rand.NewPCG(seed, 9293))
	late := func() time.Duration { return time.Duration(dice.Float64() * float64(max(0, c.By))) }
	return func(*Packet) (fate Fate) {
		fate.Lose = dice.Float64() < c.Lose
		if dice.Float64() < c.Copy {
			fate.Copies = []time.Duration{late()}
		}
		if dice.Float64() < c.Hold {
			fate.Hold = late()
		}
		return fate
	}
}

// HasFlags matches segments that have all these flags.
func HasFlags(f tcpfsm.Flags) func(*Packet) bool {
	return func(p *Packet) bool { return p.Header.Flags.Has(f) }
}

// fate asks everybody.
func (l *Link) fate(p *Packet) Fate {
	sum := Fate{Lose: l.down}
	for _, f := range l.filters {
		one := f(p)
		sum.Lose = sum.Lose || one.Lose
		sum.Hold = later(sum.Hold, one.Hold)
		sum.Copies = append(sum.Copies, one.Copies...)
	}
	return sum
}

// departure is when the last bit of a segment has been sent; ok is false if there is
// no room for it in the queue.
func (l *Link) departure(now time.Duration, octets int) (at time.Duration, ok bool) {
	if l.cfg.Rate == 0 {
		return now, true
	}
	takes := time.Duration(octets+overhead) * 8 * time.Second / time.Duration(l.cfg.Rate)
	if takes > 0 && (l.busy-now)/takes > time.Duration(l.cfg.Queue) {
		return 0, false
	}
	l.busy = later(max(l.busy, now), takes)
	return l.busy, true
}

// A flight is a segment on its way.
type flight struct {
	n        int
	to       *Host
	pair     endpoint.Pair // of the receiver
	header   endpoint.Header
	payload  []byte
	forged   bool
	fromName string
	conn     string // of the sender
}

// send puts a segment on the link to its destination.
func (s *Sim) send(from *Host, pair endpoint.Pair, h endpoint.Header, payload []byte, conn string) {
	s.sent++
	p := Packet{N: s.sent, Time: s.now, From: from, Pair: pair, Header: h, Payload: payload}
	link := from.links[pair.Remote.Addr()]
	if link != nil {
		link.count++
		p.OfLink, p.To = link.count, link.to
	} else {
		p.To = s.byAddr[pair.Remote.Addr()]
	}
	s.note(&p)
	s.logPacket(trace.Departed, &p, conn)
	if link == nil {
		s.logPacket(trace.Lost, &p, conn)
		return
	}
	fate := link.fate(&p)
	at, ok := link.departure(s.now, len(payload))
	if fate.Lose || !ok {
		s.logPacket(trace.Lost, &p, conn)
		return
	}
	at = later(later(at, link.cfg.Delay), fate.Hold)
	s.fly(&p, at, conn)
	for _, more := range fate.Copies {
		s.fly(&p, later(at, more), conn)
	}
}

// Forge puts a segment on the link, from one port to another, in the name of the host
// that sends on it and knows nothing of it. Filters don't see it.
func (l *Link) Forge(from, to uint16, h endpoint.Header, payload []byte) {
	s := l.from.sim
	s.sent++
	pair := endpoint.Pair{Local: l.from.port(from), Remote: l.to.port(to)}
	h.Text = uint32(len(payload))
	p := Packet{N: s.sent, Time: s.now, From: l.from, To: l.to, Pair: pair, Header: h, Payload: payload}
	s.note(&p)
	s.record(trace.Event{Kind: trace.Departed, Host: l.from.name, Peer: l.to.name, Packet: p.N, Segment: describe(&p.Header), Forged: true})
	f := s.newFlight(&p)
	f.forged = true
	s.flying++
	s.queue.push(item{at: later(s.now, l.cfg.Delay), seg: f})
}

func (s *Sim) newFlight(p *Packet) *flight {
	f := &flight{}
	if n := len(s.free); n > 0 {
		f, s.free = s.free[n-1], s.free[:n-1]
	}
	*f = flight{
		n: p.N, to: p.To, pair: endpoint.Pair{Local: p.Pair.Remote, Remote: p.Pair.Local}, header: p.Header,
		payload: append(f.payload[:0], p.Payload...), fromName: p.From.name,
	}
	return f
}

func (s *Sim) fly(p *Packet, at time.Duration, conn string) {
	if s.flying == s.cfg.InFlight {
		s.limit("InFlight", s.cfg.InFlight)
		return
	}
	s.flying++
	f := s.newFlight(p)
	f.conn = conn
	s.queue.push(item{at: at, seg: f})
}

func (s *Sim) arrive(f *flight) {
	s.flying--
	f.to.receive(f)
	s.free = append(s.free, f)
}
