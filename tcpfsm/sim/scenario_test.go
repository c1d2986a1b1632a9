package sim

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tcpfsm/tcpfsm/docs/scenarios"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// what is asked for, and the scenario that shows it.
var asked = map[string]string{
	"three-way handshake":                               "three-way-handshake",
	"simultaneous open":                                 "simultaneous-open",
	"data":                                              "data",
	"server closes first":                               "server-closes-first",
	"client closes first":                               "client-closes-first",
	"FIN and ACK merged":                                "fin-ack-merged",
	"half close with data after the FIN":                "half-close",
	"simultaneous close":                                "simultaneous-close",
	"lost SYN":                                          "lost-syn",
	"lost SYN,ACK":                                      "lost-synack",
	"lost third ACK":                                    "lost-third-ack",
	"lost third ACK, repaired by data":                  "lost-third-ack-data",
	"lost FIN":                                          "lost-fin",
	"lost last ACK":                                     "lost-last-ack",
	"TIME-WAIT too short":                               "timewait-too-short",
	"TIME-WAIT long enough":                             "timewait-long-enough",
	"RFC 9293 figure 8":                                 "old-duplicate-syn",
	"RFC 9293 figure 9":                                 "half-open-reopen",
	"RFC 9293 figure 10":                                "half-open-data",
	"RFC 9293 figure 11":                                "two-listeners",
	"RST from a closed port":                            "closed-port",
	"RST returns SYN-RECEIVED to LISTEN":                "rst-returns-to-listen",
	"abort":                                             "abort",
	"black hole: 1, 2, 4, 8, 16, 32 s":                  "black-hole",
	"black hole: Linux's linear times":                  "black-hole-linux",
	"listen(1), BSD":                                    "backlog-bsd",
	"listen(1), FreeBSD":                                "backlog-freebsd",
	"listen(1), Linux":                                  "backlog-linux",
	"listen(1), Linux with abort-on-overflow":           "backlog-linux-abort",
	"SYN queue full: last in, first out":                "backlog-last-in-first-out",
	"SYN queue full: first in, first out":               "backlog-first-in-first-out",
	"accept every ten seconds":                          "slow-accept",
	"CLOSE-WAIT for ever":                               "close-wait-for-ever",
	"FIN-WAIT-2 without a timer":                        "fin-wait-2-no-timer",
	"FIN-WAIT-2 with a timer":                           "fin-wait-2-timer",
	"keep-alive finds a dead peer":                      "keep-alive",
	"port reuse during TIME-WAIT refused":               "reuse-refused",
	"port reuse during TIME-WAIT allowed by RFC 6191":   "reuse-rfc6191",
	"port reuse during TIME-WAIT allowed by higher ISN": "reuse-higher-isn",
	"send() returns before anything arrives":            "send-returns-early",
	"zero window and probes":                            "zero-window",
}

// files gives the scenarios by their names.
func files(t testing.TB) map[string]*trace.File {
	t.Helper()
	all := map[string]*trace.File{}
	names, err := fs.Glob(scenarios.Files, "*.trace")
	must(t, err)
	for _, name := range names {
		text, err := scenarios.Files.ReadFile(name)
		must(t, err)
		f, err := trace.Parse(name, string(text))
		must(t, err)
		all[strings.TrimSuffix(name, path.Ext(name))] = f
	}
	return all
}

func TestScenarios_complete(t *testing.T) {
	all := files(t)
	var shown []string
	for what, name := range asked {
		if all[name] == nil {
			t.Errorf("no scenario shows %s: %s.trace is not there", what, name)
		}
		shown = append(shown, name)
	}
	for name := range all {
		if !slices.Contains(shown, name) {
			t.Errorf("%s.trace is on no list: say what it shows", name)
		}
	}
}

