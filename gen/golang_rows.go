package gen

import (
	"github.com/dave/jennifer/jen"

	"github.com/tcpfsm/tcpfsm/spec"
)

// rowsFile prints RowID, Row, the table as data, and what can be asked of it.
func (g *golang) rowsFile(f *jen.File) {
	e := enum{
		typ: "RowID", recv: "r", table: "rowNames",
		doc:       "RowID is a row of the table.",
		group:     "The rows, in the order of the table. RowNone is no row.",
		stringDoc: "String gives the row's id in the table, which never changes.",
		parseDoc:  "ParseRow reads a row's id, in any case.",
		consts:    []constDoc{{"RowNone", ""}},
		names:     []string{"none"},
	}
	for i, r := range g.p.Rows {
		e.consts = append(e.consts, constDoc{g.n.rows[i], ""})
		e.names = append(e.names, r.ID)
	}
	g.rowStruct(f)
	g.rowFuncs(f)
	g.permitted(f)
	g.enum(f, e)
	g.rowTable(f)
}

// rowStruct prints Row:
//
//	type Row struct {
//		ID   RowID
//		Name string // the id as written in the table
//		In   StateSet
//		...
//	}
func (g *golang) rowStruct(f *jen.File) {
	doc(f, "A Row is a row of the table: what one event does in some states under a condition. "+
		"Rows of one state and event are tried in order, and the first whose condition holds fires.")
	text := func(name, comment string) jen.Code { return jen.Id(name).String().Comment("// " + comment) }
	f.Type().Id("Row").Struct(
		jen.Id("ID").Id("RowID"),
		text("Name", "the id as written in the table"),
		jen.Id("In").Id("StateSet"),
		jen.Id("On").Id("EventSet"),
		jen.Id("To").Id("State").Comment("// where it leads, if it Moves"),
		jen.Id("Moves").Bool().Comment("// whether it says where to go, be it to the same state; otherwise the state stays"),
		text("When", "the condition, as written in the table; empty means otherwise"),
		text("Do", "the effects, as written in the table"),
		text("Cite", "sections, MUST numbers, errata"),
		text("Why", "the reason, a sentence or two"),
		text("Table", "title of the group of rows"),
		text("Pos", "file and line of the row"),
	)
}

// rowFuncs prints Row, Rows and RowsOf.
func (g *golang) rowFuncs(f *jen.File) {
	doc(f, "Row gives everything about a row. RowNone, and what is no row, gives the zero Row.")
	// if int(r) < len(rows) {
	//	return rows[r]
	// }
	// return Row{}
	f.Func().Params(jen.Id("r").Id("RowID")).Id("Row").Params().Id("Row").Block(
		jen.If(jen.Int().Parens(jen.Id("r")).Op("<").Len(jen.Id("rows"))).Block(jen.Return(jen.Id("rows").Index(jen.Id("r")))),
		jen.Return(jen.Id("Row").Values()),
	)
	doc(f, "Rows yields every row, in the order of the table.")
	f.Func().Id("Rows").Params().Qual("iter", "Seq").Types(jen.Id("Row")).Block(
		jen.Return(jen.Id("rowsThat").Call(jen.Func().Params(jen.Op("*").Id("Row")).Bool().Block(jen.Return(jen.True())))),
	)
	doc(f, "RowsOf yields the rows of one state and event, in the order in which they are tried.")
	f.Func().Id("RowsOf").Params(jen.Id("s").Id("State"), jen.Id("k").Id("EventKind")).Qual("iter", "Seq").Types(jen.Id("Row")).Block(
		jen.Return(jen.Id("rowsThat").Call(jen.Func().Params(jen.Id("r").Op("*").Id("Row")).Bool().Block(
			jen.Return(jen.Id("r").Dot("In").Dot("Has").Call(jen.Id("s")).Op("&&").Id("r").Dot("On").Dot("Has").Call(jen.Id("k"))),
		))),
	)
	g.rowsThat(f)
}

