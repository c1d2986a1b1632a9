package spec

import (
	"go/ast"
	"go/constant"
	"go/token"
	"reflect"
	"slices"
)

// An evaluator fills values of this package's types from literals. It knows the
// declaration it is in, for iota and for the name of this package there.
type evaluator struct {
	*loader
	decl  *decl
	owner any // address of the struct that is being filled
}

const literalsOnly = "the table is read from source, so write literals, constants of the package, or the name of a package variable that holds a literal"

// fill evaluates an expression into dst, which can be set, and remembers where
// it stood.
func (e evaluator) fill(x ast.Expr, dst reflect.Value) {
	if e.exhausted(x) {
		return
	}
	at := dst.Addr().Interface()
	if _, ok := e.src.starts[at]; !ok {
		e.src.starts[at] = x.Pos()
	}
	switch dst.Kind() {
	case reflect.Struct, reflect.Slice:
		e.composite(x, dst)
	default:
		e.scalar(x, dst)
	}
}

// maxValues bounds the work on one table: names that stand for lists of names
// could make it grow without end.
const maxValues = 1 << 18

// exhausted reports, once, that the table is too large.
func (e evaluator) exhausted(x ast.Expr) bool {
	e.values++
	if e.values == maxValues {
		e.at(x.Pos(), "the table has more than %d values: split it", maxValues)
	}
	return e.values >= maxValues
}

// composite follows a variable to its literal and fills a struct or a slice.
func (e evaluator) composite(x ast.Expr, dst reflect.Value) {
	switch x := x.(type) {
	case *ast.ParenExpr:
		e.composite(x.X, dst)
	case *ast.Ident:
		if x.Name == "nil" && dst.Kind() == reflect.Slice {
			return
		}
		if d := e.follow(x); d != nil {
			d.busy = true
			inner := evaluator{e.loader, d, e.owner}
			inner.composite(d.value, dst)
			d.busy = false
		}
	case *ast.CompositeLit:
		if x.Type != nil && !e.isType(x.Type, dst.Type()) {
			e.at(x.Type.Pos(), "%s is needed here: %s", typeName(dst.Type()), literalsOnly)
			return
		}
		if dst.Kind() == reflect.Struct {
			e.structure(x, dst)
		} else {
			e.slice(x, dst)
		}
	default:
		e.at(x.Pos(), "%s is needed here: %s", typeName(dst.Type()), literalsOnly)
	}
}

// follow finds the literal that a variable holds.
func (e evaluator) follow(x *ast.Ident) *decl {
	d := e.decls[x.Name]
	switch {
	case d == nil:
		e.at(x.Pos(), "unknown name %s%s", x.Name, didYouMean(x.Name, e.declared(), "declare it in this package"))
	case d.busy:
		e.at(x.Pos(), "%s is a part of itself: write it out", x.Name)
	case !d.isVar || d.value == nil:
		e.at(x.Pos(), "%s holds no composite literal: %s", x.Name, literalsOnly)
	default:
		return d
	}
	return nil
}

func (e evaluator) declared() (names []string) {
	for name := range e.decls {
		names = append(names, name)
	}
	return names
}

// isType reports whether a type as written is t.
func (e evaluator) isType(x ast.Expr, t reflect.Type) bool {
	if t.Kind() == reflect.Slice {
		a, ok := x.(*ast.ArrayType)
		return ok && a.Len == nil && e.isType(a.Elt, t.Elem())
	}
	return e.ours(x) == t.Name()
}

// ours gives the name of an identifier of this package as a table writes it, or
// "".
func (e evaluator) ours(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.SelectorExpr:
		if p, ok := x.X.(*ast.Ident); ok && e.decl.spec != "" && p.Name == e.decl.spec {
			return x.Sel.Name
		}
	case *ast.Ident:
		if e.decl.spec == "." {
			return x.Name
		}
	}
	return ""
}

func typeName(t reflect.Type) string {
	switch {
	case t.Kind() == reflect.Slice:
		return "[]" + typeName(t.Elem())
	case t.PkgPath() == here:
		return "spec." + t.Name()
	}
	return t.Name()
}

func (e evaluator) structure(x *ast.CompositeLit, dst reflect.Value) {
	at := dst.Addr().Interface()
	e.src.starts[at] = x.Pos() // of a variable's literal, where the rows are
	e.own(dst)
	inner := e
	inner.owner = at
	seen := map[string]bool{}
	for _, elt := range x.Elts {
		kv, ok := elt.(*ast.KeyValueExpr)
		if !ok {
			e.at(elt.Pos(), "a value without a field name: write NAME: value")
			continue
		}
		name := dotted(kv.Key)
		field := dst.FieldByName(name)
		switch {
		case !field.IsValid():
			e.at(kv.Key.Pos(), "%s has no field %s%s", typeName(dst.Type()), name, didYouMean(name, fieldNames(dst.Type()), "see its declaration"))
		case seen[name]:
			e.at(kv.Key.Pos(), "field %s is given twice: remove one", name)
		default:
			seen[name] = true
			inner.fill(kv.Value, field)
		}
	}
}