func TestScenarios(t *testing.T) {
	for name, f := range files(t) {
		t.Run(name, func(t *testing.T) {
			res, err := Scenario(name, f)
			must(t, err)
			for _, failed := range res.Failed {
				t.Errorf("%s.trace:%d: at %v: %s", name, failed.Line, failed.Time, failed.Msg)
			}
			checkLog(t, res.Sim.Log())
			wants := 0
			for _, line := range f.Lines {
				wants += len(line.Wants)
			}
			title, _ := f.Get("title")
			about, _ := f.Get("about")
			if title == "" || len(about) < 100 || wants < 4 || !f.Timed() {
				t.Errorf("title %q, a paragraph of %d octets, %d expectations: a scenario needs a title, a paragraph and expectations", title, len(about), wants)
			}
			again, err := Scenario(name, f)
			must(t, err)
			if !reflect.DeepEqual(again.Sim.Log(), res.Sim.Log()) {
				t.Error("a second run gives another log")
			}
		})
	}
}

// Each expectation of the scenarios can fail: with what it says changed, the scenario
// does not pass.
func TestScenarios_expectationsCanFail(t *testing.T) {
	for name, f := range files(t) {
		for i := range f.Lines {
			for j := range f.Lines[i].Wants {
				w := &f.Lines[i].Wants[j]
				was := *w
				if !contradict(w) {
					continue
				}
				if res, err := Scenario(name, f); err != nil || len(res.Failed) == 0 {
					t.Errorf("%s.trace:%d: %q passes as %q, %v", name, f.Lines[i].Line, was, w, err)
				}
				*w = was
			}
		}
	}
}

// contradict turns an expectation into one that can't be true as well.
func contradict(w *trace.Want) bool {
	switch w.Kind {
	case trace.WantState:
		if w.When == trace.By {
			return false // it may be in both
		}
		if w.State == "CLOSING" {
			w.State = "ESTABLISHED"
		} else {
			w.State = "CLOSING"
		}
	case trace.WantRead, trace.WantReadable, trace.WantQueue:
		w.N++
	case trace.WantAnswer, trace.WantError:
		if w.Name == "unreachable" {
			return false
		}
		w.Name = "unreachable"
	case trace.WantSignal:
		w.Name = "softError"
	case trace.WantRow:
		w.Name = "receive.empty"
	case trace.WantSent, trace.WantArrives, trace.WantLost:
		w.Segment.Seq = trace.Num(w.Segment.Seq.N + 77777)
	case trace.WantNever:
		return false // see TestScenario_failures
	}
	return true
}

func scenario(t testing.TB, text string) (*Result, error) {
	t.Helper()
	f, err := trace.Parse("x.trace", text)
	must(t, err)
	return Scenario("x.trace", f)
}

