package proptest

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// places are the matrix's offsets from RCV.NXT of a SEQ. Where left was is not recorded;
// any place before the window answers alike.
var places = map[string]int{"any": 0, "nxt": 0, "nxt-1": -1, "in": 1000, "left": -1000, "right": kernelWindow + 5000}

// acks are the matrix's acknowledgment numbers.
var acks = map[string]func(*tcpfsm.TCB) uint32{
	"-":     func(*tcpfsm.TCB) uint32 { return 0 },
	"any":   func(t *tcpfsm.TCB) uint32 { return t.SndNxt },
	"nxt":   func(t *tcpfsm.TCB) uint32 { return t.SndNxt },
	"una":   func(t *tcpfsm.TCB) uint32 { return t.SndUna },
	"una-1": func(t *tcpfsm.TCB) uint32 { return t.SndUna - 1 },
	"fut":   func(t *tcpfsm.TCB) uint32 { return t.SndNxt + 1000 },
}

// segment is the line's segment as the TCB would see it.
func (l *line) segment(t *tcpfsm.TCB) tcpfsm.Segment {
	return tcpfsm.Segment{Seq: t.RcvNxt + uint32(places[l.seq]), Ack: acks[l.ack](t), Wnd: kernelWindow, Text: l.text, Flags: flagsOf(l.flags)}
}

// machine is what the generated machine answers. The facts about the host are Linux's: a
// SYN may reuse TIME-WAIT if it is beyond RCV.NXT, and then begins 65537 after SND.NXT
// (tcp_timewait_state_process).
func machine(t tcpfsm.TCB, seg *tcpfsm.Segment) (answer, tcpfsm.RowID) {
	before, out := t, tcpfsm.Output{}
	args := tcpfsm.SegmentArgs{ISN: kernelISS}
	if t.State == tcpfsm.TimeWait {
		args = tcpfsm.SegmentArgs{ISN: t.SndNxt + 65537, ReuseOK: int32(seg.Seq-t.RcvNxt) > 0}
	}
	row := t.Segment(seg, args, &out)
	if before.State == tcpfsm.SynSent {
		before.RcvNxt = seg.Seq // the recorder's choice where there is no RCV.NXT yet
	}
	return answer{
		reply: machineReply(&before, &out), state: t.State.String(),
		soError: soError(before.State, out.Signals), read: readResult(before.State, &t, &out),
	}, row
}

// machineReply prints what the machine sends as the matrix does.
func machineReply(before *tcpfsm.TCB, out *tcpfsm.Output) string {
	reply := "none"
	for _, seg := range []tcpfsm.Segment{out.Ctl, out.Data} {
		if seg.Flags == 0 {
			continue
		}
		seq, ack := fmt.Sprintf("%+d", int32(seg.Seq-before.SndNxt)), "-"
		if seg.Flags.Has(tcpfsm.ACK) {
			ack = fmt.Sprintf("%+d", int32(seg.Ack-before.RcvNxt))
		}
		if seg.Flags == tcpfsm.RST|tcpfsm.ACK && seg.Seq == 0 || before.State == tcpfsm.Listen && seg.Seq == kernelISS {
			seq = "*"
		}
		one := fmt.Sprintf("%s %s %s %d", lettersOf(seg.Flags), seq, ack, seg.Text)
		if reply != "none" {
			one = reply + "|" + one
		}
		reply = one
	}
	return reply
}

// soError is the errno that tcp_reset gives to what the machine signals. The machine's
// user is told "reset" or "refused", and finds the errno of its own system.
func soError(before tcpfsm.State, signals tcpfsm.Signals) string {
	switch {
	case !signals.Has(tcpfsm.SignalReset) && !signals.Has(tcpfsm.SignalRefused):
		return "0"
	case before == tcpfsm.SynSent:
		return "ECONNREFUSED"
	case before == tcpfsm.CloseWait:
		return "EPIPE"
	}
	return "ECONNRESET"
}

