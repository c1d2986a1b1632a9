package spec

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

// bounded fails when f takes long: no text of a table may hang the compiler. It
// panics from the side, since what hangs doesn't come back to say so.
func bounded(f func()) {
	watch := time.AfterFunc(10*time.Second, func() { panic("it takes more than 10 s") })
	f()
	watch.Stop()
}

// FuzzParse: any text as a guard and as effects gives a tree that prints and
// parses back and runs, or problems with places in the text; never a panic.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", "SYN", "next && !done", "0 < tries =< limit", "min(tries, 1) + 1 > left", "armed(RTX) || sent(CTL)",
		"drop", "begin; over", "if SYN { reset } else if FIN { over }", "send(CTL, SYN|ACK, 0, NXT, 1)", "tries = tries + 1\nstop(all)",
		"}", "func() {}", "a.b.c", "((((", "!!!!", "\"x\"", "x[1]", "x{1}", "if x{1} {}", "\x00", "=<", "é", "1e9", "SYN == FIN == SYN", "a:=1", "//", "/*",
	} {
		f.Add(s)
	}
	p := program(f, nil)
	c := compilerOf(p)
	f.Fuzz(func(t *testing.T, text string) {
		bounded(func() {
			fuzzGuard(t, p, c, text)
			fuzzEffects(t, p, c, text)
		})
	})
}

func fuzzPlaces(t *testing.T, c *compiler, text string) {
	for _, d := range c.diags {
		if d.Line < 1 || d.Col < 1 || d.Msg == "" || d.Line == 1 && d.Col > len(text)+1 {
			t.Errorf("%q: %+v is no place in the text", text, d)
		}
	}
}

func fuzzGuard(t *testing.T, p *Program, c *compiler, text string) {
	c.diags = nil
	x, _ := c.expression(place{at: &text, off: -1}, text)
	if len(c.diags) > 0 {
		fuzzPlaces(t, c, text)
		return
	}
	again := p.Text(x)
	y, _ := c.expression(place{at: &again, off: -1}, again)
	if len(c.diags) > 0 || !reflect.DeepEqual(x, y) {
		t.Errorf("%q prints as %q, which is not the same: %v", text, again, c.diags)
	}
	p.Eval(x, make([]uint32, len(p.Layout.Machine)), make([]uint32, len(p.Layout.Input)), make([]uint32, len(p.Layout.Output)))
	if x.Type() == Flag {
		newReasoner(p.Machine, nil).formula(x)
	}
}

func fuzzEffects(t *testing.T, p *Program, c *compiler, text string) {
	c.diags = nil
	body, _ := c.effects(place{at: &text, off: -1}, text, true)
	if len(c.diags) > 0 {
		fuzzPlaces(t, c, text)
		return
	}
	again := p.TextStmts(body)
	other, _ := c.effects(place{at: &again, off: -1}, again, true)
	if len(c.diags) > 0 || !reflect.DeepEqual(body, other) {
		t.Errorf("%q prints as %q, which is not the same: %v", text, again, c.diags)
	}
	p.Run(body, make([]uint32, len(p.Layout.Machine)), make([]uint32, len(p.Layout.Input)), make([]uint32, len(p.Layout.Output)))
}

// FuzzLoad: any bytes as a Go file give a machine or problems with places;
// never a panic.
func FuzzLoad(f *testing.F) {
	tables, err := filepath.Glob("testdata/diag/*/table.go")
	if err != nil || len(tables) == 0 {
		f.Fatalf("no tables: %v", err)
	}
	for _, name := range tables {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(everything))
	f.Fuzz(func(t *testing.T, data []byte) {
		bounded(func() {
			l := newLoader("nowhere")
			l.parse([]goFile{{"table.go", data}})
			m := l.machine("Machine")
			err := l.diags.err()
			if err == nil {
				_, err = compile(m, l.src)
			}
			list, _ := err.(Diagnostics)
			for _, d := range list {
				if d.Msg == "" || d.Line < 0 {
					t.Errorf("%+v", d)
				}
			}
		})
	})
}
