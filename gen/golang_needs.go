package gen

import "github.com/tcpfsm/tcpfsm/spec"

// A need is what a piece of the table touches besides the state: whatever becomes
// a function is given that and no more, so that small ones can be inlined and
// their signatures say what they depend on.
type need struct {
	machine, out  bool
	records, args uint64 // bits over Machine.Records and goNames.args
}

func (n need) hasRecord(i int) bool { return n.records>>i&1 != 0 }
func (n need) hasArg(i int) bool    { return n.args>>i&1 != 0 }

func (n *need) add(m need) {
	n.machine = n.machine || m.machine
	n.out = n.out || m.out
	n.records |= m.records
	n.args |= m.args
}

// needs finds what parts of a program need. It remembers definitions and actions,
// and which of them are used at all.
type needs struct {
	argOrder map[int]int // index in the layout to goNames.args
	defs     map[*spec.Definition]need
	actions  map[*spec.Procedure]need
}

func newNeeds(args []*spec.Symbol) *needs {
	n := &needs{map[int]int{}, map[*spec.Definition]need{}, map[*spec.Procedure]need{}}
	for i, a := range args {
		n.argOrder[a.Index] = i
	}
	return n
}

func (n *needs) def(d *spec.Definition) need {
	got, ok := n.defs[d]
	if !ok {
		n.expr(d.Expr, &got)
		n.defs[d] = got
	}
	return got
}

func (n *needs) action(a *spec.Procedure) need {
	got, ok := n.actions[a]
	if !ok {
		n.block(a.Body, &got)
		n.actions[a] = got
	}
	return got
}

// rules is what the rows of a cell need. They may move the machine and are methods
// of it in any case.
func (n *needs) rules(rules []*spec.Rule) need {
	got := need{machine: true}
	for _, r := range rules {
		if r.Guard != nil {
			n.expr(r.Guard, &got)
		}
		n.block(r.Body, &got)
	}
	return got
}

func (n *needs) expr(e spec.Expr, to *need) {
	switch e := e.(type) {
	case spec.Ref:
		n.symbol(e.Sym, to)
	case spec.Not:
		n.expr(e.X, to)
	case spec.Binary:
		n.expr(e.X, to)
		n.expr(e.Y, to)
	case spec.Chain:
		n.expr(e.X, to)
		n.expr(e.Y, to)
		n.expr(e.Z, to)
	case spec.Use:
		to.add(n.def(e.Def))
	case spec.MinMax:
		n.expr(e.X, to)
		n.expr(e.Y, to)
	case spec.Count:
		n.expr(e.X, to)
	case spec.Armed:
		to.machine = true
	case spec.Sent:
		to.out = true
	}
}

func (n *needs) symbol(s *spec.Symbol, to *need) {
	switch s.Kind {
	case spec.VarSymbol, spec.ParamSymbol, spec.OptionSymbol:
		to.machine = true
	case spec.ArgSymbol:
		to.args |= 1 << n.argOrder[s.Index]
	case spec.FieldSymbol, spec.FieldFlagSymbol:
		to.records |= 1 << s.Record
	default:
		to.out = true
	}
}

func (n *needs) block(body []spec.Stmt, to *need) {
	for _, s := range body {
		n.stmt(s, to)
	}
}

func (n *needs) stmt(s spec.Stmt, to *need) {
	switch s := s.(type) {
	case spec.Assign:
		n.symbol(s.Dst, to)
		n.expr(s.X, to)
	case spec.If:
		n.expr(s.Cond, to)
		n.block(s.Then, to)
		n.block(s.Else, to)
	case spec.Do:
		to.add(n.action(s.Action))
	case spec.Send:
		to.out = true
		for _, x := range s.Fields {
			n.expr(x, to)
		}
	case spec.Signal, spec.Answer:
		to.out = true
	case spec.Start, spec.Stop, spec.Reset:
		to.machine, to.out = true, true
	}
}