// readResult is what read() gives: octets, the end, or nothing yet. Octets taken in a
// step that ends the connection are not looked for. A socket is as dead to its reader in
// TIME-WAIT, whatever follows.
func readResult(before tcpfsm.State, t *tcpfsm.TCB, out *tcpfsm.Output) string {
	if t.Unread > 0 {
		return fmt.Sprintf("data%d", t.Unread)
	}
	switch t.State {
	case tcpfsm.Closed, tcpfsm.CloseWait, tcpfsm.Closing, tcpfsm.LastAck, tcpfsm.TimeWait:
		return "EOF"
	}
	if before == tcpfsm.TimeWait {
		return "EOF"
	}
	return "-"
}

// compared blanks what the line does not say.
func (l *line) compared(got answer) answer {
	if l.want.soError == "" {
		got.soError, got.read = "", ""
	}
	return got
}

// A deviation is a line that the machine answers otherwise than the kernel.
type deviation struct {
	line *line
	got  answer
	row  tcpfsm.RowID
}

func (d *deviation) String() string {
	return fmt.Sprintf("%v\n\tkernel  %v\n\tmachine %v, row %v", d.line, d.line.want, d.got, d.row)
}

// A tally counts lines, and those on which kernel and machine agree.
type tally struct{ lines, agree int }

func (c *tally) count(agree bool) {
	c.lines++
	if agree {
		c.agree++
	}
}

func (c tally) String() string {
	return fmt.Sprintf("%d of %d (%.1f %%)", c.agree, c.lines, 100*float64(c.agree)/float64(c.lines))
}

// Figures are the three counts: of all lines, of those that change the state, and of
// those that the kernel answers.
type figures struct{ all, changes, replies tally }

func (f *figures) count(l *line, agree bool) {
	f.all.count(agree)
	if l.want.state != socketStates[l.socket] {
		f.changes.count(agree)
	}
	if l.want.reply != "none" {
		f.replies.count(agree)
	}
}

// holdAgainst puts every line to a machine with the options.
func holdAgainst(t *testing.T, lines []line, options tcpfsm.Options) (f figures, differ []deviation) {
	for i := range lines {
		l := &lines[i]
		tcb := newSocket(t, l.socket, options)
		seg := l.segment(&tcb)
		got, row := machine(tcb, &seg)
		got = l.compared(got)
		f.count(l, got == l.want)
		if got != l.want {
			differ = append(differ, deviation{l, got, row})
		}
	}
	return f, differ
}

