package gen

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/spec"
)

func TestPromela_golden(t *testing.T) {
	golden(t, "link/machine.pml", must(renderPromela(compiled(t, linkMachine()), "test/link"))[0].Data)
}

func TestPromela_refuses(t *testing.T) {
	nested := func(depth int) func(*spec.Machine) {
		return func(m *spec.Machine) {
			for i := range depth {
				a := spec.Action{Name: fmt.Sprint("nested", i), Do: "flagged = true"}
				if i > 0 {
					a.Do = fmt.Sprint("nested", i-1)
				}
				m.Actions = append(m.Actions, a)
			}
			row := &m.Tables[0].Rows[0]
			row.Do += fmt.Sprint("; nested", depth-1)
		}
	}
	for _, c := range []struct {
		name, want    string
		before, after func(*spec.Machine) // it is compiled
	}{
		{name: "a large number", want: "the number 536870912 does not fit", before: func(m *spec.Machine) { m.Tables[0].Rows[0].When += " || told > 0x20000000" }},
		{name: "deep actions", want: "action nested8 calls others 8 deep", before: nested(9)},
		{name: "many flags", want: "record MSG: 31 flags do not fit", after: func(m *spec.Machine) { m.Records[0].Flags = make([]spec.Name, 31) }},
		{name: "many timers", want: "Timers: 31 timers do not fit", after: func(m *spec.Machine) { m.Timers = make([]spec.Timer, 31) }},
		{name: "many signals", want: "Signals: 31 signals do not fit", after: func(m *spec.Machine) { m.Signals = make([]spec.Name, 31) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := randomMachine(validSeed(t))
			if c.before != nil {
				c.before(m)
			}
			p := compiled(t, m)
			if c.after != nil {
				c.after(p.Machine)
			}
			if _, err := renderPromela(p, "x"); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want %q", err, c.want)
			}
		})
	}
	m := randomMachine(validSeed(t))
	nested(8)(m)
	if _, err := renderPromela(compiled(t, m), "x"); err != nil {
		t.Errorf("seven calls deep: %v", err)
	}
}

// validSeed is the seed of a random machine that compiles.
func validSeed(t *testing.T) uint64 {
	t.Helper()
	for seed := uint64(1); seed < 100; seed++ {
		if _, err := spec.Compile(randomMachine(seed)); err == nil {
			return seed
		}
	}
	t.Fatal("no random machine compiles")
	return 0
}

// Whatever rows share in one list of effects, each finds its own in order.
func TestPromela_effectsKeepTheirOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		var all []effect
		var want []string
		for i := range 5 {
			var own []effect
			text := ""
			for range r.IntN(6) {
				code := string(rune('a' + r.IntN(4)))
				own, text = append(own, effect{code, []int{i}}), text+code
			}
			all, want = merged(all, own), append(want, text)
		}
		for i := range want {
			got := ""
			for _, e := range together(all) {
				for _, j := range e.rules {
					if i == j {
						got += e.code
					}
				}
			}
			if got != want[i] {
				t.Fatalf("row %d runs %q, want %q of %q", i, got, want[i], want)
			}
		}
	}
}

// The Promela of random machines, of the link and of TCP does in every step what
// the interpreter does: row, state, memory, output, invariants.
func TestPromela_agrees(t *testing.T) {
	if testing.Short() {
		t.Skip("builds model checkers")
	}
	for _, program := range []string{"spin", "gcc"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed: apt-get install spin gcc", program)
		}
	}
	// The values of a send are computed before its slot changes; and no text ends a
	// comment.
	m := randomMachine(validSeed(t))
	for i := range m.Tables[0].Rows {
		row := &m.Tables[0].Rows[i]
		row.Do = strings.TrimPrefix(row.Do+"; OUT0.B = number; send(OUT0, F0|F1, MSG.A, OUT0.B + 1, OUT0.B == number)", "; ")
	}
	const bad = "*/ int x; /* \" ' \\\n#error"
	m.Title, m.Defs[0].Doc, m.Actions[0].Doc, m.Events[0].Doc, m.Invariants[0].Doc = bad, bad, bad, bad, bad
	programs := []*spec.Program{compiled(t, linkMachine()), tcpTable(t), compiled(t, m)}
	for seed := validSeed(t) + 1; len(programs) < 6; seed++ {
		if p, err := spec.Compile(randomMachine(seed)); err == nil {
			programs = append(programs, p)
		}
	}
	for i, p := range programs {
		t.Run(fmt.Sprint(p.Machine.Name, " ", i), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, "machine.pml"), must(renderPromela(p, "x"))[0].Data)
			const n = 100
			steps, rows := newPromelaSteps(p, i).draw(n)
			t.Logf("%d rows of %d fired", rows, len(p.Rows))
			writeFile(t, filepath.Join(dir, "steps.pml"), []byte(steps))
			shell(t, dir, "spin", "-DWORD_BITS=30", "-a", "steps.pml")
			shell(t, dir, "gcc", "-DSAFETY", "-DNOREDUCE", "-w", "-o", "pan", "pan.c")
			out := shell(t, dir, "./pan", "-w10")
			if !strings.Contains(out, "errors: 0\n") || !strings.Contains(out, fmt.Sprintf(" %d states, stored\n", n+2)) {
				t.Errorf("the steps disagree with the interpreter's:\n%s", out)
			}
		})
	}
}