// rowsThat prints
//
//	func rowsThat(fit func(*Row) bool) iter.Seq[Row] {
//		return func(yield func(Row) bool) {
//			for i := 1; i < len(rows); i++ {
//				if fit(&rows[i]) && !yield(rows[i]) {
//					return
//				}
//			}
//		}
//	}
func (g *golang) rowsThat(f *jen.File) {
	row := func() *jen.Statement { return jen.Id("rows").Index(jen.Id("i")) }
	f.Line()
	f.Func().Id("rowsThat").Params(jen.Id("fit").Func().Params(jen.Op("*").Id("Row")).Bool()).Qual("iter", "Seq").Types(jen.Id("Row")).Block(
		jen.Return(jen.Func().Params(jen.Id("yield").Func().Params(jen.Id("Row")).Bool()).Block(
			jen.For(jen.Id("i").Op(":=").Lit(1), jen.Id("i").Op("<").Len(jen.Id("rows")), jen.Id("i").Op("++")).Block(
				jen.If(jen.Id("fit").Call(jen.Op("&").Add(row())).Op("&&").Op("!").Id("yield").Call(row())).Block(jen.Return()),
			),
		)),
	)
}

// permitted prints
//
//	var permitted = [...]EventSet{
//		Closed: 1<<EventOpenActive | 1<<EventOpenPassive,
//	}
//	func Permitted(s State) iter.Seq[EventKind] {
//		if int(s) < len(permitted) {
//			return permitted[s].All()
//		}
//		return EventSet(0).All()
//	}
func (g *golang) permitted(f *jen.File) {
	doc(f, "Permitted yields the events that may have an effect in a state: some row of that state and event moves the machine, changes its memory, "+
		"starts a timer, sends, signals, puts out a number, or answers with the first answer in so many words. "+
		"Any other event is dropped there, or refused with an answer; stopping a timer alone is no effect.")
	f.Func().Id("Permitted").Params(jen.Id("s").Id("State")).Qual("iter", "Seq").Types(jen.Id("EventKind")).Block(
		jen.If(jen.Int().Parens(jen.Id("s")).Op("<").Len(jen.Id("permitted"))).Block(
			jen.Return(jen.Id("permitted").Index(jen.Id("s")).Dot("All").Call()),
		),
		jen.Return(jen.Id("EventSet").Parens(jen.Lit(0)).Dot("All").Call()),
	)
	f.Line()
	f.Var().Id("permitted").Op("=").Index(jen.Op("...")).Id("EventSet").ValuesFunc(func(v *jen.Group) {
		for s := range g.m.States {
			var events []int
			for e := range g.m.Events {
				if actsInCell(g.p.Cells[s][e]) {
					events = append(events, e)
				}
			}
			value := jen.Lit(0)
			if events != nil {
				value = bitsOf(events, g.n.events)
			}
			v.Line().Id(g.n.states[s]).Op(":").Add(value)
		}
		v.Line()
	})
}

func actsInCell(rules []*spec.Rule) bool {
	for _, r := range rules {
		if r.To >= 0 || acts(r.Body) {
			return true
		}
	}
	return false
}

// acts reports whether effects are more than a refusal: anything but stopping a
// timer and an answer other than the first.
func acts(body []spec.Stmt) bool {
	for _, s := range body {
		switch s := s.(type) {
		case spec.Stop:
		case spec.Answer:
			if s.ID == 0 {
				return true
			}
		case spec.If:
			if acts(s.Then) || acts(s.Else) {
				return true
			}
		case spec.Do:
			if acts(s.Action.Body) {
				return true
			}
		default:
			return true
		}
	}
	return false
}

// rowTable prints the rows as data, each at the index of its RowID:
//
//	var rows = [...]Row{
//		RowSend: {
//			ID:   RowSend,
//			Name: "send",
//			In:   1<<Established | 1<<CloseWait,
//			...
//		},
//	}
func (g *golang) rowTable(f *jen.File) {
	doc(f, "rows has each row at the index of its RowID.")
	f.Var().Id("rows").Op("=").Index(jen.Op("...")).Id("Row").ValuesFunc(func(v *jen.Group) {
		for i, r := range g.p.Rows {
			v.Line().Id(g.n.rows[i]).Op(":").Values(g.rowFields(r)...)
		}
		v.Line()
	})
}

