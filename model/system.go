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
	Label uint64    // the step, as the system numbers it
	Rows  [2]uint16 // ids of up to two rules that fired; 0 is none. Counted in Report.Rows
	Fault string    // id of a Step property that this step breaks, or ""
	Fair  Fair      // what fairness promises of this step
}

// Fair is what is assumed of a step in endless runs, for Leads. Steps of one class
// are one event to it, wherever in the system they occur.
type Fair struct {
	// Class is the step's own; 0 is none. It may be written Weak(n) or Strong(n).
	Class Class
	// Denied are classes that a strongly fair run may not avoid by taking this
	// step for ever, although their own steps were never possible: the class of a
	// message that was dropped because there was no room for it, for example.
	Denied [2]Class
}

// A Class is a number up to MaxClass and a strength.
type Class uint16

// MaxClass is the greatest number of a class.
const MaxClass = 1<<15 - 1

const strong = 1 << 15

// Weak is a class with weak fairness: if from some time on one of its steps is
// possible in every state, one is taken.
func Weak(n int) Class { return Class(n) &^ strong }

// Strong is a class with strong fairness: if its steps are possible again and
// again, they are taken again and again.
func Strong(n int) Class { return Class(n) | strong }

// Kind is what a property claims.
type Kind uint8

// The kinds of properties; the package documentation defines them.
const (
	Always Kind = iota
	Step
	Deadlock
	Sometimes
	Possible
	Leads
	Endless
)

var kindNames = [...]string{
	"always", "every step", "no deadlock", "sometimes", "possible from everywhere", "leads to", "never only",
}

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

	// Holds is the predicate of every kind but Step and Endless. Of Deadlock it
	// says that the system may stop in a state that has no successors; of Possible
	// and Leads it is the goal. It may be nil for an Always property that only the
	// system finds broken (Parts.Check), which Found must say.
	Holds func(s *S) bool
	Found bool
	// From is the premise of Always, Possible and Leads: in which states the property
	// says anything; nil is in all. Result.Empty says that there is none.
	From func(s *S) bool
	// Only says of which labels, by Endless, no run can consist from some time on.
	Only func(label uint64) bool
	// HoldsStep is the predicate of Step. It may be nil for a property that only
	// the system itself finds broken, by Succ.Fault.
	HoldsStep func(from *S, label uint64, to *S) bool
}

// Options say how to explore.
type Options[S any] struct {
	Properties []Property[S]
	Workers    int    // goroutines; 0 is one for each processor
	MaxStates  uint64 // stop at that many states; 0 is no limit
	MaxMemory  uint64 // stop before the search needs more bytes; 0 is no limit

	// Checkpoint keeps the search where it can be taken up again.
	Checkpoint Checkpoint

	// Spill is a directory for the states that MaxMemory has no room for: the search
	// goes on with them on disk, more slowly, and decides there what is a matter of
	// single states and steps. "" ends the search instead. Nothing stays there.
	Spill string

	// Lossy, if not 0, is the size in bytes of a field of bits that takes the place of
	// the visited set: a state is known if its bits are set, so that some new ones are
	// taken for known. The search is not exhaustive then and proves nothing; what it
	// finds broken is broken. Report.Missed says about how much it left out. Its counts
	// can differ from run to run, and some states may count twice.
	Lossy uint64

	// Symmetry takes a state and its mirror image for one, of a system that offers it
	// (Swappable, SwappableParts): there are about half as many. Predicates must say
	// the same of both, and Only the same of a step's label as of its image's. Verdicts
	// and the lengths of traces are those without, but for the length of loops; Leads
	// can't be decided. Parts, messages and predicates are looked at from both sides, and
	// some states of a System: where they differ that is an error, and nothing is reported.
	Symmetry bool

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
	Disk        uint64 // bytes
	Elapsed     time.Duration
	Parts       [2]uint64 // different ones of each role, of a system made of parts
	Deciding    string    // id of the property of the whole graph that is being decided, or ""

	// Estimate is about how many states there will be, when the levels have begun to
	// shrink: as if they went on to do so at the same rate. 0 is unknown.
	Estimate uint64
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
	// property that holds; nil when there is none. A counterexample to Leads or
	// Endless goes on for ever: it ends with a loop.
	Trace *Trace[S]
	// Empty says that the property has a premise and that no state explored meets it:
	// then it holds because it says nothing.
	Empty bool
}

// A Trace is a way through the system from an initial state.
type Trace[S any] struct {
	Init  S
	Steps []Succ[S]
	Loop  int // how many of the last steps lead back to where they began; 0 is none
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
	States      uint64  // with a depth of up to Depth+1
	Transitions uint64  // from states with a depth of up to Depth
	Depth       int     // greatest depth whose states were all expanded; -1 if not even the initial ones were
	MaxFrontier uint64  // states of the largest level
	Memory      uint64  // bytes that the search held at its end
	Missed      float64 // about how many new states a lossy search took for known ones; what only they lead to is missing too
	Disk        uint64  // bytes that it wrote to Options.Spill
	Elapsed     time.Duration
	Complete    bool   // every reachable state was expanded
	Limit       string // what ended an incomplete exploration
	Results     []Result[S]
	Parts       [2]uint64 // of a system made of parts: how many different ones there are; with symmetry, all are in the first
	Symmetry    bool      // a state and its mirror image counted as one state, and their steps once
	Rows        []uint64  // in how many steps each rule id fired, by id; of parts, 1 if it fired
	Strays      []string  // each Fault that is no Step property of the options, sorted
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
