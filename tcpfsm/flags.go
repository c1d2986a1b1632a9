package tcpfsm

import "strings"

// spoken is the order in which people name control bits: SYN,ACK and FIN,ACK.
var spoken = [...]Flags{SYN, FIN, RST, PSH, URG, ACK}

// Spoken names the flags as people say them, SYN,ACK and FIN,ACK and not the order of
// the header's bits; no flag is none. ParseFlags reads it.
func (f Flags) Spoken() string {
	switch f {
	case SYN:
		return "SYN"
	case SYN | ACK:
		return "SYN,ACK"
	case ACK:
		return "ACK"
	}
	var words []string
	for _, bit := range spoken {
		if f.Has(bit) {
			words = append(words, bit.String())
		}
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ",")
}
