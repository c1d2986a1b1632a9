package proptest

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/looplab/fsm"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/looplab"
)

// The benchmarks of docs/BENCHMARKS.md. Whatever is compared stands side by side in one
// run; /by tells who did it:
//
//	go test ./proptest -run '^$' -bench . -count 10 | benchstat -col /by -
//
// One operation is a pass over all events of a workload; what counts is ns/event.

// sink takes what would be computed for nobody.
var sink uint64

// perEvent reports the time of one event, given how many a pass has.
func perEvent(b *testing.B, events int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(events), "ns/event")
	b.ReportMetric(0, "ns/op")
	b.ReportAllocs()
}

// BenchmarkDiagram walks the bare diagram of eleven states.
func BenchmarkDiagram(b *testing.B) {
	for _, w := range walks() {
		b.Run("events="+w.name+"/by=generated", func(b *testing.B) {
			for b.Loop() {
				sink += walkGenerated(w.events)
			}
			perEvent(b, len(w.events))
		})
		b.Run("events="+w.name+"/by=table", func(b *testing.B) {
			for b.Loop() {
				sink += walkTable(w.events)
			}
			perEvent(b, len(w.events))
		})
		b.Run("events="+w.name+"/by=switch", func(b *testing.B) {
			for b.Loop() {
				sink += walkSwitch(w.events)
			}
			perEvent(b, len(w.events))
		})
		b.Run("events="+w.name+"/by=looplab", func(b *testing.B) {
			m := looplab.NewDiagram(tcpfsm.Closed)
			names := namesOf(w.events[:len(w.events)/64])
			for b.Loop() {
				sink += walkLooplab(m, names)
			}
			perEvent(b, len(names))
		})
	}
}

func walkGenerated(events []tcpfsm.DiagramEvent) (n uint64) {
	s := tcpfsm.Closed
	for _, e := range events {
		to, ok := tcpfsm.Next(s, e)
		if ok {
			n++
		}
		s = to
	}
	return n + uint64(s)
}

func walkTable(events []tcpfsm.DiagramEvent) (n uint64) {
	s := tcpfsm.Closed
	for _, e := range events {
		to, ok := nextByTable(s, e)
		if ok {
			n++
		}
		s = to
	}
	return n + uint64(s)
}

func walkSwitch(events []tcpfsm.DiagramEvent) (n uint64) {
	s := tcpfsm.Closed
	for _, e := range events {
		to, ok := nextBySwitch(s, e)
		if ok {
			n++
		}
		s = to
	}
	return n + uint64(s)
}

func walkLooplab(m *fsm.FSM, events []string) (n uint64) {
	m.SetState(tcpfsm.Closed.String())
	ctx := context.Background()
	for _, e := range events {
		if m.Event(ctx, e) == nil {
			n++
		}
	}
	return n
}

func namesOf(events []tcpfsm.DiagramEvent) []string {
	names := make([]string, len(events))
	for i, e := range events {
		names[i] = e.String()
	}
	return names
}

// A walk is a workload of BenchmarkDiagram.
type walk struct {
	name   string
	events []tcpfsm.DiagramEvent
}