// What fails says where, what was expected, and what happened in its place.
func TestScenario_failures(t *testing.T) {
	const connect = "iss a=100 b=300\n\n0s b listen\n0s a connect\n1s "
	for line, want := range map[string]string{
		`want b LISTEN "why"`:                      "expected b LISTEN (why), but it is in ESTABLISHED",
		"want b CLOSED until 2s":                   "expected b CLOSED until 2s, but it was in ESTABLISHED from 30ms on",
		"want b CLOSED by 2s":                      "expected b CLOSED by 2s, but it was in ESTABLISHED since 30ms",
		"want b CLOSED at 2s":                      "expected b CLOSED at 2s, but it was in ESTABLISHED since 30ms",
		"a close want b CLOSE-WAIT":                "expected b CLOSE-WAIT, but it is in ESTABLISHED",
		"a send 9 want a->b sent RST":              "expected a->b sent RST, but there is PSH,ACK seq=101 ack=301 wnd=65535 len=9 at 1s",
		"a send 9 want a->b never any until 2s":    "expected a->b never any until 2s, but there is PSH,ACK seq=101 ack=301 wnd=65535 len=9 at 1s",
		"a send 9 want a->b arrives any":           "expected a->b arrives any, but there is nothing like it then",
		"a send 9 want a->b arrives any at 1.001s": "expected a->b arrives any at 1.001s, but there is nothing like it then",
		"a send 9 want a->b lost any by 2s":        "expected a->b lost any by 2s, but there is nothing like it then",
		"want b signal reset by 2s":                "expected b signal reset by 2s, but there is nothing like it then",
		"a send 1 want a row estab.fin":            "expected a row estab.fin, but there is send at 1s",
		"a receive want a read 1":                  "expected a read 1, but 0 octets were read",
		"want a readable 1":                        "expected a readable 1, but there are 0",
		"want b queue 1 0":                         "expected b queue 1 0, but 0 are in SYN-RECEIVED and 0 wait to be accepted",
		"want a error reset":                       "expected a error reset, but it is none",
		"a close want a answer pending":            "expected a answer pending, but the answer is ok",
		"a connect from=40000":                     `expected "a connect from=40000" to succeed, but the answer is addressInUse`,
		"a send 70000":                             `expected "a send 70000" to succeed, but the answer is partial`,
		"a accept":                                 `expected "a accept" to succeed, but the answer is noConnection`,
	} {
		res, err := scenario(t, connect+line)
		if err != nil || len(res.Failed) != 1 || res.Failed[0].Msg != want || res.Failed[0].Line != 5 {
			t.Errorf("%s: %v, failed %+v; want %s", line, err, res, want)
			continue
		}
		if events := res.Sim.Log().Events; !events[len(events)-1].Failed {
			t.Errorf("%s: the failure is not in the log", line)
		}
	}
}

