package gen

import (
	"github.com/dave/jennifer/jen"

	"github.com/tcpfsm/tcpfsm/spec"
)

// block prints effects.
func (g *golang) block(body []spec.Stmt) []jen.Code {
	var code []jen.Code
	for _, s := range body {
		if c := g.stmt(s); c != nil {
			code = append(code, c)
		}
	}
	return code
}

func (g *golang) stmt(s spec.Stmt) jen.Code {
	switch s := s.(type) {
	case spec.Assign:
		return g.assign(s)
	case spec.If:
		return g.branch(s)
	case spec.Do:
		return g.do(s.Action)
	case spec.Send:
		return g.send(s)
	case spec.Signal:
		// out.Signals |= 1 << SignalReset
		return jen.Id("out").Dot("Signals").Op("|=").Lit(1).Op("<<").Id(g.n.signals[s.ID])
	case spec.Answer:
		return jen.Id("out").Dot("Answer").Op("=").Id(g.n.answers[s.ID])
	case spec.Start:
		return g.timerCall("start", s.Timers)
	case spec.Stop:
		return g.timerCall("stop", s.Timers)
	case spec.Reset:
		g.used["reset"] = true
		return jen.Id("t").Dot("reset").Call(g.outArg()...)
	}
	panic("gen: unknown effect")
}

// do prints the call of an action; one without effects is not called.
func (g *golang) do(a *spec.Procedure) jen.Code {
	if len(a.Body) == 0 {
		return nil
	}
	return g.callPart(g.n.actions[a], g.needs.action(a))
}

// assign prints an assignment as people write it: x++, x += y.
func (g *golang) assign(s spec.Assign) jen.Code {
	if s.Dst.Kind == spec.SlotFlagSymbol {
		return g.assignFlag(s)
	}
	dst := g.place(s.Dst)
	b, ok := s.X.(spec.Binary)
	if !ok || !sameRef(b.X, s.Dst) || b.Op == spec.Sub && b.X.Type() == spec.Size || b.Op != spec.Add && b.Op != spec.Sub {
		return dst.Op("=").Add(g.value(s.X))
	}
	op := map[spec.Op]string{spec.Add: "+", spec.Sub: "-"}[b.Op]
	if v, ok := constant(b.Y); ok && v == 1 {
		return dst.Op(op + op)
	}
	return dst.Op(op + "=").Add(g.value(b.Y))
}

func sameRef(e spec.Expr, s *spec.Symbol) bool {
	r, ok := e.(spec.Ref)
	return ok && r.Sym == s
}

// assignFlag sets or clears a flag of a slot, which is a bit:
//
//	out.Data.Flags |= FIN
func (g *golang) assignFlag(s spec.Assign) jen.Code {
	flag := jen.Id(g.n.flags[s.Dst.Record][s.Dst.Field])
	change := func(op string) jen.Code {
		return jen.Id("out").Dot(g.n.slots[s.Dst.Slot]).Dot("Flags").Op(op).Add(flag)
	}
	if l, ok := s.X.(spec.Lit); ok {
		if l.V != 0 {
			return change("|=")
		}
		return change("&^=")
	}
	return jen.If(g.cond(s.X)).Block(change("|=")).Else().Block(change("&^="))
}

// branch prints an if. Branches without effects are left out.
func (g *golang) branch(s spec.If) jen.Code {
	yes, no := g.block(s.Then), g.block(s.Else)
	switch {
	case len(yes) == 0 && len(no) == 0:
		return nil
	case len(yes) == 0:
		return jen.If(g.not(s.Cond).code).Block(no...)
	case len(no) == 0:
		return jen.If(g.cond(s.Cond)).Block(yes...)
	}
	code := jen.If(g.cond(s.Cond)).Block(yes...).Else()
	if _, chained := s.Else[0].(spec.If); chained && len(no) == 1 && len(s.Else) == 1 {
		return code.Add(no[0]) // else if
	}
	return code.Block(no...)
}

// send fills a slot; what is zero is left out:
//
//	out.Ctl = Segment{Seq: t.SndNxt, Ack: t.RcvNxt, Wnd: t.RcvWnd, Flags: ACK}
func (g *golang) send(s spec.Send) jen.Code {
	record := g.slotRecord(s.Slot)
	var values []jen.Code
	for i, x := range s.Fields {
		if !isZero(x) {
			values = append(values, jen.Id(g.n.fields[record][i]).Op(":").Add(g.value(x)))
		}
	}
	if s.Flags != 0 {
		values = append(values, jen.Id("Flags").Op(":").Add(g.flagSet(record, s.Flags)))
	}
	return jen.Id("out").Dot(g.n.slots[s.Slot]).Op("=").Id(g.n.recordType[record]).Values(values...)
}

func isZero(e spec.Expr) bool {
	if l, ok := e.(spec.Lit); ok {
		return l.V == 0
	}
	v, ok := constant(e)
	return ok && v == 0
}

func (g *golang) slotRecord(slot int) int {
	of := g.p.Machine.Slots[slot].Of
	for i, r := range g.p.Machine.Records {
		if r.Name == of {
			return i
		}
	}
	panic("gen: slot of an unknown record " + of)
}

// flagSet prints SYN | ACK.
func (g *golang) flagSet(record int, bits uint32) *jen.Statement {
	return orOf(bits, func(i int) *jen.Statement { return jen.Id(g.n.flags[record][i]) })
}

// orOf joins what bits stand for with |.
func orOf(bits uint32, name func(i int) *jen.Statement) *jen.Statement {
	var code *jen.Statement
	for i := 0; bits>>i != 0; i++ {
		switch {
		case bits>>i&1 == 0:
		case code == nil:
			code = name(i)
		default:
			code.Op("|").Add(name(i))
		}
	}
	return code
}

// timerCall prints the arming or disarming of timers:
//
//	t.start(1<<TimerRTX|1<<TimerUser, out)
func (g *golang) timerCall(name string, timers uint32) jen.Code {
	if timers == 0 {
		return nil
	}
	g.used[name] = true
	return jen.Id("t").Dot(name).Call(g.timerSet(timers), jen.Id("out"))
}

func (g *golang) timerSet(timers uint32) *jen.Statement {
	if n := len(g.n.timers); n > 1 && timers == 1<<n-1 {
		g.used["allTimers"] = true
		return jen.Id("allTimers")
	}
	return orOf(timers, func(i int) *jen.Statement { return jen.Lit(1).Op("<<").Id(g.n.timers[i]) })
}

// outArg is the argument of reset: without timers it stops none.
func (g *golang) outArg() []jen.Code {
	if len(g.n.timers) == 0 {
		return nil
	}
	return []jen.Code{jen.Id("out")}
}
