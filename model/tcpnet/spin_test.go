package tcpnet

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/gen"
	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/spec/tcp"
)

var spinSuite = flag.String("spin", "", "suite whose systems are all explored with SPIN, too: quick or standard")

// wordBits is how many bits a sequence number has in Promela. Ours stay within 512
// of 0 or of half of the circle.
const wordBits = 11

// needSpin skips a test where there is no SPIN.
func needSpin(t testing.TB) {
	t.Helper()
	for _, program := range []string{"spin", "gcc"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed: apt-get install spin gcc", program)
		}
	}
}

// narrowISS is an initial sequence number in the smaller circle: as far from 0 or
// from half of the circle as it was.
func narrowISS(t testing.TB, iss uint32) int {
	t.Helper()
	half := (iss + 1<<30) >> 31
	d := int32(iss - half<<31)
	if d <= -1<<(wordBits-2) || d >= 1<<(wordBits-2) {
		t.Fatalf("the initial sequence number %d is too far from 0 and 2^31 for %d bits", iss, wordBits)
	}
	return (int(half)<<(wordBits-1) + int(d)) & (1<<wordBits - 1)
}

// defines are the bounds as arguments of SPIN.
func defines(t testing.TB, b Bounds) []string {
	t.Helper()
	list := []string{
		fmt.Sprintf("-DWORD_BITS=%d", wordBits), fmt.Sprintf("-DOPTIONS=%d", b.Options),
		fmt.Sprintf("-DISS_A=%d", narrowISS(t, b.ISS[0])), fmt.Sprintf("-DISS_B=%d", narrowISS(t, b.ISS[1])),
	}
	define := func(name string, n int) {
		name = strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		list = append(list, fmt.Sprintf("-D%s=%d", name, n))
	}
	for _, f := range b.numbers()[:plain] {
		define(f.name, *f.n)
	}
	for _, f := range b.flags() {
		define(f.name, map[bool]int{true: 1}[*f.on])
	}
	return list
}

// A pan is a model checker that SPIN made of the system of some bounds.
type pan struct {
	dir string
}

// newPan generates the machine, and has it translated and compiled.
func newPan(t testing.TB, p *spec.Program, b Bounds, spinArgs, gccArgs []string) *pan {
	t.Helper()
	dir := t.TempDir()
	files := []gen.File{{Name: "net.pml"}}
	var err error
	if files[0].Data, err = os.ReadFile("promela/net.pml"); err != nil {
		t.Fatal(err)
	}
	for _, target := range gen.Targets() {
		if target.Name == "promela" {
			made, err := target.Render(p, "spec/tcp")
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, made...)
		}
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	runIn(t, dir, "spin", slices.Concat(defines(t, b), spinArgs, []string{"-a", "net.pml"})...)
	if slices.Contains(gccArgs, "-DBFS") {
		allowHidden(t, filepath.Join(dir, "pan.h"))
	}
	runIn(t, dir, "gcc", slices.Concat([]string{"-w", "-DSAFETY"}, gccArgs, []string{"-o", "pan", "pan.c"})...)
	return &pan{dir}
}

