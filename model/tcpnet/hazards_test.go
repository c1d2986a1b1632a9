package tcpnet

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// Every property is shown able to fail, in a system near one where it holds; the
// counterexample is kept, and replays to the same failure.
func TestCompanions_fail(t *testing.T) {
	for _, c := range Companions() {
		t.Run(c.Name, func(t *testing.T) {
			r := run(t, c.Config, RunOptions{MaxStates: 8_000_000})
			if len(r.Verdicts) != 1 || r.Verdicts[0].Verdict != model.Fails {
				t.Fatalf("%s: %v in %d states (%s), want it to fail: %s", c.Property, r.Verdicts, r.States, r.Limit, c.Why)
			}
			compareWithFile(t, filepath.Join("testdata", "found", c.Name+".trace"), r.Verdicts[0].Trace.String())
			replaysTo(t, r.Verdicts[0], nil)
		})
	}
}

// By RFC 5961 no RST that an old segment provokes can be the one sequence number
// that ends SYN-RECEIVED; a machine that takes any RST in the window is mortal.
func TestDeadOpen_needsRstInWindow(t *testing.T) {
	inWindow := mutant("", func(before, after *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) {
		if before.State == tcpfsm.SynReceived && ev.Seg.Flags.Has(tcpfsm.RST) && ev.Seg.Seq-before.RcvNxt < before.RcvWnd {
			*after = tcpfsm.TCB{State: tcpfsm.Listen, Options: before.Options, RcvBuf: before.RcvBuf, SndMss: before.SndMss, ChallengeMax: before.ChallengeMax}
			*out = tcpfsm.Output{}
		}
	})
	c := Companions()[0].Config
	c.Only = []string{propReset}
	c.Bounds.ISSStep = 1
	if r := run(t, c, RunOptions{Machine: inWindow}); r.Verdicts[0].Verdict != model.Fails {
		t.Errorf("%s: %v in %d states, want it to fail", propReset, r.Verdicts[0].Verdict, r.States)
	}
	if r := run(t, c, RunOptions{}); r.Verdicts[0].Verdict != model.Holds {
		t.Errorf("%s: %v, want it to hold", propReset, r.Verdicts[0].Verdict)
	}
}

var longSuite = flag.Bool("long", false, "find the smallest TIME-WAIT for the cases of the standard suite too; with -update, write them")

// The smallest safe TIME-WAIT for each rule of what restarts it is pinned; one tick
// less is not enough, which the kept counterexample shows.
func TestFindTimeWait(t *testing.T) {
	suite := "quick"
	if *longSuite {
		suite = "standard"
	}
	pinned := timeWaitLines(t)
	var lines []string
	for _, c := range TimeWaitCases(suite) {
		r, err := FindTimeWait(context.Background(), c, RunOptions{})
		if err != nil || r.Limit != "" || r.Harm == nil {
			t.Fatalf("%+v: %v %s, counterexample %v", c, err, r.Limit, r.Harm != nil)
		}
		line := fmt.Sprintf("%s\t%d\t%d\t%d\t%d\t%d", c.Rule, c.MSL, c.RTO, c.Retransmits, r.Smallest, r.Longest)
		if !slices.Contains(pinned, line) && !*update {
			t.Errorf("found %q (rule, MSL, RTO, repetitions, smallest, longest tried), which testdata/timewait.txt has not", line)
		}
		lines = append(lines, line)
	}
	if *longSuite {
		compareWithFile(t, filepath.Join("testdata", "timewait.txt"), strings.Join(lines, "\n")+"\n")
	}
	pinned = timeWaitLines(t)
	for _, c := range TimeWaitCases("quick") {
		r, err := Run(context.Background(), c.config(pinnedLength(t, pinned, c)-1), RunOptions{})
		if err != nil || r.Verdicts[0].Verdict != model.Fails {
			t.Fatalf("%+v: one tick less is safe too (%v)", c, err)
		}
		name := strings.ToLower(strings.Fields(c.Rule)[0])
		compareWithFile(t, filepath.Join("testdata", "found", "timewait-"+name+".trace"), r.Verdicts[0].Trace.String())
	}
}

func timeWaitLines(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "timewait.txt"))
	if err != nil && !*update {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// pinnedLength is the smallest safe length of a case.
func pinnedLength(t *testing.T, lines []string, c TimeWaitCase) int {
	t.Helper()
	for _, line := range lines {
		f := strings.Split(line, "\t")
		if strings.Join(f[:4], " ") == fmt.Sprintf("%s %d %d %d", c.Rule, c.MSL, c.RTO, c.Retransmits) {
			n, err := strconv.Atoi(f[4])
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("testdata/timewait.txt has no %+v", c)
	return 0
}
