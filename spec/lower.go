package spec

import (
	"fmt"
	"go/ast"
	"go/token"
	"strconv"
	"strings"
)

// A unit is one compiled text with everything that it uses.
type unit struct {
	at     place
	uses   []use
	weight int // words, once every name is written out; of a definition or action
}

// A use is one word of a text.
type use struct {
	off  int
	kind useKind
	sym  *Symbol  // read, write
	def  *lazyDef // useDef
	act  *lazyAct // useAct
	id   int      // the timer, signal, answer or slot
}

type useKind uint8

const (
	readSymbol useKind = iota
	writeSymbol
	useDef
	useAct
	armedTimer
	startTimer
	stopTimer
	sentSlot
	sendSlot
	giveSignal
	giveAnswer
)

// A scope compiles one text.
type scope struct {
	*compiler
	*unit
	tree tree
	row  bool // the Do of a row: drop may stand here
}

// expression compiles a text into one expression.
func (c *compiler) expression(at place, text string) (Expr, *unit) {
	s := &scope{compiler: c, unit: &unit{at: at}}
	t, err := parseGuard(text)
	if err != nil {
		return s.syntax(err), s.unit
	}
	s.tree = t
	return s.expr(t.expr), s.unit
}

// flag compiles a text that must be true or false.
func (c *compiler) flag(at place, text string) (Expr, *unit) {
	x, u := c.expression(at, text)
	if !isBad(x) && x.Type() != Flag {
		c.errorf(at.word(0), "a flag is needed and this is a %s: compare it with something", x.Type())
	}
	return x, u
}

func (s *scope) syntax(err *syntaxError) Expr {
	s.broken = true
	s.errorf(s.at.word(err.off), "%s", err.msg)
	return s.bad()
}

func (c *compiler) bad() Expr {
	c.bads++
	return bad{c.bads}
}

// fail reports a problem at a node of the tree.
func (s *scope) fail(p token.Pos, format string, args ...any) Expr {
	s.errorf(s.at.word(s.tree.offset(p)), format, args...)
	return s.bad()
}

func (s *scope) use(p token.Pos, u use) {
	u.off = s.tree.offset(p)
	s.uses = append(s.uses, u)
}

func (s *scope) expr(e ast.Expr) Expr {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return s.expr(e.X)
	case *ast.Ident, *ast.SelectorExpr:
		return s.name(e)
	case *ast.BasicLit:
		return s.number(e)
	case *ast.UnaryExpr:
		return s.not(e)
	case *ast.BinaryExpr:
		return s.binary(e)
	case *ast.CallExpr:
		return s.call(e)
	}
	return s.fail(e.Pos(), "this form of Go is not in the notation: use names, numbers, ! && || == != < =< > >= + - and parentheses")
}

// dotted gives the name that a node spells, or "".
func dotted(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		if x := dotted(e.X); x != "" {
			return x + "." + e.Sel.Name
		}
	}
	return ""
}

func (s *scope) name(e ast.Expr) Expr {
	name := dotted(e)
	switch name {
	case "":
		return s.fail(e.Pos(), "a dot joins two names: write a declared name such as SND.NXT")
	case "true":
		return Lit{1, Flag}
	case "false":
		return Lit{0, Flag}
	}
	switch n := s.names[name]; {
	case n == nil:
		return s.fail(e.Pos(), "unknown name %s%s", name, s.unknown(name))
	case n.def != nil:
		s.use(e.Pos(), use{kind: useDef, def: n.def})
		return s.define(n.def, s.at.word(s.tree.offset(e.Pos())))
	case n.act != nil:
		return s.fail(e.Pos(), "%s is an action, not a value: use it in Do, as an effect of its own", name)
	default:
		s.use(e.Pos(), use{kind: readSymbol, sym: n.sym})
		return Ref{n.sym}
	}
}

// unknown finds what a name may have been meant to be.
func (s *scope) unknown(name string) string {
	if _, ok := s.timers[name]; ok {
		return fmt.Sprintf(": it is a timer: write armed(%s)", name)
	}
	if _, ok := s.slots[name]; ok {
		return fmt.Sprintf(": it is a slot: write sent(%s), or one of its fields as %s.FIELD", name, name)
	}
	if strings.HasPrefix(name, "spec.") {
		return ": write names of the table only"
	}
	return didYouMean(name, s.visible(), "declare it in Vars, Params, Options, Defs or as an event's argument")
}

