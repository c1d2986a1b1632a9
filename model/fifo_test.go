package model_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/tcpfsm/tcpfsm/model"
)

// fifo is another protocol in the manner of TCP, nearer to it than toy: sequence
// numbers modulo 8, ABORT, retransmission at any time, and queues for two segments
// that lose their head, repeat it, or put it behind. Its counts are known from SPIN,
// Stateright and TLC.
type fifo struct {
	opens, octets uint8
	oneSender     bool
}

// A fifoHost is a host with the queue of what it sent.
type fifoHost struct {
	state, una, nxt, rcv, opened, sent uint8
	n                                  uint8
	queue                              [2]fifoSegment
}

type fifoSegment struct{ flags, seq, ack uint8 }

const (
	fifoSyn = 1 << iota
	fifoAck
	fifoFin
	fifoRst
	fifoText
)

const (
	fifoClosed = iota
	fifoListen
	fifoSynSent
	fifoSynReceived
	fifoEstablished
	fifoFinWait1
	fifoFinWait2
	fifoClosing
	fifoTimeWait
	fifoCloseWait
	fifoLastAck
)

func (h *fifoHost) in(states ...uint8) bool {
	for _, s := range states {
		if h.state == s {
			return true
		}
	}
	return false
}

func fifoInc(n uint8) uint8 { return (n + 1) & 7 }

func (h *fifoHost) send(flags, seq, ack uint8) {
	if int(h.n) < len(h.queue) {
		h.queue[h.n] = fifoSegment{flags, seq, ack}
		h.n++
	}
}

func (h *fifoHost) pop() fifoSegment {
	g := h.queue[0]
	h.queue = [2]fifoSegment{h.queue[1]}
	h.n--
	return g
}

func (h *fifoHost) reset() { *h = fifoHost{opened: h.opened, n: h.n, queue: h.queue} }

func (fifo) Init(int) fifoHost { return fifoHost{} }
func (fifo) Words() int        { return 1 }

func (fifo) Code(_ int, h *fifoHost, w []uint64) {
	w[0] = uint64(h.state) | uint64(h.una)<<4 | uint64(h.nxt)<<8 | uint64(h.rcv)<<12 | uint64(h.opened)<<16 | uint64(h.sent)<<20 | uint64(h.n)<<24
	for i, g := range h.queue {
		w[0] |= (uint64(g.flags) | uint64(g.seq)<<5 | uint64(g.ack)<<8) << (28 + 11*i)
	}
}

func (fifo) Load(_ int, w []uint64, h *fifoHost) {
	nibble := func(i int) uint8 { return uint8(w[0] >> (4 * i) & 15) }
	*h = fifoHost{state: nibble(0), una: nibble(1), nxt: nibble(2), rcv: nibble(3), opened: nibble(4), sent: nibble(5), n: nibble(6)}
	for i := range h.queue {
		g := w[0] >> (28 + 11*i)
		h.queue[i] = fifoSegment{uint8(g & 31), uint8(g >> 5 & 7), uint8(g >> 8 & 7)}
	}
}

func (f fifo) Moves(role int, h *fifoHost, dst []model.Move[fifoHost]) []model.Move[fifoHost] {
	when := func(can bool, change func(*fifoHost)) {
		if can {
			to := *h
			change(&to)
			dst = append(dst, model.Move[fifoHost]{To: to})
		}
	}
	iss := func(n *fifoHost) uint8 { return (2*n.opened + 3*uint8(role)) & 7 }
	mayOpen := h.state == fifoClosed && h.opened < f.opens
	when(mayOpen, func(n *fifoHost) { n.opened++; n.state, n.una, n.nxt = fifoListen, iss(n), iss(n) })
	when(mayOpen, func(n *fifoHost) {
		n.opened++
		n.state, n.una, n.nxt = fifoSynSent, iss(n), fifoInc(iss(n))
		n.send(fifoSyn, n.una, 0)
	})
	when(h.in(fifoListen, fifoSynSent), (*fifoHost).reset)
	closes := func(to uint8) func(*fifoHost) {
		return func(n *fifoHost) {
			n.send(fifoFin|fifoAck, n.nxt, n.rcv)
			n.nxt, n.state = fifoInc(n.nxt), to
		}
	}
	when(h.in(fifoSynReceived, fifoEstablished), closes(fifoFinWait1))
	when(h.state == fifoCloseWait, closes(fifoLastAck))
	when(h.in(fifoSynReceived, fifoEstablished, fifoFinWait1, fifoFinWait2, fifoCloseWait), func(n *fifoHost) {
		n.send(fifoRst, n.nxt, 0)
		n.reset()
	})
	sends := h.in(fifoEstablished, fifoCloseWait)
	when(sends && h.sent < f.octets && (role == 0 || !f.oneSender) && h.una == h.nxt, func(n *fifoHost) {
		n.sent++
		n.send(fifoText|fifoAck, n.nxt, n.rcv)
		n.nxt = fifoInc(n.nxt)
	})
	when(h.state == fifoSynSent, func(n *fifoHost) { n.send(fifoSyn, n.una, 0) })
	when(h.state == fifoSynReceived, func(n *fifoHost) { n.send(fifoSyn|fifoAck, n.una, n.rcv) })
	when(sends && h.una != h.nxt, func(n *fifoHost) { n.send(fifoText|fifoAck, n.una, n.rcv) })
	when(h.in(fifoFinWait1, fifoClosing, fifoLastAck) && h.una != h.nxt, func(n *fifoHost) { n.send(fifoFin|fifoAck, (n.nxt-1)&7, n.rcv) })
	when(h.state == fifoTimeWait, (*fifoHost).reset)
	when(h.n > 0, func(n *fifoHost) { n.pop() })
	when(h.n == 1, func(n *fifoHost) { n.queue[1], n.n = n.queue[0], 2 })
	when(h.n == 2, func(n *fifoHost) { n.queue[0], n.queue[1] = n.queue[1], n.queue[0] })
	return dst
}

