package gvisor

import (
	"testing"

	"github.com/tcpfsm/tcpfsm/proptest"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

func newStack() proptest.Stack { return New() }

func TestProbes(t *testing.T) {
	for name, o := range tcpfsm.Profiles() {
		found, probes := proptest.Probe(proptest.Config{Options: o&^tcpfsm.OptTwReuse | tcpfsm.OptChildPerListener, MSL: timeWait / 2}, newStack)
		t.Logf("%s: %d probes, %d findings", name, probes, len(found))
		if name == "linux" {
			for i, f := range found {
				if i%40 == 0 {
					t.Log(f)
				}
			}
		}
	}
}
