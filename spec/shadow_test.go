package spec

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// dead compiles guards into one cell and tells which rules are dead; the last
// one is the otherwise.
func dead(c *compiler, t testing.TB, options *uint32, guards ...string) string {
	cell := make([]*Rule, len(guards)+1)
	for i, g := range guards {
		cell[i] = &Rule{Row: &Row{When: g}, Index: i, Guard: parse(t, c, g)}
	}
	cell[len(guards)] = &Rule{Row: &Row{}, Index: len(guards)}
	r := newReasoner(c.m, options)
	var out []string
	for i, f := range r.firing(cell) {
		if f == never {
			out = append(out, fmt.Sprint(i))
		}
	}
	return strings.Join(out, " ")
}

// TestReasoner: what it sees through, and what it must not claim.
func TestReasoner(t *testing.T) {
	c := compilerOf(program(t, nil))
	for _, x := range []struct {
		want   string
		guards []string
		why    string
	}{
		{"1", []string{"SYN", "SYN && FIN"}, "a part of what came before"},
		{"2", []string{"SYN", "!SYN"}, "nothing is left for the otherwise"},
		{"1", []string{"SYN", "!!SYN"}, "double negation"},
		{"1", []string{"tries < limit", "limit > tries"}, "> is < turned round"},
		{"2", []string{"tries < limit", "limit =< tries"}, "sizes are ordered"},
		{"2", []string{"tries == limit", "limit != tries"}, "!= is the opposite of =="},
		{"", []string{"NXT < ISN", "ISN =< NXT"}, "the otherwise is thought possible: seq order is no order"},
		{"1", []string{"NXT =< ISN", "NXT < ISN"}, "=< is < or =="},
		{"1", []string{"NXT =< ISN", "NXT == ISN"}, "=< is < or =="},
		{"1", []string{"next", "SEG.SEQ == NXT && SYN"}, "definitions are written out"},
		{"1", []string{"0 < tries < limit", "tries > 0 && limit > tries"}, "a chain is two comparisons"},
		{"1", []string{"0 < tries", "tries != 0"}, "a size above 0 is one that is not 0"},
		{"0", []string{"tries < 0"}, "no size is below 0"},
		{"1", []string{"SYN == FIN", "SYN && FIN"}, "== of flags"},
		{"1 2", []string{"true", "SYN"}, "true takes everything"},
		{"0", []string{"sent(CTL)"}, "a step begins with empty slots"},
		{"0", []string{"1 + 1 < 1 && 2 < 1"}, "numbers are compared"},
		{"", []string{"tries < 1", "tries == 0"}, "numbers in different questions are not understood"},
		{"", []string{"strict", "fast"}, "options are open"},
		{"1", []string{"armed(RTX)", "armed(RTX) && strict"}, "timers are questions"},
	} {
		if got := dead(c, t, nil, x.guards...); got != x.want {
			t.Errorf("%q: dead %q, want %q: %s", x.guards, got, x.want, x.why)
		}
	}
	strict := uint32(1)
	if got := dead(c, t, &strict, "!strict", "fast || strict", "SYN"); got != "0 2 3" {
		t.Errorf("with strict set, dead %q, want 0 2 3", got)
	}
}

// TestReasoner_exact compares with trying all values of a few flags.
func TestReasoner_exact(t *testing.T) {
	p := program(t, nil)
	c := compilerOf(p)
	flags := []string{"SYN", "FIN", "done", "strict", "urgent"}
	var formula func(r *rapid.T, depth int) string
	formula = func(r *rapid.T, depth int) string {
		n := rapid.IntRange(0, 5).Draw(r, "form")
		if depth == 0 || n == 0 {
			return rapid.SampledFrom(flags).Draw(r, "flag")
		}
		if n == 1 {
			return "!" + formula(r, 0)
		}
		op := []string{"&&", "||", "==", "!="}[n-2]
		return "(" + formula(r, depth-1) + " " + op + " " + formula(r, depth-1) + ")"
	}
	rapid.Check(t, func(r *rapid.T) {
		guards := make([]string, rapid.IntRange(1, 5).Draw(r, "guards"))
		trees := make([]Expr, len(guards))
		for i := range guards {
			guards[i] = formula(r, 3)
			trees[i] = parse(t, c, guards[i])
		}
		if got, want := dead(c, t, nil, guards...), unfired(t, p, flags, trees); got != want {
			r.Fatalf("%q: dead %q, want %q", guards, got, want)
		}
	})
}

// unfired tries all values of the flags.
func unfired(t testing.TB, p *Program, flags []string, guards []Expr) string {
	b := &bench{p, make([]uint32, len(p.Layout.Machine)), make([]uint32, len(p.Layout.Input)), make([]uint32, len(p.Layout.Output))}
	fired := make([]bool, len(guards)+1)
	for v := range 1 << len(flags) {
		for i, f := range flags {
			b.set(t, f, uint32(v>>i&1))
		}
		i := slices.IndexFunc(guards, func(g Expr) bool { return b.Eval(g, b.machine, b.input, b.output) != 0 })
		if i < 0 {
			i = len(guards)
		}
		fired[i] = true
	}
	var out []string
	for i, ok := range fired {
		if !ok {
			out = append(out, fmt.Sprint(i))
		}
	}
	return strings.Join(out, " ")
}

// TestReasoner_bound: a formula that is too hard ends soon and claims nothing.
func TestReasoner_bound(t *testing.T) {
	m := fixture()
	var hard []string
	for i := range 40 {
		m.Vars = append(m.Vars, Var{Name: fmt.Sprintf("a%d", i), Type: Flag})
	}
	for i := range 20 { // pairs far apart: the diagram has 2^20 nodes
		hard = append(hard, fmt.Sprintf("a%d == a%d", i, i+20))
	}
	order := make([]string, 40)
	for i := range order {
		order[i] = fmt.Sprintf("a%d", i)
	}
	m.Tables[0].Rows[2].When = "next && !done && SEG.END > 0 && (" + strings.Join(order, " || ") + ") && " + strings.Join(hard, " && ")
	for i := range 40 {
		m.Tables[0].Rows[0].Do += fmt.Sprintf("; a%d = urgent", i)
	}
	p, err := Compile(m)
	if err != nil {
		t.Fatal(err)
	}
	if r := newReasoner(m, nil); r.dead(p.Cells) != nil || !r.full() {
		t.Error("the formula is not hard enough to reach the bound")
	}
	if rules := p.DeadRules(0); len(rules) != 0 {
		t.Errorf("%d dead rules of a cell that is too hard, want no claim", len(rules))
	}
}

func TestDeadRules(t *testing.T) {
	p := program(t, nil)
	ids := func(options uint32) (out []string) {
		for _, r := range p.DeadRules(options) {
			out = append(out, r.ID)
		}
		return out
	}
	if got := ids(0); !slices.Equal(got, []string{"strict"}) {
		t.Errorf("without options %v is dead, want strict", got)
	}
	if got := ids(1); len(got) != 0 {
		t.Errorf("with strict %v is dead; the otherwise still serves IDLE, want none", got)
	}
}
