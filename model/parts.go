package model

import "fmt"

// Parts is a system made of two parts that meet only in messages and in joint
// steps, like two ends of a connection, each with the channel that it sends into.
// A state of the system is a pair of parts. Its methods are called by several
// goroutines at once, must depend on their arguments only, and must not keep them.
//
// The same steps are possible for a part whatever the other one is, but for what
// arrives; so each is worked out once for each part and message, however many
// states it occurs in.
type Parts[P any] interface {
	// Init gives the initial part of each role.
	Init(role int) P
	// Words is the width of a part's encoding, at least 1.
	Words() int
	// Code writes the encoding of p to w, which has Words() elements. Two parts of
	// one role have the same encoding only if they are the same.
	Code(role int, p *P, w []uint64)
	// Load is the inverse of Code.
	Load(role int, w []uint64, p *P)

	// Moves appends what a part can do alone.
	Moves(role int, p *P, dst []Move[P]) []Move[P]
	// Offers appends the messages that can be taken from a part now.
	Offers(role int, p *P, dst []Offer[P]) []Offer[P]
	// Accept gives what comes of a message that the other part offers, and whether
	// it can arrive at all. Label and Fair are the offer's.
	Accept(role int, p *P, message uint64) (m Move[P], ok bool)
	// Joints is how many joint steps there are, and Joint what comes of one. It is
	// taken only if both parts agree and one of them changes.
	Joints() int
	Joint(role int, p *P, joint int) (m Move[P], ok bool)
	// Check gives the id of an Always property that a part breaks by itself, or "".
	Check(role int, p *P) string
}

// A Move is a step of one part.
type Move[P any] struct {
	To    P
	Label uint64
	Row   [2]uint16 // rules that fired, as in Succ
	Fault string
	Fair  Fair
}

// An Offer is a message that can be taken, with what the part is without it.
type Offer[P any] struct {
	Message uint64
	Rest    P
	Label   uint64
	Fair    Fair // Class is that of the arrival
}

// A Pair is a state of a system made of parts, by role.
type Pair[P any] [2]*P

// String shows both parts.
func (s Pair[P]) String() string { return fmt.Sprintf("%+v, %+v", s[0], s[1]) }

// Flatten makes a System of Parts. It explores the same states and steps the
// simple way, and is what ExploreParts is held against.
func Flatten[P any](parts Parts[P]) System[Pair[P]] {
	if p, offers := parts.(SwappableParts); offers {
		if _, ok := p.SwapJoints(); ok {
			return swappable[P]{flattened[P]{parts}}
		}
	}
	return flattened[P]{parts}
}

type flattened[P any] struct{ Parts[P] }

// swappable are parts whose roles can be exchanged.
type swappable[P any] struct{ flattened[P] }

func (swappable[P]) Swap(s *Pair[P]) Pair[P] { return s.swapped() }

func (s *Pair[P]) swapped() Pair[P] { return Pair[P]{s[1], s[0]} }

func (f flattened[P]) Init(dst []Pair[P]) []Pair[P] {
	a, b := f.Parts.Init(0), f.Parts.Init(1)
	return append(dst, Pair[P]{&a, &b})
}

func (f flattened[P]) Words() int { return 2 * f.Parts.Words() }

func (f flattened[P]) Code(s *Pair[P], w []uint64) {
	n := f.Parts.Words()
	f.Parts.Code(0, s[0], w[:n])
	f.Parts.Code(1, s[1], w[n:])
}

func (f flattened[P]) Load(w []uint64, s *Pair[P]) {
	n := f.Parts.Words()
	var a, b P
	f.Parts.Load(0, w[:n], &a)
	f.Parts.Load(1, w[n:], &b)
	*s = Pair[P]{&a, &b}
}

// Succ gives moves, arrivals and joint steps, in this order.
func (f flattened[P]) Succ(s *Pair[P], dst []Succ[Pair[P]]) []Succ[Pair[P]] {
	for role := range s {
		for _, m := range f.Moves(role, s[role], nil) {
			dst = append(dst, succ(s.with(role, &m.To), &m))
		}
	}
	for role := range s {
		for _, o := range f.Offers(role, s[role], nil) {
			m, ok := f.Accept(1-role, s[1-role], o.Message)
			if !ok {
				continue
			}
			m.Label, m.Fair.Class = o.Label, o.Fair.Class
			dst = append(dst, succ(s.with(role, &o.Rest).with(1-role, &m.To), &m))
		}
	}
	for joint := range f.Joints() {
		dst = f.joint(s, joint, dst)
	}
	return dst
}

// broken gives what each part breaks by itself, or "".
func (f flattened[P]) broken(s *Pair[P]) [2]string {
	return [2]string{f.Check(0, s[0]), f.Check(1, s[1])}
}

func (f flattened[P]) joint(s *Pair[P], joint int, dst []Succ[Pair[P]]) []Succ[Pair[P]] {
	a, okA := f.Joint(0, s[0], joint)
	if !okA {
		return dst
	}
	b, okB := f.Joint(1, s[1], joint)
	if !okB || f.same(0, &a.To, s[0]) && f.same(1, &b.To, s[1]) {
		return dst
	}
	m := a
	m.Row[1] = b.Row[0]
	if m.Fault == "" || b.Fault != "" && b.Fault < m.Fault {
		m.Fault = b.Fault // of two the same one, whoever finds which
	}
	return append(dst, succ(Pair[P]{&a.To, &b.To}, &m))
}

func (f flattened[P]) same(role int, a, b *P) bool {
	w := make([]uint64, 2*f.Parts.Words())
	n := f.Parts.Words()
	f.Parts.Code(role, a, w[:n])
	f.Parts.Code(role, b, w[n:])
	for i := range n {
		if w[i] != w[n+i] {
			return false
		}
	}
	return true
}

// with is the pair with another part in one role.
func (s Pair[P]) with(role int, p *P) Pair[P] {
	q := *p
	s[role] = &q
	return s
}

func succ[P any](to Pair[P], m *Move[P]) Succ[Pair[P]] {
	return Succ[Pair[P]]{State: to, Label: m.Label, Rows: m.Row, Fault: m.Fault, Fair: m.Fair}
}