// rowFields prints the fields of a row that are not empty, one a line.
func (g *golang) rowFields(r *spec.Rule) []jen.Code {
	fields := []jen.Code{
		jen.Line().Id("ID").Op(":").Id(g.n.rows[r.Index]),
		jen.Line().Id("Name").Op(":").Lit(r.ID),
		jen.Line().Id("In").Op(":").Add(g.stateBits(r.In)),
		jen.Line().Id("On").Op(":").Add(bitsOf(r.On, g.n.events)),
	}
	if r.To >= 0 {
		fields = append(fields, jen.Line().Id("To").Op(":").Id(g.n.states[r.To]), jen.Line().Id("Moves").Op(":").True())
	}
	pos := r.Pos
	if pos != "" {
		pos = g.from + "/" + pos
	}
	for _, t := range [][2]string{
		{"When", oneLineOf(r.When)}, {"Do", oneLineOf(r.Do)}, {"Cite", r.Cite}, {"Why", r.Why},
		{"Table", g.m.Tables[r.Table].Title}, {"Pos", pos},
	} {
		if t[1] != "" {
			fields = append(fields, jen.Line().Id(t[0]).Op(":").Lit(t[1]))
		}
	}
	return append(fields, jen.Line())
}

// diagramFile prints the bare diagram: its events, and the next state of each.
func (g *golang) diagramFile(f *jen.File) {
	if len(g.m.Diagram.Edges) == 0 {
		return
	}
	e := enum{
		typ: "DiagramEvent", recv: "e", table: "diagramNames", all: "DiagramEvents",
		doc:       "DiagramEvent is what stands at the arrows of the state diagram. It is for viewers and counters, which have no " + g.n.machine + ".",
		group:     "The events of the diagram.",
		stringDoc: "String gives the words at the arrow.",
		parseDoc:  "ParseDiagramEvent reads the words at an arrow, in any case.",
		allDoc:    "DiagramEvents yields every event of the diagram.",
		names:     g.n.diagramOn,
	}
	for i, on := range g.n.diagramOn {
		e.consts = append(e.consts, constDoc{g.n.diagram[i], on + "."})
	}
	g.enum(f, e)
	g.nextFunc(f)
}

// nextFunc prints
//
//	func Next(s State, e DiagramEvent) (State, bool) {
//		if int(s) >= len(next) || int(e) >= len(next[0]) || next[s][e] == 0 {
//			return s, false
//		}
//		return next[s][e] - 1, true
//	}
//
// and its table.
func (g *golang) nextFunc(f *jen.File) {
	entry := func() *jen.Statement { return jen.Id("next").Index(jen.Id("s")).Index(jen.Id("e")) }
	beyond := func(v string, table *jen.Statement) *jen.Statement {
		return jen.Int().Parens(jen.Id(v)).Op(">=").Len(table)
	}
	doc(f, "Next is where an arrow of the diagram leads; it reports whether there is one. It knows nothing of sequence numbers: "+g.n.machine+" does.")
	f.Func().Id("Next").Params(jen.Id("s").Id("State"), jen.Id("e").Id("DiagramEvent")).Params(jen.Id("State"), jen.Bool()).Block(
		jen.If(beyond("s", jen.Id("next")).Op("||").Add(beyond("e", jen.Id("next").Index(jen.Lit(0)))).Op("||").Add(entry()).Op("==").Lit(0)).Block(
			jen.Return(jen.Id("s"), jen.False()),
		),
		jen.Return(entry().Op("-").Lit(1), jen.True()),
	)
	doc(f, "next has the next state plus one; 0 is no arrow.")
	f.Var().Id("next").Op("=").Index(jen.Len(jen.Id("stateNames"))).Index(jen.Len(jen.Id("diagramNames"))).Id("State").ValuesFunc(func(v *jen.Group) {
		for s := range g.m.States {
			v.Line().Id(g.n.states[s]).Op(":").Values(g.arrows(s)...)
		}
		v.Line()
	})
}

// arrows prints the arrows that leave a state.
func (g *golang) arrows(state int) []jen.Code {
	var code []jen.Code
	for _, e := range g.m.Diagram.Edges {
		if stateIndex(e.From) != state {
			continue
		}
		for i, on := range g.n.diagramOn {
			if on == e.On {
				to := stateIndex(e.To)
				code = append(code, jen.Id(g.n.diagram[i]).Op(":").Id(g.n.states[to]).Op("+").Lit(1))
			}
		}
	}
	return code
}
