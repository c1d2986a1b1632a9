package proptest

import (
	"testing"

	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// A border counts how often draws put the two sides of one comparison of the table at
// places where an off-by-one, or a forgotten wrap, would show.
type border struct {
	kind    spec.Type
	always0 bool // the right side is 0: nothing is below
	equal   int
	below   int // left is right-1
	above   int // left is right+1
	wrapped int // of sequence numbers: the order as plain numbers is the other one
	half    int // of sequence numbers: 2^31 apart, each before the other
}

func (b *border) meet(x, y uint32) {
	switch x - y {
	case 0:
		b.equal++
	case 1:
		b.above++
	case ^uint32(0):
		b.below++
	case half:
		b.half++
	}
	if b.kind == spec.Seq && x != y && (x < y) != (int32(x-y) < 0) {
		b.wrapped++
	}
}

// missed names a place that was never met.
func (b *border) missed() string {
	switch {
	case b.equal == 0:
		return "equal sides"
	case b.above == 0 || b.below == 0 && !b.always0:
		return "sides that differ by one"
	case b.kind == spec.Seq && b.wrapped == 0:
		return "a wrap between the sides"
	case b.kind == spec.Seq && b.half == 0:
		return "sides half of the numbers apart"
	}
	return ""
}

// A survey looks at the comparisons of guards and effects, and of the definitions that
// they use.
type survey struct {
	program                *spec.Program
	machine, input, output []uint32
	borders                map[string]*border
}

func (s *survey) compare(text string, x, y spec.Expr) {
	if ref, ok := x.(spec.Ref); ok && ref.Sym.Kind > spec.FieldFlagSymbol || x.Type() == spec.Flag {
		return // an output of this step, which is not there yet; or a flag
	}
	b := s.borders[text]
	if b == nil {
		lit, ok := y.(spec.Lit)
		b = &border{kind: x.Type(), always0: ok && lit.V == 0}
		s.borders[text] = b
	}
	b.meet(s.program.Eval(x, s.machine, s.input, s.output), s.program.Eval(y, s.machine, s.input, s.output))
}

func (s *survey) look(e spec.Expr) {
	switch e := e.(type) {
	case spec.Not:
		s.look(e.X)
	case spec.Use:
		s.look(e.Def.Expr)
	case spec.Count:
		s.look(e.X)
	case spec.MinMax:
		s.look(e.X)
		s.look(e.Y)
	case spec.Binary:
		if spec.Eq <= e.Op && e.Op <= spec.Ge {
			s.compare(s.program.Text(e), e.X, e.Y)
		}
		s.look(e.X)
		s.look(e.Y)
	case spec.Chain:
		s.compare(s.program.Text(e)+", left", e.X, e.Y)
		s.compare(s.program.Text(e)+", right", e.Y, e.Z)
		s.look(e.X)
		s.look(e.Y)
		s.look(e.Z)
	}
}

// lookAtEffects looks at the conditions of effects, with the values of before the step.
func (s *survey) lookAtEffects(body []spec.Stmt) {
	for _, stmt := range body {
		switch stmt := stmt.(type) {
		case spec.If:
			s.look(stmt.Cond)
			s.lookAtEffects(stmt.Then)
			s.lookAtEffects(stmt.Else)
		case spec.Do:
			s.lookAtEffects(stmt.Action.Body)
		}
	}
}

// TestGenerated_meetsEveryBorder: the draws of TestGenerated_agreesOnEveryCell put
// every comparison of guards and effects at its border and one beside it, and every
// comparison of sequence numbers across the wrap and half of the numbers apart. If
// they did not, agreement would say little there.
func TestGenerated_meetsEveryBorder(t *testing.T) {
	s := &survey{program: program(), output: make([]uint32, len(program().Layout.Output)), borders: map[string]*border{}}
	c := fromSeed(1)
	draws := 0
	for state, cells := range program().Cells {
		for kind, rules := range cells {
			n := 400
			if tcpfsm.EventKind(kind) == tcpfsm.EventSegment {
				n *= 5
			}
			for i := range n {
				draws++
				tcb := c.anyTCB(tcpfsm.State(state), c.options())
				event := c.anyEvent(&tcb, tcpfsm.EventKind(kind))
				if i%2 == 0 {
					tcb = c.soundTCB(tcpfsm.State(state), tcb.Options)
					event = c.event(&tcb, tcpfsm.EventKind(kind), c.soundSegment(&tcb))
				}
				s.machine, s.input = tcb.AppendValues(s.machine[:0]), event.AppendValues(s.input[:0])
				for _, r := range rules {
					if r.Guard != nil {
						s.look(r.Guard)
					}
					s.lookAtEffects(r.Body)
				}
			}
		}
	}
	least, rarest := 1<<30, ""
	for text, b := range s.borders {
		if missed := b.missed(); missed != "" {
			t.Errorf("%s: %d draws never meet %s: %+v", text, draws, missed, *b)
		}
		for _, n := range []int{b.equal, b.above} {
			if n < least {
				least, rarest = n, text
			}
		}
	}
	t.Logf("%d comparisons, %d draws; the rarest border is met %d times: %s", len(s.borders), draws, least, rarest)
	if len(s.borders) < 50 {
		t.Errorf("only %d comparisons were found: the survey looks away", len(s.borders))
	}
}
