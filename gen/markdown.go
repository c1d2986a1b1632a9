package gen

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/tcpfsm/tcpfsm/spec"
)

// A Citation is one place that a row refers to, and its address if it has one.
type Citation struct {
	Text string `json:"text"`
	URL  string `json:"url,omitempty"`
}

var (
	citeSection = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*$`)
	citeFigure  = regexp.MustCompile(`^Fig(?:ure)? ([0-9]+)$`)
	citeErratum = regexp.MustCompile(`^EID ([0-9]+)$`)
	citeRFC     = regexp.MustCompile(`\bRFC ([0-9]+)(?: section ([0-9]+(?:\.[0-9]+)*))?`)
)

// Citations splits the citation of a row, an option, a definition: sections of
// the machine's own document, its figures, errata, other RFCs. What has no
// address of its own, such as a requirement's number or the name of a system,
// is text alone.
func Citations(m *spec.Machine, cite string) []Citation {
	cs := []Citation{}
	for part := range strings.SplitSeq(cite, ";") {
		if part = oneLine(part); part != "" {
			cs = append(cs, Citation{part, citeURL(m, part)})
		}
	}
	return cs
}

func citeURL(m *spec.Machine, part string) string {
	base, _, anchored := strings.Cut(m.URL, "#")
	if citeSection.MatchString(part) {
		return strings.ReplaceAll(m.URL, "%s", part)
	}
	if f := citeFigure.FindStringSubmatch(part); f != nil && anchored {
		return base + "#figure-" + f[1]
	}
	if e := citeErratum.FindStringSubmatch(part); e != nil {
		return "https://www.rfc-editor.org/errata/eid" + e[1]
	}
	r := citeRFC.FindStringSubmatch(part)
	if r == nil {
		return ""
	}
	url := "https://www.rfc-editor.org/rfc/rfc" + r[1] + ".html"
	if r[2] != "" {
		url += "#section-" + r[2]
	}
	return url
}

// renderMarkdown writes the whole table as a page for reading.
func renderMarkdown(p *spec.Program, from string) ([]File, error) {
	w := &mdWriter{p: p, m: p.Machine}
	w.printf("<!-- %s -->\n\n", strings.ReplaceAll(oneLine(header(from)), "--", "- -"))
	w.printf("# %s: the table\n\n", md(w.m.Title))
	w.intro()
	w.contents()
	for _, s := range mdSections {
		if s.used(w.m) {
			w.printf("<a id=\"%s\"></a>\n\n## %s\n\n", s.id, s.title)
			s.write(w)
		}
	}
	return []File{{Name: "table.md", Data: w.Bytes()}}, nil
}

type mdWriter struct {
	bytes.Buffer
	p *spec.Program
	m *spec.Machine
}

func (w *mdWriter) printf(format string, args ...any) { fmt.Fprintf(w, format, args...) }

type mdSection struct {
	id, title string
	named     bool // explains names that rows use
	used      func(*spec.Machine) bool
	write     func(*mdWriter)
}

// mdSections are the parts of the page, what a reader looks for first at the top.
var mdSections = []mdSection{
	{"states", "States", false, func(m *spec.Machine) bool { return len(m.States) > 0 }, (*mdWriter).states},
	{"diagram", "Diagram", false, func(m *spec.Machine) bool { return len(m.States) > 0 }, (*mdWriter).diagram},
	{"events", "Events", false, func(m *spec.Machine) bool { return len(m.Events) > 0 }, (*mdWriter).events},
	{"rows", "Rows", false, func(m *spec.Machine) bool { return len(m.Tables) > 0 }, (*mdWriter).tables},
	{"definitions", "Definitions", true, func(m *spec.Machine) bool { return len(m.Defs) > 0 }, (*mdWriter).defs},
	{"actions", "Actions", true, func(m *spec.Machine) bool { return len(m.Actions) > 0 }, (*mdWriter).actions},
	{"options", "Options and profiles", true, func(m *spec.Machine) bool { return len(m.Options)+len(m.Profiles) > 0 }, (*mdWriter).options},
	{"invariants", "Invariants", false, func(m *spec.Machine) bool { return len(m.Invariants) > 0 }, (*mdWriter).invariants},
	{"memory", "Memory", true, func(m *spec.Machine) bool { return len(m.Params)+len(m.Vars) > 0 }, (*mdWriter).memory},
	{"records", "Messages", true, func(m *spec.Machine) bool { return len(m.Records) > 0 }, (*mdWriter).records},
	{"outputs", "Outputs of a step", true, func(m *spec.Machine) bool { return len(m.Slots)+len(m.Outs) > 0 }, (*mdWriter).outputs},
	{"timers", "Timers", true, func(m *spec.Machine) bool { return len(m.Timers) > 0 }, (*mdWriter).timers},
	{"signals", "Signals", true, func(m *spec.Machine) bool { return len(m.Signals) > 0 }, (*mdWriter).signals},
	{"answers", "Answers", false, func(m *spec.Machine) bool { return len(m.Answers) > 0 }, (*mdWriter).answers},
}

func (w *mdWriter) intro() {
	if w.m.Doc != "" {
		w.printf("This machine is %s.\n", md(strings.TrimSuffix(w.m.Doc, ".")))
	}
	w.WriteString("Of the rows of one state and event, in the order of this page, the first whose\n" +
		"guard holds fires; a row without a guard is the otherwise of those before it.\n")
	var links []string
	for _, s := range mdSections {
		if s.named && s.used(w.m) {
			links = append(links, fmt.Sprintf("[%s](#%s)", strings.ToLower(s.title), s.id))
		}
	}
	if len(links) > 0 {
		w.printf("Names in guards and effects are explained under %s.\n", strings.Join(links, ", "))
	}
	if w.m.Source != "" {
		w.printf("Citations without a document's name are of %s.\n", md(w.m.Source))
	}
	w.printf("\n%d states, %d events, %d rows in %d tables.\n\n", len(w.m.States), len(w.m.Events), len(w.p.Rows), len(w.m.Tables))
}

func (w *mdWriter) contents() {
	for _, s := range mdSections {
		if !s.used(w.m) {
			continue
		}
		w.printf("- [%s](#%s)\n", s.title, s.id)
		if s.id != "rows" {
			continue
		}
		for i, t := range w.m.Tables {
			w.printf("  - [%s](#table-%d)\n", md(t.Title), i+1)
		}
	}
	w.WriteString("\n")
}

func (w *mdWriter) states() {
	w.head("state", "meaning", "also spelled")
	for _, s := range w.m.States {
		w.row(md(s.Name), md(s.Doc), mdWords(s.Alias))
	}
	w.WriteString("\n")
}

// diagram lists the edges with their rows, and everything that is folded.
func (w *mdWriter) diagram() {
	w.printf("![%s](states.svg)\n\n", md(w.m.Title+": states and transitions"))
	w.head("from", "to", "event", "action", "path", "rows")
	for _, e := range edges(w.p) {
		path := ""
		if len(w.m.Diagram.Edges) > 0 {
			path = classText(e.class)
		}
		w.row(md(w.m.States[e.from].Name), md(w.m.States[e.to].Name), md(strings.Join(e.on, ", ")), md(e.do), path, mdRowLinks(e.rows))
	}
	w.WriteString("\n")
	if len(w.m.Diagram.Folds) == 0 {
		return
	}
	w.head("not drawn", "rows")
	for _, f := range w.m.Diagram.Folds {
		w.row(md(f.Note), mdRowLinks(strings.Fields(f.Rows)))
	}
	w.WriteString("\n")
}

func mdRowLinks(ids []string) string {
	var s []string
	for _, id := range ids {
		s = append(s, fmt.Sprintf("[%s](#%s)", md(id), mdAnchor(id)))
	}
	return strings.Join(s, ", ")
}

// mdAnchor is where a row stands. Ids are slugs, but this page has to hold
// whatever they are.
func mdAnchor(id string) string {
	return "row-" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
			return r
		}
		return '_'
	}, id)
}

func (w *mdWriter) events() {
	w.head("event", "method", "comes with", "meaning")
	for i, e := range w.m.Events {
		var with []string
		if e.Takes != "" {
			with = append(with, code(e.Takes))
		}
		for _, a := range e.Args {
			with = append(with, code(a.Name))
		}
		if e.Timer != "" {
			with = append(with, "expiry of "+code(e.Timer))
		}
		w.row(md(eventText(w.m, i)), code(e.Name), strings.Join(with, ", "), md(e.Doc))
	}
	w.WriteString("\n")
}

func (w *mdWriter) tables() {
	for i, t := range w.m.Tables {
		w.printf("<a id=\"table-%d\"></a>\n\n### %s\n\n", i+1, md(t.Title))
		if citeSection.MatchString(t.Cite) {
			w.printf("%s section %s\n\n", md(w.m.Source), w.cite(t.Cite))
		} else if t.Cite != "" {
			w.printf("%s\n\n", w.cite(t.Cite))
		}
		w.head("row", "in", "on", "when", "do", "next", "cite", "why")
		for _, r := range w.p.Rows {
			if r.Table == i {
				w.rule(r)
			}
		}
		w.WriteString("\n")
	}
}

func (w *mdWriter) rule(r *spec.Rule) {
	next, when := "", "otherwise"
	if r.To >= 0 {
		next = "**" + md(w.m.States[r.To].Name) + "**"
	}
	if g := oneLine(r.When); g != "" {
		when = code(g)
	}
	w.row("<a id=\""+mdAnchor(r.ID)+"\"></a>"+md(r.ID), stateList(w.m, r.In), md(eventsText(w.m, r)), when, code(r.Do), next, w.cite(r.Cite), md(r.Why))
}

// stateList names a row's states; when few are missing, it names those.
func stateList(m *spec.Machine, in []int) string {
	has := map[int]bool{}
	for _, s := range in {
		has[s] = true
	}
	var without []int
	for s := range m.States {
		if !has[s] {
			without = append(without, s)
		}
	}
	names := func(is []int) string { return md(strings.Join(stateNames(m, is), ", ")) }
	switch {
	case len(without) == 0:
		return "every state"
	case len(without) <= 2 && len(in) > 4:
		return "every state but " + names(without)
	}
	return names(in)
}

func stateNames(m *spec.Machine, in []int) []string {
	names := make([]string, 0, len(in))
	for _, s := range in {
		names = append(names, m.States[s].Name)
	}
	return names
}

// setStates lists the states of a set; no set means every state.
func setStates(m *spec.Machine, set spec.StateSet) []int {
	var in []int
	for i := range m.States {
		if set == 0 || set&(1<<i) != 0 {
			in = append(in, i)
		}
	}
	return in
}

func (w *mdWriter) cite(cite string) string {
	var s []string
	for _, c := range Citations(w.m, cite) {
		if c.URL == "" {
			s = append(s, md(c.Text))
		} else {
			s = append(s, fmt.Sprintf("[%s](%s)", md(c.Text), mdURL(c.URL)))
		}
	}
	return strings.Join(s, "; ")
}

func (w *mdWriter) defs() {
	w.head("name", "is", "meaning", "cite")
	for _, d := range w.m.Defs {
		w.row(code(d.Name), code(d.Is), md(d.Doc), w.cite(d.Cite))
	}
	w.WriteString("\n")
}

func (w *mdWriter) actions() {
	w.head("name", "does", "meaning", "cite")
	for _, a := range w.m.Actions {
		w.row(code(a.Name), code(a.Do), md(a.Doc), w.cite(a.Cite))
	}
	w.WriteString("\n")
}

// options is a matrix: a line for every option, a column for every profile.
func (w *mdWriter) options() {
	w.head("profile", "meaning")
	for _, f := range w.m.Profiles {
		name := code(f.Name)
		if f.Default {
			name += " (default)"
		}
		w.row(name, md(f.Doc))
	}
	w.WriteString("\n")
	titles := []string{"option"}
	for _, f := range w.m.Profiles {
		titles = append(titles, md(f.Name))
	}
	w.head(append(titles, "meaning", "cite")...)
	for _, o := range w.m.Options {
		cells := []string{code(o.Name)}
		for _, f := range w.m.Profiles {
			cells = append(cells, mark(f.Options, o.Name))
		}
		w.row(append(cells, md(o.Doc), w.cite(o.Cite))...)
	}
	w.WriteString("\n")
}

func mark(list, name string) string {
	for _, n := range strings.Fields(list) {
		if n == name {
			return "yes"
		}
	}
	return ""
}

func (w *mdWriter) invariants() {
	w.head("name", "in", "holds", "meaning")
	for _, v := range w.m.Invariants {
		w.row(code(v.Name), stateList(w.m, setStates(w.m, v.In)), code(v.Is), md(v.Doc))
	}
	w.WriteString("\n")
}

func (w *mdWriter) memory() {
	w.head("name", "type", "set by", "meaning")
	for _, v := range w.m.Params {
		w.row(code(v.Name), typeName(v.Type), "the user", md(v.Doc))
	}
	for _, v := range w.m.Vars {
		by := "rows"
		if v.Keep {
			by = "rows; survives reset"
		}
		w.row(code(v.Name), typeName(v.Type), by, md(v.Doc))
	}
	w.WriteString("\n")
}

func (w *mdWriter) records() {
	for _, r := range w.m.Records {
		if r.Doc != "" {
			w.printf("%s\n\n", md(r.Doc))
		}
		w.head("name", "type", "meaning")
		for _, f := range r.Fields {
			w.row(code(r.Name+"."+f.Name), typeName(f.Type), md(f.Doc))
		}
		for _, f := range r.Flags {
			w.row(code(f.Name), "flag", md(f.Doc))
		}
		w.WriteString("\n")
	}
}

func (w *mdWriter) outputs() {
	w.head("name", "type", "meaning")
	for _, s := range w.m.Slots {
		w.row(code(s.Name), "message "+code(s.Of), md(s.Doc))
	}
	for _, o := range w.m.Outs {
		w.row(code(o.Name), typeName(o.Type), md(o.Doc))
	}
	w.WriteString("\n")
}

func (w *mdWriter) timers() {
	w.head("timer", "meaning")
	for _, t := range w.m.Timers {
		w.row(code(t.Name), md(t.Doc))
	}
	w.WriteString("\n")
}

func (w *mdWriter) signals() { w.names(w.m.Signals) }
func (w *mdWriter) answers() { w.names(w.m.Answers) }

func (w *mdWriter) names(names []spec.Name) {
	w.head("name", "text", "meaning")
	for _, n := range names {
		w.row(code(n.Name), md(n.Text), md(n.Doc))
	}
	w.WriteString("\n")
}

func (w *mdWriter) head(titles ...string) {
	w.row(titles...)
	w.WriteString(strings.Repeat("|---", len(titles)) + "|\n")
}

func (w *mdWriter) row(cells ...string) {
	w.WriteString("|")
	for _, c := range cells {
		if c != "" {
			c = " " + c
		}
		w.WriteString(c + " |")
	}
	w.WriteString("\n")
}

var mdEscaper = strings.NewReplacer(
	`\`, `\\`, "&", "&amp;", "<", "&lt;", ">", "&gt;", "|", `\|`, "`", "\\`", "*", `\*`, "_", `\_`,
	"[", `\[`, "]", `\]`, "#", `\#`, "~", `\~`, "$", `\$`,
)

// md makes any text plain in Markdown, in tables and out.
func md(s string) string { return mdEscaper.Replace(oneLine(s)) }

func mdURL(url string) string {
	return strings.NewReplacer(" ", "%20", "(", "%28", ")", "%29", "|", "%7C", "<", "%3C", ">", "%3E").Replace(url)
}

func mdWords(list string) string { return md(strings.Join(strings.Fields(list), ", ")) }

// code is a code span in a table: fenced by one more backtick than it holds in a
// row, with its bars escaped, which tables ask for even in code.
func code(s string) string {
	if s = oneLine(s); s == "" {
		return ""
	}
	longest, run := 0, 0
	for _, r := range s {
		if r != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	fence, pad := strings.Repeat("`", longest+1), ""
	if longest > 0 {
		pad = " "
	}
	return fence + pad + strings.ReplaceAll(s, "|", `\|`) + pad + fence
}
