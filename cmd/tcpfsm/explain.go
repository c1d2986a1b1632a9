package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tcpfsm/tcpfsm/gen"
	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

func newExplain() *cobra.Command {
	return &cobra.Command{
		Use:   "explain STATE|ROW|EVENT|OPTION",
		Short: "Say what a state, a row, an event or an option means",
		Long: `Say what a state, a row, an event or an option of the table means. Other spellings
are understood: time_wait, SYN_RCVD, SYN_RECV, LISTENING, ESTAB.
` + exitCodes,
		Example: `  tcpfsm explain CLOSE-WAIT
  tcpfsm explain timewait.fin.again
  tcpfsm explain CLOSE
  tcpfsm explain rfc1337`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: completeFrom(topicNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := table()
			if err != nil {
				return err
			}
			topic, err := findTopic(p, strings.Join(args, " "))
			if err != nil {
				return err
			}
			if wantsJSON(cmd) {
				return writeRecord(cmd.OutOrStdout(), topic.record())
			}
			topic.print(cmd.OutOrStdout(), paletteFor(cmd.OutOrStdout()))
			return nil
		},
	}
}

// A topic is something that explain can talk about.
type topic interface {
	print(io.Writer, palette)
	record() any
}

// findTopic looks a name up among rows, states, events and options. A name may
// be both a state and an event (CLOSED, CLOSE): exact spelling decides, then order.
func findTopic(p *spec.Program, name string) (topic, error) {
	if r := findRow(p, name); r != nil {
		return rowTopic{p, r}, nil
	}
	if i := slices.IndexFunc(p.Machine.Events, func(e spec.Event) bool { return e.Text == name || e.Name == name }); i >= 0 {
		return eventTopic{p, i}, nil
	}
	if s, err := tcpfsm.ParseState(name); err == nil {
		return stateTopic{p, int(s)}, nil
	}
	if k, err := tcpfsm.ParseEventKind(name); err == nil {
		return eventTopic{p, int(k)}, nil
	}
	if i := slices.IndexFunc(p.Machine.Options, func(o spec.Option) bool { return strings.EqualFold(o.Name, name) }); i >= 0 {
		return optionTopic{p, i}, nil
	}
	return nil, usageError("nothing is called %q%s; see docs/generated/table.md for every row, 'tcpfsm explain STATE' for those of a state",
		name, didYouMean(name, topicNames(p)))
}

func findRow(p *spec.Program, id string) *spec.Rule {
	i := slices.IndexFunc(p.Rows, func(r *spec.Rule) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return p.Rows[i]
}

func topicNames(p *spec.Program) []string {
	names := stateNames(p)
	for _, r := range p.Rows {
		names = append(names, r.ID)
	}
	for _, e := range p.Machine.Events {
		names = append(names, e.Name)
	}
	for _, o := range p.Machine.Options {
		names = append(names, o.Name)
	}
	return names
}

// eventText is an event in the standard's words.
func eventText(p *spec.Program, e int) string { return p.Machine.Events[e].Text }

// nextState is where a rule leads from a state, in the standard's words.
func nextState(p *spec.Program, r *spec.Rule) string {
	if r.To < 0 {
		return "stays"
	}
	return p.Machine.States[r.To].Name
}

func when(r *spec.Rule) string {
	if r.Guard == nil {
		return "otherwise"
	}
	return "when " + r.When
}

// names joins the names of a rule's states or events.
func names(indexes []int, name func(int) string) string {
	var all []string
	for _, i := range indexes {
		all = append(all, name(i))
	}
	return strings.Join(all, ", ")
}

// rowTopic explains one row.
type rowTopic struct {
	p *spec.Program
	r *spec.Rule
}

func (t rowTopic) print(w io.Writer, c palette) {
	m, r := t.p.Machine, t.r
	fmt.Fprintf(w, "%s\n  %s\n\n", c.bold(r.ID), r.Why)
	field := func(name, text string) { fmt.Fprintf(w, "  %-7s%s\n", name, text) }
	field("in", names(r.In, func(i int) string { return m.States[i].Name }))
	field("on", names(r.On, func(i int) string { return m.Events[i].Text }))
	field("when", strings.TrimPrefix(when(r), "when "))
	field("do", oneLine(r.Do))
	field("to", nextState(t.p, r))
	for _, c := range gen.Citations(m, r.Cite) {
		field("cite", strings.TrimSpace(c.Text+"  "+c.URL))
	}
	t.printNamed(w, c)
}

// printNamed adds what the names in guard and effects mean, so that a row can be
// read without the rest of the table.
func (t rowTopic) printNamed(w io.Writer, c palette) {
	words := strings.FieldsFunc(t.r.When+" "+t.r.Do, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.", r)
	})
	var lines []string
	for _, d := range t.p.Defs {
		if slices.Contains(words, d.Name) {
			lines = append(lines, fmt.Sprintf("  %s: %s\n    %s\n", c.bold(d.Name), d.Doc, c.dim(oneLine(d.Src))))
		}
	}
	for _, a := range t.p.Actions {
		if slices.Contains(words, a.Name) {
			lines = append(lines, fmt.Sprintf("  %s: %s\n    %s\n", c.bold(a.Name), a.Doc, c.dim(oneLine(a.Src))))
		}
	}
	for _, o := range t.p.Machine.Options {
		if slices.Contains(words, o.Name) {
			lines = append(lines, fmt.Sprintf("  %s (option): %s\n", c.bold(o.Name), o.Doc))
		}
	}
	if len(lines) > 0 {
		fmt.Fprintf(w, "\n%s", strings.Join(lines, ""))
	}
}

