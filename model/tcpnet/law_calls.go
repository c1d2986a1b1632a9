package tcpnet

import "github.com/tcpfsm/tcpfsm/tcpfsm"

// callLaws are sections 3.10.1 to 3.10.6: what each call answers, and what is left.
var callLaws = []Law{
	{"answers", "each call is answered in each state as its section says", "3.10.1 to 3.10.6",
		func(s *lawStep) verdict {
			if s.ev.Kind > tcpfsm.EventStatus {
				return keeps(s.out.Answer == tcpfsm.AnswerOK) // no call, no answer
			}
			return keeps(s.out.Answer == s.answer())
		}},
	{"refused-call", "a call that is refused, or that waits, and STATUS, change nothing and send nothing", "3.10",
		func(s *lawStep) verdict {
			if s.ev.Kind > tcpfsm.EventStatus || s.answer() == tcpfsm.AnswerOK && s.ev.Kind != tcpfsm.EventStatus {
				return silent
			}
			return keeps(*s.after == *s.before && s.nothingElse())
		}},
	{"listen", "a passive OPEN waits with its whole buffer and sends nothing", "3.10.1; MUST-41",
		func(s *lawStep) verdict {
			if s.ev.Kind != tcpfsm.EventOpenPassive || s.before.State != tcpfsm.Closed {
				return silent
			}
			want := *s.before
			want.State, want.Passive, want.Remote, want.RcvWnd = tcpfsm.Listen, true, s.ev.RemoteGiven, want.RcvBuf
			return keeps(*s.after == want && *s.out == tcpfsm.Output{})
		}},
	{"open", "an OPEN, or a SEND in LISTEN, that names the remote socket sends <SEQ=ISS><CTL=SYN> with a fresh ISS", "3.10.1; 3.10.2; MUST-8",
		func(s *lawStep) verdict {
			if !s.opensActively() {
				return silent
			}
			want := *s.before
			want.State, want.Passive, want.Remote, want.RcvWnd = tcpfsm.SynSent, false, true, want.RcvBuf
			want.ISS, want.SndUna, want.SndNxt, want.Queued = s.ev.ISN, s.ev.ISN, s.ev.ISN+1, s.sends
			want.Armed = 1<<tcpfsm.TimerRTX | 1<<tcpfsm.TimerUser
			syn := tcpfsm.Segment{Flags: tcpfsm.SYN, Seq: s.ev.ISN, Wnd: want.RcvBuf}
			return keeps(*s.after == want && *s.out == tcpfsm.Output{Started: want.Armed, Ctl: syn})
		}},
	{"over", "a connection that is over leaves nothing behind: no number, no timer, no text that leaves", "3.10",
		func(s *lawStep) verdict {
			if !s.ends && s.after.State != tcpfsm.Closed {
				return silent
			}
			if s.before.State == tcpfsm.Closed {
				return keeps(*s.after == *s.before)
			}
			return keeps(*s.after == blank(s.before) && s.allStopped() && s.out.Data.Flags == 0)
		}},
	{"abort", "ABORT tells the peer with RST at SND.NXT, while either end may still send", "3.10.5",
		func(s *lawStep) verdict {
			if s.ev.Kind != tcpfsm.EventAbort || s.before.State == tcpfsm.Closed {
				return silent
			}
			var want tcpfsm.Segment
			if s.before.State >= tcpfsm.SynReceived && s.before.State <= tcpfsm.CloseWait {
				want = tcpfsm.Segment{Flags: tcpfsm.RST, Seq: s.before.SndNxt}
			}
			return keeps(s.after.State == tcpfsm.Closed && s.out.Ctl == want)
		}},
	{"unread", "a user who leaves text unread resets the connection, so that the peer knows; behind the peer's FIN and ours the text is dropped", "3.6.1; SHLD-3; MAY-1",
		func(s *lawStep) verdict {
			if s.ev.Kind != tcpfsm.EventCloseOrphan || s.before.State < tcpfsm.SynReceived {
				return silent
			}
			if s.loses() {
				return keeps(s.after.State == tcpfsm.Closed && s.out.Ctl == tcpfsm.Segment{Flags: tcpfsm.RST, Seq: s.before.SndNxt})
			}
			return keeps(s.after.State != tcpfsm.Closed && s.after.Orphan && s.after.Unread == 0 && !s.out.Ctl.Flags.Has(tcpfsm.RST))
		}},
	{"close", "CLOSE is remembered, and FIN follows the queued text; nothing else counts as one", "3.10.4",
		func(s *lawStep) verdict {
			if s.after.State < tcpfsm.SynReceived || s.fate == waitsAgain {
				return silent
			}
			remembered := s.before.CloseQueued || s.closes
			leaves := s.before.Orphan || s.ev.Kind == tcpfsm.EventCloseOrphan
			if s.opens || s.fate == synCrossed {
				remembered, leaves = false, false
			}
			return keeps(s.after.CloseQueued == remembered && s.after.Orphan == leaves)
		}},
	{"receive", "RECEIVE hands over what is there, also when both ends have closed since, and no more than asked for", "3.10.3; 3.6",
		func(s *lawStep) verdict {
			if s.ev.Kind != tcpfsm.EventReceive || s.answer() != tcpfsm.AnswerOK {
				return keeps(s.out.Delivered == 0)
			}
			n := min(s.ev.Octets, s.before.Unread)
			return keeps(s.out.Delivered == n && s.after.Unread == s.before.Unread-n)
		}},
	{"silly-window", "a reader opens the window by a full segment or half the buffer, or not at all, and then says so", "3.8.6.2.2; MUST-39",
		func(s *lawStep) verdict {
			t := s.before
			if s.ev.Kind != tcpfsm.EventReceive || s.answer() != tcpfsm.AnswerOK {
				return silent
			}
			room := t.RcvBuf - (t.Unread - s.out.Delivered)
			worth := room > t.RcvWnd && (room-t.RcvWnd >= t.SndMss || 2*(room-t.RcvWnd) >= t.RcvBuf)
			if !worth || t.State > tcpfsm.FinWait2 {
				return keeps(s.after.RcvWnd == t.RcvWnd && s.out.Ctl.Flags == 0)
			}
			return keeps(s.after.RcvWnd == room && s.out.Ctl == s.ack())
		}},
	{"icmp", "an ICMP hard error ends a connection, unless the option says that it is soft; a soft one only tells the user", "3.9.2.2; SHLD-26; MUST-56; RFC 5461",
		func(s *lawStep) verdict {
			if s.ev.Kind != tcpfsm.EventIcmpHard && s.ev.Kind != tcpfsm.EventIcmpSoft {
				return silent
			}
			if s.ends {
				return keeps(s.after.State == tcpfsm.Closed && s.out.Ctl.Flags == 0)
			}
			return keeps(*s.after == *s.before && s.sendsNothing() && s.out.Started|s.out.Stopped == 0)
		}},
	{"signals", "the user hears of everything that happens to the connection, once, and of nothing else", "3.9.1.9; 3.10; SHLD-9; MUST-56",
		func(s *lawStep) verdict { return keeps(s.out.Signals == s.signals()) }},
}

