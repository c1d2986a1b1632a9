package gen

import (
	"cmp"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/tcpfsm/tcpfsm/spec"
)

// statesFile prints State, StateSet and their texts.
func (g *golang) statesFile(f *jen.File) {
	e := enum{
		typ: "State", recv: "s", table: "stateNames", all: "States",
		doc:       "State is a state of the " + g.title() + ". The zero State is " + g.m.States[0].Name + ", in which a machine begins.",
		group:     "The states.",
		stringDoc: "String gives the spelling of " + g.source() + ".",
		parseDoc:  "ParseState reads a state by any of its names, in any case, and with -, _ or nothing between words.",
		allDoc:    "States yields every state, in the order of the table.",
	}
	for i, s := range g.m.States {
		e.consts = append(e.consts, constDoc{g.n.states[i], about(s.Name, s.Doc)})
		e.names = append(e.names, s.Name)
		for _, a := range strings.Fields(s.Alias) {
			e.aliases = append(e.aliases, constDoc{g.n.states[i], a})
		}
	}
	g.enum(f, e)
	g.set(f, "StateSet", "State", "s", "stateNames", "states", len(g.m.States))
}

// title is what the machine is, for sentences.
func (g *golang) title() string {
	if g.m.Title != "" {
		return g.m.Title
	}
	return "machine"
}

func (g *golang) source() string {
	if g.m.Source != "" {
		return g.m.Source
	}
	return "the table"
}

// about puts a word before what is said of it.
func about(word, text string) string {
	if text == "" {
		return word + "."
	}
	return sentence(word + ": " + text)
}

// eventsFile prints EventKind, the structs of arguments, and Event.
func (g *golang) eventsFile(f *jen.File) {
	e := enum{
		typ: "EventKind", recv: "k", table: "eventNames", all: "Events",
		doc:       "EventKind says what happened.",
		group:     "The kinds of events.",
		stringDoc: "String gives the spelling of " + g.source() + ".",
		parseDoc:  "ParseEventKind reads a kind of event by any of its names, in any case, and with -, _ or nothing between words.",
		allDoc:    "Events yields every kind of event, in the order of the table.",
	}
	for i, v := range g.m.Events {
		text := v.Text
		if text == "" {
			text = v.Name
		}
		e.consts = append(e.consts, constDoc{g.n.events[i], about(text, v.Doc)})
		e.names = append(e.names, text)
		for _, a := range append([]string{v.Name}, strings.Fields(v.Alias)...) {
			if !strings.EqualFold(a, text) {
				e.aliases = append(e.aliases, constDoc{g.n.events[i], a})
			}
		}
	}
	g.enum(f, e)
	g.set(f, "EventSet", "EventKind", "k", "eventNames", "kinds of events", len(g.m.Events))
	g.eventStruct(f)
	for i := range g.m.Events {
		g.argsStruct(f, i)
	}
	g.eventValues(f)
}

// eventStruct prints Event, which has room for every record and argument:
//
//	type Event struct {
//		Kind EventKind
//		Seg  Segment // with EventSegment
//		// ISN: initial sequence number to use.
//		ISN uint32
//	}
func (g *golang) eventStruct(f *jen.File) {
	doc(f, "Event is any event, for drivers that don't tell kinds apart. Only what comes with its kind means something.")
	f.Type().Id("Event").StructFunc(func(s *jen.Group) {
		s.Id("Kind").Id("EventKind")
		for i, r := range g.m.Records {
			if g.takers(r.Name) != nil {
				s.Id(g.n.recordField[i]).Id(g.n.recordType[i]).Comment("// with " + list(g.takers(r.Name)))
			}
		}
		for i, a := range g.n.args {
			if a.Doc != "" {
				comment(s, about(g.n.argField[i], a.Doc))
			}
			s.Id(g.n.argField[i]).Add(goType(a.Type))
		}
	})
}

// takers names the events that come with a record.
func (g *golang) takers(record string) []string {
	var names []string
	for i, e := range g.m.Events {
		if e.Takes == record {
			names = append(names, g.n.events[i])
		}
	}
	return names
}

// argsStruct prints the arguments of an event that comes with a record: they would
// be too many to stand in a row.
//
//	type SegmentArgs struct {
//		// ISN: initial sequence number to use.
//		ISN uint32
//	}
func (g *golang) argsStruct(f *jen.File, event int) {
	e := g.m.Events[event]
	if e.Takes == "" || len(e.Args) == 0 {
		return
	}
	name := g.argsType(event)
	doc(f, name+" is what comes with "+g.n.events[event]+" besides the "+g.n.recordType[g.recordOf(e.Takes)]+".")
	f.Type().Id(name).StructFunc(func(s *jen.Group) {
		for k, i := range g.eventArgs(event) {
			if d := g.argDoc(event, k, i); d != "" {
				comment(s, about(g.n.argField[i], d))
			}
			s.Id(g.n.argField[i]).Add(goType(g.n.args[i].Type))
		}
	})
}

// argDoc is what an event says of its k-th argument, which is number i of all; one
// that is documented once, at another event, need not be again.
func (g *golang) argDoc(event, k, i int) string {
	return cmp.Or(g.m.Events[event].Args[k].Doc, g.n.args[i].Doc)
}

