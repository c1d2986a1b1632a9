package proptest

import (
	"flag"
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
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
