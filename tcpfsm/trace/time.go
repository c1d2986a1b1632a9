package trace

import (
	"fmt"
	"strings"
	"time"
)

// Timed reports whether a trace tells the time. Such a trace runs on a simulation
// (package sim); one without runs on the explorer's system, step by step.
func (f *File) Timed() bool {
	for _, s := range f.Header {
		if s.Key == "host" || s.Key == "link" {
			return true
		}
	}
	return len(f.Lines) > 0 && f.Lines[0].Timed
}

// ParseTime reads a time of a trace: a number with a unit from ns to h, as 0s, 1.5s
// and 10ms. It is not negative.
func ParseTime(text string) (time.Duration, error) {
	if d, err := time.ParseDuration(text); err == nil && d >= 0 && isTime(text) {
		return d, nil
	}
	return 0, fmt.Errorf("%q is no time: write a number and a unit, as in 0s, 1.5s or 10ms", text)
}

// FormatTime writes a time as traces do; ParseTime gives it back.
func FormatTime(d time.Duration) string {
	if d < time.Second {
		return strings.Replace(d.String(), "µ", "u", 1)
	}
	text := fmt.Sprintf("%d", d/time.Second)
	if rest := d % time.Second; rest > 0 {
		text += strings.TrimRight(fmt.Sprintf(".%09d", rest), "0")
	}
	return text + "s"
}

// isTime reports whether a word is meant as a time: a digit, and a unit at the end.
func isTime(s string) bool {
	return len(s) > 1 && isDigit(s[0]) && isLetter(s[len(s)-1]) && each(s, func(c byte) bool {
		return isDigit(c) || c == '.' || strings.IndexByte("nusmh", c) >= 0
	})
}
