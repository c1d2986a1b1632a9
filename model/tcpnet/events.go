package tcpnet

import (
	"fmt"
	"time"

	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// A recorder turns the steps of a replay into a log of events. It has to guess
// nothing but which of two equal messages in the network is meant: the older one.
type recorder struct {
	net     *Net
	log     *trace.Log
	now     time.Duration // the number of the step, from 1
	packets int
	flying  [2]map[message][]int // numbers of the packets in the network, by message and host
}

// ageless is a message as it was sent: what is in the network grows older.
func ageless(m message) message { return m & (1<<messageAge - 1) }

func newRecorder(net *Net, log *trace.Log) *recorder {
	log.Steps, log.Hosts = true, hosts[:]
	return &recorder{net: net, log: log, flying: [2]map[message][]int{{}, {}}}
}

func (r *recorder) add(ev trace.Event) {
	ev.Time = r.now
	r.log.Events = append(r.log.Events, ev)
}

// record logs a step.
func (r *recorder) record(before *State, next *model.Succ[State]) {
	r.now++
	kind, from, arg := splitLabel(next.Label)
	switch kind {
	case labelLose:
		r.packet(trace.Lost, from, message(arg), r.take(from, message(arg)))
		return
	case labelTick, labelCopy:
		for i, row := range next.Rows {
			if i == 0 || row != 0 {
				r.add(trace.Event{Kind: trace.Noted, Host: hosts[from], Name: r.net.Action(next.Label).String(), Row: rowText(row)})
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
func (r *recorder) step(before *State, next *model.Succ[State]) {
	kind, host, arg := splitLabel(next.Label)
	actor := actor(next.Label)
	was, is := &before[actor].TCB, &next.State[actor].TCB
	ev := trace.Event{Host: hosts[actor], Before: was.State.String(), After: is.State.String()}
	action := r.net.Action(next.Label)
	switch kind {
	case labelCall:
		ev.Kind, ev.Name, ev.N, ev.HasN = trace.Called, action.Name, action.N, action.HasN
	case labelExpire:
		ev.Kind, ev.Name = trace.Expired, action.Name
	case labelCrash:
		ev.Kind = trace.Crashed
	case labelDeliver:
		m := message(arg)
		ev.Kind, ev.Peer, ev.Segment = trace.Arrived, hosts[host], r.net.describe(host, m)
		ev.Forged, ev.Packet = m.forged(), r.take(host, m)
	}
	for i, row := range next.Rows {
		if i > 0 && row != 0 {
			ev = trace.Event{Kind: trace.Called, Host: hosts[actor], Name: callNames[callReceive], Before: ev.After, After: ev.After}
		}
		if i == 0 || row != 0 {
			ev.Row = rowText(row)
			r.add(ev)
		}
	}
	for timer := range (was.Armed &^ is.Armed).All() {
		r.add(trace.Event{Kind: trace.Stopped, Host: hosts[actor], Name: timer.String()})
	}
	started := is.Armed &^ was.Armed
	if kind == labelExpire {
		started |= is.Armed & tcpfsm.Timers(1<<arg) // it runs anew
	}
	for timer := range started.All() {
		r.add(trace.Event{Kind: trace.Started, Host: hosts[actor], Name: timer.String()})
	}
}

func rowText(row uint16) string {
	if row == 0 {
		return ""
	}
	return tcpfsm.RowID(row).String()
}

// sent logs the segments that are in the network now and were not before.
func (r *recorder) sent(before *State, next *model.Succ[State]) {
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
func (r *recorder) vanished(before *State, next *model.Succ[State]) {
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
func (r *recorder) packet(kind trace.EventKind, host int, m message, number int) {
	r.add(trace.Event{
		Kind: kind, Host: hosts[host], Peer: hosts[1-host], Segment: r.net.describe(host, m), Packet: number, Forged: m.forged(),
	})
}

// depart numbers a packet.
func (r *recorder) depart(host int, m message) int {
	r.packets++
	r.flying[host][ageless(m)] = append(r.flying[host][ageless(m)], r.packets)
	return r.packets
}

// double notes that a packet will arrive once more.
func (r *recorder) double(host int, m message) {
	if all := r.flying[host][ageless(m)]; len(all) > 0 {
		r.flying[host][ageless(m)] = append(all, all[0])
	}
}

// take finds the number of a packet that leaves the network.
func (r *recorder) take(host int, m message) int {
	all := r.flying[host][ageless(m)]
	if len(all) == 0 {
		panic(fmt.Sprintf("tcpnet: the replay knows of no packet %v of %s", r.net.describe(host, m), hosts[host]))
	}
	r.flying[host][ageless(m)] = all[1:]
	return all[0]
}
