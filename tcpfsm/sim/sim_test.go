package sim

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

const delay = 10 * time.Millisecond

// pair is a simulation with two hosts and a link.
func twoHosts(t testing.TB, cfg Config, host endpoint.Config, link LinkConfig) (s *Sim, a, b *Host) {
	t.Helper()
	s = New(cfg)
	a, err := s.Host("a", host)
	must(t, err)
	b, err = s.Host("b", host)
	must(t, err)
	must(t, s.Link(a, b, link))
	return s, a, b
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func acceptAll(l *Listener) {
	for _, ok := l.Accept(); ok; _, ok = l.Accept() {
	}
}

// connected is a connection from a to b, whose handshake is complete.
func connected(t testing.TB, s *Sim, a, b *Host) (at, bt *Conn) {
	t.Helper()
	b.Listen(80, ListenConfig{OnReady: func(l *Listener) { bt, _ = l.Accept() }})
	at, err := a.Connect(b, 80, 0)
	must(t, err)
	must(t, s.RunFor(time.Second))
	if at.State() != tcpfsm.Established || bt == nil || bt.State() != tcpfsm.Established {
		t.Fatalf("the ends are in %v and %v", at.State(), bt)
	}
	return at, bt
}

// sink reads everything and closes at the end.
func sink(got *bytes.Buffer) func(*Conn) {
	buf := make([]byte, 4096)
	return func(c *Conn) {
		for c.Endpoint().Readable() > 0 {
			n, err := c.Read(buf)
			got.Write(buf[:n])
			if err != nil {
				return
			}
		}
		if c.State() == tcpfsm.CloseWait {
			c.Close()
		}
	}
}

// source writes a text as there is room, and closes behind it.
func source(text []byte) func(*Conn) {
	return func(c *Conn) {
		if c.State() != tcpfsm.Established && c.State() != tcpfsm.CloseWait || text == nil {
			return
		}
		n, _ := c.Write(text)
		if text = text[n:]; len(text) == 0 {
			text = nil
			c.CloseWrite()
		}
	}
}

// Whatever the link does, what is read is what was written.
func TestLink_everyKindOfTrouble(t *testing.T) {
	text := bytes.Repeat([]byte("All work and no play makes TCP a dull protocol.\n"), 2000)
	for name, c := range map[string]struct {
		link   LinkConfig
		filter Filter
	}{
		"nothing":  {LinkConfig{Delay: delay}, nil},
		"loss":     {LinkConfig{Delay: delay}, LoseEvery(7)},
		"rate":     {LinkConfig{Delay: delay, Rate: 1_000_000, Queue: 10}, nil},
		"reorder":  {LinkConfig{Delay: delay}, func(p *Packet) Fate { return Fate{Hold: time.Duration(p.OfLink%3) * 5 * delay} }},
		"copies":   {LinkConfig{Delay: delay}, func(*Packet) Fate { return Fate{Copies: []time.Duration{0, 3 * delay}} }},
		"no delay": {LinkConfig{}, nil},
		"dice":     {LinkConfig{Delay: delay}, Random(1, Chances{Lose: 0.1, Copy: 0.1, Hold: 0.2, By: time.Second})},
	} {
		s, a, b := twoHosts(t, Config{}, endpoint.Config{MSL: time.Second}, c.link)
		var got bytes.Buffer
		a.App, b.App = source(text), sink(&got)
		if c.filter != nil {
			a.To(b).Filter(c.filter)
			b.To(a).Filter(c.filter)
		}
		_, err := b.Listen(80, ListenConfig{OnReady: acceptAll})
		must(t, err)
		conn, err := a.Connect(b, 80, 0)
		must(t, err)
		must(t, s.Run())
		if !bytes.Equal(got.Bytes(), text) || conn.Err() != nil || conn.State() != tcpfsm.Closed {
			t.Errorf("%s: %d octets of %d arrived; the client is in %v, %v", name, got.Len(), len(text), conn.State(), conn.Err())
		}
	}
}

// A rate makes segments wait for each other: 100 segments of 1000 octets and 40 of
// headers take 0.832 s at a megabit a second.
func TestLink_rate(t *testing.T) {
	s, a, b := twoHosts(t, Config{}, endpoint.Config{MSS: 1000, ReceiveBuffer: 1 << 20, SendBuffer: 1 << 20}, LinkConfig{Delay: delay})
	at, bt := connected(t, s, a, b)
	must(t, a.LinkTo(b, LinkConfig{Delay: delay, Rate: 1_000_000, Queue: 200}))
	start := s.Now()
	at.Send(60_000)
	must(t, s.RunUntil(start+delay+498*time.Millisecond))
	if n := bt.Endpoint().Readable(); n != 59_000 {
		t.Errorf("%d octets have arrived after 498 ms, want 59000", n)
	}
	must(t, s.RunUntil(start+delay+500*time.Millisecond))
	if n := bt.Endpoint().Readable(); n != 60_000 {
		t.Errorf("%d octets have arrived after 500 ms, want 60000", n)
	}
}

// A queue that is full loses what comes.
func TestLink_queue(t *testing.T) {
	s, a, b := twoHosts(t, Config{}, endpoint.Config{MSS: 1000}, LinkConfig{Delay: delay})
	at, _ := connected(t, s, a, b)
	must(t, a.LinkTo(b, LinkConfig{Delay: delay, Rate: 1_000_000, Queue: 3}))
	at.Send(10_000)
	lost := 0
	for _, ev := range s.Log().Events {
		if ev.Kind == trace.Lost {
			lost++
		}
	}
	if lost != 6 {
		t.Errorf("of ten segments %d were lost, want 6: one is sent and three wait", lost)
	}
}

func TestLink_cutAndHeal(t *testing.T) {
	s, a, b := twoHosts(t, Config{}, endpoint.Config{}, LinkConfig{Delay: delay})
	at, bt := connected(t, s, a, b)
	a.To(b).Cut()
	at.Send(100)
	must(t, s.RunFor(time.Second/2))
	if bt.Endpoint().Readable() != 0 {
		t.Error("octets came through a link that was cut")
	}
	a.To(b).Heal()
	must(t, s.RunFor(10*time.Second))
	if bt.Endpoint().Readable() != 100 {
		t.Errorf("%d octets came when it was healed, want 100", bt.Endpoint().Readable())
	}
}

func TestLoseNth(t *testing.T) {
	s, a, b := twoHosts(t, Config{}, endpoint.Config{}, LinkConfig{Delay: delay})
	a.To(b).Filter(LoseNth(2, HasFlags(tcpfsm.FIN)))
	a.To(b).Filter(LoseNth(1, HasFlags(tcpfsm.FIN)))
	at, _ := connected(t, s, a, b)
	must(t, at.CloseWrite())
	must(t, s.RunFor(time.Minute))
	var departed, arrived []time.Duration
	for _, ev := range s.Log().Events {
		if ev.Host == "a" && ev.Kind == trace.Departed && strings.Contains(ev.Segment.Flags, "FIN") {
			departed = append(departed, ev.Time)
		}
		if ev.Host == "b" && ev.Kind == trace.Arrived && strings.Contains(ev.Segment.Flags, "FIN") {
			arrived = append(arrived, ev.Time)
		}
	}
	if len(departed) != 3 || len(arrived) != 1 || arrived[0] != departed[2]+delay {
		t.Errorf("FINs departed at %v and arrived at %v; want three, of which the third arrives", departed, arrived)
	}
}

// As often as was asked for, and the same for one seed.
func TestRandom(t *testing.T) {
	count := func(seed uint64) (lost, copied, held int) {
		f := Random(seed, Chances{Lose: 0.25, Copy: 0.5, Hold: 1, By: time.Second})
		for range 10_000 {
			fate := f(nil)
			if fate.Lose {
				lost++
			}
			copied += len(fate.Copies)
			if fate.Hold > 0 && fate.Hold < time.Second {
				held++
			}
		}
		return lost, copied, held
	}
	lost, copied, held := count(7)
	if lost < 2300 || lost > 2700 || copied < 4800 || copied > 5200 || held != 10_000 {
		t.Errorf("of 10000 segments %d are lost, %d copied, %d held; want 2500, 5000, all", lost, copied, held)
	}
	if l, c, _ := count(7); l != lost || c != copied {
		t.Error("one seed gives two runs")
	}
	if l, c, _ := count(8); l == lost && c == copied {
		t.Error("two seeds give one run")
	}
}

func TestHost_withoutLink(t *testing.T) {
	s := New(Config{})
	a, err := s.Host("a", endpoint.Config{R2Syn: 2})
	must(t, err)
	b, err := s.Host("b", endpoint.Config{})
	must(t, err)
	c, err := a.Connect(b, 80, 0)
	must(t, err)
	must(t, s.Run())
	if !errors.Is(c.Err(), endpoint.ErrTimedOut) || s.Now() != 7*time.Second {
		t.Errorf("after %v: %v; want %v after 7 s", s.Now(), c.Err(), endpoint.ErrTimedOut)
	}
}

func TestHost_crash(t *testing.T) {
	s, a, b := twoHosts(t, Config{}, endpoint.Config{}, LinkConfig{Delay: delay})
	at, bt := connected(t, s, a, b)
	l := b.Listener(80)
	waiting, err := a.Connect(b, 80, 0) // accepted by the listener, and not by an application
	must(t, err)
	must(t, s.RunFor(15*time.Millisecond))
	if syn, _ := l.Waiting(); syn != 1 || waiting.State() != tcpfsm.SynSent {
		t.Fatalf("%d connections in SYN-RECEIVED", syn)
	}
	b.Crash()
	if bt.State() != tcpfsm.Closed || b.Listener(80) != nil {
		t.Error("a host that crashed remembers")
	}
	if _, err := bt.Send(1); !errors.Is(err, tcpfsm.AnswerNoConnection) {
		t.Errorf("a call on a host that crashed: %v", err)
	}
	if _, err := b.Connect(a, 80, 0); !errors.Is(err, ErrDown) {
		t.Errorf("a host that is down connects: %v", err)
	}
	if _, err := b.Listen(80, ListenConfig{}); !errors.Is(err, ErrDown) {
		t.Errorf("a host that is down listens: %v", err)
	}
	if syn, accept := l.Waiting(); syn+accept != 0 {
		t.Errorf("at a host that is down %d and %d connections wait", syn, accept)
	}
	if _, ok := l.Accept(); ok || l.Close() == nil {
		t.Error("a host that is down accepts, or closes a listener")
	}
	at.Send(1)
	must(t, s.RunFor(500*time.Millisecond))
	if at.State() != tcpfsm.Established {
		t.Errorf("a host that is down has answered: %v", at.State())
	}
	b.Restart()
	must(t, s.RunFor(10*time.Second))
	if !errors.Is(at.Err(), endpoint.ErrReset) {
		t.Errorf("a host that was started again: %v, want %v", at.Err(), endpoint.ErrReset)
	}
}

func TestHost_ports(t *testing.T) {
	s, a, b := twoHosts(t, Config{}, endpoint.Config{}, LinkConfig{Delay: delay})
	first, err := a.Connect(b, 80, 0)
	must(t, err)
	second, err := a.Connect(b, 80, 0)
	must(t, err)
	if p, q := first.Pair().Local.Port(), second.Pair().Local.Port(); p != 40000 || q != 40001 {
		t.Errorf("ports %d and %d, want 40000 and 40001", p, q)
	}
	if _, err := a.Connect(b, 80, 40001); !errors.Is(err, ErrAddressInUse) {
		t.Errorf("a port in use: %v", err)
	}
	if _, err := a.Connect(b, 81, 40001); err != nil {
		t.Errorf("the port with another peer's: %v", err)
	}
	if _, err := b.Listen(80, ListenConfig{}); err != nil {
		t.Error(err)
	}
	if _, err := b.Listen(80, ListenConfig{}); !errors.Is(err, ErrAddressInUse) {
		t.Errorf("a second listener: %v", err)
	}
	if _, err := s.Host("a", endpoint.Config{}); err == nil {
		t.Error("two hosts of one name")
	}
	if err := a.LinkTo(a, LinkConfig{}); err == nil {
		t.Error("a link to itself")
	}
	if err := a.LinkTo(b, LinkConfig{Delay: -1}); err == nil {
		t.Error("a negative delay")
	}
	if _, err := s.Host("c", endpoint.Config{MSS: 1}); err == nil {
		t.Error("a host whose configuration can't work")
	}
}

func TestHost_tooMany(t *testing.T) {
	s := New(Config{})
	for i := range hostsMax {
		_, err := s.Host(strings.Repeat("x", i+1), endpoint.Config{})
		must(t, err)
	}
	if _, err := s.Host("y", endpoint.Config{}); err == nil {
		t.Error("one host more than there are addresses")
	}
}

// All ports of a host are taken by one peer.
func TestHost_noPortLeft(t *testing.T) {
	_, a, b := twoHosts(t, Config{Quiet: true}, endpoint.Config{}, LinkConfig{})
	for range portLast - portFirst + 1 {
		a.conns[endpoint.Pair{Local: a.port(a.next), Remote: b.port(80)}] = &Conn{}
		a.next++
	}
	a.next = portFirst
	if _, err := a.Connect(b, 80, 0); !errors.Is(err, ErrAddressInUse) {
		t.Errorf("no port is left: %v", err)
	}
}

func TestListener_close(t *testing.T) {
	s, a, b := twoHosts(t, Config{}, endpoint.Config{}, LinkConfig{Delay: delay})
	l, err := b.Listen(80, ListenConfig{})
	must(t, err)
	c, err := a.Connect(b, 80, 0)
	must(t, err)
	must(t, s.RunFor(time.Second))
	must(t, l.Close())
	must(t, s.RunFor(time.Second))
	if !errors.Is(c.Err(), endpoint.ErrReset) {
		t.Errorf("a connection that nobody accepted: %v, want %v", c.Err(), endpoint.ErrReset)
	}
	d, err := a.Connect(b, 80, 0)
	must(t, err)
	must(t, s.RunFor(time.Second))
	if d.State() != tcpfsm.Closed {
		t.Errorf("a SYN to the closed port: %v", d.State())
	}
	if err := l.Close(); !errors.Is(err, tcpfsm.AnswerNoConnection) {
		t.Errorf("a listener that is closed again: %v", err)
	}
}

// A connection that ended while it waited is still handed over, and says so.
func TestListener_acceptsWhatHasEnded(t *testing.T) {
	s, a, b := twoHosts(t, Config{}, endpoint.Config{}, LinkConfig{Delay: delay})
	l, err := b.Listen(80, ListenConfig{})
	must(t, err)
	c, err := a.Connect(b, 80, 0)
	must(t, err)
	must(t, s.RunFor(time.Second))
	must(t, c.Abort())
	must(t, s.RunFor(time.Second))
	got, ok := l.Accept()
	if !ok || got.State() != tcpfsm.Closed {
		t.Fatalf("accepted %v, %v", got, ok)
	}
	if _, err := got.Read(make([]byte, 1)); !errors.Is(err, endpoint.ErrReset) {
		t.Errorf("read gives %v, want %v", err, endpoint.ErrReset)
	}
	if _, ok := l.Accept(); ok {
		t.Error("accepted a connection twice")
	}
}

// A host's Config may watch its connections; a forged segment is in the log as one, and
// not in what the host's interface saw of itself.
func TestHost_isWatched(t *testing.T) {
	rows := 0
	s, a, b := twoHosts(t, Config{}, endpoint.Config{Observe: func(*endpoint.Conn, endpoint.Step) { rows++ }}, LinkConfig{Delay: delay})
	at, bt := connected(t, s, a, b)
	before := rows
	a.To(b).Forge(at.Pair().Local.Port(), 80, endpoint.Header{Segment: tcpfsm.Segment{Seq: bt.Endpoint().TCB().RcvNxt, Flags: tcpfsm.RST}}, nil)
	must(t, s.RunFor(time.Second))
	if !errors.Is(bt.Err(), endpoint.ErrReset) || at.Err() != nil {
		t.Errorf("after a forged RST: %v and %v", bt.Err(), at.Err())
	}
	if rows <= before {
		t.Error("the Config's Observe was not called")
	}
	checkLog(t, s.Log())
	var sent, came strings.Builder
	must(t, s.Dump(&sent, a))
	must(t, s.Dump(&came, b))
	if strings.Contains(sent.String(), "[R]") || !strings.Contains(came.String(), "[R]") {
		t.Errorf("a saw\n%sb saw\n%s", &sent, &came)
	}
}

func TestRead_endOfStream(t *testing.T) {
	s, a, b := twoHosts(t, Config{}, endpoint.Config{}, LinkConfig{Delay: delay})
	at, bt := connected(t, s, a, b)
	at.Send(5)
	must(t, at.CloseWrite())
	must(t, s.RunFor(time.Second))
	buf := make([]byte, 10)
	if n, err := bt.Read(buf); n != 5 || err != nil {
		t.Errorf("read %d, %v; want 5", n, err)
	}
	if n, err := bt.Read(buf); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("read %d, %v; want the end", n, err)
	}
	if bt.Received() != 5 {
		t.Errorf("received %d, want 5", bt.Received())
	}
}

