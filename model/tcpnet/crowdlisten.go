package tcpnet

import (
	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// A queue is the accept queue: who can be accepted, the oldest first.
type queue struct {
	n uint8
	m [queueRoom]uint8 // the number of a child, and 1; or another
}

const (
	queueRoom = 8
	queueBits = 3
	// another is a connection of which the system knows nothing: of some other client,
	// or a child that ended while it waited.
	another = 1<<queueBits - 1
)

// add lets somebody wait. What is beyond all room is lost: the property backlog is broken
// long before.
func (q *queue) add(i int) {
	if q.n < queueRoom {
		q.m[q.n] = uint8(i + 1)
		q.n++
	}
}

// addAnother lets a connection of some other client wait.
func (q *queue) addAnother() { q.add(another - 1) }

// forget keeps the place of a child that has ended: accept will hand it over all the same.
func (q *queue) forget(i int) {
	for k := range q.n {
		if q.m[k] == uint8(i+1) {
			q.m[k] = another
		}
	}
}

// take is the oldest, who waits no more: the number of a child, or -1 for another.
func (q *queue) take() int {
	first := q.m[0]
	copy(q.m[:], q.m[1:q.n])
	q.n--
	q.m[q.n] = 0
	if first == another {
		return -1
	}
	return int(first) - 1
}

func (q *queue) code() (w uint64) {
	for k := range q.n {
		w |= uint64(q.m[k]) << (queueBits * k)
	}
	return w
}

func (q *queue) load(w uint64) {
	for ; w != 0; w >>= queueBits {
		q.m[q.n] = uint8(w & another)
		q.n++
	}
}

// limits are how many connections a listener keeps for its user.
type limits struct{ syn, accept int }

// limits counts listen(n) as package endpoint does for its policies linux and bsd.
func (b *Bounds) limits() limits {
	if b.Reserve {
		return limits{3*b.Listen/2 + 1, 3*b.Listen/2 + 1}
	}
	return limits{b.Listen + 1, b.Listen + 1}
}

// handshakes is how many children are in SYN-RECEIVED.
func (c *Crowd) handshakes(s *Side) (n int) {
	for i := range c.nets {
		if s.Hosts[i].TCB.State == tcpfsm.SynReceived {
			n++
		}
	}
	return n
}

// backlogFull is the fact of that name for the machine: no SYN can be taken.
func (c *Crowd) backlogFull(s *Side) bool {
	syn := c.handshakes(s)
	if c.b.Reserve {
		return syn >= c.limits.syn || syn+int(s.Ready.n) >= c.limits.accept
	}
	return syn >= c.limits.syn || c.acceptFull(s)
}

// acceptFull is the fact of that name for the machine.
func (c *Crowd) acceptFull(s *Side) bool { return int(s.Ready.n) >= c.limits.accept }

// listenerMoves are the calls of the listener's user, and the connections of clients
// that are not in the system.
func (c *Crowd) listenerMoves(s *Side, dst []model.Move[Side]) []model.Move[Side] {
	if s.Listener.State == tcpfsm.Closed && !s.opened() {
		dst = append(dst, c.listen(s))
	}
	if s.Ready.n > 0 {
		if m, ok := c.accept(s); ok {
			dst = append(dst, m)
		}
	}
	room := int(s.Ready.n) < c.limits.accept && !(c.b.Reserve && c.backlogFull(s))
	if c.b.Busy && room && s.Listener.State == tcpfsm.Listen {
		m := model.Move[Side]{To: *s, Label: makeLabel(labelCall, 1, callFill)}
		m.To.Ready.addAnother()
		dst = append(dst, m)
	}
	return dst
}

// opened reports whether the listener's user has opened: the TCB is passive then, or, if
// it is lone, one of the children has it.
func (s *Side) opened() bool {
	for i := range s.Hosts {
		if s.Hosts[i].Opened {
			return true
		}
	}
	return s.Listener.State != tcpfsm.Closed
}

// listen opens the listener.
func (c *Crowd) listen(s *Side) model.Move[Side] {
	m := model.Move[Side]{To: *s, Label: makeLabel(labelCall, 1, callOpenPassive)}
	var out tcpfsm.Output
	ev := tcpfsm.Event{Kind: tcpfsm.EventOpenPassive}
	m.Row[0] = uint16(c.step(&m.To.Listener, &ev, &out))
	return m
}

// accept gives the connection that has waited longest to the user, who reads at once
// unless he is lazy.
func (c *Crowd) accept(s *Side) (up model.Move[Side], ok bool) {
	up = model.Move[Side]{To: *s, Label: makeLabel(labelCall, 1, callAccept)}
	i := up.To.Ready.take()
	if i < 0 {
		return up, true
	}
	x := c.nets[i].expansion(1, &s.Hosts[i], nil)
	defer c.nets[i].release(x)
	if !x.accepted() {
		return up, false
	}
	up.To.Hosts[i], up.Row, up.Fault = x.next.To, x.next.Row, x.next.Fault
	return up, true
}

// accepted gives a child its user. It reports whether the network has room for what
// reading sends.
func (x *expansion) accepted() bool {
	child := x.begin(labelCall, callAccept)
	child.Waiting = false
	if x.net.b.Lazy || child.TCB.Unread == 0 {
		return true
	}
	x.ev = tcpfsm.Event{Kind: tcpfsm.EventReceive, Octets: child.TCB.Unread}
	return x.feed(0)
}

// arrive is what comes of a client's message: it is for that client's child, or else
// for the listener.
func (c *Crowd) arrive(s *Side, from int, m message) (model.Move[Side], bool) {
	to := c.childFor(s, from)
	h, stray := c.answers(s, to)
	x := c.nets[to].expansion(1, &h, nil)
	defer c.nets[to].release(x)
	seg, first := c.nets[from].unpack(0, m)
	x.arrive(m, &seg, first, c.backlogFull(s))
	if len(x.dst) == 0 {
		return model.Move[Side]{}, false
	}
	up := model.Move[Side]{}
	if stray {
		up = c.answered(s, to, x.next)
	} else {
		up = c.settle(s, to, x.next)
	}
	c.judge(s, &up, x, from, to)
	return up, true
}

// answers is what a segment meets: a child, or where there is none a copy of the
// listener.
func (c *Crowd) answers(s *Side, i int) (h Host, stray bool) {
	h = s.Hosts[i]
	stray = h.TCB.State == tcpfsm.Closed
	if stray {
		h = Host{TCB: s.Listener, Channel: h.Channel, Spent: h.Spent}
	}
	h.Full = c.acceptFull(s)
	return h, stray
}

// childFor is whose child gets the segments of a client.
func (c *Crowd) childFor(s *Side, from int) int {
	for i := range c.nets {
		if c.b.ByPort && s.Hosts[i].TCB.State != tcpfsm.Closed {
			return i
		}
	}
	return from
}

// answered makes what a copy of the listener's TCB did with a segment a step of the
// part: if it is in SYN-RECEIVED it is a child now, else nothing of it is kept.
func (c *Crowd) answered(s *Side, i int, m *model.Move[Host]) model.Move[Side] {
	up := c.lift(s, i, m)
	child := &up.To.Hosts[i]
	if m.To.TCB.State <= tcpfsm.Listen {
		*child = s.Hosts[i]
		child.Channel = m.To.Channel
		if m.To.TCB != s.Listener {
			c.blame(&up, propListener)
		}
		return up
	}
	child.Opened, child.Waiting, child.Full = true, true, false
	if !child.TCB.Passive {
		c.blame(&up, propChild)
	}
	if c.b.Lone {
		up.To.Listener = c.zero
	}
	return up
}

// judge checks what the arrival of a segment may do.
func (c *Crowd) judge(s *Side, up *model.Move[Side], x *expansion, from, to int) {
	if s.Listener.State == tcpfsm.Listen && up.To.Listener != s.Listener {
		c.blame(up, propListener)
	}
	if from != to {
		c.blame(up, propOwn)
	}
	before, seg := &x.old, &x.ev.Seg
	completes := before.State == tcpfsm.SynReceived && seg.Flags == tcpfsm.ACK && seg.Ack == before.SndNxt && seg.Seq == before.RcvNxt
	told := x.out.Ctl.Flags.Has(tcpfsm.RST) && x.out.Ctl.Seq == seg.Ack && x.next.To.TCB.State == tcpfsm.Closed
	if completes && c.acceptFull(s) && !told {
		c.blame(up, propOverflow)
	}
}
