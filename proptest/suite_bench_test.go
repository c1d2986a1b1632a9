package proptest

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
)

// BenchmarkStreams is whole connections of two endpoints through a hostile network, as
// in TestEndpoint_streams, drawn by rapid, with every property looked at: steps of
// users, network and time, and steps of the two machines that come of them.
func BenchmarkStreams(b *testing.B) {
	const steps = 600
	connections, machines := 0, 0
	for b.Loop() {
		connections++
		rapid.Custom(func(t *rapid.T) int {
			w := &watcher{t: t, last: map[*endpoint.Conn]tcpfsm.TCB{}, rows: map[tcpfsm.RowID]int{}}
			end := func(i int) Stack {
				cfg := drawEndpointConfig(t, endName(i))
				cfg.Observe = w.step
				return newEndpointStack(cfg, pairs[i], endpoint.Backlog{})
			}
			w.path = newPath(t, end(0), end(1), w.pair)
			w.path.run(steps)
			machines += w.steps
			return 0
		}).Example(connections)
	}
	b.ReportMetric(float64(connections)*steps/b.Elapsed().Seconds(), "steps/s")
	b.ReportMetric(float64(machines)/b.Elapsed().Seconds(), "machine-steps/s")
}

// BenchmarkProbe is all single segments of a profile, put to endpoints.
func BenchmarkProbe(b *testing.B) {
	newStack, cfg := endpointStacks(tcpfsm.ProfileRecommended)
	segments := 0
	for b.Loop() {
		_, n := Probe(cfg, newStack)
		segments += n
	}
	b.ReportMetric(float64(segments)/b.Elapsed().Seconds(), "segments/s")
}

// BenchmarkLive is lives of endpoints, held against the table move by move.
func BenchmarkLive(b *testing.B) {
	const lives = 100
	newStack, cfg := endpointStacks(tcpfsm.ProfileRecommended)
	seed := uint64(0)
	for b.Loop() {
		seed++
		if found, _ := Live(cfg, newStack, seed, lives); len(found) > 0 {
			b.Fatal(found[0])
		}
	}
	b.ReportMetric(lives*float64(seed)/b.Elapsed().Seconds(), "lives/s")
}