// Every bound ends a simulation that has no other end, and says which it was.
func TestLimits(t *testing.T) {
	keep := endpoint.Config{Options: tcpfsm.ProfileRecommended | tcpfsm.OptKeepAlive, KeepAliveIdle: time.Second}
	for what, cfg := range map[string]Config{
		"Steps": {Steps: 500}, "Time": {Time: time.Hour}, "LogMax": {LogMax: 1000}, "InFlight": {InFlight: 2},
	} {
		s, a, b := twoHosts(t, cfg, keep, LinkConfig{Delay: delay})
		b.Listen(80, ListenConfig{OnReady: acceptAll})
		c, err := a.Connect(b, 80, 0)
		must(t, err)
		if what == "InFlight" {
			s.At(time.Second/2, func() { c.Send(60_000) })
		}
		var limit *LimitError
		if err := s.Run(); !errors.As(err, &limit) || limit.What != what {
			t.Errorf("%s: the simulation ended at %v with %v", what, s.Now(), err)
		}
		if again := s.Run(); again == nil {
			t.Errorf("%s: the simulation goes on", what)
		}
	}
	s := New(Config{})
	var limit *LimitError
	if err := s.RunUntil(1000 * time.Hour); !errors.As(err, &limit) {
		t.Errorf("beyond the most virtual time: %v", err)
	}
}

