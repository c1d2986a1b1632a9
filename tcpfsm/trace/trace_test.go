package trace

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func parse(t testing.TB, text string) *File {
	t.Helper()
	f, err := Parse("x.trace", text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return f
}

func TestParse_everyForm(t *testing.T) {
	const text = `
# a comment
title two ends, and # nothing else
profile recommended
options +rfc1337 -ackFirst
bounds octets=1 loss
iss a=1 b=2

a open active
b open passive  want b LISTEN "it waits"   # another comment
a->b SYN        want b SYN-RECEIVED want a SYN-SENT
lose b->a SYN,ACK seq=4294967295 ack=2 wnd=3 len=4
copy a->b none
forge a->b RST seq=7
a expire RTX
b:a expire RTX
a send 3
crash b
tick
age
`
	f := parse(t, text)
	want := `title two ends, and # nothing else
profile recommended
options +rfc1337 -ackFirst
bounds octets=1 loss
iss a=1 b=2

a open active
b open passive                               want b LISTEN "it waits"
a->b SYN                                     want b SYN-RECEIVED want a SYN-SENT
lose b->a SYN,ACK seq=4294967295 ack=2 wnd=3 len=4
copy a->b none
forge a->b RST seq=7
a expire RTX
b:a expire RTX
a send 3
crash b
tick
age
`
	if got := f.String(); got != want {
		t.Errorf("printed:\n%s\nwant:\n%s", got, want)
	}
	if f.Lines[1].Line != 10 || f.Header[1].Line != 4 {
		t.Errorf("lines %d and %d, want 10 and 4", f.Lines[1].Line, f.Header[1].Line)
	}
}

// Every mistake is named with its place and a remedy, all in one go.
func TestParse_errors(t *testing.T) {
	for text, want := range map[string]string{
		"a":                        `x.trace:1:2: a needs a call or expire, not ""`,
		"a expire":                 "x.trace:1:9: expire needs the name of a timer",
		"b: expire RTX":            `x.trace:1:1: "b:" is no connection`,
		"lose":                     `x.trace:1:5: lose needs a direction and a segment, not ""`,
		"lose a SYN":               `x.trace:1:6: lose needs a direction and a segment, not "a"`,
		"a->":                      `x.trace:1:1: "a->" is no direction`,
		"a->b":                     `x.trace:1:5: "" is no list of control bits`,
		"a->b SYN seq=x":           `x.trace:1:14: "x" is no number from 0 to 4294967295`,
		"a->b SYN seq=4294967296":  `x.trace:1:14: "4294967296" is no number`,
		"a->b SYN seq=1 seq=2":     "x.trace:1:16: seq is given twice",
		"a->b SYN speed=1":         `x.trace:1:10: a segment has no field "speed"`,
		"tick tock":                `x.trace:1:6: "tock" is not understood here`,
		"a close want":             `x.trace:1:13: "" is no host`,
		"a close want b":           `x.trace:1:15: want needs the name of a state`,
		`a close want b OPEN "why`: `x.trace:1:21: the text that begins with "\"why" has no end`,
		"crash":                    `x.trace:1:6: "" is no host`,
		"! close":                  `x.trace:1:1: "!" begins no action`,
		"title":                    "x.trace:1:6: title says nothing",
		"a close wnat b CLOSED":    `x.trace:1:14: "b" is not understood here`,
		"tick\nprofile x":          "x.trace:2:1: profile stands after the first action",

		"tick\n1s tick":               "x.trace:2:1: the time 1s comes too late",
		"2s tick\n1s tick":            "x.trace:2:1: the time 1s is before that of a line above, 2s",
		"1.5.5s tick":                 `x.trace:1:1: "1.5.5s" is no time`,
		"0s cut a":                    `x.trace:1:8: cut needs a direction, not "a"`,
		"0s a:b:c close":              `x.trace:1:4: "a:b:c" is no connection`,
		"0s a open =x":                `x.trace:1:11: "=x" is no parameter`,
		"0s a open to=x to=y":         "x.trace:1:16: to is given twice",
		"0s lose a->b SYN nth=":       `x.trace:1:18: "nth=" is no parameter`,
		"0s want a->b SYN":            "x.trace:1:14: want a->b needs one of sent, arrives, lost and never, not \"SYN\"",
		"0s want a->b signal SYN":     "x.trace:1:14: want a->b needs one of sent",
		"0s want a sent SYN":          `x.trace:1:11: "sent" is about segments`,
		"0s want a row":               `x.trace:1:14: want a row needs a name, not ""`,
		"0s want a queue 1":           `x.trace:1:18: "" is no number`,
		"0s want a CLOSED by":         `x.trace:1:20: "" is no time`,
		"0s want a CLOSED by -1s":     `x.trace:1:21: "-1s" is no time`,
		"0s want a:b!c CLOSED":        `x.trace:1:9: "a:b!c" is no connection`,
		"0s a close want a CLOSED at": `x.trace:1:28: "" is no time`,
	} {
		f, err := Parse("x.trace", text)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", text, err, want)
		}
		if f != nil {
			t.Errorf("%q: a file comes with the error", text)
		}
	}
	_, err := Parse("x.trace", "a\nb\nc close")
	if errs, ok := err.(Errors); !ok || len(errs) != 2 || errs[1].Line != 2 {
		t.Errorf("two mistakes give %v", err)
	}
}

