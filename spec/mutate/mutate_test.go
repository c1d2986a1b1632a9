package mutate_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/spec/mutate"
	"github.com/tcpfsm/tcpfsm/spec/tcp"
)

const (
	open spec.StateSet = 1 << iota
	shut
)

const (
	push spec.EventSet = 1 << iota
	lock
)

// door has little enough that every mutant of it can be read.
var door = spec.Machine{
	Name: "door", Type: "Door", Title: "door",
	States:  []spec.State{{ID: open, Name: "OPEN"}, {ID: shut, Name: "SHUT"}},
	Events:  []spec.Event{{ID: push, Name: "Push", Args: []spec.Var{{Name: "hard", Type: spec.Flag}}}, {ID: lock, Name: "Lock"}},
	Vars:    []spec.Var{{Name: "locked", Type: spec.Flag}, {Name: "uses", Type: spec.Size}},
	Options: []spec.Option{{Name: "stiff"}},
	Profiles: []spec.Profile{
		{Name: "plain", Default: true}, {Name: "stiff", Options: "stiff"},
	},
	Defs:    []spec.Def{{Name: "moves", Is: "!locked && 0 < uses < 9"}},
	Actions: []spec.Action{{Name: "count1", Do: "if uses < 9 { uses = uses + 1 }"}},
	Tables: []spec.Table{{Title: "all", Rows: []spec.Row{
		{ID: "push.stiff", In: shut, On: push, When: "stiff && !hard", Do: "drop", Why: "w"},
		{ID: "push.open", In: shut, On: push, When: "moves || hard", To: open, Do: "count1", Why: "w"},
		{ID: "push.locked", In: shut, On: push, When: "locked", Do: "uses = 0", Why: "w"},
		{ID: "push.else", In: shut, On: push, Do: "drop", Why: "w"},
		{ID: "push.shut", In: open, On: push, To: shut, Do: "count1", Why: "w"},
		{ID: "lock", In: open | shut, On: lock, Do: "locked = true", Why: "w"},
	}}},
}

