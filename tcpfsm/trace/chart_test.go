package trace_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/docs/scenarios"
	"github.com/tcpfsm/tcpfsm/model/tcpnet"
	"github.com/tcpfsm/tcpfsm/tcpfsm/sim"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden charts")

// scenario runs a scenario by its name.
func scenario(t testing.TB, name string) *trace.Log {
	t.Helper()
	text, err := scenarios.Files.ReadFile(name + ".trace")
	if err != nil {
		t.Fatal(err)
	}
	f, err := trace.Parse(name, string(text))
	if err != nil {
		t.Fatal(err)
	}
	res, err := sim.Scenario(name, f)
	if err != nil {
		t.Fatal(err)
	}
	return res.Sim.Log()
}

// replay replays a counterexample.
func replay(t testing.TB, name string) *trace.Log {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := trace.Parse(name, string(text))
	if err != nil {
		t.Fatal(err)
	}
	log, err := tcpnet.Replay(name, f, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &log.Events
}

// everyLog is the log of every scenario and of every trace of the explorer.
func everyLog(t testing.TB) map[string]*trace.Log {
	t.Helper()
	logs := map[string]*trace.Log{}
	files, err := scenarios.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(f.Name(), ".trace")
		logs[name] = scenario(t, name)
	}
	for _, pattern := range []string{"*.trace", "found/*.trace"} {
		names, err := filepath.Glob(filepath.Join("../../model/tcpnet/testdata", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			logs[filepath.Base(name)] = replay(t, name)
		}
	}
	if len(logs) < 60 {
		t.Fatalf("there are %d logs only", len(logs))
	}
	return logs
}

// The charts that everybody knows look as they should. Read the difference before
// writing new ones with -update.
func TestText_golden(t *testing.T) {
	for _, c := range []struct {
		file string
		log  *trace.Log
		o    trace.TextOptions
	}{
		{"handshake.txt", scenario(t, "three-way-handshake"), trace.TextOptions{}},
		{"handshake-ascii.txt", scenario(t, "three-way-handshake"), trace.TextOptions{ASCII: true}},
		{"handshake-narrow.txt", scenario(t, "three-way-handshake"), trace.TextOptions{Width: 60}},
		{"simultaneous-close.txt", scenario(t, "simultaneous-close"), trace.TextOptions{}},
		{"lost-last-ack.txt", scenario(t, "lost-last-ack"), trace.TextOptions{}},
		{"time-wait.txt", replay(t, "../../model/tcpnet/testdata/found/timewait-any.trace"), trace.TextOptions{}},
	} {
		text, err := c.log.Text(c.o)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, c.file, []byte(text))
	}
}

func TestSVG_golden(t *testing.T) {
	for file, log := range map[string]*trace.Log{
		"lost-last-ack.svg": scenario(t, "lost-last-ack"),
		"time-wait.svg":     replay(t, "../../model/tcpnet/testdata/found/timewait-any.trace"),
	} {
		picture, err := log.SVG()
		if err != nil {
			t.Fatal(err)
		}
		golden(t, file, picture)
	}
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	file = filepath.Join("testdata/charts", file)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what is drawn: read the difference, then run with -update\n%s", file, got)
	}
}

// Every scenario and every trace that the explorer has found is drawn legibly, with
// every event, in both forms.
func TestCharts_everyLog(t *testing.T) {
	for name, log := range everyLog(t) {
		for _, p := range trace.Problems(log) {
			t.Errorf("%s: %s", name, p)
		}
		picture, err := log.SVG()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n := countEvents(t, picture); n != len(log.Events) {
			t.Errorf("%s: the picture has %d events, the log %d", name, n, len(log.Events))
		}
		checkText(t, name, log)
		if again, _ := log.SVG(); !bytes.Equal(picture, again) {
			t.Errorf("%s is drawn differently the second time", name)
		}
	}
}

// Two hosts fit into 800 px, and five nearly: a picture that is shrunk can't be read.
func TestSVG_width(t *testing.T) {
	for name, log := range everyLog(t) {
		picture, _ := log.SVG()
		var w, h float64
		if _, err := fmt.Sscanf(attributes(picture), `width="%f" height="%f"`, &w, &h); err != nil {
			t.Fatal(err)
		}
		if len(log.Hosts) <= 5 && w > 880 {
			t.Errorf("%s is %.0f px wide: at 800 px its text has less than 10.4 px", name, w)
		}
		columns := map[string]bool{}
		for i := range log.Events {
			columns[log.Events[i].Host+" "+log.Events[i].Conn] = true
		}
		if len(log.Hosts) == 2 && len(columns) == 2 && w > 801 {
			t.Errorf("%s is %.0f px wide", name, w)
		}
	}
}

