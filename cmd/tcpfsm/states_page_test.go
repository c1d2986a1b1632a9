package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// The table of whose move it is, and what each section says of it, are what explain
// says, which is what the machine was found to do (TestAdvice).
func TestStatesPage_moves(t *testing.T) {
	var b strings.Builder
	b.WriteString("| state | whose move | which | timers that may run |\n|---|---|---|---|\n")
	for s := range tcpfsm.States() {
		a := stateAdvice[s]
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s |\n", s, strings.ToLower(s.String()), a.Mover, a.Act, timerWords(a.Timers))
	}
	comparePart(t, "TCP-STATES.md", "moves", b.String())

	text := pageText(t, "docs/TCP-STATES.md")
	for s := range tcpfsm.States() {
		a := stateAdvice[s]
		want := fmt.Sprintf("\n### %s\n\n**Whose move:** %s, which %s. **Timers:** %s.\n", s, a.Mover, a.Act, timerWords(a.Timers))
		if !strings.Contains(text, want) {
			t.Errorf("docs/TCP-STATES.md has no section that begins%s", want)
		}
	}
}

// stateScenarios are the scenarios of docs/scenarios that show a state, the clearest first.
var stateScenarios = [...]string{
	tcpfsm.Closed:      "closed-port abort",
	tcpfsm.Listen:      "slow-accept backlog-linux-abort backlog-linux two-listeners",
	tcpfsm.SynSent:     "black-hole black-hole-linux lost-syn simultaneous-open",
	tcpfsm.SynReceived: "backlog-linux lost-synack lost-third-ack",
	tcpfsm.Established: "half-open-data half-open-reopen keep-alive zero-window",
	tcpfsm.FinWait1:    "lost-fin fin-ack-merged",
	tcpfsm.FinWait2:    "fin-wait-2-timer fin-wait-2-no-timer half-close",
	tcpfsm.CloseWait:   "close-wait-for-ever half-close",
	tcpfsm.Closing:     "simultaneous-close",
	tcpfsm.LastAck:     "server-closes-first lost-last-ack",
	tcpfsm.TimeWait:    "client-closes-first lost-last-ack timewait-too-short timewait-long-enough reuse-refused",
}

// Each section leads to the scenarios that show its state, as far as the repository has
// them, and to the chart of the first.
func TestStatesPage_scenarios(t *testing.T) {
	_, err := os.Stat(filepath.Join(root, "docs/scenarios"))
	hasScenarios := err == nil
	for s := range tcpfsm.States() {
		var links []string
		picture := ""
		for name := range strings.FieldsSeq(stateScenarios[s]) {
			if !hasScenarios {
				break
			}
			if !fileExists("docs/scenarios/" + name + ".trace") {
				t.Errorf("%v: docs/scenarios has no %s", s, name)
				continue
			}
			links = append(links, fmt.Sprintf("[%s](scenarios/%s.trace)", name, name))
			if chart := "generated/charts/" + name + ".svg"; picture == "" && fileExists("docs/"+chart) {
				picture = fmt.Sprintf("\n![%s, as the machine runs it](%s)\n", name, chart)
			}
		}
		want := ""
		if len(links) > 0 {
			want = "*Run it:* " + strings.Join(links, ", ") + ".\n" + picture
		}
		if s == tcpfsm.TimeWait && fileExists("docs/TIME-WAIT.md") {
			want = "More of why it lasts so long: [TIME-WAIT](TIME-WAIT.md).\n\n" + want
		}
		comparePart(t, "TCP-STATES.md", "seen in "+strings.ToLower(s.String()), want)
	}
}

func pageText(t *testing.T, name string) string {
	t.Helper()
	all := pages(t)
	i := slices.IndexFunc(all, func(p page) bool { return p.name == name })
	if i < 0 {
		t.Fatalf("there is no %s", name)
	}
	return all[i].prose
}

// Every state has a section, which explain's link leads to, says how one gets stuck or
// that one does not, and what to look at.
func TestStatesPage_sections(t *testing.T) {
	text := pageText(t, "docs/TCP-STATES.md")
	p := page{prose: text}
	for s := range tcpfsm.States() {
		file, anchor, _ := strings.Cut(statePage(s), "#")
		if file != "docs/TCP-STATES.md" || !p.anchors()[anchor] {
			t.Errorf("%v: explain points to %s, which is not there", s, statePage(s))
		}
		_, section, _ := strings.Cut(text, "\n### "+s.String()+"\n")
		section, _, _ = regexpCut(section, `\n##?#? `)
		if !strings.Contains(section, "*Look at:* ") {
			t.Errorf("%v: nothing to look at", s)
		}
	}
	for _, asked := range []string{"CLOSE_WAIT", "FIN_WAIT2", "SYN_RECV", "TIME_WAIT", "LAST_ACK", "FIN_WAIT1", "SYN_SENT"} {
		if !regexp.MustCompile(`\n#### .*` + asked).MatchString(text) {
			t.Errorf("nobody answers why there are sockets in %s", asked)
		}
	}
}

func regexpCut(s, pattern string) (before, after string, found bool) {
	at := regexp.MustCompile(pattern).FindStringIndex(s)
	if at == nil {
		return s, "", false
	}
	return s[:at[0]], s[at[1]:], true
}

// What tools call the states is understood by explain, and in /proc as the kernel's
// test reads it.
func TestStatesPage_spellings(t *testing.T) {
	p, err := table()
	if err != nil {
		t.Fatal(err)
	}
	lines := pageTable(t, "TCP-STATES.md", "RFC 9293")
	if len(lines) != len(stateAdvice) {
		t.Fatalf("%d states have spellings", len(lines))
	}
	for i, cells := range lines {
		state := tcpfsm.State(i)
		if cells[0] != state.String() {
			t.Errorf("line %d is about %s, not %v", i, cells[0], state)
		}
		for _, spelling := range cells[:5] {
			if spelling == "UNCONN" { // of sockets without a connection, TCP or not
				continue
			}
			found, err := findTopics(p, "state "+spelling)
			if err != nil || found[0].name != state.String() {
				t.Errorf("explain does not know %s as %v: %v", spelling, state, err)
			}
		}
	}
}

// FIN-WAIT-1 lasts as long as the peer's program keeps its window closed in front of our
// text, and answers probes; then the FIN leaves.
func TestStatesPage_closedWindow(t *testing.T) {
	e := established(t, nil)
	e.arrives(tcpfsm.ACK, 0, nil)
	e.write(10)
	if err := e.Close(e.now); err != nil {
		t.Fatal(err)
	}
	e.sent()
	una := e.TCB().SndUna
	e.waits(24*time.Hour, func() {
		e.segment(tcpfsm.Segment{Seq: e.TCB().RcvNxt, Ack: una, Flags: tcpfsm.ACK}, nil)
	})
	if e.State() != tcpfsm.FinWait1 || e.TCB().FinSent {
		t.Fatalf("after a day in front of a closed window: %v, FIN sent: %v", e.State(), e.TCB().FinSent)
	}
	e.segment(tcpfsm.Segment{Seq: e.TCB().RcvNxt, Ack: una, Wnd: 100, Flags: tcpfsm.ACK}, nil)
	e.sent()
	e.arrives(tcpfsm.ACK, 100, nil)
	if e.State() != tcpfsm.FinWait2 {
		t.Errorf("with the window open and everything acknowledged: %v", e.State())
	}
}
