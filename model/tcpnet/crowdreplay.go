package tcpnet

import (
	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// A label of a Crowd, and a message between its parts, is that of a Net with the number
// of the connection in front.
const crowdShift = 60

func crowdLabel(i int, label uint64) uint64 { return label | uint64(i)<<crowdShift }

func splitCrowd(label uint64) (i int, rest uint64) {
	return int(label >> crowdShift), label & (1<<crowdShift - 1)
}

// names are those of the hosts of one connection.
func (c *Crowd) names(i int) [2]string { return [2]string{clients[i], hosts[1]} }

// Action is a label as an action of a trace.
func (c *Crowd) Action(label uint64) trace.Action {
	i, rest := splitCrowd(label)
	a := renamed(c.nets[i].Action(rest), c.names(i))
	kind, host, arg := splitLabel(rest)
	if host == 1 && (kind == labelCall && !ofListener(int(arg)) || kind == labelExpire) {
		a.Conn = clients[i]
	}
	return a
}

// ofListener reports whether b's user calls the listener, not one of its children.
func ofListener(call int) bool {
	return call == callOpenPassive || call == callAccept || call == callFill
}

// ends are the clients, the listener and its children.
func (c *Crowd) ends(s *CrowdState) []end {
	var all []end
	for i := range c.nets {
		all = append(all, end{host: clients[i], state: s[0].Hosts[i].TCB.State})
	}
	all = append(all, end{host: hosts[1], state: s[1].Listener.State})
	for i := range c.nets {
		all = append(all, end{hosts[1], clients[i], s[1].Hosts[i].TCB.State})
	}
	return all
}

// whose is the connection that a step is about, or -1 if it is about the listener, or
// about all.
func whose(s *CrowdState, label uint64) (i int, rest uint64) {
	i, rest = splitCrowd(label)
	kind, host, arg := splitLabel(rest)
	switch {
	case kind == labelTick:
		return -1, rest
	case kind != labelCall || host == 0 || !ofListener(int(arg)):
		return i, rest
	case arg == callAccept:
		ready := s[1].Ready
		return ready.take(), rest
	}
	return -1, rest
}

// whyOutOfBounds names the value that leaves its bounds in a step.
func (c *Crowd) whyOutOfBounds(s *CrowdState, label uint64) string {
	i, rest := whose(s, label)
	if i < 0 {
		return ""
	}
	pair := pairOf(s, i)
	if kind, host, _ := splitLabel(rest); kind == labelDeliver && host == 0 {
		h, _ := c.answers(s[1], i)
		pair[1] = &h
	}
	return c.nets[i].whyOutOfBounds(&pair, rest)
}

// crowdRecorder records each connection as if there were no other one, and what the
// listener does for all of them.
type crowdRecorder struct {
	*register
	crowd *Crowd
	each  []*netRecorder
}

func (c *Crowd) recorder(log *trace.Log) recorder[Side] {
	log.Steps = true
	r := &crowdRecorder{register: &register{log: log}, crowd: c}
	for i, n := range c.nets {
		log.Hosts = append(log.Hosts, clients[i])
		r.each = append(r.each, newNetRecorder(n, r.register, c.names(i), clients[i]))
	}
	log.Hosts = append(log.Hosts, hosts[1])
	return r
}

// record logs a step.
func (r *crowdRecorder) record(before *CrowdState, next *model.Succ[CrowdState]) {
	r.now++
	i, label := whose(before, next.Label)
	kind, host, _ := splitLabel(label)
	switch {
	case i < 0:
		r.shared(before, next)
	case kind == labelDeliver && host == 0:
		r.arrived(before, next, i, label)
	default:
		was := pairOf(before, i)
		r.each[i].happened(&was, &model.Succ[State]{State: pairOf(&next.State, i), Label: label, Rows: next.Rows})
	}
}

// arrived logs a client's segment at b, where a child takes it, or the listener if there
// is none and it makes none.
func (r *crowdRecorder) arrived(before *CrowdState, next *model.Succ[CrowdState], from int, label uint64) {
	to := r.crowd.childFor(before[1], from)
	was, is := pairOf(before, to), pairOf(&next.State, to)
	one := model.Succ[State]{State: is, Label: label, Rows: next.Rows}
	arrival := *r.each[from]
	arrival.conn = clients[to]
	if was[1].TCB.State == tcpfsm.Closed && is[1].TCB.State == tcpfsm.Closed {
		arrival.conn = ""
		was[1], one.State[1] = &Host{TCB: before[1].Listener}, &Host{TCB: next.State[1].Listener}
	}
	arrival.step(&was, &one)
	one.State = is
	was = pairOf(before, to)
	r.each[to].sent(&was, &one)
}

// shared logs what the listener does, and ticks.
func (r *crowdRecorder) shared(before *CrowdState, next *model.Succ[CrowdState]) {
	kind, _, _ := splitLabel(next.Label)
	action := r.crowd.Action(next.Label)
	ev := trace.Event{Kind: trace.Called, Host: hosts[1], Name: action.Name, Row: rowText(next.Rows[0])}
	if was, is := before[1].Listener.State, next.State[1].Listener.State; was != is {
		ev.Before, ev.After = was.String(), is.String()
	}
	if kind == labelTick {
		ev.Kind, ev.Name = trace.Noted, action.String()
	}
	r.add(ev)
}
