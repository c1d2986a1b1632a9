package tcp

import "github.com/tcpfsm/tcpfsm/spec"

// Diagram is figure 5 of RFC 9293 as a poster: its twenty edges, and the edge of
// its note 2 from FIN-WAIT-1 to TIME-WAIT. The states stand in three columns
// with ESTABLISHED in the middle, and CLOSED is drawn twice, as the RFC does, so
// that no edge runs back through the picture. Coordinates are px; a box is 176
// wide and 54 high.
var Diagram = spec.Diagram{
	Width: 940, Height: 1196,

	Nodes: []spec.Node{
		{State: Closed, X: 470, Y: 60, Style: spec.Terminal},
		{State: Listen, X: 470, Y: 225},
		{State: SynReceived, X: 150, Y: 420},
		{State: SynSent, X: 790, Y: 420},
		{State: Established, X: 470, Y: 590, Style: spec.Goal},
		{State: FinWait1, X: 150, Y: 790, Style: spec.Active},
		{State: Closing, X: 470, Y: 790, Style: spec.Active},
		{State: FinWait2, X: 150, Y: 975, Style: spec.Active},
		{State: TimeWait, X: 470, Y: 975, Style: spec.Active},
		{State: CloseWait, X: 790, Y: 790, Style: spec.Passive},
		{State: LastAck, X: 790, Y: 975, Style: spec.Passive},
		{State: Closed, X: 470, Y: 1140, Style: spec.Terminal, Twin: true},
	},

	Panels: []spec.Panel{
		{Title: "ACTIVE CLOSE", X: 28, Y: 710, W: 564, H: 322, Style: spec.Active},
		{Title: "PASSIVE CLOSE", X: 668, Y: 710, W: 244, H: 322, Style: spec.Passive},
	},

	Edges: []spec.Edge{
		// The three-way handshake.
		{From: Closed, To: Listen, On: "passive OPEN", Do: "create TCB", Class: spec.Server,
			Rows: "open.passive", Path: "452,87 452,124 452,161 452,198", At: "392,142"},
		{From: Closed, To: SynSent, On: "active OPEN", Do: "create TCB, snd SYN", Class: spec.Client,
			Rows: "open.active", Path: "558,72 690,90 775,220 775,393", At: "637,184"},
		{From: Listen, To: Closed, On: "CLOSE", Do: "delete TCB",
			Rows: "listen.close", Path: "488,198 488,161 488,124 488,87", At: "538,142"},
		{From: Listen, To: SynReceived, On: "rcv SYN", Do: "snd SYN,ACK", Class: spec.Server,
			Rows: "listen.syn", At: "367,345"},
		{From: Listen, To: SynSent, On: "SEND", Do: "snd SYN",
			Rows: "listen.send listen.open", At: "586,345"},
		{From: SynSent, To: Closed, On: "CLOSE", Do: "delete TCB",
			Rows: "synsent.close", Path: "830,393 850,180 730,48 558,48", At: "836,150"},
		{From: SynSent, To: SynReceived, On: "rcv SYN", Do: "snd SYN,ACK",
			Rows: "synsent.syn", At: "470,398"},
		{From: SynSent, To: Established, On: "rcv SYN,ACK", Do: "snd ACK", Class: spec.Client,
			Rows: "synsent.synack", At: "688,525"},
		{From: SynReceived, To: Listen, On: "rcv RST", Do: "(passive OPEN)",
			Rows: "synrcvd.rst.passive", Path: "128,393 140,290 250,222 382,222", At: "122,262"},
		{From: SynReceived, To: Established, On: "rcv ACK of SYN", Class: spec.Server,
			Rows: "synrcvd.ack synrcvd.synack", At: "260,525"},
		{From: SynReceived, To: FinWait1, On: "CLOSE", Do: "snd FIN",
			Rows: "synrcvd.close synrcvd.orphan synrcvd.ack.close", At: "116,605"},

		// The close, by whoever closes first and by whoever closes second.
		{From: Established, To: FinWait1, On: "CLOSE", Do: "snd FIN", Class: spec.Client,
			Rows: "estab.close estab.orphan", At: "272,665"},
		{From: Established, To: CloseWait, On: "rcv FIN", Do: "snd ACK", Class: spec.Server,
			Rows: "estab.fin", At: "668,665"},
		{From: FinWait1, To: FinWait2, On: "rcv ACK of FIN", Class: spec.Client,
			Rows: "finwait1.ack windowedge.finack", At: "90,882"},
		{From: FinWait1, To: Closing, On: "rcv FIN", Do: "snd ACK",
			Rows: "finwait1.fin", At: "310,768"},
		{From: FinWait1, To: TimeWait, On: "rcv FIN + ACK of FIN", Do: "snd ACK",
			Rows: "finwait1.finack", At: "252,922"},
		{From: FinWait2, To: TimeWait, On: "rcv FIN", Do: "snd ACK", Class: spec.Client,
			Rows: "finwait2.fin", At: "310,1000"},
		{From: Closing, To: TimeWait, On: "rcv ACK of FIN",
			Rows: "closing.ack", At: "530,882"},
		{From: CloseWait, To: LastAck, On: "CLOSE", Do: "snd FIN", Class: spec.Server,
			Rows: "closewait.close closewait.orphan closewait.window closewait.persist.fin", At: "830,882"},
		{From: LastAck, To: Closed, On: "rcv ACK of FIN", Do: "delete TCB", Class: spec.Server, Twin: true,
			Rows: "lastack.ack", Path: "790,1002 790,1090 700,1140 558,1140", At: "652,1076"},
		{From: TimeWait, To: Closed, On: "2 MSL timeout", Do: "delete TCB", Class: spec.Client, Twin: true,
			Rows: "timewait.timeout", At: "408,1072"},
	},

	Folds: []spec.Fold{
		{Note: "ABORT, timeouts and limits, ICMP hard errors, text that nobody reads: to CLOSED",
			Rows: "abort.early abort abort.finishing user.timeout rtx.giveup.syn rtx.giveup keepalive.giveup finwait2.timeout icmp.hard orphan.unread synrcvd.overflow.abort synrcvd.ack.orphan finwait1.orphan.text finwait2.orphan.text latetext"},
		{Note: "exact RST: any state but LISTEN to CLOSED",
			Rows: "synsent.rst synrcvd.rst.active synrcvd.rst.child rst finishing.rst rst.atfin timewait.rst"},
		{Note: "one segment that takes several steps; a SYN that reuses TIME-WAIT, or resets SYN-RECEIVED",
			Rows: "synsent.synackfin synrcvd.ackfin synrcvd.ackfin.close timewait.reuse synrcvd.rst.timewait synrcvd.syn.passive synrcvd.syn.child synrcvd.syn.refused timewait.synfin"},
	},
}
