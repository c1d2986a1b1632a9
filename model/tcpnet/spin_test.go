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

var spinSuite = flag.String("spin", "", "explore all systems of this suite with SPIN, too: quick or standard")

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
	for _, f := range b.numbers() {
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
	runIn(t, dir, "gcc", slices.Concat([]string{"-w", "-DSAFETY"}, gccArgs, []string{"-o", "pan", "pan.c"})...)
	return &pan{dir}
}

// runIn runs a program in a directory, for two minutes at most.
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
	panTransitions = regexp.MustCompile(`(?m)^ +(\d+) transitions \(= stored\+matched\)$`)
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
		n, err := strconv.ParseUint(m[0][f.group], 10, 64)
		if err != nil {
			return nil, err
		}
		*f.to = n
	}
	r.depth = int(depth)
	if m := panMemory.FindStringSubmatch(out); m != nil {
		r.memory, _ = strconv.ParseFloat(m[1], 64)
	}
	if failed != uint64(errorLines) {
		return nil, fmt.Errorf("%d errors are counted and %d printed", failed, errorLines)
	}
	return r, nil
}

// withRow is the table with one row changed.
func withRow(t testing.TB, id string, change func(*spec.Row)) *spec.Program {
	t.Helper()
	m := tcp.Machine
	m.Tables = slices.Clone(m.Tables)
	found := false
	for i := range m.Tables {
		table := &m.Tables[i]
		table.Rows = slices.Clone(table.Rows)
		for j := range table.Rows {
			if table.Rows[j].ID == id {
				change(&table.Rows[j])
				found = true
			}
		}
	}
	if !found {
		t.Fatalf("the table has no row %s", id)
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
	type system struct {
		name, profile string
		row           string // that is changed
		change        func(*spec.Row)
		broken        []string // properties that must fail
		deadlock      bool
	}
	do := func(effects string) func(*spec.Row) { return func(r *spec.Row) { r.Do = effects } }
	for _, c := range []system{
		{name: "handshake and close", profile: "recommended"},
		{name: "simultaneous open, an octet each way", profile: "lwip"},
		{name: "half close, leave, abort", profile: "rfc9293", deadlock: true},
		{name: "small window, slow reader", profile: "rfc9293"},
		{name: "simultaneous open, nothing is lost", profile: "recommended"},
		{name: "simultaneous open, an octet each way", profile: "recommended",
			row: "estab.fin", change: do("ackProcess; takeText; takeFIN"), broken: []string{"acked"}},
	} {
		t.Run(strings.Join([]string{c.name, c.profile, c.row}, " "), func(t *testing.T) {
			t.Parallel()
			p, machine := compile(t, &tcp.Machine), Machine(nil)
			if c.row != "" {
				p = withRow(t, c.row, c.change)
				machine = interpreter(p)
			}
			configs := suite(t, "quick", c.profile)
			i := slices.IndexFunc(configs, func(k Config) bool { return k.Name == c.name })
			ours := run(t, configs[i], RunOptions{Machine: machine, KeepGoing: true, Workers: 1})
			spinAgrees(t, p, ours)
			for _, id := range c.broken {
				if !slices.Contains(failing(ours, model.Always, model.Step), id) {
					t.Errorf("%s holds: this shows nothing", id)
				}
			}
			if c.deadlock != slices.Contains(failing(ours, model.Deadlock), "deadlock") {
				t.Errorf("deadlock: want failing = %v", c.deadlock)
			}
		})
	}
}

// spinAgrees compares what our explorer found with what SPIN finds.
func spinAgrees(t *testing.T, p *spec.Program, ours *Result) {
	t.Helper()
	b := ours.Config.Bounds
	if !ours.Complete {
		t.Fatalf("%s is not complete: %s", ours.Config.Name, ours.Limit)
	}
	spins := newPan(t, p, b, []string{"-DSOMETIMES"}, []string{"-O0", "-DNOREDUCE"}).run(t, "-E", "-c0", "-m1000000", "-w20")
	t.Logf("%d states, %d transitions, broken %q, reached %q", spins.states, spins.transitions, spins.broken, spins.reached)
	if spins.states != ours.States {
		t.Errorf("SPIN stores %d states, we %d", spins.states, ours.States)
	}
	// SPIN counts the initial state as a transition. Without loss, a step for which
	// there is no room leads nowhere there and is none here.
	if extra := spins.transitions - ours.Transitions; extra != 1 && (b.Loss || spins.transitions <= ours.Transitions) {
		t.Errorf("SPIN makes %d transitions, we %d: want one more", spins.transitions, ours.Transitions)
	}
	if want := failing(ours, model.Always, model.Step); !slices.Equal(spins.broken, want) {
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
