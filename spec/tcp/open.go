package tcp

import "github.com/tcpfsm/tcpfsm/spec"

// OpenRows are section 3.10.1.
var OpenRows = []spec.Row{
	{ID: "open.passive", In: Closed, On: OpenPassive, To: Listen,
		Do: `passive = true; remote = remoteGiven; RCV.WND = RCV.BUF`, Cite: "3.10.1; MUST-41",
		Why: "A passive OPEN waits for a SYN; the remote socket may stay open."},
	{ID: "open.active.unspecified", In: Closed, On: OpenActive, When: `!remoteGiven`,
		Do: `answer(remoteUnspecified)`, Cite: "3.10.1",
		Why: "An active OPEN needs somebody to open to."},
	{ID: "open.active", In: Closed, On: OpenActive, To: SynSent,
		Do: `remote = true; openActive`, Cite: "3.10.1; MUST-8",
		Why: "The first SYN leaves."},

	{ID: "listen.open.refused", In: Listen, On: OpenActive, When: `!listenOpens`,
		Do: `answer(exists)`, Cite: "3.10.1; practice: every sockets interface",
		Why: "Sockets refuse to connect a listener."},
	{ID: "listen.open.unspecified", In: Listen, On: OpenActive, When: `!remoteGiven && !remote`,
		Do: `answer(remoteUnspecified)`, Cite: "3.10.1",
		Why: "An active OPEN needs somebody to open to."},
	{ID: "listen.open", In: Listen, On: OpenActive, To: SynSent,
		Do: `remote = true; openActive`, Cite: "3.10.1",
		Why: "The text turns a listener into an active opener."},
	{ID: "listen.open.again", In: Listen, On: OpenPassive,
		Do: `answer(exists)`, Cite: "3.9.1.1; MUST-41",
		Why: "The text is silent; a second passive OPEN must not disturb the first."},
	{ID: "open.exists", In: SynSent | Otherwise, On: OpenActive | OpenPassive,
		Do: `answer(exists)`, Cite: "3.10.1",
		Why: "One OPEN per connection."},
}
