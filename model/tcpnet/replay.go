package tcpnet

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// A Log is what came of a replay.
type Log struct {
	Bounds Bounds
	Ends   []string  // what has a state: the hosts, and b:a where b has several connections
	Events trace.Log // what happened; the time of an event is the number of its step, from 1
	Steps  []LogStep
	Failed []Failure
}

// A LogStep is one line of a trace, carried out.
type LogStep struct {
	Line trace.Line
	Rows []tcpfsm.RowID // that fired, in order
}

// A Failure is an expectation that was not met, or a property that was broken.
type Failure struct {
	Line int // of the trace
	Msg  string
}

// A ReplayError says that a trace can't be carried out.
type ReplayError struct {
	File string
	Line int
	Msg  string
}

// Error gives "file:line: what is wrong".
func (e *ReplayError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg) }

// Replay carries out a trace: each action must be possible when its turn comes.
// What is expected and does not come, and what breaks a property, is in the log;
// name is what errors call the file.
func Replay(name string, f *trace.File, step Machine) (*Log, error) {
	if step == nil {
		step = Generated
	}
	if err := timeless(name, f); err != nil {
		return nil, err
	}
	b, err := boundsOf(name, f)
	if err != nil {
		return nil, err
	}
	if b.Clients > 0 {
		crowd, err := NewCrowd(b, step)
		if err != nil {
			return nil, &ReplayError{name, 1, strings.TrimPrefix(err.Error(), "tcpnet: ")}
		}
		return replayOn(crowd, name, b, f)
	}
	if err := alone(name, f); err != nil {
		return nil, err
	}
	net, err := NewNet(b, step)
	if err != nil {
		return nil, &ReplayError{name, 1, strings.TrimPrefix(err.Error(), "tcpnet: ")}
	}
	return replayOn(net, name, b, f)
}

func replayOn[P comparable](n network[P], name string, b Bounds, f *trace.File) (*Log, error) {
	r := newReplay(n, name)
	r.log.Bounds = b
	r.log.Events.Title, _ = f.Get("title")
	for _, line := range f.Lines {
		if err := r.do(line); err != nil {
			return r.log, err
		}
	}
	r.finish(f)
	return r.log, r.judgeLoop(f)
}

// timeless refuses what means something only where there is time.
func timeless(name string, f *trace.File) error {
	if f.Timed() {
		return &ReplayError{name, 1, "this trace tells the time: it is for package sim; 'tcpfsm run' finds that out by itself"}
	}
	for _, l := range f.Lines {
		if len(l.Action.Params) > 0 {
			return &ReplayError{name, l.Line, fmt.Sprintf("%q means something only in a trace with times", l.Action)}
		}
		for _, w := range l.Wants {
			if w.Kind != trace.WantState || w.When != trace.Now {
				return &ReplayError{name, l.Line, fmt.Sprintf("%q can be asked only in a trace with times", w)}
			}
		}
	}
	return nil
}

// alone refuses what means something only where there are several clients.
func alone(name string, f *trace.File) error {
	for _, l := range f.Lines {
		several := l.Action.Conn != ""
		for _, w := range l.Wants {
			several = several || w.Conn != ""
		}
		if several {
			return &ReplayError{name, l.Line, fmt.Sprintf("%q is about one of several connections, and here is only one: give bounds clients=N", strings.Join(strings.Fields(l.String()), " "))}
		}
	}
	return nil
}

// boundsOf reads the header of a trace. Without one, it is a friendly network
// with the recommended profile.
func boundsOf(name string, f *trace.File) (Bounds, error) {
	b := Hostile("recommended")
	b.Capacity, b.Octets, b.Window = maxCapacity, maxOctets, maxWindow
	for _, key := range []string{"profile", "options", "bounds", "iss"} {
		for _, s := range f.Header {
			if s.Key != key {
				continue
			}
			if err := b.set(s.Key, s.Value); err != nil {
				return b, &ReplayError{name, s.Line, strings.TrimPrefix(err.Error(), "tcpnet: ")}
			}
		}
		if _, given := f.Get("profile"); key == "profile" && !given {
			if err := b.set("profile", b.Profile); err != nil {
				return b, err
			}
		}
	}
	return b, nil
}

