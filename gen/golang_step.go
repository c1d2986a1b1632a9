package gen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/tcpfsm/tcpfsm/spec"
)

// A cell is a list of rows that are tried one after the other, and the places in
// the table that have this very list: one function serves them all.
type cell struct {
	rules  []*spec.Rule
	name   string // of its function
	need   need
	states [][]int // by event
}

// findCells collects the distinct cells in the order of the table.
func (g *golang) findCells() {
	byRules := map[string]*cell{}
	for e := range g.m.Events {
		for s := range g.m.States {
			rules := g.p.Cells[s][e]
			key := cellKey(rules)
			c := byRules[key]
			if c == nil {
				c = &cell{rules: rules, need: g.needs.rules(rules), states: make([][]int, len(g.m.Events))}
				if len(rules) > 1 {
					c.name = g.n.members.pick(lowerName(g.n.methods[e])+g.n.states[s], "Rows")
				}
				byRules[key] = c
				g.cells = append(g.cells, c)
			}
			c.states[e] = append(c.states[e], s)
		}
	}
}

func cellKey(rules []*spec.Rule) string {
	var b strings.Builder
	for _, r := range rules {
		fmt.Fprintf(&b, "%d ", r.Index)
	}
	return b.String()
}

// cellsFile prints a function for each cell of more than one row.
func (g *golang) cellsFile(f *jen.File) {
	for _, c := range g.cells {
		if c.name == "" {
			continue
		}
		doc(f, c.name+" is "+g.cellPlaces(c)+".")
		f.Add(g.function(c.name, c.need)).Id("RowID").Block(g.rows(c.rules)...)
	}
}

// cellPlaces says where a cell is: "CLOSE and SHUTDOWN in SYN-RECEIVED".
func (g *golang) cellPlaces(c *cell) string {
	var places []string
	events := map[string][]string{}
	for e, states := range c.states {
		if len(states) == 0 {
			continue
		}
		var names []string
		for _, s := range states {
			names = append(names, g.m.States[s].Name)
		}
		in := list(names)
		if events[in] == nil {
			places = append(places, in)
		}
		events[in] = append(events[in], g.eventText(e))
	}
	for i, in := range places {
		places[i] = list(events[in]) + " in " + in
	}
	return strings.Join(places, "; ")
}

func (g *golang) eventText(event int) string {
	if t := g.m.Events[event].Text; t != "" {
		return t
	}
	return g.m.Events[event].Name
}

// rows prints the rows of a cell, each with its three comments:
//
//	// row synsent.rst
//	// when RST && ACK
//	// RFC 9293 3.10.7.3; EID 8167: It acknowledges our SYN, so the peer itself refuses.
//	if seg.Flags.Has(RST) && seg.Flags.Has(ACK) {
//		out.Signals |= 1 << SignalReset
//		t.deleteTCB(out)
//		t.State = Closed
//		return RowSynsentRst
//	}
func (g *golang) rows(rules []*spec.Rule) []jen.Code {
	var code []jen.Code
	for i, r := range rules {
		if i > 0 {
			code = append(code, jen.Line())
		}
		code = append(code, g.rowComment(r)...)
		body := g.rowBody(r)
		if r.Guard == nil {
			return append(code, body...)
		}
		code = append(code, jen.If(g.cond(r.Guard)).Block(body...))
	}
	return append(code, jen.Line(), jen.Return(jen.Id("RowNone")))
}

func (g *golang) rowComment(r *spec.Rule) []jen.Code {
	when := "otherwise"
	if r.Guard != nil {
		when = "when " + oneLineOf(r.When)
	}
	var code []jen.Code
	why := r.Why
	if c := g.citation(r.Cite); c != "" {
		why = c + ": " + why
	}
	for _, text := range []string{"row " + r.ID, when, why} {
		for _, l := range fill(text, longLine-10) {
			code = append(code, jen.Comment("// "+l))
		}
	}
	return code
}

func (g *golang) rowBody(r *spec.Rule) []jen.Code {
	body := g.block(r.Body)
	if r.To >= 0 {
		body = append(body, jen.Id("t").Dot("State").Op("=").Id(g.n.states[r.To]))
	}
	return append(body, jen.Return(jen.Id(g.n.rows[r.Index])))
}

