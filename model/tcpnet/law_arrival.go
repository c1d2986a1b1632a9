package tcpnet

import "github.com/tcpfsm/tcpfsm/tcpfsm"

// A fate is what becomes of a segment that arrives.
type fate uint8

const (
	noSegment     fate = iota
	dropped            // nothing happens
	refused            // the RST of section 3.5.2, and nothing else
	refusedGone        // the same, and the connection is gone
	lateReset          // the same, and the user hears of it
	answered           // an ACK
	challenged         // an ACK, of which there are only so many in a tick
	resets             // the connection is gone, and the user hears of it
	vanishes           // the connection is gone without a word
	relistens          // back to LISTEN
	waitsAgain         // back to the TIME-WAIT whose place this connection took
	synReceived        // a SYN is taken
	synCrossed         // a SYN meets ours
	synRepeated        // SYN,ACK again
	synInTimeWait      // a SYN takes the place of TIME-WAIT
	beyondWindow       // what it acknowledges counts, and nothing else
	taken              // acknowledgment, window, text and FIN
)

// arrival reads section 3.10.7 in its order: sequence number, RST, SYN, ACK, text.
func (s *lawStep) arrival() fate {
	if s.ev.Kind != tcpfsm.EventSegment {
		return noSegment
	}
	switch s.before.State {
	case tcpfsm.Closed:
		return s.unless(tcpfsm.RST, refused)
	case tcpfsm.Listen:
		return s.atListener()
	case tcpfsm.SynSent:
		return s.atOpener()
	case tcpfsm.SynReceived:
		if f := s.beforeHandshake(); f != noSegment {
			return f
		}
	case tcpfsm.TimeWait:
		if f := s.inTimeWait(); f != noSegment {
			return f
		}
	}
	return s.checks()
}

// unless is a fate that control bits prevent.
func (s *lawStep) unless(flags tcpfsm.Flags, f fate) fate {
	if s.has(flags) {
		return dropped
	}
	return f
}

func (s *lawStep) atListener() fate {
	switch {
	case s.has(tcpfsm.ACK):
		return s.unless(tcpfsm.RST, refused)
	case s.has(tcpfsm.RST), !s.has(tcpfsm.SYN), s.ev.BacklogFull, s.has(tcpfsm.FIN) && s.on(tcpfsm.OptListenDropSynFin):
		return dropped
	}
	return synReceived
}

func (s *lawStep) atOpener() fate {
	ours := s.seg().Ack == s.before.SndNxt // nothing but our SYN can be acknowledged
	switch {
	case s.has(tcpfsm.ACK) && !ours:
		return s.unless(tcpfsm.RST, refused)
	case s.has(tcpfsm.RST):
		if s.has(tcpfsm.ACK) {
			return resets
		}
		return dropped
	case s.has(tcpfsm.SYN | tcpfsm.ACK):
		return taken
	case s.has(tcpfsm.SYN) && !s.on(tcpfsm.OptNoSimOpen):
		return synCrossed
	}
	return dropped
}

// beforeHandshake is what SYN-RECEIVED does before the first check, by option.
func (s *lawStep) beforeHandshake() fate {
	t, seg := s.before, s.seg()
	if s.has(tcpfsm.RST) {
		return noSegment
	}
	child := t.Passive || !s.on(tcpfsm.OptSynRcvdRequest)
	bare := seg.Text == 0 && !s.has(tcpfsm.FIN)
	switch {
	case s.on(tcpfsm.OptAckFirst) && child && s.has(tcpfsm.ACK) && !s.acknowledgesNew():
		return refused
	case s.on(tcpfsm.OptDupSynRtx) && s.has(tcpfsm.SYN) && !s.has(tcpfsm.ACK) && seg.Seq == t.IRS:
		return synRepeated
	case s.crossedSynAck() && !t.CloseQueued && (bare || !s.on(tcpfsm.OptBareSynAck)):
		return taken
	}
	return noSegment
}

// crossedSynAck reports whether this is line 6 of figure 7.
func (s *lawStep) crossedSynAck() bool {
	t, seg := s.before, s.seg()
	return s.on(tcpfsm.OptSimOpenFast) && t.State == tcpfsm.SynReceived && !t.Passive &&
		s.has(tcpfsm.SYN|tcpfsm.ACK) && seg.Seq == t.IRS && seg.Ack == t.SndNxt
}

