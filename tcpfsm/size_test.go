package tcpfsm_test

import (
	"errors"
	"testing"
	"unsafe"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

func TestTCB_isSmall(t *testing.T) {
	if size := unsafe.Sizeof(tcpfsm.TCB{}); size > 128 {
		t.Errorf("a TCB has %d octets, want at most 128: two cache lines a connection", size)
	}
}

// TestSteps_doNotAllocate covers accepted and refused events of each kind of call.
func TestSteps_doNotAllocate(t *testing.T) {
	closed := tcpfsm.TCB{Options: tcpfsm.ProfileDefault, RcvBuf: 65535, SndMss: 1460}
	var out tcpfsm.Output
	open := closed
	open.OpenActive(100, true, &out)
	open.Segment(&tcpfsm.Segment{Seq: 300, Ack: 101, Wnd: 4096, Flags: tcpfsm.SYN | tcpfsm.ACK}, tcpfsm.SegmentArgs{}, &out)
	if open.State != tcpfsm.Established {
		t.Fatal("the fixture is in", open.State)
	}
	next := tcpfsm.Segment{Seq: open.RcvNxt, Ack: open.SndNxt, Wnd: 4096, Text: 1, Flags: tcpfsm.ACK}
	old := tcpfsm.Segment{Seq: open.RcvNxt - 9, Ack: open.SndNxt, Text: 1, Flags: tcpfsm.ACK}
	var err error
	for name, step := range map[string]func(t *tcpfsm.TCB){
		"Segment accepted": func(t *tcpfsm.TCB) { t.Segment(&next, tcpfsm.SegmentArgs{}, &out) },
		"Segment refused":  func(t *tcpfsm.TCB) { t.Segment(&old, tcpfsm.SegmentArgs{}, &out) },
		"Send accepted":    func(t *tcpfsm.TCB) { t.Send(10, 0, &out) },
		"Close, then Send": func(t *tcpfsm.TCB) { t.Close(&out); t.Send(10, 0, &out); err = out.Answer.Err() },
		"Abort":            func(t *tcpfsm.TCB) { t.Abort(&out) },
		"Expire unarmed":   func(t *tcpfsm.TCB) { t.Expire(tcpfsm.TimerRTX, &out) },
		"Step":             func(t *tcpfsm.TCB) { t.Step(&tcpfsm.Event{Kind: tcpfsm.EventReceive, Octets: 1}, &out) },
		"Check":            func(t *tcpfsm.TCB) { err = t.Check() },
		"error compared":   func(t *tcpfsm.TCB) { t.OpenPassive(false, &out); errors.Is(out.Answer.Err(), tcpfsm.AnswerExists) },
		"no connection": func(t *tcpfsm.TCB) {
			*t = closed
			t.Send(1, 0, &out)
			err = out.Answer.Err()
		},
	} {
		tcb := new(tcpfsm.TCB)
		if n := testing.AllocsPerRun(100, func() { *tcb = open; step(tcb) }); n != 0 {
			t.Errorf("%s: %v allocations, want none", name, n)
		}
	}
	_ = err
}

func TestNext_doesNotAllocate(t *testing.T) {
	n := testing.AllocsPerRun(100, func() {
		for s := range tcpfsm.States() {
			for e := range tcpfsm.DiagramEvents() {
				tcpfsm.Next(s, e)
			}
		}
	})
	if n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
