package gen

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/tcpfsm/tcpfsm/spec"
)

// A promela prints one program as Promela, the language of the model checker
// SPIN. What a step works on lives in hidden variables, which are no part of
// SPIN's states; the typedef is how a model stores a machine between steps.
type promela struct {
	p   *spec.Program
	m   *spec.Machine
	out strings.Builder

	taken   map[string]bool // names of the whole file
	symbols map[*spec.Symbol]string
	defs    map[*spec.Definition]string
	actions map[*spec.Procedure]string
	checks  []string
	aside   []string // values of a send that are computed before the slot changes

	states, events, timers, signals, answers []string
	flags                                    [][]string // constants, by record
	slots, records                           []string   // words of flags
	typ                                      string
}

// maxPromelaBits is how many bits of an int of Promela are used: an int has 32
// with a sign, and the sum of two numbers must still fit.
const maxPromelaBits = 30

// maxInline is how deep calls may be nested: SPIN allows 16 inlines in each
// other, of which an event is one and the model's own some more.
const maxInline = 8

// renderPromela prints the machine for SPIN.
func renderPromela(p *spec.Program, from string) ([]File, error) {
	if err := checkPromela(p); err != nil {
		return nil, err
	}
	g := newPromela(p)
	// What runs decides how many values must be kept aside.
	g.parts()
	g.eventInlines()
	g.invariants()
	code := g.out.String()
	g.out.Reset()
	g.printf("/* %s */\n\n", commentText(header(from)))
	g.about()
	g.arithmetic()
	g.options()
	g.constants()
	g.memory()
	return []File{{"machine.pml", []byte(g.out.String() + code)}}, nil
}

// checkPromela refuses what the ints and inlines of Promela can't hold.
func checkPromela(p *spec.Program) error {
	m := p.Machine
	refuse := func(what string, n int, of string) error {
		return fmt.Errorf("gen: machine %s: %s: %d %s do not fit the %d bits of a Promela int: split the machine in two, or leave the target promela out", m.Name, what, n, of, maxPromelaBits)
	}
	if n := len(m.Timers); n > maxPromelaBits {
		return refuse("Timers", n, "timers")
	}
	if n := len(m.Signals); n > maxPromelaBits {
		return refuse("Signals", n, "signals")
	}
	for _, r := range m.Records {
		if n := len(r.Flags); n > maxPromelaBits {
			return refuse("record "+r.Name, n, "flags")
		}
	}
	if n := largestNumber(p); n>>(maxPromelaBits-1) != 0 {
		return fmt.Errorf("gen: machine %s: the number %d does not fit Promela, whose ints have %d bits here: make it a parameter, or leave the target promela out", m.Name, n, maxPromelaBits)
	}
	for _, a := range p.Actions {
		if d := callDepth(a.Body); d >= maxInline {
			return fmt.Errorf("gen: machine %s: action %s calls others %d deep, and SPIN allows about %d: write some of them out", m.Name, a.Name, d, maxInline)
		}
	}
	return nil
}

// callDepth is how many actions are nested in effects.
func callDepth(body []spec.Stmt) int {
	deepest := 0
	for _, s := range body {
		switch s := s.(type) {
		case spec.Do:
			deepest = max(deepest, 1+callDepth(s.Action.Body))
		case spec.If:
			deepest = max(deepest, callDepth(s.Then), callDepth(s.Else))
		}
	}
	return deepest
}

