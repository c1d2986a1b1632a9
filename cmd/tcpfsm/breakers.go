package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/tcpfsm/tcpfsm/spec/mutate"
)

// The files that name a mutant of the table for each law, and for each property: one line
// each, of words between tabs: id, profile, id of the mutant, and the system in which a
// property fails. Where no change of the table can break a property, the mutant is a dash, and
// a companion takes the place of the system. That each of these does break what it stands for is what tests find out
// anew; they also write the files.
const (
	lawsFile       = "mutants/laws.txt"
	propertiesFile = "mutants/properties.txt"
)

// A breaker is a mutant of the table that breaks a property or a law.
type breaker struct {
	id, profile, mutant string
	system              string // of the quick suite; a law is broken in one endpoint
}

// noMutant stands for a mutant where a companion breaks the property instead.
const noMutant = "-"

func (b breaker) line() string {
	return strings.TrimSuffix(strings.Join([]string{b.id, b.profile, b.mutant, b.system}, "\t"), "\t") + "\n"
}

// readBreakers reads the text of such a file.
func readBreakers(name, text string) (list []breaker, err error) {
	columns := 3
	if name == propertiesFile {
		columns = 4
	}
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		f := strings.Split(line, "\t")
		if len(f) != columns || slices.Contains(f, "") {
			return nil, fmt.Errorf("%s:%d: %q: write %d words, with a tab between two", name, i+1, line, columns)
		}
		list = append(list, breaker{f[0], f[1], f[2], strings.Join(f[3:], "")})
	}
	return list, nil
}

// breakerOf is the mutant that is known to break a law or a property, and false if none is.
func breakerOf(name, id string) (breaker, bool) {
	text, err := mutantLists.ReadFile(name)
	if err != nil {
		return breaker{}, false
	}
	list, err := readBreakers(name, string(text))
	i := slices.IndexFunc(list, func(b breaker) bool { return b.id == id })
	if err != nil || i < 0 {
		return breaker{}, false
	}
	return list[i], true
}

// text says which change of the table it is, where, and under which profile.
func (b breaker) text() string {
	if b.mutant == noMutant {
		return "no change of the table: the companion " + b.system
	}
	what := b.mutant
	if x := findMutant(tableMutants(), b.mutant); x != nil {
		what += ": " + x.Text
	}
	where := "profile " + b.profile
	if b.system != "" {
		where = fmt.Sprintf("in %q, ", b.system) + where
	}
	return what + " (" + where + ")"
}

// tableMutants are all mutants of the table, which are made once.
var tableMutants = sync.OnceValue(func() []*mutate.Mutant {
	p, err := table()
	if err != nil {
		return nil
	}
	return mutate.All(p)
})

func findMutant(mutants []*mutate.Mutant, id string) *mutate.Mutant {
	i := slices.IndexFunc(mutants, func(x *mutate.Mutant) bool { return x.ID == id })
	if i < 0 {
		return nil
	}
	return mutants[i]
}