func (b *Bounds) set(key, value string) (err error) {
	switch key {
	case "profile":
		b.Profile = value
		b.Options, err = tcpfsm.ParseProfile(value)
	case "options":
		return b.setOptions(value)
	case "bounds":
		return b.ParseBounds(value)
	case "iss":
		return b.setISS(value)
	}
	return err
}

func (b *Bounds) setOptions(value string) error {
	for _, word := range strings.Fields(value) {
		o, err := tcpfsm.ParseOptions(word[1:])
		switch {
		case err != nil:
			return err
		case word[0] == '+':
			b.Options |= o
		case word[0] == '-':
			b.Options &^= o
		default:
			return fmt.Errorf("option %q: write +%[1]s to add it to the profile, -%[1]s to take it away", word)
		}
	}
	return nil
}

func (b *Bounds) setISS(value string) error {
	for _, word := range strings.Fields(value) {
		host, number, _ := strings.Cut(word, "=")
		n, err := strconv.ParseUint(number, 10, 32)
		i := strings.Index("ab", host)
		if err != nil || len(host) != 1 || i < 0 {
			return fmt.Errorf("initial sequence number %q: write a=NUMBER or b=NUMBER, below 2^32", word)
		}
		b.ISS[i] = uint32(n)
	}
	return nil
}

func newReplay[P comparable](net network[P], name string) *replay[P] {
	sys := model.Flatten[P](net)
	init := sys.Init(nil)
	log := &Log{Ends: endNames(net.ends(&init[0]))}
	return &replay[P]{net: net, sys: sys, name: name, state: init[0], way: init, log: log, recorder: net.recorder(&log.Events)}
}

type replay[P comparable] struct {
	net    network[P]
	sys    model.System[model.Pair[P]]
	name   string
	state  model.Pair[P]
	way    []model.Pair[P] // the initial state, and where each line led
	labels []uint64        // and by which step
	succ   []model.Succ[model.Pair[P]]
	log    *Log

	recorder recorder[P]
}

func (r *replay[P]) do(line trace.Line) error {
	r.succ = r.sys.Succ(&r.state, r.succ[:0])
	next := r.find(line.Action)
	if next == nil {
		return &ReplayError{r.name, line.Line, fmt.Sprintf("%q can't happen now; possible is\n\t%s",
			line.Action, strings.Join(r.possible(), "\n\t"))}
	}
	step := LogStep{Line: line}
	for _, row := range next.Rows {
		if row != 0 {
			step.Rows = append(step.Rows, tcpfsm.RowID(row))
		}
	}
	r.log.Steps = append(r.log.Steps, step)
	r.recorder.record(&r.state, next)
	r.judge(line, next)
	r.state = next.State
	r.way, r.labels = append(r.way, next.State), append(r.labels, next.Label)
	return nil
}

// find is the first successor that an action describes.
func (r *replay[P]) find(a trace.Action) *model.Succ[model.Pair[P]] {
	for i := range r.succ {
		if describes(a, r.net.Action(r.succ[i].Label)) {
			return &r.succ[i]
		}
	}
	return nil
}

// describes reports whether what a trace asks for is what can happen.
func describes(asked, can trace.Action) bool {
	if asked.Kind != can.Kind || asked.Host != can.Host || asked.Conn != can.Conn || asked.From != can.From || asked.To != can.To {
		return false
	}
	switch asked.Kind {
	case trace.Call:
		return asked.Name == can.Name && (!asked.HasN || asked.N == can.N)
	case trace.Expire:
		asks, err := tcpfsm.ParseTimer(asked.Name)
		is, _ := tcpfsm.ParseTimer(can.Name)
		return err == nil && asks == is
	case trace.Deliver, trace.Lose, trace.Copy, trace.Forge:
		return matches(asked.Segment, can.Segment)
	}
	return true
}

func (r *replay[P]) possible() []string {
	var all []string
	for _, s := range r.succ {
		all = append(all, r.net.Action(s.Label).String())
	}
	if len(all) == 0 {
		all = append(all, "nothing: both ends are closed")
	}
	return all
}