// answer is what a call is answered; of an event that is no call, ok.
func (s *lawStep) answer() tcpfsm.Answer {
	t := s.before
	if s.ev.Kind > tcpfsm.EventStatus {
		return tcpfsm.AnswerOK
	}
	if t.State == tcpfsm.Closed {
		return s.answerWithout()
	}
	switch s.ev.Kind {
	case tcpfsm.EventOpenActive:
		return s.opensListener(t.Remote || s.ev.RemoteGiven, tcpfsm.AnswerExists)
	case tcpfsm.EventOpenPassive:
		return tcpfsm.AnswerExists
	case tcpfsm.EventSend:
		switch {
		case t.State == tcpfsm.Listen:
			return s.opensListener(t.Remote, tcpfsm.AnswerNotConnected)
		case t.CloseQueued:
			return tcpfsm.AnswerConnectionClosing
		}
	case tcpfsm.EventReceive:
		return s.answerReceive()
	case tcpfsm.EventClose, tcpfsm.EventShutdown:
		return s.answerClose()
	}
	return tcpfsm.AnswerOK
}

// answerWithout is the answer when there is no connection.
func (s *lawStep) answerWithout() tcpfsm.Answer {
	switch {
	case s.ev.Kind == tcpfsm.EventOpenActive && !s.ev.RemoteGiven:
		return tcpfsm.AnswerRemoteUnspecified
	case s.ev.Kind == tcpfsm.EventOpenActive || s.ev.Kind == tcpfsm.EventOpenPassive:
		return tcpfsm.AnswerOK
	}
	return tcpfsm.AnswerNoConnection
}

// opensListener is the answer of a call that turns a listener into an active opener.
func (s *lawStep) opensListener(remote bool, practice tcpfsm.Answer) tcpfsm.Answer {
	switch {
	case s.before.State != tcpfsm.Listen:
		return tcpfsm.AnswerExists
	case !s.on(tcpfsm.OptListenOpens):
		return practice
	case !remote:
		return tcpfsm.AnswerRemoteUnspecified
	}
	return tcpfsm.AnswerOK
}

