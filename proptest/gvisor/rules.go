package gvisor

import (
	"github.com/tcpfsm/tcpfsm/proptest"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// Options are the choices of the standard that gVisor has made: they are found by
// leaving each out, or adding it, and counting the differences that remain.
const Options = (tcpfsm.ProfileRecommended | tcpfsm.OptChildPerListener | tcpfsm.OptDropNoAck | tcpfsm.OptBareSynAck |
	tcpfsm.OptSynRcvdRequest | tcpfsm.OptTwReuse) &^
	(tcpfsm.OptDupSynRtx | tcpfsm.OptSimOpenFast | tcpfsm.OptSynRcvdChallenge | tcpfsm.OptTwRestartAny)

// A Rule explains differences between gVisor and the table. docs/CONFORMANCE.md has
// the same list; testdata has a trace for each.
type Rule struct {
	proptest.Known
	Code string // file of pkg/tcpip, and function
}

// Rules are all differences that are known.
var Rules = []Rule{
	{Code: "header/tcp.go, Acceptable", Known: proptest.Known{Name: "edge",
		Why:    "A segment without text may begin one number beyond the window, as in Linux, and is then acceptable: a RST there is challenged where RFC 9293 section 3.10.7.4 drops it, and an ACK there is looked at where it asks for an answer.",
		Covers: func(f *proptest.Finding) bool { return atEdge(f) && f.Before >= tcpfsm.Established && f.Before != tcpfsm.TimeWait && !earlyFin(f) }}},
	{Code: "transport/tcp/rcv.go, receiver.handleRcvdSegment", Known: proptest.Known{Name: "ack-not-asked",
		Why:    "Text and FIN are taken before the acknowledgment is looked at, and an ACK that is too old, or in ESTABLISHED of what was not sent, is passed over in silence. RFC 9293 (MAY-12) and RFC 5961 section 5.2 challenge it and take nothing: the defence against blind injection of text is missing.",
		Covers: func(f *proptest.Finding) bool { return f.Row == tcpfsm.RowAckChallenge && !behindFin(f) && !atEdge(f) }}},
	{Code: "transport/tcp/rcv.go, receiver.handleRcvdSegmentClosing", Known: proptest.Known{Name: "behind-fin",
		Why:    "After the peer's FIN, what begins behind it is dropped in silence, with its acknowledgment: LAST-ACK and CLOSING do not hear from such a segment that our FIN has arrived. To the table it is in the window, and its ACK counts.",
		Covers: func(f *proptest.Finding) bool { return behindFin(f) && !atEdge(f) && f.Segment.Flags.Has(tcpfsm.ACK) }}},
	{Code: "transport/tcp/rcv.go, receiver.consumeSegment", Known: proptest.Known{Name: "early-fin-ack",
		Why:    "FIN-WAIT-1 becomes FIN-WAIT-2 only when a segment in sequence is consumed. An acknowledgment of our FIN that comes with an early segment, or at the edge of a full window, is not acted on until one comes in order.",
		Covers: earlyFin}},
	{Code: "transport/tcp/connect.go, handshake.synRcvdState", Known: proptest.Known{Name: "synrcvd-rst",
		Why:    "A RST anywhere in the window ends SYN-RECEIVED, as in RFC 793. RFC 9293 section 3.10.7.4 wants exactly RCV.NXT, and challenges the others.",
		Covers: func(f *proptest.Finding) bool { return f.Before == tcpfsm.SynReceived && f.Row == tcpfsm.RowRstChallenge }}},
	{Code: "transport/tcp/connect.go, handshake.synRcvdState", Known: proptest.Known{Name: "synrcvd-restart",
		Why:    "After a simultaneous open, a SYN in the window is answered with RST,ACK, and the handshake begins again with a new SYN while the state stays SYN-RECEIVED. RFC 9293 challenges it.",
		Covers: func(f *proptest.Finding) bool { return f.Before == tcpfsm.SynReceived && f.Row == tcpfsm.RowSynChallenge }}},
	{Code: "transport/tcp/connect.go, handshake.synRcvdState", Known: proptest.Known{Name: "synrcvd-any-ack",
		Why:    "The acknowledgment number is looked at only in a child of a listener (h.listenEP != nil). After a simultaneous open, any ACK in the window makes the connection ESTABLISHED; RFC 9293 section 3.10.7.4 wants SND.UNA < SEG.ACK =< SND.NXT and answers others with RST.",
		Covers: func(f *proptest.Finding) bool { return f.Row == tcpfsm.RowSynrcvdBadack && !firstOctet(f) }}},
	{Code: "transport/tcp/connect.go, handshake.synRcvdState", Known: proptest.Known{Name: "synrcvd-noack",
		Why:    "After a simultaneous open, segments without ACK are dropped like in every synchronized state (option dropNoAck), but only inside of the window: outside they are answered first.",
		Covers: func(f *proptest.Finding) bool { return f.Row == tcpfsm.RowSynrcvdNoackEarly }}},
	{Code: "transport/tcp/connect.go, handshake.synRcvdState", Known: proptest.Known{Name: "synrcvd-first-octet",
		Why:    "In SYN-RECEIVED only the first number of a segment is held against the window. What begins before it and reaches into it is acceptable by Table 6 of RFC 9293 section 3.10.7.4, and is answered here as if it were old.",
		Covers: firstOctet}},
	{Code: "transport/tcp/connect.go, handshake.synRcvdState", Known: proptest.Known{Name: "synrcvd-rst-ack",
		Why:    "A SYN,ACK in the window of a child is refused with <SEQ=SEG.ACK><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>, a mixture of the two forms of RFC 9293 section 3.5.2: with ACK, the RST carries none.",
		Covers: func(f *proptest.Finding) bool { return f.Row == tcpfsm.RowSynrcvdSynRefused && !firstOctet(f) }}},
	{Code: "transport/tcp/rcv.go, receiver.handleTimeWaitSegment", Known: proptest.Known{Name: "timewait-synack",
		Why:    "A SYN beyond RCV.NXT goes to the listener although it carries ACK: the listener answers with RST, and the quiet time is over. RFC 9293 section 3.6.1 lets only a new SYN take the place of TIME-WAIT.",
		Covers: func(f *proptest.Finding) bool { return inTimeWait(f, tcpfsm.SYN|tcpfsm.ACK, 0) && beyond(f) }}},
	{Code: "transport/tcp/rcv.go, receiver.handleTimeWaitSegment", Known: proptest.Known{Name: "timewait-synfin",
		Why:    "A SYN with FIN takes the place of TIME-WAIT like one without; the table wants a plain SYN.",
		Covers: func(f *proptest.Finding) bool { return inTimeWait(f, tcpfsm.SYN|tcpfsm.FIN, tcpfsm.ACK) && beyond(f) }}},
	{Code: "transport/tcp/rcv.go, receiver.handleTimeWaitSegment", Known: proptest.Known{Name: "timewait-syn-silent",
		Why:    "A SYN that is not beyond RCV.NXT is dropped in silence, since it has no ACK, or since it is exactly at RCV.NXT; RFC 9293 section 3.10.7.4 challenges it.",
		Covers: func(f *proptest.Finding) bool { return inTimeWait(f, tcpfsm.SYN, 0) && !beyond(f) }}},
	{Code: "transport/tcp/rcv.go, receiver.handleTimeWaitSegment", Known: proptest.Known{Name: "timewait-early-ack",
		Why:    "Whatever is not exactly at RCV.NXT is answered; by RFC 9293 an ACK elsewhere in the window is acceptable and needs no answer.",
		Covers: func(f *proptest.Finding) bool { return f.Row == tcpfsm.RowTimewaitAck }}},
	{Code: "transport/tcp/connect.go, generateSecureISN", Known: proptest.Known{Name: "reuse-isn",
		Why:    "A connection that takes the place of TIME-WAIT begins where the clock stands, which may be before what the old one has sent; RFC 9293 section 3.6.1 (MAY-2) wants it beyond.",
		Covers: func(f *proptest.Finding) bool { return f.Row == tcpfsm.RowTimewaitReuse }}},
}

// known are the rules as package proptest takes them.
func known() (list []proptest.Known) {
	for _, r := range Rules {
		list = append(list, r.Known)
	}
	return list
}

// atEdge reports whether a segment without text begins right behind the window.
func atEdge(f *proptest.Finding) bool { return f.Segment.Seq == f.Window && f.Segment.Flags != 0 }

// behindFin reports whether a segment begins behind the peer's FIN.
func behindFin(f *proptest.Finding) bool {
	switch f.Before {
	case tcpfsm.CloseWait, tcpfsm.Closing, tcpfsm.LastAck:
		return int32(f.Segment.Seq) > 0 && f.Segment.Flags&(tcpfsm.RST|tcpfsm.SYN) == 0
	}
	return false
}

// earlyFin reports whether an acknowledgment of our FIN comes with a segment that is
// not in sequence.
func earlyFin(f *proptest.Finding) bool {
	return f.Row == tcpfsm.RowFinwait1Ack && f.Segment.Seq != 0 || f.Row == tcpfsm.RowWindowedgeFinack
}

// firstOctet reports whether a segment begins before the window of SYN-RECEIVED and
// reaches into it.
func firstOctet(f *proptest.Finding) bool {
	return f.Before == tcpfsm.SynReceived && int32(f.Segment.Seq) < 0 && f.Segment.Flags&tcpfsm.RST == 0 && f.Row != tcpfsm.RowSynrcvdNoackEarly
}

// inTimeWait reports whether a segment with these flags and without those meets
// TIME-WAIT.
func inTimeWait(f *proptest.Finding, with, without tcpfsm.Flags) bool {
	return f.Before == tcpfsm.TimeWait && f.Segment.Flags.Has(with) && f.Segment.Flags&without == 0 && f.Row != tcpfsm.RowTimewaitReuse
}

func beyond(f *proptest.Finding) bool { return int32(f.Segment.Seq) > 0 }