// What makes no sense is refused before anything runs, with its line and a remedy.
func TestScenario_refuses(t *testing.T) {
	for text, want := range map[string]string{
		"host a\na close":             "x.trace:2: the first line has no time: begin it with one, as in 0s",
		"0s c close":                  `x.trace:1: there is no host "c": the hosts are a, b`,
		"0s a:c close":                `x.trace:1: there is no host "c"`,
		"0s a dance":                  `x.trace:1: there is no call "dance": the calls are connect`,
		"0s a expire RTX":             `x.trace:1: "a expire RTX" happens of itself where there is time`,
		"0s a->b SYN":                 `x.trace:1: "a->b SYN" happens of itself where there is time`,
		"0s tick":                     `x.trace:1: "tick" happens of itself`,
		"0s a send":                   "x.trace:1: send needs how many octets, as in a send 100",
		"0s a close 5":                "x.trace:1: close takes no number",
		"0s a close why=5":            `x.trace:1: "close" takes no why=: it takes port=`,
		"0s a accept port=x":          "x.trace:1: port=x: write a port from 1 to 65535",
		"0s a connect to=z":           `x.trace:1: to=z: there is no host "z"`,
		"0s a connect to=b:0":         "x.trace:1: to=b:0: write a port",
		"0s a listen backlog=-1":      "x.trace:1: backlog=-1: write a number up to 1048576",
		"0s a listen system=minix":    "x.trace:1: system=minix: endpoint: there is no policy",
		"0s a listen reuse=maybe":     "x.trace:1: reuse=maybe: write yes or no",
		"0s lose a->b SYM":            "x.trace:1: tcpfsm:",
		"0s lose a->b SYN life=1":     "x.trace:1: life, with and age are for traces without time",
		"0s lose a->b SYN by=1s":      `x.trace:1: "lose" takes no by=: it takes count=, nth=`,
		"0s hold a->b SYN by=1":       "x.trace:1: by=1: ",
		"0s forge a->b any":           "x.trace:1: a forged segment needs its flags",
		"0s forge a->b RST":           "x.trace:1: b has no connection with a: say between which ports, with from=PORT to=PORT",
		"0s cut a->c":                 `x.trace:1: there is no host "c"`,
		"0s crash a for=x":            "x.trace:1: for=x: ",
		"0s want a OPEN":              "x.trace:1: tcpfsm:",
		"0s want a signal bang":       "x.trace:1: tcpfsm:",
		"0s want a row no.row":        "x.trace:1: tcpfsm:",
		"0s want a answer maybe":      `x.trace:1: there is no answer "maybe": the answers are none, ok, end`,
		"0s want a error none by 1s":  `x.trace:1: "want a error none by 1s" can be asked at the time of a line only`,
		"2s want a CLOSED by 1s":      `x.trace:1: "want a CLOSED by 1s" is about a time that is over`,
		"0s want a->c sent SYN":       `x.trace:1: there is no host "c"`,
		"bounds octets=1\n0s":         "x.trace:1: bounds is for traces without time",
		"profile minix\n0s":           "x.trace:1: tcpfsm:",
		"options rfc1337\n0s":         `x.trace:1: option "rfc1337": write +rfc1337`,
		"options +nothing\n0s":        "x.trace:1: tcpfsm:",
		"iss c=1\n0s":                 `x.trace:1: iss names host "c", which is not there: the hosts are a, b`,
		"iss a=x\n0s":                 `x.trace:1: initial sequence number "x" of host a`,
		"iss a\n0s":                   `x.trace:1: initial sequence number "a": write HOST=NUMBER`,
		"host a rto\n0s":              `x.trace:1: "rto" says nothing about host a: write NAME=VALUE`,
		"host a rto=x\n0s":            "x.trace:1: host a: rto=x: ",
		"host a sndbuf=999999999\n0s": "x.trace:1: host a: sndbuf=999999999: a scenario has room for 16777216",
		"0s\n" + strings.Repeat("0s a close\n", linesMax): "x.trace:10001: the scenario has 10001 lines, more than 10000: divide it",
		"host a mss=1\n0s":                                    "x.trace:1: Config.MSS is 1: choose 64 to 65535",
		"host a speed=1\n0s":                                  `x.trace:1: host a: there is no setting "speed"`,
		"host a\nhost a\n0s":                                  `x.trace:2: there is a host "a" already`,
		"host a\nlink a<->b\n0s":                              `x.trace:2: link "a<->b": write A<->B or A->B, with two of the hosts a`,
		"link a<->b speed=1\n0s":                              "x.trace:1: link a<->b: speed=1: there is no such setting",
		"link a<->b delay=-1s\n0s":                            "x.trace:1: link a<->b: delay=-1s: ",
		"link a<->a\n0s":                                      "x.trace:1: there is no link a->a",
		"host a\nhost b\nhost c\n0s a connect":                "x.trace:4: connect needs to=HOST: there are several",
		"host a\nhost b\nlink a->b\n0s cut b->a":              "x.trace:4: there is no link b->a: join the hosts",
		"0s b listen\n0s a connect\n0s a connect\n1s a close": "x.trace:4: a has several connections: write one of a:b:40000, a:b:40001",
	} {
		res, err := scenario(t, text)
		var refused *ScenarioError
		if !errors.As(err, &refused) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
		_ = res
	}
}

