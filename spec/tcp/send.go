package tcp

import "github.com/tcpfsm/tcpfsm/spec"

// SendRows are section 3.10.2.
var SendRows = []spec.Row{
	{ID: "send.closed", In: Closed, On: Send,
		Do: `answer(noConnection)`, Cite: "3.10.2",
		Why: "There is no connection to send on."},
	{ID: "listen.send.refused", In: Listen, On: Send, When: `!listenOpens`,
		Do: `answer(notConnected)`, Cite: "3.10.2; practice: every sockets interface",
		Why: "Sockets do not send on a listener."},
	{ID: "listen.send.unspecified", In: Listen, On: Send, When: `!remote`,
		Do: `answer(remoteUnspecified)`, Cite: "3.10.2",
		Why: "A SEND that opens needs somebody to open to."},
	{ID: "listen.send", In: Listen, On: Send, To: SynSent,
		Do: `openActive; queueText`, Cite: "3.10.2; Fig 5",
		Why: "SEND turns a listener into an active opener; the text follows the handshake."},
	{ID: "opening.send.closing", In: SynSent | SynReceived, On: Send, When: `closeQueued`,
		Do: `answer(connectionClosing)`, Cite: "3.6; 3.10.4",
		Why: "Nothing is sent after CLOSE, also while that CLOSE still waits; our row, the text does not name the case."},
	{ID: "opening.send", In: SynSent | SynReceived, On: Send,
		Do: `queueText`, Cite: "3.10.2",
		Why: "The text waits for ESTABLISHED."},
	{ID: "send.closing", In: Established | CloseWait, On: Send, When: `closeQueued`,
		Do: `answer(connectionClosing)`, Cite: "3.6; 3.10.4",
		Why: "CLOSE-WAIT may hold a CLOSE behind text; our row, the text does not name the case."},
	{ID: "send", In: Established | CloseWait, On: Send,
		Do: `queueText; push`, Cite: "3.10.2",
		Why: "What the window allows leaves at once and carries our acknowledgment."},
	{ID: "send.late", In: FinWait1 | FinWait2 | Finishing, On: Send,
		Do: `answer(connectionClosing)`, Cite: "3.10.2",
		Why: "Our user has closed."},
}
