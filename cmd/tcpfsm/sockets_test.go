package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// callOf finds a call by how the page writes it.
func callOf(page string) (socketCall, bool) {
	i := slices.IndexFunc(socketCalls, func(c socketCall) bool { return c.Page == page })
	if i < 0 {
		return socketCall{}, false
	}
	return socketCalls[i], true
}

// A socketLine is a line of the table of calls for one state.
type socketLine struct {
	call, in      string
	unread        bool
	event         string
	to            string // "stays" or a state
	sends, row    string
	onLinux       bool
	state, target tcpfsm.State
}

// socketLines reads the table of calls.
func socketLines(t *testing.T) (lines []socketLine) {
	t.Helper()
	for _, cells := range pageTable(t, "SOCKETS.md", "call") {
		for in := range strings.SplitSeq(cells[1], ", ") {
			name, unread := strings.CutSuffix(in, " with unread text")
			l := socketLine{
				call: cells[0], in: in, unread: unread, event: cells[2], to: cells[3], sends: cells[4],
				row: strings.Trim(cells[5], "`"), onLinux: cells[6] == "●",
			}
			var err error
			if l.state, err = tcpfsm.ParseState(name); err != nil || l.state.String() != name {
				t.Fatalf("%s in %q: no state", l.call, in)
			}
			if l.target = l.state; l.to != "stays" {
				if l.target, err = tcpfsm.ParseState(l.to); err != nil || l.target.String() != l.to {
					t.Fatalf("%s in %q goes to %q: no state", l.call, in, l.to)
				}
			}
			lines = append(lines, l)
		}
	}
	if len(lines) < 60 {
		t.Fatalf("only %d lines were found in docs/SOCKETS.md", len(lines))
	}
	return lines
}

// pageTable gives the cells of the lines of a page's table that begins with a head cell.
func pageTable(t *testing.T, page, head string) (lines [][]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", page))
	if err != nil {
		t.Fatal(err)
	}
	in := false
	for line := range strings.Lines(string(text)) {
		cells := tableCells(line)
		switch {
		case len(cells) == 0:
			in = false
		case cells[0] == head:
			in = true
		case in && strings.Trim(cells[0], "-:") != "":
			lines = append(lines, cells)
		}
	}
	return lines
}

// tableCells are the cells of a line of a table; none if it is no such line.
func tableCells(line string) (cells []string) {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "|") || !strings.HasSuffix(line, "|") {
		return nil
	}
	for cell := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
		cells = append(cells, strings.TrimSpace(cell))
	}
	return cells
}

// A driven is a machine that is led to a state by events.
type driven struct {
	t   *testing.T
	tcb tcpfsm.TCB
	out tcpfsm.Output
}

// ledTo leads a machine to a state, as a program and a peer would. The peer's first
// sequence number is 300, ours 100.
func ledTo(t *testing.T, options tcpfsm.Options, state tcpfsm.State, unread bool) *driven {
	t.Helper()
	d := &driven{t: t, tcb: tcpfsm.TCB{Options: options, RcvBuf: 1000, SndMss: 100, ChallengeMax: 10}}
	if state == tcpfsm.Closed {
		return d
	}
	if state == tcpfsm.Listen {
		d.does(tcpfsm.EventOpenPassive)
		return d
	}
	d.does(tcpfsm.EventOpenActive)
	switch state {
	case tcpfsm.SynSent:
		return d
	case tcpfsm.SynReceived:
		d.gets(tcpfsm.SYN, 300, 0)
		return d
	}
	d.gets(tcpfsm.SYN|tcpfsm.ACK, 300, 0)
	if unread {
		d.gets(tcpfsm.ACK, 301, 10)
	}
	d.closes(state)
	if d.tcb.State != state {
		t.Fatalf("led to %v, want %v", d.tcb.State, state)
	}
	return d
}

// closes leads an established connection on to a state.
func (d *driven) closes(state tcpfsm.State) {
	next := d.tcb.RcvNxt
	if state == tcpfsm.CloseWait || state == tcpfsm.LastAck {
		d.gets(tcpfsm.FIN|tcpfsm.ACK, next, 0)
	}
	if state != tcpfsm.CloseWait && state != tcpfsm.Established {
		d.does(tcpfsm.EventShutdown)
	}
	if state == tcpfsm.FinWait2 || state == tcpfsm.TimeWait {
		d.gets(tcpfsm.ACK, next, 0)
	}
	switch state {
	case tcpfsm.TimeWait:
		d.gets(tcpfsm.FIN|tcpfsm.ACK, next, 0)
	case tcpfsm.Closing:
		d.step(tcpfsm.Event{Kind: tcpfsm.EventSegment, Seg: tcpfsm.Segment{Seq: next, Ack: d.tcb.SndUna, Wnd: 1000, Flags: tcpfsm.FIN | tcpfsm.ACK}})
	}
}

func (d *driven) does(kind tcpfsm.EventKind) tcpfsm.RowID {
	return d.step(tcpfsm.Event{Kind: kind, ISN: 100, RemoteGiven: kind == tcpfsm.EventOpenActive, Octets: 10})
}

