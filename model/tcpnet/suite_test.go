package tcpnet

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/spec/tcp"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

var update = flag.Bool("update", false, "write the files of testdata that hold what was found anew")

func suite(t testing.TB, name, profile string) []Config {
	t.Helper()
	configs, err := Suite(name, profile)
	if err != nil {
		t.Fatal(err)
	}
	return configs
}

// named is a system of the quick suite.
func named(t testing.TB, name string) Config {
	t.Helper()
	configs := suite(t, "quick", "recommended")
	i := slices.IndexFunc(configs, func(c Config) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("the quick suite has no system %q", name)
	}
	return configs[i]
}

// quick is the quick suite, explored once for all tests that ask what it found.
var quick = sync.OnceValues(func() ([]*Result, error) {
	configs, err := Suite("quick", "recommended")
	var results []*Result
	for _, c := range configs {
		if err != nil {
			break
		}
		var r *Result
		r, err = Run(context.Background(), c, RunOptions{})
		results = append(results, r)
	}
	return results, err
})

func quickResults(t testing.TB) []*Result {
	t.Helper()
	results, err := quick()
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func run(t testing.TB, c Config, opt RunOptions) *Result {
	t.Helper()
	r, err := Run(context.Background(), c, opt)
	if err != nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	return r
}

// The exact counts of every standard system are pinned: a change in the table
// that nobody meant changes them.
func TestQuick_countsAndVerdicts(t *testing.T) {
	var lines []string
	for _, r := range quickResults(t) {
		c := r.Config
		if !r.Complete {
			t.Errorf("%s: not complete: %s", c.Name, r.Limit)
		}
		for _, v := range r.Verdicts {
			if v.Verdict != model.Holds {
				t.Errorf("%s: %s %v\n%v", c.Name, v.Property.ID, v.Verdict, v.Trace)
			}
		}
		lines = append(lines, fmt.Sprintf("%s: %d states, %d transitions, depth %d\n", c.Name, r.States, r.Transitions, r.Depth))
	}
	compareWithFile(t, "testdata/counts.txt", strings.Join(lines, ""))
}

func compareWithFile(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run 'go test ./model/tcpnet -update' and read the diff before committing\n got:\n%s\nwant:\n%s", name, got, want)
	}
}

// Counts, verdicts and counterexamples do not depend on the number of workers.
func TestRun_sameForEveryNumberOfWorkers(t *testing.T) {
	c := named(t, "handshake and close")
	broken := mutant("forgets that its FIN was acknowledged", noAckForFIN)
	for _, m := range []Machine{nil, broken} {
		var first *Result
		for _, workers := range []int{1, 8} {
			r := run(t, c, RunOptions{Workers: workers, Machine: m})
			if first == nil {
				first = r
			}
			if r.States != first.States || r.Transitions != first.Transitions || r.Depth != first.Depth {
				t.Errorf("%d workers: %d states, %d transitions; one worker: %d, %d", workers, r.States, r.Transitions, first.States, first.Transitions)
			}
			for i, v := range r.Verdicts {
				if v.Verdict != first.Verdicts[i].Verdict || traceText(v.Trace) != traceText(first.Verdicts[i].Trace) {
					t.Errorf("%d workers: %s gives %v, one worker %v", workers, v.Property.ID, v.Verdict, first.Verdicts[i].Verdict)
				}
			}
		}
	}
}

func traceText(f *trace.File) string {
	if f == nil {
		return ""
	}
	return f.String()
}

// The interpreter, run on the same system, finds the same states.
func TestRun_interpreterAgrees(t *testing.T) {
	p, err := spec.Compile(&tcp.Machine)
	if err != nil {
		t.Fatal(err)
	}
	c := named(t, "simultaneous open, an octet each way")
	generated, interpreted := run(t, c, RunOptions{}), run(t, c, RunOptions{Machine: interpreter(p)})
	if generated.States != interpreted.States || generated.Transitions != interpreted.Transitions {
		t.Errorf("generated code: %d states, %d transitions; interpreter: %d, %d",
			generated.States, generated.Transitions, interpreted.States, interpreted.Transitions)
	}
}

func interpreter(p *spec.Program) Machine {
	return func(t *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) tcpfsm.RowID {
		machine, input := t.AppendValues(nil), ev.AppendValues(nil)
		output := make([]uint32, len(p.Layout.Output))
		rule, next := p.Step(int(t.State), machine, int(ev.Kind), input, output)
		t.SetValues(machine)
		out.SetValues(output)
		t.State = tcpfsm.State(next)
		return tcpfsm.RowID(rule.Index + 1)
	}
}

// mutant is the generated machine with a mistake put into it.
func mutant(_ string, mistake func(before, after *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output)) Machine {
	return func(t *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) tcpfsm.RowID {
		before := *t
		row := t.Step(ev, out)
		mistake(&before, t, ev, out)
		return row
	}
}

