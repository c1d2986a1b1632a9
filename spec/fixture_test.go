package spec

import (
	"slices"
	"strings"
	"testing"
)

const (
	idle StateSet = 1 << iota
	busy
)

const (
	opened EventSet = 1 << iota
	arrived
	expired
	bored
)

// fixture is a machine with at least one of everything, for tests that need
// names to write texts with. Its rows use everything it declares.
func fixture() *Machine {
	return &Machine{
		Name:   "fixture",
		Source: "RFC 1",
		States: []State{{ID: idle, Name: "IDLE"}, {ID: busy, Name: "BUSY", Alias: "AT-WORK"}},
		Events: []Event{
			{ID: opened, Name: "Open", Text: "active OPEN", Args: []Var{{Name: "n", Type: Size}, {Name: "urgent", Type: Flag}, {Name: "ISN", Type: Seq}}},
			{ID: arrived, Name: "Segment", Takes: "SEG", Args: []Var{{Name: "n", Type: Size}, {Name: "urgent", Type: Flag}, {Name: "ISN", Type: Seq}}},
			{ID: expired, Name: "Expire", Timer: "RTX"},
			{ID: bored, Name: "Bored", Timer: "User"},
		},
		Records: []Record{{Name: "SEG", Go: "Segment",
			Fields: []Var{{Name: "SEQ", Type: Seq}, {Name: "ACK", Type: Seq}, {Name: "LEN", Type: Size}},
			Flags:  []Name{{Name: "FIN"}, {Name: "SYN"}, {Name: "ACK"}}}},
		Slots:   []Slot{{Name: "CTL", Of: "SEG"}, {Name: "DATA", Of: "SEG"}},
		Params:  []Var{{Name: "limit", Type: Size}},
		Vars:    []Var{{Name: "NXT", Type: Seq}, {Name: "tries", Type: Size}, {Name: "done", Type: Flag}, {Name: "kept", Type: Size, Keep: true}},
		Outs:    []Var{{Name: "taken", Type: Size}},
		Timers:  []Timer{{Name: "RTX"}, {Name: "User"}},
		Signals: []Name{{Name: "up"}, {Name: "down"}},
		Answers: []Name{{Name: "ok"}, {Name: "no"}},
		Options: []Option{{Name: "strict"}, {Name: "fast"}},
		Profiles: []Profile{
			{Name: "literal", Options: "strict", Default: true},
			{Name: "quick", Options: "fast strict"},
		},
		Defs: []Def{
			{Name: "next", Is: "SEG.SEQ == NXT"},
			{Name: "SEG.END", Is: "SEG.LEN + count(SYN) + count(FIN)"},
			{Name: "left", Is: "limit - tries"},
		},
		Actions: []Action{
			{Name: "begin", Do: "NXT = ISN; send(CTL, SYN, NXT, 0, 0); start(RTX, User)"},
			{Name: "over", Do: "signal(down); reset"},
		},
		Tables: []Table{{Title: "all", Rows: []Row{
			{ID: "open", In: idle, On: opened, To: busy, Do: "begin", Cite: "1", Why: "w"},
			{ID: "open.busy", In: busy, On: opened, Do: "answer(no)", Cite: "1", Why: "w"},
			{ID: "text", In: busy, On: arrived, When: "next && !done && SEG.END > 0",
				Do: "NXT = NXT + SEG.END; taken = SEG.LEN; kept = kept + 1; signal(up)", Cite: "1", Why: "w"},
			{ID: "strict", In: busy, On: arrived, When: "strict || fast", Do: "send(DATA, ACK, NXT, SEG.SEQ, n); done = urgent", Cite: "1", Why: "w"},
			{ID: "else", In: idle | busy, On: arrived, Do: "drop", Cite: "1", Why: "w"},
			{ID: "again", In: busy, On: expired, When: "left > 0 && armed(RTX)", Do: "tries = tries + 1; start(RTX)", Cite: "1", Why: "w"},
			{ID: "gone", In: busy, On: expired, To: idle, Do: "over", Cite: "1", Why: "w"},
			{ID: "late", In: idle, On: expired, Do: "drop", Cite: "1", Why: "w"},
			{ID: "bored", In: idle | busy, On: bored, Do: "drop", Cite: "1", Why: "w"},
		}}},
		Diagram: Diagram{Folds: []Fold{{Note: "all of it", Rows: "open gone"}}},
	}
}

// program compiles the fixture after a change to it.
func program(t testing.TB, change func(m *Machine)) *Program {
	t.Helper()
	m := fixture()
	if change != nil {
		change(m)
	}
	p, err := Compile(m)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A bench is a program with lists to run it on.
type bench struct {
	*Program
	machine, input, output []uint32
}

func newBench(t testing.TB, change func(m *Machine)) *bench {
	p := program(t, change)
	return &bench{p, make([]uint32, len(p.Layout.Machine)), make([]uint32, len(p.Layout.Input)), make([]uint32, len(p.Layout.Output))}
}

func (b *bench) set(t testing.TB, name string, v uint32) {
	t.Helper()
	s := b.Symbol(name)
	if s == nil {
		t.Fatalf("no symbol %s", name)
	}
	f := frame{b.Program, b.machine, b.input, b.output}
	f.store(s, v)
}

func (b *bench) get(t testing.TB, name string) uint32 {
	t.Helper()
	s := b.Symbol(name)
	if s == nil {
		t.Fatalf("no symbol %s", name)
	}
	return b.Eval(Ref{s}, b.machine, b.input, b.output)
}

// compilerOf gives a compiler that knows the names of a program's machine.
func compilerOf(p *Program) *compiler {
	c := &compiler{m: p.Machine, p: &Program{Machine: p.Machine}, names: map[string]*named{}, carried: map[*Symbol]uint64{}}
	c.declare()
	for _, d := range c.defs {
		c.define(d, place{})
	}
	return c
}

// parse compiles a text as an expression over the fixture.
func parse(t testing.TB, c *compiler, text string) Expr {
	t.Helper()
	c.diags = nil
	x, _ := c.expression(place{at: &text, off: -1}, text)
	if len(c.diags) > 0 {
		t.Fatalf("%q: %v", text, c.diags)
	}
	return x
}

func slicesByName(list []*Symbol) {
	slices.SortFunc(list, func(a, b *Symbol) int { return strings.Compare(a.Name, b.Name) })
}
