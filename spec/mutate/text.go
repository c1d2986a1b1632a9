package mutate

import (
	"fmt"

	"github.com/tcpfsm/tcpfsm/spec"
)

// effects drops each effect of a row.
func (m *maker) effects(r *spec.Rule) {
	for n, d := range drops(r.Body) {
		now := *r
		now.Body = d.body
		m.add(fmt.Sprintf("%s/drop-effect-%d", r.ID, n+1), fmt.Sprintf("row %s lacks the effect %s", r.ID, m.base.TextStmts([]spec.Stmt{d.gone})), only(r, &now))
	}
}

// action drops each effect of an action, wherever it is used.
func (m *maker) action(a *spec.Procedure) {
	for n, d := range drops(a.Body) {
		now := *a
		now.Body = d.body
		m.substitute(fmt.Sprintf("action:%s/drop-effect-%d", a.Name, n+1),
			fmt.Sprintf("action %s lacks the effect %s", a.Name, m.base.TextStmts([]spec.Stmt{d.gone})), substitution{act: a, nowAct: &now})
	}
}

// A dropped is a list of effects without one.
type dropped struct {
	gone spec.Stmt
	body []spec.Stmt
}

// drops leaves out each effect of a list in turn, also inside of branches, which
// are numbered behind the if that they belong to.
func drops(body []spec.Stmt) (list []dropped) {
	for i, s := range body {
		list = append(list, dropped{s, spliced(body, i, nil)})
		branch, ok := s.(spec.If)
		if !ok {
			continue
		}
		for _, d := range drops(branch.Then) {
			now := branch
			now.Then = d.body
			list = append(list, dropped{d.gone, spliced(body, i, now)})
		}
		for _, d := range drops(branch.Else) {
			now := branch
			now.Else = d.body
			list = append(list, dropped{d.gone, spliced(body, i, now)})
		}
	}
	return list
}

// spliced replaces an effect, or leaves it out.
func spliced(body []spec.Stmt, at int, now spec.Stmt) []spec.Stmt {
	out := append([]spec.Stmt{}, body[:at]...)
	if now != nil {
		out = append(out, now)
	}
	return append(out, body[at+1:]...)
}

// guards negates the guard of a row, and drops each part of it.
func (m *maker) guards(r *spec.Rule) {
	if r.Guard == nil {
		return
	}
	now := *r
	now.Guard = negated(r.Guard)
	m.add(r.ID+"/negate-guard", fmt.Sprintf("row %s fires when %s", r.ID, m.base.Text(now.Guard)), only(r, &now))
	m.withoutGuard(r)
	for _, c := range cuts(r.Guard) {
		now := *r
		now.Guard = c.rest
		m.add(fmt.Sprintf("%s/%s", r.ID, c.id), fmt.Sprintf("row %s fires when %s, without %s", r.ID, m.base.Text(c.rest), m.base.Text(c.gone)), only(r, &now))
	}
}

// negated takes a ! away, or adds one.
func negated(e spec.Expr) spec.Expr {
	if not, ok := e.(spec.Not); ok {
		return not.X
	}
	return spec.Not{X: e}
}

// withoutGuard drops a guard that is a single conjunct.
func (m *maker) withoutGuard(r *spec.Rule) {
	if b, ok := r.Guard.(spec.Binary); ok && b.Op == spec.And {
		return
	}
	now := *r
	now.Guard = nil
	m.add(r.ID+"/drop-guard", fmt.Sprintf("row %s fires always, not when %s", r.ID, m.base.Text(r.Guard)), only(r, &now))
}

// definition drops each part of a named predicate, wherever it is used.
func (m *maker) definition(d *spec.Definition) {
	for _, c := range cuts(d.Expr) {
		now := *d
		now.Expr = c.rest
		m.substitute(fmt.Sprintf("def:%s/%s", d.Name, c.id), fmt.Sprintf("definition %s is %s, without %s", d.Name, m.base.Text(c.rest), m.base.Text(c.gone)), substitution{def: d, nowDef: &now})
	}
}

// A cut is an expression without one of its parts.
type cut struct {
	id         string
	gone, rest spec.Expr
}

// cuts drops the operands of && and ||, and the halves of chains, at any depth,
// numbered in the order in which they are written.
func cuts(e spec.Expr) (list []cut) {
	n := map[string]int{}
	walk(e, func(kind string, gone, rest spec.Expr) {
		n[kind]++
		list = append(list, cut{fmt.Sprintf("drop-%s-%d", kind, n[kind]), gone, rest})
	})
	return list
}

// walk calls visit for each part that can be dropped, with what is then left of
// the whole expression.
func walk(e spec.Expr, visit func(kind string, gone, rest spec.Expr)) {
	within := func(x spec.Expr, put func(spec.Expr) spec.Expr) {
		walk(x, func(kind string, gone, rest spec.Expr) { visit(kind, gone, put(rest)) })
	}
	switch e := e.(type) {
	case spec.Not:
		within(e.X, func(x spec.Expr) spec.Expr { return spec.Not{X: x} })
	case spec.Count:
		within(e.X, func(x spec.Expr) spec.Expr { return spec.Count{X: x} })
	case spec.Chain:
		first, second := spec.Binary{Op: e.Op1, X: e.X, Y: e.Y, T: spec.Flag}, spec.Binary{Op: e.Op2, X: e.Y, Y: e.Z, T: spec.Flag}
		visit("conjunct", first, second)
		visit("conjunct", second, first)
	case spec.Binary:
		with := func(x, y spec.Expr) spec.Expr { return spec.Binary{Op: e.Op, X: x, Y: y, T: e.T} }
		operand(e, e.X, e.Y, visit)
		within(e.X, func(x spec.Expr) spec.Expr { return with(x, e.Y) })
		operand(e, e.Y, e.X, visit)
		within(e.Y, func(y spec.Expr) spec.Expr { return with(e.X, y) })
	}
}

// operand drops one side of && or ||. A side that is itself a list of the same
// operator is not a part: its operands are.
func operand(e spec.Binary, gone, rest spec.Expr, visit func(kind string, gone, rest spec.Expr)) {
	if inner, ok := gone.(spec.Binary); ok && inner.Op == e.Op {
		return
	}
	switch e.Op {
	case spec.And:
		visit("conjunct", gone, rest)
	case spec.Or:
		visit("disjunct", gone, rest)
	}
}
