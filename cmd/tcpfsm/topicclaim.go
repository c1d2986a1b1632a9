package main

import (
	"io"
	"strings"

	"github.com/tcpfsm/tcpfsm/model/tcpnet"
	"github.com/tcpfsm/tcpfsm/spec"
)

// propertyTopic explains a property: what it claims, of which systems, under which
// profiles it fails, and where it must fail.
type propertyTopic struct {
	p *spec.Program
	tcpnet.Property
}

// systems are those of the quick suite of which the property is claimed.
func (t propertyTopic) systems() (all []tcpnet.Config) {
	suite, err := tcpnet.Suite("quick", t.p.Machine.Profiles[defaultProfile(t.p.Machine)].Name)
	if err != nil {
		return nil
	}
	for _, c := range suite {
		if ids, err := c.Claims([]string{t.ID}); err == nil && len(ids) > 0 {
			all = append(all, c)
		}
	}
	return all
}

func (t propertyTopic) companions() (all []tcpnet.Companion) {
	for _, c := range tcpnet.Companions() {
		if c.Property == t.ID {
			all = append(all, c)
		}
	}
	return all
}

// fails gives the profiles under which the property is known to fail, with reasons.
func (t propertyTopic) fails() (profiles []string, why map[string]string) {
	why = map[string]string{}
	for _, f := range profileNames() {
		if reason := tcpnet.Known(f, t.ID); reason != "" {
			profiles, why[f] = append(profiles, f), reason
		}
	}
	return profiles, why
}

// foundTrace is where a companion's counterexample is kept.
func foundTrace(c tcpnet.Companion) string {
	return "model/tcpnet/testdata/found/" + c.Name + ".trace"
}

func (t propertyTopic) print(w io.Writer, c palette) {
	printf(w, "%s (property, %s): %s\n\n", c.bold(t.ID), t.Kind, t.Text)
	printCites(w, t.p.Machine, t.Cite)
	profiles, why := t.fails()
	for _, f := range profiles {
		printField(w, "fails", "under "+f+": "+why[f])
	}
	if len(profiles) == 0 {
		printField(w, "fails", "under no profile")
	}
	if b, ok := breakerOf(propertiesFile, t.ID); ok {
		printField(w, "broken by", b.text())
	}
	printField(w, "check", "tcpfsm check --property "+t.ID)
	printField(w, "more", "docs/PROPERTIES.md")
	if systems := t.systems(); len(systems) > 0 {
		printf(w, "\nclaimed of these systems of the quick suite\n")
		for _, s := range systems {
			printf(w, "  %s\n    %s\n", s.Name, c.dim(s.Bounds.String()))
		}
	}
	for _, x := range t.companions() {
		printf(w, "\nmust fail: %s\n  %s, %s\n  %s\n", x.Why, x.Config.Bounds.Profile, x.Config.Bounds.String(), c.dim("tcpfsm run "+foundTrace(x)))
	}
}

func (t propertyTopic) record() any {
	type system struct {
		Name   string `json:"name"`
		Bounds string `json:"bounds"`
		Why    string `json:"why,omitempty"`
		Trace  string `json:"trace,omitempty"`
	}
	var systems, companions []system
	for _, s := range t.systems() {
		systems = append(systems, system{Name: s.Name, Bounds: s.Bounds.String()})
	}
	for _, x := range t.companions() {
		companions = append(companions, system{x.Name, x.Config.Bounds.String(), x.Why, foundTrace(x)})
	}
	_, why := t.fails()
	broken, _ := breakerOf(propertiesFile, t.ID)
	return struct {
		Schema     string            `json:"schema"`
		Property   string            `json:"property"`
		Kind       string            `json:"kind"`
		Text       string            `json:"text"`
		Cite       string            `json:"cite"`
		Fails      map[string]string `json:"fails"`
		BrokenBy   string            `json:"broken_by"` // a mutant of the table
		BrokenIn   string            `json:"broken_in"` // a system
		Systems    []system          `json:"systems"`
		Companions []system          `json:"companions"`
	}{"tcpfsm.property/1", t.ID, t.Kind.String(), t.Text, t.Cite, why, broken.mutant, broken.system, systems, companions}
}

// requirementTopic explains a number of RFC 9293's appendix B: what it asks for, and
// what of it is here.
type requirementTopic struct {
	p *spec.Program
	r requirement
}

func (t requirementTopic) print(w io.Writer, c palette) {
	e := t.r.evidence(t.p)
	printf(w, "%s (requirement): %s\n\n", c.bold(t.r.ID), t.r.Text)
	printCites(w, t.p.Machine, t.r.Section)
	printField(w, "where", placeWords[t.r.Where])
	if t.r.Remark != "" {
		printField(w, "remark", t.r.Remark)
	}
	for _, f := range []struct {
		name string
		is   []string
	}{{"rows", e.Rows}, {"options", e.Options}, {"words", e.Words}, {"settings", e.Fields}, {"properties", e.Properties}, {"tests", e.Tests}} {
		if len(f.is) > 0 {
			printField(w, f.name, strings.Join(f.is, ", "))
		}
	}
	printField(w, "more", "docs/RFC9293.md")
}

func (t requirementTopic) record() any {
	return struct {
		Schema  string `json:"schema"`
		ID      string `json:"id"`
		Section string `json:"section"`
		Text    string `json:"text"`
		Where   string `json:"where"`
		Remark  string `json:"remark,omitempty"`
		evidence
	}{"tcpfsm.requirement/1", t.r.ID, t.r.Section, t.r.Text, t.r.Where, t.r.Remark, t.r.evidence(t.p)}
}
