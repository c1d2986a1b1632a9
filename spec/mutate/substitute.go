package mutate

import (
	"slices"

	"github.com/tcpfsm/tcpfsm/spec"
)

// A substitution puts a changed definition or action in the place of another one.
// What does not use it stays the same tree.
type substitution struct {
	def, nowDef *spec.Definition
	act, nowAct *spec.Procedure

	defs map[*spec.Definition]*spec.Definition // those that use def, done
	acts map[*spec.Procedure]*spec.Procedure
}

// substitute makes the mutant of a changed definition or action.
func (m *maker) substitute(id, text string, s substitution) {
	s.defs, s.acts = map[*spec.Definition]*spec.Definition{}, map[*spec.Procedure]*spec.Procedure{}
	x := m.add(id, text, s.rule)
	x.Program.Defs = each(m.base.Defs, s.definition)
	x.Program.Actions = each(m.base.Actions, s.procedure)
}

func each[T any](list []T, change func(T) T) []T {
	out := make([]T, len(list))
	for i := range list {
		out[i] = change(list[i])
	}
	return out
}

func (s *substitution) rule(r *spec.Rule) *spec.Rule {
	now := *r
	if r.Guard != nil {
		now.Guard = s.expr(r.Guard)
	}
	now.Body = s.block(r.Body)
	if now.Guard == r.Guard && sameBlock(now.Body, r.Body) {
		return r
	}
	return &now
}

// sameBlock reports whether a block came back as it was.
func sameBlock(a, b []spec.Stmt) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

func (s *substitution) definition(d *spec.Definition) *spec.Definition {
	if d == s.def {
		return s.nowDef
	}
	if done, ok := s.defs[d]; ok {
		return done
	}
	out := d
	if e := s.expr(d.Expr); e != d.Expr {
		now := *d
		now.Expr = e
		out = &now
	}
	s.defs[d] = out
	return out
}

func (s *substitution) procedure(a *spec.Procedure) *spec.Procedure {
	if a == s.act {
		return s.nowAct
	}
	if done, ok := s.acts[a]; ok {
		return done
	}
	out := a
	if body := s.block(a.Body); !sameBlock(body, a.Body) {
		now := *a
		now.Body = body
		out = &now
	}
	s.acts[a] = out
	return out
}

// expr gives an equal expression where nothing in it is substituted.
func (s *substitution) expr(e spec.Expr) spec.Expr {
	switch e := e.(type) {
	case spec.Use:
		return spec.Use{Def: s.definition(e.Def)}
	case spec.Not:
		return spec.Not{X: s.expr(e.X)}
	case spec.Count:
		return spec.Count{X: s.expr(e.X)}
	case spec.Binary:
		return spec.Binary{Op: e.Op, X: s.expr(e.X), Y: s.expr(e.Y), T: e.T}
	case spec.Chain:
		return spec.Chain{X: s.expr(e.X), Y: s.expr(e.Y), Z: s.expr(e.Z), Op1: e.Op1, Op2: e.Op2}
	case spec.MinMax:
		return spec.MinMax{Max: e.Max, X: s.expr(e.X), Y: s.expr(e.Y)}
	}
	return e
}

// block gives the same list where nothing in it is substituted.
func (s *substitution) block(body []spec.Stmt) []spec.Stmt {
	out, same := make([]spec.Stmt, len(body)), true
	for i, x := range body {
		var kept bool
		out[i], kept = s.stmt(x)
		same = same && kept
	}
	if same {
		return body
	}
	return out
}

// stmt reports whether an effect came back as it was.
func (s *substitution) stmt(x spec.Stmt) (now spec.Stmt, same bool) {
	switch x := x.(type) {
	case spec.Do:
		a := s.procedure(x.Action)
		return spec.Do{Action: a}, a == x.Action
	case spec.Assign:
		e := s.expr(x.X)
		return spec.Assign{Dst: x.Dst, X: e}, e == x.X
	case spec.If:
		now := spec.If{Cond: s.expr(x.Cond), Then: s.block(x.Then), Else: s.block(x.Else)}
		return now, now.Cond == x.Cond && sameBlock(now.Then, x.Then) && sameBlock(now.Else, x.Else)
	case spec.Send:
		now := x
		now.Fields = each(x.Fields, s.expr)
		return now, slices.Equal(now.Fields, x.Fields)
	}
	return x, true
}
