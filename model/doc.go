// Package model explores every reachable state of a finite system, breadth first
// and exactly, and decides properties of it. It knows nothing of TCP.
//
// A System gives initial states, the successors of a state, and an injective
// encoding of states into a fixed number of 64-bit words. Explore visits each
// state once, keeps every encoding whole (no hash stands for a state, so nothing
// is ever missed), and returns a Report.
//
// Parts are a system made of two parts that meet only in messages and in joint
// steps. ExploreParts numbers the parts, works out once what each of them does, and
// keeps a state as two numbers. It finds what Explore finds for Flatten(parts), and
// is several times faster, since states are many more than parts.
//
// # How it searches
//
// Level by level. The states of a level are kept in blocks; that log is frontier and
// source of traces at once, and no state knows its parent: a counterexample is found
// by looking through the levels once more, backwards. What was visited is known to a
// table with open addressing, whose slots hold the states themselves, or, for parts,
// to a bitmap of pairs, in squares that have memory when a pair in them is met, while
// that is smaller. Both lie outside the Go heap once they are large.
//
// What a part does is one record of numbers. A level of pairs is gone through in the
// order of its parts, a segment at a time, so that a record is read once for many
// states, and what is found lies near what was found before: without that, two
// workers would wait for one memory.
//
// Possible and Endless are decided by digging: depth first from each state to those
// of which it is known whether they are marked, and marking on the way back, a bit
// for each state. Leads is decided by the strongly connected components of what lies
// between promise and goal, and again by those within them that are left when what a
// fair run could not avoid is taken away.
//
// With Options.Symmetry, of a system that offers it, the lesser code of a state and its
// mirror image stands for both, and the same parts, messages and records serve both
// roles: half the states and half the memory. A counterexample is then followed from
// an initial state in the system itself, step by step, so that it is a run of it with
// its own labels; a loop that comes back as the mirror image is gone round twice.
//
// When Options.MaxMemory is used up and Options.Spill names a directory, the log goes
// to disk; and when the visited set has no room any more, what it does not know are
// candidates, which are sorted and compared, once for many of them, with the sorted
// runs of states found since. Whoever needs to go further still, and can do without
// a proof, has Options.Lossy.
//
// # Words
//
//   - A successor is a state that one step leads to; its label names the step.
//   - The depth of an initial state is 0; that of another state is the least
//     number of steps that lead to it. Report.Depth is the greatest.
//   - A transition is one successor of one state, also if it leads to a state
//     that is known, or back to itself.
//   - A trace is a shortest way from an initial state. Of equally short ways the
//     same one is chosen on every run.
//
// # Kinds of properties
//
//   - Always: holds in every reachable state.
//   - Step: holds of every transition. A system may also find a broken step
//     itself, by the Fault of a successor.
//   - Deadlock: every state without successors is one where the system may stop.
//   - Sometimes: some reachable state has it. A premise that is never met makes
//     an Always property empty, so each of those deserves a companion.
//   - Possible: from every reachable state, or every one with a premise, some way
//     leads to a state that has it (AG EF of computation tree logic).
//   - Leads: every fair run from a state with the premise comes to the goal. Steps
//     have classes, by which a run is fair: see Fair.
//   - Endless: no run consists from some time on of steps with certain labels only.
//
// # What a report promises
//
// States, transitions, depth, verdicts and traces are the same for every number
// of workers and on every run; where a limit ends the search, only complete levels are
// counted, and which one is the last can depend on memory. A verdict other than Undecided is a proof for the
// system as given, if the report is complete; a counterexample is one in any
// case. When a limit ends the search, everything up to Report.Depth was checked,
// what was not refuted is Undecided, and Report.Limit says what ended it.
//
// With symmetry all this is so too, but a state stands for itself and its mirror image.
// That a system is as symmetric as it says is not believed: every part, every message that
// arrives, and every answer of a predicate is looked at from both sides, and of whole
// states, which have no parts, one in 256. Where the sides differ there is an error and no report.
//
// A property with a premise that no state meets holds because it says nothing:
// Result.Empty says so.
//
// A report speaks of the properties in the options and of no others. Report.Strays
// lists the faults that a system reported and no property names; a caller who
// checks every property of a system wants that list empty.
package model
