package proptest

import (
	"flag"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tcpfsm/tcpfsm/model/tcpnet"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
)

var endpointSteps = flag.Int("endpoint.steps", 600, "steps of a connection of TestEndpoint_streams in which the network is hostile")

// rare divides rapid's number of checks for one test.
func rare(t *testing.T, by int) {
	checks := flag.Lookup("rapid.checks").Value.String()
	n, err := strconv.Atoi(checks)
	if err == nil {
		err = flag.Set("rapid.checks", strconv.Itoa(max(1, n/by)))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := flag.Set("rapid.checks", checks); err != nil {
			t.Error(err)
		}
	})
}

func drawEndpointConfig(t *rapid.T, name string) endpoint.Config {
	return endpoint.Config{
		Options: rapid.SampledFrom([]tcpfsm.Options{
			tcpfsm.ProfileRecommended, tcpfsm.ProfileLinux, tcpfsm.ProfileBSD,
			tcpfsm.ProfileLwip, // has no throttle: a war of acknowledgments would not end
			tcpfsm.ProfileRecommended &^ tcpfsm.OptFinFree &^ tcpfsm.OptDelayedAck,
		}).Draw(t, name+" options"),
		SendBuffer:    rapid.IntRange(1, 6000).Draw(t, name+" send buffer"),
		ReceiveBuffer: rapid.IntRange(1, 6000).Draw(t, name+" receive buffer"),
		MSS:           rapid.IntRange(endpoint.MSSMin, 1460).Draw(t, name+" MSS"),
		NoDelay:       rapid.Bool().Draw(t, name+" NoDelay"),
		MSL:           lifetime, UserTimeout: 1e6 * time.Hour,
		R2: 1 << 30, R2Syn: 1 << 30, // no loss is long enough to give up
		ISN: func(endpoint.Pair, time.Time) uint32 {
			return 0 - uint32(rapid.IntRange(0, 5000).Draw(t, name+" ISS before the wrap"))
		},
	}
}

// A watcher sees every step of both ends' machines, and asks of each what package
// tcpnet asks: the properties of one step, the invariants, and the properties of two
// ends together. What the search alone can say, that something is possible from
// everywhere or goes on for ever, shows here as connections that end.
type watcher struct {
	t     *rapid.T
	path  *path
	last  map[*endpoint.Conn]tcpfsm.TCB
	rows  map[tcpfsm.RowID]int
	steps int
}

func (w *watcher) step(c *endpoint.Conn, s endpoint.Step) {
	w.rows[s.Row]++
	w.steps++
	if c == nil {
		return
	}
	before, seen := w.last[c]
	if !seen {
		before = tcpfsm.TCB{State: s.Before, Passive: s.Before == tcpfsm.Listen}
	}
	after := c.TCB()
	w.last[c] = after
	if id := tcpnet.BrokenByStep(&before, &after, &s.Event, &s.Out); id != "" {
		w.t.Fatalf("property %s is broken by row %v\nbefore %+v\nevent  %+v\nafter  %+v\nout    %+v\n%v", id, s.Row, before, s.Event, after, s.Out, after.Check())
	}
}

// pair looks at both ends together.
func (w *watcher) pair() {
	p := w.path
	if p == nil {
		return
	}
	var hosts [2]tcpnet.Host
	for i := range hosts {
		c := p.ends[i].(*EndpointStack).Conn()
		if c == nil {
			return
		}
		if err := c.Err(); err != nil && !(p.eof[i] && p.closed[i]) {
			w.t.Fatalf("%s after row %v: %v", endName(i), c.Row(), err)
		}
		hosts[i] = tcpnet.Host{TCB: c.TCB(), EOF: p.eof[i], Opened: true, Closed: p.closed[i], Written: 1, Got: 1}
		if p.got[i] != p.written[1-i] {
			hosts[i].Got = 0
		}
		if hosts[i].TCB.State >= tcpfsm.SynReceived {
			hosts[i].Peer = 1
		}
	}
	if id := tcpnet.BrokenByPair(&tcpnet.State{&hosts[0], &hosts[1]}); id != "" {
		w.t.Fatalf("property %s does not hold\n%+v\n%+v", id, hosts[0].TCB, hosts[1].TCB)
	}
}

