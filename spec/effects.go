package spec

import (
	"go/ast"
	"go/token"
)

var effectWords = []string{"start", "stop", "signal", "answer", "send", "reset", "drop"}

// effects compiles a text into a list of effects.
func (c *compiler) effects(at place, text string, row bool) ([]Stmt, *unit) {
	s := &scope{compiler: c, unit: &unit{at: at}, row: row}
	t, err := parseBody(text)
	if err != nil {
		s.syntax(err)
		return nil, s.unit
	}
	s.tree = t
	if row && len(t.body) == 1 && stmtName(t.body[0]) == "drop" {
		return nil, s.unit
	}
	return s.block(t.body), s.unit
}

// stmtName is the name that a statement consists of, or "".
func stmtName(st ast.Stmt) string {
	if x, ok := st.(*ast.ExprStmt); ok {
		return dotted(x.X)
	}
	return ""
}

func (s *scope) block(list []ast.Stmt) []Stmt {
	var out []Stmt
	for _, st := range list {
		if names := signalNames(st); names != nil {
			out = append(out, s.signal(names)...)
		} else if x := s.stmt(st); x != nil {
			out = append(out, x)
		}
	}
	return out
}

// signalNames is the arguments of signal(a, b, ...), which is one effect for
// each.
func signalNames(st ast.Stmt) []ast.Expr {
	if x, ok := st.(*ast.ExprStmt); ok {
		if call, ok := x.X.(*ast.CallExpr); ok && dotted(call.Fun) == "signal" {
			return call.Args
		}
	}
	return nil
}

func (s *scope) signal(names []ast.Expr) (out []Stmt) {
	for _, a := range names {
		if id, ok := s.lookup(a, "signal", s.signals); ok {
			s.use(a.Pos(), use{kind: giveSignal, id: id})
			out = append(out, Signal{id})
		}
	}
	return out
}

func (s *scope) stmt(st ast.Stmt) Stmt {
	switch st := st.(type) {
	case *ast.AssignStmt:
		return s.assign(st)
	case *ast.IfStmt:
		return s.ifStmt(st)
	case *ast.ExprStmt:
		return s.effect(st.X)
	case *ast.EmptyStmt:
		s.fail(st.Pos(), "an effect is missing here: remove the ;")
	case *ast.BlockStmt:
		s.fail(st.Pos(), "{ } groups effects after if or else only: remove the braces")
	default:
		s.fail(st.Pos(), "this form of Go is no effect: write NAME = expression, an action, a call such as start(RTX), or if")
	}
	return nil
}

func (s *scope) assign(st *ast.AssignStmt) Stmt {
	if len(st.Lhs) != 1 || len(st.Rhs) != 1 {
		s.fail(st.Pos(), "one assignment stores one value: write two, separated by ;")
		return nil
	}
	dst := s.target(st.Lhs[0])
	x := s.expr(st.Rhs[0])
	if dst == nil {
		return nil
	}
	return Assign{dst, s.fit(st.Rhs[0].Pos(), dst.Name, dst.Type, x)}
}

// target resolves what is assigned to.
func (s *scope) target(e ast.Expr) *Symbol {
	name := dotted(e)
	n := s.names[name]
	switch {
	case name == "":
		s.fail(e.Pos(), "only a name can be assigned: write NAME = expression")
	case n == nil:
		s.fail(e.Pos(), "unknown name %s%s", name, didYouMean(name, s.writable(), "declare it in Vars or Outs"))
	case n.sym == nil || readOnly[n.sym.Kind] != "":
		why := "it is computed"
		if n.sym != nil {
			why = readOnly[n.sym.Kind]
		}
		s.fail(e.Pos(), "%s is %s and can't be assigned: %s; assign a variable, an output or a slot's field", name, n.what, why)
	default:
		s.use(e.Pos(), use{kind: writeSymbol, sym: n.sym})
		return n.sym
	}
	return nil
}

// readOnly says why a kind of symbol is never assigned.
var readOnly = map[SymbolKind]string{
	ParamSymbol:     "the user of the machine sets it",
	OptionSymbol:    "the user of the machine sets it",
	ArgSymbol:       "it came with the event",
	FieldSymbol:     "it came with the event",
	FieldFlagSymbol: "it came with the event",
}

