package gen

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
)

// unifiedDiff compares texts by lines and prints the difference in the unified
// format, with three lines of context. Equal texts give "".
//
// It is the anchored diff known from patience sorting: lines that occur once in
// both texts are matched as far as their order allows, and matches grow from
// there. That takes n log n steps whatever the texts, and never matches the
// braces and empty lines of unrelated functions.
func unifiedDiff(oldName, newName string, old, new []byte) string {
	if bytes.Equal(old, new) {
		return ""
	}
	d := differ{a: splitLines(old), b: splitLines(new)}
	d.match()
	d.flush()
	return fmt.Sprintf("--- %s\n+++ %s\n%s", oldName, newName, d.out.String())
}

// splitLines keeps line ends, so that a missing last one is a difference.
func splitLines(text []byte) []string {
	lines := strings.SplitAfter(string(text), "\n")
	last := len(lines) - 1
	if lines[last] == "" {
		return lines[:last]
	}
	lines[last] += "\n\\ No newline at end of file\n"
	return lines
}

// context is how many equal lines stand around a difference.
const context = 3

// A differ walks through both texts and collects hunks.
type differ struct {
	a, b []string
	i, j int // lines of a and b dealt with

	hunk           []string // lines with their marks
	hunkI, hunkJ   int      // where the hunk begins
	countA, countB int
	tail           int // equal lines at the end of the hunk
	out            strings.Builder
}

// match goes from anchor to anchor.
func (d *differ) match() {
	for _, m := range append(anchors(d.a, d.b), [2]int{len(d.a), len(d.b)}) {
		if m[0] < d.i || m[1] < d.j { // an earlier match has grown over it
			continue
		}
		i, j := m[0], m[1]
		for i > d.i && j > d.j && d.a[i-1] == d.b[j-1] {
			i, j = i-1, j-1
		}
		d.change(i, j)
		for d.i < len(d.a) && d.j < len(d.b) && d.a[d.i] == d.b[d.j] {
			d.equal()
		}
	}
}

// change takes the lines of both texts up to i and j as removed and added.
func (d *differ) change(i, j int) {
	if d.i == i && d.j == j {
		return
	}
	if len(d.hunk) == 0 {
		d.begin()
	}
	d.tail = 0
	for ; d.i < i; d.i++ {
		d.hunk = append(d.hunk, "-"+d.a[d.i])
		d.countA++
	}
	for ; d.j < j; d.j++ {
		d.hunk = append(d.hunk, "+"+d.b[d.j])
		d.countB++
	}
}

// begin opens a hunk with the lines of context before it.
func (d *differ) begin() {
	n := min(context, d.i)
	d.hunkI, d.hunkJ = d.i-n, d.j-n
	d.countA, d.countB = n, n
	for _, l := range d.a[d.hunkI:d.i] {
		d.hunk = append(d.hunk, " "+l)
	}
}

// equal takes one line of both. A hunk ends when the lines after it are more than
// two hunks could have for context.
func (d *differ) equal() {
	if len(d.hunk) > 0 {
		d.hunk = append(d.hunk, " "+d.a[d.i])
		d.countA, d.countB, d.tail = d.countA+1, d.countB+1, d.tail+1
	}
	d.i, d.j = d.i+1, d.j+1
	if d.tail > 2*context {
		d.flush()
	}
}

// flush prints the hunk without the equal lines that are more than its context.
func (d *differ) flush() {
	if len(d.hunk) == 0 {
		return
	}
	extra := max(0, d.tail-context)
	fmt.Fprintf(&d.out, "@@ -%s +%s @@\n", span(d.hunkI, d.countA-extra), span(d.hunkJ, d.countB-extra))
	for _, l := range d.hunk[:len(d.hunk)-extra] {
		d.out.WriteString(l)
	}
	d.hunk, d.tail = nil, 0
}

// span prints where lines are: counted from 1, but the line before if there are none.
func span(first, n int) string {
	if n > 0 {
		first++
	}
	if n == 1 {
		return fmt.Sprint(first)
	}
	return fmt.Sprintf("%d,%d", first, n)
}

// anchors matches the lines that occur exactly once in both texts: the longest
// list of them that is in order in both.
func anchors(a, b []string) [][2]int {
	at := map[string][2]int{} // line to its places, or -1 if it has several
	for i, l := range a {
		p, seen := at[l]
		if seen {
			p[0] = -1
		} else {
			p = [2]int{i, -2}
		}
		at[l] = p
	}
	for j, l := range b {
		if p, seen := at[l]; seen {
			if p[1] == -2 {
				p[1] = j
			} else {
				p[1] = -1
			}
			at[l] = p
		}
	}
	var pairs [][2]int
	for i, l := range a {
		if p := at[l]; p[0] == i && p[1] >= 0 {
			pairs = append(pairs, p)
		}
	}
	return increasing(pairs)
}

// increasing is a longest subsequence whose second numbers increase: each pair
// goes on the leftmost pile whose top is greater, and remembers the top of the
// pile before.
func increasing(pairs [][2]int) [][2]int {
	var tops []int // indexes of pairs
	before := make([]int, len(pairs))
	for i, p := range pairs {
		k := sort.Search(len(tops), func(k int) bool { return pairs[tops[k]][1] >= p[1] })
		before[i] = -1
		if k > 0 {
			before[i] = tops[k-1]
		}
		if k == len(tops) {
			tops = append(tops, i)
		} else {
			tops[k] = i
		}
	}
	list := make([][2]int, len(tops))
	if len(tops) > 0 {
		for k, i := len(tops)-1, tops[len(tops)-1]; k >= 0; k, i = k-1, before[i] {
			list[k] = pairs[i]
		}
	}
	return list
}
