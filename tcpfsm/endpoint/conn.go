package endpoint

import (
	"errors"
	"io"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// A Conn is one connection: the machine, and what the machine leaves to whoever
// wraps it. Make one with New, or get it from a Listener. It is for one goroutine
// at a time.
type Conn struct {
	cfg  *Config // shared by all connections of a Listener, never changed
	pair Pair
	tcb  tcpfsm.TCB
	out  tcpfsm.Output // of the step under way
	row  tcpfsm.RowID  // that fired last

	send ring   // from SND.UNA on: unacknowledged, queued, held back
	kept uint32 // octets at the end of send that the machine does not know of yet
	recv ring   // taken and unread; behind them, what early segments brought

	now         time.Time // of the last step
	synTimeouts uint32    // since the first SYN left
	stamps      stamps

	early    reassembly
	outbox   outbox
	rtt      estimator
	recovery recovery

	deadlines [timers]time.Time
	ticking   bool // a challenge ACK was sent, and the budget will be refilled

	listener *Listener // while the connection waits in one of its queues
	signals  tcpfsm.Signals
	err      error // why the connection ended before its time
	eof      bool  // the peer has closed, and everything before that is in recv
	left     bool  // the user will not read any more
}

// Why a connection ended before its time. They stand for the machine's signals
// and are found by errors.Is; calls that are refused return the machine's answer,
// a tcpfsm.Answer, which errors.Is finds as well.
var (
	ErrReset       = errors.New("endpoint: connection reset")
	ErrRefused     = errors.New("endpoint: connection refused")
	ErrUserTimeout = errors.New("endpoint: connection aborted due to user timeout")
	ErrTimedOut    = errors.New("endpoint: connection aborted: the peer does not answer")
	ErrUnreachable = errors.New("endpoint: connection aborted: destination unreachable")
)

// endings are the signals that end a connection before its time.
var endings = [...]struct {
	signal tcpfsm.Signal
	err    error
}{
	{tcpfsm.SignalReset, ErrReset},
	{tcpfsm.SignalRefused, ErrRefused},
	{tcpfsm.SignalUserTimeout, ErrUserTimeout},
	{tcpfsm.SignalTimedOut, ErrTimedOut},
	{tcpfsm.SignalUnreachable, ErrUnreachable},
}

// New makes a connection in CLOSED between the two sockets; Connect opens it. The
// error says which value of the Config can't work.
func New(cfg Config, pair Pair) (*Conn, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	return newConn(&cfg, pair), nil
}

func newConn(cfg *Config, pair Pair) *Conn {
	c := &Conn{cfg: cfg, pair: pair, tcb: cfg.tcb()}
	c.send.size, c.recv.size = cfg.SendBuffer, cfg.ReceiveBuffer
	c.rtt.settle(c.cfg)
	return c
}

// Pair gives the two sockets.
func (c *Conn) Pair() Pair { return c.pair }

// State gives the machine's state.
func (c *Conn) State() tcpfsm.State { return c.tcb.State }

// TCB is the answer to the call STATUS (section 3.9.1.6): a copy of everything
// that the machine knows.
func (c *Conn) TCB() tcpfsm.TCB { return c.tcb }

// Row gives the row of the table that fired last.
func (c *Conn) Row() tcpfsm.RowID { return c.row }

// Err says why the connection ended before its time; nil if it did not.
func (c *Conn) Err() error { return c.err }

// Signals gives what the machine told the user since the last call of Signals.
func (c *Conn) Signals() tcpfsm.Signals {
	signals := c.signals
	c.signals = 0
	return signals
}

// Readable is how many octets Read would give.
func (c *Conn) Readable() int { return c.recv.n }

// Writable is how many octets Write would take.
func (c *Conn) Writable() int { return c.send.free() }

// Connect opens the connection: the SYN is ready for Next.
func (c *Conn) Connect(now time.Time) error {
	if c.tcb.State == tcpfsm.Closed {
		c.begin()
	}
	c.feed(now, tcpfsm.Event{Kind: tcpfsm.EventOpenActive, ISN: c.cfg.isn(c.pair, now), RemoteGiven: true}, nil)
	return c.out.Answer.Err()
}

// begin forgets what is left of an earlier connection of this Conn, except what
// still has to be sent.
func (c *Conn) begin() {
	c.send.clear()
	c.recv.clear()
	c.early = reassembly{}
	c.recovery = recovery{}
	c.kept, c.signals, c.err, c.eof, c.left = 0, 0, nil, false, false
	c.tcb.SndMss = min(uint32(c.cfg.MSS), MSSDefault)
	c.rtt = estimator{}
	c.rtt.settle(c.cfg)
	c.synTimeouts, c.stamps = 0, stamps{}
}

// Write takes as many octets as there is room for, and says how many: 0 without an
// error means that the buffer is full until the peer has acknowledged some.
func (c *Conn) Write(now time.Time, p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	if err := c.maySend(); err != nil {
		return 0, err
	}
	n := c.send.append(p)
	c.kept += uint32(n)
	c.offer(now)
	return n, nil
}

// maySend asks the machine whether it would take octets now. The machine is pure,
// so a question costs a copy of the TCB.
func (c *Conn) maySend() error {
	t := c.tcb
	var out tcpfsm.Output
	t.Send(0, 0, &out)
	return out.Answer.Err()
}

// Read hands over octets in order. Without any it returns io.EOF at the end of the
// stream, tcpfsm.AnswerPending if some may come, or why none will come.
func (c *Conn) Read(now time.Time, p []byte) (int, error) {
	switch {
	case c.err != nil:
		return 0, c.err
	case c.left:
		return 0, tcpfsm.AnswerConnectionClosing
	case c.tcb.State == tcpfsm.Closed:
		return c.drain(p)
	case len(p) == 0:
		return 0, nil
	}
	c.feed(now, tcpfsm.Event{Kind: tcpfsm.EventReceive, Octets: uint32(min(len(p), BufferMax))}, nil)
	if c.out.Answer == tcpfsm.AnswerConnectionClosing && c.eof && c.tcb.Unread == 0 {
		return 0, io.EOF
	}
	return c.handOver(p[:c.out.Delivered]), c.out.Answer.Err()
}

// drain reads what is left of a connection that ended in order: it was
// acknowledged, so that the peer will not send it again.
func (c *Conn) drain(p []byte) (int, error) {
	switch {
	case c.recv.n > 0:
		return c.handOver(p[:min(len(p), c.recv.n)]), nil
	case c.eof:
		return 0, io.EOF
	}
	return 0, tcpfsm.AnswerNoConnection
}

func (c *Conn) handOver(p []byte) int {
	c.recv.peek(0, p)
	c.recv.discard(len(p))
	return len(p)
}

// CloseWrite is the RFC's CLOSE: nothing more will be written, and the FIN follows
// what was; reading goes on.
func (c *Conn) CloseWrite(now time.Time) error { return c.call(now, tcpfsm.EventClose) }

// Close is close() of sockets: nothing more will be written or read. What was
// written is still sent; but a peer whose text was received and not read, or that
// sends more, is reset (section 3.6.1).
func (c *Conn) Close(now time.Time) error {
	c.left = true
	return c.call(now, tcpfsm.EventCloseOrphan)
}

// Abort gives the connection up: the peer is reset, and all buffers are flushed.
func (c *Conn) Abort(now time.Time) error { return c.call(now, tcpfsm.EventAbort) }

// Unreachable tells of an ICMP error about a segment of this connection whose
// sequence number is in flight (section 3.9.2.2). A hard one is Destination
// Unreachable with a code of 2 to 4.
func (c *Conn) Unreachable(now time.Time, hard bool) {
	kind := tcpfsm.EventIcmpSoft
	if hard {
		kind = tcpfsm.EventIcmpHard
	}
	c.feed(now, tcpfsm.Event{Kind: kind}, nil)
}

// call feeds a call without arguments. What was held back goes first, so that the
// FIN comes behind it.
func (c *Conn) call(now time.Time, kind tcpfsm.EventKind) error {
	if c.kept > 0 && kind != tcpfsm.EventAbort {
		c.give(now, c.kept)
	}
	c.feed(now, tcpfsm.Event{Kind: kind}, nil)
	return c.out.Answer.Err()
}
