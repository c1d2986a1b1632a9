package tcpnet

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/spec/tcp"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

func newCrowd(t testing.TB, c Config) *Crowd {
	t.Helper()
	crowd, err := NewCrowd(c.Bounds, Generated)
	if err != nil {
		t.Fatal(err)
	}
	crowd.claim(c.Only)
	return crowd
}

// Both engines find the same: one takes the parts, the other one whole states.
func TestCrowd_bothEnginesAgree(t *testing.T) {
	for _, bounds := range []string{
		"octets=0 window=1 mss=1 capacity=1 clients=2 listen=1 loss reorder retransmit abort stay busy",
		"octets=0 window=1 mss=1 capacity=1 clients=2 listen=1 loss reorder retransmit unhurried stay busy reserve abort",
		"octets=0 window=1 mss=1 capacity=1 clients=3 listen=1 loss reorder retransmit unhurried stay",
		"octets=0 window=1 mss=1 capacity=1 clients=2 loss reorder unhurried retransmit crashes=1 r2syn=1 quiet stay",
		"octets=1 window=1 mss=1 capacity=1 clients=1 loss reorder retransmit one-way",
		"octets=0 window=1 mss=1 capacity=1 clients=2 listen=1",
	} {
		b, err := ForProfile("linux")
		if err != nil {
			t.Fatal(err)
		}
		c := bounded(b, bounds, bounds)
		crowd, parts := newCrowd(t, c), run(t, c, RunOptions{KeepGoing: true})
		report, err := model.Explore(context.Background(), model.Flatten(model.Parts[Side](crowd)), model.Options[CrowdState]{Properties: crowd.properties(), KeepGoing: true})
		if err != nil {
			t.Fatal(err)
		}
		flat := resultOf(crowd, c, report)
		if flat.States != parts.States || flat.Transitions != parts.Transitions || flat.Depth != parts.Depth || !parts.Complete {
			t.Errorf("%s: whole states: %d states, %d transitions, depth %d; parts: %d, %d, %d",
				bounds, flat.States, flat.Transitions, flat.Depth, parts.States, parts.Transitions, parts.Depth)
		}
		for i, v := range parts.Verdicts {
			if w := flat.Verdicts[i]; v.Verdict != w.Verdict || v.Empty != w.Empty || traceText(v.Trace) != traceText(w.Trace) {
				t.Errorf("%s: %s: whole states say %v, parts %v\n%s\n%s", bounds, v.Property.ID, w.Verdict, v.Verdict, traceText(w.Trace), traceText(v.Trace))
			}
		}
	}
}

// The interpreter finds the same states, and so do eight goroutines.
func TestCrowd_interpreterAndWorkersAgree(t *testing.T) {
	p, err := spec.Compile(&tcp.Machine)
	if err != nil {
		t.Fatal(err)
	}
	c := named(t, "two clients among others, counted as Linux does")
	first := run(t, c, RunOptions{Workers: 1})
	for _, opt := range []RunOptions{{Machine: interpreter(p)}, {Workers: 8}} {
		if r := run(t, c, opt); r.States != first.States || r.Transitions != first.Transitions {
			t.Errorf("%d states, %d transitions, want %d, %d", r.States, r.Transitions, first.States, first.Transitions)
		}
	}
}

// The queues are as long as package endpoint makes them, and there they are as long as
// was measured of kernels.
func TestCrowd_limits(t *testing.T) {
	for n := range maxListen + 1 {
		for _, reserve := range []bool{false, true} {
			policy := endpoint.PolicyLinux
			if reserve {
				policy = endpoint.PolicyBSD
			}
			b := Bounds{Listen: n, Reserve: reserve}
			if got, want := b.limits(), policy.Backlog(n); got != (limits{want.Syn, want.Accept}) {
				t.Errorf("listen(%d), %v: limits %+v, want %+v", n, policy, got, want)
			}
		}
	}
}

