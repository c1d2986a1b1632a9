package tcp

import "github.com/tcpfsm/tcpfsm/spec"

// AbortRows are section 3.10.5.
var AbortRows = []spec.Row{
	{ID: "abort.closed", In: Closed, On: Abort,
		Do: `answer(noConnection)`, Cite: "3.10.5",
		Why: "There is no connection to abort."},
	{ID: "abort.early", In: Listen | SynSent, On: Abort, To: Closed,
		Do: `signal(reset); deleteTCB`, Cite: "3.10.5",
		Why: "Nothing is synchronized, so there is nobody to tell."},
	{ID: "abort", In: SynReceived | Established | FinWait1 | FinWait2 | CloseWait, On: Abort, To: Closed,
		Do: `send(CTL, RST, SND.NXT, 0, 0, 0); signal(reset); deleteTCB`, Cite: "3.10.5",
		Why: "RST at SND.NXT; if text before it was lost, the peer challenges it and CLOSED answers exactly."},
	{ID: "abort.finishing", In: Finishing, On: Abort, To: Closed,
		Do: `deleteTCB`, Cite: "3.10.5",
		Why: "Both have closed: the call succeeds and nothing is sent."},
}
