package sim

import (
	"fmt"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// record puts an event into the log.
func (s *Sim) record(ev trace.Event) {
	if s.cfg.Quiet {
		return
	}
	if len(s.log.Events) >= s.cfg.LogMax {
		s.limit("LogMax", s.cfg.LogMax)
		return
	}
	ev.Time = s.now
	s.log.Events = append(s.log.Events, ev)
}

// because notes what the next step of the machine comes of.
func (h *Host) because(ev trace.Event) { h.cause, h.pending = ev, !h.sim.cfg.Quiet }

// settled logs what was noted and led to no step.
func (h *Host) settled(conn string) {
	if h.pending {
		h.pending = false
		h.cause.Conn = conn
		h.sim.record(h.cause)
	}
}

// nameOf is what a connection is called in the log: the first of a host has no name,
// the others that of the peer and its port.
func (h *Host) nameOf(pair endpoint.Pair) string {
	if name, ok := h.names[pair]; ok || h.sim.cfg.Quiet {
		return name
	}
	name := ""
	if len(h.names) > 0 {
		name = fmt.Sprintf("%s:%d", h.sim.byAddr[pair.Remote.Addr()].name, pair.Remote.Port())
		if h.taken[name] {
			name += fmt.Sprintf("/%d", pair.Local.Port())
		}
	}
	h.names[pair], h.taken[name] = name, true
	return name
}

// unasked is what a step is called that comes of no call, segment or timer, but of
// what package endpoint had kept.
var unasked = [...]struct {
	kind tcpfsm.EventKind
	name string
}{
	{tcpfsm.EventSegment, "early text is taken in turn"},
	{tcpfsm.EventSend, "text that was held back goes"},
	{tcpfsm.EventRetransmissionTimeout, "repeated before the timer expires"},
	{tcpfsm.EventDelayedAckTimeout, "acknowledged without delay"},
}

// observe logs a step of the machine.
func (h *Host) observe(c *endpoint.Conn, st endpoint.Step) {
	s := h.sim
	if h.watch != nil {
		h.watch(c, st)
	}
	ev := trace.Event{Host: h.name}
	switch timer, isTimer := timerOf(st.Event.Kind); {
	case h.pending && !h.precedes(&st):
		ev, h.pending = h.cause, false
	case h.advancing && isTimer:
		ev.Kind, ev.Name = trace.Expired, timer
	default:
		ev.Kind, ev.Name = trace.Noted, st.Event.Kind.String()
		for _, u := range unasked {
			if u.kind == st.Event.Kind {
				ev.Name = u.name
			}
		}
		if h.pending && st.Event.Kind == tcpfsm.EventUserTimeout {
			ev.Name = "makes room for another"
		}
	}
	ev.Row = st.Row.String()
	if c == nil {
		s.record(ev)
		return
	}
	ev.Conn, ev.Before, ev.After = h.nameOf(c.Pair()), st.Before.String(), st.After.String()
	s.record(ev)
	h.observeOutput(c, ev.Conn, &st)
}

// precedes reports whether a step is not what its cause does, but comes first: a full
// queue forgets a connection, to have a place for the SYN that arrives; text that was
// held back goes before a CLOSE.
func (h *Host) precedes(st *endpoint.Step) bool {
	if h.cause.Kind == trace.Arrived {
		return st.Event.Kind == tcpfsm.EventUserTimeout
	}
	return st.Event.Kind == tcpfsm.EventSend && h.cause.Name != "send"
}

// timerOf names the timer whose expiry an event is.
func timerOf(kind tcpfsm.EventKind) (string, bool) {
	for timer := tcpfsm.Timer(0); timer <= tcpfsm.TimerDelayedAck; timer++ {
		if timer.Event() == kind {
			return timer.String(), true
		}
	}
	return "Tick", kind == tcpfsm.EventTick
}

func (h *Host) observeOutput(c *endpoint.Conn, conn string, st *endpoint.Step) {
	for signal := range st.Out.Signals.All() {
		h.sim.record(trace.Event{Kind: trace.Signaled, Host: h.name, Conn: conn, Name: signal.String()})
	}
	for timer := range st.Out.Stopped.All() {
		h.sim.record(trace.Event{Kind: trace.Stopped, Host: h.name, Conn: conn, Name: timer.String()})
	}
	for timer := range st.Out.Started.All() {
		if at, ok := c.Deadline(timer); ok {
			h.sim.record(trace.Event{Kind: trace.Started, Host: h.name, Conn: conn, Name: timer.String(), Until: since(at)})
		}
	}
}

// ended notes that the listener is still there when a handshake has failed: where the
// RFC's one connection returns to LISTEN, ours is a child that goes.
func (h *Host) ended(c *Conn) {
	if c.listener != nil && !c.opened && c.name == "" && h.listeners[c.listener.port] == c.listener {
		h.sim.record(trace.Event{
			Kind: trace.Noted, Host: h.name, Name: "the listener goes on",
			Before: tcpfsm.Closed.String(), After: tcpfsm.Listen.String(),
		})
	}
}

// describe is a segment in the log.
func describe(h *endpoint.Header) trace.Segment {
	seg := trace.Segment{Flags: h.Flags.Spoken(), Seq: trace.Num(h.Seq), Wnd: trace.Num(h.Wnd)}
	if h.Flags.Has(tcpfsm.ACK) {
		seg.Ack = trace.Num(h.Ack)
	}
	if h.Text > 0 {
		seg.Len = trace.Num(h.Text)
	}
	return seg
}

// logPacket logs that a segment has departed, or is lost.
func (s *Sim) logPacket(kind trace.EventKind, p *Packet, conn string) {
	if !s.cfg.Quiet {
		s.record(trace.Event{Kind: kind, Host: p.From.name, Conn: conn, Peer: p.toName(), Packet: p.N, Segment: describe(&p.Header)})
	}
}

func (p *Packet) toName() string {
	if p.To == nil {
		return p.Pair.Remote.Addr().String()
	}
	return p.To.name
}
