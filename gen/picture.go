package gen

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tcpfsm/tcpfsm/spec"
)

// A picture is a diagram in px with every position decided, so that SVG and DOT
// differ only in how they write it down.
type picture struct {
	title  string
	w, h   float64
	panels []panel
	nodes  []node
	arrows []arrow
	legend *legend // nil when there is nothing to tell apart
	notes  *notes  // nil when nothing is folded
	start  bool    // mark the first node as the one where the machine begins
}

type point struct{ x, y float64 }

// A box is given by its left upper corner, as SVG does.
type box struct{ x, y, w, h float64 }

func centred(at point, w, h float64) box { return box{at.x - w/2, at.y - h/2, w, h} }

func (b box) centre() point { return point{b.x + b.w/2, b.y + b.h/2} }

func (b box) grow(d float64) box { return box{b.x - d, b.y - d, b.w + 2*d, b.h + 2*d} }

func (b box) contains(p point) bool {
	return p.x > b.x && p.x < b.x+b.w && p.y > b.y && p.y < b.y+b.h
}

func (b box) overlaps(c box) bool {
	return b.x < c.x+c.w && c.x < b.x+b.w && b.y < c.y+c.h && c.y < b.y+b.h
}

type panel struct {
	box
	title string
	style spec.NodeStyle
}

type node struct {
	box
	id        string // unique; the state's name unless it's a twin
	name, doc string
	style     spec.NodeStyle
}

// An arrow's path is a start and then cubic Bezier triples; its last point is
// the arrowhead's tip.
type arrow struct {
	edge
	from, to int // into picture.nodes
	path     []point
	label    []line
	at       point // centre of the label
}

// A line is one line of a label.
type line struct {
	text   string
	action bool // in italics: what is done, not what is seen
}

type legend struct {
	box
	classes []spec.EdgeClass
	actions bool // say that an action stands under its event
}

type notes struct {
	box
	lines []noteText
}

// A noteText is a line of the notes, set in by indent.
type noteText struct {
	text   string
	indent float64
}

// An edge is an Edge of the diagram with its states as indices, or what stands
// for one when the diagram has none.
type edge struct {
	from, to int
	on       []string // usually one; several when rows were merged
	do       string
	class    spec.EdgeClass
	rows     []string
	twin     bool
	path, at string
}

// The sizes of the poster, px. At half of its natural width of 940 the labels
// are still as large as the small print of a page.
const (
	nodeWidth  = 176
	nodeHeight = 54
	nameSize   = 19.0
	docSize    = 12.5
	labelSize  = 14.5
	labelLine  = 17.0
	noteSize   = 12.5
	noteLine   = 16.0
	notesWidth = 310
	margin     = 28
	headLength = 13.0 // of an arrow

	startLength = 30 // of the arrow that marks the initial state
)

// stateIndex is the position of a state in Machine.States.
func stateIndex(s spec.StateSet) int { return bits.TrailingZeros64(uint64(s)) }

// newPicture draws the machine's diagram. A path or position that can't be read
// is drawn straight and beside the middle, and reported.
func newPicture(p *spec.Program) (*picture, error) {
	if p.Machine.Diagram.Width == 0 {
		return autoPicture(p), nil
	}
	d := &p.Machine.Diagram
	pic := &picture{title: p.Machine.Title, w: float64(d.Width), h: float64(d.Height)}
	for _, l := range d.Panels {
		b := box{float64(l.X), float64(l.Y), float64(l.W), float64(l.H)}
		pic.panels = append(pic.panels, panel{b, l.Title, l.Style})
	}
	for _, n := range d.Nodes {
		pic.nodes = append(pic.nodes, newNode(p.Machine, n))
	}
	err := pic.addArrows(p)
	pic.addLegend()
	pic.addNotes(d.Folds)
	return pic, err
}

func newNode(m *spec.Machine, n spec.Node) node {
	s := m.States[stateIndex(n.State)]
	at := point{float64(n.X), float64(n.Y)}
	d := node{box: centred(at, nodeWidth, nodeHeight), id: s.Name, name: s.Name, doc: s.Doc, style: n.Style}
	if n.Twin {
		d.id += " again"
	}
	return d
}

