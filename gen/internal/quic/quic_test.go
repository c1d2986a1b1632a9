package quic

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tcpfsm/tcpfsm/gen"
	"github.com/tcpfsm/tcpfsm/gen/internal/quic/quicrecv"
	"github.com/tcpfsm/tcpfsm/gen/internal/quic/quicsend"
	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/spec"
)

func ended(s *stream) bool {
	return (s.Send.State == quicsend.DataRecvd || s.Send.State == quicsend.ResetRecvd) &&
		(s.Recv.State == quicrecv.DataRead || s.Recv.State == quicrecv.ResetRead)
}

var properties = []model.Property[stream]{
	{ID: "no data after reset", Kind: model.Step, Text: "no STREAM frame follows RESET_STREAM (section 3.1)"},
	{ID: "no errors", Kind: model.Step, Text: "two honest parts never see a flow control or final size error"},
	{ID: "one final size", Kind: model.Step, Text: "the final size never changes (section 4.5)"},
	{ID: "read in order", Kind: model.Step, Text: "only octets are read before which nothing is missing"},
	{ID: "read means all", Kind: model.Always, Text: "in Data Read the application has every octet that was written", Holds: func(s *stream) bool {
		return s.Recv.State != quicrecv.DataRead || s.Send.Finished && s.Recv.ReadTo == s.Send.Written
	}},
	{ID: "acknowledged means arrived", Kind: model.Always, Text: "in Data Recvd of the sender, the receiver has everything", Holds: func(s *stream) bool {
		return s.Send.State != quicsend.DataRecvd || s.Recv.Received == s.Send.Written
	}},
	{ID: "invariants", Kind: model.Always, Text: "the invariants of both tables hold", Holds: func(s *stream) bool {
		return s.Send.Check() == nil && s.Recv.Check() == nil
	}},
	{ID: "ends", Kind: model.Possible, Text: "from everywhere both parts can reach a terminal state", Holds: ended},
	{ID: "goes on", Kind: model.Deadlock, Text: "something can happen until then", Holds: ended},
	{ID: "all read", Kind: model.Sometimes, Text: "the whole stream is read", Holds: func(s *stream) bool {
		return s.Recv.State == quicrecv.DataRead && s.Recv.ReadTo == streamSize
	}},
	{ID: "reset read", Kind: model.Sometimes, Text: "the application learns of a reset", Holds: func(s *stream) bool {
		return s.Recv.State == quicrecv.ResetRead
	}},
}

