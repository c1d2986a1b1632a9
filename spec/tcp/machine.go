// Package tcp is the table: the TCP connection state machine of RFC 9293 section
// 3.10, written once. Everything else in this module is generated from it, runs
// it, or is held against it.
//
// The files follow the subsections of section 3.10 in the RFC's order, so that
// the RFC can be read on the left and the table on the right: open.go, send.go,
// receive.go, close.go, abort.go, status.go, segment_closed.go, segment_listen.go,
// segment_synsent.go, segment.go, timeouts.go; icmp.go holds section 3.9.2.2.
// This file declares the vocabulary; options.go the choices and profiles;
// predicates.go and actions.go the named parts that rows are made of.
package tcp

import "github.com/tcpfsm/tcpfsm/spec"

// The states of section 3.3.2.
const (
	Closed spec.StateSet = 1 << iota
	Listen
	SynSent
	SynReceived
	Established
	FinWait1
	FinWait2
	CloseWait
	Closing
	LastAck
	TimeWait
)

// Groups of states that rows name.
const (
	// Synchronized: both ends know both initial sequence numbers (section 3.5.2).
	Synchronized = Established | FinWait1 | FinWait2 | CloseWait | Closing | LastAck | TimeWait
	// Otherwise is the RFC's "any other state" of section 3.10.7.4.
	Otherwise = SynReceived | Synchronized
	// Existing: every state that has a connection.
	Existing = Listen | SynSent | Otherwise
	// Sending: our octets or our FIN may still be unacknowledged.
	Sending = SynSent | SynReceived | Established | FinWait1 | CloseWait | Closing | LastAck
	// Closed and finished by our user: section 3.10.3 and 3.10.4 answer alike.
	Finishing = Closing | LastAck | TimeWait
)

// The events: user calls of section 3.9.1, segments, and timeouts.
const (
	OpenActive spec.EventSet = 1 << iota
	OpenPassive
	Send
	Receive
	Close
	Shutdown
	CloseOrphan
	Abort
	Status
	Segment
	UserTimeout
	RetransmissionTimeout
	TimeWaitTimeout
	PersistTimeout
	FinWait2Timeout
	KeepAliveTimeout
	DelayedAckTimeout
	IcmpHard
	IcmpSoft
	Tick
)

