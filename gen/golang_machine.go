package gen

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/tcpfsm/tcpfsm/spec"
)

// machineFile prints the machine's type, and the few things done to all of it. The
// package's own comment stands in the hand-written file that has the go:generate
// line: a second one here would only be printed beside it.
func (g *golang) machineFile(f *jen.File) {
	doc(f, "Hash is of everything in the table that decides behaviour: equal hashes are equal machines.")
	f.Const().Id("Hash").Op("=").Lit(g.p.Hash)
	g.machineStruct(f)
	if g.used["reset"] {
		g.resetFunc(f)
	}
	g.timerFuncs(f)
	g.machineValues(f)
}

// machineStruct prints the machine, numbers first and flags last, so that it is
// small:
//
//	type TCB struct {
//		State   State
//		Armed   Timers
//		Options Options
//		RcvBuf  uint32 // parameters
//		ISS     uint32 // memory
//		Passive bool
//	}
func (g *golang) machineStruct(f *jen.File) {
	doc(f, g.n.machine+" is one "+g.title()+". The zero "+g.n.machine+" is in "+g.m.States[0].Name+
		" and ready for use once its parameters are set. It is a plain value: it can be copied and compared.")
	f.Type().Id(g.n.machine).StructFunc(func(s *jen.Group) {
		s.Id("State").Id("State")
		if len(g.m.Timers) > 0 {
			s.Id("Armed").Id("Timers").Comment("// timers that run")
		}
		if len(g.m.Options) > 0 {
			s.Id("Options").Id("Options").Comment("// choices, set by the user")
		}
		if len(g.m.Params) > 0 {
			s.Line()
			s.Comment("// Parameters: set by the user, never changed by a step.")
			s.Line()
			g.memory(s, g.m.Params, g.n.params)
		}
		if len(g.m.Vars) > 0 {
			s.Line()
			s.Comment("// Memory: changed by steps only.")
			s.Line()
			g.memory(s, g.m.Vars, g.n.vars)
		}
	})
}

func (g *golang) memory(s *jen.Group, vars []spec.Var, names []string) {
	for _, flags := range []bool{false, true} {
		for i, v := range vars {
			if (v.Type == spec.Flag) != flags {
				continue
			}
			if v.Doc != "" {
				comment(s, about(names[i], v.Doc))
			}
			s.Id(names[i]).Add(goType(v.Type))
		}
	}
}

// resetFunc prints
//
//	func (t *TCB) reset(out *Output) {
//		t.stop(allTimers, out)
//		*t = TCB{State: t.State, Options: t.Options, ...}
//	}
func (g *golang) resetFunc(f *jen.File) {
	keep := []string{"State"}
	if len(g.m.Options) > 0 {
		keep = append(keep, "Options")
	}
	keep = append(keep, g.n.params...)
	for i, v := range g.m.Vars {
		if v.Keep {
			keep = append(keep, g.n.vars[i])
		}
	}
	doc(f, "reset forgets everything but the state, what the user has set, and the variables that are kept. It stops every timer.")
	f.Func().Params(jen.Id("t").Op("*").Id(g.n.machine)).Id("reset").Params(g.outParam()...).BlockFunc(func(b *jen.Group) {
		if len(g.m.Timers) > 0 {
			b.Add(g.timerCall("stop", 1<<len(g.m.Timers)-1))
		}
		b.Op("*").Id("t").Op("=").Id(g.n.machine).ValuesFunc(func(v *jen.Group) {
			for _, k := range keep {
				v.Line().Id(k).Op(":").Id("t").Dot(k)
			}
			v.Line()
		})
	})
}

func (g *golang) outParam() []jen.Code {
	if len(g.m.Timers) == 0 {
		return nil
	}
	return []jen.Code{jen.Id("out").Op("*").Id("Output")}
}

// timerFuncs prints
//
//	func (t *TCB) start(timers Timers, out *Output) {
//		t.Armed |= timers
//		out.Started |= timers
//		out.Stopped &^= timers
//	}
//
// and stop, its opposite.
func (g *golang) timerFuncs(f *jen.File) {
	set := func(what *jen.Statement, op string) jen.Code { return what.Op(op).Id("timers") }
	armed, started, stopped := jen.Id("t").Dot("Armed"), jen.Id("out").Dot("Started"), jen.Id("out").Dot("Stopped")
	method := func(name string) *jen.Statement {
		return f.Func().Params(jen.Id("t").Op("*").Id(g.n.machine)).Id(name).Params(jen.Id("timers").Id("Timers"), jen.Id("out").Op("*").Id("Output"))
	}
	if g.used["start"] {
		doc(f, "start arms timers. One that runs already is started anew.")
		method("start").Block(set(armed.Clone(), "|="), set(started.Clone(), "|="), set(stopped.Clone(), "&^="))
	}
	if g.used["stop"] {
		doc(f, "stop disarms timers, and reports those of them that ran.")
		method("stop").Block(
			set(stopped.Clone().Op("|=").Add(armed.Clone()), "&"),
			set(started.Clone(), "&^="),
			set(armed.Clone(), "&^="),
		)
	}
}

// A slotValue is one uint32 of a flat list: how it is read and how it is set.
type slotValue struct {
	read  *jen.Statement                        // nil: nothing in this machine, always 0
	write func(v *jen.Statement) *jen.Statement // from v[i]
}