// allowHidden takes the line away by which pan refuses to search breadth first
// where variables are hidden, because it does not keep them with a state. Ours have
// nothing to keep: each step sets what it reads.
func allowHidden(t testing.TB, name string) {
	t.Helper()
	const refusal = "#error cannot use BFS on models with variables declared hidden"
	text, err := os.ReadFile(name)
	if err == nil && strings.Count(string(text), refusal) != 1 {
		t.Fatalf("%s does not refuse to search breadth first: take this function away", name)
	}
	if err == nil {
		err = os.WriteFile(name, []byte(strings.Replace(string(text), refusal, "", 1)), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// runIn runs a program in a directory, not longer than spinTimeout.
func runIn(t testing.TB, dir, program string, args ...string) (output string, usage *os.ProcessState) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), spinTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil || program != "./pan" && len(out) > 0 {
		t.Fatalf("%s %q: %v\n%s", program, args, errors.Join(err, ctx.Err()), out[:min(len(out), 4000)])
	}
	return string(out), cmd.ProcessState
}

// spinTimeout ends what hangs; a large system takes a minute or two.
const spinTimeout = 10 * time.Minute

// A panReport is what pan prints at its end.
type panReport struct {
	states, transitions uint64
	depth               int
	broken, reached     []string // ids of the assertions that failed, sorted
	deadlocks           bool
	memory              float64 // MB
	usage               *os.ProcessState
	wall                time.Duration
}

var (
	panStates      = regexp.MustCompile(`(?m)^ +(\d+) states, stored\b`)
	panTransitions = regexp.MustCompile(`(?m)^ *([0-9.e+]+) transitions \(= stored\+matched\)$`) // eight digits
	panHead        = regexp.MustCompile(`(?m)^State-vector \d+ byte, depth reached (\d+), errors: (\d+)$`)
	panMemory      = regexp.MustCompile(`(?m)^ *([0-9.]+)\ttotal actual memory usage$`)
	panAssertion   = regexp.MustCompile(`^pan:\d+: assertion violated +!\(?(broken|reached)_(\w+)\)? \(at depth \d+\)$`)
	panDeadlock    = regexp.MustCompile(`^pan:\d+: invalid end state \(at depth \d+\)$`)
	panHarmless    = regexp.MustCompile(`^pan: (wrote \S+\.trail|elapsed time .*|rate .*)$`)
)

// run runs pan to the end of the search.
func (p *pan) run(t testing.TB, args ...string) *panReport {
	t.Helper()
	begin := time.Now()
	out, usage := runIn(t, p.dir, "./pan", args...)
	r, err := parsePan(out)
	if err != nil {
		t.Fatalf("pan %q: %v\n%s", args, err, out[:min(len(out), 4000)])
	}
	r.usage, r.wall = usage, time.Since(begin)
	return r
}

// parsePan reads what pan prints. Whatever is not known to be harmless is an
// error, above all a search that was not completed.
func parsePan(out string) (*panReport, error) {
	r := &panReport{}
	errorLines := 0
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, "\r\n ")
		switch m := panAssertion.FindStringSubmatch(line); {
		case m != nil && m[1] == "broken":
			r.broken = append(r.broken, m[2])
			errorLines++
		case m != nil:
			r.reached = append(r.reached, m[2])
			errorLines++
		case panDeadlock.MatchString(line):
			r.deadlocks = true
			errorLines++
		case panHarmless.MatchString(line):
		case strings.HasPrefix(line, "pan:"), strings.Contains(line, "Search not completed"), strings.Contains(line, "rror:"), strings.Contains(line, "aximum"):
			return nil, fmt.Errorf("unexpected line %q", line)
		}
	}
	slices.Sort(r.broken)
	slices.Sort(r.reached)
	var failed uint64
	var depth uint64
	for _, f := range []struct {
		re    *regexp.Regexp
		group int
		to    *uint64
	}{{panStates, 1, &r.states}, {panTransitions, 1, &r.transitions}, {panHead, 1, &depth}, {panHead, 2, &failed}} {
		m := f.re.FindAllStringSubmatch(out, -1)
		if len(m) != 1 {
			return nil, fmt.Errorf("%d lines match %v, want one", len(m), f.re)
		}
		n, err := strconv.ParseFloat(m[0][f.group], 64) // exact up to 2^53
		if err != nil {
			return nil, err
		}
		*f.to = uint64(n)
	}
	r.depth = int(depth)
	if m := panMemory.FindStringSubmatch(out); m != nil {
		r.memory, _ = strconv.ParseFloat(m[1], 64)
	}
	// Of what repeats in the same words, pan prints the first only.
	if failed < uint64(errorLines) || failed > uint64(errorLines) && !r.deadlocks {
		return nil, fmt.Errorf("%d errors are counted and %d printed", failed, errorLines)
	}
	return r, nil
}

// withRows is the table with some rows changed, by their ids.
func withRows(t testing.TB, changes map[string]func(*spec.Row)) *spec.Program {
	t.Helper()
	m := tcp.Machine
	m.Tables = slices.Clone(m.Tables)
	changed := 0
	for i := range m.Tables {
		table := &m.Tables[i]
		table.Rows = slices.Clone(table.Rows)
		for j := range table.Rows {
			if change := changes[table.Rows[j].ID]; change != nil {
				change(&table.Rows[j])
				changed++
			}
		}
	}
	if changed != len(changes) {
		t.Fatalf("the table has %d of the %d rows to change", changed, len(changes))
	}
	return compile(t, &m)
}

