package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/model/tcpnet"
	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// oneEndpoint is the trial with one endpoint and a peer that sends anything, and
// nearEndpoint its beginning, in which most is found that is found in all of it; before
// it come the small ones.
const (
	oneEndpoint  = "one endpoint"
	nearEndpoint = "one endpoint, its first states"
	nearStates   = 4_000
)

// theDiagram is the trial that only looks: the picture says, too, which row leads
// where. It comes late because it is no behaviour, but before what takes long.
const theDiagram = "the diagram"

// trialOrder are systems of the quick suite in the order in which they are tried:
// first what is explored in no time and kills most. A new system of the suite gets a
// place here or in notTried.
var trialOrder = []string{
	nearEndpoint,
	"nothing is lost",
	"simultaneous open, nothing is lost",
	"handshake and close",
	"a user who leaves, and one who aborts",
	"a full accept queue",
	"what must happen at last",
	"simultaneous open, an octet each way",
	"half close, leave, abort",
	theDiagram,
	"pure acknowledgments",
	"a second connection on the same ports",
	"small window, slow reader",
	"a forged segment of any kind",
	"closed windows at both ends",
	"a close in which each end loses one segment",
	oneEndpoint,
	"simultaneous open",
	"an octet one way",
	"two octets each way",
	"two clients among others, counted as Linux does",
}

// notTried are systems of the quick suite that take too long for each of thousands
// of mutants.
var notTried = []string{
	"a second connection with fresh sequence numbers, and no TIME-WAIT",
	"a client that crashes and opens again",
	"a client that crashes, keeps quiet, and begins where it was",
	"a forged SYN",
	"two forged SYNs that cross",
	"two clients of one listener",
	"three clients of listen(1), counted as Linux does",
	"two clients among others, counted as BSD does",
	"two clients among others, and a RST where there is no room",
	"a client of listen(0) that is never heard of again",
}

// Each mutant is explored by one goroutine within this many states and bytes; some
// mutants never come to an end.
const (
	trialStates = 20_000_000
	trialMemory = 1 << 30
)

// trialsFor lists the trials of a profile: traces first, which take no time.
func trialsFor(profile string, options tcpfsm.Options) ([]*trial, error) {
	configs, err := tcpnet.Suite("quick", profile)
	if err != nil {
		return nil, err
	}
	scenarios, err := tcpnet.Scenarios()
	if err != nil {
		return nil, err
	}
	var trials []*trial
	for _, s := range scenarios {
		if p, _ := s.File.Get("profile"); p == profile {
			trials = append(trials, scenarioTrial(s))
		}
	}
	for _, name := range trialOrder {
		switch name {
		case nearEndpoint:
			for _, b := range tcpnet.SmallEndpoints {
				trials = append(trials, soloTrial(b.Name, b, options, trialStates))
			}
			trials = append(trials, soloTrial(name, tcpnet.OneEndpoint, options, nearStates))
			continue
		case oneEndpoint:
			trials = append(trials, soloTrial(name, tcpnet.OneEndpoint, options, trialStates))
			continue
		case theDiagram:
			trials = append(trials, &trial{name: name, static: (*spec.Program).Misdrawn})
			continue
		}
		i := slices.IndexFunc(configs, func(c tcpnet.Config) bool { return c.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("the quick suite has no system %q: correct the order of trials", name)
		}
		trials = append(trials, netTrial(configs[i]))
	}
	return trials, nil
}

func newTrial(name string, run func(context.Context, tcpnet.Machine, []string) (outcome, error)) *trial {
	t := &trial{name: name, run: run, once: make(chan struct{}, 1)}
	t.once <- struct{}{}
	return t
}

func scenarioTrial(s tcpnet.Scenario) *trial {
	return newTrial(s.Name, func(_ context.Context, machine tcpnet.Machine, except []string) (outcome, error) {
		o := outcome{broken: []string{}, rows: map[tcpfsm.RowID]bool{}, complete: true}
		log, err := tcpnet.Replay(s.Name, s.File, machine)
		if log == nil {
			return o, err
		}
		if (err != nil || len(log.Failed) > 0) && len(except) == 0 {
			o.broken = []string{killScenario} // an action that is not possible any more is noticed, too
		}
		for _, step := range log.Steps {
			for _, row := range step.Rows {
				o.rows[row] = true
			}
		}
		return o, nil
	})
}

// netTrial checks what holds of the table: properties that fail of it, too, say
// nothing about a mutant.
func netTrial(c tcpnet.Config) *trial {
	return newTrial(c.Name, func(ctx context.Context, machine tcpnet.Machine, except []string) (outcome, error) {
		opt := tcpnet.RunOptions{Machine: machine, Workers: 1, MaxStates: trialStates, MaxMemory: trialMemory, KeepGoing: except == nil}
		if len(except) > 0 {
			opt.Only = slices.DeleteFunc(propertyIDs(), func(id string) bool { return slices.Contains(except, id) })
		}
		r, err := tcpnet.Run(ctx, c, opt)
		if err != nil {
			return outcome{}, err
		}
		o := outcome{broken: []string{}, rows: map[tcpfsm.RowID]bool{}, complete: r.Complete}
		for _, v := range r.Verdicts {
			if v.Verdict == model.Fails {
				o.broken = append(o.broken, v.Property.ID)
			}
		}
		for row := range r.Rows {
			o.rows[row] = true
		}
		return o, nil
	})
}

// goesOn reports whether a trial goes on after the first broken property: the table
// itself does (nil), to learn everything that it breaks, and a mutant if it may break
// some of that, too, before what only it breaks.
func goesOn(except []string) bool { return except == nil || len(except) > 0 }

func soloTrial(name string, b tcpnet.SoloBounds, options tcpfsm.Options, states uint64) *trial {
	t := newTrial(name, func(ctx context.Context, machine tcpnet.Machine, except []string) (outcome, error) {
		r, err := tcpnet.RunSolo(ctx, b, options|tcpfsm.OptKeepAlive, tcpnet.RunOptions{
			Machine: machine, Workers: 1, MaxStates: states, MaxMemory: trialMemory, KeepGoing: goesOn(except),
		})
		if err != nil {
			return outcome{}, err
		}
		o := outcome{broken: []string{}, rows: map[tcpfsm.RowID]bool{}, complete: r.Complete}
		for _, res := range r.Failed() {
			if !slices.Contains(except, res.ID) {
				o.broken = append(o.broken, res.ID)
			}
		}
		for row, n := range r.Rows {
			if n > 0 {
				o.rows[tcpfsm.RowID(row)] = true
			}
		}
		return o, nil
	})
	t.partly = states == nearStates
	return t
}
