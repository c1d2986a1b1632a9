package gen

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tcpfsm/tcpfsm/spec"
)

// printer makes the printer of a program, without its files.
func printer(t testing.TB, p *spec.Program) *golang {
	t.Helper()
	n, err := newNames(p)
	if err != nil {
		t.Fatal(err)
	}
	return &golang{p: p, m: p.Machine, n: n, needs: newNeeds(n.args), used: map[string]bool{}}
}

// Every expression, printed as Go and read back by Go's own parser, has the value
// that the interpreter gives: parentheses stand wherever they are needed.
func TestExpr_printed(t *testing.T) {
	p := compiled(t, linkMachine())
	g := printer(t, p)
	depth := 4
	rapid.Check(t, func(rt *rapid.T) {
		e := drawExpr(rt, p, spec.Flag, depth)
		machine, input, output := drawValues(rt, len(p.Layout.Machine)), drawValues(rt, len(p.Layout.Input)), drawValues(rt, len(p.Layout.Output))
		want := p.Eval(e, machine, input, output)
		for _, code := range []string{g.value(e).GoString(), g.cond(e).GoString()} {
			v := goValues{g, machine, input, output}
			tree, err := parser.ParseExpr(code)
			if err != nil {
				rt.Fatalf("%s: %v", code, err)
			}
			if got := v.eval(tree); got != want {
				rt.Fatalf("%s\nis %d as Go, and %d as %s", code, got, want, fmt.Sprintf("%+v", e))
			}
		}
	})
}