// Times that no simulation reaches don't turn into times that are past.
func TestLater_endOfTime(t *testing.T) {
	const long = 1<<63 - 1
	s, a, b := twoHosts(t, Config{}, endpoint.Config{MSL: long, RTOMax: long, RTOInitial: long, KeepAliveIdle: long}, LinkConfig{Delay: long})
	_, err := a.Connect(b, 80, 0)
	must(t, err)
	must(t, s.RunFor(time.Hour))
	var limit *LimitError
	if err := s.RunFor(long); !errors.As(err, &limit) || s.Now() != time.Hour {
		t.Errorf("at %v: %v", s.Now(), err)
	}
	if got := later(long, 1); got != long {
		t.Errorf("after the end of time: %v", got)
	}
	if got := later(5, -1); got != 5 {
		t.Errorf("a negative time later: %v", got)
	}
}

// The same calls give the same log, whatever the order of maps.
func TestDeterministic(t *testing.T) {
	run := func() (*trace.Log, string) {
		s := New(Config{})
		server, err := s.Host("server", endpoint.Config{})
		must(t, err)
		server.App = sink(&bytes.Buffer{})
		l, err := server.Listen(80, ListenConfig{Backlog: endpoint.PolicyLinux.Backlog(3)})
		must(t, err)
		for _, name := range []string{"a", "b", "c"} {
			h, err := s.Host(name, endpoint.Config{MSL: time.Second})
			must(t, err)
			must(t, s.Link(h, server, LinkConfig{Delay: delay}))
			h.To(server).Filter(LoseEvery(5))
			h.App = source(bytes.Repeat([]byte(name), 20_000))
			for range 4 {
				_, err := h.Connect(server, 80, 0)
				must(t, err)
			}
		}
		s.At(5*time.Second, func() { acceptAll(l) })
		s.At(9*time.Second, func() { must(t, l.Close()) })
		s.At(11*time.Second, server.Crash)
		must(t, s.Run())
		var dump strings.Builder
		must(t, s.Dump(&dump, server))
		return s.Log(), dump.String()
	}
	log, dump := run()
	for range 3 {
		if again, dumped := run(); !reflect.DeepEqual(log, again) || dumped != dump {
			t.Fatal("two runs differ")
		}
	}
	if len(log.Events) < 500 {
		t.Errorf("only %d events: the run does not try much", len(log.Events))
	}
}