func readMatrix(t *testing.T) []line {
	lines, err := parseMatrix(linuxMatrix)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// Pinned are the lines of the matrix, and the agreement of the linux profile without
// any rule. More agreement is written down here; less is a fault.
var pinned = figures{all: tally{1284, 1275}, changes: tally{142, 136}, replies: tally{938, 930}}

func TestKernel_linuxProfile(t *testing.T) {
	got, differ := holdAgainst(t, readMatrix(t), tcpfsm.ProfileLinux)
	for _, c := range []struct {
		what      string
		got, want tally
	}{{"all lines", got.all, pinned.all}, {"lines that change the state", got.changes, pinned.changes}, {"replies", got.replies, pinned.replies}} {
		t.Logf("%-27s %v agree without any rule", c.what, c.got)
		if c.got != c.want {
			t.Errorf("%s: %v agree, pinned are %v: find out which row changed, and write down only what is better", c.what, c.got, c.want)
		}
		if 100*c.got.agree < 95*c.got.lines {
			t.Errorf("%s: %v agree, less than 95 %%", c.what, c.got)
		}
	}
	explain(t, differ)
}

// Every difference has one rule, and every rule explains differences only.
func explain(t *testing.T, differ []deviation) {
	used := map[string]int{}
	for i := range differ {
		var names []string
		for _, r := range kernelRules {
			if r.covers(differ[i].line) {
				names = append(names, r.name)
				used[r.name]++
			}
		}
		if len(names) != 1 {
			t.Errorf("%v\n\trules %q, want one", &differ[i], names)
		}
	}
	lines := readMatrix(t)
	for _, r := range kernelRules {
		covered := 0
		for i := range lines {
			if r.covers(&lines[i]) {
				covered++
			}
		}
		t.Logf("rule %q: %d lines", r.name, covered)
		if used[r.name] != covered {
			t.Errorf("rule %q covers %d lines, and %d of them differ: a rule is for differences only", r.name, covered, used[r.name])
		}
		if covered == 0 || covered > 20 {
			t.Errorf("rule %q covers %d lines, want 1 to 20", r.name, covered)
		}
	}
}

// The options that make the linux profile differ from a plainer one are each seen by
// the matrix: without any of these, fewer lines agree, and the page says how many. So
// the comparison can fail.
func TestKernel_everyOptionIsSeen(t *testing.T) {
	lines := readMatrix(t)
	with, _ := holdAgainst(t, lines, tcpfsm.ProfileLinux)
	for _, option := range seenByMatrix {
		without, _ := holdAgainst(t, lines, tcpfsm.ProfileLinux&^option)
		t.Logf("without %-16v %4d lines differ more", option, with.all.agree-without.all.agree)
		if cell := fmt.Sprintf("`%v` | %d |", option, with.all.agree-without.all.agree); !strings.Contains(conformancePage(t), cell) {
			t.Errorf("docs/CONFORMANCE.md does not say %q", cell)
		}
		if without.all.agree >= with.all.agree {
			t.Errorf("without %v %v agree, with it %v: the kernel gives no reason for the option", option, without.all, with.all)
		}
	}
}

var seenByMatrix = []tcpfsm.Options{
	tcpfsm.OptAckFirst, tcpfsm.OptDupSynRtx, tcpfsm.OptListenDropSynFin, tcpfsm.OptTwReuse,
	tcpfsm.OptDropNoAck, tcpfsm.OptRstBeside, tcpfsm.OptAckOfSent, tcpfsm.OptSynRcvdRequest,
	tcpfsm.OptBareSynAck, tcpfsm.OptResetLateText, tcpfsm.OptTwAnswers, tcpfsm.OptAckPace,
}

// The other profiles are no Linux: a matrix that could not tell them apart would say
// nothing of the linux profile.
func TestKernel_otherProfiles(t *testing.T) {
	lines := readMatrix(t)
	var agree []int
	for name, options := range tcpfsm.Profiles() {
		got, _ := holdAgainst(t, lines, options)
		t.Logf("%-12s all %v, changes %v, replies %v", name, got.all, got.changes, got.replies)
		if name != "linux" {
			agree = append(agree, got.all.agree)
		}
	}
	if best := slices.Max(agree); best >= pinned.all.agree {
		t.Errorf("another profile agrees on %d lines, as many as the linux profile", best)
	}
	if words := fmt.Sprintf("agree on %d to %d.", slices.Min(agree), slices.Max(agree)); !strings.Contains(conformancePage(t), words) {
		t.Errorf("docs/CONFORMANCE.md does not say %q", words)
	}
}

func conformancePage(t *testing.T) string {
	page, err := os.ReadFile("../docs/CONFORMANCE.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// The page says what the test measures, and names every rule.
func TestKernel_page(t *testing.T) {
	words := []string{pinned.all.String(), pinned.changes.String(), pinned.replies.String()}
	for _, r := range kernelRules {
		words = append(words, "**"+r.name+"**", r.kernel)
	}
	for _, w := range words {
		if !strings.Contains(conformancePage(t), w) {
			t.Errorf("docs/CONFORMANCE.md does not say %q", w)
		}
	}
}

func TestKernel_linesThatAreNone(t *testing.T) {
	for _, c := range []struct{ why, row string }{
		{"a column is missing", "LISTEN\tR\tany\t-\t0\tnone\t=\t-"},
		{"a length that is no number", "LISTEN\tR\tany\t-\tten\tnone\t=\t-\t-"},
		{"a state that nobody knows", "LISTENS\tR\tany\t-\t0\tnone\t=\t-\t-"},
		{"a new state that nobody knows", "LISTEN\tR\tany\t-\t0\tnone\tGONE\t-\t-"},
		{"a flag that nobody knows", "LISTEN\tX\tany\t-\t0\tnone\t=\t-\t-"},
		{"a place that nobody knows", "LISTEN\tR\tnext\t-\t0\tnone\t=\t-\t-"},
		{"an ACK that nobody knows", "LISTEN\tA\tany\tlast\t0\tnone\t=\t-\t-"},
	} {
		if lines, err := parseMatrix("# comment\n" + c.row + "\n"); err == nil || !strings.Contains(err.Error(), "matrix line 2:") {
			t.Errorf("%s: read as %v with error %v, want one that names line 2", c.why, lines, err)
		}
	}
}
