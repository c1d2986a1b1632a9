package proptest

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// byHand runs the hand-written segment arrival. It knows no rows: the caller says
// which one to report.
func byHand(t tcpfsm.TCB, e *tcpfsm.Event, row tcpfsm.RowID) result {
	r := result{row: row, tcb: t, out: rubbish}
	segmentByHand(&r.tcb, &e.Seg, segmentArgs(e), &r.out)
	return r
}

// arrival draws a TCB as the recommended profile can have it, and a segment.
func (c choose) arrival() (tcpfsm.TCB, tcpfsm.Event) {
	t := c.soundTCB(c.anyState(), tcpfsm.ProfileRecommended)
	t.SavedTW, t.TwSndNxt, t.TwRcvNxt = false, 0, 0
	t.Armed &^= 1 << tcpfsm.TimerKeepAlive
	return t, c.event(&t, tcpfsm.EventSegment, c.soundSegment(&t))
}

// TestByHand_agreesWithGenerated makes the benchmarks fair: both do the same work.
func TestByHand_agreesWithGenerated(t *testing.T) {
	check := func(t interface{ Fatal(...any) }, c choose) {
		tcb, event := c.arrival()
		got := generated(tcb, &event)
		if d := differ(tcb, &event, [2]string{"generated", "by hand"}, got, byHand(tcb, &event, got.row)); d != "" {
			t.Fatal(d)
		}
	}
	rapid.Check(t, func(t *rapid.T) { check(t, fromRapid(t)) })
	c := fromSeed(2)
	for range 200_000 {
		check(t, c)
	}
}

// TestByHand_agreesAlongSequences is the same on organic TCBs.
func TestByHand_agreesAlongSequences(t *testing.T) {
	c := fromSeed(3)
	for range 1000 {
		tcb := c.closedTCB(tcpfsm.ProfileRecommended)
		for range 200 {
			event := c.organicEvent(&tcb)
			got := generated(tcb, &event)
			if event.Kind == tcpfsm.EventSegment {
				if d := differ(tcb, &event, [2]string{"generated", "by hand"}, got, byHand(tcb, &event, got.row)); d != "" {
					t.Fatal(d)
				}
			}
			tcb = got.tcb
		}
	}
}
