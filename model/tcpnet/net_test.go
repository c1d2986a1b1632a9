package tcpnet

import (
	"context"
	"testing"

	"github.com/tcpfsm/tcpfsm/model"
)

func TestTry(t *testing.T) {
	configs, err := Suite("standard", "recommended")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range configs {
		r, err := Run(context.Background(), c, RunOptions{})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%-28s %9d states %10d transitions depth %3d  %v complete=%v %s %d B/state", c.Name, r.States, r.Transitions, r.Depth, r.Elapsed, r.Complete, r.Limit, r.Memory/max(1, r.States))
		for _, v := range r.Verdicts {
			if v.Verdict != model.Holds {
				t.Logf("  %s: %v", v.Property.ID, v.Verdict)
				if v.Trace != nil {
					t.Logf("\n%s", v.Trace)
				}
			}
		}
	}
}
