package tcpnet

import (
	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// Ids of the properties that a step or a host can be found to break by itself.
const (
	propBounds     = "bounds"
	propStream     = "P3"
	propUnclean    = "P6"
	propRefused    = "P9"
	propOld        = "P11"
	propForged     = "P14"
	propPassive    = "P20"
	propMonotonic  = "P21"
	propAcked      = "acked"
	propRstForRst  = "rst"
	propAssassin   = "assassination"
	propReset      = "H3"
	propInvariants = "invariants"
	propWayOut     = "way-out"
	propChild      = "child"
	propListener   = "listener"
	propOwn        = "own"
	propOverflow   = "overflow"
)

// A Property is a claim about Net, with the section of the RFC that makes it.
type Property struct {
	ID   string
	Text string
	Cite string
	Kind model.Kind

	holds func(s *State) bool
	from  func(s *State) bool
	only  func(label uint64) bool
	found bool                 // by Net, not by a predicate
	when  func(b *Bounds) bool // whether the bounds give it a meaning; nil is always
}

// Properties are all claims about Net.
var Properties = []Property{
	{ID: "P1", Kind: model.Always, Cite: "3.5; Fig 8", holds: noHalfOpen, when: oldSyns,
		Text: "a server that believes to be connected is so with the client's present connection, not with one begun by an old SYN"},
	{ID: "P2", Kind: model.Always, Cite: "3.5", holds: agree,
		Text: "ends that are synchronized agree on both initial sequence numbers, and nothing is acknowledged that did not arrive"},
	{ID: propStream, Kind: model.Step, Cite: "3.4",
		Text: "the octets received are a prefix of those sent, each once and in order"},
	{ID: "P4", Kind: model.Always, Cite: "3.6", holds: endIsTheEnd,
		Text: "a user who is told that the peer has closed has received every octet that the peer sent"},
	{ID: "P5", Kind: model.Possible, Cite: "3.6", holds: finished,
		Text: "from everywhere both ends can still become CLOSED, with nothing left in the network"},
	{ID: propUnclean, Kind: model.Step, Cite: "3.6; MUST-12", when: closesCleanly,
		Text: "LAST-ACK and CLOSING end by the peer's ACK, never by RST"},
	{ID: "P7", Kind: model.Possible, Cite: "3.5.1; Fig 10", from: halfOpen, holds: recovered, when: func(b *Bounds) bool { return b.Crashes > 0 },
		Text: "when one end has lost its memory and opens again, both can become ESTABLISHED anew"},
	{ID: "P8", Kind: model.Sometimes, Cite: "3.5; MUST-10", holds: simultaneousOpen, when: func(b *Bounds) bool { return b.BothOpen },
		Text: "both ends open at once, pass through SYN-RECEIVED, and become ESTABLISHED"},
	{ID: propRefused, Kind: model.Step, Cite: "3.10.7.4; MUST-11; Fig 8",
		Text: "RST with exactly the next sequence number returns a passive SYN-RECEIVED to its listener, and ends an active one"},
	{ID: "P10", Kind: model.Always, Cite: "3.10.7.4; RFC 5961 section 4", holds: notAlone, when: func(b *Bounds) bool { return b.Forge > 0 && b.Forged == ForgeSyn },
		Text: "no client is ESTABLISHED with a server that went back to LISTEN, with nothing in the network that would tell it"},
	{ID: propOld, Kind: model.Step, Cite: "3.6.1; RFC 1337", when: severalLives,
		Text: "no octet and no FIN of an earlier connection is taken by a later one on the same ports"},
	{ID: "P13", Kind: model.Endless, Cite: "3.8.6.1; RFC 1337 section 2", only: onlyPureAcks, when: func(b *Bounds) bool { return !b.timed() },
		Text: "nothing goes on for ever by exchanging pure ACKs only"},
	{ID: propForged, Kind: model.Step, Cite: "RFC 5961", when: func(b *Bounds) bool { return b.Forge > 0 },
		Text: "a forged segment changes nothing unless it is RST with exactly the next sequence number, or acknowledges what may be acknowledged"},
	{ID: "P15", Kind: model.Possible, Cite: "3.5.3; RFC 5961 section 3", from: abandoned, holds: bothGone, when: func(b *Bounds) bool { return b.Abort },
		Text: "an end whose peer has aborted can still learn of it, also when the RST was lost"},
	{ID: "P16", Kind: model.Possible, Cite: "3.8.6.1; MUST-35", from: bothWindowsClosed, holds: oneWindowOpen, when: func(b *Bounds) bool { return b.Lazy },
		Text: "two ends with closed windows, both with text to send, can hear that a window opens"},
	{ID: "P17", Kind: model.Leads, Cite: "3.6; 3.10.7.4", from: waitsForLastAck, holds: lastAckOver, when: fair,
		Text: "LAST-ACK ends, whatever is lost, if what is sent again and again arrives again and again, and timers that run expire"},
	{ID: "P18", Kind: model.Possible, Cite: "3.10.7.4; practice", from: waitsForAccept, holds: servedOrOver, when: func(b *Bounds) bool { return b.Busy && !b.Abort && b.Forge == 0 || crowded(b) && !b.Reserve },
		Text: "a client that is ESTABLISHED while its server waits for room in the accept queue can still be served"},
	{ID: "P19", Kind: model.Endless, Cite: "3.10.7.4; RFC 1337 section 2", only: onlyArrivals, when: func(b *Bounds) bool { return !b.timed() },
		Text: "without calls, losses and timers, what is in the network comes to an end; so TIME-WAIT does"},
	{ID: propPassive, Kind: model.Step, Cite: "3.10.7; MUST-11",
		Text: "SYN-RECEIVED remembers whether it came from an active or a passive OPEN"},
	{ID: propMonotonic, Kind: model.Step, Cite: "3.4; 3.8.6",
		Text: "SND.UNA, RCV.NXT and the right edge of the receive window never go back"},
	{ID: propAcked, Kind: model.Step, Cite: "3.10.7.4; MUST-58",
		Text: "whatever is taken is acknowledged in the same step, or the delayed-ACK timer runs"},
	{ID: propRstForRst, Kind: model.Step, Cite: "3.10.7.1",
		Text: "RST is never answered with RST"},
	{ID: propAssassin, Kind: model.Step, Cite: "RFC 1337", when: severalLives,
		Text: "no segment ends TIME-WAIT before its time"},
	{ID: propReset, Kind: model.Step, Cite: "RFC 1337 H3", when: func(b *Bounds) bool { return severalLives(b) && b.Patient && b.Crashes == 0 },
		Text: "a connection that is being opened is not ended by an answer to an old segment"},
	{ID: propInvariants, Kind: model.Always, Cite: "3.10", found: true,
		Text: "the invariants of the table hold at both ends"},
	{ID: propWayOut, Kind: model.Always, Cite: "3.10.8; practice", found: true, when: func(b *Bounds) bool { return b.Leave },
		Text: "in every state but CLOSED a timer runs, or it is the user's or the peer's move"},
	{ID: propChild, Kind: model.Step, Cite: "3.9.1.1; 3.10.7.4; MUST-41", when: crowded,
		Text: "what a listener makes of a SYN is passive, and becomes a connection or is deleted: it never listens itself"},
	{ID: propListener, Kind: model.Step, Cite: "3.9.1.1; MUST-41; MUST-42", when: crowded,
		Text: "a listener goes on listening as it was, whatever its children are and whatever becomes of them"},
	{ID: propOwn, Kind: model.Step, Cite: "3.10.7; 3.9.1.1; MUST-41", when: crowded,
		Text: "what a client sends reaches its own connection and no other one"},
	{ID: "backlog", Kind: model.Always, Cite: "practice", when: crowded,
		Text: "no more connections wait to be accepted than listen(n) allows, as the system counts it"},
	{ID: "room", Kind: model.Always, Cite: "practice: BSD", when: func(b *Bounds) bool { return crowded(b) && b.Reserve },
		Text: "where a SYN is taken only if there will be room for it, no handshake that is completed finds the accept queue full"},
	{ID: propOverflow, Kind: model.Step, Cite: "practice: Linux tcp_abort_on_overflow", when: func(b *Bounds) bool { return crowded(b) && b.Options.Has(tcpfsm.OptAbortOnOverflow) },
		Text: "a client whose handshake finds the accept queue full is told so by RST, and its child is gone"},
	{ID: "beside", Kind: model.Possible, Cite: "3.9.1.1; MUST-42", when: func(b *Bounds) bool { return b.Clients > 1 && (b.Abort || b.Leave || b.Crashes > 0) },
		Text: "a client that has sent its SYN can be served, whatever another one does that aborts, leaves, or is never heard of again"},
	{ID: "deadlock", Kind: model.Deadlock, Cite: "3.6", holds: finished,
		Text: "something can always happen until both ends are CLOSED"},
	{ID: propBounds, Kind: model.Step, Cite: "3.4",
		Text: "no value of the machine leaves its bounds"},

	{ID: "established", Kind: model.Sometimes, Cite: "3.5", holds: bothEstablished,
		Text: "both ends are ESTABLISHED (P2 says something)"},
	{ID: "again", Kind: model.Sometimes, Cite: "3.6.1", holds: establishedAgain, when: severalLives,
		Text: "both ends are ESTABLISHED in a later connection (P11 says something)"},
	{ID: "delivered", Kind: model.Sometimes, Cite: "3.4", when: func(b *Bounds) bool { return b.Octets > 0 },
		Text: "every octet is received at both ends (P3 says something)"},
	{ID: "served", Kind: model.Sometimes, Cite: "3.9.1.1; MUST-42", when: crowded,
		Text: "all clients are connected and accepted at once (own says something)"},
	{ID: "waits", Kind: model.Sometimes, Cite: "practice: Linux", when: func(b *Bounds) bool { return crowded(b) && !b.Reserve && (b.Busy || b.Clients > 2) },
		Text: "a handshake that is completed finds the accept queue full (backlog says something)"},
	{ID: "told", Kind: model.Sometimes, Cite: "3.6", holds: bothTold, when: func(b *Bounds) bool { return !b.Stay },
		Text: "both users are told that the peer has closed (P4 says something)"},
	{ID: "closing", Kind: model.Sometimes, Cite: "Fig 13", holds: bothIn(tcpfsm.TimeWait),
		Text: "both ends close at once and meet in TIME-WAIT"},
}

// crowded reports whether b listens with children.
func crowded(b *Bounds) bool { return b.Clients > 0 }

// severalLives reports whether the same ports see more than one connection.
func severalLives(b *Bounds) bool { return b.lives() > 1 || b.Crashes > 0 }

// oldSyns reports whether a SYN can be one of an earlier connection, and nothing
// else disturbs.
func oldSyns(b *Bounds) bool {
	return b.Crashes == 0 && (b.lives() > 1 && b.Forge == 0 || b.Forge > 0 && b.Forged == ForgeSyn)
}

// closesCleanly reports whether the bounds promise that TIME-WAIT outlasts the peer's
// last retransmission.
func closesCleanly(b *Bounds) bool {
	return b.timed() && b.RTO > 0 && b.Prompt && !b.Abort && !b.Leave && b.lives() == 1 && b.Crashes == 0 && b.Forge == 0
}

// properties binds the claims to this system.
func (n *Net) properties() []model.Property[State] {
	var bound []model.Property[State]
	for _, p := range n.claims {
		holds := p.holds
		if p.ID == "delivered" {
			holds = n.allDelivered
		}
		bound = append(bound, model.Property[State]{
			ID: p.ID, Text: p.Text, Kind: p.Kind, Holds: holds, From: p.from, Only: p.only, Found: p.found,
		})
	}
	return bound
}

// synchronized reports whether an end knows both initial sequence numbers for
// certain (section 3.5.2).
func synchronized(t *tcpfsm.TCB) bool { return t.State >= tcpfsm.Established }

// together reports whether both ends are synchronized, with each other's present
// connection.
func together(s *State) bool {
	return synchronized(&s[0].TCB) && synchronized(&s[1].TCB) && s[0].Peer == s[1].Life+1 && s[1].Peer == s[0].Life+1
}

func agree(s *State) bool {
	a, b := &s[0].TCB, &s[1].TCB
	return !together(s) || a.IRS == b.ISS && b.IRS == a.ISS && within(a, b) && within(b, a)
}

// within reports whether what has arrived lies between what is acknowledged and
// what was sent.
func within(from, to *tcpfsm.TCB) bool {
	return int32(to.RcvNxt-from.SndUna) >= 0 && int32(from.SndNxt-to.RcvNxt) >= 0
}

func endIsTheEnd(s *State) bool {
	for i := range s {
		h, peer := s[i], s[1-i]
		if h.EOF && h.Peer == peer.Life+1 && (h.Got != peer.Written || !peer.Closed) {
			return false
		}
	}
	return true
}

func finished(s *State) bool {
	for _, h := range s {
		if h.TCB.State != tcpfsm.Closed || !h.Opened || h.Channel.n > 0 {
			return false
		}
	}
	return true
}

func bothIn(state tcpfsm.State) func(*State) bool {
	return func(s *State) bool { return s[0].TCB.State == state && s[1].TCB.State == state }
}

func bothEstablished(s *State) bool { return bothIn(tcpfsm.Established)(s) }

func establishedAgain(s *State) bool {
	return bothEstablished(s) && together(s) && s[0].Life > 0
}

// simultaneousOpen: an end that opened actively and is not passive has come from
// SYN-SENT; both in SYN-RECEIVED is only possible when the SYNs crossed.
func simultaneousOpen(s *State) bool {
	return bothEstablished(s) && !s[0].TCB.Passive && !s[1].TCB.Passive
}

func bothTold(s *State) bool { return s[0].EOF && s[1].EOF }

func (n *Net) allDelivered(s *State) bool {
	return int(s[0].Got) == n.b.mayWrite(1) && int(s[1].Got) == n.b.mayWrite(0)
}

// noHalfOpen: a server in ESTABLISHED is connected with a SYN of the client that is
// in the same connection still, or has ended it.
func noHalfOpen(s *State) bool {
	a, b := s[0], s[1]
	return b.TCB.State != tcpfsm.Established || a.TCB.State != tcpfsm.Established || b.Peer == a.Life+1
}

// halfOpen: one end lost its memory and opens again while the other one is still in
// the connection before.
func halfOpen(s *State) bool {
	a, b := s[0], s[1]
	return a.Spent[budgetCrash] > 0 && a.TCB.State == tcpfsm.SynSent && !a.Closed &&
		b.TCB.State == tcpfsm.Established && !b.Closed && b.Peer == a.Life && int(b.Life) == 0
}

func recovered(s *State) bool {
	return bothEstablished(s) && together(s)
}

// notAlone: the client is not ESTABLISHED with a server in LISTEN and an empty
// network.
func notAlone(s *State) bool {
	return s[0].TCB.State != tcpfsm.Established || s[1].TCB.State != tcpfsm.Listen || s[0].Channel.n+s[1].Channel.n > 0
}

// abandoned: one end has aborted and the other one is still in the connection.
func abandoned(s *State) bool {
	for i := range s {
		if s[i].TCB.State == tcpfsm.Closed && s[i].Left && synchronized(&s[1-i].TCB) && s[1-i].TCB.State != tcpfsm.TimeWait {
			return true
		}
	}
	return false
}

func bothGone(s *State) bool {
	return s[0].TCB.State == tcpfsm.Closed && s[1].TCB.State == tcpfsm.Closed
}

// waitsForAccept: the client believes to be connected, the server has no room.
func waitsForAccept(s *State) bool {
	return s[0].TCB.State == tcpfsm.Established && s[1].TCB.State == tcpfsm.SynReceived && s[1].Full && !s[0].Closed && !s[1].Closed
}

func servedOrOver(s *State) bool { return bothEstablished(s) && together(s) }

// bothWindowsClosed: each end waits for the other one's window.
func bothWindowsClosed(s *State) bool {
	for _, h := range s {
		if h.TCB.State != tcpfsm.Established || h.TCB.SndWnd > 0 || h.TCB.Queued == 0 || h.Closed {
			return false
		}
	}
	return true
}

func oneWindowOpen(s *State) bool {
	return s[0].TCB.State == tcpfsm.Established && s[0].TCB.SndWnd > 0 || s[1].TCB.State == tcpfsm.Established && s[1].TCB.SndWnd > 0
}

// stranded reports whether an end is in a state that nothing of its own will ever
// end: no timer runs, and its user is gone.
func stranded(t *tcpfsm.TCB) bool {
	return t.State == tcpfsm.FinWait2 && t.Orphan && t.Armed&^(1<<tcpfsm.TimerDelayedAck) == 0
}

// fair reports whether the bounds are small enough to look at every fair run, and
// leave the network everything that it needs.
func fair(b *Bounds) bool { return b.Fair }

func waitsForLastAck(s *State) bool {
	return s[0].TCB.State == tcpfsm.LastAck || s[1].TCB.State == tcpfsm.LastAck
}

func lastAckOver(s *State) bool { return !waitsForLastAck(s) }

// onlyArrivals: segments arrive, and nothing else happens.
func onlyArrivals(label uint64) bool {
	kind, _, _ := splitLabel(label)
	return kind == labelDeliver
}

// onlyPureAcks: segments that are nothing but acknowledgments arrive. Time does not
// go by, so a throttle ends such a run.
func onlyPureAcks(label uint64) bool {
	kind, _, arg := splitLabel(label)
	m := message(arg)
	return kind == labelDeliver && tcpfsm.Flags(m&63) == tcpfsm.ACK && m>>messageText&15 == 0
}
