package main

import (
	"net/netip"
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
)

// An end is a connection of the endpoint, played with by hand: what it sends goes
// nowhere, and what it gets is made up.
type end struct {
	*endpoint.Conn
	t   *testing.T
	now time.Time
	buf [4096]byte
}

func newEnd(t *testing.T, change func(*endpoint.Config)) *end {
	t.Helper()
	cfg := endpoint.Config{Secret: []byte("for tests, not for the network"), MSS: 100, NoDelay: true}
	if change != nil {
		change(&cfg)
	}
	pair := endpoint.Pair{Local: netip.MustParseAddrPort("192.0.2.1:40000"), Remote: netip.MustParseAddrPort("192.0.2.2:80")}
	c, err := endpoint.New(cfg, pair)
	if err != nil {
		t.Fatal(err)
	}
	e := &end{Conn: c, t: t, now: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}
	if err := c.Connect(e.now); err != nil {
		t.Fatal(err)
	}
	return e
}

// established answers the SYN of a new end, with a window of 300 octets.
func established(t *testing.T, change func(*endpoint.Config)) *end {
	t.Helper()
	e := newEnd(t, change)
	e.sent()
	e.arrives(tcpfsm.SYN|tcpfsm.ACK, 300, nil)
	e.sent()
	if e.State() != tcpfsm.Established {
		t.Fatalf("the end is in %v", e.State())
	}
	return e
}

// sent takes everything that the end has to send.
func (e *end) sent() (all []endpoint.Header) {
	for h, _, ok := e.Next(e.buf[:]); ok; h, _, ok = e.Next(e.buf[:]) {
		all = append(all, h)
	}
	return all
}

// arrives gives the end a segment that acknowledges all of what it has sent, if it has
// the flag ACK, and is next in sequence.
func (e *end) arrives(flags tcpfsm.Flags, window uint32, text []byte) {
	tcb := e.TCB()
	seq := tcb.RcvNxt
	if flags.Has(tcpfsm.SYN) {
		seq = 5000
	}
	e.segment(tcpfsm.Segment{Seq: seq, Ack: tcb.SndNxt, Wnd: window, Flags: flags}, text)
}

func (e *end) segment(seg tcpfsm.Segment, text []byte) {
	e.Receive(e.now, endpoint.Header{Segment: seg}, text)
}

// waits lets deadline after deadline pass until the end is CLOSED or the time is over,
// and gives the times at which something was sent.
func (e *end) waits(d time.Duration, each func()) (at []time.Duration) {
	start, until := e.now, e.now.Add(d)
	for e.State() != tcpfsm.Closed {
		next, ok := e.NextDeadline()
		if !ok || next.After(until) {
			break
		}
		e.now = next
		e.Advance(e.now)
		if len(e.sent()) > 0 {
			at = append(at, e.now.Sub(start))
			if each != nil {
				each()
			}
		}
	}
	return at
}

func (e *end) write(n int) {
	e.t.Helper()
	if got, err := e.Write(e.now, make([]byte, n)); got != n || err != nil {
		e.t.Fatalf("wrote %d of %d octets, %v", got, n, err)
	}
}

// MUST-23: nobody answers our SYN, and it is repeated for 3 minutes at least.
func TestRequirements_synIsRepeatedForThreeMinutes(t *testing.T) {
	e := newEnd(t, nil)
	e.sent()
	start := e.now
	e.waits(time.Hour, nil)
	if lasted := e.now.Sub(start); e.State() != tcpfsm.Closed || lasted < 3*time.Minute {
		t.Errorf("given up after %v, in %v", lasted, e.State())
	}
}

// MUST-20, MUST-21, SHLD-9 to 11: by default the user hears of the third retransmission
// or a later one, and text is given up after 100 s at least; and R2 can be chosen.
func TestRequirements_textIsGivenUp(t *testing.T) {
	e := established(t, nil)
	e.Signals()
	e.write(10)
	e.sent()
	start, count, warned := e.now, 0, 0
	e.waits(time.Hour, func() {
		if count++; warned == 0 && e.Signals().Has(tcpfsm.SignalRetransmitting) {
			warned = count
		}
	})
	if lasted := e.now.Sub(start); e.State() != tcpfsm.Closed || lasted < 100*time.Second || warned < 3 || warned >= count {
		t.Errorf("given up after %v and %d retransmissions, warned at the %d., in %v", lasted, count, warned, e.State())
	}

	e = established(t, func(c *endpoint.Config) { c.R1, c.R2 = 1, 2 })
	e.write(10)
	e.sent()
	if at := e.waits(time.Hour, nil); len(at) != 2 || e.State() != tcpfsm.Closed {
		t.Errorf("with R2 = 2: retransmissions at %v, in %v", at, e.State())
	}
}

