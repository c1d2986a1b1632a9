package proptest

import (
	"errors"
	"net/netip"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
)

// An EndpointStack is package endpoint as a Stack: a Conn, and a Listener and its
// only child.
type EndpointStack struct {
	cfg     endpoint.Config
	pair    endpoint.Pair
	backlog endpoint.Backlog
	now     time.Time
	conn    *endpoint.Conn
	listen  *endpoint.Listener
	replies []Packet // of the listener, or of a host without either
	buf     [1 << 16]byte
}

// epoch is when all clocks begin.
var epoch = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// pairs are the two ends of every connection: the one that opens, then the other.
var pairs = [2]endpoint.Pair{
	{Local: netip.MustParseAddrPort("192.0.2.1:40000"), Remote: netip.MustParseAddrPort("192.0.2.2:80")},
	{Local: netip.MustParseAddrPort("192.0.2.2:80"), Remote: netip.MustParseAddrPort("192.0.2.1:40000")},
}

// NewEndpointStack makes an endpoint whose connection will begin with a sequence
// number. The error is that of endpoint.New.
func NewEndpointStack(cfg endpoint.Config, isn uint32) (*EndpointStack, error) {
	cfg.ISN = isnAlways(isn)
	if _, err := endpoint.New(cfg, pairs[1]); err != nil {
		return nil, err
	}
	return newEndpointStack(cfg, pairs[1], endpoint.Backlog{}), nil
}

func isnAlways(isn uint32) func(endpoint.Pair, time.Time) uint32 {
	return func(endpoint.Pair, time.Time) uint32 { return isn }
}

func newEndpointStack(cfg endpoint.Config, pair endpoint.Pair, backlog endpoint.Backlog) *EndpointStack {
	return &EndpointStack{cfg: cfg, pair: pair, backlog: backlog, now: epoch}
}

// Listen makes a listener.
func (s *EndpointStack) Listen() (err error) {
	s.listen, err = endpoint.Listen(s.cfg, s.backlog)
	return err
}

// Open connects.
func (s *EndpointStack) Open() (err error) {
	if s.conn, err = endpoint.New(s.cfg, s.pair); err != nil {
		return err
	}
	return s.conn.Connect(s.now)
}

// errNoConnection is for calls before there is a connection.
var errNoConnection = errors.New("proptest: no connection")

// Send writes.
func (s *EndpointStack) Send(p []byte) (int, error) {
	if s.conn == nil {
		return 0, errNoConnection
	}
	return s.conn.Write(s.now, p)
}

// Receive reads.
func (s *EndpointStack) Receive(p []byte) (int, error) {
	if s.conn == nil {
		return 0, errNoConnection
	}
	n, err := s.conn.Read(s.now, p)
	if errors.Is(err, tcpfsm.AnswerPending) {
		err = nil
	}
	return n, err
}

// Close ends writing.
func (s *EndpointStack) Close() error {
	switch {
	case s.conn != nil:
		return s.conn.CloseWrite(s.now)
	case s.listen != nil:
		listen := s.listen
		s.listen = nil
		return listen.Close(s.now)
	}
	return errNoConnection
}

// Abort gives up.
func (s *EndpointStack) Abort() error {
	if s.conn == nil {
		return s.Close()
	}
	return s.conn.Abort(s.now)
}

// Arrive finds out whose the segment is.
func (s *EndpointStack) Arrive(p Packet) {
	switch {
	case s.conn != nil:
		s.conn.Receive(s.now, p.Header, p.Payload)
	case s.listen == nil:
		s.reply(endpoint.Stray(p.Header, p.Payload))
	default:
		child, reply := s.listen.Receive(s.now, s.pair, p.Header, p.Payload)
		s.conn = child
		s.reply(reply)
	}
}

func (s *EndpointStack) reply(h endpoint.Header) {
	if h.Flags != 0 {
		s.replies = append(s.replies, Packet{Header: h})
	}
}

// Departed drains the connection.
func (s *EndpointStack) Departed() []Packet {
	list := s.replies
	s.replies = nil
	if s.conn == nil {
		return list
	}
	for h, n, ok := s.conn.Next(s.buf[:]); ok; h, n, ok = s.conn.Next(s.buf[:]) {
		list = append(list, Packet{h, append([]byte(nil), s.buf[:n]...)})
	}
	return list
}

// Advance lets time go by, deadline by deadline.
func (s *EndpointStack) Advance(d time.Duration) {
	end := s.now.Add(d)
	for s.conn != nil {
		at, ok := s.conn.NextDeadline()
		if !ok || at.After(end) {
			break
		}
		if at.After(s.now) {
			s.now = at
		}
		s.conn.Advance(s.now)
	}
	s.now = end
}

// State is the connection's, or the listener's.
func (s *EndpointStack) State() tcpfsm.State {
	switch {
	case s.conn != nil:
		return s.conn.State()
	case s.listen != nil:
		return tcpfsm.Listen
	}
	return tcpfsm.Closed
}

// TCB gives everything that the machine knows.
func (s *EndpointStack) TCB() tcpfsm.TCB {
	if s.conn == nil {
		return tcpfsm.TCB{}
	}
	return s.conn.TCB()
}

// Conn is the connection; nil before there is one.
func (s *EndpointStack) Conn() *endpoint.Conn { return s.conn }
