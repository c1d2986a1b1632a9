package proptest

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// lifeMoves bounds the moves of a life.
const lifeMoves = 40

// life does random moves to a fresh stack, of which most lead on: a connection is
// opened, used, closed, and disturbed meanwhile. It gives the moves that were made.
func (c choose) life(cfg *Config, newStack func() Stack) ([]move, uint32, *Finding) {
	iss := c.base("peer's ISS")
	t := begin(cfg, newStack, iss)
	t.honest = true
	defer discard(t.stack)
	var moves []move
	for range lifeMoves {
		m := c.nextMove(t)
		moves = append(moves, m)
		if f := t.do(m); f != nil {
			return moves, iss, f
		}
		if t.over() {
			break
		}
	}
	return moves, iss, nil
}

// nextMove draws something that can be done to a stack. Zero draws go on: they open,
// acknowledge, close.
func (c choose) nextMove(t *trial) move {
	switch {
	case t.tcb.State == tcpfsm.Closed && c.oneIn(12, "too early"):
		return move{verb: verb(c.of("call", uint32(callSend), uint32(callReceive), uint32(callClose), uint32(callAbort))), n: 1}
	case t.tcb.State == tcpfsm.Closed:
		return move{verb: verb(c.of("open", uint32(callListen), uint32(callOpen)))}
	case t.tcb.State < tcpfsm.SynReceived:
		return c.handshake(t)
	}
	switch c("move", 8) {
	case 0, 1, 2:
		return c.inSequence(t)
	case 3, 4:
		return c.call(t)
	case 5:
		return move{verb: waits, n: c.of("ms", 1, 60, 250, 600, 1100, uint32(t.cfg.MSL.Milliseconds()), uint32(t.cfg.MSL.Milliseconds()*3/2), uint32(t.cfg.MSL.Milliseconds()*2))}
	case 6:
		return c.again(t)
	}
	return c.astray()
}

// handshake is what the peer can answer to LISTEN and SYN-SENT, mostly.
func (c choose) handshake(t *trial) move {
	if c.oneIn(6, "astray") {
		return c.astray()
	}
	if t.tcb.State == tcpfsm.SynSent && c("crossed", 4) < 3 {
		return inOrder(tcpfsm.SYN | tcpfsm.ACK)
	}
	return inOrder(tcpfsm.SYN)
}

// inSequence is the peer's next segment, or one behind a gap.
func (c choose) inSequence(t *trial) move {
	m := inOrder(tcpfsm.ACK)
	m.text = c.of("text", 0, 0, 1, 100, 536)
	m.seq.offset = c.of("gap", 0, 0, 0, 100)
	m.ack.base = base(c.of("ack", uint32(fromNext), uint32(fromNext), uint32(fromUna)))
	m.wnd = c.of("window", window, window, window, 0)
	if c.oneIn(4, "FIN") {
		m.flags |= tcpfsm.FIN
	}
	if t.tcb.State == tcpfsm.SynReceived && !t.tcb.Passive && c("crossed", 2) == 0 {
		return move{verb: arrives, flags: tcpfsm.SYN | tcpfsm.ACK, ack: place{base: fromNext}, wnd: window}
	}
	return m
}

// call is a user call that sockets allow in the state.
func (c choose) call(t *trial) move {
	if t.tcb.State == tcpfsm.SynReceived { // no sockets interface has a SEND here
		if c("call", 3) < 2 {
			return inOrder(tcpfsm.ACK)
		}
		return move{verb: verb(c.of("call", uint32(callReceive), uint32(callClose))), n: 10}
	}
	switch c("call", 8) {
	case 0, 1, 2:
		return move{verb: callSend, n: c.of("octets", 1, 100, 536, 1000)}
	case 3, 4, 5:
		return move{verb: callReceive, n: c.of("octets", 10, 600, 4000)}
	case 6:
		return move{verb: callClose}
	}
	if c.oneIn(4, "abort") {
		return move{verb: callAbort}
	}
	return move{verb: callClose}
}

