package quic

import (
	"math/bits"
	"slices"

	"github.com/tcpfsm/tcpfsm/gen/internal/quic/quicrecv"
	"github.com/tcpfsm/tcpfsm/gen/internal/quic/quicsend"
	"github.com/tcpfsm/tcpfsm/model"
)

// The bounds of the system.
const (
	streamSize = 2 // octets the application may write
	window     = 1 // octets that may wait to be read
	capacity   = 2 // packets in the network, each way
)

// A stream is a sending part, a receiving part, the sets of octets that a buffer
// would know of, and the packets between them. It is comparable, so that a test
// can compare states.
type stream struct {
	Send     quicsend.Stream
	Recv     quicrecv.Stream
	Acked    uint8 // octets acknowledged, a bit each
	Got      uint8 // octets received, a bit each
	Forward  [capacity]packet
	Backward [capacity]packet
}

// A packet carries one frame or one acknowledgment. The zero packet is none.
type packet struct {
	kind   uint8
	offset uint8 // or final size, or limit
	length uint8
	fin    bool
}

const (
	noPacket uint8 = iota
	streamPacket
	resetPacket
	streamAck
	resetAck
	maxData
	stopSending
)

func (p packet) code() uint8 {
	c := p.kind | p.offset<<3 | p.length<<5
	if p.fin {
		c |= 1 << 7
	}
	return c
}

func decode(c uint8) packet { return packet{c & 7, c >> 3 & 3, c >> 5 & 3, c>>7 != 0} }

// octets are the octets of a STREAM frame as a set.
func (p packet) octets() uint8 { return (1<<p.length - 1) << p.offset }

// put adds a packet and keeps the order, since the network has none; false means
// that there is no room.
func put(ch *[capacity]packet, p packet) bool {
	i := slices.Index(ch[:], packet{})
	if i < 0 {
		return false
	}
	ch[i] = p
	slices.SortFunc(ch[:], func(a, b packet) int { return int(b.code()) - int(a.code()) })
	return true
}

func take(ch *[capacity]packet, i int) packet {
	p := ch[i]
	copy(ch[i:], ch[i+1:])
	ch[capacity-1] = packet{}
	return p
}

// system explores a stream. The two steps are values, so that a test can put a
// mistake into them.
type system struct {
	send func(*quicsend.Stream, *quicsend.Event, *quicsend.Output) quicsend.RowID
	recv func(*quicrecv.Stream, *quicrecv.Event, *quicrecv.Output) quicrecv.RowID

	patient bool // nobody resets and nobody stops reading
}

func generated() system {
	return system{send: (*quicsend.Stream).Step, recv: (*quicrecv.Stream).Step}
}

func (system) Init(dst []stream) []stream {
	return append(dst, stream{Send: quicsend.Stream{Credit: window}, Recv: quicrecv.Stream{Window: window}})
}

func (y system) Succ(s *stream, dst []model.Succ[stream]) []model.Succ[stream] {
	x := &expansion{system: y, from: s, dst: dst}
	x.application()
	x.network()
	return x.dst
}

// values of a part are small, and take an octet each in the encoding.
func (system) Words() int { return 6 }

func (system) Code(s *stream, w []uint64) {
	octets := []uint8{uint8(s.Send.State), uint8(s.Recv.State), s.Acked, s.Got}
	for i := range capacity {
		octets = append(octets, s.Forward[i].code(), s.Backward[i].code())
	}
	for _, v := range s.Recv.AppendValues(s.Send.AppendValues(nil)) {
		if v > 255 {
			panic("quic: a value is beyond its bounds")
		}
		octets = append(octets, uint8(v))
	}
	clear(w)
	for i, o := range octets {
		w[i/8] |= uint64(o) << (i % 8 * 8)
	}
}

func (system) Load(w []uint64, s *stream) {
	at := func(i int) uint8 { return uint8(w[i/8] >> (i % 8 * 8)) }
	*s = stream{Acked: at(2), Got: at(3)}
	for i := range capacity {
		s.Forward[i], s.Backward[i] = decode(at(4+2*i)), decode(at(5+2*i))
	}
	first := 4 + 2*capacity
	sent := len(s.Send.AppendValues(nil))
	values := make([]uint32, sent+len(s.Recv.AppendValues(nil)))
	for i := range values {
		values[i] = uint32(at(first + i))
	}
	s.Send.SetValues(values[:sent])
	s.Recv.SetValues(values[sent:])
	s.Send.State, s.Recv.State = quicsend.State(at(0)), quicrecv.State(at(1))
}

// An expansion finds the successors of one state.
type expansion struct {
	system
	from  *stream
	dst   []model.Succ[stream]
	next  stream
	fault string
}

// try runs one step on a copy of the state, and keeps it if it could happen.
func (x *expansion) try(step func() bool) {
	x.next, x.fault = *x.from, ""
	if step() {
		x.dst = append(x.dst, model.Succ[stream]{State: x.next, Label: uint64(len(x.dst)), Fault: x.fault})
	}
}

