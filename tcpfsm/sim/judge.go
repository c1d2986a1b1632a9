package sim

import (
	"fmt"
	"strings"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// judge looks at the expectations of a line: those about now at once, the others are
// kept until their time has come.
func (r *runner) judge(line *trace.Line) {
	for _, w := range line.Wants {
		p := pendingWant{want: w, line: line.Line, from: r.sim.now}
		if aboutConn(&w) {
			c, err := r.pick(w.Host, w.Conn)
			if err != nil {
				r.fail(line.Line, w.Host, "%v", err)
				continue
			}
			p.conn = c
		}
		if w.When != trace.Now {
			r.later = append(r.later, p)
			continue
		}
		if got, ok := r.now(&p); !ok {
			r.fail(line.Line, r.laneOf(&w), "expected %s, but %s", expected(&w), got)
		}
	}
}

// aboutConn reports whether an expectation is about one connection: a row or a signal
// without a peer may be of any.
func aboutConn(w *trace.Want) bool {
	switch w.Kind {
	case trace.WantRow, trace.WantSignal:
		return w.Conn != ""
	case trace.WantQueue, trace.WantAnswer, trace.WantRead:
		return false
	}
	return !w.Kind.OfSegment()
}

// laneOf is where a failure is shown.
func (r *runner) laneOf(w *trace.Want) string {
	if w.Kind.OfSegment() {
		return w.From
	}
	return w.Host
}

// expected is an expectation in a message.
func expected(w *trace.Want) string {
	text, _, _ := strings.Cut(w.String(), ` "`)
	text = strings.TrimPrefix(text, "want ")
	if w.Reason != "" {
		text += " (" + w.Reason + ")"
	}
	return text
}

// now judges an expectation about the present; if it is not met, got says what is.
func (r *runner) now(p *pendingWant) (got string, ok bool) {
	w := &p.want
	switch w.Kind {
	case trace.WantState:
		want, _ := tcpfsm.ParseState(w.State) // validate has read it
		is := r.state(p)
		return "it is in " + is.String(), is == want
	case trace.WantAnswer:
		return "the answer is " + r.answer, r.answer == w.Name
	case trace.WantRead:
		return fmt.Sprintf("%d octets were read", r.read), r.read == int(w.N)
	case trace.WantQueue:
		syn, accept := 0, 0
		if l := r.listenerOf(&trace.Action{Host: w.Host}); l != nil {
			syn, accept = l.Waiting()
		}
		return fmt.Sprintf("%d are in SYN-RECEIVED and %d wait to be accepted", syn, accept), syn == int(w.N) && accept == int(w.M)
	case trace.WantError, trace.WantReadable:
		return r.nowConn(p)
	}
	return r.within(p, p.from, p.from)
}

func (r *runner) nowConn(p *pendingWant) (got string, ok bool) {
	if p.conn == nil {
		return "there is no connection", false
	}
	if p.want.Kind == trace.WantReadable {
		n := p.conn.end.Readable()
		return fmt.Sprintf("there are %d", n), n == int(p.want.N)
	}
	text := noError
	if err := p.conn.Err(); err != nil {
		text = answerText(err)
	}
	return "it is " + text, text == p.want.Name
}

// noError is what an expectation calls a connection that ended in order, or goes on.
const noError = "none"

// state is the state of the connection that is meant; without one, or when its
// handshake has failed and the listener is left, the host's.
func (r *runner) state(p *pendingWant) tcpfsm.State {
	h := r.host(p.want.Host)
	if p.conn == nil || p.conn.State() == tcpfsm.Closed && p.want.Conn == "" && p.conn.listener != nil && !p.conn.opened {
		return h.listening()
	}
	return p.conn.State()
}

// judgeLater judges an expectation whose time has gone by, by the log.
func (r *runner) judgeLater(p *pendingWant) {
	w := &p.want
	if p.conn == nil && aboutConn(w) {
		c, err := r.pick(w.Host, w.Conn)
		if err != nil {
			r.fail(p.line, w.Host, "%v", err)
			return
		}
		p.conn = c
	}
	from := p.from
	if w.When == trace.At {
		from = w.Time
	}
	if got, ok := r.within(p, from, w.Time); !ok {
		r.fail(p.line, r.laneOf(w), "expected %s, but %s", expected(w), got)
	}
}

// within judges by the log what is expected between two times.
func (r *runner) within(p *pendingWant, from, to time.Duration) (got string, ok bool) {
	w := &p.want
	if w.Kind == trace.WantState {
		return r.stateWithin(p, from, to)
	}
	var others []string
	for i := range r.sim.log.Events {
		ev := &r.sim.log.Events[i]
		if ev.Time < from || ev.Time > to {
			continue
		}
		switch r.relates(p, ev) {
		case meets:
			if w.Kind == trace.WantNever {
				return fmt.Sprintf("there is %s at %s", ev.Segment, trace.FormatTime(ev.Time)), false
			}
			return "", true
		case resembles:
			others = append(others, r.resemblance(ev))
		}
	}
	if w.Kind == trace.WantNever {
		return "", true
	}
	return listOf(others), false
}

// How an event of the log is related to an expectation.
type relation int

const (
	unrelated relation = iota
	resembles          // the same kind of thing, but not what is meant
	meets
)

// kindsOf are the events that expectations are about.
var kindsOf = map[trace.WantKind]trace.EventKind{
	trace.WantSignal: trace.Signaled, trace.WantSent: trace.Departed, trace.WantNever: trace.Departed,
	trace.WantArrives: trace.Arrived, trace.WantLost: trace.Lost,
}

func (r *runner) relates(p *pendingWant, ev *trace.Event) relation {
	w := &p.want
	if w.Kind == trace.WantRow {
		return related(ev.Row != "" && ev.Host == w.Host && (p.conn == nil || ev.Conn == p.conn.name), ev.Row == w.Name)
	}
	if ev.Kind != kindsOf[w.Kind] || ev.Kind == trace.Departed && ev.Forged {
		return unrelated
	}
	if w.Kind == trace.WantSignal {
		return related(ev.Host == w.Host && (p.conn == nil || ev.Conn == p.conn.name), ev.Name == w.Name)
	}
	from, to := ev.Host, ev.Peer
	if ev.Kind == trace.Arrived {
		from, to = to, from
	}
	return related(from == w.From && to == w.To, fits(w.Segment, ev.Segment))
}

func related(kind, exact bool) relation {
	switch {
	case kind && exact:
		return meets
	case kind:
		return resembles
	}
	return unrelated
}

func (r *runner) resemblance(ev *trace.Event) string {
	what := ev.Name
	switch {
	case ev.Segment.Flags != "" && ev.Kind != trace.Noted:
		what = ev.Segment.String()
	case what == "" || ev.Row != "":
		what = ev.Row
	}
	return what + " at " + trace.FormatTime(ev.Time)
}

// othersMax is how much of what happened instead a message lists.
const othersMax = 8

func listOf(others []string) string {
	switch n := len(others); {
	case n == 0:
		return "there is nothing like it then"
	case n > othersMax:
		return fmt.Sprintf("there is %s, and %d more", strings.Join(others[:othersMax], "; "), n-othersMax)
	}
	return "there is " + strings.Join(others, "; ")
}

// stateWithin judges a state at, by or until a time.
func (r *runner) stateWithin(p *pendingWant, from, to time.Duration) (got string, ok bool) {
	w := &p.want
	conn := ""
	if p.conn != nil {
		conn = p.conn.name
	}
	want, _ := tcpfsm.ParseState(w.State)
	is, sinceThen := tcpfsm.Closed.String(), time.Duration(0)
	met := false
	check := func(at time.Duration) bool { // what was the case until at
		switch here := is == want.String(); {
		case at <= from && w.When != trace.At || at <= to && w.When == trace.At:
			return true
		case w.When == trace.Until:
			return here
		default:
			met = met || here
			return true
		}
	}
	for i := range r.sim.log.Events {
		ev := &r.sim.log.Events[i]
		if ev.Host != w.Host || ev.Conn != conn || ev.After == "" || ev.After == is {
			continue
		}
		if ev.Time > to {
			break
		}
		if !check(ev.Time) {
			return fmt.Sprintf("it was in %s from %s until %s", is, trace.FormatTime(sinceThen), trace.FormatTime(ev.Time)), false
		}
		is, sinceThen = ev.After, ev.Time
	}
	if !check(to + 1) {
		return fmt.Sprintf("it was in %s from %s on", is, trace.FormatTime(sinceThen)), false
	}
	return fmt.Sprintf("it was in %s since %s", is, trace.FormatTime(sinceThen)), w.When == trace.Until || met
}
