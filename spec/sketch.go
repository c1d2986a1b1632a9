package spec

import (
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// A sketch checks the diagram against the rows: a picture can't show what the
// table doesn't do, and can't leave out what it does.
type sketch struct {
	*compiler
	rows  map[string]*Rule
	drawn map[move]bool
	fold  map[*Rule]bool
}

// A move is a change of state by a rule.
type move struct {
	rule     *Rule
	from, to int
}

func (c *compiler) checkDiagram() {
	d := &c.m.Diagram
	if len(d.Edges)+len(d.Folds)+len(d.Nodes) == 0 {
		return // a machine without a picture
	}
	s := sketch{c, map[string]*Rule{}, map[move]bool{}, map[*Rule]bool{}}
	for _, r := range c.p.Rows {
		s.rows[r.ID] = r
	}
	s.nodes(d.Nodes)
	used := map[string]bool{}
	for i := range d.Edges {
		s.edge(&d.Edges[i], used)
	}
	for i := range d.Folds {
		s.foldRows(&d.Folds[i])
	}
	s.missing()
}

// single gives the number of the one state of a set.
func (s sketch) single(set StateSet, at place) (int, bool) {
	if bits.OnesCount64(uint64(set)) != 1 || set >= 1<<len(s.m.States) && len(s.m.States) < 64 {
		s.errorf(at, "one declared state is needed here: name it")
		return 0, false
	}
	return bits.TrailingZeros64(uint64(set)), true
}

func (s sketch) nodes(nodes []Node) {
	placed := map[StateSet]int{}
	for i := range nodes {
		n := &nodes[i]
		at := place{at: &n.State, field: fmt.Sprintf("node %d: State", i+1), off: -1}
		if _, ok := s.single(n.State, at); !ok {
			continue
		}
		if placed[n.State] > 0 && !n.Twin {
			s.errorf(at, "%s has a node already: set Twin, or remove one", s.m.States[bits.TrailingZeros64(uint64(n.State))].Name)
		}
		if !n.Twin {
			placed[n.State]++
		}
	}
	for _, v := range s.m.States {
		if len(nodes) > 0 && placed[v.ID] == 0 {
			s.errorf(place{at: &s.m.Diagram.Nodes, field: "Nodes", off: -1}, "state %s has no node: place it", v.Name)
		}
	}
}

func (s sketch) edge(e *Edge, used map[string]bool) {
	at := func(p any, field string) place {
		return place{at: p, field: "edge " + strconv.Quote(e.On) + ": " + field, off: -1}
	}
	from, ok1 := s.single(e.From, at(&e.From, "From"))
	to, ok2 := s.single(e.To, at(&e.To, "To"))
	if e.On == "" {
		s.errorf(at(&e.On, "On"), "the label is missing: say what is seen")
	}
	if key := fmt.Sprint(e.From, e.On); used[key] {
		s.errorf(at(&e.On, "On"), "two edges from one state have this label: tell them apart, since a table is made of them")
	} else {
		used[key] = true
	}
	if strings.TrimSpace(e.Rows) == "" {
		s.errorf(at(&e.Rows, "Rows"), "the rows are missing: name the rows that carry this edge")
	}
	if e.Twin && !slices.ContainsFunc(s.m.Diagram.Nodes, func(n Node) bool { return n.Twin && n.State == e.To }) {
		s.errorf(at(&e.Twin, "Twin"), "there is no second node of the state: add a node with Twin")
	}
	s.geometry(e, at)
	for _, r := range s.named(&e.Rows, at(&e.Rows, "Rows")) {
		if !ok1 || !ok2 {
			continue
		}
		if !carries(r.rule, from, to) {
			s.errorf(at(&e.Rows, "Rows").word(r.off), "row %s does not lead from %s to %s: name a row that does", r.rule.ID, s.m.States[from].Name, s.m.States[to].Name)
		}
		s.drawn[move{r.rule, from, to}] = true
	}
}

// carries reports whether a rule leads from one state to another.
func carries(r *Rule, from, to int) bool {
	return slices.Contains(r.In, from) && (r.To == to || r.To < 0 && from == to)
}

// geometry checks the form of Path and At.
func (s sketch) geometry(e *Edge, at func(any, string) place) {
	points := fieldOf.FindAllStringIndex(e.Path, -1)
	for _, p := range points {
		if !isPoint(e.Path[p[0]:p[1]]) {
			s.errorf(at(&e.Path, "Path").word(p[0]), "%q is no point: write x,y", e.Path[p[0]:p[1]])
		}
	}
	if n := len(points); n > 0 && (n == 1 || n%3 != 1) {
		s.errorf(at(&e.Path, "Path"), "a path of %d points has no end: write the start, then three points for each curve", n)
	}
	if e.At != "" && !isPoint(e.At) {
		s.errorf(at(&e.At, "At").word(0), "%q is no point: write x,y", e.At)
	}
}

func isPoint(text string) bool {
	x, y, ok := strings.Cut(text, ",")
	_, err1 := strconv.ParseFloat(x, 64)
	_, err2 := strconv.ParseFloat(y, 64)
	return ok && err1 == nil && err2 == nil
}

// A mention is a row named in a list of ids.
type mention struct {
	rule *Rule
	off  int
}

// named resolves a list of row ids.
func (s sketch) named(list *string, at place) (out []mention) {
	for _, p := range fieldOf.FindAllStringIndex(*list, -1) {
		id := (*list)[p[0]:p[1]]
		if r := s.rows[id]; r != nil {
			out = append(out, mention{r, p[0]})
			continue
		}
		var ids []string
		for k := range s.rows {
			ids = append(ids, k)
		}
		s.errorf(at.word(p[0]), "unknown row %s%s", id, didYouMean(id, ids, "name a row of the table"))
	}
	return out
}

func (s sketch) foldRows(f *Fold) {
	field := "fold " + strconv.Quote(f.Note) + ": "
	if f.Note == "" {
		s.errorf(place{at: &f.Note, field: field + "Note", off: -1}, "the words are missing: say what stands for the rows")
	}
	at := place{at: &f.Rows, field: field + "Rows", off: -1}
	for _, r := range s.named(&f.Rows, at) {
		if r.rule.To < 0 {
			s.errorf(at.word(r.off), "row %s changes no state: take it out of the fold", r.rule.ID)
		}
		s.fold[r.rule] = true
	}
}

// missing reports changes of state that the picture leaves out.
func (s sketch) missing() {
	for _, r := range s.p.Rows {
		if r.To < 0 || s.fold[r] {
			continue
		}
		for _, from := range r.In {
			if from != r.To && !s.drawn[move{r, from, r.To}] {
				s.errorf(rowPlace(r.Row, r.Row, ""), "the change from %s to %s is not in the diagram: name the row in an edge, or in a fold", s.m.States[from].Name, s.m.States[r.To].Name)
			}
		}
	}
}
