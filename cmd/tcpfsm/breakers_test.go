package main

import (
	"context"
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/model/tcpnet"
	"github.com/tcpfsm/tcpfsm/spec/mutate"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

var updateProperties = flag.Bool("update-properties", false, "look for a mutant that breaks each property of which mutants/properties.txt names none that does, and write it")

// Every property can be broken: mutants/properties.txt names for each a mutant of the
// table, and a system in which the table has the property and the mutant has not.
func TestProperties_eachIsBroken(t *testing.T) {
	p, err := table()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(propertiesFile)
	if err != nil {
		t.Fatal(err)
	}
	list, err := readBreakers(propertiesFile, string(text))
	if err != nil {
		t.Fatal(err)
	}
	mutants := mutate.All(p)
	if *updateProperties {
		writePropertyBreakers(t, list, mutants)
		return
	}
	ids := propertyIDs()
	for i, b := range list {
		if i >= len(ids) || b.id != ids[i] {
			t.Fatalf("%s:%d: %s is not the next property: run go test -run TestProperties_eachIsBroken ./cmd/tcpfsm -update-properties", propertiesFile, i+1, b.id)
		}
		if b.mutant == noMutant && companionOf(b) {
			continue // the tests of model/tcpnet see it fail
		}
		x := findMutant(mutants, b.mutant)
		if x == nil {
			t.Errorf("%s:%d: there is no mutant %s", propertiesFile, i+1, b.mutant)
			continue
		}
		if testing.Short() && slices.Contains(largeSystems, b.system) {
			continue
		}
		if why := doesNotBreak(t, b, x, time.Minute); why != "" {
			t.Errorf("%s:%d: %s does not break %s: %s", propertiesFile, i+1, b.mutant, b.id, why)
		}
	}
	if len(list) != len(ids) {
		t.Errorf("%s has %d lines, and there are %d properties", propertiesFile, len(list), len(ids))
	}
}

// companionOf reports whether a property has a companion of that name.
func companionOf(b breaker) bool {
	return slices.ContainsFunc(tcpnet.Companions(), func(c tcpnet.Companion) bool { return c.Name == b.system && c.Property == b.id })
}

// largeSystems are those in which millions of states must be seen before what is claimed
// of them can be judged.
var largeSystems = []string{"a client that crashes and opens again", "closed windows at both ends"}

// doesNotBreak says why a mutant does not break what it stands for, or "". That a
// value of the machine left its bounds must not come first: there the system ends.
func doesNotBreak(t *testing.T, b breaker, x *mutate.Mutant, limit time.Duration) string {
	t.Helper()
	c, why := systemOf(t, b)
	if why != "" {
		return why
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	r, err := tcpnet.Run(ctx, c, tcpnet.RunOptions{
		Machine: patched(x), Workers: 1, MaxStates: trialStates, MaxMemory: trialMemory, Only: []string{b.id, "bounds"},
	})
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	for _, v := range r.Verdicts {
		switch {
		case v.Verdict == model.Fails && v.Property.ID == b.id:
			return doesNotReplay(v, patched(x))
		case v.Verdict == model.Fails:
			return v.Property.ID + " fails before it"
		}
	}
	return "it does not fail in " + thousands(r.States) + " states"
}

// systemOf is the system in which a mutant is said to break a property that the table has.
func systemOf(t *testing.T, b breaker) (c tcpnet.Config, why string) {
	t.Helper()
	suite, err := tcpnet.Suite("quick", b.profile)
	if err != nil {
		return c, err.Error()
	}
	i := slices.IndexFunc(suite, func(c tcpnet.Config) bool { return c.Name == b.system })
	if i < 0 {
		return c, "the quick suite has no such system"
	}
	c = suite[i]
	if ids, err := c.Claims([]string{b.id}); err != nil || len(ids) == 0 {
		return c, "it is not claimed of that system"
	}
	if reason := tcpnet.Known(b.profile, b.id); reason != "" {
		return c, "the table fails it, too: " + reason
	}
	return c, ""
}

// doesNotReplay says in which way a counterexample does not show the same when it is
// replayed. What can't happen any more, or need not, is no failure of a step.
func doesNotReplay(v tcpnet.PropertyVerdict, machine tcpnet.Machine) string {
	if v.Trace == nil || v.Property.Kind != model.Always && v.Property.Kind != model.Step && v.Property.Kind != model.Deadlock {
		return ""
	}
	f, err := trace.Parse("found.trace", v.Trace.String())
	if err != nil {
		return err.Error()
	}
	log, err := tcpnet.Replay("found.trace", f, machine)
	if err != nil {
		return err.Error()
	}
	if !slices.ContainsFunc(log.Failed, func(f tcpnet.Failure) bool { return strings.HasPrefix(f.Msg, v.Property.ID+" ") }) {
		return "the replay does not show it"
	}
	return ""
}

// writePropertyBreakers keeps what breaks a property, and looks for what does where
// nothing is known that does: under the recommended profile first, in the systems as the
// suite has them, each mutant for two seconds.
func writePropertyBreakers(t *testing.T, known []breaker, mutants []*mutate.Mutant) {
	t.Helper()
	var text strings.Builder
	for _, id := range propertyIDs() {
		i := slices.IndexFunc(known, func(b breaker) bool { return b.id == id })
		if i >= 0 {
			x := findMutant(mutants, known[i].mutant)
			if known[i].mutant == noMutant && companionOf(known[i]) || x != nil && doesNotBreak(t, known[i], x, time.Minute) == "" {
				text.WriteString(known[i].line())
				continue
			}
		}
		t.Logf("looking for a mutant that breaks %s; this can take minutes, and -timeout 0 lets it", id)
		b, ok := propertyBreaker(t, id, mutants)
		if !ok {
			t.Errorf("no mutant breaks %s: name by hand one that does, or a companion", id)
			continue
		}
		text.WriteString(b.line())
	}
	if err := writeWhole(propertiesFile, []byte(text.String())); err != nil {
		t.Fatal(err)
	}
}

func propertyBreaker(t *testing.T, id string, mutants []*mutate.Mutant) (breaker, bool) {
	t.Helper()
	for _, profile := range []string{"recommended", "linux", "bsd", "rfc9293", "lwip"} {
		suite, err := tcpnet.Suite("quick", profile)
		if err != nil {
			t.Fatal(err)
		}
		options, _ := tcpfsm.ParseProfile(profile)
		for _, c := range suite {
			if ids, err := c.Claims([]string{id}); err != nil || len(ids) == 0 || tcpnet.Known(profile, id) != "" {
				continue
			}
			base, err := netTrial(c).baseline(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			for i := range mutants {
				x := mutants[i*7%len(mutants)]
				b := breaker{id: id, profile: profile, mutant: x.ID, system: c.Name}
				if x.Program.Complaint() == "" && base.meets(x) && x.Equivalent(uint32(options)) == "" && doesNotBreak(t, b, x, 2*time.Second) == "" {
					return b, true
				}
			}
		}
	}
	return breaker{}, false
}

func TestReadBreakers_errors(t *testing.T) {
	for text, want := range map[string]string{
		"P1\trecommended\ta/delete":                      propertiesFile + `:1: "P1\trecommended\ta/delete": write 4 words`,
		"P1\trecommended\ta/delete\ts\nP2\tlinux\t\tt":   propertiesFile + ":2: ",
		"P1\trecommended\ta/delete\tsystem\tand another": "write 4 words",
		"": "write 4 words",
	} {
		if _, err := readBreakers(propertiesFile, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
	list, err := readBreakers(lawsFile, "open\tlinux\ta/delete\n")
	if err != nil || len(list) != 1 || list[0].line() != "open\tlinux\ta/delete\n" {
		t.Errorf("%v, %v", list, err)
	}
}
