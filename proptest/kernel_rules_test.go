package proptest

import "strings"

// A rule explains lines on which the linux profile differs on purpose, or on which the
// recording shows more than an answer to the segment.
type rule struct {
	name   string
	kernel string // where the kernel does it
	why    string
	covers func(*line) bool
}

var kernelRules = []rule{
	{name: "ack-of-nothing", kernel: "tcp_rcv_state_process", covers: ackOfNothing,
		why: "After a simultaneous open, SYN-RECEIVED asks of tcp_ack only that the number is not wrong, and SEG.ACK = SND.UNA is not: the connection is ESTABLISHED although the SYN is not acknowledged. RFC 9293 section 3.10.7.4 wants SND.UNA < SEG.ACK, and the table keeps to it."},
	{name: "left-edge", kernel: "tcp_sequence", covers: leftEdge,
		why: "A segment that ends exactly at RCV.NXT is old to RFC 9293 section 3.10.7.4, Table 6; to the kernel it is not yet, and so its ACK is looked at, which is bad. Elsewhere in the matrix both orders give the same answer."},
	{name: "syn-repeated", kernel: "tcp_rcv_synsent_state_process", covers: synRepeated,
		why: "An ACK out of range is an occasion to repeat the SYN within two clock ticks. The recorder saw that SYN and took it for the answer; to the machine it is the expiry of a timer, whose length is its driver's."},
}

// ackOfNothing: an ACK of ISS whose segment reaches into the window.
func ackOfNothing(l *line) bool {
	return l.socket == "SYN_RECV_act" && l.ack == "una" && !strings.ContainsAny(l.flags, "SR") &&
		(l.seq == "nxt" || l.seq == "in" || l.seq == "nxt-1" && l.text > 0)
}

// leftEdge: a FIN just before RCV.NXT, with an ACK that is answered with a RST.
func leftEdge(l *line) bool {
	return l.socket == "SYN_RECV_act" && l.flags == "FA" && l.seq == "nxt-1" && l.text == 0 && (l.ack == "una-1" || l.ack == "fut")
}

// synRepeated: a RST that acknowledges what was not sent.
func synRepeated(l *line) bool {
	return l.socket == "SYN_SENT" && l.flags == "RA" && l.ack == "fut"
}
