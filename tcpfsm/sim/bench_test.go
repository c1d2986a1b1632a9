package sim

import (
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
)

// measure reports how fast simulations went that make runs.
func measure(b *testing.B, run func() *Sim) {
	b.Helper()
	b.ReportAllocs()
	steps, virtual := 0, time.Duration(0)
	for b.Loop() {
		s := run()
		steps += s.Steps()
		virtual += s.Now()
	}
	b.ReportMetric(float64(steps)/b.Elapsed().Seconds(), "steps/s")
	b.ReportMetric(virtual.Seconds()/b.Elapsed().Seconds(), "virtual-s/s")
	b.ReportMetric(0, "ns/op")
}

// logs are the two ways in which everything is measured.
func logs(b *testing.B, run func(b *testing.B, cfg Config)) {
	b.Run("quiet", func(b *testing.B) { run(b, Config{Quiet: true}) })
	b.Run("log", func(b *testing.B) { run(b, Config{LogMax: 1 << 22}) })
}

// An echo every 30 ms for ten minutes: what a scenario is like.
func BenchmarkRequests(b *testing.B) {
	logs(b, func(b *testing.B, cfg Config) {
		measure(b, func() *Sim {
			s, x, y := twoHosts(b, cfg, endpoint.Config{}, LinkConfig{Delay: delay})
			buf := make([]byte, 1000)
			answer := func(c *Conn) {
				for c.Endpoint().Readable() > 0 {
					n, _ := c.Read(buf)
					c.Write(buf[:n])
				}
			}
			x.App, y.App = answer, answer
			_, err := y.Listen(80, ListenConfig{OnReady: acceptAll})
			must(b, err)
			c, err := x.Connect(y, 80, 0)
			must(b, err)
			must(b, s.RunFor(time.Second))
			c.Send(200)
			must(b, s.RunFor(10*time.Minute))
			return s
		})
	})
}

// Ten megaoctets over a link of 10 ms that loses every hundredth segment.
func BenchmarkBulk(b *testing.B) {
	logs(b, func(b *testing.B, cfg Config) {
		text := make([]byte, 10_000_000)
		b.SetBytes(int64(len(text)))
		measure(b, func() *Sim {
			s, x, y := twoHosts(b, cfg, endpoint.Config{MSL: time.Second}, LinkConfig{Delay: delay})
			x.To(y).Filter(LoseEvery(100))
			buf := make([]byte, 65536)
			x.App = source(text)
			y.App = func(c *Conn) {
				for c.Endpoint().Readable() > 0 {
					c.Read(buf)
				}
				if c.State() == tcpfsm.CloseWait {
					c.Close()
				}
			}
			_, err := y.Listen(80, ListenConfig{OnReady: acceptAll})
			must(b, err)
			_, err = x.Connect(y, 80, 0)
			must(b, err)
			must(b, s.Run())
			return s
		})
	})
}

// A thousand connections that say nothing and are kept alive for a day.
func BenchmarkIdle(b *testing.B) {
	logs(b, func(b *testing.B, cfg Config) {
		measure(b, func() *Sim {
			host := endpoint.Config{Options: tcpfsm.ProfileLinux | tcpfsm.OptKeepAlive}
			s, x, y := twoHosts(b, cfg, host, LinkConfig{Delay: delay})
			_, err := y.Listen(80, ListenConfig{OnReady: acceptAll, Backlog: endpoint.PolicyLinux.Backlog(4096)})
			must(b, err)
			for range 1000 {
				_, err := x.Connect(y, 80, 0)
				must(b, err)
			}
			must(b, s.RunFor(24*time.Hour))
			return s
		})
	})
}

// A connection a millisecond for a minute, each opened, closed and kept in TIME-WAIT.
func BenchmarkConnections(b *testing.B) {
	logs(b, func(b *testing.B, cfg Config) {
		measure(b, func() *Sim {
			host := endpoint.Config{Options: tcpfsm.ProfileLinux, MSL: 5 * time.Second}
			s, x, y := twoHosts(b, cfg, host, LinkConfig{Delay: delay})
			y.App = func(c *Conn) {
				if c.State() == tcpfsm.CloseWait {
					c.Close()
				}
			}
			_, err := y.Listen(80, ListenConfig{OnReady: acceptAll})
			must(b, err)
			x.App = func(c *Conn) {
				if c.State() == tcpfsm.Established {
					c.Close()
				}
			}
			for i := range 60_000 {
				s.At(time.Duration(i)*time.Millisecond, func() {
					_, err := x.Connect(y, 80, 0)
					must(b, err)
				})
			}
			must(b, s.Run())
			return s
		})
	})
}
