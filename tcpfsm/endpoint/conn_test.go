package endpoint

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

func TestConn_refusedCallsSayWhy(t *testing.T) {
	fresh, err := New(testConfig(), clientPair)
	if err != nil {
		t.Fatal(err)
	}
	_, err = fresh.Write(epoch, pattern(1))
	wantErr(t, "no connection to write to", err, tcpfsm.AnswerNoConnection)
	_, err = fresh.Read(epoch, make([]byte, 1))
	wantErr(t, "nor to read from", err, tcpfsm.AnswerNoConnection)
	wantErr(t, "nor to close", fresh.CloseWrite(epoch), tcpfsm.AnswerNoConnection)

	w := established(t, testConfig(), testConfig())
	wantErr(t, "one OPEN a connection", w.ends[0].Connect(w.now), tcpfsm.AnswerExists)
	_, err = w.ends[0].Read(w.now, make([]byte, 1))
	wantErr(t, "nothing has come", err, tcpfsm.AnswerPending)
	w.must(w.ends[0].CloseWrite(w.now))
	wantErr(t, "closed already", w.ends[0].CloseWrite(w.now), tcpfsm.AnswerConnectionClosing)
	_, err = w.ends[0].Write(w.now, pattern(1))
	wantErr(t, "nothing is sent after CLOSE", err, tcpfsm.AnswerConnectionClosing)
	w.must(w.ends[0].Close(w.now))
	_, err = w.ends[0].Read(w.now, make([]byte, 1))
	wantErr(t, "who left does not read", err, tcpfsm.AnswerConnectionClosing)
}

func wantErr(t *testing.T, why string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", why, err, want)
	}
}

func TestConn_writesAndReadsBeforeTheHandshakeEnds(t *testing.T) {
	w := newWorld(t, testConfig(), testConfig(), Backlog{})
	_, err := w.ends[0].Read(w.now, make([]byte, 1))
	wantErr(t, "reading waits", err, tcpfsm.AnswerPending)
	w.write(0, pattern(3000))
	w.must(w.ends[0].CloseWrite(w.now)) // in SYN-SENT there is nobody to tell: CLOSED
	w.want("the RFC's CLOSE in SYN-SENT", 0, tcpfsm.Closed)

	w = newWorld(t, testConfig(), testConfig(), Backlog{})
	w.write(0, pattern(3000))
	w.deliver()
	w.wantRead("what was written early follows the handshake", 1, pattern(3000), tcpfsm.AnswerPending)
}

func TestConn_writeTakesWhatFits(t *testing.T) {
	cfg := testConfig()
	cfg.SendBuffer = 1000
	w := established(t, cfg, testConfig())
	if n, err := w.ends[0].Write(w.now, pattern(1500)); n != 1000 || err != nil {
		t.Fatalf("wrote %d, %v; want 1000", n, err)
	}
	if n, err := w.ends[0].Write(w.now, pattern(1)); n != 0 || err != nil {
		t.Errorf("wrote %d, %v into a full buffer; want nothing and no error", n, err)
	}
	w.wait(second)
	if got := w.ends[0].Writable(); got != 1000 {
		t.Errorf("room for %d octets after all was acknowledged, want 1000", got)
	}
}

func TestConn_abortResetsThePeer(t *testing.T) {
	nagle := testConfig()
	nagle.NoDelay = false
	w := established(t, nagle, testConfig())
	w.write(0, pattern(10))
	w.deliver()
	w.write(0, pattern(10)) // held back, and not part of what the RST lies behind
	answers := len(w.sent[1])
	w.must(w.ends[0].Abort(w.now))
	w.deliver()
	if got := w.sent[1][answers:]; len(got) != 0 {
		t.Errorf("the RST was challenged with %v: it is not what the peer expects", got)
	}
	if got := w.ends[1].Readable(); got != 0 {
		t.Errorf("%d octets can be read after a reset", got)
	}
	w.want("gone", 1, tcpfsm.Closed)
	w.wantRead("the queues are flushed", 1, nil, ErrReset)
	w.wantRead("the aborter hears the same", 0, nil, ErrReset)
}

