package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// charts are the pictures of the pages: their names, and the traces they are of.
var charts = map[string]string{
	"lost-last-ack":      "lost-last-ack",
	"timewait-too-short": "timewait-too-short",
	"reuse-higher-isn":   "reuse-higher-isn",
	"no-timewait":        "../../model/tcpnet/testdata/found/old-fin-no-timewait.trace",
	"timewait-any-2":     "../../model/tcpnet/testdata/found/timewait-any.trace",
	"timewait-fin-3":     "../../model/tcpnet/testdata/found/timewait-fin.trace",
	"passive-closer":     "../../model/tcpnet/testdata/found/passive-closer.trace",
	"assassination":      "../../model/tcpnet/testdata/found/assassination.trace",
	"unclean-close":      "../../model/tcpnet/testdata/found/unclean-close.trace",
	"simultaneous-close": "simultaneous-close",

	"backlog-linux-abort": "backlog-linux-abort",
	"black-hole":          "black-hole",
	"close-wait-for-ever": "close-wait-for-ever",
	"closed-port":         "closed-port",
	"fin-wait-2-timer":    "fin-wait-2-timer",
	"half-open-data":      "half-open-data",
	"lost-fin":            "lost-fin",
	"lost-synack":         "lost-synack",

	"gvisor-synrcvd-any-ack": "../../proptest/gvisor/testdata/synrcvd-any-ack.trace",
}

// The charts of the pages are what 'tcpfsm run' draws now; none is left of one that is
// no more, and each is shown or linked.
func TestPages_chartsAreFresh(t *testing.T) {
	dir := filepath.Join(root, "docs/generated/charts")
	var prose strings.Builder
	for _, p := range pages(t) {
		prose.WriteString(p.prose)
	}
	for name, of := range charts {
		drawn := filepath.Join(t.TempDir(), "x.svg")
		if _, stderr, code := tcpfsmCommand("run", of, "-o", drawn); code != exitClean && code != exitFindings {
			t.Fatalf("%s: exit code %d, %s", of, code, stderr)
		}
		want, err := os.ReadFile(drawn)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, name+".svg")
		if *update {
			if err := writeWhole(file, want); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is stale: run 'go test ./cmd/tcpfsm -run Pages -update' (%v)", file, err)
		}
		if !*update && !strings.Contains(prose.String(), "generated/charts/"+name+".svg") {
			t.Errorf("no page shows %s.svg", name)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if _, known := charts[strings.TrimSuffix(filepath.Base(file), ".svg")]; !known {
			t.Errorf("%s is drawn by nothing: remove it", file)
		}
	}
}

// The page that says how to read charts explains every timer and all that users hear.
func TestPages_chartWords(t *testing.T) {
	_, guide, _ := strings.Cut(pageText(t, "docs/scenarios/README.md"), "\n## How to read the charts\n")
	guide, _, _ = strings.Cut(guide, "\n## ")
	p, err := table()
	if err != nil {
		t.Fatal(err)
	}
	words := []string{"2MSL"}
	for _, s := range p.Machine.Signals {
		words = append(words, "*"+s.Name+"*")
	}
	for timer := tcpfsm.Timer(0); timer <= tcpfsm.TimerDelayedAck; timer++ {
		if timer != tcpfsm.TimerTimeWait {
			words = append(words, timer.String())
		}
	}
	for _, word := range words {
		if !strings.Contains(guide, word) {
			t.Errorf("docs/scenarios/README.md does not explain %s", word)
		}
	}
}
