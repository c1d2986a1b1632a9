package tcpnet

import (
	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// Ids of the properties that a step can be found to break while it is made.
const (
	propBounds    = "bounds"
	propStream    = "P3"
	propMonotonic = "P21"
	propAcked     = "acked"
	propRstForRst = "rst"
)

// A Property is a claim about Net, with the section of the RFC that makes it.
type Property struct {
	ID   string
	Text string
	Cite string
	Kind model.Kind

	holds func(s *State) bool
	when  func(b *Bounds) bool // whether the bounds give it a meaning; nil is always
}

// Properties are all claims about Net.
var Properties = []Property{
	{ID: "P2", Kind: model.Always, Cite: "3.5", holds: agree,
		Text: "ends that are synchronized agree on both initial sequence numbers, and nothing is acknowledged that did not arrive"},
	{ID: propStream, Kind: model.Step, Cite: "3.4",
		Text: "the octets received are a prefix of those sent, each once and in order"},
	{ID: "P4", Kind: model.Always, Cite: "3.6", holds: endIsTheEnd,
		Text: "a user who is told that the peer has closed has received every octet that the peer sent"},
	{ID: "P5", Kind: model.Possible, Cite: "3.6", holds: finished,
		Text: "from everywhere both ends can still become CLOSED, with nothing left in the network"},
	{ID: "P8", Kind: model.Sometimes, Cite: "3.5; MUST-10", holds: simultaneousOpen, when: func(b *Bounds) bool { return b.BothOpen },
		Text: "both ends open at once, pass through SYN-RECEIVED, and become ESTABLISHED"},
	{ID: propMonotonic, Kind: model.Step, Cite: "3.4; 3.8.6",
		Text: "SND.UNA, RCV.NXT and the right edge of the receive window never go back"},
	{ID: propAcked, Kind: model.Step, Cite: "3.10.7.4; MUST-58",
		Text: "whatever is taken is acknowledged in the same step, or the delayed-ACK timer runs"},
	{ID: propRstForRst, Kind: model.Step, Cite: "3.10.7.1",
		Text: "RST is never answered with RST"},
	{ID: "invariants", Kind: model.Always, Cite: "3.10", holds: invariants,
		Text: "the invariants of the table hold at both ends"},
	{ID: "deadlock", Kind: model.Deadlock, Cite: "3.6", holds: finished,
		Text: "something can always happen until both ends are CLOSED"},
	{ID: propBounds, Kind: model.Step, Cite: "3.4",
		Text: "no value of the machine leaves its bounds"},

	{ID: "established", Kind: model.Sometimes, Cite: "3.5", holds: bothEstablished,
		Text: "both ends are ESTABLISHED (P2 says something)"},
	{ID: "delivered", Kind: model.Sometimes, Cite: "3.4", when: func(b *Bounds) bool { return b.Octets > 0 },
		Text: "every octet is received at both ends (P3 says something)"},
	{ID: "told", Kind: model.Sometimes, Cite: "3.6", holds: bothTold,
		Text: "both users are told that the peer has closed (P4 says something)"},
	{ID: "closing", Kind: model.Sometimes, Cite: "Fig 13", holds: bothIn(tcpfsm.TimeWait),
		Text: "both ends close at once and meet in TIME-WAIT"},
}

// properties binds the claims that have a meaning within the bounds.
func (n *Net) properties() []model.Property[State] {
	var bound []model.Property[State]
	for _, p := range Properties {
		if p.when != nil && !p.when(&n.b) {
			continue
		}
		holds := p.holds
		if p.ID == "delivered" {
			holds = n.allDelivered
		}
		bound = append(bound, model.Property[State]{ID: p.ID, Text: p.Text, Kind: p.Kind, Holds: holds})
	}
	return bound
}

// synchronized reports whether an end knows both initial sequence numbers for
// certain (section 3.5.2).
func synchronized(t *tcpfsm.TCB) bool { return t.State >= tcpfsm.Established }

func agree(s *State) bool {
	a, b := &s.Ends[0].TCB, &s.Ends[1].TCB
	if !synchronized(a) || !synchronized(b) {
		return true
	}
	return a.IRS == b.ISS && b.IRS == a.ISS && within(a, b) && within(b, a)
}

// within reports whether what has arrived lies between what is acknowledged and
// what was sent.
func within(from, to *tcpfsm.TCB) bool {
	return int32(to.RcvNxt-from.SndUna) >= 0 && int32(from.SndNxt-to.RcvNxt) >= 0
}

func endIsTheEnd(s *State) bool {
	for i := range s.Ends {
		e, peer := &s.Ends[i], &s.Ends[1-i]
		if e.EOF && (e.Got != peer.Written || !peer.Closed) {
			return false
		}
	}
	return true
}

func finished(s *State) bool {
	for i := range s.Ends {
		if s.Ends[i].TCB.State != tcpfsm.Closed || !s.Ends[i].Opened || s.Channels[i].n > 0 {
			return false
		}
	}
	return true
}

func invariants(s *State) bool {
	return s.Ends[0].TCB.Check() == nil && s.Ends[1].TCB.Check() == nil
}

func bothIn(state tcpfsm.State) func(*State) bool {
	return func(s *State) bool { return s.Ends[0].TCB.State == state && s.Ends[1].TCB.State == state }
}

func bothEstablished(s *State) bool { return bothIn(tcpfsm.Established)(s) }

// simultaneousOpen: an end that opened actively and is not passive has come from
// SYN-SENT; both in SYN-RECEIVED is only possible when the SYNs crossed.
func simultaneousOpen(s *State) bool {
	return bothEstablished(s) && !s.Ends[0].TCB.Passive && !s.Ends[1].TCB.Passive
}

func bothTold(s *State) bool { return s.Ends[0].EOF && s.Ends[1].EOF }

func (n *Net) allDelivered(s *State) bool {
	return int(s.Ends[0].Got) == n.b.mayWrite(1) && int(s.Ends[1].Got) == n.b.mayWrite(0)
}
