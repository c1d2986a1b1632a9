package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/model/tcpnet"
	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// checkFlags are the flags of check.
type checkFlags struct {
	profile, suite, traceDir string
	bounds, checkpoint       string
	spill                    string
	resume, lossy, symmetry  bool
	claims                   []string // as asked for
	properties, laws         []string // what these are; both empty is all
	workers                  int
	maxStates, maxMemory     uint64
	timeout                  time.Duration
	interpreter              bool
	mutants                  mutantFlags
}

func newCheck() *cobra.Command {
	var f checkFlags
	c := &cobra.Command{
		Use:   "check",
		Short: "Check the table, then explore every state of two endpoints and a hostile network",
		Long: `Check the table (total, deterministic, no dead rows), then explore every state of
two endpoints that run the generated machine, two users, and a network that loses,
duplicates and reorders, within printed bounds; with time, old connections, attackers,
crashes, full queues and several clients of one listener where a claim is about
them; and find how long TIME-WAIT must last. A property that fails is shown with
its shortest counterexample, which 'tcpfsm run' replays.
` + exitCodes,
		Example: `  tcpfsm check
  tcpfsm check --profile linux --suite standard
  tcpfsm check --property P3,P5 --json
  tcpfsm check --property law:ack-owed --profile linux
  tcpfsm check --bounds "octets=1 window=2 mss=2 capacity=2 loss reorder retransmit"
  tcpfsm check --mutants --sample 50`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return check(cmd, f) },
	}
	c.Flags().StringVar(&f.profile, "profile", "recommended", "options of both endpoints: "+strings.Join(profileNames(), ", "))
	c.Flags().StringVar(&f.suite, "suite", "quick", "systems to explore: quick (seconds), standard (minutes) or deep (hours)")
	c.Flags().StringVar(&f.bounds, "bounds", "", "explore one system with these bounds instead, as in a trace's header: \"octets=1 capacity=2 loss\"")
	c.Flags().StringSliceVar(&f.claims, "property", nil, "check only these properties (ids: P3), or laws of one endpoint (law:ID); docs/PROPERTIES.md lists them")
	c.Flags().StringVar(&f.traceDir, "trace-dir", "", "write each counterexample into this directory, as ID.trace, and its chart as ID.svg")
	c.Flags().IntVar(&f.workers, "workers", 0, "goroutines; 0 is one for each processor")
	c.Flags().Uint64Var(&f.maxStates, "max-states", 0, "stop a system at that many states, with exit code 4; 0 is no limit")
	c.Flags().Uint64Var(&f.maxMemory, "max-memory", 0, "stop a system before its search needs more bytes, with exit code 4; 0 is what is free now, less an eighth")
	c.Flags().DurationVar(&f.timeout, "timeout", 0, "stop after that time, with exit code 4; 0 is no limit")
	c.Flags().BoolVar(&f.interpreter, "interpreter", false, "run the table's interpreter and not the generated machine (much slower)")
	f.mutants.register(c)
	c.Flags().StringVar(&f.checkpoint, "checkpoint", "", "keep each system's search in this directory, about once a minute, so that --resume can take it up again")
	c.Flags().StringVar(&f.spill, "spill", "", "when --max-memory is used up, go on with the states in this directory, more slowly")
	c.Flags().BoolVar(&f.lossy, "lossy", false, "let a few bits stand for a state: many more fit in memory, some are missed, and nothing is proved")
	c.Flags().BoolVar(&f.symmetry, "symmetry", false, "where both ends do the same (bounds with both-open), count a state and its mirror image as one, with equal initial sequence numbers")
	c.Flags().BoolVar(&f.resume, "resume", false, "go on from what --checkpoint holds, also after the process was killed")
	_ = c.RegisterFlagCompletionFunc("profile", cobra.FixedCompletions(profileNames(), cobra.ShellCompDirectiveNoFileComp))
	_ = c.RegisterFlagCompletionFunc("suite", cobra.FixedCompletions(tcpnet.Suites, cobra.ShellCompDirectiveNoFileComp))
	_ = c.RegisterFlagCompletionFunc("property", cobra.FixedCompletions(claimNames(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

func profileNames() []string {
	var names []string
	for name := range tcpfsm.Profiles() {
		names = append(names, name)
	}
	return names
}

func propertyIDs() []string {
	var ids []string
	for _, p := range tcpnet.Properties {
		ids = append(ids, p.ID)
	}
	return ids
}

// validate finds what is wrong with the flags before any work is done.
func (f *checkFlags) validate() ([]tcpnet.Config, error) {
	if !slices.Contains(profileNames(), f.profile) {
		return nil, usageError("unknown profile %q%s; the profiles are %s", f.profile, didYouMean(f.profile, profileNames()), strings.Join(profileNames(), ", "))
	}
	if !slices.Contains(tcpnet.Suites, f.suite) {
		return nil, usageError("unknown suite %q%s; the suites are %s", f.suite, didYouMean(f.suite, tcpnet.Suites), strings.Join(tcpnet.Suites, ", "))
	}
	var err error
	if f.properties, f.laws, err = parseClaims(f.claims); err != nil {
		return nil, err
	}
	if f.resume && f.checkpoint == "" {
		return nil, usageError("--resume goes on from a checkpoint: say where it is, with --checkpoint DIR")
	}
	if f.workers < 0 || f.timeout < 0 {
		return nil, usageError("--workers and --timeout can't be negative")
	}
	configs, err := f.configs()
	if err != nil {
		return nil, err
	}
	if configs, err = claimed(configs, f.properties); err != nil {
		return nil, err
	}
	if f.symmetry && !slices.ContainsFunc(configs, func(c tcpnet.Config) bool { return c.Bounds.Symmetric() }) {
		return nil, usageError("--symmetry: in none of these systems both ends do the same; they do with the bound both-open, and without one-way, busy, fair, forge, crashes, clients and lives")
	}
	return configs, nil
}

// configs are the systems of two endpoints that the flags name: none, if they ask for
// laws only.
func (f *checkFlags) configs() ([]tcpnet.Config, error) {
	switch {
	case f.bounds != "":
		return f.given()
	case len(f.properties) == 0 && len(f.laws) > 0:
		return nil, nil
	}
	return tcpnet.Suite(f.suite, f.profile)
}

// claimed are the systems of which one of the properties asked for is claimed. Each
// of these must be claimed of one: an answer about nothing is none.
func claimed(configs []tcpnet.Config, properties []string) ([]tcpnet.Config, error) {
	var about []tcpnet.Config
	seen := map[string]bool{}
	for _, c := range configs {
		ids, err := c.Claims(properties)
		if err != nil {
			return nil, usageError("%s", strings.TrimPrefix(err.Error(), "tcpnet: "))
		}
		for _, id := range ids {
			seen[id] = true
		}
		if len(ids) > 0 {
			about = append(about, c)
		}
	}
	for _, id := range properties {
		if !seen[id] {
			return nil, usageError("%s means nothing here: within the bounds, what it is about can't happen; 'tcpfsm explain %s' names bounds within which it can", id, id)
		}
	}
	return about, nil
}

// given is the one system of --bounds.
func (f *checkFlags) given() ([]tcpnet.Config, error) {
	if len(f.laws) > 0 {
		return nil, usageError("--bounds is about two endpoints, and laws are judged in systems of one, with bounds of their own: ask for %s without --bounds", lawName(f.laws[0]))
	}
	b, err := tcpnet.ForProfile(f.profile)
	if err != nil {
		return nil, err
	}
	if err := b.ParseBounds(strings.ReplaceAll(f.bounds, ",", " ")); err != nil {
		return nil, usageError("--bounds: %s", strings.TrimPrefix(err.Error(), "tcpnet: "))
	}
	if b.BothOpen {
		b.OpenBoth() // with the numbers that the suites have for it
	}
	if b.Clients > 0 && !b.Lone {
		b.Options |= tcpfsm.OptChildPerListener // as every listener of package endpoint has it
	}
	return []tcpnet.Config{{Name: "the bounds given", Bounds: b}}, nil
}

func check(cmd *cobra.Command, f checkFlags) error {
	if err := f.mutants.validate(cmd); err != nil {
		return err
	}
	if f.mutants.on {
		return checkMutants(cmd, f)
	}
	configs, err := f.validate()
	if err != nil {
		return err
	}
	p, err := freshTable()
	if err != nil {
		return err
	}
	if f.maxMemory == 0 {
		f.maxMemory = availableMemory()
	}
	ctx := cmd.Context()
	if f.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, f.timeout)
		defer cancel()
	}
	c := &checker{ctx: ctx, flags: f, program: p, fired: map[tcpfsm.RowID]bool{}, out: printerFor(cmd), progress: progressFor(cmd.ErrOrStderr())}
	return c.run(configs)
}

// A checker is one run of check.
type checker struct {
	ctx      context.Context
	flags    checkFlags
	program  *spec.Program
	out      checkPrinter
	progress *progressLine

	fired  map[tcpfsm.RowID]bool
	failed []string // ids of the properties that fail somewhere, as they came
	silent []string // ids of the properties whose premise was met nowhere
	spoke  []string // ids of the others
	states uint64
	limits int
	began  time.Time
}

func (c *checker) run(configs []tcpnet.Config) error {
	c.began = time.Now()
	dead := c.deadRows()
	c.out.table(c.program, c.flags.profile, dead)
	for _, config := range configs {
		if err := c.explore(config); err != nil {
			return err
		}
	}
	all := len(c.flags.claims) == 0
	if c.flags.bounds == "" && (all || len(c.aloneClaims()) > 0) {
		if err := c.exploreSolos(); err != nil {
			return err
		}
	}
	if c.flags.bounds == "" && all {
		c.out.rows(c.program, c.fired, dead)
		if err := c.findTimeWait(); err != nil {
			return err
		}
	}
	c.out.end(c)
	switch {
	case len(c.failed) > 0:
		return found("%d properties fail", len(c.failed))
	case len(c.empty()) > 0:
		return found("%d properties say nothing within these bounds", len(c.empty()))
	case c.limits > 0:
		return &codeError{code: exitLimit, quiet: true, err: fmt.Errorf("a limit was reached")}
	}
	return nil
}

// deadRows are the rows that the profile's options rule out.
func (c *checker) deadRows() map[string]bool {
	options, _ := tcpfsm.ParseProfile(c.flags.profile) // validated
	dead := map[string]bool{}
	for _, r := range c.program.DeadRules(uint32(options)) {
		dead[r.ID] = true
	}
	return dead
}

// machine is what the endpoints run.
func (c *checker) machine() tcpnet.Machine {
	if c.flags.interpreter {
		return interpreted(c.program)
	}
	return tcpnet.Generated
}

func (c *checker) runOptions() tcpnet.RunOptions {
	return tcpnet.RunOptions{
		Machine: c.machine(), Workers: c.flags.workers, MaxStates: c.flags.maxStates, MaxMemory: c.flags.maxMemory,
		Only: c.flags.properties, Progress: c.progress.show,
		Spill: c.flags.spill, Lossy: c.flags.lossy, Checkpoint: c.flags.checkpoint, Resume: c.flags.resume, Identity: "table " + c.program.Hash,
	}
}

func (c *checker) explore(config tcpnet.Config) error {
	opt := c.runOptions()
	opt.Symmetry = c.flags.symmetry && config.Bounds.Symmetric()
	r, err := tcpnet.Run(c.ctx, config, opt)
	c.progress.clear()
	if err != nil && !c.outOfTime(err) {
		return err
	}
	options, _ := tcpfsm.ParseProfile(c.flags.profile) // validated
	for row := range r.Rows {
		if config.Bounds.Options&^options == 0 { // else an option of its own may be the cause
			c.fired[row] = true
		}
	}
	c.states += r.States
	if !r.Complete && !slices.ContainsFunc(r.Verdicts, fails) {
		c.limits++
	}
	c.out.system(r, c.failed)
	c.listen(r)
	for _, v := range r.Verdicts {
		if !fails(v) || slices.Contains(c.failed, v.Property.ID) {
			continue
		}
		c.failed = append(c.failed, v.Property.ID)
		if err := c.keepTrace(v); err != nil {
			return err
		}
	}
	return nil
}

// listen notes which properties said something.
func (c *checker) listen(r *tcpnet.Result) {
	for _, v := range r.Verdicts {
		id := v.Property.ID
		switch {
		case !v.Empty:
			c.spoke = append(c.spoke, id)
		case r.Complete:
			c.silent = append(c.silent, id)
		}
	}
}

// empty are the properties whose premise no state of any system met.
func (c *checker) empty() []string {
	silent := slices.DeleteFunc(slices.Clone(c.silent), func(id string) bool { return slices.Contains(c.spoke, id) })
	slices.Sort(silent)
	return slices.Compact(silent)
}

func fails(v tcpnet.PropertyVerdict) bool { return v.Verdict == model.Fails }

// outOfTime reports whether --timeout ended a run, which is a limit and no error.
func (c *checker) outOfTime(err error) bool {
	return err == context.DeadlineExceeded && c.flags.timeout > 0
}

// findTimeWait finds how long TIME-WAIT must last. That a length is not safe is no
// failure: it is the answer.
func (c *checker) findTimeWait() error {
	var results []*tcpnet.TimeWaitResult
	opt := c.runOptions()
	opt.Checkpoint, opt.Lossy = "", false // each of these takes seconds, and a length is safe or it is not
	for _, one := range tcpnet.TimeWaitCases(c.flags.suite) {
		r, err := tcpnet.FindTimeWait(c.ctx, one, opt)
		c.progress.clear()
		if err != nil && !c.outOfTime(err) {
			return err
		}
		if r.Limit != "" || err != nil {
			c.limits++
		}
		c.states += r.States
		results = append(results, r)
		if c.flags.traceDir != "" && r.Harm != nil {
			name := fmt.Sprintf("TIME-WAIT-%s-msl%d-rto%d-x%d.trace", strings.ReplaceAll(one.Rule, " ", "-"), one.MSL, one.RTO, one.Retransmits)
			if err := c.writeTrace(name, r.Harm); err != nil {
				return err
			}
		}
	}
	c.out.timeWait(results)
	return nil
}

// aloneClaims are those asked for that are judged of one endpoint: the laws, and some
// of the properties.
func (c *checker) aloneClaims() []string {
	return append(tcpnet.JudgedAlone(c.flags.properties), c.flags.laws...)
}

// exploreSolos explores one endpoint against a peer that sends anything, in several bounds.
func (c *checker) exploreSolos() error {
	for _, b := range tcpnet.Endpoints() {
		if err := c.exploreSolo(b); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) exploreSolo(b tcpnet.SoloBounds) error {
	options, _ := tcpfsm.ParseProfile(c.flags.profile) // validated
	opt := c.runOptions()
	opt.Only = c.aloneClaims()
	r, err := tcpnet.RunSolo(c.ctx, b, options|tcpfsm.OptKeepAlive, opt)
	if err != nil && !c.outOfTime(err) {
		return err
	}
	for id, n := range r.Rows {
		if n > 0 {
			c.fired[tcpfsm.RowID(id)] = true
		}
	}
	c.states += r.States
	for _, res := range r.Failed() {
		if name := claimName(res.ID); !slices.Contains(c.failed, name) {
			c.failed = append(c.failed, name)
		}
	}
	if !r.Complete && len(r.Failed()) == 0 {
		c.limits++
	}
	c.out.solo(b, r)
	return nil
}

// keepTrace writes the first counterexample to a property where --trace-dir says.
func (c *checker) keepTrace(v tcpnet.PropertyVerdict) error {
	if c.flags.traceDir == "" || v.Trace == nil {
		return nil
	}
	return c.writeTrace(v.Property.ID+".trace", v.Trace)
}

func (c *checker) writeTrace(name string, f *trace.File) error {
	if err := os.MkdirAll(c.flags.traceDir, 0o755); err != nil {
		return err
	}
	name = filepath.Join(c.flags.traceDir, name)
	if err := writeWhole(name, []byte(f.String())); err != nil {
		return err
	}
	return chartOf(name, f, c.machine())
}

// interpreted runs a compiled table as a Machine.
func interpreted(p *spec.Program) tcpnet.Machine {
	return func(t *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) tcpfsm.RowID {
		return interpret(p, p.Cells[t.State][ev.Kind], t, ev, out)
	}
}

// interpret runs one event on the rules of a cell.
func interpret(p *spec.Program, rules []*spec.Rule, t *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) tcpfsm.RowID {
	var m, in, o [64]uint32
	machine, input := t.AppendValues(m[:0]), ev.AppendValues(in[:0])
	output := o[:len(p.Layout.Output)]
	rule, next := p.StepRules(rules, int(t.State), machine, input, output)
	t.SetValues(machine)
	out.SetValues(output)
	if rule == nil {
		return tcpfsm.RowNone
	}
	t.State = tcpfsm.State(next)
	return tcpfsm.RowID(rule.Index + 1)
}

// A progressLine shows on a terminal how far an exploration is.
type progressLine struct{ w io.Writer }

func progressFor(w io.Writer) *progressLine {
	if !isTerminal(w) {
		return &progressLine{}
	}
	return &progressLine{w}
}

func (l *progressLine) show(config string, p model.Progress) {
	if l.w == nil {
		return
	}
	estimate := ""
	if p.Estimate > 0 {
		estimate = fmt.Sprintf(" of about %s", thousands(p.Estimate))
	}
	if p.Deciding != "" {
		config += ", deciding " + p.Deciding
	}
	fmt.Fprintf(l.w, "\r\x1b[K%s: depth %d, %s states%s, %s in this level, %s hosts, %s/s, %d MB%s", config, p.Depth,
		thousands(p.States), estimate, thousands(p.Frontier), thousands(p.Parts[0]+p.Parts[1]), thousands(uint64(float64(p.States)/p.Elapsed.Seconds())), p.Memory>>20, onDisk(p.Disk))
}

func onDisk(bytes uint64) string {
	if bytes == 0 {
		return ""
	}
	return fmt.Sprintf(", %d MB on disk", bytes>>20)
}

func (l *progressLine) clear() {
	if l.w != nil {
		fmt.Fprint(l.w, "\r\x1b[K")
	}
}