// The log is one that a chart can believe: times don't fall, a connection's states are
// linked, and every segment that arrives or is lost has departed.
func checkLog(t interface{ Errorf(string, ...any) }, log *trace.Log) {
	now := time.Duration(0)
	states := map[[2]string]string{}
	departed := map[int]trace.Segment{}
	for i, ev := range log.Events {
		if ev.Time < now {
			t.Errorf("event %d is at %v, after one at %v", i, ev.Time, now)
		}
		now = ev.Time
		if (ev.Before == "") != (ev.After == "") {
			t.Errorf("event %d has one state: %+v", i, ev)
		}
		if key := [2]string{ev.Host, ev.Conn}; ev.After != "" {
			if was := states[key]; was != "" && was != ev.Before && ev.Before != "LISTEN" && ev.Before != "CLOSED" && ev.Kind != trace.Crashed {
				t.Errorf("event %d of %v goes from %s, where it was in %s", i, key, ev.Before, was)
			}
			states[key] = ev.After
		}
		switch seg, ok := departed[ev.Packet]; {
		case ev.Kind == trace.Departed:
			departed[ev.Packet] = ev.Segment
		case (ev.Kind == trace.Arrived || ev.Kind == trace.Lost) && (!ok || seg != ev.Segment):
			t.Errorf("event %d: %v of packet %d, which departed as %v, %v", i, ev.Segment, ev.Packet, seg, ok)
		}
	}
}