func drawFile(t *rapid.T) *File {
	f := &File{}
	timed := rapid.Bool().Draw(t, "timed")
	for _, key := range rapid.SliceOfN(rapid.SampledFrom(headerKeys), 0, 4).Draw(t, "header") {
		value := rapid.StringMatching(`[a-z0-9=+."#-]{1,9}( [a-z0-9=+."#-]{1,9}){0,3}`).Draw(t, "value")
		f.Header = append(f.Header, Setting{Key: key, Value: value})
	}
	now := time.Duration(0)
	for n := range rapid.IntRange(0, 6).Draw(t, "lines") {
		l := Line{Wants: drawWants(t, timed)}
		if timed && (n == 0 || rapid.Bool().Draw(t, "stamp")) {
			now += drawTime(t)
			l.Timed, l.Time = true, now
		}
		l.Action = drawAction(t, timed, l.Timed)
		f.Lines = append(f.Lines, l)
	}
	return f
}

// drawTime is a time in one of the units in which it would be written.
func drawTime(t *rapid.T) time.Duration {
	unit := rapid.SampledFrom([]time.Duration{1, time.Microsecond, time.Millisecond, time.Second, time.Hour}).Draw(t, "unit")
	return unit * time.Duration(rapid.IntRange(0, 2000).Draw(t, "units"))
}

var (
	drawnHosts = rapid.SampledFrom([]string{"a", "b", "server", "h2"})
	drawnConns = rapid.SampledFrom([]string{"", "", "b", "client:40000"})
	drawnNames = rapid.SampledFrom([]string{"RTX", "2MSL", "TimeWait", "estab.fin", "none"})
)

func drawAction(t *rapid.T, timed, stamped bool) Action {
	kinds := []Kind{Call, Expire, Deliver, Lose, Copy, Forge, Crash, Tick, Age}
	if timed {
		kinds = append(kinds, Hold, Cut, Heal)
	}
	if stamped {
		kinds = append(kinds, Wait)
	}
	a := Action{Kind: rapid.SampledFrom(kinds).Draw(t, "kind")}
	switch a.Kind {
	case Call:
		a.Host, a.Conn = drawnHosts.Draw(t, "host"), drawnConns.Draw(t, "conn")
		a.Name = rapid.SampledFrom([]string{"open active", "send", "half-close", "close"}).Draw(t, "call")
		if a.HasN = rapid.Bool().Draw(t, "hasN"); a.HasN {
			a.N = rapid.Uint32().Draw(t, "n")
		}
		a.Params = drawParams(t, []string{"to", "backlog", "x-y"})
	case Expire:
		a.Host, a.Name = drawnHosts.Draw(t, "host"), rapid.SampledFrom([]string{"RTX", "2MSL", "TimeWait"}).Draw(t, "timer")
	case Crash:
		a.Host, a.Params = drawnHosts.Draw(t, "host"), drawParams(t, []string{"for"})
	case Cut, Heal:
		a.From, a.To, a.Both = drawnHosts.Draw(t, "from"), drawnHosts.Draw(t, "to"), rapid.Bool().Draw(t, "both")
	case Deliver, Lose, Copy, Forge, Hold:
		a.From, a.To, a.Segment = drawnHosts.Draw(t, "from"), drawnHosts.Draw(t, "to"), drawSegment(t)
		if a.Kind != Deliver {
			a.Params = drawParams(t, segmentParams)
		}
	}
	return a
}

func drawParams(t *rapid.T, keys []string) (params []Param) {
	for _, key := range keys {
		if rapid.Bool().Draw(t, key) {
			params = append(params, Param{key, rapid.StringMatching(`[a-z0-9:.,+-]{1,9}`).Draw(t, "value")})
		}
	}
	return params
}

