package trace

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// The measures of a picture, px. Widths of letters are taken as those of the widest
// of the usual fonts, so that what does not overlap here overlaps nowhere.
const (
	svgMargin  = 14.0
	svgLine    = 14.0 // of text
	textSize   = 11.5
	nameSize   = 11.0 // of a state in its bar
	hostSize   = 12.5
	connSize   = 9.5
	titleSize  = 16.0
	letter     = 0.605 // of a letter's size is its width
	barLeast   = 20.0  // height of a state, so that its name has room
	sideLeast  = 70.0
	sideFair   = 100.0 // the longest word that is not cut
	sideMost   = 150.0
	chanLeast  = 190.0
	chanFair   = 280.0
	chanMost   = 330.0
	chanMany   = 96.0 // at least, of more than two hosts
	sideMany   = 98.0
	labelLeast = 14    // characters: no number is cut
	laneGap    = 4.0   // between lanes without a channel
	stretch    = 320.0 // of a slim bar, from name to name
	chanAlone  = 250.0 // of one host
	twoLanes   = 800.0 // what two hosts should fit into, and more if they can
	usualDrop  = 26.0  // of a segment that takes the usual time
	breakDrop  = 34.0  // of a long time
	leastDrop  = 12.0
	timeDrop   = 13.4   // between times
	namesAgain = 1000.0 // down a picture, those of hosts are repeated
	stopShort  = 0.62   // how far a segment gets that is lost
)

// The measures that depend on how many hosts there are, px. The bars of two have the
// names of states inside; those of more have them beside, and along long stretches.
type measures struct {
	barWidth, barGap float64
	timerGap         float64 // between brackets
	timerFrom        float64 // from the bar to the first
}

var (
	wideLanes = measures{98, 8, 8, 9}
	slimLanes = measures{18, 4, 6, 7}
)

// A point is a place of a picture.
type point struct{ x, y float64 }

// A label is a line of text with the box that it fills. Its anchor is "start",
// "middle" or "end" of the box.
type label struct {
	x, y, w, h   float64 // the upper left corner, and the size
	text         string
	class        string
	anchor, clip string // clip is the whole text, where text is shortened
	upward       bool   // text is turned and read from below
}

func (l *label) overlaps(o *label) bool {
	return l.x < o.x+o.w && o.x < l.x+l.w && l.y < o.y+o.h && o.y < l.y+l.h
}

// widthOf is the width of a text.
func widthOf(s string, size float64) float64 { return float64(columns(s)) * size * letter }

// charsIn is how many characters fit.
func charsIn(room, size float64) int { return int(room / (size * letter)) }

// A mark is what a picture shows of an event.
type mark struct {
	event  int
	class  string
	title  string
	lines  []line
	heads  []line // a triangle at the end of each
	dots   []point
	labels []*label
	panel  *[2]point // the upper left corner and the size of what stands behind the labels
}

type line struct{ from, to point }

// An interrupt is where bars are broken: by a long time, or by the names of hosts.
type interrupt struct {
	y, h  float64
	waved bool
}

// A svgChart is a picture before it is written.
type svgChart struct {
	*chart
	measures
	lanes       []hostLane
	bars        []*bar
	barOf       map[[2]string]*bar
	brackets    map[[3]string]*bracket
	marks       []*mark
	labels      []*label
	ticks       []float64 // where a new time begins
	breaks      []interrupt
	gutter      float64 // width of the times
	w, h        float64
	y           []float64 // of events
	top         float64
	named       float64 // where the names of hosts stand last
	drawn       int
	timerColumn map[[2]string]int
}

// A bracket is a timer that runs.
type bracket struct {
	mark   *mark
	from   float64
	x      float64
	out    float64 // towards the bar
	thick  bool
	lane   int
	closed bool
}

func (c *svgChart) layOut() {
	c.findBars()
	c.findTimers()
	c.placeLanes()
	c.head()
	c.y = make([]float64, len(c.events))
	y := c.top
	for i := 0; i < len(c.events) && y < svgHeight; {
		y = c.instant(i, y)
		next := i
		for next < len(c.events) && c.events[next].Time == c.events[i].Time {
			c.place(next, y)
			next++
		}
		i, c.drawn = next, next
		y = c.bottom()
	}
	c.finish(c.bottom() + 10)
}

const closedState = "CLOSED"

// beside is what is written beside the bar for an event.
func (c *svgChart) beside(ev *Event) string {
	switch ev.Kind {
	case Called, Expired, Crashed, Signaled:
		return doing(ev)
	case Noted:
		if !ev.Failed {
			return ev.Name
		}
	case Started:
		return c.lasts(ev)
	}
	return ""
}

