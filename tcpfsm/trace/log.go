package trace

import (
	"strconv"
	"time"
)

// A Log is what happened between hosts, in order of time: what a simulation, a
// replay or a reading of a capture found, and what charts are drawn from.
type Log struct {
	Title string
	Hosts []string // lanes, from left to right
	// Steps says that nothing is known of durations: an Event's Time counts the
	// steps, a nanosecond each, and is not printed as a time.
	Steps  bool
	Events []Event

	begin map[string]string // states of the hosts' first connections, of a part (Cut)
}

// Clock writes a time of the log: where it counts steps, the number of the step.
func (l *Log) Clock(d time.Duration) string {
	if l.Steps {
		return strconv.FormatInt(int64(d), 10)
	}
	return FormatTime(d)
}

// An EventKind says what happened.
type EventKind uint8

// What can happen.
const (
	Called   EventKind = iota // a user call: Name, N
	Expired                   // a timer expired: Name
	Departed                  // a segment was sent: Peer, Segment, Packet
	Arrived                   // a segment came: Peer is who sent it
	Lost                      // a segment will not come; Host is who sent it, Peer for whom it was
	Signaled                  // the user is told something: Name
	Started                   // a timer was started, or started again: Name, Until
	Stopped                   // a timer was stopped: Name
	Crashed                   // the host forgot everything
	Noted                     // a remark: Name; a failed expectation too, then Failed is set
)

// An Event is one thing that happened at a host.
type Event struct {
	Time time.Duration // since the beginning
	Kind EventKind
	Host string
	// Conn tells a host's connections apart, where it has or will have several:
	// the peer's name and port. The first, or only, one has none.
	Conn          string
	Before, After string // the connection's state; equal, or both empty, where none changed
	Row           string // id of the row of the table that fired, if one did

	Name  string
	N     uint32 // octets of a call, if HasN
	HasN  bool
	Until time.Duration // when a timer that was Started will expire

	Peer    string
	Segment Segment
	Packet  int // the same for the departure, the loss and all arrivals of one segment; from 1
	Forged  bool
	Failed  bool
}
