package gen

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/tcpfsm/tcpfsm/spec"
)

// Where the machine of looplab comes from.
const looplabPath = "github.com/looplab/fsm"

// Looplab is the target that prints the same table for github.com/looplab/fsm. It
// builds on the Go package, whose import path only the caller knows.
func Looplab(importPath string) Target {
	return Target{"looplab", "the table as a machine of github.com/looplab/fsm, beside the Go package", func(p *spec.Program, from string) ([]File, error) {
		if importPath == "" {
			return nil, errors.New("gen: looplab: the import path of the Go package is unknown: give it to Looplab (fsmgen -import)")
		}
		return renderLooplab(p, from, importPath)
	}}
}

// A looplab prints the tables; the code that runs them is the same for every machine.
type looplab struct {
	p    *spec.Program
	n    *goNames
	path string
}

func renderLooplab(p *spec.Program, from, importPath string) ([]File, error) {
	n, err := newNames(p)
	if err != nil {
		return nil, err
	}
	l := &looplab{p, n, importPath}
	f := jen.NewFile("looplab")
	f.HeaderComment("// " + header(from))
	f.ImportName(importPath, p.Machine.Name)
	f.ImportName(looplabPath, "fsm")
	l.machine(f)
	l.firing(f)
	l.permitted(f)
	l.step(f)
	l.transitions(f)
	if len(p.Machine.Diagram.Edges) > 0 {
		l.diagram(f)
	}
	var out bytes.Buffer
	if err := f.Render(&out); err != nil {
		return nil, fmt.Errorf("gen: looplab_gen.go: %w", err)
	}
	return []File{{"looplab_gen.go", groupImports(out.Bytes())}}, nil
}

// groupImports puts the standard library first, as people do; jennifer sorts by
// path alone.
func groupImports(src []byte) []byte {
	head, rest, _ := strings.Cut(string(src), "import (\n")
	block, rest, _ := strings.Cut(rest, ")\n")
	var standard, others string
	for line := range strings.Lines(block) {
		first, _, _ := strings.Cut(line, "/")
		if strings.Contains(first, ".") {
			others += line
		} else {
			standard += line
		}
	}
	return []byte(head + "import (\n" + standard + "\n" + others + ")\n" + rest)
}

// of is a name of the Go package.
func (l *looplab) of(name string) *jen.Statement { return jen.Qual(l.path, name) }

func fsm(name string) *jen.Statement { return jen.Qual(looplabPath, name) }

// text is a name of the Go package as looplab knows it.
func (l *looplab) text(name string) *jen.Statement { return l.of(name).Dot("String").Call() }

// machine prints Machine, its constructor and the doors to what is inside:
//
//	type Machine struct{ fsm *fsm.FSM }
//	func New(initial tcpfsm.State) *Machine {
//		return &Machine{fsm.NewFSM(initial.String(), Events(), nil)}
//	}
//	func (m *Machine) FSM() *fsm.FSM { return m.fsm }
//	func (m *Machine) State() tcpfsm.State
func (l *looplab) machine(f *jen.File) {
	doc(f, "Machine is the state of a "+l.p.Machine.Name+"."+l.n.machine+" without its memory, kept by looplab/fsm. Every row of the table is an event of its own, named like the row, "+
		"so that there is never a choice between transitions: whoever fires a row has looked at conditions before. It may be used by one goroutine at a time.")
	f.Type().Id("Machine").Struct(jen.Id("fsm").Op("*").Add(fsm("FSM")))
	doc(f, "New makes a machine in a state.")
	f.Func().Id("New").Params(jen.Id("initial").Add(l.of("State"))).Op("*").Id("Machine").Block(
		jen.Return(jen.Op("&").Id("Machine").Values(fsm("NewFSM").Call(jen.Id("initial").Dot("String").Call(), jen.Id("Events").Call(), jen.Nil()))),
	)
	doc(f, "FSM is the machine inside, for users of looplab/fsm. Its states and events have the names of the table.")
	f.Func().Params(jen.Id("m").Op("*").Id("Machine")).Id("FSM").Params().Op("*").Add(fsm("FSM")).Block(jen.Return(jen.Id("m").Dot("fsm")))
	doc(f, "State is the current state.")
	// s, err := tcpfsm.ParseState(m.fsm.Current())
	// if err != nil {
	//	panic("looplab: " + err.Error())
	// }
	// return s
	f.Func().Params(jen.Id("m").Op("*").Id("Machine")).Id("State").Params().Add(l.of("State")).Block(
		jen.List(jen.Id("s"), jen.Err()).Op(":=").Add(l.of("ParseState")).Call(jen.Id("m").Dot("fsm").Dot("Current").Call()),
		jen.If(jen.Err().Op("!=").Nil()).Block(
			jen.Panic(jen.Lit("looplab: somebody called SetState: ").Op("+").Err().Dot("Error").Call()),
		),
		jen.Return(jen.Id("s")),
	)
}