// again repeats what the peer has sent: its SYN, its last octets, its FIN.
func (c choose) again(*trial) move {
	m := inOrder(tcpfsm.ACK)
	switch c("again", 4) {
	case 0: // the FIN, where one was taken; else one octet
		m.flags |= tcpfsm.FIN
		m.seq.offset = minus(1)
	case 1:
		m.seq.offset, m.text = minus(1), 1
	case 2:
		m.seq.offset, m.text = minus(10), c.of("text", 10, 30)
	default:
		return move{verb: arrives, flags: tcpfsm.SYN, wnd: window}
	}
	return m
}

// astray is any of the segments of a probe.
func (c choose) astray() move {
	return move{
		verb: arrives, flags: probeFlags[c("flags", uint32(len(probeFlags)))], seq: probeSeqs[c("seq", uint32(len(probeSeqs)))],
		ack: probeAcks[c("ack", uint32(len(probeAcks)))], text: probeTexts[c("text", 2)], wnd: window,
	}
}

// shrink leaves out moves as long as the same row still says something else than the
// stack does, and then makes what is left simpler.
func shrink(cfg *Config, newStack func() Stack, iss uint32, moves []move, f *Finding) *Finding {
	try := func(less []move) bool {
		done, g := run(cfg, newStack, iss, less, true)
		if g == nil || g.Row != f.Row || (g.Problem == "") != (f.Problem == "") || cfg.known(g) != nil {
			return false
		}
		f, moves = g, slices.Clone(less[:done])
		return true
	}
	for size := len(moves) / 2; size > 0; {
		smaller := false
		for i := 0; i+size <= len(moves); {
			if try(slices.Concat(moves[:i], moves[i+size:])) {
				smaller = true
				continue
			}
			i++
		}
		if !smaller || size > len(moves) {
			size /= 2
		}
	}
	for i := 0; i < len(moves); i++ {
		simplify(moves, i, try)
	}
	return f
}

// simplify makes one move plainer, if it still leads there.
func simplify(moves []move, i int, try func([]move) bool) {
	for _, change := range []func(*move){
		func(m *move) { m.text = 0 },
		func(m *move) { m.text = min(m.text, 1) },
		func(m *move) { m.wnd = window },
		func(m *move) { m.flags &^= tcpfsm.PSH },
		func(m *move) { m.flags &^= tcpfsm.FIN },
		func(m *move) { m.n = min(m.n, 1) },
	} {
		less := slices.Clone(moves)
		if change(&less[i]); less[i] != moves[i] && try(less) {
			return
		}
	}
}

// enough findings are those after which looking for more would only repeat them.
const enough = 10

// Live draws lives of a connection from a seed and gives what they found, each in as
// few moves as lead there; the tenth ends it. Findings that cfg knows are counted by name.
func Live(cfg Config, newStack func() Stack, seed uint64, lives int) (found []*Finding, known map[string]int) {
	conf, c := cfg.withDefaults(), fromSeed(seed)
	known = map[string]int{}
	for range lives {
		moves, iss, f := c.life(conf, newStack)
		if f == nil {
			continue
		}
		if k := conf.known(f); k != nil {
			known[k.Name]++
			continue
		}
		if found = append(found, shrink(conf, newStack, iss, moves, f)); len(found) == enough {
			break
		}
	}
	return found, known
}

// liveCheck is Live with rapid, whose draws shrink and are kept when they fail.
func liveCheck(t *testing.T, cfg *Config, newStack func() Stack, counts map[string]int) {
	var last *Finding
	defer func() {
		if last != nil {
			t.Log(report(t, cfg, last))
		}
	}()
	rapid.Check(t, func(t *rapid.T) {
		moves, iss, f := fromRapid(t).life(cfg, newStack)
		if f != nil && !counted(cfg, f, counts) {
			last = shrink(cfg, newStack, iss, moves, f)
			t.Fatal(last.comment())
		}
	})
}
