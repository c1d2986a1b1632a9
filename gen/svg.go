package gen

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tcpfsm/tcpfsm/spec"
)

// renderSVG draws the machine's diagram.
func renderSVG(p *spec.Program, from string) ([]File, error) {
	pic, err := newPicture(p)
	if err != nil {
		return nil, err
	}
	return []File{{Name: "states.svg", Data: pic.svg(header(from))}}, nil
}

// SVG draws the machine's diagram as a picture that stands alone: its own
// background, light and dark colours, a tooltip on every state and edge. A path
// that can't be read is drawn straight.
func SVG(p *spec.Program) []byte {
	pic, _ := newPicture(p)
	return pic.svg("")
}

func (pic *picture) svg(head string) []byte {
	w := &svgWriter{}
	w.open(pic.w, pic.h, pic.title+": states and transitions", head, pic.summary())
	for _, l := range pic.panels {
		w.panel(l)
	}
	for _, a := range pic.arrows {
		w.arrow(a, pic.tooltip(a))
	}
	if pic.start && len(pic.nodes) > 0 {
		w.start(pic.startPath())
	}
	for _, n := range pic.nodes {
		w.node(n)
	}
	if pic.legend != nil {
		w.legend(pic.legend)
	}
	if pic.notes != nil {
		w.notes(pic.notes)
	}
	return w.close()
}

// summary lists the transitions for those who hear the picture.
func (pic *picture) summary() string {
	var s []string
	for _, a := range pic.arrows {
		s = append(s, pic.nodes[a.from].name+" to "+pic.nodes[a.to].name+" on "+a.text())
	}
	return strings.Join(s, "; ") + "."
}

// svgStyle colours the picture. The three classes of edges differ in colour
// (of Okabe and Ito's palette), in dash and in width, so that they survive
// colour blindness and grey printers.
const svgStyle = `.fsm text{font-family:Helvetica,Arial,"Liberation Sans",sans-serif;fill:#1c1c1c}
.fsm .mono{font-family:Menlo,Consolas,"Liberation Mono","DejaVu Sans Mono",monospace}
.fsm .card{fill:#ffffff}
.fsm .box{fill:#ffffff;stroke:#3a3a3a;stroke-width:1.6}
.fsm .name{font-weight:bold;font-size:19px}
.fsm .doc{font-size:12.5px;fill:#5a5a5a}
.fsm .label{font-size:14.5px}
.fsm .action{font-style:italic}
.fsm .note{font-size:12.5px;fill:#5a5a5a}
.fsm .title{font-weight:bold;font-size:14.5px}
.fsm .terminal .box{fill:#3a3a3a}
.fsm .terminal .name{fill:#ffffff}
.fsm .terminal .doc{fill:#d6d6d6}
.fsm .goal .box{fill:#e3f4ea;stroke:#007a53;stroke-width:3.2}
.fsm .active .box{fill:#e3eff8}
.fsm .passive .box{fill:#fde9db}
.fsm .panel{stroke-width:1;stroke-dasharray:7 5}
.fsm .active.panel{fill:#f4f9fd;stroke:#0072b2}
.fsm .passive.panel{fill:#fef7f1;stroke:#d55e00}
.fsm .plain.panel{fill:#f6f6f6;stroke:#767676}
.fsm .line{fill:none}
.fsm .hit{fill:none;stroke:#000000;stroke-opacity:0;stroke-width:14}
.fsm .client .line{stroke:#0072b2;stroke-width:3.4}
.fsm .server .line{stroke:#d55e00;stroke-width:3.4;stroke-dasharray:9 6}
.fsm .unusual .line{stroke:#767676;stroke-width:1.5}
.fsm .client .head{fill:#0072b2}
.fsm .server .head{fill:#d55e00}
.fsm .unusual .head{fill:#767676}
.fsm .client .action,.fsm .active.title{fill:#005a8c}
.fsm .server .action,.fsm .passive.title{fill:#a84b00}
.fsm .unusual .action{fill:#5a5a5a}
.fsm .event{font-weight:bold;font-size:13px}
.fsm .code{font-size:12px}
.fsm .rule{stroke:#d0d0d0;stroke-width:1}
@media (prefers-color-scheme:dark){
.fsm text{fill:#ececec}
.fsm .card{fill:#16191d}
.fsm .box{fill:#23272d;stroke:#c4c4c4}
.fsm .doc,.fsm .note,.fsm .unusual .action{fill:#b9b9b9}
.fsm .terminal .box{fill:#e4e4e4}
.fsm .terminal .name{fill:#111111}
.fsm .terminal .doc{fill:#3c3c3c}
.fsm .goal .box{fill:#10382a;stroke:#2fc08c}
.fsm .active .box{fill:#12324a}
.fsm .passive .box{fill:#4a2a12}
.fsm .active.panel{fill:#17212a;stroke:#56b4e9}
.fsm .passive.panel{fill:#271e16;stroke:#f0a050}
.fsm .plain.panel{fill:#1d2126;stroke:#a0a0a0}
.fsm .client .line{stroke:#56b4e9}
.fsm .server .line{stroke:#f0a050}
.fsm .unusual .line{stroke:#a0a0a0}
.fsm .client .head{fill:#56b4e9}
.fsm .server .head{fill:#f0a050}
.fsm .unusual .head{fill:#a0a0a0}
.fsm .client .action,.fsm .active.title{fill:#8fd0f7}
.fsm .server .action,.fsm .passive.title{fill:#ffc48a}
.fsm .rule{stroke:#454b53}
}
`

