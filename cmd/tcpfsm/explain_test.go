package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/model/tcpnet"
	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// machineNames are all names of the machine, by kind, from the generated package and
// from the list of properties: not from what explain itself keeps. Other spellings
// have a space before them.
func machineNames(t *testing.T) map[string][]string {
	t.Helper()
	p, err := table()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	add := func(kind string, names ...string) { all[kind] = append(all[kind], names...) }
	for s := range tcpfsm.States() {
		add("state", s.String(), " "+strings.ReplaceAll(s.String(), "-", "_"), " "+strings.ToLower(s.String()))
	}
	for k := range tcpfsm.Events() {
		add("event", k.String())
	}
	for r := range tcpfsm.Rows() {
		add("row", r.Name)
	}
	for i := range p.Machine.Options {
		add("option", tcpfsm.Options(1<<i).String())
	}
	for name := range tcpfsm.Profiles() {
		add("profile", name)
	}
	for s := tcpfsm.SignalEstablished; s <= tcpfsm.SignalSoftError; s++ {
		add("signal", s.String())
	}
	for timer := tcpfsm.TimerRTX; timer <= tcpfsm.TimerDelayedAck; timer++ {
		add("timer", timer.String())
	}
	for flag := tcpfsm.FIN; flag <= tcpfsm.URG; flag <<= 1 {
		add("segment", flag.String())
	}
	for _, a := range p.Machine.Answers {
		add("answer", a.Name)
	}
	for _, d := range p.Machine.Defs {
		add("predicate", d.Name)
	}
	for _, a := range p.Machine.Actions {
		add("action", a.Name)
	}
	for _, i := range p.Machine.Invariants {
		add("invariant", i.Name)
	}
	for _, prop := range tcpnet.Properties {
		add("property", prop.ID)
	}
	for _, l := range tcpnet.Laws {
		add("law", l.ID)
	}
	for _, s := range p.Machine.States {
		add("state", spaced(s.Alias)...)
	}
	for _, e := range p.Machine.Events {
		add("event", spaced(e.Alias+" "+e.Name)...)
	}
	for _, v := range p.Machine.Vars {
		add("variable", v.Name)
	}
	for _, v := range p.Machine.Params {
		add("parameter", v.Name)
	}
	return all
}

func spaced(aliases string) (names []string) {
	for word := range strings.FieldsSeq(aliases) {
		names = append(names, " "+word)
	}
	return names
}

// No name of the machine is without an answer, in text and as JSON, and asked for by
// its kind it is the one that is meant.
func TestExplain_everyName(t *testing.T) {
	p, err := table()
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for kind, names := range machineNames(t) {
		for _, name := range names {
			count++
			spelling := name[0] == ' '
			name = strings.TrimSpace(name)
			if found, err := findTopics(p, name); err != nil {
				t.Errorf("%s %s: %v", kind, name, err)
			} else if !slices.ContainsFunc(found, func(n named) bool { return n.kind == kind }) {
				t.Errorf("%s is not found as a %s", name, kind)
			}
			for _, between := range []string{" ", ":"} {
				found, err := findTopics(p, kind+between+name)
				if err != nil || found[0].kind != kind || !spelling && found[0].name != name {
					t.Errorf("%s%s%s: found %v, %v", kind, between, name, found, err)
				}
			}
		}
	}
	if count < 500 {
		t.Errorf("only %d names were asked for", count)
	}
}

func TestExplain_everyTopicSaysSomething(t *testing.T) {
	p, err := table()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range topics(p) {
		stdout, stderr, code := tcpfsmCommand("explain", n.kind, n.name)
		if code != exitClean || stderr != "" || len(stdout) < len(n.name)+20 || !strings.Contains(stdout, n.name) {
			t.Errorf("explain %s %s: exit code %d, %q, %q", n.kind, n.name, code, stdout, stderr)
		}
		if strings.Contains(stdout, "\x1b") || strings.Contains(stdout, "%!") || strings.Contains(stdout, ": \n") {
			t.Errorf("explain %s %s prints %q", n.kind, n.name, stdout)
		}
		line, err := json.Marshal(n.topic().record())
		var record struct{ Schema string }
		if err != nil || json.Unmarshal(line, &record) != nil || !strings.HasPrefix(record.Schema, "tcpfsm.") {
			t.Errorf("%s %s as JSON: %s, %v", n.kind, n.name, line, err)
		}
	}
}

