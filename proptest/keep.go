package proptest

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// Write leaves the trace of a finding in NAME.trace and its sequence chart, a picture,
// in NAME.svg: each whole or not at all.
func (f *Finding) Write(name string) error {
	if err := writeWhole(name+".trace", []byte(f.Trace.String())); err != nil {
		return fmt.Errorf("proptest: the trace can't be written: %w", err)
	}
	return writeChart(name, f.Log())
}

// writeChart draws a log. Of one that is too long the picture says itself that it is of
// the beginning.
func writeChart(name string, log *trace.Log) error {
	picture, err := log.SVG()
	var limit *trace.LimitError
	if err != nil && !errors.As(err, &limit) {
		return err
	}
	if err := writeWhole(name+".svg", picture); err != nil {
		return fmt.Errorf("proptest: the chart can't be written: %w", err)
	}
	return nil
}

func writeWhole(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".proptest-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// report is what a test says of a finding, with the names of its files.
func report(t *testing.T, cfg *Config, f *Finding) string {
	name := strings.ReplaceAll(strings.ToLower(fmt.Sprintf("%v-%v", f.Before, f.Row)), ".", "-")
	return f.Error() + kept(t, cfg, name, ".trace and .svg", f.Write)
}

// kept has files written under a name that no other finding of this run has, and says
// where they are.
func kept(t *testing.T, cfg *Config, name, endings string, write func(string) error) string {
	dir := cfg.TraceDir
	if dir == "" {
		if wanted := flag.Lookup("test.artifacts"); wanted == nil || wanted.Value.String() != "true" {
			return fmt.Sprintf("go test -artifacts leaves %s as files\n", endings)
		}
		dir = t.ArtifactDir()
	}
	cfg.written[name]++
	if n := cfg.written[name]; n > 1 {
		name += fmt.Sprint("-", n)
	}
	name = filepath.Join(dir, name)
	if err := errors.Join(os.MkdirAll(dir, 0o755), write(name)); err != nil {
		return err.Error() + "\n"
	}
	return fmt.Sprintf("left in %s%s\n", name, endings)
}
