package spec

// unchanged lists what holds in every state that a machine with these options can
// reach, because it holds of a new machine and no row that can fire changes it:
// variables are zero, timers are not armed.
func (p *Program) unchanged(options uint32) []Expr {
	w := changes{c: &Comparer{reasoner: newReasoner(p.Machine, &options)}, vars: map[*Symbol]bool{}}
	dead := map[*Rule]bool{}
	for _, r := range p.DeadRules(options) {
		dead[r] = true
	}
	for _, r := range p.Rows {
		if !dead[r] {
			w.block(r.Body)
		}
	}
	var zero []Expr
	for _, s := range p.Symbols {
		switch {
		case s.Kind != VarSymbol || w.vars[s]:
		case s.Type == Flag:
			zero = append(zero, Not{Ref{s}})
		default:
			zero = append(zero, Binary{Eq, Ref{s}, Lit{0, s.Type}, Flag})
		}
	}
	for i := range p.Machine.Timers {
		if w.timers>>i&1 == 0 {
			zero = append(zero, Not{Armed{i}})
		}
	}
	return zero
}

// changes collects the variables that effects may make other than zero, and the
// timers that they may start.
type changes struct {
	c      *Comparer
	vars   map[*Symbol]bool
	timers uint32
}

func (w *changes) block(body []Stmt) {
	for _, s := range body {
		switch s := s.(type) {
		case Assign:
			if l, ok := s.X.(Lit); !ok || l.V != 0 {
				w.vars[s.Dst] = true
			}
		case Start:
			w.timers |= s.Timers
		case Do:
			w.block(s.Action.Body)
		case If:
			w.branch(s)
		}
	}
}

// branch leaves out what the options rule out.
func (w *changes) branch(s If) {
	w.c.filled = ^uint32(0) // what was sent before is not known
	f := w.c.formula(s.Cond)
	w.c.filled = 0
	if f != never {
		w.block(s.Then)
	}
	if f != always {
		w.block(s.Else)
	}
}