// Each mistake is found by the property that is about it, and its counterexample
// replays to the same.
func TestCrowd_findsMistakes(t *testing.T) {
	// blind is a machine that does not look at a fact about its host.
	blind := func(forget func(ev *tcpfsm.Event)) Machine {
		return func(t *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) tcpfsm.RowID {
			other := *ev
			forget(&other)
			return t.Step(&other, out)
		}
	}
	const linux, bsd, abort = "two clients among others, counted as Linux does", "two clients among others, counted as BSD does",
		"two clients among others, and a RST where there is no room"
	for _, m := range []struct {
		name, property, system string
		machine                Machine
	}{
		{"a full accept queue is not looked at", "backlog", linux, blind(func(ev *tcpfsm.Event) { ev.AcceptFull = false })},
		{"a full SYN queue is not looked at", "room", bsd, blind(func(ev *tcpfsm.Event) { ev.BacklogFull = false })},
		{"whom there is no room for is not told", propOverflow, abort, mutant("", func(before, _ *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) {
			if before.State == tcpfsm.SynReceived && ev.AcceptFull && !ev.Seg.Flags.Has(tcpfsm.RST) {
				out.Ctl = tcpfsm.Segment{}
			}
		})},
		{"a child forgets that it is passive when its SYN,ACK is sent again", propChild, linux, mutant("", func(before, after *tcpfsm.TCB, ev *tcpfsm.Event, _ *tcpfsm.Output) {
			if before.State == tcpfsm.SynReceived && ev.Kind == tcpfsm.EventRetransmissionTimeout {
				after.Passive = false
			}
		})},
		{"a listener forgets its buffer when it refuses a SYN", propListener, linux, mutant("", func(before, after *tcpfsm.TCB, ev *tcpfsm.Event, _ *tcpfsm.Output) {
			if before.State == tcpfsm.Listen && after.State == tcpfsm.Listen && ev.BacklogFull {
				after.RcvWnd = 0
			}
		})},
		{"a second SYN is never taken", "served", linux, mutant("", func(before, after *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) {
			if before.State == tcpfsm.Listen && ev.ISN == 300+apart {
				*after, *out = *before, tcpfsm.Output{}
			}
		})},
		{"the accept queue is always full", "waits", linux, blind(func(ev *tcpfsm.Event) { ev.BacklogFull = ev.Kind == tcpfsm.EventSegment })},
	} {
		t.Run(m.name, func(t *testing.T) {
			r := run(t, named(t, m.system), RunOptions{Machine: m.machine, KeepGoing: true, Only: []string{m.property}})
			if len(r.Verdicts) != 1 || r.Verdicts[0].Verdict != model.Fails {
				t.Fatalf("%s does not find it in %d states: %v", m.property, r.States, r.Verdicts)
			}
			replaysTo(t, r.Verdicts[0], m.machine)
		})
	}
}

// Where a child has ended, the listener answers again, also for the same client.
func TestCrowd_aSlotIsUsedAgain(t *testing.T) {
	crowd := newCrowd(t, named(t, "a client of listen(0) that is never heard of again"))
	once := model.Property[CrowdState]{ID: "once", Kind: model.Step, HoldsStep: func(from *CrowdState, _ uint64, to *CrowdState) bool {
		before, after := &from[1].Hosts[0], &to[1].Hosts[0]
		return before.TCB.State != tcpfsm.Closed || after.TCB.State != tcpfsm.SynReceived || !before.Opened
	}}
	r, err := model.Explore(context.Background(), model.Flatten(model.Parts[Side](crowd)), model.Options[CrowdState]{Properties: []model.Property[CrowdState]{once}})
	if err != nil || len(r.Failed()) != 1 {
		t.Errorf("error %v, failed %v: no client is ever given a second child", err, r.Failed())
	}
}

// Accept hands over the oldest, and the place of a child that ended while it waited.
func TestQueue_oldestFirst(t *testing.T) {
	var q queue
	q.add(1)
	q.addAnother()
	q.add(0)
	q.forget(1)
	var again queue
	again.load(q.code())
	if again != q {
		t.Errorf("%+v becomes %+v when it is packed and unpacked", q, again)
	}
	var got []int
	for q.n > 0 {
		got = append(got, q.take())
	}
	if !slices.Equal(got, []int{-1, -1, 0}) || q != (queue{}) {
		t.Errorf("got %v and %+v left, want another (that was 1), another, 0", got, q)
	}
	for range 2 * queueRoom {
		q.addAnother()
	}
	if again = (queue{}); q.n != queueRoom {
		t.Errorf("%d wait, want %d and no more", q.n, queueRoom)
	}
	again.load(q.code())
	if again != q {
		t.Errorf("%+v becomes %+v when it is packed and unpacked", q, again)
	}
}