// An svgWriter collects the elements of one picture.
type svgWriter struct{ bytes.Buffer }

func (w *svgWriter) printf(format string, args ...any) { fmt.Fprintf(w, format, args...) }

func (w *svgWriter) open(width, height float64, title, head, desc string) {
	w.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
	if head != "" {
		w.printf("<!-- %s -->\n", strings.ReplaceAll(head, "--", "- -"))
	}
	w.printf("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"fsm\" width=\"%s\" height=\"%s\" viewBox=\"0 0 %[1]s %[2]s\" role=\"img\" aria-label=\"%[3]s\">\n",
		num(width), num(height), esc(title))
	w.printf("<title>%s</title>\n<desc>%s</desc>\n<style>\n%s</style>\n", esc(title), esc(desc), svgStyle)
	w.printf("<rect class=\"card\" width=\"%s\" height=\"%s\" rx=\"16\"/>\n", num(width), num(height))
}

func (w *svgWriter) close() []byte {
	w.WriteString("</svg>\n")
	return w.Bytes()
}

var styleNames = [...]string{
	spec.Plain: "plain", spec.Terminal: "terminal", spec.Goal: "goal", spec.Active: "active", spec.Passive: "passive",
}

var classNames = [...]string{spec.Unusual: "unusual", spec.Client: "client", spec.Server: "server"}

func (w *svgWriter) panel(l panel) {
	w.printf("<rect class=\"%s panel\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"14\"/>\n",
		styleNames[l.style], num(l.x), num(l.y), num(l.w), num(l.h))
	w.text(styleNames[l.style]+" title", "end", point{l.x + l.w - 16, l.y + 24}, l.title)
}

// node writes a state; name and subtitle together stand in the middle.
func (w *svgWriter) node(n node) {
	c := n.centre()
	w.printf("<g class=\"%s\">\n<title>%s</title>\n", styleNames[n.style], esc(n.tooltip()))
	w.printf("<rect class=\"box\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"14\"/>\n", num(n.x), num(n.y), num(n.w), num(n.h))
	if n.doc == "" {
		w.text("name", "middle", point{c.x, c.y + 6.5}, n.name)
	} else {
		w.text("name", "middle", point{c.x, c.y - 1}, n.name)
		w.text("doc", "middle", point{c.x, c.y + 16}, n.doc)
	}
	w.WriteString("</g>\n")
}

