package model

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sync"
)

// ExploreParts visits every reachable state of a system made of parts. Its report
// is that of Explore for Flatten(parts), but comes sooner: parts are numbered, what
// they do is worked out once, and a state is two numbers. Step properties can only
// be those that Parts finds broken itself.
func ExploreParts[P any](ctx context.Context, parts Parts[P], opt Options[Pair[P]]) (*Report[Pair[P]], error) {
	if n := parts.Joints(); n > maxJoints {
		return &Report[Pair[P]]{}, fmt.Errorf("model: %d joint steps, want at most %d", n, maxJoints)
	}
	for _, p := range opt.Properties {
		if p.HoldsStep != nil {
			return &Report[Pair[P]]{}, fmt.Errorf("model: property %s looks at whole steps, which parts do not have: let Move.Fault name it, or use Explore with Flatten", p.ID)
		}
	}
	p := newProduct(parts, withPremises(opt.Properties))
	if opt.Symmetry {
		if err := p.foldRoles(); err != nil {
			return &Report[Pair[P]]{}, err
		}
	}
	return explore(ctx, p, opt)
}

// maxJoints is how many joint steps a system can have.
const maxJoints = 64

// A root is a state of a product: the numbers of its parts in one word.
func makeRoot(a, b uint32) uint64         { return uint64(a)<<32 | uint64(b) }
func splitRoot(root uint64) (a, b uint32) { return uint32(root >> 32), uint32(root) }

// A product is a system of Parts as a space.
type product[P any] struct {
	folding[Pair[P]]
	parts      Parts[P]
	properties []Property[Pair[P]]
	dicts      [2]*dict[P]  // by role; with symmetry, one for both
	messages   [2]*messages // by role of who offers them; with symmetry, the same
	joints     int
	across     []int // what each joint step is in the record of the second part
}

func newProduct[P any](parts Parts[P], properties []Property[Pair[P]]) *product[P] {
	p := &product[P]{parts: parts, properties: properties, joints: parts.Joints()}
	for role := range p.dicts {
		p.dicts[role] = newDict(parts, role)
		p.messages[role] = &messages{numbers: map[uint64]uint32{}}
	}
	for i := range p.joints {
		p.across = append(p.across, i)
	}
	return p
}

// foldRoles makes one of both roles: what a part does is worked out, and kept, as role 0
// does it.
func (p *product[P]) foldRoles() error {
	with, offers := p.parts.(SwappableParts)
	if !offers {
		return errNotOffered
	}
	across, ok := with.SwapJoints()
	if !ok {
		return errNotOffered
	}
	if len(across) != p.joints {
		return fmt.Errorf("model: SwapJoints gives %d joint steps, and there are %d", len(across), p.joints)
	}
	for i, to := range across {
		if to < 0 || to >= p.joints || across[to] != i {
			return fmt.Errorf("model: SwapJoints gives %v, which does not lead from joint step %d and back to it", across, i)
		}
	}
	p.across = across
	p.dicts[1], p.messages[1] = p.dicts[0], p.messages[0]
	p.mirror = &mirror[Pair[P]]{swap: (*Pair[P]).swapped, succ: flattened[P]{p.parts}.Succ, own: p.own}
	return nil
}

func (p *product[P]) words() int { return 1 }

func (p *product[P]) initial() ([][]uint64, error) {
	if n := p.parts.Words(); n < 1 {
		return nil, fmt.Errorf("model: Words() of the parts is %d, want at least 1", n)
	}
	var ids [2]uint32
	for role := range ids {
		part := p.parts.Init(role)
		ids[role] = p.dicts[role].id(&part)
	}
	if p.mirror != nil && ids[0] != ids[1] {
		p.mirror.fail("the parts of both roles do not begin as the same")
		return nil, p.mirror.broken()
	}
	return [][]uint64{{makeRoot(ids[0], ids[1])}}, nil
}

func (p *product[P]) extent() (rows, columns uint64, ok bool) {
	return uint64(p.partCount(0)), uint64(p.partCount(1)), true
}

func (p *product[P]) bytes() uint64 {
	if p.mirror != nil {
		return p.dicts[0].bytes()
	}
	return p.dicts[0].bytes() + p.dicts[1].bytes()
}

