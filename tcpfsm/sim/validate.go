package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// linesMax bounds a scenario; none for people is near it.
const linesMax = 10_000

// validate looks for everything that no run can make sense of, before anything runs.
func (r *runner) validate() error {
	if len(r.file.Lines) > 0 && !r.file.Lines[0].Timed {
		return r.error(r.file.Lines[0].Line, "the first line has no time: begin it with one, as in 0s")
	}
	if n := len(r.file.Lines); n > linesMax {
		return r.error(r.file.Lines[linesMax].Line, "the scenario has %d lines, more than %d: divide it", n, linesMax)
	}
	now := time.Duration(0)
	for i := range r.file.Lines {
		line := &r.file.Lines[i]
		if line.Timed {
			now = line.Time
		}
		if err := r.validAction(&line.Action); err != nil {
			return &ScenarioError{r.name, line.Line, err}
		}
		for j := range line.Wants {
			if err := r.validWant(&line.Wants[j], now); err != nil {
				return &ScenarioError{r.name, line.Line, err}
			}
		}
	}
	return nil
}

// A check says what is wrong with the value of a parameter.
type check func(r *runner, value string) error

// params are the parameters of each call, and of the actions of the network.
var params = map[string]map[string]check{
	callConnect: {"to": (*runner).checkTarget, "from": checkPort},
	callListen: {
		"port": checkPort, "backlog": checkCount, "syn": checkCount, "accept": checkCount, "reuse": checkYes, "system": checkSystem,
	},
	callAccept: {"port": checkPort}, callSend: {}, callReceive: {}, "close": {"port": checkPort}, "shutdown": {}, "orphan": {"port": checkPort}, "abort": {},
	"crash": {"for": checkTime}, "cut": {}, "heal": {}, "": {},
	"lose": {"nth": checkCount, "count": checkCountOrAll}, "copy": {"nth": checkCount, "count": checkCountOrAll, "by": checkTime},
	"hold": {"nth": checkCount, "count": checkCountOrAll, "by": checkTime}, "forge": {"from": checkPort, "to": checkPort},
}

func checkPort(_ *runner, value string) error {
	if n, err := strconv.ParseUint(value, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("write a port from 1 to 65535")
	}
	return nil
}

func checkCount(_ *runner, value string) error {
	if n, err := strconv.ParseUint(value, 10, 31); err != nil || n > 1<<20 {
		return fmt.Errorf("write a number up to %d", 1<<20)
	}
	return nil
}

func checkCountOrAll(r *runner, value string) error {
	if value == "all" {
		return nil
	}
	return checkCount(r, value)
}

func checkYes(_ *runner, value string) error {
	_, err := yes(value)
	return err
}

func checkTime(_ *runner, value string) error {
	_, err := trace.ParseTime(value)
	return err
}

func checkSystem(_ *runner, value string) error {
	_, err := systemPolicy(value)
	return err
}

func (r *runner) checkTarget(value string) error {
	host, port, hasPort := strings.Cut(value, ":")
	if err := r.knows(host); err != nil {
		return err
	}
	if hasPort {
		return checkPort(r, port)
	}
	return nil
}

func (r *runner) knows(host string) error {
	if _, ok := r.sim.HostByName(host); !ok {
		return fmt.Errorf("there is no host %q: the hosts are %s", host, r.hostNames())
	}
	return nil
}

func (r *runner) knowsEnd(host, conn string) error {
	if err := r.knows(host); err != nil || conn == "" {
		return err
	}
	peer, _, _ := strings.Cut(conn, ":")
	return r.knows(peer)
}

func (r *runner) validAction(a *trace.Action) error {
	name := ""
	switch a.Kind {
	case trace.Wait:
	case trace.Call:
		name = callOf(a.Name)
		if _, ok := params[name]; !ok || name == "" {
			return fmt.Errorf("there is no call %q: the calls are connect (open active), listen (open passive), accept, send, receive, close, shutdown, orphan and abort", a.Name)
		}
		if err := r.knowsEnd(a.Host, a.Conn); err != nil {
			return err
		}
		if err := r.validParams(a, name); err != nil {
			return err
		}
		return r.validCall(a, name)
	case trace.Crash:
		name = "crash"
		if err := r.knows(a.Host); err != nil {
			return err
		}
	case trace.Lose, trace.Copy, trace.Hold, trace.Forge, trace.Cut, trace.Heal:
		name, _, _ = strings.Cut(a.String(), " ")
		if err := r.validDirection(a); err != nil {
			return err
		}
	default:
		return fmt.Errorf("%q happens of itself where there is time: take the line away, or say what is wanted with want", a)
	}
	return r.validParams(a, name)
}

