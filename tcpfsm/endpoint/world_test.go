package endpoint

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// epoch is when every test begins.
var epoch = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

var (
	clientPair = Pair{netip.MustParseAddrPort("192.0.2.1:40000"), netip.MustParseAddrPort("192.0.2.2:80")}
	serverPair = Pair{clientPair.Remote, clientPair.Local}
)

func testConfig() Config {
	return Config{Secret: []byte("for tests, not for the network"), MSS: 1000, NoDelay: true}
}

// A wire is a segment on its way.
type wire struct {
	Header
	text []byte
}

// A world is two endpoints and the time. The network between them loses what drop
// says, and delivers the rest when deliver is called.
type world struct {
	t      *testing.T
	now    time.Time
	ends   [2]*Conn
	listen *Listener
	drop   func(from int, s wire) bool
	sent   [2][]wire // everything that an end has sent, lost or not
	buf    [65536]byte
}

// newWorld opens a connection from end 0 to a listener, whose child is end 1.
func newWorld(t *testing.T, client, server Config, backlog Backlog) *world {
	t.Helper()
	w := &world{t: t, now: epoch}
	var err error
	if w.ends[0], err = New(client, clientPair); err != nil {
		t.Fatal(err)
	}
	if w.listen, err = Listen(server, backlog); err != nil {
		t.Fatal(err)
	}
	w.must(w.ends[0].Connect(w.now))
	return w
}

// established is a world after its handshake.
func established(t *testing.T, client, server Config) *world {
	t.Helper()
	w := newWorld(t, client, server, Backlog{})
	w.deliver()
	w.want("a handshake without loss", 0, tcpfsm.Established)
	w.want("a handshake without loss", 1, tcpfsm.Established)
	if c, ok := w.listen.Accept(); !ok || c != w.ends[1] {
		t.Fatalf("accepted %v, %v; want the server's connection", c, ok)
	}
	w.sent = [2][]wire{}
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) want(why string, end int, state tcpfsm.State) {
	w.t.Helper()
	if got := w.ends[end].State(); got != state {
		w.t.Fatalf("%s: end %d is in %v, want %v", why, end, got, state)
	}
}

// take drains an end.
func (w *world) take(end int) (out []wire) {
	w.t.Helper()
	if w.ends[end] == nil {
		return nil
	}
	for h, n, ok := w.ends[end].Next(w.buf[:]); ok; h, n, ok = w.ends[end].Next(w.buf[:]) {
		out = append(out, wire{h, bytes.Clone(w.buf[:n])})
	}
	t := w.ends[end].TCB()
	w.must(t.Check())
	w.sent[end] = append(w.sent[end], out...)
	return out
}

// put hands a segment to an end.
func (w *world) put(end int, s wire) {
	if w.ends[end] == nil {
		w.ends[end], _ = w.listen.Receive(w.now, serverPair, s.Header, s.text)
		return
	}
	w.ends[end].Receive(w.now, s.Header, s.text)
}

// deliver carries segments back and forth until nobody has any to send.
func (w *world) deliver() {
	w.t.Helper()
	for range 10000 {
		quiet := true
		for end := range w.ends {
			for _, s := range w.take(end) {
				quiet = false
				if w.drop == nil || !w.drop(end, s) {
					w.put(1-end, s)
				}
			}
		}
		if quiet {
			return
		}
	}
	w.t.Fatal("the ends answer each other for ever")
}

// wait lets time pass, deadline by deadline, and delivers after each.
func (w *world) wait(d time.Duration) {
	w.t.Helper()
	for until := w.now.Add(d); ; {
		w.deliver()
		next := until
		for _, c := range w.ends {
			if c == nil {
				continue
			}
			if at, ok := c.NextDeadline(); ok && at.Before(next) {
				next = at
			}
		}
		w.now = next
		for _, c := range w.ends {
			if c != nil {
				c.Advance(w.now)
			}
		}
		if !next.Before(until) {
			w.deliver()
			return
		}
	}
}

func (w *world) write(end int, text []byte) {
	w.t.Helper()
	if n, err := w.ends[end].Write(w.now, text); n != len(text) || err != nil {
		w.t.Fatalf("wrote %d octets, %v; want %d", n, err, len(text))
	}
}

// read takes everything that an end has, and says how it ended.
func (w *world) read(end int) ([]byte, error) {
	var all []byte
	for {
		n, err := w.ends[end].Read(w.now, w.buf[:777])
		all = append(all, w.buf[:n]...)
		if err != nil {
			return all, err
		}
	}
}

func (w *world) wantRead(why string, end int, text []byte, err error) {
	w.t.Helper()
	if got, end := w.read(end); !bytes.Equal(got, text) || !errors.Is(end, err) {
		w.t.Fatalf("%s: read %d octets, %v; want %d, %v", why, len(got), end, len(text), err)
	}
}

// pattern is text in which every place can be recognized.
func pattern(n int) []byte {
	text := make([]byte, n)
	for i := range text {
		text[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return text
}

func TestConn_carriesBothWaysAndCloses(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	up, down := pattern(20_000), pattern(5_000)
	w.write(0, up)
	w.write(1, down)
	w.deliver()
	w.must(w.ends[0].CloseWrite(w.now))
	w.deliver()
	w.wantRead("all of it, then the end", 1, up, io.EOF)
	w.want("it still waits for the peer", 0, tcpfsm.FinWait2)
	w.wantRead("more may come", 0, down, tcpfsm.AnswerPending)
	w.must(w.ends[1].Close(w.now))
	w.deliver()
	w.wantRead("the end", 0, nil, io.EOF)
	w.want("who closed first waits", 0, tcpfsm.TimeWait)
	w.want("who closed last is done", 1, tcpfsm.Closed)
	w.wait(4*time.Minute - 1)
	w.want("2 MSL are not over", 0, tcpfsm.TimeWait)
	w.wait(1)
	w.want("2 MSL are over", 0, tcpfsm.Closed)
	if err := w.ends[0].Err(); err != nil {
		t.Error("a connection that ended in order says", err)
	}
	if _, ok := w.ends[0].NextDeadline(); ok {
		t.Error("a closed connection waits for something")
	}
}

func TestConn_cutsToTheMSS(t *testing.T) {
	small := testConfig()
	small.MSS = 300
	w := established(t, testConfig(), small)
	w.write(0, pattern(1000))
	segments := w.take(0)
	var lengths []int
	for _, s := range segments {
		lengths = append(lengths, len(s.text))
	}
	if !slices.Equal(lengths, []int{300, 300, 300, 100}) {
		t.Errorf("segments of %v octets, want at most the peer's MSS of 300", lengths)
	}
	for i, s := range segments {
		if last := i == len(segments)-1; s.Flags.Has(tcpfsm.PSH) != last {
			t.Errorf("segment %d: %v; only the last is pushed", i, s)
		}
	}
}