// One operator under another, in every place: the cases that a random search
// could miss.
func TestExpr_pairs(t *testing.T) {
	p := compiled(t, linkMachine())
	g := printer(t, p)
	flag := func(name string) spec.Expr { return spec.Ref{Sym: symbol(p, name)} }
	for name, c := range map[string]struct {
		e    spec.Expr
		want string
	}{
		"or in and":        {bin(spec.And, spec.Flag, bin(spec.Or, spec.Flag, flag("again"), flag("urgent")), flag("strict")), "(t.Again || urgent) && t.Options.Has(OptStrict)"},
		"and in or":        {bin(spec.Or, spec.Flag, flag("again"), bin(spec.And, spec.Flag, flag("urgent"), flag("strict"))), "t.Again || urgent && t.Options.Has(OptStrict)"},
		"not of or":        {spec.Not{X: bin(spec.Or, spec.Flag, flag("again"), flag("urgent"))}, "!(t.Again || urgent)"},
		"not of equal":     {spec.Not{X: bin(spec.Eq, spec.Flag, flag("held"), flag("tries"))}, "t.Held != t.Tries"},
		"not of less":      {spec.Not{X: bin(spec.Lt, spec.Flag, flag("FIRST"), flag("NEXT"))}, "!seqLT(t.FIRST, t.NEXT)"},
		"flags compared":   {bin(spec.Eq, spec.Flag, bin(spec.Lt, spec.Flag, flag("held"), flag("tries")), flag("again")), "(t.Held < t.Tries) == t.Again"},
		"true compared":    {bin(spec.Ne, spec.Flag, flag("again"), spec.Lit{V: 1, T: spec.Flag}), "!t.Again"},
		"sum in a sum":     {bin(spec.Add, spec.Seq, flag("FIRST"), bin(spec.Add, spec.Size, flag("held"), flag("tries"))), "t.FIRST + (t.Held + t.Tries)"},
		"minus of seq":     {bin(spec.Sub, spec.Seq, flag("FIRST"), bin(spec.Add, spec.Size, flag("held"), flag("tries"))), "t.FIRST - (t.Held + t.Tries)"},
		"minus of size":    {bin(spec.Sub, spec.Size, flag("held"), flag("tries")), "sizeSub(t.Held, t.Tries)"},
		"distance":         {bin(spec.Sub, spec.Size, flag("NEXT"), flag("FIRST")), "t.NEXT - t.FIRST"},
		"greater":          {bin(spec.Gt, spec.Flag, flag("NEXT"), flag("FIRST")), "seqLT(t.FIRST, t.NEXT)"},
		"constants folded": {bin(spec.Add, spec.Size, spec.Lit{V: 1<<32 - 1, T: spec.Size}, spec.Lit{V: 2, T: spec.Size}), "1"},
		"never negative":   {bin(spec.Sub, spec.Size, spec.Lit{V: 1, T: spec.Size}, spec.Lit{V: 2, T: spec.Size}), "0"},
		"nothing sent":     {spec.Not{X: spec.Sent{Slot: 0}}, "out.Out.Flags == 0"},
	} {
		if got := g.value(c.e).GoString(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func bin(op spec.Op, typ spec.Type, x, y spec.Expr) spec.Expr {
	return spec.Binary{Op: op, X: x, Y: y, T: typ}
}

func symbol(p *spec.Program, name string) *spec.Symbol {
	return p.Symbols[slices.IndexFunc(p.Symbols, func(s *spec.Symbol) bool { return s.Name == name })]
}

// drawValues draws a list of numbers near each other and near where they wrap.
func drawValues(t *rapid.T, n int) []uint32 {
	list := make([]uint32, n)
	for i := range list {
		list[i] = drawNumber(t)
	}
	return list
}

func drawNumber(t *rapid.T) uint32 {
	near := rapid.SampledFrom([]uint32{0, 0, 1 << 31, 1<<32 - 1}).Draw(t, "near")
	return near + rapid.Uint32Range(0, 4).Draw(t, "plus")
}

// drawExpr draws an expression of a type.
func drawExpr(t *rapid.T, p *spec.Program, typ spec.Type, depth int) spec.Expr {
	if depth == 0 || rapid.IntRange(0, 5).Draw(t, "leaf") == 0 {
		return drawLeaf(t, p, typ)
	}
	sub := func(typ spec.Type) spec.Expr { return drawExpr(t, p, typ, depth-1) }
	if typ != spec.Flag {
		return drawSum(t, typ, sub)
	}
	numbers := rapid.SampledFrom([]spec.Type{spec.Seq, spec.Size}).Draw(t, "type")
	order := rapid.SampledFrom([]spec.Op{spec.Lt, spec.Le, spec.Gt, spec.Ge, spec.Eq, spec.Ne})
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0:
		return spec.Not{X: sub(spec.Flag)}
	case 1, 2:
		return bin(rapid.SampledFrom([]spec.Op{spec.And, spec.Or}).Draw(t, "op"), spec.Flag, sub(spec.Flag), sub(spec.Flag))
	case 3:
		return bin(rapid.SampledFrom([]spec.Op{spec.Eq, spec.Ne}).Draw(t, "op"), spec.Flag, sub(spec.Flag), sub(spec.Flag))
	case 4:
		return spec.Chain{X: sub(numbers), Y: sub(numbers), Z: sub(numbers), Op1: order.Draw(t, "op"), Op2: order.Draw(t, "op")}
	}
	return bin(order.Draw(t, "op"), spec.Flag, sub(numbers), sub(numbers))
}

func drawSum(t *rapid.T, typ spec.Type, sub func(spec.Type) spec.Expr) spec.Expr {
	op := rapid.SampledFrom([]spec.Op{spec.Add, spec.Sub}).Draw(t, "op")
	if typ == spec.Seq {
		return bin(op, spec.Seq, sub(spec.Seq), sub(spec.Size))
	}
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		return spec.MinMax{Max: rapid.Bool().Draw(t, "max"), X: sub(spec.Size), Y: sub(spec.Size)}
	case 1:
		return bin(spec.Sub, spec.Size, sub(spec.Seq), sub(spec.Seq))
	case 2:
		return spec.Count{X: sub(spec.Flag)}
	}
	return bin(op, spec.Size, sub(spec.Size), sub(spec.Size))
}

func drawLeaf(t *rapid.T, p *spec.Program, typ spec.Type) spec.Expr {
	switch kind := rapid.IntRange(0, 4).Draw(t, "leaf of"); {
	case kind == 0 && typ != spec.Flag:
		return spec.Lit{V: drawNumber(t), T: typ}
	case kind == 0:
		return spec.Lit{V: rapid.Uint32Range(0, 1).Draw(t, "truth"), T: spec.Flag}
	case kind == 1 && typ == spec.Flag:
		return spec.Armed{Timer: 0}
	case kind == 2 && typ == spec.Flag:
		return spec.Sent{Slot: rapid.IntRange(0, 1).Draw(t, "slot")}
	}
	var fit []*spec.Symbol
	for _, s := range p.Symbols {
		if s.Type == typ {
			fit = append(fit, s)
		}
	}
	return spec.Ref{Sym: rapid.SampledFrom(fit).Draw(t, "symbol")}
}

// goValues evaluates printed Go with the values of a step. It knows what the
// printer prints, and no more.
type goValues struct {
	g                      *golang
	machine, input, output []uint32
}

func (v goValues) eval(e ast.Expr) uint32 {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return v.eval(e.X)
	case *ast.BasicLit:
		n, err := strconv.ParseUint(e.Value, 10, 32)
		if err != nil {
			panic(err)
		}
		return uint32(n)
	case *ast.UnaryExpr:
		return 1 - v.eval(e.X)
	case *ast.BinaryExpr:
		return goBinary(e.Op, v.eval(e.X), v.eval(e.Y))
	case *ast.CallExpr:
		return v.call(e)
	}
	return v.name(goText(e))
}

