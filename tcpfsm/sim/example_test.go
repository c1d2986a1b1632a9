package sim_test

import (
	"fmt"
	"os"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
	"github.com/tcpfsm/tcpfsm/tcpfsm/sim"
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
}
