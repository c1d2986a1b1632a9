package gen

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/tcpfsm/tcpfsm/spec"
)

// A draft is a random machine in the making: words to draw from, and what was
// drawn. Every machine has everything that the notation knows, a random number of
// times.
type draft struct {
	*rand.Rand
	m       *spec.Machine
	flags   []string // readable flags, sequence numbers, sizes
	seqs    []string
	sizes   []string
	assign  []string // effects "name =" by the type of what they take
	types   []spec.Type
	actions []string
}

// randomMachine draws a machine. Most of them are valid; the compiler says which.
func randomMachine(seed uint64) *spec.Machine {
	d := &draft{Rand: rand.New(rand.NewPCG(seed, 1)), m: &spec.Machine{
		Name: fmt.Sprint("m", seed), Title: "random machine",
		Answers: []spec.Name{{Name: "ok"}, {Name: "no"}},
	}}
	for i := range 2 + d.IntN(4) {
		d.m.States = append(d.m.States, spec.State{ID: 1 << i, Name: fmt.Sprint("STATE-", i)})
	}
	d.memory()
	d.messages()
	d.parts()
	d.sweep()
	for e := 1; e < len(d.m.Events); e++ {
		d.table(e)
	}
	return d.m
}

func (d *draft) memory() {
	typed := func(list *[]spec.Var, prefix string, assignable bool) {
		for i, typ := range []spec.Type{spec.Flag, spec.Seq, spec.Size, spec.Type(1 + d.IntN(3)), spec.Type(1 + d.IntN(3))} {
			v := spec.Var{Name: fmt.Sprintf("%s.V%d", prefix, i), Type: typ, Keep: assignable && d.IntN(3) == 0}
			*list = append(*list, v)
			d.readable(v.Name, typ)
			if assignable {
				d.assignable(v.Name, typ)
			}
		}
	}
	typed(&d.m.Params, "P", false)
	typed(&d.m.Vars, "V", true)
	for i := range d.IntN(4) {
		o := fmt.Sprint("option", i)
		d.m.Options = append(d.m.Options, spec.Option{Name: o})
		d.flags = append(d.flags, o)
	}
	for i := range 1 + d.IntN(3) {
		d.m.Timers = append(d.m.Timers, spec.Timer{Name: fmt.Sprint("T", i)})
		d.flags = append(d.flags, fmt.Sprintf("armed(T%d)", i))
	}
	for i := range 1 + d.IntN(2) {
		d.m.Signals = append(d.m.Signals, spec.Name{Name: fmt.Sprint("signal", i)})
	}
}

func (d *draft) readable(name string, typ spec.Type) {
	switch typ {
	case spec.Flag:
		d.flags = append(d.flags, name)
	case spec.Seq:
		d.seqs = append(d.seqs, name)
	default:
		d.sizes = append(d.sizes, name)
	}
}

func (d *draft) assignable(name string, typ spec.Type) {
	d.assign, d.types = append(d.assign, name), append(d.types, typ)
}

// messages draws one record, slots for it, outputs, and events. The first event
// has everything with it, others the record or nothing but an argument.
func (d *draft) messages() {
	d.m.Records = []spec.Record{{Name: "MSG", Go: "Message",
		Fields: []spec.Var{{Name: "A", Type: spec.Seq}, {Name: "B", Type: spec.Size}, {Name: "C", Type: spec.Flag}},
		Flags:  []spec.Name{{Name: "F0"}, {Name: "F1"}, {Name: "F2"}}}}
	for i := range 1 + d.IntN(2) {
		s := fmt.Sprint("OUT", i)
		d.m.Slots = append(d.m.Slots, spec.Slot{Name: s, Of: "MSG"})
		d.flags = append(d.flags, "sent("+s+")", s+".F1")
		d.readable(s+".B", spec.Size)
		d.assignable(s+".F2", spec.Flag)
		d.assignable(s+".A", spec.Seq)
	}
	d.m.Outs = []spec.Var{{Name: "told", Type: spec.Size}, {Name: "flagged", Type: spec.Flag}}
	d.readable("told", spec.Size)
	d.assignable("told", spec.Size)
	d.assignable("flagged", spec.Flag)
	args := []spec.Var{{Name: "number", Type: spec.Size}, {Name: "really", Type: spec.Flag}}
	d.m.Events = []spec.Event{{ID: 1, Name: "Sweep", Takes: "MSG", Args: args}, {ID: 2, Name: "Bare"}, {ID: 4, Name: "Told", Args: args}, {ID: 8, Name: "Heard", Takes: "MSG", Args: args[:1]}}
	for i, t := range d.m.Timers {
		d.m.Events = append(d.m.Events, spec.Event{ID: 16 << i, Name: "Expiry" + t.Name, Timer: t.Name})
	}
}

