package gvisor

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"time"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/faketime"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/channel"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"

	"github.com/tcpfsm/tcpfsm/proptest"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
)

const (
	nic = tcpip.NICID(1)
	// timeWait is gVisor's own default (tcp.DefaultTCPTimeWaitTimeout).
	timeWait = 60 * time.Second
	// queueLen is how many segments may wait to be drained.
	queueLen = 1024
	mtu      = 1500
	// receiveBuffer: half of it is the window (rcvAdvWndScale). Every segment counts for
	// more than its text, so that a smaller buffer would be full of small ones.
	receiveBuffer = 60000
	sendBuffer    = 1 << 16
)

// pair is the connection: gVisor is its local end.
var pair = endpoint.Pair{Local: netip.MustParseAddrPort("192.0.2.2:80"), Remote: netip.MustParseAddrPort("192.0.2.1:40000")}

// A Stack is gVisor's netstack with one connection over a link that is a channel,
// and with a clock that stands still.
type Stack struct {
	stack    *stack.Stack
	link     *channel.Endpoint
	clock    *faketime.ManualClock
	queue    waiter.Queue
	listener tcpip.Endpoint
	conn     tcpip.Endpoint
}

var (
	_ proptest.Stack     = (*Stack)(nil)
	_ proptest.Discarder = (*Stack)(nil)
)

// New makes a stack without a connection.
func New() *Stack {
	s := &Stack{clock: faketime.NewManualClock(), link: channel.New(queueLen, mtu, "")}
	s.stack = stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol},
		Clock:              s.clock,
		SecureRNG:          rand.NewChaCha8([32]byte{}), // the same sequence numbers on every run
	})
	must(s.stack.CreateNIC(nic, s.link))
	must(s.stack.AddProtocolAddress(nic, tcpip.ProtocolAddress{
		Protocol:          ipv4.ProtocolNumber,
		AddressWithPrefix: address(pair.Local).WithPrefix(),
	}, stack.AddressProperties{}))
	s.stack.SetRouteTable([]tcpip.Route{{Destination: header.IPv4EmptySubnet, NIC: nic}})
	s.option(&tcpip.TCPReceiveBufferSizeRangeOption{Min: 1, Default: receiveBuffer, Max: receiveBuffer})
	s.option(&tcpip.TCPSendBufferSizeRangeOption{Min: 1, Default: sendBuffer, Max: sendBuffer})
	moderate := tcpip.TCPModerateReceiveBufferOption(false)
	s.option(&moderate)
	return s
}

func (s *Stack) option(o tcpip.SettableTransportProtocolOption) {
	must(s.stack.SetTransportProtocolOption(tcp.ProtocolNumber, o))
}

// must is for what can't fail in a stack of one's own.
func must(err tcpip.Error) {
	if err != nil {
		panic(fmt.Sprintf("gvisor: %v", err))
	}
}

func address(a netip.AddrPort) tcpip.Address { return tcpip.AddrFrom4(a.Addr().As4()) }

func full(a netip.AddrPort) tcpip.FullAddress {
	return tcpip.FullAddress{NIC: nic, Addr: address(a), Port: a.Port()}
}

// settle waits until every queued segment has been processed.
func (s *Stack) settle() {
	p := s.stack.TransportProtocolInstance(tcp.ProtocolNumber)
	for range 2 { // what the first round has queued
		p.Pause()
		p.Resume()
		s.clock.RunImmediatelyScheduledJobs()
	}
}

func (s *Stack) endpoint() (tcpip.Endpoint, error) {
	ep, err := s.stack.NewEndpoint(tcp.ProtocolNumber, ipv4.ProtocolNumber, &s.queue)
	if err != nil {
		return nil, asError(err)
	}
	ep.SocketOptions().SetDelayOption(false)
	return ep, asError(ep.Bind(full(pair.Local)))
}

// Listen makes a listener.
func (s *Stack) Listen() (err error) {
	if s.listener, err = s.endpoint(); err != nil {
		return err
	}
	return asError(s.listener.Listen(16))
}

// Open connects.
func (s *Stack) Open() (err error) {
	if s.conn, err = s.endpoint(); err != nil {
		return err
	}
	started := s.conn.Connect(full(pair.Remote))
	s.settle()
	if _, ok := started.(*tcpip.ErrConnectStarted); ok {
		return nil
	}
	return asError(started)
}

// find looks for the child that the listener has made, also before it can be
// accepted, and for the one that takes the place of a TIME-WAIT.
func (s *Stack) find() tcpip.Endpoint {
	if s.conn != nil && (s.listener == nil || states[tcp.EndpointState(s.conn.State())] != tcpfsm.Closed) {
		return s.conn
	}
	id := stack.TransportEndpointID{
		LocalAddress: address(pair.Local), LocalPort: pair.Local.Port(),
		RemoteAddress: address(pair.Remote), RemotePort: pair.Remote.Port(),
	}
	ep := s.stack.FindTransportEndpoint(ipv4.ProtocolNumber, tcp.ProtocolNumber, id, nic)
	if ep == nil || any(ep) == any(s.listener) {
		return s.conn
	}
	s.conn = ep.(tcpip.Endpoint)
	s.conn.SocketOptions().SetDelayOption(false)
	return s.conn
}

