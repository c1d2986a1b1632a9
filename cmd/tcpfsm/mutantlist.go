package main

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

// The lists of mutants that are not killed, one file a profile, one mutant a line:
// its id, a tab, and why. A reason begins with "equivalent: " if nothing can tell
// the mutant from the table, with "missing: " if every trial came to its end and
// what should notice it is not there, and with "undecided: " if the time was over
// before: then the reason is a guess.
//
//go:embed mutants/*.txt
var mutantLists embed.FS

// The kinds of entries of a list.
const (
	listEquivalent = "equivalent"
	listMissing    = "missing"
	listUndecided  = "undecided"
)

var listKinds = []string{listEquivalent, listMissing, listUndecided}

// A knownMutant is an entry of a list; its zero value is none.
type knownMutant struct{ kind, reason string }

// knownMutants reads the list of a profile; a profile without one has none.
func knownMutants(profile string) (map[string]knownMutant, error) {
	name := "mutants/" + profile + ".txt"
	text, err := mutantLists.ReadFile(name)
	if err != nil {
		return nil, nil
	}
	return parseMutantList(name, string(text))
}

func parseMutantList(name, text string) (map[string]knownMutant, error) {
	known := map[string]knownMutant{}
	for i, line := range strings.Split(text, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, why, _ := strings.Cut(line, "\t")
		kind, reason, ok := strings.Cut(why, ": ")
		switch {
		case !ok || !slices.Contains(listKinds, kind) || reason == "":
			return nil, fmt.Errorf("%s:%d: %q: write an id, a tab, one of %s, a colon, and a reason", name, i+1, line, strings.Join(listKinds, ", "))
		case known[id].kind != "":
			return nil, fmt.Errorf("%s:%d: %s is listed twice: remove one", name, i+1, id)
		}
		known[id] = knownMutant{kind, reason}
	}
	return known, nil
}