// parts draws definitions and actions of what every event knows, so that they can
// be used everywhere.
func (d *draft) parts() {
	for i, typ := range []spec.Type{spec.Flag, spec.Seq, spec.Size, spec.Flag} {
		def := spec.Def{Name: fmt.Sprint("DEF.D", i), Is: d.expr(typ, 3)}
		d.m.Defs = append(d.m.Defs, def)
		d.readable(def.Name, typ)
	}
	for i := range 3 {
		a := spec.Action{Name: fmt.Sprint("action", i), Do: d.effects(3, 2)}
		d.m.Actions = append(d.m.Actions, a)
		d.actions = append(d.actions, a.Name)
	}
	d.m.Invariants = []spec.Invariant{
		{Name: "always", Is: "V.V1 == V.V1 + P.V2 || V.V2 < 4", Doc: "sometimes"},
		{Name: "there", In: 1<<(len(d.m.States)-1) | 1, Is: "!V.V0 || armed(T0) || P.V0", Doc: "sometimes"},
	}
}

// sweep makes rows of the first event that use everything, and go through all
// states in turn, so that nothing is unused or out of reach.
func (d *draft) sweep() {
	guard := strings.Join(d.flags, " || ")
	for _, s := range d.seqs {
		guard += " || " + s + " == MSG.A"
	}
	for _, s := range d.sizes {
		guard += " || " + s + " > number"
	}
	do := strings.Join(d.actions, "; ") + "; answer(no)"
	for i, a := range d.assign {
		do += "; " + a + " = " + map[spec.Type]string{spec.Flag: "really && MSG.C", spec.Seq: "MSG.A", spec.Size: "MSG.B"}[d.types[i]]
	}
	for _, t := range d.m.Timers {
		do += "; start(" + t.Name + ")"
	}
	for _, s := range d.m.Slots {
		do += "; send(" + s.Name + ", F0, MSG.A, MSG.B, F1)"
	}
	for _, s := range d.m.Signals {
		do += "; signal(" + s.Name + ")"
	}
	var rows []spec.Row
	for i := range d.m.States {
		to := spec.StateSet(1) << ((i + 1) % len(d.m.States))
		rows = append(rows,
			spec.Row{ID: fmt.Sprint("sweep.", i), In: 1 << i, On: 1, To: to, When: guard, Do: do, Why: "Everything is used."},
			spec.Row{ID: fmt.Sprint("sweep.on.", i), In: 1 << i, On: 1, To: to, Why: "Everything is reached."})
	}
	d.m.Tables = append(d.m.Tables, spec.Table{Title: "sweep", Rows: rows})
}

// table draws the rows of an event: some for some states, and a last one for all.
func (d *draft) table(event int) {
	words := *d // what comes with the event is known only here
	e := d.m.Events[event]
	if e.Takes != "" {
		words.flags = append(words.flags[:len(words.flags):len(words.flags)], "F0", "F1", "F2", "MSG.C")
		words.seqs = append(words.seqs[:len(words.seqs):len(words.seqs)], "MSG.A")
		words.sizes = append(words.sizes[:len(words.sizes):len(words.sizes)], "MSG.B")
	}
	if len(e.Args) > 0 {
		words.sizes = append(words.sizes[:len(words.sizes):len(words.sizes)], "number")
	}
	all := spec.StateSet(1)<<len(d.m.States) - 1
	var rows []spec.Row
	for i := range 2 + d.IntN(4) {
		rows = append(rows, words.row(fmt.Sprintf("r%d.%d", event, i), e.ID, max(1, spec.StateSet(d.Uint64())&all), words.expr(spec.Flag, 3)))
	}
	rows = append(rows, words.row(fmt.Sprintf("r%d.else", event), e.ID, all, ""))
	d.m.Tables = append(d.m.Tables, spec.Table{Title: e.Name, Rows: rows})
}

