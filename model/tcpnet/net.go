package tcpnet

import (
	"fmt"
	"sync"

	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// hosts are the names of the two ends.
var hosts = [2]string{"a", "b"}

// A Machine is what an endpoint runs: the generated Step, or something that is
// held against it.
type Machine func(t *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) tcpfsm.RowID

// Generated is the machine that users import.
func Generated(t *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) tcpfsm.RowID {
	return t.Step(ev, out)
}

// Net is two endpoints and the network between them, as a system for package model.
type Net struct {
	b    Bounds
	step Machine
	zero State // nothing has happened yet
	pool sync.Pool
}

// NewNet makes the system of those bounds.
func NewNet(b Bounds, step Machine) (*Net, error) {
	if err := b.valid(); err != nil {
		return nil, err
	}
	n := &Net{b: b, step: step}
	n.pool.New = func() any { return &expansion{net: n} }
	for i := range n.zero.Ends {
		n.zero.Ends[i].TCB = tcpfsm.TCB{
			Options: b.Options, RcvBuf: uint32(b.Window), SndMss: uint32(b.MSS), ChallengeMax: 1,
		}
		if why := n.encode(&n.zero, i); why != "" {
			return nil, fmt.Errorf("tcpnet: the initial state can't be encoded: %s", why)
		}
	}
	return n, nil
}

// Init gives the one initial state.
func (n *Net) Init(dst []State) []State { return append(dst, n.zero) }

// An expansion finds the successors of one state. It is kept in a pool, since
// what is handed to a Machine by pointer would be allocated anew each time.
type expansion struct {
	net *Net
	s   *State
	dst []model.Succ[State]

	// The step under way.
	next *model.Succ[State]
	host int
	ev   tcpfsm.Event
	out  tcpfsm.Output
	oct  uint32 // value of the first octet of the segment that arrives
	old  tcpfsm.TCB

	why map[int]string // of a replay: which value left its bounds, by successor
}

// Succ gives everything that can happen next.
func (n *Net) Succ(s *State, dst []model.Succ[State]) []model.Succ[State] {
	x := n.pool.Get().(*expansion)
	x.expand(s, dst)
	dst = x.dst
	x.s, x.dst, x.next = nil, nil, nil
	n.pool.Put(x)
	return dst
}

func (x *expansion) expand(s *State, dst []model.Succ[State]) {
	x.s, x.dst = s, dst
	for host := range s.Ends {
		x.userActs(host)
		x.timersExpire(host)
	}
	x.tick()
	for host := range s.Channels {
		x.networkActs(host)
	}
}

// begin adds a successor that differs in nothing yet.
func (x *expansion) begin(kind uint32, host int, arg uint32) *State {
	x.dst = append(x.dst, model.Succ[State]{State: *x.s, Label: makeLabel(kind, host, arg)})
	x.next = &x.dst[len(x.dst)-1]
	x.host = host
	x.ev = tcpfsm.Event{}
	return &x.next.State
}

// withdraw takes the successor back that was added last.
func (x *expansion) withdraw() { x.dst = x.dst[:len(x.dst)-1] }

// calls that a user can make here.
const (
	callOpenActive = iota
	callOpenPassive
	callSend
	callReceive
	callClose
	callShutdown
	callOrphan
	callAbort
)

var callNames = [...]string{"open active", "open passive", "send", "receive", "close", "shutdown", "orphan", "abort"}

var callEvents = [...]tcpfsm.EventKind{
	tcpfsm.EventOpenActive, tcpfsm.EventOpenPassive, tcpfsm.EventSend, tcpfsm.EventReceive,
	tcpfsm.EventClose, tcpfsm.EventShutdown, tcpfsm.EventCloseOrphan, tcpfsm.EventAbort,
}

// userActs adds the calls that the user of a host makes: those that can succeed.
// What refused calls answer is checked elsewhere; here they would change nothing.
func (x *expansion) userActs(host int) {
	b, e := &x.net.b, &x.s.Ends[host]
	if !e.Opened {
		x.call(host, x.net.openCall(host))
		return
	}
	if e.TCB.State == tcpfsm.Closed {
		return
	}
	if int(e.Written) < b.mayWrite(host) && !e.Closed && !e.Left && e.TCB.State != tcpfsm.Listen {
		x.call(host, callSend)
	}
	if b.Lazy && e.TCB.Unread > 0 && !e.Left {
		x.call(host, callReceive)
	}
	if !e.Closed && !e.Left {
		x.call(host, callClose)
		if b.Shutdown && e.TCB.State != tcpfsm.Listen {
			x.call(host, callShutdown)
		}
	}
	if b.Leave && !e.Left {
		x.call(host, callOrphan)
	}
	if b.Abort && !e.Left {
		x.call(host, callAbort)
	}
}

// mayWrite is how many octets the user of a host may send in all.
func (b *Bounds) mayWrite(host int) int {
	if b.OneWay && host == 1 {
		return 0
	}
	return b.Octets
}

// openCall is how the user of a host opens.
func (n *Net) openCall(host int) int {
	if host == 1 && !n.b.BothOpen {
		return callOpenPassive
	}
	return callOpenActive
}

func (x *expansion) call(host, call int) {
	next := x.begin(labelCall, host, uint32(call))
	x.ev = tcpfsm.Event{Kind: callEvents[call], ISN: x.net.b.ISS[host], RemoteGiven: call == callOpenActive, Octets: 1}
	switch e := &next.Ends[host]; call {
	case callOpenActive, callOpenPassive:
		e.Opened = true
	case callSend:
		e.Written++
	case callClose, callShutdown:
		e.Closed = true
	case callOrphan, callAbort:
		e.Closed, e.Left = true, true
	}
	x.finish()
}

// timersExpire adds the expiry of every armed timer that the bounds let expire.
func (x *expansion) timersExpire(host int) {
	armed := x.s.Ends[host].TCB.Armed
	for timer := tcpfsm.Timer(0); armed>>timer != 0; timer++ {
		if armed.Has(timer) && x.mayExpire(timer) {
			x.begin(labelExpire, host, uint32(timer))
			x.ev.Kind = timer.Event()
			x.finish()
		}
	}
}

func (x *expansion) mayExpire(timer tcpfsm.Timer) bool {
	switch timer {
	case tcpfsm.TimerRTX:
		return x.net.b.Retransmit
	case tcpfsm.TimerUser:
		return x.net.b.Timeout
	case tcpfsm.TimerTimeWait:
		return x.s.Channels[0].n == 0 && x.s.Channels[1].n == 0
	}
	return true
}

// tick refills both ends' budget of challenge ACKs at once.
func (x *expansion) tick() {
	if x.s.Ends[0].TCB.Challenges|x.s.Ends[1].TCB.Challenges == 0 {
		return
	}
	next := x.begin(labelTick, 0, 0)
	x.ev.Kind = tcpfsm.EventTick
	for i := range next.Ends {
		x.next.Rows[i] = uint16(x.net.step(&next.Ends[i].TCB, &x.ev, &x.out))
		x.net.encode(next, i)
	}
}

// networkActs adds what the network does to the messages that a host sent.
func (x *expansion) networkActs(host int) {
	b, ch := &x.net.b, &x.s.Channels[host]
	for i := range int(ch.n) {
		if i > 0 && ch.m[i] == ch.m[i-1] {
			continue // the same message again
		}
		if i == 0 || b.Reorder {
			x.deliver(host, i)
		}
		if b.Loss {
			x.begin(labelLose, host, uint32(ch.m[i])).Channels[host].remove(i)
		}
		if b.Dup && int(ch.n) < b.Capacity {
			x.begin(labelCopy, host, uint32(ch.m[i])).Channels[host].add(ch.m[i], b.Reorder)
		}
	}
}

// deliver hands message i of a host to the other one.
func (x *expansion) deliver(from, i int) {
	m := x.s.Channels[from].m[i]
	x.begin(labelDeliver, from, uint32(m)).Channels[from].remove(i)
	x.host = 1 - from
	x.ev.Kind, x.ev.ISN = tcpfsm.EventSegment, x.net.b.ISS[x.host]
	x.ev.Seg, x.oct = x.net.unpack(from, m)
	x.finish()
}