// judge notes expectations that were not met, and properties of states and steps
// that were broken.
func (r *replay[P]) judge(line trace.Line, next *model.Succ[model.Pair[P]]) {
	for _, w := range line.Wants {
		if msg := unmet(w, r.net.ends(&next.State)); msg != "" {
			r.fail(line.Line, "%s", msg)
		}
	}
	if next.Fault != "" {
		why := ""
		if next.Fault == propBounds {
			why = ": " + r.net.whyOutOfBounds(&r.state, next.Label)
		}
		r.fail(line.Line, "%s fails here: %s%s", next.Fault, propertyByID(next.Fault).Text, why)
	}
	for _, p := range r.net.properties() {
		if p.Kind == model.Always && p.Holds != nil && !p.Holds(&next.State) && p.Holds(&r.state) {
			r.fail(line.Line, "%s fails here: %s", p.ID, p.Text)
		}
	}
	for host, h := range next.State {
		if id := r.net.Check(host, h); id != "" && r.net.Check(host, r.state[host]) == "" {
			r.fail(line.Line, "%s fails here: %s", id, propertyByID(id).Text)
		}
	}
}

// judgeLoop looks whether the last lines lead back to where they began, as the
// header says, and what can't go on for ever that way.
func (r *replay[P]) judgeLoop(f *trace.File) error {
	i := slices.IndexFunc(f.Header, func(s trace.Setting) bool { return s.Key == "loop" })
	if i < 0 {
		return nil
	}
	n, err := strconv.Atoi(f.Header[i].Value)
	if err != nil || n < 1 || n > len(r.labels) {
		return &ReplayError{r.name, f.Header[i].Line, fmt.Sprintf("loop %q: write how many of the last lines lead back to where they began", f.Header[i].Value)}
	}
	last, line := len(r.way)-1, f.Lines[len(f.Lines)-1].Line
	if a, b := r.way[last], r.way[last-n]; *a[0] != *b[0] || *a[1] != *b[1] {
		r.fail(line, "the last %d lines do not lead back to where they began", n)
		return nil
	}
	for _, p := range r.net.claimed() {
		if p.Kind == model.Endless && !slices.ContainsFunc(r.labels[last-n:], func(l uint64) bool { return !p.only(l) }) {
			r.fail(line, "%s fails here: %s, but the last %d lines can go on for ever", p.ID, p.Text, n)
		}
	}
	return nil
}

// finish notes when a trace ends where nothing can happen and something should.
func (r *replay[P]) finish(f *trace.File) {
	if r.succ = r.sys.Succ(&r.state, r.succ[:0]); len(r.succ) > 0 || r.net.over(&r.state) || len(f.Lines) == 0 {
		return
	}
	r.fail(f.Lines[len(f.Lines)-1].Line, "deadlock fails here: nothing can happen any more, and not both ends are CLOSED")
}

func (r *replay[P]) fail(line int, format string, args ...any) {
	f := Failure{line, fmt.Sprintf(format, args...)}
	r.log.Failed = append(r.log.Failed, f)
	r.recorder.add(trace.Event{Kind: trace.Noted, Host: r.log.Events.Hosts[0], Name: fmt.Sprintf("line %d: %s", f.Line, f.Msg), Failed: true})
}

// unmet says why an expectation is not met, or "".
func unmet(w trace.Want, ends []end) string {
	i := slices.IndexFunc(ends, func(e end) bool { return e.host == w.Host && e.conn == w.Conn })
	if i < 0 {
		return fmt.Sprintf("there is no end %s: the ends are %s", end{host: w.Host, conn: w.Conn}.name(), strings.Join(endNames(ends), ", "))
	}
	want, err := tcpfsm.ParseState(w.State)
	if err != nil {
		return err.Error()
	}
	got := ends[i].state
	if got == want {
		return ""
	}
	because := ""
	if w.Reason != "" {
		because = fmt.Sprintf(" (%s)", w.Reason)
	}
	return fmt.Sprintf("expected %s in %v%s, but it is in %v", ends[i].name(), want, because, got)
}

func endNames(ends []end) (names []string) {
	for _, e := range ends {
		names = append(names, e.name())
	}
	return names
}

func indexOf(c channel, m message) int {
	for i := range int(c.n) {
		if c.m[i] == m {
			return i
		}
	}
	return -1
}
