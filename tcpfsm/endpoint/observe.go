package endpoint

import (
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// A Step is one step of the machine, as Config.Observe sees it: right after it was
// taken, before what it sends can be drained.
type Step struct {
	Now           time.Time
	Event         tcpfsm.Event
	Before, After tcpfsm.State
	Row           tcpfsm.RowID
	Out           tcpfsm.Output
}

// observe tells of a step; c is nil if a Listener answered without a connection.
func (cfg *Config) observe(c *Conn, now time.Time, ev *tcpfsm.Event, before, after tcpfsm.State, row tcpfsm.RowID, out *tcpfsm.Output) {
	if cfg.Observe != nil {
		cfg.Observe(c, Step{now, *ev, before, after, row, *out})
	}
}

// Deadline gives the time at which a timer of the machine expires; false if it does
// not run.
func (c *Conn) Deadline(timer tcpfsm.Timer) (time.Time, bool) {
	if timer >= timerTick || !c.tcb.Armed.Has(timer) {
		return time.Time{}, false
	}
	return c.deadlines[timer], true
}

// isn chooses an initial sequence number.
func (cfg *Config) isn(pair Pair, now time.Time) uint32 {
	if cfg.ISN != nil {
		return cfg.ISN(pair, now)
	}
	return ISN(cfg.Secret, pair, now)
}