func compile(t testing.TB, m *spec.Machine) *spec.Program {
	t.Helper()
	p, err := spec.Compile(m)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// failing are the ids of properties of some kinds that our explorer says fail.
func failing(r *Result, kinds ...model.Kind) []string {
	var ids []string
	for _, v := range r.Verdicts {
		if slices.Contains(kinds, v.Property.Kind) && v.Verdict == model.Fails {
			ids = append(ids, v.Property.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// SPIN, with another translation of the table, another encoding and another
// search, finds the same states, the same transitions, and the same verdicts.
func TestSpin_agrees(t *testing.T) {
	if testing.Short() {
		t.Skip("builds model checkers")
	}
	needSpin(t)
	do := func(effects string) func(*spec.Row) { return func(r *spec.Row) { r.Do = effects } }
	when := func(guard string) func(*spec.Row) { return func(r *spec.Row) { r.When = guard } }
	for _, c := range []struct {
		name, profile string
		oneWay        bool                       // only a sends
		breadth       bool                       // SPIN searches breadth first, so that depths agree, too
		deadlock      bool                       // is asked for
		changes       map[string]func(*spec.Row) // mistakes in the table
		broken        []string                   // what they must break
	}{
		{name: "handshake and close", profile: "recommended", breadth: true},
		{name: "simultaneous open, an octet each way", profile: "lwip", deadlock: true},
		{name: "half close, leave, abort", profile: "rfc9293", deadlock: true, broken: []string{"deadlock"}},
		{name: "simultaneous open, nothing is lost", profile: "recommended"},
		{name: "half close, leave, abort", profile: "recommended", oneWay: true, broken: []string{"P2", "P3", "P4", "P21", "acked", "invariants", "rst"},
			changes: map[string]func(*spec.Row){
				"estab.fin":        when("FIN"),
				"estab.segment":    do("ackProcess; takeText; RCV.NXT = RCV.NXT + take; push; ackText"),
				"closed.rst":       do("send(CTL, RST, SEG.SEQ, 0, 0, 0)"),
				"abort":            do("send(CTL, RST, SND.NXT, 0, 0, 0); signal(reset)"),
				"finwait2.segment": do("ackProcess; takeText; unread = 0; ackText"),
				"finwait2.fin":     do("ackProcess; takeText; takeFIN; enterTimeWait"),
				"closing.segment":  do("ackProcess; push; RCV.WND = 0"),
			}},
	} {
		t.Run(c.name+" "+c.profile, func(t *testing.T) {
			t.Parallel()
			p, machine := compile(t, &tcp.Machine), Machine(nil)
			if c.changes != nil {
				p = withRows(t, c.changes)
				machine = interpreter(p)
			}
			configs := suite(t, "quick", c.profile)
			i := slices.IndexFunc(configs, func(k Config) bool { return k.Name == c.name })
			configs[i].Bounds.OneWay = c.oneWay
			ours := run(t, configs[i], RunOptions{Machine: machine, KeepGoing: true, Workers: 1})
			t.Logf("we: %d states, %d transitions, %q fail", ours.States, ours.Transitions, failing(ours, model.Always, model.Step, model.Deadlock))
			spinAgrees(t, p, ours, c.breadth, c.deadlock)
			for _, id := range c.broken {
				if !slices.Contains(failing(ours, model.Always, model.Step, model.Deadlock), id) {
					t.Errorf("%s holds: this shows nothing", id)
				}
			}
		})
	}
}

// spinAgrees compares what our explorer found with what SPIN finds. A system in
// which SPIN may stop when both ends are CLOSED has a transition more for each
// state in which they are, and asks whether any other state has none.
func spinAgrees(t *testing.T, p *spec.Program, ours *Result, breadth, deadlock bool) {
	t.Helper()
	b := ours.Config.Bounds
	if !ours.Complete {
		t.Fatalf("%s is not complete: %s", ours.Config.Name, ours.Limit)
	}
	define, gcc, args := []string{"-DSOMETIMES"}, []string{"-O0", "-DNOREDUCE"}, []string{"-c0", "-m1000000", "-w20"}
	if breadth {
		gcc = append(gcc, "-DBFS")
	}
	if !deadlock {
		define, args = append(define, "-DEXACT"), append(args, "-E")
	}
	spins := newPan(t, p, b, define, gcc).run(t, args...)
	t.Logf("%d states, %d transitions, broken %q, reached %q", spins.states, spins.transitions, spins.broken, spins.reached)
	if want := deadlock && len(failing(ours, model.Deadlock)) > 0; spins.deadlocks != want {
		t.Errorf("SPIN says %v to a deadlock, we %v", spins.deadlocks, want)
	}
	if spins.states != ours.States {
		t.Errorf("SPIN stores %d states, we %d", spins.states, ours.States)
	}
	if breadth && spins.depth != ours.Depth {
		t.Errorf("SPIN needs %d steps to the last state, we %d", spins.depth, ours.Depth)
	}
	// SPIN counts the initial state as a transition. Without loss, a step for which
	// there is no room leads nowhere there and is none here; nor is a TIME-WAIT that
	// ends where it means nothing, which a mistaken table can bring about.
	exact := b.Loss && !deadlock && len(failing(ours, model.Step)) == 0
	if spins.transitions <= ours.Transitions || exact && spins.transitions > ours.Transitions+1 {
		t.Errorf("SPIN makes %d transitions, we %d: want one more", spins.transitions, ours.Transitions)
	}
	want := failing(ours, model.Always, model.Step)
	want = slices.DeleteFunc(want, func(id string) bool { return id == propWayOut }) // the system for SPIN does not claim it
	if !slices.Equal(spins.broken, want) {
		t.Errorf("SPIN says that %q are broken, we %q", spins.broken, want)
	}
	var reached []string
	for _, v := range ours.Verdicts {
		if v.Property.Kind == model.Sometimes && v.Verdict == model.Holds {
			reached = append(reached, v.Property.ID)
		}
	}
	slices.Sort(reached)
	if !slices.Equal(spins.reached, reached) {
		t.Errorf("SPIN reaches %q, we %q", spins.reached, reached)
	}
}

// A value that leaves its bounds is found by both. What such a machine does next
// is not compared: each has cut the value in its own way.
func TestSpin_bounds(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a model checker")
	}
	needSpin(t)
	c := named(t, "simultaneous open, an octet each way")
	c.Bounds.BothOpen, c.Bounds.Octets = false, 0
	p := withRows(t, map[string]func(*spec.Row){"listen.syn": func(r *spec.Row) { r.Do += "; IRS = IRS + 1" }})
	ours := run(t, c, RunOptions{Machine: interpreter(p), Only: []string{propBounds}, KeepGoing: true, MaxStates: 1000})
	spins := newPan(t, p, c.Bounds, nil, []string{"-O0", "-DNOREDUCE"}).run(t, "-c0", "-m1000000", "-w20")
	if !slices.Contains(failing(ours, model.Step), propBounds) || !slices.Contains(spins.broken, propBounds) {
		t.Errorf("SPIN says that %q are broken, we %q: want both to say bounds", spins.broken, failing(ours, model.Step))
	}
}

// What is not a complete search is no result.
func TestParsePan(t *testing.T) {
	const good = `
State-vector 84 byte, depth reached 110, errors: 1
   124919 states, stored
   863554 states, matched
   988473 transitions (= stored+matched)
        0 atomic steps
  144.541	total actual memory usage
pan: elapsed time 0.21 seconds
`
	const failed = "pan:1: assertion violated  !(broken_P21) (at depth 7)\n"
	r, err := parsePan(failed + good)
	if err != nil || r.states != 124919 || r.transitions != 988473 || r.depth != 110 || !slices.Equal(r.broken, []string{"P21"}) || r.memory != 144.541 {
		t.Errorf("got %+v, %v", r, err)
	}
	for reason, out := range map[string]string{
		"an error is not printed":    good,
		"an error is not counted":    failed + failed + good,
		"it is not complete":         "Warning: Search not completed\n" + failed + good,
		"the depth was too small":    "error: max search depth too small\n" + failed + good,
		"memory ran out":             "pan: reached -DMEMLIM bound\n" + failed + good,
		"an assertion is not ours":   "pan:1: assertion violated (x>0) (at depth 7)\n" + good,
		"there is no count":          failed + strings.Replace(good, "states, stored", "", 1),
		"there are two searches":     failed + good + good,
		"it has an end and no error": "pan:1: invalid end state (at depth 3)\n" + strings.Replace(good, "errors: 1", "errors: 0", 1),
	} {
		if _, err := parsePan(out); err == nil {
			t.Errorf("accepted although %s", reason)
		}
	}
}