// own notes to which struct each field belongs, so that a problem with a field
// that was left out can be placed.
func (e evaluator) own(dst reflect.Value) {
	at := dst.Addr().Interface()
	for i := range dst.NumField() {
		if f := dst.Field(i); f.Kind() != reflect.Struct {
			e.src.owners[f.Addr().Interface()] = at
		}
	}
	if e.owner != nil {
		e.src.owners[at] = e.owner
	}
}

func fieldNames(t reflect.Type) (names []string) {
	for i := range t.NumField() {
		names = append(names, t.Field(i).Name)
	}
	return names
}

func (e evaluator) slice(x *ast.CompositeLit, dst reflect.Value) {
	dst.Set(reflect.MakeSlice(dst.Type(), len(x.Elts), len(x.Elts)))
	for i, elt := range x.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			e.at(kv.Pos(), "an element with an index: write the elements in order, without indices")
			continue
		}
		e.fill(elt, dst.Index(i))
	}
}

// scalar evaluates a string, a number or a bool.
func (e evaluator) scalar(x ast.Expr, dst reflect.Value) {
	v := e.eval(x, dst.Type())
	if v.Value == nil {
		return // reported
	}
	if v.typ != "" && v.typ != typeName(dst.Type()) {
		e.at(x.Pos(), "a %s is needed here and this is a %s: use a constant of the right type", typeName(dst.Type()), v.typ)
		return
	}
	if !e.store(v, dst) {
		e.at(x.Pos(), "%s does not fit %s: %s", v.Value, typeName(dst.Type()), literalsOnly)
		return
	}
	if dst.Kind() == reflect.String {
		if p, ok := dst.Addr().Interface().(*string); ok {
			e.src.texts[p] = v.text
		}
	}
}

// store reports whether the constant has a value of dst's kind.
func (e evaluator) store(v value, dst reflect.Value) bool {
	switch dst.Kind() {
	case reflect.String:
		if v.Kind() != constant.String {
			return false
		}
		dst.SetString(constant.StringVal(v.Value))
	case reflect.Bool:
		if v.Kind() != constant.Bool {
			return false
		}
		dst.SetBool(constant.BoolVal(v.Value))
	case reflect.Int:
		n, exact := constant.Int64Val(constant.ToInt(v.Value))
		if !exact || dst.OverflowInt(n) {
			return false
		}
		dst.SetInt(n)
	default: // the unsigned enumerations
		n, exact := constant.Uint64Val(constant.ToInt(v.Value))
		if !exact || dst.OverflowUint(n) {
			return false
		}
		dst.SetUint(n)
	}
	return true
}

// A value is a constant, the name of its type if it has one, and for a string
// the literals that it was put together from.
type value struct {
	constant.Value
	typ  string
	text []piece
}

// maxText bounds strings, which + could double line by line.
const maxText = 1 << 20

// eval evaluates a constant expression; its Value is nil when it was reported.
func (e evaluator) eval(x ast.Expr, want reflect.Type) value {
	if e.exhausted(x) {
		return value{}
	}
	switch x := x.(type) {
	case *ast.ParenExpr:
		return e.eval(x.X, want)
	case *ast.BasicLit:
		return e.literal(x, want)
	case *ast.Ident, *ast.SelectorExpr:
		return e.constant(x, want)
	case *ast.UnaryExpr:
		v := e.eval(x.X, want)
		if x.Op == token.SUB && v.Value != nil && v.Kind() == constant.Int {
			return value{Value: constant.UnaryOp(token.SUB, v.Value, 0), typ: v.typ}
		}
	case *ast.BinaryExpr:
		return e.binary(x, want)
	}
	e.at(x.Pos(), "%s is needed here: %s", typeName(want), literalsOnly)
	return value{}
}

func (e evaluator) literal(x *ast.BasicLit, want reflect.Type) value {
	v := constant.MakeFromLiteral(x.Value, x.Kind, 0)
	switch x.Kind {
	case token.STRING:
		return value{Value: v, text: []piece{{0, x.Pos(), e.written(x)}}}
	case token.INT:
		return value{Value: v}
	}
	e.at(x.Pos(), "%s is needed here: %s", typeName(want), literalsOnly)
	return value{}
}

// written is the literal as it stands in the file: Go's parser has dropped the
// carriage returns of raw strings, which count for positions.
func (e evaluator) written(x *ast.BasicLit) string {
	p := e.src.fset.Position(x.Pos())
	data := e.files[p.Filename]
	if x.Value[0] != '`' || p.Offset >= len(data) {
		return x.Value
	}
	rest := data[p.Offset:]
	if i := slices.Index(rest[1:], '`'); i >= 0 {
		return string(rest[:i+2])
	}
	return x.Value
}