func noAckForFIN(_, _ *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) {
	if ev.Seg.Flags.Has(tcpfsm.FIN) && out.Signals.Has(tcpfsm.SignalRemoteClosing) {
		out.Ctl = tcpfsm.Segment{}
	}
}

// Each mistake is found, by the property that is about it, with a counterexample
// that replays to the same failure on the mistaken machine and to none on ours.
func TestRun_findsMistakes(t *testing.T) {
	for _, m := range []struct {
		name, property string
		system         string
		mistake        func(before, after *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output)
	}{
		{"no ACK for a FIN", propAcked, "handshake and close", noAckForFIN},
		{"RCV.NXT moves on twice", "P2", "an octet one way", func(before, after *tcpfsm.TCB, _ *tcpfsm.Event, out *tcpfsm.Output) {
			after.RcvNxt += out.Take
		}},
		{"text is taken at the wrong place", propStream, "two octets each way", func(_, _ *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) {
			if out.Take > 0 && ev.Seg.Text > 1 {
				out.Skip, out.Take = 1, 1
			}
		}},
		{"a retransmission begins one octet late", propStream, "an octet one way", func(_, _ *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) {
			if ev.Kind == tcpfsm.EventRetransmissionTimeout && out.Data.Text > 0 {
				out.Data.Seq++
			}
		}},
		{"FIN is taken before the text in front of it", "P4", "an octet one way", func(before, after *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) {
			if ev.Seg.Flags.Has(tcpfsm.FIN) && before.State == tcpfsm.Established && after.State == tcpfsm.Established && int32(ev.Seg.Seq-before.RcvNxt) > 0 {
				after.State, after.RcvNxt = tcpfsm.CloseWait, ev.Seg.Seq+1
				out.Signals |= 1 << tcpfsm.SignalRemoteClosing
				out.Ctl.Ack = after.RcvNxt
			}
		}},
		{"a segment is never repeated", "P5", "handshake and close", func(before, after *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) {
			if ev.Kind == tcpfsm.EventRetransmissionTimeout {
				*out = tcpfsm.Output{}
			}
		}},
		{"the last ACK is not sent when nothing is lost", "deadlock", "nothing is lost", func(before, after *tcpfsm.TCB, _ *tcpfsm.Event, out *tcpfsm.Output) {
			if before.State == tcpfsm.FinWait2 && after.State == tcpfsm.TimeWait {
				out.Ctl = tcpfsm.Segment{}
			}
		}},
		{"SND.UNA goes back", propMonotonic, "handshake and close", func(before, after *tcpfsm.TCB, ev *tcpfsm.Event, _ *tcpfsm.Output) {
			if before.State == tcpfsm.Established && after.State == tcpfsm.Established && ev.Kind == tcpfsm.EventSegment {
				after.SndUna = after.ISS
			}
		}},
		{"SYN,ACK is ignored after a simultaneous open", "P8", "simultaneous open, nothing is lost", func(before, after *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) {
			if before.State == tcpfsm.SynReceived && ev.Seg.Flags.Has(tcpfsm.SYN|tcpfsm.ACK) {
				*after, *out = *before, tcpfsm.Output{}
			}
		}},
		{"RST for RST", propRstForRst, "handshake and close", func(before, _ *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) {
			if before.State == tcpfsm.Closed && ev.Seg.Flags.Has(tcpfsm.RST) {
				out.Ctl = tcpfsm.Segment{Seq: ev.Seg.Ack, Flags: tcpfsm.RST}
			}
		}},
		{"IRS is off by one", "bounds", "handshake and close", func(before, after *tcpfsm.TCB, _ *tcpfsm.Event, _ *tcpfsm.Output) {
			if before.State == tcpfsm.Listen && after.State == tcpfsm.SynReceived {
				after.IRS++
			}
		}},
	} {
		t.Run(m.name, func(t *testing.T) {
			machine := mutant(m.name, m.mistake)
			c := named(t, m.system)
			r := run(t, c, RunOptions{Machine: machine, KeepGoing: true, MaxStates: 400_000, Only: []string{m.property}})
			i := slices.IndexFunc(r.Verdicts, func(v PropertyVerdict) bool { return v.Verdict == model.Fails })
			if i < 0 {
				t.Fatalf("%s does not find it in %d states", m.property, r.States)
			}
			replaysTo(t, r.Verdicts[i], machine)
		})
	}
}

