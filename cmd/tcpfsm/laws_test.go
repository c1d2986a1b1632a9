package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/model/tcpnet"
	"github.com/tcpfsm/tcpfsm/spec/mutate"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

var updateLaws = flag.Bool("update-laws", false, "look for a mutant that breaks each law, and write mutants/laws.txt")

const lawsFile = "mutants/laws.txt"

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
			profile, id := breaker(t, l.ID, mutants)
			fmt.Fprintf(&b, "%s\t%s\t%s\n", l.ID, profile, id)
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
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != len(tcpnet.Laws) {
		t.Fatalf("%s has %d lines and there are %d laws: run go test -run TestLaws_eachIsBroken ./cmd/tcpfsm -update-laws", lawsFile, len(lines), len(tcpnet.Laws))
	}
	for i, line := range lines {
		f := strings.Split(line, "\t")
		at := slices.IndexFunc(mutants, func(x *mutate.Mutant) bool { return x.ID == f[2] })
		if f[0] != tcpnet.Laws[i].ID || at < 0 {
			t.Errorf("%s:%d: law %s and mutant %s: want law %s and a mutant that there is", lawsFile, i+1, f[0], f[2], tcpnet.Laws[i].ID)
			continue
		}
		if !breaks(t, f[0], f[1], mutants[at]) {
			t.Errorf("%s:%d: %s does not break %s under %s", lawsFile, i+1, f[2], f[0], f[1])
		}
	}
}

// breaker looks for a mutant that breaks a law, in an order that mixes the tables; of the
// rows that fire late, it is told.
func breaker(t *testing.T, law string, mutants []*mutate.Mutant) (profile, id string) {
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