// valueOf prints the conversions of a field; typ is "" for uint32, "bool", or a
// named unsigned type.
func (g *golang) valueOf(place *jen.Statement, typ string) slotValue {
	switch typ {
	case "":
		return slotValue{place, func(v *jen.Statement) *jen.Statement { return place.Clone().Op("=").Add(v) }}
	case "bool":
		return slotValue{g.helper("count").Call(place.Clone()), func(v *jen.Statement) *jen.Statement {
			return place.Clone().Op("=").Add(v).Op("!=").Lit(0)
		}}
	}
	return slotValue{jen.Uint32().Parens(place.Clone()), func(v *jen.Statement) *jen.Statement {
		return place.Clone().Op("=").Id(typ).Parens(v)
	}}
}

func (g *golang) typedValue(place *jen.Statement, t spec.Type) slotValue {
	if t == spec.Flag {
		return g.valueOf(place, "bool")
	}
	return g.valueOf(place, "")
}

// present is a value that a machine may not have.
func (g *golang) present(n int, place *jen.Statement, typ string) slotValue {
	if n == 0 {
		return slotValue{}
	}
	return g.valueOf(place, typ)
}

// machineValues prints AppendValues and SetValues of the machine.
func (g *golang) machineValues(f *jen.File) {
	t := func(name string) *jen.Statement { return jen.Id("t").Dot(name) }
	values := []slotValue{
		g.present(len(g.m.Options), t("Options"), "Options"),
		g.present(len(g.m.Timers), t("Armed"), "Timers"),
	}
	for i, v := range g.m.Params {
		values = append(values, g.typedValue(t(g.n.params[i]), v.Type))
	}
	for i, v := range g.m.Vars {
		values = append(values, g.typedValue(t(g.n.vars[i]), v.Type))
	}
	g.valueMethods(f, g.n.machine, "t", "the options, the armed timers, the parameters and the memory in the order of the table; the State is not among them", values)
}

// eventValues prints AppendValues and SetValues of Event.
func (g *golang) eventValues(f *jen.File) {
	var values []slotValue
	for i, r := range g.m.Records {
		if g.takers(r.Name) == nil {
			values = append(values, make([]slotValue, len(r.Fields)+1)...)
			continue
		}
		values = append(values, g.recordValues(jen.Id("e").Dot(g.n.recordField[i]), i)...)
	}
	for i, a := range g.n.args {
		values = append(values, g.typedValue(jen.Id("e").Dot(g.n.argField[i]), a.Type))
	}
	g.valueMethods(f, "Event", "e", "the records' fields and flags and the arguments in the order of the table; the Kind is not among them", values)
}

func (g *golang) recordValues(place *jen.Statement, record int) []slotValue {
	var values []slotValue
	r := g.m.Records[record]
	for j, v := range r.Fields {
		values = append(values, g.typedValue(place.Clone().Dot(g.n.fields[record][j]), v.Type))
	}
	return append(values, g.present(len(r.Flags), place.Clone().Dot("Flags"), g.n.flagType[record]))
}

// outputValues prints AppendValues and SetValues of Output.
func (g *golang) outputValues(f *jen.File) {
	o := func(name string) *jen.Statement { return jen.Id("o").Dot(name) }
	values := []slotValue{
		g.present(len(g.m.Timers), o("Started"), "Timers"),
		g.present(len(g.m.Timers), o("Stopped"), "Timers"),
		g.present(len(g.m.Signals), o("Signals"), "Signals"),
		g.present(len(g.m.Answers), o("Answer"), "Answer"),
	}
	for i := range g.m.Slots {
		values = append(values, g.recordValues(o(g.n.slots[i]), g.slotRecord(i))...)
	}
	for i, v := range g.m.Outs {
		values = append(values, g.typedValue(o(g.n.outs[i]), v.Type))
	}
	g.valueMethods(f, "Output", "o", "everything in it, in the order of the table", values)
}

// valueMethods prints
//
//	func (t *TCB) AppendValues(dst []uint32) []uint32 {
//		return append(dst, uint32(t.Options), ..., count(t.Passive))
//	}
//	func (t *TCB) SetValues(v []uint32) {
//		_ = v[32]
//		t.Options = Options(v[0])
//		t.Passive = v[31] != 0
//	}
func (g *golang) valueMethods(f *jen.File, typ, recv, what string, values []slotValue) {
	doc(f, fmt.Sprintf("AppendValues appends %d numbers to dst: %s.", len(values), what))
	f.Func().Params(jen.Id(recv).Op("*").Id(typ)).Id("AppendValues").Params(jen.Id("dst").Index().Uint32()).Index().Uint32().BlockFunc(func(b *jen.Group) {
		if len(values) == 0 {
			b.Return(jen.Id("dst"))
			return
		}
		b.Return(jen.Id("append").CallFunc(func(a *jen.Group) {
			a.Line().Id("dst")
			for _, v := range values {
				if v.read == nil {
					v.read = jen.Lit(0)
				}
				a.Line().Add(v.read)
			}
			a.Line()
		}))
	})
	doc(f, "SetValues is the opposite of AppendValues. It panics if v is shorter than what AppendValues appends.")
	f.Func().Params(jen.Id(recv).Op("*").Id(typ)).Id("SetValues").Params(jen.Id("v").Index().Uint32()).BlockFunc(func(b *jen.Group) {
		if len(values) > 0 {
			b.Id("_").Op("=").Id("v").Index(jen.Lit(len(values) - 1))
		}
		for i, v := range values {
			if v.write != nil {
				b.Add(v.write(jen.Id("v").Index(jen.Lit(i))))
			}
		}
	})
}
