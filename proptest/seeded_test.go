package proptest

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/spec/mutate"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// Bugs put in on purpose: each must be found, with a trace of few lines that shows it
// again, and that the right stack passes.

const fewLines = 12

// wantFound looks for a bug as Run does.
func wantFound(t *testing.T, newStack, right func() Stack, cfg Config) *Finding {
	t.Helper()
	found, _ := Probe(cfg, newStack)
	if len(found) == 0 {
		found, _ = Live(cfg, newStack, 1, 2000)
	}
	if len(found) == 0 {
		t.Fatal("it is not found")
	}
	f := found[0]
	t.Log(f)
	if n := len(f.Trace.Lines); n > fewLines {
		t.Errorf("the trace has %d lines, more than %d", n, fewLines)
	}
	file, err := trace.Parse("found.trace", f.Trace.String())
	if err != nil {
		t.Fatal(err)
	}
	again, err := Replay(cfg, newStack, "found.trace", file)
	if err != nil || again == nil || again.Row != f.Row || again.Said.String() != f.Said.String() || again.Came.String() != f.Came.String() {
		t.Errorf("replayed, it gives %v, %v", again, err)
	}
	if f, err := Replay(cfg, right, "found.trace", file); f != nil || err != nil {
		t.Errorf("the right stack does not pass the trace: %v, %v", f, err)
	}
	return f
}

func TestSeeded_swappedRows(t *testing.T) {
	right, cfg := machineStacks(tcpfsm.ProfileRecommended)
	mutants := map[string]*spec.Program{
		"finwait1.finack/swap-finwait1.fin": nil, "estab.fin/swap-estab.segment": nil, "rst/swap-rst.challenge": nil,
	}
	for _, m := range mutate.All(program()) {
		if _, asked := mutants[m.ID]; asked {
			mutants[m.ID] = m.Program
		}
	}
	for id, p := range mutants {
		t.Run(id, func(t *testing.T) {
			if p == nil {
				t.Fatal("there is no such mutant: choose another pair of neighbours")
			}
			wantFound(t, func() Stack { return NewMachineStack(Interpreted(p), cfg, 1<<32-300) }, right, cfg)
		})
	}
}

// forgetful is a machine whose driver does not hear that the 2 MSL begin again.
func forgetful(t *tcpfsm.TCB, e *tcpfsm.Event, out *tcpfsm.Output) tcpfsm.RowID {
	before := t.State
	row := Generated(t, e, out)
	if before == tcpfsm.TimeWait {
		out.Started &^= 1 << tcpfsm.TimerTimeWait
	}
	return row
}

func TestSeeded_forgottenRestart(t *testing.T) {
	right, cfg := machineStacks(tcpfsm.ProfileRecommended)
	f := wantFound(t, func() Stack { return NewMachineStack(forgetful, cfg, 1<<32-300) }, right, cfg)
	if f.Before != tcpfsm.TimeWait || !strings.Contains(f.Problem, "2 MSL") {
		t.Errorf("found in %v: %q; want the 2 MSL of TIME-WAIT", f.Before, f.Problem)
	}
}

// The generated comparison of sequence numbers, right everywhere but at the wrap.
const (
	rightComparison = "func seqLT(a, b uint32) bool { return int32(a-b) < 0 }"
	wrongComparison = "func seqLT(a, b uint32) bool { return int32(a-b) < 0 && b != 0 }"
	seededEnv       = "PROPTEST_SEEDED"
)

// TestSeeded_wrongAtTheWrap builds this package with one generated line changed, and
// runs the next test in it: what is held against the table there is the endpoint with
// the wrong machine inside; the table is interpreted, and right.
func TestSeeded_wrongAtTheWrap(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a test binary")
	}
	source := filepath.Join("..", "tcpfsm", "helpers_gen.go")
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), rightComparison) != 1 {
		t.Fatalf("%s does not say %q: say here what it says", source, rightComparison)
	}
	dir := t.TempDir()
	wrong := filepath.Join(dir, "helpers_gen.go")
	original, err := filepath.Abs(source)
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{original: wrong}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{wrong: strings.Replace(string(text), rightComparison, wrongComparison, 1), filepath.Join(dir, "overlay.json"): string(overlay)} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	child := exec.Command("go", "test", "-overlay", filepath.Join(dir, "overlay.json"), "-count=1", "-v", "-run", "^TestSeeded_child$", ".")
	child.Env = append(os.Environ(), seededEnv+"=1")
	out, err := child.CombinedOutput()
	t.Logf("%s", out)
	if err != nil || !strings.Contains(string(out), "--- PASS: TestSeeded_child") {
		t.Errorf("the child says %v", err)
	}
}

