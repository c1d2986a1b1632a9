package spec

import "slices"

// usage is everything that rows and invariants use, also through definitions
// and actions.
type usage struct {
	read, written                   map[*Symbol]bool
	defs                            map[*lazyDef]bool
	acts                            map[*lazyAct]bool
	started, sent, signals, answers map[int]bool
}

func (c *compiler) usage() *usage {
	u := &usage{map[*Symbol]bool{}, map[*Symbol]bool{}, map[*lazyDef]bool{}, map[*lazyAct]bool{},
		map[int]bool{}, map[int]bool{}, map[int]bool{}, map[int]bool{}}
	for _, t := range c.units {
		u.add(t)
	}
	return u
}

func (u *usage) add(t *unit) {
	if t == nil {
		return
	}
	for _, x := range t.uses {
		switch x.kind {
		case readSymbol:
			u.read[x.sym] = true
		case writeSymbol:
			u.written[x.sym] = true
		case startTimer:
			u.started[x.id] = true
		case sendSlot:
			u.sent[x.id] = true
		case giveSignal:
			u.signals[x.id] = true
		case giveAnswer:
			u.answers[x.id] = true
		case useDef:
			if !u.defs[x.def] {
				u.defs[x.def] = true
				u.add(x.def.unit)
			}
		case useAct:
			if !u.acts[x.act] {
				u.acts[x.act] = true
				u.add(x.act.unit)
			}
		}
	}
}

// checkUsed reports what the table declares and never uses. It is not asked while
// a text can't be parsed, because what that text uses is not known.
func (c *compiler) checkUsed() {
	u := c.usage()
	for _, d := range c.defs {
		if !u.defs[d] {
			c.unused(&d.src.Name, "def "+d.src.Name, "no row, action or invariant uses it: use it or remove it")
		}
	}
	for _, a := range c.acts {
		if !u.acts[a] {
			c.unused(&a.src.Name, "action "+a.src.Name, "no row uses it: use it or remove it")
		}
	}
	c.checkUsedSymbols(u)
	c.checkUsedNames(u)
	for i := range c.m.Events {
		v := &c.m.Events[i]
		if !slices.ContainsFunc(c.p.Rows, func(r *Rule) bool { return slices.Contains(r.On, i) }) {
			c.unused(&v.Name, "event "+v.Name, "no row is on it: add rows, or remove the event")
		}
	}
}

func (c *compiler) unused(at any, field, msg string) {
	c.errorf(place{at: at, field: field, off: -1}, "%s", msg)
}

func (c *compiler) checkUsedSymbols(u *usage) {
	for _, s := range c.p.Symbols {
		switch s.Kind {
		case OptionSymbol:
			if !u.read[s] {
				c.unused(&c.m.Options[s.Decl].Name, "option "+s.Name, "no row depends on it: use it in a guard, or remove it")
			}
		case ParamSymbol:
			if !u.read[s] {
				c.unused(&c.m.Params[s.Decl].Name, "param "+s.Name, "it is never read: use it or remove it")
			}
		case VarSymbol:
			c.checkUsedVar(u, s)
		case OutSymbol:
			if !u.written[s] {
				c.unused(&c.m.Outs[s.Decl].Name, "out "+s.Name, "it is never assigned: assign it or remove it")
			}
		}
	}
}

func (c *compiler) checkUsedVar(u *usage, s *Symbol) {
	at, field := &c.m.Vars[s.Decl].Name, "var "+s.Name
	switch {
	case !u.read[s] && !u.written[s]:
		c.unused(at, field, "it is never used: use it or remove it")
	case !u.read[s]:
		c.unused(at, field, "it is assigned and never read: read it or remove it")
	case !u.written[s]:
		c.unused(at, field, "it is read and never assigned: assign it, or make it a parameter")
	}
}

func (c *compiler) checkUsedNames(u *usage) {
	for i := range c.m.Timers {
		t := &c.m.Timers[i]
		if !u.started[i] {
			c.unused(&t.Name, "timer "+t.Name, "it is never started: start it or remove it")
		}
		if !slices.ContainsFunc(c.m.Events, func(e Event) bool { return e.Timer == t.Name }) {
			c.unused(&t.Name, "timer "+t.Name, "no event is its expiry: name it as the Timer of an event")
		}
	}
	for i := range c.m.Slots {
		if !u.sent[i] {
			c.unused(&c.m.Slots[i].Name, "slot "+c.m.Slots[i].Name, "nothing is sent in it: send something or remove it")
		}
	}
	for i := range c.m.Signals {
		if !u.signals[i] {
			c.unused(&c.m.Signals[i].Name, "signal "+c.m.Signals[i].Name, "it is never given: give it or remove it")
		}
	}
	for i := range c.m.Answers {
		if i > 0 && !u.answers[i] { // the first is what no effect says
			c.unused(&c.m.Answers[i].Name, "answer "+c.m.Answers[i].Name, "it is never given: give it or remove it")
		}
	}
}
