package spec

import (
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// A named is what a word of the notation stands for: one of its pointers is set.
type named struct {
	sym  *Symbol
	def  *lazyDef
	act  *lazyAct
	what string // "a variable": for messages
	at   place
}

// Words with a meaning of their own can't be names of values.
var reserved = []string{"all", "answer", "armed", "count", "drop", "false", "max", "min", "reset", "send", "sent", "signal", "start", "stop", "true"}

var (
	dottedName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)
	simpleName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	exported   = regexp.MustCompile(`^[A-Z][A-Za-z0-9_]*$`)
	hasLetter  = regexp.MustCompile(`[A-Za-z]`)
)

// A space is a set of names that must differ.
type space map[string]place

// take enters a name, and reports a second use of it.
func (c *compiler) take(s space, name string, at place) bool {
	if _, dup := s[name]; dup {
		c.errorf(at, "%q is declared twice: rename or remove one of them", name)
		return false
	}
	s[name] = at
	return true
}

// word reports whether a name has the form asked for and is no word of Go, which
// reads the notation.
func (c *compiler) word(form *regexp.Regexp, name string, at place) bool {
	switch {
	case name == "":
		c.errorf(at, "the name is missing: add Name")
	case !form.MatchString(name):
		c.errorf(at, "%q can't be a name: %s", name, formOf[form])
	case hasKeyword(name):
		c.errorf(at, "%q is a word of Go: choose another name", name)
	default:
		return true
	}
	return false
}

var formOf = map[*regexp.Regexp]string{
	dottedName: "use letters, digits and _, and dots between such words",
	simpleName: "use letters, digits and _, beginning with a letter",
	exported:   "begin with a capital, then use letters, digits and _: it becomes a name of Go",
	hasLetter:  "use at least one letter",
}

func hasKeyword(name string) bool {
	return slices.ContainsFunc(strings.Split(name, "."), token.IsKeyword)
}

// value enters a name that can stand in an expression or as an effect.
func (c *compiler) value(n *named, name string) {
	if !c.word(dottedName, name, n.at) {
		return
	}
	if slices.Contains(reserved, name) {
		c.errorf(n.at, "%q is a word of the notation: choose another name", name)
		return
	}
	if other, dup := c.names[name]; dup {
		c.errorf(n.at, "%q is already %s: rename one of them", name, other.what)
		return
	}
	c.names[name] = n
}

// symbol appends a symbol to the program; it can be written in a text if n has a
// place to report problems at.
func (c *compiler) symbol(s Symbol, what string, at place) *Symbol {
	p := &s
	c.p.Symbols = append(c.p.Symbols, p)
	if at.at != nil {
		c.value(&named{sym: p, what: what, at: at}, s.Name)
	}
	return p
}

// varPlace is a field of a variable, parameter, output, field or argument.
func varPlace(what string, v *Var, at any, field string) place {
	return place{at: at, field: what + " " + v.Name + ": " + field, off: -1}
}

// declareMemory numbers options, parameters and variables.
func (c *compiler) declareMemory() {
	l := &c.p.Layout
	l.Machine = append(l.Machine, "options", "armed")
	for i := range c.m.Options {
		o := &c.m.Options[i]
		c.symbol(Symbol{Kind: OptionSymbol, Name: o.Name, Type: Flag, Index: AtOptions, Bit: i, Record: -1, Slot: -1, Field: -1, Decl: i, Doc: o.Doc},
			"an option", place{at: &o.Name, field: "option " + o.Name + ": Name", off: -1})
	}
	c.declareVars(c.m.Params, ParamSymbol, "param", "a parameter", &l.Machine)
	c.declareVars(c.m.Vars, VarSymbol, "var", "a variable", &l.Machine)
}

// declareVars numbers typed names that are values of their own.
func (c *compiler) declareVars(vars []Var, kind SymbolKind, short, what string, list *[]string) {
	for i := range vars {
		v := &vars[i]
		c.typed(short, v)
		c.symbol(Symbol{Kind: kind, Name: v.Name, Type: v.Type, Index: len(*list), Bit: -1, Record: -1, Slot: -1, Field: -1, Decl: i, Doc: v.Doc, Keep: v.Keep},
			what, varPlace(short, v, &v.Name, "Name"))
		*list = append(*list, v.Name)
	}
}

func (c *compiler) typed(what string, v *Var) {
	if v.Type != Flag && v.Type != Seq && v.Type != Size {
		c.errorf(varPlace(what, v, &v.Type, "Type"), "the type is missing: add Type: spec.Flag, spec.Seq or spec.Size")
	}
}

// declareInput numbers the fields and flags of records that come in, and the
// arguments of events.
func (c *compiler) declareInput() {
	for i := range c.m.Records {
		c.declareRecord(i)
	}
	args := map[string]*Symbol{}
	for i := range c.m.Events {
		for j := range c.m.Events[i].Args {
			c.declareArg(args, i, &c.m.Events[i].Args[j])
		}
	}
}