// replaysTo replays a counterexample, and wants the same property to fail with
// the mistaken machine. What can't, or need not, happen later is no failure of a step.
func replaysTo(t *testing.T, v PropertyVerdict, machine Machine) {
	t.Helper()
	if v.Trace == nil {
		return // a witness that is missing has no trace
	}
	f, err := trace.Parse("found.trace", v.Trace.String())
	if err != nil {
		t.Fatalf("the counterexample does not parse: %v\n%s", err, v.Trace)
	}
	log, err := Replay("found.trace", f, machine)
	if err != nil {
		t.Fatalf("the counterexample does not replay: %v\n%s", err, v.Trace)
	}
	if v.Property.Kind == model.Possible || v.Property.Kind == model.Leads {
		return
	}
	if !slices.ContainsFunc(log.Failed, func(f Failure) bool { return strings.HasPrefix(f.Msg, v.Property.ID+" ") }) {
		t.Errorf("the replay finds %v, want %s\n%s", log.Failed, v.Property.ID, v.Trace)
	}
}

// What fails under each profile is pinned, system by system, and has its reason: the
// literal text loses nothing within these bounds, but not everything that can be
// said of a corrected one can be said of it.
func TestQuick_otherProfiles(t *testing.T) {
	if testing.Short() {
		t.Skip("explores the quick suite once for each profile")
	}
	var lines []string
	for _, profile := range []string{"rfc9293", "linux", "bsd", "lwip"} {
		failed := map[string]bool{}
		for _, c := range suite(t, "quick", profile) {
			for _, v := range run(t, c, RunOptions{KeepGoing: true}).Verdicts {
				if v.Verdict == model.Holds {
					continue
				}
				failed[v.Property.ID] = true
				lines = append(lines, fmt.Sprintf("%s: %s: %s %v", profile, c.Name, v.Property.ID, v.Verdict))
				if Known(profile, v.Property.ID) == "" {
					t.Errorf("profile %s, %s: %s fails, and no reason is known", profile, c.Name, v.Property.ID)
				}
			}
		}
		for _, k := range knownFailures {
			for _, id := range k.properties {
				if slices.Contains(k.profiles, profile) && !failed[id] {
					t.Errorf("profile %s: %s is known to fail and does not", profile, id)
				}
			}
		}
	}
	compareWithFile(t, filepath.Join("testdata", "failures.txt"), strings.Join(lines, "\n")+"\n")
}

// Every row that the profile's options leave alive fires in check, or is listed
// with the bound that excludes it.
func TestRows_fireOrAreExcluded(t *testing.T) {
	p, err := spec.Compile(&tcp.Machine)
	if err != nil {
		t.Fatal(err)
	}
	options := tcpfsm.ProfileRecommended
	fired := map[tcpfsm.RowID]bool{}
	for _, r := range quickResults(t) {
		if r.Config.Bounds.Options&^options != 0 {
			firesNothingDead(t, p, r)
			continue
		}
		for row := range r.Rows {
			fired[row] = true
		}
	}
	solo, err := RunSolo(context.Background(), OneEndpoint, options|tcpfsm.OptKeepAlive, RunOptions{})
	if err != nil || len(solo.Failed()) > 0 || !solo.Complete {
		t.Fatalf("one endpoint: error %v, complete %v, failed %v", err, solo.Complete, solo.Failed())
	}
	for id, n := range solo.Rows {
		if n > 0 {
			fired[tcpfsm.RowID(id)] = true
		}
	}
	dead := p.DeadRules(uint32(options))
	for _, r := range p.Rows {
		did, excluded := fired[tcpfsm.RowID(r.Index+1)], Excluded[r.ID] != ""
		ruledOut := slices.ContainsFunc(dead, func(d *spec.Rule) bool { return d.ID == r.ID })
		if !did && !excluded && !ruledOut {
			t.Errorf("row %s never fires, and no reason is given", r.ID)
		}
		if did && (excluded || ruledOut) {
			t.Errorf("row %s fires, although it is listed as one that can't (excluded %v, ruled out %v)", r.ID, excluded, ruledOut)
		}
	}
}

// firesNothingDead asks the same of a system with options of its own.
func firesNothingDead(t *testing.T, p *spec.Program, r *Result) {
	t.Helper()
	for _, row := range p.DeadRules(uint32(r.Config.Bounds.Options)) {
		if r.Rows[tcpfsm.RowID(row.Index+1)] > 0 {
			t.Errorf("%s: row %s fires, although the options rule it out", r.Config.Name, row.ID)
		}
	}
}

func TestSolo_everyProfile(t *testing.T) {
	if testing.Short() {
		t.Skip("explores one endpoint for each profile")
	}
	for name, options := range tcpfsm.Profiles() {
		r, err := RunSolo(context.Background(), OneEndpoint, options|tcpfsm.OptAbortOnOverflow, RunOptions{MaxStates: 2_000_000})
		if err != nil || !r.Complete {
			t.Fatalf("%s: error %v, complete %v: %s", name, err, r.Complete, r.Limit)
		}
		for _, failed := range r.Failed() {
			t.Errorf("%s: %s fails\n%s", name, failed.ID, strings.Join(SoloTrace(failed.Trace), "\n"))
		}
	}
}

