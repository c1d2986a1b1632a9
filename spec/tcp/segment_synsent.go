package tcp

import "github.com/tcpfsm/tcpfsm/spec"

// SegmentSynSentRows are section 3.10.7.3.
var SegmentSynSentRows = []spec.Row{
	{ID: "synsent.badack.rst", In: SynSent, On: Segment, When: `ACK && ackBad && RST`,
		Do: `drop`, Cite: "3.10.7.3",
		Why: "A reset of another connection."},
	{ID: "synsent.badack", In: SynSent, On: Segment, When: `ACK && ackBad`,
		Do: `sendRST`, Cite: "3.10.7.3; 3.5.2",
		Why: "The peer believes in an older connection; RST at its own number ends that."},
	{ID: "synsent.rst", In: SynSent, On: Segment, When: `RST && ACK`, To: Closed,
		Do: `signal(reset); deleteTCB`, Cite: "3.10.7.3; EID 8167",
		Why: "It acknowledges our SYN, so the peer itself refuses."},
	{ID: "synsent.rst.noack", In: SynSent, On: Segment, When: `RST`,
		Do: `drop`, Cite: "3.10.7.3",
		Why: "Anybody could have sent it."},
	{ID: "synsent.synackfin", In: SynSent, On: Segment, When: `SYN && ACK && finInSynAck && !bareSynAck`, To: CloseWait,
		Do: `learnPeer; initWindow; ackProcess; establish; takeText; takeFIN; push; sendACK`, Cite: "3.10.7.3; 3.10.7.4",
		Why: "SYN,ACK with FIN: through ESTABLISHED to CLOSE-WAIT in one step."},
	{ID: "synsent.synack", In: SynSent, On: Segment, When: `SYN && ACK`, To: Established,
		Do: `learnPeer; initWindow; ackProcess; establish; if !bareSynAck { takeText }; push; sendACK`, Cite: "3.10.7.3; note RFC 1122 section 4.2.2.20 (c)",
		Why: "Our SYN is acknowledged, so SYN-RECEIVED is skipped. The text sets the window in the wrong branch."},
	{ID: "synsent.syn.ignored", In: SynSent, On: Segment, When: `SYN && noSimOpen`,
		Do: `drop`, Cite: "practice: lwIP",
		Why: "No simultaneous open there."},
	{ID: "synsent.syn", In: SynSent, On: Segment, When: `SYN`, To: SynReceived,
		Do: `learnPeer; initWindowSYN; sendSYNACK; start(RTX)`, Cite: "3.10.7.3; MUST-10",
		Why: "Simultaneous open: the same SYN again, now with an acknowledgment."},
	{ID: "synsent.other", In: SynSent, On: Segment,
		Do: `drop`, Cite: "3.10.7.3",
		Why: "Neither SYN nor RST."},
}
