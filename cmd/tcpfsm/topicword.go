package main

import (
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/tcpfsm/tcpfsm/model/tcpnet"
	"github.com/tcpfsm/tcpfsm/spec"
)

// A wordTopic explains a word of the notation, and says which rows use it.
type wordTopic struct {
	p          *spec.Program
	kind, name string
	doc        string
	text       string // what it stands for in the notation, if it stands for something
	cite       string // where it is from, if that is known
	used       string // pattern of its uses in guards and effects
}

// wordTopics are the words that rows are made of.
func wordTopics(p *spec.Program) (all []named) {
	m := p.Machine
	add := func(t wordTopic) {
		t.p = p
		all = append(all, named{t.kind, t.name, nil, func() topic { return t }})
	}
	for _, n := range m.Signals {
		add(wordTopic{kind: "signal", name: n.Name, doc: docOf(n), used: callPattern("signal", n.Name)})
	}
	for _, n := range m.Answers {
		add(wordTopic{kind: "answer", name: n.Name, doc: docOf(n), used: callPattern("answer", n.Name)})
	}
	for _, t := range m.Timers {
		add(wordTopic{kind: "timer", name: t.Name, doc: t.Doc, used: callPattern("start|stop|armed", t.Name)})
	}
	for _, d := range p.Defs {
		add(wordTopic{kind: "predicate", name: d.Name, doc: d.Doc, text: d.Src, cite: d.Cite, used: wordPattern(d.Name)})
	}
	for _, a := range p.Actions {
		add(wordTopic{kind: "action", name: a.Name, doc: a.Doc, text: a.Src, cite: a.Cite, used: wordPattern(a.Name)})
	}
	for _, c := range p.Checks {
		add(wordTopic{kind: "invariant", name: c.Name, doc: c.Doc + ", in " + names(c.States, func(i int) string { return m.States[i].Name }), text: c.Src})
	}
	for _, v := range variables(m) {
		add(wordTopic{kind: v.kind, name: v.Name, doc: v.Doc, used: wordPattern(v.Name)})
	}
	return all
}

// A variable is anything that has a value, with what it is called among them.
type variable struct {
	kind string
	spec.Var
}

func variables(m *spec.Machine) (all []variable) {
	seen := map[string]bool{}
	add := func(kind, prefix string, vars []spec.Var) {
		for _, v := range vars {
			// An argument has a doc where it is first declared, and events share it.
			if v.Name = prefix + v.Name; !seen[v.Name] {
				seen[v.Name] = true
				all = append(all, variable{kind, v})
			}
		}
	}
	add("variable", "", m.Vars)
	add("parameter", "", m.Params)
	add("output", "", m.Outs)
	for _, r := range m.Records {
		add("field", r.Name+".", r.Fields)
	}
	for _, s := range m.Slots {
		add("output", "", []spec.Var{{Name: s.Name, Doc: s.Doc}})
	}
	for _, e := range m.Events {
		add("argument", "", e.Args)
	}
	return all
}

// docOf says what a name is in words.
func docOf(n spec.Name) string {
	if n.Doc == "" {
		return n.Text
	}
	return n.Text + "; " + n.Doc
}

func wordPattern(name string) string {
	return `(^|[^A-Za-z0-9.])` + regexp.QuoteMeta(name) + `($|[^A-Za-z0-9.])`
}

// callPattern finds a name among the arguments of a call.
func callPattern(calls, name string) string {
	return `(^|[^A-Za-z0-9.])(` + calls + `)\(([^()]*[^A-Za-z0-9.()])?` + regexp.QuoteMeta(name) + `[,) ]`
}

