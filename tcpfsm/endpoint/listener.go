package endpoint

import (
	"fmt"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// A Listener answers SYNs and keeps the connections that come of them until they
// are accepted. It has no timers: each connection has its own. It is for one
// goroutine at a time, the same one as its connections.
type Listener struct {
	cfg     Config
	backlog Backlog
	tcb     tcpfsm.TCB // in LISTEN; each connection begins as a copy of it
	syn     []*Conn
	ready   []*Conn // established, the oldest first
}

// Listen makes a Listener. The Config is that of its connections.
func Listen(cfg Config, backlog Backlog) (*Listener, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	orDefault(&backlog.Syn, 128)
	orDefault(&backlog.Accept, 128)
	if backlog.Syn < 0 || backlog.Accept < 0 || backlog.Policy > PolicyFreeBSD {
		return nil, fmt.Errorf("endpoint: the backlog %+v can't be kept: choose positive numbers and one of the policies", backlog)
	}
	cfg.Options = cfg.Options&^tcpfsm.OptAbortOnOverflow | tcpfsm.OptChildPerListener
	if backlog.Policy == PolicyLinuxAbort || backlog.Policy == PolicyFreeBSD {
		cfg.Options |= tcpfsm.OptAbortOnOverflow
	}
	l := &Listener{cfg: cfg, backlog: backlog, tcb: cfg.tcb()}
	var out tcpfsm.Output
	l.tcb.OpenPassive(false, &out)
	return l, nil
}

// Receive takes a segment that belongs to no connection. A SYN makes one: the
// caller drains it, gives it its segments and its time from now on, and forgets it
// when it is in CLOSED. Otherwise reply is to be sent, unless it has no flags.
func (l *Listener) Receive(now time.Time, pair Pair, h Header, payload []byte) (child *Conn, reply Header) {
	h.Text = uint32(len(payload))
	ev := tcpfsm.Event{Kind: tcpfsm.EventSegment, Seg: h.Segment, BacklogFull: l.backlogFull()}
	// A copy of the listener's TCB answers first: most of what a flood brings needs
	// no connection.
	t := l.tcb
	var out tcpfsm.Output
	if row := t.Step(&ev, &out); t.State != tcpfsm.SynReceived {
		l.cfg.observe(nil, now, &ev, l.tcb.State, t.State, row, &out)
		return nil, Header{Segment: out.Ctl}
	}
	if l.backlog.Policy == PolicyFreeBSD && len(l.syn) >= l.backlog.Syn {
		l.evict(now)
	}
	child = newConn(&l.cfg, pair)
	child.tcb = l.tcb
	child.learnOptions(&h)
	child.listener = l
	l.syn = append(l.syn, child)
	ev.ISN = l.cfg.isn(pair, now)
	child.feed(now, ev, nil)
	return child, Header{}
}

// evict forgets the oldest connection in SYN-RECEIVED, in silence: whoever waits for it
// has lost patience.
func (l *Listener) evict(now time.Time) {
	l.syn[0].feed(now, tcpfsm.Event{Kind: tcpfsm.EventUserTimeout}, nil)
}

// backlogFull is the fact of that name for the machine: no SYN can be taken.
func (l *Listener) backlogFull() bool {
	switch l.backlog.Policy {
	case PolicyBSD:
		return len(l.syn) >= l.backlog.Syn || len(l.syn)+len(l.ready) >= l.backlog.Accept
	case PolicyFreeBSD:
		return false // the oldest makes room
	}
	return len(l.syn) >= l.backlog.Syn || l.acceptFull()
}

// acceptFull is the fact of that name for the machine.
func (l *Listener) acceptFull() bool { return len(l.ready) >= l.backlog.Accept }

// follow sees a connection leave SYN-RECEIVED.
func (l *Listener) follow(c *Conn) {
	if c.tcb.State == tcpfsm.SynReceived {
		return
	}
	c.listener = nil
	for i, other := range l.syn {
		if other == c {
			l.syn = removeAt(l.syn, i)
			break
		}
	}
	// Back in TIME-WAIT is who was an old duplicate (Reuse).
	if c.tcb.State != tcpfsm.Closed && c.tcb.State != tcpfsm.TimeWait {
		l.ready = append(l.ready, c)
	}
}

// removeAt keeps the order, and no pointer behind the end.
func removeAt(list []*Conn, i int) []*Conn {
	copy(list[i:], list[i+1:])
	list[len(list)-1] = nil
	return list[:len(list)-1]
}

// Accept hands over the oldest established connection; false if there is none. It
// may have ended meanwhile, and then says so when it is read.
func (l *Listener) Accept() (*Conn, bool) {
	if len(l.ready) == 0 {
		return nil, false
	}
	c := l.ready[0]
	l.ready = removeAt(l.ready, 0)
	return c, true
}

// Waiting gives how many connections are in SYN-RECEIVED, and how many can be
// accepted.
func (l *Listener) Waiting() (syn, accept int) { return len(l.syn), len(l.ready) }

// Close ends listening. What was not accepted is aborted: those connections have a
// RST to send. SYNs are reset from now on.
func (l *Listener) Close(now time.Time) error {
	for len(l.syn) > 0 {
		if err := l.syn[0].Abort(now); err != nil {
			return err
		}
	}
	for _, c := range l.ready {
		if c.tcb.State == tcpfsm.Closed {
			continue // it ended while it waited
		}
		if err := c.Abort(now); err != nil {
			return err
		}
	}
	l.ready = nil
	var out tcpfsm.Output
	l.tcb.Close(&out)
	return out.Answer.Err()
}

// Stray answers a segment for which there is neither a connection nor a listener
// (section 3.10.7.1). The reply is to be sent unless it has no flags.
func Stray(h Header, payload []byte) (reply Header) {
	h.Text = uint32(len(payload))
	var t tcpfsm.TCB
	var out tcpfsm.Output
	t.Segment(&h.Segment, tcpfsm.SegmentArgs{}, &out)
	return Header{Segment: out.Ctl}
}