func shell(t *testing.T, dir, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", program, args, err, out[:min(len(out), 4000)])
	}
	return string(out)
}

// promelaSteps prints steps of a machine, each with what the interpreter makes of
// it as assertions.
type promelaSteps struct {
	*rand.Rand
	p    *spec.Program
	g    *promela
	bits [2][]uint32
	out  strings.Builder
}

func newPromelaSteps(p *spec.Program, machine int) *promelaSteps {
	return &promelaSteps{Rand: rand.New(rand.NewPCG(uint64(machine), 3)), p: p, g: newPromela(p), bits: valueBits(p)}
}

// draw prints a model of n steps, and reports how many different rows fire.
func (d *promelaSteps) draw(n int) (model string, rows int) {
	for _, s := range d.p.Symbols {
		if s.Kind == spec.ParamSymbol || s.Kind == spec.OptionSymbol {
			fmt.Fprintf(&d.out, "hidden int set_%s;\n#define %[1]s set_%[1]s\n", d.g.symbols[s])
		}
	}
	d.out.WriteString("#include \"machine.pml\"\ninit {\n")
	fired := map[int]bool{}
	state, memory := 0, make([]uint32, len(d.p.Layout.Machine))
	for i := range n {
		if i%6 == 0 || !small(memory) {
			state, memory = d.IntN(len(d.p.Cells)), d.list(len(memory), machineList)
		}
		row, next := d.step(state, memory)
		fired[row], state = true, next
	}
	d.out.WriteString("}\n")
	return d.out.String(), len(fired)
}

// step prints one step and takes it.
func (d *promelaSteps) step(state int, memory []uint32) (row, next int) {
	event, input := d.IntN(len(d.p.Machine.Events)), d.list(len(d.p.Layout.Input), inputList)
	output := make([]uint32, len(d.p.Layout.Output))
	fmt.Fprintf(&d.out, "d_step {\n\tm_state = %d;\n\tm_armed = %d;\n", state, memory[spec.AtArmed])
	d.values(func(name string, value uint32) { fmt.Fprintf(&d.out, "\t%s = %d;\n", name, value) }, memory, input, nil)
	fmt.Fprintf(&d.out, "\t%s();\n", d.g.events[event])
	rule, next := d.p.Step(state, memory, event, input, output)
	fmt.Fprintf(&d.out, "\tassert(m_row == %d && m_state == %d && m_armed == %d);\n", rule.Index+1, next, memory[spec.AtArmed])
	fmt.Fprintf(&d.out, "\tassert(out_started == %d && out_stopped == %d && out_signals == %d && out_answer == %d);\n",
		output[spec.AtStarted], output[spec.AtStopped], output[spec.AtSignals], output[spec.AtAnswer])
	d.values(func(name string, value uint32) { fmt.Fprintf(&d.out, "\tassert(%s == %d);\n", name, value) }, memory, nil, output)
	holds := map[bool]int{true: 1}[broken(d.p, next, memory) == ""]
	fmt.Fprintf(&d.out, "\tassert(invariants_hold == %d)\n}\n", holds)
	return rule.Index, next
}

// values calls f with everything in the lists that are not nil.
func (d *promelaSteps) values(f func(name string, value uint32), memory, input, output []uint32) {
	words := map[string]bool{} // of flags
	for _, s := range d.p.Symbols {
		name, list := d.g.symbols[s], memory
		switch s.Kind {
		case spec.OptionSymbol:
			f("set_"+name, memory[s.Index]>>s.Bit&1)
			continue
		case spec.ParamSymbol:
			name = "set_" + name
		case spec.ArgSymbol, spec.FieldSymbol:
			list = input
		case spec.FieldFlagSymbol:
			name, list = d.g.records[s.Record], input
		case spec.SlotFlagSymbol:
			name, list = d.g.slots[s.Slot], output
		case spec.SlotSymbol, spec.OutSymbol:
			list = output
		}
		if list == nil || words[name] {
			continue
		}
		words[name] = true
		if s.Bit >= 0 {
			f(name, list[s.Index])
		} else {
			f(name, narrow(list[s.Index]))
		}
	}
}

// list draws small numbers on both sides of 0 and of half of the circle: with
// them, arithmetic and order are the same for every number of bits.
func (d *promelaSteps) list(n, which int) []uint32 {
	list := make([]uint32, n)
	for i := range list {
		list[i] = (uint32(d.IntN(12)) - 4 + uint32(d.IntN(4)/3)<<31) & d.bits[which][i]
	}
	return list
}

// narrow is a number of 32 bits near 0 or near half of the circle as one of 30 bits.
func narrow(x uint32) uint32 {
	half := (x + 1<<30) >> 31
	return (x - half<<31 + half<<29) & (1<<30 - 1)
}

// small reports whether all numbers are near enough for narrow.
func small(list []uint32) bool {
	for _, x := range list[spec.AtArmed+1:] {
		if x+1<<20 >= 1<<21 && x+1<<31+1<<20 >= 1<<21 {
			return false
		}
	}
	return true
}
