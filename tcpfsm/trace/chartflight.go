package trace

// departs writes a label at the sender. The line is drawn when it is known where
// it ends.
func (c *svgChart) departs(m *mark, y float64) float64 {
	ev := &c.events[m.event]
	from := c.laneOf[ev.Host]
	right := c.direction(ev)
	at := label{class: "segment", anchor: "start", x: c.lanes[from].outward()}
	room := c.channel(from, right)
	if !right {
		at.anchor, at.x = "end", c.lanes[from].channelLeft-7
	}
	text := c.connected(ev, c.segments[m.event], "…")
	if _, known := c.laneOf[ev.Peer]; !known {
		text += " to " + ev.Peer
	}
	at.y = y - 2
	for _, s := range fold(plain(text), max(charsIn(room-20, textSize), labelLeast), "…") {
		one := at
		one.text = s
		placed := c.free(&one)
		m.labels = append(m.labels, placed)
		at.y = placed.y + svgLine
	}
	y = at.y + 1
	start := point{c.edge(m.event, right), y}
	m.dots = append(m.dots, start) // a departure has a mark of its own
	if len(c.flights[m.event].ends) == 0 {
		end := c.stopsShort(m, start, y+leastDrop, right, "on its way", "way")
		c.lanes[from].cursor = max(c.lanes[from].cursor, end-leastDrop+svgLine/2)
	}
	return y
}

// arrives draws the line of a segment to its end.
func (c *svgChart) arrives(m *mark, y float64) float64 {
	ev := &c.events[m.event]
	f := c.flights[m.event]
	right := c.direction(ev) // from the receiver to its peer
	if f.from >= 0 {
		y = max(y, c.y[f.from]+leastDrop)
		m.heads = append(m.heads, line{point{c.edge(f.from, !right), c.y[f.from]}, point{c.edge(m.event, right), y}})
		if f.ends[0] != m.event {
			m.class += " again"
		}
		return y
	}
	lane := c.laneOf[ev.Host]
	end := c.edge(m.event, right)
	reach := c.channel(lane, right) * 0.4
	at := label{class: "segment", anchor: "start", x: c.lanes[lane].outward(), y: y - 4}
	start := end + reach
	if !right {
		at.anchor, at.x, start = "end", c.lanes[lane].channelLeft-7, end-reach
	}
	for _, s := range fold(plain(c.segments[m.event]+" from "+ev.Peer), charsIn(c.channel(lane, right)-20, textSize), "…") {
		one := at
		one.text = s
		placed := c.free(&one)
		m.labels = append(m.labels, placed)
		at.y = placed.y + svgLine
	}
	y = at.y + 6
	m.heads = append(m.heads, line{point{start, y - 6}, point{end, y}})
	return y
}

// loses ends a segment's line in a cross on its way.
func (c *svgChart) loses(m *mark, y float64) float64 {
	f := c.flights[m.event]
	ev := &c.events[m.event]
	right := c.direction(ev)
	start := point{c.edge(m.event, right), y}
	if f.from >= 0 {
		start = point{c.edge(f.from, right), c.y[f.from]}
		y = max(y, start.y+leastDrop)
	}
	return c.stopsShort(m, start, y, right, "lost", "lost")
}

// stopsShort draws a line that does not arrive, with a word behind its end.
func (c *svgChart) stopsShort(m *mark, start point, y float64, right bool, word, class string) float64 {
	lane := c.laneOf[c.events[m.event].Host]
	room := c.channel(lane, right)
	reach := max(min(room*stopShort, room-widthOf(word, textSize)-16), 20)
	at := label{text: word, class: class}
	tip := c.lanes[lane].channelRight + reach
	if right {
		at.x, at.anchor = tip+10, "start"
	} else {
		tip = c.lanes[lane].channelLeft - reach
		at.x, at.anchor = tip-10, "end"
	}
	at.y = y - textSize/2 - 1
	placed := c.free(&at)
	end := point{tip, placed.y + textSize/2 + 1}
	m.lines = append(m.lines, line{start, end})
	m.labels = append(m.labels, placed)
	if word == "lost" {
		const arm = 5
		m.lines = append(m.lines, line{point{end.x - arm, end.y - arm}, point{end.x + arm, end.y + arm}}, line{point{end.x - arm, end.y + arm}, point{end.x + arm, end.y - arm}})
	}
	return max(y, end.y)
}
