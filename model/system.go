package model

import (
	"fmt"
	"time"
)

// A System is a finite transition system over states of type S. Its methods are
// called by several goroutines at once and must not change it.
type System[S any] interface {
	// Init appends the initial states to dst.
	Init(dst []S) []S
	// Succ appends every successor of s to dst, in an order that depends on s only.
	Succ(s *S, dst []Succ[S]) []Succ[S]
	// Words is the width of the encoding, at least 1.
	Words() int
	// Code writes the encoding of s to w, which has Words() elements. Two states
	// have the same encoding only if they are the same.
	Code(s *S, w []uint64)
	// Load is the inverse of Code.
	Load(w []uint64, s *S)
}

// A Succ is a successor.
type Succ[S any] struct {
	State S
	Label uint32    // the step, as the system numbers it
	Rows  [2]uint16 // ids of up to two rules that fired; 0 is none. Counted in Report.Rows
	Fault string    // id of a Step property that this step breaks, or ""
}

// Kind is what a property claims.
type Kind uint8

// The kinds of properties; the package documentation defines them.
const (
	Always Kind = iota
	Step
	Deadlock
	Sometimes
	Possible
)

var kindNames = [...]string{"always", "every step", "no deadlock", "sometimes", "possible from everywhere"}

// String gives the kind in words.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// A Property is one claim about a system.
type Property[S any] struct {
	ID   string
	Text string // the claim as a sentence
	Kind Kind

	// Holds is the predicate of every kind but Step. Of Deadlock it says that
	// the system may stop in a state that has no successors.
	Holds func(s *S) bool
	// HoldsStep is the predicate of Step. It may be nil for a property that only
	// the system itself finds broken, by Succ.Fault.
	HoldsStep func(from *S, label uint32, to *S) bool
}

// Options say how to explore.
type Options[S any] struct {
	Properties []Property[S]
	Workers    int    // goroutines; 0 is one for each processor
	MaxStates  uint64 // stop at that many states, with a batch of successors more; 0 is no limit
	MaxMemory  uint64 // stop before the store and its buffers need more bytes; 0 is no limit

	// KeepGoing explores on after a counterexample, for the first one of every
	// property; otherwise the level in which one is found is the last.
	KeepGoing bool

	// Progress, if not nil, is called about once a second, from one goroutine.
	Progress func(Progress)
}

// Progress is how far an exploration is.
type Progress struct {
	Depth       int
	States      uint64
	Transitions uint64
	Frontier    uint64 // states of the present level
	Memory      uint64 // bytes
	Elapsed     time.Duration
	Deciding    string // id of the Possible property that is being decided, or ""
}

// Verdict is what is known of a property.
type Verdict uint8

// The verdicts.
const (
	Undecided Verdict = iota // a limit came first
	Holds
	Fails
)

var verdictNames = [...]string{"undecided", "holds", "fails"}

// String gives the verdict in words.
func (v Verdict) String() string {
	if int(v) < len(verdictNames) {
		return verdictNames[v]
	}
	return fmt.Sprintf("Verdict(%d)", uint8(v))
}

// A Result is the verdict on one property.
type Result[S any] struct {
	Property[S]
	Verdict Verdict
	// Trace is a shortest counterexample, or a shortest witness of a Sometimes
	// property that holds; nil when there is none.
	Trace *Trace[S]
}

// A Trace is a way through the system from an initial state.
type Trace[S any] struct {
	Init  S
	Steps []Succ[S]
}

// Last is the state that a trace leads to.
func (t *Trace[S]) Last() *S {
	if len(t.Steps) == 0 {
		return &t.Init
	}
	return &t.Steps[len(t.Steps)-1].State
}

// A Report is what an exploration found.
type Report[S any] struct {
	States      uint64
	Transitions uint64
	Depth       int    // greatest depth whose states were all expanded; -1 if not even the initial ones were
	MaxFrontier uint64 // states of the largest level
	Memory      uint64 // bytes of the store
	Elapsed     time.Duration
	Complete    bool   // every reachable state was expanded
	Limit       string // what ended an incomplete exploration
	Results     []Result[S]
	Rows        []uint64 // how often each rule id fired, by id
	Strays      []string // each Fault that is no Step property of the options, sorted
}

// Failed lists the results that are counterexamples or missing witnesses.
func (r *Report[S]) Failed() []Result[S] {
	var failed []Result[S]
	for _, res := range r.Results {
		if res.Verdict == Fails {
			failed = append(failed, res)
		}
	}
	return failed
}
