package tcpnet

import (
	"errors"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// hazards are the systems in which something beyond an unreliable network is tried:
// time, old connections, attackers, crashes, full queues, users who leave. Each is
// about a few properties only. Acknowledgments are not delayed here, which would
// double the states and show nothing else.
func hazards(base Bounds) []Config {
	base.Options &^= tcpfsm.OptDelayedAck
	return []Config{
		bounded(base, "a second connection on the same ports",
			"octets=1 window=2 mss=2 capacity=2 msl=1 timewait=4 rto=2 retransmits=1 lives=2 one-way reorder retransmit patient",
			"P1", propOld, propReset, propAssassin, "again"),
		bounded(base, "a second connection with fresh sequence numbers, and no TIME-WAIT",
			"octets=1 window=2 mss=2 capacity=2 msl=1 timewait=0 rto=2 retransmits=1 lives=2 iss-step=8 one-way reorder retransmit patient",
			"P1", propOld, "again"),
		bounded(base, "a close in which each end loses one segment",
			"octets=1 window=2 mss=2 capacity=2 msl=1 timewait=9 rto=3 losses=1 retransmits=3 one-way loss reorder retransmit prompt",
			propUnclean, "told"),
		bounded(base, "a client that crashes and opens again",
			"octets=0 window=1 mss=1 capacity=2 iss-step=8 crashes=1 loss reorder retransmit",
			"P7"),
		bounded(base, "a client that crashes, keeps quiet, and begins where it was",
			"octets=1 window=1 mss=1 capacity=2 msl=1 timewait=4 retransmits=1 iss-step=1 crashes=1 quiet one-way reorder retransmit patient",
			propOld, "again"),
		bounded(base, "a forged SYN",
			"octets=0 window=1 mss=1 capacity=2 forge=1 forged=syn loss reorder retransmit",
			"P1", "P10", propForged),
		bounded(base, "a forged segment of any kind",
			"octets=0 window=1 mss=1 capacity=1 forge=1 forged=syn,rst,ack,text,fin,synack loss reorder retransmit",
			propForged),
		bounded(base, "two forged SYNs that cross",
			"octets=0 window=1 mss=1 capacity=2 forge=1 forged=syn both-open loss reorder",
			"P13"),
		bounded(base, "pure acknowledgments",
			"octets=0 window=1 mss=1 capacity=2 loss dup reorder retransmit",
			"P13", "P19"),
		bounded(base, "what must happen at last",
			"octets=1 window=2 mss=2 capacity=1 loss reorder retransmit fair",
			"P17"),
		bounded(base, "closed windows at both ends",
			"octets=2 window=1 mss=1 capacity=1 loss reorder retransmit lazy",
			"P13", "P16"),
		bounded(base, "a full accept queue",
			"octets=1 window=1 mss=1 capacity=1 r2syn=2 one-way loss reorder retransmit busy",
			"P18"),
		bounded(base, "a user who leaves, and one who aborts",
			"octets=0 window=1 mss=1 capacity=1 loss reorder retransmit leave abort",
			propWayOut, "P15"),
	}
}

// bounded is a system with the options of base.
func bounded(base Bounds, name, bounds string, only ...string) Config {
	if err := base.ParseBounds(bounds); err != nil {
		panic(err) // the texts are written by hand
	}
	return Config{Name: name, Bounds: base, Only: only}
}

// deep are systems that take hours, or more memory than a small machine has.
func deep(with func(name string, change func(*Bounds)) Config, bothOpen func(*Bounds)) []Config {
	return []Config{
		with("an octet each way", func(b *Bounds) {}),
		with("simultaneous open, an octet each way, two in the network", func(b *Bounds) { bothOpen(b) }),
		with("an octet one way, three in the network", func(b *Bounds) { b.OneWay, b.Capacity = true, 3 }),
		with("two octets each way, two in the network", func(b *Bounds) { b.Octets = 2 }),
		with("an octet each way, three in the network", func(b *Bounds) { b.Capacity = 3 }),
		with("two clients among others, two in the network", func(b *Bounds) {
			b.Octets, b.Window, b.MSS, b.Clients, b.Listen = 0, 1, 1, 2, 1
			b.Abort, b.Stay, b.Busy = true, true, true
			b.Options = b.Options&^tcpfsm.OptDelayedAck | tcpfsm.OptChildPerListener
		}),
	}
}

// A Companion is a system in which a property must fail: it shows that the property
// can, and what is needed for it to hold.
type Companion struct {
	Name     string // of its trace
	Property string
	Config   Config
	Why      string
}

// Companions are such systems, most of them a hair's breadth from one where the
// property holds.
func Companions() []Companion {
	with := func(profile string, change func(*tcpfsm.Options), bounds string) Bounds {
		b, err := ForProfile(profile)
		b.Options &^= tcpfsm.OptDelayedAck
		if change != nil {
			change(&b.Options)
		}
		if err := errors.Join(err, b.ParseBounds(bounds)); err != nil {
			panic(err) // the texts below are written by hand
		}
		return b
	}
	without := func(o tcpfsm.Options) func(*tcpfsm.Options) { return func(p *tcpfsm.Options) { *p &^= o } }
	text := func(p *tcpfsm.Options) { *p = *p&^tcpfsm.OptTwRestartAny | tcpfsm.OptStrictTW }
	const again = "octets=1 window=2 mss=2 capacity=2 msl=1 rto=2 retransmits=1 lives=2 one-way reorder retransmit patient"
	all := []Companion{
		{"old-fin-no-timewait", propOld, Config{Bounds: with("recommended", nil, again+" timewait=0")},
			"without TIME-WAIT, an old FIN completes the next handshake and ends its stream"},
		{"passive-closer", propOld, Config{Bounds: with("recommended", nil, "octets=1 window=2 mss=2 capacity=3 msl=1 timewait=5 lives=2 retransmits=1 one-way reorder retransmit patient")},
			"whoever is closed by the peer has no TIME-WAIT: segments repeated too early outlive its connection, whatever the peer waits"},
		{"crash-not-quiet", propOld, Config{Bounds: with("recommended", nil, "octets=1 window=1 mss=1 capacity=2 msl=1 timewait=3 retransmits=1 iss-step=1 crashes=1 one-way reorder retransmit patient")},
			"a host that lost its memory must be silent for an MSL"},
		{"assassination", propAssassin, Config{Bounds: with("recommended", without(tcpfsm.OptRFC1337), again+" timewait=4")},
			"TIME-WAIT that obeys RST is ended by the answer to an old segment (RFC 1337)"},
		{"unclean-close", propUnclean, Config{Bounds: with("recommended", nil, "octets=1 window=2 mss=2 capacity=2 msl=1 timewait=8 rto=3 losses=1 retransmits=3 one-way loss reorder retransmit prompt")},
			"one tick less than the last retransmission needs, and LAST-ACK ends by RST"},
		{"same-sequence-number", "P7", Config{Bounds: with("recommended", nil, "octets=0 window=1 mss=1 capacity=2 crashes=1 loss reorder retransmit")},
			"a new SYN that is exactly what the other end has is answered by an acceptable ACK, and nobody learns anything (RFC 5961 section 4.2)"},
		{"stranded-client", "P10", Config{Bounds: with("rfc9293", nil, "octets=0 window=1 mss=1 capacity=2 forge=1 forged=syn loss reorder retransmit")},
			"by the text, a SYN in the window sends a passive SYN-RECEIVED back to LISTEN in silence"},
		{"blind-syn", propForged, Config{Bounds: with("rfc9293", nil, "octets=0 window=1 mss=1 capacity=1 forge=1 forged=syn loss reorder")},
			"the same, as an attack"},
		{"timewait-war", "P13", Config{Bounds: with("recommended", text, "octets=0 window=1 mss=1 capacity=2 loss dup reorder retransmit")},
			"by the text, TIME-WAIT answers every segment, so two ends there answer each other for ever"},
		{"full-window-war", "P13", Config{Bounds: with("recommended", without(tcpfsm.OptAckThrottle|tcpfsm.OptZwAllowance), "octets=0 window=1 mss=1 capacity=2 loss dup reorder retransmit")},
			"two ends that have each filled the other one's window, and lost what filled it, find each other's acknowledgments unacceptable"},
		{"forged-syn-war", "P13", Config{Bounds: with("recommended", without(tcpfsm.OptAckThrottle), "octets=0 window=1 mss=1 capacity=2 forge=1 forged=syn both-open loss reorder")},
			"a forged SYN makes an end believe in numbers that its peer never had; each finds the other's acknowledgments unacceptable until one gives up, and only the throttle keeps that slow"},
		{"full-window-war-text", "P13", Config{Bounds: with("rfc9293", nil, "octets=1 window=1 mss=1 capacity=1 loss reorder retransmit lazy")},
			"the same by the text, which has no throttle, with text and slow readers"},
		{"fin-never-repeated", "P17", Config{Bounds: with("recommended", nil, "octets=0 window=1 mss=1 capacity=1 loss reorder fair")},
			"without retransmission a lost FIN is lost for good"},
		{"left-in-finwait2", propWayOut, Config{Bounds: with("recommended", without(tcpfsm.OptFinWait2Timer), "octets=0 window=1 mss=1 capacity=1 loss reorder retransmit leave abort")},
			"the RFC has no timer for an orphan in FIN-WAIT-2"},
		{"unheard-abort", "P15", Config{Bounds: with("rfc9293", nil, "octets=0 window=1 mss=1 capacity=1 loss reorder retransmit leave abort")},
			"an end that has nothing to send never learns that its peer is gone"},
	}
	all = append(all, crowdCompanions(with)...)
	for i := range all {
		all[i].Config.Name, all[i].Config.Only = all[i].Name, []string{all[i].Property}
	}
	return all
}
