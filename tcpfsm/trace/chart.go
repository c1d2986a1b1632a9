package trace

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// What a chart holds at most.
const (
	chartLanes  = 16     // hosts
	textEvents  = 20_000 // of a chart in text
	svgHeight   = 24_000 // px; common readers of pictures stop at 32,767
	svgEvents   = 2_000
	chartTitle  = 300 // characters of the title
	chartNameIn = 24  // characters of a host's name, and of a connection's
)

// A LimitError says that a chart shows only the beginning of a log. The chart that
// comes with it can be used.
type LimitError struct {
	Shown, Events int
}

// Error says how much is shown, and what to do.
func (e *LimitError) Error() string {
	return fmt.Sprintf("trace: the chart shows the first %d of %d events, which is as much as it can hold: draw a shorter log", e.Shown, e.Events)
}

// A chart is what both forms of a chart need to know of a log.
type chart struct {
	log      *Log
	events   []Event
	hosts    []string
	laneOf   map[string]int
	flights  map[int]*flight      // by the index of each event that is part of one
	segments []string             // of segments, where they depart, or arrive from nowhere
	usual    time.Duration        // what a segment usually takes; 0 if unknown
	called   map[[2]string]string // connections of hosts that go by another name than their own
}

// A flight is the way of a segment: the indices of its events.
type flight struct {
	number int
	from   int   // its departure; -1 if the log does not have it
	ends   []int // its arrivals and losses
}

// newChart looks through a log. It refuses what has too many hosts.
func newChart(l *Log, limit int) (*chart, error) {
	c := &chart{log: l, events: l.Events[:min(limit, len(l.Events))], laneOf: map[string]int{}, flights: map[int]*flight{}}
	for _, h := range l.Hosts {
		c.lane(h)
	}
	for i := range c.events {
		c.lane(c.events[i].Host)
	}
	if len(c.hosts) > chartLanes {
		return nil, fmt.Errorf("trace: the log has %d hosts, and a chart at most %d lanes: draw a log of fewer hosts", len(c.hosts), chartLanes)
	}
	c.findFlights()
	c.findUsual()
	c.nameConnections()
	c.findLabels()
	return c, nil
}

// many reports whether there are so many hosts that room is short.
func (c *chart) many() bool { return len(c.hosts) > 2 }

// nameConnections leaves out ports, where there are many hosts and the peer says enough.
func (c *chart) nameConnections() {
	c.called = map[[2]string]string{}
	if !c.many() {
		return
	}
	only := map[[2]string]string{} // connection of a host with a peer; empty if there are several
	for i := range c.events {
		ev := &c.events[i]
		peer, _, _ := strings.Cut(ev.Conn, ":")
		if ev.Conn == "" { // the host's first one has a peer as well
			if ev.Kind != Arrived || ev.Before == ev.After {
				continue
			}
			peer = ev.Peer
		}
		key := [2]string{ev.Host, peer}
		if conn, seen := only[key]; seen && conn != ev.Conn {
			only[key] = ""
		} else {
			only[key] = ev.Conn
		}
	}
	for key, conn := range only {
		if conn == "" {
			continue
		}
		c.called[[2]string{key[0], conn}] = key[1]
	}
}

// conn is what the connection of an event is called.
func (c *chart) conn(ev *Event) string {
	return cmp.Or(c.called[[2]string{ev.Host, ev.Conn}], ev.Conn)
}

// connected names the connection that an event belongs to, where there are several.
func (c *chart) connected(ev *Event, text, mark string) string {
	if ev.Conn == "" {
		return text
	}
	return "[" + cut(c.conn(ev), chartNameIn, mark) + "] " + text
}

// limited is the error of a chart of the first events of its log.
func (c *chart) limited(shown int) error {
	if shown < len(c.log.Events) {
		return &LimitError{shown, len(c.log.Events)}
	}
	return nil
}

// lane gives the number of a host's lane, a new one if need be.
func (c *chart) lane(host string) int {
	n, ok := c.laneOf[host]
	if !ok {
		n = len(c.hosts)
		c.laneOf[host], c.hosts = n, append(c.hosts, host)
	}
	return n
}

