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
// The header's lines begin with one of the words title, about (a paragraph), found (what
// another TCP did in the end, that replaying can't show: a chart tells it), profile,
// options, bounds, iss, loop (how many of the last lines lead back to where they
// began), host and link; the rest of such a line is its value, as it stands. The actions
// are
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
// meant for, from 1) and age= (ticks in the network), in this order when printed.
// Where a segment in the network is meant, it is the first one that has what is given.
//
// An action may be followed by expectations, each with an optional reason:
//
//	want HOST STATE "reason"
//
// # begins a comment, but not in the header. Hosts are words of letters and digits.
//
// # Time
//
// A file whose first line begins with a time, or that has a host or a link in its
// header, tells the time ([File.Timed]). It is for a simulation: segments and timers
// need no lines, since they go and expire by themselves. Lines are in order of time;
// one without is at the time of the line before.
//
//	title a lost SYN
//	host client iss=100
//	host server accepts=no
//	link client<->server delay=10ms
//
//	0s     server listen backlog=1
//	0s     lose client->server SYN
//	0s     client connect             want client->server sent SYN at 1s
//	1.02s                             want client ESTABLISHED
//
// Calls and what concerns the network may have parameters, KEY=VALUE, behind them.
// These are actions that mean something with time only, or something else:
//
//	TIME                     nothing but what is expected then
//	HOST:PEER CALL           a call on the connection with PEER, of several;
//	                         HOST:PEER:PORT if there are several with it; so, too,
//	                         without time where one host has several connections,
//	                         and HOST:PEER expire TIMER
//	lose FROM->TO SEGMENT [nth=N] [count=N]   a rule from now on: what fits is lost
//	copy FROM->TO SEGMENT by=TIME             ... and comes once more, so much later
//	hold FROM->TO SEGMENT by=TIME             ... and comes so much later
//	cut FROM->TO, cut A<->B  everything is lost from now on
//	heal FROM->TO            and no more
//	crash HOST [for=TIME]    the host is silent so long
//
// Expectations are about the time of their line, when all has happened that happens
// then, or with at TIME, by TIME (at least once from now till then) or until TIME (all
// the time) about a later one:
//
//	want HOST STATE                     want HOST:PEER STATE
//	want HOST signal NAME               the user is told
//	want HOST row ID                    the row of the table fires
//	want HOST answer NAME               to the call of this line
//	want HOST error NAME                why the connection ended, or none
//	want HOST read N                    the call of this line gave N octets
//	want HOST readable N                N octets wait
//	want HOST queue N M                 of a listener: in SYN-RECEIVED, to be accepted
//	want FROM->TO sent SEGMENT          also arrives, lost, never (is not sent)
//
// The package knows no TCP: which calls, timers, parameters and states exist is for
// whoever runs the actions to say: package sim of traces with time, model/tcpnet of
// those without.
//
// A [Log] is what came of it. [Log.Text] and [Log.SVG] draw it as a sequence chart.
// [File.Log] is one of a trace that is not run; there want FROM->TO sent SEGMENT has a
// meaning without time, too.
package trace
