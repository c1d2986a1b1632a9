package spec

import (
	"math/rand/v2"
	"testing"
)

func TestStep_firstMatchWins(t *testing.T) {
	b := newBench(t, nil)
	b.set(t, "NXT", 7)
	b.set(t, "SEG.SEQ", 7)
	b.set(t, "SEG.LEN", 3)
	b.set(t, "FIN", 1)
	b.set(t, "strict", 1)
	r, next := b.Step(1, b.machine, 1, b.input, b.output)
	if r.ID != "text" || next != 1 {
		t.Errorf("row %s, state %d: want the first row whose guard holds, text, and the state to stay 1", r.ID, next)
	}
	for name, want := range map[string]uint32{"NXT": 11, "taken": 3, "kept": 1, "CTL.SEQ": 0} {
		if got := b.get(t, name); got != want {
			t.Errorf("%s is %d, want %d", name, got, want)
		}
	}
	r, _ = b.Step(1, b.machine, 1, b.input, b.output)
	if r.ID != "strict" || b.get(t, "taken") != 0 || b.output[AtSignals] != 0 {
		t.Errorf("row %s, output %v: want strict, and an output without traces of the step before", r.ID, b.output)
	}
	if b.get(t, "DATA.SEQ") != 11 || b.get(t, "DATA.ACK") != 7 {
		t.Errorf("output %v: want the segment with SEQ 11 and ACK 7", b.output)
	}
}

func TestStep_effectsInOrder(t *testing.T) {
	b := newBench(t, func(m *Machine) {
		m.Tables[0].Rows[1].Do = "tries = tries + 1; taken = tries; if sent(CTL) { taken = 99 }; " +
			"send(CTL, ACK, NXT + tries, CTL.SEQ + 5, CTL.LEN); send(CTL, ACK|FIN, CTL.SEQ, CTL.SEQ, 4); CTL.FIN = false; answer(ok); answer(no)"
	})
	b.set(t, "tries", 41)
	b.Step(1, b.machine, 0, b.input, b.output)
	for name, want := range map[string]uint32{"tries": 42, "taken": 42, "CTL.SEQ": 42, "CTL.ACK": 42, "CTL.LEN": 4, "CTL.FIN": 0} {
		if got := b.get(t, name); got != want {
			t.Errorf("%s is %d, want %d: each effect sees what the ones before it left", name, got, want)
		}
	}
	if b.output[AtAnswer] != 1 {
		t.Errorf("answer %d, want the last one given, 1", b.output[AtAnswer])
	}
}

func TestStep_timers(t *testing.T) {
	for _, c := range []struct {
		do                             string
		armed                          uint32
		wantArmed, wantStart, wantStop uint32
	}{
		{"start(RTX)", 0, 1, 1, 0},
		{"start(RTX, User)", 1, 3, 3, 0},
		{"stop(RTX)", 3, 2, 0, 1},
		{"stop(RTX)", 0, 0, 0, 0}, // nothing was armed
		{"stop(all)", 2, 0, 0, 2},
		{"start(RTX); stop(RTX)", 0, 0, 0, 1},
		{"stop(RTX); start(RTX)", 1, 1, 1, 0},
		{"reset", 3, 0, 0, 3},
		{"reset; start(User)", 1, 2, 2, 1},
	} {
		b := newBench(t, func(m *Machine) { m.Tables[0].Rows[1].Do = c.do + "; answer(no)" })
		b.machine[AtArmed] = c.armed
		b.Step(1, b.machine, 0, b.input, b.output)
		if b.machine[AtArmed] != c.wantArmed || b.output[AtStarted] != c.wantStart || b.output[AtStopped] != c.wantStop {
			t.Errorf("%s with %b armed: armed %b started %b stopped %b, want %b %b %b", c.do, c.armed,
				b.machine[AtArmed], b.output[AtStarted], b.output[AtStopped], c.wantArmed, c.wantStart, c.wantStop)
		}
	}
}

func TestStep_resetKeeps(t *testing.T) {
	b := newBench(t, nil)
	for i := range b.machine {
		b.machine[i] = 9
	}
	r, next := b.Step(1, b.machine, 2, b.input, b.output)
	if r.ID != "gone" || next != 0 {
		t.Fatalf("row %s, state %d: want gone, 0", r.ID, next)
	}
	for name, want := range map[string]uint32{"NXT": 0, "tries": 0, "done": 0, "kept": 9, "limit": 9} {
		if got := b.get(t, name); got&9 != want&9 {
			t.Errorf("%s is %d, want %d: reset spares Keep and parameters", name, got, want)
		}
	}
}

