package trace

import (
	"fmt"
)

// Problems finds what makes the picture of a log hard to read: text over text or
// outside the picture, and events of the drawn part without a mark that can be seen.
func Problems(l *Log) []string {
	c, err := newSVGChart(l)
	if err != nil {
		return []string{err.Error()}
	}
	return c.problems()
}

func (c *svgChart) problems() []string {
	var ps []string
	for i, l := range c.labels {
		if l.x < 0 || l.y < 0 || l.x+l.w > c.w || l.y+l.h > c.h {
			ps = append(ps, fmt.Sprintf("%q reaches out of the picture", l.text))
		}
		for _, o := range c.labels[:i] {
			if l.overlaps(o) {
				ps = append(ps, fmt.Sprintf("%q (%s, %.0f,%.0f) overlaps %q (%s, %.0f,%.0f)", l.text, l.class, l.x, l.y, o.text, o.class, o.x, o.y))
			}
		}
	}
	marked := map[int]bool{}
	for _, m := range c.marks {
		marked[m.event] = len(m.lines)+len(m.heads)+len(m.dots)+len(m.labels) > 0
	}
	for i := range c.drawn {
		if !marked[i] {
			ps = append(ps, fmt.Sprintf("event %d (%v) has no mark", i, c.events[i].Kind))
		}
	}
	for i := 1; i < c.drawn; i++ {
		if c.events[i].Time > c.events[i-1].Time && c.y[i] < c.y[i-1] {
			ps = append(ps, fmt.Sprintf("event %d is later than the one before and stands above it", i))
		}
	}
	return ps
}

// Struck counts the lines of segments' labels, and those that another segment's way
// goes through.
func Struck(l *Log) (struck, labels int) {
	c, err := newSVGChart(l)
	if err != nil {
		panic(err)
	}
	for _, m := range c.marks {
		if c.events[m.event].Kind != Departed {
			continue
		}
		for _, l := range m.labels {
			labels++
			struck += min(1, crossings([]*label{l}, c.ways(), 0))
		}
	}
	return struck, labels
}

// Spoiled are pictures with one fault each, by what is wrong with them.
func Spoiled(l *Log) map[string][]string {
	all := map[string][]string{}
	for what, spoil := range map[string]func(c *svgChart){
		"overlaps":    func(c *svgChart) { c.labels[4].x, c.labels[4].y = c.labels[5].x, c.labels[5].y },
		"reaches out": func(c *svgChart) { c.labels[3].x = c.w },
		"no mark":     func(c *svgChart) { c.marks = c.marks[1:] },
		"above":       func(c *svgChart) { c.y[len(c.y)-1], c.y[len(c.y)-2] = 0, 0 },
	} {
		c, err := newSVGChart(l)
		if err != nil {
			panic(err)
		}
		spoil(c)
		all[what] = c.problems()
	}
	return all
}