func (d *driven) gets(flags tcpfsm.Flags, seq, text uint32) {
	d.step(tcpfsm.Event{Kind: tcpfsm.EventSegment, Seg: tcpfsm.Segment{Seq: seq, Ack: d.tcb.SndNxt, Wnd: 1000, Text: text, Flags: flags}})
}

func (d *driven) step(ev tcpfsm.Event) tcpfsm.RowID {
	row := d.tcb.Step(&ev, &d.out)
	if err := d.tcb.Check(); err != nil {
		d.t.Fatal(err)
	}
	return row
}

// sends says what a step sends, in the words of the page.
func (d *driven) sends() string {
	flags := d.out.Ctl.Flags | d.out.Data.Flags
	switch {
	case flags == 0:
		return "nothing"
	case flags.Has(tcpfsm.FIN):
		return "FIN"
	case d.out.Data.Text > 0:
		return "text"
	}
	return strings.TrimSuffix((flags &^ tcpfsm.ACK).String(), ",")
}

// Every line of the table of calls is what the machine does.
func TestSockets_calls(t *testing.T) {
	profiles := map[string]tcpfsm.Options{"linux": tcpfsm.ProfileLinux, "bsd": tcpfsm.ProfileBSD}
	called := map[string]bool{}
	for _, l := range socketLines(t) {
		call, known := callOf(l.call)
		if !known {
			t.Errorf("%s is no call that this test knows", l.call)
			continue
		}
		called[l.call] = true
		if l.event == "none" {
			if l.to != "stays" || l.sends != "nothing" || l.row != "" || call.Reaches && l.call != "`listen(n)`" {
				t.Errorf("%s in %s does not reach the machine, and can't do %+v", l.call, l.in, l)
			}
			continue
		}
		if !call.Reaches || l.event != call.Event.String() {
			t.Errorf("%s is the event %v, not %s", l.call, call.Event, l.event)
			continue
		}
		for name, options := range profiles {
			d := ledTo(t, options, l.state, l.unread)
			row := d.does(call.Event)
			if row.String() != l.row || d.tcb.State != l.target || d.sends() != l.sends {
				t.Errorf("%s in %s, profile %s: row %v to %v sends %s; the page has row %s to %v sends %s",
					l.call, l.in, name, row, d.tcb.State, d.sends(), l.row, l.target, l.sends)
			}
		}
	}
	for _, call := range socketCalls {
		if !called[call.Page] {
			t.Errorf("the page does not have %s", call.Page)
		}
	}
}

