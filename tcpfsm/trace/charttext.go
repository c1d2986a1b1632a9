package trace

import (
	"strconv"
	"strings"
	"time"
)

// TextOptions say how a chart is written as text.
type TextOptions struct {
	Width int  // columns; 0 is 100, and a chart is never narrower than its lanes need
	ASCII bool // no characters but those of ASCII
	Color bool // with the escape sequences of terminals; colour alone says nothing
}

// The measures of a chart as text, columns.
const (
	textWidth  = 100
	narrowest  = 40
	rowColumn  = 22 // for ids of rows, if the chart is wide enough; longer ones have
	rowMost    = 32 // more, up to this
	rowsFrom   = 80
	lastLane   = 24 // for what is written right of the last lane
	laneLeast  = 18
	namesAfter = 60 // lines, those of hosts are repeated
	arrowFrame = 8  // of what a label leaves for the ends of its arrow,
	halfFrame  = 12 // of an arrow that does not arrive on its line,
	lostFrame  = 15 // and of one that never does
)

var (
	unicodeGlyphs = glyphs{'│', '║', '├', '┤', '─', '▶', '◀', '✕', '⋮', "→", "···", "…", " · "}
	asciiGlyphs   = glyphs{'|', '#', '|', '|', '-', '>', '<', 'X', ':', "->", "...", "~", "; "}
)

// Text draws a log as a sequence chart in text: a lane for each host, time from top
// to bottom, and the row of the table that fired at the right. A segment is one
// arrow where nothing else happens while it is on its way; otherwise it departs
// and arrives on lines of their own, and a number tells which is which. While the
// 2MSL timer of a host runs, its lane is a double line. Of a log that is too long
// it draws the beginning, with a [LimitError].
func (l *Log) Text(o TextOptions) (string, error) {
	c, err := newChart(l, textEvents)
	if err != nil {
		return "", err
	}
	t := newTextChart(c, o)
	t.head()
	for i := 0; i < len(c.events); {
		t.passed(i)
		i = t.draw(i)
	}
	err = c.limited(len(c.events))
	t.foot(err)
	return t.b.String(), err
}

type textChart struct {
	*chart
	o       TextOptions
	g       glyphs
	x       []int // of the lifelines, and the end of the last lane
	rowWide int   // of the column of rows
	rows    int   // where the ids of rows stand; 0 if they stand in the text
	line    []cell
	waiting []map[string]bool // connections of each host whose 2MSL timer runs
	waited  bool
	clocked time.Duration // the time that was written last
	lines   int           // since the names of hosts
	b       strings.Builder
}

const (
	ordinary style = ""
	bold     style = "1"
	faint    style = "2"
	alarming style = "1;31"
)

func newTextChart(c *chart, o TextOptions) *textChart {
	t := &textChart{chart: c, o: o, g: unicodeGlyphs, clocked: -1}
	if o.ASCII {
		t.g = asciiGlyphs
	}
	width := o.Width
	if width <= 0 {
		width = textWidth
	}
	width = max(width, narrowest)
	for range c.hosts {
		t.waiting = append(t.waiting, map[string]bool{})
	}
	t.layOut(width)
	return t
}

// layOut finds where the lanes stand.
func (t *textChart) layOut(width int) {
	first := columns("time") + 2
	t.rowWide = rowColumn
	named := false
	for i := range t.events {
		named = named || t.events[i].Row != ""
		first = max(first, columns(t.log.Clock(t.events[i].Time))+2)
		t.rowWide = max(t.rowWide, min(columns(t.events[i].Row)+2, rowMost))
	}
	end := width
	if named = named && width >= rowsFrom; named {
		end -= t.rowWide
	}
	n := max(len(t.hosts), 1)
	last := min(max(lastLane, end/4), (end-first)/n)
	lane := laneLeast
	if n > 1 {
		lane = max(laneLeast, (end-first-last)/(n-1))
	}
	for i := range n {
		t.x = append(t.x, first+i*lane)
	}
	t.x = append(t.x, max(end, t.x[n-1]+laneLeast))
	if n == 1 {
		t.x[1] = end
	}
	if named {
		t.rows = t.x[n] + 1
	}
}

