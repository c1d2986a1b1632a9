package main

import (
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// readXML fails unless a file is well-formed XML.
func readXML(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(strings.NewReader(string(data))); ; {
		if _, err := d.Token(); err == io.EOF {
			return string(data)
		} else if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

// The chart goes to a file whole, as a picture or as text, and nothing of it to
// standard output.
func TestRun_chartFile(t *testing.T) {
	dir := t.TempDir()
	svg, txt := filepath.Join(dir, "x.svg"), filepath.Join(dir, "x.txt")
	for _, out := range []string{svg, txt} {
		if stdout, stderr, code := tcpfsmCommand("run", "lost-syn", "-o", out); code != exitClean || stdout != "" || stderr != "" {
			t.Errorf("-o %s: exit code %d, stdout %q, stderr %q", out, code, stdout, stderr)
		}
	}
	if picture := readXML(t, svg); !strings.Contains(picture, "rtx.syn") {
		t.Error("the picture does not name the row that repeats the SYN")
	}
	if text, err := os.ReadFile(txt); err != nil || !strings.HasPrefix(string(text), "a lost SYN\n") || !strings.Contains(string(text), "✕ lost") {
		t.Errorf("%v, text\n%s", err, text)
	}
	if files, _ := os.ReadDir(dir); len(files) != 2 {
		t.Errorf("the folder has %d files, want 2", len(files))
	}
}

func TestRun_chartFlags(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		args, stderr string
		code         int
	}{
		{"run lost-syn -o x.png", "must end in .svg", exitUsage},
		{"run lost-syn lost-fin -o x.svg", "name one trace, not 2", exitUsage},
		{"run lost-syn -o x.svg --json", "does not go with", exitUsage},
		{"run lost-syn -o x.svg --steps", "does not go with", exitUsage},
		{"run lost-syn --from 1", `"1" is no time`, exitUsage},
		{"run lost-syn --from 1h", "nothing happens from 1h to the end", exitUsage},
		{"run lost-syn --to 1s --steps", "do not go with --steps", exitUsage},
		{"run ../../model/tcpnet/testdata/figure-6.trace --to 3s", "write a number from 1", exitUsage},
		{"run lost-syn -o " + filepath.Join(dir, "none", "x.svg"), "the chart can't be written", exitError},
	} {
		if _, stderr, code := tcpfsmCommand(strings.Fields(c.args)...); code != c.code || !strings.Contains(stderr, c.stderr) {
			t.Errorf("%s: exit code %d, want %d; stderr %q", c.args, code, c.code, stderr)
		}
	}
}

// What proptest has found about another TCP is drawn, not replayed: it can't happen here.
func TestRun_finding(t *testing.T) {
	traces, err := filepath.Glob("../../proptest/gvisor/testdata/*.trace")
	if err != nil || len(traces) < 30 {
		t.Fatalf("%d traces: %v", len(traces), err)
	}
	svg := filepath.Join(t.TempDir(), "x.svg")
	for _, name := range traces {
		stdout, stderr, code := tcpfsmCommand("run", name)
		if code != exitFindings || !strings.Contains(stdout, "│ FAILED: ") || !strings.Contains(stdout, "\nFAILED ") {
			t.Errorf("%s: exit code %d, stderr %q\n%s", name, code, stderr, stdout)
		}
		if _, stderr, code := tcpfsmCommand("run", name, "-o", svg); code != exitFindings || !strings.Contains(readXML(t, svg), ">FAILED: ") {
			t.Errorf("%s: exit code %d, stderr %q", name, code, stderr)
		}
	}
	for _, how := range []string{"--steps", "--json"} {
		if stdout, _, code := tcpfsmCommand("run", how, traces[0]); code != exitFindings || !strings.Contains(stdout, "SYN-RECEIVED") || strings.Contains(stdout, "ns") {
			t.Errorf("%s: exit code %d\n%s", how, code, stdout)
		}
	}
}

// A chart can be of a part, by times or by steps.
func TestRun_chartPart(t *testing.T) {
	for args, want := range map[string][2]string{
		"run slow-accept --from 10s --to 20s":                             {"10.1s", "1.06s"},
		"run slow-accept --to 1s":                                         {"30ms", "10s "},
		"run ../../model/tcpnet/testdata/found/timewait-any.trace --to 4": {"\n4 ", "\n5 "},
	} {
		stdout, stderr, _ := tcpfsmCommand(strings.Fields(args)...)
		_, chart, _ := strings.Cut(stdout, "CLOSED")
		if !strings.Contains(chart, want[0]) || strings.Contains(chart, want[1]) {
			t.Errorf("%s, %s: want %q and not %q\n%s", args, stderr, want[0], want[1], stdout)
		}
	}
}

// Standard output is as wide as COLUMNS says, ASCII if that was asked for, and not
// coloured when it is no terminal.
func TestRun_chartWidth(t *testing.T) {
	for _, columns := range []string{"60", "130", "", "no number", "-4"} {
		t.Setenv("COLUMNS", columns)
		width := 100
		if columns == "60" || columns == "130" {
			width = map[string]int{"60": 60, "130": 130}[columns]
		}
		stdout, _, _ := tcpfsmCommand("run", "--ascii", "lost-last-ack")
		widest := 0
		for _, line := range strings.Split(stdout, "\n") {
			widest = max(widest, len(line))
		}
		if widest > width || widest < width-25 {
			t.Errorf("COLUMNS=%s: a line has %d columns, want at most %d", columns, widest, width)
		}
		if i := strings.IndexFunc(stdout, func(r rune) bool { return r > '~' || r == '\x1b' }); i >= 0 {
			t.Errorf("--ascii prints %q", stdout[i:i+4])
		}
	}
}

// A trace can't colour the terminal or move its cursor, and a replay that does not come
// to its end leaves no picture of its beginning.
func TestRun_chartHostile(t *testing.T) {
	name := scenarioFile(t, "title \x1b[31mred\nabout \x1b[2J\n0s want b LISTEN \"\x1b]0;x\x07\"\n")
	for _, args := range [][]string{{"run", name}, {"run", "--ascii", name}} {
		stdout, _, _ := tcpfsmCommand(args...)
		if i := strings.IndexFunc(stdout, func(r rune) bool { return r < ' ' && r != '\n' }); i >= 0 || stdout == "" {
			t.Errorf("%v: %q", args, stdout)
		}
	}
	out := filepath.Join(t.TempDir(), "x.svg")
	name = scenarioFile(t, "a open active\na open active\n")
	if _, _, code := tcpfsmCommand("run", name, "-o", out); code != exitError {
		t.Errorf("exit code %d, want %d", code, exitError)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("there is a picture of what could not be replayed")
	}
}

// A list of steps is there for those who want it, as before there were charts.
func TestRun_steps(t *testing.T) {
	for _, name := range []string{"lost-syn", "../../model/tcpnet/testdata/figure-6.trace"} {
		stdout, stderr, code := tcpfsmCommand("run", "--steps", name)
		if code != exitClean || strings.Contains(stdout, "│") || !strings.Contains(stdout, "SYN-SENT") {
			t.Errorf("%s: exit code %d, stderr %q, stdout\n%s", name, code, stderr, stdout)
		}
	}
}

// Beside each counterexample of check stands its chart.
func TestCheck_charts(t *testing.T) {
	dir := t.TempDir()
	_, stderr, code := tcpfsmCommand("check", "--bounds", "octets=0 capacity=2 loss", "--trace-dir", dir)
	if code != exitFindings {
		t.Fatalf("exit code %d, stderr %q", code, stderr)
	}
	traces, err := filepath.Glob(filepath.Join(dir, "*.trace"))
	if err != nil || len(traces) == 0 {
		t.Fatalf("%d traces: %v", len(traces), err)
	}
	for _, name := range traces {
		if picture := readXML(t, strings.TrimSuffix(name, ".trace")+".svg"); !strings.Contains(picture, "fails here") {
			t.Errorf("the chart of %s does not say what fails", name)
		}
	}
}
