package trace

import "slices"

// How far a label may move from its line to be read, px.
const (
	moveStep = 12.0
	moveMost = 5 // steps
)

// clearLabels moves labels of segments along their own lines, off those of others: a
// letter with a line through it is hard to read.
func (c *svgChart) clearLabels() {
	lines := c.ways()
	for _, m := range c.marks {
		var labels []*label // without what stands at the end of the line
		for _, l := range m.labels {
			if l.class == "segment" {
				labels = append(labels, l)
			}
		}
		if c.events[m.event].Kind == Departed {
			c.clearLabel(labels, lines, c.direction(&c.events[m.event]))
		}
	}
}

// ways are the lines of all segments.
func (c *svgChart) ways() (lines []line) {
	for _, m := range c.marks {
		if c.flights[m.event] != nil {
			lines = append(append(lines, m.lines...), m.heads...)
		}
	}
	return lines
}

// clearLabel moves the lines of one label to the nearest place that is better, in the
// direction of the segment.
func (c *svgChart) clearLabel(labels []*label, lines []line, right bool) {
	step := moveStep
	if !right {
		step = -step
	}
	lines = near(labels, lines)
	best, least := 0.0, crossings(labels, lines, 0)
	for k := 1; k <= moveMost && least > 0; k++ {
		dx := step * float64(k)
		if n := crossings(labels, lines, dx); n < least && c.hasRoom(labels, dx) {
			best, least = dx, n
		}
	}
	for _, l := range labels {
		l.x += best
	}
}

// near are the lines at the height of labels.
func near(labels []*label, lines []line) (list []line) {
	if len(labels) == 0 {
		return nil
	}
	top, bottom := labels[0].y, labels[len(labels)-1].y+labels[len(labels)-1].h
	for _, ln := range lines {
		if max(ln.from.y, ln.to.y) > top && min(ln.from.y, ln.to.y) < bottom {
			list = append(list, ln)
		}
	}
	return list
}

func crossings(labels []*label, lines []line, dx float64) (n int) {
	for _, l := range labels {
		moved := *l
		moved.x += dx
		for _, ln := range lines {
			if moved.crossed(ln) {
				n++
			}
		}
	}
	return n
}

// hasRoom reports whether labels can be moved without covering others.
func (c *svgChart) hasRoom(labels []*label, dx float64) bool {
	for _, l := range labels {
		moved := *l
		moved.x += dx
		if !c.many() && (moved.x < c.lanes[0].channelRight || moved.x+moved.w > c.lanes[len(c.lanes)-1].channelLeft) ||
			moved.x < svgMargin || moved.x+moved.w > c.w-svgMargin {
			return false
		}
		for _, o := range c.labels {
			if moved.overlaps(o) && !slices.Contains(labels, o) {
				return false
			}
		}
	}
	return true
}

// crossed reports whether a line goes through a label, clipping it to the box side by
// side.
func (l *label) crossed(ln line) bool {
	from, to := 0.0, 1.0
	dx, dy := ln.to.x-ln.from.x, ln.to.y-ln.from.y
	for _, side := range [4][2]float64{{-dx, ln.from.x - l.x}, {dx, l.x + l.w - ln.from.x}, {-dy, ln.from.y - l.y}, {dy, l.y + l.h - ln.from.y}} {
		switch slope, room := side[0], side[1]; {
		case slope == 0 && room < 0:
			return false
		case slope < 0:
			from = max(from, room/slope)
		case slope > 0:
			to = min(to, room/slope)
		}
	}
	return from < to
}

// remind repeats the names of hosts, and of the states they are in, before event i; it returns
// where it goes on.
func (c *svgChart) remind(i int, y float64) float64 {
	c.hostNames(y + 3)
	c.breaks = append(c.breaks, interrupt{y + 3 + hostSize*0.55, hostSize + 5, false})
	y += hostSize + 8
	if c.many() {
		return y
	}
	for _, b := range c.bars {
		if n := len(b.states); n > 0 && (b.last >= i || b.conn == "") && b.states[n-1].y < y-namesAgain/4 {
			c.stateName(b, y)
		}
	}
	return y + barLeast
}

// nameStretches writes the names of states along slim bars, wherever there is room,
// so that nobody has to look up what a bar is.
func (c *svgChart) nameStretches() {
	for _, b := range c.bars {
		conn := ""
		if b.conn != "" {
			conn = cut(plain(c.conn(&c.events[b.first])), chartNameIn, "…") + " "
		}
		for _, s := range b.states {
			l := label{x: c.barX(b) + c.barWidth/2 - nameSize*1.15/2, text: conn + plain(s.name), class: "along", anchor: "middle", upward: true}
			l.w, l.h = nameSize*1.15, widthOf(l.text, nameSize)
			for l.y = s.y + 5; s.name != "" && c.along(&l, s.to-5); l.y += stretch {
				one := l
				c.labels = append(c.labels, &one)
			}
		}
	}
}

// along moves a label down a bar to where there is room, and reports whether there is.
func (c *svgChart) along(l *label, end float64) bool {
	for again := true; again && l.y+l.h <= end; {
		again = false
		for _, k := range c.breaks {
			if bottom := k.y + k.h/2 + 3; bottom > l.y && k.y-k.h/2-3 < l.y+l.h {
				l.y, again = bottom, true
			}
		}
		for _, o := range c.labels {
			if l.overlaps(o) {
				l.y, again = o.y+o.h+2, true
			}
		}
	}
	return l.y+l.h <= end
}
