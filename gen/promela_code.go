package gen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcpfsm/tcpfsm/spec"
)

// parts prints definitions as macros and actions as inlines, in the order of the
// table: both are expanded where they are used.
func (g *promela) parts() {
	if len(g.p.Defs) > 0 {
		g.heading("Definitions.")
	}
	for _, d := range g.p.Defs {
		if d.Doc != "" {
			g.comment(d.Doc)
		}
		g.printf("#define %s %s\n", g.defs[d], g.expr(d.Expr))
	}
	if len(g.p.Actions) > 0 {
		g.heading("Actions.")
	}
	for _, a := range g.p.Actions {
		if d := a.Doc; d != "" {
			g.comment(d)
		}
		g.inline(g.actions[a], g.block(a.Body, "\t"))
	}
}

func (g *promela) inline(name, body string) { g.printf("inline %s()\n{\n%s}\n\n", name, body) }

// invariants prints a condition for each, and one for all.
func (g *promela) invariants() {
	g.heading("Invariants, of the machine that is loaded.")
	all := "true"
	for i, c := range g.p.Checks {
		if c.Doc != "" {
			g.comment(c.Doc)
		}
		g.printf("#define %s (!%s || %s)\n", g.checks[i], g.in(c.States), g.expr(c.Expr))
		all += " && " + g.checks[i]
	}
	g.printf("#define invariants_hold (%s)\n", all)
}

// expr prints an expression. Everything that has an operator is in parentheses,
// so that no order of operators matters, which differ in every language.
func (g *promela) expr(e spec.Expr) string {
	switch e := e.(type) {
	case spec.Ref:
		return g.ref(e.Sym)
	case spec.Lit:
		return fmt.Sprint(e.V)
	case spec.Not:
		return "(!" + g.expr(e.X) + ")" // !! is another operator, also after macros
	case spec.Binary:
		return g.binary(e.Op, e.X.Type(), g.expr(e.X), g.expr(e.Y))
	case spec.Chain:
		x, y, z := g.expr(e.X), g.expr(e.Y), g.expr(e.Z)
		return "(" + g.binary(e.Op1, e.X.Type(), x, y) + " && " + g.binary(e.Op2, e.X.Type(), y, z) + ")"
	case spec.Use:
		return g.defs[e.Def]
	case spec.MinMax:
		name := map[bool]string{false: "least", true: "most"}[e.Max]
		return call(name, g.expr(e.X), g.expr(e.Y))
	case spec.Count:
		return g.expr(e.X)
	case spec.Armed:
		return "((m_armed & " + g.timers[e.Timer] + ") != 0)"
	case spec.Sent:
		return "(" + g.slots[e.Slot] + " != 0)"
	}
	panic("gen: unknown expression")
}

func call(name, x, y string) string { return name + "(" + x + ", " + y + ")" }

// ref prints a symbol; a flag of a message is a bit of its word.
func (g *promela) ref(s *spec.Symbol) string {
	switch s.Kind {
	case spec.FieldFlagSymbol:
		return "((" + g.records[s.Record] + " & " + g.flags[s.Record][s.Field] + ") != 0)"
	case spec.SlotFlagSymbol:
		return "((" + g.slots[s.Slot] + " & " + g.flags[s.Record][s.Field] + ") != 0)"
	}
	return g.symbols[s]
}

// binary prints x op y, where x has the type given.
func (g *promela) binary(op spec.Op, t spec.Type, x, y string) string {
	seq := t == spec.Seq
	switch {
	case op == spec.Add:
		return call("plus", x, y)
	case op == spec.Sub && seq:
		return call("ahead", x, y)
	case op == spec.Sub:
		return call("minus", x, y)
	case op == spec.Lt && seq:
		return call("before", x, y)
	case op == spec.Gt && seq:
		return call("before", y, x)
	case op == spec.Le && seq:
		return "(" + x + " == " + y + " || " + call("before", x, y) + ")"
	case op == spec.Ge && seq:
		return "(" + x + " == " + y + " || " + call("before", y, x) + ")"
	}
	text := op.String()
	if op == spec.Le {
		text = "<="
	}
	return "(" + x + " " + text + " " + y + ")"
}

// block prints effects, one a line. An empty one is skip: Promela has no empty
// sequence.
func (g *promela) block(body []spec.Stmt, indent string) string {
	if len(body) == 0 {
		return indent + "skip;\n"
	}
	var b strings.Builder
	for _, s := range body {
		for _, line := range g.stmt(s) {
			b.WriteString(indent + line + "\n")
		}
	}
	return b.String()
}

