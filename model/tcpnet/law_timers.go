package tcpnet

import "github.com/tcpfsm/tcpfsm/tcpfsm"

// timerLaws are about what time does (section 3.10.8), and about the timers that run.
var timerLaws = []Law{
	{ID: "law-unarmed", Cite: "3.10.8", on: timeouts,
		Text: "the expiry of a timer that does not run changes nothing",
		judge: func(s *seenStep) ruling {
			if s.before.Armed.Has(timerOf(s.ev.Kind)) {
				return silent
			}
			return must(*s.after == *s.before && *s.out == tcpfsm.Output{})
		}},
}

// timeouts are the expiries of timers.
var timeouts = func() (kinds []tcpfsm.EventKind) {
	for t := range tcpfsm.Timers(1<<8 - 1).All() {
		if t.Event() < tcpfsm.EventTick {
			kinds = append(kinds, t.Event())
		}
	}
	return kinds
}()

// timerOf is the timer whose expiry an event is.
func timerOf(kind tcpfsm.EventKind) tcpfsm.Timer {
	for t := range tcpfsm.Timers(1<<8 - 1).All() {
		if t.Event() == kind {
			return t
		}
	}
	panic("tcpnet: " + kind.String() + " is no expiry of a timer")
}
