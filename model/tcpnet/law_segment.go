package tcpnet

import "github.com/tcpfsm/tcpfsm/tcpfsm"

// arrivalLaws are what section 3.10.7 answers before anything of a segment is taken.
var arrivalLaws = []Law{
	{"no-connection", "what belongs to no connection is answered with exactly the RST of 3.5.2, and so is text that nobody will read", "3.5.2; 3.10.7; SHLD-3",
		func(s *lawStep) verdict {
			if s.fate != refused && s.fate != refusedGone && s.fate != lateReset {
				return silent
			}
			stays := *s.after == *s.before && s.out.Started|s.out.Stopped == 0
			return keeps(s.out.Ctl == s.exactRST() && s.out.Data.Flags == 0 && (s.ends || stays))
		}},
	{"ignored", "what section 3.10.7 drops changes nothing and is not answered", "3.10.7",
		func(s *lawStep) verdict {
			if s.fate != dropped {
				return silent
			}
			return keeps(*s.after == *s.before && s.sendsNothing() && s.out.Stopped == 0)
		}},
	{"challenge", "what is not acceptable, a SYN, a RST that is not exact, and an ACK beyond reason are answered with one ACK, and change nothing", "3.10.7.4; RFC 5961",
		func(s *lawStep) verdict {
			if s.fate != challenged {
				return silent
			}
			want, says := *s.before, true
			brings := (s.seg().Text > 0 || s.has(tcpfsm.FIN)) && !s.has(tcpfsm.RST) && !s.has(tcpfsm.SYN)
			if s.on(tcpfsm.OptAckThrottle) && !brings {
				says = want.Challenges < want.ChallengeMax
				want.Challenges = min(want.Challenges+1, want.ChallengeMax)
			}
			if !says {
				return keeps(*s.after == want && s.sendsNothing())
			}
			want.Armed &^= 1 << tcpfsm.TimerDelayedAck
			return keeps(*s.after == want && s.out.Ctl == s.ack() && s.out.Data.Flags == 0)
		}},
	{"last-ack-again", "TIME-WAIT answers the peer's FIN, and whatever lies beyond it, with its last ACK", "3.10.7.4",
		func(s *lawStep) verdict {
			if s.fate != answered {
				return silent
			}
			return keeps(*s.after == *s.before && s.out.Ctl == s.ack() && s.out.Data.Flags == 0)
		}},
	{"syn-received", "a SYN is answered with SYN,ACK, its numbers are kept, and text and FIN that come with it are not taken", "3.10.7.2; MUST-11; MAY-2",
		func(s *lawStep) verdict {
			if s.fate != synReceived && s.fate != synInTimeWait {
				return silent
			}
			want := s.knowsPeer(s.before.Remote, s.ev.ISN)
			if s.fate == synInTimeWait {
				want.SavedTW, want.TwSndNxt, want.TwRcvNxt = true, s.before.SndNxt, s.before.RcvNxt
			}
			started := s.out.Started == 1<<tcpfsm.TimerRTX|1<<tcpfsm.TimerUser
			return keeps(*s.after == want && s.out.Ctl == s.synAck() && s.out.Data.Flags == 0 && started)
		}},
	{"crossed", "a SYN that meets ours is answered with SYN,ACK from the same ISS", "3.10.7.3; MUST-10; Fig 7",
		func(s *lawStep) verdict {
			if s.fate != synCrossed {
				return silent
			}
			want, seg := *s.before, s.seg()
			want.State, want.IRS, want.RcvNxt = tcpfsm.SynReceived, seg.Seq, seg.Seq+1
			want.SndWnd, want.SndWl1, want.SndWl2, want.MaxSndWnd = seg.Wnd, seg.Seq, want.ISS, seg.Wnd
			return keeps(*s.after == want && s.out.Ctl == s.synAck() && s.out.Data.Flags == 0)
		}},
	{"syn-again", "a repeated SYN is answered with SYN,ACK, and nothing changes", "3.10.7.4; practice",
		func(s *lawStep) verdict {
			if s.fate != synRepeated {
				return silent
			}
			return keeps(*s.after == *s.before && s.out.Ctl == s.synAck() && s.out.Data.Flags == 0)
		}},
	{"listens-again", "a passive SYN-RECEIVED that is refused listens as if nothing had been", "3.10.7.4; MUST-11",
		func(s *lawStep) verdict {
			if s.fate != relistens {
				return silent
			}
			want := blank(s.before)
			want.State, want.Passive, want.Remote, want.RcvWnd = tcpfsm.Listen, true, s.before.Remote, want.RcvBuf
			return keeps(*s.after == want && s.sendsNothing() && s.allStopped())
		}},
	{"waits-again", "the TIME-WAIT that a SYN took the place of comes back when the SYN was an old one", "3.6.1; MAY-2",
		func(s *lawStep) verdict {
			if s.fate != waitsAgain {
				return silent
			}
			t, want := s.before, blank(s.before)
			want.State, want.Remote, want.Passive, want.RcvWnd = tcpfsm.TimeWait, t.Remote, t.Passive, want.RcvBuf
			want.SndUna, want.SndNxt, want.RcvNxt = t.TwSndNxt, t.TwSndNxt, t.TwRcvNxt
			want.SynAcked, want.CloseQueued, want.FinSent, want.Armed = true, true, true, 1<<tcpfsm.TimerTimeWait
			return keeps(*s.after == want && s.sendsNothing())
		}},
	{"next-state", "the state changes as in figure 5 and the notes to it, and not otherwise", "3.3.2; Fig 5",
		func(s *lawStep) verdict { return keeps(s.after.State == s.nextState()) }},
}