func (t *textChart) head() {
	if title := t.clean(t.log.Title); title != "" {
		for _, line := range fold(cut(title, chartTitle, t.g.cut), max(t.x[len(t.x)-1], narrowest), t.g.cut) {
			t.put(0, line, bold)
			t.flush()
		}
		t.flush()
	}
	if t.log.Steps {
		t.put(0, "step", faint)
	} else {
		t.put(0, "time", faint)
	}
	for i, host := range t.hosts {
		t.put(t.x[i], cut(t.clean(host), t.x[i+1]-t.x[i]-2, t.g.cut), bold)
	}
	if t.rows > 0 {
		t.put(t.rows, "row", faint)
	}
	t.flush()
	t.initial()
	t.lines = 0
}

// initial writes the states in which hosts begin.
func (t *textChart) initial() {
	states := t.firstStates()
	if strings.Join(states, "") == "" {
		return
	}
	t.lifelines()
	for i, state := range states {
		t.put(t.x[i]+2, cut(t.clean(state), t.x[i+1]-t.x[i]-3, t.g.cut), bold)
	}
	t.flush()
}

func (t *textChart) foot(err error) {
	if t.waited {
		t.flush()
		t.put(0, string(t.g.timeWait)+" the 2MSL timer runs", faint)
		t.flush()
	}
	if err != nil {
		t.put(0, strings.TrimPrefix(err.Error(), "trace: "), alarming)
		t.flush()
	}
}

// passed draws a break where much time passes before event i, and the names of hosts
// again where they have gone from the screen.
func (t *textChart) passed(i int) {
	if i == 0 {
		return
	}
	d := t.events[i].Time - t.events[i-1].Time
	if d > 0 && t.lines > namesAfter {
		t.lifelines()
		for i, host := range t.hosts {
			t.put(t.x[i]+2, cut(t.clean(host), t.x[i+1]-t.x[i]-3, t.g.cut), bold)
		}
		t.flush()
		t.lines = 0
	}
	if !t.longGap(d) {
		return
	}
	t.lifelines()
	for lane := range t.hosts {
		if len(t.waiting[lane]) == 0 {
			t.set(t.x[lane], t.g.gap, faint)
		}
	}
	t.put(t.x[0]+2, t.passes(d)+" later", faint)
	t.flush()
}

// draw writes event i and those that are told together with it, and returns the next.
func (t *textChart) draw(i int) int {
	switch t.events[i].Kind {
	case Departed:
		return t.departure(i)
	case Lost:
		t.loss(i)
		return i + 1
	case Arrived:
		t.arrival(i)
	}
	return t.tell(i)
}

// departure draws the arrow of a segment; of one that arrives, or is lost, at once,
// the whole of it.
func (t *textChart) departure(i int) int {
	ev := &t.events[i]
	label := t.connected(ev, t.segments[i], t.g.cut)
	to, known := t.laneOf[ev.Peer]
	from := t.laneOf[ev.Host]
	switch {
	case !known || to == from:
		t.local(i, label+" "+t.g.arrow+" "+ev.Peer)
	case i+1 < len(t.events) && t.direct(i+1) && t.events[i+1].Kind == Lost:
		t.way(i, arrow{from: from, to: to, label: label, out: true, lost: true})
		return i + 2
	case i+1 < len(t.events) && t.direct(i+1):
		t.way(i, arrow{from: from, to: to, label: label, out: true, in: true})
	default:
		t.way(i, arrow{from: from, to: to, label: t.numbered(i, label), out: true})
	}
	return i + 1
}

// numbered puts the number of a segment before its label.
func (t *textChart) numbered(i int, label string) string {
	if n := t.flights[i].number; n > 0 {
		return "(" + strconv.Itoa(n) + ") " + label
	}
	return label
}

func (t *textChart) loss(i int) {
	ev := &t.events[i]
	to, known := t.laneOf[ev.Peer]
	if from := t.laneOf[ev.Host]; known && to != from {
		t.way(i, arrow{from: from, to: to, label: t.numbered(i, ev.Segment.Flags), out: true, lost: true})
		return
	}
	t.local(i, t.numbered(i, ev.Segment.Flags)+" "+string(t.g.gone)+" lost")
}

