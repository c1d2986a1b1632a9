package endpoint

import (
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// timerTick is the one timer that the machine does not start: it refills the
// budget of challenge ACKs while some of it is used up.
const timerTick = tcpfsm.TimerDelayedAck + 1

// timers is how many there are.
const timers = int(timerTick) + 1

// NextDeadline gives the time at which Advance has something to do; false if there
// is none yet. It may change with every other call.
func (c *Conn) NextDeadline() (time.Time, bool) {
	timer, ok := c.first()
	if !ok {
		return time.Time{}, false
	}
	return c.deadlines[timer], true
}

// first finds the timer that expires first.
func (c *Conn) first() (first tcpfsm.Timer, ok bool) {
	for timer := tcpfsm.Timer(0); timer <= timerTick; timer++ {
		if c.runs(timer) && (!ok || c.deadlines[timer].Before(c.deadlines[first])) {
			first, ok = timer, true
		}
	}
	return first, ok
}

func (c *Conn) runs(timer tcpfsm.Timer) bool {
	if timer == timerTick {
		return c.ticking
	}
	return c.tcb.Armed.Has(timer)
}

// Advance lets every timer expire whose deadline is not after now, the earliest
// first.
func (c *Conn) Advance(now time.Time) {
	for {
		timer, ok := c.first()
		if !ok || c.deadlines[timer].After(now) {
			break
		}
		c.expire(now, timer)
	}
	c.offer(now)
}

func (c *Conn) expire(now time.Time, timer tcpfsm.Timer) {
	switch timer {
	case timerTick:
		c.ticking = false
		c.feed(now, tcpfsm.Event{Kind: tcpfsm.EventTick}, nil)
		return
	case tcpfsm.TimerRTX:
		c.recovery.begin(c.tcb.SndNxt)
		c.rtt.timing = false
		if c.synTimeouts++; c.tcb.State != tcpfsm.SynSent || c.synTimeouts > c.cfg.SynLinear {
			c.rtt.backOff(c.cfg)
		}
	case tcpfsm.TimerPersist:
		c.rtt.backOff(c.cfg)
	}
	c.feed(now, tcpfsm.Event{Kind: timer.Event()}, nil)
}

// setTimers does what the step asks of timers.
func (c *Conn) setTimers(now time.Time) {
	for timer := tcpfsm.Timer(0); c.out.Started>>timer != 0; timer++ {
		if c.out.Started.Has(timer) {
			c.deadlines[timer] = now.Add(c.length(timer))
		}
	}
	if c.tcb.Challenges > 0 && !c.ticking {
		c.ticking = true
		c.deadlines[timerTick] = now.Add(c.cfg.Tick)
	}
}

// length is how long a timer runs.
func (c *Conn) length(timer tcpfsm.Timer) time.Duration {
	switch timer {
	case tcpfsm.TimerUser:
		return c.cfg.UserTimeout
	case tcpfsm.TimerTimeWait:
		return 2 * c.cfg.MSL
	case tcpfsm.TimerFinWait2:
		return c.cfg.FinWait2
	case tcpfsm.TimerDelayedAck:
		return c.cfg.DelayedAck
	case tcpfsm.TimerKeepAlive:
		if c.tcb.Probes > 0 {
			return c.cfg.KeepAliveInterval
		}
		return c.cfg.KeepAliveIdle
	}
	return c.rtt.rto // retransmission and persist timer
}