// inTimeWait is what TIME-WAIT does before the first check, by option.
func (s *lawStep) inTimeWait() fate {
	t, seg := s.before, s.seg()
	syn := s.has(tcpfsm.SYN) && !s.has(tcpfsm.ACK) && !s.has(tcpfsm.RST) && s.on(tcpfsm.OptTwReuse) && s.ev.ReuseOK
	exact := seg.Seq == t.RcvNxt
	switch {
	case syn && !s.has(tcpfsm.FIN):
		return synInTimeWait
	case syn && s.on(tcpfsm.OptListenDropSynFin):
		return vanishes
	case s.has(tcpfsm.RST):
		if s.on(tcpfsm.OptRFC1337) || s.on(tcpfsm.OptTwAnswers) && !exact {
			return dropped
		}
	case s.repeatsFin():
		return answered
	case s.on(tcpfsm.OptTwAnswers) && exact && seg.Text == 0 && !s.has(tcpfsm.SYN) && !s.has(tcpfsm.FIN):
		return dropped
	case s.on(tcpfsm.OptTwAnswers), s.on(tcpfsm.OptTwRestartAny) && s.has(tcpfsm.ACK) && !s.acceptable():
		return challenged
	}
	return noSegment
}

// repeatsFin reports whether this is the peer's FIN again, which TIME-WAIT answers.
func (s *lawStep) repeatsFin() bool {
	return s.before.State == tcpfsm.TimeWait && !s.on(tcpfsm.OptStrictTW) && s.finSeq()+1 == s.before.RcvNxt &&
		s.has(tcpfsm.FIN|tcpfsm.ACK) && !s.has(tcpfsm.RST) && !s.has(tcpfsm.SYN)
}

// checks are section 3.10.7.4.
func (s *lawStep) checks() fate {
	t := s.before
	silent := !s.has(tcpfsm.ACK) && !s.has(tcpfsm.RST) && !s.has(tcpfsm.SYN)
	switch {
	case silent && s.on(tcpfsm.OptDropNoAck) && !(t.State == tcpfsm.SynReceived && t.Passive):
		return dropped
	case s.has(tcpfsm.RST):
		return s.reset()
	case !s.acceptable() && s.atEdge():
		return beyondWindow
	case !s.acceptable():
		return challenged
	case s.has(tcpfsm.SYN):
		return s.synInWindow()
	case !s.has(tcpfsm.ACK):
		return dropped
	case t.State == tcpfsm.SynReceived && !s.acknowledgesNew():
		return refused
	case t.State != tcpfsm.SynReceived && !s.plausible():
		return challenged
	}
	return s.believed()
}

// reset is the second check.
func (s *lawStep) reset() fate {
	t, seg := s.before, s.seg()
	behindFin := t.State == tcpfsm.CloseWait || t.State == tcpfsm.Closing || t.State == tcpfsm.LastAck
	reaches := s.on(tcpfsm.OptRstBeside) && s.length() > 0 && ahead(seg.Seq, t.RcvNxt) && !ahead(seg.Seq+s.length(), t.RcvNxt)
	switch {
	case s.on(tcpfsm.OptRstBeside) && behindFin && seg.Seq+1 == t.RcvNxt:
		return resets
	case seg.Seq != t.RcvNxt && !s.inWindow(seg.Seq) && !reaches:
		return dropped
	case seg.Seq != t.RcvNxt:
		return challenged
	case t.State == tcpfsm.TimeWait:
		return vanishes
	case t.State != tcpfsm.SynReceived:
		return resets
	case t.SavedTW:
		return waitsAgain
	}
	return s.backToListener(resets)
}

// backToListener is where MUST-11 leads a passive SYN-RECEIVED.
func (s *lawStep) backToListener(active fate) fate {
	t := s.before
	switch {
	case !t.Passive:
		return active
	case s.on(tcpfsm.OptChildPerListener) || t.CloseQueued:
		return vanishes
	}
	return relistens
}

// synInWindow is the fourth check.
func (s *lawStep) synInWindow() fate {
	t := s.before
	switch {
	case t.State != tcpfsm.SynReceived || s.on(tcpfsm.OptSynRcvdChallenge):
		return challenged
	case t.Passive && s.on(tcpfsm.OptSynRcvdRequest):
		return refusedGone
	}
	return s.backToListener(challenged)
}

