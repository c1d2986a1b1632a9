package endpoint

import (
	"testing"
	"time"
)

// A bulk is an established connection over which text flows without loss.
type bulk struct {
	now      time.Time
	ends     [2]*Conn
	buf      [2048]byte
	text     []byte
	segments int
}

func newBulk(tb testing.TB) *bulk {
	tb.Helper()
	cfg := testConfig()
	cfg.MSS = 1460
	l, err := Listen(cfg, Backlog{})
	if err != nil {
		tb.Fatal(err)
	}
	b := &bulk{now: epoch, text: pattern(32768)}
	if b.ends[0], err = New(cfg, clientPair); err != nil {
		tb.Fatal(err)
	}
	if err := b.ends[0].Connect(b.now); err != nil {
		tb.Fatal(err)
	}
	syn, _, _ := b.ends[0].Next(nil)
	b.ends[1], _ = l.Receive(b.now, serverPair, syn, nil)
	for range 10 {
		b.round() // until the buffers are there
	}
	return b
}

// round writes 32768 octets at one end, carries them, and reads them at the other.
func (b *bulk) round() {
	b.ends[0].Write(b.now, b.text)
	for quiet := false; !quiet; {
		quiet = true
		for i, c := range b.ends {
			for h, n, ok := c.Next(b.buf[:]); ok; h, n, ok = c.Next(b.buf[:]) {
				b.ends[1-i].Receive(b.now, h, b.buf[:n])
				b.segments++
				quiet = false
			}
		}
		for n := 1; n > 0; {
			n, _ = b.ends[1].Read(b.now, b.buf[:])
		}
	}
	b.now = b.now.Add(50 * time.Millisecond)
	for _, c := range b.ends {
		c.Advance(b.now)
	}
}

// gaps does the same and loses nothing, but swaps neighbours.
func (b *bulk) gaps() {
	b.ends[0].Write(b.now, b.text)
	var first [2048]byte
	for {
		h, n, ok := b.ends[0].Next(first[:])
		if !ok {
			break
		}
		later, m, ok := b.ends[0].Next(b.buf[:])
		if ok {
			b.ends[1].Receive(b.now, later, b.buf[:m])
		}
		b.ends[1].Receive(b.now, h, first[:n])
		b.segments += 2
	}
	b.round()
}

func TestConn_segmentsDoNotAllocate(t *testing.T) {
	b := newBulk(t)
	if n := testing.AllocsPerRun(100, b.round); n != 0 {
		t.Errorf("%v allocations in a round of 32768 octets, want none", n)
	}
	if n := testing.AllocsPerRun(100, b.gaps); n != 0 {
		t.Errorf("%v allocations in a round with reordering, want none", n)
	}
}

// BenchmarkConn_bulk carries text from one end to the other: octets and segments a
// second are of both ends' work together.
func BenchmarkConn_bulk(b *testing.B) {
	w := newBulk(b)
	b.SetBytes(int64(len(w.text)))
	b.ReportAllocs()
	w.segments = 0
	for b.Loop() {
		w.round()
	}
	b.ReportMetric(float64(w.segments)/b.Elapsed().Seconds(), "segments/s")
}

// BenchmarkConn_receive is one segment of 1460 octets, taken and read.
func BenchmarkConn_receive(b *testing.B) {
	w := newBulk(b)
	c := w.ends[1]
	peer := w.ends[0].TCB()
	h := Header{}
	h.Ack, h.Wnd, h.Flags = c.TCB().SndNxt, peer.RcvWnd, 16
	b.SetBytes(1460)
	b.ReportAllocs()
	for b.Loop() {
		h.Seq = c.tcb.RcvNxt
		c.Receive(w.now, h, w.text[:1460])
		c.Read(w.now, w.buf[:])
		c.Next(nil)
	}
}

// BenchmarkConn_nextDeadline is what a driver asks after every segment.
func BenchmarkConn_nextDeadline(b *testing.B) {
	w := newBulk(b)
	w.ends[0].Write(w.now, w.text)
	for b.Loop() {
		w.ends[0].NextDeadline()
	}
}

// BenchmarkListener_syn is a SYN that is taken, up to the SYN,ACK, and forgotten.
func BenchmarkListener_syn(b *testing.B) {
	w := newBulk(b)
	l, err := Listen(testConfig(), Backlog{})
	if err != nil {
		b.Fatal(err)
	}
	h := Header{}
	h.Flags = 2
	b.ReportAllocs()
	for b.Loop() {
		child, _ := l.Receive(w.now, serverPair, h, nil)
		child.Next(nil)
		child.Abort(w.now)
	}
}