// exactRST is the reset that nobody can mistake.
func (s *lawStep) exactRST() tcpfsm.Segment {
	if s.has(tcpfsm.ACK) {
		return tcpfsm.Segment{Flags: tcpfsm.RST, Seq: s.seg().Ack}
	}
	return tcpfsm.Segment{Flags: tcpfsm.RST | tcpfsm.ACK, Ack: s.seg().Seq + s.length()}
}

// synAck is <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK> after the step.
func (s *lawStep) synAck() tcpfsm.Segment {
	return tcpfsm.Segment{Flags: tcpfsm.SYN | tcpfsm.ACK, Seq: s.after.ISS, Ack: s.after.RcvNxt, Wnd: s.after.RcvWnd}
}

// knowsPeer is the TCB of a SYN-RECEIVED that has just heard of its peer.
func (s *lawStep) knowsPeer(remote bool, isn uint32) tcpfsm.TCB {
	t, seg := blank(s.before), s.seg()
	if last := s.before.SndNxt; s.fate == synInTimeWait && !ahead(last, isn) {
		isn = last + 1 // MAY-2: beyond everything used before
	}
	t.State, t.Passive, t.Remote, t.RcvWnd = tcpfsm.SynReceived, true, remote, t.RcvBuf
	t.ISS, t.SndUna, t.SndNxt, t.IRS, t.RcvNxt = isn, isn, isn+1, seg.Seq, seg.Seq+1
	t.SndWnd, t.SndWl1, t.SndWl2, t.MaxSndWnd = seg.Wnd, seg.Seq, isn, seg.Wnd
	t.Armed = 1<<tcpfsm.TimerRTX | 1<<tcpfsm.TimerUser
	return t
}

// nextState is figure 5.
func (s *lawStep) nextState() tcpfsm.State {
	t := s.before
	switch {
	case s.ends:
		return tcpfsm.Closed
	case s.fate == synReceived || s.fate == synInTimeWait || s.fate == synCrossed:
		return tcpfsm.SynReceived
	case s.fate == relistens || s.ev.Kind == tcpfsm.EventOpenPassive && t.State == tcpfsm.Closed:
		return tcpfsm.Listen
	case s.opens:
		return tcpfsm.SynSent
	case s.fate == waitsAgain:
		return tcpfsm.TimeWait
	case s.counts:
		return s.stateAfterSegment()
	case t.State == tcpfsm.CloseWait && (s.finOut || s.probesWithFin()):
		return tcpfsm.LastAck
	case s.closes && t.State != tcpfsm.CloseWait && !s.closeWaits():
		return tcpfsm.FinWait1
	}
	return t.State
}

// stateAfterSegment is where acknowledgment and FIN lead.
func (s *lawStep) stateAfterSegment() tcpfsm.State {
	t := s.before
	pick := func(when bool, then, otherwise tcpfsm.State) tcpfsm.State {
		if when {
			return then
		}
		return otherwise
	}
	switch t.State {
	case tcpfsm.SynSent, tcpfsm.SynReceived:
		if s.fin {
			return pick(s.finOut, tcpfsm.LastAck, tcpfsm.CloseWait)
		}
		return pick(t.CloseQueued, tcpfsm.FinWait1, tcpfsm.Established)
	case tcpfsm.Established:
		return pick(s.fin, tcpfsm.CloseWait, t.State)
	case tcpfsm.FinWait1:
		if s.fin {
			return pick(s.finAcked, tcpfsm.TimeWait, tcpfsm.Closing)
		}
		return pick(s.finAcked, tcpfsm.FinWait2, t.State)
	case tcpfsm.FinWait2:
		return pick(s.fin, tcpfsm.TimeWait, t.State)
	case tcpfsm.CloseWait:
		return pick(s.finOut, tcpfsm.LastAck, t.State)
	case tcpfsm.Closing:
		return pick(s.finAcked, tcpfsm.TimeWait, t.State)
	}
	return t.State
}

// goesOn reports whether the step leaves the connection what it was, so that its
// variables before and after belong together.
func (s *lawStep) goesOn() bool {
	return s.before.State >= tcpfsm.SynSent && !s.ends && !s.opens && s.fate != relistens && s.fate != waitsAgain
}

