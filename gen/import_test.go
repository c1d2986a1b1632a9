package gen

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A block is a fenced block of a page: what stands behind the fence, and inside.
type block struct{ info, text string }

var fenced = regexp.MustCompile("(?ms)^```([^\n]*)\n(.*?)^```$")

func blocksOf(t *testing.T, page string) []block {
	t.Helper()
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []block
	for _, m := range fenced.FindAllStringSubmatch(string(data), -1) {
		blocks = append(blocks, block{m[1], m[2]})
	}
	return blocks
}

// setting finds name="value" behind a fence; | in a value is the end of a line.
func (b block) setting(name string) string {
	m := regexp.MustCompile(name + `="([^"]*)"`).FindStringSubmatch(b.info)
	if m == nil {
		return ""
	}
	return strings.ReplaceAll(m[1], "|", "\n")
}

// A reader is somebody who follows docs/YOUR-OWN-MACHINE.md in a module of their own.
type reader struct {
	t   *testing.T
	dir string
}

// newReader makes the module: the files of the page, and a go.mod with a tool line
// that finds this checkout. Nothing is asked of the network.
func newReader(t *testing.T, blocks []block) *reader {
	t.Helper()
	r := &reader{t, t.TempDir()}
	checkout, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		if _, name, ok := strings.Cut(b.info, "file="); ok {
			r.write(name, b.text)
		}
	}
	// Reading go.mod and go.sum here makes the test cache notice when they change;
	// of the sources, the other tests of this package read all that matters.
	mod := r.read("../go.mod")
	jennifer := regexp.MustCompile(`github.com/dave/jennifer v\S+`).FindString(mod)
	r.write("go.sum", r.read("../go.sum"))
	r.write("go.mod", "module example.com/breaker\n\ngo 1.26\n\n"+
		"tool github.com/tcpfsm/tcpfsm/cmd/fsmgen\n\n"+
		"require github.com/tcpfsm/tcpfsm v0.0.0\n\nrequire "+jennifer+" // indirect\n\n"+
		"replace github.com/tcpfsm/tcpfsm => "+checkout+"\n")
	return r
}

func (r *reader) read(name string) string {
	r.t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(data)
}

func (r *reader) write(name, text string) {
	r.t.Helper()
	name = filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// run runs a command in the module and returns what it prints.
func (r *reader) run(args ...string) (string, error) {
	c := exec.Command(args[0], args[1:]...)
	c.Dir = r.dir
	c.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	out, err := c.CombinedOutput()
	return string(out), err
}

func (r *reader) mustRun(args ...string) {
	r.t.Helper()
	if out, err := r.run(args...); err != nil {
		r.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// change makes the mistake that a block describes, and returns what undoes it.
func (r *reader) change(b block) (undo func()) {
	r.t.Helper()
	name := "table/table.go"
	before := r.read(filepath.Join(r.dir, name))
	after := before
	for _, n := range []string{"", "2"} {
		if old := b.setting("old" + n); old != "" {
			if !strings.Contains(after, old) {
				r.t.Fatalf("the table has no %q, which the page changes", old)
			}
			after = strings.Replace(after, old, b.setting("new"+n), 1)
		}
	}
	r.write(name, after)
	return func() { r.write(name, before) }
}

// Another module pins the generator with a tool line, generates, imports what was
// generated, and checks it: by following the page to the letter.
func TestYourOwnMachine(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a module of its own")
	}
	blocks := blocksOf(t, "../docs/YOUR-OWN-MACHINE.md")
	r := newReader(t, blocks)
	r.mustRun("go", "generate", "./...")
	r.mustRun("go", "vet", "./...")
	r.mustRun("go", "test", "./...")
	r.mustRun("go", "tool", "fsmgen", "-check", "-target", "go,svg,mermaid", "-o", "breaker", "table")
	mistakes := 0
	for _, b := range blocks {
		switch kind, _, _ := strings.Cut(b.info, " "); kind {
		case "diagnostic":
			r.wantDiagnostic(b)
		case "failure":
			r.wantFailure(b)
		default:
			continue
		}
		mistakes++
	}
	if mistakes < 3 {
		t.Errorf("the page shows %d mistakes, want 3 at least", mistakes)
	}
}

// wantDiagnostic wants fsmgen to say what the page says it does.
func (r *reader) wantDiagnostic(b block) {
	r.t.Helper()
	defer r.change(b)()
	out, err := r.run("go", "tool", "fsmgen", "-o", "breaker", "table")
	if err == nil || !strings.Contains(out, b.text) {
		r.t.Errorf("fsmgen says (error %v):\n%s\nthe page says:\n%s", err, out, b.text)
	}
}

// wantFailure wants the check to fail with the trace that the page shows.
func (r *reader) wantFailure(b block) {
	r.t.Helper()
	defer r.change(b)()
	r.mustRun("go", "generate", "./...")
	out, err := r.run("go", "test", "-run", "TestBreaker", "./...")
	plain := regexp.MustCompile(`(?m)^ +check_test.go:\d+: `).ReplaceAllString(out, "")
	if err == nil || !strings.Contains(plain, b.text) {
		r.t.Errorf("the check says (error %v):\n%s\nthe page says:\n%s", err, plain, b.text)
	}
}
