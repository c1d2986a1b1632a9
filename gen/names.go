package gen

import (
	"fmt"
	"go/token"
	"strings"
	"unicode"

	"github.com/tcpfsm/tcpfsm/spec"
)

// initialisms are written in capitals when a name is nothing but one of them,
// perhaps with a number: rfc9293 is RFC9293, bsd is BSD.
var initialisms = map[string]bool{"rfc": true, "bsd": true, "tcp": true, "udp": true, "ip": true}

// goName turns a name of the table into an exported Go name: SND.UNA is SndUna,
// closeQueued is CloseQueued. A single word in capitals stays: ISS, R1.
func goName(s string) string {
	ws := words(s)
	if len(ws) == 1 && isUpper(ws[0]) {
		return ws[0]
	}
	return titleWords(ws)
}

// titleName is goName for names that are sentences more than abbreviations: the
// state CLOSED is Closed, the field SEQ is Seq.
func titleName(s string) string { return titleWords(words(s)) }

func titleWords(ws []string) string {
	var b strings.Builder
	for _, w := range ws {
		b.WriteString(titleWord(w))
	}
	return b.String()
}

func titleWord(w string) string {
	switch {
	case initialisms[strings.TrimRight(w, "0123456789")]:
		return strings.ToUpper(w)
	case isUpper(w):
		w = strings.ToLower(w)
	}
	return strings.ToUpper(w[:1]) + w[1:]
}

// words splits a name at everything that can't stand in a Go name.
func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

func isUpper(s string) bool { return strings.ToUpper(s) == s }

// lowerName is the unexported form of a Go name: ISN is isn, SegLen is segLen,
// TWReuse is twReuse.
func lowerName(s string) string {
	n := 0
	for n < len(s) && (unicode.IsUpper(rune(s[n])) || n > 0 && unicode.IsDigit(rune(s[n]))) {
		n++
	}
	if n > 1 && n < len(s) {
		n--
	}
	return strings.ToLower(s[:n]) + s[n:]
}

// A nameScope is a place in which Go names must differ: a package, a struct.
type nameScope struct {
	where string // "package tcpfsm"
	owner map[string]string
	bad   *[]string // messages, shared by the scopes of a machine
}

func newNameScope(where string, bad *[]string, reserved ...string) *nameScope {
	s := &nameScope{where, map[string]string{}, bad}
	for _, r := range reserved {
		s.owner[r] = "the generated " + r
	}
	return s
}

// claim takes an exported name for a word of the table. Users of the generated
// package see it, so that it is never changed to make it fit: a clash is an error.
func (s *nameScope) claim(name, what string) string {
	if other, taken := s.owner[name]; taken {
		s.badf("%s and %s are both %q in %s: rename one", other, what, name, s.where)
		return name
	}
	if !token.IsIdentifier(name) || !token.IsExported(name) {
		s.badf("%s is %q in %s, which is no exported Go name: begin it with a letter", what, name, s.where)
	}
	s.owner[name] = what
	return name
}

func (s *nameScope) badf(format string, args ...any) {
	*s.bad = append(*s.bad, fmt.Sprintf(format, args...))
}

// pick takes an unexported name, with the suffix as often as it is needed to
// differ: nobody sees these names but readers of the code.
func (s *nameScope) pick(name, suffix string) string {
	for !s.free(name) {
		name += suffix
	}
	s.owner[name] = name
	return name
}

func (s *nameScope) free(name string) bool {
	_, taken := s.owner[name]
	return !taken && token.IsIdentifier(name) && !predeclared[name]
}

// predeclared are the names of Go itself that generated code uses.
var predeclared = map[string]bool{
	"any": true, "append": true, "bool": true, "byte": true, "error": true, "false": true, "int": true,
	"int32": true, "iota": true, "iter": true, "len": true, "max": true, "min": true, "nil": true,
	"strconv": true, "string": true, "strings": true, "true": true, "uint16": true, "uint32": true,
	"uint64": true, "uint8": true, "init": true,
}

// goNames are the Go names of everything in a machine, found once so that every
// file of the package agrees on them.
type goNames struct {
	machine string // the machine's type

	states, events, timers, signals, answers []string // constants
	options, profiles, rows                  []string // constants
	methods                                  []string // of the events
	diagram, diagramOn                       []string // constants of the distinct Edge.On

	recordType, recordVar, recordField []string
	flagType                           []string   // by record
	fields, flags                      [][]string // by record

	slots, params, vars, outs []string
	args                      []*spec.Symbol // distinct arguments, in the order of the layout
	argField, argVar          []string

	defs    map[*spec.Definition]string
	actions map[*spec.Procedure]string
	checks  []string // methods

	pkg, members, locals *nameScope
}

