package proptest

import . "github.com/tcpfsm/tcpfsm/tcpfsm"

// The parts of the hand-written segment arrival.

func seqLT(a, b uint32) bool { return int32(a-b) < 0 }

func lenByHand(seg *Segment) uint32 {
	n := seg.Text
	if seg.Flags&SYN != 0 {
		n++
	}
	if seg.Flags&FIN != 0 {
		n++
	}
	return n
}

// acceptableByHand takes a FIN that is next whatever the window.
func acceptableByHand(t *TCB, seg *Segment) bool {
	n := lenByHand(seg)
	switch {
	case seg.Seq-t.RcvNxt < t.RcvWnd:
		return true
	case n == 0:
		return seg.Seq == t.RcvNxt
	}
	return seg.Seq+n-1-t.RcvNxt < t.RcvWnd || seg.Flags&FIN != 0 && seg.Seq+n-1 == t.RcvNxt
}

func ackNewByHand(t *TCB, seg *Segment) bool {
	return seqLT(t.SndUna, seg.Ack) && seqLE(seg.Ack, t.SndNxt)
}

func ackOKByHand(t *TCB, seg *Segment) bool {
	return seqLE(t.SndUna-t.MaxSndWnd, seg.Ack) && seqLE(seg.Ack, t.SndNxt)
}

func ourFinAckedByHand(t *TCB, seg *Segment) bool {
	return t.FinSent && (seg.Ack == t.SndNxt || t.SndUna == t.SndNxt)
}

func newTextByHand(t *TCB, seg *Segment) bool {
	return seg.Text > 0 && seqLT(t.RcvNxt, seg.Seq+seg.Text)
}

// finInByHand: SYN is never set here, and a FIN needs no room in the window.
func finInByHand(t *TCB, seg *Segment) bool {
	return seg.Flags&FIN != 0 && seqLE(seg.Seq, t.RcvNxt) && seg.Seq+seg.Text-t.RcvNxt <= t.RcvWnd
}

func startByHand(t *TCB, timers Timers, out *Output) {
	t.Armed |= timers
	out.Started |= timers
	out.Stopped &^= timers
}

func stopByHand(t *TCB, timers Timers, out *Output) {
	out.Stopped |= t.Armed & timers
	out.Started &^= timers
	t.Armed &^= timers
}

// forgetByHand keeps what the user has set.
func forgetByHand(t *TCB, out *Output) {
	stopByHand(t, ^Timers(0), out)
	*t = TCB{
		Options: t.Options, RcvBuf: t.RcvBuf, SndMss: t.SndMss, R1: t.R1, R2: t.R2, R2Syn: t.R2Syn,
		KeepMax: t.KeepMax, ChallengeMax: t.ChallengeMax, Remote: t.Remote,
	}
}

func deleteByHand(t *TCB, out *Output) {
	forgetByHand(t, out)
	t.Remote = false
}

// abandonByHand answers text that nobody will read.
func abandonByHand(t *TCB, seg *Segment, out *Output) {
	out.Ctl = Segment{Seq: seg.Ack, Flags: RST}
	deleteByHand(t, out)
}

func windowByHand(t *TCB, seg *Segment, ack uint32) {
	t.SndWnd, t.SndWl1, t.SndWl2 = seg.Wnd, seg.Seq, ack
	t.MaxSndWnd = max(t.MaxSndWnd, seg.Wnd)
}

// establishByHand takes what the last segment of the handshake brings, but its FIN.
func establishByHand(t *TCB, seg *Segment, out *Output) {
	ackProcessByHand(t, seg, out)
	out.Signals |= 1 << SignalEstablished
	textByHand(t, seg, out)
}

func ackProcessByHand(t *TCB, seg *Segment, out *Output) {
	if ackNewByHand(t, seg) {
		out.Acked = seg.Ack - t.SndUna
		if !t.SynAcked && out.Acked > 0 {
			out.Acked--
		}
		t.SndUna, t.SynAcked, t.Tries = seg.Ack, true, 0
		all := seg.Ack == t.SndNxt
		if all {
			stopByHand(t, 1<<TimerRTX, out)
		} else {
			startByHand(t, 1<<TimerRTX, out)
		}
		if all && t.Queued == 0 {
			stopByHand(t, 1<<TimerUser, out)
		} else {
			startByHand(t, 1<<TimerUser, out)
		}
		if all && t.FinSent {
			if out.Acked > 0 {
				out.Acked--
			}
			out.Signals |= 1 << SignalCloseDone
		}
	}
	if (seqLT(t.SndWl1, seg.Seq) || t.SndWl1 == seg.Seq && seqLE(t.SndWl2, seg.Ack)) &&
		seqLE(t.SndUna, seg.Ack) && seqLE(seg.Ack, t.SndNxt) {
		windowByHand(t, seg, seg.Ack)
	}
	if t.SndWnd == 0 {
		t.Tries = 0
		if t.Armed.Has(TimerUser) {
			startByHand(t, 1<<TimerUser, out)
		}
	}
}

