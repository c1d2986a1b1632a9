package spec

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// trees generates random typed trees over a program.
type trees struct {
	*rapid.T
	p *Program
	c *compiler
}

func (g trees) pick(n int) int { return rapid.IntRange(0, n-1).Draw(g.T, "pick") }

// symbols lists those that a text can name.
func (g trees) symbols(t Type, writable bool) (out []*Symbol) {
	for _, n := range g.c.names {
		if n.sym != nil && n.sym.Type == t && (!writable || readOnly[n.sym.Kind] == "") {
			out = append(out, n.sym)
		}
	}
	slicesByName(out)
	return out
}

func (g trees) ref(t Type, writable bool) *Symbol {
	list := g.symbols(t, writable)
	return list[g.pick(len(list))]
}

// use is a definition of the type asked for.
func (g trees) use(t Type) Expr {
	for _, d := range g.c.p.Defs {
		if d.Type == t {
			return Use{d}
		}
	}
	return Ref{g.ref(t, false)}
}

func (g trees) expr(t Type, depth int) Expr {
	if depth == 0 || g.pick(5) == 0 {
		return g.leaf(t)
	}
	switch t {
	case Flag:
		return g.flag(depth - 1)
	case Seq:
		return Binary{Op(int(Add) + g.pick(2)), g.expr(Seq, depth-1), g.expr(Size, depth-1), Seq}
	}
	switch g.pick(5) {
	case 0:
		return MinMax{g.pick(2) == 0, g.expr(Size, depth-1), g.expr(Size, depth-1)}
	case 1:
		return Count{g.expr(Flag, depth-1)}
	case 2:
		return Binary{Sub, g.expr(Seq, depth-1), g.expr(Seq, depth-1), Size}
	}
	return Binary{Op(int(Add) + g.pick(2)), g.expr(Size, depth-1), g.expr(Size, depth-1), Size}
}

func (g trees) leaf(t Type) Expr {
	switch n := g.pick(4); {
	case t == Flag && n == 0:
		return Lit{uint32(g.pick(2)), Flag}
	case t == Flag && n == 1:
		return Armed{g.pick(2)}
	case t == Flag && n == 2:
		return Sent{g.pick(2)}
	case t == Size && n == 0:
		return Lit{rapid.Uint32().Draw(g.T, "number"), Size}
	case n == 3:
		return g.use(t)
	}
	return Ref{g.ref(t, false)}
}

func (g trees) flag(depth int) Expr {
	t := Type(int(Seq) + g.pick(2))
	switch g.pick(6) {
	case 0:
		return Not{g.expr(Flag, depth)}
	case 1:
		up := g.pick(2) * int(Gt-Lt)
		return Chain{g.expr(t, depth), g.expr(t, depth), g.expr(t, depth), Op(int(Lt) + up + g.pick(2)), Op(int(Lt) + up + g.pick(2))}
	case 2:
		return Binary{Op(int(Eq) + g.pick(2)), g.expr(Flag, depth), g.expr(Flag, depth), Flag}
	case 3:
		return Binary{Op(int(Eq) + g.pick(6)), g.expr(t, depth), g.expr(t, depth), Flag}
	}
	return Binary{Op(g.pick(2)), g.expr(Flag, depth), g.expr(Flag, depth), Flag}
}

func (g trees) block(depth int) (out []Stmt) {
	for range 1 + g.pick(3) {
		out = append(out, g.stmt(depth))
	}
	return out
}

func (g trees) stmt(depth int) Stmt {
	switch g.pick(9) {
	case 0:
		return Do{g.c.acts[g.pick(len(g.c.acts))].proc}
	case 1:
		return Send{g.pick(2), uint32(1 + g.pick(7)), []Expr{g.expr(Seq, depth), g.expr(Seq, depth), g.expr(Size, depth)}}
	case 2:
		return Signal{g.pick(2)}
	case 3:
		return Answer{g.pick(2)}
	case 4:
		return Start{uint32(1 + g.pick(3))}
	case 5:
		return Stop{uint32(1 + g.pick(3))}
	case 6:
		return Reset{}
	case 7:
		if depth > 0 {
			s := If{g.expr(Flag, depth-1), g.block(depth - 1), nil}
			if g.pick(2) == 0 {
				s.Else = g.block(depth - 1)
			}
			return s
		}
	}
	t := Type(1 + g.pick(3))
	return Assign{g.ref(t, true), g.expr(t, depth)}
}

// TestText_roundTrip: what Text prints parses back to an equal tree.
func TestText_roundTrip(t *testing.T) {
	p := program(t, nil)
	c := compilerOf(p)
	rapid.Check(t, func(r *rapid.T) {
		g := trees{r, c.p, c}
		want := g.expr(Type(1+g.pick(3)), 5)
		text := p.Text(want)
		c.diags = nil
		got, _ := c.expression(place{at: &text, off: -1}, text)
		if len(c.diags) > 0 || !reflect.DeepEqual(got, want) {
			r.Fatalf("%s\nparses as %#v\nwant      %#v\n%v", text, got, want, c.diags)
		}
	})
}

// TestTextStmts_roundTrip is the same for effects.
func TestTextStmts_roundTrip(t *testing.T) {
	p := program(t, nil)
	c := compilerOf(p)
	rapid.Check(t, func(r *rapid.T) {
		g := trees{r, c.p, c}
		want := g.block(3)
		text := p.TextStmts(want)
		c.diags = nil
		got, _ := c.effects(place{at: &text, off: -1}, text, true)
		if len(c.diags) > 0 || !reflect.DeepEqual(got, want) {
			r.Fatalf("%s\nparses as %#v\nwant      %#v\n%v", text, got, want, c.diags)
		}
	})
}

// TestText pins the form: least parentheses, the standard's =<.
func TestText(t *testing.T) {
	p := program(t, nil)
	c := compilerOf(p)
	for text, want := range map[string]string{
		"((tries<=limit))":                     "tries =< limit",
		"tries=<limit&&(SYN||FIN)":             "tries =< limit && (SYN || FIN)",
		"(SYN && FIN) || SYN":                  "SYN && FIN || SYN",
		"SYN && (FIN && SYN)":                  "SYN && (FIN && SYN)",
		"!(tries == 0)":                        "!(tries == 0)",
		"(0 < tries) == (tries < 0x1f)":        "(0 < tries) == (tries < 31)",
		"0 < (tries + 1)\n\t < (limit - 1)":    "0 < tries + 1 < limit - 1",
		"limit - (tries - 1) == limit-tries-1": "limit - (tries - 1) == limit - tries - 1",
		"count((SYN))+min((tries),1) > 0":      "count(SYN) + min(tries, 1) > 0",
		"!!armed(RTX) && sent( CTL )":          "!!armed(RTX) && sent(CTL)",
	} {
		if got := p.Text(parse(t, c, text)); got != want {
			t.Errorf("%q prints as %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"signal(up, down)": "signal(up); signal(down)",
		"stop(RTX, User)":  "stop(all)",
		"drop":             "drop",
		"tries = 0\nif SYN {\n reset } else if FIN { over } else { begin; start(RTX)\n}": "tries = 0; if SYN { reset } else if FIN { over } else { begin; start(RTX) }",
		"send(CTL, ACK|SYN, 0, NXT, 1+1)":                                                "send(CTL, SYN|ACK, 0, NXT, 1 + 1)",
	} {
		c.diags = nil
		body, _ := c.effects(place{at: &text, off: -1}, text, true)
		if got := p.TextStmts(body); got != want || len(c.diags) > 0 {
			t.Errorf("%q prints as %q, want %q (%v)", text, got, want, c.diags)
		}
	}
}