func (c *svgChart) head() {
	y := svgMargin
	for _, s := range fold(cut(plain(c.log.Title), chartTitle, "…"), charsIn(c.w-2*svgMargin, titleSize), "…") {
		c.label(&label{x: svgMargin, y: y, text: s, class: "title", anchor: "start"}, titleSize)
		y += 22
	}
	y += 6
	heading := "time"
	if c.log.Steps {
		heading = "step"
	}
	c.label(&label{x: svgMargin, y: y + 6, text: heading, class: "note", anchor: "start"}, textSize)
	c.hostNames(y + 6)
	c.top = y + 30
	states := c.firstStates()
	for _, b := range c.bars {
		if b.conn == "" {
			b.states = []stateFrom{{states[b.lane], c.top, 0}}
			if !c.many() {
				c.stateName(b, c.top)
			}
		}
	}
	for i := range c.lanes {
		c.lanes[i].cursor = c.top + barLeast
	}
}

func (c *svgChart) hostNames(y float64) {
	for i, host := range c.hosts {
		l := &c.lanes[i]
		name := cut(plain(host), min(chartNameIn, charsIn(max(l.channelRight-l.channelLeft, wideLanes.barWidth), hostSize)), "…")
		c.label(&label{x: (l.channelLeft + l.channelRight) / 2, y: y, text: name, class: "host", anchor: "middle", clip: host}, hostSize)
	}
	c.named = y
}

// label puts a text with its box.
func (c *svgChart) label(l *label, size float64) *label {
	l.w, l.h = widthOf(l.text, size), size*1.15
	switch l.anchor {
	case "middle":
		l.x -= l.w / 2
	case "end":
		l.x -= l.w
	}
	c.labels = append(c.labels, l)
	return l
}

// instant is where the events of a new time begin.
func (c *svgChart) instant(i int, y float64) float64 {
	if i == 0 {
		y = c.top + barLeast
	} else {
		d := c.events[i].Time - c.events[i-1].Time
		if since := y - c.named; since > namesAgain || since > namesAgain*0.7 && c.longGap(d) {
			y = c.remind(i, c.below(y))
		}
		switch {
		case c.longGap(d):
			c.breaks = append(c.breaks, interrupt{y + breakDrop/2 + 1, 6, true})
			c.label(&label{x: svgMargin, y: y + breakDrop/2 - textSize/2 + 1, text: "+" + c.passes(d), class: "note", anchor: "start"}, textSize)
			y += breakDrop + 6
		case c.usual > 0:
			y += timeDrop + usualDrop*min(1, float64(d)/float64(c.usual))/2
		default:
			y += timeDrop
		}
	}
	c.ticks = append(c.ticks, y)
	c.label(&label{x: svgMargin + c.gutter, y: y - textSize/2 - 1, text: c.log.Clock(c.events[i].Time), class: "time", anchor: "end"}, textSize)
	return y
}

// below is where all labels end that reach below y.
func (c *svgChart) below(y float64) float64 {
	for _, l := range c.labels {
		y = max(y, l.y+l.h)
	}
	return y
}

// bottom is below everything that was placed, but for words at the ends of lines.
func (c *svgChart) bottom() float64 {
	y := c.top
	for i := range c.lanes {
		y = max(y, c.lanes[i].cursor)
	}
	return y
}

// place draws event i, not above y.
func (c *svgChart) place(i int, y float64) {
	ev := &c.events[i]
	l := &c.lanes[c.laneOf[ev.Host]]
	if ev.After == "" && (ev.Kind == Signaled || ev.Kind == Started || ev.Kind == Stopped) {
		y = max(y, l.latest)
	} else {
		y = max(y, l.cursor)
	}
	m := &mark{event: i, class: ev.Kind.String(), title: c.tooltip(i)}
	c.marks = append(c.marks, m)
	switch ev.Kind {
	case Departed:
		y = c.departs(m, y)
	case Arrived:
		y = c.arrives(m, y)
	case Lost:
		y = c.loses(m, y)
	case Started:
		c.starts(m, max(y, l.latest))
	case Stopped:
		c.stops(m, max(y, l.latest))
	default:
		y = c.happens(m, y)
	}
	c.y[i] = y
	l.latest = max(l.latest, y)
	l.cursor = max(l.cursor, y+4)
	if ev.After != "" {
		c.state(m, y)
	}
}

