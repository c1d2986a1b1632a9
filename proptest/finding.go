package proptest

import (
	"fmt"
	"strings"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// A Finding is a difference between a stack and the table.
type Finding struct {
	Row    tcpfsm.RowID // of the table, that says otherwise; RowNone where no row is, but time, or what comes before
	Before tcpfsm.State // in which it happened, by the table
	Action trace.Action // what was done
	// Segment is what arrived, if one did: SEQ from RCV.NXT, ACK from SND.NXT.
	Segment tcpfsm.Segment
	Window  uint32 // RCV.WND of before
	// Rows are those of the table that fired on the way, in order, the last included.
	Rows []tcpfsm.RowID
	// Repeated is set when the retransmission timer has expired on the way.
	Repeated bool
	// Challenged is set when the stack had sent a challenge ACK before, so that it
	// may withhold the next (RFC 5961 section 7).
	Challenged bool
	Said       Reaction // what the table says
	Came       Reaction // what the stack did
	Problem    string   // what is wrong besides, such as the octets that were read
	// Trace leads there: the last line is the Action. Expectations are the table's, and
	// the header says what the stack did instead, so that 'tcpfsm run' can draw it.
	Trace *trace.File
}

// A Reaction is what can be seen of a stack after an action.
type Reaction struct {
	State tcpfsm.State
	// Sent are the segments, without what is a stack's own choice: SEQ from SND.NXT,
	// ACK from RCV.NXT, both of before the action.
	Sent []tcpfsm.Segment
}

// Error says what is different, and prints the trace, which can be replayed, and its
// sequence chart.
func (f *Finding) Error() string {
	log := f.Log()
	log.Title = ""
	chart, err := log.Text(trace.TextOptions{Width: 80})
	if err != nil {
		chart += err.Error() + "\n"
	}
	return "the stack differs from the table\n" + f.Trace.String() + "\n" + chart
}

// Log is what the trace does, with what the table says to it and, at the end, what the
// stack did: for charts.
func (f *Finding) Log() *trace.Log { return f.Trace.Log() }

// header is what a trace says of a finding.
func (f *Finding) header() []trace.Setting {
	head := []trace.Setting{{Key: "title", Value: fmt.Sprintf("the stack differs from the table in %v: %v", f.Before, f.Action)}}
	if row := f.Row.Row(); f.Row != tcpfsm.RowNone {
		head = append(head, trace.Setting{Key: "about", Value: fmt.Sprintf("row %s, RFC 9293 section %s: %s", row.Name, row.Cite, row.Why)})
	}
	if f.Problem != "" {
		head = append(head, trace.Setting{Key: "found", Value: oneLine(f.Problem)})
	}
	if said, came := f.Said.String(), f.Came.String(); said != came {
		head = append(head, trace.Setting{Key: "found", Value: fmt.Sprintf("the table: %s; the stack: %s", said, came)})
	}
	return head
}

// oneLine is a text of others, such as that of a panic, for a header.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// comment says in short what is different: the row, what was expected, and what came.
func (f *Finding) comment() string {
	var b strings.Builder
	if row := f.Row.Row(); f.Row != tcpfsm.RowNone {
		fmt.Fprintf(&b, "# row %s, RFC 9293 section %s: %s\n", row.Name, row.Cite, row.Why)
	}
	fmt.Fprintf(&b, "# in %v, %v\n", f.Before, f.Action)
	if f.Problem != "" {
		fmt.Fprintf(&b, "# wrong:     %s\n", f.Problem)
	}
	fmt.Fprintf(&b, "# the table: %v\n# the stack: %v\n", f.Said, f.Came)
	return b.String()
}

// String gives the state and the segments, whose numbers are counted from SND.NXT
// and RCV.NXT before.
func (r Reaction) String() string {
	if len(r.Sent) == 0 {
		return fmt.Sprintf("%v, sends nothing", r.State)
	}
	var list []string
	for _, s := range r.Sent {
		text := fmt.Sprintf("<SEQ=%s>", sayPlace("SND.NXT", s.Seq))
		if s.Flags.Has(tcpfsm.ACK) {
			text += fmt.Sprintf("<ACK=%s>", sayPlace("RCV.NXT", s.Ack))
		}
		if s.Text > 0 {
			text += fmt.Sprintf("<DATA=%d>", s.Text)
		}
		list = append(list, text+fmt.Sprintf("<CTL=%v>", s.Flags))
	}
	return fmt.Sprintf("%v, sends %s", r.State, strings.Join(list, " "))
}

// relative counts a segment's numbers from where a stack stood.
func relative(segs []tcpfsm.Segment, seq, ack uint32) []tcpfsm.Segment {
	list := make([]tcpfsm.Segment, 0, len(segs))
	for _, s := range segs {
		s.Seq -= seq
		if s.Flags.Has(tcpfsm.ACK) {
			s.Ack -= ack
		}
		list = append(list, s)
	}
	return list
}
