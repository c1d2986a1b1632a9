package sim

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

const scenarios = "../../docs/scenarios"

func TestFiles(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(scenarios, "*.trace"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			f, err := trace.Parse(name, string(text))
			if err != nil {
				t.Fatal(err)
			}
			res, err := Scenario(name, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, failed := range res.Failed {
				t.Errorf("%s:%d: %s", name, failed.Line, failed.Msg)
			}
		})
	}
}