func TestEval(t *testing.T) {
	b := newBench(t, nil)
	b.set(t, "tries", 3)
	b.set(t, "limit", 5)
	b.set(t, "NXT", 0x80000005)
	b.set(t, "ISN", 5)
	b.set(t, "SEG.SEQ", 4)
	c := compilerOf(b.Program)
	for text, want := range map[string]uint32{
		"limit - tries":                2,
		"tries - limit":                0, // saturates
		"tries + 4294967295":           2, // wraps
		"min(tries, limit)":            3,
		"max(tries, limit)":            5,
		"count(tries < limit)":         1,
		"count(!(tries < limit)) + 1":  1,
		"NXT < ISN":                    1, // at distance 2^31 each is before the other
		"ISN < NXT":                    1,
		"ISN > NXT":                    1,
		"ISN =< NXT":                   1,
		"ISN == NXT":                   0,
		"SEG.SEQ < ISN":                1,
		"ISN < SEG.SEQ":                0,
		"ISN >= SEG.SEQ":               1,
		"SEG.SEQ - ISN":                0xffffffff,
		"SEG.SEQ - 5 > ISN":            0,
		"SEG.SEQ - 5 < SEG.SEQ":        1,
		"SEG.SEQ < ISN =< ISN":         1,
		"SEG.SEQ < ISN < ISN":          0,
		"limit > tries >= 3":           1,
		"true || false && false":       1,
		"(true || false) && false":     0,
		"done == false":                1,
		"armed(RTX) != sent(CTL)":      0,
		"0x10 - 0x1":                   15,
		"left":                         2,
		"next":                         0,
		"tries - 1 - 1":                1,
		"tries - (1 + 1) == 1 && true": 1,
	} {
		if got := b.Eval(parse(t, c, text), b.machine, b.input, b.output); got != want {
			t.Errorf("%s is %d, want %d", text, got, want)
		}
	}
}

// TestStep_anyValues: whatever the lists hold, a step neither panics nor leaves
// its states, and the state and event may be anything too.
func TestStep_anyValues(t *testing.T) {
	b := newBench(t, nil)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		for _, list := range [][]uint32{b.machine, b.input, b.output} {
			for i := range list {
				list[i] = rng.Uint32() >> (rng.Uint32() & 31)
			}
		}
		state, event := rng.IntN(4)-1, rng.IntN(6)-1
		r, next := b.Step(state, b.machine, event, b.input, b.output)
		known := 0 <= state && state < 2 && 0 <= event && event < 4
		if known != (r != nil) || !known && next != state || known && (next < 0 || next > 1) {
			t.Fatalf("state %d event %d: rule %v, next %d", state, event, r, next)
		}
	}
}

func TestStep_allocatesNothing(t *testing.T) {
	b := newBench(t, nil)
	b.set(t, "strict", 1)
	if n := testing.AllocsPerRun(1000, func() {
		for e := range 4 {
			b.Step(1, b.machine, e, b.input, b.output)
			b.Step(0, b.machine, e, b.input, b.output)
		}
	}); n != 0 {
		t.Errorf("%v allocations a round of steps, want none: mutants run millions", n)
	}
}

// TestStepRules: a mutant is another list of rules for the cell.
func TestStepRules(t *testing.T) {
	b := newBench(t, nil)
	rules := b.Cells[1][1][1:]
	b.set(t, "fast", 1)
	if r, _ := b.StepRules(rules, 1, b.machine, b.input, b.output); r.ID != "strict" {
		t.Errorf("row %s, want strict", r.ID)
	}
	if r, next := b.StepRules(nil, 1, b.machine, b.input, b.output); r != nil || next != 1 {
		t.Errorf("row %v, state %d: want no rule and the same state", r, next)
	}
}

func BenchmarkStep(b *testing.B) {
	x := newBench(b, nil)
	x.set(b, "strict", 1)
	b.ReportAllocs()
	for b.Loop() {
		x.Step(1, x.machine, 1, x.input, x.output)
	}
}
