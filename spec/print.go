package spec

import (
	"strconv"
	"strings"
)

// Text prints an expression in the notation: the least parentheses, one space
// around each operator. It parses back to an equal tree.
func (p *Program) Text(e Expr) string {
	w := printer{Machine: p.Machine}
	w.expr(e, bindOr)
	return w.String()
}

// TextStmts prints effects in the notation, on one line. It parses back to equal
// trees; no effects at all are "drop".
func (p *Program) TextStmts(body []Stmt) string {
	if len(body) == 0 {
		return "drop"
	}
	w := printer{Machine: p.Machine}
	w.block(body)
	return w.String()
}

// How tightly an operator binds, as in Go.
const (
	bindOr = iota
	bindAnd
	bindCompare
	bindAdd
	bindUnary
)

type printer struct {
	*Machine
	strings.Builder
	expand bool // definitions are written out, to compare what they mean
}

func (o Op) binds() int {
	switch o {
	case Or:
		return bindOr
	case And:
		return bindAnd
	case Add, Sub:
		return bindAdd
	}
	return bindCompare
}

// binds is how tightly the outermost operator of e binds.
func binds(e Expr) int {
	switch e := e.(type) {
	case Binary:
		return e.Op.binds()
	case Chain:
		return bindCompare
	}
	return bindUnary
}

// expr prints e where at least that tight a binding is needed.
func (w *printer) expr(e Expr, need int) {
	if u, ok := e.(Use); ok && w.expand {
		w.expr(u.Def.Expr, need)
		return
	}
	if binds(e) < need {
		w.WriteByte('(')
		defer w.WriteByte(')')
	}
	switch e := e.(type) {
	case Ref:
		w.WriteString(e.Sym.Name)
	case Lit:
		w.WriteString(literal(e))
	case Not:
		w.WriteByte('!')
		w.expr(e.X, bindUnary)
	case Binary:
		w.binary(e)
	case Chain:
		w.infix(e.X, e.Op1, e.Y)
		w.WriteString(" " + e.Op2.String() + " ")
		w.expr(e.Z, bindAdd)
	case Use:
		w.WriteString(e.Def.Name)
	case MinMax:
		w.call(map[bool]string{false: "min", true: "max"}[e.Max], e.X, e.Y)
	case Count:
		w.call("count", e.X)
	case Armed:
		w.WriteString("armed(" + w.Timers[e.Timer].Name + ")")
	case Sent:
		w.WriteString("sent(" + w.Slots[e.Slot].Name + ")")
	default:
		w.WriteString("?")
	}
}

func literal(e Lit) string {
	if e.T == Flag {
		return strconv.FormatBool(e.V != 0)
	}
	return strconv.FormatUint(uint64(e.V), 10)
}

// binary prints X Op Y; operators group to the left, except comparisons, which
// would read as a chain.
func (w *printer) binary(e Binary) {
	if b := e.Op.binds(); b != bindCompare {
		w.expr(e.X, b)
		w.WriteString(" " + e.Op.String() + " ")
		w.expr(e.Y, b+1)
		return
	}
	w.infix(e.X, e.Op, e.Y)
}

func (w *printer) infix(x Expr, op Op, y Expr) {
	w.expr(x, bindAdd)
	w.WriteString(" " + op.String() + " ")
	w.expr(y, bindAdd)
}

func (w *printer) call(name string, args ...Expr) {
	w.WriteString(name + "(")
	for i, a := range args {
		if i > 0 {
			w.WriteString(", ")
		}
		w.expr(a, bindOr)
	}
	w.WriteByte(')')
}

func (w *printer) block(body []Stmt) {
	for i, s := range body {
		if i > 0 {
			w.WriteString("; ")
		}
		w.stmt(s)
	}
}

func (w *printer) stmt(s Stmt) {
	switch s := s.(type) {
	case Assign:
		w.WriteString(s.Dst.Name + " = ")
		w.expr(s.X, bindOr)
	case If:
		w.branch(s)
	case Do:
		w.WriteString(s.Action.Name)
	case Send:
		w.send(s)
	case Signal:
		w.WriteString("signal(" + w.Signals[s.ID].Name + ")")
	case Answer:
		w.WriteString("answer(" + w.Answers[s.ID].Name + ")")
	case Start:
		w.timers("start", s.Timers)
	case Stop:
		if len(w.Timers) > 1 && s.Timers == w.allTimers() {
			w.WriteString("stop(all)")
			return
		}
		w.timers("stop", s.Timers)
	case Reset:
		w.WriteString("reset")
	}
}

func (w *printer) branch(s If) {
	w.WriteString("if ")
	w.expr(s.Cond, bindOr)
	w.WriteString(" { ")
	w.block(s.Then)
	w.WriteString(" }")
	if len(s.Else) == 0 {
		return
	}
	w.WriteString(" else ")
	if inner, ok := s.Else[0].(If); ok && len(s.Else) == 1 {
		w.branch(inner)
		return
	}
	w.WriteString("{ ")
	w.block(s.Else)
	w.WriteString(" }")
}

func (w *printer) send(s Send) {
	slot := &w.Slots[s.Slot]
	var flags []string
	for _, r := range w.Records {
		if r.Name == slot.Of {
			flags = members(s.Flags, r.Flags)
		}
	}
	w.WriteString("send(" + slot.Name + ", " + strings.Join(flags, "|"))
	for _, x := range s.Fields {
		w.WriteString(", ")
		w.expr(x, bindOr)
	}
	w.WriteByte(')')
}

// members names the bits of a set.
func members(set uint32, list []Name) (names []string) {
	for i, n := range list {
		if set&(1<<i) != 0 {
			names = append(names, n.Name)
		}
	}
	return names
}

func (m *Machine) allTimers() uint32 { return uint32(1<<len(m.Timers) - 1) }

func (w *printer) timers(verb string, set uint32) {
	var names []string
	for i, t := range w.Timers {
		if set&(1<<i) != 0 {
			names = append(names, t.Name)
		}
	}
	w.WriteString(verb + "(" + strings.Join(names, ", ") + ")")
}
