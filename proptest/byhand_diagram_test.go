package proptest

import (
	"testing"

	. "github.com/tcpfsm/tcpfsm/tcpfsm"
)

// The bare diagram of eleven states as one would write it by hand: a flat table, and
// a switch in a switch.

// flatTable has a row of 16 for each state, so that an index is a shift and never out
// of bounds; bit 7 marks what is not allowed.
var flatTable = func() (table [256]uint8) {
	for i := range table {
		state := State(i >> 4)
		table[i] = uint8(state) | 0x80
		if to, ok := nextBySwitch(state, DiagramEvent(i&15)); ok {
			table[i] = uint8(to)
		}
	}
	return table
}()

func nextByTable(s State, e DiagramEvent) (State, bool) {
	to := flatTable[uint8(s)<<4|uint8(e)&15]
	return State(to & 0x7f), to < 0x80
}

func nextBySwitch(s State, e DiagramEvent) (State, bool) {
	switch s {
	case Closed:
		switch e {
		case OnPassiveOpen:
			return Listen, true
		case OnActiveOpen:
			return SynSent, true
		}
	case Listen:
		switch e {
		case OnClose:
			return Closed, true
		case OnRcvSyn:
			return SynReceived, true
		case OnSend:
			return SynSent, true
		}
	case SynSent:
		switch e {
		case OnClose:
			return Closed, true
		case OnRcvSyn:
			return SynReceived, true
		case OnRcvSynAck:
			return Established, true
		}
	case SynReceived:
		switch e {
		case OnRcvRst:
			return Listen, true
		case OnRcvAckOfSyn:
			return Established, true
		case OnClose:
			return FinWait1, true
		}
	case Established:
		switch e {
		case OnClose:
			return FinWait1, true
		case OnRcvFin:
			return CloseWait, true
		}
	case FinWait1:
		switch e {
		case OnRcvAckOfFin:
			return FinWait2, true
		case OnRcvFin:
			return Closing, true
		case OnRcvFinAckOfFin:
			return TimeWait, true
		}
	case FinWait2:
		if e == OnRcvFin {
			return TimeWait, true
		}
	case CloseWait:
		if e == OnClose {
			return LastAck, true
		}
	case Closing:
		if e == OnRcvAckOfFin {
			return TimeWait, true
		}
	case LastAck:
		if e == OnRcvAckOfFin {
			return Closed, true
		}
	case TimeWait:
		if e == On2MslTimeout {
			return Closed, true
		}
	}
	return s, false
}

func TestByHand_diagramAgreesWithGenerated(t *testing.T) {
	for s := range States() {
		for e := range DiagramEvents() {
			want, allowed := Next(s, e)
			for name, next := range map[string]func(State, DiagramEvent) (State, bool){"table": nextByTable, "switch": nextBySwitch} {
				if got, ok := next(s, e); got != want || ok != allowed {
					t.Errorf("%s: %v in %v: %v, %v; generated %v, %v", name, e, s, got, ok, want, allowed)
				}
			}
		}
	}
}
