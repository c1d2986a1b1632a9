package spec

import (
	"maps"
	"slices"
)

// A compiler turns a Machine into a Program and collects every problem on its
// way. It goes on after a problem: what could not be understood becomes a bad
// expression, which is never reported a second time.
type compiler struct {
	reporter
	m *Machine
	p *Program

	names                           map[string]*named
	timers, signals, answers, slots map[string]int
	carried                         map[*Symbol]uint64 // events that come with an argument, field or flag

	defs   []*lazyDef
	acts   []*lazyAct
	units  []*unit // of rows and invariants
	guards []*unit // of p.Rows[i]; nil without a guard
	bads   int
	broken bool // a text can't be parsed or a name is wrong, so what is used is not known
}

// A lazyDef is a definition that is compiled when it is first used.
type lazyDef struct {
	src  *Def
	def  *Definition
	unit *unit
	step progress
}

// A lazyAct is an action that is compiled when it is first used.
type lazyAct struct {
	src  *Action
	proc *Procedure
	unit *unit
	step progress
}

type progress uint8

const (
	waiting progress = iota
	running
	done
)

// Compile resolves and types every word of a machine. Its error is Diagnostics:
// every problem, by row, field and column. Load does the same from source, where
// a problem also has a file and a line.
func Compile(m *Machine) (*Program, error) { return compile(m, nil) }

func compile(m *Machine, src *Source) (*Program, error) {
	c := &compiler{
		reporter: reporter{src: src},
		m:        m,
		p:        &Program{Machine: m},
		names:    map[string]*named{},
		carried:  map[*Symbol]uint64{},
	}
	c.checkVocabulary()
	c.declare()
	c.broken = len(c.diags) > 0
	if len(m.States) > 0 && len(m.Events) > 0 {
		c.compileParts()
		c.compileRows()
		c.cells()
		c.checkTable()
	}
	if err := c.diags.err(); err != nil {
		return nil, err
	}
	c.p.Hash = hash(c.p)
	return c.p, nil
}

// declare enters every name that texts can use.
func (c *compiler) declare() {
	c.timers, c.slots = map[string]int{}, map[string]int{}
	for i, t := range c.m.Timers {
		c.timers[t.Name] = i
	}
	for i, s := range c.m.Slots {
		c.slots[s.Name] = i
	}
	c.signals, c.answers = index(c.m.Signals), index(c.m.Answers)
	c.declareMemory()
	c.declareInput()
	c.declareOutput()
	for i := range c.m.Defs {
		c.declareDef(&c.m.Defs[i])
	}
	for i := range c.m.Actions {
		c.declareAction(&c.m.Actions[i])
	}
}

func index(names []Name) map[string]int {
	out := map[string]int{}
	for i, n := range names {
		out[n.Name] = i
	}
	return out
}

func keys(m map[string]int) []string { return slices.Sorted(maps.Keys(m)) }

func (c *compiler) declareDef(d *Def) {
	l := &lazyDef{src: d, def: &Definition{Name: d.Name, Src: d.Is, Doc: d.Doc, Cite: d.Cite}}
	c.defs = append(c.defs, l)
	c.p.Defs = append(c.p.Defs, l.def)
	c.value(&named{def: l, what: "a definition", at: place{at: &d.Name, field: "def " + d.Name + ": Name", off: -1}}, d.Name)
}

func (c *compiler) declareAction(a *Action) {
	l := &lazyAct{src: a, proc: &Procedure{Name: a.Name, Src: a.Do, Doc: a.Doc, Cite: a.Cite}}
	c.acts = append(c.acts, l)
	c.p.Actions = append(c.p.Actions, l.proc)
	c.value(&named{act: l, what: "an action", at: place{at: &a.Name, field: "action " + a.Name + ": Name", off: -1}}, a.Name)
}

// define compiles a definition when it is first used, at the place given.
func (c *compiler) define(d *lazyDef, at place) Expr {
	switch d.step {
	case running:
		c.errorf(at, "definition %s uses itself: there is no recursion, write the value out", d.src.Name)
		return c.bad()
	case waiting:
		d.step = running
		text := place{at: &d.src.Is, field: "def " + d.src.Name + ": Is", off: -1}
		if d.src.Is == "" {
			c.errorf(text, "the expression is missing: add Is")
			d.unit, d.def.Expr = &unit{at: text}, c.bad()
		} else {
			d.def.Expr, d.unit = c.expression(text, d.src.Is)
		}
		if c.tooHeavy(d.unit) {
			d.def.Expr = c.bad()
		}
		d.def.Type = d.def.Expr.Type()
		d.step = done
	}
	if isBad(d.def.Expr) {
		return c.bad()
	}
	return Use{d.def}
}

// maxWeight bounds what a name stands for once every name in it is written out,
// since definitions of definitions can double it each time.
const maxWeight = 1 << 14

