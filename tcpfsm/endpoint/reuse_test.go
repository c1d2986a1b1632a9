package endpoint

import (
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// inTimeWait is a world in which the server, who closed first, is in TIME-WAIT and the
// client's connection is gone.
func inTimeWait(t *testing.T, client, server Config) *world {
	t.Helper()
	w := established(t, client, server)
	w.must(w.ends[1].CloseWrite(w.now))
	w.deliver()
	w.must(w.ends[0].CloseWrite(w.now))
	w.deliver()
	w.want("who closed first waits", 1, tcpfsm.TimeWait)
	w.want("who closed last is done", 0, tcpfsm.Closed)
	return w
}

func reusing() Config {
	cfg := testConfig()
	cfg.Options = tcpfsm.ProfileBSD
	return cfg
}

// syn is what a client sends that opens again from the same socket.
func (w *world) syn(cfg Config) wire {
	w.t.Helper()
	c, err := New(cfg, clientPair)
	w.must(err)
	w.must(c.Connect(w.now))
	w.ends[0] = c
	return w.take(0)[0]
}

func TestReuse_byAHigherSequenceNumber(t *testing.T) {
	w := inTimeWait(t, reusing(), reusing())
	w.wait(time.Second)
	s := w.syn(reusing()) // its number has risen with the clock
	old := w.ends[1].TCB()
	child := w.listen.Reuse(w.now, w.ends[1], s.Header, nil)
	if child == nil || child.State() != tcpfsm.SynReceived || child.Row() != tcpfsm.RowTimewaitReuse {
		t.Fatalf("TIME-WAIT and a SYN beyond RCV.NXT give %v", child)
	}
	if iss := child.TCB().ISS; !precedes(old.SndNxt, iss) {
		t.Errorf("ISS %d is not beyond %d, the last number of the old connection", iss, old.SndNxt)
	}
	if syn, accept := w.listen.Waiting(); syn != 1 || accept != 0 {
		t.Errorf("%d in SYN-RECEIVED and %d to accept, want 1 and 0", syn, accept)
	}
	w.ends[1] = child
	w.deliver()
	w.want("a new connection", 0, tcpfsm.Established)
	w.want("a new connection", 1, tcpfsm.Established)
	if c, ok := w.listen.Accept(); !ok || c != child {
		t.Errorf("accepted %v, want the new connection", c)
	}
	w.write(0, pattern(100))
	w.deliver()
	w.wantRead("nothing of the old one is in its buffers", 1, pattern(100), tcpfsm.AnswerPending)
}

func TestReuse_refused(t *testing.T) {
	for _, c := range []struct {
		why string
		cfg func() Config
		seq func(rcvNxt uint32) tcpfsm.Segment
	}{
		{"the number is not beyond", reusing, func(n uint32) tcpfsm.Segment { return tcpfsm.Segment{Seq: n, Flags: tcpfsm.SYN} }},
		{"the number is old", reusing, func(n uint32) tcpfsm.Segment { return tcpfsm.Segment{Seq: n - 5, Flags: tcpfsm.SYN} }},
		{"no option", testConfig, func(n uint32) tcpfsm.Segment { return tcpfsm.Segment{Seq: n + 5, Flags: tcpfsm.SYN} }},
		{"no SYN", reusing, func(n uint32) tcpfsm.Segment { return tcpfsm.Segment{Seq: n + 5, Flags: tcpfsm.FIN | tcpfsm.ACK} }},
		{"a SYN,ACK", reusing, func(n uint32) tcpfsm.Segment { return tcpfsm.Segment{Seq: n + 5, Flags: tcpfsm.SYN | tcpfsm.ACK} }},
	} {
		w := inTimeWait(t, reusing(), c.cfg())
		before := w.ends[1].TCB()
		if child := w.listen.Reuse(w.now, w.ends[1], Header{Segment: c.seq(before.RcvNxt)}, nil); child != nil {
			t.Errorf("%s: TIME-WAIT is reused", c.why)
		}
		if w.ends[1].TCB() != before {
			t.Errorf("%s: the connection in TIME-WAIT has changed", c.why)
		}
	}
}

// The SYN was an old duplicate: the client resets what comes of it, and the quiet time
// goes on, in nobody's queue.
func TestReuse_oldDuplicateGoesBackToTimeWait(t *testing.T) {
	w := inTimeWait(t, reusing(), reusing())
	old := w.ends[1].TCB()
	child := w.listen.Reuse(w.now, w.ends[1], Header{Segment: tcpfsm.Segment{Seq: old.RcvNxt + 7, Wnd: 9, Flags: tcpfsm.SYN}}, nil)
	if child == nil {
		t.Fatal("the SYN is refused")
	}
	child.Receive(w.now, Header{Segment: tcpfsm.Segment{Seq: old.RcvNxt + 8, Flags: tcpfsm.RST}}, nil)
	if now := child.TCB(); now.State != tcpfsm.TimeWait || now.RcvNxt != old.RcvNxt || now.SndNxt != old.SndNxt {
		t.Errorf("after the RST: %v, RCV.NXT %d, SND.NXT %d; want TIME-WAIT, %d, %d", now.State, now.RcvNxt, now.SndNxt, old.RcvNxt, old.SndNxt)
	}
	if syn, accept := w.listen.Waiting(); syn+accept != 0 {
		t.Errorf("%d in SYN-RECEIVED and %d to accept, want none", syn, accept)
	}
	if _, ok := child.NextDeadline(); !ok {
		t.Error("the quiet time has no end")
	}
}

func TestReuse_byATimestamp(t *testing.T) {
	stamped := reusing()
	stamped.Timestamps = true
	w := inTimeWait(t, stamped, stamped)
	low := Header{Segment: tcpfsm.Segment{Seq: w.ends[1].TCB().RcvNxt - 50, Wnd: 9, Flags: tcpfsm.SYN}, MSS: 1000, HasTS: true}
	recent := w.ends[1].stamps.recent
	for _, c := range []struct {
		why   string
		tsval uint32
		had   bool // SYN carries a timestamp
		beyond,
		ok bool
	}{
		{"an older timestamp", recent - 1, true, true, false},
		{"an equal timestamp, a low number", recent, true, false, false},
		{"an equal timestamp, a higher number", recent, true, true, true},
		{"a newer timestamp", recent + 1, true, false, true},
		{"no timestamp, a low number", 0, false, false, false},
		{"no timestamp, a higher number", 0, false, true, true},
	} {
		h := low
		if h.HasTS, h.TSval = c.had, c.tsval; c.beyond {
			h.Seq += 60
		}
		if child := w.listen.Reuse(w.now, w.ends[1], h, nil); (child != nil) != c.ok {
			t.Errorf("%s: reused %v, want %v", c.why, child != nil, c.ok)
		}
	}
}

// The first connection had no timestamps: a SYN with one can't be its duplicate.
func TestReuse_timestampsAreNew(t *testing.T) {
	stamped := reusing()
	stamped.Timestamps = true
	w := inTimeWait(t, reusing(), stamped)
	h := Header{Segment: tcpfsm.Segment{Seq: w.ends[1].TCB().RcvNxt - 50, Flags: tcpfsm.SYN}, HasTS: true, TSval: 1}
	if w.listen.Reuse(w.now, w.ends[1], h, nil) == nil {
		t.Error("a SYN with a timestamp is refused")
	}
}

// Every segment carries a timestamp when both offered it, none when one did not; the
// text makes room for it.
func TestTimestamps(t *testing.T) {
	stamped := testConfig()
	stamped.Timestamps = true
	for _, c := range []struct {
		client, server Config
		on             bool
	}{{stamped, stamped, true}, {stamped, testConfig(), false}, {testConfig(), stamped, false}} {
		w := newWorld(t, c.client, c.server, Backlog{})
		w.deliver()
		w.write(0, pattern(2000))
		w.wait(time.Second)
		for end, sent := range w.sent {
			for i, s := range sent {
				opening := end == 0 && i == 0
				if want := c.on || opening && c.client.Timestamps; s.HasTS != want {
					t.Errorf("end %d, segment %d %v: timestamp %v, want %v", end, i, s.Segment, s.HasTS, want)
				}
				if s.HasTS && s.Flags.Has(tcpfsm.ACK) && s.TSecr == 0 {
					t.Errorf("end %d, segment %d %v echoes nothing", end, i, s.Segment)
				}
			}
		}
		longest := 0
		for _, s := range w.sent[0] {
			longest = max(longest, len(s.text))
		}
		if want := 1000 - map[bool]int{true: stampOctets}[c.on]; longest != want {
			t.Errorf("timestamps %v: the longest segment has %d octets, want %d", c.on, longest, want)
		}
	}
}

func TestTimestamps_rise(t *testing.T) {
	stamped := testConfig()
	stamped.Timestamps = true
	w := established(t, stamped, stamped)
	w.write(0, pattern(1))
	w.deliver()
	w.wait(1500 * time.Millisecond)
	w.write(0, pattern(1))
	w.deliver()
	sent := w.sent[0]
	if d := sent[len(sent)-1].TSval - sent[0].TSval; d != 1500 {
		t.Errorf("the timestamp rose by %d in 1.5 s, want 1500", d)
	}
}