func TestCrowd_boundsThatMakeNoSense(t *testing.T) {
	for bounds, want := range map[string]string{
		"listen=1":                     "give clients=N with them",
		"lone":                         "give clients=N with them",
		"clients=2 both-open":          "there is no both-open",
		"clients=2 msl=1":              "there is no both-open, lives, msl",
		"clients=2 crashes=1":          "crashes need quiet",
		"clients=4":                    "bound clients=4 is not between 0 and 3",
		"clients=2 listen=4":           "bound listen=4 is not between 0 and 3",
		"clients=2 forge=1 forged=syn": "forge",
	} {
		b, err := ForProfile("recommended")
		if err != nil {
			t.Fatal(err)
		}
		if err := b.ParseBounds("octets=0 window=1 mss=1 capacity=1 " + bounds); err != nil {
			t.Fatal(err)
		}
		if _, err := Run(context.Background(), Config{Bounds: b}, RunOptions{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", bounds, err, want)
		}
	}
}

// A trace with several clients replays: who is meant is said, and asked for.
func TestReplay_severalClients(t *testing.T) {
	text, err := os.ReadFile("testdata/two-clients.trace")
	if err != nil {
		t.Fatal(err)
	}
	f, err := trace.Parse("x.trace", string(text))
	if err != nil {
		t.Fatal(err)
	}
	log, err := Replay("x.trace", f, nil)
	if err != nil || len(log.Failed) > 0 {
		t.Fatalf("error %v, failed %v", err, log.Failed)
	}
	if want := []string{"a", "c", "b"}; !slices.Equal(log.Events.Hosts, want) {
		t.Errorf("lanes %v, want %v", log.Events.Hosts, want)
	}
	for text, want := range map[string]string{
		"b:c close":                    `"b:c close" can't happen now`,
		"d open active":                `"d open active" can't happen now`,
		"b open passive":               "",
		"b:a expire RTX":               `"b:a expire RTX" can't happen now`,
		"b open passive want e LISTEN": "there is no end e: the ends are a, c, b, b:a, b:c",
	} {
		f, err := trace.Parse("y.trace", "profile linux\noptions -twReuse\nbounds capacity=2 clients=2\n\n"+text)
		if err != nil {
			t.Fatal(err)
		}
		log, err := Replay("y.trace", f, nil)
		got := ""
		switch {
		case err != nil:
			got = err.Error()
		case len(log.Failed) > 0:
			got = log.Failed[0].Msg
		}
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// A value that the bounds can't hold is named, whoever answered: a copy of the listener,
// a child, or a child that is read from when it is accepted.
func TestReplay_crowdOutOfBounds(t *testing.T) {
	for _, x := range []struct{ step, lines string }{
		{"listen.syn", "b open passive\na open active\na->b SYN"},
		{"receive", "b open passive\na open active\na->b SYN\nb->a SYN,ACK\na->b ACK\na send 1\na->b ACK len=1\nb accept"},
	} {
		f, err := trace.Parse("x.trace", "profile linux\noptions -twReuse\nbounds octets=1 capacity=2 clients=2\n\n"+x.lines)
		if err != nil {
			t.Fatal(err)
		}
		machine := func(tcb *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) tcpfsm.RowID {
			row := tcb.Step(ev, out)
			if row.String() == x.step {
				tcb.SndWnd = 4096
			}
			return row
		}
		log, err := Replay("x.trace", f, machine)
		if err != nil || len(log.Failed) != 1 || !strings.HasSuffix(log.Failed[0].Msg, ": SND.WND = 4096 is not between 0 and 7") {
			t.Errorf("%s: error %v, failed %v", x.step, err, log.Failed)
		}
	}
}