// rowsThatName gives the rows whose guard or effects use a word, themselves or by
// what they are made of.
func rowsThatName(p *spec.Program, pattern string) []string {
	if pattern == "" {
		return nil
	}
	used := regexp.MustCompile(pattern)
	var parts []string // predicates and actions that use it
	uses := func(text string) bool {
		return used.MatchString(text) || slices.ContainsFunc(wordsOf(text), func(w string) bool { return slices.Contains(parts, w) })
	}
	for again := true; again; {
		again = false
		for name, text := range definitions(p) {
			if !slices.Contains(parts, name) && uses(text) {
				parts, again = append(parts, name), true
			}
		}
	}
	var rows []string
	for _, r := range p.Rows {
		if uses(r.When + " " + r.Do) {
			rows = append(rows, r.ID)
		}
	}
	return rows
}

// definitions are the texts of predicates and actions by their names.
func definitions(p *spec.Program) map[string]string {
	texts := map[string]string{}
	for _, d := range p.Defs {
		texts[d.Name] = d.Src
	}
	for _, a := range p.Actions {
		texts[a.Name] = a.Src
	}
	return texts
}

func (t wordTopic) print(w io.Writer, c palette) {
	printf(w, "%s (%s): %s\n\n", c.bold(t.name), t.kind, t.doc)
	if t.text != "" {
		printField(w, "is", oneLine(t.text))
	}
	printCites(w, t.p.Machine, t.cite)
	if rows := rowsThatName(t.p, t.used); len(rows) > 0 {
		printField(w, "rows", strings.Join(rows, ", "))
	}
}

func (t wordTopic) record() any {
	return struct {
		Schema string   `json:"schema"`
		Kind   string   `json:"kind"`
		Name   string   `json:"name"`
		Doc    string   `json:"doc"`
		Is     string   `json:"is,omitempty"`
		Cite   string   `json:"cite,omitempty"`
		Rows   []string `json:"rows,omitempty"`
	}{"tcpfsm.word/1", t.kind, t.name, t.doc, oneLine(t.text), t.cite, rowsThatName(t.p, t.used)}
}

// profileTopic explains a profile: what it sets, and what fails under it.
type profileTopic struct {
	p *spec.Program
	i int
}

func (t profileTopic) options() (set []spec.Option) {
	for i, o := range t.p.Machine.Options {
		if t.p.Profiles[t.i]&(1<<i) != 0 {
			set = append(set, o)
		}
	}
	return set
}

// fails gives the properties that are known to fail, with their reasons.
func (t profileTopic) fails() (ids []string, why map[string]string) {
	why = map[string]string{}
	for _, prop := range tcpnet.Properties {
		if reason := tcpnet.Known(t.p.Machine.Profiles[t.i].Name, prop.ID); reason != "" {
			ids, why[prop.ID] = append(ids, prop.ID), reason
		}
	}
	return ids, why
}

func (t profileTopic) print(w io.Writer, c palette) {
	f := t.p.Machine.Profiles[t.i]
	isDefault := ""
	if f.Default {
		isDefault = ", the default"
	}
	printf(w, "%s (profile%s): %s\n\nsets\n", c.bold(f.Name), isDefault, f.Doc)
	for _, o := range t.options() {
		printf(w, "  %s: %s\n", c.bold(o.Name), o.Doc)
	}
	ids, why := t.fails()
	if len(ids) == 0 {
		printf(w, "\nno property is known to fail\n")
		return
	}
	printf(w, "\nproperties that fail under it\n")
	for _, id := range ids {
		printf(w, "  %s: %s\n", c.bold(id), why[id])
	}
}

func (t profileTopic) record() any {
	var options []string
	for _, o := range t.options() {
		options = append(options, o.Name)
	}
	_, why := t.fails()
	f := t.p.Machine.Profiles[t.i]
	return struct {
		Schema  string            `json:"schema"`
		Profile string            `json:"profile"`
		Doc     string            `json:"doc"`
		Default bool              `json:"default"`
		Options []string          `json:"options"`
		Fails   map[string]string `json:"fails"`
	}{"tcpfsm.profile/1", f.Name, f.Doc, f.Default, options, why}
}
