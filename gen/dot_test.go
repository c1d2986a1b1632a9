package gen

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/spec"
)

func renderers() []func(*spec.Program, string) ([]File, error) {
	return []func(*spec.Program, string) ([]File, error){renderDOT, renderSVG, renderMermaid, renderMarkdown, renderJSON}
}

func TestDOT_golden(t *testing.T) {
	fs, err := renderDOT(program(turnstile()), "turnstile")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "turnstile/"+fs[0].Name, fs[0].Data)
	golden(t, "turnstile/rows.dot", RowsDOT(program(turnstile()), 0))
}

// graphviz runs one of its programs, and fails on any warning.
func graphviz(t *testing.T, in []byte, program string, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("%s is not installed: apt-get install graphviz", program)
	}
	var out, warn bytes.Buffer
	cmd := exec.Command(path, append(args, "-Tsvg")...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &warn
	if err := cmd.Run(); err != nil || warn.Len() > 0 {
		t.Fatalf("%s: %v\n%s", program, err, warn.String())
	}
	return out.Bytes()
}

func TestDOT_graphviz(t *testing.T) {
	tcp := tcpProgram(t)
	for name, p := range map[string]*spec.Program{"tcp": tcp, "turnstile": program(turnstile()), "hostile": program(hostile())} {
		wellFormed(t, name+" by dot", graphviz(t, DOT(p), "dot"))
		wellFormed(t, name+" by neato", graphviz(t, DOT(p), "neato", "-n2"))
	}
	for i, s := range tcp.Machine.States {
		wellFormed(t, "rows of "+s.Name, graphviz(t, RowsDOT(tcp, i), "dot"))
	}
	wellFormed(t, "rows of hostile", graphviz(t, RowsDOT(program(hostile()), 0), "dot"))
}

// neato -n2 keeps the poster: its picture is as large as ours.
func TestDOT_positions(t *testing.T) {
	svg := string(graphviz(t, DOT(tcpProgram(t)), "neato", "-n2"))
	if n := strings.Count(svg, `class="edge`); n != 21 {
		t.Errorf("neato drew %d edges, want 21", n)
	}
	if n := strings.Count(svg, `class="cluster"`); n != 2 {
		t.Errorf("neato drew %d panels, want 2", n)
	}
}
