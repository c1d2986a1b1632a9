package gen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcpfsm/tcpfsm/spec"
)

// eventInlines prints an inline for each event: what goes out is emptied, the row that
// fires is found, its effects run, and the state changes last.
func (g *promela) eventInlines() {
	g.heading("Events.")
	body := "\tout_started = 0; out_stopped = 0; out_signals = 0; out_answer = 0;\n"
	for _, n := range g.slots {
		body += "\t" + n + " = 0;\n"
	}
	for _, s := range g.p.Symbols {
		if s.Kind == spec.SlotSymbol || s.Kind == spec.OutSymbol {
			body += "\t" + g.symbols[s] + " = 0;\n"
		}
	}
	g.inline("begin_step", body)
	for e := range g.m.Events {
		g.event(e)
	}
}

// event prints one event. SPIN expands all inlines and allows a d_step about two
// thousand statements, which the rows of a large table exceed if each brings its
// own copy of the actions. So the rows share one list of effects, in which each
// finds its own in its own order, between others that it skips.
func (g *promela) event(e int) {
	rules, tried := g.rulesOf(e)
	var body strings.Builder
	body.WriteString("\tbegin_step();\n\tm_row = ")
	for _, r := range rules {
		guard := g.in(tried[r])
		if r.Guard != nil {
			guard = "(" + guard + " && " + g.expr(r.Guard) + ")"
		}
		fmt.Fprintf(&body, "(%s -> %d /* %s */ :\n\t\t", guard, r.Index+1, commentText(r.ID))
	}
	fmt.Fprintf(&body, "0%s;\n", strings.Repeat(")", len(rules)))
	for _, same := range together(g.effects(rules)) {
		body.WriteString(same.print(rules))
	}
	body.WriteString(g.moves(rules))
	g.comment(g.m.Events[e].Name + ": " + g.m.Events[e].Doc)
	g.inline(g.events[e], body.String())
}

// rulesOf finds the rules of an event in their order, which is the same in all
// states, and the states in which each of them is tried.
func (g *promela) rulesOf(event int) (rules []*spec.Rule, tried map[*spec.Rule][]int) {
	tried = map[*spec.Rule][]int{}
	for s := range g.p.Cells {
		for _, r := range g.p.Cells[s][event] {
			tried[r] = append(tried[r], s)
		}
	}
	for _, r := range g.p.Rows {
		if tried[r] != nil {
			rules = append(rules, r)
		}
	}
	return rules, tried
}

// in prints the test for a set of states.
func (g *promela) in(states []int) string {
	if len(states) == len(g.states) {
		return "true"
	}
	return oneOf(states, "m_state", func(i int) string { return g.states[i] })
}

// oneOf prints the test whether a variable has one of the values that sorted
// places stand for; places in a row make a range.
func oneOf(places []int, variable string, value func(place int) string) string {
	var runs []string
	for i := 0; i < len(places); {
		first, last := places[i], places[i]
		for i++; i < len(places) && places[i] == last+1; i++ {
			last++
		}
		run := fmt.Sprintf("%s == %s", variable, value(first))
		if last > first {
			run = fmt.Sprintf("%s >= %s && %[1]s <= %[3]s", variable, value(first), value(last))
		}
		runs = append(runs, run)
	}
	if len(runs) == 1 {
		return "(" + runs[0] + ")"
	}
	return "((" + strings.Join(runs, ") || (") + "))"
}

// An effect is a piece of code that some rules of an event run, by their places
// in its list of rules.
type effect struct {
	code  string
	rules []int
}

// effects merges the effects of all rules into one list.
func (g *promela) effects(rules []*spec.Rule) []effect {
	var all []effect
	for i, r := range rules {
		var own []effect
		for _, s := range r.Body {
			own = append(own, effect{g.block([]spec.Stmt{s}, "\t"), []int{i}})
		}
		all = merged(all, own)
	}
	return all
}

// merged is a shortest list that has both lists in it, each in its own order; what
// is the same in both stands there once.
func merged(a, b []effect) []effect {
	length := commonLengths(a, b)
	var list []effect
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i].code == b[j].code:
			list = append(list, effect{a[i].code, slices.Concat(a[i].rules, b[j].rules)})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && length[i+1][j] >= length[i][j+1]:
			list = append(list, a[i])
			i++
		default:
			list = append(list, b[j])
			j++
		}
	}
	return list
}

// commonLengths is the table of the longest common subsequences of all ends of two
// lists.
func commonLengths(a, b []effect) [][]int {
	length := make([][]int, len(a)+1)
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i].code == b[j].code {
				length[i][j] = 1 + length[i+1][j+1]
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	return length
}

// together joins neighbours that the same rules run.
func together(list []effect) []effect {
	var joined []effect
	for _, e := range list {
		if n := len(joined); n > 0 && slices.Equal(joined[n-1].rules, e.rules) {
			joined[n-1].code += e.code
			continue
		}
		joined = append(joined, e)
	}
	return joined
}

// print prints an effect with the test whether it belongs to the row that fired.
func (e effect) print(rules []*spec.Rule) string {
	if len(e.rules) == len(rules) {
		return e.code
	}
	code := strings.ReplaceAll(strings.TrimSuffix(e.code, "\n"), "\n", "\n\t")
	return "\tif\n\t:: " + fired(e.rules, rules) + " ->\n\t" + code + "\n\t:: else -> skip;\n\tfi;\n"
}

// fired prints the test whether the row is one of some rules, given by their
// places in the list of all that can have fired.
func fired(some []int, all []*spec.Rule) string {
	return oneOf(some, "m_row", func(i int) string { return fmt.Sprint(all[i].Index + 1) })
}

// moves prints how the state changes.
func (g *promela) moves(rules []*spec.Rule) string {
	to := make([][]int, len(g.states))
	for i, r := range rules {
		if r.To >= 0 {
			to[r.To] = append(to[r.To], i)
		}
	}
	text, closing := "", ""
	for s, from := range to {
		if len(from) > 0 {
			text += "(" + fired(from, rules) + " -> " + g.states[s] + " :\n\t\t"
			closing += ")"
		}
	}
	if text == "" {
		return ""
	}
	return "\tm_state = " + text + "m_state" + closing + ";\n"
}
