package tcpnet

import (
	"fmt"

	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// State is one state of the system: host a and host b.
type State = model.Pair[Host]

// A Host is an endpoint with its user and its buffers, and the channel that it
// sends into.
type Host struct {
	TCB     tcpfsm.TCB
	Channel channel

	Written uint8 // octets the user gave to SEND
	Acked   uint8 // of those, octets that left the send buffer
	Got     uint8 // octets taken in order; those that the TCB does not count as unread were handed over

	EOF    bool // the user was told that the peer has closed
	Opened bool // the user has opened
	Closed bool // the user has closed
	Left   bool // the user has left or aborted
	Ended  bool // the last connection was closed by both ends
	Full   bool // the accept queue is full of other connections

	Waiting bool // made by a listener, and not accepted yet: it has no user

	Life  uint8 // how often the user has opened before
	Peer  uint8 // the peer's life whose SYN was taken, and 1; 0 is none
	Wait  uint8 // ticks until TIME-WAIT may end
	Quiet uint8 // ticks until a host that lost its memory may speak
	Due   uint8 // ticks until the retransmission timer expires, where that is certain
	Spent [budgets]uint8
}

// What a host can do only so often.
const (
	budgetRetransmit = iota
	budgetLose
	budgetCopy
	budgetForge
	budgetCrash
	budgets
)

// forget is what remains of the buffers when there is no connection any more: what
// was written is still what the peer may have to read.
func (h *Host) forget() {
	h.Acked, h.Got, h.EOF, h.Peer, h.Wait, h.Due = 0, 0, false, 0, 0, 0
}

// flags are the fields that are on or off.
func (h *Host) flags() [hostFlags]*bool {
	return [hostFlags]*bool{&h.EOF, &h.Opened, &h.Closed, &h.Left, &h.Ended, &h.Full, &h.Waiting}
}

// counters are the small numbers.
func (h *Host) counters() [hostCounters]*uint8 {
	c := [hostCounters]*uint8{&h.Written, &h.Acked, &h.Got, &h.Life, &h.Peer, &h.Wait, &h.Quiet, &h.Due}
	for i := range h.Spent {
		c[hostCounters-budgets+i] = &h.Spent[i]
	}
	return c
}

// The encoding: the state and every value of the TCB, two to a word, a word of
// flags and counters, and the messages. Width costs little here, since a host is
// encoded once for each of its steps, not once for each state of the system.
const (
	tcbWords     = 18
	hostWords    = tcbWords + 1
	hostFlags    = 7
	hostCounters = 8 + budgets
	counterBits  = 4
)

var _ [64 - hostFlags - counterBits*hostCounters]struct{} // they fit a word

// Words is the width of the encoding.
func (n *Net) Words() int { return hostWords + n.b.Capacity }

// Code packs a host.
func (n *Net) Code(_ int, h *Host, w []uint64) {
	packTCB(&h.TCB, w[:tcbWords])
	var bits uint64
	for i, f := range h.flags() {
		if *f {
			bits |= 1 << i
		}
	}
	for i, c := range h.counters() {
		bits |= uint64(*c) << (hostFlags + counterBits*i)
	}
	w[tcbWords] = bits
	for i := range n.b.Capacity {
		w[hostWords+i] = uint64(h.Channel.m[i])
	}
}

// Load unpacks a host.
func (n *Net) Load(_ int, w []uint64, h *Host) {
	*h = Host{}
	unpackTCB(&h.TCB, w[:tcbWords])
	bits := w[tcbWords]
	for i, f := range h.flags() {
		*f = bits>>i&1 != 0
	}
	for i, c := range h.counters() {
		*c = uint8(bits >> (hostFlags + counterBits*i) & (1<<counterBits - 1))
	}
	for _, m := range w[hostWords : hostWords+n.b.Capacity] {
		if m != 0 {
			h.Channel.m[h.Channel.n] = message(m)
			h.Channel.n++
		}
	}
}

// packTCB packs the state and all values, two to a word.
func packTCB(t *tcpfsm.TCB, w []uint64) {
	var buf [2 * tcbWords]uint32
	values := t.AppendValues(append(buf[:0], uint32(t.State)))
	for i := range w {
		w[i] = 0
		for j := 2 * i; j < min(2*i+2, len(values)); j++ {
			w[i] |= uint64(values[j]) << (32 * (j % 2))
		}
	}
}

func unpackTCB(t *tcpfsm.TCB, w []uint64) {
	var values [2 * tcbWords]uint32
	for i, x := range w {
		values[2*i], values[2*i+1] = uint32(x), uint32(x>>32)
	}
	t.State = tcpfsm.State(values[0])
	t.SetValues(values[1:])
}

// farthest is how far a sequence number may be from the initial one: room for SYN,
// text and FIN. What an attacker can make an end believe may go further.
const farthest = 7

// outOfBounds names the first value of a TCB that has left what the bounds leave
// it, or is "". Without this, a mistake could make the system infinite.
func (n *Net) outOfBounds(host int, t *tcpfsm.TCB) string {
	most := uint32(farthest)
	if n.b.Forge > 0 {
		most += uint32(n.near())
	}
	for _, v := range [...]struct {
		name string
		n    uint32
	}{
		{"SND.UNA - ISS", t.SndUna - t.ISS}, {"SND.NXT - ISS", t.SndNxt - t.ISS}, {"RCV.NXT - IRS", t.RcvNxt - t.IRS},
		{"SND.WND", t.SndWnd}, {"MAX.SND.WND", t.MaxSndWnd}, {"RCV.WND", t.RcvWnd}, {"queued", t.Queued}, {"unread", t.Unread},
		{"tries", t.Tries}, {"probes", t.Probes}, {"challenges", t.Challenges},
	} {
		if v.n > most {
			return fmt.Sprintf("%s = %d is not between 0 and %d", v.name, v.n, most)
		}
	}
	if !n.chosen(host, t.ISS) {
		return fmt.Sprintf("ISS = %d is neither 0 nor an initial sequence number of %s", t.ISS, hosts[host])
	}
	if n.b.Forge == 0 && !n.chosen(1-host, t.IRS) {
		return fmt.Sprintf("IRS = %d is neither 0 nor an initial sequence number of %s", t.IRS, hosts[1-host])
	}
	return ""
}

// chosen reports whether a host has that initial sequence number in some life.
func (n *Net) chosen(host int, iss uint32) bool {
	for life := range n.b.lives() + n.b.Crashes {
		if iss == n.b.iss(host, uint8(life)) {
			return true
		}
	}
	return iss == 0
}