func (n node) tooltip() string {
	if n.doc == "" {
		return n.name
	}
	return n.name + ": " + n.doc
}

// arrow writes an edge. A wide invisible stroke lies over it, because nobody
// can hold the pointer on a line of one and a half px to see its tooltip.
func (w *svgWriter) arrow(a arrow, tooltip string) {
	w.printf("<g class=\"%s\">\n<title>%s</title>\n", classNames[a.class], esc(tooltip))
	w.line(a.path)
	w.printf("<path class=\"hit\" d=\"%s\"/>\n", svgPath(a.path))
	b := labelBox(a.label, a.at)
	for i, l := range a.label {
		class := "label"
		if l.action {
			class = "label action"
		}
		w.text(class, "middle", point{a.at.x, b.y + labelLine*(float64(i)+0.5) + 5}, l.text)
	}
	w.WriteString("</g>\n")
}

func (w *svgWriter) start(path []point) {
	w.printf("<g class=\"unusual\">\n<title>begins here</title>\n<circle class=\"head\" cx=\"%s\" cy=\"%s\" r=\"6\"/>\n", num(path[0].x), num(path[0].y))
	w.line(path)
	w.WriteString("</g>\n")
}

// line writes a path and its head. The line ends inside the head, so that its
// blunt end does not stick out at the tip.
func (w *svgWriter) line(path []point) {
	short, base := shorten(path, headLength)
	tip := path[len(path)-1]
	ux, uy := unit(base, tip)
	const half = headLength * 0.38
	w.printf("<path class=\"line\" d=\"%s\"/>\n", svgPath(short))
	w.printf("<path class=\"head\" d=\"M%s L%s L%sZ\"/>\n", xy(tip),
		xy(point{base.x - uy*half, base.y + ux*half}), xy(point{base.x + uy*half, base.y - ux*half}))
}

func (w *svgWriter) legend(l *legend) {
	y := l.y + 12
	for _, c := range l.classes {
		w.printf("<g class=\"%s\">\n", classNames[c])
		p, q := point{l.x, y}, point{l.x + 58, y}
		w.line([]point{p, mix(p, q, 1./3), mix(p, q, 2./3), q})
		w.text("label", "start", point{l.x + 70, y + 5}, classText(c))
		w.WriteString("</g>\n")
		y += 24
	}
	if l.actions {
		w.printf("<text class=\"label\" x=\"%s\" y=\"%s\">event over <tspan class=\"action\">action</tspan></text>\n", num(l.x), num(y+5))
	}
}

func (w *svgWriter) notes(n *notes) {
	for i, l := range n.lines {
		w.text("note", "start", point{n.x + l.indent, n.y + noteLine*float64(i) + 12}, l.text)
	}
}

func (w *svgWriter) text(class, anchor string, at point, s string) {
	w.printf("<text class=\"%s\" text-anchor=\"%s\" x=\"%s\" y=\"%s\">%s</text>\n", class, anchor, num(at.x), num(at.y), esc(s))
}

func svgPath(path []point) string {
	s := "M" + xy(path[0])
	for i := 1; i+2 < len(path); i += 3 {
		s += " C" + xy(path[i]) + " " + xy(path[i+1]) + " " + xy(path[i+2])
	}
	return s
}

func xy(p point) string { return num(p.x) + "," + num(p.y) }