// MUST-34, MUST-35, SHLD-15, SHLD-16, MAY-7: the window shrinks below what is in flight.
func TestRequirements_shrunkenWindow(t *testing.T) {
	e := established(t, nil)
	e.write(250)
	if got := e.sent(); len(got) != 3 {
		t.Fatalf("sent %v into a window of 300", got)
	}
	una := e.TCB().SndUna
	e.segment(tcpfsm.Segment{Seq: e.TCB().RcvNxt, Ack: una, Wnd: 50, Flags: tcpfsm.ACK}, nil)
	e.write(50)
	if got := e.sent(); len(got) != 0 {
		t.Errorf("sent %v beyond a window that has shrunk", got)
	}
	next, _ := e.NextDeadline()
	e.now = next
	e.Advance(e.now)
	if got := e.sent(); len(got) != 1 || got[0].Seq != una {
		t.Errorf("repeated %v, want the oldest segment", got)
	}
	e.arrives(tcpfsm.ACK, 0, nil)
	if at := e.waits(10*time.Second, nil); len(at) == 0 {
		t.Error("a window that has shrunk to zero is not probed")
	}
}

// MUST-37, SHLD-17, MAY-8: a peer that keeps its window closed for a day, and answers
// every probe, is not given up.
func TestRequirements_closedWindowStaysOpen(t *testing.T) {
	e := established(t, nil)
	e.arrives(tcpfsm.ACK, 0, nil)
	e.write(10)
	e.sent()
	una := e.TCB().SndUna
	at := e.waits(24*time.Hour, func() {
		e.segment(tcpfsm.Segment{Seq: e.TCB().RcvNxt, Ack: una, Flags: tcpfsm.ACK}, nil)
	})
	if e.State() != tcpfsm.Established || len(at) < 1000 {
		t.Errorf("%v after %d probes", e.State(), len(at))
	}
}

// MUST-39: a user who reads by octets does not make the window open by octets.
func TestRequirements_noCrumbs(t *testing.T) {
	e := established(t, func(c *endpoint.Config) { c.ReceiveBuffer = 1000 })
	for range 10 {
		e.arrives(tcpfsm.ACK|tcpfsm.PSH, 300, make([]byte, 100))
	}
	e.waits(time.Second, nil)
	for read := 1; read <= 1000; read++ {
		if _, err := e.Read(e.now, e.buf[:1]); err != nil {
			t.Fatal(err)
		}
		for _, h := range e.sent() {
			if h.Wnd > 0 && h.Wnd < 100 {
				t.Fatalf("after %d octets the peer hears of a window of %d", read, h.Wnd)
			}
		}
		if wnd := e.TCB().RcvWnd; read < 100 && wnd != 0 {
			t.Fatalf("after %d octets the window is %d", read, wnd)
		}
	}
	if wnd := e.TCB().RcvWnd; wnd < 900 {
		t.Errorf("after everything was read, the window is %d", wnd)
	}
}

// MUST-65: only a SYN carries the MSS.
func TestRequirements_mssOnlyWithSyn(t *testing.T) {
	e := newEnd(t, nil)
	if got := e.sent(); len(got) != 1 || got[0].MSS != 100 {
		t.Errorf("sent %v, want a SYN with the MSS", got)
	}
	e.arrives(tcpfsm.SYN|tcpfsm.ACK, 300, nil)
	e.write(150)
	if err := e.CloseWrite(e.now); err != nil {
		t.Fatal(err)
	}
	got := e.sent()
	for _, h := range got {
		if h.MSS != 0 {
			t.Errorf("%v carries the MSS", h)
		}
	}
	if len(got) < 3 {
		t.Errorf("sent %v, want an ACK, text and FIN", got)
	}
}

// MUST-66: RST counts although our window is closed.
func TestRequirements_rstIntoAClosedWindow(t *testing.T) {
	e := established(t, func(c *endpoint.Config) { c.ReceiveBuffer = 100 })
	e.arrives(tcpfsm.ACK, 300, make([]byte, 100))
	if wnd := e.TCB().RcvWnd; wnd != 0 {
		t.Fatalf("the window is %d", wnd)
	}
	e.segment(tcpfsm.Segment{Seq: e.TCB().RcvNxt, Flags: tcpfsm.RST}, nil)
	if e.State() != tcpfsm.Closed || e.Err() != endpoint.ErrReset {
		t.Errorf("%v, %v after RST", e.State(), e.Err())
	}
}
