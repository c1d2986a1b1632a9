package endpoint

import (
	"fmt"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// A Policy says what happens when a Listener's queues are full.
type Policy uint8

// The policies.
const (
	// PolicyLinux drops the ACK that completes a handshake while the accept queue is
	// full: the client believes in the connection, and the SYN,ACK is repeated until
	// there is room. New SYNs are dropped meanwhile.
	PolicyLinux Policy = iota
	// PolicyLinuxAbort answers that ACK with RST (Linux with tcp_abort_on_overflow).
	PolicyLinuxAbort
	// PolicyBSD takes a SYN only if there is a place in the accept queue for it and
	// for all who are on their way there, so that no completed handshake is refused.
	PolicyBSD
)

// A Backlog is how many connections a Listener keeps for its user.
type Backlog struct {
	Syn    int // in SYN-RECEIVED; 128
	Accept int // established and not accepted; 128
	Policy Policy
}

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
	if backlog.Syn < 0 || backlog.Accept < 0 || backlog.Policy > PolicyBSD {
		return nil, fmt.Errorf("endpoint: the backlog %+v can't be kept: choose positive numbers and one of the policies", backlog)
	}
	cfg.Options = cfg.Options&^tcpfsm.OptAbortOnOverflow | tcpfsm.OptChildPerListener
	if backlog.Policy == PolicyLinuxAbort {
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
	child = newConn(&l.cfg, pair)
	child.tcb = l.tcb
	child.learnMSS(h.MSS)
	child.listener = l
	l.syn = append(l.syn, child)
	ev.ISN = l.cfg.isn(pair, now)
	child.feed(now, ev, nil)
	return child, Header{}
}

// backlogFull is the fact of that name for the machine: no SYN can be taken.
func (l *Listener) backlogFull() bool {
	if l.backlog.Policy == PolicyBSD {
		return len(l.syn) >= l.backlog.Syn || len(l.syn)+len(l.ready) >= l.backlog.Accept
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
	if c.tcb.State != tcpfsm.Closed {
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
