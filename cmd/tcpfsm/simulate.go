package main

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tcpfsm/tcpfsm/docs/scenarios"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/sim"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// scenarioText finds a scenario that comes with this program, by its bare name.
func scenarioText(name string) (string, bool) {
	if strings.ContainsAny(name, `./\`) {
		return "", false
	}
	data, err := scenarios.Files.ReadFile(name + ".trace")
	return string(data), err == nil
}

// scenarioNames lists the scenarios, sorted.
func scenarioNames() []string {
	files, err := scenarios.Files.ReadDir(".")
	if err != nil {
		panic(fmt.Sprintf("the embedded scenarios can't be read: %v", err))
	}
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(f.Name(), path.Ext(f.Name())))
	}
	return names
}

// A scenarioRecord is a line of the list as JSON.
type scenarioRecord struct {
	Schema string `json:"schema"`
	Name   string `json:"name"`
	Title  string `json:"title"`
	About  string `json:"about"`
}

func listScenarios(cmd *cobra.Command) error {
	w := cmd.OutOrStdout()
	for _, name := range scenarioNames() {
		text, _ := scenarioText(name)
		f, err := trace.Parse(name, text)
		if err != nil {
			return err
		}
		title, _ := f.Get("title")
		if !wantsJSON(cmd) {
			fmt.Fprintf(w, "%-28s %s\n", name, title)
			continue
		}
		if err := writeRecord(w, scenarioRecord{"tcpfsm.scenario/1", name, title, aboutOf(f)}); err != nil {
			return err
		}
	}
	return nil
}

// aboutOf is the paragraph of a scenario.
func aboutOf(f *trace.File) string {
	var parts []string
	for _, s := range f.Header {
		if s.Key == "about" {
			parts = append(parts, s.Value)
		}
	}
	return strings.Join(parts, " ")
}

// simulate runs a trace with times.
func simulate(cmd *cobra.Command, name string, f *trace.File, dump string, chart *chartFlags) (int, error) {
	res, err := sim.Scenario(name, f)
	if res == nil {
		return 0, limited(err)
	}
	var werr error
	w := cmd.OutOrStdout()
	switch {
	case dump != "":
		werr = writeDump(w, res.Sim, dump)
	case wantsJSON(cmd):
		werr = writeEventRecords(w, name, res.Sim.Log())
	case chart.steps:
		printSimulation(w, paletteFor(w), f, res.Sim.Log())
	default:
		werr = chart.show(cmd, name, res.Sim.Log(), aboutOf(f))
	}
	return len(res.Failed), errors.Join(limited(err), werr)
}

// limited gives the error of a simulation that did not end the exit code of a limit.
func limited(err error) error {
	var limit *sim.LimitError
	if errors.As(err, &limit) {
		return &codeError{code: exitLimit, err: err}
	}
	return err
}

func writeDump(w io.Writer, s *sim.Sim, name string) error {
	h, ok := s.HostByName(name)
	if !ok {
		return usageError("there is no host %q: the hosts are %s", name, strings.Join(s.Log().Hosts, ", "))
	}
	return s.Dump(w, h)
}

// An eventRecord is an event of a simulation as JSON.
type eventRecord struct {
	Schema string `json:"schema"`
	File   string `json:"file"`
	Time   string `json:"time"`
	Kind   string `json:"kind"`
	Host   string `json:"host"`
	Conn   string `json:"conn,omitempty"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	Row    string `json:"row,omitempty"`
	Name   string `json:"name,omitempty"`
	Octets uint32 `json:"octets,omitempty"`
	Until  string `json:"until,omitempty"`
	Peer   string `json:"peer,omitempty"`
	Seg    string `json:"segment,omitempty"`
	Packet int    `json:"packet,omitempty"`
	Forged bool   `json:"forged,omitempty"`
	Failed bool   `json:"failed,omitempty"`
}

func writeEventRecords(w io.Writer, name string, log *trace.Log) error {
	for _, ev := range log.Events {
		rec := eventRecord{
			Schema: "tcpfsm.event/1", File: name, Time: log.Clock(ev.Time), Kind: ev.Kind.String(), Host: ev.Host, Conn: ev.Conn,
			Before: ev.Before, After: ev.After, Row: ev.Row, Name: ev.Name, Octets: ev.N, Peer: ev.Peer, Packet: ev.Packet,
			Forged: ev.Forged, Failed: ev.Failed,
		}
		if ev.Packet > 0 {
			rec.Seg = ev.Segment.String()
		}
		if ev.Kind == trace.Started {
			rec.Until = log.Clock(ev.Until)
		}
		if err := writeRecord(w, rec); err != nil {
			return err
		}
	}
	return nil
}

// stateWidth is as wide as the longest name of a state.
const stateWidth = len("SYN-RECEIVED")

// printSimulation shows what happened, a line an event, with the states of all ends.
func printSimulation(w io.Writer, c palette, f *trace.File, log *trace.Log) {
	fmt.Fprintf(w, "%s\n", c.bold(log.Title))
	if about := aboutOf(f); about != "" {
		for _, line := range wrap(strings.Fields(about), 100) {
			fmt.Fprintf(w, "  %s\n", line)
		}
	}
	lanes := lanesOf(log)
	fmt.Fprintf(w, "\n  %-10s", "time")
	for _, l := range lanes {
		fmt.Fprintf(w, " %-*s", max(stateWidth, len(l.label)), l.label)
	}
	fmt.Fprintln(w)
	for i := range log.Events {
		ev := &log.Events[i]
		for j := range lanes {
			lanes[j].follow(ev)
		}
		if text := happening(c, ev); text != "" {
			fmt.Fprintf(w, "  %-10s", log.Clock(ev.Time))
			for _, l := range lanes {
				fmt.Fprintf(w, " %-*s", max(stateWidth, len(l.label)), l.state)
			}
			fmt.Fprintf(w, "  %s\n", text)
		}
	}
	fmt.Fprintln(w)
}

// A lane is a connection in the list of events.
type lane struct {
	host, conn, label, state string
}

func (l *lane) follow(ev *trace.Event) {
	if ev.Host == l.host && ev.Conn == l.conn && ev.After != "" {
		l.state = ev.After
	}
}

// lanesMax is how many connections are shown with their states.
const lanesMax = 8

// lanesOf gives the connections in the order of hosts, and within a host as they came.
func lanesOf(log *trace.Log) []lane {
	var lanes []lane
	for _, host := range log.Hosts {
		seen := map[string]bool{}
		for i := range log.Events {
			ev := &log.Events[i]
			if ev.Host != host || seen[ev.Conn] || ev.Conn != "" && ev.After == "" || len(lanes) == lanesMax {
				continue
			}
			seen[ev.Conn] = true
			state := tcpfsm.Closed.String()
			if ev.Conn != "" {
				state = "" // it is not there yet
			}
			lanes = append(lanes, lane{host, ev.Conn, laneName(ev), state})
		}
	}
	return lanes
}

// laneName is the host, with the connection's peer if it is not the host's first one.
func laneName(ev *trace.Event) string {
	if ev.Conn == "" {
		return ev.Host
	}
	return ev.Host + ">" + ev.Conn
}

// happening says what happened; timers are left to the charts.
func happening(c palette, ev *trace.Event) string {
	var text string
	switch ev.Kind {
	case trace.Called:
		text = laneName(ev) + " " + ev.Name
		if ev.HasN {
			text += fmt.Sprintf(" %d", ev.N)
		}
	case trace.Expired:
		text = laneName(ev) + " expire " + ev.Name
	case trace.Departed:
		return c.dim(fmt.Sprintf("    %s->%s %s", ev.Host, ev.Peer, ev.Segment))
	case trace.Arrived:
		text = fmt.Sprintf("%s->%s %s arrives", ev.Peer, ev.Host, ev.Segment)
		if ev.Forged {
			text = "forged " + text
		}
	case trace.Lost:
		text = fmt.Sprintf("    %s->%s %s %s", ev.Host, ev.Peer, ev.Segment, c.bad("lost"))
	case trace.Signaled:
		return fmt.Sprintf("    %s is told: %s", laneName(ev), ev.Name)
	case trace.Crashed:
		text = "crash " + ev.Host
	case trace.Noted:
		text = laneName(ev) + ": " + ev.Name
		if ev.Failed {
			return c.bad("FAILED") + " " + ev.Name
		}
	default:
		return ""
	}
	if ev.Row != "" {
		text += "  " + c.dim("["+ev.Row+"]")
	}
	return text
}

// scenarioHint names the scenario that a name may have been meant for.
func scenarioHint(name string) string {
	if hint := didYouMean(name, scenarioNames()); hint != "" {
		return hint
	}
	return "; 'tcpfsm run --list' lists the scenarios"
}