// state lets a bar go on in another state.
func (c *svgChart) state(m *mark, y float64) {
	ev := &c.events[m.event]
	b := c.barOf[[2]string{ev.Host, ev.Conn}]
	l := &c.lanes[b.lane]
	n := len(b.states)
	if n == 0 || b.states[n-1].name != ev.After {
		if n > 0 {
			b.states[n-1].to = y
		}
		b.states = append(b.states, stateFrom{ev.After, y, 0})
		if n == 0 && b.conn != "" && !c.many() {
			room := charsIn(c.barWidth, connSize)
			c.label(&label{x: c.barX(b) + c.barWidth/2, y: y + 3, text: cut(plain(b.conn), room, "…"), class: "conn", anchor: "middle", clip: b.conn}, connSize)
			y += 12
		}
		if c.many() {
			c.sideLine(m, c.connected(ev, ev.After, "…"), "name", y)
		} else {
			c.stateName(b, y)
		}
		l.cursor = max(l.cursor, y+barLeast)
	}
	b.end = max(b.end, y+barLeast)
}

func (c *svgChart) stateName(b *bar, y float64) {
	name := b.states[len(b.states)-1].name
	room := charsIn(c.barWidth-6, nameSize)
	c.label(&label{x: c.barX(b) + c.barWidth/2, y: y + 4, text: cut(plain(name), room, "…"), class: "name", anchor: "middle", clip: name}, nameSize)
}

// happens writes beside the bar.
func (c *svgChart) happens(m *mark, y float64) float64 {
	ev := &c.events[m.event]
	if ev.Failed {
		return c.finding(m, y)
	}
	text := c.beside(ev)
	if ev.Kind != Signaled {
		text = c.connected(ev, text, "…")
	}
	c.sideText(m, text, y)
	c.tickAt(m, y)
	switch ev.Kind {
	case Expired:
		c.expires(m, y)
	case Crashed:
		for key := range c.brackets {
			if key[0] == ev.Host {
				c.closeBracket(key, y)
			}
		}
	}
	return y
}

// sideText writes lines beside a lane, as near to y as there is room.
func (c *svgChart) sideText(m *mark, text string, y float64) { c.sideLine(m, text, "side", y) }

func (c *svgChart) sideLine(m *mark, text, class string, y float64) {
	l := &c.lanes[c.laneOf[c.events[m.event].Host]]
	at := label{x: l.side, anchor: "start"}
	if !l.right {
		at = label{x: l.side + l.sideWidth, anchor: "end"}
	}
	at.class = class
	at.y = y - textSize/2 - 1
	for _, s := range fold(plain(text), charsIn(l.sideWidth, textSize), "…") {
		one := at
		one.text = s
		placed := c.free(&one)
		m.labels = append(m.labels, placed)
		at.y = placed.y + svgLine
		l.cursor = max(l.cursor, placed.y+svgLine+textSize/2)
	}
}

// tickAt joins an event to its bar.
func (c *svgChart) tickAt(m *mark, y float64) {
	ev := &c.events[m.event]
	b := c.barOf[[2]string{ev.Host, ev.Conn}]
	l := &c.lanes[b.lane]
	x := c.barX(b)
	if l.right {
		m.lines = append(m.lines, line{point{x + c.barWidth, y}, point{l.side - 3, y}})
	} else {
		m.lines = append(m.lines, line{point{l.side + l.sideWidth + 3, y}, point{x, y}})
	}
}

// finding writes a failed expectation over the whole width, below everything, and
// returns where it ends.
func (c *svgChart) finding(m *mark, y float64) float64 {
	y = max(c.bottom()+22, y)
	x := svgMargin + c.gutter + 22
	top := y - 6
	for _, s := range fold(plain(failure(&c.events[m.event])), charsIn(c.w-x-2*svgMargin, textSize), "…") {
		placed := c.free(&label{x: x, y: y, text: s, class: "failed", anchor: "start"})
		m.labels = append(m.labels, placed)
		y = placed.y + svgLine
	}
	m.panel = &[2]point{{x - 10, top}, {c.w - svgMargin - x + 10, y + 4 - top}}
	for i := range c.lanes {
		c.lanes[i].cursor = y + 12
	}
	return y + 8
}

// free moves a label down to where nothing is written.
func (c *svgChart) free(l *label) *label {
	c.label(l, textSize)
	c.labels = c.labels[:len(c.labels)-1]
	for again := true; again; {
		again = false
		for k := len(c.labels) - 1; k >= 0 && k >= len(c.labels)-200; k-- {
			if o := c.labels[k]; l.overlaps(o) {
				l.y, again = o.y+o.h+0.5, true
			}
		}
	}
	c.labels = append(c.labels, l)
	return l
}

