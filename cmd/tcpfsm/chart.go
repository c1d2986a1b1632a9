package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/tcpfsm/tcpfsm/model/tcpnet"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// chartFlags say how run shows what happened.
type chartFlags struct {
	output string
	ascii  bool
	steps  bool

	from, to string // times, or numbers of steps
}

func (f *chartFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.output, "output", "o", "", "write the chart to this file: FILE.svg is a picture, FILE.txt is text")
	cmd.Flags().BoolVar(&f.ascii, "ascii", false, "draw the chart with ASCII characters only")
	cmd.Flags().StringVar(&f.from, "from", "", "begin the chart at this `TIME`, such as 10s, or this step")
	cmd.Flags().StringVar(&f.to, "to", "", "end it there")
	cmd.Flags().BoolVar(&f.steps, "steps", false, "list the steps, with the states of all ends, in place of the chart")
}

// validate finds what is wrong with the flags before anything runs.
func (f *chartFlags) validate(cmd *cobra.Command, dump string, traces int) error {
	if f.from+f.to != "" && (f.steps || dump != "" || wantsJSON(cmd)) {
		return usageError("--from and --to cut the chart: they do not go with --steps, --tcpdump and --json")
	}
	if f.output == "" {
		return nil
	}
	switch ext := filepath.Ext(f.output); {
	case traces != 1:
		return usageError("-o writes one chart: name one trace, not %d", traces)
	case f.steps || dump != "" || wantsJSON(cmd):
		return usageError("-o writes the chart: it does not go with --steps, --tcpdump and --json")
	case ext != ".svg" && ext != ".txt":
		return usageError("-o %s: the name must end in .svg, for a picture, or .txt", f.output)
	}
	return nil
}

// show draws a log with what is to be said of it. On standard output, its failures
// follow, each on a line that can be searched for: a chart breaks them.
func (f *chartFlags) show(cmd *cobra.Command, name string, log *trace.Log, about string) error {
	w := cmd.OutOrStdout()
	part, err := f.cut(log)
	if err != nil {
		return err
	}
	titled := *part
	titled.Title = cmp.Or(log.Title, name)
	c, width := paletteFor(w), terminalWidth()
	if f.output == "" {
		fmt.Fprintln(w, c.bold(harmless(titled.Title)))
		titled.Title = "" // it is above what is said of it
		for _, line := range wrap(strings.Fields(harmless(about)), cmp.Or(width, 100)) {
			fmt.Fprintln(w, line)
		}
		fmt.Fprintln(w)
	}
	err = f.write(cmd, &titled, width)
	for i := range log.Events {
		if ev := &log.Events[i]; ev.Failed {
			fmt.Fprintf(w, "%s %s\n", c.bad("FAILED"), harmless(ev.Name))
		}
	}
	if f.output == "" {
		fmt.Fprintln(w)
	}
	return err
}

// cut gives the part of a log between --from and --to.
func (f *chartFlags) cut(log *trace.Log) (*trace.Log, error) {
	if f.from+f.to == "" {
		return log, nil
	}
	from, err := clockValue(log, "--from", f.from, 0)
	if err != nil {
		return nil, err
	}
	to, err := clockValue(log, "--to", f.to, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	part := log.Cut(from, to)
	if len(part.Events) == 0 {
		return nil, usageError("nothing happens from %s to %s", cmp.Or(f.from, "the beginning"), cmp.Or(f.to, "the end"))
	}
	return part, nil
}

// clockValue reads a time, or the number of a step where a log counts them.
func clockValue(log *trace.Log, flag, text string, none time.Duration) (time.Duration, error) {
	if text == "" {
		return none, nil
	}
	if log.Steps {
		n, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return 0, usageError("%s %s: this trace has no times but steps: write a number from 1", flag, text)
		}
		return time.Duration(n), nil
	}
	d, err := trace.ParseTime(text)
	if err != nil {
		return 0, usageError("%s: %v", flag, err)
	}
	return d, nil
}

// harmless takes out what a terminal obeys: a trace comes from anywhere.
func harmless(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}

// write draws a log, in the file of -o or on standard output.
func (f *chartFlags) write(cmd *cobra.Command, log *trace.Log, width int) error {
	if filepath.Ext(f.output) == ".svg" {
		return writeSVG(f.output, log)
	}
	w := cmd.OutOrStdout()
	o := trace.TextOptions{Width: width, ASCII: f.ascii, Color: f.output == "" && paletteFor(w).on}
	text, err := log.Text(o)
	if text == "" {
		return err
	}
	if f.output != "" {
		return errors.Join(chartLimit(err), delivered(f.output, []byte(text)))
	}
	_, werr := io.WriteString(w, text)
	return errors.Join(chartLimit(err), werr)
}

// writeSVG writes the picture of a log to a file.
func writeSVG(name string, log *trace.Log) error {
	picture, err := log.SVG()
	if picture == nil {
		return err
	}
	return errors.Join(chartLimit(err), delivered(name, picture))
}

// delivered writes a chart whole or not at all.
func delivered(name string, data []byte) error {
	if err := writeWhole(name, data); err != nil {
		return fmt.Errorf("the chart can't be written: %w", err)
	}
	return nil
}

// chartLimit gives the error of a chart that is not all of its log the exit code of a limit.
func chartLimit(err error) error {
	var limit *trace.LimitError
	if errors.As(err, &limit) {
		return &codeError{code: exitLimit, err: err}
	}
	return err
}

// terminalWidth is what COLUMNS says, as a shell and a terminal do, or 0.
func terminalWidth() int {
	n, err := strconv.Atoi(os.Getenv("COLUMNS"))
	if err != nil || n < 1 || n > 1000 {
		return 0
	}
	return n
}

// chartOf replays a counterexample and writes its picture.
func chartOf(name string, f *trace.File, step tcpnet.Machine) error {
	log, err := tcpnet.Replay(name, f, step)
	if err != nil {
		return fmt.Errorf("the counterexample can't be drawn: %w", err)
	}
	err = writeSVG(strings.TrimSuffix(name, filepath.Ext(name))+".svg", &log.Events)
	var limit *trace.LimitError
	if errors.As(err, &limit) {
		return nil // the picture says itself that it is of the beginning; the trace is whole
	}
	return err
}
