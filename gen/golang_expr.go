package gen

import (
	"github.com/dave/jennifer/jen"

	"github.com/tcpfsm/tcpfsm/spec"
)

// How tightly Go's operators bind. jennifer prints operands as they are, so that
// every parenthesis comes from a comparison of these.
const (
	bindOr = 1 + iota
	bindAnd
	bindCompare
	bindAdd
	bindNot
	bindAll // names, literals, calls
)

// A bound is a piece of Go with the strength of its outermost operator.
type bound struct {
	code *jen.Statement
	bind int
}

func atom(c *jen.Statement) bound { return bound{c, bindAll} }

// within is the code as an operand of an operator that binds as given.
func (b bound) within(bind int) *jen.Statement {
	if b.bind < bind {
		return jen.Parens(b.code)
	}
	return b.code
}

// value prints an expression that stands alone.
func (g *golang) value(e spec.Expr) *jen.Statement { return g.expr(e).code }

// expr prints an expression.
func (g *golang) expr(e spec.Expr) bound {
	if v, ok := constant(e); ok {
		return atom(jen.Lit(int(v)))
	}
	switch e := e.(type) {
	case spec.Ref:
		return atom(g.ref(e.Sym))
	case spec.Lit: // a flag; numbers are constants
		return atom(jen.Lit(e.V != 0))
	case spec.Not:
		return g.not(e.X)
	case spec.Binary:
		return g.binary(e)
	case spec.Chain:
		left := g.compare(e.Op1, e.X, e.Y)
		right := g.compare(e.Op2, e.Y, e.Z)
		return bound{left.code.Op("&&").Add(right.code), bindAnd}
	case spec.Use:
		return atom(g.callPart(g.n.defs[e.Def], g.needs.def(e.Def)))
	case spec.MinMax:
		return atom(jen.Id(minMaxName(e)).Call(g.value(e.X), g.value(e.Y)))
	case spec.Count:
		return atom(g.helper("count").Call(g.value(e.X)))
	case spec.Armed:
		return atom(jen.Id("t").Dot("Armed").Dot("Has").Call(jen.Id(g.n.timers[e.Timer])))
	case spec.Sent:
		return g.sent(e.Slot, "!=")
	}
	panic("gen: unknown expression")
}

func minMaxName(e spec.MinMax) string {
	if e.Max {
		return "max"
	}
	return "min"
}

// sent prints the test for a slot: a message without flags is none.
func (g *golang) sent(slot int, op string) bound {
	return bound{jen.Id("out").Dot(g.n.slots[slot]).Dot("Flags").Op(op).Lit(0), bindCompare}
}

// ref prints a symbol where it lives in generated code: the machine is t, the
// output is out, a record and the arguments are parameters.
func (g *golang) ref(s *spec.Symbol) *jen.Statement {
	switch s.Kind {
	case spec.OptionSymbol:
		return jen.Id("t").Dot("Options").Dot("Has").Call(jen.Id(g.n.options[s.Bit]))
	case spec.FieldFlagSymbol:
		return jen.Id(g.n.recordVar[s.Record]).Dot("Flags").Dot("Has").Call(jen.Id(g.n.flags[s.Record][s.Field]))
	case spec.SlotFlagSymbol:
		return jen.Id("out").Dot(g.n.slots[s.Slot]).Dot("Flags").Dot("Has").Call(jen.Id(g.n.flags[s.Record][s.Field]))
	}
	return g.place(s)
}

// place prints a symbol that is a variable of its own in Go.
func (g *golang) place(s *spec.Symbol) *jen.Statement {
	switch s.Kind {
	case spec.VarSymbol:
		return jen.Id("t").Dot(g.n.vars[s.Decl])
	case spec.ParamSymbol:
		return jen.Id("t").Dot(g.n.params[s.Decl])
	case spec.ArgSymbol:
		return jen.Id(g.n.argVar[g.needs.argOrder[s.Index]])
	case spec.FieldSymbol:
		return jen.Id(g.n.recordVar[s.Record]).Dot(g.n.fields[s.Record][s.Field])
	case spec.SlotSymbol:
		return jen.Id("out").Dot(g.n.slots[s.Slot]).Dot(g.n.fields[s.Record][s.Field])
	case spec.OutSymbol:
		return jen.Id("out").Dot(g.n.outs[s.Decl])
	}
	panic("gen: " + s.Name + " is no variable")
}

// not prints !x, and a != b for !(a == b): the only comparisons of which that is
// true for sequence numbers too.
func (g *golang) not(x spec.Expr) bound {
	if s, ok := x.(spec.Sent); ok {
		return g.sent(s.Slot, "==")
	}
	if b, ok := x.(spec.Binary); ok {
		switch b.Op {
		case spec.Eq:
			b.Op = spec.Ne
			return g.expr(b)
		case spec.Ne:
			b.Op = spec.Eq
			return g.expr(b)
		}
	}
	return bound{jen.Op("!").Add(g.expr(x).within(bindNot)), bindNot}
}

func (g *golang) binary(e spec.Binary) bound {
	switch e.Op {
	case spec.And:
		return g.logic(e, "&&", bindAnd)
	case spec.Or:
		return g.logic(e, "||", bindOr)
	case spec.Add:
		return g.sum(e, "+")
	case spec.Sub:
		if e.X.Type() == spec.Size { // a number of things is never negative
			return atom(g.helper("sizeSub").Call(g.value(e.X), g.value(e.Y)))
		}
		return g.sum(e, "-")
	}
	return g.compare(e.Op, e.X, e.Y)
}