// Where a chart is longer than a screen, the hosts are named again, in both forms.
func TestCharts_namesAgain(t *testing.T) {
	for _, name := range []string{"slow-accept", "zero-window"} {
		log := scenario(t, name)
		picture, err := log.SVG()
		if err != nil {
			t.Fatal(err)
		}
		var w, h float64
		if _, err := fmt.Sscanf(attributes(picture), `width="%f" height="%f"`, &w, &h); err != nil {
			t.Fatal(err)
		}
		if n, least := strings.Count(string(picture), ">server</text>"), int(h/1200)+1; n < least {
			t.Errorf("%s, %.0f px high, names the server %d times, want %d", name, h, n, least)
		}
		text, err := log.Text(trace.TextOptions{})
		if err != nil {
			t.Fatal(err)
		}
		since := 0
		for _, line := range strings.Split(text, "\n") {
			if since++; strings.Contains(line, "server") && strings.Contains(line, log.Hosts[0]) {
				since = 0
			}
			if since > 110 {
				t.Fatalf("%s: %d lines do not name the hosts", name, since)
			}
		}
	}
}

// A letter with a line through it is hard to read: labels step aside where they can.
func TestSVG_labelsStepAside(t *testing.T) {
	struck, labels := 0, 0
	for _, log := range everyLog(t) {
		s, n := trace.Struck(log)
		struck, labels = struck+s, labels+n
	}
	if struck > labels/7 {
		t.Errorf("%d of %d labels have a line through them", struck, labels)
	}
}

func attributes(picture []byte) string {
	_, rest, _ := bytes.Cut(picture, []byte(`class="seq" `))
	return string(rest[:min(len(rest), 100)])
}

// The check of pictures finds what it is for.
func TestProblems_areFound(t *testing.T) {
	for what, found := range trace.Spoiled(scenario(t, "lost-last-ack")) {
		if !strings.Contains(strings.Join(found, "; "), what) {
			t.Errorf("a picture in which something %s passes; found: %s", what, found)
		}
	}
}

// countEvents reads a picture as XML and counts the events in it.
func countEvents(t *testing.T, picture []byte) int {
	t.Helper()
	n := 0
	d := xml.NewDecoder(bytes.NewReader(picture))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return n
		}
		if err != nil {
			t.Fatalf("the picture is no XML: %v", err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "g" {
			for _, a := range e.Attr {
				if a.Name.Local == "class" && strings.HasPrefix(a.Value, "ev ") {
					n++
				}
			}
		}
	}
}

// checkText counts what a chart as text shows, in one so wide that nothing is broken.
func checkText(t *testing.T, name string, log *trace.Log) {
	t.Helper()
	untitled := *log
	untitled.Title = ""
	text, err := untitled.Text(trace.TextOptions{Width: 1000, ASCII: true})
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	have := map[string]int{"lost": strings.Count(text, "X lost") + strings.Count(text, "lost X"), "arrived": strings.Count(text, "->|") + strings.Count(text, "|<-") + strings.Count(text, "->#") + strings.Count(text, "#<-") + strings.Count(text, " from ")}
	want := map[string]int{"lost": 0, "arrived": 0}
	for _, line := range strings.Split(text, "\n") {
		countLists(have, line)
	}
	for i := range log.Events {
		ev := &log.Events[i]
		name := strings.Replace(ev.Name, "TimeWait", "2MSL", 1)
		switch ev.Kind {
		case trace.Lost, trace.Arrived:
			want[ev.Kind.String()]++
		case trace.Signaled:
			want["told: "+name]++
		case trace.Stopped:
			if !expiredBefore(log, i) {
				want["stop "+name]++
			}
		case trace.Started:
			want["start "+name]++
		case trace.Called, trace.Noted, trace.Expired:
			if !strings.Contains(text, name) {
				t.Errorf("%s: the text does not say %q", name, name)
			}
		}
		if ev.Row != "" && !strings.Contains(text, ev.Row) {
			t.Errorf("%s: the text does not name the row %s", name, ev.Row)
		}
	}
	for what, n := range want {
		if have[what] != n {
			t.Errorf("%s: %q stands in the text %d times, want %d", name, what, have[what], n)
		}
	}
}