func (x *expansion) application() {
	if x.from.Send.Written < streamSize {
		x.try(func() bool { return x.sender(quicsend.Event{Kind: quicsend.EventWrite, Octets: 1}) })
	}
	x.try(func() bool { return x.sender(quicsend.Event{Kind: quicsend.EventFinish}) })
	x.try(func() bool { return x.sender(quicsend.Event{Kind: quicsend.EventTransmit, Room: 2}) })
	prefix := uint32(bits.TrailingZeros8(^x.from.Got))
	x.try(func() bool {
		return x.receiver(quicrecv.Event{Kind: quicrecv.EventRead, Octets: 1, Prefix: prefix})
	})
	if !x.patient {
		x.try(func() bool { return x.sender(quicsend.Event{Kind: quicsend.EventReset}) })
		x.try(func() bool { return x.receiver(quicrecv.Event{Kind: quicrecv.EventStop}) })
	}
}

// sender runs an event and puts what is sent into the network.
func (x *expansion) sender(ev quicsend.Event) bool {
	var out quicsend.Output
	before := x.next.Send.State
	x.send(&x.next.Send, &ev, &out)
	switch f := out.Out; {
	case f.Flags.Has(quicsend.STREAM):
		if before == quicsend.ResetSent || before == quicsend.ResetRecvd {
			x.fault = "no data after reset"
		}
		return put(&x.next.Forward, packet{streamPacket, uint8(f.Offset), uint8(f.Length), f.Flags.Has(quicsend.FIN)})
	case f.Flags.Has(quicsend.RESET):
		return put(&x.next.Forward, packet{kind: resetPacket, offset: uint8(f.Offset)})
	}
	return true
}

// receiver runs an event and puts what is sent into the network.
func (x *expansion) receiver(ev quicrecv.Event) bool {
	var out quicrecv.Output
	before := x.next.Recv
	x.recv(&x.next.Recv, &ev, &out)
	after := &x.next.Recv
	switch {
	case out.Answer == quicrecv.AnswerFlowControlError || out.Answer == quicrecv.AnswerFinalSizeError:
		x.fault = "no errors"
	case before.State != quicrecv.Recv && after.FinalSize != before.FinalSize:
		x.fault = "one final size"
	case after.ReadTo > uint32(bits.TrailingZeros8(^x.next.Got)) && after.State != quicrecv.ResetRead:
		x.fault = "read in order"
	}
	switch f := out.Out; {
	case f.Flags.Has(quicrecv.MAXDATA):
		return put(&x.next.Backward, packet{kind: maxData, offset: uint8(f.Offset)})
	case f.Flags.Has(quicrecv.STOP):
		return put(&x.next.Backward, packet{kind: stopSending})
	}
	return true
}

// network delivers any packet, loses those with data, resets and acknowledgments,
// and lets the sender believe of any that it was lost. MAX_STREAM_DATA and
// STOP_SENDING are late but not lost here: repeating them (section 13.3) is the
// connection's work.
func (x *expansion) network() {
	for i, p := range x.from.Forward {
		if p.kind != noPacket {
			x.try(func() bool { return x.arrive(take(&x.next.Forward, i)) })
			x.try(func() bool { return x.lose(take(&x.next.Forward, i)) })
			x.try(func() bool { return x.lose(p) })
		}
	}
	for i, p := range x.from.Backward {
		if p.kind != noPacket {
			x.try(func() bool { return x.hear(take(&x.next.Backward, i)) })
		}
		if p.kind == streamAck || p.kind == resetAck {
			x.try(func() bool { return x.lose(take(&x.next.Backward, i)) })
		}
	}
}

// arrive hands a packet to the receiver, which acknowledges it.
func (x *expansion) arrive(p packet) bool {
	f := quicrecv.Frame{Offset: uint32(p.offset), Length: uint32(p.length)}
	if p.kind == resetPacket {
		return x.receiver(quicrecv.Event{Kind: quicrecv.EventResetFrame, Frame: f}) &&
			put(&x.next.Backward, packet{kind: resetAck, offset: p.offset})
	}
	if p.fin {
		f.Flags = quicrecv.FIN
	}
	fresh := bits.OnesCount8(p.octets() &^ x.next.Got)
	x.next.Got |= p.octets()
	return x.receiver(quicrecv.Event{Kind: quicrecv.EventStreamFrame, Frame: f, Fresh: uint32(fresh)}) &&
		put(&x.next.Backward, packet{streamAck, p.offset, p.length, p.fin})
}

// hear hands an acknowledgment or a frame to the sender.
func (x *expansion) hear(p packet) bool {
	switch p.kind {
	case maxData:
		return x.sender(quicsend.Event{Kind: quicsend.EventMaxStreamData, Limit: uint32(p.offset)})
	case stopSending:
		return x.sender(quicsend.Event{Kind: quicsend.EventStopSending})
	case resetAck:
		return x.sender(quicsend.Event{Kind: quicsend.EventResetAcked})
	}
	fresh := bits.OnesCount8(p.octets() &^ x.next.Acked)
	x.next.Acked |= p.octets()
	return x.sender(quicsend.Event{Kind: quicsend.EventAcked, Frame: sentFrame(p), Fresh: uint32(fresh)})
}

// lose tells the sender that a packet, or its acknowledgment, was lost.
func (x *expansion) lose(p packet) bool {
	if p.kind == resetPacket || p.kind == resetAck {
		return x.sender(quicsend.Event{Kind: quicsend.EventResetLost})
	}
	return x.sender(quicsend.Event{Kind: quicsend.EventLost, Frame: sentFrame(p)})
}

func sentFrame(p packet) quicsend.Frame {
	f := quicsend.Frame{Offset: uint32(p.offset), Length: uint32(p.length), Flags: quicsend.STREAM}
	if p.fin {
		f.Flags |= quicsend.FIN
	}
	return f
}
