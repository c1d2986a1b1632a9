package trace

import (
	"reflect"
	"strings"
	"testing"

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
	for _, key := range rapid.SliceOfN(rapid.SampledFrom(headerKeys), 0, 4).Draw(t, "header") {
		value := rapid.StringMatching(`[a-z0-9=+."#-]{1,9}( [a-z0-9=+."#-]{1,9}){0,3}`).Draw(t, "value")
		f.Header = append(f.Header, Setting{Key: key, Value: value})
	}
	for range rapid.IntRange(0, 6).Draw(t, "lines") {
		f.Lines = append(f.Lines, Line{Action: drawAction(t), Wants: drawWants(t)})
	}
	return f
}

func drawAction(t *rapid.T) Action {
	host := rapid.SampledFrom([]string{"a", "b", "server", "h2"})
	a := Action{Kind: rapid.SampledFrom([]Kind{Call, Expire, Deliver, Lose, Copy, Forge, Crash, Tick, Age}).Draw(t, "kind")}
	switch a.Kind {
	case Call:
		a.Host = host.Draw(t, "host")
		a.Name = rapid.SampledFrom([]string{"open active", "send", "half-close", "close"}).Draw(t, "call")
		if a.HasN = rapid.Bool().Draw(t, "hasN"); a.HasN {
			a.N = rapid.Uint32().Draw(t, "n")
		}
	case Expire:
		a.Host, a.Name = host.Draw(t, "host"), rapid.SampledFrom([]string{"RTX", "2MSL", "TimeWait"}).Draw(t, "timer")
	case Crash:
		a.Host = host.Draw(t, "host")
	case Deliver, Lose, Copy, Forge:
		a.From, a.To, a.Segment = host.Draw(t, "from"), host.Draw(t, "to"), drawSegment(t)
	}
	return a
}

func drawSegment(t *rapid.T) Segment {
	s := Segment{Flags: rapid.SampledFrom([]string{"SYN", "SYN,ACK", "none", "FIN,ACK", "RST"}).Draw(t, "flags")}
	for _, f := range s.fields() {
		if rapid.Bool().Draw(t, f.name) {
			*f.field = Num(rapid.Uint32().Draw(t, "n"))
		}
	}
	return s
}

func drawWants(t *rapid.T) []Want {
	var wants []Want
	for range rapid.IntRange(0, 2).Draw(t, "wants") {
		wants = append(wants, Want{
			Host:   rapid.SampledFrom([]string{"a", "b"}).Draw(t, "host"),
			State:  rapid.SampledFrom([]string{"CLOSED", "FIN-WAIT-1"}).Draw(t, "state"),
			Reason: rapid.String().Draw(t, "reason"),
		})
	}
	return wants
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
