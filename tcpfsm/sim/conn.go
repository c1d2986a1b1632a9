package sim

import (
	"slices"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// A Conn is one end of a connection, at its host.
type Conn struct {
	host     *Host
	end      *endpoint.Conn
	name     string // in the log
	listener *Listener
	accepted bool
	opened   bool          // it was beyond SYN-RECEIVED, and the listener was told
	dead     bool          // its host has crashed, or another has its place
	wake     time.Duration // of the item in the queue that is for it, if it waits
	waits    bool
	busy     bool // its application is at work
	sent     int  // octets, for their pattern
	received int
}

// Host is where the end is.
func (c *Conn) Host() *Host { return c.host }

// Pair gives the two sockets.
func (c *Conn) Pair() endpoint.Pair { return c.end.Pair() }

// Peer is the host at the other end.
func (c *Conn) Peer() *Host { return c.host.sim.byAddr[c.Pair().Remote.Addr()] }

// State is the machine's state. A connection whose host has crashed is CLOSED.
func (c *Conn) State() tcpfsm.State {
	if c.dead {
		return tcpfsm.Closed
	}
	return c.end.State()
}

// Endpoint is the end itself, to be looked at: whoever calls its methods that take a
// time spoils the simulation.
func (c *Conn) Endpoint() *endpoint.Conn { return c.end }

// Err says why the connection ended before its time; nil if it did not.
func (c *Conn) Err() error { return c.end.Err() }

// Received is how many octets were read so far.
func (c *Conn) Received() int { return c.received }

// Write sends octets, as many as there is room for.
func (c *Conn) Write(p []byte) (n int, err error) { return c.write(p, len(p)) }

// Send is Write of so many octets of a pattern.
func (c *Conn) Send(octets int) (n int, err error) {
	p := make([]byte, min(octets, c.end.Writable()))
	for i := range p {
		p[i] = pattern(c.sent + i)
	}
	return c.write(p, octets)
}

// pattern is the octet at a place of what Send sends: every place can be recognized.
func pattern(at int) byte { return byte(at ^ at>>8 ^ at>>16) }

func (c *Conn) write(p []byte, asked int) (n int, err error) {
	if !c.begin(trace.Event{Name: "send", N: uint32(asked), HasN: true}) {
		return 0, tcpfsm.AnswerNoConnection
	}
	n, err = c.end.Write(c.host.sim.clock(), p)
	c.sent += n
	c.finish()
	return n, err
}

// Read takes octets that have arrived: io.EOF at the end, tcpfsm.AnswerPending if
// some may come.
func (c *Conn) Read(p []byte) (n int, err error) {
	if !c.begin(trace.Event{Name: "receive", N: uint32(len(p)), HasN: c.end.Readable() > 0}) {
		return 0, tcpfsm.AnswerNoConnection
	}
	n, err = c.end.Read(c.host.sim.clock(), p)
	c.received += n
	c.finish()
	return n, err
}

// CloseWrite is the RFC's CLOSE: nothing more will be sent, reading goes on.
func (c *Conn) CloseWrite() error { return c.do("close", c.end.CloseWrite) }

// Close is close() of sockets: nothing more will be sent or read.
func (c *Conn) Close() error { return c.do("orphan", c.end.Close) }

// Abort resets the peer and forgets the connection.
func (c *Conn) Abort() error { return c.do("abort", c.end.Abort) }

func (c *Conn) do(name string, call func(time.Time) error) error {
	if !c.begin(trace.Event{Name: name}) {
		return tcpfsm.AnswerNoConnection
	}
	err := call(c.host.sim.clock())
	c.finish()
	return err
}

// begin notes a call; it reports whether there is still a connection to call.
func (c *Conn) begin(ev trace.Event) bool {
	ev.Kind, ev.Host = trace.Called, c.host.name
	if !c.dead {
		c.host.because(ev)
	}
	return !c.dead
}

// finish logs a call that led to no step, and sends what came of it.
func (c *Conn) finish() {
	c.host.settled(c.name)
	c.settle()
}

// advance lets the timers expire whose time has come.
func (c *Conn) advance() {
	c.host.advancing = true
	c.end.Advance(c.host.sim.clock())
	c.host.advancing = false
	c.settle()
}

// settle sends what the connection has to send, lets the application know, and plans
// the next timer. A call from within the application is settled when that returns.
func (c *Conn) settle() {
	if c.busy {
		return
	}
	c.drain()
	c.tell()
	c.plan()
}

func (c *Conn) drain() {
	s := c.host.sim
	for {
		h, n, ok := c.end.Next(s.buf[:])
		if !ok {
			return
		}
		s.send(c.host, c.end.Pair(), h, s.buf[:n], c.name)
	}
}

// tell calls the application, and the listener's when there is something to accept.
func (c *Conn) tell() {
	c.busy = true
	if l := c.listener; l != nil && !c.opened && c.end.State() != tcpfsm.SynReceived && c.end.State() != tcpfsm.Closed {
		if c.opened = true; l.cfg.OnReady != nil {
			l.cfg.OnReady(l)
		}
	}
	if c.accepted && c.host.App != nil {
		c.host.App(c)
	}
	c.busy = false
	c.drain()
}

// plan puts the connection's next timer into the queue, and forgets the connection
// when it has ended.
func (c *Conn) plan() {
	h := c.host
	if c.end.State() == tcpfsm.Closed {
		c.waits = false
		if h.conns[c.Pair()] == c {
			delete(h.conns, c.Pair())
			h.ended(c)
		}
		return
	}
	at, ok := c.end.NextDeadline()
	if !ok {
		c.waits = false
		return
	}
	if wake := max(since(at), h.sim.now); !c.waits || c.wake != wake {
		c.waits, c.wake = true, wake
		h.sim.queue.push(item{at: wake, conn: c})
	}
}

// sorted gives the connections of a host in an order that is always the same.
func (h *Host) sorted() []*Conn {
	all := make([]*Conn, 0, len(h.conns))
	for _, c := range h.conns {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *Conn) int {
		if d := a.Pair().Remote.Compare(b.Pair().Remote); d != 0 {
			return d
		}
		return a.Pair().Local.Compare(b.Pair().Local)
	})
	return all
}
