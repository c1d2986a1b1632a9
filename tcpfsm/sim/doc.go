// Package sim is a network of TCP endpoints in virtual time: hosts with connections
// and listeners (package endpoint), links that delay, lose, duplicate and reorder, and
// a clock that jumps from one thing that happens to the next. Days go by in
// milliseconds, and every run is like the last.
//
//	s := sim.New(sim.Config{})
//	client, err := s.Host("client", endpoint.Config{})
//	server, err := s.Host("server", endpoint.Config{})
//	err = s.Link(client, server, sim.LinkConfig{Delay: 10 * time.Millisecond})
//	client.To(server).Filter(sim.LoseNth(3, sim.HasFlags(tcpfsm.FIN)))
//	server.Listen(80, sim.ListenConfig{OnReady: func(l *sim.Listener) { l.Accept() }})
//	c, err := client.Connect(server, 80, 0)
//	err = s.RunUntil(time.Minute)
//	c.Send(100)
//	err = s.Run()
//
// # What it promises
//
//   - Deterministic: the same calls give the same log. Of things planned for the same
//     time, what was planned first happens first. Initial sequence numbers come of the
//     host's name and the time, unless its Config chooses them.
//   - A call is carried out at once, at [Sim.Now], and what it sends is on its way when
//     it returns. Between calls of Run, RunUntil and RunFor the time stands still.
//   - Bounded: time, steps, segments on their way and the log have limits in [Config],
//     and a simulation that reaches one ends with a [LimitError]. A filter, an
//     application or a planned call that never returns is not bounded.
//   - A segment for which a host has neither a connection nor a listener is answered as
//     CLOSED does, with RST. A host that has crashed answers nothing until it is started
//     again, and then knows nothing.
//   - A segment for an address to which there is no link is lost.
//   - Every step of every machine is in the log ([Sim.Log]) with its time, the states
//     before and after, and the row of the table that fired; so is every segment, with a
//     number that is the same when it departs, arrives, or is lost. [Sim.Dump] shows what
//     one host's interface saw, in the words of tcpdump -nn -S.
//
// # Scenarios
//
// [Scenario] carries out a trace with time (package trace). The header's line
//
//	host NAME KEY=VALUE...
//
// makes a host. iss=N,N... are its initial sequence numbers, one a connection; profile=
// and options=+x,-y the machine's; accepts= (yes unless it is no), reads= and closes= what
// the application does of itself: accept at once, read at once what comes, close when
// the peer has closed and all is read. system= is whose way of counting a backlog
// listen takes: linux, linux-abort, bsd, freebsd. The others are the fields of
// [endpoint.Config]: mss, sndbuf, rcvbuf, rto, rtomin, rtomax, msl, usertimeout, delack,
// finwait2, keepidle, keepinterval, keepmax, r1, r2, r2syn, synlinear, nodelay,
// timestamps. Without such a line there are hosts a and b.
//
//	link A<->B delay=10ms rate=1000000 queue=100 lose-every=11
//
// joins hosts (A->B: one way). rate is in bits a second, lose-every loses every so-many
// segment. Without such a line all hosts are joined, with a delay of 10 ms.
//
// The calls are
//
//	connect [to=HOST:PORT] [from=PORT]      or open active
//	listen [port=PORT] [backlog=N] [syn=N] [accept=N] [system=NAME] [reuse=yes]   or open passive
//	accept, send N, receive [N]
//	close (the RFC's: reading goes on), shutdown (the same), orphan (close() of sockets), abort
//
// on port 80 where none is said. A call that is refused is a failure, unless the line
// wants its answer: ok, the machine's (pending, noConnection, connectionClosing, ...), end
// at the end of the stream, partial if a send took less, addressInUse, down, or why the
// connection ended (reset, refused, timedOut, userTimeout, unreachable). Where a host has several connections, HOST alone means the only one
// that has not ended. The flags "any" fit every segment; PSH and URG need not be named.
//
// An expectation that is not met is a [Failure] and an event of the log. A scenario
// that makes no sense is refused with a [ScenarioError] before anything has run.
package sim
