package proptest

import (
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// happened is the log of a path: what led to a failure is drawn from it.
type happened struct {
	log     trace.Log
	states  [2]tcpfsm.State
	packets int
}

// What is kept of a long connection, and how much of it a failure prints: the end of it
// is the interesting part.
const (
	logMost  = 20_000
	tailText = 60
	tailSVG  = 400
)

var streamHosts = [2]string{"opens", "listens"}

func newHappened() happened {
	return happened{log: trace.Log{Title: "a stream through a hostile network, in the end", Hosts: streamHosts[:]}}
}

func (h *happened) number() int {
	h.packets++
	return h.packets
}

// logged adds an event of an end, with the state that it has led to.
func (p *path) logged(i int, ev trace.Event) {
	if len(p.log.Events) == logMost {
		p.log.Events = append(p.log.Events[:0], p.log.Events[logMost/2:]...)
	}
	ev.Time, ev.Host = p.now, streamHosts[i]
	if before, after := p.states[i], p.ends[i].State(); ev.Kind != trace.Departed && ev.Kind != trace.Lost {
		ev.Before, ev.After, p.states[i] = before.String(), after.String(), after
	}
	p.log.Events = append(p.log.Events, ev)
}

func (p *path) logCall(i int, name string, n int) {
	p.logged(i, trace.Event{Kind: trace.Called, Name: name, N: uint32(n), HasN: n > 0})
}

func (p *path) logSegment(kind trace.EventKind, i int, w *wire) {
	p.logged(i, trace.Event{Kind: kind, Peer: streamHosts[1-i], Segment: w.segment, Packet: w.n})
}

// logState notes a change of state that no segment and no call has led to.
func (p *path) logState(i int, why string) {
	if p.states[i] != p.ends[i].State() {
		p.logged(i, trace.Event{Kind: trace.Noted, Name: why})
	}
}

// spoken is a segment in the log.
func spoken(packet *Packet) trace.Segment {
	s := trace.Segment{Flags: packet.Flags.String(), Seq: trace.Num(packet.Seq), Wnd: trace.Num(packet.Wnd)}
	if packet.Flags.Has(tcpfsm.ACK) {
		s.Ack = trace.Num(packet.Ack)
	}
	if n := len(packet.Payload); n > 0 {
		s.Len = trace.Num(uint32(n))
	}
	return s
}

// tail is the last events of the log, from the beginning of a moment.
func (p *path) tail(n int) *trace.Log {
	from := time.Duration(0)
	if first := len(p.log.Events) - n; first > 0 {
		from = p.log.Events[first].Time
	}
	return p.log.Cut(from, p.now)
}

// report draws how a connection ended, after rapid has made it as short as it can.
func (p *path) report(t *testing.T, cfg *Config) string {
	chart, err := p.tail(tailText).Text(trace.TextOptions{})
	if err != nil {
		chart += err.Error() + "\n"
	}
	return "how it ended:\n" + chart + kept(t, cfg, "stream", ".svg", func(name string) error { return writeChart(name, p.tail(tailSVG)) })
}
