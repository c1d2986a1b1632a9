package proptest

import (
	"io"
	"slices"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// A MachineStack is the least that makes a Stack of a machine: buffers and timers.
// It is for trying out machines, such as changed tables, and a model of how a Stack
// is written around a real one.
type MachineStack struct {
	machine Machine
	tcb     tcpfsm.TCB
	out     tcpfsm.Output
	isn     uint32
	msl     time.Duration

	now       time.Duration
	deadlines [8]time.Duration
	backedOff int    // doublings of the retransmission timeout
	unacked   []byte // from SND.UNA on
	unread    []byte
	departed  []Packet
}

// NewMachineStack makes a stack in CLOSED whose connection will begin with a sequence
// number. It listens without children, so that the options should not have
// tcpfsm.OptChildPerListener for the sake of anything but its rows.
func NewMachineStack(machine Machine, cfg Config, isn uint32) *MachineStack {
	c := cfg.withDefaults()
	t := tcpfsm.TCB{Options: c.Options, RcvBuf: 4000, SndMss: peerMSS, ChallengeMax: 10}
	return &MachineStack{machine: machine, tcb: t, isn: isn, msl: c.MSL}
}

// feed runs an event and does what the machine asks for; text is a segment's.
func (s *MachineStack) feed(e tcpfsm.Event, text []byte) error {
	e.ISN = s.isn
	before := s.tcb
	s.machine(&s.tcb, &e, &s.out)
	if s.tcb.SndUna != before.SndUna {
		s.backedOff = 0
	}
	for timer := range s.out.Started.All() {
		s.deadlines[timer] = s.now + s.length(timer)
	}
	s.unacked = s.unacked[min(len(s.unacked), int(s.out.Acked)):]
	if s.out.Take > 0 {
		s.unread = append(s.unread, text[s.out.Skip:s.out.Skip+s.out.Take]...)
	}
	s.send(s.out.Ctl, &before)
	s.send(s.out.Data, &before)
	if s.tcb.State == tcpfsm.Closed {
		s.unacked, s.unread = nil, nil
	}
	return s.out.Answer.Err()
}

// send puts a segment together, with its text from the buffer, which begins at
// SND.UNA, behind the SYN if that is not acknowledged.
func (s *MachineStack) send(seg tcpfsm.Segment, before *tcpfsm.TCB) {
	if seg.Flags == 0 {
		return
	}
	first := int(seg.Seq - s.tcb.SndUna)
	if !s.tcb.SynAcked && first > 0 {
		first--
	}
	for {
		p := Packet{}
		p.Segment = seg
		p.Text = min(seg.Text, before.SndMss)
		if p.Text > 0 && first+int(p.Text) <= len(s.unacked) {
			p.Payload = slices.Clone(s.unacked[first : first+int(p.Text)])
		}
		if p.Text < seg.Text {
			p.Flags &^= tcpfsm.FIN
		}
		s.departed = append(s.departed, p)
		if p.Text == seg.Text {
			return
		}
		seg.Seq, seg.Text, first = seg.Seq+p.Text, seg.Text-p.Text, first+int(p.Text)
	}
}

// length is how long a timer runs.
func (s *MachineStack) length(timer tcpfsm.Timer) time.Duration {
	switch timer {
	case tcpfsm.TimerTimeWait:
		return 2 * s.msl
	case tcpfsm.TimerDelayedAck:
		return 40 * time.Millisecond
	case tcpfsm.TimerRTX, tcpfsm.TimerPersist:
		return time.Second << min(s.backedOff, 6)
	}
	return 1000 * time.Hour
}

// Listen is the passive OPEN.
func (s *MachineStack) Listen() error {
	return s.feed(tcpfsm.Event{Kind: tcpfsm.EventOpenPassive}, nil)
}

// Open is the active OPEN.
func (s *MachineStack) Open() error {
	return s.feed(tcpfsm.Event{Kind: tcpfsm.EventOpenActive, RemoteGiven: true}, nil)
}

// Send takes octets.
func (s *MachineStack) Send(p []byte) (int, error) {
	s.unacked = append(s.unacked, p...)
	if err := s.feed(tcpfsm.Event{Kind: tcpfsm.EventSend, Octets: uint32(len(p))}, nil); err != nil {
		s.unacked = s.unacked[:max(0, len(s.unacked)-len(p))]
		return 0, err
	}
	return len(p), nil
}

// Receive hands over octets.
func (s *MachineStack) Receive(p []byte) (int, error) {
	err := s.feed(tcpfsm.Event{Kind: tcpfsm.EventReceive, Octets: uint32(len(p))}, nil)
	n := copy(p, s.unread[:min(len(s.unread), int(s.out.Delivered))])
	s.unread = s.unread[n:]
	switch err {
	case tcpfsm.AnswerPending:
		return 0, nil
	case tcpfsm.AnswerConnectionClosing:
		return 0, io.EOF
	}
	return n, err
}

// Close ends sending.
func (s *MachineStack) Close() error { return s.feed(tcpfsm.Event{Kind: tcpfsm.EventClose}, nil) }

// Abort gives up.
func (s *MachineStack) Abort() error { return s.feed(tcpfsm.Event{Kind: tcpfsm.EventAbort}, nil) }

// Arrive takes a segment.
func (s *MachineStack) Arrive(p Packet) {
	p.Text = uint32(len(p.Payload))
	s.feed(tcpfsm.Event{Kind: tcpfsm.EventSegment, Seg: p.Segment}, p.Payload)
}

// Departed gives what was sent.
func (s *MachineStack) Departed() []Packet {
	list := s.departed
	s.departed = nil
	return list
}

// Advance lets timers expire, the earliest first.
func (s *MachineStack) Advance(d time.Duration) {
	end := s.now + d
	for {
		next, found := tcpfsm.Timer(0), false
		for timer := range s.tcb.Armed.All() {
			if at := s.deadlines[timer]; at <= end && (!found || at < s.deadlines[next]) {
				next, found = timer, true
			}
		}
		if !found {
			s.now = end
			return
		}
		s.now = max(s.now, s.deadlines[next])
		if next == tcpfsm.TimerRTX || next == tcpfsm.TimerPersist {
			s.backedOff++
		}
		s.feed(tcpfsm.Event{Kind: next.Event()}, nil)
	}
}

// State gives the state.
func (s *MachineStack) State() tcpfsm.State { return s.tcb.State }

// TCB gives everything that the machine knows.
func (s *MachineStack) TCB() tcpfsm.TCB { return s.tcb }