// newNames names everything, or says which words of the table can't be told
// apart in Go.
func newNames(p *spec.Program) (*goNames, error) {
	m := p.Machine
	var bad []string
	n := &goNames{machine: m.Type}
	if n.machine == "" {
		n.machine = "Machine"
	}
	n.pkg = newNameScope("package "+m.Name, &bad, packageNames...)
	for _, e := range []string{"state", "event", "option", "timer", "signal", "answer", "row", "diagram", "flags"} {
		n.pkg.owner[e+"Names"], n.pkg.owner[e+"Aliases"], n.pkg.owner[e+"Texts"] = "a table", "a table", "a table"
	}
	n.pkg.claim(n.machine, "the machine's type")
	n.members = newNameScope("type "+n.machine, &bad, memberNames...)
	n.locals = newNameScope("a function", &bad, append([]string{"t", "out", "ev"}, arithmeticNames...)...)
	n.nameWords(m)
	n.nameRows(p)
	n.nameRecords(m, &bad)
	n.nameValues(p, &bad)
	n.nameParts(p)
	if len(bad) > 0 {
		return nil, fmt.Errorf("gen: machine %s: %s", m.Name, strings.Join(bad, "\ngen: machine "+m.Name+": "))
	}
	return n, nil
}

// packageNames are the package's names that no word of the table decides.
var packageNames = append([]string{
	"State", "StateSet", "States", "ParseState", "EventKind", "EventSet", "Events", "ParseEventKind", "Event",
	"Options", "Profiles", "ParseOptions", "ParseProfile", "ProfileDefault",
	"Timer", "Timers", "ParseTimer", "Signal", "Signals", "ParseSignal", "Answer", "ParseAnswer",
	"Output", "RowID", "RowNone", "Row", "Rows", "RowsOf", "ParseRow", "Permitted",
	"DiagramEvent", "DiagramEvents", "ParseDiagramEvent", "Next", "Hash", "Flags", "ParseFlags",
	"ParseError", "InvariantError",
	"alias", "parseName", "parseNames", "sameName", "isSeparator", "lower", "unknown", "upTo", "members", "joinNames",
	"rows", "rowsThat", "permitted", "next", "allTimers", "timerEvents", "profileNames", "profileOptions",
}, arithmeticNames...)

// arithmeticNames are the functions that expressions call.
var arithmeticNames = []string{"seqLT", "seqLE", "sizeSub", "count"}

// memberNames are the fields and methods that every machine has.
var memberNames = []string{
	"State", "Armed", "Options", "Step", "Expire", "Check", "AppendValues", "SetValues", "start", "stop", "reset",
}

// nameWords names the plain lists of words.
func (n *goNames) nameWords(m *spec.Machine) {
	for _, s := range m.States {
		n.states = append(n.states, n.pkg.claim(titleName(s.Name), "state "+s.Name))
	}
	for _, e := range m.Events {
		n.events = append(n.events, n.pkg.claim("Event"+goName(e.Name), "event "+e.Name))
		n.methods = append(n.methods, n.members.claim(goName(e.Name), "event "+e.Name))
	}
	for _, t := range m.Timers {
		n.timers = append(n.timers, n.pkg.claim("Timer"+goName(t.Name), "timer "+t.Name))
	}
	for _, s := range m.Signals {
		n.signals = append(n.signals, n.pkg.claim("Signal"+goName(s.Name), "signal "+s.Name))
	}
	for _, a := range m.Answers {
		n.answers = append(n.answers, n.pkg.claim("Answer"+answerName(a.Name), "answer "+a.Name))
	}
	for _, o := range m.Options {
		n.options = append(n.options, n.pkg.claim("Opt"+goName(o.Name), "option "+o.Name))
	}
	for _, f := range m.Profiles {
		n.profiles = append(n.profiles, n.pkg.claim("Profile"+goName(f.Name), "profile "+f.Name))
	}
}

// answerName writes ok as OK, as everybody does.
func answerName(s string) string {
	if strings.EqualFold(s, "ok") {
		return "OK"
	}
	return goName(s)
}

func (n *goNames) nameRows(p *spec.Program) {
	for _, r := range p.Rows {
		n.rows = append(n.rows, n.pkg.claim("Row"+titleName(r.ID), "row "+r.ID))
	}
	seen := map[string]bool{}
	for _, e := range p.Machine.Diagram.Edges {
		if !seen[e.On] {
			seen[e.On] = true
			n.diagramOn = append(n.diagramOn, e.On)
			n.diagram = append(n.diagram, n.pkg.claim("On"+titleName(e.On), "diagram event "+e.On))
		}
	}
}