// addArrows draws the edges whose two states are placed.
func (pic *picture) addArrows(p *spec.Program) error {
	places := map[string]int{}
	for i, n := range pic.nodes {
		places[n.id] = i
	}
	var first error
	for _, e := range edges(p) {
		from, ok1 := places[p.Machine.States[e.from].Name]
		id := p.Machine.States[e.to].Name
		if e.twin {
			id += " again"
		}
		to, ok2 := places[id]
		if !ok1 || !ok2 {
			continue
		}
		if err := pic.addArrow(from, to, e); err != nil && first == nil {
			first = err
		}
	}
	return first
}

func (pic *picture) addArrow(from, to int, e edge) error {
	a := arrow{edge: e, from: from, to: to, label: labelLines(e)}
	var err error
	if e.path != "" {
		a.path, err = parsePath(e.path)
	}
	if a.path == nil && from == to {
		a.path = selfLoop(pic.nodes[from].box)
	} else if a.path == nil {
		a.path = straight(pic.nodes[from].box, pic.nodes[to].box)
	}
	at, err2 := parsePoints(e.at)
	if len(at) == 1 {
		a.at = at[0]
	} else {
		a.at = beside(a.path, a.label)
	}
	pic.arrows = append(pic.arrows, a)
	if err == nil {
		err = err2
	}
	if err != nil {
		return fmt.Errorf("gen: edge %s to %s: %w", pic.nodes[from].id, pic.nodes[to].id, err)
	}
	return nil
}

// parsePath reads "x,y x,y ...": a start and cubic Bezier triples.
func parsePath(s string) ([]point, error) {
	ps, err := parsePoints(s)
	if err == nil && (len(ps) < 4 || len(ps)%3 != 1) {
		return nil, fmt.Errorf("path %q has %d points, want a start and then triples", s, len(ps))
	}
	return ps, err
}

func parsePoints(s string) ([]point, error) {
	var ps []point
	for _, f := range strings.Fields(s) {
		xs, ys, ok := strings.Cut(f, ",")
		x, err1 := strconv.ParseFloat(xs, 64)
		y, err2 := strconv.ParseFloat(ys, 64)
		if !ok || err1 != nil || err2 != nil {
			return nil, fmt.Errorf("position %q is not x,y", f)
		}
		ps = append(ps, point{x, y})
	}
	return ps, nil
}

// edges lists the diagram's edges, or, when it has none, one for every two
// states between which some row goes.
func edges(p *spec.Program) []edge {
	if len(p.Machine.Diagram.Edges) == 0 {
		return mergedEdges(p)
	}
	var es []edge
	for _, e := range p.Machine.Diagram.Edges {
		es = append(es, edge{
			from: stateIndex(e.From), to: stateIndex(e.To), on: []string{e.On}, do: e.Do, class: e.Class,
			rows: strings.Fields(e.Rows), twin: e.Twin, path: e.Path, at: e.At,
		})
	}
	return es
}

// mergedEdges makes one edge of all rules between two states, labelled with
// their events, in the order of the table. Rules that stay are left out.
func mergedEdges(p *spec.Program) []edge {
	var es []edge
	place := map[[2]int]int{}
	for _, r := range p.Rows {
		for _, from := range r.In {
			if r.To < 0 || r.To == from {
				continue
			}
			key := [2]int{from, r.To}
			i, ok := place[key]
			if !ok {
				i = len(es)
				place[key] = i
				es = append(es, edge{from: from, to: r.To})
			}
			es[i].rows = append(es[i].rows, r.ID)
			for _, on := range r.On {
				es[i].on = appendNew(es[i].on, eventText(p.Machine, on))
			}
		}
	}
	return es
}

func appendNew(list []string, s string) []string {
	for _, l := range list {
		if l == s {
			return list
		}
	}
	return append(list, s)
}

func eventText(m *spec.Machine, event int) string {
	if t := m.Events[event].Text; t != "" {
		return t
	}
	return m.Events[event].Name
}

// labelLines puts the action under the events. More events than a label can
// carry are counted; the tooltip and the table have them all.
func labelLines(e edge) []line {
	const most = 5
	var ls []line
	for i, on := range e.on {
		if i == most-1 && len(e.on) > most {
			ls = append(ls, line{text: fmt.Sprintf("and %d more", len(e.on)-i)})
			break
		}
		ls = append(ls, line{text: on})
	}
	if e.do != "" {
		ls = append(ls, line{text: e.do, action: true})
	}
	return ls
}

