package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// tcpfsm runs the command and returns what it prints and its exit code.
func tcpfsmCommand(args ...string) (stdout, stderr string, code int) {
	var out, errs bytes.Buffer
	code = run(context.Background(), args, &out, &errs)
	return out.String(), errs.String(), code
}

func TestExitCodes(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing.trace")
	for _, c := range []struct {
		args   string
		code   int
		stderr string
	}{
		{"", exitClean, ""},
		{"--version", exitClean, ""},
		{"explain TIME-WAIT", exitClean, ""},
		{"explain time_wait", exitClean, ""},
		{"explain SYN_RECV", exitClean, ""},
		{"explain estab.fin", exitClean, ""},
		{"explain active OPEN", exitClean, ""},
		{"explain rfc1337", exitClean, ""},
		{"explain TIEM-WAIT", exitUsage, "did you mean TIME-WAIT?"},
		{"explain", exitUsage, "requires at least 1 arg"},
		{"diagram --format dot", exitClean, ""},
		{"diagram --format mermaid --rows LISTEN", exitClean, ""},
		{"diagram --format png", exitUsage, `unknown format "png"; the formats are svg, dot, mermaid`},
		{"diagram --rows LISTENN", exitUsage, "did you mean LISTEN?"},
		{"diagram surplus", exitUsage, "unknown command"},
		{"diagram -o " + missing + "/x.svg", exitError, "the picture can't be written"},
		{"run", exitClean, ""},
		{"run --list", exitClean, ""},
		{"run lost-syn", exitClean, ""},
		{"run lost-sny", exitError, "did you mean lost-syn?"},
		{"run --tcpdump client lost-syn", exitClean, ""},
		{"run --tcpdump nobody lost-syn", exitUsage, "the hosts are client, server"},
		{"run " + missing, exitError, "the trace can't be read"},
		{"run ../../model/tcpnet/testdata/figure-6.trace", exitClean, ""},
		{"check --nonsense", exitUsage, "unknown flag: --nonsense"},
		{"check --profile linucs", exitUsage, "did you mean linux?"},
		{"check --suite deeper", exitUsage, "the suites are quick, standard"},
		{"check --bounds octets=9", exitUsage, "octets=9 is not between"},
		{"check --bounds octets=1 --property P11", exitUsage, "P11 means nothing here"},
		{"check --bounds octets=1,forge=1", exitUsage, "give both"},
		{"check --resume", exitUsage, "say where it is, with --checkpoint DIR"},
		{"check --symmetry --bounds octets=1,loss", exitUsage, "they do with the bound both-open"},
		{"check --symmetry --property P18", exitUsage, "they do with the bound both-open"},
		{"check --symmetry --mutants", exitUsage, "--symmetry means nothing with --mutants"},
		{"check --property P99", exitUsage, `unknown property "P99"`},
		{"check --property P12", exitUsage, "leave --property out"},
		{"check --property opne", exitUsage, "did you mean open?"},
		{"check --property law:opne", exitUsage, `unknown law "opne" (did you mean open?); the laws are answers, `},
		{"check --property law:P3", exitUsage, `unknown law "P3"`},
		{"check --property law:open --bounds octets=1", exitUsage, "ask for law:open without --bounds"},
		{"check --property P16 --bounds octets=1", exitUsage, "'tcpfsm explain P16' names bounds"},
		{"check --property law:open --timeout 1ns", exitLimit, ""},
		{"check --workers -1", exitUsage, "can't be negative"},
		{"check --max-states 1000", exitLimit, ""},
		{"check --timeout 1ns", exitLimit, ""},
		{"nonsense", exitUsage, "unknown command"},
	} {
		stdout, stderr, code := tcpfsmCommand(strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(stderr, c.stderr) || c.stderr == "" && stderr != "" {
			t.Errorf("tcpfsm %s: exit code %d, want %d; stderr %q, want %q", c.args, code, c.code, stderr, c.stderr)
		}
		if code == exitClean && stdout == "" {
			t.Errorf("tcpfsm %s prints nothing", c.args)
		}
	}
}

func TestRun_findings(t *testing.T) {
	name := filepath.Join(t.TempDir(), "wrong.trace")
	text := "b open passive want b ESTABLISHED \"too early\"\n"
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := tcpfsmCommand("run", name)
	if code != exitFindings || !strings.Contains(stdout, "FAILED line 1: expected b in ESTABLISHED (too early), but it is in LISTEN") {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	if err := os.WriteFile(name, []byte("a->b SYM\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := tcpfsmCommand("run", name); code != exitError || !strings.Contains(stderr, "wrong.trace:1") {
		t.Errorf("a segment that can't arrive: exit code %d, stderr %q", code, stderr)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var stderr bytes.Buffer
	if code := run(ctx, []string{"check"}, io.Discard, &stderr); code != exitInterrupted {
		t.Errorf("exit code %d, want %d; stderr %q", code, exitInterrupted, &stderr)
	}
}

// Every line of --json is a record with a schema.
func TestJSON_everyLineHasASchema(t *testing.T) {
	for _, args := range []string{
		"check --json --property P2 --max-states 5000",
		"run --json ../../model/tcpnet/testdata/figure-12.trace",
		"explain --json LISTEN", "explain --json listen.syn", "explain --json Close", "explain --json twReuse",
	} {
		stdout, stderr, _ := tcpfsmCommand(strings.Fields(args)...)
		lines := strings.Split(strings.TrimSpace(stdout), "\n")
		for _, line := range lines {
			var record struct{ Schema string }
			if err := json.Unmarshal([]byte(line), &record); err != nil || !strings.HasPrefix(record.Schema, "tcpfsm.") {
				t.Errorf("tcpfsm %s: line %q: error %v, schema %q; stderr %q", args, line, err, record.Schema, stderr)
			}
		}
	}
}

// A counterexample that check writes is one that run finds again. The machine is
// mended by nobody here, so the property that fails is one that must: the literal
// text has no way out of FIN-WAIT-2 when nobody is left.
func TestCheck_writesCounterexamplesThatReplay(t *testing.T) {
	dir := t.TempDir()
	stdout, stderr, code := tcpfsmCommand("check", "--profile", "rfc9293", "--property", "deadlock", "--trace-dir", dir)
	if code != exitFindings || !strings.Contains(stdout, "FAILS: deadlock") {
		t.Fatalf("exit code %d, stderr %q, stdout %s", code, stderr, stdout)
	}
	stdout, stderr, code = tcpfsmCommand("run", filepath.Join(dir, "deadlock.trace"))
	if code != exitFindings || !strings.Contains(stdout, "deadlock fails here") {
		t.Errorf("exit code %d, stderr %q, stdout %s", code, stderr, stdout)
	}
}

func TestDiagram_svgIsXML(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.svg")
	for _, args := range [][]string{{"diagram", "-o", name}, {"diagram", "--rows", "SYN-RECEIVED", "-o", name}} {
		if _, stderr, code := tcpfsmCommand(args...); code != exitClean {
			t.Fatalf("exit code %d, stderr %q", code, stderr)
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(bytes.NewReader(data))
		for err == nil {
			_, err = d.Token()
		}
		if !errors.Is(err, io.EOF) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

// Without a terminal there is no colour and no progress.
func TestPlain_noEscapes(t *testing.T) {
	stdout, stderr, _ := tcpfsmCommand("check", "--property", "P2", "--max-states", "2000")
	if strings.Contains(stdout+stderr, "\x1b") {
		t.Error("escape sequences are written to something that is no terminal")
	}
}

func TestCompletion(t *testing.T) {
	stdout, _, code := tcpfsmCommand("completion", "bash")
	if code != exitClean || !strings.Contains(stdout, "tcpfsm") {
		t.Errorf("exit code %d: no completion for bash", code)
	}
	for _, command := range [][]string{{"check", "--property", "law:a"}, {"explain", "law:a"}} {
		if stdout, _, _ := tcpfsmCommand(append([]string{"__complete"}, command...)...); !strings.Contains(stdout, "\nlaw:ack-owed\n") {
			t.Errorf("%v: laws are not completed: %q", command, stdout)
		}
	}
	stdout, _, _ = tcpfsmCommand("__complete", "diagram", "--rows", "")
	if !strings.Contains(stdout, "TIME-WAIT") {
		t.Errorf("states are not completed: %q", stdout)
	}
}

// A check that a limit ended goes on from its checkpoint, and finds what one that was
// never interrupted finds; begun anew, it refuses to overwrite the checkpoint.
func TestCheck_checkpoint(t *testing.T) {
	args := []string{"check", "--json", "--bounds", "octets=0,capacity=1,loss,reorder,retransmit"}
	counts := regexp.MustCompile(`"states":\d+,"transitions":\d+,"depth":\d+`)
	whole, _, code := tcpfsmCommand(args...)
	if code != exitClean {
		t.Fatalf("exit code %d", code)
	}
	args = append(args, "--checkpoint", filepath.Join(t.TempDir(), "kept"))
	if _, _, code := tcpfsmCommand(append(args, "--max-states", "700")...); code != exitLimit {
		t.Fatalf("exit code %d at the limit, want %d", code, exitLimit)
	}
	if _, stderr, code := tcpfsmCommand(args...); code != exitError || !strings.Contains(stderr, "there is a checkpoint in") {
		t.Errorf("begun anew: exit code %d, %q", code, stderr)
	}
	resumed, stderr, code := tcpfsmCommand(append(args, "--resume")...)
	if code != exitClean || counts.FindString(resumed) != counts.FindString(whole) {
		t.Errorf("resumed: exit code %d, %s, want %s\n%s", code, counts.FindString(resumed), counts.FindString(whole), stderr)
	}
}

// With --symmetry the ends of a simultaneous open are exchanged, and the report says so;
// where the ends do not do the same, all states count.
func TestCheck_symmetry(t *testing.T) {
	args := []string{"check", "--property", "P3", "--max-states", "5000"}
	stdout, _, _ := tcpfsmCommand(append(args, "--symmetry")...)
	if got := strings.Count(stdout, "states, each with its mirror image,"); got != 3 {
		t.Errorf("%d systems with symmetry, want the 3 simultaneous opens:\n%s", got, stdout)
	}
	if stdout, _, _ := tcpfsmCommand(args...); strings.Contains(stdout, "mirror") {
		t.Errorf("nobody asked for symmetry:\n%s", stdout)
	}
}