func (s *scope) writable() []string {
	var names []string
	for name, n := range s.names {
		if n.sym != nil && readOnly[n.sym.Kind] == "" {
			names = append(names, name)
		}
	}
	return names
}

// fit gives a value the type of the place it goes to, or reports that it has
// another one. A number may become a place in sequence space: so a variable is
// cleared, and a field filled that means nothing, as in the standard's <SEQ=0>.
func (s *scope) fit(p token.Pos, name string, t Type, x Expr) Expr {
	switch {
	case isBad(x) || x.Type() == t || t == NoType:
	case t == Seq && isNumber(x):
		return Lit{x.(Lit).V, Seq}
	case t == Flag:
		s.fail(p, "%s is a flag and this is a %s: compare it with something", name, x.Type())
	case x.Type() == Flag:
		s.fail(p, "%s is a %s and this is a flag: write count(flag) for 0 or 1", name, t)
	default:
		s.fail(p, "%s is a %s and this is a %s: seq + size is a seq, seq - seq is a size", name, t, x.Type())
	}
	return x
}

func (s *scope) ifStmt(st *ast.IfStmt) Stmt {
	if st.Init != nil {
		s.fail(st.Init.Pos(), "if takes a condition only: put the effect before the if")
	}
	cond := s.expr(st.Cond)
	s.needFlag(st.Cond.Pos(), "if", cond)
	then := s.branch(st.Body)
	switch e := st.Else.(type) {
	case *ast.BlockStmt:
		return If{cond, then, s.branch(e)}
	case *ast.IfStmt:
		if inner := s.ifStmt(e); inner != nil {
			return If{cond, then, []Stmt{inner}}
		}
	}
	return If{cond, then, nil}
}

func (s *scope) branch(b *ast.BlockStmt) []Stmt {
	if len(b.List) == 0 {
		s.fail(b.Pos(), "{ } does nothing: turn the condition round, or remove the branch")
	}
	return s.block(b.List)
}

// effect compiles an action's name or a call.
func (s *scope) effect(e ast.Expr) Stmt {
	if call, ok := e.(*ast.CallExpr); ok {
		return s.effectCall(call)
	}
	name := dotted(e)
	n := s.names[name]
	switch {
	case name == "":
		s.expr(e)
		s.fail(e.Pos(), "a value is no effect: write NAME = expression, an action, or a call such as start(RTX)")
	case name == "reset":
		return Reset{}
	case name == "drop":
		s.fail(e.Pos(), "drop says that a row does nothing at all: let it stand alone in the row's Do, or remove it")
	case n == nil:
		s.fail(e.Pos(), "unknown action %s%s", name, s.unknownAction(name))
	case n.act == nil:
		s.fail(e.Pos(), "%s is %s, which is no effect: write NAME = expression, or the name of an action", name, n.what)
	default:
		s.use(e.Pos(), use{kind: useAct, act: n.act})
		return Do{s.perform(n.act, s.at.word(s.tree.offset(e.Pos())))}
	}
	return nil
}

func (s *scope) unknownAction(name string) string {
	for _, w := range effectWords {
		if name == w {
			return ": write it with arguments: " + effectForm[w]
		}
	}
	names := []string{"reset", "drop"}
	for k, n := range s.names {
		if n.act != nil {
			names = append(names, k)
		}
	}
	return didYouMean(name, names, "declare it in Actions")
}

var effectForm = map[string]string{
	"start":  "start(TIMER, ...)",
	"stop":   "stop(TIMER, ...) or stop(all)",
	"signal": "signal(NAME, ...)",
	"answer": "answer(NAME)",
	"send":   "send(SLOT, FLAG|FLAG, value of each field in order)",
}

func (s *scope) effectCall(e *ast.CallExpr) Stmt {
	name := dotted(e.Fun)
	if want, ok := effectForm[name]; ok && len(e.Args) == 0 {
		s.fail(e.Pos(), "%s without arguments does nothing: write %s", name, want)
		return nil
	}
	switch name {
	case "start":
		return Start{s.timerSet(e, startTimer)}
	case "stop":
		return s.stop(e)
	case "answer":
		id, ok := s.word(e, "answer", s.answers)
		if ok {
			s.use(e.Pos(), use{kind: giveAnswer, id: id})
		}
		return Answer{id}
	case "send":
		return s.send(e)
	case "reset", "drop":
		s.fail(e.Pos(), "%s takes no arguments: write %s", name, name)
	default:
		s.wrongEffect(e, name)
	}
	return nil
}

