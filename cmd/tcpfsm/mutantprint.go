package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// A mutantPrinter says what becomes of mutants, as it is found out.
type mutantPrinter interface {
	begin(m *mutantRun)
	mutant(r mutantResult)
	end(m *mutantRun)
	close()
}

func mutantPrinterFor(cmd *cobra.Command, markdown bool) mutantPrinter {
	w := cmd.OutOrStdout()
	switch {
	case markdown:
		return &mutantPage{w: w, progress: progressFor(cmd.ErrOrStderr())}
	case wantsJSON(cmd):
		return &mutantJSON{w: w}
	}
	return &mutantText{w: w, c: paletteFor(w)}
}

// A tally counts what became of mutants.
type tally struct {
	fates [len(fateNames)]int
	by    map[string]int // id of a property -> mutants that it kills
}

func count(results []mutantResult) tally {
	t := tally{by: map[string]int{}}
	for i := range results {
		t.fates[results[i].fate]++
		if results[i].fate == killed {
			t.by[results[i].by]++
		}
	}
	return t
}

// rate is the part that is killed of what can be, in per cent.
func (t *tally) rate() float64 {
	return 100 * float64(t.fates[killed]) / float64(max(1, t.fates[killed]+t.fates[survived]))
}

// killers lists properties, those that kill most first.
func (t *tally) killers() []string {
	return slices.SortedFunc(maps.Keys(t.by), func(a, b string) int {
		return cmp.Or(t.by[b]-t.by[a], cmp.Compare(a, b))
	})
}

// mutantText speaks to people.
type mutantText struct {
	w io.Writer
	c palette
}

func (t *mutantText) begin(m *mutantRun) {
	fmt.Fprintf(t.w, "%s: hash %s; profile %s; %d mutants\n", t.c.bold("table"), m.program.Hash, m.flags.profile, len(m.mutants))
	fmt.Fprintf(t.w, "each is run in these systems until one notices it: %s\n\n", strings.Join(m.trialNames(), "; "))
}

func (m *mutantRun) trialNames() []string {
	var names []string
	for _, t := range m.trials {
		names = append(names, t.name)
	}
	return names
}

func (t *mutantText) mutant(r mutantResult) {
	line := fmt.Sprintf("%-10s %s", fateNames[r.fate], r.mutant.ID)
	switch {
	case r.fate == killed:
		line += fmt.Sprintf(": %s in %q", r.by, r.in)
	case r.fate == equivalent:
		line += ": " + r.reason
	default:
		line = t.c.bad(line) + ": " + r.mutant.Text
		if why := r.words(); why != "" {
			line += "\n           " + why
		}
	}
	fmt.Fprintln(t.w, line)
	if why := r.finding(); why != "" {
		fmt.Fprintf(t.w, "           %s\n", t.c.bad(why))
	}
}

func (t *mutantText) end(m *mutantRun) {
	n := count(m.results)
	fmt.Fprintf(t.w, "\n%s\n", t.c.bold("killed by"))
	for _, id := range n.killers() {
		fmt.Fprintf(t.w, "  %5d %s\n", n.by[id], id)
	}
	fmt.Fprintf(t.w, "\n%d mutants: %d killed, %d equivalent, %d survived; kill rate without the equivalent ones %.1f %%\n",
		len(m.results), n.fates[killed], n.fates[equivalent], n.fates[survived], n.rate())
}

func (t *mutantText) close() {}

// mutantJSON speaks to programs.
type mutantJSON struct{ w io.Writer }

func (j *mutantJSON) begin(*mutantRun) {}

func (j *mutantJSON) mutant(r mutantResult) {
	_ = writeRecord(j.w, struct {
		Schema   string  `json:"schema"`
		ID       string  `json:"id"`
		Text     string  `json:"text"`
		Fate     string  `json:"fate"`
		Property string  `json:"property,omitempty"`
		System   string  `json:"system,omitempty"`
		Reason   string  `json:"reason,omitempty"`
		Late     bool    `json:"late,omitempty"`
		Finding  string  `json:"finding,omitempty"`
		Seconds  float64 `json:"seconds"`
	}{"tcpfsm.check.mutant/1", r.mutant.ID, r.mutant.Text, fateNames[r.fate], r.by, r.in, r.reason, r.late, r.finding(), r.took.Seconds()})
}

