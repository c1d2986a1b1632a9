package tcpnet

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// Every law holds of every step of the small systems, under every profile. The counts
// are pinned.
func TestLaws_smallEndpoints(t *testing.T) {
	if testing.Short() {
		t.Skip("explores nine small systems for each profile")
	}
	var lines []string
	for _, profile := range pageProfiles {
		options, err := tcpfsm.ParseProfile(profile)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range SmallEndpoints {
			r, err := RunSolo(context.Background(), b, options|tcpfsm.OptKeepAlive, RunOptions{})
			if err != nil || !r.Complete {
				t.Fatalf("%s, %s: error %v", profile, b.Name, err)
			}
			for _, failed := range r.Failed() {
				t.Errorf("%s, %s: %s fails: %s\n%s", profile, b.Name, failed.ID, failed.Text, strings.Join(SoloTrace(failed.Trace), "\n"))
			}
			lines = append(lines, fmt.Sprintf("%s, %s: %d states, %d transitions, depth %d", profile, b.Name, r.States, r.Transitions, r.Depth))
		}
	}
	compareWithFile(t, filepath.Join("testdata", "solo.txt"), strings.Join(lines, "\n")+"\n")
}

// Every law says something: its premise is met near the beginning of one endpoint, or in
// two small systems, under one of three profiles.
func TestLaws_saySomething(t *testing.T) {
	said := map[string]int{}
	machine := func(tcb *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) tcpfsm.RowID {
		before := *tcb
		row := Generated(tcb, ev, out)
		s := lawStep{before: &before, after: tcb, ev: ev, out: out}
		s.read()
		for _, l := range Laws {
			if l.judge(&s) != silent {
				said[l.ID]++
			}
		}
		return row
	}
	for _, options := range []tcpfsm.Options{tcpfsm.ProfileRecommended, tcpfsm.ProfileLinux, tcpfsm.ProfileRFC9293} {
		for _, b := range []SoloBounds{OneEndpoint, SmallEndpoints[0], SmallEndpoints[2]} {
			opt := RunOptions{Machine: machine, Workers: 1, MaxStates: 3000}
			if _, err := RunSolo(context.Background(), b, options|tcpfsm.OptKeepAlive, opt); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, l := range Laws {
		if said[l.ID] == 0 {
			t.Errorf("%s says nothing", l.ID)
		}
	}
}
