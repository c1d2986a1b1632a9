package main

import (
	"embed"
	"fmt"
	"strings"
)

// The lists of mutants that are not killed, one file a profile, one mutant a line:
// its id, a tab, and why. A reason begins with "equivalent: " if nothing can tell
// the mutant from the table, and with "missing: " if something should and does not.
//
//go:embed mutants/*.txt
var mutantLists embed.FS

// The kinds of entries of a list.
const (
	listEquivalent = "equivalent"
	listMissing    = "missing"
)

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
		case !ok || kind != listEquivalent && kind != listMissing || reason == "":
			return nil, fmt.Errorf("%s:%d: %q: write an id, a tab, and %q or %q with a reason", name, i+1, line, listEquivalent+": ", listMissing+": ")
		case known[id].kind != "":
			return nil, fmt.Errorf("%s:%d: %s is listed twice: remove one", name, i+1, id)
		}
		known[id] = knownMutant{kind, reason}
	}
	return known, nil
}