// What concerns the network does what its line says, and no more.
func TestScenario_network(t *testing.T) {
	const head = "iss a=100 b=300\nhost a nodelay=yes\nhost b\n"
	for why, text := range map[string]string{
		"the third FIN is lost": "\n0s lose a->b FIN,ACK nth=3\n0s lose a->b FIN,ACK count=2\n0s b listen\n0s a connect\n1s a close\n" +
			"1s want a->b lost FIN,ACK want a->b lost FIN,ACK at 2s want a->b lost FIN,ACK at 4s want a->b arrives FIN,ACK at 8.01s",
		"all SYNs are lost": "\n0s lose a->b SYN count=all\n0s b listen\n0s a connect want b LISTEN until 300s want a signal timedOut by 300s",
		"only what fits is lost": "\n0s lose a->b PSH,ACK len=5\n0s b listen\n0s a connect\n1s a send 4\n1s a send 5\n1s a send 5\n" +
			"1s want a->b arrives any seq=101 len=4 at 1.01s want a->b lost any seq=105 len=5 want a->b arrives any seq=110 len=5 at 1.01s",
		"a copy comes later": "\n0s copy a->b SYN by=50ms\n0s b listen\n0s a connect want a->b arrives SYN at 10ms want a->b arrives SYN at 60ms",
		"one is held, the other overtakes": "\n0s b listen\n0s a connect\n1s hold a->b any len=1 by=100ms\n1s a send 1\n1s a send 2\n" +
			"1.01s want b readable 0 \"the first octet is missing\"\n1.11s want b readable 3",
		"one way is slow": "link a->b delay=1s\nlink b->a delay=1ms\n\n0s b listen\n0s a connect want a->b arrives SYN at 1s want b->a arrives SYN,ACK at 1.001s",
		"a rate": "link a<->b delay=0s rate=8000\n\n0s b listen\n0s a connect\n10s a send 960 want b readable 0\n" +
			"10.999s want b readable 0 \"1000 octets in a second\"\n11s want b readable 960",
		"every second is lost": "link a->b lose-every=2\nlink b->a\n\n0s b listen\n0s a connect want a->b arrives SYN at 10ms want a->b lost ACK by 20ms",
		"a way that is cut":    "\n0s b listen\n0s cut a->b\n0s a connect want a->b lost SYN\n3.5s heal a->b want a->b arrives SYN at 7.01s",
		"a host that is down": "\n0s b listen\n0s a connect\n1s crash b for=3s want b CLOSED\n2s a send 1 want a->b lost any at 2.01s\n" +
			"2s b listen want b answer down\n4s b listen\n4.5s want a ESTABLISHED\n6s want a error reset",
	} {
		res, err := scenario(t, head+text)
		if err != nil {
			t.Errorf("%s: %v", why, err)
			continue
		}
		for _, failed := range res.Failed {
			t.Errorf("%s: line %d: %s", why, failed.Line, failed.Msg)
		}
	}
}

// A scenario that never ends is ended, and the error says at which line.
func TestScenario_endless(t *testing.T) {
	_, err := scenario(t, "host a options=+keepAlive keepidle=1ms\nhost b options=-ackThrottle\nlink a<->b delay=0s\n0s b listen\n0s a connect\n86400s want a ESTABLISHED")
	var limit *LimitError
	if !errors.As(err, &limit) || !strings.HasPrefix(err.Error(), "x.trace:6: at ") {
		t.Errorf("the error is %v", err)
	}
	if _, err = scenario(t, "0s b listen\n0s want a CLOSED until 999999h"); !errors.As(err, &limit) || limit.What != "Time" {
		t.Errorf("error %v", err)
	}
}

// Any file is carried out or refused, without a panic, and twice alike.
func TestScenario_anything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := drawScenario(t)
		f, err := trace.Parse("x.trace", text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		first, err1 := Scenario("x.trace", f)
		second, err2 := Scenario("x.trace", f)
		if (err1 == nil) != (err2 == nil) || err1 == nil && !reflect.DeepEqual(first.Sim.Log(), second.Sim.Log()) {
			t.Fatalf("two runs differ: %v, %v\n%s", err1, err2, text)
		}
		if err1 != nil {
			return
		}
		checkLog(t, first.Sim.Log())
		for _, h := range first.Sim.Hosts() {
			for _, c := range h.Conns() {
				tcb := c.Endpoint().TCB()
				if err := tcb.Check(); err != nil {
					t.Errorf("%s: %v\n%s", h.Name(), err, text)
				}
			}
		}
	})
}