func (s *lawStep) answerReceive() tcpfsm.Answer {
	t := s.before
	peerMaySend := t.State <= tcpfsm.FinWait2
	switch {
	case t.State <= tcpfsm.SynReceived:
		return tcpfsm.AnswerPending
	case t.Unread > 0 && (t.State <= tcpfsm.CloseWait || s.on(tcpfsm.OptDrainTail)):
		return tcpfsm.AnswerOK
	case peerMaySend:
		return tcpfsm.AnswerPending
	}
	return tcpfsm.AnswerConnectionClosing
}

func (s *lawStep) answerClose() tcpfsm.Answer {
	t := s.before
	waiting := t.State == tcpfsm.FinWait1 || t.State == tcpfsm.FinWait2
	switch {
	case t.State == tcpfsm.Listen && s.ev.Kind == tcpfsm.EventShutdown:
		return tcpfsm.AnswerNotConnected
	case t.CloseQueued && !(waiting && s.on(tcpfsm.OptCloseTwiceOK)):
		return tcpfsm.AnswerConnectionClosing
	}
	return tcpfsm.AnswerOK
}

// signals are what the user hears of.
func (s *lawStep) signals() (set tcpfsm.Signals) {
	t := s.before
	tell := func(signal tcpfsm.Signal, when bool) {
		if when {
			set |= 1 << signal
		}
	}
	early := t.State == tcpfsm.Listen || t.State == tcpfsm.SynSent
	closing := s.ev.Kind == tcpfsm.EventClose || s.ev.Kind == tcpfsm.EventShutdown || s.ev.Kind == tcpfsm.EventCloseOrphan
	refused := s.fate == resets && t.State == tcpfsm.SynReceived
	soft := s.ev.Kind == tcpfsm.EventIcmpSoft && t.State >= tcpfsm.SynSent ||
		s.ev.Kind == tcpfsm.EventIcmpHard && t.State >= tcpfsm.SynReceived && s.on(tcpfsm.OptIcmpHardIsSoft)
	tell(tcpfsm.SignalEstablished, s.counts && s.fresh)
	tell(tcpfsm.SignalText, s.take > 0)
	tell(tcpfsm.SignalRemoteClosing, s.fin)
	tell(tcpfsm.SignalCloseDone, s.ackNew && t.FinSent && s.una == t.SndNxt)
	tell(tcpfsm.SignalClosing, closing && early && s.ends)
	tell(tcpfsm.SignalReset, s.fate == resets && !refused || s.fate == lateReset || s.fate == waitsAgain && t.Queued > 0 ||
		s.ev.Kind == tcpfsm.EventAbort && t.State != tcpfsm.Closed && t.State <= tcpfsm.CloseWait)
	tell(tcpfsm.SignalRefused, refused)
	tell(tcpfsm.SignalUserTimeout, s.ev.Kind == tcpfsm.EventUserTimeout && s.expires)
	tell(tcpfsm.SignalTimedOut, s.givesUp())
	tell(tcpfsm.SignalUnreachable, s.ev.Kind == tcpfsm.EventIcmpHard && s.ends)
	tell(tcpfsm.SignalRetransmitting, s.repeats() && s.tries() == t.R1 && t.Tries < t.R1)
	tell(tcpfsm.SignalSoftError, soft)
	return set
}

// blank is a TCB of which nothing but the settings are left.
func blank(t *tcpfsm.TCB) tcpfsm.TCB {
	return tcpfsm.TCB{
		Options: t.Options, RcvBuf: t.RcvBuf, SndMss: t.SndMss, R1: t.R1, R2: t.R2, R2Syn: t.R2Syn,
		KeepMax: t.KeepMax, ChallengeMax: t.ChallengeMax,
	}
}

func (s *lawStep) sendsNothing() bool { return s.out.Ctl.Flags == 0 && s.out.Data.Flags == 0 }

// nothingElse reports whether an answer is all that comes of a step.
func (s *lawStep) nothingElse() bool { return *s.out == tcpfsm.Output{Answer: s.out.Answer} }

// allStopped reports whether every timer that ran was stopped, and none was started.
func (s *lawStep) allStopped() bool {
	return s.out.Stopped&s.before.Armed == s.before.Armed && s.out.Started == 0
}

// ack is <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK> after the step.
func (s *lawStep) ack() tcpfsm.Segment {
	return tcpfsm.Segment{Flags: tcpfsm.ACK, Seq: s.after.SndNxt, Ack: s.after.RcvNxt, Wnd: s.after.RcvWnd}
}
