package model_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/tcpfsm/tcpfsm/model"
)

// counters is a grid: some digits in two words, of which each step moves one up or
// down. Its successors cost next to nothing, so the explorer is what is measured.
type counters struct{ digits, base uint64 }

func (c counters) Init(dst [][2]uint64) [][2]uint64 { return append(dst, [2]uint64{}) }
func (c counters) Words() int                       { return 2 }
func (c counters) Code(s *[2]uint64, w []uint64)    { w[0], w[1] = s[0], s[1] }
func (c counters) Load(w []uint64, s *[2]uint64)    { s[0], s[1] = w[0], w[1] }
func (c counters) Succ(s *[2]uint64, dst []model.Succ[[2]uint64]) []model.Succ[[2]uint64] {
	for i := range c.digits {
		half, shift := i&1, i/2*8
		d := s[half] >> shift & 0xff
		if d+1 < c.base {
			to := *s
			to[half] += 1 << shift
			dst = append(dst, model.Succ[[2]uint64]{State: to, Label: uint64(i)})
		}
		if d > 0 {
			to := *s
			to[half] -= 1 << shift
			dst = append(dst, model.Succ[[2]uint64]{State: to, Label: uint64(i)})
		}
	}
	return dst
}

func BenchmarkCounters(b *testing.B) {
	for _, c := range []counters{{6, 10}, {8, 6}} {
		b.Run(fmt.Sprintf("%d^%d", c.base, c.digits), func(b *testing.B) {
			for b.Loop() {
				r, err := model.Explore(context.Background(), model.System[[2]uint64](c), model.Options[[2]uint64]{})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(r.States)/r.Elapsed.Seconds()/1e6, "Mstates/s")
				b.ReportMetric(float64(r.Transitions)/r.Elapsed.Seconds()/1e6, "Mtrans/s")
				b.ReportMetric(float64(r.Memory)/float64(r.States), "bytes/state")
			}
		})
	}
}