// tooHeavy weighs a definition or an action, and reports one beyond the bound.
func (c *compiler) tooHeavy(u *unit) bool {
	u.weight = 1
	for _, x := range u.uses {
		switch {
		case x.def != nil && x.def.unit != nil:
			u.weight += x.def.unit.weight
		case x.act != nil && x.act.unit != nil:
			u.weight += x.act.unit.weight
		default:
			u.weight++
		}
	}
	if u.weight <= maxWeight {
		return false
	}
	c.errorf(u.at, "it stands for more than %d words once its names are written out: keep parts of it in variables", maxWeight)
	u.weight, c.broken = 1, true // one message is enough
	return true
}

// perform compiles an action when it is first used, at the place given.
func (c *compiler) perform(a *lazyAct, at place) *Procedure {
	switch a.step {
	case running:
		c.errorf(at, "action %s uses itself: there is no recursion, write the effects out", a.src.Name)
	case waiting:
		a.step = running
		text := place{at: &a.src.Do, field: "action " + a.src.Name + ": Do", off: -1}
		if a.src.Do == "" {
			c.errorf(text, "the effects are missing: add Do")
		}
		a.proc.Body, a.unit = c.effects(text, a.src.Do, false)
		if c.tooHeavy(a.unit) {
			a.proc.Body = nil
		}
		a.step = done
	}
	return a.proc
}

// compileParts compiles definitions, actions, invariants and profiles.
func (c *compiler) compileParts() {
	for _, d := range c.defs {
		c.define(d, place{})
	}
	for _, a := range c.acts {
		c.perform(a, place{})
	}
	for i := range c.m.Invariants {
		c.invariant(&c.m.Invariants[i])
	}
	for i := range c.m.Profiles {
		c.profile(&c.m.Profiles[i])
	}
}

func (c *compiler) invariant(v *Invariant) {
	name := "invariant " + v.Name
	text := place{at: &v.Is, field: name + ": Is", off: -1}
	x, u := c.flag(text, v.Is)
	c.units = append(c.units, u)
	c.memoryOnly(u)
	states := c.states(v.In, place{at: &v.In, field: name + ": In", off: -1})
	if v.In == 0 {
		states = c.states(1<<len(c.m.States)-1, place{})
	}
	c.p.Checks = append(c.p.Checks, &Check{Name: v.Name, States: states, Expr: x, Src: v.Is, Doc: v.Doc})
}

// states lists the states of a set.
func (c *compiler) states(set StateSet, at place) []int {
	return c.declared(uint64(set), len(c.m.States), at, "state", "States")
}

// declared lists the members of a set and reports those beyond the n declared.
func (c *compiler) declared(set uint64, n int, at place, what, list string) []int {
	for i := n; i < 64; i++ {
		if set&(1<<i) != 0 {
			c.errorf(at, "%s number %d is not declared: add it to %s", what, i+1, list)
		}
	}
	return bitsOf(set, n)
}

// bitsOf lists the members of a set that are below n.
func bitsOf(set uint64, n int) (out []int) {
	for i := range min(n, 64) {
		if set&(1<<i) != 0 {
			out = append(out, i)
		}
	}
	return out
}

// compileRows compiles the rows of all tables.
func (c *compiler) compileRows() {
	for t := range c.m.Tables {
		rows := c.m.Tables[t].Rows
		for i := range rows {
			c.rule(t, &rows[i])
		}
	}
}

func rowPlace(r *Row, at any, field string) place {
	return place{at: at, row: r.ID, field: field, off: -1}
}

func (c *compiler) rule(table int, r *Row) {
	rule := &Rule{Row: r, Index: len(c.p.Rows), Table: table, To: -1}
	if c.src != nil {
		rule.Pos = c.src.short(r)
	}
	c.p.Rows = append(c.p.Rows, rule)
	rule.In = c.states(r.In, rowPlace(r, &r.In, "In"))
	rule.On = c.declared(uint64(r.On), len(c.m.Events), rowPlace(r, &r.On, "On"), "event", "Events")
	if to := c.states(r.To, rowPlace(r, &r.To, "To")); len(to) == 1 {
		rule.To = to[0]
	}
	var guard, body *unit
	if r.When != "" {
		rule.Guard, guard = c.flag(rowPlace(r, &r.When, "When"), r.When)
	}
	rule.Body, body = c.effects(rowPlace(r, &r.Do, "Do"), r.Do, true)
	c.guards = append(c.guards, guard)
	for _, u := range []*unit{guard, body} {
		if u != nil {
			c.units = append(c.units, u)
			c.carriedBy(u, rule)
		}
	}
	c.checkRow(rule)
}

// cells lists for each state and event the rules that are tried.
func (c *compiler) cells() {
	cells := make([][][]*Rule, len(c.m.States))
	for s := range cells {
		cells[s] = make([][]*Rule, len(c.m.Events))
	}
	for _, r := range c.p.Rows {
		for _, s := range r.In {
			for _, e := range r.On {
				cells[s][e] = append(cells[s][e], r)
			}
		}
	}
	c.p.Cells = cells
}