// Every row that changes the state by a call is on the page, by that call.
func TestSockets_everyCallThatMoves(t *testing.T) {
	p, err := table()
	if err != nil {
		t.Fatal(err)
	}
	lines := socketLines(t)
	text, err := os.ReadFile(filepath.Join(root, "docs", "SOCKETS.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range p.Rows {
		if r.To < 0 || !isCall(r.On[0]) {
			continue
		}
		onLine := slices.ContainsFunc(lines, func(l socketLine) bool { return l.row == r.ID })
		if !onLine && !strings.Contains(string(text), "`"+r.ID+"`") {
			t.Errorf("row %s changes the state by a call, and docs/SOCKETS.md does not have it", r.ID)
		}
	}
}

// isCall reports whether an event is a call of the user.
func isCall(event int) bool { return tcpfsm.EventKind(event) < tcpfsm.EventStatus }

// socketProfiles are those that the page is about.
var socketProfiles = []string{"linux", "bsd"}

// possibleIn reports whether a row may fire under a profile, in a state, on some event
// of its own of that sort.
func possibleIn(p *spec.Program, r *spec.Rule, profile string, from int, sort func(int) bool) bool {
	options, _ := p.Profile(profile)
	c := p.NewComparer(options, true)
	return slices.ContainsFunc(r.On, func(e int) bool { return sort(e) && c.Fires(from, p.Cells[from][e], r) })
}

// Every edge of the diagram is attributed to a call or to the kernel, and the page says
// what the table says.
func TestSockets_page(t *testing.T) {
	p, err := table()
	if err != nil {
		t.Fatal(err)
	}
	comparePart(t, "SOCKETS.md", "edges", edgesTable(p))
	comparePart(t, "SOCKETS.md", "alone", aloneTable(p))
	for _, cells := range pageTable(t, "SOCKETS.md", "from") {
		if cells[3]+cells[4] == "" {
			t.Errorf("nobody is said to cause %v", cells)
		}
	}
}

// An edge seen by no system would be attributed on paper only.
func TestSockets_edgesAreSeen(t *testing.T) {
	p, err := table()
	if err != nil {
		t.Fatal(err)
	}
	steps, _ := observe()
	for _, e := range p.Machine.Diagram.Edges {
		found := false
		for s := range steps {
			found = found || stateBit(s.from) == e.From && stateBit(s.to) == e.To && slices.Contains(strings.Fields(e.Rows), s.row.String())
		}
		byListener := stateBit(tcpfsm.Listen) == e.From && stateBit(tcpfsm.SynSent) == e.To // no system's users do that
		if !found && !byListener {
			t.Errorf("no system that is watched goes %s to %s", e.On, e.Rows)
		}
	}
}

func stateBit(s tcpfsm.State) spec.StateSet { return 1 << s }

// edgeRows are the rows of an edge that some profile of sockets has, by calls or not.
func edgeRows(p *spec.Program, e spec.Edge, calls bool) (rows []*spec.Rule) {
	from := slices.IndexFunc(p.Machine.States, func(s spec.State) bool { return s.ID == e.From })
	for id := range strings.FieldsSeq(e.Rows) {
		r := findRow(p, id)
		event := func(k int) bool { return isCall(k) == calls }
		for _, profile := range socketProfiles {
			if possibleIn(p, r, profile, from, event) && !slices.Contains(rows, r) {
				rows = append(rows, r)
			}
		}
	}
	return rows
}

func findRow(p *spec.Program, id string) *spec.Rule {
	i := slices.IndexFunc(p.Rows, func(r *spec.Rule) bool { return r.ID == id })
	return p.Rows[i]
}

// byCalls names the socket calls that cause an edge.
func byCalls(p *spec.Program, e spec.Edge) string {
	var calls []string
	for _, r := range edgeRows(p, e, true) {
		for _, call := range socketCalls {
			if call.Reaches && slices.Contains(r.On, int(call.Event)) && call.Name != "SO_LINGER n" {
				calls = append(calls, call.Page)
			}
		}
	}
	slices.Sort(calls)
	return strings.Join(slices.Compact(calls), ", ")
}

// byKernel says on what the kernel alone takes an edge.
func byKernel(p *spec.Program, e spec.Edge) string {
	var events []string
	for _, r := range edgeRows(p, e, false) {
		for _, k := range r.On {
			if !isCall(k) {
				events = append(events, kernelEvent(p, k))
			}
		}
	}
	slices.Sort(events)
	return strings.Join(slices.Compact(events), ", ")
}

func kernelEvent(p *spec.Program, k int) string {
	switch e := p.Machine.Events[k]; {
	case tcpfsm.EventKind(k) == tcpfsm.EventSegment:
		return "a segment arrives"
	case e.Timer != "":
		return "the timer " + e.Timer + " expires"
	default:
		return e.Text
	}
}

func edgesTable(p *spec.Program) string {
	var b strings.Builder
	b.WriteString("| from | to | on | call | the kernel alone |\n|---|---|---|---|---|\n")
	for _, e := range p.Machine.Diagram.Edges {
		calls, kernel := byCalls(p, e), byKernel(p, e)
		if calls == "" && kernel == "" {
			calls = "neither: sockets do not do this"
		}
		state := func(id spec.StateSet) string {
			return p.Machine.States[slices.IndexFunc(p.Machine.States, func(s spec.State) bool { return s.ID == id })].Name
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", state(e.From), state(e.To), e.On, calls, kernel)
	}
	return b.String()
}

// aloneTable lists the rows that are on no edge and change the state without a call.
func aloneTable(p *spec.Program) string {
	var drawn []string
	for _, e := range p.Machine.Diagram.Edges {
		drawn = append(drawn, strings.Fields(e.Rows)...)
	}
	var b strings.Builder
	b.WriteString("| on | in | goes to | row | why | profiles |\n|---|---|---|---|---|---|\n")
	for _, r := range p.Rows {
		if r.To < 0 || isCall(r.On[0]) || slices.Contains(drawn, r.ID) {
			continue
		}
		var in, profiles []string
		for _, profile := range socketProfiles {
			if slices.ContainsFunc(r.In, func(s int) bool { return possibleIn(p, r, profile, s, func(int) bool { return true }) }) {
				profiles = append(profiles, profile)
			}
		}
		for _, s := range r.In {
			in = append(in, p.Machine.States[s].Name)
		}
		if len(profiles) == 0 {
			profiles = []string{"neither"}
		}
		fmt.Fprintf(&b, "| %s | %s | %s | `%s` | %s | %s |\n", kernelEvent(p, r.On[0]), strings.Join(in, ", "),
			p.Machine.States[r.To].Name, r.ID, r.Why, strings.Join(profiles, ", "))
	}
	return b.String()
}

// comparePart holds the generated part of a page against the file, or writes it: what
// stands between the comment that begins with its name and the next '<!-- end -->'.
func comparePart(t *testing.T, page, name, want string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", page))
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), "<!-- "+name+": ")
	comment, rest, ok2 := strings.Cut(rest, "-->\n")
	_, after, ok3 := strings.Cut(rest, "<!-- end -->")
	if !ok || !ok2 || !ok3 {
		t.Fatalf("docs/%s has no part %s", page, name)
	}
	comparePage(t, page, before+"<!-- "+name+": "+comment+"-->\n"+want+"<!-- end -->"+after)
}
