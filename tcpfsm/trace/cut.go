package trace

import (
	"maps"
	"slices"
	"time"
)

// Cut gives the part of a log from one time to another, both included; of a log that
// counts steps, from one step to another. Connections begin in the states that they
// were in, and timers that ran go on.
func (l *Log) Cut(from, to time.Duration) *Log {
	part := &Log{Title: l.Title, Hosts: slices.Clone(l.Hosts), Steps: l.Steps, begin: maps.Clone(l.begin)}
	if part.begin == nil {
		part.begin = map[string]string{}
	}
	b := beginning{states: map[[2]string]string{}}
	for i := range l.Events {
		ev := &l.Events[i]
		if !slices.Contains(part.Hosts, ev.Host) {
			part.Hosts = append(part.Hosts, ev.Host) // lanes stay where they were
		}
		switch {
		case ev.Time < from:
			b.follow(ev)
		case ev.Time <= to:
			part.Events = append(part.Events, *ev)
		}
	}
	part.Events = append(b.events(part.begin, from), part.Events...)
	return part
}

// A beginning is what goes on where a part of a log begins.
type beginning struct {
	conns   [][2]string // host and connection, in the order in which they began
	states  map[[2]string]string
	running []Event // timers that were started
}

// follow takes in what happened before.
func (b *beginning) follow(ev *Event) {
	conn := [2]string{ev.Host, ev.Conn}
	if ev.After != "" {
		if _, known := b.states[conn]; !known {
			b.conns = append(b.conns, conn)
		}
		b.states[conn] = ev.After
	}
	switch ev.Kind {
	case Started, Stopped, Expired:
		b.running = slices.DeleteFunc(b.running, func(o Event) bool {
			return o.Host == ev.Host && o.Conn == ev.Conn && o.Name == ev.Name
		})
	case Crashed:
		b.running = slices.DeleteFunc(b.running, func(o Event) bool { return o.Host == ev.Host })
	}
	if ev.Kind == Started {
		b.running = append(b.running, *ev)
	}
}

// events tells what goes on. The states of hosts' first connections stand in begin.
func (b *beginning) events(begin map[string]string, from time.Duration) (list []Event) {
	for _, conn := range b.conns {
		switch state := b.states[conn]; {
		case conn[1] == "":
			begin[conn[0]] = state
		case state != closedState:
			list = append(list, Event{Time: from, Kind: Noted, Host: conn[0], Conn: conn[1], After: state, Name: "from before"})
		}
	}
	for _, ev := range b.running {
		ev.Time = from
		list = append(list, ev)
	}
	return list
}
