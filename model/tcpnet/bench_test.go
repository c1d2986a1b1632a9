package tcpnet

import (
	"context"
	"testing"
)

// BenchmarkNet explores a system of the standard list; the states/s are what
// check's time is made of.
func BenchmarkNet(b *testing.B) {
	configs, err := Suite("quick", "recommended")
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range configs {
		b.Run(c.Name, func(b *testing.B) {
			for b.Loop() {
				r, err := Run(context.Background(), c, RunOptions{MaxStates: 300_000})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(r.States)/r.Elapsed.Seconds(), "states/s")
				b.ReportMetric(float64(r.Transitions)/r.Elapsed.Seconds(), "transitions/s")
			}
		})
	}
}