// errNoConnection is for calls before there is a connection.
var errNoConnection = errors.New("gvisor: no connection")

// Send writes.
func (s *Stack) Send(p []byte) (int, error) {
	ep := s.find()
	if ep == nil {
		return 0, errNoConnection
	}
	n, err := ep.Write(bytes.NewReader(p), tcpip.WriteOptions{})
	s.settle()
	if _, full := err.(*tcpip.ErrWouldBlock); full {
		err = nil
	}
	return int(n), asError(err)
}

// Receive reads.
func (s *Stack) Receive(p []byte) (int, error) {
	ep := s.find()
	if ep == nil {
		return 0, errNoConnection
	}
	w := tcpip.SliceWriter(p)
	r, err := ep.Read(&w, tcpip.ReadOptions{})
	s.settle()
	switch err.(type) {
	case *tcpip.ErrWouldBlock:
		return 0, nil
	case *tcpip.ErrClosedForReceive:
		return 0, io.EOF
	}
	return r.Count, asError(err)
}

// Close shuts the sending half down.
func (s *Stack) Close() error {
	ep := s.find()
	if ep == nil {
		return errNoConnection
	}
	err := ep.Shutdown(tcpip.ShutdownWrite)
	s.settle()
	return asError(err)
}

// Abort closes with a linger time of 0, which is what sockets have for ABORT.
func (s *Stack) Abort() error {
	ep := s.find()
	if ep == nil {
		return errNoConnection
	}
	ep.SocketOptions().SetLinger(tcpip.LingerOption{Enabled: true})
	ep.Close()
	s.settle()
	return nil
}

// Arrive puts a segment into the link.
func (s *Stack) Arrive(p proptest.Packet) {
	segment := endpoint.AppendSegment(nil, endpoint.Pair{Local: pair.Remote, Remote: pair.Local}, p.Header, p.Payload)
	ip := header.IPv4(make([]byte, header.IPv4MinimumSize, header.IPv4MinimumSize+len(segment)))
	ip.Encode(&header.IPv4Fields{
		TotalLength: uint16(len(ip) + len(segment)), TTL: 64, Protocol: uint8(tcp.ProtocolNumber),
		SrcAddr: address(pair.Remote), DstAddr: address(pair.Local),
	})
	ip.SetChecksum(^ip.CalculateChecksum())
	pkt := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: buffer.MakeWithData(append(ip, segment...))})
	s.link.InjectInbound(ipv4.ProtocolNumber, pkt)
	pkt.DecRef()
	s.settle()
	s.find()
}

// Departed drains the link.
func (s *Stack) Departed() (list []proptest.Packet) {
	for pkt := s.link.Read(); pkt != nil; pkt = s.link.Read() {
		view := pkt.ToView()
		ip := header.IPv4(view.AsSlice())
		_, _, h, text, err := endpoint.ParseSegment(ip.Payload())
		if err != nil {
			panic(err)
		}
		list = append(list, proptest.Packet{Header: h, Payload: bytes.Clone(text)})
		view.Release()
		pkt.DecRef()
	}
	return list
}

// Advance lets time go by.
func (s *Stack) Advance(d time.Duration) {
	s.clock.Advance(d)
	s.settle()
}

// states are those of RFC 9293; what is missing is CLOSED.
var states = map[tcp.EndpointState]tcpfsm.State{
	tcp.StateEstablished: tcpfsm.Established, tcp.StateConnecting: tcpfsm.SynSent, tcp.StateSynSent: tcpfsm.SynSent,
	tcp.StateSynRecv: tcpfsm.SynReceived, tcp.StateFinWait1: tcpfsm.FinWait1, tcp.StateFinWait2: tcpfsm.FinWait2,
	tcp.StateTimeWait: tcpfsm.TimeWait, tcp.StateCloseWait: tcpfsm.CloseWait, tcp.StateLastAck: tcpfsm.LastAck,
	tcp.StateListen: tcpfsm.Listen, tcp.StateClosing: tcpfsm.Closing,
}

// State is the connection's, or the listener's until there is one.
func (s *Stack) State() tcpfsm.State {
	ep := s.find()
	switch {
	case ep != nil:
	case s.listener != nil:
		ep = s.listener
	default:
		return tcpfsm.Closed
	}
	return states[tcp.EndpointState(ep.State())]
}

// Discard ends the stack's goroutines.
func (s *Stack) Discard() {
	if s.listener != nil {
		s.listener.Close()
	}
	s.stack.Close()
	s.link.Close()
}

func asError(err tcpip.Error) error {
	if err == nil {
		return nil
	}
	return errors.New(err.String())
}