// firing prints
//
//	func (m *Machine) Fire(row tcpfsm.RowID) (tcpfsm.State, error) {
//		err := m.fsm.Event(context.Background(), row.String())
//		if errors.As(err, new(fsm.NoTransitionError)) {
//			err = nil
//		}
//		return m.State(), err
//	}
func (l *looplab) firing(f *jen.File) {
	doc(f, "Fire carries out a row and gives the state after it. A row that does not begin in the current state is an error of looplab/fsm (fsm.InvalidEventError, fsm.UnknownEventError) "+
		"and leaves the state alone; a row that stays where it is succeeds.")
	f.Func().Params(jen.Id("m").Op("*").Id("Machine")).Id("Fire").Params(jen.Id("row").Add(l.of("RowID"))).Params(l.of("State"), jen.Error()).Block(
		jen.Comment("// The context is never cancelled: looplab/fsm v1.0.3 stays locked for good after that."),
		jen.Err().Op(":=").Id("m").Dot("fsm").Dot("Event").Call(jen.Qual("context", "Background").Call(), jen.Id("row").Dot("String").Call()),
		jen.If(jen.Qual("errors", "As").Call(jen.Err(), jen.New(fsm("NoTransitionError")))).Block(jen.Err().Op("=").Nil()),
		jen.Return(jen.Id("m").Dot("State").Call(), jen.Err()),
	)
}

// permitted prints
//
//	func (m *Machine) Permitted() []tcpfsm.RowID {
//		var rows []tcpfsm.RowID
//		for _, name := range m.fsm.AvailableTransitions() {
//			if row, err := tcpfsm.ParseRow(name); err == nil {
//				rows = append(rows, row)
//			}
//		}
//		slices.Sort(rows)
//		return rows
//	}
func (l *looplab) permitted(f *jen.File) {
	doc(f, "Permitted are the rows that begin in the current state, in the order of the table.")
	f.Func().Params(jen.Id("m").Op("*").Id("Machine")).Id("Permitted").Params().Index().Add(l.of("RowID")).Block(
		jen.Var().Id("rows").Index().Add(l.of("RowID")),
		jen.For(jen.List(jen.Id("_"), jen.Id("name")).Op(":=").Range().Id("m").Dot("fsm").Dot("AvailableTransitions").Call()).Block(
			jen.If(jen.List(jen.Id("row"), jen.Err()).Op(":=").Add(l.of("ParseRow")).Call(jen.Id("name")), jen.Err().Op("==").Nil()).Block(
				jen.Id("rows").Op("=").Append(jen.Id("rows"), jen.Id("row")),
			),
		),
		jen.Comment("// looplab/fsm gives them in the order of a map."),
		jen.Qual("slices", "Sort").Call(jen.Id("rows")),
		jen.Return(jen.Id("rows")),
	)
}

