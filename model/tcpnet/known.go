package tcpnet

import "slices"

// A known failure is one that a profile's choices bring with them, with the reason.
type knownFailure struct {
	profiles   []string
	properties []string
	why        string
}

// knownFailures are the properties that profiles fail. The recommended one fails
// none.
var knownFailures = []knownFailure{
	{[]string{"rfc9293"}, []string{"P5", "P15", propWayOut, "deadlock"},
		"the RFC has no timer that ends an orphan's FIN-WAIT-2 (finWait2Timer)"},
	{[]string{"rfc9293"}, []string{"P13", "P19"},
		"the text answers every unacceptable segment, and every segment in TIME-WAIT, and has no throttle (ackThrottle, strictTW)"},
	{[]string{"rfc9293", "linux"}, []string{propOld, propAssassin},
		"TIME-WAIT obeys RST, so the answer to an old segment ends it (rfc1337)"},
	{[]string{"rfc9293"}, []string{propUnclean},
		"a repeated FIN is not acceptable, so by the text's first check it does not restart TIME-WAIT (strictTW)"},
	{[]string{"rfc9293"}, []string{"P10", propForged},
		"a SYN in the window of a passive SYN-RECEIVED returns it to LISTEN in silence (synRcvdChallenge)"},
	{[]string{"linux", "bsd", "lwip"}, []string{propForged},
		"a SYN in the window of a passive SYN-RECEIVED ends it (synRcvdChallenge)"},
	{[]string{"lwip"}, []string{"P8", "established", "delivered", "told", "closing"},
		"no simultaneous open (noSimOpen), and so nothing that comes after it"},
	{[]string{"lwip"}, []string{"P13"},
		"every segment beyond a closed window is answered, also a pure ACK, and there is no throttle (zwAllowance, ackThrottle)"},
}

// Known gives the reason why a property is known to fail under a profile, or "".
func Known(profile, property string) string {
	for _, k := range knownFailures {
		if slices.Contains(k.profiles, profile) && slices.Contains(k.properties, property) {
			return k.why
		}
	}
	return ""
}
