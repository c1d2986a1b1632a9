package tcpnet

import (
	"context"
	"path/filepath"
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

// The smallest safe TIME-WAIT for each rule of what restarts it. One tick less is
// not enough, which the kept counterexample shows.
func TestFindTimeWait(t *testing.T) {
	want := map[TimeWaitCase]int{
		{"any ACK", 1, 2, 1}: 3, // 2 MSL + 1 tick
		{"FIN", 1, 2, 1}:     4, // 3 MSL + 1 tick
		{"text", 1, 2, 1}:    4,
	}
	for _, c := range TimeWaitCases("quick") {
		r, err := FindTimeWait(context.Background(), c, RunOptions{})
		if err != nil || r.Limit != "" {
			t.Fatalf("%+v: %v %s", c, err, r.Limit)
		}
		if r.Smallest != want[c] || r.Harm == nil {
			t.Errorf("%+v: %d ticks are safe, want %d, and a counterexample for one less (%v)", c, r.Smallest, want[c], r.Harm != nil)
			continue
		}
		compareWithFile(t, filepath.Join("testdata", "found", "timewait-"+map[string]string{"any ACK": "any", "FIN": "fin", "text": "text"}[c.Rule]+".trace"), r.Harm.String())
	}
}
