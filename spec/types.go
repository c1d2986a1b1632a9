package spec

// String gives the name of a type as messages and documents write it.
func (t Type) String() string {
	switch t {
	case Flag:
		return "flag"
	case Seq:
		return "seq"
	case Size:
		return "size"
	}
	return "no type"
}

// String gives the operator as the notation writes it.
func (o Op) String() string { return opText[o] }

var opText = [...]string{And: "&&", Or: "||", Eq: "==", Ne: "!=", Lt: "<", Le: "=<", Gt: ">", Ge: ">=", Add: "+", Sub: "-"}

// A bad stands for an expression that was reported; it fits everywhere, so that
// one mistake is one message. No Program contains it.
type bad struct{ id int }

func (bad) expr()      {}
func (bad) Type() Type { return NoType }

func isBad(x Expr) bool { return x.Type() == NoType }

// isNumber reports whether x is a plain number, which is a size or an offset.
func isNumber(x Expr) bool {
	l, ok := x.(Lit)
	return ok && l.T == Size
}

// arithmetic is the type of x op y, or what is wrong with it.
func arithmetic(op Op, x, y Expr) (Type, string) {
	switch tx, ty := x.Type(), y.Type(); {
	case tx == Flag || ty == Flag:
		return NoType, op.String() + " needs numbers, and a flag is none: write count(flag) for 0 or 1"
	case tx == Seq && ty == Size, tx == Size && ty == Size:
		return tx, ""
	case tx == Seq && op == Sub:
		return Size, ""
	case tx == Seq:
		return NoType, "seq + seq has no meaning: add a size to a seq"
	case op == Add:
		return NoType, "size + seq is not in the notation: write the seq first"
	}
	return NoType, "size - seq has no meaning: subtract a size from a seq, or two seq"
}

// cannotCompare says what is wrong with comparing x and y, or "".
func cannotCompare(op Op, x, y Expr) string {
	tx, ty := x.Type(), y.Type()
	switch {
	case isBad(x) || isBad(y):
		return ""
	case tx == Flag && ty == Flag && op != Eq && op != Ne:
		return "flags have no order: compare them with == or !="
	case tx == ty:
		return ""
	case tx == Flag || ty == Flag:
		return tx.String() + " " + op.String() + " " + ty.String() + ": a flag stands by itself: write X or !X instead of comparing it with a number"
	case isNumber(x) || isNumber(y):
		return tx.String() + " " + op.String() + " " + ty.String() + ": a number is no place in sequence space: compare with a seq, or compare the difference of two seq"
	}
	return tx.String() + " " + op.String() + " " + ty.String() + ": compare two of one type: seq + size is a seq, seq - seq is a size"
}