// starts begins a bracket.
func (c *svgChart) starts(m *mark, y float64) {
	ev := &c.events[m.event]
	key := [3]string{ev.Host, ev.Conn, ev.Name}
	c.closeBracket(key, y-1.5)
	lane := c.laneOf[ev.Host]
	l := &c.lanes[lane]
	column := float64(c.timerColumn[[2]string{ev.Host, ev.Name}])*c.timerGap + c.timerFrom
	b := &bracket{mark: m, from: y + 1.5, x: l.channelLeft - column, out: 5, lane: lane, thick: ev.Name == twoMSL}
	if l.right {
		b.x, b.out = l.channelRight+column, -5
	}
	c.brackets[key] = b
	if b.thick {
		m.class += " timewait"
	}
	c.sideText(m, c.lasts(ev), y)
}

// stops ends a bracket; of one that has ended, it is a tick.
func (c *svgChart) stops(m *mark, y float64) {
	ev := &c.events[m.event]
	l := &c.lanes[c.laneOf[ev.Host]]
	x := l.channelLeft - 5
	if b := c.brackets[[3]string{ev.Host, ev.Conn, ev.Name}]; b != nil {
		x = b.x
	} else if l.right {
		x = l.channelRight + 5
	}
	c.closeBracket([3]string{ev.Host, ev.Conn, ev.Name}, y)
	m.lines = append(m.lines, line{point{x - 3, y}, point{x + 3, y}})
}

func (c *svgChart) expires(m *mark, y float64) {
	ev := &c.events[m.event]
	key := [3]string{ev.Host, ev.Conn, ev.Name}
	if b := c.brackets[key]; b != nil {
		m.dots = append(m.dots, point{b.x, y})
		c.closeBracket(key, y)
	}
}

// closeBracket draws a bracket whose end is known. Where it has ended it is kept, so
// that what stops it once more finds its place.
func (c *svgChart) closeBracket(key [3]string, y float64) {
	b := c.brackets[key]
	if b == nil || b.closed {
		return
	}
	b.closed = true
	y = max(y, b.from+4)
	b.mark.lines = append(b.mark.lines, line{point{b.x + b.out, b.from}, point{b.x, b.from}}, line{point{b.x, b.from}, point{b.x, y}}, line{point{b.x, y}, point{b.x + b.out, y}})
}

// finish ends what goes on at the end of the log.
func (c *svgChart) finish(y float64) {
	for _, m := range c.marks {
		if f := c.flights[m.event]; c.events[m.event].Kind == Departed && len(f.ends) > 0 && f.ends[0] >= c.drawn {
			right := c.direction(&c.events[m.event])
			start := point{c.edge(m.event, right), c.y[m.event]}
			y = max(y, c.stopsShort(m, start, start.y+leastDrop, right, "…", "way")+14)
		}
	}
	keys := make([][3]string, 0, len(c.brackets))
	for key := range c.brackets {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b [3]string) int { return slices.Compare(a[:], b[:]) })
	for _, key := range keys {
		c.closeBracket(key, y)
	}
	for _, b := range c.bars {
		if n := len(b.states); n > 0 {
			if b.last >= c.drawn || b.conn == "" {
				b.end = y
			}
			b.states[n-1].to = max(b.end, b.states[n-1].y+barLeast)
			y = max(y, b.states[n-1].to)
		}
	}
	c.clearLabels()
	if c.many() {
		c.nameStretches()
	}
	c.h = y + svgMargin
	if err := c.limited(c.drawn); err != nil {
		c.label(&label{x: svgMargin, y: y + 8, text: cut(strings.TrimPrefix(err.Error(), "trace: "), charsIn(c.w-2*svgMargin, textSize), "…"), class: "failed", anchor: "start"}, textSize)
		c.h += 26
	}
}

// tooltip says all that is known of an event.
func (c *svgChart) tooltip(i int) string {
	ev := &c.events[i]
	parts := []string{c.log.Clock(ev.Time), ev.Host + " " + ev.Kind.String()}
	if c.log.Steps {
		parts[0] = "step " + parts[0]
	}
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, strings.TrimSpace(name+" "+value))
		}
	}
	add("", doing(ev))
	if c.flights[i] != nil {
		add("", ev.Segment.String())
		add("packet", fmt.Sprint(ev.Packet))
		add("peer", ev.Peer)
	}
	if ev.Kind == Started || ev.Kind == Stopped {
		add("", c.lasts(ev))
	}
	if ev.Until > 0 && !c.log.Steps {
		add("until", FormatTime(ev.Until))
	}
	add("connection", ev.Conn)
	add("", c.becomes(ev))
	add("row", ev.Row)
	return strings.Join(parts, "; ")
}

func (c *svgChart) becomes(ev *Event) string {
	if ev.Before != ev.After && ev.Before != "" && ev.After != "" {
		return ev.Before + " → " + ev.After
	}
	return cmp.Or(ev.After, ev.Before)
}
