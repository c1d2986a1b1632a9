// Package gvisor holds gVisor's TCP, gvisor.dev/gvisor/pkg/tcpip, against the table
// with package proptest, in one process and without a network. The differences are
// listed in docs/CONFORMANCE.md, each with a rule and a trace here.
//
// It is a module of its own, so that nobody who imports tcpfsm inherits gVisor. Run
// its tests in this folder:
//
//	go test .                                 probes, lives, the traces, a hostile network
//	go test . -run Probes -v                  what each rule covers
//	go test . -run Replay -replay FILE        one trace of the notation of tcpfsm/trace
//	go test . -run '^$' -bench . -count 10    the figures of docs/BENCHMARKS.md
package gvisor