func compiled(t testing.TB, m *spec.Machine) *spec.Program {
	t.Helper()
	p, err := spec.Compile(m)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What is made of the door, what of it the compiler would refuse, and what makes
// no difference: without the option stiff its row never fires.
var doorMutants = `
push.stiff/delete: row push.stiff is deleted [no row that was changed ever fires under these options]
push.stiff/goto-OPEN: row push.stiff goes to OPEN, not back to where it was [no row that was changed ever fires under these options]
push.stiff/negate-guard: row push.stiff fires when !(stiff && !hard)
push.stiff/drop-conjunct-1: row push.stiff fires when !hard, without stiff {row push.locked never fires}
push.stiff/drop-conjunct-2: row push.stiff fires when stiff, without !hard [no row that was changed ever fires under these options]
push.open/delete: row push.open is deleted
push.open/goto-SHUT: row push.open goes to SHUT, not OPEN
push.open/drop-effect-1: row push.open lacks the effect count1
push.open/negate-guard: row push.open fires when !(moves || hard)
push.open/drop-guard: row push.open fires always, not when moves || hard {row push.locked never fires}
push.open/drop-disjunct-1: row push.open fires when hard, without moves
push.open/drop-disjunct-2: row push.open fires when moves, without hard
push.locked/delete: row push.locked is deleted
push.locked/goto-OPEN: row push.locked goes to OPEN, not back to where it was
push.locked/drop-effect-1: row push.locked lacks the effect uses = 0
push.locked/negate-guard: row push.locked fires when !locked
push.locked/drop-guard: row push.locked fires always, not when locked {row push.else never fires}
push.else/delete: row push.else is deleted {SHUT has no otherwise for Push}
push.else/goto-OPEN: row push.else goes to OPEN, not back to where it was
push.shut/delete: row push.shut is deleted {OPEN has no otherwise for Push}
push.shut/goto-OPEN: row push.shut goes to OPEN, not SHUT {no row leads to SHUT}
push.shut/drop-effect-1: row push.shut lacks the effect count1
lock/delete: row lock is deleted {OPEN has no otherwise for Lock}
lock/goto-OPEN: row lock goes to OPEN, not back to where it was
lock/goto-SHUT: row lock goes to SHUT, not back to where it was
lock/drop-effect-1: row lock lacks the effect locked = true
push.stiff/swap-push.open: row push.open is tried before row push.stiff [row push.stiff never fires here under these options]
push.open/swap-push.locked: row push.locked is tried before row push.open
push.locked/swap-push.else: row push.else is tried before row push.locked {row push.locked never fires}
def:moves/drop-conjunct-1: definition moves is 0 < uses < 9, without !locked
def:moves/drop-conjunct-2: definition moves is !locked, without 0 < uses < 9 {row push.else never fires}
def:moves/drop-conjunct-3: definition moves is !locked && uses < 9, without 0 < uses
def:moves/drop-conjunct-4: definition moves is !locked && 0 < uses, without uses < 9
action:count1/drop-effect-1: action count1 lacks the effect if uses < 9 { uses = uses + 1 }
action:count1/drop-effect-2: action count1 lacks the effect uses = uses + 1
`

func TestAll_door(t *testing.T) {
	p := compiled(t, &door)
	var lines []string
	for _, x := range mutate.All(p) {
		line := x.ID + ": " + x.Text
		if why := x.Program.Complaint(); why != "" {
			line += " {" + strings.TrimSuffix(why, " in SHUT") + "}"
		} else if why := x.Equivalent(p.Profiles[0]); why != "" {
			line += " [" + why + "]"
		}
		lines = append(lines, line)
	}
	want := strings.Split(strings.TrimSpace(doorMutants), "\n")
	for i := range max(len(lines), len(want)) {
		var got, expected string
		if i < len(lines) {
			got = lines[i]
		}
		if i < len(want) {
			expected = want[i]
		}
		if got != expected {
			t.Errorf("mutant %d:\n got %s\nwant %s", i+1, got, expected)
		}
	}
}

// A mutant runs: what was changed is done otherwise, and the table is as before.
func TestMutant_runs(t *testing.T) {
	p := compiled(t, &door)
	hard := []uint32{1}
	for _, x := range mutate.All(p) {
		if x.ID != "push.open/drop-effect-1" {
			continue
		}
		for name, c := range map[string]struct {
			program *spec.Program
			uses    uint32
		}{"table": {p, 1}, "mutant": {x.Program, 0}} {
			machine, output := make([]uint32, len(p.Layout.Machine)), make([]uint32, len(p.Layout.Output))
			rule, state := c.program.Step(1, machine, 0, hard, output)
			if uses := machine[len(machine)-1]; rule.ID != "push.open" || state != 0 || uses != c.uses {
				t.Errorf("%s: row %s to state %d with %d uses, want push.open to 0 with %d", name, rule.ID, state, uses, c.uses)
			}
		}
		if !x.Changed(1, 0) || x.Changed(0, 0) || !x.SameGuards(1, 0) || !x.Replaced(x.Program.Cells[1][0][1]) {
			t.Error("a mutant does not know what it changes")
		}
		return
	}
	t.Fatal("the mutant is gone")
}

func TestAll_idsAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, x := range mutate.All(compiled(t, &tcp.Machine)) {
		if seen[x.ID] {
			t.Errorf("%s: two mutants have this id", x.ID)
		}
		seen[x.ID] = true
	}
}

// Whatever is called equivalent does the same on values drawn at random, in every
// cell that is changed. Where the invariants are needed, only states in which they
// hold are drawn.
func TestEquivalent_isSo(t *testing.T) {
	p := compiled(t, &tcp.Machine)
	options, _ := p.Profile("recommended")
	r := rand.New(rand.NewPCG(1, 2))
	tried := map[bool]int{}
	for _, x := range mutate.All(p) {
		why := x.Equivalent(options)
		if why == "" {
			continue
		}
		given := strings.HasSuffix(why, "as long as the invariants hold")
		d := drawer{p: p, r: r, options: options, given: given}
		for s := range p.Cells {
			for e := range p.Cells[s] {
				if x.Changed(s, e) {
					tried[given] += d.compare(t, x, s, e)
				}
			}
		}
	}
	if tried[false] < 10000 || tried[true] < 1000 {
		t.Errorf("%d and %d steps were compared: too few to say anything", tried[false], tried[true])
	}
}

