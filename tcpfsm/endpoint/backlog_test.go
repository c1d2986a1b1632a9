package endpoint

import (
	"net/netip"
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// How many connections listen(1) holds: Linux two in either queue (measured), BSD two
// in both together (3n/2 and one), FreeBSD two complete ones.
func TestPolicy_backlogOfListen1(t *testing.T) {
	for _, c := range []struct {
		policy      Policy
		n           int
		syn, accept int
	}{
		{PolicyLinux, 1, 2, 2}, {PolicyLinuxAbort, 1, 2, 2}, {PolicyLinux, 0, 1, 1}, {PolicyLinux, -1, 1, 1}, {PolicyLinux, 128, 129, 129},
		{PolicyBSD, 1, 2, 2}, {PolicyBSD, 5, 8, 8}, {PolicyBSD, 0, 1, 1},
		{PolicyFreeBSD, 1, syncache, 2}, {PolicyFreeBSD, 128, syncache, 193},
	} {
		if got := c.policy.Backlog(c.n); got != (Backlog{c.syn, c.accept, c.policy}) {
			t.Errorf("%v: listen(%d) holds %+v, want %d and %d", c.policy, c.n, got, c.syn, c.accept)
		}
	}
}

func TestParsePolicy(t *testing.T) {
	for p := PolicyLinux; p <= PolicyFreeBSD; p++ {
		if back, err := ParsePolicy(p.String()); err != nil || back != p {
			t.Errorf("%v is read as %v, %v", p, back, err)
		}
	}
	if _, err := ParsePolicy("minix"); err == nil {
		t.Error("an unknown policy is read")
	}
	if _, err := Listen(testConfig(), Backlog{Policy: PolicyFreeBSD + 1}); err == nil {
		t.Error("an unknown policy listens")
	}
}

func TestListener_freeBSDResetsWhatFindsNoPlace(t *testing.T) {
	w := newCrowd(t, 3, PolicyFreeBSD.Backlog(1))
	w.toServers()
	w.want("every SYN is answered", 3, 0)
	w.toClients()
	w.toServers()
	w.want("two places", 0, 2)
	w.toClients()
	if err := w.clients[2].Err(); err != ErrReset {
		t.Errorf("the client hears %v, want %v", err, ErrReset)
	}
}

func TestListener_freeBSDForgetsTheOldest(t *testing.T) {
	w := newCrowd(t, 4, Backlog{Syn: 3, Accept: 10, Policy: PolicyFreeBSD})
	w.toServers()
	w.want("the fourth took the first one's place", 3, 0)
	if state := w.servers[0].State(); state != tcpfsm.Closed {
		t.Errorf("the oldest is in %v, want CLOSED", state)
	}
	for h, _, ok := w.servers[0].Next(w.buf[:]); ok; h, _, ok = w.servers[0].Next(w.buf[:]) {
		if h.Flags.Has(tcpfsm.RST) {
			t.Errorf("the oldest is not forgotten in silence: it sends %v", h)
		}
	}
}

func TestObserve_seesListenersToo(t *testing.T) {
	cfg := testConfig()
	var rows []tcpfsm.RowID
	cfg.Observe = func(c *Conn, s Step) {
		if (c == nil) != (s.Row == tcpfsm.RowListenAck) {
			t.Errorf("row %v at connection %v", s.Row, c)
		}
		if c != nil && (c.State() != s.After || c.Row() != s.Row) {
			t.Errorf("a step to %v by %v, but the connection is in %v by %v", s.After, s.Row, c.State(), c.Row())
		}
		rows = append(rows, s.Row)
	}
	l, err := Listen(cfg, Backlog{})
	if err != nil {
		t.Fatal(err)
	}
	l.Receive(epoch, serverPair, Header{Segment: tcpfsm.Segment{Flags: tcpfsm.ACK}}, nil)
	l.Receive(epoch, serverPair, Header{Segment: tcpfsm.Segment{Flags: tcpfsm.SYN}}, nil)
	if len(rows) != 2 || rows[0] != tcpfsm.RowListenAck || rows[1] != tcpfsm.RowListenSyn {
		t.Errorf("saw %v, want listen.ack, listen.syn", rows)
	}
}

func TestISN_canBeChosen(t *testing.T) {
	c, err := New(Config{ISN: func(p Pair, now time.Time) uint32 { return uint32(p.Local.Port()) }}, Pair{Local: netip.MustParseAddrPort("192.0.2.1:4711"), Remote: serverPair.Local})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Connect(epoch); err != nil {
		t.Fatal(err)
	}
	if iss := c.TCB().ISS; iss != 4711 {
		t.Errorf("ISS is %d, want 4711", iss)
	}
	at, ok := c.Deadline(tcpfsm.TimerRTX)
	if next, _ := c.NextDeadline(); !ok || at != next || at != epoch.Add(time.Second) {
		t.Errorf("the SYN is repeated at %v, %v; the next deadline is %v", at, ok, next)
	}
	if _, ok := c.Deadline(tcpfsm.TimerPersist); ok {
		t.Error("a timer that was not started has a deadline")
	}
}

// synTimes is when SYNs leave that nobody answers, in seconds, and when they end.
func synTimes(t *testing.T, cfg Config) (times []int) {
	t.Helper()
	c, err := New(cfg, clientPair)
	if err != nil {
		t.Fatal(err)
	}
	now := epoch
	if err := c.Connect(now); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		for _, _, ok := c.Next(nil); ok; _, _, ok = c.Next(nil) {
			times = append(times, int(now.Sub(epoch)/time.Second))
		}
		at, ok := c.NextDeadline()
		if !ok {
			return append(times, int(now.Sub(epoch)/time.Second))
		}
		now = at
		c.Advance(now)
	}
	t.Fatal("the SYN is repeated for ever")
	return nil
}

// What Linux does since 6.5 (measured on 6.18), and what it did before.
func TestSynLinear(t *testing.T) {
	for _, c := range []struct {
		linear, tries uint32
		want          []int
	}{
		{0, 6, []int{0, 1, 3, 7, 15, 31, 63, 127}},
		{4, 10, []int{0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67, 131}},
		{4, 5, []int{0, 1, 2, 3, 4, 5, 7}},
		{100, 3, []int{0, 1, 2, 3, 4}},
	} {
		cfg := testConfig()
		cfg.SynLinear, cfg.R2Syn, cfg.RTOMax = c.linear, c.tries, 120*time.Second
		got := synTimes(t, cfg)
		if len(got) != len(c.want) {
			t.Errorf("linear %d: SYNs at %v s, want %v", c.linear, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("linear %d: SYNs at %v s, want %v", c.linear, got, c.want)
				break
			}
		}
	}
}
