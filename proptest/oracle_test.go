package proptest

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// arguments are the scalars that come with events, each once.
var arguments = sync.OnceValue(func() []*spec.Symbol {
	var list []*spec.Symbol
	for _, s := range program().Symbols {
		if s.Kind == spec.ArgSymbol && !slices.ContainsFunc(list, func(o *spec.Symbol) bool { return o.Index == s.Index }) {
			list = append(list, s)
		}
	}
	return list
})

// A result is everything that a step does.
type result struct {
	row tcpfsm.RowID
	tcb tcpfsm.TCB
	out tcpfsm.Output
}

// rubbish is an output that no step has emptied yet.
var rubbish = func() (out tcpfsm.Output) {
	values := out.AppendValues(nil)
	for i := range values {
		values[i] = 1
	}
	out.SetValues(values)
	return out
}()

// generated runs a step of the generated code on a copy.
func generated(t tcpfsm.TCB, e *tcpfsm.Event) result {
	r := result{tcb: t, out: rubbish}
	r.row = r.tcb.Step(e, &r.out)
	return r
}

func newInterpreter() *interpreter { return interpreterOf(program()) }

// step runs a step of the table on a copy.
func (i *interpreter) step(t tcpfsm.TCB, e *tcpfsm.Event) result {
	r := result{tcb: t}
	r.row = i.Step(&r.tcb, e, &r.out)
	return r
}

// holds reports whether the guard of a row holds.
func (i *interpreter) holds(t tcpfsm.TCB, e *tcpfsm.Event, row tcpfsm.RowID) bool {
	i.machine, i.input = t.AppendValues(i.machine[:0]), e.AppendValues(i.input[:0])
	clear(i.output)
	guard := program().Rows[row-1].Guard
	return guard == nil || program().Eval(guard, i.machine, i.input, i.output) != 0
}

// called runs the method of an event's kind instead of Step.
func called(t tcpfsm.TCB, e *tcpfsm.Event) result {
	r := result{tcb: t, out: rubbish}
	r.row = call(&r.tcb, e, &r.out)
	return r
}

func call(t *tcpfsm.TCB, e *tcpfsm.Event, out *tcpfsm.Output) tcpfsm.RowID {
	switch e.Kind {
	case tcpfsm.EventOpenActive:
		return t.OpenActive(e.ISN, e.RemoteGiven, out)
	case tcpfsm.EventOpenPassive:
		return t.OpenPassive(e.RemoteGiven, out)
	case tcpfsm.EventSend:
		return t.Send(e.Octets, e.ISN, out)
	case tcpfsm.EventReceive:
		return t.Receive(e.Octets, out)
	case tcpfsm.EventSegment:
		return t.Segment(&e.Seg, segmentArgs(e), out)
	}
	return callPlain(t, e.Kind, out)
}

func segmentArgs(e *tcpfsm.Event) tcpfsm.SegmentArgs {
	return tcpfsm.SegmentArgs{ISN: e.ISN, BacklogFull: e.BacklogFull, AcceptFull: e.AcceptFull, ReuseOK: e.ReuseOK}
}

// callPlain calls the methods of events that come without arguments.
func callPlain(t *tcpfsm.TCB, k tcpfsm.EventKind, out *tcpfsm.Output) tcpfsm.RowID {
	plain := map[tcpfsm.EventKind]func(*tcpfsm.Output) tcpfsm.RowID{
		tcpfsm.EventClose: t.Close, tcpfsm.EventShutdown: t.Shutdown, tcpfsm.EventCloseOrphan: t.CloseOrphan,
		tcpfsm.EventAbort: t.Abort, tcpfsm.EventStatus: t.Status, tcpfsm.EventIcmpHard: t.IcmpHard,
		tcpfsm.EventIcmpSoft: t.IcmpSoft, tcpfsm.EventTick: t.Tick,
	}
	if method, ok := plain[k]; ok {
		return method(out)
	}
	for i := range program().Machine.Timers {
		if timer := tcpfsm.Timer(i); timer.Event() == k {
			return t.Expire(timer, out)
		}
	}
	panic("proptest: no method is known for event " + k.String() + ": add it here")
}

// differ explains in which way two results of one step are not the same.
func differ(t tcpfsm.TCB, e *tcpfsm.Event, names [2]string, a, b result) string {
	if a == b {
		return ""
	}
	var w strings.Builder
	fmt.Fprintf(&w, "%s and %s disagree\n%s", names[0], names[1], describe(t, e))
	for i, r := range []result{a, b} {
		fmt.Fprintf(&w, "%s: row %v, to %v\n", names[i], r.row, r.tcb.State)
	}
	layout := program().Layout
	difference(&w, layout.Machine, names, a.tcb.AppendValues(nil), b.tcb.AppendValues(nil))
	difference(&w, layout.Output, names, a.out.AppendValues(nil), b.out.AppendValues(nil))
	return w.String()
}

func difference(w *strings.Builder, words []string, names [2]string, a, b []uint32) {
	for i, word := range words {
		if a[i] != b[i] {
			fmt.Fprintf(w, "\t%s: %s %d (%#x), %s %d (%#x)\n", word, names[0], a[i], a[i], names[1], b[i], b[i])
		}
	}
}

// describe prints a TCB, in the words of the table and without what is zero, and
// an event.
func describe(t tcpfsm.TCB, e *tcpfsm.Event) string {
	var w strings.Builder
	fmt.Fprintf(&w, "%v, options %v, armed %v\n", t.State, t.Options, t.Armed)
	for i, v := range t.AppendValues(nil) {
		if v != 0 && i != spec.AtOptions && i != spec.AtArmed {
			fmt.Fprintf(&w, " %s=%d", program().Layout.Machine[i], v)
		}
	}
	fmt.Fprintf(&w, "\n%v", e.Kind)
	if e.Kind == tcpfsm.EventSegment {
		fmt.Fprintf(&w, " <SEQ=%d><ACK=%d><WND=%d><TEXT=%d><CTL=%v>", e.Seg.Seq, e.Seg.Ack, e.Seg.Wnd, e.Seg.Text, e.Seg.Flags)
	}
	values := e.AppendValues(nil)
	for _, a := range arguments() {
		if values[a.Index] != 0 {
			fmt.Fprintf(&w, " %s=%d", a.Name, values[a.Index])
		}
	}
	return w.String() + "\n"
}