func (d *draft) row(id string, on spec.EventSet, in spec.StateSet, when string) spec.Row {
	r := spec.Row{ID: id, In: in, On: on, When: when, Why: "By chance."}
	if d.IntN(2) == 0 {
		r.To = 1 << d.IntN(len(d.m.States))
	}
	if r.To == 0 || d.IntN(3) > 0 {
		r.Do = d.effects(3, 2)
	}
	return r
}

func pick(d *draft, list []string) string { return list[d.IntN(len(list))] }

// expr draws an expression, with parentheses around everything.
func (d *draft) expr(typ spec.Type, depth int) string {
	sub := func(typ spec.Type) string { return d.expr(typ, depth-1) }
	leaf := depth == 0 || d.IntN(4) == 0
	switch {
	case leaf && typ == spec.Flag:
		return pick(d, d.flags)
	case leaf && typ == spec.Seq:
		return pick(d, d.seqs)
	case leaf && d.IntN(4) == 0:
		return fmt.Sprint(d.IntN(5))
	case leaf:
		return pick(d, d.sizes)
	case typ == spec.Seq:
		return fmt.Sprintf("(%s %s %s)", sub(spec.Seq), pick(d, []string{"+", "-"}), sub(spec.Size))
	case typ == spec.Size:
		return d.size(sub)
	}
	return d.flag(sub)
}

func (d *draft) size(sub func(spec.Type) string) string {
	switch d.IntN(4) {
	case 0:
		return fmt.Sprintf("(%s - %s)", sub(spec.Seq), sub(spec.Seq))
	case 1:
		return fmt.Sprintf("%s(%s, %s)", pick(d, []string{"min", "max"}), sub(spec.Size), sub(spec.Size))
	case 2:
		return fmt.Sprintf("count(%s)", sub(spec.Flag))
	}
	return fmt.Sprintf("(%s %s %s)", sub(spec.Size), pick(d, []string{"+", "-"}), sub(spec.Size))
}

func (d *draft) flag(sub func(spec.Type) string) string {
	number := []spec.Type{spec.Seq, spec.Size}[d.IntN(2)]
	order := []string{"<", "=<", ">", ">=", "==", "!="}
	switch d.IntN(5) {
	case 0:
		return "!" + sub(spec.Flag)
	case 1, 2:
		return fmt.Sprintf("(%s %s %s)", sub(spec.Flag), pick(d, []string{"&&", "||"}), sub(spec.Flag))
	case 3:
		return fmt.Sprintf("(%s =< %s < %s)", sub(number), sub(number), sub(number))
	}
	return fmt.Sprintf("(%s %s %s)", sub(number), pick(d, order), sub(number))
}

// effects draws up to n effects.
func (d *draft) effects(n, depth int) string {
	var list []string
	for range 1 + d.IntN(n) {
		list = append(list, d.effect(depth))
	}
	return strings.Join(list, "; ")
}

func (d *draft) effect(depth int) string {
	switch k := d.IntN(10); {
	case k == 0 && depth > 0:
		return fmt.Sprintf("if %s { %s } else { %s }", d.expr(spec.Flag, 2), d.effects(2, depth-1), d.effects(2, depth-1))
	case k == 1 && depth > 0:
		return fmt.Sprintf("if %s { %s }", d.expr(spec.Flag, 2), d.effects(2, depth-1))
	case k == 2 && len(d.actions) > 0:
		return pick(d, d.actions)
	case k == 3:
		flags := pick(d, []string{"F0", "F0|F1", "F2", "F0|F1|F2"})
		return fmt.Sprintf("send(%s, %s, %s, %s, %s)", d.m.Slots[d.IntN(len(d.m.Slots))].Name, flags, d.expr(spec.Seq, 2), d.expr(spec.Size, 2), d.expr(spec.Flag, 1))
	case k == 4:
		return "start(" + d.m.Timers[d.IntN(len(d.m.Timers))].Name + ")"
	case k == 5:
		return pick(d, []string{"stop(all)", "stop(T0)", "reset"})
	case k == 6:
		return pick(d, []string{"answer(no)", "answer(ok)", "signal(signal0)"})
	}
	i := d.IntN(len(d.assign))
	return d.assign[i] + " = " + d.expr(d.types[i], 3)
}
