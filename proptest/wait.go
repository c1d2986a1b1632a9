package proptest

import (
	"fmt"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// Limits of the standard on timers, which a stack may otherwise choose.
const (
	delayedAckMax = 500 * time.Millisecond // MUST-40
	patience      = 8 * time.Second        // the first retransmission; RFC 6298 begins with 1 s, and 3 s after a lost SYN
	patienceMax   = 128 * time.Second
	timeWaitSlack = time.Second
	giveUp        = 100 * time.Second // R2 (section 3.8.3)
	giveUpSyn     = 3 * time.Minute   // of a SYN (MUST-23)
	waitStep      = 100 * time.Millisecond
)

// wait lets time go by and explains what the stack does meanwhile.
func (t *trial) wait(d time.Duration) *Finding {
	for d > 0 {
		t.row, t.out, t.belief.sent = tcpfsm.RowNone, tcpfsm.Output{}, nil
		part := min(d, max(waitStep, d/8))
		d -= part
		t.now += part
		before := t.tcb
		t.stack.Advance(part)
		got, problem := t.departed()
		switch {
		case problem != "":
		case !t.choose(t.elapsed(len(got)), simplified(got)):
			problem = "time goes by, and this is not what a timer of the table does"
			if t.tcb.State == tcpfsm.TimeWait {
				problem = fmt.Sprintf("TIME-WAIT was entered, or its 2 MSL restarted, %v ago, and 2 MSL are %v (RFC 9293 section 3.6.1)", t.now-t.since[tcpfsm.TimerTimeWait], 2*t.cfg.MSL)
			}
		default:
			t.belief.adopt(got)
			t.sends(&before, simplified(got))
			problem = t.overdue()
		}
		if problem != "" {
			return t.finding(&before, &tcpfsm.Segment{}, got, problem)
		}
	}
	return nil
}

// elapsed are the beliefs that the time allows: nothing has happened, or up to six
// timers have expired, of which each must show in a segment.
func (t *trial) elapsed(seen int) []*belief {
	var list []*belief
	start := t.belief.clone()
	if t.tcb.State == tcpfsm.TimeWait {
		ago := t.now - t.since[tcpfsm.TimerTimeWait]
		if ago >= 2*t.cfg.MSL {
			list = append(list, start.after(t.cfg.Table, t.now, tcpfsm.Event{Kind: tcpfsm.EventTimeWaitTimeout}))
		}
		if ago < 2*t.cfg.MSL+timeWaitSlack {
			list = append(list, start)
		}
		return list
	}
	list = append(list, start)
	if t.mayGiveUp() {
		list = append(list, start.after(t.cfg.Table, t.now, tcpfsm.Event{Kind: tcpfsm.EventUserTimeout}))
	}
	for first, round := 0, 0; round < min(6, seen); round++ {
		end := len(list)
		for _, b := range list[first:end] {
			list = append(list, b.expired(t.cfg.Table, t.now)...)
		}
		first = end
	}
	return list
}

// mayGiveUp reports whether the peer has been silent for so long that a stack may
// give the connection up.
func (t *trial) mayGiveUp() bool {
	limit := giveUp
	if t.tcb.State <= tcpfsm.SynReceived {
		limit = giveUpSyn
	}
	return t.tcb.Armed.Has(tcpfsm.TimerUser) && t.now-t.since[tcpfsm.TimerUser] >= limit
}

// overdue says what the stack should have done by now.
func (t *trial) overdue() string {
	for timer := range t.tcb.Armed.All() {
		ago, limit := t.now-t.since[timer], patienceMax
		switch timer {
		case tcpfsm.TimerDelayedAck:
			limit = delayedAckMax
		case tcpfsm.TimerRTX, tcpfsm.TimerPersist:
			limit = min(patience+3*t.since[timer], patienceMax) // it may have backed off for as long as there was time
		default:
			continue
		}
		if ago > limit+waitStep {
			return fmt.Sprintf("timer %v has run for %v, and nothing has come of it", timer, ago)
		}
	}
	return ""
}
