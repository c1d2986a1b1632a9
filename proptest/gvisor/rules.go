package gvisor

import (
	"slices"
	"strings"

	"github.com/tcpfsm/tcpfsm/proptest"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// Options are the choices of the standard that gVisor has made: they are found by
// leaving each out, or adding it, and counting the differences that remain.
const Options = (tcpfsm.ProfileRecommended | tcpfsm.OptChildPerListener | tcpfsm.OptDropNoAck | tcpfsm.OptBareSynAck |
	tcpfsm.OptSynRcvdRequest | tcpfsm.OptTwReuse | tcpfsm.OptCloseTwiceOK) &^
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
		Why: "A segment without text may begin one number beyond the window, as in Linux, and is then acceptable: a RST there is challenged where RFC 9293 section 3.10.7.4 drops it, and an ACK there is looked at where it asks for an answer.",
		Covers: func(f *proptest.Finding) bool {
			return atEdge(f) && f.Before >= tcpfsm.Established && f.Before != tcpfsm.TimeWait && !earlyFin(f)
		}}},
	{Code: "transport/tcp/rcv.go, receiver.handleRcvdSegment", Known: proptest.Known{Name: "ack-not-asked",
		Why: "Text and FIN are taken before the acknowledgment is looked at, and an ACK that is too old, or in ESTABLISHED of what was not sent, is passed over in silence. RFC 9293 (MAY-12) and RFC 5961 section 5.2 challenge it and take nothing: the defence against blind injection of text is missing.",
		Covers: func(f *proptest.Finding) bool {
			return f.Row == tcpfsm.RowAckChallenge && !behindFin(f) && !atEdge(f) && !lateText(f) && !secondFin(f) && !finInTimeWait(f) || f.Row != tcpfsm.RowAckChallenge && slices.Contains(f.Rows, tcpfsm.RowAckChallenge) && acks(f.Came) != acks(f.Said)
		}}},
	{Code: "transport/tcp/rcv.go, receiver.handleRcvdSegmentClosing", Known: proptest.Known{Name: "behind-fin",
		Why: "After the peer's FIN, what begins behind it is dropped in silence, with its acknowledgment: LAST-ACK and CLOSING do not hear from such a segment that our FIN has arrived. To the table it is in the window, and its ACK and window count.",
		Covers: func(f *proptest.Finding) bool {
			return behindFin(f) && !atEdge(f) && f.Segment.Flags.Has(tcpfsm.ACK) || f.Action.Kind == trace.Call && behindFinBefore(f)
		}}},
	{Code: "transport/tcp/rcv.go, receiver.handleRcvdSegmentClosing", Known: proptest.Known{Name: "late-text",
		Why: "In CLOSING and LAST-ACK, text that goes beyond the peer's FIN resets the connection, as RFC 9293 section 3.6.1 does for a user who has left; the table ignores such text, or with option resetLateText resets only what begins before the FIN.",
		Covers: func(f *proptest.Finding) bool {
			return afterFin(f) && f.Segment.Text > 0 && f.Came.State == tcpfsm.Closed && len(f.Came.Sent) == 1
		}}},
	{Code: "transport/tcp/rcv.go, receiver.consumeSegment", Known: proptest.Known{Name: "second-fin",
		Why: "A FIN at RCV.NXT is taken although the peer's FIN was taken before: RCV.NXT goes on by one, and everything that the peer sends is one number off from then on. RFC 9293 section 3.10.7.4 ignores a FIN after the first.",
		Covers: func(f *proptest.Finding) bool {
			return afterFin(f) && f.Segment.Text == 0 && f.Segment.Seq == 0 && acks(f.Came) == 1
		}}},
	{Code: "transport/tcp/rcv.go, receiver.consumeSegment", Known: proptest.Known{Name: "early-fin-ack",
		Why:    "FIN-WAIT-1 becomes FIN-WAIT-2 only when a segment in sequence is consumed. An acknowledgment of our FIN that comes with an early segment, or at the edge of a full window, is not acted on until one comes in order.",
		Covers: earlyFin}},
	{Code: "transport/tcp/connect.go, handshake.synRcvdState", Known: proptest.Known{Name: "synrcvd-rst",
		Why: "A RST anywhere in the window ends SYN-RECEIVED, as in RFC 793. RFC 9293 section 3.10.7.4 wants exactly RCV.NXT, and challenges the others.",
		Covers: func(f *proptest.Finding) bool {
			return f.Before == tcpfsm.SynReceived && f.Row == tcpfsm.RowRstChallenge
		}}},
	{Code: "transport/tcp/connect.go, handshake.synRcvdState", Known: proptest.Known{Name: "synrcvd-restart",
		Why: "After a simultaneous open, a SYN in the window is answered with RST,ACK, and the handshake begins again with a new SYN while the state stays SYN-RECEIVED. RFC 9293 challenges it.",
		Covers: func(f *proptest.Finding) bool {
			return f.Before == tcpfsm.SynReceived && f.Row == tcpfsm.RowSynChallenge
		}}},
	{Code: "transport/tcp/connect.go, handshake.synRcvdState", Known: proptest.Known{Name: "synrcvd-any-ack",
		Why:    "The acknowledgment number is looked at only in a child of a listener (h.listenEP != nil). After a simultaneous open, any ACK in the window makes the connection ESTABLISHED; RFC 9293 section 3.10.7.4 wants `SND.UNA < SEG.ACK =< SND.NXT` and answers others with RST.",
		Covers: func(f *proptest.Finding) bool { return f.Row == tcpfsm.RowSynrcvdBadack && !firstOctet(f) }}},
	{Code: "transport/tcp/connect.go, handshake.synRcvdState", Known: proptest.Known{Name: "synrcvd-noack",
		Why:    "After a simultaneous open, segments without ACK are dropped like in every synchronized state (option dropNoAck), but only inside of the window: outside they are answered first.",
		Covers: func(f *proptest.Finding) bool { return f.Row == tcpfsm.RowSynrcvdNoackEarly }}},
	{Code: "transport/tcp/connect.go, handshake.synRcvdState", Known: proptest.Known{Name: "synrcvd-first-octet",
		Why:    "In SYN-RECEIVED only the first number of a segment is held against the window. What begins before it and reaches into it is acceptable by Table 6 of RFC 9293 section 3.10.7.4, and is answered here as if it were old.",
		Covers: firstOctet}},
	{Code: "transport/tcp/connect.go, handshake.synRcvdState", Known: proptest.Known{Name: "synrcvd-rst-ack",
		Why:    "A SYN,ACK in the window of a child is refused with `<SEQ=SEG.ACK><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>`, a mixture of the two forms of RFC 9293 section 3.5.2: with ACK, the RST carries none.",
		Covers: func(f *proptest.Finding) bool { return f.Row == tcpfsm.RowSynrcvdSynRefused && !firstOctet(f) }}},
	{Code: "transport/tcp/rcv.go, receiver.handleTimeWaitSegment", Known: proptest.Known{Name: "timewait-synack",
		Why:    "A SYN beyond RCV.NXT goes to the listener although it carries ACK: the listener answers with RST, and the quiet time is over. RFC 9293 section 3.6.1 lets only a new SYN take the place of TIME-WAIT.",
		Covers: func(f *proptest.Finding) bool { return inTimeWait(f, tcpfsm.SYN|tcpfsm.ACK, 0) && beyond(f) }}},
	{Code: "transport/tcp/rcv.go, receiver.handleTimeWaitSegment", Known: proptest.Known{Name: "timewait-synfin",
		Why:    "A SYN with FIN takes the place of TIME-WAIT like one without; the table wants a plain SYN.",
		Covers: func(f *proptest.Finding) bool { return inTimeWait(f, tcpfsm.SYN|tcpfsm.FIN, tcpfsm.ACK) && beyond(f) }}},
	{Code: "transport/tcp/rcv.go, receiver.handleTimeWaitSegment", Known: proptest.Known{Name: "timewait-syn-silent",
		Why:    "A SYN that is not beyond RCV.NXT, or that nobody listens for, is dropped in silence, since it has no ACK, or since it is exactly at RCV.NXT; RFC 9293 section 3.10.7.4 challenges it.",
		Covers: func(f *proptest.Finding) bool { return inTimeWait(f, tcpfsm.SYN, 0) && len(f.Came.Sent) == 0 }}},
	{Code: "transport/tcp/rcv.go, receiver.handleTimeWaitSegment", Known: proptest.Known{Name: "timewait-fin-silent",
		Why: "A FIN exactly at RCV.NXT, behind the peer's FIN, is passed over in silence, since only text counts as the length of a segment there; the table answers.",
		Covers: func(f *proptest.Finding) bool {
			return inTimeWait(f, tcpfsm.FIN|tcpfsm.ACK, tcpfsm.SYN) && f.Segment.Seq == 0 && len(f.Came.Sent) == 0
		}}},
	{Code: "transport/tcp/rcv.go, receiver.handleTimeWaitSegment", Known: proptest.Known{Name: "timewait-early-ack",
		Why:    "Whatever is not exactly at RCV.NXT is answered; by RFC 9293 an ACK elsewhere in the window is acceptable and needs no answer.",
		Covers: func(f *proptest.Finding) bool { return f.Row == tcpfsm.RowTimewaitAck }}},
	{Code: "transport/tcp/connect.go, generateSecureISN", Known: proptest.Known{Name: "reuse-isn",
		Why:    "A connection that takes the place of TIME-WAIT begins where the clock stands, which may be before what the old one has sent; RFC 9293 section 3.6.1 (MAY-2) wants it beyond.",
		Covers: func(f *proptest.Finding) bool { return f.Row == tcpfsm.RowTimewaitReuse }}},
	{Code: "transport/tcp/endpoint.go, Endpoint.shutdownLocked", Known: proptest.Known{Name: "close-again",
		Why:    "A second shutdown for writing is answered with ok in every state but TIME-WAIT; RFC 9293 section 3.10.4 allows that in FIN-WAIT-1 and FIN-WAIT-2 (option closeTwiceOK), and wants \"connection closing\" in CLOSING and LAST-ACK.",
		Covers: func(f *proptest.Finding) bool { return f.Row == tcpfsm.RowFinishingClose }}},
	{Code: "transport/tcp/endpoint.go, Endpoint.allowOutOfWindowAck", Known: proptest.Known{Name: "throttled",
		Why: "One challenge ACK in half a second (stack.TCPInvalidRateLimitOption), and an old FIN without text counts as one, in SYN-RECEIVED text too: a peer that repeats it may have to do so again. The table never withholds the answer to text or FIN.",
		Covers: func(f *proptest.Finding) bool {
			return (f.Segment.Flags.Has(tcpfsm.FIN) || f.Before == tcpfsm.SynReceived && f.Segment.Text > 0) && len(f.Said.Sent) == 1 && len(f.Came.Sent) == 0 && f.Said.State == f.Came.State && f.Challenged
		}}},
	{Code: "transport/tcp/connect.go, handshake.synSentState", Known: proptest.Known{Name: "hurried-syn",
		Why: "An ACK of something else in SYN-SENT starts the retransmission of the SYN anew from tcpMinTimeout: more SYNs in a moment than the exponential back-off of RFC 6298 gives in a minute.",
		Covers: func(f *proptest.Finding) bool {
			return f.Action.Name == "wait" && slices.Contains(f.Rows, tcpfsm.RowSynsentBadack) && len(f.Came.Sent) > 3
		}}},
	{Code: "transport/tcp/snd.go, sender.sendZeroWindowProbe", Known: proptest.Known{Name: "junk-probe",
		Why: "A closed window is probed with an octet of zero at SND.UNA-1, which the peer has, and not with the next octet (MUST-35 and section 3.8.6.1; Linux sends no octet at all). The answer tells the window all the same.",
		Covers: func(f *proptest.Finding) bool {
			return strings.HasPrefix(f.Problem, "the text of") && f.Action.Name == "wait"
		}}},
	{Code: "transport/tcp/snd.go, sender.handleRcvdSegment", Known: proptest.Known{Name: "window-of-any",
		Why:    "SND.WND is taken from every acceptable segment. RFC 9293 section 3.10.7.4 takes it only from one that was sent later than the last (SND.WL1, SND.WL2), so that an old segment can't close the window.",
		Covers: outdatedWindow}},
	{Code: "transport/tcp/connect.go, Endpoint.resetConnectionLocked", Known: proptest.Known{Name: "abort",
		Why:    "The RST of close() with a linger time of 0 carries ACK, and in SYN-RECEIVED SEQ 0, which no peer accepts; in LAST-ACK, CLOSING and TIME-WAIT the socket is closed already and the call is passed over, or sends a RST where RFC 9293 section 3.10.5 sends nothing.",
		Covers: func(f *proptest.Finding) bool { return f.Action.Name == "abort" }}},
	{Code: "transport/tcp/snd.go, sender.retransmitTimerExpired", Known: proptest.Known{Name: "congestion",
		Why: "The congestion window (RFC 5681) is ten segments at first and one after a timeout, and what does not fit waits although the peer's window has room. The table leaves congestion control to whoever wraps it.",
		Covers: func(f *proptest.Finding) bool {
			return f.Action.Name != "wait" && f.Action.Name != "close" && sends(f.Came) < sends(f.Said) && congested(f)
		}}},
	{Code: "transport/tcp/endpoint.go, Endpoint.shutdownLocked", Known: proptest.Known{Name: "closewait-close",
		Why:    "A shutdown in CLOSE-WAIT leads to LAST-ACK at once, also while text waits for the window before the FIN, as in Linux. RFC 9293 section 3.10.4 stays in CLOSE-WAIT until the FIN is sent.",
		Covers: func(f *proptest.Finding) bool { return f.Row == tcpfsm.RowClosewaitCloseQueue }}},
	{Code: "transport/tcp/snd.go, sender.sendData", Known: proptest.Known{Name: "fin-waits",
		Why: "While a closed window is probed, nothing is sent behind what is in flight, the FIN neither. To the table a FIN needs no room in the window (option finFree, as in Linux and FreeBSD).",
		Covers: func(f *proptest.Finding) bool {
			return f.Action.Name == "close" && f.Problem == "" && f.Before >= tcpfsm.Established && f.Came.State == f.Said.State && sends(f.Came) < sends(f.Said)
		}}},
	{Code: "transport/tcp/connect.go, backoffTimer.reset", Known: proptest.Known{Name: "syn-gives-up",
		Why: "A SYN or SYN,ACK that nobody answers is given up after about two minutes, when the timeout would exceed tcp.MaxRTO; RFC 9293 section 3.8.3 (MUST-23) wants at least three.",
		Covers: func(f *proptest.Finding) bool {
			return f.Action.Name == "wait" && f.Before <= tcpfsm.SynReceived && f.Came.State == tcpfsm.Closed
		}}},
	{Code: "transport/tcp/rcv.go, receiver.handleTimeWaitSegment", Known: proptest.Known{Name: "timewait-any-fin",
		Why: "Any segment with FIN and ACK at RCV.NXT-1 counts as the retransmitted FIN and restarts the 2 MSL, also one with SYN, which RFC 9293 section 3.10.7.4 challenges.",
		Covers: func(f *proptest.Finding) bool {
			return f.Action.Name == "wait" && f.Before == tcpfsm.TimeWait && f.Came.State == tcpfsm.TimeWait
		}}},
	{Code: "transport/tcp/snd.go, sender.maybeSendSegment", Known: proptest.Known{Name: "withheld-retransmission",
		Why:    "A segment in flight that is larger than the window that is left is not repeated when its timer expires, and the timer is not started again: the connection stops for ever although the window is open. RFC 9293 section 3.8.6 (MUST-34) asks a sender to be robust against a window that shrinks; with rule window-of-any gVisor overshoots the window without the peer's doing, and proptest.Streams found connections that never end.",
		Covers: func(f *proptest.Finding) bool { return strings.HasPrefix(f.Problem, "timer RTX has run") }}},
	{Code: "transport/tcp/endpoint.go, Endpoint.Shutdown", Known: proptest.Known{Name: "synrcvd-close",
		Why: "A shutdown in SYN-RECEIVED ends the handshake in silence, as in SYN-SENT; RFC 9293 section 3.10.4 sends FIN, and goes to FIN-WAIT-1. The peer's ACK is then reset.",
		Covers: func(f *proptest.Finding) bool {
			return f.Row == tcpfsm.RowSynrcvdClose || f.Row == tcpfsm.RowSynrcvdCloseQueue
		}}},
	{Code: "transport/tcp/connect.go, handshake.synRcvdState", Known: proptest.Known{Name: "reuse-return",
		Why:    "When the SYN that took the place of TIME-WAIT turns out to be an old duplicate, the peer resets it, and the connection is gone; RFC 9293 section 3.6.1 (MAY-2) returns to TIME-WAIT.",
		Covers: func(f *proptest.Finding) bool { return f.Row == tcpfsm.RowSynrcvdRstTimewait }}},
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

