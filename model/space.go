package model

// A space is what a search visits: states as codes of a fixed number of words.
// Behind it stands a System or the Parts of one.
type space interface {
	words() int
	initial() ([][]uint64, error)
	expander() expander
	// extent is how many parts there are of each role; ok is false if a state is
	// not made of parts.
	extent() (rows, columns uint64, ok bool)
	bytes() uint64
	// symmetry is nil without one; with it, a code stands for a state and its image.
	symmetry() *symmetry
}

// An expander finds successors, for one goroutine.
type expander interface {
	// expand appends the codes of all successors of a state.
	expand(code, out []uint64) []uint64
	// labels appends the labels of the successors that expand gave last.
	labels(dst []uint64) []uint64
	// fairs appends what fairness promises of them.
	fairs(dst []Fair) []Fair
	// violated gives those of the claims asked for that do not hold in the state
	// last expanded.
	violated(asked claims) claims
	// faults are the claims that the system itself found broken in the state last
	// expanded, or by a step from it. It is nearly always empty.
	faults() []fault
	// load makes a state the one that violated speaks of.
	load(code []uint64)
	// key appends what orders states in the same way on every run.
	key(code, dst []uint64) []uint64
	// steps gives the successors of a state with all that is known of them, in the
	// order of expand.
	steps(code []uint64) []step
	rows() []uint64
	strays() []string
}

// claims is a set of properties, by number.
type claims uint64

func (c claims) has(i int) bool { return c>>i&1 != 0 }

// maxClaims is how many properties one search can decide.
const maxClaims = 64

// A fault says that a claim is broken: by the successor of that number, or, if it
// is -1, by the state itself.
type fault struct{ claim, step int }

// A step is a successor in full.
type step struct {
	code  []uint64
	label uint64
	fair  Fair
	rows  [2]uint16
	fault string
}
