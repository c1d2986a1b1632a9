package gen

import "github.com/tcpfsm/tcpfsm/spec"

// walkExpr calls f with an expression and every part of it, also in definitions.
func walkExpr(e spec.Expr, f func(spec.Expr)) {
	f(e)
	switch e := e.(type) {
	case spec.Not:
		walkExpr(e.X, f)
	case spec.Binary:
		walkExpr(e.X, f)
		walkExpr(e.Y, f)
	case spec.Chain:
		walkExpr(e.X, f)
		walkExpr(e.Y, f)
		walkExpr(e.Z, f)
	case spec.Use:
		walkExpr(e.Def.Expr, f)
	case spec.MinMax:
		walkExpr(e.X, f)
		walkExpr(e.Y, f)
	case spec.Count:
		walkExpr(e.X, f)
	}
}

// walkBody calls f with every expression of effects and its parts, without those
// of the actions that they run.
func walkBody(body []spec.Stmt, f func(spec.Expr)) {
	for _, s := range body {
		switch s := s.(type) {
		case spec.Assign:
			walkExpr(s.X, f)
		case spec.If:
			walkExpr(s.Cond, f)
			walkBody(s.Then, f)
			walkBody(s.Else, f)
		case spec.Send:
			for _, x := range s.Fields {
				walkExpr(x, f)
			}
		}
	}
}

// largestNumber is the largest constant that a program has written in it.
func largestNumber(p *spec.Program) uint32 {
	largest := uint32(0)
	number := func(e spec.Expr) {
		if l, ok := e.(spec.Lit); ok {
			largest = max(largest, l.V)
		}
	}
	for _, d := range p.Defs {
		walkExpr(d.Expr, number)
	}
	for _, c := range p.Checks {
		walkExpr(c.Expr, number)
	}
	for _, a := range p.Actions {
		walkBody(a.Body, number)
	}
	for _, r := range p.Rows {
		if r.Guard != nil {
			walkExpr(r.Guard, number)
		}
		walkBody(r.Body, number)
	}
	return largest
}