// arrival draws the end of an arrow, unless the whole was drawn.
func (t *textChart) arrival(i int) {
	ev := &t.events[i]
	from, known := t.laneOf[ev.Peer]
	to := t.laneOf[ev.Host]
	if known && t.direct(i) && from != to {
		return
	}
	label := t.segments[i]
	if label == "" {
		label = ev.Segment.Flags
	}
	label = t.numbered(i, label)
	if !known || from == to {
		t.local(i, label+" from "+ev.Peer)
		return
	}
	t.way(i, arrow{from: from, to: to, label: label, in: true})
}

// An arrow is the way of a segment, or one end of it.
type arrow struct {
	from, to      int
	label         string
	out, in, lost bool
}

// way draws an arrow on a line, with as much of its label as there is room for, and
// the rest on lines below.
func (t *textChart) way(i int, a arrow) {
	near := a.from
	if !a.out {
		near = a.to
	}
	room := t.channel(a) - halfFrame
	switch {
	case a.lost:
		room = t.channel(a) - lostFrame
	case a.in && a.out:
		room = t.channel(a) - arrowFrame
	}
	labels := foldRest(t.clean(a.label), max(room, 4), max(t.channel(a)-4, 4), t.g.cut)
	for k, label := range labels {
		t.lifelines()
		if k == 0 {
			t.time(i)
			t.arrow(a, label)
		} else {
			t.below(a, near, label)
		}
		t.flush()
	}
}

// channel is the width between the two ends.
func (t *textChart) channel(a arrow) int { return max(t.x[a.to]-t.x[a.from], t.x[a.from]-t.x[a.to]) }

// below writes a further line of a label, under its first one.
func (t *textChart) below(a arrow, near int, label string) {
	if (near == a.from) == (a.from < a.to) {
		t.put(t.x[near]+4, label, ordinary)
	} else {
		t.put(t.x[near]-3-columns(label), label, ordinary)
	}
}

// arrow draws on the present line.
func (t *textChart) arrow(a arrow, label string) {
	x0, x1 := t.x[a.from], t.x[a.to]
	text := " " + label + " "
	n := columns(text)
	step, end, head := 1, t.g.out, t.g.right
	if x1 < x0 {
		step, end, head = -1, t.g.in, t.g.left
	}
	at := func(from, k int) int { return from + step*k }
	place := func(from, k int) { // a label that begins k columns from there, in the arrow's direction
		if step > 0 {
			t.put(from+k, text, ordinary)
		} else {
			t.put(from-k-n+1, text, ordinary)
		}
	}
	switch {
	case a.out && a.in:
		for k := 1; k < (x1-x0)*step-1; k++ {
			t.set(at(x0, k), t.g.line, ordinary)
		}
		t.set(at(x1, -1), head, ordinary)
		place(x0, 3)
	case a.out:
		for k := 1; k < n+5; k++ {
			t.set(at(x0, k), t.g.line, ordinary)
		}
		place(x0, 3)
		t.tail(a, at(x0, n+5), step)
	default:
		for k := 1; k < n+5; k++ {
			t.set(at(x1, -k), t.g.line, ordinary)
		}
		t.set(at(x1, -1), head, ordinary)
		place(x1, -n-2)
		t.dots(at(x1, -n-5), -step)
	}
	if a.out {
		t.set(x0, end, ordinary)
	}
}

// tail ends an arrow that does not arrive on this line.
func (t *textChart) tail(a arrow, x, step int) {
	if !a.lost {
		t.dots(x, step)
		return
	}
	t.set(x, t.g.gone, alarming)
	if step > 0 {
		t.put(x+2, "lost", alarming)
	} else {
		t.put(x-5, "lost", alarming)
	}
}

func (t *textChart) dots(x, step int) {
	for k, r := range []rune(t.g.more) {
		t.set(x+k*step, r, ordinary)
	}
}

