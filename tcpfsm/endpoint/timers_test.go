package endpoint

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// lose drops everything that an end sends.
func lose(end int) func(int, wire) bool {
	return func(from int, _ wire) bool { return from == end }
}

// times lets the world wait, and notes when an end sends.
func (w *world) times(end int, d time.Duration) (at []time.Duration) {
	w.t.Helper()
	start, outer := w.now, w.drop
	w.drop = func(from int, s wire) bool {
		if from == end {
			at = append(at, w.now.Sub(start))
		}
		return outer != nil && outer(from, s)
	}
	w.wait(d)
	w.drop = outer
	return at
}

func wantTimes(t *testing.T, why string, got []time.Duration, want ...time.Duration) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: sent at %v, want %v", why, got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%s: sent at %v, want %v", why, got, want)
		}
	}
}

const second = time.Second

func TestTimers_retransmissionBacksOff(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	w.drop = lose(0)
	w.write(0, pattern(10))
	wantTimes(t, "doubled each time", w.times(0, 20*second), 0, 1*second, 3*second, 7*second, 15*second)
	w.drop = nil
	w.wait(16 * second)
	w.wantRead("the last retransmission arrives", 1, pattern(10), tcpfsm.AnswerPending)
	// Karn: what was acknowledged had been sent twice, so that the next segment still
	// runs with the backed-off timeout.
	w.drop = lose(0)
	w.write(0, pattern(10))
	wantTimes(t, "backed off until something is measured", w.times(0, 40*second), 0, 32*second)
	if tries := w.ends[0].TCB().Tries; tries != 1 {
		t.Errorf("the machine counts %d tries since the last progress, want 1", tries)
	}
}

func TestTimers_retransmissionEndsBackOffWithASample(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	w.drop = lose(0)
	w.write(0, pattern(10))
	w.wait(2 * second)
	w.drop = nil
	w.wait(2 * second)
	w.write(0, pattern(10)) // in time: measured
	w.deliver()
	w.wait(second)
	w.drop = lose(0)
	w.write(0, pattern(10))
	wantTimes(t, "the smallest timeout again", w.times(0, 2*second), 0, 1*second)
}

func TestTimers_synGivesUp(t *testing.T) {
	cfg := testConfig()
	cfg.R2Syn = 3
	w := newWorld(t, cfg, testConfig(), Backlog{})
	w.drop = lose(0)
	wantTimes(t, "three retransmissions", w.times(0, 60*second), 0, 1*second, 3*second, 7*second)
	w.want("given up", 0, tcpfsm.Closed)
	w.wantRead("and the user hears why", 0, nil, ErrTimedOut)
	if _, err := w.ends[0].Write(w.now, pattern(1)); !errors.Is(err, ErrTimedOut) {
		t.Errorf("writing says %v, want %v", err, ErrTimedOut)
	}
}

func TestTimers_lostSynMakesTheTimeoutCareful(t *testing.T) {
	w := newWorld(t, testConfig(), testConfig(), Backlog{})
	w.drop = lose(0)
	w.wait(second / 2)
	w.drop = nil
	w.wait(second)
	w.want("the second SYN arrives", 0, tcpfsm.Established)
	w.drop = lose(0)
	w.write(0, pattern(1))
	wantTimes(t, "3 s after a handshake that measured nothing", w.times(0, 4*second), 0, 3*second)
}

func TestTimers_userTimeout(t *testing.T) {
	cfg := testConfig()
	cfg.UserTimeout = 10 * second
	w := established(t, cfg, testConfig())
	w.drop = lose(0)
	w.write(0, pattern(10))
	w.wait(10*second - 1)
	w.want("not yet", 0, tcpfsm.Established)
	w.wait(1)
	w.want("now", 0, tcpfsm.Closed)
	w.wantRead("and the user hears why", 0, nil, ErrUserTimeout)
}

func TestTimers_persistProbesAClosedWindow(t *testing.T) {
	small := testConfig()
	small.ReceiveBuffer = 100
	w := established(t, testConfig(), small)
	w.write(0, pattern(250))
	w.wait(40 * time.Millisecond) // of the delayed ACK that closes the window
	if got := w.ends[1].Readable(); got != 100 {
		t.Fatalf("%d octets fit into the window, want 100", got)
	}
	probes := w.times(0, 20*second)
	wantTimes(t, "probes, ever more rarely", probes, 1*second, 3*second, 7*second, 15*second)
	w.drop = lose(1) // the window opens, and nobody hears of it
	got, _ := w.read(1)
	w.deliver()
	w.drop = nil
	w.wait(20 * second)
	more, _ := w.read(1)
	w.wait(20 * second)
	rest, _ := w.read(1)
	if all := append(append(got, more...), rest...); string(all) != string(pattern(250)) {
		t.Errorf("read %d octets in the end, want 250", len(all))
	}
}