// believed is what comes after the fifth check.
func (s *lawStep) believed() fate {
	t := s.before
	brings := s.seg().Text > 0 && ahead(t.RcvNxt, s.finSeq())
	switch t.State {
	case tcpfsm.SynReceived:
		switch {
		case s.ev.AcceptFull && t.Passive && s.on(tcpfsm.OptAbortOnOverflow), t.Orphan && brings && !(s.ev.AcceptFull && t.Passive):
			return refusedGone
		case s.ev.AcceptFull && t.Passive:
			return dropped
		}
	case tcpfsm.FinWait1, tcpfsm.FinWait2:
		if t.Orphan && brings {
			return refusedGone
		}
	case tcpfsm.CloseWait, tcpfsm.Closing, tcpfsm.LastAck:
		if s.on(tcpfsm.OptResetLateText) && brings && ahead(s.seg().Seq, t.RcvNxt) && !s.ourFinAcked() {
			return lateReset
		}
	case tcpfsm.TimeWait:
		if s.on(tcpfsm.OptStrictTW) || s.seg().Text > 0 || s.has(tcpfsm.FIN) {
			return answered
		}
		return dropped
	}
	return taken
}

// ahead reports whether b is ahead of a in sequence space.
func ahead(a, b uint32) bool { return int32(b-a) > 0 }

func (s *lawStep) seg() *tcpfsm.Segment { return &s.ev.Seg }

// has reports whether the segment has all these control bits.
func (s *lawStep) has(flags tcpfsm.Flags) bool { return s.ev.Seg.Flags&flags == flags }

func (s *lawStep) on(option tcpfsm.Options) bool { return s.before.Options.Has(option) }

// length is SEG.LEN.
func (s *lawStep) length() uint32 {
	n := s.seg().Text
	for _, bit := range []tcpfsm.Flags{tcpfsm.SYN, tcpfsm.FIN} {
		if s.has(bit) {
			n++
		}
	}
	return n
}

// textSeq is the sequence number of the first octet, finSeq the one behind the last.
func (s *lawStep) textSeq() uint32 {
	if s.has(tcpfsm.SYN) {
		return s.seg().Seq + 1
	}
	return s.seg().Seq
}

func (s *lawStep) finSeq() uint32 { return s.textSeq() + s.seg().Text }

func (s *lawStep) inWindow(seq uint32) bool { return seq-s.before.RcvNxt < s.before.RcvWnd }

// acceptable is table 6, and finFree.
func (s *lawStep) acceptable() bool {
	t, first, n := s.before, s.seg().Seq, s.length()
	switch {
	case s.on(tcpfsm.OptFinFree) && s.has(tcpfsm.FIN) && s.finSeq() == t.RcvNxt:
		return true
	case n == 0:
		return first == t.RcvNxt || s.inWindow(first)
	}
	return s.inWindow(first) || s.inWindow(first+n-1)
}

// atEdge reports whether a peer that filled our window, or probes it, may send this.
func (s *lawStep) atEdge() bool {
	t := s.before
	open := t.State == tcpfsm.Established || t.State == tcpfsm.FinWait1 || t.State == tcpfsm.FinWait2
	return s.on(tcpfsm.OptZwAllowance) && open && s.seg().Seq-(t.RcvNxt+t.RcvWnd) <= 1 &&
		s.has(tcpfsm.ACK) && !s.has(tcpfsm.SYN) && s.plausible()
}

// acknowledgesNew reports whether SND.UNA < SEG.ACK =< SND.NXT.
func (s *lawStep) acknowledgesNew() bool {
	flight := s.before.SndNxt - s.before.SndUna
	return s.seg().Ack-s.before.SndUna-1 < flight
}

// plausible is the range of RFC 5961 section 5.2.
func (s *lawStep) plausible() bool {
	t, old := s.before, s.before.MaxSndWnd
	if s.on(tcpfsm.OptAckOfSent) {
		old = min(old, max(t.SndUna-t.ISS, 1)-1)
	}
	return s.seg().Ack-(t.SndUna-old) <= t.SndNxt-t.SndUna+old
}

// ourFinAcked reports whether our FIN is acknowledged by now.
func (s *lawStep) ourFinAcked() bool {
	t := s.before
	return t.FinSent && (t.SndUna == t.SndNxt || s.seg().Ack == t.SndNxt)
}
