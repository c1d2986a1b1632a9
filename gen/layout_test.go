package gen

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/spec"
)

// machine makes a machine of edges: from, to, event.
func machine(title string, states []string, rows ...[3]string) *spec.Machine {
	m := &spec.Machine{Title: title, Tables: make([]spec.Table, 1)}
	for i, s := range states {
		m.States = append(m.States, spec.State{ID: 1 << i, Name: s})
	}
	for i, r := range rows {
		e := slices.IndexFunc(m.Events, func(e spec.Event) bool { return e.Name == r[2] })
		if e < 0 {
			e = len(m.Events)
			m.Events = append(m.Events, spec.Event{ID: 1 << e, Name: r[2]})
		}
		m.Tables[0].Rows = append(m.Tables[0].Rows, spec.Row{
			ID: fmt.Sprint("row.", i), On: 1 << e,
			In: 1 << slices.Index(states, r[0]), To: 1 << slices.Index(states, r[1]),
		})
	}
	return m
}

// quicSend is the sending part of a QUIC stream (RFC 9000 figure 2).
func quicSend() *spec.Machine {
	return machine("QUIC sending stream", []string{"Ready", "Send", "Data Sent", "Reset Sent", "Data Recvd", "Reset Recvd"},
		[3]string{"Ready", "Send", "send STREAM"}, [3]string{"Ready", "Send", "send STREAM_DATA_BLOCKED"},
		[3]string{"Ready", "Reset Sent", "send RESET_STREAM"}, [3]string{"Send", "Reset Sent", "send RESET_STREAM"},
		[3]string{"Data Sent", "Reset Sent", "send RESET_STREAM"}, [3]string{"Send", "Data Sent", "send STREAM + FIN"},
		[3]string{"Data Sent", "Data Recvd", "recv all ACKs"}, [3]string{"Reset Sent", "Reset Recvd", "recv ACK"})
}

func TestLayout_readable(t *testing.T) {
	auto := tcpProgram(t)
	auto.Machine.Diagram.Width = 0
	rows := tcpProgram(t)
	rows.Machine.Diagram = spec.Diagram{}
	for name, p := range map[string]*spec.Program{
		"turnstile": program(turnstile()), "quic": program(quicSend()), "tcp without places": auto, "tcp without a diagram": rows,
		"one state": program(machine("one", []string{"only"})), "no states": program(&spec.Machine{}),
	} {
		pic, err := newPicture(p)
		if err != nil {
			t.Fatal(err)
		}
		checkPicture(t, name, pic)
	}
}

// Whatever the machine, labels have room of their own and no edge runs through a
// state, because both follow from how ranks are built.
func TestLayout_random(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		var states []string
		for i := range 2 + r.IntN(9) {
			states = append(states, fmt.Sprint("STATE-", i))
		}
		var rows [][3]string
		for range r.IntN(3 * len(states)) {
			rows = append(rows, [3]string{states[r.IntN(len(states))], states[r.IntN(len(states))], fmt.Sprint("event ", r.IntN(12))})
		}
		pic, _ := newPicture(program(machine("random", states, rows...)))
		checkPicture(t, fmt.Sprint("seed ", seed), pic)
	}
}

// A machine that is too large for a good picture still gets one, at once.
func TestLayout_large(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var states []string
	for i := range 40 {
		states = append(states, fmt.Sprint("S", i))
	}
	var rows [][3]string
	for i := range 200 {
		rows = append(rows, [3]string{states[r.IntN(40)], states[r.IntN(40)], fmt.Sprint("event ", i%20)})
	}
	begin := time.Now()
	SVG(program(machine("large", states, rows...)))
	if d := time.Since(begin); d > 10*time.Second {
		t.Errorf("the picture took %v, want seconds at most", d)
	}
}

func TestLayout_loop(t *testing.T) {
	m := quicSend()
	m.Diagram.Edges = []spec.Edge{{From: 1, To: 2, On: "send STREAM"}, {From: 2, To: 2, On: "send STREAM", Do: "more"}, {From: 2, To: 4, On: "FIN"}}
	pic, _ := newPicture(program(m))
	checkPicture(t, "loop", pic)
	if len(pic.arrows) != 3 {
		t.Errorf("%d edges are drawn, want 3: a declared self-loop is one of them", len(pic.arrows))
	}
}

func TestSpread(t *testing.T) {
	got := spread([]float64{0, 0, 100}, []float64{1, 1, 1}, []float64{0, 10, 20})
	if want := []float64{-5, 5, 100}; !slices.Equal(got, want) {
		t.Errorf("spread gives %v, want %v: two that want one place share the way", got, want)
	}
}