// With Nagle's algorithm the machine does not know of everything that was written;
// behind a closed window it must know of something, or nobody probes.
func TestTimers_persistProbesForWhatIsHeldBack(t *testing.T) {
	small, nagle := testConfig(), testConfig()
	small.ReceiveBuffer, nagle.NoDelay = 100, false
	w := established(t, nagle, small)
	w.write(0, pattern(100))
	w.deliver()
	w.write(0, pattern(100))
	w.drop = lose(1)
	w.read(1)
	w.deliver()
	w.drop = nil
	w.wait(2 * second)
	if got := w.ends[1].Readable(); got != 100 {
		t.Errorf("%d octets came through after a lost window update, want 100", got)
	}
}

// The probe of a closed window was dropped, and its timeout has grown. When the
// window opens, nobody waits for that.
func TestTimers_openedWindowIsUsedAtOnce(t *testing.T) {
	small := testConfig()
	small.ReceiveBuffer = 100
	w := established(t, testConfig(), small)
	w.write(0, pattern(150))
	w.wait(40 * second)
	w.read(1)
	w.deliver()
	if got := w.ends[1].Readable(); got != 50 {
		t.Errorf("%d octets arrived when the window opened, want 50", got)
	}
	if got := w.ends[0].rtt.rto; got != second {
		t.Errorf("the timeout is still %v, want %v", got, second)
	}
}

func TestTimers_delayedAck(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	w.write(0, pattern(10))
	wantTimes(t, "one segment waits", w.times(1, second), 40*time.Millisecond)
	w.write(0, pattern(2000))
	wantTimes(t, "the second full segment does not", w.times(1, second), 0)
}

func TestTimers_keepAlive(t *testing.T) {
	cfg := testConfig()
	cfg.Options = tcpfsm.ProfileDefault | tcpfsm.OptKeepAlive
	cfg.KeepAliveMax = 2
	w := established(t, cfg, testConfig())
	wantTimes(t, "a living peer is probed after each idle time", w.times(0, 5*time.Hour), 2*time.Hour, 4*time.Hour)
	w.drop = lose(1)
	start := time.Hour
	wantTimes(t, "a dead one at intervals", w.times(0, 3*time.Hour), start, start+75*second)
	w.wantRead("and given up", 0, nil, ErrTimedOut)
}

func TestTimers_keepAliveIsOff(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	if at, ok := w.ends[0].NextDeadline(); ok {
		t.Errorf("an idle connection waits for %v, want nothing", at)
	}
}

func TestTimers_finWait2OfAnOrphan(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	w.must(w.ends[0].Close(w.now))
	w.deliver()
	w.want("nobody reads, and the peer has not closed", 0, tcpfsm.FinWait2)
	w.wait(60*second - 1)
	w.want("it may still", 0, tcpfsm.FinWait2)
	w.wait(1)
	w.want("it had its time", 0, tcpfsm.Closed)
}

func TestTimers_halfClosedWaitsForEver(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	w.must(w.ends[0].CloseWrite(w.now))
	w.wait(1000 * time.Hour)
	w.want("the user still reads", 0, tcpfsm.FinWait2)
}

func TestTimers_challengeBudgetIsRefilled(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	challenge := func(n int) (answers int) {
		for range n {
			c := w.ends[0]
			c.Receive(w.now, Header{Segment: tcpfsm.Segment{Seq: c.TCB().RcvNxt + 1, Flags: tcpfsm.RST}}, nil)
			answers += len(w.take(0))
		}
		return answers
	}
	if got := challenge(50); got != 10 {
		t.Errorf("%d answers to 50 forged RSTs, want 10", got)
	}
	w.drop = lose(0)
	w.wait(4 * second)
	if got := challenge(50); got != 0 {
		t.Errorf("%d answers before the interval is over, want none", got)
	}
	w.wait(1 * second) // what came meanwhile does not put it off
	if got := challenge(50); got != 10 {
		t.Errorf("%d answers in the next interval, want 10", got)
	}
	w.wait(5 * second)
	if at, ok := w.ends[0].NextDeadline(); ok {
		t.Errorf("a refilled budget still waits for %v", at)
	}
}

func TestTimers_lateAdvanceExpiresEachOnce(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	w.drop = lose(0)
	w.write(0, pattern(10))
	w.deliver()
	w.now = w.now.Add(100 * second)
	w.ends[0].Advance(w.now)
	if got := w.take(0); len(got) != 1 {
		t.Errorf("%d segments after a long sleep, want one retransmission", len(got))
	}
	if at, _ := w.ends[0].NextDeadline(); !at.After(w.now) {
		t.Errorf("the deadline %v is not after now, %v", at, w.now)
	}
}

func TestTimers_timeWaitAnswersTheLostAck(t *testing.T) {
	w := established(t, testConfig(), testConfig())
	w.must(w.ends[0].Close(w.now))
	w.deliver()
	w.drop = lose(0)
	w.wantRead("the end", 1, nil, io.EOF)
	w.must(w.ends[1].Close(w.now))
	w.deliver()
	w.want("its FIN has come", 0, tcpfsm.TimeWait)
	w.want("the ACK of it has not", 1, tcpfsm.LastAck)
	w.drop = nil
	w.wait(2 * second)
	w.want("the FIN was repeated and answered", 1, tcpfsm.Closed)
	w.must(w.ends[1].Err())
}