// oneLine folds effects that the table writes over several lines.
func oneLine(s string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("{\n", "{ ", "\n", " ; ").Replace(strings.TrimSpace(s))), " ")
}

func (t rowTopic) record() any { return newRowRecord(t.p, t.r) }

// A rowRecord is a row as JSON.
type rowRecord struct {
	Schema string   `json:"schema"`
	ID     string   `json:"id"`
	In     []string `json:"in"`
	On     []string `json:"on"`
	When   string   `json:"when,omitempty"`
	Do     string   `json:"do"`
	To     string   `json:"to,omitempty"`
	Cite   string   `json:"cite"`
	Why    string   `json:"why"`
}

func newRowRecord(p *spec.Program, r *spec.Rule) rowRecord {
	rec := rowRecord{Schema: "tcpfsm.row/1", ID: r.ID, When: r.When, Do: oneLine(r.Do), Cite: r.Cite, Why: r.Why}
	for _, s := range r.In {
		rec.In = append(rec.In, p.Machine.States[s].Name)
	}
	for _, e := range r.On {
		rec.On = append(rec.On, eventText(p, e))
	}
	if r.To >= 0 {
		rec.To = p.Machine.States[r.To].Name
	}
	return rec
}

// stateTopic explains a state: every way out of it, and what else happens there.
type stateTopic struct {
	p *spec.Program
	s int
}

func (t stateTopic) print(w io.Writer, c palette) {
	s := t.p.Machine.States[t.s]
	fmt.Fprintf(w, "%s: %s\n", c.bold(s.Name), s.Doc)
	for e := range t.p.Machine.Events {
		fmt.Fprintf(w, "\n%s\n", c.bold(eventText(t.p, e)))
		for _, r := range t.p.Cells[t.s][e] {
			printStep(w, c, r, when(r), "-> "+nextState(t.p, r))
		}
	}
}

// printStep is one row as a way from a condition to a state.
func printStep(w io.Writer, c palette, r *spec.Rule, condition, next string) {
	if r.To >= 0 {
		next = c.good(next)
	}
	fmt.Fprintf(w, "  %s %s\n    %s\n    %s\n", condition, next, r.Why, c.dim(r.ID))
}

func (t stateTopic) record() any {
	s := t.p.Machine.States[t.s]
	var rows []string
	for _, cell := range t.p.Cells[t.s] {
		for _, r := range cell {
			rows = append(rows, r.ID)
		}
	}
	return struct {
		Schema string   `json:"schema"`
		State  string   `json:"state"`
		Doc    string   `json:"doc"`
		Rows   []string `json:"rows"`
	}{"tcpfsm.state/1", s.Name, s.Doc, slices.Compact(rows)}
}

// eventTopic explains an event: what it does in every state.
type eventTopic struct {
	p *spec.Program
	e int
}

func (t eventTopic) print(w io.Writer, c palette) {
	e := t.p.Machine.Events[t.e]
	fmt.Fprintf(w, "%s: %s\n", c.bold(e.Text), e.Doc)
	for s, state := range t.p.Machine.States {
		fmt.Fprintf(w, "\n%s\n", c.bold("in "+state.Name))
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

// optionTopic explains an option: who sets it, and which rows it changes.
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
	fmt.Fprintf(w, "%s (option): %s\n", c.bold(o.Name), o.Doc)
	fmt.Fprintf(w, "  %-9s%s\n", "cite", o.Cite)
	set := "no profile"
	if p := t.profiles(); len(p) > 0 {
		set = strings.Join(p, ", ")
	}
	fmt.Fprintf(w, "  %-9s%s\n", "set in", set)
}

func (t optionTopic) record() any {
	o := t.p.Machine.Options[t.o]
	return struct {
		Schema   string   `json:"schema"`
		Option   string   `json:"option"`
		Doc      string   `json:"doc"`
		Cite     string   `json:"cite"`
		Profiles []string `json:"profiles"`
	}{"tcpfsm.option/1", o.Name, o.Doc, o.Cite, t.profiles()}
}
