package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/model/tcpnet"
	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// A checkPrinter says what check finds, as it is found.
type checkPrinter interface {
	table(p *spec.Program, profile string, dead map[string]bool)
	system(r *tcpnet.Result, failedBefore []string)
	solo(b tcpnet.SoloBounds, r *model.Report[tcpnet.SoloState])
	rows(p *spec.Program, fired map[tcpfsm.RowID]bool, dead map[string]bool)
	timeWait(results []*tcpnet.TimeWaitResult)
	end(c *checker)
}

func printerFor(cmd *cobra.Command) checkPrinter {
	if wantsJSON(cmd) {
		return &jsonPrinter{w: cmd.OutOrStdout()}
	}
	return &textPrinter{w: cmd.OutOrStdout(), c: paletteFor(cmd.OutOrStdout())}
}

// unfired lists the rows that are not ruled out and did not fire, in table order.
func unfired(p *spec.Program, fired map[tcpfsm.RowID]bool, dead map[string]bool) []string {
	var ids []string
	for _, r := range p.Rows {
		if !fired[tcpfsm.RowID(r.Index+1)] && !dead[r.ID] {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// textPrinter speaks to people.
type textPrinter struct {
	w    io.Writer
	c    palette
	held []string // ids of the properties that hold somewhere
}

func (t *textPrinter) printf(format string, args ...any) { fmt.Fprintf(t.w, format, args...) }

func (t *textPrinter) table(p *spec.Program, profile string, dead map[string]bool) {
	t.printf("%s: %d rows, hash %s; profile %s\n", t.c.bold("table"), len(p.Rows), p.Hash, profile)
	t.printf("  P22: every state and event has a row for every case, the first that fits fires; no row is shadowed; every state can be reached\n")
	t.printf("  %d rows can fire; %d are ruled out by the profile's options:\n", len(p.Rows)-len(dead), len(dead))
	for _, line := range wrap(ruledOut(p, dead), 96) {
		t.printf("    %s\n", line)
	}
}

// ruledOut lists rows in table order.
func ruledOut(p *spec.Program, dead map[string]bool) []string {
	ids := []string{}
	for _, r := range p.Rows {
		if dead[r.ID] {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// wrap sets words in lines of at most so many columns.
func wrap(words []string, columns int) []string {
	var lines []string
	for _, w := range words {
		if n := len(lines); n > 0 && len(lines[n-1])+1+len(w) <= columns {
			lines[n-1] += " " + w
			continue
		}
		lines = append(lines, w)
	}
	return lines
}

func (t *textPrinter) system(r *tcpnet.Result, failedBefore []string) {
	t.printf("\n%s: %s%s\n", t.c.bold(r.Config.Name), r.Config.Bounds, changedOptions(&r.Config.Bounds))
	t.printf("  %s states%s, %s transitions, depth %d, %s%s\n", thousands(r.States), mirrored(r.Symmetry), thousands(r.Transitions), r.Depth, seconds(r.Elapsed), onDisk(r.Disk))
	if !r.Complete {
		t.printf("  %s: %s; checked completely to depth %d\n", t.c.bad("not complete"), r.Limit, r.Depth)
	}
	var holds, empty []string
	for _, v := range r.Verdicts {
		switch v.Verdict {
		case model.Holds:
			if v.Empty {
				empty = append(empty, v.Property.ID)
				continue
			}
			holds = append(holds, v.Property.ID)
			t.held = append(t.held, v.Property.ID)
		case model.Fails:
			t.failure(v, slices.Contains(failedBefore, v.Property.ID), tcpnet.Known(r.Config.Bounds.Profile, v.Property.ID))
		}
	}
	if len(holds) > 0 {
		t.printf("  %s %s\n", t.c.good("holds:"), strings.Join(holds, " "))
	}
	if len(empty) > 0 {
		t.printf("  %s %s: no state here is one of which it speaks\n", t.c.bad("says nothing:"), strings.Join(empty, " "))
	}
}

// mirrored says what a state is with symmetry.
func mirrored(symmetry bool) string {
	if symmetry {
		return ", each with its mirror image"
	}
	return ""
}

// changedOptions are the options of a system that differ from its profile's.
func changedOptions(b *tcpnet.Bounds) string {
	if diff := b.OptionChanges(); diff != "" {
		return "; options " + diff
	}
	return ""
}

// source is a citation with the name of the standard where it is left out.
func source(cite string) string {
	if strings.HasPrefix(cite, "RFC") || strings.HasPrefix(cite, "practice") {
		return cite
	}
	return "RFC 9293 " + cite
}

// failure shows a counterexample, but only the first one to each property.
func (t *textPrinter) failure(v tcpnet.PropertyVerdict, again bool, known string) {
	if again {
		t.printf("  %s %s, as above\n", t.c.bad("FAILS:"), v.Property.ID)
		return
	}
	t.printf("  %s %s: %s (%s)\n", t.c.bad("FAILS:"), v.Property.ID, v.Property.Text, source(v.Property.Cite))
	if known != "" {
		t.printf("    known of this profile: %s\n", known)
	}
	if v.Trace == nil {
		t.printf("    no such state can be reached\n")
		return
	}
	t.printf("    shortest counterexample; save it, and replay it with 'tcpfsm run FILE':\n\n")
	for line := range strings.Lines(v.Trace.String()) {
		t.printf("%s", line)
	}
	t.printf("\n")
}

func (t *textPrinter) solo(b tcpnet.SoloBounds, r *model.Report[tcpnet.SoloState]) {
	t.printf("\n%s: %s\n", t.c.bold(b.Name), b.Purpose)
	t.printf("  %s states, %s transitions, depth %d, %s\n", thousands(r.States), thousands(r.Transitions), r.Depth, seconds(r.Elapsed))
	if !r.Complete {
		t.printf("  %s: %s\n", t.c.bad("not complete"), r.Limit)
	}
	var holds, laws []string
	for _, res := range r.Results {
		switch {
		case res.Verdict == model.Fails:
			t.soloFailure(res)
		case res.Verdict == model.Holds && isLaw(res.ID):
			laws = append(laws, lawName(res.ID))
			t.held = append(t.held, lawName(res.ID))
		case res.Verdict == model.Holds:
			holds = append(holds, res.ID)
		}
	}
	switch {
	case len(holds) == 0: // only laws were asked for
		holds = laws
	case len(laws) > 0:
		holds = append(holds, fmt.Sprintf("and %d of %d laws", len(laws), len(tcpnet.Laws)))
	}
	if len(holds) > 0 {
		t.printf("  %s %s\n", t.c.good("holds:"), strings.Join(holds, " "))
	}
}

func (t *textPrinter) soloFailure(res model.Result[tcpnet.SoloState]) {
	t.printf("  %s %s: %s\n", t.c.bad("FAILS:"), claimName(res.ID), res.Text)
	for _, line := range tcpnet.SoloTrace(res.Trace) {
		t.printf("    %s\n", line)
	}
}

func (t *textPrinter) rows(p *spec.Program, fired map[tcpfsm.RowID]bool, dead map[string]bool) {
	missing := unfired(p, fired, dead)
	t.printf("\n%s: %d of the %d that can fire did\n", t.c.bold("rows"), len(p.Rows)-len(dead)-len(missing), len(p.Rows)-len(dead))
	for _, id := range missing {
		reason := tcpnet.Excluded[id]
		if reason == "" {
			reason = "no bounds above lead there"
		}
		t.printf("  %s did not: %s\n", id, reason)
	}
}

func (t *textPrinter) timeWait(results []*tcpnet.TimeWaitResult) {
	t.printf("\n%s: the smallest length, in ticks, that keeps every octet and FIN out of the next connection on\n"+
		"the same ports, with equal sequence numbers; one tick less lets an old segment in\n", t.c.bold("TIME-WAIT"))
	t.printf("  %-10s %5s %5s %13s   %s\n", "restart by", "MSL", "RTO", "repetitions", "length")
	for _, r := range results {
		answer := fmt.Sprintf("%d = %d MSL + %d", r.Smallest, r.Smallest/r.Case.MSL, r.Smallest%r.Case.MSL)
		switch {
		case r.Limit != "":
			answer = "not found: " + r.Limit
		case r.Smallest < 0:
			answer = fmt.Sprintf("none up to %d", r.Longest)
		case r.Smallest%r.Case.MSL == 0:
			answer = fmt.Sprintf("%d = %d MSL + 1", r.Smallest, (r.Smallest-1)/r.Case.MSL)
		}
		t.printf("  %-10s %5d %5d %13d   %s\n", r.Case.Rule, r.Case.MSL, r.Case.RTO, r.Case.Retransmits, answer)
	}
}

func (t *textPrinter) end(c *checker) {
	t.printf("\n%s states in %s\n", thousands(c.states), seconds(time.Since(c.began)))
	if len(c.failed) > 0 {
		t.printf("%s %s\n", t.c.bad("these properties fail:"), strings.Join(c.failed, " "))
		return
	}
	if empty := c.empty(); len(empty) > 0 {
		t.printf("%s %s: no state of any of these systems is one of which they speak; widen the bounds\n", t.c.bad("these properties say nothing:"), strings.Join(empty, " "))
		return
	}
	if c.limits > 0 {
		t.printf("%s\n", t.c.bad("a limit was reached: what holds, holds as far as was explored"))
		return
	}
	t.printf("\n%s, for every behaviour of users, timers and network within the bounds above:\n", t.c.good("Proved"))
	for _, p := range tcpnet.Properties {
		if slices.Contains(t.held, p.ID) {
			t.printf("  %-13s %s (%s; %s)\n", p.ID, p.Text, p.Kind, source(p.Cite))
		}
	}
	t.laws(c.flags.laws)
	t.printf("\nNot covered: more octets, larger windows, more segments, lives, losses or forgeries than the bounds;\n" +
		"attackers who read the segments; more than three clients at a time; urgent text.\n")
}

// laws says which laws hold: each, if they were asked for.
func (t *textPrinter) laws(asked []string) {
	for _, l := range tcpnet.Laws {
		if slices.Contains(asked, l.ID) && slices.Contains(t.held, lawName(l.ID)) {
			t.printf("  %-13s %s (every step of one endpoint; %s)\n", lawName(l.ID), l.Text, source(l.Cite))
		}
	}
	if len(asked) == 0 && slices.ContainsFunc(t.held, func(name string) bool { return strings.HasPrefix(name, lawPrefix) }) {
		t.printf("  %-13s %d, which docs/PROPERTIES.md lists (every step of one endpoint)\n", "laws", len(tcpnet.Laws))
	}
}

// jsonPrinter speaks to programs: one record a line.
type jsonPrinter struct{ w io.Writer }

func (j *jsonPrinter) print(v any) {
	if err := writeRecord(j.w, v); err != nil {
		panic(err) // only types that can be written as JSON come here, and a broken pipe ends the program
	}
}

func (j *jsonPrinter) table(p *spec.Program, profile string, dead map[string]bool) {
	j.print(struct {
		Schema   string   `json:"schema"`
		Hash     string   `json:"hash"`
		Profile  string   `json:"profile"`
		Rows     int      `json:"rows"`
		RuledOut []string `json:"ruled_out"`
	}{"tcpfsm.check.table/1", p.Hash, profile, len(p.Rows), ruledOut(p, dead)})
}

// A verdictRecord is the verdict on a property as JSON.
type verdictRecord struct {
	ID      string `json:"id"`
	Verdict string `json:"verdict"`
	Empty   bool   `json:"says_nothing,omitempty"` // no state has the premise
	Trace   string `json:"trace,omitempty"`
}

// A systemRecord is what exploring a system showed, as JSON.
type systemRecord struct {
	Schema      string          `json:"schema"`
	System      string          `json:"system"`
	Bounds      string          `json:"bounds,omitempty"`
	Options     string          `json:"options,omitempty"` // that differ from the profile's
	States      uint64          `json:"states"`
	Transitions uint64          `json:"transitions"`
	Depth       int             `json:"depth"`
	Seconds     float64         `json:"seconds"`
	Memory      uint64          `json:"memory_bytes"`
	Disk        uint64          `json:"disk_bytes,omitempty"`
	Symmetry    bool            `json:"symmetry,omitempty"` // a state and its mirror image count as one
	Complete    bool            `json:"complete"`
	Limit       string          `json:"limit,omitempty"`
	Properties  []verdictRecord `json:"properties"`
}

func (j *jsonPrinter) system(r *tcpnet.Result, _ []string) {
	rec := systemRecord{
		Schema: "tcpfsm.check.system/1", System: r.Config.Name, Bounds: r.Config.Bounds.String(), Options: r.Config.Bounds.OptionChanges(), States: r.States,
		Transitions: r.Transitions, Depth: r.Depth, Seconds: r.Elapsed.Seconds(), Memory: r.Memory, Disk: r.Disk, Symmetry: r.Symmetry, Complete: r.Complete, Limit: r.Limit,
	}
	for _, v := range r.Verdicts {
		one := verdictRecord{ID: v.Property.ID, Verdict: v.Verdict.String(), Empty: v.Empty}
		if v.Trace != nil {
			one.Trace = v.Trace.String()
		}
		rec.Properties = append(rec.Properties, one)
	}
	j.print(rec)
}

func (j *jsonPrinter) solo(b tcpnet.SoloBounds, r *model.Report[tcpnet.SoloState]) {
	rec := systemRecord{
		Schema: "tcpfsm.check.system/1", System: b.Name, States: r.States, Transitions: r.Transitions,
		Depth: r.Depth, Seconds: r.Elapsed.Seconds(), Memory: r.Memory, Complete: r.Complete, Limit: r.Limit,
	}
	for _, res := range r.Results {
		one := verdictRecord{ID: res.ID, Verdict: res.Verdict.String()}
		if res.Verdict == model.Fails {
			one.Trace = strings.Join(tcpnet.SoloTrace(res.Trace), "\n")
		}
		rec.Properties = append(rec.Properties, one)
	}
	j.print(rec)
}

func (j *jsonPrinter) rows(p *spec.Program, fired map[tcpfsm.RowID]bool, dead map[string]bool) {
	j.print(struct {
		Schema   string   `json:"schema"`
		Fired    int      `json:"fired"`
		NotFired []string `json:"not_fired"`
	}{"tcpfsm.check.rows/1", len(fired), unfired(p, fired, dead)})
}

func (j *jsonPrinter) timeWait(results []*tcpnet.TimeWaitResult) {
	for _, r := range results {
		rec := struct {
			Schema      string `json:"schema"`
			Rule        string `json:"restarted_by"`
			MSL         int    `json:"msl_ticks"`
			RTO         int    `json:"rto_ticks"`
			Retransmits int    `json:"repetitions"`
			Smallest    int    `json:"smallest_safe_ticks"` // -1: none up to longest
			Longest     int    `json:"longest_tried_ticks"`
			States      uint64 `json:"states"`
			Limit       string `json:"limit,omitempty"`
			Trace       string `json:"one_tick_less,omitempty"`
		}{"tcpfsm.check.timewait/1", r.Case.Rule, r.Case.MSL, r.Case.RTO, r.Case.Retransmits, r.Smallest, r.Longest, r.States, r.Limit, ""}
		if r.Harm != nil {
			rec.Trace = r.Harm.String()
		}
		j.print(rec)
	}
}

func (j *jsonPrinter) end(c *checker) {
	verdict := "clean"
	switch {
	case len(c.failed)+len(c.empty()) > 0:
		verdict = "findings"
	case c.limits > 0:
		verdict = "limit reached"
	}
	j.print(struct {
		Schema  string   `json:"schema"`
		Verdict string   `json:"verdict"`
		States  uint64   `json:"states"`
		Failed  []string `json:"failed"`
		Empty   []string `json:"say_nothing"`
		Seconds float64  `json:"seconds"`
	}{"tcpfsm.check.end/1", verdict, c.states, append([]string{}, c.failed...), append([]string{}, c.empty()...), time.Since(c.began).Seconds()})
}

// thousands writes a number with commas.
func thousands(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
