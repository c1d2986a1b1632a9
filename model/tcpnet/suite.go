package tcpnet

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// A Config is a system with a name.
type Config struct {
	Name   string
	Bounds Bounds
	Only   []string // ids of the properties that it is about; empty is all
}

// Suites are the names of the lists of systems, the shortest first.
var Suites = []string{"quick", "standard", "deep"}

// Suite is a list of systems for a profile: quick takes seconds, standard minutes,
// deep hours.
func Suite(name, profile string) ([]Config, error) {
	if !slices.Contains(Suites, name) {
		return nil, fmt.Errorf("tcpnet: unknown suite %q: the suites are %s", name, strings.Join(Suites, ", "))
	}
	base, err := ForProfile(profile)
	if err != nil {
		return nil, err
	}
	with := func(name string, change func(*Bounds)) Config {
		b := base
		change(&b)
		return Config{Name: name, Bounds: b}
	}
	bothOpen := (*Bounds).OpenBoth
	quick := []Config{
		with("nothing is lost", func(b *Bounds) {
			b.Octets, b.Capacity = 2, 5
			b.Loss, b.Dup, b.Reorder, b.Retransmit = false, false, false, false
		}),
		with("simultaneous open, nothing is lost", func(b *Bounds) {
			b.Capacity = 5
			b.Loss, b.Dup, b.Reorder, b.Retransmit = false, false, false, false
			bothOpen(b)
		}),
		with("handshake and close", func(b *Bounds) { b.Octets = 0 }),
		with("simultaneous open", func(b *Bounds) { b.Octets = 0; bothOpen(b) }),
		with("simultaneous open, an octet each way", func(b *Bounds) { b.Capacity = 1; bothOpen(b) }),
		with("an octet one way", func(b *Bounds) { b.OneWay = true }),
		with("two octets each way", func(b *Bounds) { b.Octets, b.Capacity = 2, 1 }),
		with("small window, slow reader", func(b *Bounds) { b.Window, b.MSS, b.Capacity, b.Lazy = 1, 1, 1, true }),
		with("half close, leave, abort", func(b *Bounds) { b.Shutdown, b.Leave, b.Abort, b.Timeout, b.Capacity = true, true, true, true, 1 }),
	}
	quick = append(quick, hazards(base)...)
	quick = append(quick, crowds(base)...)
	if name == "quick" {
		return quick, nil
	}
	standard := append(quick,
		with("handshake and close, three in the network", func(b *Bounds) { b.Octets, b.Capacity = 0, 3 }),
		with("simultaneous open, an octet one way", func(b *Bounds) { b.OneWay = true; bothOpen(b) }),
		with("half close, leave, abort, slow reader", func(b *Bounds) {
			b.Shutdown, b.Leave, b.Abort, b.Timeout, b.Lazy, b.Capacity = true, true, true, true, true, 1
		}),
		with("small window, slow reader, two octets", func(b *Bounds) { b.Octets, b.Window, b.MSS, b.Capacity, b.Lazy = 2, 1, 1, 1, true }),
	)
	standard = append(standard, manyCrowds(base)...)
	if name == "standard" {
		return standard, nil
	}
	return append(standard, deep(with, bothOpen)...), nil
}

// Claims gives the ids of the properties that are claimed of a system: of those asked
// for, or of all, the ones that it is about and that its bounds give a meaning.
func (c *Config) Claims(only []string) ([]string, error) {
	net, err := NewNet(c.Bounds, Generated)
	if err != nil {
		return nil, err
	}
	net.claim(c.Only, only)
	var ids []string
	for _, p := range net.claims {
		ids = append(ids, p.ID)
	}
	return ids, nil
}

// RunOptions say how to explore a list of systems.
type RunOptions struct {
	Machine   Machine // nil is Generated
	Workers   int
	MaxStates uint64
	MaxMemory uint64
	KeepGoing bool // find the first counterexample of every property
	Progress  func(config string, p model.Progress)
	Only      []string // ids of the properties to check; empty is all

	// Spill is a directory for the states that MaxMemory has no room for; "" is none.
	Spill string
	// Symmetry takes a state and its mirror image for one. The bounds must be Symmetric;
	// the initial sequence number of b becomes that of a.
	Symmetry bool
	// Lossy takes half of MaxMemory for bits that stand for states: not exhaustive.
	Lossy bool

	// Checkpoint is a directory in which each system keeps its search, so that it can
	// be taken up again with Resume; "" is none. Identity says which machine runs.
	Checkpoint string
	Resume     bool
	Identity   string
}

