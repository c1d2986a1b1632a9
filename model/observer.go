package model

import (
	"maps"
	"math/bits"
	"slices"
)

// An observer keeps what one expander sees of the properties, whatever it expands.
type observer[S any] struct {
	properties []Property[S]
	mirror     *mirror[S] // nil without symmetry
	image      S          // that of now
	now        S          // the state last expanded or loaded
	found      []fault
	tally      rowTally
	stray      map[string]bool // faults that name no property
}

// blame finds the property that a fault names. One that names none may be a slip
// of the pen, and the report must not be silent about it.
func (o *observer[S]) blame(id string, step int) {
	if i := claimOf(o.properties, id); i >= 0 {
		o.found = append(o.found, fault{i, step})
		return
	}
	if o.stray == nil {
		o.stray = map[string]bool{}
	}
	o.stray[id] = true
}

// claimOf is the number of the property that a fault names, or -1.
func claimOf[S any](properties []Property[S], id string) int {
	return slices.IndexFunc(properties, func(p Property[S]) bool {
		return p.ID == id && (p.Kind == Step || p.Kind == Always && p.Found)
	})
}

func (o *observer[S]) violated(asked claims) claims {
	v := o.violatedIn(&o.now, asked)
	if o.mirror == nil || asked == 0 {
		return v
	}
	o.image = o.mirror.swap(&o.now)
	if differ := v ^ o.violatedIn(&o.image, asked); differ != 0 {
		o.mirror.differs(o.properties[bits.TrailingZeros64(uint64(differ))].ID, &o.now)
	}
	return v
}

func (o *observer[S]) violatedIn(s *S, asked claims) (v claims) {
	for i := 0; asked>>i != 0; i++ {
		if asked.has(i) && o.properties[i].brokenIn(s) {
			v |= 1 << i
		}
	}
	return v
}

// brokenIn reports whether a state is none that a property wants.
func (p *Property[S]) brokenIn(s *S) bool {
	if p.Kind == Always && p.From != nil && !p.From(s) {
		return false
	}
	return !p.Holds(s)
}

func (o *observer[S]) faults() []fault  { return o.found }
func (o *observer[S]) rows() []uint64   { return o.tally }
func (o *observer[S]) strays() []string { return slices.Collect(maps.Keys(o.stray)) }

// A rowTally counts rules by id; 0 is no rule.
type rowTally []uint64

func (t *rowTally) add(rows [2]uint16) {
	for _, r := range rows {
		if r == 0 {
			continue
		}
		if int(r) >= len(*t) {
			*t = append(*t, make([]uint64, int(r)+1-len(*t))...)
		}
		(*t)[r]++
	}
}
