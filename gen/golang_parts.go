package gen

import (
	"github.com/dave/jennifer/jen"

	"github.com/tcpfsm/tcpfsm/spec"
)

// partsFile prints the definitions and actions that something calls, in the order
// of the table. A part may be the only caller of another, so that printing goes
// on until nothing new is called.
func (g *golang) partsFile(f *jen.File) {
	for again := true; again; {
		again = false
		for _, d := range g.p.Defs {
			if g.used[partKey(g.n.defs[d])] && g.defs[d] == nil {
				g.defs[d], again = g.definition(d), true
			}
		}
		for _, a := range g.p.Actions {
			if g.used[partKey(g.n.actions[a])] && g.actions[a] == nil {
				g.actions[a], again = g.action(a), true
			}
		}
	}
	for _, d := range g.p.Defs {
		if code := g.defs[d]; code != nil {
			g.partDoc(f, g.n.defs[d], d.Doc, d.Cite, d.Src)
			f.Add(code)
		}
	}
	for _, a := range g.p.Actions {
		if code := g.actions[a]; code != nil {
			g.partDoc(f, g.n.actions[a], a.Doc, a.Cite, a.Src)
			f.Add(code)
		}
	}
}

// partKey tells parts from helpers in golang.used.
func partKey(name string) string { return "part " + name }

// partDoc prints what a part is for, and its text in the table.
func (g *golang) partDoc(f *jen.File, name, text, cite, src string) {
	doc(f, about(name, g.about(text, cite)))
	f.Comment("//")
	commentCode(f, src)
}

// definition prints
//
//	func (t *TCB) ackNew(seg *Segment) bool {
//		return seqLT(t.SndUna, seg.Ack) && seqLE(seg.Ack, t.SndNxt)
//	}
func (g *golang) definition(d *spec.Definition) jen.Code {
	return g.function(g.n.defs[d], g.needs.def(d)).Add(goType(d.Type)).Block(jen.Return(g.cond(d.Expr)))
}

func (g *golang) action(a *spec.Procedure) jen.Code {
	return g.function(g.n.actions[a], g.needs.action(a)).Block(g.block(a.Body)...)
}

// checkFile prints the invariants: a method that reports each, and
//
//	func (t *TCB) Check() error {
//		switch {
//		case t.State == Closed && !t.holdsClosedClean():
//			return &InvariantError{"closed-clean", t.State, "no connection leaves nothing behind"}
//		...
//		}
//		return nil
//	}
func (g *golang) checkFile(f *jen.File) {
	if len(g.p.Checks) == 0 {
		return
	}
	g.invariantError(f)
	doc(f, "Check reports the first invariant of the table that does not hold, as an *InvariantError. After a step there is none.")
	f.Func().Params(jen.Id("t").Op("*").Id(g.n.machine)).Id("Check").Params().Error().Block(
		jen.Switch().BlockFunc(func(b *jen.Group) {
			for i, c := range g.p.Checks {
				holds := jen.Op("!").Id("t").Dot(g.n.checks[i]).Call()
				if in := g.inStates(c.States); in != nil {
					holds = in.Op("&&").Add(holds)
				}
				b.Case(holds).Block(
					jen.Return(jen.Op("&").Id("InvariantError").Values(jen.Lit(c.Name), jen.Id("t").Dot("State"), jen.Lit(c.Doc))),
				)
			}
		}),
		jen.Return(jen.Nil()),
	)
	for i, c := range g.p.Checks {
		doc(f, about(g.n.checks[i], c.Doc))
		f.Comment("//")
		commentCode(f, c.Src)
		f.Func().Params(jen.Id("t").Op("*").Id(g.n.machine)).Id(g.n.checks[i]).Params().Bool().Block(jen.Return(g.cond(c.Expr)))
	}
}

// inStates prints the test for a set of states, and nothing for all of them.
func (g *golang) inStates(states []int) *jen.Statement {
	switch len(states) {
	case len(g.m.States):
		return nil
	case 1:
		return jen.Id("t").Dot("State").Op("==").Id(g.n.states[states[0]])
	}
	return jen.Id("StateSet").Parens(g.stateBits(states)).Dot("Has").Call(jen.Id("t").Dot("State"))
}

// stateBits prints 1<<Closed | 1<<Listen.
func (g *golang) stateBits(states []int) *jen.Statement { return bitsOf(states, g.n.states) }

func bitsOf(values []int, names []string) *jen.Statement {
	var code *jen.Statement
	for _, v := range values {
		bit := jen.Lit(1).Op("<<").Id(names[v])
		if code == nil {
			code = bit
			continue
		}
		code.Op("|").Add(bit)
	}
	return code
}

// invariantError prints the error of Check:
//
//	func (e *InvariantError) Error() string {
//		return "tcpfsm: invariant " + e.Name + " does not hold in " + e.State.String() + ": " + e.Doc
//	}
func (g *golang) invariantError(f *jen.File) {
	doc(f, "An InvariantError is a machine in which something does not hold that should hold after every step.")
	f.Type().Id("InvariantError").Struct(
		jen.Id("Name").String(),
		jen.Id("State").Id("State"),
		jen.Id("Doc").String().Comment("// what the invariant says"),
	)
	doc(f, "Error names the invariant and the state, and says what should hold.")
	f.Func().Params(jen.Id("e").Op("*").Id("InvariantError")).Id("Error").Params().String().Block(
		jen.Return(jen.Lit(g.m.Name + ": invariant ").Op("+").Id("e").Dot("Name").Op("+").Lit(" does not hold in ").
			Op("+").Id("e").Dot("State").Dot("String").Call().Op("+").Lit(": ").Op("+").Id("e").Dot("Doc")),
	)
}
