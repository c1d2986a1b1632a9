// Package proptest holds TCP stacks against the table of RFC 9293, and the generated
// machine against everything else that can run it.
//
// # Testing a stack of your own
//
// Write a [Stack] around it: ten methods, without a network and without a clock of
// its own, some hundred lines ([MachineStack] and [EndpointStack] here, and
// proptest/gvisor, are three). Then, in a test:
//
//	func TestMyStack(t *testing.T) {
//		proptest.Run(t, newStack, proptest.Config{
//			Options: tcpfsm.ProfileLinux &^ tcpfsm.OptTwReuse, // the choices it has made
//			MSL:     30 * time.Second,                         // TIME-WAIT lasts a minute
//		})
//	}
//
// [Run] does three things, which are also functions of their own. [Probe] puts single
// segments to fresh stacks in every state: flags, sequence and acknowledgment numbers
// at and beside each border, with and without text. [Live] draws lives of a
// connection, move by move, and compares state, segments, octets and answers after
// each. [Streams] sends octets through a network that loses, copies, reorders, delays
// and damages, to package endpoint and back.
//
// What a stack does is held against what the table says of the same moves. Where the
// standard leaves it free, there are several beliefs, and one must explain all that is
// seen: how long a timer runs (within the limits of the standard), how text is cut and
// acknowledgments are joined, how large a window is and when it opens again, whether
// early text is kept, whether a challenge ACK is withheld after another. A choice that
// the table names is an option: the caller says which the stack has made. To find
// out, count what [Probe] finds with and without each.
//
// A [Finding] names the row and its section of the RFC, says what was expected and
// what came, and prints the shortest trace that leads there, in the notation of
// tcpfsm/trace, where host b is the stack, a the peer, "b wait N" lets N milliseconds
// pass, and b's numbers are counted from its initial sequence number. Below stands its
// sequence chart: what was done, what the table says to it, and at the end what the stack
// did. [Replay] does it again. Run leaves the trace in a file, and the chart as a picture
// beside it, in the folder of [Config].TraceDir, or with go test -artifacts; 'tcpfsm run
// FILE.trace -o x.svg' draws it anew. Of a stream that fails, the end is drawn. Differences that are known and meant to stay are listed in [Config].Known,
// each with its reason; one that is not found any more is an error.
//
// What is not tested: congestion control, options but the MSS, urgent data, more than
// one connection, and what is the stack's own choice, above.
//
// # The tests of this package
//
//   - The generated code, the interpreter of package spec, and the looplab/fsm
//     adapter agree on row, state, TCB and output: on TCBs that were made up, at and
//     beside the border of every comparison, and on those that sequences of events
//     lead to.
//   - Along such sequences the table's invariants hold, and some properties that
//     are no state of one end: numbers do not run backwards, what is taken is
//     acknowledged, a RST is not answered by a RST.
//   - Every row fires.
//   - The linux profile answers single segments as a recorded kernel did, but for a
//     few lines that have a rule (docs/CONFORMANCE.md).
//   - Two endpoints of tcpfsm/endpoint read through a hostile network what was
//     written, in order, once, to the end, while at every step of their machines the
//     properties of model/tcpnet hold that speak of one step (rst, P21, acked, P9,
//     P20, the invariants) and of the two ends together (P2, P4). Of the others P3 and
//     P5 show as streams that arrive and connections that end; the rest need crashes,
//     forgers, several connections, or every run at once, and are the explorer's.
//   - Run finds nothing in package endpoint, with any profile, and does find bugs that
//     were put in on purpose.
//   - A segment arrival written by hand does what the generated one does, so that
//     the benchmarks compare like with like.
//
// The tests draw with rapid, which shrinks what fails, and then again from a plain
// generator with a fixed seed, which is faster and the same on every run:
//
//	go test ./proptest                              half a minute
//	go test ./proptest -rapid.checks 100000         longer
//	go test ./proptest -rapid.steps 200             longer sequences of events
//	go test ./proptest -endpoint.steps 5000         longer connections of endpoints
//	go test ./proptest -lives 100000                more lives
//	go test ./proptest -rapid.seed N                the draws of a run that failed
//	go test ./proptest -run '^$' -bench . -count 10 the figures of docs/BENCHMARKS.md
//	.ci/fuzz 10m ./proptest                         every fuzz target, ten minutes each
//
// A failure prints the shrunken TCB, event and rows; rapid keeps its draws in
// testdata/rapid and tries them first on the next run.
package proptest
