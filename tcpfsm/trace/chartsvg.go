package trace

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// SVG draws a log as a picture that stands alone: a bar of states for each
// connection, time from top to bottom, segments that slope as long as they take,
// timers as brackets, that of TIME-WAIT thick and with its length. Time in which
// nothing happens is a break in the bars with its length beside it. The tooltip
// of each mark tells the whole event with the row of the table that fired. Of a
// log that is too long it draws the beginning, with a [LimitError].
func (l *Log) SVG() ([]byte, error) {
	c, err := newSVGChart(l)
	if err != nil {
		return nil, err
	}
	return c.svg(), c.limited(c.drawn)
}

func newSVGChart(l *Log) (*svgChart, error) {
	c, err := newChart(l, svgEvents)
	if err != nil {
		return nil, err
	}
	s := &svgChart{chart: c}
	s.layOut()
	return s, nil
}

// chartStyle is of the family of the state diagram: its fonts and its colours, which
// are those of Okabe and Ito; classes differ in dash or width as well.
const chartStyle = `.seq text{font-family:Helvetica,Arial,"Liberation Sans",sans-serif;font-size:11.5px;fill:#1c1c1c}
.seq .card{fill:#ffffff}
.seq .title{font-weight:bold;font-size:16px}
.seq .host{font-weight:bold;font-size:12.5px}
.seq .time,.seq .note{fill:#5a5a5a}
.seq .segment{font-family:Menlo,Consolas,"Liberation Mono","DejaVu Sans Mono",monospace;font-size:11.2px}
.seq .segment,.seq .side,.seq .lost,.seq .way{paint-order:stroke;stroke:#ffffff;stroke-width:3px;stroke-linejoin:round}
.seq .name{font-weight:bold;font-size:11px}
.seq .along{font-size:11px}
.seq .conn{font-size:9.5px;fill:#5a5a5a}
.seq .box{fill:#f6f6f6;stroke:#767676;stroke-width:1}
.seq .goal{fill:#e3f4ea;stroke:#007a53;stroke-width:1.6}
.seq .active{fill:#e3eff8;stroke:#0072b2}
.seq .passive{fill:#fde9db;stroke:#d55e00}
.seq .wait{fill:#bcdcf2;stroke:#0072b2;stroke-width:1.6}
.seq .terminal{fill:none;stroke:#a0a0a0;stroke-dasharray:3 3}
.seq .line{fill:none;stroke:#3a3a3a;stroke-width:1.4}
.seq .head{fill:#3a3a3a}
.seq .hit{fill:none;stroke:#000000;stroke-opacity:0;stroke-width:10}
.seq .tick .line,.seq .started .line,.seq .stopped .line{stroke:#767676;stroke-width:1}
.seq .called .line,.seq .expired .line,.seq .noted .line,.seq .signaled .line,.seq .crashed .line{stroke:#a0a0a0;stroke-width:.8;stroke-dasharray:2 2}
.seq .timewait .line{stroke:#0072b2;stroke-width:3}
.seq .signaled .side{font-style:italic;fill:#5a5a5a}
.seq .again .line{stroke-dasharray:6 3}
.seq .forged .line{stroke-dasharray:2 3;stroke:#d55e00}
.seq .departed.line{stroke-dasharray:1 3}
.seq .loss .line{stroke:#d55e00;stroke-width:1.8}
.seq .lost,.seq .failed{fill:#a84b00;font-weight:bold}
.seq .crashed .side{fill:#a84b00;font-weight:bold}
.seq .started .side{fill:#5a5a5a}
.seq .timewait .side{fill:#005a8c;font-weight:bold}
.seq .panel{stroke:#d55e00;stroke-width:1.2}
.seq .guide{stroke:#ececec;stroke-width:1}
.seq .break{fill:#ffffff}
.seq .zigzag{fill:none;stroke:#767676;stroke-width:1}
@media (prefers-color-scheme:dark){
.seq text{fill:#ececec}
.seq .card,.seq .break{fill:#16191d}
.seq .time,.seq .note,.seq .conn,.seq .signaled .side,.seq .started .side{fill:#b9b9b9}
.seq .panel{stroke:#f0a050}
.seq .segment,.seq .side,.seq .lost,.seq .way{stroke:#16191d}
.seq .box{fill:#23272d;stroke:#a0a0a0}
.seq .goal{fill:#10382a;stroke:#2fc08c}
.seq .active{fill:#12324a;stroke:#56b4e9}
.seq .passive{fill:#4a2a12;stroke:#f0a050}
.seq .wait{fill:#1c5279;stroke:#56b4e9}
.seq .terminal{fill:none;stroke:#767676}
.seq .line{stroke:#c4c4c4}
.seq .head{fill:#c4c4c4}
.seq .timewait .line{stroke:#56b4e9}
.seq .timewait .side{fill:#8fd0f7}
.seq .forged .line,.seq .loss .line{stroke:#f0a050}
.seq .lost,.seq .failed,.seq .crashed .side{fill:#ffc48a}
.seq .guide{stroke:#23272d}
.seq .zigzag{stroke:#a0a0a0}
}
`

