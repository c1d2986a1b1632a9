package gvisor

import (
	"context"
	"io"
	"testing"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/channel"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"

	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
)

// chunk is written and read in one go, octets.
const chunk = 32768

// BenchmarkBulk_endpoint carries text from one Conn to another in memory, both ends'
// work in one goroutine. Headers are handed over as they are.
func BenchmarkBulk_endpoint(b *testing.B) {
	bulkEndpoint(b, func(_ endpoint.Pair, h endpoint.Header, text []byte) (endpoint.Header, []byte) { return h, text })
}

// BenchmarkBulk_endpointOctets does the same with each segment written as octets, its
// checksum computed and looked at, and read again, as gVisor does.
func BenchmarkBulk_endpointOctets(b *testing.B) {
	var wire []byte
	bulkEndpoint(b, func(p endpoint.Pair, h endpoint.Header, text []byte) (endpoint.Header, []byte) {
		wire = endpoint.AppendSegment(wire[:0], p, h, text)
		if endpoint.Checksum(p.Local.Addr(), p.Remote.Addr(), wire) != 0 {
			b.Fatal("the checksum is wrong")
		}
		_, _, h, text, err := endpoint.ParseSegment(wire)
		if err != nil {
			b.Fatal(err)
		}
		return h, text
	})
}

func bulkEndpoint(b *testing.B, carry func(endpoint.Pair, endpoint.Header, []byte) (endpoint.Header, []byte)) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	cfg := endpoint.Config{Secret: []byte("for tests, not for the network")}
	l, err := endpoint.Listen(cfg, endpoint.Backlog{})
	if err != nil {
		b.Fatal(err)
	}
	var ends [2]*endpoint.Conn
	if ends[0], err = endpoint.New(cfg, endpoint.Pair{Local: pair.Remote, Remote: pair.Local}); err != nil {
		b.Fatal(err)
	}
	if err := ends[0].Connect(now); err != nil {
		b.Fatal(err)
	}
	syn, _, _ := ends[0].Next(nil)
	ends[1], _ = l.Receive(now, pair, syn, nil)
	var buf [2048]byte
	text, segments := make([]byte, chunk), 0
	round := func() {
		got := 0
		for sent := 0; got < chunk; {
			n, err := ends[0].Write(now, text[sent:])
			if err != nil {
				b.Fatal(err)
			}
			sent += n
			for i, c := range ends {
				for h, n, ok := c.Next(buf[:]); ok; h, n, ok = c.Next(buf[:]) {
					h, text := carry(c.Pair(), h, buf[:n])
					ends[1-i].Receive(now, h, text)
					segments++
				}
			}
			for n := 1; n > 0; got += n {
				n, _ = ends[1].Read(now, buf[:])
			}
			if got < chunk { // an acknowledgment waits for its timer
				now = now.Add(50 * time.Millisecond)
				ends[0].Advance(now)
				ends[1].Advance(now)
			}
		}
	}
	round()
	round() // the buffers are there
	segments = 0
	b.SetBytes(chunk)
	b.ReportAllocs()
	for b.Loop() {
		round()
	}
	b.ReportMetric(float64(segments)/b.Elapsed().Seconds(), "segments/s")
}

// newBenchStack is a stack as one would use it, with its own clock and defaults.
func newBenchStack(address tcpip.Address) (*stack.Stack, *channel.Endpoint) {
	s := stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol},
	})
	link := channel.New(queueLen, mtu, "")
	must(s.CreateNIC(nic, link))
	must(s.AddProtocolAddress(nic, tcpip.ProtocolAddress{Protocol: ipv4.ProtocolNumber, AddressWithPrefix: address.WithPrefix()}, stack.AddressProperties{}))
	s.SetRouteTable([]tcpip.Route{{Destination: header.IPv4EmptySubnet, NIC: nic}})
	return s, link
}

// carry moves packets from one link to another until the context ends, and counts
// them.
func carry(ctx context.Context, from, to *channel.Endpoint, packets *int) {
	for {
		pkt := from.ReadContext(ctx)
		if pkt == nil {
			return
		}
		in := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: pkt.ToBuffer()})
		pkt.DecRef()
		to.InjectInbound(ipv4.ProtocolNumber, in)
		in.DecRef()
		*packets++
	}
}

// BenchmarkBulk_gvisor does the same with two stacks of gVisor, whose links are
// channels that two goroutines join; their processors are goroutines too.
func BenchmarkBulk_gvisor(b *testing.B) {
	client, clientLink := newBenchStack(address(pair.Remote))
	server, serverLink := newBenchStack(address(pair.Local))
	defer client.Close()
	defer server.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var there, back int
	go carry(ctx, clientLink, serverLink, &there)
	go carry(ctx, serverLink, clientLink, &back)
	l, err := gonet.ListenTCP(server, full(pair.Local), ipv4.ProtocolNumber)
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	w, err := gonet.DialTCP(client, full(pair.Local), ipv4.ProtocolNumber)
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	r, err := l.Accept()
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	text, buf := make([]byte, chunk), make([]byte, chunk)
	round := func() {
		if _, err := w.Write(text); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(r, buf); err != nil {
			b.Fatal(err)
		}
	}
	for range 100 {
		round() // the congestion window is open
	}
	before := there + back
	b.SetBytes(chunk)
	b.ReportAllocs()
	for b.Loop() {
		round()
	}
	b.ReportMetric(float64(there+back-before)/b.Elapsed().Seconds(), "segments/s")
}