func goBinary(op token.Token, x, y uint32) uint32 {
	truth := map[token.Token]bool{
		token.EQL: x == y, token.NEQ: x != y, token.LSS: x < y, token.LEQ: x <= y, token.GTR: x > y, token.GEQ: x >= y,
		token.LAND: x != 0 && y != 0, token.LOR: x != 0 || y != 0,
	}
	switch op {
	case token.ADD:
		return x + y
	case token.SUB:
		return x - y
	}
	return asNumber(truth[op])
}

func asNumber(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

// call evaluates helpers as their text in the generated package says.
func (v goValues) call(e *ast.CallExpr) uint32 {
	name := goText(e.Fun)
	if set, ok := strings.CutSuffix(name, ".Has"); ok {
		return v.has(set, goText(e.Args[0]))
	}
	x, y := v.eval(e.Args[0]), uint32(0)
	if len(e.Args) > 1 {
		y = v.eval(e.Args[1])
	}
	switch name {
	case "seqLT":
		return asNumber(int32(x-y) < 0)
	case "seqLE":
		return asNumber(int32(x-y) <= 0)
	case "sizeSub":
		return max(x, y) - y
	case "count":
		return x
	case "min":
		return min(x, y)
	case "max":
		return max(x, y)
	}
	panic("call of " + name)
}

// has looks up a bit by the name of its constant.
func (v goValues) has(set, bit string) uint32 {
	for _, s := range v.g.p.Symbols {
		if s.Bit < 0 {
			continue
		}
		if code := v.g.ref(s).GoString(); code == set+".Has("+bit+")" {
			return v.of(s) >> s.Bit & 1
		}
	}
	if set == "t.Armed" {
		return v.machine[spec.AtArmed] >> slices.Index(v.g.n.timers, bit) & 1
	}
	panic(set + ".Has(" + bit + ")")
}

func (v goValues) of(s *spec.Symbol) uint32 {
	switch s.Kind {
	case spec.VarSymbol, spec.ParamSymbol, spec.OptionSymbol:
		return v.machine[s.Index]
	case spec.ArgSymbol, spec.FieldSymbol, spec.FieldFlagSymbol:
		return v.input[s.Index]
	}
	return v.output[s.Index]
}

func (v goValues) name(code string) uint32 {
	switch code {
	case "true":
		return 1
	case "false":
		return 0
	}
	for i, slot := range v.g.n.slots {
		if code == "out."+slot+".Flags" {
			return v.output[symbol(v.g.p, v.g.p.Machine.Slots[i].Name+".DATA").Index]
		}
	}
	for _, s := range v.g.p.Symbols {
		if s.Bit < 0 && v.g.place(s).GoString() == code {
			if s.Type == spec.Flag {
				return asNumber(v.of(s) != 0)
			}
			return v.of(s)
		}
	}
	panic("name " + code)
}

func goText(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return goText(e.X) + "." + e.Sel.Name
	}
	panic(fmt.Sprintf("%T", e))
}
