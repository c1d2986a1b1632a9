package tcp

import "github.com/tcpfsm/tcpfsm/spec"

// SegmentListenRows are section 3.10.7.2.
var SegmentListenRows = []spec.Row{
	{ID: "listen.rst", In: Listen, On: Segment, When: `RST`,
		Do: `drop`, Cite: "3.10.7.2",
		Why: "Nothing was sent that it could answer."},
	{ID: "listen.ack", In: Listen, On: Segment, When: `ACK`,
		Do: `sendRST`, Cite: "3.10.7.2",
		Why: "Nothing was sent that it could acknowledge."},
	{ID: "listen.syn.full", In: Listen, On: Segment, When: `SYN && backlogFull`,
		Do: `drop`, Cite: "practice: Linux, gVisor, lwIP",
		Why: "The peer repeats its SYN; a host without a backlog never says backlogFull."},
	{ID: "listen.synfin", In: Listen, On: Segment, When: `SYN && FIN && listenDropSynFin`,
		Do: `drop`, Cite: "practice: Linux",
		Why: "Only scanners send it."},
	{ID: "listen.syn", In: Listen, On: Segment, When: `SYN`, To: SynReceived,
		Do: `learnPeer; ISS = ISN; beginSending; initWindowSYN; sendSYNACK`, Cite: "3.10.7.2; MUST-11",
		Why: "Text and FIN that come with the SYN are not taken; the peer repeats them. The text forgets to set the window here."},
	{ID: "listen.other", In: Listen, On: Segment,
		Do: `drop`, Cite: "3.10.7.2",
		Why: "Neither RST, ACK nor SYN: nothing to do."},
}