func (g *golang) argsType(event int) string { return g.n.methods[event] + "Args" }

// eventArgs are the arguments of an event, in its order, as indexes of goNames.args.
func (g *golang) eventArgs(event int) []int {
	var list []int
	for _, v := range g.m.Events[event].Args {
		for i, a := range g.n.args {
			if a.Name == v.Name {
				list = append(list, i)
			}
		}
	}
	return list
}

func (g *golang) recordOf(name string) int {
	for i, r := range g.m.Records {
		if r.Name == name {
			return i
		}
	}
	return -1
}

// goType is bool for a flag, and uint32 for sequence numbers and sizes.
func goType(t spec.Type) *jen.Statement {
	if t == spec.Flag {
		return jen.Bool()
	}
	return jen.Uint32()
}

// optionsFile prints Options and the profiles.
func (g *golang) optionsFile(f *jen.File) {
	if len(g.m.Options) == 0 {
		return
	}
	w := bitWord{
		typ: "Options", recv: "o", size: "uint32", table: "optionNames", what: "option", separator: "|",
		doc:   "Options are the choices that the standard leaves open, and those in which practice differs from it. They are bits.",
		group: "The options.",
	}
	for i, o := range g.m.Options {
		w.consts = append(w.consts, constDoc{g.n.options[i], about(g.n.options[i], g.about(o.Doc, o.Cite))})
		w.names = append(w.names, o.Name)
	}
	g.bitWord(f, w)
	if len(g.m.Profiles) > 0 {
		g.profiles(f)
	}
}

// profiles prints a constant for each profile, tables of them, and
//
//	const (
//		ProfileRFC9293 Options = OptListenOpens | OptStrictTW
//		ProfileDefault         = ProfileRecommended
//	)
//	var profileNames = [...]string{"rfc9293", "recommended"}
//	var profileOptions = [...]Options{ProfileRFC9293, ProfileRecommended}
//	func Profiles() iter.Seq2[string, Options]
//	func ParseProfile(name string) (Options, error)
func (g *golang) profiles(f *jen.File) {
	doc(f, "The profiles: sets of options that have a name.")
	f.Const().DefsFunc(func(d *jen.Group) {
		for i, p := range g.m.Profiles {
			comment(d, about(g.n.profiles[i], p.Doc))
			d.Id(g.n.profiles[i]).Id("Options").Op("=").Add(g.profileBits(i))
		}
		for i, p := range g.m.Profiles {
			if p.Default {
				d.Comment("// ProfileDefault is what to use without a reason for another.")
				d.Id("ProfileDefault").Op("=").Id(g.n.profiles[i])
				break
			}
		}
	})
	f.Line()
	f.Var().Id("profileNames").Op("=").Index(jen.Op("...")).String().ValuesFunc(func(v *jen.Group) {
		for _, p := range g.m.Profiles {
			v.Lit(p.Name)
		}
	})
	f.Line()
	f.Var().Id("profileOptions").Op("=").Index(jen.Op("...")).Id("Options").ValuesFunc(func(v *jen.Group) {
		for _, p := range g.n.profiles {
			v.Id(p)
		}
	})
	g.profileFuncs(f)
}

func (g *golang) profileBits(i int) *jen.Statement {
	if g.p.Profiles[i] == 0 {
		return jen.Lit(0)
	}
	return orOf(g.p.Profiles[i], func(b int) *jen.Statement { return jen.Id(g.n.options[b]) })
}

func (g *golang) profileFuncs(f *jen.File) {
	doc(f, "Profiles yields the profiles by name.")
	// return func(yield func(string, Options) bool) {
	//	for i, name := range profileNames {
	//		if !yield(name, profileOptions[i]) {
	//			return
	//		}
	//	}
	// }
	f.Func().Id("Profiles").Params().Qual("iter", "Seq2").Types(jen.String(), jen.Id("Options")).Block(
		jen.Return(jen.Func().Params(jen.Id("yield").Func().Params(jen.String(), jen.Id("Options")).Bool()).Block(
			jen.For(jen.List(jen.Id("i"), jen.Id("name")).Op(":=").Range().Id("profileNames")).Block(
				jen.If(jen.Op("!").Id("yield").Call(jen.Id("name"), jen.Id("profileOptions").Index(jen.Id("i")))).Block(jen.Return()),
			),
		)),
	)
	doc(f, "ParseProfile gives the options of a profile by its name, in any case.")
	// i, err := parseName[uint8](text, "profile", profileNames[:], nil)
	// if err != nil {
	//	return 0, err
	// }
	// return profileOptions[i], nil
	f.Func().Id("ParseProfile").Params(jen.Id("text").String()).Params(jen.Id("Options"), jen.Error()).Block(
		jen.List(jen.Id("i"), jen.Err()).Op(":=").Id("parseName").Types(jen.Uint8()).Call(
			jen.Id("text"), jen.Lit("profile"), jen.Id("profileNames").Index(jen.Op(":")), jen.Nil()),
		jen.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Lit(0), jen.Err())),
		jen.Return(jen.Id("profileOptions").Index(jen.Id("i")), jen.Nil()),
	)
}