func (j *mutantJSON) end(m *mutantRun) {
	n := count(m.results)
	_ = writeRecord(j.w, struct {
		Schema     string         `json:"schema"`
		Table      string         `json:"table"`
		Profile    string         `json:"profile"`
		Mutants    int            `json:"mutants"`
		Killed     int            `json:"killed"`
		Equivalent int            `json:"equivalent"`
		Survived   int            `json:"survived"`
		Findings   int            `json:"findings"`
		Rate       float64        `json:"kill_rate_percent"`
		By         map[string]int `json:"killed_by"`
	}{"tcpfsm.check.mutants/1", m.program.Hash, m.flags.profile, len(m.results), n.fates[killed], n.fates[equivalent], n.fates[survived], m.findings(), n.rate(), n.by})
}

func (j *mutantJSON) close() {}

// mutantPage writes docs/generated/mutants.md.
type mutantPage struct {
	w        io.Writer
	progress *progressLine
	done     int
	runs     []*mutantRun
}

func (p *mutantPage) begin(*mutantRun) { p.done = 0 }

func (p *mutantPage) mutant(mutantResult) {
	p.done++
	if p.progress.w != nil {
		fmt.Fprintf(p.progress.w, "\r\x1b[K%d mutants", p.done)
	}
}

func (p *mutantPage) end(m *mutantRun) {
	p.progress.clear()
	p.runs = append(p.runs, m)
}

func (p *mutantPage) close() {
	var profiles []string
	for _, m := range p.runs {
		profiles = append(profiles, m.flags.profile)
	}
	fmt.Fprintf(p.w, `# Mutants

Written by `+"`go run ./cmd/tcpfsm check --mutants --markdown --profile %s --mutant-timeout %v`"+`
for the table with hash %s.

A mutant is the table with one change: a row deleted, sent to another state or exchanged with its
neighbour, an effect dropped, a guard negated, a part of a guard or of a definition dropped. A check
that is worth something notices. A mutant that does the same as the table, which is shown by comparing
the decision diagrams of its rows or argued in a list, is equivalent and counts for nothing. Each
mutant has a time limit: where it was over before the last system, the survivor is undecided, and a
faster machine may still kill it. A mutant that only the diagram kills leads to a state to which the
drawn edges do not lead, and no property noticed it in the systems tried before.
`, strings.Join(profiles, ","), p.runs[0].flags.mutants.each, p.runs[0].program.Hash)
	for _, m := range p.runs {
		p.profile(m)
	}
}

func (p *mutantPage) profile(m *mutantRun) {
	n := count(m.results)
	fmt.Fprintf(p.w, "\n## Profile %s\n\n", m.flags.profile)
	fmt.Fprintf(p.w, "| mutants | killed | equivalent | survived | kill rate without the equivalent ones |\n|--:|--:|--:|--:|--:|\n| %d | %d | %d | %d | %.1f %% |\n\n",
		len(m.results), n.fates[killed], n.fates[equivalent], n.fates[survived], n.rate())
	fmt.Fprintf(p.w, "Systems, in the order in which they are tried: %s.\n\n", strings.Join(m.trialNames(), "; "))
	fmt.Fprintf(p.w, "| killed by | mutants |\n|---|--:|\n")
	for _, id := range n.killers() {
		fmt.Fprintf(p.w, "| %s | %d |\n", id, n.by[id])
	}
	p.fate(m, survived, "Survivors", "what is missing, or suspected to be where the time was over")
	p.fate(m, equivalent, "Equivalent", "why")
}

// fate lists the mutants with one fate.
func (p *mutantPage) fate(m *mutantRun, f fate, title, why string) {
	fmt.Fprintf(p.w, "\n### %s\n\n| mutant | change | %s |\n|---|---|---|\n", title, why)
	for _, r := range m.results {
		if r.fate == f {
			fmt.Fprintf(p.w, "| %s | %s | %s |\n", r.mutant.ID, cellText(r.mutant.Text), cellText(r.words()))
		}
	}
}

// words are the reason of a mutant that was not killed, with its kind if it survived.
func (r *mutantResult) words() string {
	why := r.reason
	if r.fate == survived && why != "" {
		why = r.known.kind + ": " + why
	}
	if r.late && r.known.kind != listUndecided {
		why = strings.TrimPrefix(why+"; its time was over", "; ")
	}
	return why
}

// cellText keeps the bars of || from ending a cell.
func cellText(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
