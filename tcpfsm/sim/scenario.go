package sim

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// A Result is what came of a scenario.
type Result struct {
	Sim    *Sim
	Failed []Failure
}

// A Failure is an expectation that was not met, or a call that was refused.
type Failure struct {
	Line int // of the file
	Time time.Duration
	Msg  string
}

// A ScenarioError says that a scenario can't be carried out.
type ScenarioError struct {
	File string
	Line int
	Err  error
}

// Error gives "file:line: what is wrong".
func (e *ScenarioError) Error() string {
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, strings.TrimPrefix(e.Err.Error(), "sim: "))
}

// Unwrap gives what is wrong, perhaps a [LimitError].
func (e *ScenarioError) Unwrap() error { return e.Err }

// Scenario carries out a trace with time: each line at its time, and when the last
// expectation's time has come, everything is said. Name is what errors call the file.
// What was expected and did not come is in the Result, as Failed and in the log; the
// error is a [ScenarioError], and what happened until then is in the Result.
func Scenario(name string, f *trace.File) (*Result, error) {
	r := &runner{name: name, file: f, apps: map[*Host]*app{}}
	if err := r.setup(); err != nil {
		return nil, err
	}
	res := &Result{Sim: r.sim}
	if err := r.validate(); err != nil {
		return nil, err
	}
	err := r.run()
	res.Failed = r.failed
	return res, err
}

// A runner carries out a scenario.
type runner struct {
	name   string
	file   *trace.File
	sim    *Sim
	apps   map[*Host]*app
	failed []Failure
	later  []pendingWant
	answer string // of the last call
	read   int    // octets that it gave
}

// An app is what a host's application does of itself.
type app struct {
	accepts, reads, closes bool
	system                 string // whose way of counting a backlog
}

// A pendingWant is an expectation about times to come.
type pendingWant struct {
	want trace.Want
	line int
	from time.Duration
	conn *Conn // that was meant when the line was reached, if there was one
}

func (r *runner) error(line int, format string, args ...any) error {
	return &ScenarioError{r.name, line, fmt.Errorf(format, args...)}
}

func (r *runner) run() error {
	for i := range r.file.Lines {
		line := &r.file.Lines[i]
		at := r.sim.now
		if line.Timed {
			at = line.Time
		}
		if err := r.until(at, line.Line); err != nil {
			return err
		}
		if err := r.act(line); err != nil {
			return err
		}
		if err := r.until(at, line.Line); err != nil {
			return err
		}
		r.judge(line)
	}
	end := r.sim.now
	for _, p := range r.later {
		end = max(end, p.want.Time)
	}
	if err := r.until(end, r.lastLine()); err != nil {
		return err
	}
	for _, p := range r.later {
		r.judgeLater(&p)
	}
	return nil
}

func (r *runner) until(at time.Duration, line int) error {
	if err := r.sim.RunUntil(at); err != nil {
		return &ScenarioError{r.name, line, err}
	}
	return nil
}

func (r *runner) lastLine() int {
	if n := len(r.file.Lines); n > 0 {
		return r.file.Lines[n-1].Line
	}
	return 1
}

func (r *runner) fail(line int, host, format string, args ...any) {
	f := Failure{line, r.sim.now, fmt.Sprintf(format, args...)}
	r.failed = append(r.failed, f)
	r.sim.record(trace.Event{Kind: trace.Noted, Host: host, Name: fmt.Sprintf("line %d: %s", line, f.Msg), Failed: true})
}

// act carries out the action of a line.
func (r *runner) act(line *trace.Line) error {
	a := &line.Action
	switch a.Kind {
	case trace.Wait:
		return nil
	case trace.Call:
		return r.call(line)
	case trace.Crash:
		h := r.host(a.Host)
		h.Crash()
		silent, _ := trace.ParseTime(orText(param(a, "for"), "0s")) // validate has read it
		if silent == 0 {
			h.Restart()
			return nil
		}
		r.sim.At(later(r.sim.now, silent), h.Restart)
		return nil
	}
	return r.network(line)
}

