package trace

import (
	"fmt"
	"strconv"
	"time"
)

// WantKind is what an expectation is about.
type WantKind uint8

// The kinds of expectations. A trace without time has the first only.
const (
	WantState    WantKind = iota // Host is in State
	WantSignal                   // Host's user is told Name
	WantRow                      // the row Name fires at Host
	WantAnswer                   // the call of this line is answered with Name
	WantError                    // the connection ended because of Name, or "none"
	WantRead                     // the call of this line gave N octets
	WantReadable                 // N octets wait to be read
	WantQueue                    // of Host's listener: N in SYN-RECEIVED, M to be accepted
	WantSent                     // From sends Segment to To
	WantArrives                  // Segment arrives
	WantLost                     // Segment is lost
	WantNever                    // From does not send Segment
)

// wantWords are how the kinds are written, but for WantState, which is the name of
// the state.
var wantWords = map[WantKind]string{
	WantSignal: "signal", WantRow: "row", WantAnswer: "answer", WantError: "error", WantRead: "read",
	WantReadable: "readable", WantQueue: "queue", WantSent: "sent", WantArrives: "arrives", WantLost: "lost", WantNever: "never",
}

func wantKind(word string) (WantKind, bool) {
	for kind, w := range wantWords {
		if w == word {
			return kind, true
		}
	}
	return WantState, false
}

// OfSegment reports whether the kind is about a segment, From one host To another.
func (k WantKind) OfSegment() bool { return k >= WantSent }

// When is for which time an expectation is.
type When uint8

// When an expectation holds, counted from its line.
const (
	Now   When = iota // at the time of the line, when all has happened that happens then
	At                // at Time
	By                // at some time from the line's until Time
	Until             // from the line's time until Time, without a break
)

var whenWords = [...]string{At: "at", By: "by", Until: "until"}

// A Want is an expectation.
type Want struct {
	Kind   WantKind
	Host   string
	Conn   string // of several connections of Host: the peer, or peer:port
	State  string
	Name   string
	N, M   uint32
	Reason string

	From, To string  // of a segment's expectation
	Segment  Segment // of a segment's expectation

	When When
	Time time.Duration
}

// String prints an expectation.
func (w Want) String() string {
	s := "want " + w.subject() + w.Predicate()
	if w.When != Now {
		s += " " + whenWords[w.When] + " " + FormatTime(w.Time)
	}
	if w.Reason != "" {
		s += " " + strconv.Quote(w.Reason)
	}
	return s
}

func (w Want) subject() string {
	if w.Kind.OfSegment() {
		return w.From + "->" + w.To
	}
	return end(w.Host, w.Conn)
}

// Predicate is what is expected of the subject, with a space before it.
func (w Want) Predicate() string {
	word := " " + wantWords[w.Kind]
	switch {
	case w.Kind == WantState:
		return " " + w.State
	case w.Kind == WantRead || w.Kind == WantReadable:
		return fmt.Sprintf("%s %d", word, w.N)
	case w.Kind == WantQueue:
		return fmt.Sprintf("%s %d %d", word, w.N, w.M)
	case w.Kind.OfSegment():
		return word + " " + w.Segment.String()
	}
	return word + " " + w.Name
}

// end is a host, or one of its connections.
func end(host, conn string) string {
	if conn == "" {
		return host
	}
	return host + ":" + conn
}

// want reads an expectation.
func (p *parser) want() Want {
	if w := p.next(); w.text != "want" || w.quoted {
		p.fail(w.col, "%q is not understood here: write want HOST STATE, or end the line", w.text)
		return Want{}
	}
	w := p.wanted()
	if !p.bad {
		p.when(&w)
	}
	if p.at < len(p.words) && p.words[p.at].quoted {
		w.Reason = p.next().text
	}
	return w
}

func (p *parser) wanted() (w Want) {
	if from, to, ok := p.direction(); ok {
		w.From, w.To = from, to
		kind := p.next()
		if w.Kind, ok = wantKind(kind.text); !ok || !w.Kind.OfSegment() {
			p.fail(kind.col, "want %s->%s needs one of sent, arrives, lost and never, not %q", from, to, kind.text)
		}
		w.Segment = p.segment()
		return w
	}
	w.Host, w.Conn = p.end()
	if p.bad {
		return w
	}
	state := p.next()
	if !isWord(state.text) {
		p.fail(state.col, "want needs the name of a state, not %q: write want %s ESTABLISHED", state.text, w.Host)
	}
	kind, ok := wantKind(state.text)
	if !ok {
		w.State = state.text
		return w
	}
	p.predicate(&w, kind, state)
	return w
}

func (p *parser) predicate(w *Want, kind WantKind, word word) {
	w.Kind = kind
	switch {
	case kind.OfSegment():
		p.fail(word.col, "%q is about segments: write want FROM->TO %[1]s SEGMENT", word.text)
	case kind == WantRead || kind == WantReadable || kind == WantQueue:
		w.N = p.number(p.next())
		if kind == WantQueue && !p.bad {
			w.M = p.number(p.next())
		}
	default:
		name := p.next()
		if !isName(name.text) {
			p.fail(name.col, "want %s %s needs a name, not %q", w.Host, word.text, name.text)
		}
		w.Name = name.text
	}
}

// when reads at, by or until, if one of them is there.
func (p *parser) when(w *Want) {
	for when, word := range whenWords {
		if word != "" && p.peek() == word {
			p.next()
			w.When, w.Time = When(when), p.time(p.next())
		}
	}
}

func (p *parser) time(w word) time.Duration {
	d, err := ParseTime(w.text)
	if err != nil {
		p.fail(w.col, "%v", err)
	}
	return d
}

// direction reads FROM->TO, if that is next.
func (p *parser) direction() (from, to string, ok bool) {
	if from, to, ok = cutArrow(p.peek()); !ok {
		return "", "", false
	}
	w := p.next()
	if !isHost(from) || !isHost(to) {
		p.fail(w.col, "%q is no direction: write the names of two hosts, as in a->b", w.text)
	}
	return from, to, true
}
