package proptest

import . "github.com/tcpfsm/tcpfsm/tcpfsm"

// What follows is section 3.10.7, SEGMENT ARRIVES, as one would write it by hand for
// the profile "recommended": no options to ask for, one path through the checks for
// all synchronized states, windows tested with one unsigned comparison (they are less
// than 2^31). It fills the same TCB and Output as the generated method, which has to
// be nearly as fast; TestByHand holds the two together.

func segmentByHand(t *TCB, seg *Segment, arg SegmentArgs, out *Output) {
	*out = Output{}
	switch t.State {
	case Closed:
		closedByHand(seg, out)
	case Listen:
		listenByHand(t, seg, arg, out)
	case SynSent:
		synSentByHand(t, seg, out)
	case SynReceived:
		if !synReceivedByHand(t, seg, out) {
			otherwiseByHand(t, seg, arg, out)
		}
	case TimeWait:
		timeWaitByHand(t, seg, out)
	default:
		otherwiseByHand(t, seg, arg, out)
	}
}

func closedByHand(seg *Segment, out *Output) {
	switch {
	case seg.Flags&RST != 0:
	case seg.Flags&ACK != 0:
		out.Ctl = Segment{Seq: seg.Ack, Flags: RST}
	default:
		out.Ctl = Segment{Ack: seg.Seq + lenByHand(seg), Flags: RST | ACK}
	}
}

func listenByHand(t *TCB, seg *Segment, arg SegmentArgs, out *Output) {
	switch {
	case seg.Flags&RST != 0:
	case seg.Flags&ACK != 0:
		out.Ctl = Segment{Seq: seg.Ack, Flags: RST}
	case seg.Flags&SYN != 0 && !arg.BacklogFull:
		t.IRS, t.RcvNxt = seg.Seq, seg.Seq+1
		t.ISS, t.SndUna, t.SndNxt = arg.ISN, arg.ISN, arg.ISN+1
		startByHand(t, 1<<TimerRTX|1<<TimerUser, out)
		windowByHand(t, seg, t.ISS)
		synAckByHand(t, out)
		t.State = SynReceived
	}
}

func synSentByHand(t *TCB, seg *Segment, out *Output) {
	if seg.Flags&ACK != 0 && (seqLE(seg.Ack, t.ISS) || seqLT(t.SndNxt, seg.Ack)) {
		if seg.Flags&RST == 0 {
			out.Ctl = Segment{Seq: seg.Ack, Flags: RST}
		}
		return
	}
	if seg.Flags&RST != 0 {
		if seg.Flags&ACK != 0 {
			out.Signals |= 1 << SignalReset
			deleteByHand(t, out)
		}
		return
	}
	if seg.Flags&SYN == 0 {
		return
	}
	t.IRS, t.RcvNxt = seg.Seq, seg.Seq+1
	if seg.Flags&ACK == 0 {
		windowByHand(t, seg, t.ISS)
		synAckByHand(t, out)
		startByHand(t, 1<<TimerRTX, out)
		t.State = SynReceived
		return
	}
	fin := seg.Flags&FIN != 0 && seg.Text <= t.RcvWnd
	windowByHand(t, seg, seg.Ack)
	establishByHand(t, seg, out)
	t.State = Established
	if fin {
		finByHand(t, out)
		t.State = CloseWait
	}
	pushByHand(t, out)
	ackByHand(t, out)
}

// synReceivedByHand does what comes before the sequence number is looked at, and
// reports whether that was all.
func synReceivedByHand(t *TCB, seg *Segment, out *Output) bool {
	if seg.Flags&RST != 0 {
		return false
	}
	if seg.Flags&ACK != 0 && !ackNewByHand(t, seg) {
		out.Ctl = Segment{Seq: seg.Ack, Flags: RST}
		return true
	}
	if seg.Flags&SYN == 0 || seg.Seq != t.IRS {
		return false
	}
	if seg.Flags&ACK == 0 {
		synAckByHand(t, out)
		return true
	}
	if t.Passive || seg.Ack != t.SndNxt || t.CloseQueued {
		return false
	}
	windowByHand(t, seg, seg.Ack)
	establishByHand(t, seg, out)
	pushByHand(t, out)
	ackByHand(t, out)
	t.State = Established
	return true
}

func timeWaitByHand(t *TCB, seg *Segment, out *Output) {
	switch {
	case seg.Flags&RST != 0:
	case seg.Flags&(FIN|ACK|SYN) == FIN|ACK && seg.Seq+lenByHand(seg) == t.RcvNxt:
		ackByHand(t, out)
		startByHand(t, 1<<TimerTimeWait, out)
	case !acceptableByHand(t, seg):
		challengeByHand(t, seg, out)
		if seg.Flags&ACK != 0 {
			startByHand(t, 1<<TimerTimeWait, out)
		}
	case seg.Flags&SYN != 0:
		challengeByHand(t, seg, out)
	case seg.Flags&ACK == 0:
	case !ackOKByHand(t, seg):
		challengeByHand(t, seg, out)
	case seg.Text > 0 || seg.Flags&FIN != 0:
		ackByHand(t, out)
	}
}

