package tcpnet

import (
	"embed"
	"fmt"
	"path"

	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

//go:embed testdata/*.trace
var scenarioFiles embed.FS

// A Scenario is a trace with a name.
type Scenario struct {
	Name string
	File *trace.File
}

// Scenarios are the traces that must replay with every expectation met: the RFC's
// figures, and what was once found by exploring.
func Scenarios() ([]Scenario, error) {
	entries, err := scenarioFiles.ReadDir("testdata")
	if err != nil {
		return nil, fmt.Errorf("tcpnet: %w", err)
	}
	var all []Scenario
	for _, entry := range entries {
		text, err := scenarioFiles.ReadFile(path.Join("testdata", entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("tcpnet: %w", err)
		}
		f, err := trace.Parse(entry.Name(), string(text))
		if err != nil {
			return nil, fmt.Errorf("tcpnet: %w", err)
		}
		all = append(all, Scenario{entry.Name(), f})
	}
	return all, nil
}