// TestEndpoint_streams: what is read is what was written, in order, once, to the
// end; both ends finish; and the properties of package tcpnet hold at every step.
// One check is thousands of events, so that there are fewer of them than of others.
func TestEndpoint_streams(t *testing.T) {
	rare(t, 5)
	rows, steps, machineSteps := map[tcpfsm.RowID]int{}, 0, 0
	start := time.Now()
	rapid.Check(t, func(t *rapid.T) {
		w := &watcher{t: t, last: map[*endpoint.Conn]tcpfsm.TCB{}, rows: rows}
		end := func(i int) Stack {
			cfg := drawEndpointConfig(t, endName(i))
			cfg.Observe = w.step
			policy := rapid.SampledFrom([]endpoint.Policy{endpoint.PolicyLinux, endpoint.PolicyLinuxAbort, endpoint.PolicyBSD}).Draw(t, "policy")
			return newEndpointStack(cfg, pairs[i], endpoint.Backlog{Policy: policy})
		}
		p := newPath(t, end(0), end(1), w.pair)
		w.path = p
		p.run(*endpointSteps)
		steps, machineSteps = steps+*endpointSteps, machineSteps+w.steps
	})
	t.Logf("%d steps of users, network and time, %d of machines, %.0f and %.0f a second", steps, machineSteps,
		float64(steps)/time.Since(start).Seconds(), float64(machineSteps)/time.Since(start).Seconds())
	for _, row := range reached {
		if rows[row] == 0 && !t.Failed() && *endpointSteps >= 600 {
			t.Errorf("row %v was never seen: the network is not hostile enough to prove anything", row)
		}
	}
}

// The properties of tcpnet's list that are asked of these connections, so that a new
// one is seen here or its absence is meant.
func TestEndpoint_watchedProperties(t *testing.T) {
	var ids []string
	for _, p := range tcpnet.Watched() {
		ids = append(ids, p.ID)
	}
	t.Logf("of states: %v", ids)
	if len(ids) < 2 {
		t.Errorf("only %v are asked of the two ends together", ids)
	}
	spoilt := tcpnet.State{{TCB: tcpfsm.TCB{State: tcpfsm.Established, ISS: 1}, Peer: 1, EOF: true}, {TCB: tcpfsm.TCB{State: tcpfsm.Established}, Peer: 1, Written: 1}}
	if id := tcpnet.BrokenByPair(&spoilt); id == "" {
		t.Error("ends that do not agree on a sequence number break nothing")
	}
	before := tcpfsm.TCB{State: tcpfsm.Established, RcvNxt: 5, SndUna: 1, SndNxt: 1}
	after := before
	after.RcvNxt = 4
	if id := tcpnet.BrokenByStep(&before, &after, &tcpfsm.Event{}, &tcpfsm.Output{}); id == "" {
		t.Error("an acknowledgment that goes back breaks nothing")
	}
}

// reached are rows that stand for what makes a stream difficult: lost handshakes,
// closed windows, repeated text, old segments, and both ends closing.
var reached = []tcpfsm.RowID{
	tcpfsm.RowRtxSyn, tcpfsm.RowRtxSynack, tcpfsm.RowSynrcvdSynAgain, tcpfsm.RowRtx, tcpfsm.RowUnacceptable,
	tcpfsm.RowPersistProbe, tcpfsm.RowWindowedge, tcpfsm.RowDelackTimeout, tcpfsm.RowEstabFin, tcpfsm.RowFinwait1Fin,
	tcpfsm.RowFinwait1Finack, tcpfsm.RowClosewaitSegment, tcpfsm.RowTimewaitFinAgain, tcpfsm.RowTick,
}
