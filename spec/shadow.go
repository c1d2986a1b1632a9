package spec

import (
	"slices"
	"strings"
)

// maxNodes bounds the work on one machine to well under a second. Beyond it nothing is
// said, because only what is certain is reported.
const maxNodes = 1 << 17

// A reasoner decides which rules can fire, as far as the signs && || ! and the
// order of comparisons tell. It knows nothing of numbers: X < 1 and X == 0 are
// two questions to it. So a rule that it calls dead is dead; others may be, too.
type reasoner struct {
	*diagrams
	m       *Machine
	atoms   map[string]int
	memo    map[Expr]formula
	options *uint32 // fixed choices, or nil: every option is a question
	filled  uint32  // slots that may have been filled before what is asked now
}

func newReasoner(m *Machine, options *uint32) *reasoner {
	return &reasoner{diagrams: newDiagrams(maxNodes), m: m, atoms: map[string]int{}, memo: map[Expr]formula{}, options: options}
}

// ask is the formula of a question, which is told apart by its text.
func (r *reasoner) ask(question string) formula {
	n, ok := r.atoms[question]
	if !ok {
		n = len(r.atoms)
		r.atoms[question] = n
	}
	return r.diagrams.atom(n)
}

func (r *reasoner) text(e Expr) string {
	w := printer{Machine: r.m, expand: true}
	w.expr(e, bindUnary)
	return w.String()
}

// formula turns a flag into a formula over its questions.
func (r *reasoner) formula(e Expr) formula {
	switch e := e.(type) {
	case Lit:
		return known(e.V != 0)
	case Not:
		return r.not(r.formula(e.X))
	case Binary:
		return r.binary(e)
	case Chain:
		return r.and(r.compare(e.Op1, e.X, e.Y), r.compare(e.Op2, e.Y, e.Z))
	case Use:
		return r.use(e)
	case Sent:
		if r.filled>>e.Slot&1 == 0 {
			return never // a step begins with empty slots, and guards come first
		}
	case Ref:
		if e.Sym.Kind == OptionSymbol && r.options != nil {
			return known(*r.options>>e.Sym.Bit&1 != 0)
		}
	case bad:
		return r.ask("?" + string(rune(e.id)))
	}
	return r.ask(r.text(e))
}

func known(b bool) formula {
	if b {
		return always
	}
	return never
}

func (r *reasoner) use(e Use) formula {
	if r.filled != 0 {
		return r.formula(e.Def.Expr) // it may ask for a slot
	}
	f, ok := r.memo[e]
	if !ok {
		f = r.formula(e.Def.Expr)
		r.memo[e] = f
	}
	return f
}

func (r *reasoner) binary(e Binary) formula {
	switch e.Op {
	case And:
		return r.and(r.formula(e.X), r.formula(e.Y))
	case Or:
		return r.or(r.formula(e.X), r.formula(e.Y))
	case Eq, Ne:
		if e.X.Type() == Flag {
			x, y := r.formula(e.X), r.formula(e.Y)
			f := r.choose(x, y, r.not(y))
			if e.Op == Ne {
				f = r.not(f)
			}
			return f
		}
	}
	return r.compare(e.Op, e.X, e.Y)
}

// compare has two kinds of questions, X < Y and X == Y, of which at most one is
// answered with yes. For sizes X =< Y is !(Y < X); for sequence numbers that is not
// so at distance 2^31, where each is before the other, so X =< Y is
// X < Y || X == Y.
func (r *reasoner) compare(op Op, x, y Expr) formula {
	a, aNumber := numeral(x)
	b, bNumber := numeral(y)
	if aNumber && bNumber {
		return known(compare(op, x.Type(), a, b))
	}
	switch op {
	case Eq:
		return r.equal(x, y)
	case Ne:
		return r.not(r.equal(x, y))
	case Gt:
		return r.compare(Lt, y, x)
	case Ge:
		return r.compare(Le, y, x)
	case Le:
		if x.Type() == Seq {
			return r.or(r.compare(Lt, x, y), r.equal(x, y))
		}
		return r.not(r.compare(Lt, y, x))
	}
	if aNumber && a == 0 { // 0 < Y
		return r.not(r.equal(x, y))
	}
	if bNumber && b == 0 { // no size is below 0
		return never
	}
	return r.and(r.ask(r.text(x)+" < "+r.text(y)), r.not(r.equal(x, y)))
}

