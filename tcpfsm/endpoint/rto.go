package endpoint

import (
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// granularity is G of RFC 6298: deadlines are believed to be kept this exactly.
const granularity = time.Millisecond

// An estimator keeps the retransmission timeout as RFC 6298 says, from one timed
// segment at a time.
type estimator struct {
	srtt, rttvar time.Duration
	rto          time.Duration // with what backing off has added
	measured     bool          // srtt and rttvar mean something

	timing bool      // a segment is being timed
	end    uint32    // the acknowledgment that ends it
	since  time.Time // when the segment was sent
}

// sample takes a measured round trip in (RFC 6298 sections 2.2 and 2.3).
func (e *estimator) sample(r time.Duration, cfg *Config) {
	if !e.measured {
		e.measured, e.srtt, e.rttvar = true, r, r/2
	} else {
		e.rttvar = (3*e.rttvar + (e.srtt - r).Abs()) / 4
		e.srtt = (7*e.srtt + r) / 8
	}
	e.settle(cfg)
}

// settle computes the timeout from what was measured, and so ends a backing off.
func (e *estimator) settle(cfg *Config) {
	e.rto = cfg.RTOInitial
	if e.measured {
		e.rto = e.srtt + max(granularity, 4*e.rttvar)
	}
	e.rto = min(max(e.rto, cfg.RTOMin), cfg.RTOMax)
}

// backOff doubles the timeout (RFC 6298 section 5.5).
func (e *estimator) backOff(cfg *Config) { e.rto = min(2*e.rto, cfg.RTOMax) }

// measure times what a step has sent, or takes the time of what it has seen
// acknowledged. A timeout cancels the timing (Karn's rule): the acknowledgment of
// something sent twice does not say which of the two it saw.
func (c *Conn) measure(now time.Time, before *tcpfsm.TCB) {
	e, t := &c.rtt, &c.tcb
	if e.timing && int32(t.SndUna-e.end) >= 0 {
		e.timing = false
		if t.State != tcpfsm.Closed {
			e.sample(max(0, now.Sub(e.since)), c.cfg)
		}
	}
	if !e.timing && t.SndNxt != before.SndNxt && t.SndNxt != t.SndUna {
		e.timing, e.end, e.since = true, t.SndNxt, now
	}
}

// timeoutOfSyn is RFC 6298 section 5.7: a handshake that needed a retransmission
// measured nothing, so that the text begins with a careful timeout.
const timeoutOfSyn = 3 * time.Second

// settleHandshake sets the timeout with which the text begins.
func (c *Conn) settleHandshake() {
	if !c.rtt.measured {
		c.rtt.rto = min(max(c.rtt.rto, timeoutOfSyn), c.cfg.RTOMax)
	}
}
