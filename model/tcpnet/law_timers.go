package tcpnet

import "github.com/tcpfsm/tcpfsm/tcpfsm"

// sendLaws are what leaves, and when.
var sendLaws = []Law{
	{"at-once", "text leaves as soon as the window allows, as much as it allows, and FIN behind the last octet, with the acknowledgment", "3.10.2; 3.10.4; 3.7.4; 3.8.6.1",
		func(s *lawStep) verdict {
			if !s.pushes {
				return silent
			}
			return keeps(s.out.Data == s.text())
		}},
	{"queue", "what the user sends waits until it has left, and SND.NXT counts what has left", "3.10.2",
		func(s *lawStep) verdict {
			if !s.goesOn() {
				return silent
			}
			t, left, next := s.before, s.leaves, s.leaves
			if s.probes() {
				left = min(t.Queued, 1)
				next = 1
			}
			fin := s.finOut || s.probesWithFin()
			if s.finOut {
				next++
			}
			return keeps(s.after.Queued == t.Queued+s.sends-left && s.after.SndNxt == t.SndNxt+next && s.after.ISS == t.ISS && s.after.FinSent == (t.FinSent || fin))
		}},
	{"silence", "nothing is sent without a reason", "3.10",
		func(s *lawStep) verdict {
			resends := s.repeats() || s.probes()
			if s.out.Data.Flags != 0 && !s.texts() && !resends {
				return broken
			}
			if s.out.Ctl.Flags == 0 {
				return silent
			}
			receives := s.ev.Kind == tcpfsm.EventReceive
			leaves := s.ev.Kind == tcpfsm.EventAbort || s.loses()
			return keeps(s.ev.Kind == tcpfsm.EventSegment || s.opens || receives || leaves || resends || s.expires)
		}},
	{"repeated", "the retransmission timer sends the oldest segment again, at most a full one, and is started anew", "3.10.8; RFC 6298 section 5.4; 3.8.1",
		func(s *lawStep) verdict {
			if !s.repeats() {
				return silent
			}
			return keeps(s.out.Ctl == s.oldestControl() && s.out.Data == s.oldestText() && s.out.Started.Has(tcpfsm.TimerRTX) &&
				s.after.Armed.Has(tcpfsm.TimerRTX))
		}},
	{"probed", "a closed window that holds text or FIN back is probed with what is next, one octet or the FIN", "3.8.6.1; MUST-35; MUST-37",
		func(s *lawStep) verdict {
			if !s.probes() {
				return silent
			}
			want := tcpfsm.Segment{Flags: tcpfsm.ACK, Seq: s.before.SndNxt, Ack: s.before.RcvNxt, Wnd: s.before.RcvWnd, Text: min(s.before.Queued, 1)}
			if s.probesWithFin() {
				want.Flags |= tcpfsm.FIN
			}
			return keeps(s.out.Data == want && s.out.Ctl.Flags == 0 && s.after.Armed.Has(tcpfsm.TimerRTX) && !s.after.Armed.Has(tcpfsm.TimerPersist))
		}},
	{"kept-alive", "an idle peer is asked with <SEQ=SND.NXT-1> and no text; while something is unacknowledged nobody asks", "3.8.4; MUST-26; MAY-6; SHLD-12",
		func(s *lawStep) verdict {
			if s.ev.Kind != tcpfsm.EventKeepAliveTimeout || !s.expires || s.givesUp() {
				return silent
			}
			t, want, probes := s.before, tcpfsm.Segment{}, s.before.Probes
			if t.State > tcpfsm.CloseWait { // our FIN is repeated, and finds out what a probe would
				return keeps(s.sendsNothing())
			}
			if t.SndUna == t.SndNxt {
				want = tcpfsm.Segment{Flags: tcpfsm.ACK, Seq: t.SndNxt - 1, Ack: t.RcvNxt, Wnd: t.RcvWnd}
				probes = min(probes+1, max(t.KeepMax, probes))
			}
			return keeps(s.out.Ctl == want && s.out.Data.Flags == 0 && s.after.Probes == probes && s.out.Started.Has(tcpfsm.TimerKeepAlive))
		}},
	{"late-ack", "a delayed ACK leaves when its time is over, unless text took it along", "3.8.6.3; MUST-40",
		func(s *lawStep) verdict {
			if s.out.Data.Flags != 0 {
				return keeps(!s.after.Armed.Has(tcpfsm.TimerDelayedAck))
			}
			if s.ev.Kind != tcpfsm.EventDelayedAckTimeout || !s.expires {
				return silent
			}
			return keeps(s.out.Ctl == s.ack())
		}},
}