// stateClasses are the styles of the state diagram, where the states have one.
var stateClasses = map[string]string{
	closedState: "terminal", "ESTABLISHED": "goal", "FIN-WAIT-1": "active", "FIN-WAIT-2": "active",
	"CLOSING": "active", "TIME-WAIT": "wait", "CLOSE-WAIT": "passive", "LAST-ACK": "passive", "": "terminal",
}

type chartWriter struct{ bytes.Buffer }

func (w *chartWriter) printf(format string, args ...any) { fmt.Fprintf(w, format, args...) }

func (c *svgChart) svg() []byte {
	w := &chartWriter{}
	title := xmlText(c.log.Title)
	w.printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"seq\" width=\"%s\" height=\"%s\" viewBox=\"0 0 %[1]s %[2]s\" role=\"img\" aria-label=\"%[3]s\">\n",
		px(c.w), px(c.h), title)
	w.printf("<title>%s</title>\n<desc>%s</desc>\n<style>\n%s</style>\n", title, xmlText(c.summary()), chartStyle)
	w.printf("<rect class=\"card\" width=\"%s\" height=\"%s\" rx=\"12\"/>\n", px(c.w), px(c.h))
	for _, y := range c.ticks {
		w.printf("<path class=\"guide\" d=\"M%s,%s H%s\"/>\n", px(svgMargin+c.gutter+6), px(y), px(c.w-svgMargin))
	}
	for _, b := range c.bars {
		c.bar(w, b)
	}
	for _, k := range c.breaks {
		c.interruption(w, k)
	}
	inMarks := map[*label]bool{}
	for _, m := range c.marks {
		c.mark(w, m)
		for _, l := range m.labels {
			inMarks[l] = true
		}
	}
	for _, m := range c.marks {
		w.printf("<g class=\"%s\">\n<title>%s</title>\n", m.style(&c.events[m.event]), xmlText(m.title))
		if m.panel != nil {
			w.printf("<rect class=\"card panel\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"6\"/>\n", px(m.panel[0].x), px(m.panel[0].y), px(m.panel[1].x), px(m.panel[1].y))
		}
		for _, l := range m.labels {
			w.label(l)
		}
		w.WriteString("</g>\n")
	}
	for _, l := range c.labels {
		if !inMarks[l] {
			w.label(l)
		}
	}
	w.WriteString("</svg>\n")
	return w.Bytes()
}

// summary tells those who hear the picture what it shows.
func (c *svgChart) summary() string {
	var s []string
	for i := range c.drawn {
		if ev := &c.events[i]; ev.Kind == Arrived || ev.Kind == Lost || ev.Before != ev.After {
			s = append(s, c.tooltip(i))
		}
	}
	return strings.Join(s[:min(len(s), 200)], ". ")
}

func (c *svgChart) bar(w *chartWriter, b *bar) {
	x := c.barX(b)
	for _, s := range b.states {
		class := stateClasses[s.name]
		w.printf("<rect class=\"box %s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\"/>\n", class, px(x), px(s.y), px(c.barWidth), px(max(s.to-s.y, 1)))
	}
}

