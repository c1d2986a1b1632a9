package proptest

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// A wire is a segment in the network, octet by octet.
type wire struct {
	octets  []byte
	sent    time.Duration
	segment trace.Segment // for the log
	n       int
}

// lifetime is the MSL of these networks: they forget what is older.
const lifetime = 30 * time.Second

// A path is two stacks and a network that does anything to their segments that a
// network may do: lose, copy, reorder, delay and damage. The first stack opens, the
// second listens.
type path struct {
	t    *rapid.T
	now  time.Duration
	ends [2]Stack
	look func() // after every step

	flying  [2][]wire
	written [2]uint32
	got     [2]uint32
	eof     [2]bool
	closed  [2]bool
	arrived uint64 // segments
	happened
	buf [1 << 16]byte
}

func newPath(t *rapid.T, client, server Stack, look func()) *path {
	p := &path{t: t, ends: [2]Stack{client, server}, look: look, happened: newHappened()}
	if err := server.Listen(); err != nil {
		t.Fatal(err)
	}
	p.logCall(1, "open passive", 0)
	if err := client.Open(); err != nil {
		t.Fatal(err)
	}
	p.logCall(0, "open active", 0)
	p.settle(all)
	return p
}

// all is more segments than an end ever has to send.
const all = 1 << 20

// queue bounds what flies at once.
const queue = 200

// settle sends what the ends have to send, and looks whether all is well.
func (p *path) settle(keep int) {
	for i, s := range p.ends {
		for n, packet := range s.Departed() {
			w := wire{endpoint.AppendSegment(nil, pairs[i], packet.Header, packet.Payload), p.now, spoken(&packet), p.number()}
			p.logSegment(trace.Departed, i, &w)
			if n < keep && len(p.flying[i]) < queue {
				p.flying[i] = append(p.flying[i], w)
			} else {
				p.logSegment(trace.Lost, i, &w)
			}
		}
		if s.State() == tcpfsm.Closed && !p.closed[i] {
			p.t.Fatalf("%s is CLOSED, and its user has not closed", endName(i))
		}
	}
	p.look()
}

func endName(i int) string { return [...]string{"the end that opened", "the end that listened"}[i] }

// arrive gives an end what has come through the network.
func (p *path) arrive(to int, w *wire) {
	pair, octets := pairs[to], w.octets
	if endpoint.Checksum(pair.Remote.Addr(), pair.Local.Addr(), octets) != 0 {
		return
	}
	_, _, h, text, err := endpoint.ParseSegment(octets)
	if err != nil {
		p.t.Fatal(err)
	}
	p.arrived++
	p.ends[to].Arrive(Packet{h, text})
	p.logSegment(trace.Arrived, to, w)
	clear(octets) // a stack that keeps what it was given would show it now
}

// pass lets time go by, and old segments die.
func (p *path) pass(d time.Duration) {
	p.now += d
	for i, s := range p.ends {
		p.flying[i] = slices.DeleteFunc(p.flying[i], func(w wire) bool {
			old := p.now-w.sent >= lifetime
			if old {
				p.logSegment(trace.Lost, i, &w)
			}
			return old
		})
		s.Advance(d)
		p.logState(i, "time goes by")
	}
}

func (p *path) write(i int, n uint32) {
	taken, err := p.ends[i].Send(octets(i, p.written[i], n))
	if closing := p.closed[i]; closing != (err != nil) {
		p.t.Fatalf("%s in %v writes: %v; closed: %v", endName(i), p.ends[i].State(), err, closing)
	}
	p.written[i] += uint32(taken)
	p.logCall(i, "send", taken)
}

