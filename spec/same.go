package spec

import (
	"fmt"
	"slices"
)

// A Comparer decides whether two lists of rules do the same once the options of a
// machine are fixed. What it calls the same is the same; it knows of numbers only
// what a reasoner knows, so rules that it can't tell to be the same may be.
type Comparer struct {
	*reasoner
	checks []*Check // invariants that may be taken for granted
	zero   []Expr   // and what else holds always
}

// NewComparer makes a Comparer for some options. With given, it takes for granted
// that the invariants hold before each step, and that what no row of p can change
// is zero: what it then calls the same is so in every state that p can reach, if
// its invariants hold there.
func (p *Program) NewComparer(options uint32, given bool) *Comparer {
	c := &Comparer{reasoner: newReasoner(p.Machine, &options)}
	if given {
		c.checks, c.zero = p.Checks, p.unchanged(options)
	}
	return c
}

// granted is what may be taken for granted before a step in a state.
func (c *Comparer) granted(state int) formula {
	f := always
	for _, e := range c.zero {
		f = c.and(f, c.formula(e))
	}
	for _, check := range c.checks {
		if slices.Contains(check.States, state) {
			f = c.and(f, c.formula(check.Expr))
		}
	}
	return f
}

// Fires reports whether a rule of the cell may fire in the state, as far as is known.
func (c *Comparer) Fires(state int, cell []*Rule, rule *Rule) bool {
	rest := c.granted(state)
	for _, r := range cell {
		guard := c.guard(r)
		if r == rule {
			return c.and(rest, guard) != never || c.full()
		}
		rest = c.and(rest, c.not(guard))
	}
	return false
}

// Exclude reports whether two guards never hold at once in the state.
func (c *Comparer) Exclude(state int, a, b *Rule) bool {
	return c.and(c.granted(state), c.and(c.guard(a), c.guard(b))) == never && !c.full()
}

func (c *Comparer) guard(r *Rule) formula {
	if r.Guard == nil {
		return always
	}
	return c.formula(r.Guard)
}

// An outcome is a rule, or nil when none fires, and when it fires.
type outcome struct {
	rule *Rule
	when formula
}

// outcomes lists what a cell does in each case.
func (c *Comparer) outcomes(state int, cell []*Rule) []outcome {
	rest := c.granted(state)
	var out []outcome
	for _, r := range cell {
		guard := c.guard(r)
		out = append(out, outcome{r, c.and(rest, guard)})
		rest = c.and(rest, c.not(guard))
	}
	return append(out, outcome{nil, rest})
}

// Same reports whether two lists of rules, tried in a state, do the same: in every
// case in which a rule of the one and another rule of the other fire, both lead to
// one state by the same effects.
func (c *Comparer) Same(state int, a, b []*Rule) bool {
	others := c.outcomes(state, b)
	for _, x := range c.outcomes(state, a) {
		for _, y := range others {
			if x.rule == y.rule {
				continue
			}
			if when := c.and(x.when, y.when); when != never && c.does(state, x.rule, when) != c.does(state, y.rule, when) {
				return false
			}
		}
	}
	return !c.full()
}

// does is what a rule does, in words that are equal if it is the same.
func (c *Comparer) does(state int, r *Rule, when formula) string {
	if r == nil {
		return fmt.Sprintf("%d", state)
	}
	to := r.To
	if to < 0 {
		to = state
	}
	w := effectWriter{Comparer: c, when: when, changed: map[*Symbol]bool{}}
	w.block(r.Body)
	c.filled = 0
	return fmt.Sprintf("%d%s", to, w.out)
}
