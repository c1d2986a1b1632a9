package gen

import (
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/tcpfsm/tcpfsm/spec"
)

// recordsFile prints the types of messages with their flags:
//
//	type Segment struct {
//		// Seq: sequence number of the first octet, or of the SYN.
//		Seq   uint32
//		Flags Flags
//	}
func (g *golang) recordsFile(f *jen.File) {
	for i, r := range g.m.Records {
		if len(r.Flags) > 0 {
			g.flagWord(f, i)
		}
		text := r.Doc
		if text == "" {
			text = g.n.recordType[i] + " is a message."
		}
		doc(f, text)
		f.Type().Id(g.n.recordType[i]).StructFunc(func(s *jen.Group) {
			for j, v := range r.Fields {
				if v.Doc != "" {
					comment(s, about(g.n.fields[i][j], v.Doc))
				}
				s.Id(g.n.fields[i][j]).Add(goType(v.Type))
			}
			if len(r.Flags) > 0 {
				s.Id("Flags").Id(g.n.flagType[i])
			}
		})
	}
}

func (g *golang) flagWord(f *jen.File, record int) {
	r := g.m.Records[record]
	typ := g.n.flagType[record]
	w := bitWord{
		typ: typ, recv: "f", size: setType(len(r.Flags)), table: lowerName(typ) + "Names", what: "flag", separator: ",",
		doc:   typ + " are the flags of a " + g.n.recordType[record] + ".",
		group: "The flags of a " + g.n.recordType[record] + ".",
	}
	for j, n := range r.Flags {
		w.consts = append(w.consts, constDoc{g.n.flags[record][j], about(g.n.flags[record][j], n.Doc)})
		w.names = append(w.names, n.Name)
	}
	g.bitWord(f, w)
}

// outputFile prints timers, signals, answers and Output.
func (g *golang) outputFile(f *jen.File) {
	if len(g.m.Timers) > 0 {
		g.timerTypes(f)
	}
	if len(g.m.Signals) > 0 {
		g.signalTypes(f)
	}
	if len(g.m.Answers) > 0 {
		g.answerType(f)
	}
	g.outputStruct(f)
	g.outputValues(f)
}

func (g *golang) timerTypes(f *jen.File) {
	e := enum{
		typ: "Timer", recv: "t", table: "timerNames",
		doc:       "Timer is a timer. The machine says when it starts and stops; whoever drives the machine keeps it, and calls Expire.",
		group:     "The timers.",
		stringDoc: "String gives the timer's name in the table.",
		parseDoc:  "ParseTimer reads a timer's name, in any case.",
	}
	for i, t := range g.m.Timers {
		e.consts = append(e.consts, constDoc{g.n.timers[i], about(g.n.timers[i], t.Doc)})
		e.names = append(e.names, t.Name)
	}
	g.enum(f, e)
	g.set(f, "Timers", "Timer", "t", "timerNames", "timers", len(g.m.Timers))
	if g.used["allTimers"] {
		f.Line()
		f.Const().Id("allTimers").Id("Timers").Op("=").Lit(1).Op("<<").Lit(len(g.m.Timers)).Op("-").Lit(1)
	}
	g.timerEvent(f)
}

// timerEvent prints
//
//	func (t Timer) Event() EventKind {
//		if int(t) < len(timerEvents) {
//			return timerEvents[t]
//		}
//		return EventKind(len(eventNames))
//	}
func (g *golang) timerEvent(f *jen.File) {
	f.Line()
	f.Var().Id("timerEvents").Op("=").Index(jen.Op("...")).Id("EventKind").ValuesFunc(func(v *jen.Group) {
		for i, t := range g.m.Timers {
			v.Line().Id(g.n.timers[i]).Op(":").Id(g.n.events[g.expiryOf(t.Name)])
		}
		v.Line()
	})
	doc(f, "Event is the kind of event that the timer's expiry is. A value that is no timer gives one that is no event.")
	f.Func().Params(jen.Id("t").Id("Timer")).Id("Event").Params().Id("EventKind").Block(
		jen.If(jen.Int().Parens(jen.Id("t")).Op("<").Len(jen.Id("timerEvents"))).Block(
			jen.Return(jen.Id("timerEvents").Index(jen.Id("t"))),
		),
		jen.Return(jen.Id("EventKind").Parens(jen.Len(jen.Id("eventNames")))),
	)
}

// expiryOf is the event of a timer; checkTimers found that it has one.
func (g *golang) expiryOf(timer string) int {
	for i, e := range g.m.Events {
		if e.Timer == timer {
			return i
		}
	}
	return -1
}