func drawScenario(t *rapid.T) string {
	var b strings.Builder
	setting := rapid.SampledFrom([]string{"", " closes=yes reads=yes", " msl=1s accepts=no", " timestamps=yes profile=bsd", " rcvbuf=100 nodelay=yes", " options=+keepAlive keepidle=2s"})
	for _, host := range []string{"a", "b", "c"} {
		b.WriteString("host " + host + setting.Draw(t, "setting") + "\n")
	}
	b.WriteString(rapid.SampledFrom([]string{"", "link a<->b delay=1s\nlink c<->b lose-every=3\n", "link a<->b rate=9600 queue=2\n"}).Draw(t, "links") + "\n")
	host := rapid.SampledFrom([]string{"a", "b", "c"})
	now := 0
	b.WriteString("0s b listen backlog=1\n")
	for range rapid.IntRange(0, 25).Draw(t, "lines") {
		now += rapid.SampledFrom([]int{0, 5, 10, 500, 10_000}).Draw(t, "ms")
		who, other := host.Draw(t, "host"), host.Draw(t, "other")
		line := trace.FormatTime(time.Duration(now)*time.Millisecond) + " "
		switch call := rapid.SampledFrom([]string{
			"connect to=b", "connect to=b", "connect to=a from=80", "send 1000", "send 1", "receive", "close", "orphan", "abort", "accept", "listen",
			"lose", "copy", "hold", "forge", "cut", "heal", "crash",
		}).Draw(t, "what"); call {
		case "lose", "copy", "hold", "forge":
			line += call + " " + who + "->" + other + " " + rapid.SampledFrom([]string{"SYN", "ACK", "FIN,ACK", "RST seq=1", "SYN,ACK"}).Draw(t, "segment")
			if call == "hold" || call == "copy" {
				line += " count=3 by=700ms"
			}
		case "cut", "heal":
			line += call + " " + who + "<->" + other
		case "crash":
			line += "crash " + who
		default:
			line += who + " " + call
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// Scenarios stand in the canonical form of their package's folder: nothing but traces
// and what embeds them.
func TestScenarios_folder(t *testing.T) {
	entries, err := os.ReadDir(folder)
	must(t, err)
	for _, e := range entries {
		if ext := path.Ext(e.Name()); ext != ".trace" && ext != ".go" && e.Name() != "README.md" {
			t.Errorf("%s is neither a trace nor a Go file nor the page about them", e.Name())
		}
	}
}

// The page about them says of each what it is about.
func TestScenarios_page(t *testing.T) {
	name := filepath.Join(folder, "README.md")
	page, err := os.ReadFile(name)
	must(t, err)
	head, _, ok := strings.Cut(string(page), pageRule)
	if !ok {
		t.Fatalf("%s has no line %q", name, pageRule)
	}
	var b strings.Builder
	b.WriteString(head + pageRule)
	all := files(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		title, _ := all[name].Get("title")
		about, _ := all[name].Get("about")
		fmt.Fprintf(&b, "\n## [%s](%s.trace)\n\n%s\n", title, name, about)
	}
	if *update {
		must(t, os.WriteFile(name, []byte(b.String()), 0o644))
		return
	}
	if b.String() != string(page) {
		t.Errorf("%s does not say what the scenarios say: look at what has changed, and run go test ./tcpfsm/sim -run page -update", name)
	}
}

var update = flag.Bool("update", false, "write the page about the scenarios anew")

const (
	folder   = "../../docs/scenarios"
	pageRule = "<!-- what follows is written by go test ./tcpfsm/sim -run page -update -->\n"
)

// FuzzScenario: any file that parses is carried out or refused.
func FuzzScenario(f *testing.F) {
	for _, file := range files(f) {
		f.Add(file.String())
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := trace.Parse("x.trace", text)
		if err != nil || len(file.Lines) > 100 {
			return
		}
		res, err := Scenario("x.trace", file)
		if err == nil {
			checkLog(t, res.Sim.Log())
		}
	})
}

func BenchmarkScenarios(b *testing.B) {
	for name, f := range files(b) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Scenario(name, f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