// timerLaws say when each timer runs, and what the counters of expiries are.
var timerLaws = []Law{
	{"unarmed", "the expiry of a timer that does not run changes nothing", "3.10.8",
		func(s *lawStep) verdict {
			if _, is := timerOf(s.ev.Kind); !is || s.expires {
				return silent
			}
			return keeps(*s.after == *s.before && s.nothingElse())
		}},
	{"rtx-timer", "the retransmission timer runs while something is unacknowledged: it starts with what is sent if it does not run, anew when something is acknowledged, and with what is repeated", "RFC 6298 section 5; 3.8.1",
		func(s *lawStep) verdict {
			if !s.goesOn() {
				return silent
			}
			ran := s.before.Armed.Has(tcpfsm.TimerRTX)
			inFlight := s.una != s.after.SndNxt
			starts := s.repeats() || s.probes() || s.fate == synCrossed || inFlight && (s.ackNew || s.texts() && !ran)
			return keeps(s.out.Started.Has(tcpfsm.TimerRTX) == starts && s.after.Armed.Has(tcpfsm.TimerRTX) == inFlight)
		}},
	{"user-timer", "the user timeout runs from the first octet or FIN that waits, anew with each acknowledgment, and while a closed window is answered for", "3.8.3; 3.9.1; 3.8.6.1",
		func(s *lawStep) verdict {
			if !s.goesOn() {
				return silent
			}
			starts, runs := s.userTimer()
			return keeps(s.out.Started.Has(tcpfsm.TimerUser) == starts && s.after.Armed.Has(tcpfsm.TimerUser) == runs)
		}},
	{"persist-timer", "a closed window is watched while it holds something back and nothing is in flight, and only then", "3.8.6.1; MUST-35",
		func(s *lawStep) verdict {
			t := s.after
			states := t.State == tcpfsm.Established || t.State == tcpfsm.FinWait1 || t.State == tcpfsm.CloseWait || t.State == tcpfsm.Closing
			waits := t.Queued > 0 || t.CloseQueued && !t.FinSent
			runs := t.Armed.Has(tcpfsm.TimerPersist)
			starts := s.out.Started.Has(tcpfsm.TimerPersist)
			return keeps(runs == (states && waits && t.SndWnd == 0 && t.SndUna == t.SndNxt) && starts == (runs && !s.before.Armed.Has(tcpfsm.TimerPersist)))
		}},
	{"quiet-time", "TIME-WAIT, and nothing else, has the 2 MSL; they begin with it, and anew with what the profile names and nothing else", "3.10.7.4; 3.6.1; MUST-13",
		func(s *lawStep) verdict {
			only := s.after.Armed == 1<<tcpfsm.TimerTimeWait
			in := s.after.State == tcpfsm.TimeWait
			return keeps((!in || only) && s.after.Armed.Has(tcpfsm.TimerTimeWait) == in && s.out.Started.Has(tcpfsm.TimerTimeWait) == (in && s.restarts()))
		}},
	{"orphan-timer", "an orphan's FIN-WAIT-2 is limited from when it is both, if the option says so", "practice",
		func(s *lawStep) verdict {
			in, was := s.after.State == tcpfsm.FinWait2, s.before.State == tcpfsm.FinWait2
			starts := in && s.after.Orphan && s.on(tcpfsm.OptFinWait2Timer) && (!was || s.ev.Kind == tcpfsm.EventCloseOrphan)
			ran := s.before.Armed.Has(tcpfsm.TimerFinWait2)
			return keeps(s.out.Started.Has(tcpfsm.TimerFinWait2) == starts && s.after.Armed.Has(tcpfsm.TimerFinWait2) == (in && (ran || starts)))
		}},
	{"keep-alive-timer", "keep-alive is watched from the handshake on if the option says so, and anew with every segment that counts, which also answers the probes", "3.8.4; MUST-25",
		func(s *lawStep) verdict {
			if !s.goesOn() {
				return silent
			}
			ran, hears := s.before.Armed.Has(tcpfsm.TimerKeepAlive), s.counts
			starts := hears && (ran || s.fresh && s.on(tcpfsm.OptKeepAlive)) || s.expires && s.ev.Kind == tcpfsm.EventKeepAliveTimeout
			stops := s.expires && s.ev.Kind == tcpfsm.EventKeepAliveTimeout && s.before.State > tcpfsm.CloseWait
			if s.after.State == tcpfsm.TimeWait || stops {
				starts, ran = false, false
			}
			ok := s.out.Started.Has(tcpfsm.TimerKeepAlive) == starts && s.after.Armed.Has(tcpfsm.TimerKeepAlive) == (ran || starts)
			return keeps(ok && (!hears || !s.before.Armed.Has(tcpfsm.TimerKeepAlive) || s.after.Probes == 0))
		}},
	{"tries", "retransmissions are counted, from the last acknowledgment or closed window on, up to where they decide something", "3.8.3; MUST-20; MUST-36",
		func(s *lawStep) verdict {
			if !s.goesOn() {
				return silent
			}
			return keeps(s.after.Tries == s.tries())
		}},
	{"throttle", "challenges are counted within a tick", "RFC 5961 section 7",
		func(s *lawStep) verdict {
			if s.ev.Kind != tcpfsm.EventTick {
				return silent
			}
			want := *s.before
			want.Challenges = 0
			return keeps(*s.after == want && s.nothingElse())
		}},
	{"synchronized", "behind the handshake our SYN is acknowledged; behind CLOSE the user has closed; behind the peer's FIN both numbers are known", "3.3.2; 3.5.2",
		func(s *lawStep) verdict {
			t := s.after
			closed := t.State == tcpfsm.FinWait1 || t.State == tcpfsm.FinWait2 || t.State >= tcpfsm.Closing
			early := t.State == tcpfsm.FinWait1 || t.State == tcpfsm.Closing // CLOSE in SYN-RECEIVED
			behind := t.State >= tcpfsm.Established
			return keeps((!closed || t.CloseQueued) && (!behind || early || t.SynAcked) && (behind || !t.SynAcked))
		}},
}

