package spec

import (
	"math/bits"
	"regexp"
	"slices"
	"strings"
)

// checkRow checks what a row must have besides its texts.
func (c *compiler) checkRow(rule *Rule) {
	r := rule.Row
	at := func(p any, field string) place { return rowPlace(r, p, field) }
	switch {
	case r.ID == "":
		c.errorf(at(&r.ID, "ID"), "the id is missing: add a slug that is never reused")
	case !slug.MatchString(r.ID):
		c.errorf(at(&r.ID, "ID"), "%q can't be an id: use small letters, digits, - and .", r.ID)
	}
	if r.In == 0 {
		c.errorf(at(&r.In, "In"), "the row is in no state: add In")
	}
	if r.On == 0 {
		c.errorf(at(&r.On, "On"), "the row is on no event: add On")
	}
	if bits.OnesCount64(uint64(r.To)) > 1 {
		c.errorf(at(&r.To, "To"), "the row goes to several states: name one, or leave To out to stay")
	}
	if r.ID == "" || bits.OnesCount64(uint64(r.To)) > 1 {
		c.broken = true // the diagram can't name it
	}
	if strings.TrimSpace(r.Why) == "" {
		c.errorf(at(&r.Why, "Why"), "the reason is missing: add Why, one sentence")
	}
	c.checkEffects(rule)
	if r.Cite == "" && c.m.Source != "" {
		c.errorf(at(&r.Cite, "Cite"), "the citation is missing: add the section of %s", c.m.Source)
	}
	c.cite(at(&r.Cite, "Cite"), r.Cite)
}

// checkEffects keeps rows that do nothing and rows that say so the same rows.
func (c *compiler) checkEffects(rule *Rule) {
	at := rowPlace(rule.Row, &rule.Do, "Do")
	switch drop := strings.TrimSpace(rule.Do) == "drop"; {
	case drop && rule.Row.To != 0:
		c.errorf(at, "drop says that nothing happens, and the row changes state: leave Do out")
	case strings.TrimSpace(rule.Do) == "" && rule.Row.To == 0:
		c.errorf(at, "the row does nothing: say so with drop, or add its effects")
	}
}

var slug = regexp.MustCompile(`^[a-z0-9.-]+$`)

// cite checks a list of citations separated by "; ".
func (c *compiler) cite(at place, list string) {
	if list == "" {
		return
	}
	off := 0
	for _, item := range strings.Split(list, "; ") {
		if !citation.MatchString(item) {
			c.errorf(at.word(off), "%q is no citation: write a section as 3.10.7.3, MUST-n, SHLD-n, MAY-n, REC-n, EID n, RFC n section x, Fig n, note ... or practice: ..., separated by \"; \"", item)
		}
		off += len(item) + len("; ")
	}
}

var citation = regexp.MustCompile(`^(` + strings.Join([]string{
	`\d+(\.\d+)*( [^;]+)?`,
	`[A-Z](\.\d+)+( [^;]+)?`,
	`(MUST|SHLD|MAY|REC)-\d+( [^;]+)?`,
	`EID \d+( [^;]+)?`,
	`RFC \d+( (section|appendix) [A-Z0-9]+(\.\d+)*( [^;]+)?)?`,
	`Fig \d+( [^;]+)?`,
	`note [^;]+`,
	`practice: [^;]+`,
}, "|") + `)$`)

// carriedBy checks that every event of a rule brings what its text reads, also
// through definitions and actions.
func (c *compiler) carriedBy(u *unit, rule *Rule) {
	for _, x := range u.uses {
		missing := map[*Symbol]bool{}
		c.needs(x, map[any]bool{}, missing)
		for _, s := range c.p.Symbols { // in a fixed order
			if missing[s] {
				c.reportMissing(u, x, s, rule)
			}
		}
	}
}

// needs adds the symbols that come with some events only.
func (c *compiler) needs(x use, seen map[any]bool, out map[*Symbol]bool) {
	var inner *unit
	switch {
	case x.sym != nil:
		if _, ok := c.carried[x.sym]; ok {
			out[x.sym] = true
		}
	case x.def != nil && !seen[x.def]:
		seen[x.def], inner = true, x.def.unit
	case x.act != nil && !seen[x.act]:
		seen[x.act], inner = true, x.act.unit
	}
	if inner != nil {
		for _, y := range inner.uses {
			c.needs(y, seen, out)
		}
	}
}

func (c *compiler) reportMissing(u *unit, x use, s *Symbol, rule *Rule) {
	var lacking []string
	for _, e := range rule.On {
		if c.carried[s]&(1<<e) == 0 {
			lacking = append(lacking, c.m.Events[e].Name)
		}
	}
	if lacking == nil {
		return
	}
	what := s.Name + " does"
	switch {
	case x.def != nil:
		what = x.def.src.Name + " reads " + s.Name + ", which does"
	case x.act != nil:
		what = x.act.src.Name + " reads " + s.Name + ", which does"
	}
	c.errorf(u.at.word(x.off), "%s not come with event %s: take the event out of On, or give it what it lacks", what, strings.Join(lacking, ", "))
}