// nameRecords names the types of messages. Flags are constants of the package, so
// that records whose flags have a name in common get them with a prefix.
func (n *goNames) nameRecords(m *spec.Machine, bad *[]string) {
	prefix := sharedFlags(m)
	withFlags := 0
	for _, r := range m.Records {
		withFlags += min(len(r.Flags), 1)
	}
	for _, r := range m.Records {
		n.recordType = append(n.recordType, n.pkg.claim(goName(r.Go), "record "+r.Name))
		n.recordVar = append(n.recordVar, n.locals.pick(lowerName(titleName(r.Name)), "Record"))
		n.recordField = append(n.recordField, titleName(r.Name))
		flagType := "Flags"
		if withFlags > 1 {
			flagType = n.pkg.claim(goName(r.Go)+"Flags", "flags of "+r.Name)
		}
		n.flagType = append(n.flagType, flagType)
		var flags []string
		for _, f := range r.Flags {
			name := goName(f.Name)
			if prefix {
				name = goName(r.Go) + name
			}
			flags = append(flags, n.pkg.claim(name, "flag "+r.Name+"."+f.Name))
		}
		n.flags = append(n.flags, flags)
		scope := newNameScope("type "+goName(r.Go), bad, "Flags")
		var fields []string
		for _, f := range r.Fields {
			fields = append(fields, scope.claim(titleName(f.Name), "field "+f.Name))
		}
		n.fields = append(n.fields, fields)
	}
}

func sharedFlags(m *spec.Machine) bool {
	seen := map[string]bool{}
	for _, r := range m.Records {
		for _, f := range r.Flags {
			if seen[f.Name] {
				return true
			}
			seen[f.Name] = true
		}
	}
	return false
}

// nameValues names the fields of the machine, its output and its input.
func (n *goNames) nameValues(p *spec.Program, bad *[]string) {
	m := p.Machine
	for _, v := range m.Params {
		n.params = append(n.params, n.members.claim(goName(v.Name), "parameter "+v.Name))
	}
	for _, v := range m.Vars {
		n.vars = append(n.vars, n.members.claim(goName(v.Name), "variable "+v.Name))
	}
	out := newNameScope("type Output", bad, "Started", "Stopped", "Signals", "Answer", "AppendValues", "SetValues")
	for _, s := range m.Slots {
		n.slots = append(n.slots, out.claim(titleName(s.Name), "slot "+s.Name))
	}
	for _, v := range m.Outs {
		n.outs = append(n.outs, out.claim(goName(v.Name), "output "+v.Name))
	}
	in := newNameScope("type Event", bad, "Kind", "AppendValues", "SetValues")
	for i, r := range m.Records {
		in.claim(n.recordField[i], "record "+r.Name)
	}
	for _, s := range argSymbols(p) {
		n.args = append(n.args, s)
		n.argField = append(n.argField, in.claim(goName(s.Name), "argument "+s.Name))
		n.argVar = append(n.argVar, n.locals.pick(lowerName(goName(s.Name)), "Arg"))
	}
}

// argSymbols are the distinct arguments of all events, in the order of the layout.
func argSymbols(p *spec.Program) []*spec.Symbol {
	var list []*spec.Symbol
	for _, s := range p.Symbols {
		if s.Kind == spec.ArgSymbol && (len(list) == 0 || list[len(list)-1].Index < s.Index) {
			list = append(list, s)
		}
	}
	return list
}

// nameParts names definitions, actions and invariants. They may become methods or
// functions, and so differ from the names of both.
func (n *goNames) nameParts(p *spec.Program) {
	n.defs, n.actions = map[*spec.Definition]string{}, map[*spec.Procedure]string{}
	for _, d := range p.Defs {
		n.defs[d] = n.part(lowerName(goName(d.Name)), "Of")
	}
	for _, a := range p.Actions {
		n.actions[a] = n.part(lowerName(goName(a.Name)), "Do")
	}
	for _, c := range p.Checks {
		n.checks = append(n.checks, n.members.pick("holds"+titleName(c.Name), "Too"))
	}
}

func (n *goNames) part(name, suffix string) string {
	for !n.pkg.free(name) || !n.members.free(name) || !n.locals.free(name) {
		name += suffix
	}
	n.pkg.owner[name], n.members.owner[name] = name, name
	return name
}