// function begins the declaration of what is called with call.
func (g *golang) function(name string, n need) *jen.Statement {
	var params []jen.Code
	var recv *jen.Statement
	if n.machine {
		recv = jen.Id("t").Op("*").Id(g.n.machine)
	}
	for i := range g.m.Records {
		if !n.hasRecord(i) {
			continue
		}
		p := jen.Id(g.n.recordVar[i]).Op("*").Id(g.n.recordType[i])
		if recv == nil {
			recv = p
			continue
		}
		params = append(params, p)
	}
	var args []int
	for i := range g.n.args {
		if n.hasArg(i) {
			args = append(args, i)
		}
	}
	params = append(params, g.argParams(args)...)
	if n.out {
		params = append(params, jen.Id("out").Op("*").Id("Output"))
	}
	if recv == nil {
		return jen.Func().Id(name).Params(params...)
	}
	return jen.Func().Params(recv).Id(name).Params(params...)
}

// argParams declares arguments; neighbours of one type share it: octets, isn uint32.
func (g *golang) argParams(args []int) []jen.Code {
	var params []jen.Code
	for k, i := range args {
		p := jen.Id(g.n.argVar[i])
		last := k+1 == len(args) || (g.n.args[args[k+1]].Type == spec.Flag) != (g.n.args[i].Type == spec.Flag)
		if last {
			p.Add(goType(g.n.args[i].Type))
		}
		params = append(params, p)
	}
	return params
}

// stepFile prints what users call: Step, a method for each event, Expire.
func (g *golang) stepFile(f *jen.File) {
	g.stepMethod(f)
	for e := range g.m.Events {
		g.eventMethod(f, e)
	}
	if len(g.m.Timers) > 0 {
		g.expireMethod(f)
	}
}

// eventMethod prints
//
//	func (t *TCB) Segment(seg *Segment, arg SegmentArgs, out *Output) RowID {
//		*out = Output{}
//		switch t.State {
//		case Closed:
//			return t.segmentClosed(seg, out)
//		...
//		}
//		return RowNone
//	}
func (g *golang) eventMethod(f *jen.File, event int) {
	g.eventDoc(f, event)
	f.Func().Params(jen.Id("t").Op("*").Id(g.n.machine)).Id(g.n.methods[event]).Params(g.eventParams(event)...).Id("RowID").Block(
		jen.Op("*").Id("out").Op("=").Id("Output").Values(),
		jen.Switch(jen.Id("t").Dot("State")).BlockFunc(func(b *jen.Group) { g.stateCases(b, event) }),
		jen.Return(jen.Id("RowNone")),
	)
}

func (g *golang) eventDoc(f *jen.File, event int) {
	e := g.m.Events[event]
	text := g.n.methods[event] + " is " + g.eventText(event) + "."
	if e.Doc != "" {
		text += " " + sentence(e.Doc)
	}
	if e.Takes == "" {
		for k, i := range g.eventArgs(event) {
			if d := g.argDoc(event, k, i); d != "" {
				text += " " + about(g.n.argVar[i], d)
			}
		}
	}
	doc(f, text)
}

// eventParams are the parameters of an event's method: its record, then its
// arguments, which are a struct if there is a record too, then the output.
func (g *golang) eventParams(event int) []jen.Code {
	e := g.m.Events[event]
	var params []jen.Code
	if e.Takes != "" {
		r := g.recordOf(e.Takes)
		params = append(params, jen.Id(g.n.recordVar[r]).Op("*").Id(g.n.recordType[r]))
		if len(e.Args) > 0 {
			params = append(params, jen.Id("arg").Id(g.argsType(event)))
		}
	} else {
		params = append(params, g.argParams(g.eventArgs(event))...)
	}
	return append(params, jen.Id("out").Op("*").Id("Output"))
}

// stateCases prints a case for each cell of an event. A cell of one row stands in
// the case itself.
func (g *golang) stateCases(b *jen.Group, event int) {
	for _, c := range g.cellsOf(event) {
		b.CaseFunc(func(l *jen.Group) {
			for _, s := range c.states[event] {
				l.Id(g.n.states[s])
			}
		}).BlockFunc(func(b *jen.Group) {
			if c.name == "" {
				for _, code := range g.singleRow(c, event) {
					b.Add(code)
				}
				return
			}
			b.Return(g.cellCall(c, event))
		})
	}
}

// cellsOf are the cells of an event in the order of their first states.
func (g *golang) cellsOf(event int) []*cell {
	var list []*cell
	for _, c := range g.cells {
		if len(c.states[event]) > 0 {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b *cell) int { return a.states[event][0] - b.states[event][0] })
	return list
}

