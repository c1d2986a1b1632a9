// Package proptest holds the generated machine against everything else that can
// run the table, at sizes no exhaustive search reaches: sequence numbers of 32
// bits, windows of a gigabyte, every option, thousands of events in a row.
//
//   - The generated code, the interpreter of package spec, and the looplab/fsm
//     adapter agree on row, state, TCB and output: on TCBs that were made up, and on
//     those that sequences of events lead to.
//   - Along such sequences the table's invariants hold, and some properties that
//     are no state of one end: numbers do not run backwards, what is taken is
//     acknowledged, a RST is not answered by a RST.
//   - Every row fires.
//   - The linux profile answers single segments as a recorded kernel did, but for a
//     few lines that have a rule (docs/CONFORMANCE.md).
//   - Two endpoints of tcpfsm/endpoint, over a network that loses, copies, reorders,
//     delays and damages, read what was written, in order, once, to the end.
//   - A segment arrival written by hand does what the generated one does, so that
//     the benchmarks compare like with like.
//
// The tests draw with rapid, which shrinks what fails, and then again from a plain
// generator with a fixed seed, which is faster and the same on every run:
//
//	go test ./proptest                              a few seconds
//	go test ./proptest -rapid.checks 100000         longer
//	go test ./proptest -rapid.steps 200             longer sequences of events
//	go test ./proptest -endpoint.steps 5000         longer connections of endpoints
//	go test ./proptest -rapid.seed N                the draws of a run that failed
//	go test ./proptest -run '^$' -bench . -count 10 the figures of docs/BENCHMARKS.md
//
// A failure prints the shrunken TCB, event and rows; rapid keeps its draws in
// testdata/rapid and tries them first on the next run.
package proptest