func (g *golang) signalTypes(f *jen.File) {
	e := enum{
		typ: "Signal", recv: "s", table: "signalNames",
		doc:       "Signal is something that the user of the " + g.title() + " hears of.",
		group:     "The signals.",
		stringDoc: "String gives the signal's name in the table.",
		parseDoc:  "ParseSignal reads a signal's name, in any case.",
	}
	for i, s := range g.m.Signals {
		e.consts = append(e.consts, constDoc{g.n.signals[i], wordDoc(g.n.signals[i], s)})
		e.names = append(e.names, s.Name)
	}
	g.enum(f, e)
	g.texts(f, "Signal", "Text", "signalTexts", "Text says it to people: "+quoted(g.m.Signals[0])+".", g.m.Signals, g.n.signals)
	g.set(f, "Signals", "Signal", "s", "signalNames", "signals", len(g.m.Signals))
}

func quoted(n spec.Name) string { return `"` + textOf(n) + `"` }

// wordDoc is the comment of a signal or answer: what it says, then what it means.
func wordDoc(name string, n spec.Name) string {
	return about(name, strings.Trim(textOf(n)+"; "+n.Doc, "; "))
}

// textOf is the text for people, or else the name.
func textOf(n spec.Name) string {
	if n.Text != "" {
		return n.Text
	}
	return n.Name
}

func (g *golang) answerType(f *jen.File) {
	first := g.n.answers[0]
	e := enum{
		typ: "Answer", recv: "a", table: "answerNames",
		doc:       "Answer is how a call is answered. Every Answer is an error that needs no allocation, so that errors.Is finds it; Err gives nil for " + first + ".",
		group:     "The answers.",
		stringDoc: "String gives the answer's name in the table.",
		parseDoc:  "ParseAnswer reads an answer's name, in any case.",
	}
	for i, a := range g.m.Answers {
		e.consts = append(e.consts, constDoc{g.n.answers[i], wordDoc(g.n.answers[i], a)})
		e.names = append(e.names, a.Name)
	}
	g.enum(f, e)
	g.texts(f, "Answer", "Error", "answerTexts", "Error says it to people: "+quoted(g.m.Answers[len(g.m.Answers)-1])+".", g.m.Answers, g.n.answers)
	doc(f, "Err is nil for "+first+", and else the answer itself.")
	// if a == AnswerOK {
	//	return nil
	// }
	// return a
	f.Func().Params(jen.Id("a").Id("Answer")).Id("Err").Params().Error().Block(
		jen.If(jen.Id("a").Op("==").Id(first)).Block(jen.Return(jen.Nil())),
		jen.Return(jen.Id("a")),
	)
}

// texts prints a table of texts for people and the method that reads it:
//
//	func (a Answer) Error() string {
//		if int(a) < len(answerTexts) {
//			return answerTexts[a]
//		}
//		return a.String()
//	}
func (g *golang) texts(f *jen.File, typ, method, table, text string, words []spec.Name, consts []string) {
	recv := strings.ToLower(typ[:1])
	f.Line()
	f.Var().Id(table).Op("=").Index(jen.Op("...")).String().ValuesFunc(func(v *jen.Group) {
		for i, w := range words {
			v.Line().Id(consts[i]).Op(":").Lit(textOf(w))
		}
		v.Line()
	})
	doc(f, text)
	f.Func().Params(jen.Id(recv).Id(typ)).Id(method).Params().String().Block(
		jen.If(jen.Int().Parens(jen.Id(recv)).Op("<").Len(jen.Id(table))).Block(
			jen.Return(jen.Id(table).Index(jen.Id(recv))),
		),
		jen.Return(jen.Id(recv).Dot("String").Call()),
	)
}

// outputStruct prints Output, with a field for everything that a step can ask for:
//
//	type Output struct {
//		Started, Stopped Timers
//		Signals          Signals
//		Answer           Answer
//		Ctl              Segment
//		Acked            uint32
//	}
func (g *golang) outputStruct(f *jen.File) {
	doc(f, "Output is everything that a step asks of whoever drives the machine. A step empties it first.")
	f.Type().Id("Output").StructFunc(func(s *jen.Group) {
		if len(g.m.Timers) > 0 {
			s.Comment("// Timers to start, anew if they run, and to stop. No timer is in both.")
			s.List(jen.Id("Started"), jen.Id("Stopped")).Id("Timers")
		}
		if len(g.m.Signals) > 0 {
			s.Comment("// What the user hears of.")
			s.Id("Signals").Id("Signals")
		}
		if len(g.m.Answers) > 0 {
			s.Comment("// How the call is answered.")
			s.Id("Answer").Id("Answer")
		}
		for i, slot := range g.m.Slots {
			comment(s, about(g.n.slots[i], slot.Doc)+" Without flags there is none.")
			s.Id(g.n.slots[i]).Id(g.n.recordType[g.slotRecord(i)])
		}
		for i, v := range g.m.Outs {
			if v.Doc != "" {
				comment(s, about(g.n.outs[i], v.Doc))
			}
			s.Id(g.n.outs[i]).Add(goType(v.Type))
		}
	})
}
