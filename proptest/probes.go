package proptest

import (
	"fmt"
	"strings"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// A station is a state, or one way of being in it, and how a stack gets there.
type station struct {
	name  string
	state tcpfsm.State
	way   []move
}

// inOrder is the segment that a peer sends next.
func inOrder(flags tcpfsm.Flags) move {
	return move{verb: arrives, flags: flags, seq: place{base: fromNext}, ack: place{base: fromNext}, wnd: window}
}

// crossed is a FIN that was sent before ours arrived.
func crossed() move {
	m := inOrder(tcpfsm.FIN | tcpfsm.ACK)
	m.ack = place{base: fromUna}
	return m
}

func stations() []station {
	listen, open := move{verb: callListen}, move{verb: callOpen}
	syn, ack, fin := inOrder(tcpfsm.SYN), inOrder(tcpfsm.ACK), inOrder(tcpfsm.FIN|tcpfsm.ACK)
	closes, sends := move{verb: callClose}, move{verb: callSend, n: 10}
	accepted := []move{listen, syn, ack}
	with := func(way []move, more ...move) []move { return append(append([]move{}, way...), more...) }
	text := ack
	text.text = 10
	return []station{
		{"CLOSED", tcpfsm.Closed, nil},
		{"LISTEN", tcpfsm.Listen, []move{listen}},
		{"SYN-SENT", tcpfsm.SynSent, []move{open}},
		{"SYN-RECEIVED after an active OPEN", tcpfsm.SynReceived, []move{open, syn}},
		{"SYN-RECEIVED after a passive OPEN", tcpfsm.SynReceived, []move{listen, syn}},
		{"ESTABLISHED", tcpfsm.Established, accepted},
		{"ESTABLISHED after an active OPEN", tcpfsm.Established, []move{open, inOrder(tcpfsm.SYN | tcpfsm.ACK)}},
		{"ESTABLISHED with text in flight and text unread", tcpfsm.Established, with(accepted, text, sends)},
		{"FIN-WAIT-1", tcpfsm.FinWait1, with(accepted, closes)},
		{"FIN-WAIT-2", tcpfsm.FinWait2, with(accepted, closes, ack)},
		{"CLOSE-WAIT", tcpfsm.CloseWait, with(accepted, fin)},
		{"CLOSING", tcpfsm.Closing, with(accepted, closes, crossed())},
		{"LAST-ACK", tcpfsm.LastAck, with(accepted, fin, closes)},
		{"TIME-WAIT", tcpfsm.TimeWait, with(accepted, closes, fin)},
	}
}

// The places of a probe: at every border of what is acceptable and beside it.
var (
	probeFlags = []tcpfsm.Flags{
		0, tcpfsm.ACK, tcpfsm.PSH | tcpfsm.ACK, tcpfsm.FIN, tcpfsm.FIN | tcpfsm.ACK, tcpfsm.SYN, tcpfsm.SYN | tcpfsm.ACK,
		tcpfsm.SYN | tcpfsm.FIN, tcpfsm.SYN | tcpfsm.FIN | tcpfsm.ACK, tcpfsm.RST, tcpfsm.RST | tcpfsm.ACK, tcpfsm.SYN | tcpfsm.RST,
	}
	probeSeqs = []place{
		{fromNext, 0}, {fromNext, minus(1)}, {fromNext, 1}, {fromNext, 100}, {fromNext, minus(1000)},
		{fromEdge, minus(1)}, {fromEdge, 0}, {fromEdge, 5000},
	}
	probeAcks  = []place{{fromNext, 0}, {fromUna, 0}, {fromUna, minus(1)}, {fromNext, 1000}, {fromUna, minus(window + 1000)}}
	probeTexts = []uint32{0, 10}
)

func minus(n uint32) uint32 { return -n }

// probesOf are the segments for a station, without those that mean the same.
func probesOf(s *station) (list []move) {
	seqs, acks := probeSeqs, probeAcks
	if s.state < tcpfsm.SynReceived {
		seqs = seqs[:1] // nothing is expected
	}
	for _, flags := range probeFlags {
		for _, seq := range seqs {
			for i, ack := range acks {
				if i > 0 && (!flags.Has(tcpfsm.ACK) || s.state < tcpfsm.SynSent) {
					break
				}
				for _, text := range probeTexts {
					list = append(list, move{verb: arrives, flags: flags, seq: seq, ack: ack, text: text, wnd: window})
				}
			}
		}
	}
	return list
}

// Probe puts single segments to fresh stacks in every state: all flags that mean
// something, at and beside each border of the window and of what may be
// acknowledged, with and without text. Findings come in the order of the states.
// probes is how many segments there were.
//
// Who can't be led to a state is not probed there: that gives one finding.
func Probe(cfg Config, newStack func() Stack) (found []*Finding, probes int) {
	c := cfg.withDefaults()
	for _, s := range stations() {
		if f, ok := c.reaches(&s, newStack); !ok {
			if f != nil {
				found = append(found, f)
			}
			continue
		}
		seen := map[tcpfsm.Segment]bool{}
		for _, m := range probesOf(&s) {
			f, fresh := c.probe(&s, newStack, m, seen)
			if fresh {
				probes++
			}
			if f != nil {
				found = append(found, f)
			}
		}
	}
	return found, probes
}

// reaches reports whether a stack follows the table to a station. Without a finding,
// the table itself does not lead there with these options.
func (cfg *Config) reaches(s *station, newStack func() Stack) (*Finding, bool) {
	t := begin(cfg, newStack, peerStart)
	defer discard(t.stack)
	for _, m := range s.way {
		if f := t.do(m); f != nil {
			return f, false
		}
	}
	return nil, t.tcb.State == s.state
}

// peerStart lets the peer's sequence numbers wrap soon.
const peerStart = 1<<32 - 700

func (cfg *Config) probe(s *station, newStack func() Stack, m move, seen map[tcpfsm.Segment]bool) (f *Finding, fresh bool) {
	t := begin(cfg, newStack, peerStart)
	defer discard(t.stack)
	for _, w := range s.way {
		if f := t.do(w); f != nil {
			return f, true
		}
	}
	seg := m.segment(&t.tcb, t.peerISS)
	seg.Ack -= t.tcb.ISS
	if seen[seg] {
		return nil, false
	}
	seen[seg] = true
	return t.do(m), true
}

// summary counts findings by what they are about, for messages.
func summary(found []*Finding) string {
	count, order := map[string]int{}, []string{}
	for _, f := range found {
		key := fmt.Sprintf("%v, row %v", f.Before, f.Row)
		if count[key]++; count[key] == 1 {
			order = append(order, key)
		}
	}
	var b strings.Builder
	for _, key := range order {
		fmt.Fprintf(&b, "%5d %s\n", count[key], key)
	}
	return b.String()
}
