package endpoint

import (
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// halves is a connection whose client has sent ten segments that nobody got yet.
func halves(t *testing.T, server Config) (*world, []wire) {
	t.Helper()
	w := established(t, testConfig(), server)
	w.write(0, pattern(10_000))
	segments := w.take(0)
	w.must(w.ends[0].CloseWrite(w.now))
	segments = append(segments, w.take(0)...)
	if len(segments) != 11 {
		t.Fatalf("%d segments, want ten with text and the FIN", len(segments))
	}
	return w, segments
}

func TestReceive_earlyTextIsHeldInAnyOrder(t *testing.T) {
	for seed := range uint64(50) {
		w, segments := halves(t, testConfig())
		r := rand.New(rand.NewPCG(seed, 1))
		r.Shuffle(len(segments), func(i, j int) { segments[i], segments[j] = segments[j], segments[i] })
		for _, s := range segments {
			w.put(1, s)
			w.put(1, s) // and once more
		}
		w.wantRead("each segment came, and was kept", 1, pattern(10_000), io.EOF)
	}
}

func TestReceive_filledGapIsAcknowledgedAtOnce(t *testing.T) {
	w, segments := halves(t, testConfig())
	w.put(1, segments[1])
	w.take(1)
	w.put(1, segments[0])
	acks := w.take(1)
	if len(acks) != 1 || acks[0].Ack != segments[2].Seq {
		t.Errorf("answered with %v, want one acknowledgment of both segments, %d", acks, segments[2].Seq)
	}
	// The same while an acknowledgment is delayed already.
	w.put(1, segments[4])
	w.put(1, segments[2])
	w.take(1)
	w.put(1, segments[3])
	acks = w.take(1)
	if len(acks) != 1 || acks[0].Ack != segments[5].Seq {
		t.Errorf("answered with %v, want one acknowledgment of all, %d", acks, segments[5].Seq)
	}
}

func TestReceive_earlyFinWaitsForTheText(t *testing.T) {
	w, segments := halves(t, testConfig())
	w.put(1, segments[10])
	w.want("the FIN is early", 1, tcpfsm.Established)
	for _, s := range segments[:10] {
		w.put(1, s)
	}
	w.want("the text has come", 1, tcpfsm.CloseWait)
}

// Sequence numbers come back, so that nothing may be offered again after a lifetime.
func TestReceive_heldTextDiesAtMSL(t *testing.T) {
	for _, c := range []struct {
		age  time.Duration
		want int
	}{{2 * time.Minute, 10_000}, {2*time.Minute + 1, 1000}} {
		w, segments := halves(t, testConfig())
		for _, s := range segments[1:] {
			w.put(1, s)
		}
		w.now = w.now.Add(c.age)
		w.put(1, segments[0])
		if got := w.ends[1].Readable(); got != c.want {
			t.Errorf("after %v: %d octets can be read, want %d", c.age, got, c.want)
		}
	}
}

func TestReceive_heldFinDiesAtMSL(t *testing.T) {
	for age, want := range map[time.Duration]tcpfsm.State{2 * time.Minute: tcpfsm.CloseWait, 2*time.Minute + 1: tcpfsm.Established} {
		w, segments := halves(t, testConfig())
		w.put(1, segments[10])
		w.now = w.now.Add(age)
		for _, s := range segments[:10] {
			w.put(1, s)
		}
		w.want("the FIN was held for "+age.String(), 1, want)
	}
}

func TestReceive_heldIsBounded(t *testing.T) {
	big := testConfig()
	big.MSS = 100
	w := established(t, big, big)
	w.write(0, pattern(6000))
	segments := w.take(0)
	for i := 1; i < len(segments); i += 2 { // 30 gaps
		w.put(1, segments[i])
	}
	w.put(1, segments[0])
	if got := w.ends[1].Readable(); got != 200 {
		t.Errorf("%d octets can be read, want 200", got)
	}
	for i := 2; i < len(segments); i += 2 {
		w.put(1, segments[i])
	}
	if got, most := w.ends[1].Readable(), 6000; got <= 2*spans*100-100 || got == most {
		t.Errorf("%d octets can be read, want what fits into %d ranges, and not all %d", got, spans, most)
	}
}

func TestReceive_textBeyondTheWindowIsNotKept(t *testing.T) {
	small := testConfig()
	small.ReceiveBuffer = 1500
	w := established(t, testConfig(), small)
	c := w.ends[1]
	seq := c.TCB().RcvNxt
	early := Header{Segment: tcpfsm.Segment{Seq: seq + 1000, Ack: c.TCB().SndNxt, Wnd: 1000, Flags: tcpfsm.ACK | tcpfsm.FIN}}
	c.Receive(w.now, early, pattern(2000)[1000:])
	early.Seq, early.Flags = seq, tcpfsm.ACK
	c.Receive(w.now, early, pattern(1000))
	w.take(1)
	w.wantRead("as far as the window went, and no FIN", 1, pattern(2000)[:1500], tcpfsm.AnswerPending)
}

// A segment that the machine challenges is none of the peer's, perhaps.
func TestReceive_forgedEarlyTextIsNotHeld(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	c := w.ends[1]
	forged := Header{Segment: tcpfsm.Segment{Seq: c.TCB().RcvNxt + 10, Ack: c.TCB().SndNxt + 1, Wnd: 1000, Flags: tcpfsm.ACK}}
	c.Receive(w.now, forged, []byte("evil"))
	if c.early.n != 0 {
		t.Errorf("held after row %v", c.Row())
	}
}

// The third duplicate of an acknowledgment brings the retransmission, and each
// acknowledgment of a part the next one, without waiting for the timer.
func TestReceive_duplicatesBringTheRetransmission(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	lost := map[uint32]bool{}
	first := w.ends[0].TCB().SndNxt
	w.drop = func(from int, s wire) bool {
		gone := from == 0 && (s.Seq == first+1000 || s.Seq == first+3000) && !lost[s.Seq]
		lost[s.Seq] = true
		return gone
	}
	w.write(0, pattern(10_000))
	w.deliver()
	w.wantRead("no time has passed", 1, pattern(10_000), tcpfsm.AnswerPending)
	if tcb := w.ends[0].TCB(); tcb.SndUna != tcb.SndNxt {
		t.Errorf("%d octets are unacknowledged", tcb.SndNxt-tcb.SndUna)
	}
	w.deliver()
	if got := len(w.sent[0]); got != 12 {
		t.Errorf("%d segments, want ten and the two lost ones again", got)
	}
}

// Karn's rule holds for retransmissions that did not wait for the timer as well.
func TestReceive_hastenedRetransmissionIsNotMeasured(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	before := w.ends[0].rtt
	w.write(0, pattern(5000))
	segments := w.take(0)
	for _, s := range segments[1:] {
		w.put(1, s)
	}
	w.now = w.now.Add(900 * time.Millisecond)
	w.deliver()
	w.wantRead("the first came again", 1, pattern(5000), tcpfsm.AnswerPending)
	if after := w.ends[0].rtt; after.srtt != before.srtt {
		t.Errorf("the round trip is %v now, before %v", after.srtt, before.srtt)
	}
}

func TestReassembly_insertJoins(t *testing.T) {
	at := func(s int) time.Time { return epoch.Add(time.Duration(s) * time.Second) }
	for _, c := range []struct {
		why  string
		in   [][2]uint32
		want [][2]uint32
	}{
		{"apart", [][2]uint32{{30, 40}, {10, 20}}, [][2]uint32{{10, 20}, {30, 40}}},
		{"touching", [][2]uint32{{10, 20}, {30, 40}, {20, 30}}, [][2]uint32{{10, 40}}},
		{"overlapping several", [][2]uint32{{10, 20}, {30, 40}, {50, 60}, {15, 55}}, [][2]uint32{{10, 60}}},
		{"within", [][2]uint32{{10, 60}, {20, 30}}, [][2]uint32{{10, 60}}},
		{"over the wrap", [][2]uint32{{5, 10}, {0xfffffff0, 0xfffffff8}, {0xfffffff8, 5}}, [][2]uint32{{0xfffffff0, 10}}},
	} {
		var r reassembly
		for i, s := range c.in {
			if !r.insert(span{s[0], s[1], at(i)}) {
				t.Fatalf("%s: no room for %v", c.why, s)
			}
		}
		if r.n != len(c.want) {
			t.Errorf("%s: %v, want %v", c.why, r.spans[:r.n], c.want)
			continue
		}
		for i, want := range c.want {
			if got := r.spans[i]; got.from != want[0] || got.to != want[1] {
				t.Errorf("%s: span %d is %d to %d, want %v", c.why, i, got.from, got.to, want)
			}
		}
		if c.why != "apart" && !r.spans[0].since.Equal(at(0)) {
			t.Errorf("%s: joined at %v, want the age of the oldest", c.why, r.spans[0].since)
		}
	}
}