// read takes octets, compares them with what the other end wrote, and says how many
// there were.
func (p *path) read(i, n int) int {
	taken, err := p.ends[i].Receive(p.buf[:n])
	if first := p.got[i]; !bytes.Equal(p.buf[:taken], octets(1-i, first, uint32(taken))) || first+uint32(taken) > p.written[1-i] {
		p.t.Fatalf("%s reads something else than was written, in octets %d to %d of %d", endName(i), first, first+uint32(taken), p.written[1-i])
	}
	p.got[i] += uint32(taken)
	if taken > 0 || err != nil {
		p.logCall(i, "receive", taken)
	}
	switch {
	case err == nil:
	case errors.Is(err, io.EOF):
		if !p.closed[1-i] || p.got[i] < p.written[1-i] {
			p.t.Fatalf("%s reads the end of the stream after %d of %d octets", endName(i), p.got[i], p.written[1-i])
		}
		p.eof[i] = true
	default:
		p.t.Fatalf("%s in %v reads: %v", endName(i), p.ends[i].State(), err)
	}
	return taken
}

func (p *path) closeWrite(i int) {
	if p.closed[i] {
		return
	}
	if err := p.ends[i].Close(); err != nil {
		p.t.Fatalf("%s in %v closes: %v", endName(i), p.ends[i].State(), err)
	}
	p.closed[i] = true
	p.logCall(i, "close", 0)
}

// usable reports whether the user of an end has a connection to call.
func (p *path) usable(i int) bool { return p.ends[i].State() >= tcpfsm.Established }

// readable reports whether there may be something to read, be it of a connection
// that both ends have closed since.
func (p *path) readable(i int) bool {
	return !p.eof[i] && (p.usable(i) || p.closed[i] && p.ends[i].State() == tcpfsm.Closed)
}

// hostile is one step of users, network or time. Who closes second has read
// everything, since a reset in LAST-ACK would flush it.
func (p *path) hostile() {
	i := rapid.IntRange(0, 1).Draw(p.t, "end")
	fly := p.flying[i]
	switch action := rapid.IntRange(0, 19).Draw(p.t, "action"); {
	case action < 3 && p.usable(i):
		p.write(i, uint32(rapid.IntRange(1, 3000).Draw(p.t, "octets")))
	case action < 6 && p.readable(i):
		p.read(i, rapid.IntRange(1, 3000).Draw(p.t, "octets"))
	case action == 6 && p.usable(i) && (p.eof[i] || !p.closed[1-i] && rapid.IntRange(0, 9).Draw(p.t, "close") == 0):
		p.closeWrite(i)
	case action < 9:
		p.pass(p.duration())
	case len(fly) > 0:
		p.hostileNetwork(i, rapid.IntRange(0, min(len(fly), 8)-1).Draw(p.t, "segment"), action)
	}
	p.settle(rapid.SampledFrom([]int{all, all, all, 0, 1, 2}).Draw(p.t, "sent"))
}

// duration is mostly short, and sometimes long enough for any timer but 2 MSL.
func (p *path) duration() time.Duration {
	most := rapid.SampledFrom([]int{1, 100, 400, 4000}).Draw(p.t, "at most")
	return time.Duration(rapid.IntRange(0, most).Draw(p.t, "ms")) * time.Millisecond
}

func (p *path) hostileNetwork(from, which, action int) {
	w := p.flying[from][which]
	switch action {
	case 9, 10:
		p.flying[from] = slices.Delete(p.flying[from], which, which+1)
		p.logSegment(trace.Lost, from, &w)
	case 11:
		w.octets = bytes.Clone(w.octets)
		p.flying[from] = append(p.flying[from], w)
	case 12:
		p.flying[from] = slices.Delete(p.flying[from], which, which+1)
		p.damage(1-from, &w)
	default:
		p.flying[from] = slices.Delete(p.flying[from], which, which+1)
		p.arrive(1-from, &w)
	}
}

