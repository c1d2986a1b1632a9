package tcp

import "github.com/tcpfsm/tcpfsm/spec"

// SegmentClosedRows are section 3.10.7.1.
var SegmentClosedRows = []spec.Row{
	{ID: "closed.rst", In: Closed, On: Segment, When: `RST`,
		Do: `drop`, Cite: "3.10.7.1",
		Why: "A reset is never answered."},
	{ID: "closed.ack", In: Closed, On: Segment, When: `ACK`,
		Do: `sendRST`, Cite: "3.10.7.1; 3.5.2",
		Why: "Whoever believes in this connection expects that sequence number."},
	{ID: "closed.other", In: Closed, On: Segment,
		Do: `send(CTL, RST|ACK, 0, SEG.SEQ + SEG.LEN, 0, 0)`, Cite: "3.10.7.1; 3.5.2",
		Why: "Without an acknowledgment to go by, RST acknowledges what arrived."},
}
