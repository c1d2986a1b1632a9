package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tcpfsm/tcpfsm/model/tcpnet"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

func newRun() *cobra.Command {
	var list bool
	var dump string
	var chart chartFlags
	cmd := &cobra.Command{
		Use:   "run [NAME | FILE]...",
		Short: "Run scenarios and replay counterexamples, step by step",
		Long: `Run traces: scenarios, which tell the time and run on a simulated network, and
counterexamples, which 'tcpfsm check' prints and which are replayed step by step. What
proptest has found about another TCP is drawn as it was found.
Package tcpfsm/trace describes the notation. NAME is one of the scenarios that come
with this program; without arguments, or with --list, they are listed. What happened
is drawn as a sequence chart, as wide as COLUMNS says, or as a picture in a file;
--steps lists it instead, with the states of all ends. An expectation that is not met
and a property that is broken are findings.
` + exitCodes,
		Example: `  tcpfsm run lost-syn
  tcpfsm run lost-last-ack -o lost-last-ack.svg
  tcpfsm run --tcpdump server lost-syn
  tcpfsm run --from 10s --to 20s slow-accept
  tcpfsm run model/tcpnet/testdata/figure-6.trace
  tcpfsm check --trace-dir found; tcpfsm run found/*.trace`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, names []string) error {
			if list || len(names) == 0 {
				return listScenarios(cmd)
			}
			if err := chart.validate(cmd, dump, len(names)); err != nil {
				return err
			}
			failed := 0
			for _, name := range names {
				n, err := runTrace(cmd, name, dump, &chart)
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
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return scenarioNames(), cobra.ShellCompDirectiveDefault
		},
	}
	chart.register(cmd)
	cmd.Flags().BoolVar(&list, "list", false, "list the scenarios that come with this program")
	cmd.Flags().StringVar(&dump, "tcpdump", "", "print what the interface of `HOST` saw, as tcpdump -nn -S does, in place of the steps")
	return cmd
}

// runTrace runs one file, or scenario, and returns how much failed in it.
func runTrace(cmd *cobra.Command, name, dump string, chart *chartFlags) (int, error) {
	text, err := readTrace(name)
	if err != nil {
		return 0, err
	}
	f, err := trace.Parse(name, text)
	if err != nil {
		return 0, err
	}
	if f.Timed() {
		return simulate(cmd, name, f, dump, chart)
	}
	if dump != "" {
		return 0, usageError("--tcpdump needs a trace with times, which %s is not", name)
	}
	if _, found := f.Get("found"); found {
		return shown(cmd, name, f, chart)
	}
	return replay(cmd, name, f, chart)
}

// replay runs a trace without times.
func replay(cmd *cobra.Command, name string, f *trace.File, chart *chartFlags) (int, error) {
	log, err := tcpnet.Replay(name, f, nil)
	if log == nil || err != nil && chart.output != "" {
		return 0, err // no picture of a part
	}
	var werr error
	w := cmd.OutOrStdout()
	switch {
	case wantsJSON(cmd):
		werr = writeLogRecords(w, name, log)
	case chart.steps:
		printLog(w, paletteFor(w), name, f, log)
	default:
		werr = chart.show(cmd, name, &log.Events, fmt.Sprintf("profile %s; %s", log.Bounds.Profile, log.Bounds))
	}
	return len(log.Failed), errors.Join(err, werr)
}

// shown draws a finding about another TCP, which can't be run here: what was done, what
// the table says to that, and what the other did in the end.
func shown(cmd *cobra.Command, name string, f *trace.File, chart *chartFlags) (int, error) {
	log := f.Log()
	var err error
	w := cmd.OutOrStdout()
	switch {
	case wantsJSON(cmd):
		err = writeEventRecords(w, name, log)
	case chart.steps:
		printSimulation(w, paletteFor(w), f, log)
	default:
		err = chart.show(cmd, name, log, aboutOf(f))
	}
	failed := 0
	for i := range log.Events {
		if log.Events[i].Failed {
			failed++
		}
	}
	return failed, err
}

// readTrace reads a file, a scenario by its name, or standard input for "-".
func readTrace(name string) (string, error) {
	if text, ok := scenarioText(name); ok {
		return text, nil
	}
	const limit = 16 << 20
	var r io.Reader = os.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return "", fmt.Errorf("the trace can't be read: %w%s", err, scenarioHint(name))
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
	margin := fmt.Sprintf("  %*s", (stateColumn+1)*len(log.Ends), "")
	fmt.Fprintln(w, columns(log.Ends))
	for _, step := range stepsOf(log) {
		fmt.Fprintf(w, "%s%s", columns(step.states), step.Action)
		for _, row := range step.Rows {
			fmt.Fprintf(w, "  %s", c.dim("["+row+"]"))
		}
		fmt.Fprintln(w)
		for _, sent := range step.Sent {
			fmt.Fprintf(w, "%s    %s\n", margin, c.dim("sent "+sent))
		}
		for _, failed := range step.Failed {
			fmt.Fprintf(w, "%s    %s line %d: %s\n", margin, c.bad("FAILED"), step.Line, failed)
		}
	}
	fmt.Fprintln(w)
}

// stateColumn is how wide the column of an end is: room for ESTABLISHED and FIN-WAIT-1.
const stateColumn = 14

// columns sets a word for each end in its column.
func columns(words []string) string {
	var b strings.Builder
	b.WriteString("  ")
	for _, word := range words {
		fmt.Fprintf(&b, "%-*s ", stateColumn, word)
	}
	return b.String()
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
	// Ends are the states of all ends where there are more than a and b.
	Ends map[string]string `json:"ends,omitempty"`

	states []string // of the ends, in their order
}

// stepsOf gathers the events of each step of a replay.
func stepsOf(log *tcpnet.Log) []stepRecord {
	states := map[string]string{}
	for _, end := range log.Ends {
		states[end] = tcpfsm.Closed.String()
	}
	events := log.Events.Events
	var steps []stepRecord
	for i, step := range log.Steps {
		rec := stepRecord{Schema: "tcpfsm.step/1", Line: step.Line.Line, Action: step.Line.Action.String()}
		for ; len(events) > 0 && events[0].Time <= time.Duration(i+1); events = events[1:] {
			ev := &events[0]
			if ev.After != "" {
				states[endOf(ev)] = ev.After
			}
			if ev.Row != "" {
				rec.Rows = append(rec.Rows, ev.Row)
			}
			if ev.Kind == trace.Departed && !ev.Forged {
				rec.Sent = append(rec.Sent, fmt.Sprintf("%s->%s %s", ev.Host, ev.Peer, ev.Segment))
			}
		}
		rec.A, rec.B = states["a"], states["b"]
		for _, end := range log.Ends {
			rec.states = append(rec.states, states[end])
		}
		if len(log.Ends) > 2 {
			rec.Ends = maps.Clone(states)
		}
		for _, failed := range log.Failed {
			if failed.Line == step.Line.Line {
				rec.Failed = append(rec.Failed, failed.Msg)
			}
		}
		steps = append(steps, rec)
	}
	return steps
}

// endOf is the end at which something happened.
func endOf(ev *trace.Event) string {
	if ev.Conn == "" {
		return ev.Host
	}
	return ev.Host + ":" + ev.Conn
}

func writeLogRecords(w io.Writer, name string, log *tcpnet.Log) error {
	for _, rec := range stepsOf(log) {
		rec.File = name
		if err := writeRecord(w, rec); err != nil {
			return err
		}
	}
	return nil
}
