package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// scenarioFile writes a scenario and gives its name.
func scenarioFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "x.trace")
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// What is wrong with a scenario is said with file and line, and the exit code says of
// which kind it is.
func TestRun_scenarioExitCodes(t *testing.T) {
	for _, c := range []struct {
		why, text, stdout, stderr string
		code                      int
	}{
		{"it passes", "0s b listen want b LISTEN\n", "open passive → LISTEN", "", exitClean},
		{"an expectation fails", "0s b listen\n0s a connect want b ESTABLISHED \"too early\"\n", "FAILED line 2: expected b ESTABLISHED (too early), but it is in LISTEN", "", exitFindings},
		{"a call is refused", "0s a send 1\n", `FAILED line 1: expected "a send 1" to succeed, but the answer is noConnection`, "", exitFindings},
		{"no such host", "0s c listen\n", "", `x.trace:1: there is no host "c": the hosts are a, b`, exitError},
		{"no such state", "0s want a OPENED\n", "", `x.trace:1: tcpfsm: "OPENED" is no State: want CLOSED, LISTEN`, exitError},
		{"no such call", "0s a dance\n", "", `x.trace:1: there is no call "dance"`, exitError},
		{"it does not parse", "0s a\n", "", `x.trace:1:5: a needs a call or expire, not ""`, exitError},
		{"it has no end", "0s want a CLOSED until 99999h\n", "", "x.trace:1: at 0s the simulation has reached its bound Time", exitLimit},
	} {
		stdout, stderr, code := tcpfsmCommand("run", scenarioFile(t, c.text))
		if code != c.code || !strings.Contains(stdout, c.stdout) || !strings.Contains(stderr, c.stderr) || c.stderr == "" && stderr != "" {
			t.Errorf("%s: exit code %d, want %d\nstdout %s\nstderr %s", c.why, code, c.code, stdout, stderr)
		}
	}
}

// Every embedded scenario runs by its bare name, and as JSON.
func TestRun_everyScenario(t *testing.T) {
	names := scenarioNames()
	if len(names) < 40 {
		t.Fatalf("there are %d scenarios only", len(names))
	}
	list, _, _ := tcpfsmCommand("run", "--list")
	for _, name := range names {
		stdout, stderr, code := tcpfsmCommand("run", name)
		if code != exitClean || !strings.Contains(stdout, "time  ") {
			t.Errorf("run %s: exit code %d, stderr %s", name, code, stderr)
		}
		if !strings.Contains(list, "\n"+name+" ") && !strings.HasPrefix(list, name+" ") {
			t.Errorf("run --list does not list %s", name)
		}
		stdout, stderr, _ = tcpfsmCommand("run", "--json", name)
		for _, line := range strings.Split(strings.TrimSpace(stdout), "\n") {
			var rec eventRecord
			if err := json.Unmarshal([]byte(line), &rec); err != nil || rec.Schema != "tcpfsm.event/1" || rec.Host == "" || rec.Kind == "" {
				t.Errorf("run --json %s: %q: %v; stderr %s", name, line, err, stderr)
				break
			}
		}
	}
}

func TestRun_listJSON(t *testing.T) {
	stdout, _, _ := tcpfsmCommand("run", "--list", "--json")
	for _, line := range strings.Split(strings.TrimSpace(stdout), "\n") {
		var rec scenarioRecord
		if err := json.Unmarshal([]byte(line), &rec); err != nil || rec.Title == "" || rec.About == "" || !slices.Contains(scenarioNames(), rec.Name) {
			t.Errorf("%q: %+v, %v", line, rec, err)
		}
	}
}

func TestRun_tcpdump(t *testing.T) {
	stdout, stderr, code := tcpfsmCommand("run", "--tcpdump", "server", "three-way-handshake")
	want := `00:00:00.010000 IP 192.0.2.1.40000 > 192.0.2.2.80: Flags [S], seq 100, win 65535, options [mss 1460], length 0
00:00:00.010000 IP 192.0.2.2.80 > 192.0.2.1.40000: Flags [S.], seq 300, ack 101, win 65535, options [mss 1460], length 0
00:00:00.030000 IP 192.0.2.1.40000 > 192.0.2.2.80: Flags [.], ack 301, win 65535, length 0
`
	if code != exitClean || stdout != want {
		t.Errorf("exit code %d, stderr %s, stdout\n%s", code, stderr, stdout)
	}
	_, stderr, code = tcpfsmCommand("run", "--tcpdump", "a", "../../model/tcpnet/testdata/figure-6.trace")
	if code != exitUsage || !strings.Contains(stderr, "needs a trace with times") {
		t.Errorf("a trace without times: exit code %d, %s", code, stderr)
	}
}

// A scenario can come from standard input's name, a path, or a bare name; a file of
// the same name as a scenario needs its path.
func TestRun_nameOrPath(t *testing.T) {
	if _, ok := scenarioText("lost-syn"); !ok {
		t.Error("lost-syn is no scenario")
	}
	for _, name := range []string{"./lost-syn", "lost-syn.trace", "../lost-syn", "", "-"} {
		if _, ok := scenarioText(name); ok {
			t.Errorf("%q is taken for a scenario", name)
		}
	}
}