func TestConn_connectionRefused(t *testing.T) {
	c, err := New(testConfig(), clientPair)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Connect(epoch); err != nil {
		t.Fatal(err)
	}
	syn, _, _ := c.Next(nil)
	c.Receive(epoch, Stray(syn, nil), nil)
	wantErr(t, "nobody listens", c.Err(), ErrReset)
	if err := c.Connect(epoch.Add(second)); err != nil || c.State() != tcpfsm.SynSent {
		t.Errorf("a second attempt: %v in %v", err, c.State())
	}
}

func TestConn_closeWithUnreadTextResets(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	w.write(0, pattern(10))
	w.deliver()
	w.must(w.ends[1].Close(w.now))
	w.deliver()
	w.wantRead("the peer learns that its text was lost", 0, nil, ErrReset)
}

func TestConn_textForAnOrphanResets(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	w.must(w.ends[1].Close(w.now))
	w.deliver()
	w.write(0, pattern(10))
	w.deliver()
	w.wantRead("nobody will read it", 0, nil, ErrReset)
}

// What was acknowledged belongs to the user, also when the connection has ended.
func TestConn_readsTheRestAfterTheEnd(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	w.write(0, pattern(100))
	w.must(w.ends[0].CloseWrite(w.now))
	w.deliver()
	w.must(w.ends[1].CloseWrite(w.now))
	w.deliver()
	w.want("everything is acknowledged", 1, tcpfsm.Closed)
	w.wantRead("and not lost", 1, pattern(100), io.EOF)
}

func TestConn_closeSendsWhatWasHeldBack(t *testing.T) {
	cfg := testConfig()
	cfg.NoDelay = false
	w := established(t, cfg, testConfig())
	for range 3 {
		w.write(0, pattern(10))
	}
	w.must(w.ends[0].CloseWrite(w.now))
	w.deliver()
	w.wantRead("thirty octets, then the end", 1, append(append(pattern(10), pattern(10)...), pattern(10)...), io.EOF)
}

func TestConn_nagle(t *testing.T) {
	for _, c := range []struct {
		noDelay bool
		want    int
	}{{false, 1}, {true, 4}} {
		cfg := testConfig()
		cfg.NoDelay = c.noDelay
		w := established(t, cfg, testConfig())
		got := 0
		for range 4 {
			w.write(0, pattern(10))
			got += len(w.take(0))
		}
		if got != c.want {
			t.Errorf("NoDelay %v: %d small segments in flight, want %d", c.noDelay, got, c.want)
		}
	}
}

// A peer that opens its window by crumbs is not answered with crumbs.
func TestConn_avoidsSillyWindows(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	c := w.ends[0]
	w.write(0, pattern(500))
	sent := w.take(0)
	ack := Header{Segment: tcpfsm.Segment{Seq: c.TCB().RcvNxt, Ack: sent[0].Seq, Wnd: 600, Flags: tcpfsm.ACK}}
	c.Receive(w.now, ack, nil)
	w.write(0, pattern(5000))
	if got := w.take(0); len(got) != 0 {
		t.Errorf("sent %v into 100 octets of window while text is in flight", got)
	}
	ack.Ack, ack.Wnd = sent[0].Seq+500, 2500
	c.Receive(w.now, ack, nil)
	if got := w.take(0); len(got) != 2 || len(got[0].text) != 1000 || len(got[1].text) != 1000 {
		t.Errorf("sent %d segments, want two full ones", len(got))
	}
}

// Figure 7 of RFC 9293.
func TestConn_simultaneousOpen(t *testing.T) {
	w := &world{t: t, now: epoch}
	for i, pair := range []Pair{clientPair, serverPair} {
		c, err := New(testConfig(), pair)
		w.must(err)
		w.must(c.Connect(w.now))
		w.ends[i] = c
	}
	first, second := w.take(0), w.take(1)
	w.put(1, first[0])
	w.put(0, second[0])
	w.deliver()
	w.want("both opened", 0, tcpfsm.Established)
	w.want("both opened", 1, tcpfsm.Established)
	w.write(0, pattern(5000))
	w.deliver()
	w.wantRead("and it works", 1, pattern(5000), tcpfsm.AnswerPending)
	if mss := w.ends[0].TCB().SndMss; mss != 1000 {
		t.Errorf("the MSS is %d, want the peer's 1000", mss)
	}
}

