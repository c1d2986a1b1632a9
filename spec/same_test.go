package spec

import (
	"fmt"
	"strings"
	"testing"
)

// cellOf makes rules of lines "guard -> effects" or "guard -> state: effects"; an empty
// guard is none.
func cellOf(t *testing.T, c *compiler, text string) []*Rule {
	t.Helper()
	var cell []*Rule
	for i, line := range strings.Split(text, "\n") {
		guard, do, _ := strings.Cut(line, "->")
		r := &Rule{Row: &Row{ID: fmt.Sprint("r", i)}, Index: i, To: -1}
		if to, effects, ok := strings.Cut(do, ":"); ok {
			r.To, do = strings.Index("IB", strings.TrimSpace(to)), effects
		}
		if guard = strings.TrimSpace(guard); guard != "" {
			r.Guard = parse(t, c, guard)
		}
		do = strings.TrimSpace(do)
		c.diags = nil
		r.Body, _ = c.effects(place{at: &do, off: -1}, do, true)
		if len(c.diags) > 0 {
			t.Fatalf("%q: %v", line, c.diags)
		}
		cell = append(cell, r)
	}
	return cell
}

func TestComparer(t *testing.T) {
	p := program(t, nil)
	c := compilerOf(p)
	for _, x := range []struct {
		why, a, b string
		same      bool
	}{
		{"words do not matter", "SYN && ACK -> over", "ACK && SYN -> signal(down); reset", true},
		{"guards that exclude each other may change places", "SYN -> over\n!SYN && ACK -> answer(no)", "!SYN && ACK -> answer(no)\nSYN -> over", true},
		{"guards that do not may not", "SYN -> over\nACK -> answer(no)", "ACK -> answer(no)\nSYN -> over", false},
		{"unless both do the same", "SYN -> over\nACK -> over", "ACK -> over\nSYN -> over", true},
		{"nothing is done by no row as by one that drops", "SYN -> over\nACK -> drop", "SYN -> over", true},
		{"a state is the same named or kept", "SYN -> B: reset", "SYN -> reset", true},
		{"another state is another", "SYN -> I: reset", "SYN -> reset", false},
		{"a condition that the guard decides is decided", "SYN && done -> if SYN && done { over }", "SYN && done -> over", true},
		{"not when it was changed since", "done -> done = false; if done { over }", "done -> done = false; over", false},
		{"nor within a branch that changed it", "done -> if SYN { done = false }; if done { over }", "done -> if SYN { done = false }; over", false},
		{"an option is fixed", "SYN -> if strict { over }", "SYN -> over", true},
		{"also in a count", "SYN -> kept = kept + count(!strict)", "SYN -> drop", true},
		{"a timer that does not run is not stopped", "!armed(RTX) -> stop(RTX, User)", "!armed(RTX) -> stop(User)", true},
		{"one that may run is", "SYN -> stop(RTX, User)", "SYN -> stop(User)", false},
		{"nor is one that was started", "!armed(RTX) -> start(RTX); stop(RTX)", "!armed(RTX) -> start(RTX)", false},
		{"what has the value already is not changed", "kept == 0 -> kept = 0", "kept == 0 -> drop", true},
		{"reset keeps what is kept", "kept == 0 -> reset; kept = 0", "kept == 0 -> reset", true},
		{"and nothing else", "tries == 1 -> reset; tries = 1", "tries == 1 -> reset", false},
		{"no slot is filled at first", "SYN -> if !sent(DATA) { over }", "SYN -> over", true},
		{"but behind a send", "SYN -> send(DATA, ACK, NXT, NXT, 0); if !sent(DATA) { over }", "SYN -> send(DATA, ACK, NXT, NXT, 0); over", false},
		{"success is the answer anyway", "SYN -> answer(ok)", "SYN -> drop", true},
		{"unless another was given", "SYN -> answer(no); answer(ok)", "SYN -> answer(no)", false},
		{"both branches alike are no branch", "SYN -> if done { over } else { signal(down); reset }", "SYN -> over", true},
		{"the order of effects counts", "SYN -> kept = 1; kept = tries", "SYN -> kept = tries; kept = 1", false},
	} {
		cmp := p.NewComparer(p.Profiles[0], false)
		if same := cmp.Same(1, cellOf(t, c, x.a), cellOf(t, c, x.b)); same != x.same {
			t.Errorf("%s: %q and %q: the same is %t, want %t", x.why, x.a, x.b, same, x.same)
		}
	}
}

// What may be taken for granted: the invariants of the state, and variables that
// nothing changes.
func TestComparer_given(t *testing.T) {
	p := program(t, func(m *Machine) {
		m.Invariants = []Invariant{{Name: "busy-done", In: busy, Is: "done"}}
		m.Vars = append(m.Vars, Var{Name: "unused", Type: Flag})
		m.Tables[0].Rows[1].When, m.Tables[0].Rows[1].Do = "fast && unused", "unused = true" // the profile lacks fast
		m.Tables[0].Rows = append(m.Tables[0].Rows, Row{ID: "open.busy.too", In: busy, On: opened, Do: "answer(no)", Cite: "1", Why: "w"})
	})
	c := compilerOf(p)
	for _, x := range []struct {
		why, a, b string
		state     int
		same      bool
	}{
		{"the invariant holds", "!done -> over", "SYN && ACK && !done -> drop", 1, true},
		{"of its own state only", "!done -> over", "SYN && ACK && !done -> drop", 0, false},
		{"what nothing sets is never set", "unused -> over", "-> drop", 0, true},
	} {
		if same := p.NewComparer(p.Profiles[0], true).Same(x.state, cellOf(t, c, x.a), cellOf(t, c, x.b)); same != x.same {
			t.Errorf("%s: the same is %t, want %t", x.why, same, x.same)
		}
		if x.same && p.NewComparer(p.Profiles[0], false).Same(x.state, cellOf(t, c, x.a), cellOf(t, c, x.b)) {
			t.Errorf("%s: the same even without taking anything for granted", x.why)
		}
	}
}

// Beyond the bound on its diagrams a Comparer says nothing.
func TestComparer_bound(t *testing.T) {
	p := program(t, nil)
	c := compilerOf(p)
	cmp := p.NewComparer(0, false)
	cmp.limit = 0
	if cell := "SYN && ACK -> over"; cmp.Same(1, cellOf(t, c, cell), cellOf(t, c, cell)) {
		t.Error("two lists are called the same without looking")
	}
}

func TestComplaint(t *testing.T) {
	for want, change := range map[string]func(p *Program){
		"":                                 func(*Program) {},
		"IDLE has no otherwise for Expire": func(p *Program) { p.Cells[0][2] = nil },
		"row text never fires in BUSY": func(p *Program) {
			cell := p.Cells[1][1]
			cell[0], cell[2] = cell[2], cell[0]
		},
		"no row leads to BUSY": func(p *Program) { p.Rows[0].To = -1 },
	} {
		p := program(t, nil)
		change(p)
		if got := p.Complaint(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestMisdrawn(t *testing.T) {
	for want, change := range map[string]func(p *Program){
		"": func(*Program) {},
		"row open is folded and changes no state":      func(p *Program) { p.Rows[0].To = -1 },
		"row open.busy is not drawn from BUSY to IDLE": func(p *Program) { p.Rows[1].To = 0 },
		"row gone is drawn from IDLE to BUSY": func(p *Program) {
			p.Machine.Diagram = Diagram{Edges: []Edge{{From: idle, To: busy, On: "x", Rows: "gone"}}}
		},
	} {
		p := program(t, nil)
		change(p)
		if got := p.Misdrawn(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