// expiredBefore reports whether a timer that is stopped has just expired: the text
// does not say so again.
func expiredBefore(log *trace.Log, i int) bool {
	ev := &log.Events[i]
	for i--; i >= 0 && log.Events[i].Time == ev.Time && log.Events[i].Host == ev.Host; i-- {
		if before := &log.Events[i]; before.Kind != trace.Stopped && before.Kind != trace.Signaled {
			return before.Kind == trace.Expired && before.Name == ev.Name
		}
	}
	return false
}

// countLists counts the words of "told: a, b; stop c; start d 1s".
func countLists(have map[string]int, line string) {
	for _, part := range strings.Split(strings.Trim(line, " |#"), "; ") {
		part = strings.Trim(part, " |#")
		for _, verb := range []string{"told: ", "stop ", "start "} {
			if i := strings.Index(part, verb); i >= 0 && (i == 0 || strings.ContainsAny(part[i-1:i], " |#")) {
				for _, word := range strings.Split(strings.Trim(part[i+len(verb):], " |#"), ", ") {
					word, _, _ = strings.Cut(word, " ")
					have[verb+word]++
				}
			}
		}
	}
}

// hostileName draws what must not leave its place.
func hostileName() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{"", "a", "b", "server", "<script>alert(1)</script>", `"'&`, "\x1b[31mred", "x\x00\xff\xfe", "]]>--><!--",
		"\u202eright to left", "世界世界世界世界世界世界世界世界世界世界", "e\u0301\u0301", strings.Repeat("long", 100), "two words\nand lines\r\t", "😀"})
}

func drawLog() *rapid.Generator[*trace.Log] {
	return rapid.Custom(func(t *rapid.T) *trace.Log {
		l := &trace.Log{Title: hostileName().Draw(t, "title"), Steps: rapid.Bool().Draw(t, "steps")}
		names := rapid.SliceOfNDistinct(hostileName(), 1, 5, rapid.ID[string]).Draw(t, "hosts")
		l.Hosts = names[:rapid.IntRange(0, len(names)).Draw(t, "declared")]
		states := []string{"", "CLOSED", "ESTABLISHED", "TIME-WAIT", "<b>", "no such state \x1b[0m and a long one"}
		var now time.Duration
		for range rapid.IntRange(0, 60).Draw(t, "events") {
			now += time.Duration(rapid.SampledFrom([]int64{0, 0, 1, 10, 1e6, 1e12}).Draw(t, "gap"))
			l.Events = append(l.Events, trace.Event{
				Time: now, Kind: trace.EventKind(rapid.IntRange(0, int(trace.Noted)).Draw(t, "kind")),
				Host: rapid.SampledFrom(names).Draw(t, "host"), Conn: rapid.SampledFrom([]string{"", "", "", "c:1", "<&>"}).Draw(t, "conn"),
				Before: rapid.SampledFrom(states).Draw(t, "before"), After: rapid.SampledFrom(states).Draw(t, "after"),
				Row: hostileName().Draw(t, "row"), Name: rapid.OneOf(rapid.SampledFrom([]string{"RTX", "TimeWait"}), hostileName()).Draw(t, "name"),
				Until: now + time.Duration(rapid.Int64Range(-5, 1e9).Draw(t, "until")), Peer: rapid.OneOf(rapid.SampledFrom(names), hostileName()).Draw(t, "peer"),
				Segment: trace.Segment{Flags: hostileName().Draw(t, "flags"), Seq: trace.Num(1 << 31)}, Packet: rapid.IntRange(0, 9).Draw(t, "packet"),
				Forged: rapid.Bool().Draw(t, "forged"), Failed: rapid.Bool().Draw(t, "failed"),
			})
		}
		return l
	})
}

