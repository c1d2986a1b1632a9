package main

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/spec/mutate"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// mutantFlags are the flags of check --mutants.
type mutantFlags struct {
	on       bool
	sample   int
	only     []string
	each     time.Duration
	markdown bool
}

func (f *mutantFlags) register(c *cobra.Command) {
	c.Flags().BoolVar(&f.on, "mutants", false, "check the checks: change the table in one place at a time, and see which change is noticed")
	c.Flags().IntVar(&f.sample, "sample", 0, "with --mutants, only that many, chosen by the table's hash; 0 is all")
	c.Flags().StringSliceVar(&f.only, "mutant", nil, "with --mutants, only those whose id begins so")
	c.Flags().DurationVar(&f.each, "mutant-timeout", 30*time.Second, "with --mutants, the time for each; one that takes longer counts as not noticed")
	c.Flags().BoolVar(&f.markdown, "markdown", false, "with --mutants, print docs/generated/mutants.md; --profile may then name several")
}

// validate refuses flags that mean nothing without --mutants, or with it.
func (f *mutantFlags) validate(cmd *cobra.Command) error {
	without := []string{"sample", "mutant", "mutant-timeout", "markdown"}
	with := []string{"suite", "bounds", "property", "trace-dir", "interpreter", "max-states", "symmetry", "lossy", "spill", "checkpoint", "resume"}
	for _, name := range without {
		if !f.on && cmd.Flags().Changed(name) {
			return usageError("--%s means something only with --mutants", name)
		}
	}
	for _, name := range with {
		if f.on && cmd.Flags().Changed(name) {
			return usageError("--%s means nothing with --mutants", name)
		}
	}
	switch {
	case f.sample < 0:
		return usageError("--sample can't be negative")
	case f.each <= 0 && f.on:
		return usageError("--mutant-timeout must be positive")
	case f.markdown && wantsJSON(cmd):
		return usageError("--markdown and --json exclude each other")
	}
	return nil
}

func checkMutants(cmd *cobra.Command, f checkFlags) error {
	profiles := strings.Split(f.profile, ",")
	if len(profiles) > 1 && !f.mutants.markdown {
		return usageError("--profile names several, which only --markdown can print: name one")
	}
	out := mutantPrinterFor(cmd, f.mutants.markdown)
	ctx := cmd.Context()
	if f.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, f.timeout)
		defer cancel()
	}
	var findings, late int
	for _, profile := range profiles {
		one := f
		one.profile = profile
		if _, err := one.validate(); err != nil {
			return err
		}
		run, err := newMutantRun(ctx, one, out)
		if err != nil {
			return err
		}
		if err := run.all(); err != nil {
			return err
		}
		findings += run.findings()
		late += run.late()
	}
	out.close()
	if findings > 0 {
		return found("%d mutants differ from what is known of them", findings)
	}
	if late > 0 {
		return &codeError{code: exitLimit, quiet: true, err: fmt.Errorf("the time of %d mutants was over", late)}
	}
	return nil
}

// A mutantRun tries the mutants of one profile.
type mutantRun struct {
	ctx     context.Context
	flags   checkFlags
	program *spec.Program
	options tcpfsm.Options
	known   map[string]knownMutant
	mutants []*mutate.Mutant
	trials  []*trial
	out     mutantPrinter

	results []mutantResult
}

func newMutantRun(ctx context.Context, f checkFlags, out mutantPrinter) (*mutantRun, error) {
	p, err := freshTable()
	if err != nil {
		return nil, err
	}
	known, err := knownMutants(f.profile)
	if err != nil {
		return nil, err
	}
	options, _ := tcpfsm.ParseProfile(f.profile) // validated
	trials, err := trialsFor(f.profile, options)
	if err != nil {
		return nil, err
	}
	m := &mutantRun{ctx: ctx, flags: f, program: p, options: options | tcpfsm.OptKeepAlive, known: known, trials: trials, out: out}
	m.choose()
	return m, nil
}

// choose takes all mutants, or those that the flags ask for. A sample is the same
// until the table changes, and stays in the order of the table.
func (m *mutantRun) choose() {
	m.mutants = mutate.All(m.program)
	if len(m.flags.mutants.only) > 0 {
		m.mutants = slices.DeleteFunc(m.mutants, func(x *mutate.Mutant) bool {
			return !slices.ContainsFunc(m.flags.mutants.only, func(id string) bool { return strings.HasPrefix(x.ID, id) })
		})
	}
	n := m.flags.mutants.sample
	if n == 0 || n >= len(m.mutants) {
		return
	}
	lot := func(x *mutate.Mutant) uint64 {
		h := fnv.New64a()
		fmt.Fprint(h, m.program.Hash, x.ID)
		return h.Sum64()
	}
	drawn := slices.Clone(m.mutants)
	slices.SortFunc(drawn, func(a, b *mutate.Mutant) int { return cmp.Compare(lot(a), lot(b)) })
	last := lot(drawn[n-1])
	m.mutants = slices.DeleteFunc(m.mutants, func(x *mutate.Mutant) bool { return lot(x) > last })
}

// all tries the mutants, several at a time, and prints them in order.
func (m *mutantRun) all() error {
	m.out.begin(m)
	workers := m.flags.workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	done := make([]chan mutantResult, len(m.mutants))
	for i := range done {
		done[i] = make(chan mutantResult, 1)
	}
	ctx, stop := context.WithCancel(m.ctx)
	var group sync.WaitGroup
	next := make(chan int)
	for range workers {
		group.Go(func() {
			for i := range next {
				done[i] <- m.try(ctx, m.mutants[i])
			}
		})
	}
	group.Go(func() { feed(ctx, next, len(m.mutants)) })
	err := m.collect(done)
	stop()
	group.Wait()
	if err == nil {
		m.out.end(m)
	}
	return err
}

// feed hands out numbers until all are given or nobody waits for results.
func feed(ctx context.Context, next chan<- int, n int) {
	defer close(next)
	for i := range n {
		select {
		case next <- i:
		case <-ctx.Done():
			return
		}
	}
}

// collect prints the results in the order of the mutants.
func (m *mutantRun) collect(done []chan mutantResult) error {
	for _, c := range done {
		select {
		case r := <-c:
			if r.err != nil {
				return m.limit(r.err)
			}
			m.results = append(m.results, r)
			m.out.mutant(r)
		case <-m.ctx.Done():
			return m.limit(m.ctx.Err())
		}
	}
	return nil
}

// limit makes the end of --timeout a limit and not an error.
func (m *mutantRun) limit(err error) error {
	if m.ctx.Err() == context.DeadlineExceeded {
		return &codeError{code: exitLimit, err: fmt.Errorf("the time was over after %d of %d mutants", len(m.results), len(m.mutants))}
	}
	return err
}

// findings counts survivors that nobody knew, and entries of the list that are wrong.
func (m *mutantRun) findings() int {
	n := 0
	for i := range m.results {
		if m.results[i].finding() != "" {
			n++
		}
	}
	return n
}

// late counts survivors that nobody knew and whose time was over.
func (m *mutantRun) late() int {
	n := 0
	for i := range m.results {
		if r := &m.results[i]; r.late && r.fate == survived && r.known.kind == "" {
			n++
		}
	}
	return n
}
