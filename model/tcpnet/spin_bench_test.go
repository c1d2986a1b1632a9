//go:build unix

package tcpnet

import (
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/spec/tcp"
)

// All systems of a suite, which is too long for every day:
//
//	go test ./model/tcpnet -run Spin_suite -spin quick -v -timeout 30m
func TestSpin_suite(t *testing.T) {
	if *spinSuite == "" {
		t.Skip("asked for by -spin quick or -spin standard")
	}
	needSpin(t)
	for _, c := range suite(t, *spinSuite, "recommended") {
		t.Run(c.Name, func(t *testing.T) {
			spinAgrees(t, compile(t, &tcp.Machine), run(t, c, RunOptions{KeepGoing: true}), false, false)
		})
	}
}

// BenchmarkSpin explores 13 million states with our explorer and with SPIN, each
// as often as the benchmark's time allows, and prints what it costs. It needs
// 4 GB of memory and some minutes:
//
//	go test ./model/tcpnet -run '^$' -bench Spin -benchtime 1x -timeout 30m
//
// SPIN's partial order reduction finds nothing to leave out, since there is one
// process; COLLAPSE trades time for memory. Only BFS finds shortest counterexamples,
// as ours does. Both decide what SPIN can: not "possible from everywhere".
func BenchmarkSpin(b *testing.B) {
	c := Config{Name: "an octet each way", Bounds: Hostile("recommended")}
	c.Bounds.Options = named(b, "handshake and close").Bounds.Options
	var spins []string // the properties that SPIN decides, too
	for _, p := range Properties {
		if p.Kind == model.Always || p.Kind == model.Step {
			spins = append(spins, p.ID)
		}
	}
	var states, transitions uint64
	for _, workers := range []int{1, runtime.GOMAXPROCS(0)} {
		b.Run(fmt.Sprintf("ours/workers=%d", workers), func(b *testing.B) {
			begin := cpuTime(b)
			var r *Result
			for b.Loop() {
				r = run(b, c, RunOptions{Workers: workers, Only: spins})
			}
			states, transitions = r.States, r.Transitions
			reportRun(b, r.States, (cpuTime(b)-begin)/time.Duration(b.N), float64(r.Memory)/1e6)
		})
	}
	needSpin(b)
	for _, mode := range []struct {
		name string
		args []string // of gcc
	}{
		{"DFS", []string{"-DNOREDUCE"}},
		{"DFS, partial order", nil},
		{"DFS, collapse", []string{"-DNOREDUCE", "-DCOLLAPSE"}},
		{"BFS", []string{"-DNOREDUCE", "-DBFS"}},
	} {
		b.Run("SPIN/"+mode.name, func(b *testing.B) {
			p := newPan(b, compile(b, &tcp.Machine), c.Bounds, []string{"-DEXACT"}, append([]string{"-O2"}, mode.args...))
			var r *panReport
			var cpu time.Duration
			for b.Loop() {
				r = p.run(b, "-E", "-c0", "-m1000000", "-w26")
				cpu += r.usage.UserTime() + r.usage.SystemTime()
			}
			if states > 0 && (r.states != states || !near(r.transitions, transitions+1)) {
				b.Errorf("SPIN finds %d states and %d transitions, we %d and %d", r.states, r.transitions, states, transitions)
			}
			reportRun(b, r.states, cpu/time.Duration(b.N), r.memory)
		})
	}
}

// near reports whether two numbers are the same in the eight digits that pan prints.
func near(a, b uint64) bool {
	return fmt.Sprintf("%.8g", float64(a)) == fmt.Sprintf("%.8g", float64(b))
}

// cpuTime is what this process has used.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func reportRun(b *testing.B, states uint64, cpu time.Duration, megabytes float64) {
	b.Helper()
	wall := b.Elapsed() / time.Duration(b.N)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(states), "states")
	b.ReportMetric(wall.Seconds(), "wall-s")
	b.ReportMetric(cpu.Seconds(), "cpu-s")
	b.ReportMetric(float64(states)/wall.Seconds()/1e6, "Mstates/wall-s")
	b.ReportMetric(float64(states)/cpu.Seconds()/1e6, "Mstates/cpu-s")
	b.ReportMetric(megabytes, "MB")
}