func (c *chart) findFlights() {
	byNumber := map[int]*flight{}
	for i := range c.events {
		ev := &c.events[i]
		if ev.Kind != Departed && ev.Kind != Arrived && ev.Kind != Lost {
			continue
		}
		f := byNumber[ev.Packet]
		if f == nil || ev.Packet == 0 || ev.Kind == Departed || !c.same(f, ev) {
			f = &flight{number: ev.Packet, from: -1}
			byNumber[ev.Packet] = f
		}
		if ev.Kind == Departed {
			f.from = i
		} else {
			f.ends = append(f.ends, i)
		}
		c.flights[i] = f
	}
}

// same reports whether an event can end a flight: a log that gives one number to
// segments of two hosts must not send an arrow from the wrong one.
func (c *chart) same(f *flight, ev *Event) bool {
	if f.from < 0 {
		return false
	}
	dep := &c.events[f.from]
	if ev.Kind == Lost {
		return ev.Host == dep.Host
	}
	return ev.Peer == dep.Host && ev.Host == dep.Peer
}

// findUsual finds the median of the times that segments take, or of the times
// between events where none does.
func (c *chart) findUsual() {
	var ways, gaps []time.Duration
	for i := range c.events {
		if f := c.flights[i]; f != nil && f.from >= 0 && c.events[i].Kind == Arrived {
			ways = appendPositive(ways, c.events[i].Time-c.events[f.from].Time)
		}
		if i > 0 {
			gaps = appendPositive(gaps, c.events[i].Time-c.events[i-1].Time)
		}
	}
	if len(ways) == 0 {
		ways = gaps
	}
	if len(ways) > 0 && !c.log.Steps {
		slices.Sort(ways)
		c.usual = ways[len(ways)/2]
	}
}

func appendPositive(all []time.Duration, d time.Duration) []time.Duration {
	if d > 0 {
		return append(all, d)
	}
	return all
}

// longGap reports whether so much time passes that a chart shows it as a break.
func (c *chart) longGap(d time.Duration) bool { return c.usual > 0 && d/4 > c.usual }

// findLabels labels segments. A window is told when it is not what it was the last
// time, where room is short when it changes, and the incarnation of a connection when there are several.
func (c *chart) findLabels() {
	type sender struct{ host, conn, peer string }
	windows := map[sender]Field{}
	lives := slices.ContainsFunc(c.events, func(ev Event) bool { return ev.Segment.Life.Set && ev.Segment.Life.N > 0 })
	c.segments = make([]string, len(c.events))
	for i := range c.events {
		ev := &c.events[i]
		f := c.flights[i]
		if f == nil || f.from >= 0 && f.from != i {
			continue
		}
		s := ev.Segment
		by := sender{ev.Host, ev.Conn, ev.Peer}
		last, known := windows[by]
		if s.Wnd == last || strings.Contains(s.Flags, "RST") {
			s.Wnd = Field{}
		} else {
			windows[by] = s.Wnd
		}
		if !known && c.many() {
			s.Wnd = Field{} // room is short, and the first one is rarely the point
		}
		s.With, s.Age = Field{}, Field{}
		if !lives {
			s.Life = Field{}
		}
		c.segments[i] = s.String()
		if ev.Forged {
			c.segments[i] = "forged " + c.segments[i]
		}
	}
}

// direct reports whether an arrival or a loss comes at once after the departure.
func (c *chart) direct(i int) bool {
	f := c.flights[i]
	return f != nil && f.from >= 0 && f.from == i-1 && len(f.ends) == 1
}

// passes writes how much time passes, a long one as people do.
func (c *chart) passes(d time.Duration) string {
	if c.log.Steps || d < 10*time.Minute {
		return c.log.Clock(d)
	}
	text := strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
	if strings.HasSuffix(text, "h0m") {
		return strings.TrimSuffix(text, "0m")
	}
	return text
}

