package gen

import (
	"math/bits"
	"slices"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/spec"
)

// program resolves only what pictures and pages need of a machine, so that
// these tests do not depend on the compiler.
func program(m *spec.Machine) *spec.Program {
	p := &spec.Program{Machine: m, Hash: "0123456789abcdef"}
	for t := range m.Tables {
		for i := range m.Tables[t].Rows {
			row := &m.Tables[t].Rows[i]
			r := &spec.Rule{Row: row, Index: len(p.Rows), Table: t, To: -1, In: members(uint64(row.In)), On: members(uint64(row.On))}
			if row.To != 0 {
				r.To = stateIndex(row.To)
			}
			p.Rows = append(p.Rows, r)
		}
	}
	return p
}

func members(set uint64) []int {
	var is []int
	for ; set != 0; set &= set - 1 {
		is = append(is, bits.TrailingZeros64(set))
	}
	return is
}

// tcpProgram is the table of TCP, read from its source: this package's tests
// don't import it either.
func tcpProgram(t *testing.T) *spec.Program {
	t.Helper()
	m, _, err := spec.LoadSource("../spec/tcp", "Machine")
	if err != nil {
		t.Fatal(err)
	}
	return program(m)
}

// turnstile is a small machine with everything in it that pictures and pages
// show. Its diagram has no coordinates.
func turnstile() *spec.Machine {
	const (
		locked spec.StateSet = 1 << iota
		open
		broken
	)
	const (
		coin spec.EventSet = 1 << iota
		push
		alarm
	)
	return &spec.Machine{
		Name: "turnstile", Title: "Turnstile", Source: "the manual", URL: "https://example.org/manual#s-%s", Doc: "a gate that opens for coins",
		States: []spec.State{{ID: locked, Name: "LOCKED", Doc: "nobody passes", Alias: "SHUT CLOSED"}, {ID: open, Name: "OPEN"}, {ID: broken, Name: "BROKEN"}},
		Events: []spec.Event{
			{ID: coin, Name: "Coin", Text: "COIN", Takes: "COIN", Doc: "A coin falls in."},
			{ID: push, Name: "Push", Text: "PUSH", Args: []spec.Var{{Name: "force", Type: spec.Size, Doc: "newtons"}}},
			{ID: alarm, Name: "Alarm", Timer: "Guard"},
		},
		Records:    []spec.Record{{Name: "COIN", Go: "Coin", Fields: []spec.Var{{Name: "VALUE", Type: spec.Size}}, Flags: []spec.Name{{Name: "REAL", Doc: "not a token"}}, Doc: "A Coin is money."}},
		Slots:      []spec.Slot{{Name: "BACK", Of: "COIN", Doc: "given back"}},
		Params:     []spec.Var{{Name: "PRICE", Type: spec.Size, Doc: "of one passage"}},
		Vars:       []spec.Var{{Name: "paid", Type: spec.Size, Doc: "so far"}, {Name: "count", Type: spec.Size, Keep: true}},
		Outs:       []spec.Var{{Name: "passed", Type: spec.Flag}},
		Timers:     []spec.Timer{{Name: "Guard", Doc: "calls the guard"}},
		Signals:    []spec.Name{{Name: "bell", Text: "a bell rings"}},
		Answers:    []spec.Name{{Name: "ok", Text: "ok"}},
		Options:    []spec.Option{{Name: "tokens", Cite: "4; practice: subways", Doc: "tokens are money | here"}},
		Profiles:   []spec.Profile{{Name: "strict", Default: true}, {Name: "subway", Options: "tokens", Doc: "with tokens"}},
		Defs:       []spec.Def{{Name: "enough", Is: "paid >= PRICE || tokens && !REAL", Cite: "2.1", Doc: "may pass"}},
		Actions:    []spec.Action{{Name: "take", Do: "paid = paid + COIN.VALUE", Doc: "keep the coin"}},
		Invariants: []spec.Invariant{{Name: "poor", In: locked, Is: "paid < PRICE", Doc: "nobody has paid"}},
		Tables: []spec.Table{
			{Title: "COIN", Cite: "2", Rows: []spec.Row{
				{ID: "coin.enough", In: locked, On: coin, When: "enough", To: open, Do: "take; start(Guard)", Cite: "2.1; MUST-1", Why: "It is paid."},
				{ID: "coin.more", In: locked, On: coin, Do: "take", Cite: "2.2", Why: "More is needed."},
				{ID: "coin.back", In: open | broken, On: coin, Do: "send(BACK, REAL, COIN.VALUE)", Cite: "RFC 5961 section 3.2", Why: "Nothing to pay for."},
			}},
			{Title: "PUSH", Cite: "3", Rows: []spec.Row{
				{ID: "push.open", In: open, On: push, To: locked, Do: "paid = 0; passed = true", Cite: "3; EID 17", Why: "One passes."},
				{ID: "push.hard", In: locked, On: push, When: "force > 900", To: broken, Do: "signal(bell)", Cite: "3", Why: "It gives way."},
				{ID: "push.other", In: locked | broken, On: push, Do: "", Cite: "3", Why: "Nothing moves."},
				{ID: "alarm", In: locked | open | broken, On: alarm, To: broken, Do: "signal(bell)", Cite: "3", Why: "The guard shuts it."},
			}},
		},
	}
}

