package tcpnet

import (
	"fmt"
	"testing"
)

// BenchmarkWholeGraph says what it costs to decide a property of the whole graph: the
// same system is explored with and without one, in the same run.
//
//	go test ./model/tcpnet -run '^$' -bench WholeGraph -benchtime 3x
func BenchmarkWholeGraph(b *testing.B) {
	hostile := Config{Name: "hostile", Bounds: Hostile("recommended")}
	hostile.Bounds.Options = named(b, "handshake and close").Bounds.Options
	fair := hostile
	if err := fair.Bounds.ParseBounds("octets=1 window=2 mss=2 capacity=2 loss reorder retransmit fair"); err != nil {
		b.Fatal(err)
	}
	for _, g := range []struct {
		c     Config
		extra string
	}{{hostile, "P5"}, {hostile, "P13"}, {fair, "P17"}} {
		kind := propertyByID(g.extra).Kind
		for _, only := range [][]string{{"P3"}, {"P3", g.extra}} {
			b.Run(fmt.Sprintf("%v/%v", kind, only), func(b *testing.B) {
				for b.Loop() {
					r := run(b, g.c, RunOptions{Only: only})
					b.ReportMetric(float64(r.States), "states")
					b.ReportMetric(r.Elapsed.Seconds(), "s/run")
				}
			})
		}
	}
}