// tell writes what happens at a host with event i, and what follows from it, and
// returns the next event.
func (t *textChart) tell(i int) int {
	first, ev := i, &t.events[i]
	follows := aftermath{chart: t.chart}
	if ev.Kind == Expired {
		follows.expired = ev.Name
	}
	if ev.Kind == Started || ev.Kind == Stopped || ev.Kind == Signaled {
		follows.add(t, ev)
	} else if text := t.headline(ev); text+ev.Row != "" || ev.Kind != Arrived {
		t.local(first, t.connected(ev, text, t.g.cut))
	}
	for i++; i < len(t.events) && t.follows(i); i++ {
		follows.add(t, &t.events[i])
	}
	if text := follows.text(t.g.and); text != "" {
		t.aside(first, text)
	}
	return i
}

// headline is what happens, and the state it leads to, or leaves.
func (t *textChart) headline(ev *Event) string {
	what := doing(ev)
	switch {
	case ev.After != "" && ev.Before != ev.After:
		return what + " " + t.g.arrow + " " + ev.After
	case ev.Kind == Arrived:
		return ev.After
	}
	return what
}

// An aftermath is what an event has led to, besides a state and segments.
type aftermath struct {
	*chart
	told, started, stopped []string

	expired string // a timer that has expired has stopped, which nobody needs to read
}

func (f *aftermath) add(t *textChart, ev *Event) {
	waiting := t.waiting[t.laneOf[ev.Host]]
	switch ev.Kind {
	case Signaled:
		f.told = append(f.told, ev.Name)
	case Started:
		f.started = append(f.started, f.lasts(ev))
		if ev.Name == twoMSL {
			waiting[ev.Conn], t.waited = true, true
		}
	case Stopped:
		if ev.Name != f.expired || len(f.started) > 0 {
			f.stopped = append(f.stopped, timerText(ev.Name))
		}
		if ev.Name == twoMSL {
			delete(waiting, ev.Conn)
		}
	}
}

func (f *aftermath) text(and string) string {
	var parts []string
	for _, p := range []struct {
		verb  string
		names []string
	}{{"told: ", f.told}, {"stop ", f.stopped}, {"start ", f.started}} {
		if len(p.names) > 0 {
			parts = append(parts, p.verb+strings.Join(p.names, ", "))
		}
	}
	return strings.Join(parts, and)
}

// local writes a text beside the lane of event i, with its row.
func (t *textChart) local(i int, text string) {
	ev := &t.events[i]
	lane := t.laneOf[ev.Host]
	if t.rows == 0 && ev.Row != "" {
		text += " [" + ev.Row + "]"
	}
	st := ordinary
	switch {
	case ev.Failed:
		st = alarming
	case ev.Before != ev.After:
		st = bold
	}
	t.beside(i, text, st)
	if ev.Kind == Expired && ev.Name == twoMSL || ev.Kind == Crashed {
		delete(t.waiting[lane], ev.Conn)
	}
}

// aside writes what follows from event i, which is less than what happened.
func (t *textChart) aside(i int, text string) { t.beside(i, text, faint) }

// beside writes lines right of a lane. What is long and about all lanes has the
// whole width.
func (t *textChart) beside(i int, text string, st style) {
	ev := &t.events[i]
	lane := t.laneOf[ev.Host]
	x, room := t.x[lane]+2, t.x[lane+1]-t.x[lane]-3
	if ev.Failed {
		x, room = t.x[0]+2, t.x[len(t.hosts)]-t.x[0]-3
	}
	lines := fold(t.clean(text), room, t.g.cut)
	if len(lines) == 0 {
		lines = []string{""}
	}
	for k, line := range lines {
		t.lifelines()
		if k == 0 {
			t.time(i)
		}
		if k == 0 && st != faint {
			t.row(ev)
		}
		t.put(x, line, st)
		t.flush()
	}
}

func (t *textChart) row(ev *Event) {
	if t.rows > 0 {
		t.put(t.rows, cut(t.clean(ev.Row), t.rowWide-1, t.g.cut), faint)
	}
}

// time writes when event i happens, unless the line before said so.
func (t *textChart) time(i int) {
	if now := t.events[i].Time; now != t.clocked {
		t.clocked = now
		t.put(0, t.log.Clock(now), faint)
	}
}

func (t *textChart) lifelines() {
	for lane := range t.hosts {
		r := t.g.life
		if len(t.waiting[lane]) > 0 {
			r = t.g.timeWait
		}
		t.set(t.x[lane], r, faint)
	}
}
