package proptest

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// A spoiler is a right stack but for the first octet that is read.
type spoiler struct{ Stack }

func (s spoiler) Receive(p []byte) (int, error) {
	n, err := s.Stack.Receive(p)
	if n > 0 {
		p[0]++
	}
	return n, err
}

const filesEnv = "PROPTEST_FILES"

// TestRun_wrongStack is the child of the test below: it fails.
func TestRun_wrongStack(t *testing.T) {
	if os.Getenv(filesEnv) == "" {
		t.Skip("run by TestRun_leavesFiles")
	}
	right, cfg := endpointStacks(tcpfsm.ProfileRecommended)
	cfg.TraceDir, cfg.Steps = os.Getenv(filesEnv+"_DIR"), 60
	Run(t, func() Stack { return brittle{spoiler{right()}} }, cfg)
}

// Who runs a wrong stack is shown what happened, and finds it in files: where go test
// -artifacts wants them, or where Config says.
func TestRun_leavesFiles(t *testing.T) {
	given := filepath.Join(t.TempDir(), "not there", "yet")
	probes := []string{"panicked: nil pointer somewhere", "◀", "FAILED:", "left in "}
	for how, c := range map[string]struct {
		dir, given, flag, run string
		says                  []string
	}{
		"artifacts": {t.TempDir(), "", "-test.artifacts", "", append(probes, "reads something else than was written", "how it ended:")},
		"TraceDir":  {given, given, "-test.artifacts=false", "/^probes$", probes},
	} {
		if err := os.MkdirAll(c.dir, 0o755); err != nil && c.given == "" {
			t.Fatal(err)
		}
		child := exec.Command(os.Args[0], "-test.run=^TestRun_wrongStack$"+c.run, c.flag, "-test.outputdir="+t.TempDir(), "-rapid.checks=20", "-rapid.nofailfile", "-rapid.shrinktime=200ms")
		if c.given == "" {
			child.Args = append(child.Args, "-test.outputdir="+c.dir)
		}
		child.Env = append(os.Environ(), filesEnv+"=1", filesEnv+"_DIR="+c.given)
		out, err := child.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 {
			t.Fatalf("%s: the child says %v\n%s", how, err, out)
		}
		for _, want := range c.says {
			if !strings.Contains(string(out), want) {
				t.Errorf("%s: the output does not say %q:\n%s", how, want, out)
			}
		}
		checkFiles(t, how, c.dir, len(c.says)-len(probes) > 0)
	}
}

// checkFiles wants traces, a picture of each, and one of a stream.
func checkFiles(t *testing.T, how, dir string, stream bool) {
	count := map[string]int{}
	err := filepath.WalkDir(dir, func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		count[filepath.Ext(name)]++
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		switch filepath.Ext(name) {
		case ".svg":
			for d := xml.NewDecoder(strings.NewReader(string(text))); err == nil; {
				_, err = d.Token()
			}
			if err != io.EOF {
				t.Errorf("%s: %v", name, err)
			}
		case ".trace":
			f, err := trace.Parse(name, string(text))
			if err != nil {
				return err
			}
			if found, has := f.Get("found"); !has || found == "" {
				t.Errorf("%s does not say what was found", name)
			}
		default:
			t.Errorf("%s is left over", name)
		}
		return nil
	})
	pictures := count[".trace"]
	if stream {
		pictures++
	}
	if err != nil || count[".trace"] < 2 || count[".svg"] != pictures {
		t.Errorf("%s: %v files, want some traces and %d pictures: %v", how, count, pictures, err)
	}
}

// What can't be written leaves nothing, and is told beside the finding.
func TestReport_noPlace(t *testing.T) {
	newStack, cfg := machineStacks(tcpfsm.ProfileRecommended)
	found, _ := Probe(cfg, func() Stack { return brittle{newStack()} })
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	cfg.TraceDir = filepath.Join(file, "below")
	if text := report(t, cfg.withDefaults(), found[0]); !strings.Contains(text, "not a directory") || !strings.Contains(text, "FAILED") {
		t.Errorf("the report is\n%s", text)
	}
}
