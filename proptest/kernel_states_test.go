package proptest

import (
	"testing"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// The sockets of the matrix, reached by events as the kernel's were: nothing but SYN and
// FIN was ever sent, everything sent is answered except what the state itself waits for,
// and nothing waits to be read. No line needs a TCB made up by hand.
//
//   - SYN_RECV_pas is what Linux calls a request socket: a child of a listener.
//   - SYN_RECV_act was opened actively and met by a SYN: a full socket.
//   - The synchronized ones are led here through a listener, and half closed with
//     shutdown: no orphans. The answers to ACK = ISS say that the kernel's were too:
//     tcp_ack counts the SYN of a socket that connected among what was acknowledged,
//     and would not have challenged it.
//   - TIME_WAIT is a minisock; RCV.NXT and SND.NXT are all that it has.

// The sequence numbers wrap soon, so that offsets are computed across the wrap.
const (
	kernelISS    = 1<<32 - 500
	kernelIRS    = 1<<32 - 700
	kernelWindow = 64240 // both ends'; "right" of the matrix is 5000 beyond it
)

// A socket is a TCB that was led to one of the matrix's states.
type socket struct {
	t   *testing.T
	tcb tcpfsm.TCB
}

func (s *socket) event(e tcpfsm.Event) {
	var out tcpfsm.Output
	s.tcb.Step(&e, &out)
	if err := s.tcb.Check(); err != nil {
		s.t.Fatal(err)
	}
}

// user gives a call of the user.
func (s *socket) user(kind tcpfsm.EventKind) {
	s.event(tcpfsm.Event{Kind: kind, ISN: kernelISS, RemoteGiven: true})
}

// peer gives the segment that the peer would send next; behind acknowledges one number
// less than all.
func (s *socket) peer(flags tcpfsm.Flags, behind uint32) {
	seg := tcpfsm.Segment{Seq: s.tcb.RcvNxt, Ack: s.tcb.SndNxt - behind, Wnd: kernelWindow, Flags: flags}
	if flags.Has(tcpfsm.SYN) {
		seg.Seq, seg.Ack = kernelIRS, 0
	}
	s.event(tcpfsm.Event{Kind: tcpfsm.EventSegment, Seg: seg, ISN: kernelISS})
}

// accepted is a child of a listener whose handshake is complete.
func (s *socket) accepted() {
	s.user(tcpfsm.EventOpenPassive)
	s.peer(tcpfsm.SYN, 0)
	s.peer(tcpfsm.ACK, 0)
}

// reachSocket are the ways to the matrix's states.
var reachSocket = map[string]func(*socket){
	"CLOSED":       func(*socket) {},
	"LISTEN":       func(s *socket) { s.user(tcpfsm.EventOpenPassive) },
	"SYN_SENT":     func(s *socket) { s.user(tcpfsm.EventOpenActive) },
	"SYN_RECV_act": func(s *socket) { s.user(tcpfsm.EventOpenActive); s.peer(tcpfsm.SYN, 0) },
	"SYN_RECV_pas": func(s *socket) { s.user(tcpfsm.EventOpenPassive); s.peer(tcpfsm.SYN, 0) },
	"ESTABLISHED":  func(s *socket) { s.accepted() },
	"FIN_WAIT1":    func(s *socket) { s.accepted(); s.user(tcpfsm.EventShutdown) },
	"FIN_WAIT2":    func(s *socket) { s.accepted(); s.user(tcpfsm.EventShutdown); s.peer(tcpfsm.ACK, 0) },
	"CLOSE_WAIT":   func(s *socket) { s.accepted(); s.peer(tcpfsm.FIN|tcpfsm.ACK, 0) },
	"LAST_ACK":     func(s *socket) { s.accepted(); s.peer(tcpfsm.FIN|tcpfsm.ACK, 0); s.user(tcpfsm.EventShutdown) },
	"CLOSING":      func(s *socket) { s.accepted(); s.user(tcpfsm.EventShutdown); s.peer(tcpfsm.FIN|tcpfsm.ACK, 1) },
	"TIME_WAIT":    func(s *socket) { s.accepted(); s.user(tcpfsm.EventShutdown); s.peer(tcpfsm.FIN|tcpfsm.ACK, 0) },
}

// newSocket leads a TCB to the line's state. No challenge ACK was sent before: the
// budget is full. Where the options have no simultaneous open, SYN_RECV_act is reached
// with it, and only then they count.
func newSocket(t *testing.T, name string, options tcpfsm.Options) tcpfsm.TCB {
	s := socket{t: t, tcb: tcpfsm.TCB{Options: options &^ tcpfsm.OptNoSimOpen, RcvBuf: kernelWindow, SndMss: 1460, ChallengeMax: 100}}
	reachSocket[name](&s)
	if got := s.tcb.State.String(); got != socketStates[name] {
		t.Fatalf("%s: the events lead to %s, want %s", name, got, socketStates[name])
	}
	s.tcb.Options = options
	return s.tcb
}