// newPromela finds a name for everything. The prefix says what a name is, so that
// none is a keyword, and names of different kinds never meet; two of one kind that
// differ only in a dot or a hyphen get an underscore.
func newPromela(p *spec.Program) *promela {
	g := &promela{
		p: p, m: p.Machine, taken: map[string]bool{}, symbols: map[*spec.Symbol]string{},
		defs: map[*spec.Definition]string{}, actions: map[*spec.Procedure]string{}, typ: p.Machine.Type,
	}
	if g.typ == "" {
		g.typ = "Machine"
	}
	for _, name := range []string{"m_state", "m_armed", "m_row", "out_started", "out_stopped", "out_signals", "out_answer"} {
		g.taken[name] = true
	}
	m := p.Machine
	collect(m.States, &g.states, func(s spec.State) string { return g.name("STATE_", s.Name) })
	collect(m.Events, &g.events, func(e spec.Event) string { return g.name("event_", e.Name) })
	collect(m.Timers, &g.timers, func(t spec.Timer) string { return g.name("TIMER_", t.Name) })
	collect(m.Signals, &g.signals, func(s spec.Name) string { return g.name("SIGNAL_", s.Name) })
	collect(m.Answers, &g.answers, func(a spec.Name) string { return g.name("ANSWER_", a.Name) })
	collect(m.Records, &g.flags, func(r spec.Record) (names []string) {
		collect(r.Flags, &names, func(f spec.Name) string { return g.name(r.Name+"_", f.Name) })
		return names
	})
	collect(m.Records, &g.records, func(r spec.Record) string { return g.name("in_", r.Name+".flags") })
	collect(m.Slots, &g.slots, func(s spec.Slot) string { return g.name("out_", s.Name+".flags") })
	for _, s := range p.Symbols {
		if prefix := symbolPrefix[s.Kind]; prefix != "" {
			g.symbols[s] = g.name(prefix, s.Name)
		}
	}
	for _, d := range p.Defs {
		g.defs[d] = g.name("is_", d.Name)
	}
	for _, a := range p.Actions {
		g.actions[a] = g.name("do_", a.Name)
	}
	collect(p.Checks, &g.checks, func(c *spec.Check) string { return g.name("holds_", c.Name) })
	return g
}

// symbolPrefix tells the kinds of symbols apart. Flags of records and slots have
// no variable of their own.
var symbolPrefix = map[spec.SymbolKind]string{
	spec.VarSymbol: "m_", spec.ParamSymbol: "p_", spec.OptionSymbol: "opt_", spec.ArgSymbol: "in_",
	spec.FieldSymbol: "in_", spec.SlotSymbol: "out_", spec.OutSymbol: "out_",
}

// collect appends what f makes of every element of a list.
func collect[A, B any](list []A, to *[]B, f func(A) B) {
	for _, a := range list {
		*to = append(*to, f(a))
	}
}

func (g *promela) name(prefix, name string) string {
	id := prefix + strings.Join(words(name), "_")
	for g.taken[id] {
		id += "_"
	}
	g.taken[id] = true
	return id
}

func (g *promela) printf(format string, args ...any) { fmt.Fprintf(&g.out, format, args...) }

// comment prints text as one comment; the text can't end it.
func (g *promela) comment(text string) {
	g.printf("/* %s */\n", strings.Join(fill(commentText(text), longLine-10), "\n * "))
}

// commentText is text that does not end the comment that it stands in, nor makes
// the preprocessor join lines.
func commentText(text string) string {
	return strings.NewReplacer("*/", "* /", "/*", "/ *", "\\", "/", "\n", " ").Replace(text)
}

// heading begins a part of the file.
func (g *promela) heading(text string) {
	g.printf("\n")
	g.comment(text)
}

func (g *promela) about() {
	title := g.m.Title
	if g.m.Source != "" {
		title += " (" + g.m.Source + ")"
	}
	g.comment(fmt.Sprintf("%s, for SPIN. A model includes this file and stores each of its machines in a %s. "+
		"To run an event, in a d_step: load_%[2]s(it), set the in_ variables that the event takes, event_NAME(), read the out_ variables, store_%[2]s(it). "+
		"Everything but the typedef is hidden: it is no part of SPIN's states and keeps nothing from one step to the next.", title, g.typ))
}

// arithmetic prints the operators of the notation for words of WORD_BITS bits.
func (g *promela) arithmetic() {
	g.heading("Numbers have WORD_BITS bits instead of 32, and wrap. All comparisons come out as with 32 bits as long as " +
		"two places in sequence space are less than 2^(WORD_BITS-1) apart and sizes are less than that. " +
		"Of what is stored, a place takes WORD_BITS and a size SIZE_BITS.")
	need := bits.Len32(largestNumber(g.p)) + 1
	g.printf("#ifndef WORD_BITS\n#define WORD_BITS %d\n#endif\n#ifndef SIZE_BITS\n#define SIZE_BITS WORD_BITS\n#endif\n", max(16, need))
	g.printf("#if WORD_BITS < %d || WORD_BITS > %d || SIZE_BITS < 1 || SIZE_BITS > WORD_BITS\n", max(2, need), maxPromelaBits)
	g.printf("#error \"WORD_BITS must be %d to %d, and SIZE_BITS 1 to WORD_BITS\"\n#endif\n", max(2, need), maxPromelaBits)
	g.printf(`#define WORD_MASK     ((1 << WORD_BITS) - 1)
#define plus(x, y)    (((x) + (y)) & WORD_MASK)
#define ahead(x, y)   (((x) - (y)) & WORD_MASK)
#define minus(x, y)   ((x) > (y) -> (x) - (y) : 0)
#define least(x, y)   ((x) < (y) -> (x) : (y))
#define most(x, y)    ((x) < (y) -> (y) : (x))
#define before(x, y)  ((((x) - (y)) >> (WORD_BITS - 1)) & 1)
`)
}