// checkpoint is where a system keeps its search.
func (o *RunOptions) checkpoint(c *Config) model.Checkpoint {
	if o.Checkpoint == "" {
		return model.Checkpoint{}
	}
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, c.Name)
	dir := filepath.Join(o.Checkpoint, name)
	_, err := os.Stat(filepath.Join(dir, "state.json"))
	return model.Checkpoint{
		Dir: dir, Resume: o.Resume && err == nil, // a system that was not begun has nothing to resume
		Identity: fmt.Sprintf("%s; %s; options %v; %s; iss %v; properties %v %v", o.Identity, c.Name, c.Bounds.Options, c.Bounds, c.Bounds.ISS, c.Only, o.Only),
	}
}

// A Result is what exploring one system showed.
type Result struct {
	Config      Config
	States      uint64
	Transitions uint64
	Depth       int
	Memory      uint64
	Elapsed     time.Duration
	Parts       [2]uint64 // different hosts
	Complete    bool
	Limit       string
	Disk        uint64 // bytes spilled
	Symmetry    bool   // a state and its mirror image counted as one
	Verdicts    []PropertyVerdict
	Rows        map[tcpfsm.RowID]uint64 // how often each row fired
}

// A PropertyVerdict is the verdict on a property, with a counterexample if it fails.
type PropertyVerdict struct {
	Property Property
	Verdict  model.Verdict
	Trace    *trace.File // a shortest counterexample, or nil
	Empty    bool        // no state has the premise
}

// A network is a system of ends and what lies between them: what Run explores and
// Replay walks through.
type network[P comparable] interface {
	model.Parts[P]
	// claim chooses the properties: those on every list of ids that is not empty, as
	// far as the bounds give them a meaning.
	claim(lists ...[]string)
	claimed() []Property
	properties() []model.Property[model.Pair[P]]
	Action(label uint64) trace.Action
	ends(s *model.Pair[P]) []end
	over(s *model.Pair[P]) bool // whether nothing more need happen
	recorder(log *trace.Log) recorder[P]
	whyOutOfBounds(s *model.Pair[P], label uint64) string
}

// An end is one of those that have a state, as a trace names it.
type end struct {
	host, conn string
	state      tcpfsm.State
}

func (e end) name() string {
	if e.conn == "" {
		return e.host
	}
	return e.host + ":" + e.conn
}

// Run explores one system. It is an error to ask for a symmetry that its bounds do not have.
func Run(ctx context.Context, c Config, opt RunOptions) (*Result, error) {
	if opt.Machine == nil {
		opt.Machine = Generated
	}
	if opt.Symmetry {
		if !c.Bounds.Symmetric() {
			return nil, fmt.Errorf("tcpnet: the ends of %q do not do the same, so there is no symmetry to use: give bounds with both-open, and without one-way, busy, fair, forge, crashes, clients and lives", c.Name)
		}
		c.Bounds.ISS[1] = c.Bounds.ISS[0]
	}
	if c.Bounds.Clients > 0 {
		crowd, err := NewCrowd(c.Bounds, opt.Machine)
		if err != nil {
			return nil, err
		}
		return exploreNetwork(ctx, crowd, c, opt)
	}
	net, err := NewNet(c.Bounds, opt.Machine)
	if err != nil {
		return nil, err
	}
	return exploreNetwork(ctx, net, c, opt)
}

func exploreNetwork[P comparable](ctx context.Context, n network[P], c Config, opt RunOptions) (*Result, error) {
	n.claim(c.Only, opt.Only)
	mopt := model.Options[model.Pair[P]]{
		Properties: n.properties(), Workers: opt.Workers, KeepGoing: opt.KeepGoing,
		MaxStates: opt.MaxStates, MaxMemory: opt.MaxMemory, Checkpoint: opt.checkpoint(&c), Spill: opt.Spill, Symmetry: opt.Symmetry,
	}
	if opt.Lossy {
		mopt.Lossy = max(1<<20, opt.MaxMemory/2)
	}
	if opt.Progress != nil {
		mopt.Progress = func(p model.Progress) { opt.Progress(c.Name, p) }
	}
	report, err := model.ExploreParts(ctx, model.Parts[P](n), mopt)
	return resultOf(n, c, report), err
}