func (g *promela) stmt(s spec.Stmt) []string {
	switch s := s.(type) {
	case spec.Assign:
		return g.assign(s)
	case spec.If:
		lines := []string{"if", ":: " + g.expr(s.Cond) + " ->"}
		lines = append(lines, g.nested(s.Then)...)
		lines = append(lines, ":: else ->")
		return append(append(lines, g.nested(s.Else)...), "fi;")
	case spec.Do:
		return []string{g.actions[s.Action] + "();"}
	case spec.Send:
		return g.send(s)
	case spec.Signal:
		return []string{set("out_signals", g.signals[s.ID])}
	case spec.Answer:
		return []string{"out_answer = " + g.answers[s.ID] + ";"}
	case spec.Start:
		t := union(g.timers, s.Timers)
		return []string{set("m_armed", t), set("out_started", t), unset("out_stopped", t)}
	case spec.Stop:
		return g.stop(s.Timers)
	case spec.Reset:
		return g.reset()
	}
	panic("gen: unknown effect")
}

// nested prints effects inside of an if.
func (g *promela) nested(body []spec.Stmt) []string {
	return strings.Split(strings.TrimSuffix(g.block(body, "\t"), "\n"), "\n")
}

func set(word, bits string) string   { return word + " = " + word + " | " + bits + ";" }
func unset(word, bits string) string { return word + " = " + word + " & ~" + bits + ";" }

// union prints a set of bits by their names.
func union(names []string, bits uint32) string {
	var in []string
	for i, n := range names {
		if bits>>i&1 != 0 {
			in = append(in, n)
		}
	}
	if len(in) == 0 {
		return "0"
	}
	return "(" + strings.Join(in, " | ") + ")"
}

func (g *promela) assign(s spec.Assign) []string {
	if s.Dst.Kind != spec.SlotFlagSymbol {
		return []string{g.ref(s.Dst) + " = " + g.expr(s.X) + ";"}
	}
	word, flag := g.slots[s.Dst.Slot], g.flags[s.Dst.Record][s.Dst.Field]
	return []string{"if", ":: " + g.expr(s.X) + " -> " + set(word, flag), ":: else -> " + unset(word, flag), "fi;"}
}

// send fills a slot. Where a value reads the slot as it was, all values are kept
// beside it first.
func (g *promela) send(s spec.Send) []string {
	var fields []string
	for _, sym := range g.p.Symbols {
		if sym.Kind == spec.SlotSymbol && sym.Slot == s.Slot {
			fields = append(fields, g.symbols[sym])
		}
	}
	aside := slices.ContainsFunc(s.Fields, func(x spec.Expr) bool { return readsSlot(x, s.Slot) })
	var first, then []string
	for i, x := range s.Fields {
		if aside {
			keep := g.keep(i)
			first = append(first, keep+" = "+g.expr(x)+";")
			then = append(then, fields[i]+" = "+keep+";")
			continue
		}
		then = append(then, fields[i]+" = "+g.expr(x)+";")
	}
	slot := g.m.Slots[s.Slot]
	record := slices.IndexFunc(g.m.Records, func(r spec.Record) bool { return r.Name == slot.Of })
	return append(append(first, then...), g.slots[s.Slot]+" = "+union(g.flags[record], s.Flags)+";")
}

// keep names the place for value i of a send.
func (g *promela) keep(i int) string {
	for len(g.aside) <= i {
		g.aside = append(g.aside, g.name("aside_", fmt.Sprint(len(g.aside))))
	}
	return g.aside[i]
}

// readsSlot reports whether the value of an expression depends on a slot.
func readsSlot(e spec.Expr, slot int) bool {
	found := false
	walkExpr(e, func(e spec.Expr) {
		switch e := e.(type) {
		case spec.Ref:
			k := e.Sym.Kind
			found = found || (k == spec.SlotSymbol || k == spec.SlotFlagSymbol) && e.Sym.Slot == slot
		case spec.Sent:
			found = found || e.Slot == slot
		}
	})
	return found
}

// stop reports only timers that were armed.
func (g *promela) stop(timers uint32) []string {
	if len(g.timers) == 0 {
		return nil
	}
	t := union(g.timers, timers)
	return []string{set("out_stopped", "(m_armed & "+t+")"), unset("out_started", t), unset("m_armed", t)}
}

func (g *promela) reset() []string {
	lines := g.stop(^uint32(0))
	for _, s := range g.p.Symbols {
		if s.Kind == spec.VarSymbol && !g.m.Vars[s.Decl].Keep {
			lines = append(lines, g.symbols[s]+" = 0;")
		}
	}
	if len(lines) == 0 {
		return []string{"skip;"}
	}
	return lines
}