// options prints each option as a constant, decided by the preprocessor, so that
// SPIN sees only what the profile leaves.
func (g *promela) options() {
	if len(g.m.Options) == 0 {
		return
	}
	g.heading("Options are constants: -DOPTIONS=PROFILE_..., or a set of bits.")
	def := uint32(0)
	var names []string
	for i, f := range g.m.Profiles {
		names = append(names, g.name("PROFILE_", f.Name))
		g.printf("#define %s 0x%x\n", names[i], g.p.Profiles[i])
		if f.Default {
			def = g.p.Profiles[i]
		}
	}
	g.printf("#ifndef OPTIONS\n#define OPTIONS 0x%x\n#endif\n", def)
	for _, s := range g.p.Symbols {
		if s.Kind == spec.OptionSymbol {
			n := g.symbols[s]
			g.printf("#ifndef %s\n#if OPTIONS & 0x%x\n#define %[1]s 1\n#else\n#define %[1]s 0\n#endif\n#endif\n", n, uint32(1)<<s.Bit)
		}
	}
}

// constants prints what the numbers in states and words of bits mean.
func (g *promela) constants() {
	g.heading("States, and the bits of timers, signals and flags.")
	g.numbered(g.states, func(i int) int { return i })
	bit := func(i int) int { return 1 << i }
	g.numbered(g.timers, bit)
	g.numbered(g.signals, bit)
	for _, flags := range g.flags {
		g.numbered(flags, bit)
	}
	g.numbered(g.answers, func(i int) int { return i })
	if n := len(g.m.Params); n > 0 {
		g.heading("Parameters are constants, too.")
	}
	for _, s := range g.p.Symbols {
		if s.Kind == spec.ParamSymbol {
			g.printf("#ifndef %s\n#define %[1]s 0\n#endif\n", g.symbols[s])
		}
	}
}

func (g *promela) numbered(names []string, number func(int) int) {
	for i, n := range names {
		g.printf("#define %s %d\n", n, number(i))
	}
}

// memory prints what a step works on, and how a machine is kept between steps.
func (g *promela) memory() {
	g.heading("What a step works on: the machine, what comes in, what goes out, the number of the row that fired.")
	g.printf("hidden int m_row, m_state, m_armed, out_started, out_stopped, out_signals, out_answer;\n")
	for _, n := range slices.Concat(g.records, g.slots, g.aside) {
		g.printf("hidden int %s;\n", n)
	}
	var kept []*spec.Symbol
	for _, s := range g.p.Symbols {
		switch s.Kind {
		case spec.VarSymbol:
			kept = append(kept, s)
			fallthrough
		case spec.ArgSymbol, spec.FieldSymbol, spec.SlotSymbol, spec.OutSymbol:
			g.printf("hidden int %s;\n", g.symbols[s])
		}
	}
	g.heading("A machine between steps.")
	g.printf("typedef %s {\n\tunsigned m_state : %d;\n", g.typ, max(1, bits.Len(uint(len(g.states)-1))))
	load, store := "\tm_state = x.m_state;\n", "\tx.m_state = m_state;\n"
	if len(g.timers) > 0 {
		g.printf("\tunsigned m_armed : %d;\n", len(g.timers))
		load, store = load+"\tm_armed = x.m_armed;\n", store+"\tx.m_armed = m_armed;\n"
	}
	fits := "1"
	for _, s := range kept {
		n := g.symbols[s]
		g.printf("\tunsigned %s : %s;\n", n, storedBits[s.Type])
		load, store = load+fmt.Sprintf("\t%s = x.%[1]s;\n", n), store+fmt.Sprintf("\tx.%s = %[1]s;\n", n)
		if s.Type == spec.Size {
			fits += " && " + n + " >> SIZE_BITS == 0"
		}
	}
	g.printf("}\n\ninline load_%s(x)\n{\n%s}\n\ninline store_%[1]s(x)\n{\n%[3]s}\n\n", g.typ, load, store)
	g.printf("/* Whether all sizes fit their places. */\n#define fits_%s (%s)\n", g.typ, fits)
}

var storedBits = map[spec.Type]string{spec.Flag: "1", spec.Seq: "WORD_BITS", spec.Size: "SIZE_BITS"}
