package trace_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// A part of a log is drawn like a whole one, and its connections are in the states in
// which the whole leaves them then.
func TestLog_Cut(t *testing.T) {
	for name, log := range everyLog(t) {
		n := len(log.Events)
		from, to := log.Events[n/3].Time, log.Events[2*n/3].Time
		part := log.Cut(from, to)
		for _, p := range trace.Problems(part) {
			t.Errorf("%s from %s to %s: %s", name, log.Clock(from), log.Clock(to), p)
		}
		if _, err := part.SVG(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, ev := range part.Events {
			if ev.Time < from || ev.Time > to {
				t.Errorf("%s: the part from %s to %s has an event at %s", name, log.Clock(from), log.Clock(to), log.Clock(ev.Time))
			}
		}
		if whole := log.Cut(0, 1<<62); len(whole.Events) != n {
			t.Errorf("%s: the whole has %d events of %d", name, len(whole.Events), n)
		}
	}
}

func TestLog_Cut_goesOn(t *testing.T) {
	text, err := scenario(t, "slow-accept").Cut(10*time.Second, 11*time.Second).Text(trace.TextOptions{Width: 140})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"[c3] from before", "→ SYN-RECEIVED", "│ ESTABLISHED", "│ CLOSED", "RTX 5.06s", "accept"} {
		if !strings.Contains(text, want) {
			t.Errorf("the part does not say %q:\n%s", want, text)
		}
	}
	for _, other := range []string{"SYN seq=100", "15.06s"} {
		if strings.Contains(text, other) {
			t.Errorf("the part says %q, which is not in it", other)
		}
	}
	text, err = scenario(t, "lost-last-ack").Cut(time.Second, 2*time.Second).Text(trace.TextOptions{})
	if err != nil || !strings.Contains(text, "║") || !strings.Contains(text, "2MSL 59.21s") {
		t.Errorf("TIME-WAIT does not go on, %v:\n%s", err, text)
	}
}
