package main

import (
	"io"
	"slices"
	"strings"

	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// stateTopic explains a state: whose move it is, how one gets stuck in it, and every
// way out of it.
type stateTopic struct {
	p *spec.Program
	s int
}

func (t stateTopic) print(w io.Writer, c palette) {
	s, a := t.p.Machine.States[t.s], stateAdvice[t.s]
	printf(w, "%s: %s\n\n", c.bold(s.Name), s.Doc)
	printField(w, "whose move", string(a.Mover)+", which "+a.Act)
	printField(w, "timers", timerWords(a.Timers))
	printField(w, "stuck when", a.Stuck)
	printField(w, "look at", a.Look)
	printField(w, "ways out", strings.Join(t.waysOut(), ", "))
	printField(w, "more", statePage(tcpfsm.State(t.s)))
	for e := range t.p.Machine.Events {
		printf(w, "\n%s\n", c.bold(eventText(t.p, e)))
		for _, r := range t.p.Cells[t.s][e] {
			printStep(w, c, r, when(r), "-> "+nextState(t.p, r))
		}
	}
}

// waysOut are the states that rows lead to from here.
func (t stateTopic) waysOut() []string {
	var to []int
	for _, cell := range t.p.Cells[t.s] {
		for _, r := range cell {
			if r.To >= 0 && r.To != t.s {
				to = append(to, r.To)
			}
		}
	}
	slices.Sort(to)
	var words []string
	for _, s := range slices.Compact(to) {
		words = append(words, t.p.Machine.States[s].Name)
	}
	return words
}

// timerWords names a set of timers.
func timerWords(set tcpfsm.Timers) string {
	var words []string
	for timer := range set.All() {
		words = append(words, timer.String())
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

// printStep is one row as a way from a condition to a state.
func printStep(w io.Writer, c palette, r *spec.Rule, condition, next string) {
	if r.To >= 0 {
		next = c.good(next)
	}
	printf(w, "  %s %s\n    %s\n    %s\n", condition, next, r.Why, c.dim(r.ID))
}

func (t stateTopic) record() any {
	s, a := t.p.Machine.States[t.s], stateAdvice[t.s]
	var rows, timers []string
	for _, cell := range t.p.Cells[t.s] {
		for _, r := range cell {
			rows = append(rows, r.ID)
		}
	}
	for timer := range a.Timers.All() {
		timers = append(timers, timer.String())
	}
	return struct {
		Schema string   `json:"schema"`
		State  string   `json:"state"`
		Doc    string   `json:"doc"`
		Mover  Mover    `json:"mover"`
		Act    string   `json:"act"`
		Timers []string `json:"timers"`
		Stuck  string   `json:"stuck"`
		Look   string   `json:"look"`
		To     []string `json:"to"`
		Page   string   `json:"page"`
		Rows   []string `json:"rows"`
	}{"tcpfsm.state/1", s.Name, s.Doc, a.Mover, a.Act, timers, a.Stuck, a.Look, t.waysOut(), statePage(tcpfsm.State(t.s)), slices.Compact(rows)}
}

// eventTopic explains an event: what it does in every state.
type eventTopic struct {
	p *spec.Program
	e int
}

func (t eventTopic) print(w io.Writer, c palette) {
	e := t.p.Machine.Events[t.e]
	printf(w, "%s: %s\n", c.bold(e.Text), e.Doc)
	for s, state := range t.p.Machine.States {
		printf(w, "\n%s\n", c.bold("in "+state.Name))
		for _, r := range t.p.Cells[s][t.e] {
			printStep(w, c, r, when(r), "-> "+nextState(t.p, r))
		}
	}
}

func (t eventTopic) record() any {
	e := t.p.Machine.Events[t.e]
	rows := map[string][]string{}
	for s, state := range t.p.Machine.States {
		for _, r := range t.p.Cells[s][t.e] {
			rows[state.Name] = append(rows[state.Name], r.ID)
		}
	}
	return struct {
		Schema string              `json:"schema"`
		Event  string              `json:"event"`
		Doc    string              `json:"doc"`
		Rows   map[string][]string `json:"rows"`
	}{"tcpfsm.event/1", e.Text, e.Doc, rows}
}

// optionTopic explains an option: who sets it, and which rows look at it.
type optionTopic struct {
	p *spec.Program
	o int
}

func (t optionTopic) profiles() []string {
	var set []string
	for i, p := range t.p.Machine.Profiles {
		if t.p.Profiles[i]&(1<<t.o) != 0 {
			set = append(set, p.Name)
		}
	}
	return set
}

func (t optionTopic) print(w io.Writer, c palette) {
	o := t.p.Machine.Options[t.o]
	printf(w, "%s (option): %s\n\n", c.bold(o.Name), o.Doc)
	printCites(w, t.p.Machine, o.Cite)
	set := "no profile"
	if p := t.profiles(); len(p) > 0 {
		set = strings.Join(p, ", ")
	}
	printField(w, "set in", set)
	printField(w, "rows", strings.Join(rowsThatName(t.p, wordPattern(o.Name)), ", "))
}

func (t optionTopic) record() any {
	o := t.p.Machine.Options[t.o]
	return struct {
		Schema   string   `json:"schema"`
		Option   string   `json:"option"`
		Doc      string   `json:"doc"`
		Cite     string   `json:"cite"`
		Profiles []string `json:"profiles"`
		Rows     []string `json:"rows"`
	}{"tcpfsm.option/1", o.Name, o.Doc, o.Cite, t.profiles(), rowsThatName(t.p, wordPattern(o.Name))}
}
