package proptest

import (
	"fmt"
	"testing"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// places are the matrix's offsets from RCV.NXT of a SEQ. Where left was is not recorded;
// any place before the window answers alike.
var places = map[string]int{"any": 0, "nxt": 0, "nxt-1": -1, "in": 1000, "left": -1000, "right": kernelWindow + 5000}

// segment is the line's segment as the TCB would see it.
func (l *line) segment(t *tcpfsm.TCB) tcpfsm.Segment {
	acks := map[string]uint32{"-": 0, "any": t.SndNxt, "nxt": t.SndNxt, "una": t.SndUna, "una-1": t.SndUna - 1, "fut": t.SndNxt + 1000}
	return tcpfsm.Segment{Seq: t.RcvNxt + uint32(places[l.seq]), Ack: acks[l.ack], Wnd: kernelWindow, Text: l.text, Flags: flagsOf(l.flags)}
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

func TestKernel_explore(t *testing.T) {
	lines, err := parseMatrix(linuxMatrix)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i := range lines {
		l := &lines[i]
		tcb := newSocket(t, l.socket)
		seg := l.segment(&tcb)
		got, row := machine(tcb, &seg)
		if got = l.compared(got); got != l.want {
			n++
			t.Logf("%v\n   kernel  %v\n   machine %v row %v", l, l.want, got, row)
		}
	}
	t.Logf("%d differ of %d", n, len(lines))
}
