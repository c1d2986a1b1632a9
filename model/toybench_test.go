package model_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/tcpfsm/tcpfsm/model"
)

// toyAgrees is what the peers check too: what was received was written by the peer.
func toyAgrees(a, b *toyEnd) bool {
	return a.una <= a.nxt && (a.state < toyEstablished || b.state < toyEstablished || a.got() <= b.written)
}

func toyPairProperties() []model.Property[model.Pair[toyEnd]] {
	return []model.Property[model.Pair[toyEnd]]{
		{ID: "agree", Kind: model.Always, Holds: func(s *model.Pair[toyEnd]) bool {
			return toyAgrees(s[0], s[1]) && toyAgrees(s[1], s[0])
		}},
	}
}

func toyProperties() []model.Property[[2]toyEnd] {
	return []model.Property[[2]toyEnd]{
		{ID: "agree", Kind: model.Always, Holds: func(s *[2]toyEnd) bool {
			return toyAgrees(&s[0], &s[1]) && toyAgrees(&s[1], &s[0])
		}},
	}
}

func reportRate[S any](b *testing.B, r *model.Report[S], err error) {
	if err != nil || !r.Complete || len(r.Failed()) > 0 {
		b.Fatalf("complete %v, %d failed, %v", r.Complete, len(r.Failed()), err)
	}
	b.ReportMetric(float64(r.States), "states")
	b.ReportMetric(float64(r.States)/r.Elapsed.Seconds()/1e6, "Mstates/s")
	b.ReportMetric(float64(r.Memory)/float64(r.States), "bytes/state")
}

// With symmetry, of the same toys; states are those that differ in more than who is who.
func BenchmarkToySymmetry(b *testing.B) {
	for _, t := range []toy{{1, 0}, {1, 1}, {2, 1}} {
		for _, symmetry := range []bool{false, true} {
			b.Run(fmt.Sprintf("octets=%d,age=%d/parts/symmetry=%v", t.octets, t.age, symmetry), func(b *testing.B) {
				for b.Loop() {
					r, err := model.ExploreParts(context.Background(), model.Parts[toyEnd](toyParts{t}),
						model.Options[model.Pair[toyEnd]]{Workers: 1, Symmetry: symmetry, Properties: toyPairProperties()})
					reportRate(b, r, err)
				}
			})
			if t.octets == 2 {
				continue
			}
			b.Run(fmt.Sprintf("octets=%d,age=%d/flat/symmetry=%v", t.octets, t.age, symmetry), func(b *testing.B) {
				for b.Loop() {
					r, err := model.Explore(context.Background(), model.System[[2]toyEnd](toySystem{t}),
						model.Options[[2]toyEnd]{Workers: 1, Symmetry: symmetry, Properties: toyProperties()})
					reportRate(b, r, err)
				}
			})
		}
	}
}

func BenchmarkToy(b *testing.B) {
	for _, t := range []toy{{1, 0}, {1, 1}, {2, 1}} {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("octets=%d,age=%d/parts/%d", t.octets, t.age, workers), func(b *testing.B) {
				for b.Loop() {
					r, err := model.ExploreParts(context.Background(), model.Parts[toyEnd](toyParts{t}),
						model.Options[model.Pair[toyEnd]]{Workers: workers, Properties: toyPairProperties()})
					reportRate(b, r, err)
				}
			})
			if t.octets == 2 {
				continue
			}
			b.Run(fmt.Sprintf("octets=%d,age=%d/flat/%d", t.octets, t.age, workers), func(b *testing.B) {
				for b.Loop() {
					r, err := model.Explore(context.Background(), model.System[[2]toyEnd](toySystem{t}),
						model.Options[[2]toyEnd]{Workers: workers, Properties: toyProperties()})
					reportRate(b, r, err)
				}
			})
		}
	}
}
