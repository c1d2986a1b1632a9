package model

import "slices"

// deeds are what a part does in one role, as far as it must do the same in the other.
type deeds struct {
	words  []uint64
	faults []string
}

func (d *deeds) same(e *deeds) bool {
	return slices.Equal(d.words, e.words) && slices.Equal(d.faults, e.faults)
}

// compareRoles finds out whether a part does the same in both roles. Every part is
// asked once, and so is every arrival: nothing is left to chance.
func (x *productExpander[P]) compareRoles(p *P) {
	a, b := x.deeds(0, p), x.deeds(1, p)
	if !a.same(&b) {
		x.mirror.fail("a part does not do the same in both roles: %+v", *p)
	}
}

func (x *productExpander[P]) deeds(role int, p *P) (d deeds) {
	x.addCode(&d, role, p)
	d.faults = append(d.faults, x.parts.Check(role, p))
	moves := x.parts.Moves(role, p, nil)
	for i := range moves {
		x.addMove(&d, role, &moves[i])
	}
	offers := x.parts.Offers(role, p, nil)
	d.words = append(d.words, uint64(len(moves)), uint64(len(offers)))
	for i := range offers {
		d.words = append(d.words, offers[i].Message)
		x.addCode(&d, role, &offers[i].Rest)
		x.addLabel(&d, offers[i].Label)
	}
	for i := range x.joints {
		joint := i
		if role == 1 {
			joint = x.across[i]
		}
		m, ok := x.parts.Joint(role, p, joint)
		d.words = append(d.words, bit(ok))
		if ok {
			x.addMove(&d, role, &m)
		}
	}
	return d
}

// compareArrival finds out the same of an arrival.
func (x *productExpander[P]) compareArrival(p *P, message uint64) {
	var all [2]deeds
	for role := range all {
		d := &all[role]
		m, ok := x.parts.Accept(role, p, message)
		if d.words = append(d.words, bit(ok)); ok {
			m.Label = 0 // it is the offer's that counts
			x.addMove(d, role, &m)
		}
	}
	if !all[0].same(&all[1]) {
		x.mirror.fail("message %#x does not do the same to a part in both roles: %+v", message, *p)
	}
}

func (x *productExpander[P]) addMove(d *deeds, role int, m *Move[P]) {
	x.addCode(d, role, &m.To)
	x.addLabel(d, m.Label)
	d.words = append(d.words, uint64(m.Row[0]), uint64(m.Row[1]))
	d.faults = append(d.faults, m.Fault)
}

func (x *productExpander[P]) addCode(d *deeds, role int, p *P) {
	n, width := len(d.words), x.parts.Words()
	d.words = slices.Grow(d.words, width)[:n+width]
	x.parts.Code(role, p, d.words[n:])
}

// addLabel adds what the properties say of a label.
func (x *productExpander[P]) addLabel(d *deeds, label uint64) {
	for i := range x.observer.properties {
		if only := x.observer.properties[i].Only; only != nil {
			d.words = append(d.words, bit(only(label)))
		}
	}
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
