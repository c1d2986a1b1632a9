package proptest

import (
	"sync"

	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/spec/tcp"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// program is the table, compiled once.
var program = sync.OnceValue(func() *spec.Program {
	p, err := spec.Compile(&tcp.Machine)
	if err != nil {
		panic(err)
	}
	return p
})

// A Machine is one step of TCP: an event happens to a TCB, the output is filled,
// and the row that fired comes back. The generated code is one ([Generated]), the
// table itself another ([Interpreted]).
type Machine func(*tcpfsm.TCB, *tcpfsm.Event, *tcpfsm.Output) tcpfsm.RowID

// Generated is the generated code.
func Generated(t *tcpfsm.TCB, e *tcpfsm.Event, out *tcpfsm.Output) tcpfsm.RowID {
	return t.Step(e, out)
}

// Interpreted runs a table, such as a changed one, without generating code. Its
// variables must be those of spec/tcp. It is for one goroutine at a time.
func Interpreted(p *spec.Program) Machine { return interpreterOf(p).Step }

// An interpreter runs a table on lists of numbers that it reuses.
type interpreter struct {
	program                *spec.Program
	machine, input, output []uint32
}

func interpreterOf(p *spec.Program) *interpreter {
	return &interpreter{program: p, output: make([]uint32, len(p.Layout.Output))}
}

// Step is a Machine.
func (i *interpreter) Step(t *tcpfsm.TCB, e *tcpfsm.Event, out *tcpfsm.Output) tcpfsm.RowID {
	i.machine, i.input = t.AppendValues(i.machine[:0]), e.AppendValues(i.input[:0])
	rule, next := i.program.Step(int(t.State), i.machine, int(e.Kind), i.input, i.output)
	t.SetValues(i.machine)
	t.State = tcpfsm.State(next)
	out.SetValues(i.output)
	if rule == nil {
		return tcpfsm.RowNone
	}
	return tcpfsm.RowID(rule.Index + 1)
}