func (c *compiler) declareRecord(i int) {
	r, l := &c.m.Records[i], &c.p.Layout
	events := c.takers(r.Name)
	visible := func(at place) place {
		if events == 0 { // its names stand for slots only
			at.at = nil
		}
		return at
	}
	for j := range r.Fields {
		v := &r.Fields[j]
		c.typed("field "+r.Name, v)
		s := c.symbol(Symbol{Kind: FieldSymbol, Name: r.Name + "." + v.Name, Type: v.Type, Index: len(l.Input), Bit: -1, Record: i, Slot: -1, Field: j, Decl: -1, Doc: v.Doc},
			"a field", visible(varPlace("field "+r.Name, v, &v.Name, "Name")))
		c.carried[s] = events
		l.Input = append(l.Input, s.Name)
	}
	for j := range r.Flags {
		n := &r.Flags[j]
		s := c.symbol(Symbol{Kind: FieldFlagSymbol, Name: n.Name, Type: Flag, Index: len(l.Input), Bit: j, Record: i, Slot: -1, Field: j, Decl: -1, Doc: n.Doc},
			"a flag", visible(c.namePlace("flag "+r.Name, n)))
		c.carried[s] = events
	}
	l.Input = append(l.Input, r.Name+" flags")
}

// takers is the set of events that come with a record.
func (c *compiler) takers(record string) (events uint64) {
	for i, e := range c.m.Events {
		if e.Takes == record {
			events |= 1 << i
		}
	}
	return events
}

// declareArg numbers an argument; events may share one by giving it the same
// name and type.
func (c *compiler) declareArg(args map[string]*Symbol, event int, v *Var) {
	what := "event " + c.m.Events[event].Name + ": arg"
	s := args[v.Name]
	if s == nil {
		c.typed(what, v)
		s = c.symbol(Symbol{Kind: ArgSymbol, Name: v.Name, Type: v.Type, Index: len(c.p.Layout.Input), Bit: -1, Record: -1, Slot: -1, Field: -1, Decl: -1, Doc: v.Doc},
			"an argument", varPlace(what, v, &v.Name, "Name"))
		args[v.Name] = s
		c.p.Layout.Input = append(c.p.Layout.Input, v.Name)
	}
	if s.Type != v.Type {
		c.errorf(varPlace(what, v, &v.Type, "Type"), "%s is a %s with an earlier event and a %s here: give it one type, or two names", v.Name, s.Type, v.Type)
	}
	if c.carried[s]&(1<<event) != 0 {
		c.errorf(varPlace(what, v, &v.Name, "Name"), "%q is declared twice: rename or remove one of them", v.Name)
	}
	c.carried[s] |= 1 << event
	if s.Doc == "" {
		s.Doc = v.Doc
	}
}

// declareOutput numbers the slots' fields and flags and the scalar outputs.
func (c *compiler) declareOutput() {
	l := &c.p.Layout
	l.Output = append(l.Output, "started", "stopped", "signals", "answer")
	c.p.slots = make([]int, len(c.m.Slots))
	for i := range c.m.Slots {
		c.declareSlot(i)
	}
	c.declareVars(c.m.Outs, OutSymbol, "out", "an output", &l.Output)
}

func (c *compiler) declareSlot(i int) {
	slot, l := &c.m.Slots[i], &c.p.Layout
	rec := slices.IndexFunc(c.m.Records, func(r Record) bool { return r.Name == slot.Of })
	if rec < 0 {
		return // checkSlots reports it
	}
	r := &c.m.Records[rec]
	at := place{at: &slot.Name, field: "slot " + slot.Name + ": Name", off: -1}
	for j, v := range r.Fields {
		c.symbol(Symbol{Kind: SlotSymbol, Name: slot.Name + "." + v.Name, Type: v.Type, Index: len(l.Output), Bit: -1, Record: rec, Slot: i, Field: j, Decl: -1, Doc: v.Doc}, "a slot's field", at)
		l.Output = append(l.Output, slot.Name+"."+v.Name)
	}
	for j, n := range r.Flags {
		at := at
		if slices.ContainsFunc(r.Fields, func(v Var) bool { return v.Name == n.Name }) {
			at.at = nil // CTL.ACK is the field; only send sets that flag
		}
		c.symbol(Symbol{Kind: SlotFlagSymbol, Name: slot.Name + "." + n.Name, Type: Flag, Index: len(l.Output), Bit: j, Record: rec, Slot: i, Field: j, Decl: -1, Doc: n.Doc}, "a slot's flag", at)
	}
	c.p.slots[i] = len(l.Output)
	l.Output = append(l.Output, slot.Name+" flags")
}

func (c *compiler) namePlace(what string, n *Name) place {
	return place{at: &n.Name, field: what + " " + n.Name + ": Name", off: -1}
}