// constant evaluates a name: iota, true, a constant of the package or of this
// one, or a variable that holds a string.
func (e evaluator) constant(x ast.Expr, want reflect.Type) value {
	if name := e.ours(x); name != "" {
		if c, ok := constants[name]; ok {
			return c
		}
	}
	id, ok := x.(*ast.Ident)
	if !ok {
		e.at(x.Pos(), "%s is needed here: %s", typeName(want), literalsOnly)
		return value{}
	}
	d := e.decls[id.Name]
	switch {
	case d == nil && (id.Name == "true" || id.Name == "false"):
		return value{Value: constant.MakeBool(id.Name == "true")}
	case d == nil && id.Name == "iota" && !e.decl.isVar:
		return value{Value: constant.MakeInt64(int64(e.decl.iota))}
	case d == nil:
		e.at(x.Pos(), "unknown name %s%s", id.Name, didYouMean(id.Name, e.declared(), "declare it as a constant of this package"))
	case d.busy:
		e.at(x.Pos(), "%s is a part of itself: write it out", id.Name)
	case d.value == nil:
		e.at(x.Pos(), "%s has no value of its own: %s", id.Name, literalsOnly)
	default:
		return e.declaredValue(d, want)
	}
	return value{}
}

func (e evaluator) declaredValue(d *decl, want reflect.Type) value {
	d.busy = true
	defer func() { d.busy = false }()
	inner := evaluator{e.loader, d, nil}
	v := inner.eval(d.value, want)
	if d.typ == nil || v.Value == nil {
		return v
	}
	v.typ = inner.typeOf(d.typ)
	return v
}

// typeOf names the type of a declaration.
func (e evaluator) typeOf(x ast.Expr) string {
	if name := e.ours(x); name != "" {
		return "spec." + name
	}
	return dotted(x)
}

// binary evaluates what tables need: a | b, 1 << iota, and sums.
func (e evaluator) binary(x *ast.BinaryExpr, want reflect.Type) value {
	a, b := e.eval(x.X, want), e.eval(x.Y, want)
	if a.Value == nil || b.Value == nil {
		return value{}
	}
	if a.typ != "" && b.typ != "" && a.typ != b.typ && x.Op != token.SHL {
		e.at(x.OpPos, "%s %s %s: use constants of one type", a.typ, x.Op, b.typ)
		return value{}
	}
	typ := a.typ
	if typ == "" && x.Op != token.SHL {
		typ = b.typ
	}
	switch ints := a.Kind() == constant.Int && b.Kind() == constant.Int; {
	case x.Op == token.ADD && a.Kind() == constant.String && b.Kind() == constant.String:
		return e.join(x, a, b, typ)
	case x.Op == token.SHL && ints:
		if n, ok := constant.Uint64Val(b.Value); ok && n < 64 {
			return value{Value: constant.Shift(a.Value, token.SHL, uint(n)), typ: typ}
		}
	case ints && slices.Contains([]token.Token{token.OR, token.AND, token.AND_NOT, token.ADD, token.SUB, token.MUL}, x.Op):
		if v := constant.BinaryOp(a.Value, x.Op, b.Value); constant.BitLen(v) <= 64 {
			return value{Value: v, typ: typ}
		}
	}
	e.at(x.OpPos, "%s can't be read here: use a | b of states or events, 1 << iota, + of strings", x.Op)
	return value{}
}

// join puts two strings together and remembers where each part stands.
func (e evaluator) join(x *ast.BinaryExpr, a, b value, typ string) value {
	head := len(constant.StringVal(a.Value))
	if head+len(constant.StringVal(b.Value)) > maxText {
		e.at(x.OpPos, "the text is longer than %d octets: shorten it", maxText)
		return value{}
	}
	text := slices.Clone(a.text)
	for _, p := range b.text {
		text = append(text, piece{p.at + head, p.pos, p.lit})
	}
	return value{Value: constant.BinaryOp(a.Value, token.ADD, b.Value), typ: typ, text: text}
}

// constants are those of this package that tables use.
var constants = map[string]value{
	"NoType": {Value: constant.MakeInt64(int64(NoType)), typ: "spec.Type"},
	"Flag":   {Value: constant.MakeInt64(int64(Flag)), typ: "spec.Type"},
	"Seq":    {Value: constant.MakeInt64(int64(Seq)), typ: "spec.Type"},
	"Size":   {Value: constant.MakeInt64(int64(Size)), typ: "spec.Type"},

	"Plain":    {Value: constant.MakeInt64(int64(Plain)), typ: "spec.NodeStyle"},
	"Terminal": {Value: constant.MakeInt64(int64(Terminal)), typ: "spec.NodeStyle"},
	"Goal":     {Value: constant.MakeInt64(int64(Goal)), typ: "spec.NodeStyle"},
	"Active":   {Value: constant.MakeInt64(int64(Active)), typ: "spec.NodeStyle"},
	"Passive":  {Value: constant.MakeInt64(int64(Passive)), typ: "spec.NodeStyle"},

	"Unusual": {Value: constant.MakeInt64(int64(Unusual)), typ: "spec.EdgeClass"},
	"Client":  {Value: constant.MakeInt64(int64(Client)), typ: "spec.EdgeClass"},
	"Server":  {Value: constant.MakeInt64(int64(Server)), typ: "spec.EdgeClass"},
}