func resultOf[P comparable](n network[P], c Config, report *model.Report[model.Pair[P]]) *Result {
	r := &Result{
		Config: c, States: report.States, Transitions: report.Transitions, Depth: report.Depth,
		Memory: report.Memory, Parts: report.Parts, Elapsed: report.Elapsed, Complete: report.Complete, Limit: report.Limit,
		Disk: report.Disk, Symmetry: report.Symmetry,
		Rows: map[tcpfsm.RowID]uint64{},
	}
	for id, count := range report.Rows {
		if count > 0 {
			r.Rows[tcpfsm.RowID(id)] = count
		}
	}
	for _, res := range report.Results {
		res.ID = propertyOf(res.ID)
		v := PropertyVerdict{Property: propertyByID(res.ID), Verdict: res.Verdict, Empty: res.Empty}
		if res.Verdict == model.Fails && res.Trace != nil {
			v.Trace = traceFile(n, c, res)
		}
		if last := len(r.Verdicts) - 1; last >= 0 && r.Verdicts[last].Property.ID == res.ID {
			r.Verdicts[last].also(v)
			continue
		}
		r.Verdicts = append(r.Verdicts, v)
	}
	return r
}

// also makes the verdict on what is claimed for one client that for two.
func (v *PropertyVerdict) also(w PropertyVerdict) {
	empty := v.Empty && w.Empty
	shorter := v.Trace != nil && w.Trace != nil && len(w.Trace.Lines) < len(v.Trace.Lines)
	if v.Verdict == model.Holds || v.Verdict != model.Fails && w.Verdict == model.Fails || shorter {
		*v = w
	}
	v.Empty = empty
}

func propertyByID(id string) Property {
	i := slices.IndexFunc(Properties, func(p Property) bool { return p.ID == id })
	return Properties[i]
}

// traceFile writes a counterexample so that Replay can run it. Every change of
// state is an expectation, so that a reader sees what happens.
func traceFile[P comparable](n network[P], c Config, res model.Result[model.Pair[P]]) *trace.File {
	f := &trace.File{Header: []trace.Setting{{Key: "title", Value: fmt.Sprintf("counterexample to %s: %s", res.ID, res.Text)}}}
	f.Header = append(f.Header, c.Bounds.header()...)
	if res.Trace.Loop > 0 {
		f.Header = append(f.Header, trace.Setting{Key: "loop", Value: strconv.Itoa(res.Trace.Loop)})
	}
	before := n.ends(&res.Trace.Init)
	for i := range res.Trace.Steps {
		step := &res.Trace.Steps[i]
		after := n.ends(&step.State)
		f.Lines = append(f.Lines, trace.Line{Action: n.Action(step.Label), Wants: changes(before, after)})
		before = after
	}
	return f
}

// changes are the states of the ends that a step changed, as expectations.
func changes(before, after []end) []trace.Want {
	var wants []trace.Want
	for i, e := range after {
		if e.state != before[i].state {
			wants = append(wants, trace.Want{Host: e.host, Conn: e.conn, State: e.state.String()})
		}
	}
	return wants
}

// header is the bounds as the header of a trace.
func (b *Bounds) header() []trace.Setting {
	h := []trace.Setting{{Key: "profile", Value: b.Profile}}
	if diff := b.OptionChanges(); diff != "" {
		h = append(h, trace.Setting{Key: "options", Value: diff})
	}
	return append(h,
		trace.Setting{Key: "bounds", Value: b.String()},
		trace.Setting{Key: "iss", Value: fmt.Sprintf("a=%d b=%d", b.ISS[0], b.ISS[1])})
}

// OptionChanges are the options that differ from the profile's, +on -off, or "".
func (b *Bounds) OptionChanges() string {
	profile, _ := tcpfsm.ParseProfile(b.Profile)
	var words []string
	for bit := tcpfsm.Options(1); bit != 0; bit <<= 1 {
		switch {
		case b.Options.Has(bit) && !profile.Has(bit):
			words = append(words, "+"+bit.String())
		case !b.Options.Has(bit) && profile.Has(bit):
			words = append(words, "-"+bit.String())
		}
	}
	return strings.Join(words, " ")
}
