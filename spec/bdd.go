package spec

// A diagrams holds reduced ordered binary decision diagrams: one node for each
// function of the atoms, so that two formulas mean the same if and only if they
// are the same node. They are exact, and stay small for guards, which ask few
// questions in much the same order; a bound on the nodes keeps the rest from
// taking for ever.
type diagrams struct {
	nodes []bddNode
	same  map[bddNode]formula
	memo  map[[3]formula]formula
	limit int
}

// A formula is a node: 0 is false, 1 is true.
type formula int32

const (
	never  formula = 0
	always formula = 1
)

// A bddNode asks one atom. The two constants ask an atom after all others.
type bddNode struct {
	atom    int32
	no, yes formula
}

const lastAtom = 1<<31 - 1

func newDiagrams(limit int) *diagrams {
	return &diagrams{
		nodes: []bddNode{{lastAtom, never, never}, {lastAtom, always, always}},
		same:  map[bddNode]formula{},
		memo:  map[[3]formula]formula{},
		limit: limit,
	}
}

// full reports whether the bound was reached: no answer can be trusted then.
func (d *diagrams) full() bool { return len(d.nodes) > d.limit || len(d.memo) > 2*d.limit }

func (d *diagrams) node(n bddNode) formula {
	if n.no == n.yes {
		return n.no
	}
	f, ok := d.same[n]
	if !ok {
		f = formula(len(d.nodes))
		d.nodes = append(d.nodes, n)
		d.same[n] = f
	}
	return f
}

// atom is the formula that holds when the atom does.
func (d *diagrams) atom(a int) formula { return d.node(bddNode{int32(a), never, always}) }

func (d *diagrams) not(f formula) formula    { return d.choose(f, never, always) }
func (d *diagrams) and(f, g formula) formula { return d.choose(f, g, never) }
func (d *diagrams) or(f, g formula) formula  { return d.choose(f, always, g) }

// choose is: if f then g else h.
func (d *diagrams) choose(f, g, h formula) formula {
	switch {
	case f == always || g == h:
		return g
	case f == never:
		return h
	case g == always && h == never:
		return f
	case d.full():
		return never
	}
	key := [3]formula{f, g, h}
	if r, ok := d.memo[key]; ok {
		return r
	}
	top := min(d.nodes[f].atom, d.nodes[g].atom, d.nodes[h].atom)
	no := d.choose(d.side(f, top, false), d.side(g, top, false), d.side(h, top, false))
	yes := d.choose(d.side(f, top, true), d.side(g, top, true), d.side(h, top, true))
	r := d.node(bddNode{top, no, yes})
	d.memo[key] = r
	return r
}

// side is what is left of f once the atom is known.
func (d *diagrams) side(f formula, atom int32, yes bool) formula {
	switch n := d.nodes[f]; {
	case n.atom != atom:
		return f
	case yes:
		return n.yes
	default:
		return n.no
	}
}