// labelBox is the space that a label takes.
func labelBox(ls []line, at point) box {
	w := 0.0
	for _, l := range ls {
		w = max(w, textWidth(l.text, labelSize))
	}
	return centred(at, w, labelLine*float64(len(ls)))
}

// addLegend tells the classes of edges apart if there is more than one.
func (pic *picture) addLegend() {
	l := &legend{}
	var used [3]bool
	for _, a := range pic.arrows {
		used[a.class] = true
		l.actions = l.actions || a.do != ""
	}
	for _, c := range []spec.EdgeClass{spec.Client, spec.Server, spec.Unusual} {
		if used[c] {
			l.classes = append(l.classes, c)
		}
	}
	if len(l.classes) < 2 {
		return
	}
	n := len(l.classes)
	if l.actions {
		n++
	}
	l.w, l.h = 230, float64(n)*24
	l.box = pic.corner(l.box, 0)
	pic.legend = l
}

// classText names a class of edges for people.
func classText(c spec.EdgeClass) string {
	return [...]string{"less usual", "usual path of a client", "usual path of a server"}[c]
}

// addNotes says what is folded, in a free corner.
func (pic *picture) addNotes(folds []spec.Fold) {
	if len(folds) == 0 {
		return
	}
	n := &notes{lines: []noteText{{text: "Not drawn:"}}}
	for _, f := range folds {
		for i, l := range wrap("\u2013 "+f.Note, notesWidth-20, noteSize) {
			n.lines = append(n.lines, noteText{l, float64(min(i, 1)) * 12})
		}
	}
	n.w, n.h = notesWidth, noteLine*float64(len(n.lines))
	n.box = pic.corner(n.box, 2)
	pic.notes = n
}

// corner places b in the first free corner, counted clockwise from the left
// upper one and beginning with number first; if all are taken, the picture
// grows at the bottom.
func (pic *picture) corner(b box, first int) box {
	right, low := pic.w-margin-b.w, pic.h-margin-b.h
	corners := [4]point{{margin, margin}, {right, margin}, {margin, low}, {right, low}}
	for i := range corners {
		at := corners[(first+i)%4]
		b.x, b.y = at.x, at.y
		if pic.free(b.grow(6)) {
			return b
		}
	}
	b.x, b.y = margin, pic.h
	pic.h += b.h + margin
	return b
}

// free reports whether nothing is drawn in b yet.
func (pic *picture) free(b box) bool {
	for _, o := range pic.obstacles() {
		if o.overlaps(b) {
			return false
		}
	}
	for _, a := range pic.arrows {
		for _, p := range samples(a.path, 32) {
			if b.contains(p) {
				return false
			}
		}
	}
	return true
}

// obstacles are the boxes that text must not cover.
func (pic *picture) obstacles() []box {
	var bs []box
	for _, l := range pic.panels {
		bs = append(bs, l.box)
	}
	for _, n := range pic.nodes {
		bs = append(bs, n.box)
	}
	for _, a := range pic.arrows {
		bs = append(bs, labelBox(a.label, a.at))
	}
	if pic.legend != nil {
		bs = append(bs, pic.legend.box)
	}
	return bs
}

// startPath leads to the initial state from a dot above it.
func (pic *picture) startPath() []point {
	n := pic.nodes[0]
	q := point{n.centre().x, n.y}
	p := point{q.x, q.y - startLength}
	return []point{p, mix(p, q, 1./3), mix(p, q, 2./3), q}
}

// tooltip is everything that is known of an arrow.
func (pic *picture) tooltip(a arrow) string {
	s := pic.nodes[a.from].name + " \u2192 " + pic.nodes[a.to].name + ": " + a.text()
	if len(a.rows) > 0 {
		s += " (rows " + strings.Join(a.rows, ", ") + ")"
	}
	return s
}

// text is an edge's label in one line.
func (e edge) text() string {
	s := strings.Join(e.on, ", ")
	if e.do != "" {
		s += " / " + e.do
	}
	return s
}

// helvetica holds the widths of the printable ASCII characters of Helvetica and
// of the fonts made to its measure, in thousandths of the size.
var helvetica = [...]uint16{
	278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
	1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
	333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
	556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
}