func drawSegment(t *rapid.T) Segment {
	s := Segment{Flags: rapid.SampledFrom([]string{"SYN", "SYN,ACK", "none", "FIN,ACK", "RST", "any"}).Draw(t, "flags")}
	for _, f := range s.fields() {
		if rapid.Bool().Draw(t, f.name) {
			*f.field = Num(rapid.Uint32().Draw(t, "n"))
		}
	}
	return s
}

func drawWants(t *rapid.T, timed bool) []Want {
	var wants []Want
	for range rapid.IntRange(0, 2).Draw(t, "wants") {
		w := Want{
			Host:   drawnHosts.Draw(t, "host"),
			State:  rapid.SampledFrom([]string{"CLOSED", "FIN-WAIT-1"}).Draw(t, "state"),
			Reason: rapid.String().Draw(t, "reason"),
		}
		if timed {
			drawTimedWant(t, &w)
		}
		wants = append(wants, w)
	}
	return wants
}

func drawTimedWant(t *rapid.T, w *Want) {
	w.Kind = WantKind(rapid.IntRange(0, int(WantNever)).Draw(t, "want"))
	if w.When = When(rapid.IntRange(0, int(Until)).Draw(t, "when")); w.When != Now {
		w.Time = drawTime(t)
	}
	if w.Kind != WantState {
		w.State = ""
	}
	switch w.Kind {
	case WantSignal, WantRow, WantAnswer, WantError:
		w.Name = drawnNames.Draw(t, "name")
	case WantQueue:
		w.M = rapid.Uint32().Draw(t, "m")
		fallthrough
	case WantRead, WantReadable:
		w.N = rapid.Uint32().Draw(t, "n")
	}
	if w.Kind.OfSegment() {
		w.From, w.To, w.Segment, w.Host = w.Host, drawnHosts.Draw(t, "to"), drawSegment(t), ""
		return
	}
	w.Conn = drawnConns.Draw(t, "conn")
}

// clearLines forgets where lines stood, which printing does not keep.
func clearLines(f *File) *File {
	for i := range f.Header {
		f.Header[i].Line = 0
	}
	for i := range f.Lines {
		f.Lines[i].Line = 0
	}
	return f
}

func TestTimed(t *testing.T) {
	for text, want := range map[string]bool{
		"":                        false,
		"title x":                 false,
		"a close":                 false,
		"0s a close":              true,
		"0s":                      true,
		"host a":                  true,
		"link a<->b\n\na close":   true,
		"title 0s\na send 1":      false,
		"bounds x\na close\ntick": false,
	} {
		if got := parse(t, text).Timed(); got != want {
			t.Errorf("%q: timed %v, want %v", text, got, want)
		}
	}
}

func TestFormatTime(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 1: "1ns", 1500 * time.Nanosecond: "1.5us", 10 * time.Millisecond: "10ms", time.Second: "1s",
		1500 * time.Millisecond: "1.5s", time.Second + 1: "1.000000001s", time.Hour: "3600s",
	} {
		got := FormatTime(d)
		back, err := ParseTime(got)
		if got != want || err != nil || back != d {
			t.Errorf("%v is written %s, want %s, and read as %v, %v", d, got, want, back, err)
		}
	}
	for _, text := range []string{"", "1", "s", "-1s", "1e9s", "1y", "1ss", "999999999999h", "+1s"} {
		if d, err := ParseTime(text); err == nil {
			t.Errorf("%q is read as the time %v", text, d)
		}
	}
}

func TestString_parsesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFile(t)
		back, err := Parse("x.trace", f.String())
		if err != nil {
			t.Fatalf("%v\n%s", err, f)
		}
		if !reflect.DeepEqual(clearLines(back), f) {
			t.Fatalf("printed and parsed:\n%#v\nwant:\n%#v\n%s", back, f, f)
		}
	})
}

// FuzzParse: any text gives a file that prints and parses to itself, or errors.
func FuzzParse(f *testing.F) {
	f.Add("title x\n\na->b SYN seq=1 want b LISTEN \"why\"\nlose b->a none\na expire RTX\ntick\ncrash a")
	f.Add("title \"a # b\"\ntitle a 5\" pipe")
	f.Add("a close want \"")
	f.Add("host a\nlink a<->b delay=1s\n\n0s a:b:1 open x=y want a->b sent SYN by 1.5s\n1us\nhold a->b any by=1s\ncut a<->b want a queue 1 2 until 2h")
	f.Add("a->b SYN seq=\x00")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Parse("x.trace", text)
		if err != nil {
			return
		}
		printed := file.String()
		again, err := Parse("x.trace", printed)
		if err != nil || again.String() != printed {
			t.Errorf("%q prints as %q, which parses with %v", text, printed, err)
		}
	})
}
