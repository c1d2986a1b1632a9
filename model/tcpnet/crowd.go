package tcpnet

import (
	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// clients are the names of the hosts that open to b.
var clients = [maxClients]string{"a", "c", "d"}

// Crowd is several clients and the host that listens for them, as the parts of a
// system for package model: one part is the clients, the other one their listener with
// its children. The connection of each client is that of a Net, whose users, timers,
// network and properties are the same; what the connections share is the listener, its
// TCB and its queues.
type Crowd struct {
	b      Bounds
	step   Machine
	nets   []*Net     // of each client's connection
	zero   tcpfsm.TCB // of the listener, before anything has happened
	limits limits
}

// A Side is one part of a Crowd. Of the clients, only Hosts means something.
type Side struct {
	Hosts    [maxClients]Host // the clients, or the child of each, in CLOSED while there is none
	Listener tcpfsm.TCB
	Ready    queue
}

// CrowdState is one state of a Crowd: the clients, and the host that listens.
type CrowdState = model.Pair[Side]

// apart is by how much the initial sequence numbers of two clients, and of their
// children, differ: more than any connection here uses.
const apart = 64

// NewCrowd makes the system of those bounds, of which Clients says how many there are.
func NewCrowd(b Bounds, step Machine) (*Crowd, error) {
	if err := b.valid(); err != nil {
		return nil, err
	}
	c := &Crowd{b: b, step: step, limits: b.limits()}
	for i := range b.Clients {
		one := b
		one.R2Syn = 0
		one.ISS[0] += uint32(i * apart)
		one.ISS[1] += uint32(i * apart)
		n, err := NewNet(one, step)
		if err != nil {
			return nil, err
		}
		c.nets = append(c.nets, n)
	}
	c.zero = c.nets[0].zero.TCB
	c.zero.R2Syn = uint32(b.R2Syn)
	return c, nil
}

// Init gives the initial part of each role.
func (c *Crowd) Init(role int) (s Side) {
	for i, n := range c.nets {
		s.Hosts[i] = n.zero
	}
	if role == 1 {
		s.Listener = c.zero
	}
	return s
}

// Words is the width of the encoding.
func (c *Crowd) Words() int { return len(c.nets)*c.nets[0].Words() + tcbWords + 1 }

// Code packs a part.
func (c *Crowd) Code(role int, s *Side, w []uint64) {
	for i, n := range c.nets {
		n.Code(role, &s.Hosts[i], w[:n.Words()])
		w = w[n.Words():]
	}
	packTCB(&s.Listener, w[:tcbWords])
	w[tcbWords] = s.Ready.code()
}

// Load unpacks a part.
func (c *Crowd) Load(role int, w []uint64, s *Side) {
	*s = Side{}
	for i, n := range c.nets {
		n.Load(role, w[:n.Words()], &s.Hosts[i])
		w = w[n.Words():]
	}
	unpackTCB(&s.Listener, w[:tcbWords])
	s.Ready.load(w[tcbWords])
}

// Moves gives what the hosts of a part, their users and the channels that they send
// into can do.
func (c *Crowd) Moves(role int, s *Side, dst []model.Move[Side]) []model.Move[Side] {
	if role == 1 {
		dst = c.listenerMoves(s, dst)
	}
	for i, n := range c.nets {
		if role == 0 {
			for _, m := range n.Moves(0, &s.Hosts[i], nil) {
				dst = append(dst, c.lift(s, i, &m))
			}
			continue
		}
		for _, m := range n.childMoves(&s.Hosts[i]) {
			dst = append(dst, c.settle(s, i, &m))
		}
	}
	return dst
}

// childMoves are the moves of a child: it has no user until it is accepted.
func (n *Net) childMoves(h *Host) []model.Move[Host] {
	x := n.expansion(1, h, nil)
	defer n.release(x)
	if !h.Waiting && h.TCB.State > tcpfsm.Listen {
		x.userActs()
	}
	x.timersExpire()
	x.networkActs()
	return x.dst
}

// lift makes a step of one host a step of its part.
func (c *Crowd) lift(s *Side, i int, m *model.Move[Host]) model.Move[Side] {
	up := model.Move[Side]{To: *s, Label: crowdLabel(i, m.Label), Row: m.Row, Fault: m.Fault, Fair: m.Fair}
	up.To.Hosts[i] = m.To
	return up
}

// settle makes a step of one child a step of its part, and takes note of where the
// child is now: among those that can be accepted, or nowhere any more.
func (c *Crowd) settle(s *Side, i int, m *model.Move[Host]) model.Move[Side] {
	up := c.lift(s, i, m)
	child, before := &up.To.Hosts[i], s.Hosts[i].TCB.State
	child.Full = false // it is asked anew each time
	switch now := child.TCB.State; {
	case now == tcpfsm.Closed:
		child.Waiting = false
		up.To.Ready.forget(i)
	case now == tcpfsm.Listen && before != tcpfsm.Listen && c.b.Lone:
		up.To.Listener, child.TCB, child.Waiting = child.TCB, c.nets[i].zero.TCB, false
	case child.Waiting && synchronized(&child.TCB) && before <= tcpfsm.SynReceived:
		up.To.Ready.add(i)
	}
	if before > tcpfsm.Listen && m.To.TCB.State == tcpfsm.Listen || m.To.TCB.State == tcpfsm.SynReceived && !m.To.TCB.Passive {
		c.blame(&up, propChild)
	}
	return up
}

// blame notes the first property that a step breaks, of those that are claimed.
func (c *Crowd) blame(m *model.Move[Side], id string) {
	if m.Fault == "" && c.nets[0].faults[id] {
		m.Fault = id
	}
}

// Offers gives the messages that can arrive.
func (c *Crowd) Offers(role int, s *Side, dst []model.Offer[Side]) []model.Offer[Side] {
	for i, n := range c.nets {
		for _, o := range n.Offers(role, &s.Hosts[i], nil) {
			up := model.Offer[Side]{Message: crowdLabel(i, o.Message), Rest: *s, Label: crowdLabel(i, o.Label), Fair: o.Fair}
			up.Rest.Hosts[i] = o.Rest
			dst = append(dst, up)
		}
	}
	return dst
}

// Accept is what comes of a message.
func (c *Crowd) Accept(role int, s *Side, offered uint64) (model.Move[Side], bool) {
	i, m := splitCrowd(offered)
	if role == 1 {
		return c.arrive(s, i, message(m))
	}
	move, ok := c.nets[i].Accept(0, &s.Hosts[i], m)
	if !ok {
		return model.Move[Side]{}, false
	}
	return c.lift(s, i, &move), true
}

// crowdJoints are the joint steps of one connection, but for the tick.
const crowdJoints = joints - 1

// Joints is how many joint steps there are: a tick for all, and the others of each
// connection.
func (c *Crowd) Joints() int { return 1 + crowdJoints*len(c.nets) }

// Joint is what comes of one at one part.
func (c *Crowd) Joint(role int, s *Side, joint int) (up model.Move[Side], ok bool) {
	if joint == jointTick {
		return c.tick(role, s)
	}
	i := (joint - 1) / crowdJoints
	m, ok := c.nets[i].Joint(role, &s.Hosts[i], 1+(joint-1)%crowdJoints)
	switch {
	case !ok:
		return up, false
	case role == 1:
		return c.settle(s, i, &m), true
	}
	return c.lift(s, i, &m), true
}

// tick lets time go by for all hosts of a part.
func (c *Crowd) tick(role int, s *Side) (up model.Move[Side], ok bool) {
	up = model.Move[Side]{To: *s, Label: makeLabel(labelTick, 0, 0)}
	for i, n := range c.nets {
		m, ok := n.Joint(role, &s.Hosts[i], jointTick)
		if !ok {
			return up, false
		}
		up.To.Hosts[i] = m.To
		up.Row[0] = max(up.Row[0], m.Row[0])
	}
	return up, true
}

// Check gives the id of a property that a host breaks by itself.
func (c *Crowd) Check(role int, s *Side) string {
	for i, n := range c.nets {
		if id := n.Check(role, &s.Hosts[i]); id != "" {
			return id
		}
	}
	if role == 1 && c.nets[0].faults[propInvariants] && s.Listener.Check() != nil {
		return propInvariants
	}
	return ""
}

// pairOf is the connection of one client as a state of its Net.
func pairOf(s *CrowdState, i int) State { return State{&s[0].Hosts[i], &s[1].Hosts[i]} }

// every reports whether something is so of each client's connection.
func (c *Crowd) every(s *CrowdState, holds func(*State) bool) bool {
	for i := range c.nets {
		if pair := pairOf(s, i); !holds(&pair) {
			return false
		}
	}
	return true
}
