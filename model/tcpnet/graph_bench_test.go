package tcpnet

import (
	"fmt"
	"testing"

	"github.com/tcpfsm/tcpfsm/model"
)

// BenchmarkWholeGraph says what it costs to decide a property of the whole graph: the
// same system is explored with and without one, in the same run.
//
//	go test ./model/tcpnet -run '^$' -bench WholeGraph -benchtime 3x
func BenchmarkWholeGraph(b *testing.B) {
	for _, g := range []struct {
		name string
		c    Config
		kind model.Kind
	}{
		{"possible", Config{Name: "possible", Bounds: Hostile("recommended")}, model.Possible},
		{"leads", named(b, "fair network"), model.Leads},
		{"never only", Config{Name: "endless", Bounds: Hostile("recommended")}, model.Endless},
	} {
		if g.c.Bounds.Options == 0 {
			g.c.Bounds.Options = named(b, "handshake and close").Bounds.Options
		}
		var extra string
		for _, p := range Properties {
			if p.Kind == g.kind && (p.when == nil || p.when(&g.c.Bounds)) {
				extra = p.ID
			}
		}
		for _, only := range [][]string{{"P3"}, {"P3", extra}} {
			b.Run(fmt.Sprintf("%s/%v", g.name, only), func(b *testing.B) {
				for b.Loop() {
					r := run(b, g.c, RunOptions{Only: only})
					b.ReportMetric(float64(r.States), "states")
					b.ReportMetric(r.Elapsed.Seconds(), "s/run")
				}
			})
		}
	}
}