// own is the root of a pair itself.
func (p *product[P]) own(s *Pair[P]) []uint64 {
	return []uint64{makeRoot(p.dicts[0].id(s[0]), p.dicts[1].id(s[1]))}
}

// code is the root of a pair; with symmetry, that of the pair or of its image.
func (p *product[P]) code(s *Pair[P]) []uint64 {
	code := p.own(s)
	if p.mirror != nil {
		fold(code)
	}
	return code
}

// fold makes roots those of the images, where these are less.
func fold(roots []uint64) {
	for i, root := range roots {
		roots[i] = min(root, bits.RotateLeft64(root, 32))
	}
}

func (p *product[P]) state(code []uint64) Pair[P] {
	a, b := splitRoot(code[0])
	return Pair[P]{p.dicts[0].part(a), p.dicts[1].part(b)}
}

func (p *product[P]) expander() expander {
	return &productExpander[P]{product: p, observer: observer[Pair[P]]{properties: p.properties, mirror: p.mirror}}
}

// messages numbers the messages that one role offers, so that what comes of them
// can be kept in a list.
type messages struct {
	mu      sync.Mutex
	numbers map[uint64]uint32
	list    []uint64
}

func (m *messages) number(message uint64) uint32 {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, known := m.numbers[message]
	if !known {
		n = uint32(len(m.list))
		m.numbers[message] = n
		m.list = append(m.list, message)
	}
	return n
}

func (m *messages) message(number uint32) uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.list[number]
}

func (m *messages) len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.list)
}

// A productExpander puts the steps of parts together.
type productExpander[P any] struct {
	*product[P]
	observer[Pair[P]]
	root  uint64
	moves []Move[P]
	offer []Offer[P]
}

func (x *productExpander[P]) load(code []uint64) { x.now = x.state(code) }

func (x *productExpander[P]) expand(code, out []uint64) []uint64 {
	x.root = code[0]
	a, b := splitRoot(x.root)
	ra, rb := x.record(0, a), x.record(1, b)
	x.now = Pair[P]{x.dicts[0].part(a), x.dicts[1].part(b)}
	high, low := x.root&^math.MaxUint32, uint64(b)
	before := len(out)
	faulty := ra[faultyHead]|rb[faultyHead] != 0
	for _, to := range ra.alone(x.joints) {
		out = append(out, uint64(to)<<32|low)
	}
	for _, to := range rb.alone(x.joints) {
		out = append(out, high|uint64(to))
	}
	arrivals := rb.arrivals(x.joints)
	for o := ra.offers(x.joints); len(o) > 1; o = o[2:] {
		if v := x.accept(1, b, arrivals, o[0]); v > blocked {
			out = append(out, uint64(o[1])<<32|uint64(arrivalOf(v)))
			faulty = faulty || v&faultyArrival != 0
		}
	}
	arrivals = ra.arrivals(x.joints)
	for o := rb.offers(x.joints); len(o) > 1; o = o[2:] {
		if v := x.accept(0, a, arrivals, o[0]); v > blocked {
			out = append(out, uint64(arrivalOf(v))<<32|uint64(o[1]))
			faulty = faulty || v&faultyArrival != 0
		}
	}
	jb := rb.joint(x.joints)
	for i, ta := range ra.joint(x.joints) {
		j := x.across[i]
		if tb := jb[j]; agree(ta, tb, a, b) {
			out = append(out, makeRoot(ta-1, tb-1))
			x.took(ra, 0, a, i)
			x.took(rb, 1, b, j)
		}
	}
	if x.mirror != nil {
		fold(out[before:])
	}
	x.found = x.found[:0]
	if faulty {
		x.explain(code, (len(out) - before))
	}
	return out
}

// agree reports whether both parts take a joint step and one of them changes.
func agree(ta, tb, a, b uint32) bool { return ta != 0 && tb != 0 && (ta-1 != a || tb-1 != b) }

// took counts the rows of a joint step, which were not known to fire before both
// parts agreed.
func (x *productExpander[P]) took(r record, role int, id uint32, joint int) {
	if r.took(joint) {
		x.tally.add(x.details(role, id).rows[joint])
	}
}

