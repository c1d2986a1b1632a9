package proptest

import (
	"flag"
	"strings"
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

var manyLives = flag.Int("lives", 2000, "lives of a connection that TestLive_manyLives draws for each profile and stack")

// testMSL is the MSL of the stacks of these tests.
const testMSL = 30 * time.Second

// endpointStacks and machineStacks are right, for any set of options.
func endpointStacks(o tcpfsm.Options) (func() Stack, Config) {
	o = o&^tcpfsm.OptTwReuse | tcpfsm.OptChildPerListener
	return func() Stack {
		s, err := NewEndpointStack(endpoint.Config{
			Options: o, NoDelay: true, MSL: testMSL, ReceiveBuffer: 4000,
			UserTimeout: 1e6 * time.Hour, R2: 1 << 30, R2Syn: 1 << 30,
		}, 1<<32-300)
		if err != nil {
			panic(err)
		}
		return s
	}, Config{Options: o, MSL: testMSL}
}

func machineStacks(o tcpfsm.Options) (func() Stack, Config) {
	cfg := Config{Options: o &^ tcpfsm.OptTwReuse, MSL: testMSL}
	return func() Stack { return NewMachineStack(Generated, cfg, 1<<32-300) }, cfg
}

func TestRun_endpoint(t *testing.T) {
	for name, o := range tcpfsm.Profiles() {
		t.Run(name, func(t *testing.T) {
			rare(t, 10)
			newStack, cfg := endpointStacks(o)
			if o == tcpfsm.ProfileRFC9293 {
				cfg.Steps = 1 // its text has wars of acknowledgments and loses what was not read
			}
			Run(t, newStack, cfg)
		})
	}
}

// Without rapid, more of the same on every run.
func TestLive_manyLives(t *testing.T) {
	for name, o := range tcpfsm.Profiles() {
		for kind, stacks := range map[string]func(tcpfsm.Options) (func() Stack, Config){"endpoint": endpointStacks, "machine": machineStacks} {
			newStack, cfg := stacks(o)
			found, _ := Live(cfg, newStack, 1, *manyLives)
			for _, f := range found {
				t.Errorf("%s, %s: %v", kind, name, f)
			}
		}
	}
}

// A machine without buffers to speak of is a stack, too.
func TestProbe_machine(t *testing.T) {
	for name, o := range tcpfsm.Profiles() {
		newStack, cfg := machineStacks(o)
		found, probes := Probe(cfg, newStack)
		t.Logf("%s: %d probes", name, probes)
		for _, f := range found {
			t.Errorf("%s: %v", name, f)
		}
	}
}

// A brittle stack falls over when a RST meets ESTABLISHED, and then is silent.
type brittle struct{ Stack }

func (b brittle) Arrive(p Packet) {
	if p.Flags.Has(tcpfsm.RST) && b.Stack.State() == tcpfsm.Established {
		panic("nil pointer somewhere")
	}
	b.Stack.Arrive(p)
}

func TestProbe_stackThatPanics(t *testing.T) {
	newStack, cfg := machineStacks(tcpfsm.ProfileRecommended)
	found, _ := Probe(cfg, func() Stack { return brittle{newStack()} })
	if len(found) == 0 || !strings.Contains(found[0].Problem, "panicked: nil pointer somewhere") {
		t.Errorf("%d findings, want one that says panicked", len(found))
	}
}

// What is known is counted and not reported; what is known and does not exist is.
func TestRun_known(t *testing.T) {
	right, cfg := machineStacks(tcpfsm.ProfileRecommended)
	cfg.Known = []Known{{Name: "it panics", Covers: func(f *Finding) bool { return strings.Contains(f.Problem, "panicked") }}}
	if found, known := Live(cfg, func() Stack { return brittle{right()} }, 1, 300); len(found) > 0 || known["it panics"] == 0 {
		t.Errorf("%v, and %v", found, known)
	}
}

func TestReplay_badTraces(t *testing.T) {
	newStack, cfg := machineStacks(tcpfsm.ProfileRecommended)
	for text, want := range map[string]string{
		"b dance":                       `x.trace:1: "b dance"`,
		"\na open active":               "x.trace:2:",
		"b->a SYN":                      "segments go from a to it",
		"a->b SYN len=65536":            "at most 65535 octets",
		"a->b SUN":                      `"SUN" is no flag`,
		"b open passive\nlose a->b SYN": "x.trace:2:",
	} {
		f, err := trace.Parse("x.trace", text)
		if err != nil {
			t.Fatal(err)
		}
		if found, err := Replay(cfg, newStack, "x.trace", f); err == nil || !strings.Contains(err.Error(), want) || found != nil {
			t.Errorf("%q: %v and error %v, want one with %q", text, found, err, want)
		}
	}
}