// interruption draws a break through all bars.
func (c *svgChart) interruption(w *chartWriter, k interrupt) {
	for _, b := range c.bars {
		n := len(b.states)
		if n == 0 || b.states[0].y > k.y || b.states[n-1].to < k.y {
			continue
		}
		x := c.barX(b) - 3
		w.printf("<rect class=\"break\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\"/>\n", px(x), px(k.y-k.h/2), px(c.barWidth+6), px(k.h))
		if !k.waved {
			continue
		}
		for _, dy := range []float64{-3, 3} {
			w.printf("<path class=\"zigzag\" d=\"M%s,%s", px(x), px(k.y+dy))
			for i := range int(c.barWidth+6) / 8 {
				w.printf(" l8,%s", []string{"-3", "3"}[i%2])
			}
			w.WriteString("\"/>\n")
		}
	}
}

// style is the classes of a mark.
func (m *mark) style(ev *Event) string {
	s := "ev " + m.class
	if ev.Forged {
		s += " forged"
	}
	if ev.Kind == Lost {
		s += " loss"
	}
	return s
}

// mark draws the lines of an event; labels are drawn over all lines.
func (c *svgChart) mark(w *chartWriter, m *mark) {
	if len(m.lines)+len(m.heads)+len(m.dots) == 0 {
		return
	}
	w.printf("<g class=\"%s\" data-event=\"%d\">\n<title>%s</title>\n", strings.TrimPrefix(m.style(&c.events[m.event]), "ev "), m.event, xmlText(m.title))
	for _, l := range m.lines {
		w.line(l)
	}
	for _, l := range m.heads {
		w.arrow(l)
	}
	for _, p := range m.dots {
		w.printf("<circle class=\"head\" cx=\"%s\" cy=\"%s\" r=\"2.6\"/>\n", px(p.x), px(p.y))
	}
	w.WriteString("</g>\n")
}

func (w *chartWriter) line(l line) {
	w.printf("<path class=\"line\" d=\"M%s,%s L%s,%s\"/>\n", px(l.from.x), px(l.from.y), px(l.to.x), px(l.to.y))
}

// arrow draws a line with a head. A wide invisible stroke lies over it, for nobody
// can hold the pointer on a thin line.
func (w *chartWriter) arrow(l line) {
	const length, half = 9.0, 3.6
	dx, dy := l.to.x-l.from.x, l.to.y-l.from.y
	n := max(math.Hypot(dx, dy), 1)
	ux, uy := dx/n, dy/n
	base := point{l.to.x - ux*length, l.to.y - uy*length}
	w.line(line{l.from, base})
	w.printf("<path class=\"head\" d=\"M%s,%s L%s,%s L%s,%sZ\"/>\n", px(l.to.x), px(l.to.y),
		px(base.x-uy*half), px(base.y+ux*half), px(base.x+uy*half), px(base.y-ux*half))
	w.printf("<path class=\"hit\" d=\"M%s,%s L%s,%s\"/>\n", px(l.from.x), px(l.from.y), px(l.to.x), px(l.to.y))
}

func (w *chartWriter) label(l *label) {
	x, y, turn := l.x, l.y+l.h*0.8, ""
	switch l.anchor {
	case "middle":
		x += l.w / 2
	case "end":
		x += l.w
	}
	text := xmlText(l.text)
	if l.clip != "" && l.clip != l.text {
		text = "<title>" + xmlText(l.clip) + "</title>" + text
	}
	if l.upward {
		x, y = l.x+l.w*0.8, l.y+l.h/2
		turn = fmt.Sprintf(" transform=\"rotate(-90 %s %s)\"", px(x), px(y))
	}
	w.printf("<text class=\"%s\" text-anchor=\"%s\" x=\"%s\" y=\"%s\"%s>%s</text>\n", l.class, l.anchor, px(x), px(y), turn, text)
}

// px prints tenths and no more, so that equal pictures are equal bytes everywhere.
func px(f float64) string {
	s := strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
	if s == "-0" {
		return "0"
	}
	return s
}

var xmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

// xmlText makes any text safe in XML.
func xmlText(s string) string { return xmlEscaper.Replace(plain(s)) }
