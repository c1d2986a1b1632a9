package tcp

import "github.com/tcpfsm/tcpfsm/spec"

// StatusRows are section 3.10.6.
var StatusRows = []spec.Row{
	{ID: "status.closed", In: Closed, On: Status,
		Do: `answer(noConnection)`, Cite: "3.10.6",
		Why: "There is no connection to report on."},
	{ID: "status", In: Existing, On: Status,
		Do: `answer(ok)`, Cite: "3.10.6; 3.9.1.5",
		Why: "The report is the TCB itself, which the caller holds."},
}
