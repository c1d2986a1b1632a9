package tcpnet

import (
	"fmt"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// State is one state of the system. Channels[i] holds what host i sent.
type State struct {
	Ends     [2]Endpoint
	Channels [2]channel

	codes [2]uint64 // of Ends: most steps change one end or none
}

// An Endpoint is a connection with the user and the buffers at its end.
type Endpoint struct {
	TCB tcpfsm.TCB

	Written uint8 // octets the user gave to SEND
	Acked   uint8 // of those, octets that left the send buffer
	Got     uint8 // octets taken in order; those that the TCB does not count as unread were handed over

	EOF    bool // the user was told that the peer has closed
	Opened bool // the user has opened
	Closed bool // the user has closed
	Left   bool // the user has left or aborted
}

// forget is what remains of the buffers when there is no connection any more: what
// was written is still what the peer may have to read.
func (e *Endpoint) forget() {
	e.Acked, e.Got, e.EOF = 0, 0, false
}

// A coder goes through the fields of an endpoint in one fixed order, either
// packing or unpacking, so that the two can't differ.
type coder struct {
	w      uint64
	at     uint
	unpack bool
	err    string // the first value that did not fit
}

// bits codes the low n bits of a value.
func (c *coder) bits(name string, v *uint32, n uint) {
	mask := uint32(1)<<n - 1
	if c.unpack {
		*v = uint32(c.w>>c.at) & mask
	} else {
		if *v > mask && c.err == "" {
			c.err = fmt.Sprintf("%s = %d does not fit %d bits", name, *v, n)
		}
		c.w |= uint64(*v&mask) << c.at
	}
	c.at += n
}

func (c *coder) byte(name string, v *uint8, n uint) {
	x := uint32(*v)
	c.bits(name, &x, n)
	*v = uint8(x)
}

func (c *coder) flag(v *bool) {
	if c.unpack {
		*v = c.w>>c.at&1 != 0
	} else if *v {
		c.w |= 1 << c.at
	}
	c.at++
}

// seq codes a sequence number by its distance from base in 3 bits.
func (c *coder) seq(name string, v *uint32, base uint32) {
	d := *v - base
	c.bits(name, &d, 3)
	*v = base + d
}

// seqOrZero codes a sequence number that may not have been set yet.
func (c *coder) seqOrZero(name string, v *uint32, base uint32) {
	code, ok := relative(*v, base)
	if !ok && !c.unpack && c.err == "" {
		c.err = fmt.Sprintf("%s = %d is far from %d", name, *v, base)
	}
	c.bits(name, &code, 4)
	*v = absolute(code, base)
}

// initial codes an initial sequence number, which is known, or 0 for none.
func (c *coder) initial(name string, v *uint32, known uint32) {
	set := *v == known
	if !set && *v != 0 && c.err == "" {
		c.err = fmt.Sprintf("%s = %d is neither 0 nor %d", name, *v, known)
	}
	c.flag(&set)
	*v = 0
	if set {
		*v = known
	}
}

// endpoint codes what can differ between states; options and parameters can't.
func (c *coder) endpoint(e *Endpoint, iss, irs uint32) {
	t := &e.TCB
	c.byte("state", (*uint8)(&t.State), 4)
	armed := uint32(t.Armed)
	c.bits("armed", &armed, 7)
	t.Armed = tcpfsm.Timers(armed)
	for _, f := range []*bool{&t.Passive, &t.Remote, &t.SynAcked, &t.CloseQueued, &t.FinSent, &t.Orphan, &e.EOF, &e.Opened, &e.Closed, &e.Left} {
		c.flag(f)
	}
	c.initial("ISS", &t.ISS, iss)
	c.initial("IRS", &t.IRS, irs)
	c.seq("SND.UNA", &t.SndUna, t.ISS)
	c.seq("SND.NXT", &t.SndNxt, t.ISS)
	c.seq("SND.WL1", &t.SndWl1, t.IRS)
	c.seqOrZero("SND.WL2", &t.SndWl2, t.ISS)
	c.seq("RCV.NXT", &t.RcvNxt, t.IRS)
	c.bits("SND.WND", &t.SndWnd, 3)
	c.bits("MAX.SND.WND", &t.MaxSndWnd, 3)
	c.bits("RCV.WND", &t.RcvWnd, 3)
	c.bits("queued", &t.Queued, 3)
	c.bits("unread", &t.Unread, 3)
	c.bits("challenges", &t.Challenges, 1)
	c.byte("written", &e.Written, 3)
	c.byte("acked", &e.Acked, 3)
	c.byte("got", &e.Got, 3)
}

// endpointBits is what endpoint codes. It must not be more than one word.
const endpointBits = 4 + 7 + 10 + 2 + 4*3 + 4 + 5*3 + 1 + 3*3

var _ [64 - endpointBits]struct{}

// encode packs an end that a step changed, and says what does not fit, or "".
func (n *Net) encode(s *State, host int) string {
	c := coder{}
	c.endpoint(&s.Ends[host], n.b.ISS[host], n.b.ISS[1-host])
	t := &s.Ends[host].TCB
	if c.err == "" && (t.Tries|t.Probes|t.TwSndNxt|t.TwRcvNxt != 0 || t.SavedTW) {
		c.err = "tries, probes or a saved TIME-WAIT are in use, which these bounds exclude"
	}
	s.codes[host] = c.w
	return c.err
}

// Words is the width of the encoding.
func (n *Net) Words() int { return 2 + 2*n.channelWords() }

// perWord is how many messages a word holds beside the others' share of it.
const perWord = 64 / messageBits

func (n *Net) channelWords() int { return (n.b.Capacity + perWord - 1) / perWord }

// Code packs a state; its ends are packed already. A message is never 0, so that
// the channel's length needs no place of its own.
func (n *Net) Code(s *State, w []uint64) {
	w[0], w[1] = s.codes[0], s.codes[1]
	clear(w[2:])
	for i := range s.Channels {
		words := w[2+i*n.channelWords():]
		for j, m := range s.Channels[i].m[:s.Channels[i].n] {
			words[j/perWord] |= uint64(m) << (j % perWord * messageBits)
		}
	}
}

// Load unpacks a state.
func (n *Net) Load(w []uint64, s *State) {
	*s = n.zero
	s.codes = [2]uint64{w[0], w[1]}
	for i := range s.Ends {
		c := coder{w: w[i], unpack: true}
		c.endpoint(&s.Ends[i], n.b.ISS[i], n.b.ISS[1-i])
		s.Channels[i].load(w[2+i*n.channelWords():][:n.channelWords()])
	}
}

func (c *channel) load(words []uint64) {
	for _, w := range words {
		for ; w != 0; w >>= messageBits {
			c.m[c.n] = message(w & (1<<messageBits - 1))
			c.n++
		}
	}
}
