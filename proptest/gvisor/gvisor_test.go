package gvisor

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/proptest"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

var (
	update    = flag.Bool("update", false, "write the traces of testdata anew, and print the table of docs/CONFORMANCE.md")
	traceFile = flag.String("replay", "", "a trace for TestReplay to replay")
	lives     = flag.Int("lives", 2000, "lives of a connection that TestLives draws")
)

func newStack() proptest.Stack { return New() }

func config() proptest.Config { return proptest.Config{Options: Options, MSL: timeWait / 2} }

// mostDifferences is how many a rule may cover.
const mostDifferences = 20

// A difference is what differs, however many segments show it: the state, the row,
// and both reactions but for their numbers.
func difference(f *proptest.Finding) string {
	text := fmt.Sprintf("%v %v:", f.Before, f.Row)
	for _, r := range []proptest.Reaction{f.Said, f.Came} {
		text += " " + r.State.String()
		for _, s := range r.Sent {
			text += " <" + s.Flags.String() + ">"
		}
		text += ";"
	}
	return text
}

// covering are the rules that cover a finding.
func covering(f *proptest.Finding) (list []*Rule) {
	for i := range Rules {
		if Rules[i].Covers(f) {
			list = append(list, &Rules[i])
		}
	}
	return list
}

// TestProbes: every difference has exactly one rule, no rule covers more than twenty,
// and each is in the page with its counts. What has no count shows in lives only.
func TestProbes(t *testing.T) {
	found, probes := proptest.Probe(config(), newStack)
	page, err := os.ReadFile("../../docs/CONFORMANCE.md")
	if err != nil {
		t.Fatal(err)
	}
	segments, kinds, rows := map[string]int{}, map[string]map[string]bool{}, map[string]map[string]bool{}
	all := map[string]bool{}
	for _, f := range found {
		rules := covering(f)
		if len(rules) != 1 {
			t.Errorf("%d rules cover %v", len(rules), f)
			continue
		}
		name := rules[0].Name
		if segments[name]++; segments[name] == 1 {
			if *update {
				writeTrace(t, rules[0], f, filepath.Join("testdata", name+".trace"))
			}
			kinds[name], rows[name] = map[string]bool{}, map[string]bool{}
		}
		kinds[name][difference(f)], all[difference(f)] = true, true
		rows[name]["`"+f.Row.String()+"`"] = true
	}
	wantLine(t, string(page), fmt.Sprintf("%d of %d segments, %d differences", len(found), probes, len(all)))
	for _, r := range Rules {
		if n := len(kinds[r.Name]); n > mostDifferences {
			t.Errorf("rule %s covers %d differences, want at most %d", r.Name, n, mostDifferences)
		}
		wantLine(t, string(page), fmt.Sprintf("| **%s** | %d | %d | %s | `%s` | %s |", r.Name, len(kinds[r.Name]), segments[r.Name], rowNames(t, &r, rows[r.Name]), r.Code, r.Why))
	}
}

// rowNames are the rows of the table that a rule is about: those of its probes, or
// that of its trace.
func rowNames(t *testing.T, r *Rule, rows map[string]bool) string {
	if len(rows) == 0 {
		f := replay(t, filepath.Join("testdata", r.Name+".trace"))
		if f == nil || f.Row == tcpfsm.RowNone {
			return "a timer"
		}
		return "`" + f.Row.String() + "`"
	}
	return strings.Join(slices.Sorted(maps.Keys(rows)), " ")
}

// wantLine wants the page to say something.
func wantLine(t *testing.T, page, line string) {
	t.Helper()
	if *update {
		fmt.Println(line)
		return
	}
	if !strings.Contains(page, line) {
		t.Errorf("docs/CONFORMANCE.md does not say %q: read what changed, then go test -run Probes -update prints the lines", line)
	}
}

func replay(t *testing.T, name string) *proptest.Finding {
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	file, err := trace.Parse(name, string(text))
	if err != nil {
		t.Fatal(err)
	}
	f, err := proptest.Replay(config(), newStack, name, file)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestTraces: every rule has a trace that shows it again.
func TestTraces(t *testing.T) {
	for i := range Rules {
		name := filepath.Join("testdata", Rules[i].Name+".trace")
		if _, err := os.Stat(name); err != nil && *update {
			find(t, &Rules[i], name)
			continue
		}
		f := replay(t, name)
		if f != nil && *update {
			writeTrace(t, &Rules[i], f, name)
		}
		if f == nil {
			t.Errorf("%s shows no difference: gVisor has changed", name)
		} else if rules := covering(f); len(rules) == 0 || rules[0] != &Rules[i] {
			t.Errorf("%s shows something else than its rule: %v", name, f)
		}
	}
}

// TestTraces_areDrawn: 'tcpfsm run' of a trace shows what gVisor does now, and that it
// is something else than the table says.
func TestTraces_areDrawn(t *testing.T) {
	for i := range Rules {
		name := filepath.Join("testdata", Rules[i].Name+".trace")
		f := replay(t, name)
		if f == nil {
			continue // TestTraces says so
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, lines, _ := strings.Cut(string(text), "\n"); lines != f.Trace.String() {
			t.Errorf("%s is not what is found now: run go test . -run Traces -update", name)
		}
		chart, err := f.Log().Text(trace.TextOptions{})
		if err != nil || !strings.Contains(chart, "FAILED") {
			t.Errorf("%s: the chart does not show the difference, %v:\n%s", name, err, chart)
		}
	}
}

// find draws lives until one shows a rule, and writes its trace.
func find(t *testing.T, r *Rule, name string) {
	cfg := config()
	for _, other := range Rules {
		if other.Name != r.Name {
			cfg.Known = append(cfg.Known, other.Known)
		}
	}
	found, _ := proptest.Live(cfg, newStack, 1, 20_000)
	for _, f := range found {
		if rules := covering(f); len(rules) > 0 && rules[0] == r {
			writeTrace(t, r, f, name)
			return
		}
	}
	t.Errorf("no life shows rule %s: write %s by hand", r.Name, name)
}

func writeTrace(t *testing.T, r *Rule, f *proptest.Finding, name string) {
	if err := os.WriteFile(name, []byte("# gVisor, "+r.Code+"\n"+f.Trace.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestReplay replays the trace of the flag.
func TestReplay(t *testing.T) {
	if *traceFile == "" {
		t.Skip("no -replay FILE")
	}
	if f := replay(t, *traceFile); f != nil {
		t.Error(f)
	}
}

// TestLives: lives show no difference without a rule either.
func TestLives(t *testing.T) {
	cfg := config()
	cfg.Known = known()
	found, counts := proptest.Live(cfg, newStack, 1, *lives)
	for name, n := range counts {
		t.Logf("%5d times %s", n, name)
	}
	for _, f := range found {
		t.Error(f)
	}
}