// ackLaws are the fifth, the seventh and the eighth check.
var ackLaws = []Law{
	{"acknowledged", "SND.UNA moves to SEG.ACK exactly when that acknowledges something new, and the octets between, without SYN and FIN, leave the send buffer", "3.10.7.4; EID 3301",
		func(s *lawStep) verdict {
			if !s.goesOn() {
				return silent
			}
			t, acked := s.before, uint32(0)
			if s.ackNew {
				acked = s.una - t.SndUna
				if !t.SynAcked {
					acked--
				}
				if t.FinSent && s.una == t.SndNxt {
					acked--
				}
			}
			return keeps(s.after.SndUna == s.una && s.after.SynAcked == (t.SynAcked || s.ackNew) && s.out.Acked == acked)
		}},
	{"window", "SND.WND, SND.WL1 and SND.WL2 are taken together, from the first acknowledgment and from every one that was sent later than the one before", "3.10.7.4; MUST-66; RFC 5961 section 5.2",
		func(s *lawStep) verdict {
			if !s.goesOn() || s.fate == synCrossed {
				return silent
			}
			want, seg := *s.before, s.seg()
			if s.counts && s.newWindow() {
				want.SndWnd, want.SndWl1, want.SndWl2, want.MaxSndWnd = seg.Wnd, seg.Seq, seg.Ack, max(want.MaxSndWnd, seg.Wnd)
			}
			t := s.after
			return keeps(t.SndWnd == want.SndWnd && t.SndWl1 == want.SndWl1 && t.SndWl2 == want.SndWl2 && t.MaxSndWnd == want.MaxSndWnd)
		}},
	{"in-order", "text is taken in order, each octet once, as far as the window goes, and then the FIN behind it", "3.10.7.4",
		func(s *lawStep) verdict {
			if !s.goesOn() {
				return keeps(s.out.Take == 0)
			}
			t, irs, next := s.before, s.before.IRS, s.before.RcvNxt
			if t.State == tcpfsm.SynSent && (s.counts || s.fate == synCrossed) {
				irs, next = s.seg().Seq, s.seg().Seq+1
			}
			next += s.take
			if s.fin {
				next++
			}
			ok := s.out.Take == s.take && s.after.IRS == irs && s.after.RcvNxt == next && (s.take == 0 || s.out.Skip == s.skip)
			return keeps(ok && (s.ev.Kind == tcpfsm.EventReceive || s.after.RcvWnd == t.RcvWnd-s.take))
		}},
	{"buffered", "what is taken waits for the user until it is handed over", "3.10.7.4; 3.10.3",
		func(s *lawStep) verdict {
			if !s.goesOn() || s.ev.Kind == tcpfsm.EventCloseOrphan {
				return silent
			}
			return keeps(s.after.Unread == s.before.Unread+s.take-s.out.Delivered)
		}},
	{"ack-owed", "what arrives is acknowledged once: with text that leaves anyway, at once, or, if it is all in order and the option says so, a little later", "3.8.6.3; MUST-40; MUST-58; MUST-59",
		func(s *lawStep) verdict {
			if !s.counts || s.ends {
				return silent
			}
			owed, late := s.owes()
			return keeps(s.acknowledgesAs(owed && !late, owed && late))
		}},
}

// owes reports whether a segment that counts is to be acknowledged, and whether that
// may be later.
func (s *lawStep) owes() (owed, late bool) {
	t, brings := s.before, s.seg().Text > 0 || s.has(tcpfsm.FIN)
	may := s.on(tcpfsm.OptDelayedAck) && s.take > 0 && !t.Armed.Has(tcpfsm.TimerDelayedAck)
	half := s.on(tcpfsm.OptAckPace) && 2*(s.after.RcvNxt-s.after.IRS) <= t.RcvBuf
	switch {
	case t.State == tcpfsm.SynSent, s.fate == taken && s.crossedSynAck():
		return true, false
	case s.fate == beyondWindow:
		return s.length() > 0, false
	case t.State > tcpfsm.FinWait2:
		return false, false
	case !s.fin:
		return brings, may && !half && !s.has(tcpfsm.FIN) && s.take == s.seg().Text
	case t.State == tcpfsm.Established || t.State == tcpfsm.SynReceived && !s.finOut:
		return true, may && s.on(tcpfsm.OptAckPace)
	}
	return true, false
}

// acknowledgesAs reports whether the step sends an ACK now, later, or not at all, where
// text that leaves carries one.
func (s *lawStep) acknowledgesAs(now, later bool) bool {
	delayed := s.after.Armed.Has(tcpfsm.TimerDelayedAck)
	starts := s.out.Started.Has(tcpfsm.TimerDelayedAck)
	switch {
	case s.texts():
		return s.out.Ctl.Flags == 0 && !delayed
	case now:
		return s.out.Ctl == s.ack() && !delayed
	case later:
		return s.out.Ctl.Flags == 0 && delayed && starts
	case s.after.State == tcpfsm.TimeWait:
		return s.out.Ctl.Flags == 0 && !delayed
	}
	return s.out.Ctl.Flags == 0 && delayed == s.before.Armed.Has(tcpfsm.TimerDelayedAck) && !starts
}