func numeral(e Expr) (uint32, bool) {
	l, ok := e.(Lit)
	return l.V, ok && l.T == Size
}

func (r *reasoner) equal(x, y Expr) formula {
	pair := []string{r.text(x), r.text(y)}
	slices.Sort(pair)
	if pair[0] == pair[1] {
		return always
	}
	return r.ask(pair[0] + " == " + pair[1])
}

// firing gives for each rule of a cell the formula under which it fires.
func (r *reasoner) firing(cell []*Rule) []formula {
	rest := always
	out := make([]formula, len(cell))
	for i, rule := range cell {
		guard := always
		if rule.Guard != nil {
			guard = r.formula(rule.Guard)
		}
		out[i] = r.and(rest, guard)
		rest = r.and(rest, r.not(guard))
	}
	return out
}

// A spot is one cell of a rule.
type spot struct{ state, event int }

// dead lists the cells in which each rule never fires; it is nil when the bound
// was reached.
func (r *reasoner) dead(cells [][][]*Rule) map[*Rule][]spot {
	out := map[*Rule][]spot{}
	solved := map[string][]formula{} // many cells have the same rules
	for s := range cells {
		for e, cell := range cells[s] {
			key := cellKey(cell)
			fires, ok := solved[key]
			if !ok {
				fires = r.firing(cell)
				solved[key] = fires
			}
			if r.full() {
				return nil
			}
			for i, f := range fires {
				if f == never {
					out[cell[i]] = append(out[cell[i]], spot{s, e})
				}
			}
		}
	}
	return out
}

func cellKey(cell []*Rule) string {
	key := make([]rune, len(cell))
	for i, r := range cell {
		key[i] = rune(r.Index)
	}
	return string(key)
}

// DeadRules lists the rules that fire in no state once the options are fixed,
// because rules before them take everything. The list is empty when that is too
// hard to decide.
func (p *Program) DeadRules(options uint32) []*Rule {
	dead := newReasoner(p.Machine, &options).dead(p.Cells)
	var out []*Rule
	for _, r := range p.Rows {
		if len(dead[r]) == len(r.In)*len(r.On) {
			out = append(out, r)
		}
	}
	return out
}

// checkDead reports rows that never fire, altogether or in a state or on an
// event that they name.
func (c *compiler) checkDead() {
	r := newReasoner(c.m, nil)
	dead := r.dead(c.p.Cells)
	for i, rule := range c.p.Rows {
		spots := dead[rule]
		at := rowPlace(rule.Row, rule.Row, "")
		switch {
		case len(spots) == 0:
		case rule.Guard != nil && r.formula(rule.Guard) == never:
			c.errorf(c.guards[i].at.word(0), "the guard contradicts itself, so the row never fires: correct or remove it")
		case len(spots) == len(rule.In)*len(rule.On):
			c.errorf(at, "the row never fires%s: move it up, or remove it", c.takenBy(rule, spots))
		default:
			c.deadPartly(rule, spots)
		}
	}
}

// takenBy names the otherwise before a dead rule, which alone takes everything.
func (c *compiler) takenBy(rule *Rule, spots []spot) string {
	var by []string
	for _, s := range spots {
		for _, r := range c.p.Cells[s.state][s.event] {
			if r.When == "" && r.Index < rule.Index && !slices.Contains(by, r.ID) {
				by = append(by, r.ID)
			}
		}
	}
	if by == nil {
		return ", the rows before it take every case"
	}
	return ", it stands after the otherwise " + strings.Join(by, ", ")
}

// deadPartly reports states, and events, for which a rule never fires.
func (c *compiler) deadPartly(rule *Rule, spots []spot) {
	for _, s := range rule.In {
		here := slices.DeleteFunc(slices.Clone(spots), func(x spot) bool { return x.state != s })
		if len(here) == len(rule.On) {
			c.errorf(rowPlace(rule.Row, &rule.Row.In, "In"), "the row never fires in %s%s: take the state out of In, or move the row up", c.m.States[s].Name, c.takenBy(rule, here))
		}
	}
	for _, e := range rule.On {
		here := slices.DeleteFunc(slices.Clone(spots), func(x spot) bool { return x.event != e })
		if len(here) == len(rule.In) {
			c.errorf(rowPlace(rule.Row, &rule.Row.On, "On"), "the row never fires on %s%s: take the event out of On, or move the row up", c.m.Events[e].Name, c.takenBy(rule, here))
		}
	}
}