func TestExplain_answers(t *testing.T) {
	for _, c := range []struct{ ask, want string }{
		{"SYN_RCVD", "SYN-RECEIVED: half-open"},
		{"SYN_RECV", "whose move  the peer's TCP, which acknowledges our SYN"},
		{"ESTAB", "ESTABLISHED: data flows"},
		{"FIN_WAIT2", "docs/TCP-STATES.md#fin-wait-2"},
		{"close-wait", "whose move  our application, which calls close()"},
		{"TIME-WAIT", "timers      TimeWait\n"},
		{"LAST_ACK", "stuck when  the peer is gone"},
		{"closing", "CLOSING: both closed at once"},
		{"closing", "Also the signal: tcpfsm explain signal closing"},
		{"signal closing", "connection closing"},
		{"CLOSE", "The user has nothing more to send"},
		{"CLOSE", "Also the state: tcpfsm explain state CLOSED"},
		{"connect", "event       active OPEN"},
		{"event connect", "active OPEN: The user opens"},
		{"rfc1337", "set in      recommended, bsd, lwip"},
		{"lwip", "P8: no simultaneous open"},
		{"recommended", "no property is known to fail"},
		{"P6", "must fail: one tick less"},
		{"P11", "tcpfsm run model/tcpnet/testdata/found/old-fin-no-timewait.trace"},
		{"MUST-13", "rows        timewait.timeout"},
		{"must-30", "where       not here"},
		{"SYN,ACK", "synsent.synack\n"},
		{"syn-ack", "SYN,ACK (segment)"},
		{"finack", "FIN,ACK (segment)"},
		{"RTX", "RTX (timer): retransmission timer"},
		{"snd.una", "SND.UNA (variable): oldest unacknowledged"},
		{"reset", "rows        abort.early, abort, synsent.rst"},
		{"two-msl", "armed(TimeWait)"},
		{"accept", "event       none: no state changes"},
		{"SO_LINGER", "may go      ESTABLISHED -> CLOSED (abort)"},
		{"close", "Also the event: tcpfsm explain event CLOSE"},
		{"close", "Also the law: tcpfsm explain law:close"},
		{"open", "active OPEN: The user opens"},
		{"open", "Also the law: tcpfsm explain law:open"},
		{"listen", "LISTEN: waiting for a SYN"},
		{"abort", "Also the law: tcpfsm explain law:abort"},
		{"law:abort", "abort (law): ABORT tells the peer with RST"},
		{"law abort", "broken by   abort/drop-effect-1: row abort lacks the effect send(CTL, RST,"},
		{"law: abort", "abort (law)"},
		{"ack-owed", "check       tcpfsm check --property law:ack-owed"},
		{"ack-owed", "cite        3.8.6.3 https://"},
		{"P16", "broken by   persist.probe/delete: row persist.probe is deleted (in \"closed windows"},
		{"P22", "P22 (property): that the table is one"},
	} {
		if stdout, stderr, _ := tcpfsmCommand(append([]string{"explain"}, strings.Fields(c.ask)...)...); !strings.Contains(stdout, c.want) {
			t.Errorf("explain %s does not say %q, but:\n%s%s", c.ask, c.want, stdout, stderr)
		}
	}
}

func TestExplain_suggests(t *testing.T) {
	for _, c := range []struct{ ask, want string }{
		{"TIEM-WAIT", "did you mean TIME-WAIT?"},
		{"SYN,AKC", "did you mean SYN,ACK?"},
		{"estab.fni", "did you mean estab.fin?"},
		{"rfc1336", "did you mean rfc1337?"},
		{"MUST-133", "did you mean MUST-13?"},
		{"timewa", "(there are TIME-WAIT,"},
		{"qqq", `nothing is called "qqq"; see`},
		{"law:opne", `no law is called "opne" (did you mean open?)`},
		{"law:synack", `no law is called "synack"`},
	} {
		_, stderr, code := tcpfsmCommand("explain", c.ask)
		if code != exitUsage || !strings.Contains(stderr, c.want) {
			t.Errorf("explain %s: exit code %d, %q, want %q", c.ask, code, stderr, c.want)
		}
	}
}

// Whatever row a segment was seen to fire is among those that explain gives.
func TestExplain_segmentsFireWhatIsPossible(t *testing.T) {
	p, err := table()
	if err != nil {
		t.Fatal(err)
	}
	steps, _ := observe()
	checked := 0
	for s := range steps {
		if s.kind != tcpfsm.EventSegment {
			continue
		}
		checked++
		possible := segmentTopic{p, s.flags}.possible(int(s.from))
		if !slices.ContainsFunc(possible, func(r *spec.Rule) bool { return r.ID == s.row.String() }) {
			t.Errorf("%v in %v fired %v, which explain leaves out", s.flags, s.from, s.row)
		}
	}
	if checked < 90 {
		t.Errorf("only %d segments were seen", checked)
	}
}