// otherwiseByHand is section 3.10.7.4: the checks in their order.
func otherwiseByHand(t *TCB, seg *Segment, arg SegmentArgs, out *Output) {
	if seg.Flags&RST != 0 {
		resetByHand(t, seg, out)
		return
	}
	if !acceptableByHand(t, seg) {
		if !windowEdgeByHand(t, seg, out) {
			challengeByHand(t, seg, out)
		}
		return
	}
	if seg.Flags&SYN != 0 {
		challengeByHand(t, seg, out)
		return
	}
	if seg.Flags&ACK == 0 {
		return
	}
	if t.State == SynReceived {
		if arg.AcceptFull && t.Passive {
			return
		}
	} else if !ackOKByHand(t, seg) {
		challengeByHand(t, seg, out)
		return
	}
	switch t.State {
	case SynReceived:
		handshakeByHand(t, seg, out)
	case Established:
		establishedByHand(t, seg, out)
	case FinWait1:
		finWait1ByHand(t, seg, out)
	case FinWait2:
		finWait2ByHand(t, seg, out)
	default:
		closedByPeerByHand(t, seg, out)
	}
}

func resetByHand(t *TCB, seg *Segment, out *Output) {
	switch {
	case seg.Seq == t.RcvNxt && t.State == SynReceived && t.Passive && t.CloseQueued:
		deleteByHand(t, out)
	case seg.Seq == t.RcvNxt && t.State == SynReceived && t.Passive:
		forgetByHand(t, out)
		t.Passive, t.RcvWnd, t.State = true, t.RcvBuf, Listen
	case seg.Seq == t.RcvNxt:
		out.Signals |= 1 << SignalReset
		if t.State == SynReceived {
			out.Signals = 1 << SignalRefused
		}
		deleteByHand(t, out)
	case seg.Seq-t.RcvNxt < t.RcvWnd:
		challengeByHand(t, seg, out)
	}
}

// windowEdgeByHand is the special allowance of a closed or full window. It reports
// whether it applies.
func windowEdgeByHand(t *TCB, seg *Segment, out *Output) bool {
	if seg.Seq-t.RcvNxt-t.RcvWnd > 1 || t.State < Established || t.State > FinWait2 ||
		seg.Flags&(ACK|SYN) != ACK || !ackOKByHand(t, seg) {
		return false
	}
	fin := ourFinAckedByHand(t, seg)
	ackProcessByHand(t, seg, out)
	if t.State != FinWait1 || !fin {
		pushByHand(t, out)
	}
	if lenByHand(seg) > 0 {
		ackByHand(t, out)
	}
	if t.State == FinWait1 && fin {
		enterFinWait2ByHand(t, out)
	}
	return true
}

// handshakeByHand is SYN-RECEIVED with an acknowledgment of our SYN.
func handshakeByHand(t *TCB, seg *Segment, out *Output) {
	if t.Orphan && newTextByHand(t, seg) {
		abandonByHand(t, seg, out)
		return
	}
	fin := finInByHand(t, seg)
	windowByHand(t, seg, seg.Ack)
	establishByHand(t, seg, out)
	if fin {
		finByHand(t, out)
	}
	pushByHand(t, out)
	if fin {
		ackByHand(t, out)
	} else {
		ackTextByHand(t, seg, out)
	}
	switch {
	case fin && t.FinSent:
		t.State = LastAck
	case fin:
		t.State = CloseWait
	case t.CloseQueued:
		t.State = FinWait1
	default:
		t.State = Established
	}
}

func establishedByHand(t *TCB, seg *Segment, out *Output) {
	fin := finInByHand(t, seg)
	ackProcessByHand(t, seg, out)
	textByHand(t, seg, out)
	if fin {
		finByHand(t, out)
		t.State = CloseWait
	}
	pushByHand(t, out)
	if fin {
		ackByHand(t, out)
	} else {
		ackTextByHand(t, seg, out)
	}
}

func finWait1ByHand(t *TCB, seg *Segment, out *Output) {
	if t.Orphan && newTextByHand(t, seg) {
		abandonByHand(t, seg, out)
		return
	}
	fin, ours := finInByHand(t, seg), ourFinAckedByHand(t, seg)
	ackProcessByHand(t, seg, out)
	textByHand(t, seg, out)
	switch {
	case fin && ours:
		finByHand(t, out)
		enterTimeWaitByHand(t, out)
	case fin:
		finByHand(t, out)
		pushByHand(t, out)
		ackByHand(t, out)
		t.State = Closing
	case ours:
		ackTextByHand(t, seg, out)
		enterFinWait2ByHand(t, out)
	default:
		pushByHand(t, out)
		ackTextByHand(t, seg, out)
	}
}

func finWait2ByHand(t *TCB, seg *Segment, out *Output) {
	if t.Orphan && newTextByHand(t, seg) {
		abandonByHand(t, seg, out)
		return
	}
	fin := finInByHand(t, seg)
	ackProcessByHand(t, seg, out)
	textByHand(t, seg, out)
	if fin {
		finByHand(t, out)
		enterTimeWaitByHand(t, out)
		return
	}
	ackTextByHand(t, seg, out)
}

// closedByPeerByHand is CLOSE-WAIT, CLOSING and LAST-ACK, where no text can come.
func closedByPeerByHand(t *TCB, seg *Segment, out *Output) {
	ours := ourFinAckedByHand(t, seg)
	ackProcessByHand(t, seg, out)
	switch {
	case t.State == CloseWait:
		pushByHand(t, out)
		if t.FinSent {
			t.State = LastAck
		}
	case t.State == LastAck && ours:
		deleteByHand(t, out)
	case t.State == Closing && ours:
		stopByHand(t, ^Timers(0), out)
		startByHand(t, 1<<TimerTimeWait, out)
		t.State = TimeWait
	case t.State == Closing:
		pushByHand(t, out)
	}
}
