package tcp

import "github.com/tcpfsm/tcpfsm/spec"

// IcmpRows are section 3.9.2.2. Whoever calls has checked that the sequence
// number in the quoted header is in flight.
var IcmpRows = []spec.Row{
	{ID: "icmp.hard.soft", In: Otherwise, On: IcmpHard, When: `icmpHardIsSoft`,
		Do: `signal(softError)`, Cite: "RFC 5461 section 4",
		Why: "Anybody on the path could reset connections otherwise."},
	{ID: "icmp.hard", In: SynSent | SynReceived | Established | FinWait1 | FinWait2 | CloseWait | Closing | LastAck, On: IcmpHard, To: Closed,
		Do: `signal(unreachable); deleteTCB`, Cite: "3.9.2.2; SHLD-26",
		Why: "The destination itself refuses."},
	{ID: "icmp.hard.idle", In: Closed | Listen | TimeWait, On: IcmpHard,
		Do: `drop`, Cite: "3.9.2.2",
		Why: "Nothing of ours is on its way to anybody."},
	{ID: "icmp.soft", In: SynSent | Otherwise, On: IcmpSoft,
		Do: `signal(softError)`, Cite: "3.9.2.2; MUST-56; SHLD-25",
		Why: "The network may recover: the user hears of it, the connection goes on."},
	{ID: "icmp.soft.idle", In: Closed | Listen, On: IcmpSoft,
		Do: `drop`, Cite: "3.9.2.2",
		Why: "There is no connection to have trouble."},
}
