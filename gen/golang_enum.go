package gen

import (
	"strings"

	"github.com/dave/jennifer/jen"
)

// An enum is an enumeration to print: a type, its constants, and their texts.
type enum struct {
	typ, recv string // "State", "s"
	doc       string // of the type
	group     string // comment over the constants
	consts    []constDoc
	table     string   // variable with the texts: "stateNames"
	names     []string // texts
	aliases   []constDoc
	stringDoc string
	parseDoc  string
	all       string // function that yields every value, or ""
	allDoc    string
}

// A constDoc is a constant and what its comment says; of an alias, the text.
type constDoc struct{ name, doc string }

// enum prints an enumeration with all its methods.
func (g *golang) enum(f *jen.File, e enum) {
	doc(f, e.doc)
	f.Type().Id(e.typ).Id(uintType(len(e.consts)))
	enumConsts(f, e)
	enumTable(f, e)
	enumString(f, e)
	textMethods(f, e.typ, e.recv)
	enumParse(f, e)
	if e.all != "" {
		doc(f, e.allDoc)
		// func States() iter.Seq[State] { return upTo[State](len(stateNames)) }
		f.Func().Id(e.all).Params().Qual("iter", "Seq").Types(jen.Id(e.typ)).Block(
			jen.Return(jen.Id("upTo").Types(jen.Id(e.typ)).Call(jen.Len(jen.Id(e.table)))),
		)
	}
}

// enumConsts prints the constants, numbered from 0:
//
//	const (
//		// CLOSED: no connection.
//		Closed State = iota
//		// LISTEN: waiting for a SYN.
//		Listen
//	)
func enumConsts(f *jen.File, e enum) {
	doc(f, e.group)
	f.Const().DefsFunc(func(d *jen.Group) {
		for i, c := range e.consts {
			if c.doc != "" {
				comment(d, c.doc)
			}
			s := d.Id(c.name)
			if i == 0 {
				s.Id(e.typ).Op("=").Iota()
			}
		}
	})
}

// enumTable prints the texts, each beside its constant, so that neither can move
// without the other:
//
//	var stateNames = [...]string{
//		Closed: "CLOSED",
//	}
//	var stateAliases = []alias[State]{
//		{"CLOSE", Closed},
//	}
func enumTable(f *jen.File, e enum) {
	f.Line()
	f.Var().Id(e.table).Op("=").Index(jen.Op("...")).String().ValuesFunc(func(v *jen.Group) {
		for i, c := range e.consts {
			v.Line().Id(c.name).Op(":").Lit(e.names[i])
		}
		v.Line()
	})
	if len(e.aliases) == 0 {
		return
	}
	f.Line()
	f.Var().Id(aliasTable(e)).Op("=").Index().Id("alias").Types(jen.Id(e.typ)).ValuesFunc(func(v *jen.Group) {
		for _, a := range e.aliases {
			v.Line().Values(jen.Lit(a.doc), jen.Id(a.name))
		}
		v.Line()
	})
}

func aliasTable(e enum) string { return lowerName(e.typ) + "Aliases" }

// enumString prints
//
//	func (s State) String() string {
//		if int(s) < len(stateNames) {
//			return stateNames[s]
//		}
//		return unknown("State", int(s))
//	}
func enumString(f *jen.File, e enum) {
	number := func() *jen.Statement { return jen.Int().Parens(jen.Id(e.recv)) }
	doc(f, e.stringDoc)
	f.Func().Params(jen.Id(e.recv).Id(e.typ)).Id("String").Params().String().Block(
		jen.If(number().Op("<").Len(jen.Id(e.table))).Block(
			jen.Return(jen.Id(e.table).Index(jen.Id(e.recv))),
		),
		jen.Return(jen.Id("unknown").Call(jen.Lit(e.typ), number())),
	)
}

// textMethods prints
//
//	func (s State) AppendText(b []byte) ([]byte, error) { return append(b, s.String()...), nil }
//	func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
//	func (s *State) UnmarshalText(text []byte) error {
//		v, err := ParseState(string(text))
//		if err == nil {
//			*s = v
//		}
//		return err
//	}
func textMethods(f *jen.File, typ, recv string) {
	text := func() *jen.Statement { return jen.Id(recv).Dot("String").Call() }
	doc(f, "AppendText implements encoding.TextAppender with String.")
	f.Func().Params(jen.Id(recv).Id(typ)).Id("AppendText").Params(jen.Id("b").Index().Byte()).Params(jen.Index().Byte(), jen.Error()).Block(
		jen.Return(jen.Append(jen.Id("b"), text().Op("...")), jen.Nil()),
	)
	doc(f, "MarshalText implements encoding.TextMarshaler with String.")
	f.Func().Params(jen.Id(recv).Id(typ)).Id("MarshalText").Params().Params(jen.Index().Byte(), jen.Error()).Block(
		jen.Return(jen.Index().Byte().Parens(text()), jen.Nil()),
	)
	doc(f, "UnmarshalText implements encoding.TextUnmarshaler with "+parseName(typ)+".")
	f.Func().Params(jen.Id(recv).Op("*").Id(typ)).Id("UnmarshalText").Params(jen.Id("text").Index().Byte()).Error().Block(
		jen.List(jen.Id("v"), jen.Err()).Op(":=").Id(parseName(typ)).Call(jen.String().Parens(jen.Id("text"))),
		jen.If(jen.Err().Op("==").Nil()).Block(jen.Op("*").Id(recv).Op("=").Id("v")),
		jen.Return(jen.Err()),
	)
}