// text is what leaves for the first time.
func (s *lawStep) text() tcpfsm.Segment {
	if !s.texts() {
		return tcpfsm.Segment{}
	}
	seg := tcpfsm.Segment{Flags: tcpfsm.ACK, Seq: s.before.SndNxt, Ack: s.after.RcvNxt, Wnd: s.after.RcvWnd, Text: s.leaves}
	if s.finOut {
		seg.Flags |= tcpfsm.FIN
	}
	return seg
}

// repeats reports whether the retransmission timer sends something again.
func (s *lawStep) repeats() bool {
	return s.ev.Kind == tcpfsm.EventRetransmissionTimeout && s.expires && !s.givesUp()
}

// oldestControl is our SYN, or SYN,ACK, while it is not acknowledged.
func (s *lawStep) oldestControl() tcpfsm.Segment {
	t := s.before
	switch {
	case t.State == tcpfsm.SynSent:
		return tcpfsm.Segment{Flags: tcpfsm.SYN, Seq: t.ISS, Wnd: t.RcvWnd}
	case !t.SynAcked:
		return s.synAck()
	}
	return tcpfsm.Segment{}
}

// oldestText is the text, or FIN, at SND.UNA.
func (s *lawStep) oldestText() tcpfsm.Segment {
	t := s.before
	if !t.SynAcked {
		return tcpfsm.Segment{}
	}
	seg := tcpfsm.Segment{Flags: tcpfsm.ACK, Seq: t.SndUna, Ack: t.RcvNxt, Wnd: t.RcvWnd, Text: t.SndNxt - t.SndUna}
	if t.FinSent {
		seg.Text--
		if seg.Text <= t.SndMss {
			seg.Flags |= tcpfsm.FIN
		}
	}
	seg.Text = min(seg.Text, t.SndMss)
	return seg
}

// probes reports whether a closed window is probed.
func (s *lawStep) probes() bool { return s.ev.Kind == tcpfsm.EventPersistTimeout && s.expires }

func (s *lawStep) probesWithFin() bool { return s.probes() && s.before.Queued == 0 }

// userTimer reports whether the user timeout starts, and whether it runs then.
func (s *lawStep) userTimer() (starts, runs bool) {
	t := s.before
	runs = t.Armed.Has(tcpfsm.TimerUser)
	start := func(when bool) { starts, runs = starts || when, runs || when }
	if s.ackNew {
		starts = s.una != t.SndNxt || t.Queued > 0
		runs = starts
	}
	start(s.counts && s.wnd == 0 && runs)
	start((s.sends > 0 || s.texts()) && !runs)
	if s.stateIs(tcpfsm.TimeWait) {
		return false, false
	}
	return starts, runs
}

// stateIs reports whether the step must lead into a state from another one.
func (s *lawStep) stateIs(state tcpfsm.State) bool {
	return s.before.State != state && s.nextState() == state
}

// restarts reports whether the 2 MSL begin, or begin anew.
func (s *lawStep) restarts() bool {
	switch {
	case s.before.State != tcpfsm.TimeWait:
		return true
	case s.fate == answered:
		return s.repeatsFin() || s.on(tcpfsm.OptStrictTW)
	case s.on(tcpfsm.OptTwAnswers):
		return s.fate == challenged && s.has(tcpfsm.ACK) && !s.has(tcpfsm.RST) ||
			s.fate == dropped && !s.has(tcpfsm.RST) && s.seg().Seq == s.before.RcvNxt
	}
	return s.fate == challenged && s.on(tcpfsm.OptTwRestartAny) && s.has(tcpfsm.ACK) && !s.has(tcpfsm.RST) && !s.acceptable()
}

// tries is the count of retransmissions after the step.
func (s *lawStep) tries() uint32 {
	t, limit := s.before, max(s.before.R1, s.before.R2)
	if t.State <= tcpfsm.SynReceived {
		limit = max(t.R1, t.R2Syn)
	}
	switch {
	case s.repeats() && t.Tries < limit:
		return t.Tries + 1
	case s.counts && (s.ackNew || s.wnd == 0):
		return 0
	}
	return t.Tries
}