// textWidth estimates the width of s in px; a character that isn't ASCII counts
// as wide as its size.
func textWidth(s string, size float64) float64 {
	w := 0
	for _, r := range s {
		if r >= ' ' && int(r-' ') < len(helvetica) {
			w += int(helvetica[r-' '])
		} else {
			w += 1000
		}
	}
	return float64(w) * size / 1000
}

// wrap breaks s at its spaces into lines of at most width px; a word that is
// longer stands alone.
func wrap(s string, width, size float64) []string {
	return wrapBy(s, func(l string) bool { return textWidth(l, size) <= width })
}

// wrapMono breaks s at its spaces into lines of at most n characters.
func wrapMono(s string, n int) []string {
	return wrapBy(s, func(l string) bool { return utf8.RuneCountInString(l) <= n })
}

func wrapBy(s string, fits func(string) bool) []string {
	var lines []string
	for _, word := range strings.Fields(s) {
		last := len(lines) - 1
		if last >= 0 && fits(lines[last]+" "+word) {
			lines[last] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}

// straight is the line between the centres of two boxes, cut at their borders.
func straight(a, b box) []point {
	p, q := border(a, b.centre()), border(b, a.centre())
	return []point{p, mix(p, q, 1./3), mix(p, q, 2./3), q}
}

// border is where the line from the centre of b to a point outside leaves b.
func border(b box, to point) point {
	c := b.centre()
	dx, dy := to.x-c.x, to.y-c.y
	t := 1.0
	if dx != 0 {
		t = min(t, b.w/2/math.Abs(dx))
	}
	if dy != 0 {
		t = min(t, b.h/2/math.Abs(dy))
	}
	return point{c.x + t*dx, c.y + t*dy}
}

func mix(p, q point, t float64) point {
	return point{p.x + t*(q.x-p.x), p.y + t*(q.y-p.y)}
}

// beside places a label next to the middle of a path, on the right of a steep
// one and above a flat one.
func beside(path []point, ls []line) point {
	mid := bezier(path, len(path)/6, 0.5)
	b := labelBox(ls, mid)
	p, q := path[0], path[len(path)-1]
	if math.Abs(q.x-p.x) > math.Abs(q.y-p.y) {
		return point{mid.x, mid.y - b.h/2 - 5}
	}
	return point{mid.x + b.w/2 + 10, mid.y}
}

// bezier is the point at t of the path's piece number i.
func bezier(path []point, i int, t float64) point {
	p := path[3*i:]
	a, b, c := mix(p[0], p[1], t), mix(p[1], p[2], t), mix(p[2], p[3], t)
	return mix(mix(a, b, t), mix(b, c, t), t)
}

// samples are n points along every piece of a path.
func samples(path []point, n int) []point {
	var ps []point
	for i := 0; 3*i+3 < len(path); i++ {
		for k := range n {
			ps = append(ps, bezier(path, i, (float64(k)+0.5)/float64(n)))
		}
	}
	return ps
}

// shorten cuts a path's end by the length of its arrowhead and returns, besides,
// the middle of the head's base. The line goes on a little beyond the base, so
// that no gap shows between the two.
func shorten(path []point, head float64) (short []point, base point) {
	n := len(path)
	tip, before := path[n-1], path[n-2]
	ux, uy := unit(before, tip)
	base = point{tip.x - ux*head, tip.y - uy*head}
	short = append(short, path...)
	d := head - 1
	short[n-1] = point{tip.x - ux*d, tip.y - uy*d}
	short[n-2] = point{before.x - ux*d, before.y - uy*d}
	return short, base
}

// unit is the direction from p to q.
func unit(p, q point) (x, y float64) {
	d := math.Hypot(q.x-p.x, q.y-p.y)
	if d == 0 {
		return 0, 1
	}
	return (q.x - p.x) / d, (q.y - p.y) / d
}

// selfLoop is a small loop at the right side of a box.
func selfLoop(b box) []point {
	c := b.centre()
	x, y := b.x+b.w, b.h/4
	return []point{{x, c.y - y}, {x + loopWidth, c.y - 2*y}, {x + loopWidth, c.y + 2*y}, {x, c.y + y}}
}

// loopWidth is how far the control points of a loop stand out, px; the loop
// itself reaches three quarters of it.
const loopWidth = 40
