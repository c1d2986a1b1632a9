package main

import (
	"context"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/model/tcpnet"
	"github.com/tcpfsm/tcpfsm/spec/mutate"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

var updateLaws = flag.Bool("update-laws", false, "look for a mutant that breaks each law, and write mutants/laws.txt")

// Every law can be broken: mutants/laws.txt names for each a mutant of the table, and a
// profile, that breaks it, whatever other laws it breaks.
func TestLaws_eachIsBroken(t *testing.T) {
	p, err := table()
	if err != nil {
		t.Fatal(err)
	}
	mutants := mutate.All(p)
	if *updateLaws {
		var b strings.Builder
		for _, l := range tcpnet.Laws {
			profile, id := lawBreaker(t, l.ID, mutants)
			b.WriteString(breaker{id: l.ID, profile: profile, mutant: id}.line())
		}
		if err := os.WriteFile(lawsFile, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	text, err := os.ReadFile(lawsFile)
	if err != nil {
		t.Fatal(err)
	}
	list, err := readBreakers(lawsFile, string(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != len(tcpnet.Laws) {
		t.Fatalf("%s has %d lines and there are %d laws: run go test -run TestLaws_eachIsBroken ./cmd/tcpfsm -update-laws", lawsFile, len(list), len(tcpnet.Laws))
	}
	for i, b := range list {
		x := findMutant(mutants, b.mutant)
		if b.id != tcpnet.Laws[i].ID || x == nil {
			t.Errorf("%s:%d: law %s and mutant %s: want law %s and a mutant that there is", lawsFile, i+1, b.id, b.mutant, tcpnet.Laws[i].ID)
			continue
		}
		if !breaks(t, b.id, b.profile, x) {
			t.Errorf("%s:%d: %s does not break %s under %s", lawsFile, i+1, b.mutant, b.id, b.profile)
		}
	}
}

// lawBreaker looks for a mutant that breaks a law, in an order that mixes the tables; of the
// rows that fire late, it is told.
func lawBreaker(t *testing.T, law string, mutants []*mutate.Mutant) (profile, id string) {
	t.Helper()
	late := map[string]string{
		"waits-again": "synrcvd.rst.timewait/drop", "probed": "action:probe", "last-ack-again": "timewait.beyond/drop",
		"throttle": "tick/drop", "late-ack": "delack.timeout/drop", "listens-again": "action:returnToListen",
	}
	for _, profile := range []string{"recommended", "linux", "rfc9293"} {
		for i := range mutants {
			x := mutants[i*7%len(mutants)]
			if strings.HasPrefix(x.ID, late[law]) && x.Program.Complaint() == "" && breaks(t, law, profile, x) {
				return profile, x.ID
			}
		}
	}
	t.Errorf("no mutant breaks %s", law)
	return "", ""
}

// breaks reports whether a mutant breaks a law near the beginning of one endpoint, or
// within narrow bounds.
func breaks(t *testing.T, law, profile string, x *mutate.Mutant) bool {
	t.Helper()
	options, _ := tcpfsm.ParseProfile(profile)
	for _, b := range []tcpnet.SoloBounds{tcpnet.OneEndpoint, tcpnet.SmallEndpoints[0], tcpnet.SmallEndpoints[7]} {
		r, err := tcpnet.RunSolo(context.Background(), b, options|tcpfsm.OptKeepAlive, tcpnet.RunOptions{
			Machine: patched(x), Workers: 1, MaxStates: 500, Only: []string{law},
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Failed()) > 0 {
			return true
		}
	}
	return false
}

// A law that is asked for is judged in the systems of one endpoint, by itself, and with
// properties beside those of two; a plain id does where no property is called so.
func TestCheck_laws(t *testing.T) {
	stdout, stderr, code := tcpfsmCommand("check", "--json", "--property", "law:ack-owed,open,P8", "--max-states", "2000")
	if code != exitLimit || stderr != "" {
		t.Fatalf("exit code %d, %q, %s", code, stderr, stdout)
	}
	judged := regexp.MustCompile(`"properties":\[\{"id":"ack-owed","verdict":"([a-z ]*)"\},\{"id":"open","verdict":"([a-z ]*)"\}\]`).FindAllStringSubmatch(stdout, -1)
	complete := 0
	for _, m := range judged {
		if m[1] == "holds" && m[2] == "holds" {
			complete++
		}
	}
	if len(judged) != len(tcpnet.Endpoints()) || complete < 7 {
		t.Errorf("two laws are judged in %d systems, want %d, and hold in %d, want 7:\n%s", len(judged), len(tcpnet.Endpoints()), complete, stdout)
	}
	if n := strings.Count(stdout, `"properties":[{"id":"P8",`); n != 3 {
		t.Errorf("P8 is judged in %d systems, want 3:\n%s", n, stdout)
	}
}

// No law is called like a property, so that check may take the ids of both.
func TestLaws_areNoProperties(t *testing.T) {
	for _, id := range propertyIDs() {
		if isLaw(id) {
			t.Errorf("%s is a property and a law", id)
		}
	}
}