// visible lists every name of a value.
func (c *compiler) visible() []string {
	var names []string
	for name, n := range c.names {
		if n.act == nil {
			names = append(names, name)
		}
	}
	return names
}

func (s *scope) number(e *ast.BasicLit) Expr {
	hex := strings.HasPrefix(e.Value, "0x") || strings.HasPrefix(e.Value, "0X")
	if strings.Contains(e.Value, "_") || !hex && e.Value[0] == '0' && e.Value != "0" {
		return s.fail(e.Pos(), "%s is not in the notation: write a decimal number, or a hexadecimal one as 0x1f", e.Value)
	}
	v, err := strconv.ParseUint(e.Value, 0, 32)
	if err != nil {
		return s.fail(e.Pos(), "%s does not fit in 32 bits: use a number up to 4294967295", e.Value)
	}
	return Lit{uint32(v), Size}
}

func (s *scope) not(e *ast.UnaryExpr) Expr {
	if e.Op != token.NOT {
		s.broken = true // what stands behind it is not looked at
		return s.fail(e.Pos(), "%s needs a left side: there are no signed numbers, subtract from something", e.Op)
	}
	x := s.expr(e.X)
	s.needFlag(e.X.Pos(), "!", x)
	return Not{x}
}

func (s *scope) needFlag(p token.Pos, what string, x Expr) {
	if !isBad(x) && x.Type() != Flag {
		s.fail(p, "%s needs a flag and this is a %s: compare it with something, in parentheses", what, x.Type())
	}
}

var opOf = map[token.Token]Op{
	token.LAND: And, token.LOR: Or, token.EQL: Eq, token.NEQ: Ne, token.LSS: Lt, token.LEQ: Le,
	token.GTR: Gt, token.GEQ: Ge, token.ADD: Add, token.SUB: Sub,
}

func (o Op) compares() bool { return Eq <= o && o <= Ge }

func (s *scope) binary(e *ast.BinaryExpr) Expr {
	op, ok := opOf[e.Op]
	switch {
	case !ok:
		return s.fail(e.OpPos, "%s joins flags in send only: use ||", e.Op)
	case op == And || op == Or:
		return s.logic(e, op)
	case op.compares():
		return s.compare(e, op)
	}
	x, y := s.expr(e.X), s.expr(e.Y)
	if isBad(x) || isBad(y) {
		return s.bad()
	}
	t, wrong := arithmetic(op, x, y)
	if wrong != "" {
		return s.fail(e.OpPos, "%s", wrong)
	}
	return Binary{op, x, y, t}
}

func (s *scope) logic(e *ast.BinaryExpr, op Op) Expr {
	x, y := s.expr(e.X), s.expr(e.Y)
	s.needFlag(e.X.Pos(), op.String(), x)
	s.needFlag(e.Y.Pos(), op.String(), y)
	return Binary{op, x, y, Flag}
}

func (s *scope) compare(e *ast.BinaryExpr, op Op) Expr {
	if inner, ok := e.X.(*ast.BinaryExpr); ok && opOf[inner.Op].compares() {
		return s.chain(e, inner, opOf[inner.Op], op)
	}
	x, y := s.expr(e.X), s.expr(e.Y)
	if wrong := cannotCompare(op, x, y); wrong != "" {
		return s.fail(e.OpPos, "%s", wrong)
	}
	return Binary{op, x, y, Flag}
}

