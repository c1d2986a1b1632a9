package sim_test

import (
	"fmt"
	"os"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
	"github.com/tcpfsm/tcpfsm/tcpfsm/sim"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// A client connects, its first SYN is lost, it sends ten octets and closes; the
// server closes when it has read everything.
func Example() {
	s := sim.New(sim.Config{Title: "a lost SYN"})
	client, err := s.Host("client", endpoint.Config{ISN: func(endpoint.Pair, time.Time) uint32 { return 100 }})
	if err != nil {
		fmt.Println(err)
		return
	}
	server, err := s.Host("server", endpoint.Config{ISN: func(endpoint.Pair, time.Time) uint32 { return 300 }})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := s.Link(client, server, sim.LinkConfig{Delay: 10 * time.Millisecond}); err != nil {
		fmt.Println(err)
		return
	}
	client.To(server).Filter(sim.LoseNth(1, sim.HasFlags(tcpfsm.SYN)))
	server.App = func(c *sim.Conn) {
		c.Read(make([]byte, 100))
		if c.State() == tcpfsm.CloseWait {
			c.Close()
		}
	}
	accept := func(l *sim.Listener) { l.Accept() }
	if _, err := server.Listen(80, sim.ListenConfig{OnReady: accept}); err != nil {
		fmt.Println(err)
		return
	}
	c, err := client.Connect(server, 80, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	s.At(2*time.Second, func() { c.Send(10); c.CloseWrite() })
	if err := s.Run(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("all over after", s.Now())
	s.Dump(os.Stdout, client)
	// Output:
	// all over after 4m2.02s
	// 00:00:00.000000 IP 192.0.2.1.40000 > 192.0.2.2.80: Flags [S], seq 100, win 65535, options [mss 1460], length 0
	// 00:00:01.000000 IP 192.0.2.1.40000 > 192.0.2.2.80: Flags [S], seq 100, win 65535, options [mss 1460], length 0
	// 00:00:01.020000 IP 192.0.2.2.80 > 192.0.2.1.40000: Flags [S.], seq 300, ack 101, win 65535, options [mss 1460], length 0
	// 00:00:01.020000 IP 192.0.2.1.40000 > 192.0.2.2.80: Flags [.], ack 301, win 65535, length 0
	// 00:00:02.000000 IP 192.0.2.1.40000 > 192.0.2.2.80: Flags [P.], seq 101:111, ack 301, win 65535, length 10
	// 00:00:02.000000 IP 192.0.2.1.40000 > 192.0.2.2.80: Flags [F.], seq 111, ack 301, win 65535, length 0
	// 00:00:02.020000 IP 192.0.2.2.80 > 192.0.2.1.40000: Flags [.], ack 112, win 65525, length 0
	// 00:00:02.020000 IP 192.0.2.2.80 > 192.0.2.1.40000: Flags [F.], seq 301, ack 112, win 65525, length 0
	// 00:00:02.020000 IP 192.0.2.1.40000 > 192.0.2.2.80: Flags [.], ack 302, win 65535, length 0
}

// A scenario is a text; what it expects and does not come is said with its line.
func ExampleScenario() {
	f, err := trace.Parse("wrong.trace", `
title nobody listens
host client iss=100
host server

0s     client connect            want client SYN-SENT
20ms                             want client ESTABLISHED "surely"
`)
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := sim.Scenario("wrong.trace", f)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, failed := range res.Failed {
		fmt.Printf("line %d, at %v: %s\n", failed.Line, failed.Time, failed.Msg)
	}
	for _, ev := range res.Sim.Log().Events {
		if ev.Before != ev.After {
			fmt.Printf("%v %s: %s to %s by row %s\n", ev.Time, ev.Host, ev.Before, ev.After, ev.Row)
		}
	}
	// Output:
	// line 7, at 20ms: expected client ESTABLISHED (surely), but it is in CLOSED
	// 0s client: CLOSED to SYN-SENT by row open.active
	// 20ms client: SYN-SENT to CLOSED by row synsent.rst
}