// Whatever a log says, its charts are well-formed, legible, bounded, and the text has
// no character that a terminal obeys.
func TestCharts_anyLog(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := drawLog().Draw(rt, "log")
		picture, err := l.SVG()
		if err != nil {
			rt.Fatal(err)
		}
		if n := countEvents(t, picture); n != len(l.Events) {
			rt.Fatalf("the picture has %d events, the log %d", n, len(l.Events))
		}
		for _, p := range trace.Problems(l) {
			rt.Fatal(p)
		}
		o := trace.TextOptions{Width: rapid.IntRange(0, 300).Draw(rt, "width"), ASCII: rapid.Bool().Draw(rt, "ascii")}
		text, err := l.Text(o)
		if err != nil {
			rt.Fatal(err)
		}
		for _, r := range text {
			if r < ' ' && r != '\n' || r == 0x7f || r == '\u202e' || o.ASCII && r > '~' {
				rt.Fatalf("the text contains %q", r)
			}
		}
	})
}

// Lines are as wide as they may be, where the lanes have room.
func TestText_width(t *testing.T) {
	log := scenario(t, "lost-last-ack")
	for width := 50; width < 220; width += 7 {
		text, err := log.Text(trace.TextOptions{Width: width})
		if err != nil {
			t.Fatal(err)
		}
		widest := 0
		for _, line := range strings.Split(text, "\n") {
			widest = max(widest, len([]rune(line)))
		}
		if widest > width || widest < width-24 {
			t.Errorf("a chart of %d columns has a line of %d", width, widest)
		}
	}
}

// Nothing that is written reaches over the lane it is about, however narrow the chart:
// in both lanes' columns stand lifelines and ends of arrows only.
func TestText_lanes(t *testing.T) {
	for name, log := range everyLog(t) {
		if len(log.Hosts) != 2 {
			continue
		}
		for _, width := range []int{40, 60, 79, 80, 100, 140} {
			text, err := log.Text(trace.TextOptions{Width: width})
			if err != nil {
				t.Fatal(err)
			}
			_, body, _ := strings.Cut(text, log.Hosts[1])
			lines := strings.Split(body, "\n")[1:]
			var lanes []int
			for x, r := range []rune(lines[0]) {
				if r == '│' {
					lanes = append(lanes, x)
				}
			}
			for _, line := range lines {
				if len(line) == 0 {
					break // the legend follows
				}
				for lane, x := range lanes {
					if r := []rune(line); !strings.Contains(line, "FAILED") && (x >= len(r) || !strings.ContainsRune("│║├┤⋮", r[x])) && !failing(log) {
						t.Fatalf("%s, %d columns: lane %d has a gap in\n%s", name, width, lane, line)
					}
				}
			}
		}
	}
}

// failing reports whether a finding is written over the lanes.
func failing(log *trace.Log) bool {
	return slices.ContainsFunc(log.Events, func(ev trace.Event) bool { return ev.Failed })
}

// Colour is on only if it was asked for, and says nothing that words do not.
func TestText_color(t *testing.T) {
	log := scenario(t, "lost-syn")
	plain, _ := log.Text(trace.TextOptions{})
	colored, _ := log.Text(trace.TextOptions{Color: true})
	if strings.Contains(plain, "\x1b") || !strings.Contains(colored, "\x1b[1;31m✕") {
		t.Error("colour is where it should not be, or is missing")
	}
	for _, code := range []string{"\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[1;31m"} {
		colored = strings.ReplaceAll(colored, code, "")
	}
	if colored != plain {
		t.Error("without its colours, the chart reads differently")
	}
}

// pingPong is a log of so many events.
func pingPong(n int) *trace.Log {
	l := &trace.Log{Title: "ping-pong", Hosts: []string{"a", "b"}}
	for i := 0; len(l.Events) < n; i++ {
		from, to := l.Hosts[i%2], l.Hosts[1-i%2]
		at := time.Duration(i) * 10 * time.Millisecond
		seg := trace.Segment{Flags: "ACK", Seq: trace.Num(uint32(i)), Ack: trace.Num(uint32(i))}
		l.Events = append(l.Events, trace.Event{Time: at, Kind: trace.Departed, Host: from, Peer: to, Segment: seg, Packet: i + 1},
			trace.Event{Time: at + 10*time.Millisecond, Kind: trace.Arrived, Host: to, Peer: from, Segment: seg, Packet: i + 1, Before: "ESTABLISHED", After: "ESTABLISHED", Row: "estab.segment"})
	}
	l.Events = l.Events[:n]
	return l
}

