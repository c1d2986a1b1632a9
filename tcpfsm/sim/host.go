package sim

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// Why a host refuses a call.
var (
	// ErrAddressInUse says that a connection or a listener has the sockets already.
	ErrAddressInUse = errors.New("sim: address already in use")
	// ErrDown says that the host has crashed and was not started again.
	ErrDown = errors.New("sim: the host is down")
)

// A Host has an address, connections and listeners. Links join it to others.
type Host struct {
	// App is the host's application: it is called for a connection after anything has
	// happened to it, and may call its methods. A listener's connections are its
	// business once they are accepted. May be nil.
	App func(*Conn)

	sim       *Sim
	name      string
	addr      netip.Addr
	cfg       endpoint.Config
	up        bool
	watch     func(*endpoint.Conn, endpoint.Step) // what the Config asks to be told
	links     map[netip.Addr]*Link
	conns     map[endpoint.Pair]*Conn
	all       []*Conn // also those that ended, unless Quiet
	listeners map[uint16]*Listener
	next      uint16 // port that is tried next

	names     map[endpoint.Pair]string // of connections, in the log
	taken     map[string]bool
	cause     trace.Event // what the next step of the machine comes of
	pending   bool        // it was not logged yet
	advancing bool
}

// Ports that a host chooses for its own end, as Linux counts them upward.
const (
	portFirst = 40000
	portLast  = 65535
)

// Name is the host's name.
func (h *Host) Name() string { return h.name }

// Addr is the host's address, one of 192.0.2.0/24.
func (h *Host) Addr() netip.Addr { return h.addr }

func (h *Host) port(n uint16) netip.AddrPort { return netip.AddrPortFrom(h.addr, n) }

// Conns gives the connections of the host, also those that have ended, the oldest
// first. With Config.Quiet there are none.
func (h *Host) Conns() []*Conn { return h.all }

// Connect opens a connection to a port of another host. From is the host's own port;
// 0 lets it choose. The error is ErrAddressInUse if there is a connection between the
// two sockets, be it in TIME-WAIT, or if no port is left; ErrDown after a Crash.
func (h *Host) Connect(to *Host, port, from uint16) (*Conn, error) {
	if !h.up {
		return nil, ErrDown
	}
	pair := endpoint.Pair{Local: h.port(from), Remote: to.port(port)}
	if from == 0 {
		var ok bool
		if pair.Local, ok = h.freePort(pair.Remote); !ok {
			return nil, fmt.Errorf("%w: host %s has no port left for %s:%d", ErrAddressInUse, h.name, to.name, port)
		}
	} else if h.conns[pair] != nil {
		return nil, fmt.Errorf("%w: host %s has a connection from port %d to %s:%d in %v", ErrAddressInUse, h.name, from, to.name, port, h.conns[pair].State())
	}
	end, err := endpoint.New(h.cfg, pair)
	if err != nil {
		return nil, err
	}
	c := h.adopt(end)
	c.accepted = true
	return c, c.do("open active", end.Connect)
}

// freePort chooses a port that is not used with this peer.
func (h *Host) freePort(remote netip.AddrPort) (netip.AddrPort, bool) {
	for range portLast - portFirst + 1 {
		local := h.port(h.next)
		if h.next++; h.next < portFirst {
			h.next = portFirst
		}
		if h.conns[endpoint.Pair{Local: local, Remote: remote}] == nil {
			return local, true
		}
	}
	return netip.AddrPort{}, false
}

// adopt takes a connection among those of the host.
func (h *Host) adopt(end *endpoint.Conn) *Conn {
	c := &Conn{host: h, end: end, name: h.nameOf(end.Pair())}
	h.conns[end.Pair()] = c
	if !h.sim.cfg.Quiet {
		h.all = append(h.all, c)
	}
	return c
}

// Crash makes the host forget everything and fall silent, until Restart.
func (h *Host) Crash() {
	before := len(h.sim.log.Events)
	for _, c := range h.all {
		if h.conns[c.Pair()] == c {
			h.sim.record(trace.Event{Kind: trace.Crashed, Host: h.name, Conn: c.name, Before: c.State().String(), After: tcpfsm.Closed.String()})
		}
	}
	if len(h.sim.log.Events) == before {
		h.sim.record(trace.Event{Kind: trace.Crashed, Host: h.name, Before: h.listening().String(), After: tcpfsm.Closed.String()})
	}
	for _, c := range h.conns {
		c.dead, c.waits = true, false
	}
	for _, l := range h.listeners {
		l.gone = true
	}
	h.forget()
	h.up = false
}

// forget is what a crash leaves.
func (h *Host) forget() {
	clear(h.conns)
	clear(h.listeners)
	h.next = portFirst
}

// Restart lets a host that has crashed answer again. It has no connection and no
// listener, and chooses the same ports again.
func (h *Host) Restart() { h.up = true }

// listening is the state of a host without connections.
func (h *Host) listening() tcpfsm.State {
	if len(h.listeners) > 0 {
		return tcpfsm.Listen
	}
	return tcpfsm.Closed
}

// receive takes a segment from a link.
func (h *Host) receive(f *flight) {
	if !h.up {
		h.sim.record(trace.Event{Kind: trace.Lost, Host: f.fromName, Peer: h.name, Conn: f.conn, Packet: f.n, Forged: f.forged, Segment: describe(&f.header)})
		return
	}
	if !h.sim.cfg.Quiet {
		h.because(trace.Event{Kind: trace.Arrived, Host: h.name, Peer: f.fromName, Packet: f.n, Forged: f.forged, Segment: describe(&f.header)})
	}
	c, l := h.conns[f.pair], h.listeners[f.pair.Local.Port()]
	switch {
	case c != nil && l != nil && c.State() == tcpfsm.TimeWait && l.reuse(c, f):
	case c != nil:
		c.end.Receive(h.sim.clock(), f.header, f.payload)
		c.settle()
	case l != nil:
		l.receive(f)
	default:
		h.stray(f)
	}
	h.settled("")
}