func (s *scope) wrongEffect(e *ast.CallExpr, name string) {
	switch n := s.names[name]; {
	case n != nil && n.act != nil:
		s.fail(e.Pos(), "%s is an action and takes no arguments: write %s", name, name)
	case name == "min" || name == "max" || name == "count" || name == "armed" || name == "sent":
		s.fail(e.Pos(), "%s gives a value, which is no effect: assign it, or use it in a condition", name)
	default:
		words := append([]string(nil), effectWords...)
		s.fail(e.Pos(), "unknown effect %s%s", name, didYouMean(name, words, "use start, stop, signal, answer, send, reset or an action"))
	}
}

// timerSet reads a list of timers.
func (s *scope) timerSet(e *ast.CallExpr, kind useKind) (set uint32) {
	for _, a := range e.Args {
		id, ok := s.lookup(a, "timer", s.timers)
		if !ok {
			continue
		}
		if set&(1<<id) != 0 {
			s.fail(a.Pos(), "timer %s is named twice: remove one", dotted(a))
		}
		s.use(a.Pos(), use{kind: kind, id: id})
		set |= 1 << id
	}
	return set
}

func (s *scope) stop(e *ast.CallExpr) Stmt {
	if len(e.Args) == 1 && dotted(e.Args[0]) == "all" {
		return Stop{s.m.allTimers()}
	}
	return Stop{s.timerSet(e, stopTimer)}
}

// send reads the slot, its flags and a value for each field.
func (s *scope) send(e *ast.CallExpr) Stmt {
	slot, ok := s.lookup(e.Args[0], "slot", s.slots)
	if !ok {
		for _, a := range e.Args[min(2, len(e.Args)):] {
			s.expr(a)
		}
		return nil
	}
	s.use(e.Pos(), use{kind: sendSlot, id: slot})
	rec := s.record(s.m.Slots[slot].Of)
	if rec == nil {
		return nil // the slot is reported where it is declared
	}
	if len(e.Args) != 2+len(rec.Fields) {
		s.fail(e.Pos(), "send(%s, ...) takes flags and %d values and has %d arguments: write %s", s.m.Slots[slot].Name, len(rec.Fields), len(e.Args), sendForm(s.m.Slots[slot].Name, rec))
		return nil
	}
	st := Send{Slot: slot, Flags: s.flagSet(e.Args[1], rec)}
	for i, a := range e.Args[2:] {
		f := &rec.Fields[i]
		st.Fields = append(st.Fields, s.fit(a.Pos(), f.Name, f.Type, s.expr(a)))
	}
	return st
}

func sendForm(slot string, rec *Record) string {
	form := "send(" + slot + ", FLAG|FLAG"
	for _, f := range rec.Fields {
		form += ", " + f.Name
	}
	return form + ")"
}

// flagSet reads FLAG|FLAG. At least one is needed, because a slot without flags
// is an empty slot.
func (s *scope) flagSet(e ast.Expr, rec *Record) uint32 {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return s.flagSet(e.X, rec)
	case *ast.BinaryExpr:
		if e.Op == token.OR {
			x, y := s.flagSet(e.X, rec), s.flagSet(e.Y, rec)
			if x&y != 0 {
				s.fail(e.Y.Pos(), "flag %s is named twice: remove one", dotted(e.Y))
			}
			return x | y
		}
	case *ast.Ident:
		list := map[string]int{}
		for i, f := range rec.Flags {
			list[f.Name] = i
		}
		if id, ok := s.lookup(e, "flag", list); ok {
			return 1 << id
		}
		return 0
	}
	s.fail(e.Pos(), "flags of %s are needed here, joined with |: a slot is empty without any", rec.Name)
	return 0
}

func (c *compiler) record(name string) *Record {
	for i := range c.m.Records {
		if c.m.Records[i].Name == name {
			return &c.m.Records[i]
		}
	}
	return nil
}