// labels goes through the same successors as expand.
func (x *productExpander[P]) labels(dst []uint64) []uint64 {
	x.each(func(of *details, i int, _ *details, _ uint32) { dst = append(dst, of.labels[i]) })
	return dst
}

func (x *productExpander[P]) fairs(dst []Fair) []Fair {
	x.each(func(of *details, i int, to *details, number uint32) {
		f := of.fair[i]
		if to != nil {
			f.Denied = to.denies(number)
		}
		dst = append(dst, f)
	})
	return dst
}

// each goes through the steps that expand gave last: in whose details they are, and
// where; if a step is an arrival, also at what part a message of which number arrives.
func (x *productExpander[P]) each(do func(of *details, i int, to *details, number uint32)) {
	a, b := splitRoot(x.root)
	ra, rb := x.record(0, a), x.record(1, b)
	da, db := x.details(0, a), x.details(1, b)
	na, nb := int(ra[aloneHead]), int(rb[aloneHead])
	for i := range na {
		do(da, i, nil, 0)
	}
	for i := range nb {
		do(db, i, nil, 0)
	}
	oa, ob := ra.offers(x.joints), rb.offers(x.joints)
	for i := 0; i < len(oa); i += 2 {
		if x.accept(1, b, rb.arrivals(x.joints), oa[i]) > blocked {
			do(da, na+i/2, db, oa[i])
		}
	}
	for i := 0; i < len(ob); i += 2 {
		if x.accept(0, a, ra.arrivals(x.joints), ob[i]) > blocked {
			do(db, nb+i/2, da, ob[i])
		}
	}
	jb := rb.joint(x.joints)
	for i, ta := range ra.joint(x.joints) {
		if agree(ta, jb[x.across[i]], a, b) {
			do(da, na+len(oa)/2+i, nil, 0)
		}
	}
}

// explain finds out what is broken in the state just expanded, and by which step.
func (x *productExpander[P]) explain(code []uint64, n int) {
	for _, id := range (flattened[P]{x.parts}).broken(&x.now) {
		if id != "" {
			x.blame(id, -1)
		}
	}
	steps := x.steps(code)
	if x.product.symmetry().broken() != nil {
		return // the roles differ, so that there may be other steps than were put together
	}
	if len(steps) != n {
		panic(fmt.Sprintf("model: %d steps where there were %d: the methods of Parts must depend on their arguments only", len(steps), n))
	}
	for i := range steps {
		if id := steps[i].fault; id != "" {
			x.blame(id, i)
		}
	}
}

// key is what the parts are, since their numbers differ from run to run; with
// symmetry, which of them comes first must not depend on their numbers either.
func (x *productExpander[P]) key(code, dst []uint64) []uint64 {
	a, b := splitRoot(code[0])
	first, second := x.dicts[0].code(a), x.dicts[1].code(b)
	if x.mirror != nil && slices.Compare(second, first) < 0 {
		first, second = second, first
	}
	return append(append(dst, first...), second...)
}

// steps works everything out again, with what is not kept.
func (x *productExpander[P]) steps(code []uint64) []step {
	s := x.state(code)
	var steps []step
	for _, t := range (flattened[P]{x.parts}).Succ(&s, nil) {
		steps = append(steps, step{x.code(&t.State), t.Label, t.Fair, t.Rows, t.Fault})
	}
	return steps
}

func (p *product[P]) partWords() int { return p.parts.Words() }

// partCount counts, with symmetry, all parts in the first role.
func (p *product[P]) partCount(role int) int {
	if p.mirror != nil && role == 1 {
		return 0
	}
	return p.dicts[role].len()
}

func (p *product[P]) partCode(role, id int) []uint64 { return p.dicts[role].code(uint32(id)) }

func (p *product[P]) addPart(role int, code []uint64) error {
	var part P
	p.parts.Load(role, code, &part)
	next := p.dicts[role].len()
	if id := p.dicts[role].id(&part); int(id) != next {
		return fmt.Errorf("part %d of role %d is part %d too: Load is not the inverse of Code", next, role, id)
	}
	return nil
}
