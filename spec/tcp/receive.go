package tcp

import "github.com/tcpfsm/tcpfsm/spec"

// ReceiveRows are section 3.10.3.
var ReceiveRows = []spec.Row{
	{ID: "receive.closed", In: Closed, On: Receive,
		Do: `answer(noConnection)`, Cite: "3.10.3",
		Why: "There is no connection to receive from."},
	{ID: "receive.early", In: Listen | SynSent | SynReceived, On: Receive,
		Do: `answer(pending)`, Cite: "3.10.3",
		Why: "The RECEIVE waits for ESTABLISHED."},
	{ID: "receive", In: Established | FinWait1 | FinWait2, On: Receive, When: `unread > 0`,
		Do: `deliver; openWindow`, Cite: "3.10.3",
		Why: "Text is handed over and makes room, of which the peer hears if it is worth it."},
	{ID: "receive.empty", In: Established | FinWait1 | FinWait2, On: Receive,
		Do: `answer(pending)`, Cite: "3.10.3",
		Why: "The RECEIVE waits for text."},
	{ID: "closewait.receive", In: CloseWait, On: Receive, When: `unread > 0`,
		Do: `deliver`, Cite: "3.10.3",
		Why: "What came before the FIN is handed over; nobody needs a larger window any more."},
	{ID: "closewait.receive.end", In: CloseWait, On: Receive,
		Do: `answer(connectionClosing)`, Cite: "3.10.3",
		Why: "This is the end of the stream."},
	{ID: "finishing.receive", In: Finishing, On: Receive, When: `drainTail && unread > 0`,
		Do: `deliver`, Cite: "3.6; 3.10.3; practice: every sockets interface",
		Why: "Text that was acknowledged belongs to the user, also when both ends have closed since."},
	{ID: "finishing.receive.end", In: Finishing, On: Receive,
		Do: `answer(connectionClosing)`, Cite: "3.10.3",
		Why: "The text's answer in these states."},
}