func TestSolo_findsAMistake(t *testing.T) {
	r, err := RunSolo(context.Background(), OneEndpoint, tcpfsm.ProfileRecommended, RunOptions{Machine: mutant("", noAckForFIN), Only: []string{propAcked}})
	if err != nil || len(r.Failed()) != 1 || r.Failed()[0].ID != propAcked {
		t.Errorf("error %v, failed %v: want %s to fail", err, r.Failed(), propAcked)
	}
}

// The RFC's own figures, and scenarios, replay with every expectation met.
func TestReplay_files(t *testing.T) {
	names, err := filepath.Glob("testdata/*.trace")
	if err != nil || len(names) < 6 {
		t.Fatalf("found %d traces, error %v", len(names), err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := trace.Parse(name, string(text))
		if err != nil {
			t.Error(err)
			continue
		}
		log, err := Replay(name, f, nil)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, failed := range log.Failed {
			t.Errorf("%s:%d: %s", name, failed.Line, failed.Msg)
		}
	}
}

func TestReplay_saysWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"b close":                         `x.trace:1: "b close" can't happen now; possible is`,
		"profile nonsense\nb close":       "x.trace:1:",
		"options +nonsense\nb close":      "x.trace:1:",
		"options rfc1337\nb close":        "x.trace:1:",
		"bounds octets=9\nb close":        "x.trace:1: bound octets=9 is not between 0 and 4",
		"bounds speed\nb close":           `x.trace:1: unknown bound "speed"`,
		"iss c=3\nb close":                `x.trace:1: initial sequence number "c=3"`,
		"loop 9\n\nb open passive":        `x.trace:1: loop "9": write how many of the last lines`,
		"iss a=0\nb close":                "x.trace:1: the initial sequence number of a is 0",
		"b open passive\na->b SYN seq=1":  `x.trace:2: "a->b SYN seq=1" can't happen now`,
		"0s b open passive":               "x.trace:1: this trace tells the time",
		"b open passive backlog=1":        `x.trace:1: "b open passive backlog=1" means something only in a trace with times`,
		"b:a close":                       `x.trace:1: "b:a close" is about one of several connections`,
		"b open passive want b queue 0 0": `x.trace:1: "want b queue 0 0" can be asked only in a trace with times`,
	} {
		f, err := trace.Parse("x.trace", text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		_, err = Replay("x.trace", f, nil)
		var replayError *ReplayError
		if !errors.As(err, &replayError) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: error %v, want %s...", text, err, want)
		}
	}
}

// A value that the bounds can't hold is named.
func TestReplay_outOfBounds(t *testing.T) {
	f, err := trace.Parse("x.trace", "b open passive\na open active\na->b SYN")
	if err != nil {
		t.Fatal(err)
	}
	machine := mutant("", func(before, after *tcpfsm.TCB, _ *tcpfsm.Event, _ *tcpfsm.Output) {
		if after.State == tcpfsm.SynReceived {
			after.SndWnd = 4096
		}
	})
	log, err := Replay("x.trace", f, machine)
	if err != nil || len(log.Failed) != 1 || !strings.HasSuffix(log.Failed[0].Msg, ": SND.WND = 4096 is not between 0 and 7") {
		t.Errorf("error %v, failed %v", err, log.Failed)
	}
}

// FuzzReplay: any trace that parses replays, or says why it can't.
func FuzzReplay(f *testing.F) {
	names, _ := filepath.Glob("testdata/*.trace")
	for _, name := range names {
		if text, err := os.ReadFile(name); err == nil {
			f.Add(string(text))
		}
	}
	f.Add("profile bsd\noptions -twReuse +\nbounds octets=1 loss\niss a= b\n\na open active")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := trace.Parse("x.trace", text)
		if err != nil || len(file.Lines) > 200 {
			return
		}
		log, err := Replay("x.trace", file, nil)
		if err == nil && log == nil {
			t.Errorf("%q gives neither a log nor an error", text)
		}
	})
}

func TestReplay_failedExpectation(t *testing.T) {
	f, err := trace.Parse("x.trace", "b open passive want b ESTABLISHED \"not yet\"\na open active want c CLOSED")
	if err != nil {
		t.Fatal(err)
	}
	log, err := Replay("x.trace", f, nil)
	if err != nil || len(log.Failed) != 2 || log.Failed[0] != (Failure{1, "expected b in ESTABLISHED (not yet), but it is in LISTEN"}) {
		t.Errorf("error %v, failed %v", err, log.Failed)
	}
}
