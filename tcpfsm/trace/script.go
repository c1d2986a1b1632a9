package trace

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Log gives what a trace says as a log, without running it: a chart of it shows
// what is asked, the states and segments that are wanted, and at the end what was
// found. It is for traces of things that this module can't run, such as a finding
// about another TCP. A segment that is delivered departs in the same step, for a trace
// does not say when it was sent.
func (f *File) Log() *Log {
	s := script{log: &Log{Steps: !f.Timed()}, states: map[[2]string]string{}}
	s.log.Title, _ = f.Get("title")
	for _, h := range f.Header {
		if name, _, _ := strings.Cut(h.Value, " "); h.Key == "host" && name != "" {
			s.host(name)
		}
	}
	for i := range f.Lines {
		s.line(&f.Lines[i])
	}
	for _, h := range f.Header {
		if h.Key == "found" {
			s.host("a")
			s.add(Event{Kind: Noted, Host: s.log.Hosts[0], Name: h.Value, Failed: true})
		}
	}
	if s.log.Steps {
		slices.Sort(s.log.Hosts) // a is left of b, whoever acts first
	}
	return s.log
}

type script struct {
	log     *Log
	now     time.Duration
	packets int
	states  map[[2]string]string // that were wanted last, by host and connection
}

func (s *script) host(name string) {
	for _, h := range s.log.Hosts {
		if h == name {
			return
		}
	}
	s.log.Hosts = append(s.log.Hosts, name)
}

func (s *script) line(l *Line) {
	if s.now++; !s.log.Steps {
		s.now = l.Time
	}
	a := &l.Action
	for _, name := range []string{a.Host, a.From, a.To} {
		if name != "" {
			s.host(name)
		}
	}
	first := len(s.log.Events)
	s.action(a)
	for i := range l.Wants {
		s.want(&l.Wants[i], first)
	}
}

func (s *script) add(ev Event) {
	ev.Time = s.now
	s.log.Events = append(s.log.Events, ev)
}

func (s *script) action(a *Action) {
	switch a.Kind {
	case Call:
		s.add(Event{Kind: Called, Host: a.Host, Conn: a.Conn, Name: a.Name, N: a.N, HasN: a.HasN})
	case Expire:
		s.add(Event{Kind: Expired, Host: a.Host, Conn: a.Conn, Name: a.Name})
	case Crash:
		s.add(Event{Kind: Crashed, Host: a.Host})
	case Deliver:
		s.segment(a, Departed, Arrived)
	case Lose:
		s.segment(a, Departed, Lost)
	case Forge:
		s.segment(a, Departed)
	case Wait:
	default:
		s.host("a")
		s.add(Event{Kind: Noted, Host: cmp.Or(a.From, s.log.Hosts[0]), Name: a.String()})
	}
}

// segment logs what happens to a segment, at its sender or its receiver.
func (s *script) segment(a *Action, kinds ...EventKind) {
	s.packets++
	for _, kind := range kinds {
		ev := Event{Kind: kind, Host: a.From, Peer: a.To, Segment: a.Segment, Packet: s.packets, Forged: a.Kind == Forge}
		if kind == Arrived {
			ev.Host, ev.Peer = a.To, a.From
		}
		s.add(ev)
	}
}

// want notes an expectation: a state where it is wanted, at the last event of its
// host since the line began; anything else as a remark.
func (s *script) want(w *Want, first int) {
	host := cmp.Or(w.Host, w.From)
	s.host(host)
	if w.Kind == WantSent && w.When == Now && s.log.Steps {
		s.segment(&Action{From: w.From, To: w.To, Segment: w.Segment}, Departed, Arrived)
		return
	}
	if w.Kind != WantState || w.When != Now {
		s.add(Event{Kind: Noted, Host: host, Conn: w.Conn, Name: w.String()})
		return
	}
	key := [2]string{w.Host, w.Conn}
	before := s.states[key]
	s.states[key] = w.State
	for i := len(s.log.Events) - 1; i >= first; i-- {
		ev := &s.log.Events[i]
		if ev.Host == w.Host && ev.Conn == w.Conn && ev.After == "" && ev.Kind != Departed && ev.Kind != Lost {
			ev.Before, ev.After = before, w.State
			return
		}
	}
	s.add(Event{Kind: Noted, Host: w.Host, Conn: w.Conn, Name: "expected", Before: before, After: w.State})
}
