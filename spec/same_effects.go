package spec

import "fmt"

// An effectWriter writes effects so that the same effects are the same words:
// actions and definitions are written out, and a condition that is known to hold,
// or not to, is decided. A condition on values that no effect has changed yet is
// known from the rule's guard.
type effectWriter struct {
	*Comparer
	out     string
	when    formula          // holds when the effects begin
	changed map[*Symbol]bool // nil stands for all variables that reset does not keep
	armed   bool             // timers were started or stopped
	replied bool             // an answer was given, which without is the first one
}

func (w *effectWriter) printf(format string, args ...any) { w.out += fmt.Sprintf(format, args...) }

func (w *effectWriter) block(body []Stmt) {
	for _, s := range body {
		w.stmt(s)
	}
}

func (w *effectWriter) stmt(s Stmt) {
	switch s := s.(type) {
	case Do:
		w.block(s.Action.Body)
	case If:
		w.branch(s)
	case Assign:
		w.assign(s)
	case Send:
		w.send(s)
	case Signal:
		w.printf("; signal %d", s.ID)
	case Answer:
		if s.ID != 0 || w.replied {
			w.printf("; answer %d", s.ID)
			w.replied = true
		}
	case Start:
		w.printf("; start %x", s.Timers)
		w.armed = true
	case Stop:
		if set := w.running(s.Timers); set != 0 {
			w.printf("; stop %x", set)
			w.armed = true
		}
	case Reset:
		w.printf("; reset")
		w.armed, w.changed[nil] = true, true
	}
}

// assign leaves out what changes nothing.
func (w *effectWriter) assign(s Assign) {
	x := s.X
	if x.Type() != Flag {
		x = w.decided(x)
	}
	if f, _ := w.truth(Binary{Eq, Ref{s.Dst}, x, Flag}); f == always && s.Dst.Kind == VarSymbol {
		return
	}
	w.printf("; %s = %s", s.Dst.Name, w.value(s.X))
	w.changed[s.Dst] = true
}

// running leaves out timers that are known to be stopped already.
func (w *effectWriter) running(timers uint32) uint32 {
	for i := range w.m.Timers {
		if f, _ := w.truth(Armed{i}); f == never {
			timers &^= 1 << i
		}
	}
	return timers
}

func (w *effectWriter) send(s Send) {
	w.printf("; send %d %x", s.Slot, s.Flags)
	for _, x := range s.Fields {
		w.printf(", %s", w.value(x))
	}
	w.filled |= 1 << s.Slot
}

// branch writes an if. What is changed in one branch counts as changed behind it.
func (w *effectWriter) branch(s If) {
	f, fresh := w.truth(s.Cond)
	switch f {
	case always:
		w.block(s.Then)
		return
	case never:
		w.block(s.Else)
		return
	}
	before, filled := w.when, w.filled
	then := w.within(s.Then, f, fresh)
	afterThen := w.filled
	w.when, w.filled = before, filled
	otherwise := w.within(s.Else, w.not(f), fresh)
	w.when, w.filled = before, w.filled|afterThen
	switch {
	case then == otherwise:
		w.out += then
	default:
		w.printf("; if #%d {%s} else {%s}", f, then, otherwise)
	}
}

// within writes a branch under its condition.
func (w *effectWriter) within(body []Stmt, f formula, fresh bool) string {
	if fresh {
		w.when = w.and(w.when, f)
	}
	outer := w.out
	w.out = ""
	w.block(body)
	text := w.out
	w.out = outer
	return text
}

// truth decides a flag if it can, and reports whether it asks only what no effect
// has changed.
func (w *effectWriter) truth(e Expr) (f formula, fresh bool) {
	f = w.formula(e)
	if fresh = !w.stale(e); fresh {
		switch {
		case w.and(w.when, f) == never:
			f = never
		case w.and(w.when, w.not(f)) == never:
			f = always
		}
	}
	return f, fresh
}

// value writes the value of an expression.
func (w *effectWriter) value(e Expr) string {
	if e.Type() == Flag {
		f, _ := w.truth(e)
		return fmt.Sprintf("#%d", f)
	}
	return w.text(w.decided(e))
}

// decided writes definitions out and replaces counts that are known by numbers.
func (w *effectWriter) decided(e Expr) Expr {
	switch e := e.(type) {
	case Use:
		return w.decided(e.Def.Expr)
	case Count:
		switch f, _ := w.truth(e.X); f {
		case always:
			return Lit{1, Size}
		case never:
			return Lit{0, Size}
		}
	case Binary:
		return w.sum(e)
	case MinMax:
		return MinMax{e.Max, w.decided(e.X), w.decided(e.Y)}
	}
	return e
}

// sum leaves out what adds nothing.
func (w *effectWriter) sum(e Binary) Expr {
	x, y := w.decided(e.X), w.decided(e.Y)
	if n, ok := numeral(y); ok && n == 0 && (e.Op == Add || e.Op == Sub) {
		return x
	}
	return Binary{e.Op, x, y, e.T}
}

// stale reports whether an expression asks something that an effect has changed.
func (w *effectWriter) stale(e Expr) bool {
	switch e := e.(type) {
	case Ref:
		if e.Sym.Kind == SlotSymbol || e.Sym.Kind == SlotFlagSymbol {
			return true
		}
		return w.changed[e.Sym] || e.Sym.Kind == VarSymbol && !e.Sym.Keep && w.changed[nil]
	case Not:
		return w.stale(e.X)
	case Binary:
		return w.stale(e.X) || w.stale(e.Y)
	case Chain:
		return w.stale(e.X) || w.stale(e.Y) || w.stale(e.Z)
	case Use:
		return w.stale(e.Def.Expr)
	case MinMax:
		return w.stale(e.X) || w.stale(e.Y)
	case Count:
		return w.stale(e.X)
	case Armed:
		return w.armed
	case Sent:
		return w.filled>>e.Slot&1 != 0
	}
	return false
}
