package proptest

import (
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
)

func newTestEndpoint(o tcpfsm.Options) func() Stack {
	return func() Stack {
		s, err := NewEndpointStack(endpoint.Config{Options: o, NoDelay: true, MSL: 30 * time.Second, ReceiveBuffer: 4000}, 1<<32-300)
		if err != nil {
			panic(err)
		}
		return s
	}
}

func TestProbe_endpoint(t *testing.T) {
	for name, o := range tcpfsm.Profiles() {
		o = o&^tcpfsm.OptTwReuse | tcpfsm.OptChildPerListener
		found, probes := Probe(Config{Options: o, MSL: 30 * time.Second}, newTestEndpoint(o))
		t.Logf("%s: %d probes, %d findings\n%s", name, probes, len(found), summary(found))
		for i, f := range found {
			if i < 5 {
				t.Error(f)
			}
		}
	}
}

func TestProbe_machine(t *testing.T) {
	for name, o := range tcpfsm.Profiles() {
		o &^= tcpfsm.OptTwReuse
		cfg := Config{Options: o, MSL: 30 * time.Second}
		found, probes := Probe(cfg, func() Stack { return NewMachineStack(Generated, cfg, 1<<32-300) })
		t.Logf("%s: %d probes, %d findings\n%s", name, probes, len(found), summary(found))
		for i, f := range found {
			if i < 3 {
				t.Error(f)
			}
		}
	}
}

func TestLive_endpoint(t *testing.T) {
	for name, o := range tcpfsm.Profiles() {
		o = o&^tcpfsm.OptTwReuse | tcpfsm.OptChildPerListener
		found, _ := Live(Config{Options: o, MSL: 30 * time.Second}, newTestEndpoint(o), 1, 20000)
		t.Logf("%s: %d findings\n%s", name, len(found), summary(found))
		for i, f := range found {
			if i < 3 {
				t.Error(f)
			}
		}
	}
}

func TestLive_machine(t *testing.T) {
	for name, o := range tcpfsm.Profiles() {
		o &^= tcpfsm.OptTwReuse
		cfg := Config{Options: o, MSL: 30 * time.Second}
		found, _ := Live(cfg, func() Stack { return NewMachineStack(Generated, cfg, 1<<32-300) }, 1, 20000)
		t.Logf("%s: %d findings\n%s", name, len(found), summary(found))
		for i, f := range found {
			if i < 3 {
				t.Error(f)
			}
		}
	}
}
