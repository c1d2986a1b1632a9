package gen

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// wellFormed reports whether data is XML, and returns its text.
func wellFormed(t *testing.T, name string, data []byte) string {
	t.Helper()
	var text strings.Builder
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return text.String()
		}
		if err != nil {
			t.Fatalf("%s is not well-formed: %v", name, err)
		}
		if c, ok := tok.(xml.CharData); ok {
			text.Write(c)
		}
	}
}

func TestSVG_golden(t *testing.T) {
	fs, err := renderSVG(program(turnstile()), "turnstile")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "turnstile/"+fs[0].Name, fs[0].Data)
	golden(t, "turnstile/rows.svg", RowsSVG(program(turnstile()), 0))
}

func TestSVG_wellFormed(t *testing.T) {
	tcp := tcpProgram(t)
	text := wellFormed(t, "tcp", SVG(tcp))
	for _, s := range tcp.Machine.States {
		if !strings.Contains(text, s.Name+": "+s.Doc) {
			t.Errorf("no tooltip for state %s", s.Name)
		}
	}
	for i := range tcp.Machine.States {
		wellFormed(t, "rows of "+tcp.Machine.States[i].Name, RowsSVG(tcp, i))
	}
}

func TestSVG_hostile(t *testing.T) {
	p := program(hostile())
	fs, err := renderSVG(p, "<&--\">")
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, "diagram", fs[0].Data)
	wellFormed(t, "rows", RowsSVG(p, 0))
	checkPicture(t, "hostile", must(newPicture(p)))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Every target gives the same bytes for the same table, run after run.
func TestPictures_deterministic(t *testing.T) {
	for _, r := range renderers() {
		a, b := must(r(tcpProgram(t), "x")), must(r(tcpProgram(t), "x"))
		if !bytes.Equal(a[0].Data, b[0].Data) {
			t.Errorf("%s differs between two runs", a[0].Name)
		}
	}
}