// stray answers what belongs to nobody, as CLOSED does.
func (h *Host) stray(f *flight) {
	seg := f.header.Segment
	seg.Text = uint32(len(f.payload))
	var none tcpfsm.TCB
	var out tcpfsm.Output
	h.cause.Row = none.Segment(&seg, tcpfsm.SegmentArgs{}, &out).String()
	h.settled("")
	h.reply(f.pair, endpoint.Header{Segment: out.Ctl})
}

// reply sends what is no connection's.
func (h *Host) reply(pair endpoint.Pair, header endpoint.Header) {
	if header.Flags != 0 {
		h.sim.send(h, pair, header, nil, "")
	}
}

// ListenConfig says how a Listener listens.
type ListenConfig struct {
	Backlog   endpoint.Backlog
	ReuseAddr bool            // SO_REUSEADDR: connections in TIME-WAIT don't stand in the way
	OnReady   func(*Listener) // is called when a connection can be accepted; may be nil
}

// A Listener is a host's listener on a port.
type Listener struct {
	host *Host
	port uint16
	cfg  ListenConfig
	end  *endpoint.Listener
	gone bool // its host has crashed
}

// Listen begins to listen on a port. The error is ErrAddressInUse if something else
// has the port, be it a connection in TIME-WAIT; ErrDown after a Crash.
func (h *Host) Listen(port uint16, cfg ListenConfig) (*Listener, error) {
	if !h.up {
		return nil, ErrDown
	}
	if h.listeners[port] != nil {
		return nil, fmt.Errorf("%w: host %s listens on port %d", ErrAddressInUse, h.name, port)
	}
	for pair, c := range h.conns {
		if pair.Local.Port() == port && !(cfg.ReuseAddr && c.State() == tcpfsm.TimeWait) {
			return nil, fmt.Errorf("%w: host %s has a connection on port %d in %v", ErrAddressInUse, h.name, port, c.State())
		}
	}
	end, err := endpoint.Listen(h.cfg, cfg.Backlog)
	if err != nil {
		return nil, err
	}
	l := &Listener{host: h, port: port, cfg: cfg, end: end}
	ev := trace.Event{Kind: trace.Called, Host: h.name, Name: "open passive", Row: tcpfsm.RowOpenPassive.String()}
	if !h.taken[""] {
		ev.Before, ev.After = h.listening().String(), tcpfsm.Listen.String()
	}
	h.listeners[port] = l
	h.sim.record(ev)
	return l, nil
}

// Listener finds the listener of a port; nil if there is none.
func (h *Host) Listener(port uint16) *Listener { return h.listeners[port] }

// Accept hands over the oldest established connection; false if there is none.
func (l *Listener) Accept() (*Conn, bool) {
	if l.gone {
		return nil, false
	}
	end, ok := l.end.Accept()
	if !ok {
		return nil, false
	}
	c := l.host.conns[end.Pair()]
	if c == nil || c.end != end { // it has ended meanwhile
		c = &Conn{host: l.host, end: end, name: l.host.nameOf(end.Pair())}
	}
	c.accepted = true
	l.host.sim.record(trace.Event{Kind: trace.Called, Host: l.host.name, Conn: c.name, Name: "accept"})
	c.settle()
	return c, true
}

// Waiting gives how many connections are in SYN-RECEIVED, and how many can be
// accepted.
func (l *Listener) Waiting() (syn, accept int) {
	if l.gone {
		return 0, 0
	}
	return l.end.Waiting()
}

// Close ends listening: what was not accepted is reset.
func (l *Listener) Close() error {
	h := l.host
	if l.gone || h.listeners[l.port] != l {
		return tcpfsm.AnswerNoConnection
	}
	ev := trace.Event{Kind: trace.Called, Host: h.name, Name: "close", Row: tcpfsm.RowListenClose.String()}
	delete(h.listeners, l.port)
	if !h.taken[""] {
		ev.Before, ev.After = tcpfsm.Listen.String(), h.listening().String()
	}
	h.sim.record(ev)
	err := l.end.Close(h.sim.clock())
	for _, c := range h.sorted() {
		if c.listener == l && !c.accepted {
			c.settle()
		}
	}
	return err
}

// receive takes a segment that belongs to no connection.
func (l *Listener) receive(f *flight) {
	end, reply := l.end.Receive(l.host.sim.clock(), f.pair, f.header, f.payload)
	if end == nil {
		l.host.settled("")
		l.host.reply(f.pair, reply)
		return
	}
	c := l.host.adopt(end)
	c.listener = l
	c.settle()
}

// reuse lets a SYN take the place of a connection in TIME-WAIT, if it may.
func (l *Listener) reuse(old *Conn, f *flight) bool {
	end := l.end.Reuse(l.host.sim.clock(), old.end, f.header, f.payload)
	if end == nil {
		return false
	}
	old.dead, old.waits = true, false
	c := l.host.adopt(end)
	c.listener = l
	c.settle()
	return true
}

// since turns a time of package endpoint into one of the simulation.
func since(t time.Time) time.Duration { return t.Sub(epoch) }