func orText(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// host finds a host that validate has found before.
func (r *runner) host(name string) *Host {
	h, _ := r.sim.HostByName(name)
	return h
}

// pick finds the connection that is meant by HOST, or HOST:PEER[:PORT], where the port
// is that of either end: of several, the one that has not ended, or the last. The error
// says that several could be meant.
func (r *runner) pick(host, conn string) (*Conn, error) {
	peer, port, _ := strings.Cut(conn, ":")
	var last *Conn
	var live []*Conn
	for _, c := range r.host(host).all {
		if conn != "" && c.Peer().name != peer || port != "" && portOf(port) != c.Pair().Remote.Port() && portOf(port) != c.Pair().Local.Port() {
			continue
		}
		if c.State() != tcpfsm.Closed {
			last, live = c, append(live, c)
		} else if len(live) == 0 {
			last = c
		}
	}
	if len(live) > 1 {
		return nil, fmt.Errorf("%s has several connections: write one of %s", host, choices(live))
	}
	return last, nil
}

// choices says how connections of one host are told apart: by the port that is not
// the same for all.
func choices(live []*Conn) string {
	var texts []string
	first := live[0].Pair()
	for _, c := range live {
		port := c.Pair().Remote.Port()
		if c.Pair().Local.Port() != first.Local.Port() || live[1].Pair().Local.Port() != first.Local.Port() {
			port = c.Pair().Local.Port()
		}
		texts = append(texts, fmt.Sprintf("%s:%s:%d", c.host.name, c.Peer().name, port))
	}
	return strings.Join(texts, ", ")
}

// call carries out a user call.
func (r *runner) call(line *trace.Line) error {
	a := &line.Action
	r.read = 0
	var err error
	switch name := callOf(a.Name); name {
	case callConnect:
		err = r.connect(a)
	case callListen:
		err = r.listen(a)
	case callAccept:
		err = r.accept(a)
	default:
		c, perr := r.pick(a.Host, a.Conn)
		if perr != nil {
			return &ScenarioError{r.name, line.Line, perr}
		}
		if l := r.listenerOf(a); l != nil && (c == nil || c.State() == tcpfsm.Closed) && name != callSend && name != callReceive {
			err = l.Close()
			break
		}
		if c == nil {
			err = tcpfsm.AnswerNoConnection
			break
		}
		err = r.callConn(c, name, a)
	}
	r.answer = answerText(err)
	r.unexpected(line)
	return nil
}

// unexpected notes a call that was refused, if no expectation says so.
func (r *runner) unexpected(line *trace.Line) {
	for _, w := range line.Wants {
		if w.Kind == trace.WantAnswer {
			return
		}
	}
	if r.answer != tcpfsm.AnswerOK.String() && r.answer != tcpfsm.AnswerPending.String() {
		r.fail(line.Line, line.Action.Host, "expected %q to succeed, but the answer is %s", line.Action, r.answer)
	}
}

// The calls, by their first name.
const (
	callConnect = "open active"
	callListen  = "open passive"
	callAccept  = "accept"
	callSend    = "send"
	callReceive = "receive"
)

// callOf gives the name by which a call goes here.
func callOf(name string) string {
	switch name {
	case "connect":
		return callConnect
	case "listen":
		return callListen
	}
	return name
}

// portDefault is where listeners are and connections lead that name no port.
const portDefault = 80

func (r *runner) connect(a *trace.Action) error {
	to, port, from := r.target(a), uint16(portDefault), uint16(0)
	if text, ok := a.Param("to"); ok {
		if _, number, ok := strings.Cut(text, ":"); ok {
			port = portOf(number)
		}
	}
	if text, ok := a.Param("from"); ok {
		from = portOf(text)
	}
	_, err := r.host(a.Host).Connect(to, port, from)
	return err
}

// target is the host that to= names, or the only other one.
func (r *runner) target(a *trace.Action) *Host {
	text, _ := a.Param("to")
	if name, _, _ := strings.Cut(text, ":"); name != "" {
		return r.host(name)
	}
	for _, h := range r.sim.hosts {
		if h.name != a.Host && len(r.sim.hosts) == 2 {
			return h
		}
	}
	return nil
}

// portOf reads a port that validate has found to be one.
func portOf(text string) uint16 {
	n, _ := strconv.ParseUint(text, 10, 16)
	return uint16(n)
}

func (r *runner) listen(a *trace.Action) error {
	h := r.host(a.Host)
	cfg := ListenConfig{}
	port := uint16(portDefault)
	if text, ok := a.Param("port"); ok {
		port = portOf(text)
	}
	backlog, err := r.backlog(a)
	if err != nil {
		return err
	}
	cfg.Backlog = backlog
	cfg.ReuseAddr = param(a, "reuse") == "yes"
	if r.apps[h].accepts {
		cfg.OnReady = func(l *Listener) {
			for _, ok := l.Accept(); ok; _, ok = l.Accept() {
			}
		}
	}
	_, err = h.Listen(port, cfg)
	return err
}

func param(a *trace.Action, key string) string {
	value, _ := a.Param(key)
	return value
}

// listenerOf is the listener that a call on a host means: the one on port=, or the
// only one.
func (r *runner) listenerOf(a *trace.Action) *Listener {
	h := r.host(a.Host)
	if text, ok := a.Param("port"); ok {
		return h.listeners[portOf(text)]
	}
	if len(h.listeners) == 1 {
		for _, l := range h.listeners {
			return l
		}
	}
	return h.listeners[portDefault]
}

func (r *runner) accept(a *trace.Action) error {
	l := r.listenerOf(a)
	if l == nil {
		return tcpfsm.AnswerNoConnection
	}
	if _, ok := l.Accept(); !ok {
		return tcpfsm.AnswerPending
	}
	return nil
}

func (r *runner) callConn(c *Conn, name string, a *trace.Action) (err error) {
	switch name {
	case callSend:
		var n int
		if n, err = c.Send(int(a.N)); err == nil && n < int(a.N) {
			err = errPartial
		}
	case callReceive:
		octets := c.end.Readable()
		if a.HasN {
			octets = min(octets, int(a.N))
		}
		r.read, err = c.Read(make([]byte, max(1, octets)))
	case "close", "shutdown":
		err = c.CloseWrite()
	case "orphan":
		err = c.Close()
	case "abort":
		err = c.Abort()
	}
	return err
}

// errPartial says that there was no room for all octets of a send.
var errPartial = errors.New("sim: the send buffer has no room for all of it")

// answers are the names of what calls are answered with, besides the machine's.
var answers = []struct {
	err  error
	name string
}{
	{nil, tcpfsm.AnswerOK.String()},
	{io.EOF, "end"},
	{errPartial, "partial"},
	{ErrAddressInUse, "addressInUse"},
	{ErrDown, "down"},
	{endpoint.ErrReset, tcpfsm.SignalReset.String()},
	{endpoint.ErrRefused, tcpfsm.SignalRefused.String()},
	{endpoint.ErrUserTimeout, tcpfsm.SignalUserTimeout.String()},
	{endpoint.ErrTimedOut, tcpfsm.SignalTimedOut.String()},
	{endpoint.ErrUnreachable, tcpfsm.SignalUnreachable.String()},
}

func answerText(err error) string {
	for _, a := range answers {
		if errors.Is(err, a.err) {
			return a.name
		}
	}
	var answer tcpfsm.Answer
	if errors.As(err, &answer) {
		return answer.String()
	}
	return err.Error()
}

// network carries out what concerns a link.
func (r *runner) network(line *trace.Line) error {
	a := &line.Action
	link := r.host(a.From).To(r.host(a.To))
	if link == nil {
		return r.error(line.Line, "there is no link %s->%s: join the hosts with a line link %[1]s<->%[2]s", a.From, a.To)
	}
	switch a.Kind {
	case trace.Cut, trace.Heal:
		link.down = a.Kind == trace.Cut
		if back := r.host(a.To).To(r.host(a.From)); a.Both && back != nil {
			back.down = link.down
		}
	case trace.Forge:
		return r.forge(line, link)
	default:
		link.Filter(ruleOf(a))
	}
	return nil
}

// ruleOf is the filter of lose, copy or hold: from its line on, for the nth segment
// that fits and the count-1 that follow it.
func ruleOf(a *trace.Action) Filter {
	number := func(key string, otherwise int) int {
		if n, err := strconv.Atoi(param(a, key)); err == nil {
			return n
		}
		return otherwise
	}
	seen, first, count := 0, number("nth", 1), number("count", 1)
	if param(a, "count") == "all" {
		count = 1 << 30
	}
	by, _ := trace.ParseTime(param(a, "by"))
	kind, asked := a.Kind, a.Segment
	return func(p *Packet) (fate Fate) {
		if !fits(asked, describe(&p.Header)) {
			return fate
		}
		if seen++; seen < first || seen-first >= count {
			return fate
		}
		switch kind {
		case trace.Lose:
			fate.Lose = true
		case trace.Copy:
			fate.Copies = []time.Duration{by}
		case trace.Hold:
			fate.Hold = by
		}
		return fate
	}
}

// fits reports whether a segment is one that was asked for. PSH and URG decide
// nothing, and need not be asked for.
func fits(asked, s trace.Segment) bool {
	if asked.Flags != anyFlags {
		want, err := tcpfsm.ParseFlags(asked.Flags)
		got, _ := tcpfsm.ParseFlags(s.Flags)
		if err != nil || want != got&^(tcpfsm.PSH|tcpfsm.URG)|want&got {
			return false
		}
	}
	return asked.Seq.Fits(s.Seq.N) && asked.Ack.Fits(s.Ack.N) && asked.Wnd.Fits(s.Wnd.N) && asked.Len.Fits(s.Len.N)
}

// anyFlags stands for whatever flags.
const anyFlags = "any"

// forge sends a segment in the name of a host: between the sockets of a connection
// that the receiver has with it, or those that from= and to= say.
func (r *runner) forge(line *trace.Line, link *Link) error {
	a := &line.Action
	from, to := portOf(param(a, "from")), portOf(param(a, "to"))
	c, err := r.pick(a.To, a.From)
	switch {
	case from > 0 && to > 0:
	case err != nil:
		return &ScenarioError{r.name, line.Line, err}
	case c == nil:
		return r.error(line.Line, "%s has no connection with %s: say between which ports, with from=PORT to=PORT", a.To, a.From)
	default:
		from, to = c.Pair().Remote.Port(), c.Pair().Local.Port()
	}
	flags, _ := tcpfsm.ParseFlags(a.Segment.Flags)
	seg := tcpfsm.Segment{Flags: flags, Seq: a.Segment.Seq.N, Ack: a.Segment.Ack.N, Wnd: a.Segment.Wnd.N}
	link.Forge(from, to, endpoint.Header{Segment: seg}, make([]byte, a.Segment.Len.N))
	return nil
}