// logic prints && and ||, which need no parentheses among themselves.
func (g *golang) logic(e spec.Binary, op string, bind int) bound {
	return bound{g.expr(e.X).within(bind).Op(op).Add(g.expr(e.Y).within(bind)), bind}
}

// sum prints + and -, which are read from the left.
func (g *golang) sum(e spec.Binary, op string) bound {
	return bound{g.expr(e.X).within(bindAdd).Op(op).Add(g.expr(e.Y).within(bindAdd + 1)), bindAdd}
}

var compareOps = map[spec.Op]string{spec.Eq: "==", spec.Ne: "!=", spec.Lt: "<", spec.Le: "<=", spec.Gt: ">", spec.Ge: ">="}

// compare prints a comparison. The order of sequence numbers is a call, and > is
// < the other way round.
func (g *golang) compare(op spec.Op, x, y spec.Expr) bound {
	if b, ok := g.compareTruth(op, x, y); ok {
		return b
	}
	if x.Type() != spec.Seq || op == spec.Eq || op == spec.Ne {
		left, right := g.expr(x).within(bindCompare+1), g.expr(y).within(bindCompare+1)
		return bound{left.Op(compareOps[op]).Add(right), bindCompare}
	}
	if op == spec.Gt || op == spec.Ge {
		x, y = y, x
	}
	name := "seqLE"
	if op == spec.Lt || op == spec.Gt {
		name = "seqLT"
	}
	return atom(g.helper(name).Call(g.value(x), g.value(y)))
}

// compareTruth prints x == true as x, as everybody writes it.
func (g *golang) compareTruth(op spec.Op, x, y spec.Expr) (bound, bool) {
	if l, ok := x.(spec.Lit); ok && l.T == spec.Flag {
		x, y = y, x
	}
	l, ok := y.(spec.Lit)
	if !ok || l.T != spec.Flag {
		return bound{}, false
	}
	if (l.V != 0) == (op == spec.Eq) {
		return g.expr(x), true
	}
	return g.not(x), true
}

// constant folds a number that is known now. Go computes with constants without
// wrapping and refuses a result that doesn't fit, so that none may reach it.
func constant(e spec.Expr) (uint32, bool) {
	switch e := e.(type) {
	case spec.Lit:
		return e.V, e.T != spec.Flag
	case spec.MinMax:
		x, xok := constant(e.X)
		y, yok := constant(e.Y)
		if e.Max {
			return max(x, y), xok && yok
		}
		return min(x, y), xok && yok
	case spec.Binary:
		return constantSum(e)
	}
	return 0, false
}

func constantSum(e spec.Binary) (uint32, bool) {
	if e.Op != spec.Add && e.Op != spec.Sub {
		return 0, false
	}
	x, xok := constant(e.X)
	y, yok := constant(e.Y)
	switch {
	case e.Op == spec.Add:
		return x + y, xok && yok
	case e.X.Type() == spec.Size && x < y:
		return 0, xok && yok
	}
	return x - y, xok && yok
}

// cond prints the condition of an if. One that is long is broken behind its
// outermost operators.
func (g *golang) cond(e spec.Expr) *jen.Statement {
	whole := g.value(e)
	b, ok := e.(spec.Binary)
	if !ok || b.Op != spec.And && b.Op != spec.Or || len(whole.GoString()) <= longLine {
		return whole
	}
	op, bind := "&&", bindAnd
	if b.Op == spec.Or {
		op, bind = "||", bindOr
	}
	parts := operands(b, b.Op)
	code := g.expr(parts[0]).within(bind)
	for _, p := range parts[1:] {
		code.Op(op).Line().Add(g.expr(p).within(bind))
	}
	return code
}

// longLine is how many columns generated code may have before it is broken.
const longLine = 100

// operands flattens a && b && c.
func operands(e spec.Expr, op spec.Op) []spec.Expr {
	if b, ok := e.(spec.Binary); ok && b.Op == op {
		return append(operands(b.X, op), operands(b.Y, op)...)
	}
	return []spec.Expr{e}
}

// callPart prints the call of a definition or action, which makes the package
// have it.
func (g *golang) callPart(name string, n need) *jen.Statement {
	g.used[partKey(name)] = true
	return g.call(name, n)
}

// call prints a call with what is needed: a method of the machine or else of the
// first record.
func (g *golang) call(name string, n need) *jen.Statement {
	var args []jen.Code
	recv := (*jen.Statement)(nil)
	if n.machine {
		recv = jen.Id("t")
	}
	for i := range g.p.Machine.Records {
		if !n.hasRecord(i) {
			continue
		}
		if recv == nil {
			recv = jen.Id(g.n.recordVar[i])
			continue
		}
		args = append(args, jen.Id(g.n.recordVar[i]))
	}
	for i := range g.n.args {
		if n.hasArg(i) {
			args = append(args, jen.Id(g.n.argVar[i]))
		}
	}
	if n.out {
		args = append(args, jen.Id("out"))
	}
	if recv == nil {
		return jen.Id(name).Call(args...)
	}
	return recv.Dot(name).Call(args...)
}

// helper is a function of arithmetic; naming it makes the package have it.
func (g *golang) helper(name string) *jen.Statement {
	g.used[name] = true
	return jen.Id(name)
}
