package proptest

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/looplab"
)

// A bench runs one event in every way there is and compares.
type bench struct {
	interpreter *interpreter
	looplab     *looplab.Machine
}

func newBench() *bench {
	return &bench{newInterpreter(), looplab.New(tcpfsm.Closed)}
}

// disagreement is "" if all ways give the same row, state, TCB and output, and none
// has changed its input.
func (b *bench) disagreement(t tcpfsm.TCB, e *tcpfsm.Event) string {
	before, event := t, *e
	got := generated(t, e)
	if d := differ(t, e, [2]string{"generated", "table"}, got, b.interpreter.step(t, e)); d != "" {
		return d
	}
	if d := differ(t, e, [2]string{"Step", "method"}, got, called(t, e)); d != "" {
		return d
	}
	if d := differ(t, e, [2]string{"first run", "second run"}, got, generated(t, e)); d != "" {
		return d
	}
	if t != before || *e != event {
		return "the step changed its input\n" + describe(before, &event)
	}
	return b.looplabDisagreement(t, e, got)
}

// looplabDisagreement compares row and state with looplab/fsm, for which the table
// resolves the guards.
func (b *bench) looplabDisagreement(t tcpfsm.TCB, e *tcpfsm.Event, want result) string {
	b.looplab.FSM().SetState(t.State.String())
	row, err := b.looplab.Step(e.Kind, func(row tcpfsm.RowID) bool { return b.interpreter.holds(t, e, row) })
	if err != nil {
		return "looplab: " + err.Error() + "\n" + describe(t, e)
	}
	if state := b.looplab.State(); row != want.row || state != want.tcb.State {
		return "generated: row " + want.row.String() + ", to " + want.tcb.State.String() +
			"; looplab: row " + row.String() + ", to " + state.String() + "\n" + describe(t, e)
	}
	return ""
}

func TestGenerated_agreesOnAnyTCB(t *testing.T) {
	b := newBench()
	rapid.Check(t, func(t *rapid.T) {
		c := fromRapid(t)
		tcb := c.anyTCB(c.anyState(), c.options())
		event := c.anyEvent(&tcb, c.anyKind())
		if d := b.disagreement(tcb, &event); d != "" {
			t.Fatal(d)
		}
	})
}

func TestGenerated_agreesOnSoundTCBs(t *testing.T) {
	b := newBench()
	rapid.Check(t, func(t *rapid.T) {
		c := fromRapid(t)
		tcb := c.soundTCB(c.anyState(), c.options())
		event := c.event(&tcb, c.anyKind(), c.soundSegment(&tcb))
		if d := b.disagreement(tcb, &event); d != "" {
			t.Fatal(d)
		}
	})
}

// TestGenerated_agreesOnEveryCell draws the same for each state and event in turn,
// so that no cell has to wait for chance.
func TestGenerated_agreesOnEveryCell(t *testing.T) {
	draws := 400
	if testing.Short() {
		draws = 40
	}
	b := newBench()
	c := fromSeed(1)
	for s := range tcpfsm.States() {
		for k := range tcpfsm.Events() {
			n := draws
			if k == tcpfsm.EventSegment {
				n *= 20
			}
			for range n {
				tcb := c.anyTCB(s, c.options())
				event := c.anyEvent(&tcb, k)
				if c("sound", 2) == 0 {
					tcb = c.soundTCB(s, c.options())
					event = c.event(&tcb, k, c.soundSegment(&tcb))
				}
				if d := b.disagreement(tcb, &event); d != "" {
					t.Fatal(d)
				}
			}
		}
	}
}

// TestStep_isNotFooledByWhatDoesNotExist: states and events out of range give no
// row, change nothing, and empty the output.
func TestStep_isNotFooledByWhatDoesNotExist(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := fromRapid(t)
		tcb := c.anyTCB(c.anyState(), c.options())
		event := c.anyEvent(&tcb, c.anyKind())
		if c("which", 2) == 0 {
			tcb.State = tcpfsm.State(uint32(len(program().Machine.States)) + c("beyond", 200))
		} else {
			event.Kind = tcpfsm.EventKind(uint32(len(program().Machine.Events)) + c("beyond", 200))
		}
		out := tcpfsm.Output{Answer: tcpfsm.AnswerPending, Take: 1}
		after := tcb
		if row := after.Step(&event, &out); row != tcpfsm.RowNone || after != tcb || out != (tcpfsm.Output{}) {
			t.Fatalf("row %v, output %+v\n%s", row, out, describe(tcb, &event))
		}
	})
}