// Machine is the table with everything that belongs to it.
var Machine = spec.Machine{
	Name:   "tcpfsm",
	Type:   "TCB",
	Title:  "TCP connection",
	Source: "RFC 9293",
	URL:    "https://www.rfc-editor.org/rfc/rfc9293.html#section-%s",
	Doc:    "the connection of RFC 9293, one TCB, driven by user calls, segments and timeouts",

	States: []spec.State{
		{ID: Closed, Name: "CLOSED", Doc: "no connection", Alias: "CLOSE"},
		{ID: Listen, Name: "LISTEN", Doc: "waiting for a SYN", Alias: "LISTENING"},
		{ID: SynSent, Name: "SYN-SENT", Doc: "waiting for SYN,ACK"},
		{ID: SynReceived, Name: "SYN-RECEIVED", Doc: "half-open", Alias: "SYN-RCVD SYN-RECV"},
		{ID: Established, Name: "ESTABLISHED", Doc: "data flows", Alias: "ESTAB"},
		{ID: FinWait1, Name: "FIN-WAIT-1", Doc: "our FIN sent", Alias: "FIN-WAIT1 FW1"},
		{ID: FinWait2, Name: "FIN-WAIT-2", Doc: "peer must close", Alias: "FIN-WAIT2 FW2"},
		{ID: CloseWait, Name: "CLOSE-WAIT", Doc: "our app must close", Alias: "CW"},
		{ID: Closing, Name: "CLOSING", Doc: "both closed at once"},
		{ID: LastAck, Name: "LAST-ACK", Doc: "our FIN unacked", Alias: "LA"},
		{ID: TimeWait, Name: "TIME-WAIT", Doc: "2 MSL quiet time", Alias: "TW"},
	},

	Events: []spec.Event{
		{ID: OpenActive, Name: "OpenActive", Text: "active OPEN",
			Args: []spec.Var{
				{Name: "ISN", Type: spec.Seq, Doc: "initial sequence number to use, from a generator as in section 3.4.1; the machine has no clock and no randomness of its own"},
				{Name: "remoteGiven", Type: spec.Flag, Doc: "the call names the remote socket in full"},
			},
			Doc: "The user opens and sends the first SYN (section 3.10.1).", Alias: "OPEN connect"},
		{ID: OpenPassive, Name: "OpenPassive", Text: "passive OPEN",
			Args: []spec.Var{{Name: "remoteGiven", Type: spec.Flag}},
			Doc:  "The user waits for a SYN (section 3.10.1).", Alias: "listen"},
		{ID: Send, Name: "Send", Text: "SEND",
			Args: []spec.Var{
				{Name: "octets", Type: spec.Size, Doc: "octets of text to send"},
				{Name: "ISN", Type: spec.Seq},
			},
			Doc: "The user has octets to send (section 3.10.2). ISN is used only in LISTEN."},
		{ID: Receive, Name: "Receive", Text: "RECEIVE",
			Args: []spec.Var{{Name: "octets", Type: spec.Size, Doc: "room for octets of text"}},
			Doc:  "The user takes up to that many octets (section 3.10.3).", Alias: "recv read"},
		{ID: Close, Name: "Close", Text: "CLOSE",
			Doc: "The user has nothing more to send but goes on receiving (section 3.10.4)."},
		{ID: Shutdown, Name: "Shutdown", Text: "SHUTDOWN",
			Doc: "shutdown(SHUT_WR) of the sockets interface: CLOSE, except on a listener.", Alias: "SHUT-WR half-close"},
		{ID: CloseOrphan, Name: "CloseOrphan", Text: "CLOSE and leave",
			Doc: "close() of the sockets interface: CLOSE, and nobody will read any more (section 3.6.1).", Alias: "orphan"},
		{ID: Abort, Name: "Abort", Text: "ABORT",
			Doc: "The user gives up the connection (section 3.10.5)."},
		{ID: Status, Name: "Status", Text: "STATUS",
			Doc: "The user asks for the state (section 3.10.6)."},
		{ID: Segment, Name: "Segment", Text: "SEGMENT ARRIVES", Takes: "SEG",
			Args: []spec.Var{
				{Name: "ISN", Type: spec.Seq},
				{Name: "backlogFull", Type: spec.Flag, Doc: "the listener can't hold another connection in SYN-RECEIVED"},
				{Name: "acceptFull", Type: spec.Flag, Doc: "the listener can't hold another connection that waits to be accepted"},
				{Name: "reuseOK", Type: spec.Flag, Doc: "RFC 6191 allows this SYN to reuse the connection in TIME-WAIT"},
			},
			Doc: "A segment arrives whose checksum, ports and addresses are right (section 3.10.7).", Alias: "SEG"},
		{ID: UserTimeout, Name: "UserTimeout", Text: "USER TIMEOUT", Timer: "User",
			Doc: "Data was not delivered within the user's limit (section 3.10.8)."},
		{ID: RetransmissionTimeout, Name: "RetransmissionTimeout", Text: "RETRANSMISSION TIMEOUT", Timer: "RTX",
			Doc: "The oldest unacknowledged octet was not acknowledged in time (section 3.10.8).", Alias: "RTX"},
		{ID: TimeWaitTimeout, Name: "TimeWaitTimeout", Text: "TIME-WAIT TIMEOUT", Timer: "TimeWait",
			Doc: "Two maximum segment lifetimes went by (section 3.10.8).", Alias: "2MSL"},
		{ID: PersistTimeout, Name: "PersistTimeout", Text: "PERSIST TIMEOUT", Timer: "Persist",
			Doc: "The peer's window stayed closed: probe it (section 3.8.6.1)."},
		{ID: FinWait2Timeout, Name: "FinWait2Timeout", Text: "FIN-WAIT-2 TIMEOUT", Timer: "FinWait2",
			Doc: "An orphan waited too long for the peer's FIN; not in the RFC."},
		{ID: KeepAliveTimeout, Name: "KeepAliveTimeout", Text: "KEEP-ALIVE TIMEOUT", Timer: "KeepAlive",
			Doc: "Nothing was heard for the keep-alive interval (section 3.8.4)."},
		{ID: DelayedAckTimeout, Name: "DelayedAckTimeout", Text: "DELAYED ACK TIMEOUT", Timer: "DelayedAck",
			Doc: "An acknowledgment waited long enough (section 3.8.6.3)."},
		{ID: IcmpHard, Name: "IcmpHard", Text: "ICMP hard error",
			Doc: "Destination Unreachable codes 2 to 4: protocol or port unreachable (section 3.9.2.2)."},
		{ID: IcmpSoft, Name: "IcmpSoft", Text: "ICMP soft error",
			Doc: "Destination Unreachable codes 0, 1, 5, Time Exceeded, Parameter Problem (section 3.9.2.2)."},
		{ID: Tick, Name: "Tick", Text: "TICK",
			Doc: "An interval of the challenge ACK limit went by (RFC 5961 section 7)."},
	},

	Records: []spec.Record{
		{Name: "SEG", Go: "Segment",
			Fields: []spec.Var{
				{Name: "SEQ", Type: spec.Seq, Doc: "sequence number of the first octet, or of the SYN"},
				{Name: "ACK", Type: spec.Seq, Doc: "acknowledgment number; means something only with the ACK flag"},
				{Name: "WND", Type: spec.Size, Doc: "window, octets, after scaling"},
				{Name: "TEXT", Type: spec.Size, Doc: "octets of text; SEG.LEN counts SYN and FIN besides"},
			},
			Flags: []spec.Name{
				{Name: "FIN", Doc: "no more octets from the sender"},
				{Name: "SYN", Doc: "synchronize sequence numbers"},
				{Name: "RST", Doc: "reset the connection"},
				{Name: "PSH", Doc: "push; carried, decides nothing"},
				{Name: "ACK", Doc: "the acknowledgment field means something"},
				{Name: "URG", Doc: "urgent; carried, decides nothing"},
			},
			Doc: "A Segment is what the machine knows of a segment: the fields that decide, in host order. The flags have the bits of the TCP header."},
	},

	Slots: []spec.Slot{
		{Name: "CTL", Of: "SEG", Doc: "a segment without text: SYN, ACK or RST"},
		{Name: "DATA", Of: "SEG", Doc: "a range of text, with FIN behind it if that flag is set; whoever sends it cuts it to the MSS"},
	},

	Params: []spec.Var{
		{Name: "RCV.BUF", Type: spec.Size, Doc: "receive buffer, octets: the largest RCV.WND"},
		{Name: "SND.MSS", Type: spec.Size, Doc: "largest text of one retransmission, octets"},
		{Name: "R1", Type: spec.Size, Doc: "retransmissions after which the user hears of it (section 3.8.3); 0 never"},
		{Name: "R2", Type: spec.Size, Doc: "retransmissions of data after which the connection is given up (section 3.8.3); 0 never"},
		{Name: "R2.SYN", Type: spec.Size, Doc: "the same for a SYN (MUST-23); 0 never"},
		{Name: "KEEP.MAX", Type: spec.Size, Doc: "keep-alive probes without answer after which the connection is given up; 0 never"},
		{Name: "CHALLENGE.MAX", Type: spec.Size, Doc: "challenge ACKs in one tick (RFC 5961 section 7)"},
	},

	Vars: []spec.Var{
		{Name: "ISS", Type: spec.Seq, Doc: "initial send sequence number"},
		{Name: "IRS", Type: spec.Seq, Doc: "initial receive sequence number"},
		{Name: "SND.UNA", Type: spec.Seq, Doc: "oldest unacknowledged sequence number"},
		{Name: "SND.NXT", Type: spec.Seq, Doc: "next sequence number to send: the highest sent so far plus one, never wound back"},
		{Name: "SND.WND", Type: spec.Size, Doc: "send window, octets from SND.UNA"},
		{Name: "SND.WL1", Type: spec.Seq, Doc: "SEG.SEQ of the last window update"},
		{Name: "SND.WL2", Type: spec.Seq, Doc: "SEG.ACK of the last window update"},
		{Name: "MAX.SND.WND", Type: spec.Size, Doc: "largest window the peer ever offered (RFC 5961 section 5.2)"},
		{Name: "RCV.NXT", Type: spec.Seq, Doc: "next sequence number expected"},
		{Name: "RCV.WND", Type: spec.Size, Doc: "receive window, octets from RCV.NXT"},
		{Name: "queued", Type: spec.Size, Doc: "octets of the user not sent yet"},
		{Name: "unread", Type: spec.Size, Doc: "octets received in order and not taken by the user yet"},
		{Name: "tries", Type: spec.Size, Doc: "retransmissions since the last progress; counted only up to R1, R2 and R2.SYN"},
		{Name: "probes", Type: spec.Size, Doc: "keep-alive probes without answer"},
		{Name: "challenges", Type: spec.Size, Doc: "challenge ACKs sent since the last tick"},
		{Name: "passive", Type: spec.Flag, Keep: true, Doc: "opened by a passive OPEN (MUST-11)"},
		{Name: "remote", Type: spec.Flag, Keep: true, Doc: "the OPEN named the remote socket in full"},
		{Name: "synAcked", Type: spec.Flag, Doc: "our SYN was acknowledged; SND.UNA = ISS would say the opposite again after 4 GiB"},
		{Name: "closeQueued", Type: spec.Flag, Doc: "the user has closed; FIN follows the queued octets"},
		{Name: "finSent", Type: spec.Flag, Doc: "our FIN was sent: it is SND.NXT-1"},
		{Name: "orphan", Type: spec.Flag, Doc: "nobody will read what arrives"},
		{Name: "savedTW", Type: spec.Flag, Keep: true, Doc: "this SYN-RECEIVED took the place of a TIME-WAIT"},
		{Name: "TW.SND.NXT", Type: spec.Seq, Keep: true, Doc: "SND.NXT of that TIME-WAIT"},
		{Name: "TW.RCV.NXT", Type: spec.Seq, Keep: true, Doc: "RCV.NXT of that TIME-WAIT"},
	},

	Outs: []spec.Var{
		{Name: "acked", Type: spec.Size, Doc: "octets of text newly acknowledged: the head of the send buffer may go"},
		{Name: "skip", Type: spec.Size, Doc: "octets at the head of the arrived text that were had before"},
		{Name: "take", Type: spec.Size, Doc: "octets of the arrived text, after skip, that were taken; the rest was not acknowledged"},
		{Name: "delivered", Type: spec.Size, Doc: "octets handed to the user by this RECEIVE"},
	},

	Timers: []spec.Timer{
		{Name: "RTX", Doc: "retransmission timer (section 3.8.1); its length is RFC 6298's"},
		{Name: "User", Doc: "user timeout (section 3.8.3), 5 minutes unless the user says otherwise"},
		{Name: "TimeWait", Doc: "2 MSL (section 3.6.1), 4 minutes by MUST-13; systems use 60 s or less"},
		{Name: "Persist", Doc: "zero-window probing (section 3.8.6.1); its length is the RTO, doubling"},
		{Name: "FinWait2", Doc: "limit of an orphan in FIN-WAIT-2; not in the RFC, 60 s in most systems"},
		{Name: "KeepAlive", Doc: "keep-alive (section 3.8.4), at least 2 hours by MUST-28"},
		{Name: "DelayedAck", Doc: "delayed ACK (section 3.8.6.3), under 0.5 s by MUST-40"},
	},

	Signals: []spec.Name{
		{Name: "established", Text: "connection established"},
		{Name: "text", Text: "text can be received"},
		{Name: "remoteClosing", Text: "remote side has closed", Doc: "after everything it sent"},
		{Name: "closeDone", Text: "our FIN was acknowledged"},
		{Name: "closing", Text: "connection closing", Doc: "answers every waiting call"},
		{Name: "reset", Text: "connection reset", Doc: "answers every waiting call; the queues are flushed"},
		{Name: "refused", Text: "connection refused", Doc: "answers every waiting call"},
		{Name: "userTimeout", Text: "connection aborted due to user timeout", Doc: "answers every waiting call"},
		{Name: "timedOut", Text: "connection aborted: the peer does not answer", Doc: "answers every waiting call"},
		{Name: "unreachable", Text: "connection aborted: destination unreachable", Doc: "answers every waiting call"},
		{Name: "retransmitting", Text: "delivery is in trouble", Doc: "SHLD-9; the connection goes on"},
		{Name: "softError", Text: "the network reports trouble", Doc: "MUST-56; the connection goes on"},
	},

	Answers: []spec.Name{
		{Name: "ok", Text: "ok"},
		{Name: "pending", Text: "waits until there is something to receive"},
		{Name: "noConnection", Text: "connection does not exist"},
		{Name: "remoteUnspecified", Text: "remote socket unspecified"},
		{Name: "exists", Text: "connection already exists"},
		{Name: "connectionClosing", Text: "connection closing"},
		{Name: "notConnected", Text: "connection not established"},
	},

	Options:    Options,
	Profiles:   Profiles,
	Defs:       Defs,
	Actions:    Actions,
	Invariants: Invariants,
	Tables: []spec.Table{
		{Title: "OPEN", Cite: "3.10.1", Rows: OpenRows},
		{Title: "SEND", Cite: "3.10.2", Rows: SendRows},
		{Title: "RECEIVE", Cite: "3.10.3", Rows: ReceiveRows},
		{Title: "CLOSE", Cite: "3.10.4", Rows: CloseRows},
		{Title: "ABORT", Cite: "3.10.5", Rows: AbortRows},
		{Title: "STATUS", Cite: "3.10.6", Rows: StatusRows},
		{Title: "SEGMENT ARRIVES, CLOSED", Cite: "3.10.7.1", Rows: SegmentClosedRows},
		{Title: "SEGMENT ARRIVES, LISTEN", Cite: "3.10.7.2", Rows: SegmentListenRows},
		{Title: "SEGMENT ARRIVES, SYN-SENT", Cite: "3.10.7.3", Rows: SegmentSynSentRows},
		{Title: "SEGMENT ARRIVES, other states", Cite: "3.10.7.4", Rows: SegmentRows},
		{Title: "TIMEOUTS", Cite: "3.10.8", Rows: TimeoutRows},
		{Title: "ICMP", Cite: "3.9.2.2", Rows: IcmpRows},
	},
	Retired: "ids.txt",
	Diagram: Diagram,
}
