package trace

import (
	"strings"
)

// A glyphs is the characters that a chart is drawn with.
type glyphs struct {
	life, timeWait, out, in, line, right, left, gone, gap rune
	arrow, more, cut, and                                 string
}

type cell struct {
	r     rune
	style style
}

// A style is the parameter of a terminal's escape sequence.
type style string

// clean makes a text fit for the chart's characters.
func (t *textChart) clean(s string) string {
	s = plain(s)
	if !t.o.ASCII {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r > '~' {
			return '?'
		}
		return r
	}, s)
}

func (t *textChart) set(x int, r rune, st style) {
	if x < 0 {
		return
	}
	for len(t.line) <= x {
		t.line = append(t.line, cell{r: ' '})
	}
	t.line[x] = cell{r, st}
}

// taken is the second column of a wide character.
const taken = -1

func (t *textChart) put(x int, s string, st style) {
	for _, r := range s {
		t.set(x, r, st)
		x++
		if wide(r) {
			t.set(x, taken, st)
			x++
		}
	}
}

// flush ends a line.
func (t *textChart) flush() {
	for len(t.line) > 0 && t.line[len(t.line)-1].r == ' ' {
		t.line = t.line[:len(t.line)-1]
	}
	now := ordinary
	for _, c := range t.line {
		if c.r == taken {
			continue
		}
		if t.o.Color && c.style != now && c.r != ' ' {
			t.b.WriteString("\x1b[0m")
			if c.style != ordinary {
				t.b.WriteString("\x1b[" + string(c.style) + "m")
			}
			now = c.style
		}
		t.b.WriteRune(c.r)
	}
	if now != ordinary {
		t.b.WriteString("\x1b[0m")
	}
	t.b.WriteByte('\n')
	t.lines++
	t.line = t.line[:0]
}