// memoryOnly checks that an invariant reads nothing but the machine.
func (c *compiler) memoryOnly(u *unit) {
	for _, x := range u.uses {
		if name := c.transient(x, map[any]bool{}); name != "" {
			c.errorf(u.at.word(x.off), "%s exists only during a step: an invariant reads variables, parameters, options and armed timers", name)
		}
	}
}

func (c *compiler) transient(x use, seen map[any]bool) string {
	switch {
	case x.kind == sentSlot:
		return "sent(" + c.m.Slots[x.id].Name + ")"
	case x.sym != nil && x.sym.Kind > OptionSymbol:
		return x.sym.Name
	case x.def != nil && x.def.unit != nil && !seen[x.def]:
		seen[x.def] = true
		for _, y := range x.def.unit.uses {
			if name := c.transient(y, seen); name != "" {
				return name
			}
		}
	}
	return ""
}

// checkTable checks the rows against each other.
func (c *compiler) checkTable() {
	c.checkIDs()
	c.checkCitations()
	c.checkOtherwise()
	c.checkDead()
	c.checkReachable()
	if !c.broken {
		c.checkUsed()
		c.checkDiagram()
	}
}

func (c *compiler) checkIDs() {
	ids := space{}
	for _, r := range c.p.Rows {
		at := rowPlace(r.Row, &r.ID, "ID")
		if r.ID == "" {
			continue
		}
		c.take(ids, r.ID, at)
		if c.src != nil && slices.Contains(c.src.Retired, r.ID) {
			c.errorf(at, "the id is retired in %s: an id is never used again, choose another", c.m.Retired)
		}
	}
}

// checkCitations checks those outside of rows, which may be left out.
func (c *compiler) checkCitations() {
	for i := range c.m.Tables {
		t := &c.m.Tables[i]
		c.cite(place{at: &t.Cite, field: "table " + t.Title + ": Cite", off: -1}, t.Cite)
	}
	for i := range c.m.Options {
		o := &c.m.Options[i]
		c.cite(place{at: &o.Cite, field: "option " + o.Name + ": Cite", off: -1}, o.Cite)
	}
	for i := range c.m.Defs {
		d := &c.m.Defs[i]
		c.cite(place{at: &d.Cite, field: "def " + d.Name + ": Cite", off: -1}, d.Cite)
	}
	for i := range c.m.Actions {
		a := &c.m.Actions[i]
		c.cite(place{at: &a.Cite, field: "action " + a.Name + ": Cite", off: -1}, a.Cite)
	}
}

// checkOtherwise checks that every state answers every event: the last rule of
// each cell has no guard. States that lack it after the same row are one problem.
func (c *compiler) checkOtherwise() {
	for e := range c.m.Events {
		if !slices.ContainsFunc(c.p.Rows, func(r *Rule) bool { return slices.Contains(r.On, e) }) {
			continue // checkUsed reports it
		}
		lacking := map[*Rule][]string{}
		var order []*Rule
		for s := range c.p.Cells {
			last := lastRule(c.p.Cells[s][e])
			if slices.ContainsFunc(c.p.Cells[s][e], func(r *Rule) bool { return r.When == "" }) {
				continue
			}
			if lacking[last] == nil {
				order = append(order, last)
			}
			lacking[last] = append(lacking[last], c.m.States[s].Name)
		}
		for _, last := range order {
			c.reportOtherwise(e, last, lacking[last])
		}
	}
}

func lastRule(rules []*Rule) *Rule {
	if len(rules) == 0 {
		return nil
	}
	return rules[len(rules)-1]
}

func (c *compiler) reportOtherwise(e int, last *Rule, states []string) {
	ev := &c.m.Events[e]
	if last == nil {
		c.errorf(place{at: &ev.ID, field: "event " + ev.Name, off: -1}, "no row for it in %s: add one without When, if only to drop it", strings.Join(states, ", "))
		return
	}
	c.errorf(rowPlace(last.Row, last.Row, ""), "no otherwise for %s in %s: add a last row without When", ev.Name, strings.Join(states, ", "))
}

// checkReachable follows To from the initial state.
func (c *compiler) checkReachable() {
	reached := make([]bool, len(c.m.States))
	todo := []int{0}
	for len(todo) > 0 && len(reached) > 0 {
		s := todo[0]
		todo = todo[1:]
		if reached[s] {
			continue
		}
		reached[s] = true
		for _, r := range c.p.Rows {
			if slices.Contains(r.In, s) {
				todo = append(todo, bitsOf(uint64(r.Row.To), len(reached))...)
			}
		}
	}
	for i, ok := range reached {
		if v := &c.m.States[i]; !ok {
			c.errorf(place{at: &v.ID, field: "state " + v.Name, off: -1}, "no row leads there from %s: add one, or remove the state", c.m.States[0].Name)
		}
	}
}