// walks are shuffled life cycles of six events.
func walks() []walk {
	client := []tcpfsm.DiagramEvent{tcpfsm.OnActiveOpen, tcpfsm.OnRcvSynAck, tcpfsm.OnClose, tcpfsm.OnRcvAckOfFin, tcpfsm.OnRcvFin, tcpfsm.On2MslTimeout}
	server := []tcpfsm.DiagramEvent{tcpfsm.OnPassiveOpen, tcpfsm.OnRcvSyn, tcpfsm.OnRcvAckOfSyn, tcpfsm.OnRcvFin, tcpfsm.OnClose, tcpfsm.OnRcvAckOfFin}
	both := []tcpfsm.DiagramEvent{tcpfsm.OnActiveOpen, tcpfsm.OnRcvSyn, tcpfsm.OnRcvAckOfSyn, tcpfsm.OnClose, tcpfsm.OnRcvFin, tcpfsm.OnRcvAckOfFin, tcpfsm.On2MslTimeout}
	quick := []tcpfsm.DiagramEvent{tcpfsm.OnActiveOpen, tcpfsm.OnRcvSynAck, tcpfsm.OnClose, tcpfsm.OnRcvFinAckOfFin, tcpfsm.On2MslTimeout}
	r := rand.New(rand.NewPCG(9293, 0))
	repeat := func(pick func() []tcpfsm.DiagramEvent) (events []tcpfsm.DiagramEvent) {
		for range 16384 {
			events = append(events, pick()...)
		}
		return events
	}
	always := func(life []tcpfsm.DiagramEvent) func() []tcpfsm.DiagramEvent {
		return func() []tcpfsm.DiagramEvent { return life }
	}
	kinds := len(slices.Collect(tcpfsm.DiagramEvents()))
	return []walk{
		{"client", repeat(always(client))},
		{"server", repeat(always(server))},
		{"simultaneous", repeat(always(both))},
		{"mix", repeat(func() []tcpfsm.DiagramEvent { return [][]tcpfsm.DiagramEvent{client, server, both, quick}[r.IntN(4)] })},
		{"random", repeat(func() []tcpfsm.DiagramEvent {
			life := make([]tcpfsm.DiagramEvent, 6)
			for i := range life {
				life[i] = tcpfsm.DiagramEvent(r.IntN(kinds))
			}
			return life
		})},
	}
}

// BenchmarkSegment compares the generated segment arrival with the hand-written one.
// Where arrivals do not follow each other, the TCB is copied first; by=copy is the time
// of that copy alone.
func BenchmarkSegment(b *testing.B) {
	arrivals, _ := lives()
	for _, w := range []struct {
		name     string
		arrivals []arrival
		shuffled bool
	}{{"random", strangers(), true}, {"learned", strangers()[:256], false}, {"lives", arrivals, true}} {
		for _, by := range []string{"generated", "hand", "copy"} {
			b.Run("traffic="+w.name+"/by="+by, func(b *testing.B) {
				for b.Loop() {
					sink += replay(w.arrivals, by, w.shuffled)
				}
				perEvent(b, len(w.arrivals))
			})
		}
	}
	for _, w := range []struct {
		name string
		run  func(hand bool, t tcpfsm.TCB, seg tcpfsm.Segment) uint64
	}{{"receive", bulkReceive}, {"send", bulkSend}, {"request", requestResponse}} {
		for _, by := range []string{"generated", "hand"} {
			b.Run("traffic="+w.name+"/by="+by, func(b *testing.B) {
				t, seg := established()
				for b.Loop() {
					sink += w.run(by == "hand", t, seg)
				}
				perEvent(b, pass)
			})
		}
	}
}

// pass is how many segments a connection gets before the next one.
const pass = 1024

// arrive asks in a branch that is always the same, so that both are called directly.
func arrive(hand bool, t *tcpfsm.TCB, seg *tcpfsm.Segment, arg tcpfsm.SegmentArgs, out *tcpfsm.Output) {
	if hand {
		segmentByHand(t, seg, arg, out)
	} else {
		t.Segment(seg, arg, out)
	}
}

// replay runs arrivals, a power of two of them. If they are shuffled, their order is
// new in every pass, so that no branch predictor learns it; a few in the same order it
// learns, and what is measured is the work alone.
func replay(arrivals []arrival, by string, shuffled bool) (n uint64) {
	var out tcpfsm.Output
	hand, run := by == "hand", by != "copy"
	last := uint64(len(arrivals) - 1)
	for i := range uint64(len(arrivals)) {
		if shuffled {
			order = order*6364136223846793005 + 1442695040888963407
			i = order >> 40
		}
		a := &arrivals[i&last]
		t := a.tcb
		if run {
			arrive(hand, &t, &a.seg, a.arg, &out)
		}
		n += uint64(t.State) + uint64(out.Take)
	}
	return n
}

var order uint64

// bulkReceive is a download: full segments in order, read at once.
func bulkReceive(hand bool, t tcpfsm.TCB, seg tcpfsm.Segment) uint64 {
	var out tcpfsm.Output
	seg.Text = mss
	for range pass {
		seg.Seq = t.RcvNxt
		arrive(hand, &t, &seg, tcpfsm.SegmentArgs{}, &out)
		t.RcvWnd += out.Take
		t.Unread -= out.Take
	}
	return uint64(t.RcvNxt)
}