// hostile has names that are syntax in every format.
func hostile() *spec.Machine {
	m := turnstile()
	bad := "<&\">|`'\\]];:#{}%--$*_~\n\x01\xff"
	m.Title, m.Doc = m.Title+bad, bad
	for i := range m.States {
		m.States[i].Name += bad
		m.States[i].Doc = bad
	}
	for i := range m.Events {
		m.Events[i].Text += bad
	}
	for t := range m.Tables {
		m.Tables[t].Title += bad
		for i := range m.Tables[t].Rows {
			r := &m.Tables[t].Rows[i]
			r.ID, r.When, r.Do, r.Cite, r.Why = r.ID+bad, r.When+bad, r.Do+bad, r.Cite+bad, bad
		}
	}
	m.Diagram.Folds = []spec.Fold{{Note: bad}}
	return m
}

// checkPicture reports whatever makes a picture hard to read.
func checkPicture(t *testing.T, name string, pic *picture) {
	t.Helper()
	for _, p := range problems(pic) {
		t.Errorf("%s: %s", name, p)
	}
}

// problems finds text that something covers or that reaches out of the picture,
// and edges that run through states.
func problems(pic *picture) []string {
	var ps []string
	whole := box{0, 0, pic.w, pic.h}
	texts := texts(pic)
	for i, x := range texts {
		if !whole.contains(point{x.x, x.y}) || !whole.contains(point{x.x + x.w, x.y + x.h}) {
			ps = append(ps, x.what+" reaches out of the picture")
		}
		for _, y := range texts[:i] {
			if x.overlaps(y.box) {
				ps = append(ps, x.what+" overlaps "+y.what)
			}
		}
		for _, n := range pic.nodes {
			if x.overlaps(n.box) {
				ps = append(ps, x.what+" overlaps state "+n.name)
			}
		}
		for _, a := range pic.arrows {
			if touches(a, x.grow(2)) {
				ps = append(ps, x.what+" stands on the line of "+pic.tooltip(a))
			}
		}
	}
	for _, a := range pic.arrows {
		for _, n := range pic.nodes {
			if touches(a, n.grow(-1)) {
				ps = append(ps, pic.tooltip(a)+" runs through state "+n.name)
			}
		}
	}
	return ps
}

type text struct {
	box
	what string
}

// texts are the boxes of everything written that isn't in a state.
func texts(pic *picture) []text {
	var ts []text
	for _, a := range pic.arrows {
		ts = append(ts, text{labelBox(a.label, a.at), "label " + pic.tooltip(a)})
	}
	for _, l := range pic.panels {
		w := textWidth(l.title, labelSize) * 1.08
		ts = append(ts, text{box{l.x + l.w - 16 - w, l.y + 10, w, labelLine}, "panel title " + l.title})
	}
	if pic.legend != nil {
		ts = append(ts, text{pic.legend.box, "legend"})
	}
	if pic.notes != nil {
		ts = append(ts, text{pic.notes.box, "notes"})
	}
	return ts
}

func touches(a arrow, b box) bool { return slices.ContainsFunc(samples(a.path, 200), b.contains) }

