// Package trace is the one text notation for what happens between TCP endpoints:
// scenarios, counterexamples and failures are written in it, and replay.
//
// A file is a header, then a line for each action, in order:
//
//	# Figure 6 of RFC 9293.
//	title three-way handshake
//	profile recommended
//	bounds octets=1 capacity=2
//
//	a open active
//	b open passive
//	a->b SYN                        want b SYN-RECEIVED "the listener answers"
//	b->a SYN,ACK seq=300 ack=101
//	lose a->b ACK
//	b expire RTX
//	a send 1
//	tick
//
// The header's lines begin with one of the words title, profile, options, bounds,
// iss and loop (how many of the last lines lead back to where they began); the rest
// of such a line is its value, as it stands. The actions are
//
//	HOST CALL [N]            a user call, N octets where it takes some
//	HOST expire TIMER        a timer expires
//	FROM->TO SEGMENT         a segment arrives
//	lose FROM->TO SEGMENT    the network loses a segment
//	copy FROM->TO SEGMENT    the network duplicates a segment
//	forge FROM->TO SEGMENT   an attacker sends a segment in FROM's name
//	crash HOST               a host forgets everything
//	tick, age                time goes by; what is in the network grows older
//
// A SEGMENT is its control bits, joined with commas ("none" if there are none),
// and any of seq=, ack=, wnd=, len= (octets of text), life= (which connection of
// its sender it comes from, from 0), with= (which connection of its receiver it is
// meant for, from 1) and age= (ticks in the network), in this order when printed. Where a segment in the network is meant, it is the first one that has
// what is given.
//
// An action may be followed by expectations, each with an optional reason:
//
//	want HOST STATE "reason"
//
// # begins a comment, but not in the header. Hosts are words of letters and digits. The package knows no
// TCP: which calls, timers and states exist is for whoever runs the actions to say.
package trace
