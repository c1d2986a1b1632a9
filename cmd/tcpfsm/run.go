package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tcpfsm/tcpfsm/model/tcpnet"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

func newRun() *cobra.Command {
	return &cobra.Command{
		Use:   "run FILE...",
		Short: "Replay traces step by step: scenarios and counterexamples",
		Long: `Replay traces: files in the notation that 'tcpfsm check' prints counterexamples in
and that package tcpfsm/trace describes. Each step shows both states, the segments
that are sent, and the row of the table that fired. An expectation that is not met
and a property that is broken are findings.
` + exitCodes,
		Example: `  tcpfsm run model/tcpnet/testdata/figure-6.trace
  tcpfsm check --trace-dir found; tcpfsm run found/*.trace`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, names []string) error {
			failed := 0
			for _, name := range names {
				n, err := replay(cmd, name)
				if err != nil {
					return err
				}
				failed += n
			}
			if failed > 0 {
				return found("%d expectations or properties failed", failed)
			}
			return nil
		},
	}
}

// replay runs one file and returns how much failed in it.
func replay(cmd *cobra.Command, name string) (int, error) {
	text, err := readTrace(name)
	if err != nil {
		return 0, err
	}
	f, err := trace.Parse(name, text)
	if err != nil {
		return 0, err
	}
	log, err := tcpnet.Replay(name, f, nil)
	if log != nil {
		if wantsJSON(cmd) {
			if werr := writeLogRecords(cmd.OutOrStdout(), name, log); werr != nil {
				return 0, werr
			}
		} else {
			printLog(cmd.OutOrStdout(), paletteFor(cmd.OutOrStdout()), name, f, log)
		}
	}
	if err != nil {
		return 0, err
	}
	return len(log.Failed), nil
}

// readTrace reads a file, or standard input for "-".
func readTrace(name string) (string, error) {
	const limit = 16 << 20
	var r io.Reader = os.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return "", fmt.Errorf("the trace can't be read: %w", err)
		}
		defer f.Close()
		r = f
	}
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return "", fmt.Errorf("the trace %s can't be read: %w", name, err)
	}
	return string(data), nil
}

func printLog(w io.Writer, c palette, name string, f *trace.File, log *tcpnet.Log) {
	title, ok := f.Get("title")
	if !ok {
		title = name
	}
	fmt.Fprintf(w, "%s\n  profile %s; %s\n\n", c.bold(title), log.Bounds.Profile, log.Bounds)
	fmt.Fprintf(w, "  %-14s %-14s %s\n", "a", "b", "")
	for _, step := range log.Steps {
		fmt.Fprintf(w, "  %-14v %-14v %s", step.States[0], step.States[1], step.Line.Action)
		for _, row := range step.Rows {
			fmt.Fprintf(w, "  %s", c.dim("["+row.String()+"]"))
		}
		fmt.Fprintln(w)
		for _, sent := range step.Sent {
			fmt.Fprintf(w, "  %-14s %-14s     %s\n", "", "", c.dim("sent "+sent))
		}
		for _, failed := range log.Failed {
			if failed.Line == step.Line.Line {
				fmt.Fprintf(w, "  %-14s %-14s     %s line %d: %s\n", "", "", c.bad("FAILED"), failed.Line, failed.Msg)
			}
		}
	}
	fmt.Fprintln(w)
}

// A stepRecord is a step of a replay as JSON.
type stepRecord struct {
	Schema string   `json:"schema"`
	File   string   `json:"file"`
	Line   int      `json:"line"`
	Action string   `json:"action"`
	Rows   []string `json:"rows"`
	A      string   `json:"a"`
	B      string   `json:"b"`
	Sent   []string `json:"sent,omitempty"`
	Failed []string `json:"failed,omitempty"`
}

func writeLogRecords(w io.Writer, name string, log *tcpnet.Log) error {
	for _, step := range log.Steps {
		rec := stepRecord{
			Schema: "tcpfsm.step/1", File: name, Line: step.Line.Line, Action: strings.TrimSpace(step.Line.Action.String()),
			A: step.States[0].String(), B: step.States[1].String(), Sent: step.Sent,
		}
		for _, row := range step.Rows {
			rec.Rows = append(rec.Rows, row.String())
		}
		for _, failed := range log.Failed {
			if failed.Line == step.Line.Line {
				rec.Failed = append(rec.Failed, failed.Msg)
			}
		}
		if err := writeRecord(w, rec); err != nil {
			return err
		}
	}
	return nil
}