// afterFin reports whether the peer's FIN was taken, and text or another FIN comes.
func afterFin(f *proptest.Finding) bool {
	switch f.Before {
	case tcpfsm.CloseWait, tcpfsm.Closing, tcpfsm.LastAck:
		return f.Segment.Len() > 0 && f.Segment.Flags&(tcpfsm.RST|tcpfsm.SYN) == 0
	}
	return false
}

func lateText(f *proptest.Finding) bool {
	return afterFin(f) && f.Segment.Text > 0 && f.Came.State == tcpfsm.Closed && len(f.Came.Sent) == 1
}

func secondFin(f *proptest.Finding) bool {
	return afterFin(f) && f.Segment.Text == 0 && f.Segment.Seq == 0 && acks(f.Came) == 1
}

func finInTimeWait(f *proptest.Finding) bool {
	return inTimeWait(f, tcpfsm.FIN|tcpfsm.ACK, tcpfsm.SYN) && f.Segment.Seq == 0 && len(f.Came.Sent) == 0
}

// behindFin reports whether a segment begins behind the peer's FIN.
func behindFin(f *proptest.Finding) bool {
	switch f.Before {
	case tcpfsm.CloseWait, tcpfsm.Closing, tcpfsm.LastAck:
		return int32(f.Segment.Seq) > 0 && f.Segment.Flags&(tcpfsm.RST|tcpfsm.SYN) == 0
	}
	return false
}