// firstStates are the states that the first connection of each host begins in.
func (c *chart) firstStates() []string {
	states, known := make([]string, len(c.hosts)), make([]bool, len(c.hosts))
	for i, host := range c.hosts {
		states[i], known[i] = c.log.begin[host], c.log.begin[host] != ""
	}
	for i := range c.events {
		ev := &c.events[i]
		if lane := c.laneOf[ev.Host]; ev.Conn == "" && ev.Before+ev.After != "" && !known[lane] {
			states[lane], known[lane] = ev.Before, true
		}
	}
	return states
}

// doing is what happens at a host, without its state.
func doing(ev *Event) string {
	switch ev.Kind {
	case Called:
		if ev.HasN {
			return fmt.Sprintf("%s %d", ev.Name, ev.N)
		}
		return ev.Name
	case Expired:
		return timerText(ev.Name) + " expires"
	case Signaled:
		return ev.Name
	case Crashed:
		return "crash"
	case Noted:
		if ev.Failed {
			return failure(ev)
		}
		return ev.Name
	}
	return ""
}

// failure is an expectation that failed.
func failure(ev *Event) string { return "FAILED: " + ev.Name }

// twoMSL is the name of the timer of TIME-WAIT.
const twoMSL = "TimeWait"

// timerText names a timer as people do.
func timerText(name string) string {
	if name == twoMSL {
		return "2MSL"
	}
	return name
}

// lasts says how long a timer that was started will run.
func (c *chart) lasts(ev *Event) string {
	if c.log.Steps || ev.Until <= ev.Time {
		return timerText(ev.Name)
	}
	return timerText(ev.Name) + " " + FormatTime(ev.Until-ev.Time)
}

// follows reports whether event i is a consequence that is told together with the
// event before it.
func (c *chart) follows(i int) bool {
	if i == 0 {
		return false
	}
	ev, before := &c.events[i], &c.events[i-1]
	switch ev.Kind {
	case Signaled, Started, Stopped:
	default:
		return false
	}
	switch before.Kind {
	case Departed, Lost:
		return false
	}
	return ev.Time == before.Time && ev.Host == before.Host && ev.Conn == before.Conn && !before.Failed
}

// plain takes out what is no character to be seen: a name must not move the cursor,
// colour the terminal, or turn the direction of what stands beside it.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case !unicode.IsPrint(r), unicode.Is(unicode.M, r), r == unicode.ReplacementChar:
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// wide reports whether a character takes two columns.
func wide(r rune) bool {
	return r >= 0x1100 && (r <= 0x115F || r >= 0x2E80 && r <= 0xA4CF || r >= 0xAC00 && r <= 0xD7A3 ||
		r >= 0xF900 && r <= 0xFAFF || r >= 0xFE30 && r <= 0xFE6F || r >= 0xFF00 && r <= 0xFF60 || r >= 0x1F300)
}

// columns is the width of a text in characters of a terminal.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n++
		if wide(r) {
			n++
		}
	}
	return n
}

// cut shortens a text, with a mark where it was cut.
func cut(s string, room int, mark string) string {
	if columns(s) <= room {
		return s
	}
	room = max(room-columns(mark), 0)
	for i, r := range s {
		if room -= columns(string(r)); room < 0 {
			return s[:i] + mark
		}
	}
	return s
}

// foldRest is fold with less room for the first line.
func foldRest(s string, first, room int, mark string) []string {
	lines := fold(s, first, mark)
	if len(lines) < 2 {
		return lines
	}
	rest := strings.Fields(s)[len(strings.Fields(lines[0])):]
	return append(lines[:1], fold(strings.Join(rest, " "), room, mark)...)
}

// fold breaks a text between words into lines; a word without room is cut.
func fold(s string, room int, mark string) []string {
	var lines []string
	line := ""
	words := strings.Fields(s)
	for i, word := range words {
		if i+1 < len(words) && (word == "→" || word == "->") && columns(word+words[i+1]) < room {
			words[i+1] = word + " " + words[i+1] // an arrow stays with where it leads
			continue
		}
		word = cut(word, room, mark)
		switch {
		case line == "":
			line = word
		case columns(line)+1+columns(word) <= room:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