// A drawer draws machines and inputs.
type drawer struct {
	p       *spec.Program
	r       *rand.Rand
	options uint32
	given   bool
}

// compare runs table and mutant on the same values, and counts how often.
func (d *drawer) compare(t *testing.T, x *mutate.Mutant, state, event int) (n int) {
	rounds := 100
	if d.given {
		rounds = 1000 // in few of them the invariants hold
	}
	for range rounds {
		machine, input := d.machine(), d.list(len(d.p.Layout.Input))
		if d.given && !d.holds(state, machine) {
			continue
		}
		n++
		was, is := slices.Clone(machine), slices.Clone(machine)
		out1, out2 := make([]uint32, len(d.p.Layout.Output)), make([]uint32, len(d.p.Layout.Output))
		_, to1 := d.p.Step(state, was, event, input, out1)
		_, to2 := x.Program.Step(state, is, event, input, out2)
		if to1 != to2 || !slices.Equal(was, is) || !slices.Equal(out1, out2) {
			t.Errorf("%s (%s) is called equivalent (%s), and differs in state %s on %s:\nmachine %v input %v\n%d %v %v\n%d %v %v", x.ID, x.Text, x.Equivalent(d.options),
				d.p.Machine.States[state].Name, d.p.Machine.Events[event].Name, machine, input, to1, was, out1, to2, is, out2)
			return n
		}
	}
	return n
}

// list draws small values: comparisons then go either way.
func (d *drawer) list(n int) []uint32 {
	out := make([]uint32, n)
	for i := range out {
		out[i] = uint32(d.r.IntN(4))
		if d.r.IntN(4) == 0 {
			out[i] = d.r.Uint32N(64)
		}
	}
	return out
}

func (d *drawer) machine() []uint32 {
	m := d.list(len(d.p.Layout.Machine))
	m[spec.AtOptions] = d.options
	m[spec.AtArmed] = d.r.Uint32N(1 << len(d.p.Machine.Timers))
	for _, s := range d.p.Symbols {
		if s.Kind == spec.VarSymbol && (s.Type == spec.Flag || d.r.IntN(2) == 0) {
			m[s.Index] = d.r.Uint32N(2)
		}
	}
	if !d.given {
		return m
	}
	for _, s := range d.p.Symbols { // what no row of this profile changes
		if s.Name == "savedTW" || strings.HasPrefix(s.Name, "TW.") {
			m[s.Index] = 0
		}
	}
	for i, timer := range d.p.Machine.Timers {
		if timer.Name == "KeepAlive" {
			m[spec.AtArmed] &^= 1 << i
		}
	}
	return m
}

func (d *drawer) holds(state int, machine []uint32) bool {
	for _, c := range d.p.Checks {
		if slices.Contains(c.States, state) && d.p.Eval(c.Expr, machine, nil, nil) == 0 {
			return false
		}
	}
	return true
}

// What differs is not called equivalent: a mutant of which a drawn step shows it.
func TestEquivalent_isNotSaidOfWhatDiffers(t *testing.T) {
	p := compiled(t, &door)
	for _, id := range []string{"push.open/drop-disjunct-2", "push.locked/delete", "action:count1/drop-effect-2", "push.open/swap-push.locked"} {
		for _, x := range mutate.All(p) {
			if why := x.Equivalent(p.Profiles[0]); x.ID == id && why != "" {
				t.Errorf("%s is called equivalent: %s", id, why)
			}
		}
	}
}

func ExampleAll() {
	p, _ := spec.Compile(&door)
	for _, x := range mutate.All(p)[:2] {
		fmt.Println(x.ID)
	}
	// Output:
	// push.stiff/delete
	// push.stiff/goto-OPEN
}
