package gen

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/tcpfsm/tcpfsm/spec"
)

// renderDOT writes the machine's diagram for graphviz.
func renderDOT(p *spec.Program, from string) ([]File, error) {
	pic, err := newPicture(p)
	if err != nil {
		return nil, err
	}
	return []File{{Name: "states.dot", Data: pic.dot(header(from))}}, nil
}

// DOT writes the machine's diagram for graphviz. neato -n2 keeps every position
// and draws the same picture as SVG; dot ignores them and lays it out itself.
func DOT(p *spec.Program) []byte {
	pic, _ := newPicture(p)
	return pic.dot("")
}

// points is the number of points in a px: graphviz measures in points.
const points = 0.75

// A dotWriter collects one graph. Graphviz counts y upwards.
type dotWriter struct {
	bytes.Buffer
	h float64 // of the picture, px
}

func (w *dotWriter) printf(format string, args ...any) { fmt.Fprintf(w, format, args...) }

func (w *dotWriter) xy(p point) string {
	return num(p.x*points) + "," + num((w.h-p.y)*points)
}

func pt(px float64) string { return num(px * points) }

func inch(px float64) string { return fmt.Sprintf("%.3f", px/96) }

func (pic *picture) dot(head string) []byte {
	w := &dotWriter{h: pic.h}
	if head != "" {
		w.printf("// %s\n", oneLine(head))
	}
	w.WriteString("//   neato -n2 -Tsvg states.dot   the picture as it was composed\n")
	w.WriteString("//   dot -Tsvg states.dot         laid out by graphviz\n")
	w.printf("digraph %s {\n", quote(pic.title))
	w.printf("  graph [bgcolor=white, pad=0.25, nodesep=0.55, ranksep=0.5, splines=true, outputorder=edgesfirst, fontname=%q, tooltip=%s];\n", dotFont, quote(pic.title))
	w.printf("  node [shape=box, style=\"rounded,filled\", fixedsize=true, width=%s, height=%s, fillcolor=white, color=\"#3A3A3A\", penwidth=1.3, fontname=%q, fontsize=%s];\n",
		inch(nodeWidth), inch(nodeHeight), dotFont, pt(nameSize))
	w.printf("  edge [fontname=%q, fontsize=%s, arrowsize=0.7];\n\n", dotFont, pt(labelSize))
	for i, n := range pic.nodes {
		if pic.panelOf(i) < 0 {
			w.node(n, "  ")
		}
	}
	w.panels(pic)
	if pic.start && len(pic.nodes) > 0 {
		w.start(pic)
	} else if len(pic.nodes) > 0 {
		w.printf("  {rank=source; %s}\n\n", quote(pic.nodes[0].id))
	}
	for _, a := range pic.arrows {
		w.arrow(pic, a)
	}
	if pic.legend != nil {
		w.legend(pic.legend)
	}
	if pic.notes != nil {
		w.notes(pic.notes)
	}
	w.WriteString("}\n")
	return w.Bytes()
}

const dotFont = "Helvetica,Arial,sans-serif"

// panelOf is the panel in which a node stands, or -1.
func (pic *picture) panelOf(node int) int {
	for i, l := range pic.panels {
		if l.contains(pic.nodes[node].centre()) {
			return i
		}
	}
	return -1
}

// panels writes the panels as clusters, which both programs draw behind the
// states; bb is read by neato only.
func (w *dotWriter) panels(pic *picture) {
	for i, l := range pic.panels {
		c := dotStyles[l.style]
		w.printf("  subgraph cluster_%d {\n", i)
		title := centred(point{l.x + l.w - 16 - textWidth(l.title, labelSize)/2*1.1, l.y + 18}, 0, 0)
		w.printf("    graph [style=\"rounded,filled,dashed\", fillcolor=%q, color=%q, penwidth=0.8, margin=18, label=<<B>%s</B>>, labeljust=r, fontcolor=%q, fontsize=%s, tooltip=%s, bb=\"%s,%s\", lp=%q];\n",
			c.panel, c.line, esc(l.title), c.text, pt(labelSize), quote(l.title),
			w.xy(point{l.x, l.y + l.h}), w.xy(point{l.x + l.w, l.y}), w.xy(title.centre()))
		for k, n := range pic.nodes {
			if pic.panelOf(k) == i {
				w.node(n, "    ")
			}
		}
		w.WriteString("  }\n")
	}
}

var dotStyles = [...]struct{ node, panel, line, text string }{
	spec.Plain:    {"", "#F6F6F6", "#767676", "#5A5A5A"},
	spec.Terminal: {`, fillcolor="#3A3A3A", fontcolor=white`, "#F6F6F6", "#767676", "#5A5A5A"},
	spec.Goal:     {`, fillcolor="#E3F4EA", color="#007A53", penwidth=2.4`, "#F6F6F6", "#767676", "#5A5A5A"},
	spec.Active:   {`, fillcolor="#E3EFF8"`, "#F4F9FD", "#0072B2", "#005A8C"},
	spec.Passive:  {`, fillcolor="#FDE9DB"`, "#FEF7F1", "#D55E00", "#A84B00"},
}