// bulkSend is an upload: every ACK is of two full segments, and lets two leave.
func bulkSend(hand bool, t tcpfsm.TCB, seg tcpfsm.Segment) uint64 {
	var out tcpfsm.Output
	t.Queued = 1 << 20
	arrive(hand, &t, &seg, tcpfsm.SegmentArgs{}, &out)
	for range pass {
		seg.Ack = t.SndUna + 2*mss
		arrive(hand, &t, &seg, tcpfsm.SegmentArgs{}, &out)
		t.Queued += out.Data.Text
	}
	return uint64(t.SndNxt)
}

// requestResponse is a server whose answer is ready when the request arrives, and
// acknowledges it.
func requestResponse(hand bool, t tcpfsm.TCB, seg tcpfsm.Segment) uint64 {
	var out tcpfsm.Output
	seg.Text = 200
	for range pass {
		seg.Seq, seg.Ack = t.RcvNxt, t.SndNxt
		t.Queued = 1000
		arrive(hand, &t, &seg, tcpfsm.SegmentArgs{}, &out)
		t.RcvWnd += out.Take
		t.Unread -= out.Take
	}
	return uint64(t.SndNxt)
}

// BenchmarkStep runs whole lives with all their events: calls, segments, timers. The
// machine of looplab/fsm, which has no guards and no variables, is told each row for
// nothing (looplab), or by the generated Step, which keeps the variables for it
// (looplab+step); or its adapter asks the interpreter for guards too (looplab+guards).
func BenchmarkStep(b *testing.B) {
	_, events := lives()
	b.Run("events=lives/by=generated", func(b *testing.B) {
		for b.Loop() {
			sink += stepAll(events)
		}
		perEvent(b, len(events))
	})
	b.Run("events=lives/by=looplab", func(b *testing.B) {
		m := looplab.New(tcpfsm.Closed).FSM()
		for b.Loop() {
			sink += fireAll(m, events, nil)
		}
		perEvent(b, len(events))
	})
	b.Run("events=lives/by=looplab+step", func(b *testing.B) {
		m := looplab.New(tcpfsm.Closed).FSM()
		for b.Loop() {
			t := settingsFor(tcpfsm.ProfileRecommended)
			sink += fireAll(m, events, &t)
		}
		perEvent(b, len(events))
	})
	b.Run("events=lives/by=looplab+guards", func(b *testing.B) {
		m, guards := looplab.New(tcpfsm.Closed), newInterpreter()
		for b.Loop() {
			sink += stepLooplab(m, guards, events)
		}
		perEvent(b, len(events))
	})
	b.Run("events=lives/by=interpreter", func(b *testing.B) {
		i := newInterpreter()
		for b.Loop() {
			t := settingsFor(tcpfsm.ProfileRecommended)
			for k := range events {
				t = i.step(t, &events[k].event).tcb
			}
			sink += uint64(t.State)
		}
		perEvent(b, len(events))
	})
}

func stepAll(events []recorded) (n uint64) {
	t := settingsFor(tcpfsm.ProfileRecommended)
	var out tcpfsm.Output
	for i := range events {
		n += uint64(t.Step(&events[i].event, &out))
	}
	return n
}

// fireAll fires rows: those recorded, or those that a TCB says.
func fireAll(m *fsm.FSM, events []recorded, t *tcpfsm.TCB) (n uint64) {
	ctx := context.Background()
	var out tcpfsm.Output
	for i := range events {
		row := events[i].row
		if t != nil {
			row = t.Step(&events[i].event, &out)
		}
		if m.Event(ctx, row.String()) == nil {
			n++
		}
	}
	return n
}

// stepLooplab lets the generated code keep the variables, which looplab/fsm has no
// place for.
func stepLooplab(m *looplab.Machine, guards *interpreter, events []recorded) (n uint64) {
	t := settingsFor(tcpfsm.ProfileRecommended)
	var out tcpfsm.Output
	for i := range events {
		e := &events[i].event
		row, err := m.Step(e.Kind, func(row tcpfsm.RowID) bool { return guards.holds(t, e, row) })
		if err != nil {
			panic(err)
		}
		n += uint64(row) + uint64(t.Step(e, &out))
	}
	return n
}
