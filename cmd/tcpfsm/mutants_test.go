package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/model/tcpnet"
	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/spec/mutate"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// A sample of the mutants, another one whenever the table changes: each is killed,
// equivalent, or known to survive, as far as there is time: a slow machine is told
// that a limit was reached.
func TestMutants_sample(t *testing.T) {
	if testing.Short() {
		t.Skip("explores many systems")
	}
	stdout, stderr, code := tcpfsmCommand("check", "--mutants", "--sample", "100", "--mutant-timeout", "1s")
	if code != exitClean && code != exitLimit {
		t.Errorf("exit code %d, stderr %q; a mutant that nothing notices needs a property, or an entry in mutants/recommended.txt:\n%s", code, stderr, stdout)
	}
	if !strings.Contains(stdout, "100 mutants: ") {
		t.Errorf("no sum is printed:\n%s", stdout)
	}
}

// Every entry of a list names a mutant that there is, and says why.
func TestMutantLists(t *testing.T) {
	p, err := table()
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, x := range mutate.All(p) {
		ids[x.ID] = true
	}
	for _, profile := range profileNames() {
		known, err := knownMutants(profile)
		if err != nil {
			t.Error(err)
		}
		for id := range known {
			if !ids[id] {
				t.Errorf("the list of profile %s has %s, and there is no such mutant: take it off", profile, id)
			}
		}
	}
}

func TestMutantLists_errors(t *testing.T) {
	for text, want := range map[string]string{
		"a/delete equivalent: no tab":                             `write an id, a tab`,
		"a/delete\tbecause I say so":                              `write an id, a tab`,
		"a/delete\tequivalent: ":                                  `write an id, a tab`,
		"# a comment\na/delete\tmissing: x\na/delete\tmissing: x": `list:3: a/delete is listed twice`,
	} {
		if _, err := parseMutantList("list", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
	known, err := parseMutantList("list", "a/delete\tmissing: a property of answers: none is checked")
	if err != nil || known["a/delete"] != (knownMutant{listMissing, "a property of answers: none is checked"}) {
		t.Errorf("%v, error %v", known, err)
	}
}

// Each way to notice a mutant notices one, and says where.
func TestMutants_killed(t *testing.T) {
	for id, want := range map[string]string{
		"tick.idle/delete":           "P22 in \"CLOSED has no otherwise for Tick\"",
		"estab.fin/goto-LAST-ACK":    "scenario in \"figure-12.trace\"",
		"send/goto-LISTEN":           "law:next-state in \"one endpoint, a long SYN,ACK\"",
		"keepalive.busy/goto-CLOSED": "law:over in \"one endpoint, a closed window\"",
	} {
		stdout, stderr, code := tcpfsmCommand("check", "--mutants", "--mutant", id)
		if code != exitClean || !strings.Contains(stdout, "killed     "+id+": "+want) {
			t.Errorf("%s: exit code %d, stderr %q, want %s, got %s", id, code, stderr, want, stdout)
		}
	}
}

func TestMutants_flags(t *testing.T) {
	for args, want := range map[string]string{
		"check --sample 3":                                            "--sample means something only with --mutants",
		"check --mutants --suite quick":                               "--suite means nothing with --mutants",
		"check --mutants --sample -1":                                 "--sample can't be negative",
		"check --mutants --markdown --json":                           "exclude each other",
		"check --mutants --profile linux,bsd":                         "only --markdown can print",
		"check --mutants --mutant tick --profile linucs":              "did you mean linux?",
		"check --mutants --mutant tick --mutant-timeout 0s --workers": "flag needs an argument",
	} {
		if _, stderr, code := tcpfsmCommand(strings.Fields(args)...); code != exitUsage || !strings.Contains(stderr, want) {
			t.Errorf("tcpfsm %s: exit code %d, stderr %q, want %q", args, code, stderr, want)
		}
	}
	if _, _, code := tcpfsmCommand("check", "--mutants", "--mutant", "tick", "--timeout", "1ns"); code != exitLimit {
		t.Errorf("no time at all: exit code %d, want %d", code, exitLimit)
	}
}

func TestMutants_json(t *testing.T) {
	if testing.Short() {
		t.Skip("what every system shows of the table itself is worked out first: slow with the race detector")
	}
	stdout, stderr, _ := tcpfsmCommand("check", "--mutants", "--mutant", "tick.idle", "--json")
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	for i, line := range lines {
		want := "tcpfsm.check.mutant/1"
		if i == len(lines)-1 {
			want = "tcpfsm.check.mutants/1"
		}
		var record struct{ Schema string }
		if err := json.Unmarshal([]byte(line), &record); err != nil || record.Schema != want {
			t.Errorf("line %d: error %v, schema %q, want %q; stderr %q", i+1, err, record.Schema, want, stderr)
		}
	}
}

// Every system of the quick suite is tried on mutants, or is said not to be.
func TestTrialOrder(t *testing.T) {
	configs, err := tcpnet.Suite("quick", "recommended")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trialsFor("recommended", 0); err != nil {
		t.Error(err)
	}
	for _, c := range configs {
		if slices.Contains(trialOrder, c.Name) == slices.Contains(notTried, c.Name) {
			t.Errorf("system %q: give it a place in trialOrder, or in notTried", c.Name)
		}
	}
}

// The sample is drawn by the table's hash and stays in the table's order.
func TestMutants_sampleIsFixed(t *testing.T) {
	draw := func(hash string) string {
		p, err := table()
		if err != nil {
			t.Fatal(err)
		}
		other := *p
		other.Hash = hash
		m := &mutantRun{program: &other}
		m.flags.mutants.sample = 10
		m.choose()
		var ids []string
		for _, x := range m.mutants {
			ids = append(ids, x.ID)
		}
		return strings.Join(ids, " ")
	}
	one, again, another := draw("1"), draw("1"), draw("2")
	if one != again || one == another || len(strings.Fields(one)) != 10 {
		t.Errorf("one hash: %s\nagain: %s\nanother: %s", one, again, another)
	}
}

// A machine that is patched with a mutant that changes nothing is the machine: the
// interpreter and the generated code are woven together rightly.
func TestPatched(t *testing.T) {
	p, err := table()
	if err != nil {
		t.Fatal(err)
	}
	options, _ := tcpfsm.ParseProfile("recommended")
	for _, x := range mutate.All(p) {
		if x.ID != "def:seqInWindow/drop-disjunct-1" && x.ID != "action:ackText/drop-effect-1" {
			continue
		}
		woven, pure := patched(x), interpreted(x.Program)
		solo := tcpnet.NewSolo(tcpnet.OneEndpoint, options, compared(t, x.Program, woven, pure))
		frontier := solo.Init(nil)
		for range 4 {
			next := frontier
			frontier = nil
			for i := range next {
				for _, s := range solo.Succ(&next[i], nil) {
					frontier = append(frontier, s.State)
				}
				if len(frontier) > 5000 {
					break
				}
			}
		}
	}
}

// compared runs two machines and complains when they differ.
func compared(t *testing.T, p *spec.Program, a, b tcpnet.Machine) tcpnet.Machine {
	return func(tcb *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) tcpfsm.RowID {
		other, otherOut := *tcb, tcpfsm.Output{}
		row, otherRow := a(tcb, ev, out), b(&other, ev, &otherOut)
		if row != otherRow || *tcb != other || *out != otherOut {
			t.Fatalf("%s on %v: row %v and %v, %+v and %+v", p.Machine.States[other.State].Name, ev.Kind, row, otherRow, *tcb, other)
		}
		return row
	}
}