// chain compiles a < b =< c, which Go reads as (a < b) =< c.
func (s *scope) chain(e, inner *ast.BinaryExpr, op1, op2 Op) Expr {
	if first, ok := inner.X.(*ast.BinaryExpr); ok && opOf[first.Op].compares() {
		return s.fail(e.OpPos, "a chain joins two comparisons: write the third one with &&")
	}
	x, y, z := s.expr(inner.X), s.expr(inner.Y), s.expr(e.Y)
	up1, up2 := op1 == Lt || op1 == Le, op2 == Lt || op2 == Le
	if up1 != up2 || op1 < Lt || op2 < Lt {
		return s.fail(e.OpPos, "a chain is two of < =<, or two of > >=, not %s and %s: write two comparisons with &&", op1, op2)
	}
	wrong, at := cannotCompare(op1, x, y), inner.OpPos
	if wrong == "" {
		wrong, at = cannotCompare(op2, y, z), e.OpPos
	}
	if wrong == "" && x.Type() == Flag {
		wrong = "flags have no order: join them with &&"
	}
	if wrong != "" {
		return s.fail(at, "%s", wrong)
	}
	return Chain{x, y, z, op1, op2}
}

// call compiles the functions of the notation.
func (s *scope) call(e *ast.CallExpr) Expr {
	switch name := dotted(e.Fun); name {
	case "min", "max":
		return s.minMax(e, name)
	case "count":
		return s.count(e)
	case "armed":
		id, ok := s.word(e, "timer", s.timers)
		if !ok {
			return s.bad()
		}
		s.use(e.Pos(), use{kind: armedTimer, id: id})
		return Armed{id}
	case "sent":
		id, ok := s.word(e, "slot", s.slots)
		if !ok {
			return s.bad()
		}
		s.use(e.Pos(), use{kind: sentSlot, id: id})
		return Sent{id}
	default:
		return s.wrongCall(e, name)
	}
}

func (s *scope) wrongCall(e *ast.CallExpr, name string) Expr {
	if n := s.names[name]; n != nil {
		return s.fail(e.Pos(), "%s is %s and takes no arguments: write %s", name, n.what, name)
	}
	for _, effect := range effectWords {
		if name == effect {
			return s.fail(e.Pos(), "%s is an effect, not a value: use it in Do, on its own", name)
		}
	}
	return s.fail(e.Pos(), "unknown function %s%s", name, didYouMean(name, []string{"min", "max", "count", "armed", "sent"}, "use min, max, count, armed or sent"))
}

func (s *scope) minMax(e *ast.CallExpr, name string) Expr {
	if len(e.Args) != 2 {
		return s.fail(e.Pos(), "%s takes two sizes and has %d: write %s(X, Y)", name, len(e.Args), name)
	}
	x, y := s.expr(e.Args[0]), s.expr(e.Args[1])
	for i, v := range []Expr{x, y} {
		if !isBad(v) && v.Type() != Size {
			return s.fail(e.Args[i].Pos(), "%s takes sizes and this is a %s: use if, or take the difference of two seq", name, v.Type())
		}
	}
	return MinMax{name == "max", x, y}
}

func (s *scope) count(e *ast.CallExpr) Expr {
	if len(e.Args) != 1 {
		return s.fail(e.Pos(), "count takes one flag and has %d arguments: write count(X)", len(e.Args))
	}
	x := s.expr(e.Args[0])
	s.needFlag(e.Args[0].Pos(), "count", x)
	return Count{x}
}

// word reads the one argument of a call as a name out of a list.
func (s *scope) word(e *ast.CallExpr, what string, list map[string]int) (int, bool) {
	name := dotted(e.Fun)
	if len(e.Args) != 1 {
		s.fail(e.Pos(), "%s takes one %s and has %d: write %s(NAME)", name, what, len(e.Args), name)
		return 0, false
	}
	return s.lookup(e.Args[0], what, list)
}

// lookup resolves a name out of a list of timers, slots, signals or answers.
func (s *scope) lookup(e ast.Expr, what string, list map[string]int) (int, bool) {
	name := dotted(e)
	if name == "" {
		s.fail(e.Pos(), "the name of a %s is needed here: write one of %s", what, strings.Join(keys(list), ", "))
		return 0, false
	}
	id, ok := list[name]
	if !ok {
		s.fail(e.Pos(), "unknown %s %s%s", what, name, didYouMean(name, keys(list), "declare it in "+listOf[what]))
	}
	return id, ok
}

var listOf = map[string]string{"timer": "Timers", "slot": "Slots", "signal": "Signals", "answer": "Answers", "flag": "the record's Flags"}