func textByHand(t *TCB, seg *Segment, out *Output) {
	seq := seg.Seq
	if seg.Flags&SYN != 0 {
		seq++
	}
	skip := t.RcvNxt - seq
	if int32(skip) < 0 || skip >= seg.Text || t.RcvWnd == 0 {
		return
	}
	n := min(seg.Text-skip, t.RcvWnd)
	out.Skip, out.Take = skip, n
	t.RcvNxt += n
	t.RcvWnd -= n
	t.Unread += n
	out.Signals |= 1 << SignalText
}

func finByHand(t *TCB, out *Output) {
	t.RcvNxt++
	out.Signals |= 1 << SignalRemoteClosing
}

func ackByHand(t *TCB, out *Output) {
	stopByHand(t, 1<<TimerDelayedAck, out)
	if out.Data.Flags == 0 {
		out.Ctl = Segment{Seq: t.SndNxt, Ack: t.RcvNxt, Wnd: t.RcvWnd, Flags: ACK}
	}
}

func synAckByHand(t *TCB, out *Output) {
	out.Ctl = Segment{Seq: t.ISS, Ack: t.RcvNxt, Wnd: t.RcvWnd, Flags: SYN | ACK}
}

func challengeByHand(t *TCB, seg *Segment, out *Output) {
	if seg.Flags&(RST|SYN) != 0 || seg.Flags&FIN == 0 && seg.Text == 0 {
		if t.Challenges >= t.ChallengeMax {
			return
		}
		t.Challenges++
	}
	ackByHand(t, out)
}

func ackTextByHand(t *TCB, seg *Segment, out *Output) {
	fin := seg.Flags&FIN != 0
	if seg.Text == 0 && !fin || out.Data.Flags != 0 {
		return
	}
	if !fin && out.Take == seg.Text && !t.Armed.Has(TimerDelayedAck) {
		startByHand(t, 1<<TimerDelayedAck, out)
		return
	}
	ackByHand(t, out)
}

func pushByHand(t *TCB, out *Output) {
	var usable uint32
	if flight := t.SndNxt - t.SndUna; t.SndWnd > flight {
		usable = t.SndWnd - flight
	}
	n := min(t.Queued, usable)
	if n > 0 || t.CloseQueued && t.Queued == 0 && !t.FinSent {
		out.Data = Segment{Seq: t.SndNxt, Ack: t.RcvNxt, Wnd: t.RcvWnd, Text: n, Flags: ACK}
		t.Queued -= n
		t.SndNxt += n
		if t.CloseQueued && t.Queued == 0 {
			out.Data.Flags |= FIN
			t.FinSent = true
			t.SndNxt++
		}
		stopByHand(t, 1<<TimerDelayedAck, out)
		if need := (1<<TimerRTX | 1<<TimerUser) &^ t.Armed; need != 0 {
			startByHand(t, need, out)
		}
	}
	if t.Queued == 0 || t.SndWnd > 0 {
		stopByHand(t, 1<<TimerPersist, out)
	} else if t.SndUna == t.SndNxt && !t.Armed.Has(TimerPersist) {
		startByHand(t, 1<<TimerPersist, out)
	}
}

func enterFinWait2ByHand(t *TCB, out *Output) {
	if t.Orphan {
		startByHand(t, 1<<TimerFinWait2, out)
	}
	t.State = FinWait2
}

// enterTimeWaitByHand acknowledges the peer's FIN and begins the quiet time.
func enterTimeWaitByHand(t *TCB, out *Output) {
	ackByHand(t, out)
	stopByHand(t, ^Timers(0), out)
	startByHand(t, 1<<TimerTimeWait, out)
	t.State = TimeWait
}