// cellCall prints the call of a cell's function. Arguments that came in a struct
// are taken out of it.
func (g *golang) cellCall(c *cell, event int) *jen.Statement {
	e := g.m.Events[event]
	var args []jen.Code
	for i := range g.m.Records {
		if c.need.hasRecord(i) {
			args = append(args, jen.Id(g.n.recordVar[i]))
		}
	}
	for i := range g.n.args {
		switch {
		case !c.need.hasArg(i):
		case e.Takes != "":
			args = append(args, jen.Id("arg").Dot(g.n.argField[i]))
		default:
			args = append(args, jen.Id(g.n.argVar[i]))
		}
	}
	if c.need.out {
		args = append(args, jen.Id("out"))
	}
	return jen.Id("t").Dot(c.name).Call(args...)
}

// singleRow prints the only row of a cell. If it uses arguments that came in a
// struct, they get the names that effects know them by.
func (g *golang) singleRow(c *cell, event int) []jen.Code {
	var code []jen.Code
	for i := range g.n.args {
		if c.need.hasArg(i) && g.m.Events[event].Takes != "" {
			code = append(code, jen.Id(g.n.argVar[i]).Op(":=").Id("arg").Dot(g.n.argField[i]))
		}
	}
	return append(code, g.rows(c.rules)...)
}

// stepMethod prints
//
//	func (t *TCB) Step(ev *Event, out *Output) RowID {
//		switch ev.Kind {
//		case EventSend:
//			return t.Send(ev.Octets, ev.ISN, out)
//		...
//		}
//		*out = Output{}
//		return RowNone
//	}
func (g *golang) stepMethod(f *jen.File) {
	doc(f, "Step runs any event: it empties out, finds the first row of the table for the state and the event whose condition holds, "+
		"carries out its effects, and returns it. A kind or a state that does not exist gives RowNone and changes nothing else.")
	f.Func().Params(jen.Id("t").Op("*").Id(g.n.machine)).Id("Step").Params(jen.Id("ev").Op("*").Id("Event"), jen.Id("out").Op("*").Id("Output")).Id("RowID").Block(
		jen.Switch(jen.Id("ev").Dot("Kind")).BlockFunc(func(b *jen.Group) {
			for e := range g.m.Events {
				b.Case(jen.Id(g.n.events[e])).Block(jen.Return(jen.Id("t").Dot(g.n.methods[e]).Call(g.stepArgs(e)...)))
			}
		}),
		jen.Op("*").Id("out").Op("=").Id("Output").Values(),
		jen.Return(jen.Id("RowNone")),
	)
}

// stepArgs prints the arguments of an event's method, taken from an Event.
func (g *golang) stepArgs(event int) []jen.Code {
	e := g.m.Events[event]
	var args []jen.Code
	field := func(i int) *jen.Statement { return jen.Id("ev").Dot(g.n.argField[i]) }
	switch {
	case e.Takes != "" && len(e.Args) > 0:
		var fields []jen.Code
		for _, i := range g.eventArgs(event) {
			fields = append(fields, field(i))
		}
		args = append(args, g.recordArg(e.Takes), jen.Id(g.argsType(event)).Values(fields...))
	case e.Takes != "":
		args = append(args, g.recordArg(e.Takes))
	default:
		for _, i := range g.eventArgs(event) {
			args = append(args, field(i))
		}
	}
	return append(args, jen.Id("out"))
}

func (g *golang) recordArg(record string) *jen.Statement {
	return jen.Op("&").Id("ev").Dot(g.n.recordField[g.recordOf(record)])
}

// expireMethod prints
//
//	func (t *TCB) Expire(timer Timer, out *Output) RowID {
//		switch timer {
//		case TimerRTX:
//			return t.RetransmissionTimeout(out)
//		...
//		}
//		*out = Output{}
//		return RowNone
//	}
func (g *golang) expireMethod(f *jen.File) {
	doc(f, "Expire is the event of a timer. One that is not armed may expire too: it was stopped too late, and the table says what becomes of it.")
	f.Func().Params(jen.Id("t").Op("*").Id(g.n.machine)).Id("Expire").Params(jen.Id("timer").Id("Timer"), jen.Id("out").Op("*").Id("Output")).Id("RowID").Block(
		jen.Switch(jen.Id("timer")).BlockFunc(func(b *jen.Group) {
			for i, t := range g.m.Timers {
				b.Case(jen.Id(g.n.timers[i])).Block(
					jen.Return(jen.Id("t").Dot(g.n.methods[g.expiryOf(t.Name)]).Call(jen.Id("out"))),
				)
			}
		}),
		jen.Op("*").Id("out").Op("=").Id("Output").Values(),
		jen.Return(jen.Id("RowNone")),
	)
}
