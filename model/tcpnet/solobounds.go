package tcpnet

import "github.com/tcpfsm/tcpfsm/tcpfsm"

// SoloBounds are everything that is finite about a Solo, and its purpose.
type SoloBounds struct {
	Name    string
	Purpose string

	RcvBuf, SndMss, R1, R2, R2Syn, KeepMax uint32 // the settings of the endpoint

	Octets  uint32   // of text each way
	Text    uint32   // most octets of text in a segment
	Windows []uint32 // of segments
	Overlap uint32   // by how much text may lie before RCV.NXT
	Flags   []tcpfsm.Flags
	Calls   tcpfsm.EventSet // what happens besides segments

	// Thorough adds acknowledgment numbers without ACK, in the middle of what is in
	// flight, and one before SND.UNA, as of a segment that comes late; and text behind
	// the peer's FIN.
	Thorough bool
}

// Endpoints are all systems of one endpoint, the widest first.
func Endpoints() []SoloBounds { return append([]SoloBounds{OneEndpoint}, SmallEndpoints...) }

// every is the set of all events.
const every = ^tcpfsm.EventSet(0)

// calls is a set of events.
func calls(kinds ...tcpfsm.EventKind) (set tcpfsm.EventSet) {
	for _, kind := range kinds {
		set |= 1 << kind
	}
	return set
}

// Shorter names of control bits.
const (
	ackBit = tcpfsm.ACK
	synBit = tcpfsm.SYN
	finBit = tcpfsm.FIN
	rstBit = tcpfsm.RST
)

// OneEndpoint is the widest Solo: every call, every timer, every kind of segment.
var OneEndpoint = SoloBounds{
	Name: "one endpoint", Purpose: "anybody sends anything, any call and any timer at any time",
	RcvBuf: 2, SndMss: 1, R1: 1, R2: 1, R2Syn: 1, KeepMax: 1,
	Octets: 1, Text: 1, Windows: []uint32{0, 1}, Overlap: 1, Calls: every,
	Flags: []tcpfsm.Flags{
		0, ackBit, synBit, synBit | ackBit, finBit | ackBit, finBit,
		synBit | finBit, synBit | ackBit | finBit, rstBit, rstBit | ackBit,
	},
}

// SmallEndpoints are Solos that are narrow in all but one thing, and go further there,
// the quickest first.
var SmallEndpoints = []SoloBounds{
	{Name: "one endpoint, odd control bits", Purpose: "RST with SYN or FIN, and acknowledgment numbers without ACK",
		RcvBuf: 2, SndMss: 1, R1: 1, R2: 1, R2Syn: 1, Octets: 0, Text: 1, Windows: []uint32{1}, Overlap: 2, Thorough: true,
		Calls: calls(tcpfsm.EventOpenActive, tcpfsm.EventOpenPassive, tcpfsm.EventClose, tcpfsm.EventAbort),
		Flags: []tcpfsm.Flags{0, finBit, ackBit, synBit, synBit | ackBit, synBit | ackBit | finBit, finBit | ackBit, rstBit | synBit, rstBit | synBit | ackBit, rstBit | finBit}},
	{Name: "one endpoint, a long SYN,ACK", Purpose: "text and FIN with a SYN,ACK, more than the window has room for",
		RcvBuf: 2, SndMss: 1, R1: 1, R2: 1, R2Syn: 1, Text: 3, Windows: []uint32{0, 1}, Thorough: true,
		Calls: calls(tcpfsm.EventOpenActive, tcpfsm.EventSend, tcpfsm.EventClose),
		Flags: []tcpfsm.Flags{synBit, synBit | ackBit, synBit | ackBit | finBit}},
	{Name: "one endpoint, a closed window", Purpose: "what one octet fills the window for, without limits of tries and probes",
		RcvBuf: 1, SndMss: 1, Octets: 1, Text: 1, Windows: []uint32{0, 1}, Overlap: 1, Thorough: true,
		Calls: calls(tcpfsm.EventOpenActive, tcpfsm.EventClose, tcpfsm.EventReceive, tcpfsm.EventKeepAliveTimeout, tcpfsm.EventRetransmissionTimeout),
		Flags: []tcpfsm.Flags{0, ackBit, synBit | ackBit, finBit | ackBit, finBit}},
	silly("a large segment", 3, 2), silly("a small segment", 3, 1), silly("a small buffer", 2, 2), silly("a large buffer", 4, 2),
	{Name: "one endpoint, two octets to send", Purpose: "text, FIN and windows that shrink, open, and are old",
		RcvBuf: 2, SndMss: 1, R1: 1, R2: 2, R2Syn: 1, Octets: 2, Text: 0, Windows: []uint32{0, 1, 2}, Thorough: true,
		Calls: calls(tcpfsm.EventOpenActive, tcpfsm.EventSend, tcpfsm.EventClose, tcpfsm.EventRetransmissionTimeout),
		Flags: []tcpfsm.Flags{ackBit, synBit | ackBit, finBit | ackBit}},
	{Name: "one endpoint, long segments", Purpose: "text that reaches over either border of the window, and a listener's user who leaves early",
		RcvBuf: 2, SndMss: 1, R1: 1, R2: 1, R2Syn: 1, Octets: 1, Text: 3, Windows: []uint32{0, 1}, Overlap: 2, Thorough: true,
		Calls: calls(tcpfsm.EventOpenPassive, tcpfsm.EventSend, tcpfsm.EventCloseOrphan, tcpfsm.EventClose),
		Flags: []tcpfsm.Flags{ackBit, synBit, finBit | ackBit}},
}

// silly is a reader who reads one octet at a time.
func silly(name string, buf, mss uint32) SoloBounds {
	return SoloBounds{Name: "one endpoint, silly windows with " + name, Purpose: "which windows are worth a word (MUST-39)",
		RcvBuf: buf, SndMss: mss, Octets: 2, Text: 2, Windows: []uint32{1},
		Calls: calls(tcpfsm.EventOpenActive, tcpfsm.EventReceive, tcpfsm.EventDelayedAckTimeout),
		Flags: []tcpfsm.Flags{ackBit, synBit | ackBit}}
}