func (r *runner) validCall(a *trace.Action, name string) error {
	switch {
	case name == callSend && !a.HasN:
		return fmt.Errorf("send needs how many octets, as in %s send 100", a.Host)
	case a.HasN && name != callSend && name != callReceive:
		return fmt.Errorf("%s takes no number", a.Name)
	case name == callConnect && r.target(a) == nil:
		return fmt.Errorf("%s needs to=HOST: there are several", a.Name)
	}
	return nil
}

func (r *runner) validDirection(a *trace.Action) error {
	if err := r.knows(a.From); err != nil {
		return err
	}
	if err := r.knows(a.To); err != nil {
		return err
	}
	if a.Kind == trace.Cut || a.Kind == trace.Heal {
		return nil
	}
	if a.Kind == trace.Forge && (a.Segment.Flags == anyFlags || a.Segment.Len.N > 65535) {
		return fmt.Errorf("a forged segment needs its flags, and at most 65535 octets")
	}
	return validSegment(&a.Segment)
}

func validSegment(s *trace.Segment) error {
	if s.Life.Set || s.With.Set || s.Age.Set {
		return fmt.Errorf("life, with and age are for traces without time: take them away")
	}
	if s.Flags == anyFlags {
		return nil
	}
	_, err := tcpfsm.ParseFlags(s.Flags)
	return err
}

func (r *runner) validParams(a *trace.Action, name string) error {
	allowed := params[name]
	for _, p := range a.Params {
		check, ok := allowed[p.Key]
		if !ok {
			return fmt.Errorf("%q takes no %s=: it takes %s", name, p.Key, keysOf(allowed))
		}
		if err := check(r, p.Value); err != nil {
			return fmt.Errorf("%s=%s: %w", p.Key, p.Value, err)
		}
	}
	return nil
}

func keysOf(allowed map[string]check) string {
	var keys []string
	for key := range allowed {
		keys = append(keys, key+"=")
	}
	if len(keys) == 0 {
		return "none"
	}
	slices.Sort(keys)
	return strings.Join(keys, ", ")
}

func (r *runner) validWant(w *trace.Want, now time.Duration) error {
	if w.When != trace.Now && w.Time < now {
		return fmt.Errorf("%q is about a time that is over", w)
	}
	if w.Kind.OfSegment() {
		return r.validSegmentWant(w)
	}
	if err := r.knowsEnd(w.Host, w.Conn); err != nil {
		return err
	}
	switch w.Kind {
	case trace.WantState:
		_, err := tcpfsm.ParseState(w.State)
		return err
	case trace.WantSignal:
		_, err := tcpfsm.ParseSignal(w.Name)
		return err
	case trace.WantRow:
		_, err := tcpfsm.ParseRow(w.Name)
		return err
	}
	return validNow(w)
}

func (r *runner) validSegmentWant(w *trace.Want) error {
	if err := r.knows(w.From); err != nil {
		return err
	}
	if err := r.knows(w.To); err != nil {
		return err
	}
	return validSegment(&w.Segment)
}

// validNow looks at expectations that are about the present only.
func validNow(w *trace.Want) error {
	if w.When != trace.Now {
		return fmt.Errorf("%q can be asked at the time of a line only: write a line with that time", w)
	}
	if w.Kind != trace.WantAnswer && w.Kind != trace.WantError {
		return nil
	}
	known := []string{noError}
	for _, a := range answers {
		known = append(known, a.name)
	}
	for a := tcpfsm.AnswerOK; a <= tcpfsm.AnswerNotConnected; a++ {
		known = append(known, a.String())
	}
	if !slices.Contains(known, w.Name) {
		return fmt.Errorf("there is no answer %q: the answers are %s", w.Name, strings.Join(known, ", "))
	}
	return nil
}