// Of a log that is too long the beginning is drawn, and the chart and the error say so.
func TestCharts_limits(t *testing.T) {
	l := pingPong(100_000)
	var limit *trace.LimitError
	picture, err := l.SVG()
	if !errors.As(err, &limit) || limit.Events != len(l.Events) || limit.Shown < 500 || limit.Shown != countEvents(t, picture) {
		t.Errorf("the picture has %d events, error %v", countEvents(t, picture), err)
	}
	var w, h float64
	if _, err := fmt.Sscanf(attributes(picture), `width="%f" height="%f"`, &w, &h); err != nil || h > 25_000 || len(picture) > 2<<20 {
		t.Errorf("the picture is %.0f px high and has %d bytes: %v", h, len(picture), err)
	}
	message := fmt.Sprintf("the first %d of 100000 events", limit.Shown)
	if !bytes.Contains(picture, []byte(message)) {
		t.Errorf("the picture does not say %q", message)
	}
	text, err := l.Text(trace.TextOptions{})
	if !errors.As(err, &limit) || !strings.Contains(text, fmt.Sprintf("the first %d of 100000 events", limit.Shown)) {
		t.Errorf("the text is not limited: %v", err)
	}
	many := &trace.Log{}
	for i := range 17 {
		many.Hosts = append(many.Hosts, fmt.Sprint(i))
	}
	for _, draw := range []func() error{func() error { _, err := many.SVG(); return err }, func() error { _, err := many.Text(trace.TextOptions{}); return err }} {
		if err := draw(); err == nil || !strings.Contains(err.Error(), "the log has 17 hosts") {
			t.Errorf("17 hosts: error %v", err)
		}
	}
}

// The size of a chart is a metric. "all" is every scenario and every counterexample.
func BenchmarkChart(b *testing.B) {
	all := everyLog(b)
	for _, c := range []struct {
		name string
		logs []*trace.Log
	}{
		{"three-way-handshake", []*trace.Log{all["three-way-handshake"]}}, {"lost-last-ack", []*trace.Log{all["lost-last-ack"]}},
		{"timewait-any", []*trace.Log{all["timewait-any.trace"]}}, {"backlog-linux", []*trace.Log{all["backlog-linux"]}},
		{"zero-window", []*trace.Log{all["zero-window"]}}, {"ping-pong-600", []*trace.Log{pingPong(600)}},
		{"all", slices.Collect(maps.Values(all))},
	} {
		b.Run(c.name+"/text", func(b *testing.B) {
			benchmark(b, c.logs, func(l *trace.Log) int { s, _ := l.Text(trace.TextOptions{}); return len(s) })
		})
		b.Run(c.name+"/svg", func(b *testing.B) {
			benchmark(b, c.logs, func(l *trace.Log) int { s, _ := l.SVG(); return len(s) })
		})
	}
}

func benchmark(b *testing.B, logs []*trace.Log, draw func(*trace.Log) int) {
	size, events := 0, 0
	for b.Loop() {
		size, events = 0, 0
		for _, l := range logs {
			size += draw(l)
			events += len(l.Events)
		}
	}
	b.ReportMetric(float64(size), "bytes")
	b.ReportMetric(float64(events), "events")
	b.ReportMetric(float64(len(logs)), "charts")
}

// What a trace says can be drawn without being run: each action and expectation.
func TestFile_Log(t *testing.T) {
	f, err := trace.Parse("x", `title what a stack did not do
profile bsd

b open passive                               want b LISTEN
a->b SYN seq=1                               want b SYN-RECEIVED
lose b->a SYN,ACK seq=300 ack=2
copy a->b ACK
forge a->b RST seq=7
b expire RTX
tick
crash a
b send 3                                     want a CLOSED want b ESTABLISHED
`)
	if err != nil {
		t.Fatal(err)
	}
	log := f.Log()
	text, err := log.Text(trace.TextOptions{ASCII: true})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "script.txt", []byte(text))
	for _, p := range trace.Problems(log) {
		t.Error(p)
	}
}

func TestFile_Log_everyTrace(t *testing.T) {
	files, err := scenarios.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := scenarios.Files.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		f, err := trace.Parse(file.Name(), string(text))
		if err != nil {
			t.Fatal(err)
		}
		log := f.Log()
		if len(log.Events) < len(f.Lines)/2 {
			t.Errorf("%s: %d lines give %d events", file.Name(), len(f.Lines), len(log.Events))
		}
		for _, p := range trace.Problems(log) {
			t.Errorf("%s: %s", file.Name(), p)
		}
		if _, err := log.SVG(); err != nil {
			t.Error(err)
		}
	}
}
