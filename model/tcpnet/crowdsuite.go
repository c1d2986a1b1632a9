package tcpnet

import "github.com/tcpfsm/tcpfsm/tcpfsm"

// crowds are the systems with several clients of one listener. Its children are children
// whatever the profile says: with one TCB for all, as in the text, MUST-42 can't be met
// (the companion lone-listener).
func crowds(base Bounds) []Config {
	base.Options = base.Options&^tcpfsm.OptDelayedAck | tcpfsm.OptChildPerListener
	abort := base
	abort.Options |= tcpfsm.OptAbortOnOverflow
	return []Config{
		bounded(base, "two clients of one listener",
			"octets=0 window=1 mss=1 capacity=1 clients=2 listen=1 loss reorder retransmit unhurried",
			"P2", propStream, "P4", "P5", propRefused, propPassive, propMonotonic, propAcked, propRstForRst, propInvariants,
			propChild, propListener, propOwn, "backlog", "deadlock", propBounds, "served", "told"),
		bounded(base, "three clients of listen(1), counted as Linux does",
			"octets=0 window=1 mss=1 capacity=1 clients=3 listen=1 loss reorder retransmit stay",
			"P2", "P18", propChild, propListener, propOwn, "backlog", "served", "waits"),
		bounded(base, "two clients among others, counted as Linux does",
			"octets=0 window=1 mss=1 capacity=1 clients=2 listen=1 loss reorder retransmit abort stay busy",
			"P2", "P18", propRefused, propPassive, propChild, propListener, propOwn, "backlog", "beside", "served", "waits"),
		bounded(base, "two clients among others, counted as BSD does",
			"octets=0 window=1 mss=1 capacity=1 clients=2 listen=1 loss reorder retransmit abort stay busy reserve",
			"P2", propRefused, propPassive, propChild, propListener, propOwn, "backlog", "room", "beside", "served"),
		bounded(abort, "two clients among others, and a RST where there is no room",
			"octets=0 window=1 mss=1 capacity=1 clients=2 listen=1 loss reorder retransmit abort stay busy",
			"P2", "P18", propChild, propListener, propOwn, propOverflow, "backlog", "beside", "served", "waits"),
		bounded(base, "a client of listen(0) that is never heard of again",
			"octets=0 window=1 mss=1 capacity=1 r2syn=1 crashes=1 clients=2 loss reorder retransmit quiet stay",
			"P2", propChild, propListener, propOwn, "backlog", "beside", "served"),
	}
}

// manyCrowds are larger ones.
func manyCrowds(base Bounds) []Config {
	base.Options = base.Options&^tcpfsm.OptDelayedAck | tcpfsm.OptChildPerListener
	return []Config{
		bounded(base, "two clients of one listener, timers at any time",
			"octets=0 window=1 mss=1 capacity=1 clients=2 listen=1 loss reorder retransmit"),
		bounded(base, "two clients among others that send an octet",
			"octets=1 window=1 mss=1 capacity=1 clients=2 listen=1 one-way loss reorder retransmit stay busy",
			"P2", propStream, "P18", propChild, propListener, propOwn, "backlog", "served", "waits"),
		bounded(base, "three clients of listen(1), and users who abort",
			"octets=0 window=1 mss=1 capacity=1 clients=3 listen=1 loss reorder retransmit abort stay",
			"P2", "P18", propChild, propListener, propOwn, "backlog", "beside", "served", "waits"),
	}
}

// crowdCompanions are those of the properties that are about several clients.
func crowdCompanions(with func(profile string, change func(*tcpfsm.Options), bounds string) Bounds) []Companion {
	child := func(p *tcpfsm.Options) { *p |= tcpfsm.OptChildPerListener }
	return []Companion{
		{"child-listens", propChild, Config{Bounds: with("recommended", nil, "octets=0 window=1 mss=1 capacity=1 clients=2 listen=1 loss reorder retransmit abort stay")},
			"a child that takes itself for a listener returns to LISTEN by RST (childPerListener)"},
		{"lone-listener", propListener, Config{Bounds: with("rfc9293", nil, "octets=0 window=1 mss=1 capacity=1 clients=2 listen=1 stay lone")},
			"by the text the one TCB leaves LISTEN with the first SYN, and nobody listens for the second client"},
		{"one-port", propOwn, Config{Bounds: with("recommended", child, "octets=0 window=1 mss=1 capacity=1 clients=2 listen=1 stay by-port")},
			"a host that knows its connections by its own port alone gives one client's segments to the child of another"},
		{"never-gives-up", "beside", Config{Bounds: with("recommended", child, "octets=0 window=1 mss=1 capacity=1 crashes=1 clients=2 loss reorder retransmit quiet stay")},
			"a SYN queue that never forgets whoever has gone is full for ever (MUST-23)"},
		{"gives-up", "P18", Config{Bounds: with("recommended", child, "octets=0 window=1 mss=1 capacity=1 r2syn=1 clients=2 listen=1 loss reorder retransmit stay busy")},
			"a server that gives up never tells, and a client that has nothing to send never asks"},
	}
}