// parseName is the name of the function that reads what String writes.
func parseName(typ string) string {
	if typ == "RowID" {
		return "ParseRow"
	}
	return "Parse" + typ
}

// enumParse prints
//
//	func ParseState(text string) (State, error) {
//		return parseName(text, "State", stateNames[:], stateAliases)
//	}
func enumParse(f *jen.File, e enum) {
	call, aliases := jen.Id("parseName"), jen.Id(aliasTable(e))
	if len(e.aliases) == 0 {
		call, aliases = jen.Id("parseName").Types(jen.Id(e.typ)), jen.Nil()
	}
	doc(f, e.parseDoc)
	f.Func().Id(parseName(e.typ)).Params(jen.Id("text").String()).Params(jen.Id(e.typ), jen.Error()).Block(
		jen.Return(call.Call(jen.Id("text"), jen.Lit(e.typ), jen.Id(e.table).Index(jen.Op(":")), aliases)),
	)
}

// set prints the set of an enumeration's values:
//
//	type Timers uint8
//	func (s Timers) Has(t Timer) bool { return s>>t&1 != 0 }
//	func (s Timers) All() iter.Seq[Timer] { return members[Timer](s) }
//	func (s Timers) String() string { return joinNames(s, timerNames[:], "|") }
func (g *golang) set(f *jen.File, typ, of, recv, table, words string, size int) {
	doc(f, typ+" is a set of "+words+": the bit 1<<x of each x.")
	f.Type().Id(typ).Id(setType(size))
	doc(f, "Has reports whether "+recv+" is in the set.")
	f.Func().Params(jen.Id("set").Id(typ)).Id("Has").Params(jen.Id(recv).Id(of)).Bool().Block(
		jen.Return(jen.Id("set").Op(">>").Id(recv).Op("&").Lit(1).Op("!=").Lit(0)),
	)
	doc(f, "All yields the "+words+" of the set, in order.")
	f.Func().Params(jen.Id("set").Id(typ)).Id("All").Params().Qual("iter", "Seq").Types(jen.Id(of)).Block(
		jen.Return(jen.Id("members").Types(jen.Id(of)).Call(jen.Id("set"))),
	)
	doc(f, "String joins the names with |; the empty set is none.")
	f.Func().Params(jen.Id("set").Id(typ)).Id("String").Params().String().Block(
		jen.Return(jen.Id("joinNames").Call(jen.Id("set"), jen.Id(table).Index(jen.Op(":")), jen.Lit("|"))),
	)
}

// A bitWord is a word whose constants are bits: options, flags of a record.
type bitWord struct {
	typ, recv, size  string
	doc, group, what string // what: "option", for comments
	consts           []constDoc
	table            string
	names            []string
	separator        string
}

// bitWord prints the type, its constants, their names, and what bitMethods prints:
//
//	type Flags uint8
//	const (
//		// FIN: no more octets from the sender.
//		FIN Flags = 1 << iota
//	)
//	var flagsNames = [...]string{
//		"FIN",
//	}
func (g *golang) bitWord(f *jen.File, w bitWord) {
	g.used["parseNames"] = true
	doc(f, w.doc)
	f.Type().Id(w.typ).Id(w.size)
	doc(f, w.group)
	f.Const().DefsFunc(func(d *jen.Group) {
		for i, c := range w.consts {
			if c.doc != "" {
				comment(d, c.doc)
			}
			s := d.Id(c.name)
			if i == 0 {
				s.Id(w.typ).Op("=").Lit(1).Op("<<").Iota()
			}
		}
	})
	f.Line()
	f.Var().Id(w.table).Op("=").Index(jen.Op("...")).String().ValuesFunc(func(v *jen.Group) {
		for _, n := range w.names {
			v.Line().Lit(n)
		}
		v.Line()
	})
	g.bitMethods(f, w)
}

// bitMethods prints
//
//	func (o Options) Has(x Options) bool { return o&x == x }
//	func (o Options) String() string { return joinNames(o, optionNames[:], "|") }
//	func ParseOptions(text string) (Options, error) {
//		return parseNames[Options](text, "option", optionNames[:])
//	}
func (g *golang) bitMethods(f *jen.File, w bitWord) {
	names := func() *jen.Statement { return jen.Id(w.table).Index(jen.Op(":")) }
	doc(f, "Has reports whether every "+w.what+" of x is set.")
	f.Func().Params(jen.Id(w.recv).Id(w.typ)).Id("Has").Params(jen.Id("x").Id(w.typ)).Bool().Block(
		jen.Return(jen.Id(w.recv).Op("&").Id("x").Op("==").Id("x")),
	)
	doc(f, "String joins the names, as in "+strings.Join(w.names[:min(2, len(w.names))], w.separator)+"; no "+w.what+" is none.")
	f.Func().Params(jen.Id(w.recv).Id(w.typ)).Id("String").Params().String().Block(
		jen.Return(jen.Id("joinNames").Call(jen.Id(w.recv), names(), jen.Lit(w.separator))),
	)
	textMethods(f, w.typ, w.recv)
	doc(f, parseName(w.typ)+" reads names in any case, separated by |, commas or spaces; none, or nothing, is no "+w.what+".")
	f.Func().Id(parseName(w.typ)).Params(jen.Id("text").String()).Params(jen.Id(w.typ), jen.Error()).Block(
		jen.Return(jen.Id("parseNames").Types(jen.Id(w.typ)).Call(jen.Id("text"), jen.Lit(w.what), names())),
	)
}
