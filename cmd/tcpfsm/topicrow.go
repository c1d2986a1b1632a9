package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/tcpfsm/tcpfsm/gen"
	"github.com/tcpfsm/tcpfsm/spec"
)

// printf prints to where nobody looks at errors: the command's output.
func printf(w io.Writer, format string, args ...any) { fmt.Fprintf(w, format, args...) }

// printField prints something that is known of a topic, folded so that it is legible
// in a terminal of usual width.
func printField(w io.Writer, name, text string) {
	const width = 84 // columns of text, beside 14 for the name
	for i, line := range foldLine(text, width) {
		if i > 0 {
			name = ""
		}
		printf(w, "%s\n", strings.TrimRight(fmt.Sprintf("  %-12s%s", name, line), " "))
	}
}

// foldLine divides a text at spaces into lines of at most that width; a longer word
// has a line of its own.
func foldLine(text string, width int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
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
	printf(w, "%s\n  %s\n\n", c.bold(r.ID), r.Why)
	printField(w, "in", names(r.In, func(i int) string { return m.States[i].Name }))
	printField(w, "on", names(r.On, func(i int) string { return m.Events[i].Text }))
	printField(w, "when", strings.TrimPrefix(when(r), "when "))
	printField(w, "do", oneLine(r.Do))
	printField(w, "to", nextState(t.p, r))
	printCites(w, m, r.Cite)
	t.printNamed(w, c)
}

func printCites(w io.Writer, m *spec.Machine, cites string) {
	for _, c := range gen.Citations(m, cites) {
		printField(w, "cite", strings.TrimSpace(c.Text+"  "+c.URL))
	}
}

// wordsOf are the names in a text of the notation.
func wordsOf(text string) []string { return notationWord.FindAllString(text, -1) }

var notationWord = regexp.MustCompile(`[A-Za-z0-9.]+`)

// printNamed adds what the names in guard and effects mean, so that a row can be
// read without the rest of the table.
func (t rowTopic) printNamed(w io.Writer, c palette) {
	words := wordsOf(t.r.When + " " + t.r.Do)
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
		printf(w, "\n%s", strings.Join(lines, ""))
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
