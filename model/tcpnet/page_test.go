package tcpnet

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// docs/PROPERTIES.md is written from the properties and from what the other tests
// have pinned, so it can't say anything that no test checks.
func TestPropertiesPage(t *testing.T) {
	var b strings.Builder
	b.WriteString(pageHead)
	writeProperties(&b, breakersOf(t, "properties.txt", len(Properties)), failedUnder(t))
	writeLaws(&b, t)
	writeSystems(&b, t)
	writeTimeWait(&b, timeWaitLines(t))
	writeCompanions(&b)
	compareWithFile(t, filepath.Join("..", "..", "docs", "PROPERTIES.md"), b.String())
}

const pageHead = `# Properties

<!-- Written by 'go test ./model/tcpnet -update'; what it says is what the tests there have found. -->

What is proved of the table, in every state that two endpoints, or several clients and their listener, their users and
a network can reach within the bounds of each system below. ` + "`tcpfsm check`" + ` finds all of it anew; ` + "`tcpfsm run FILE`" + ` replays a counterexample.

A property that holds says nothing beyond the bounds of its systems. Every one of them is shown able to
fail: by a mutant, the table with one change, that breaks it in a system where the table has it (` + "`TestProperties_eachIsBroken`" + `);
and many by a companion below, a system near one where it holds. Every premise is shown to be met, by a property
that holds *sometimes*.

## The list

*Kind* says what is claimed: **always**, of every state (AG *p*; with a premise *q*, AG (*q* → *p*)); **every step**, of every
transition; **possible from everywhere**, that some way leads to it from every state (AG EF *p*; with a premise, from every state that
has it, AG (*q* → EF *p*)); **never only**, that no run consists from some time on of such steps (¬E FG *step*); **leads to**, that every fair run
from a state that has the premise comes there (A(*q* ⇝ *p*)); **sometimes**, of some state (EF *p*); **no
deadlock**, that only finished states have no next one. *Broken by* is a mutant of the table that breaks the property, and *in* the
system where that is found ([mutants](generated/mutants.md) says what a mutant is, ` + "`tcpfsm explain P16`" + ` what this one changes).
A cross is a known failure, whose reason
` + "`check`" + ` gives; a dot means that the profile's systems all have it.

| id | claim | kind | source | broken by | in |`

var pageProfiles = []string{"recommended", "rfc9293", "linux", "bsd", "lwip"}

// failedUnder gives the pinned failures: profile and property.
func failedUnder(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "failures.txt"))
	if err != nil {
		t.Fatal(err)
	}
	failed := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSpace(line), ": ")
		id, _, _ := strings.Cut(f[2], " ")
		failed[f[0]+" "+id] = true
	}
	return failed
}

func writeProperties(b *strings.Builder, breakers [][]string, failed map[string]bool) {
	for _, p := range pageProfiles {
		fmt.Fprintf(b, " %s |", p)
	}
	fmt.Fprintf(b, "\n|---|---|---|---|---|---|%s\n", strings.Repeat(":-:|", len(pageProfiles)))
	for i, p := range Properties {
		cite := p.Cite
		if !strings.HasPrefix(cite, "RFC") && !strings.HasPrefix(cite, "practice") {
			cite = "RFC 9293 " + cite
		}
		by := breakers[i]
		if by[1] != "recommended" {
			by[3] += " (" + by[1] + ")"
		}
		breaker := "`" + by[2] + "`"
		if by[2] == "-" {
			breaker, by[3] = "no mutant", "companion `"+by[3]+"`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s | %s |", p.ID, p.Text, p.Kind, cite, breaker, by[3])
		for _, profile := range pageProfiles {
			mark := "·"
			if failed[profile+" "+p.ID] {
				mark = "✗"
			}
			fmt.Fprintf(b, " %s |", mark)
		}
		b.WriteByte('\n')
	}
	b.WriteString("\nThe crosses, and why:\n\n")
	for _, k := range knownFailures {
		fmt.Fprintf(b, "- %s: `%s`. %s.\n", strings.Join(k.profiles, ", "), strings.Join(k.properties, "`, `"), strings.ToUpper(k.why[:1])+k.why[1:])
	}
}

// breakersOf are the mutants that break properties or laws, in their order: what each
// is, is in the columns of a file of cmd/tcpfsm, where tests find that they do.
func breakersOf(t *testing.T, name string, n int) (list [][]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "cmd", "tcpfsm", "mutants", name))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		list = append(list, strings.Split(strings.TrimSpace(line), "\t"))
	}
	if len(list) != n {
		t.Fatalf("%s has %d lines, want %d: the tests of cmd/tcpfsm that read it say how to write it", name, len(list), n)
	}
	return list
}