func (fifo) Offers(_ int, h *fifoHost, dst []model.Offer[fifoHost]) []model.Offer[fifoHost] {
	if h.n == 0 {
		return dst
	}
	rest := *h
	g := rest.pop()
	return append(dst, model.Offer[fifoHost]{Message: uint64(g.flags) | uint64(g.seq)<<8 | uint64(g.ack)<<16, Rest: rest})
}

func (fifo) Accept(_ int, h *fifoHost, message uint64) (model.Move[fifoHost], bool) {
	to := *h
	to.arrive(fifoSegment{uint8(message), uint8(message >> 8), uint8(message >> 16)})
	return model.Move[fifoHost]{To: to}, true
}

func (h *fifoHost) arrive(g fifoSegment) {
	has := func(flag uint8) bool { return g.flags&flag != 0 }
	switch h.state {
	case fifoClosed:
		switch {
		case has(fifoRst):
		case has(fifoAck):
			h.send(fifoRst, g.ack, 0)
		default:
			h.send(fifoRst|fifoAck, 0, fifoInc(g.seq))
		}
	case fifoListen:
		switch {
		case has(fifoRst):
		case has(fifoAck):
			h.send(fifoRst, g.ack, 0)
		case has(fifoSyn):
			h.rcv, h.nxt, h.state = fifoInc(g.seq), fifoInc(h.una), fifoSynReceived
			h.send(fifoSyn|fifoAck, h.una, h.rcv)
		}
	case fifoSynSent:
		h.opening(g, has)
	default:
		h.synchronized(g, has)
	}
}

func (h *fifoHost) opening(g fifoSegment, has func(uint8) bool) {
	switch {
	case has(fifoAck) && g.ack != h.nxt:
		if !has(fifoRst) {
			h.send(fifoRst, g.ack, 0)
		}
	case has(fifoRst):
		if has(fifoAck) {
			h.reset()
		}
	case has(fifoSyn) && has(fifoAck):
		h.rcv, h.una, h.state = fifoInc(g.seq), g.ack, fifoEstablished
		h.send(fifoAck, h.nxt, h.rcv)
	case has(fifoSyn):
		h.rcv, h.state = fifoInc(g.seq), fifoSynReceived
		h.send(fifoSyn|fifoAck, h.una, h.rcv)
	}
}

func (h *fifoHost) synchronized(g fifoSegment, has func(uint8) bool) {
	switch {
	case g.seq != h.rcv:
		if !has(fifoRst) {
			h.send(fifoAck, h.nxt, h.rcv)
		}
		return
	case has(fifoRst):
		h.reset()
		return
	case has(fifoSyn):
		h.send(fifoAck, h.nxt, h.rcv)
		return
	case !has(fifoAck):
		return
	case h.state == fifoSynReceived && g.ack != h.nxt:
		h.send(fifoRst, g.ack, 0)
		return
	}
	if h.state == fifoSynReceived {
		h.state, h.una = fifoEstablished, g.ack
	} else if (g.ack-h.una)&7 <= (h.nxt-h.una)&7 {
		h.una = g.ack
	}
	takes := func() bool { return h.in(fifoEstablished, fifoFinWait1, fifoFinWait2) }
	if has(fifoText) && takes() {
		h.rcv = fifoInc(h.rcv)
		h.send(fifoAck, h.nxt, h.rcv)
	}
	if h.una == h.nxt {
		switch h.state {
		case fifoFinWait1:
			h.state = fifoFinWait2
		case fifoClosing:
			h.state = fifoTimeWait
		case fifoLastAck:
			h.reset()
		}
	}
	if has(fifoFin) && takes() {
		h.rcv = fifoInc(h.rcv)
		h.send(fifoAck, h.nxt, h.rcv)
		h.state = map[uint8]uint8{fifoEstablished: fifoCloseWait, fifoFinWait1: fifoClosing, fifoFinWait2: fifoTimeWait}[h.state]
	}
}

func (fifo) Joints() int                                                 { return 0 }
func (fifo) Joint(int, *fifoHost, int) (m model.Move[fifoHost], ok bool) { return m, false }
func (fifo) Check(int, *fifoHost) string                                 { return "" }

// SPIN, Stateright and TLC find the same states; their transitions are one more, the
// initial state's, and their depths count levels.
func TestExploreParts_fifo(t *testing.T) {
	r := exploreParts(t, model.Parts[fifoHost](fifo{opens: 2}), model.Options[model.Pair[fifoHost]]{})
	if got, want := countsOf(r), (counts{5_981_314, 51_121_800, 41, 539_964}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// The larger one has 18,619,965 states and 159,900,398 transitions.
func BenchmarkFifo(b *testing.B) {
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("opens=2,octets=1/parts/%d", workers), func(b *testing.B) {
			for b.Loop() {
				r, err := model.ExploreParts(context.Background(), model.Parts[fifoHost](fifo{2, 1, true}), model.Options[model.Pair[fifoHost]]{Workers: workers})
				reportRate(b, r, err)
				if r.States != 18_619_965 || r.Transitions != 159_900_398 {
					b.Fatalf("%d states, %d transitions", r.States, r.Transitions)
				}
			}
		})
	}
}
