package tcpnet

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// walk is a random way through a system, and where it leads.
func walk(n *Net, rng *rand.Rand, steps int) (State, []model.Succ[State]) {
	sys := n.System()
	state := sys.Init(nil)[0]
	var way []model.Succ[State]
	for range steps {
		succ := sys.Succ(&state, nil)
		if len(succ) == 0 {
			break
		}
		way = append(way, succ[rng.IntN(len(succ))])
		state = way[len(way)-1].State
	}
	return state, way
}

// Whatever happens prints as a line of a trace, parses, and replays to the same
// encoded state; and every state is what its encoding says.
func TestWalk_printParseReplay(t *testing.T) {
	rng := rand.New(rand.NewPCG(9293, 0))
	for _, c := range append(suite(t, "standard", "recommended"), suite(t, "quick", "linux")...) {
		n, err := NewNet(c.Bounds, Generated)
		if err != nil {
			t.Fatal(err)
		}
		for range 60 {
			end, way := walk(n, rng, 40)
			f := n.traceFile(c, model.Result[State]{
				Property: model.Property[State]{ID: "walk"}, Trace: &model.Trace[State]{Init: n.System().Init(nil)[0], Steps: way},
			})
			replayedTo(t, c.Name, n, f, &end)
			for i := range way {
				codesBack(t, n, &way[i].State)
			}
		}
	}
}

func replayedTo(t *testing.T, name string, n *Net, f *trace.File, end *State) {
	t.Helper()
	parsed, err := trace.Parse("walk.trace", f.String())
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, f)
	}
	r := newReplay(n, name)
	for _, line := range parsed.Lines {
		if err := r.do(line); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, f)
		}
	}
	for _, failed := range r.log.Failed {
		if id, _, _ := strings.Cut(failed.Msg, " "); Known(n.b.Profile, id) == "" {
			t.Fatalf("%s: %v\n%s", name, failed, f)
		}
	}
	if !sameCode(n, &r.state, end) {
		t.Fatalf("%s: the replay ends in another state\n%s", name, f)
	}
	bounds, err := boundsOf("walk.trace", parsed)
	if err != nil || bounds != n.b {
		t.Fatalf("%s: the header gives bounds %v, error %v, want %v", name, bounds, err, n.b)
	}
}

func code(n *Net, s *State) []uint64 {
	sys := n.System()
	w := make([]uint64, sys.Words())
	sys.Code(s, w)
	return w
}

func sameCode(n *Net, a, b *State) bool { return slices.Equal(code(n, a), code(n, b)) }

// codesBack wants Load to be the inverse of Code, to the last field.
func codesBack(t *testing.T, n *Net, s *State) {
	t.Helper()
	var back State
	n.System().Load(code(n, s), &back)
	if *back[0] != *s[0] || *back[1] != *s[1] {
		t.Fatalf("a state changes when it is packed and unpacked\n%+v\n%+v", *s[0], *back[0])
	}
}
