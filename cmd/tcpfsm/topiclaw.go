package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tcpfsm/tcpfsm/model/tcpnet"
	"github.com/tcpfsm/tcpfsm/spec"
)

// Laws are called like what they are about, as an event or a signal may be. With what
// stands before it here, the name of a law means nothing else.
const lawPrefix = "law:"

func lawName(id string) string { return lawPrefix + id }

// isLaw reports whether an id is that of a law, of which docs/PROPERTIES.md has the list.
func isLaw(id string) bool { return slices.Contains(lawIDs(), id) }

func lawIDs() []string {
	var ids []string
	for _, l := range tcpnet.Laws {
		ids = append(ids, l.ID)
	}
	return ids
}

// claimName is the name by which check and explain know a property or a law.
func claimName(id string) string {
	if isLaw(id) {
		return lawName(id)
	}
	return id
}

// claimNames are all names that check takes.
func claimNames() []string {
	names := propertyIDs()
	for _, id := range lawIDs() {
		names = append(names, lawName(id))
	}
	return names
}

// parseClaims parts what check is asked for into properties and laws.
func parseClaims(names []string) (properties, laws []string, err error) {
	for _, name := range names {
		id, law := strings.CutPrefix(name, lawPrefix)
		switch {
		case law && !isLaw(id):
			return nil, nil, usageError("unknown law %q%s; the laws are %s", id, didYouMean(id, lawIDs()), strings.Join(lawIDs(), ", "))
		case !law && slices.Contains(propertyIDs(), id):
			properties = append(properties, id)
		case isLaw(id):
			laws = append(laws, id)
		case alwaysChecked[id] != "":
			return nil, nil, usageError("%s can't be asked for alone: %s; leave --property out", id, alwaysChecked[id])
		default:
			return nil, nil, usageError("unknown property %q%s; the properties are %s; a law is asked for as law:ID, and docs/PROPERTIES.md lists both",
				id, didYouMean(id, slices.Concat(propertyIDs(), lawIDs())), strings.Join(propertyIDs(), ", "))
		}
	}
	return properties, laws, nil
}

// alwaysChecked are the numbers of the list of properties that are no claim about the
// states of a system.
var alwaysChecked = map[string]string{
	"P12": "how TIME-WAIT restarts is what check finds at its end, as a table of lengths",
	"P22": "that the table is one is what check begins with",
}

// lawTopic explains a law: what it says, where it is judged, and what breaks it.
type lawTopic struct {
	p *spec.Program
	tcpnet.Law
}

func (t lawTopic) print(w io.Writer, c palette) {
	printf(w, "%s (law): %s\n\n", c.bold(t.ID), t.Text)
	printCites(w, t.p.Machine, t.Cite)
	printField(w, "judged", fmt.Sprintf("under every profile, in every step of %d systems of one endpoint, whose peer, user and timers do anything at any time", len(tcpnet.Endpoints())))
	if b, ok := breakerOf(lawsFile, t.ID); ok {
		printField(w, "broken by", b.text())
	}
	printField(w, "check", "tcpfsm check --property "+lawName(t.ID))
	printField(w, "more", "docs/PROPERTIES.md#the-laws")
}

func (t lawTopic) record() any {
	broken, _ := breakerOf(lawsFile, t.ID)
	var systems []string
	for _, s := range tcpnet.Endpoints() {
		systems = append(systems, s.Name)
	}
	return struct {
		Schema   string   `json:"schema"`
		Law      string   `json:"law"`
		Text     string   `json:"text"`
		Cite     string   `json:"cite"`
		BrokenBy string   `json:"broken_by"` // a mutant of the table
		Profile  string   `json:"broken_under"`
		Systems  []string `json:"systems"`
	}{"tcpfsm.law/1", t.ID, t.Text, t.Cite, broken.mutant, broken.profile, systems}
}