// num prints tenths of a px and no more, so that equal pictures are equal bytes
// on every processor.
func num(f float64) string {
	s := strconv.FormatFloat(f, 'f', 1, 64)
	s = strings.TrimSuffix(s, ".0")
	if s == "-0" {
		return "0"
	}
	return s
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

// esc makes any text safe in XML and in DOT's HTML-like labels.
func esc(s string) string { return escaper.Replace(clean(s)) }

// clean takes out what XML forbids and what breaks a line.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case r < ' ' || r == 0xFFFE || r == 0xFFFF:
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// oneLine is a text with single spaces only.
func oneLine(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }

// A fan is every rule of one state, grouped by where it leads: first to other
// states in their order, then the rules that stay.
type fan struct {
	m      *spec.Machine
	state  int
	groups []fanGroup
}

type fanGroup struct {
	to    int // the fan's own state when the rules stay
	rules []*spec.Rule
}

func newFan(p *spec.Program, state int) fan {
	byTarget := make([][]*spec.Rule, len(p.Machine.States))
	for _, r := range p.Rows {
		if slices.Contains(r.In, state) {
			to := r.To
			if to < 0 {
				to = state
			}
			byTarget[to] = append(byTarget[to], r)
		}
	}
	f := fan{m: p.Machine, state: state}
	for to, rules := range byTarget {
		if to != state && len(rules) > 0 {
			f.groups = append(f.groups, fanGroup{to, rules})
		}
	}
	if stay := byTarget[state]; len(stay) > 0 {
		f.groups = append(f.groups, fanGroup{state, stay})
	}
	return f
}

// title is the heading of a fan's picture.
func (f fan) title() string {
	return f.m.Title + ": every row of " + f.m.States[f.state].Name
}

// target names where a group leads, and its subtitle.
func (f fan) target(g fanGroup) (name, doc string) {
	if g.to == f.state {
		return f.m.States[g.to].Name, "the state stays"
	}
	return f.m.States[g.to].Name, f.m.States[g.to].Doc
}

// eventsText lists the events of a rule.
func eventsText(m *spec.Machine, r *spec.Rule) string {
	var s []string
	for _, e := range r.On {
		s = append(s, eventText(m, e))
	}
	return strings.Join(s, ", ")
}

// rivals are the rules that are tried for the first event of r, in order: the
// first whose guard holds fires.
func (f fan) rivals(r *spec.Rule) []*spec.Rule {
	var rs []*spec.Rule
	for _, g := range f.groups {
		for _, o := range g.rules {
			if slices.Contains(o.On, r.On[0]) {
				rs = append(rs, o)
			}
		}
	}
	slices.SortFunc(rs, func(a, b *spec.Rule) int { return a.Index - b.Index })
	return rs
}

// events lists a rule's events and, because the groups tear the order of the
// table apart, its place among those that are tried.
func (f fan) events(r *spec.Rule) string {
	s := eventsText(f.m, r)
	if rs := f.rivals(r); len(rs) > 1 {
		s += fmt.Sprintf(" (%d)", slices.Index(rs, r)+1)
	}
	return s
}

// guard is a rule's guard as it was written. A rule without one is the otherwise
// of those before it, unless it stands alone.
func (f fan) guard(r *spec.Rule) string {
	if g := oneLine(r.When); g != "" {
		return g
	}
	if len(f.rivals(r)) > 1 {
		return "otherwise"
	}
	return "always"
}

// ruleTooltip is why a rule is there.
func ruleTooltip(m *spec.Machine, r *spec.Rule) string {
	return strings.TrimSpace(m.Source + " " + r.Cite + ": " + oneLine(r.Why))
}

// The measures of a picture of rows, px. A character of a fixed font is seven
// and a half wide in the widest of the usual ones.
const (
	cardX    = margin + nodeWidth + 52
	cardTop  = margin + 18
	cardGap  = 26
	rowSize  = 13.0
	codeSize = 12.0
	rowLine  = 16.0
	rowPad   = 8.0

	eventRoom  = 212
	guardChars = 38
	doChars    = 42
	codeWidth  = 7.5
)

// A rowTable is where the columns of a fan's rows stand: event, guard, id,
// effects, and the right edge.
type rowTable struct {
	fan
	columns [5]float64
}

// RowsSVG draws everything that can happen in one state: a line for each row
// with its event, guard, id and effects, in one card for every state that rows
// lead to.
func RowsSVG(p *spec.Program, state int) []byte {
	t := newRowTable(newFan(p, state))
	var cards []box
	y := float64(cardTop)
	for _, g := range t.groups {
		h := max(nodeHeight, t.height(g))
		cards = append(cards, box{cardX, y, t.columns[4] - cardX, h})
		y += h + cardGap
	}
	w := &svgWriter{}
	w.open(t.columns[4]+cardX, max(y, cardTop+nodeHeight)+margin-cardGap, t.title(), "", fmt.Sprintf("%d groups of rows.", len(cards)))
	for i, s := range []string{"event (order of trying)", "when", "row", "do"} {
		w.text("note", "start", point{t.columns[i], margin + 6}, s)
	}
	self := node{name: p.Machine.States[state].Name, doc: p.Machine.States[state].Doc, style: spec.Goal}
	self.box = box{margin, max(cardTop, min((y-cardGap+cardTop)/2, 240)-nodeHeight/2), nodeWidth, nodeHeight}
	for i, g := range t.groups {
		w.card(t, g, cards[i], self.box)
	}
	w.node(self)
	return w.close()
}

func newRowTable(f fan) rowTable {
	t := rowTable{fan: f}
	id := 40.0
	for _, g := range f.groups {
		for _, r := range g.rules {
			id = max(id, textWidth(r.ID, noteSize))
		}
	}
	widths := [4]float64{eventRoom, guardChars * codeWidth, id, doChars * codeWidth}
	t.columns[0] = cardX + 14
	for i, w := range widths {
		t.columns[i+1] = t.columns[i] + w + 14
	}
	return t
}

// cells are the lines of a rule in each column.
func (t rowTable) cells(r *spec.Rule) [4][]string {
	return [4][]string{
		wrap(t.events(r), eventRoom/1.1, rowSize), wrapMono(t.guard(r), guardChars),
		{r.ID}, wrapMono(oneLine(r.Do), doChars),
	}
}

func (t rowTable) height(g fanGroup) float64 {
	h := 0.0
	for _, r := range g.rules {
		h += t.rowHeight(r)
	}
	return h
}

func (t rowTable) rowHeight(r *spec.Rule) float64 {
	n := 1
	for _, c := range t.cells(r) {
		n = max(n, len(c))
	}
	return rowLine*float64(n) + 2*rowPad
}

// card writes a group of rows, the line that leads to it, and its target.
func (w *svgWriter) card(t rowTable, g fanGroup, b, self box) {
	anchor := b.y + min(b.h/2, 60)
	p, q := point{self.x + self.w, self.centre().y}, point{b.x, anchor}
	mid := (p.x + q.x) / 2
	w.WriteString("<g class=\"unusual\">\n")
	w.line([]point{p, {mid, p.y}, {mid, q.y}, q})
	end := box{t.columns[4] + 52, anchor - nodeHeight/2, nodeWidth, nodeHeight}
	w.line(straight(box{b.x, end.y, b.w, end.h}, end))
	w.printf("</g>\n<g class=\"plain\">\n<rect class=\"box\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"10\"/>\n</g>\n", num(b.x), num(b.y), num(b.w), num(b.h))
	y := b.y
	for i, r := range g.rules {
		if i > 0 {
			w.printf("<path class=\"rule\" d=\"M%s L%s\"/>\n", xy(point{b.x + 1, y}), xy(point{b.x + b.w - 1, y}))
		}
		w.row(t, r, y)
		y += t.rowHeight(r)
	}
	name, doc := t.target(g)
	style := spec.Plain
	if g.to == t.state {
		style = spec.Goal
	}
	w.node(node{box: end, name: name, doc: doc, style: style})
}

// row writes one rule at y.
func (w *svgWriter) row(t rowTable, r *spec.Rule, y float64) {
	w.printf("<g>\n<title>%s</title>\n", esc(ruleTooltip(t.m, r)))
	classes := [4]string{"event", "code mono", "note", "code mono"}
	for i, lines := range t.cells(r) {
		for k, l := range lines {
			w.text(classes[i], "start", point{t.columns[i], y + rowPad + rowLine*float64(k) + 12}, l)
		}
	}
	w.WriteString("</g>\n")
}