// TestSeeded_child finds, in the process of the test above, that the machine is wrong.
func TestSeeded_child(t *testing.T) {
	newStack, cfg := wrapStacks()
	if os.Getenv(seededEnv) == "" {
		if found, _ := Live(cfg, newStack, 1, 500); len(found) > 0 {
			t.Error(found[0])
		}
		return
	}
	// The right machine is not in this process, but the table is.
	right := func() Stack { return NewMachineStack(Interpreted(program()), cfg, 1<<32-2) }
	wantFound(t, newStack, right, cfg)
}

// wrapStacks are endpoints whose first octet is the last before the wrap.
func wrapStacks() (func() Stack, Config) {
	_, cfg := endpointStacks(tcpfsm.ProfileRecommended)
	return func() Stack {
		s, _ := endpointStacks(tcpfsm.ProfileRecommended)
		stack := s().(*EndpointStack)
		stack.cfg.ISN = isnAlways(1<<32 - 2)
		return stack
	}, cfg
}

var mutants = flag.Int("mutants", 12, "changed tables of spec/mutate that TestSeeded_mutants tries; 0 is all")

// TestSeeded_mutants: a sample of all changes that package mutate makes to the table,
// without those that make no difference with these options, and those of calls and
// timers that no Stack has. What is not found is listed: most of it is windows, limits
// and timers that the standard leaves to the stack, or needs a rarer life.
func TestSeeded_mutants(t *testing.T) {
	right, cfg := machineStacks(tcpfsm.ProfileRecommended)
	var list []*mutate.Mutant
	for _, m := range mutate.All(program()) {
		if m.Equivalent(uint32(cfg.Options)) == "" && m.Program.Complaint() == "" && reaches(m) {
			list = append(list, m)
		}
	}
	step := 1
	if *mutants > 0 {
		step = max(1, len(list) / *mutants)
	}
	tried, missed := 0, []string{}
	for i := 0; i < len(list); i += step {
		tried++
		m := Interpreted(list[i].Program)
		newStack := func() Stack { return NewMachineStack(m, cfg, 1<<32-300) }
		found, _ := Live(cfg, newStack, 1, 300)
		if len(found) == 0 {
			found, _ = Probe(cfg, newStack)
		}
		if len(found) == 0 {
			missed = append(missed, list[i].ID)
		}
	}
	t.Logf("%d of %d mutants, %d of them found; not: %s", tried, len(list), tried-len(missed), strings.Join(missed, " "))
	if len(missed) > tried/2 {
		t.Errorf("%d of %d mutants are not found", len(missed), tried)
	}
	if found, _ := Live(cfg, right, 1, 300); len(found) > 0 {
		t.Error(found[0])
	}
}

// reaches reports whether a mutant changes something that a Stack can be asked to do.
func reaches(m *mutate.Mutant) bool {
	for state, cells := range m.Program.Cells {
		for kind := range cells {
			switch tcpfsm.EventKind(kind) {
			case tcpfsm.EventOpenActive, tcpfsm.EventOpenPassive, tcpfsm.EventSend, tcpfsm.EventReceive, tcpfsm.EventClose, tcpfsm.EventAbort,
				tcpfsm.EventSegment, tcpfsm.EventRetransmissionTimeout, tcpfsm.EventTimeWaitTimeout, tcpfsm.EventPersistTimeout, tcpfsm.EventDelayedAckTimeout:
				if m.Changed(state, kind) {
					return true
				}
			}
		}
	}
	return false
}
