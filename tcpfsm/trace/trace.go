package trace

import (
	"fmt"
	"strings"
	"time"
)

// A File is a parsed trace.
type File struct {
	Header []Setting
	Lines  []Line
}

// A Setting is a line of the header.
type Setting struct {
	Line  int    // in the text, from 1; 0 if it was not parsed
	Key   string // title, about, found, profile, options, bounds, iss, loop, host or link
	Value string
}

// Get returns the last value of a header's key, and whether there is one.
func (f *File) Get(key string) (string, bool) {
	for i := len(f.Header) - 1; i >= 0; i-- {
		if f.Header[i].Key == key {
			return f.Header[i].Value, true
		}
	}
	return "", false
}

// A Line is an action with what is expected after it.
type Line struct {
	Line   int // in the text, from 1; 0 if it was not parsed
	Timed  bool
	Time   time.Duration // since the beginning, if Timed; otherwise that of the line before
	Action Action
	Wants  []Want
}

// Kind is the kind of an action.
type Kind uint8

// The kinds of actions.
const (
	Call Kind = iota
	Expire
	Deliver
	Lose
	Copy
	Forge
	Crash
	Tick
	Age
	Wait // nothing, but the time goes on; only in a Line that is Timed
	Hold // the network keeps a segment back
	Cut  // the network loses everything
	Heal // and no more
)

// verbs are the words that begin an action; Call, Expire and Deliver begin with a
// host, and Wait is nothing.
var verbs = map[Kind]string{
	Lose: "lose", Copy: "copy", Forge: "forge", Crash: "crash", Tick: "tick", Age: "age", Hold: "hold", Cut: "cut", Heal: "heal",
}

// An Action is one thing that happens.
type Action struct {
	Kind Kind
	Host string // of Call, Expire and Crash
	Conn string // of several connections of Host: the peer, or peer:port
	Name string // the call ("open active") or the timer
	N    uint32 // octets of a call, if HasN
	HasN bool

	From, To string  // of a segment's action, of Cut and of Heal
	Both     bool    // of Cut and Heal: the way back too
	Segment  Segment // of a segment's action

	Params []Param // only in a trace with time
}

// A Param is a word KEY=VALUE behind an action.
type Param struct{ Key, Value string }

// Param gives the value of a parameter, and whether it is there.
func (a *Action) Param(key string) (string, bool) {
	for _, p := range a.Params {
		if p.Key == key {
			return p.Value, true
		}
	}
	return "", false
}

// A Segment describes a segment; a field that was not given fits any.
type Segment struct {
	Flags              string // "SYN,ACK", or "none"
	Seq, Ack, Wnd, Len Field
	Life               Field // which connection of its sender it comes from, from 0; 7 is none
	With               Field // which connection of its receiver it is meant for, from 1; 7 is one being opened
	Age                Field // ticks that it has been in the network
}

// A Field is a number, if Set.
type Field struct {
	Set bool
	N   uint32
}

// Num is a field that is set.
func Num(n uint32) Field { return Field{true, n} }

// Fits reports whether a field that may be unset agrees with a number.
func (f Field) Fits(n uint32) bool { return !f.Set || f.N == n }

// String prints a file in canonical form; Parse gives it back.
func (f *File) String() string {
	var b strings.Builder
	for _, s := range f.Header {
		fmt.Fprintf(&b, "%s %s\n", s.Key, s.Value)
	}
	if len(f.Header) > 0 && len(f.Lines) > 0 {
		b.WriteByte('\n')
	}
	for _, l := range f.Lines {
		b.WriteString(l.String())
		b.WriteByte('\n')
	}
	return b.String()
}

// Where what follows a time, and expectations, begin, so that they stand in columns.
const (
	timeColumn = 7
	wantColumn = 44
)

// String prints a line.
func (l Line) String() string {
	text := l.Action.String()
	if l.Timed {
		text = strings.TrimRight(fmt.Sprintf("%-*s %s", timeColumn, FormatTime(l.Time), text), " ")
	}
	if len(l.Wants) == 0 {
		return text
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%-*s", wantColumn, text)
	for _, w := range l.Wants {
		b.WriteString(" " + w.String())
	}
	return b.String()
}

// String prints an action.
func (a Action) String() string {
	text := a.bare()
	for _, p := range a.Params {
		text += " " + p.Key + "=" + p.Value
	}
	return text
}

func (a Action) bare() string {
	switch a.Kind {
	case Call:
		if a.HasN {
			return fmt.Sprintf("%s %s %d", end(a.Host, a.Conn), a.Name, a.N)
		}
		return end(a.Host, a.Conn) + " " + a.Name
	case Expire:
		return end(a.Host, a.Conn) + " expire " + a.Name
	case Deliver:
		return fmt.Sprintf("%s->%s %s", a.From, a.To, a.Segment)
	case Lose, Copy, Forge, Hold:
		return fmt.Sprintf("%s %s->%s %s", verbs[a.Kind], a.From, a.To, a.Segment)
	case Cut, Heal:
		if a.Both {
			return fmt.Sprintf("%s %s<->%s", verbs[a.Kind], a.From, a.To)
		}
		return fmt.Sprintf("%s %s->%s", verbs[a.Kind], a.From, a.To)
	case Crash:
		return "crash " + a.Host
	}
	return verbs[a.Kind]
}

// String prints a segment with the fields that are set.
func (s Segment) String() string {
	text := s.Flags
	for _, f := range s.fields() {
		if f.field.Set {
			text += fmt.Sprintf(" %s=%d", f.name, f.field.N)
		}
	}
	return text
}

type namedField struct {
	name  string
	field *Field
}

func (s *Segment) fields() []namedField {
	return []namedField{{"seq", &s.Seq}, {"ack", &s.Ack}, {"wnd", &s.Wnd}, {"len", &s.Len}, {"life", &s.Life}, {"with", &s.With}, {"age", &s.Age}}
}