func explore(t *testing.T, y system) *model.Report[stream] {
	t.Helper()
	r, err := model.Explore(context.Background(), y, model.Options[stream]{Properties: properties, KeepGoing: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Strays) > 0 {
		t.Errorf("the system reports unknown faults: %v", r.Strays)
	}
	return r
}

// Every behaviour of a stream of two octets, over a network that loses,
// duplicates and reorders.
func TestStream_exhaustive(t *testing.T) {
	r := explore(t, generated())
	for _, res := range r.Results {
		if res.Verdict != model.Holds {
			t.Errorf("%s: %v: %s", res.ID, res.Verdict, res.Text)
			if res.Trace != nil {
				for _, s := range res.Trace.Steps {
					t.Logf("%+v", s.State)
				}
			}
		}
	}
	const states, transitions, depth = 88_645, 885_676, 29
	if r.States != states || r.Transitions != transitions || r.Depth != depth {
		t.Errorf("%d states, %d transitions, depth %d; want %d, %d, %d", r.States, r.Transitions, r.Depth, states, transitions, depth)
	}
}

// When nobody gives up, the data alone must bring both parts to their ends: a reset
// is no way out of a flow control that is stuck.
func TestStream_endsByData(t *testing.T) {
	y := generated()
	y.patient = true
	for _, res := range explore(t, y).Results {
		if res.Verdict != model.Holds && res.ID != "reset read" {
			t.Errorf("%s: %v: %s", res.ID, res.Verdict, res.Text)
		}
	}
}

// An offset that wraps is no way round the limit.
func TestRecv_wrappingOffset(t *testing.T) {
	s := quicrecv.Stream{Window: 10}
	var out quicrecv.Output
	s.StreamFrame(&quicrecv.Frame{Offset: 1<<32 - 1, Length: 2}, quicrecv.StreamFrameArgs{Fresh: 2}, &out)
	if out.Answer != quicrecv.AnswerFlowControlError || s.Received != 0 {
		t.Errorf("answer %v, %d octets received: want a flow control error and none", out.Answer, s.Received)
	}
}

// Each mistake is found by the property that is about it.
func TestStream_findsMistakes(t *testing.T) {
	for name, c := range map[string]struct {
		fails   string
		mistake func(*system)
	}{
		"the limit is never raised": {"ends", func(y *system) {
			y.patient = true
			y.recv = func(s *quicrecv.Stream, ev *quicrecv.Event, out *quicrecv.Output) quicrecv.RowID {
				row := s.Step(ev, out)
				out.Out = quicrecv.Frame{}
				return row
			}
		}},
		"nothing is repeated": {"ends", func(y *system) {
			y.send = func(s *quicsend.Stream, ev *quicsend.Event, out *quicsend.Output) quicsend.RowID {
				row := s.Step(ev, out)
				if ev.Kind == quicsend.EventLost || ev.Kind == quicsend.EventResetLost {
					out.Out = quicsend.Frame{}
				}
				return row
			}
		}},
		"the final size follows the last frame": {"one final size", func(y *system) {
			y.recv = func(s *quicrecv.Stream, ev *quicrecv.Event, out *quicrecv.Output) quicrecv.RowID {
				row := s.Step(ev, out)
				if s.State == quicrecv.DataRecvd && ev.Kind == quicrecv.EventStreamFrame {
					s.FinalSize = ev.Frame.Offset + ev.Frame.Length
				}
				return row
			}
		}},
		"lost data is repeated after a reset": {"no data after reset", func(y *system) {
			y.send = func(s *quicsend.Stream, ev *quicsend.Event, out *quicsend.Output) quicsend.RowID {
				row := s.Step(ev, out)
				if ev.Kind == quicsend.EventLost {
					out.Out = ev.Frame
				}
				return row
			}
		}},
	} {
		y := generated()
		c.mistake(&y)
		if !slices.ContainsFunc(explore(t, y).Failed(), func(r model.Result[stream]) bool { return r.ID == c.fails }) {
			t.Errorf("%s: %q does not fail", name, c.fails)
		}
	}
}

// An edge of figure 2 or 3 of RFC 9000.
type edge struct{ from, to string }

// The machines have the edges of the figures, and those that section 3 adds in
// words: several steps at once, and what it calls optional.
func TestFigures(t *testing.T) {
	for dir, want := range map[string]struct{ figure, words []edge }{
		"sendspec": {
			figure: []edge{{"Ready", "Send"}, {"Ready", "Reset Sent"}, {"Send", "Data Sent"}, {"Send", "Reset Sent"}, {"Data Sent", "Data Recvd"}, {"Data Sent", "Reset Sent"}, {"Reset Sent", "Reset Recvd"}},
			words:  []edge{{"Ready", "Data Sent"}},
		},
		"recvspec": {
			figure: []edge{{"Recv", "Size Known"}, {"Recv", "Reset Recvd"}, {"Size Known", "Data Recvd"}, {"Size Known", "Reset Recvd"}, {"Data Recvd", "Data Read"}, {"Data Recvd", "Reset Recvd"}, {"Reset Recvd", "Data Recvd"}, {"Reset Recvd", "Reset Read"}},
			words:  []edge{{"Recv", "Data Recvd"}},
		},
	} {
		p, err := spec.Load(dir, "Machine")
		if err != nil {
			t.Fatal(err)
		}
		got := edges(p)
		all := slices.Concat(want.figure, want.words)
		for _, e := range all {
			if !slices.Contains(got, e) {
				t.Errorf("%s: no row leads from %s to %s", dir, e.from, e.to)
			}
		}
		for _, e := range got {
			if !slices.Contains(all, e) {
				t.Errorf("%s: a row leads from %s to %s, which is in no figure", dir, e.from, e.to)
			}
		}
	}
}

func edges(p *spec.Program) []edge {
	var all []edge
	for _, r := range p.Rows {
		for _, from := range r.In {
			if r.To >= 0 && r.To != from {
				all = append(all, edge{p.Machine.States[from].Name, p.Machine.States[r.To].Name})
			}
		}
	}
	return all
}

// The generated packages and pictures are what the tables give now.
func TestGenerated_fresh(t *testing.T) {
	for table, dir := range map[string]string{"sendspec": "quicsend", "recvspec": "quicrecv"} {
		p, err := spec.Load(table, "Machine")
		if err != nil {
			t.Fatal(err)
		}
		var files []gen.File
		for _, target := range gen.Targets() {
			if !slices.Contains([]string{"go", "svg", "dot", "mermaid"}, target.Name) {
				continue
			}
			rendered, err := target.Render(p, "gen/internal/quic/"+table)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, rendered...)
		}
		plan, err := gen.NewPlan(filepath.FromSlash(dir), files, "gen/internal/quic/"+table)
		if err != nil || !plan.Clean() {
			t.Errorf("%s is stale (error %v): run go generate\n%s", dir, err, plan.Diff())
		}
	}
}