func TestConn_signalsAreToldOnce(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	if got := w.ends[0].Signals(); !got.Has(tcpfsm.SignalEstablished) {
		t.Errorf("told %v, want that the connection is established", got)
	}
	if got := w.ends[0].Signals(); got != 0 {
		t.Errorf("told %v again", got)
	}
}

func TestConn_unreachable(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	w.ends[0].Signals()
	w.ends[0].Unreachable(w.now, false)
	if got := w.ends[0].Signals(); !got.Has(tcpfsm.SignalSoftError) {
		t.Errorf("a soft error tells %v", got)
	}
	w.want("the connection goes on", 0, tcpfsm.Established)
	w.ends[0].Unreachable(w.now, true)
	wantErr(t, "a hard error ends it", w.ends[0].Err(), ErrUnreachable)
}

func TestConn_peersMSS(t *testing.T) {
	for _, c := range []struct {
		why             string
		announced       uint16
		client, service uint32 // what each end may send
	}{
		{"smaller than ours", 300, 300, 300},
		{"larger than ours", 5000, 1000, 1000},
		{"not announced", 0, MSSDefault, MSSDefault},
		{"absurd", 1, MSSMin, MSSMin},
	} {
		w := newWorld(t, testConfig(), testConfig(), Backlog{})
		syn := w.take(0)[0]
		if syn.MSS != 1000 {
			t.Errorf("our SYN announces %d, want 1000", syn.MSS)
		}
		syn.MSS = c.announced
		w.put(1, syn)
		if got := w.ends[1].TCB().SndMss; got != c.service {
			t.Errorf("%s: the server may send %d, want %d", c.why, got, c.service)
		}
		synack := w.take(1)[0]
		synack.MSS = c.announced
		w.put(0, synack)
		if got := w.ends[0].TCB().SndMss; got != c.client {
			t.Errorf("%s: the client may send %d, want %d", c.why, got, c.client)
		}
	}
}

// With a small buffer for the caller a segment is cut smaller; with none, text waits.
func TestConn_nextWithSmallBuffers(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	w.write(0, pattern(10))
	if h, _, ok := w.ends[0].Next(nil); ok {
		t.Errorf("%v without room for text", h)
	}
	var got []byte
	buf := make([]byte, 3)
	for h, n, ok := w.ends[0].Next(buf); ok; h, n, ok = w.ends[0].Next(buf) {
		if int(h.Text) != n {
			t.Errorf("%v with %d octets", h, n)
		}
		got = append(got, buf[:n]...)
	}
	if string(got) != string(pattern(10)) {
		t.Errorf("got %v in pieces, want ten octets", got)
	}
}

// A retransmission that waits to be drained shrinks with what is acknowledged.
func TestConn_retransmissionIsCutByTheAcknowledgment(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	c := w.ends[0]
	w.write(0, pattern(1000))
	first := w.take(0)[0]
	w.now = w.now.Add(2 * second)
	c.Advance(w.now)
	c.Receive(w.now, Header{Segment: tcpfsm.Segment{Seq: c.TCB().RcvNxt, Ack: first.Seq + 400, Wnd: 5000, Flags: tcpfsm.ACK}}, nil)
	for _, again := range w.take(0) {
		if again.Seq != first.Seq+400 || string(again.text) != string(pattern(1000)[400:]) {
			t.Errorf("repeated %v, want the last 600 octets", again.Segment)
		}
	}
	c.Advance(w.now.Add(100 * second))
	c.Receive(w.now, Header{Segment: tcpfsm.Segment{Seq: c.TCB().RcvNxt, Ack: first.Seq + 1000, Wnd: 5000, Flags: tcpfsm.ACK}}, nil)
	if got := w.take(0); len(got) != 0 {
		t.Errorf("sent %v although all is acknowledged", got)
	}
}

