package trace

import (
	"cmp"
	"slices"
	"strings"
)

// A bar is a connection of a host: a column of states.
type bar struct {
	lane, column int
	conn         string
	first, last  int  // events
	lives        bool // at the end
	states       []stateFrom
	end          float64
}

type stateFrom struct {
	name string
	y    float64
	to   float64
}

// A host is where a lane of a picture stands.
type hostLane struct {
	bars         float64 // left edge of the bars
	columns      int
	side         float64 // where text beside the bars begins
	sideWidth    float64
	right        bool // text stands right of the bars
	timers       int  // columns of brackets
	cursor       float64
	latest       float64 // y of the latest event
	channelLeft  float64 // outer edges of the lane, where channels begin
	channelRight float64
}

// findBars gives each connection a column; one that has ended leaves it to others.
func (c *svgChart) findBars() {
	c.barOf = map[[2]string]*bar{}
	for i := range c.events {
		ev := &c.events[i]
		key := [2]string{ev.Host, ev.Conn}
		b := c.barOf[key]
		if b == nil {
			b = &bar{lane: c.laneOf[ev.Host], conn: ev.Conn, first: i, column: -1}
			c.barOf[key], c.bars = b, append(c.bars, b)
		}
		b.last = i
		if ev.After != "" {
			b.lives = ev.Conn == "" || ev.After != closedState
		}
	}
	for _, b := range c.bars {
		if b.lives {
			b.last = len(c.events)
		}
	}
	c.lanes = make([]hostLane, len(c.hosts))
	for lane := range c.lanes {
		c.lanes[lane].columns = 1
		if !slices.ContainsFunc(c.bars, func(b *bar) bool { return b.lane == lane && b.conn == "" }) {
			c.bars = append(c.bars, &bar{lane: lane, first: -1, last: len(c.events)})
		}
	}
	slices.SortStableFunc(c.bars, func(a, b *bar) int { // a host's first connection has the first column
		return cmp.Or(min(len(a.conn), 1)-min(len(b.conn), 1), a.first-b.first)
	})
	for i, b := range c.bars {
		b.column = c.freeColumn(c.bars[:i], b)
		c.lanes[b.lane].columns = max(c.lanes[b.lane].columns, b.column+1)
	}
}

func (c *svgChart) freeColumn(before []*bar, b *bar) int {
	for column := 0; ; column++ {
		if !slices.ContainsFunc(before, func(o *bar) bool {
			return o.lane == b.lane && o.column == column && (o.last >= b.first && b.last >= o.first || o.conn == "")
		}) {
			return column
		}
	}
}

// findTimers gives each timer of a host a column; that of TIME-WAIT is the next to the bar.
func (c *svgChart) findTimers() {
	c.timerColumn, c.brackets = map[[2]string]int{}, map[[3]string]*bracket{}
	for pass := range 2 {
		for i := range c.events {
			ev := &c.events[i]
			key := [2]string{ev.Host, ev.Name}
			if _, ok := c.timerColumn[key]; ok || ev.Kind != Started || (ev.Name == twoMSL) != (pass == 0) {
				continue
			}
			lane := &c.lanes[c.laneOf[ev.Host]]
			c.timerColumn[key] = min(lane.timers, 5)
			lane.timers = min(lane.timers+1, 6)
		}
	}
}

// placeLanes finds where hosts stand: text, brackets and bars of the first from left
// to right, those of the others from right to left, and segments between.
func (c *svgChart) placeLanes() {
	c.gutter = widthOf("time", textSize)
	side := make([]float64, len(c.hosts))
	channel, sides := chanLeast, sideMost
	if c.measures = wideLanes; c.many() {
		c.measures, sides = slimLanes, sideMany
	}
	c.findSides()
	for i := range c.events {
		ev := &c.events[i]
		c.gutter = max(c.gutter, widthOf(c.log.Clock(ev.Time), textSize))
		lane := c.laneOf[ev.Host]
		side[lane] = max(side[lane], widthOf(c.beside(ev), textSize))
		if c.many() {
			side[lane] = max(side[lane], widthOf(ev.After, nameSize))
		}
		channel = max(channel, widthOf(c.segments[i], textSize)+24)
	}
	channel = min(channel, chanMost)
	for i := range c.lanes {
		c.lanes[i].sideWidth = min(max(side[i], sideLeast), sides)
	}
	c.stand(channel)
	switch {
	case len(c.hosts) == 2:
		c.fit(channel)
	case c.many():
		c.stand(min(max(channel-(c.w-twoLanes), chanMany), channel))
	}
}