func (w *dotWriter) node(n node, indent string) {
	doc := ""
	if n.doc != "" {
		colour := "#5A5A5A"
		if n.style == spec.Terminal {
			colour = "#D6D6D6"
		}
		doc = fmt.Sprintf("<BR/><FONT POINT-SIZE=%q COLOR=%q>%s</FONT>", pt(docSize), colour, esc(n.doc))
	}
	w.printf("%s%s [pos=\"%s!\"%s%s, label=<<B>%s</B>%s>, tooltip=%s];\n",
		indent, quote(n.id), w.xy(n.centre()), dotSize(n), dotStyles[n.style].node, esc(n.name), doc, quote(n.tooltip()))
}

// dotSize is the size of a node that isn't as large as most.
func dotSize(n node) string {
	if n.w == nodeWidth && n.h == nodeHeight {
		return ""
	}
	return fmt.Sprintf(", width=%s, height=%s", inch(n.w), inch(n.h))
}

var dotClasses = [...]struct{ line, text string }{
	spec.Unusual: {`color="#767676", penwidth=1.1`, "#5A5A5A"},
	spec.Client:  {`color="#0072B2", penwidth=2.5, weight=3`, "#005A8C"},
	spec.Server:  {`color="#D55E00", penwidth=2.5, weight=3, style=dashed`, "#A84B00"},
}

// dotHead is the length of graphviz's arrowhead, px.
const dotHead = 10 * 0.7 / points

// arrow writes an edge. The label is a table for the sake of its padding: dot
// would set it against the line.
func (w *dotWriter) arrow(pic *picture, a arrow) {
	c := dotClasses[a.class]
	var label []string
	for _, l := range a.label {
		s := fmt.Sprintf("<FONT COLOR=\"#1C1C1C\">%s</FONT>", esc(l.text))
		if l.action {
			s = fmt.Sprintf("<FONT COLOR=%q><I>%s</I></FONT>", c.text, esc(l.text))
		}
		label = append(label, s)
	}
	w.printf("  %s -> %s [class=%s, %s, label=<<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"7\"><TR><TD>%s</TD></TR></TABLE>>, lp=%q, pos=%q, tooltip=%s, labeltooltip=%[8]s];\n",
		quote(pic.nodes[a.from].id), quote(pic.nodes[a.to].id), classNames[a.class], c.line,
		strings.Join(label, "<BR/>"), w.xy(a.at), w.spline(a.path), quote(pic.tooltip(a)))
}

// spline writes a path as neato reads it: the tip first, then the line up to the
// base of the head.
func (w *dotWriter) spline(path []point) string {
	short, _ := shorten(path, dotHead)
	pos := "e," + w.xy(path[len(path)-1])
	for _, p := range short {
		pos += " " + w.xy(p)
	}
	return pos
}

func (w *dotWriter) start(pic *picture) {
	path := pic.startPath()
	w.printf("  \" start\" [shape=point, fixedsize=false, width=0.125, style=filled, fillcolor=\"#767676\", color=\"#767676\", label=\"\", tooltip=\"begins here\", pos=\"%s!\"];\n", w.xy(path[0]))
	w.printf("  \" start\" -> %s [%s, pos=%q];\n", quote(pic.nodes[0].id), dotClasses[spec.Unusual].line, w.spline(path))
}

// legend writes a table whose cells are cut into lines and dashes, because a
// node for each end of each sample would be scattered by dot.
func (w *dotWriter) legend(l *legend) {
	var rows strings.Builder
	for _, c := range l.classes {
		fmt.Fprintf(&rows, "<TR><TD WIDTH=\"44\">%s</TD><TD ALIGN=\"LEFT\">%s</TD></TR>", dotSamples[c], classText(c))
	}
	if l.actions {
		rows.WriteString("<TR><TD COLSPAN=\"2\" ALIGN=\"LEFT\">event over <I>action</I></TD></TR>")
	}
	w.plaintext("legend", l.centre(), labelSize, rows.String())
}

var dotSamples = [...]string{
	spec.Unusual: dotDashes("#767676", 1, 44, 0),
	spec.Client:  dotDashes("#0072B2", 3, 44, 0),
	spec.Server:  dotDashes("#D55E00", 3, 8, 4),
}

