package spec

// A frame is what one step reads and writes.
type frame struct {
	p                      *Program
	machine, input, output []uint32
}

// Step runs one event on a machine in a state: it empties output, finds the
// first rule of the state and event whose guard holds, runs its effects in
// order, and returns the rule and the next state. The lists are those of
// p.Layout. machine and output are changed, input is not.
//
// A state or event that doesn't exist, or a cell none of whose rules fires,
// which no compiled Program has, returns no rule and the same state. Lists that
// are shorter than the Layout asks for are the caller's mistake, and panic.
func (p *Program) Step(state int, machine []uint32, event int, input, output []uint32) (*Rule, int) {
	if state < 0 || state >= len(p.Cells) || event < 0 || event >= len(p.Cells[state]) {
		clear(output)
		return nil, state
	}
	return p.StepRules(p.Cells[state][event], state, machine, input, output)
}

// StepRules is Step with the rules of the cell given, which need not be those of
// the Program: a mutant is a changed copy of them.
func (p *Program) StepRules(rules []*Rule, state int, machine, input, output []uint32) (*Rule, int) {
	clear(output)
	f := frame{p, machine, input, output}
	for _, r := range rules {
		if r.Guard != nil && f.eval(r.Guard) == 0 {
			continue
		}
		f.run(r.Body)
		if r.To >= 0 {
			return r, r.To
		}
		return r, state
	}
	return nil, state
}

// Eval gives the value of an expression; a flag is 0 or 1.
func (p *Program) Eval(e Expr, machine, input, output []uint32) uint32 {
	f := frame{p, machine, input, output}
	return f.eval(e)
}

// Run runs effects.
func (p *Program) Run(body []Stmt, machine, input, output []uint32) {
	f := frame{p, machine, input, output}
	f.run(body)
}

// list is where symbols of a kind live.
func (f *frame) list(k SymbolKind) []uint32 {
	switch k {
	case VarSymbol, ParamSymbol, OptionSymbol:
		return f.machine
	case ArgSymbol, FieldSymbol, FieldFlagSymbol:
		return f.input
	}
	return f.output
}

func (f *frame) load(s *Symbol) uint32 {
	v := f.list(s.Kind)[s.Index]
	switch {
	case s.Bit >= 0:
		return v >> s.Bit & 1
	case s.Type == Flag:
		return truth(v != 0)
	}
	return v
}

func (f *frame) store(s *Symbol, v uint32) {
	word := &f.list(s.Kind)[s.Index]
	switch {
	case s.Bit < 0:
		*word = v
	case v != 0:
		*word |= 1 << s.Bit
	default:
		*word &^= 1 << s.Bit
	}
}

func truth(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

func (f *frame) eval(e Expr) uint32 {
	switch e := e.(type) {
	case Ref:
		return f.load(e.Sym)
	case Lit:
		return e.V
	case Not:
		return 1 - f.eval(e.X)
	case Binary:
		return f.binary(e)
	case Chain:
		y := f.eval(e.Y)
		t := e.X.Type()
		return truth(compare(e.Op1, t, f.eval(e.X), y) && compare(e.Op2, t, y, f.eval(e.Z)))
	case Use:
		return f.eval(e.Def.Expr)
	case MinMax:
		return minMax(e.Max, f.eval(e.X), f.eval(e.Y))
	case Count:
		return f.eval(e.X)
	case Armed:
		return f.machine[AtArmed] >> e.Timer & 1
	case Sent:
		return truth(f.output[f.p.slotFlags(e.Slot)] != 0)
	}
	panic("spec: unknown expression")
}

func minMax(greater bool, x, y uint32) uint32 {
	if greater {
		return max(x, y)
	}
	return min(x, y)
}

func (f *frame) binary(e Binary) uint32 {
	x := f.eval(e.X)
	switch e.Op {
	case And:
		return x & f.eval(e.Y)
	case Or:
		return x | f.eval(e.Y)
	case Add:
		return x + f.eval(e.Y)
	case Sub:
		y := f.eval(e.Y)
		if e.X.Type() == Size && x < y {
			return 0 // a number of things is never negative
		}
		return x - y
	}
	return truth(compare(e.Op, e.X.Type(), x, f.eval(e.Y)))
}

func compare(op Op, t Type, x, y uint32) bool {
	switch op {
	case Eq:
		return x == y
	case Ne:
		return x != y
	case Lt:
		return less(t, x, y)
	case Le:
		return x == y || less(t, x, y)
	case Gt:
		return less(t, y, x)
	}
	return x == y || less(t, y, x)
}

// less orders sizes as numbers, and sequence numbers by the sign of their
// distance modulo 2^32; at distance 2^31 each is before the other.
func less(t Type, x, y uint32) bool {
	if t == Seq {
		return int32(x-y) < 0
	}
	return x < y
}

func (f *frame) run(body []Stmt) {
	for _, s := range body {
		switch s := s.(type) {
		case Assign:
			f.store(s.Dst, f.eval(s.X))
		case If:
			if f.eval(s.Cond) != 0 {
				f.run(s.Then)
			} else {
				f.run(s.Else)
			}
		case Do:
			f.run(s.Action.Body)
		case Send:
			f.send(s)
		case Signal:
			f.output[AtSignals] |= 1 << s.ID
		case Answer:
			f.output[AtAnswer] = uint32(s.ID)
		case Start:
			f.start(s.Timers)
		case Stop:
			f.stop(s.Timers)
		case Reset:
			f.reset()
		}
	}
}

// maxFields bounds the fields of a record, so that send needs no allocation.
const maxFields = 16

// send computes all values before it stores the first: a value may read the slot
// as it was.
func (f *frame) send(s Send) {
	var values [maxFields]uint32
	for i, x := range s.Fields {
		values[i] = f.eval(x)
	}
	at := f.p.slotFlags(s.Slot)
	copy(f.output[at-len(s.Fields):at], values[:])
	f.output[at] = s.Flags
}

func (f *frame) start(timers uint32) {
	f.machine[AtArmed] |= timers
	f.output[AtStarted] |= timers
	f.output[AtStopped] &^= timers
}

// stop reports only timers that were armed: the others have nothing to stop.
func (f *frame) stop(timers uint32) {
	f.output[AtStopped] |= timers & f.machine[AtArmed]
	f.output[AtStarted] &^= timers
	f.machine[AtArmed] &^= timers
}

func (f *frame) reset() {
	f.stop(^uint32(0))
	first := AtArmed + 1 + len(f.p.Machine.Params)
	for i := range f.p.Machine.Vars {
		if !f.p.Machine.Vars[i].Keep {
			f.machine[first+i] = 0
		}
	}
}

// slotFlags is the place of a slot's flags in the output; its fields are before
// them. A slot is filled when its flags are not zero.
func (p *Program) slotFlags(slot int) int { return p.slots[slot] }
