package tcpnet

import (
	"context"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// symmetricConfigs are the systems of the quick suite whose ends do the same, and one in
// which the retransmission timers, as well as TIME-WAIT, are joint steps.
func symmetricConfigs(t *testing.T, profile string) (configs []Config) {
	t.Helper()
	all, err := Suite("quick", profile)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.Bounds.Symmetric() {
			configs = append(configs, c)
		}
	}
	for name, bounds := range map[string]string{
		"unhurried": "octets=0 window=1 mss=1 capacity=2 both-open loss reorder retransmit unhurried",
		"ticks":     "octets=0 window=1 mss=1 capacity=1 msl=1 timewait=2 both-open loss retransmit abort leave shutdown",
	} {
		b, err := ForProfile(profile)
		if err == nil {
			err = b.ParseBounds(bounds)
		}
		if err != nil {
			t.Fatal(err)
		}
		b.ISS[0] = 77
		configs = append(configs, Config{Name: name, Bounds: b})
	}
	return configs
}

// What holds and what fails of simultaneous opens is the same with symmetry, equal
// sequence numbers or not, and a counterexample is as long and can be replayed.
func TestSymmetry_simultaneousOpen(t *testing.T) {
	for _, profile := range []string{"recommended", "rfc9293"} {
		configs := symmetricConfigs(t, profile)
		if len(configs) < 4 {
			t.Fatalf("%s: only %d systems are symmetric", profile, len(configs))
		}
		for _, c := range configs {
			opt := RunOptions{KeepGoing: true}
			whole := run(t, c, opt)
			equal := c
			equal.Bounds.ISS[1] = equal.Bounds.ISS[0]
			if r := run(t, equal, opt); r.States != whole.States || r.Transitions != whole.Transitions {
				t.Errorf("%s, %s: %d states with equal sequence numbers, %d without", profile, c.Name, r.States, whole.States)
			}
			opt.Symmetry = true
			half := run(t, c, opt)
			if half.Depth != whole.Depth || !half.Symmetry || whole.Symmetry || half.States < whole.States/2 || half.States > whole.States*9/16+100 {
				t.Errorf("%s, %s: depth %d with %d states, without symmetry %d with %d", profile, c.Name, half.Depth, half.States, whole.Depth, whole.States)
			}
			if half.States < 20_000 {
				sameFlat(t, half)
			}
			for i, v := range half.Verdicts {
				want := whole.Verdicts[i]
				if v.Verdict != want.Verdict || v.Empty != want.Empty {
					t.Errorf("%s, %s: %s %v with symmetry, %v without", profile, c.Name, v.Property.ID, v.Verdict, want.Verdict)
				}
				if v.Trace != nil && v.Verdict == want.Verdict {
					sameCounterexample(t, v, want)
				}
			}
			for row := range whole.Rows {
				if half.Rows[row] == 0 {
					t.Errorf("%s, %s: %v fires only without symmetry", profile, c.Name, row)
				}
			}
		}
	}
}

// sameFlat wants a search of whole states to find what one of parts did.
func sameFlat(t *testing.T, r *Result) {
	t.Helper()
	net, err := NewNet(r.Config.Bounds, Generated)
	if err != nil {
		t.Fatal(err)
	}
	flat, err := model.Explore(context.Background(), net.System(), model.Options[State]{Symmetry: true, KeepGoing: true, Properties: net.properties()})
	if err != nil {
		t.Fatalf("%s: %v", r.Config.Name, err)
	}
	if flat.States != r.States || flat.Transitions != r.Transitions || flat.Depth != r.Depth {
		t.Errorf("%s: %d states, %d transitions, a search of whole states finds %d, %d", r.Config.Name, r.States, r.Transitions, flat.States, flat.Transitions)
	}
	for i, res := range flat.Results {
		if res.Verdict != r.Verdicts[i].Verdict {
			t.Errorf("%s: %s %v, in a search of whole states %v", r.Config.Name, res.ID, r.Verdicts[i].Verdict, res.Verdict)
		}
	}
}

func sameCounterexample(t *testing.T, v, want PropertyVerdict) {
	t.Helper()
	id := v.Property.ID
	if got, want := len(v.Trace.Lines), len(want.Trace.Lines); got != want && v.Property.Kind != model.Endless {
		t.Errorf("%s: a counterexample of %d lines with symmetry, of %d without", id, got, want)
	}
	f, err := trace.Parse(id, v.Trace.String())
	if err != nil {
		t.Fatal(err)
	}
	log, err := Replay(id, f, nil)
	if err != nil {
		t.Fatalf("%s: %v\n%s", id, err, v.Trace)
	}
	if v.Property.Kind == model.Possible || v.Property.Kind == model.Leads {
		return // a replay can't see what is not possible any more
	}
	for _, failed := range log.Failed {
		if strings.HasPrefix(failed.Msg, id+" fails here") {
			return
		}
	}
	t.Errorf("%s: its replay does not break it: %v\n%s", id, log.Failed, v.Trace)
}

// Where the ends do not do the same, symmetry is refused.
func TestSymmetry_refused(t *testing.T) {
	c := Config{Name: "hostile", Bounds: Hostile("recommended")}
	_, err := Run(context.Background(), c, RunOptions{Symmetry: true})
	if err == nil || !strings.Contains(err.Error(), "both-open") {
		t.Errorf("error %v, want one that says which bounds are symmetric", err)
	}
}
