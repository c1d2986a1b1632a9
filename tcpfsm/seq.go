package tcpfsm

import (
	"fmt"
	"strings"
)

// Len is SEG.LEN: the octets of sequence space that a segment takes up, which are
// its text, and one each for SYN and FIN (RFC 9293 section 3.4).
func (seg Segment) Len() uint32 { return seg.segLen() }

// String writes a segment as the figures of RFC 9293 do, with what is zero left out:
// <SEQ=100><ACK=301><CTL=SYN,ACK>. A slot of an [Output] without a segment is none.
func (seg Segment) String() string {
	if seg.Flags == 0 {
		return "none"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<SEQ=%d>", seg.Seq)
	if seg.Flags.Has(ACK) {
		fmt.Fprintf(&b, "<ACK=%d>", seg.Ack)
	}
	if seg.Wnd > 0 {
		fmt.Fprintf(&b, "<WND=%d>", seg.Wnd)
	}
	if seg.Text > 0 {
		fmt.Fprintf(&b, "<DATA=%d>", seg.Text)
	}
	fmt.Fprintf(&b, "<CTL=%v>", seg.Flags)
	return b.String()
}

// FlagsOf takes the flags from octet 13 of a TCP header, without the two of explicit
// congestion notification, which the machine does not know.
func FlagsOf(header13 byte) Flags { return Flags(header13) & (FIN | SYN | RST | PSH | ACK | URG) }
