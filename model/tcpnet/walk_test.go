package tcpnet

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// walk is a random way through a system, and where it leads.
func walk[P comparable](n network[P], rng *rand.Rand, steps int) (model.Pair[P], []model.Succ[model.Pair[P]]) {
	sys := model.Flatten(model.Parts[P](n))
	state := sys.Init(nil)[0]
	var way []model.Succ[model.Pair[P]]
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
		if c.Bounds.Clients > 0 {
			crowd, err := NewCrowd(c.Bounds, Generated)
			if err != nil {
				t.Fatal(err)
			}
			walks(t, crowd, c, rng)
			continue
		}
		n, err := NewNet(c.Bounds, Generated)
		if err != nil {
			t.Fatal(err)
		}
		walks(t, n, c, rng)
	}
}

func walks[P comparable](t *testing.T, n network[P], c Config, rng *rand.Rand) {
	t.Helper()
	type state = model.Pair[P]
	for range 60 {
		end, way := walk(n, rng, 40)
		f := traceFile(n, c, model.Result[state]{
			Property: model.Property[state]{ID: "walk"},
			Trace:    &model.Trace[state]{Init: model.Flatten(model.Parts[P](n)).Init(nil)[0], Steps: way},
		})
		replayedTo(t, c, n, f, &end)
		for i := range way {
			codesBack(t, n, &way[i].State)
		}
	}
}

func replayedTo[P comparable](t *testing.T, c Config, n network[P], f *trace.File, end *model.Pair[P]) {
	t.Helper()
	name := c.Name
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
	checkEvents(t, name, r.log, n.ends(end))
	for _, failed := range r.log.Failed {
		if id, _, _ := strings.Cut(failed.Msg, " "); Known(c.Bounds.Profile, id) == "" {
			t.Fatalf("%s: %v\n%s", name, failed, f)
		}
	}
	if !sameCode(n, &r.state, end) {
		t.Fatalf("%s: the replay ends in another state\n%s", name, f)
	}
	bounds, err := boundsOf("walk.trace", parsed)
	if err != nil || bounds != c.Bounds {
		t.Fatalf("%s: the header gives bounds %v, error %v, want %v", name, bounds, err, c.Bounds)
	}
}

// checkEvents wants the log to be one that a chart can believe: every step has an
// event, states follow each other and end where the replay does, and every segment that
// arrives or is lost has departed, and no more often than it may.
func checkEvents(t *testing.T, name string, log *Log, ends []end) {
	t.Helper()
	states := map[string]string{}
	for _, e := range ends {
		states[e.name()] = "CLOSED"
	}
	departed := map[int]trace.Segment{}
	steps := time.Duration(0)
	for _, ev := range log.Events.Events {
		if ev.Time != steps && ev.Time != steps+1 {
			t.Fatalf("%s: an event of step %d follows one of step %d", name, ev.Time, steps)
		}
		steps = ev.Time
		if ev.After != "" {
			who := end{host: ev.Host, conn: ev.Conn}.name()
			if ev.Before != states[who] {
				t.Fatalf("%s: %s goes from %s, where it was in %s", name, who, ev.Before, states[who])
			}
			states[who] = ev.After
		}
		ev.Segment.Age = trace.Field{}
		switch seg, ok := departed[ev.Packet]; ev.Kind {
		case trace.Departed:
			departed[ev.Packet] = ev.Segment
		case trace.Arrived, trace.Lost:
			if !ok || seg != ev.Segment {
				t.Fatalf("%s: packet %d is %v, departed was %v, %v", name, ev.Packet, ev.Segment, seg, ok)
			}
		}
	}
	if int(steps) != len(log.Steps) || !log.Events.Steps {
		t.Fatalf("%s: events of %d steps, want %d", name, steps, len(log.Steps))
	}
	for _, e := range ends {
		if states[e.name()] != e.state.String() {
			t.Fatalf("%s: %s ends in %s, want %v", name, e.name(), states[e.name()], e.state)
		}
	}
}

func code[P comparable](n network[P], s *model.Pair[P]) []uint64 {
	sys := model.Flatten(model.Parts[P](n))
	w := make([]uint64, sys.Words())
	sys.Code(s, w)
	return w
}

func sameCode[P comparable](n network[P], a, b *model.Pair[P]) bool {
	return slices.Equal(code(n, a), code(n, b))
}

// codesBack wants Load to be the inverse of Code, to the last field.
func codesBack[P comparable](t *testing.T, n network[P], s *model.Pair[P]) {
	t.Helper()
	var back model.Pair[P]
	model.Flatten(model.Parts[P](n)).Load(code(n, s), &back)
	if *back[0] != *s[0] || *back[1] != *s[1] {
		t.Fatalf("a state changes when it is packed and unpacked\n%+v\n%+v", *s[0], *back[0])
	}
}