func TestConn_waitingRetransmissionIsTrimmed(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	c := w.ends[0]
	w.write(0, pattern(1000))
	first := w.take(0)[0]
	ack := Header{Segment: tcpfsm.Segment{Seq: c.TCB().RcvNxt, Ack: first.Seq, Flags: tcpfsm.ACK}}
	c.Receive(w.now, ack, nil) // the window closes
	ack.Wnd = 5000
	c.Receive(w.now, ack, nil) // and opens: what is in flight is repeated
	ack.Ack += 400
	c.Receive(w.now, ack, nil)
	if got := w.take(0); len(got) != 1 || got[0].Seq != ack.Ack || string(got[0].text) != string(pattern(1000)[400:]) {
		t.Errorf("repeated %v, want the 600 octets that are not acknowledged", got)
	}
}

// What has not been drained is neither repeated nor acknowledged twice.
func TestConn_undrainedTextIsSentOnce(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	c := w.ends[0]
	w.write(0, pattern(500))
	w.now = w.now.Add(2 * second)
	c.Advance(w.now)
	if got := w.take(0); len(got) != 1 {
		t.Errorf("sent %d segments, want the one that waited", len(got))
	}
	w.write(0, pattern(500))
	c.Receive(w.now, Header{Segment: tcpfsm.Segment{Seq: c.TCB().RcvNxt, Ack: c.TCB().SndNxt, Wnd: 5000, Flags: tcpfsm.ACK}}, nil)
	if got := w.take(0); len(got) != 0 {
		t.Errorf("sent %v, which a peer that guesses well has acknowledged before it was sent", got)
	}
}

func TestConn_undrainedAcknowledgmentsAreJoined(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	w.write(0, pattern(4000))
	for _, s := range w.take(0) {
		w.put(1, s)
	}
	if got := w.take(1); len(got) != 1 || got[0].Ack != w.ends[0].TCB().SndNxt {
		t.Errorf("answered %v, want one acknowledgment of all", got)
	}
}

// The text of RFC 9293 loses what is unread when both ends have closed; it is not
// said to be the end of the stream.
func TestConn_literalProfileLosesTheTail(t *testing.T) {
	literal := testConfig()
	literal.Options = tcpfsm.ProfileRFC9293
	w := established(t, testConfig(), literal)
	w.write(0, pattern(100))
	w.must(w.ends[0].CloseWrite(w.now))
	w.deliver()
	w.must(w.ends[1].CloseWrite(w.now))
	w.want("both have closed", 1, tcpfsm.LastAck)
	w.wantRead("section 3.10.3 by the letter", 1, nil, tcpfsm.AnswerConnectionClosing)
}

// A caller that never drains costs eight segments, not memory.
func TestConn_undrainedIsBounded(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	c := w.ends[0]
	for i := range 1000 {
		old := Header{Segment: tcpfsm.Segment{Seq: c.TCB().RcvNxt - 100, Ack: c.TCB().SndNxt, Wnd: uint32(i), Flags: tcpfsm.ACK}}
		c.Receive(w.now, old, pattern(10))
	}
	if got := len(w.take(0)); got != controls {
		t.Errorf("%d segments wait, want %d", got, controls)
	}
}

func TestConfig_refusesWhatCannotWork(t *testing.T) {
	for why, change := range map[string]func(*Config){
		"no secret":        func(c *Config) { c.Secret = nil },
		"short secret":     func(c *Config) { c.Secret = c.Secret[:15] },
		"negative buffer":  func(c *Config) { c.SendBuffer = -1 },
		"huge buffer":      func(c *Config) { c.ReceiveBuffer = BufferMax + 1 },
		"tiny MSS":         func(c *Config) { c.MSS = MSSMin - 1 },
		"slow ACK":         func(c *Config) { c.DelayedAck = 500 * time.Millisecond },
		"negative time":    func(c *Config) { c.MSL = -1 },
		"RTO out of order": func(c *Config) { c.RTOMax = second / 2 },
	} {
		cfg := testConfig()
		change(&cfg)
		if _, err := New(cfg, clientPair); err == nil {
			t.Errorf("%s: New takes it", why)
		}
		if _, err := Listen(cfg, Backlog{}); err == nil {
			t.Errorf("%s: Listen takes it", why)
		}
	}
	if _, err := Listen(testConfig(), Backlog{Syn: -1}); err == nil {
		t.Error("Listen takes a negative backlog")
	}
}