// behindFinBefore reports whether such a segment came earlier, and what is sent differs
// since its window was not taken.
func behindFinBefore(f *proptest.Finding) bool {
	for _, row := range []tcpfsm.RowID{tcpfsm.RowClosewaitSegment, tcpfsm.RowClosewaitWindow, tcpfsm.RowClosingSegment, tcpfsm.RowLastackSegment} {
		if slices.Contains(f.Rows, row) && sends(f.Came) != sends(f.Said) {
			return true
		}
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

// outdatedWindow reports whether a segment arrived after one with a higher SEQ or ACK,
// or one that acknowledged too much, and since then what is sent differs.
func outdatedWindow(f *proptest.Finding) bool {
	if f.Before < tcpfsm.Established {
		return false
	}
	var last trace.Segment
	var sent uint32
	outdated := false
	for _, line := range f.Trace.Lines {
		seg := line.Action.Segment
		if line.Action.Name == "send" {
			sent += line.Action.N
		}
		if line.Action.Kind != trace.Deliver || !seg.Ack.Set {
			continue
		}
		if last.Ack.Set && (int32(seg.Seq.N-last.Seq.N) < 0 || int32(seg.Ack.N-last.Ack.N) < 0) || int32(seg.Ack.N) <= 0 || seg.Ack.N > sent+2 {
			outdated = true
		} else {
			last = seg
		}
	}
	return (outdated || slices.Contains(f.Rows, tcpfsm.RowAckChallenge)) && sends(f.Said) != sends(f.Came)
}

// congested reports whether so much is in flight, or so much time went by, that the
// congestion window may be small.
func congested(f *proptest.Finding) bool {
	var sent uint32
	for _, line := range f.Trace.Lines {
		if line.Action.Name == "wait" {
			return true
		}
		if line.Action.Name == "send" {
			sent += line.Action.N
		}
	}
	return sent > 3500
}

// acks is the highest acknowledgment of a reaction, from RCV.NXT.
func acks(r proptest.Reaction) (n uint32) {
	for _, s := range r.Sent {
		n = max(n, s.Ack)
	}
	return n
}

// sends counts the octets of a reaction.
func sends(r proptest.Reaction) (n uint32) {
	for _, s := range r.Sent {
		n += s.Len()
	}
	return n
}