// damage changes one bit or a burst of up to sixteen, which the checksum always
// finds: so that nothing of it may reach the stack.
func (p *path) damage(to int, w *wire) {
	pair, octets := pairs[to], w.octets
	p.logSegment(trace.Lost, 1-to, w)
	bit := rapid.IntRange(0, 8*len(octets)-1).Draw(p.t, "bit")
	burst := rapid.Uint16Range(0, 1<<7-1).Draw(p.t, "burst")<<1 | 1
	for i := bit; burst != 0 && i < 8*len(octets); i, burst = i+1, burst>>1 {
		octets[i/8] ^= byte(burst&1) << (i % 8)
	}
	if endpoint.Checksum(pair.Remote.Addr(), pair.Local.Addr(), octets) == 0 {
		p.t.Fatalf("the checksum of %x does not see that it was changed at bit %d", octets, bit)
	}
	p.arrive(to, w)
}

// friendly lets everything come to its end over a network without faults.
func (p *path) friendly() {
	quiet := time.Millisecond
	for range 100_000 {
		for i := range p.ends {
			fly := p.flying[i]
			p.flying[i] = nil
			for _, w := range fly {
				p.arrive(1-i, &w)
			}
			p.settle(all)
		}
		for i := range p.ends {
			for p.readable(i) && p.read(i, 5000) > 0 {
			}
			if p.usable(i) {
				p.closeWrite(i)
			}
			p.settle(all)
		}
		if len(p.flying[0])+len(p.flying[1]) > 0 {
			quiet = time.Millisecond
			continue
		}
		if p.ends[0].State() == tcpfsm.Closed && p.ends[1].State() == tcpfsm.Closed {
			return
		}
		p.pass(quiet)
		p.settle(all)
		quiet = min(2*quiet, time.Second)
	}
	p.t.Fatalf("it does not end: %v and %v", p.ends[0].State(), p.ends[1].State())
}

// run is a whole connection: hostile steps, then the end over a good network.
func (p *path) run(steps int) {
	for range steps {
		p.hostile()
	}
	p.friendly()
	for i := range p.ends {
		if !p.eof[i] || p.got[i] != p.written[1-i] {
			p.t.Fatalf("%s has read %d of %d octets, end of stream %v", endName(i), p.got[i], p.written[1-i], p.eof[i])
		}
	}
}

// Streams draws connections between a stack and package endpoint, in which the stack
// opens or listens, through a hostile network of cfg.Steps events, and then a good
// one: what is read is what was written, in order, once, to the end, and both end in
// CLOSED. A stack that gives up must not do so within an hour of losses.
func Streams(t *testing.T, newStack func() Stack, cfg Config) {
	conf := cfg.withDefaults()
	var octets, arrived, connections uint64
	var last *path
	defer func() {
		if last != nil && t.Failed() {
			t.Log(last.report(t, conf))
		}
	}()
	rapid.Check(t, func(t *rapid.T) {
		peer := newEndpointStack(endpoint.Config{
			SendBuffer: rapid.IntRange(64, 6000).Draw(t, "send buffer"), ReceiveBuffer: rapid.IntRange(conf.PeerBuffer, conf.PeerBuffer+6000).Draw(t, "receive buffer"),
			MSS: rapid.IntRange(536, 1460).Draw(t, "MSS"), MSL: lifetime, UserTimeout: 1e6 * time.Hour, R2: 1 << 30, R2Syn: 1 << 30,
			ISN: func(endpoint.Pair, time.Time) uint32 {
				return 0 - uint32(rapid.IntRange(0, 5000).Draw(t, "ISS before the wrap"))
			},
		}, pairs[0], endpoint.Backlog{})
		stack := newStack()
		defer discard(stack)
		ends := [2]Stack{peer, stack}
		if rapid.Bool().Draw(t, "the stack opens") {
			peer.pair = pairs[1]
			ends = [2]Stack{stack, peer}
		}
		p := newPath(t, ends[0], ends[1], func() {})
		last = p
		p.run(conf.Steps)
		connections, octets, arrived = connections+1, octets+uint64(p.got[0])+uint64(p.got[1]), arrived+p.arrived
	})
	t.Logf("%d connections carried %d octets in %d segments that arrived", connections, octets, arrived)
}