// step prints
//
//	func (m *Machine) Step(k tcpfsm.EventKind, holds func(tcpfsm.RowID) bool) (tcpfsm.RowID, error) {
//		for row := range tcpfsm.RowsOf(m.State(), k) {
//			if row.When == "" || holds(row.ID) {
//				_, err := m.Fire(row.ID)
//				return row.ID, err
//			}
//		}
//		return tcpfsm.RowNone, nil
//	}
func (l *looplab) step(f *jen.File) {
	doc(f, "Step fires the first row of the current state and the event whose condition holds, and returns it. "+
		"The machine has no memory: holds says whether the condition of a row does, and is asked in the order of the table, before looplab/fsm is. It may not use the machine. "+
		"Rows without a condition are not asked about.")
	f.Func().Params(jen.Id("m").Op("*").Id("Machine")).Id("Step").Params(
		jen.Id("k").Add(l.of("EventKind")), jen.Id("holds").Func().Params(l.of("RowID")).Bool(),
	).Params(l.of("RowID"), jen.Error()).Block(
		jen.For(jen.Id("row").Op(":=").Range().Add(l.of("RowsOf")).Call(jen.Id("m").Dot("State").Call(), jen.Id("k"))).Block(
			jen.If(jen.Id("row").Dot("When").Op("==").Lit("").Op("||").Id("holds").Call(jen.Id("row").Dot("ID"))).Block(
				jen.List(jen.Id("_"), jen.Err()).Op(":=").Id("m").Dot("Fire").Call(jen.Id("row").Dot("ID")),
				jen.Return(jen.Id("row").Dot("ID"), jen.Err()),
			),
		),
		jen.Return(l.of("RowNone"), jen.Nil()),
	)
}

// transitions prints the table: a description for each row, and for a row that
// stays in several states one for each of them.
func (l *looplab) transitions(f *jen.File) {
	n := 0
	var list []jen.Code
	for _, r := range l.p.Rows {
		var from []string
		for _, s := range r.In {
			if r.To < 0 {
				list = append(list, l.desc(l.text(l.n.rows[r.Index]), []string{l.n.states[s]}, l.n.states[s]))
			}
			from = append(from, l.n.states[s])
			n++
		}
		if r.To >= 0 {
			list = append(list, l.desc(l.text(l.n.rows[r.Index]), from, l.n.states[r.To]))
		}
	}
	doc(f, "Transitions is how many transitions there are: one for each row and state in which it begins. looplab/fsm drops one of two that have event and state in common, without a word; these have not.")
	f.Const().Id("Transitions").Op("=").Lit(n)
	doc(f, "Events are the transitions as looplab/fsm takes them, for machines with callbacks. A callback may not call its machine, and its context should never be cancelled: looplab/fsm v1.0.3 stays locked for good after either.")
	l.eventsFunc(f, "Events", list)
}

// desc prints {Name: tcpfsm.RowSend.String(), Src: []string{...}, Dst: ...}.
func (l *looplab) desc(name *jen.Statement, from []string, to string) jen.Code {
	var src []jen.Code
	for _, s := range from {
		src = append(src, l.text(s))
	}
	return jen.Values(
		jen.Id("Name").Op(":").Add(name),
		jen.Id("Src").Op(":").Index().String().Values(src...),
		jen.Id("Dst").Op(":").Add(l.text(to)),
	)
}

// eventsFunc prints
//
//	func Events() fsm.Events {
//		return fsm.Events{
//			{Name: tcpfsm.RowSend.String(), Src: []string{tcpfsm.Established.String()}, Dst: tcpfsm.Established.String()},
//		}
//	}
func (l *looplab) eventsFunc(f *jen.File, name string, list []jen.Code) {
	f.Func().Id(name).Params().Add(fsm("Events")).Block(
		jen.Return(fsm("Events").ValuesFunc(func(v *jen.Group) {
			for _, d := range list {
				v.Line().Add(d)
			}
			v.Line()
		})),
	)
}

// diagram prints NewDiagram: the bare diagram, whose events are the words at the
// arrows.
func (l *looplab) diagram(f *jen.File) {
	doc(f, "NewDiagram makes the bare state diagram, as "+l.p.Machine.Name+".Next knows it, in a state. Its events are the names of "+l.p.Machine.Name+".DiagramEvent.")
	f.Func().Id("NewDiagram").Params(jen.Id("initial").Add(l.of("State"))).Op("*").Add(fsm("FSM")).Block(
		jen.Return(fsm("NewFSM").Call(jen.Id("initial").Dot("String").Call(), jen.Id("DiagramEvents").Call(), jen.Nil())),
	)
	var list []jen.Code
	for _, e := range l.p.Machine.Diagram.Edges {
		for i, on := range l.n.diagramOn {
			if on == e.On {
				list = append(list, l.desc(l.text(l.n.diagram[i]), []string{l.n.states[stateIndex(e.From)]}, l.n.states[stateIndex(e.To)]))
			}
		}
	}
	doc(f, "DiagramEvents are the arrows of the diagram as looplab/fsm takes them.")
	l.eventsFunc(f, "DiagramEvents", list)
}