// findSides finds on which side of its bars the text of a lane stands: away from
// the host that most segments come from or go to, so that they don't cross it.
func (c *svgChart) findSides() {
	hub, most := 0, -1
	if c.many() {
		segments := make([]int, len(c.hosts))
		for i := range c.events {
			if c.flights[i] != nil {
				segments[c.laneOf[c.events[i].Host]]++
			}
		}
		for i, n := range segments {
			if n > most {
				hub, most = i, n
			}
		}
	}
	for i := range c.lanes {
		c.lanes[i].right = i > hub || i == hub && hub > 0
	}
}

// fit makes two lanes narrower, until both ends and what is between can be read
// together: first the channel, a little, then what stands beside, then the channel.
func (c *svgChart) fit(channel float64) {
	if over := c.w - twoLanes; over > 0 {
		channel = max(channel-over, min(channel, chanFair))
		c.stand(channel)
	}
	if over := c.w - twoLanes; over > 0 {
		words := c.longestWords()
		for i := range c.lanes {
			c.lanes[i].sideWidth = max(c.lanes[i].sideWidth-over/2, words[i])
		}
		c.stand(channel)
	}
	if over := c.w - twoLanes; over > 0 {
		c.stand(max(channel-over, chanLeast))
	}
}

// longestWords is how wide the text beside each lane must be, so that no word is cut.
func (c *svgChart) longestWords() []float64 {
	most := make([]float64, len(c.lanes))
	for i := range c.events {
		lane := c.laneOf[c.events[i].Host]
		for _, word := range strings.Fields(c.connected(&c.events[i], c.beside(&c.events[i]), "…")) {
			most[lane] = max(most[lane], min(widthOf(word, textSize), sideFair))
		}
	}
	for lane := range most {
		most[lane] = max(most[lane], sideLeast)
	}
	return most
}

// stand puts the lanes beside each other, with channels of a width.
func (c *svgChart) stand(channel float64) {
	x := svgMargin + c.gutter + 12
	for i := range c.lanes {
		l := &c.lanes[i]
		brackets := c.timerGap*float64(l.timers) + c.timerFrom + 1
		bars := float64(l.columns)*(c.barWidth+c.barGap) - c.barGap
		if l.right {
			l.bars, l.side = x, x+bars+brackets
		} else {
			l.side, l.bars = x, x+l.sideWidth+brackets
		}
		l.channelLeft, l.channelRight = l.bars, l.bars+bars
		switch {
		case l.right:
			x = l.side + l.sideWidth + laneGap
		case i+1 < len(c.lanes) && !c.lanes[i+1].right:
			x = l.channelRight + laneGap
		default:
			x = l.channelRight + channel
		}
	}
	if x -= laneGap; len(c.lanes) < 2 {
		x = x + laneGap - channel + chanAlone
	}
	c.w = max(x+svgMargin, 320)
}

func (c *svgChart) barX(b *bar) float64 {
	l := &c.lanes[b.lane]
	if l.right {
		return l.bars + float64(b.column)*(c.barWidth+c.barGap)
	}
	return l.channelRight - c.barWidth - float64(b.column)*(c.barWidth+c.barGap)
}

// outward is where labels of segments to the right begin: behind the brackets.
func (l *hostLane) outward() float64 {
	if l.right {
		return l.side
	}
	return l.channelRight + 7
}

// direction reports whether a segment goes to the right.
func (c *svgChart) direction(ev *Event) bool {
	from := c.laneOf[ev.Host]
	if to, ok := c.laneOf[ev.Peer]; ok && to != from {
		return to > from
	}
	return from == 0
}

// channel is the room between a lane and its neighbour.
func (c *svgChart) channel(lane int, right bool) float64 {
	switch {
	case right && lane+1 < len(c.lanes):
		return c.lanes[lane+1].channelLeft - c.lanes[lane].channelRight
	case !right && lane > 0:
		return c.lanes[lane].channelLeft - c.lanes[lane-1].channelRight
	}
	return chanAlone
}

// edge is where the bar of an event's connection ends.
func (c *svgChart) edge(i int, right bool) float64 {
	ev := &c.events[i]
	x := c.barX(c.barOf[[2]string{ev.Host, ev.Conn}])
	if right {
		x += c.barWidth
	}
	return x
}