// writeLaws lists the laws, each with a mutant that breaks it.
func writeLaws(b *strings.Builder, t *testing.T) {
	t.Helper()
	b.WriteString(lawsHead)
	breakers := breakersOf(t, "laws.txt", len(Laws))
	for i, l := range Laws {
		f := breakers[i]
		cite := l.Cite
		if !strings.HasPrefix(cite, "RFC") && cite != "practice" {
			cite = "RFC 9293 " + cite
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | `%s` (%s) |\n", l.ID, l.Text, cite, f[2], f[1])
	}
	b.WriteString("\nP12, how TIME-WAIT restarts, is the table of lengths below. P22, that each event in each state has exactly one row " +
		"and that none is shadowed, is what `spec.Compile` refuses otherwise.\n\nThe systems of one endpoint, under every profile, with keep-alive:\n\n")
	for _, s := range Endpoints() {
		fmt.Fprintf(b, "- **%s**: %s. Buffer %d, MSS %d, R1 %d, R2 %d, %d octets each way; segments with up to %d octets.\n",
			s.Name, s.Purpose, s.RcvBuf, s.SndMss, s.R1, s.R2, max(s.Octets, 1), s.Text)
	}
}

const lawsHead = `
## The laws

A second reading of the RFC's text, apart from the table: what one event may do to one end, whatever came before.
Every step of one endpoint, whose peer, user and timers do anything at any time, is held against every law, under
every profile; where an option changes the sentence, the law says the same of both. The mutant is one that breaks the law.
` + "`tcpfsm check --property law:ack-owed`" + ` judges by one law alone, ` + "`tcpfsm explain law:ack-owed`" + ` says what it is about.

| id | law | source | broken by |
|---|---|---|---|
`

// writeSystems lists the systems with their bounds and pinned counts.
func writeSystems(b *strings.Builder, t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "counts.txt"))
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), ": ")
		counts[name] = rest
	}
	b.WriteString("\n## The systems of the quick suite\n\nWith the profile `recommended`. Bounds are named as in `--bounds` and in a trace's header; " +
		"`tcpnet.Bounds` documents each.\n\n")
	for _, c := range suite(t, "quick", "recommended") {
		about := ""
		if len(c.Only) > 0 {
			about = " About `" + strings.Join(c.Only, "`, `") + "`."
		}
		options := ""
		if diff := c.Bounds.OptionChanges(); diff != "" {
			options = "; options `" + diff + "`"
		}
		fmt.Fprintf(b, "- **%s**: `%s`%s. %s.%s\n", c.Name, c.Bounds, options, counts[c.Name], about)
	}
}

func writeTimeWait(b *strings.Builder, lines []string) {
	b.WriteString(`
## How long TIME-WAIT must last

Found by trying one length after the other: the smallest one with which no octet and no FIN of a connection is
taken by the next one on the same ports, when both ends begin with the **same** initial sequence numbers
again. With numbers beyond the old ones, no TIME-WAIT at all is needed for that (the system "a second connection
with fresh sequence numbers" above).

Time goes in ticks, and anything can happen between two ticks. A segment survives MSL ticks and dies at the
next one, so in real time it lives between MSL and MSL + 1; TIME-WAIT of *n* ticks can end from the *n*-th tick
on, so it lasts at least *n* - 1. The retransmission timer expires exactly RTO ticks after it was started, and so
often at each end; nothing is lost but by age.

| restarted by | MSL | RTO | repetitions | smallest safe length |
|---|---|---|---|---|
`)
	for _, line := range lines {
		f := strings.Split(line, "\t")
		length := f[4] + " ticks"
		if f[4] == "-1" {
			length = "none up to " + f[5]
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", f[0], f[1], f[2], f[3], length)
	}
	b.WriteString("\nThe rules:\n\n")
	for _, r := range TimeWaitRules {
		fmt.Fprintf(b, "- **%s**: %s.\n", r.Name, r.Text)
	}
	b.WriteString(`
So 2 MSL (and the tick by which they are counted) are enough if every ACK that TIME-WAIT sends restarts them. If only
the repeated FIN does, an old bare ACK that arrives late draws one more ACK, which releases the peer an MSL later, and
3 MSL are needed. Where a segment is repeated while its first copy can still be under way (RTO not above MSL), no length is
enough: the end that was closed by its peer has no TIME-WAIT, and meets the copies when it opens again. The
counterexamples for one tick less are [timewait-any](../model/tcpnet/testdata/found/timewait-any.trace),
[timewait-fin](../model/tcpnet/testdata/found/timewait-fin.trace) and
[timewait-text](../model/tcpnet/testdata/found/timewait-text.trace).
`)
}

func writeCompanions(b *strings.Builder) {
	b.WriteString("\n## Companions: where a property must fail\n\n| property | why it fails there | bounds | counterexample |\n|---|---|---|---|\n")
	for _, c := range Companions() {
		options := c.Config.Bounds.Profile
		if diff := c.Config.Bounds.OptionChanges(); diff != "" {
			options += " " + diff
		}
		fmt.Fprintf(b, "| `%s` | %s | %s: `%s` | [trace](../model/tcpnet/testdata/found/%s.trace) |\n", c.Property, c.Why, options, c.Config.Bounds, c.Name)
	}
}

// Every property of the list is claimed somewhere in the quick suite.
func TestProperties_areAllClaimed(t *testing.T) {
	claimed := map[string]bool{}
	for _, c := range suite(t, "quick", "recommended") {
		n, err := NewNet(c.Bounds, Generated)
		if err != nil {
			t.Fatal(err)
		}
		n.claim(c.Only)
		for _, p := range n.claims {
			claimed[p.ID] = true
		}
		for _, id := range c.Only {
			if !slices.ContainsFunc(n.claims, func(p Property) bool { return p.ID == id }) {
				t.Errorf("%s is about %s, which means nothing within its bounds", c.Name, id)
			}
		}
	}
	for _, p := range Properties {
		if !claimed[p.ID] {
			t.Errorf("%s (%v) is claimed of no system", p.ID, p.Kind)
		}
	}
}