// dotDashes is a row of dashes, high and wide in points, with gaps between.
func dotDashes(colour string, high, wide, gap int) string {
	dash := fmt.Sprintf("<TD FIXEDSIZE=\"TRUE\" WIDTH=\"%d\" HEIGHT=\"%d\" BGCOLOR=%q></TD>", wide, high, colour)
	n := 1
	if gap > 0 {
		n = 4
	}
	return fmt.Sprintf("<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLPADDING=\"0\" CELLSPACING=\"%d\"><TR>%s</TR></TABLE>", gap, strings.Repeat(dash, n))
}

func (w *dotWriter) notes(n *notes) {
	var rows strings.Builder
	for _, l := range n.lines {
		fmt.Fprintf(&rows, "<TR><TD ALIGN=\"LEFT\"><FONT COLOR=\"#5A5A5A\">%s%s</FONT></TD></TR>",
			strings.Repeat("&#160;", int(l.indent/4)), esc(l.text))
	}
	w.plaintext("notes", n.centre(), noteSize, rows.String())
}

func (w *dotWriter) plaintext(id string, at point, size float64, rows string) {
	w.printf("  %q [shape=plaintext, style=\"\", fixedsize=false, width=0, height=0, margin=0, fontsize=%s, tooltip=\" \", pos=\"%s!\", label=<<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLPADDING=\"1\" CELLSPACING=\"2\">%s</TABLE>>];\n",
		" "+id, pt(size), w.xy(at), rows)
}

// quote makes any text a DOT string. A backslash would begin an escape of
// graphviz's own.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(oneLine(s)) + `"`
}

// RowsDOT writes everything that can happen in one state as tables for dot: one
// table for every state that rows lead to.
func RowsDOT(p *spec.Program, state int) []byte {
	f := newFan(p, state)
	w := &dotWriter{}
	w.printf("digraph %s {\n", quote(f.title()))
	w.printf("  graph [rankdir=LR, bgcolor=white, pad=0.25, nodesep=0.3, ranksep=0.7, fontname=%q, tooltip=%s];\n", dotFont, quote(f.title()))
	w.printf("  node [shape=box, style=\"rounded,filled\", width=%s, height=%s, fillcolor=white, color=\"#3A3A3A\", penwidth=1.3, fontname=%q, fontsize=%s];\n",
		inch(nodeWidth), inch(nodeHeight), dotFont, pt(nameSize))
	w.printf("  edge [%s, arrowsize=0.7];\n\n", dotClasses[spec.Unusual].line)
	self := p.Machine.States[state]
	w.stateBox("state", self.Name, self.Doc, spec.Goal)
	for i, g := range f.groups {
		name, doc := f.target(g)
		style := spec.Plain
		if g.to == state {
			style = spec.Goal
		}
		w.stateBox(fmt.Sprint("to", i), name, doc, style)
		w.printf("  rows%d [shape=plaintext, style=\"\", margin=0, fontsize=%s, label=<%s>];\n", i, pt(codeSize), f.dotTable(g))
		w.printf("  state -> rows%d -> to%d;\n", i, i)
	}
	w.WriteString("}\n")
	return w.Bytes()
}

func (w *dotWriter) stateBox(id, name, doc string, style spec.NodeStyle) {
	if doc != "" {
		doc = fmt.Sprintf("<BR/><FONT POINT-SIZE=%q COLOR=\"#5A5A5A\">%s</FONT>", pt(docSize), esc(doc))
	}
	w.printf("  %s [label=<<B>%s</B>%s>%s];\n", id, esc(name), doc, dotStyles[style].node)
}

// dotTable is a line for each rule: event, guard, id, effects.
func (f fan) dotTable(g fanGroup) string {
	var s strings.Builder
	s.WriteString("<TABLE BORDER=\"1\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"5\" COLOR=\"#3A3A3A\" BGCOLOR=\"white\" STYLE=\"ROUNDED\">")
	for i, r := range g.rules {
		if i > 0 {
			s.WriteString("<HR/>")
		}
		fmt.Fprintf(&s, "<TR>%s%s%s%s</TR>",
			dotCell(wrapMono(f.events(r), 24), "<B>", "</B>"), dotCell(wrapMono(f.guard(r), 40), dotMono, "</FONT>"),
			dotCell([]string{r.ID}, "<FONT COLOR=\"#5A5A5A\">", "</FONT>"), dotCell(wrapMono(oneLine(r.Do), 44), dotMono, "</FONT>"))
	}
	s.WriteString("</TABLE>")
	return s.String()
}

const dotMono = "<FONT FACE=\"Menlo,Consolas,Liberation Mono,monospace\">"

// dotCell is a table cell of left-aligned lines, each between open and shut. An
// element without text is an error to graphviz.
func dotCell(lines []string, open, shut string) string {
	var s strings.Builder
	for _, l := range lines {
		s.WriteString(open + esc(l) + shut + "<BR ALIGN=\"LEFT\"/>")
	}
	return "<TD ALIGN=\"LEFT\" BALIGN=\"LEFT\">" + s.String() + "</TD>"
}
