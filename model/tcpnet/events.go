package tcpnet

import (
	"fmt"
	"time"

	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// A recorder turns the steps of a replay into a log of events.
type recorder[P any] interface {
	record(before *model.Pair[P], next *model.Succ[model.Pair[P]])
	add(ev trace.Event)
}

// A register is where events are written down.
type register struct {
	log     *trace.Log
	now     time.Duration // the number of the step, from 1
	packets int
}

func (r *register) add(ev trace.Event) {
	ev.Time = r.now
	r.log.Events = append(r.log.Events, ev)
}

// A netRecorder records what happens to one connection. It has to guess nothing but
// which of two equal messages in the network is meant: the older one.
type netRecorder struct {
	*register
	net    *Net
	names  [2]string            // of the hosts
	conn   string               // which of several connections of the second one it is
	flying [2]map[message][]int // numbers of the packets in the network, by message and host
}

// ageless is a message as it was sent: what is in the network grows older.
func ageless(m message) message { return m & (1<<messageAge - 1) }

func (n *Net) recorder(log *trace.Log) recorder[Host] {
	log.Steps, log.Hosts = true, hosts[:]
	return newNetRecorder(n, &register{log: log}, hosts, "")
}

func newNetRecorder(n *Net, reg *register, names [2]string, conn string) *netRecorder {
	return &netRecorder{register: reg, net: n, names: names, conn: conn, flying: [2]map[message][]int{{}, {}}}
}

// event begins an event at one of the hosts.
func (r *netRecorder) event(kind trace.EventKind, host int) trace.Event {
	ev := trace.Event{Kind: kind, Host: r.names[host]}
	if host == 1 {
		ev.Conn = r.conn
	}
	return ev
}

// record logs a step.
func (r *netRecorder) record(before *State, next *model.Succ[State]) {
	r.now++
	r.happened(before, next)
}

// happened logs what a step did.
func (r *netRecorder) happened(before *State, next *model.Succ[State]) {
	kind, from, arg := splitLabel(next.Label)
	switch kind {
	case labelLose:
		r.packet(trace.Lost, from, message(arg), r.take(from, message(arg)))
		return
	case labelTick, labelCopy:
		for i, row := range next.Rows {
			if i == 0 || row != 0 {
				ev := r.event(trace.Noted, from)
				ev.Name, ev.Row = renamed(r.net.Action(next.Label), r.names).String(), rowText(row)
				r.add(ev)
			}
		}
		if kind == labelCopy {
			r.double(from, message(arg))
		}
		r.vanished(before, next)
		return
	case labelForge:
		r.packet(trace.Departed, from, message(arg), r.depart(from, message(arg)))
		return
	}
	r.step(before, next)
	r.sent(before, next)
}

// step logs what happened at the host that acted, and the user's read behind it.
func (r *netRecorder) step(before *State, next *model.Succ[State]) {
	kind, host, arg := splitLabel(next.Label)
	actor := actor(next.Label)
	was, is := &before[actor].TCB, &next.State[actor].TCB
	ev := r.event(trace.Called, actor)
	ev.Before, ev.After = was.State.String(), is.State.String()
	action := r.net.Action(next.Label)
	switch kind {
	case labelCall:
		ev.Name, ev.N, ev.HasN = action.Name, action.N, action.HasN
	case labelExpire:
		ev.Kind, ev.Name = trace.Expired, action.Name
	case labelCrash:
		ev.Kind = trace.Crashed
	case labelDeliver:
		m := message(arg)
		ev.Kind, ev.Peer, ev.Segment = trace.Arrived, r.names[host], r.net.describe(host, m)
		ev.Forged, ev.Packet = m.forged(), r.take(host, m)
	}
	for i, row := range next.Rows {
		if i > 0 && row != 0 {
			state := ev.After
			ev = r.event(trace.Called, actor)
			ev.Name, ev.Before, ev.After = callNames[callReceive], state, state
		}
		if i == 0 || row != 0 {
			ev.Row = rowText(row)
			r.add(ev)
		}
	}
	for timer := range (was.Armed &^ is.Armed).All() {
		ev := r.event(trace.Stopped, actor)
		ev.Name = timer.String()
		r.add(ev)
	}
	started := is.Armed &^ was.Armed
	if kind == labelExpire {
		started |= is.Armed & tcpfsm.Timers(1<<arg) // it runs anew
	}
	for timer := range started.All() {
		ev := r.event(trace.Started, actor)
		ev.Name = timer.String()
		r.add(ev)
	}
}

func rowText(row uint16) string {
	if row == 0 {
		return ""
	}
	return tcpfsm.RowID(row).String()
}

// sent logs the segments that are in the network now and were not before.
func (r *netRecorder) sent(before *State, next *model.Succ[State]) {
	host := actor(next.Label)
	was, now := before[host].Channel, next.State[host].Channel
	for _, m := range now.m[:now.n] {
		if i := indexOf(was, m); i >= 0 {
			was.remove(i)
			continue
		}
		r.packet(trace.Departed, host, m, r.depart(host, m))
	}
}

// vanished logs the segments that have died of age.
func (r *netRecorder) vanished(before *State, next *model.Succ[State]) {
	for host := range before {
		left := map[message]int{}
		now := &next.State[host].Channel
		for _, m := range now.m[:now.n] {
			left[ageless(m)]++
		}
		was := &before[host].Channel
		for _, m := range was.m[:was.n] {
			if left[ageless(m)]--; left[ageless(m)] < 0 {
				r.packet(trace.Lost, host, m, r.take(host, m))
			}
		}
	}
}

// packet logs what happens to a segment at its sender.
func (r *netRecorder) packet(kind trace.EventKind, host int, m message, number int) {
	ev := r.event(kind, host)
	ev.Peer, ev.Segment, ev.Packet, ev.Forged = r.names[1-host], r.net.describe(host, m), number, m.forged()
	r.add(ev)
}

// depart numbers a packet.
func (r *netRecorder) depart(host int, m message) int {
	r.packets++
	r.flying[host][ageless(m)] = append(r.flying[host][ageless(m)], r.packets)
	return r.packets
}

// double notes that a packet will arrive once more.
func (r *netRecorder) double(host int, m message) {
	if all := r.flying[host][ageless(m)]; len(all) > 0 {
		r.flying[host][ageless(m)] = append(all, all[0])
	}
}

// take finds the number of a packet that leaves the network.
func (r *netRecorder) take(host int, m message) int {
	all := r.flying[host][ageless(m)]
	if len(all) == 0 {
		panic(fmt.Sprintf("tcpnet: the replay knows of no packet %v of %s", r.net.describe(host, m), r.names[host]))
	}
	r.flying[host][ageless(m)] = all[1:]
	return all[0]
}
