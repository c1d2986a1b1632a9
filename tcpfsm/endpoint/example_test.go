package endpoint_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
)

// A link carries segments between two ends, each after 10 ms, and loses every
// eleventh of them.
type link struct {
	now    time.Time
	ends   [2]*endpoint.Conn
	listen *endpoint.Listener
	pairs  [2]endpoint.Pair
	onWay  []flight
	sent   int
	lost   int
}

type flight struct {
	to     int
	at     time.Time
	octets []byte
}

// drain sends what both ends have to send.
func (l *link) drain() {
	var buf [1460]byte
	for i, c := range l.ends {
		if c == nil {
			continue
		}
		for h, n, ok := c.Next(buf[:]); ok; h, n, ok = c.Next(buf[:]) {
			if l.sent++; l.sent%11 == 0 {
				l.lost++
				continue
			}
			octets := endpoint.AppendSegment(nil, l.pairs[i], h, buf[:n])
			l.onWay = append(l.onWay, flight{1 - i, l.now.Add(10 * time.Millisecond), octets})
		}
	}
}

// step goes to the next thing that happens: a segment arrives, or a timer expires.
// It reports whether there was one.
func (l *link) step() bool {
	var next time.Time
	if len(l.onWay) > 0 {
		next = l.onWay[0].at
	}
	for _, c := range l.ends {
		if c == nil {
			continue
		}
		if at, ok := c.NextDeadline(); ok && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	if next.IsZero() {
		return false
	}
	l.now = next
	for _, c := range l.ends {
		if c != nil {
			c.Advance(l.now)
		}
	}
	for len(l.onWay) > 0 && !l.onWay[0].at.After(l.now) {
		l.arrive(l.onWay[0])
		l.onWay = l.onWay[1:]
	}
	l.drain()
	return true
}

func (l *link) arrive(f flight) {
	pair := l.pairs[f.to]
	_, _, h, text, err := endpoint.ParseSegment(f.octets)
	if err != nil || endpoint.Checksum(pair.Remote.Addr(), pair.Local.Addr(), f.octets) != 0 {
		return
	}
	if l.ends[f.to] == nil { // the server has no connection yet
		l.ends[f.to], _ = l.listen.Receive(l.now, pair, h, text)
		return
	}
	l.ends[f.to].Receive(l.now, h, text)
}

// A client sends a file to a server over a link that loses segments, and both close.
func Example() {
	client := netip.MustParseAddrPort("192.0.2.1:40000")
	server := netip.MustParseAddrPort("192.0.2.2:80")
	cfg := endpoint.Config{Secret: []byte("sixteen random octets, or more")}
	l := &link{now: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), pairs: [2]endpoint.Pair{{Local: client, Remote: server}, {Local: server, Remote: client}}}
	var err error
	if l.listen, err = endpoint.Listen(cfg, endpoint.Backlog{}); err != nil {
		fmt.Println(err)
		return
	}
	if l.ends[0], err = endpoint.New(cfg, l.pairs[0]); err != nil {
		fmt.Println(err)
		return
	}
	l.ends[0].Connect(l.now)

	file := bytes.Repeat([]byte("All work and no play makes TCP a dull protocol.\n"), 5000)
	rest, received := file, []byte(nil)
	start, buf := l.now, make([]byte, 4096)
	for l.drain(); l.step(); l.drain() {
		if c := l.ends[0]; len(rest) > 0 {
			n, _ := c.Write(l.now, rest)
			if rest = rest[n:]; len(rest) == 0 {
				c.CloseWrite(l.now)
			}
		}
		c := l.ends[1]
		for n := 1; c != nil && n > 0; {
			n, err = c.Read(l.now, buf)
			received = append(received, buf[:n]...)
		}
		if c != nil && errors.Is(err, io.EOF) && c.State() == tcpfsm.CloseWait {
			fmt.Printf("the server has %d octets, the same: %v\n", len(received), bytes.Equal(received, file))
			c.Close(l.now)
		}
	}
	fmt.Println("client:", l.ends[0].State(), l.ends[0].Err())
	fmt.Println("server:", l.ends[1].State(), l.ends[1].Err())
	fmt.Printf("%d segments, %d of them lost, %v until TIME-WAIT was over\n", l.sent, l.lost, l.now.Sub(start).Round(time.Second))
	// Output:
	// the server has 240000 octets, the same: true
	// client: CLOSED <nil>
	// server: CLOSED <nil>
	// 299 segments, 27 of them lost, 4m2s until TIME-WAIT was over
}