// The check of pictures finds what it is for.
func TestProblems(t *testing.T) {
	for name, spoil := range map[string]func(*picture){
		"overlaps state":     func(pic *picture) { pic.arrows[0].at = pic.nodes[3].centre() },
		"overlaps label":     func(pic *picture) { pic.arrows[0].at = pic.arrows[1].at },
		"stands on the line": func(pic *picture) { pic.arrows[0].at = bezier(pic.arrows[0].path, 0, 0.5) },
		"reaches out":        func(pic *picture) { pic.arrows[0].at.x = 10 },
		"runs through state": func(pic *picture) { pic.arrows[0].path = straight(pic.nodes[0].box, pic.nodes[4].box) },
	} {
		pic := must(newPicture(tcpProgram(t)))
		spoil(pic)
		if found := strings.Join(problems(pic), "; "); !strings.Contains(found, name) {
			t.Errorf("a picture in which something %s passes; found: %s", name, found)
		}
	}
}

func TestTCP_poster(t *testing.T) {
	pic, err := newPicture(tcpProgram(t))
	if err != nil {
		t.Fatal(err)
	}
	checkPicture(t, "tcp", pic)
	if n := len(pic.arrows); n != 21 {
		t.Errorf("%d edges are drawn, want 21", n)
	}
	for _, n := range pic.nodes {
		if w := textWidth(n.name, nameSize) * 1.08; w > n.w-16 {
			t.Errorf("name %s is %.0f px wide, too wide for its box", n.name, w)
		}
		if w := textWidth(n.doc, docSize); w > n.w-16 {
			t.Errorf("subtitle %q is %.0f px wide, too wide for its box", n.doc, w)
		}
	}
	for i, a := range pic.arrows {
		checkEnds(t, pic, a)
		for _, b := range pic.arrows[:i] {
			if cross(a.path, b.path) {
				t.Errorf("%s crosses %s", pic.tooltip(a), pic.tooltip(b))
			}
		}
	}
}

// checkEnds reports a path that doesn't begin and end at the borders of its states.
func checkEnds(t *testing.T, pic *picture, a arrow) {
	t.Helper()
	for _, end := range []struct {
		p point
		n node
	}{{a.path[0], pic.nodes[a.from]}, {a.path[len(a.path)-1], pic.nodes[a.to]}} {
		if !end.n.grow(1.5).contains(end.p) || end.n.grow(-1.5).contains(end.p) {
			t.Errorf("%s has an end at %s, not at the border of %s", pic.tooltip(a), xy(end.p), end.n.name)
		}
	}
}

// cross reports whether two paths cut each other.
func cross(a, b []point) bool {
	p, q := samples(a, 60), samples(b, 60)
	for i := 1; i < len(p); i++ {
		for k := 1; k < len(q); k++ {
			if side(p[i-1], p[i], q[k-1]) != side(p[i-1], p[i], q[k]) && side(q[k-1], q[k], p[i-1]) != side(q[k-1], q[k], p[i]) {
				return true
			}
		}
	}
	return false
}

func side(p, q, r point) bool { return (q.x-p.x)*(r.y-p.y) > (q.y-p.y)*(r.x-p.x) }

func TestPicture_badPath(t *testing.T) {
	for _, path := range []string{"1,2", "1,2 3,4 5,6", "1;2 3,4 5,6 7,8", "a,b c,d e,f g,h"} {
		m := turnstile()
		m.Diagram = spec.Diagram{Width: 400, Height: 300,
			Nodes: []spec.Node{{State: 1, X: 100, Y: 100}, {State: 2, X: 100, Y: 200}},
			Edges: []spec.Edge{{From: 1, To: 2, On: "COIN", Path: path}}}
		if _, err := renderSVG(program(m), "x"); err == nil || !strings.Contains(err.Error(), "LOCKED to OPEN") {
			t.Errorf("path %q: error %v, want one that names the edge", path, err)
		}
		if svg := string(SVG(program(m))); !strings.Contains(svg, "LOCKED \u2192 OPEN: COIN") {
			t.Errorf("path %q: the edge isn't drawn", path)
		}
	}
}

func TestWrap(t *testing.T) {
	long := "ABORT, user timeout, retransmission limit: any state to CLOSED"
	lines := wrap(long, 150, noteSize)
	if got := strings.Join(lines, " "); got != long {
		t.Errorf("wrapped text reads %q", got)
	}
	for _, l := range lines {
		if w := textWidth(l, noteSize); w > 150 {
			t.Errorf("line %q is %.0f px wide, want at most 150", l, w)
		}
	}
}
