package main

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/tcpfsm/tcpfsm/model/tcpnet"
	"github.com/tcpfsm/tcpfsm/spec"
)

//go:embed requirements.txt
var requirementList string

// requirements are all numbers of RFC 9293's appendix B, in its order of numbers.
var requirements = parseRequirements(requirementList)

// A requirement is one of them; requirements.txt says what the fields mean.
type requirement struct {
	ID, Section, Where, Text string
	Evidence                 []string
	Remark                   string
}

// placeWords say where a requirement is met, for people.
var placeWords = map[string]string{
	"table":    "the table",
	"endpoint": "the endpoint",
	"part":     "in part",
	"wrapper":  "left to the wrapper",
	"absent":   "not here",
}

// parseRequirements reads the list. The file is part of the program, and a test reads
// it line by line: what is missing here is empty.
func parseRequirements(text string) (all []requirement) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "|")
		for len(f) < 6 {
			f = append(f, "")
		}
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		all = append(all, requirement{f[0], f[1], f[2], f[3], strings.Fields(f[4]), f[5]})
	}
	return all
}

// evidence is what there is of a requirement.
type evidence struct {
	Rows       []string `json:"rows,omitempty"`
	Options    []string `json:"options,omitempty"`
	Words      []string `json:"words,omitempty"` // predicates and actions
	Fields     []string `json:"fields,omitempty"`
	Properties []string `json:"properties,omitempty"`
	Tests      []string `json:"tests,omitempty"`
}

// evidence joins what the list names with what cites the number.
func (r requirement) evidence(p *spec.Program) (e evidence) {
	for _, o := range p.Machine.Options {
		e.Options = appendIf(e.Options, o.Name, r.cited(o.Cite))
	}
	for _, d := range p.Defs {
		e.Words = appendIf(e.Words, d.Name, r.cited(d.Cite))
	}
	for _, a := range p.Actions {
		e.Words = appendIf(e.Words, a.Name, r.cited(a.Cite))
	}
	for _, row := range p.Rows {
		e.Rows = appendIf(e.Rows, row.ID, r.cited(row.Cite))
	}
	for _, prop := range tcpnet.Properties {
		e.Properties = appendIf(e.Properties, prop.ID, r.cited(prop.Cite))
	}
	for _, word := range r.Evidence {
		kind, name, _ := strings.Cut(word, ":")
		if list := e.list(kind); list != nil && !slices.Contains(*list, name) {
			*list = append(*list, name)
		}
	}
	return e
}

// list is where evidence of a kind is kept; nil if there is no such kind.
func (e *evidence) list(kind string) *[]string {
	switch kind {
	case "row":
		return &e.Rows
	case "option":
		return &e.Options
	case "field":
		return &e.Fields
	case "prop":
		return &e.Properties
	case "test":
		return &e.Tests
	}
	return nil
}

func appendIf(list []string, name string, cond bool) []string {
	if cond {
		return append(list, name)
	}
	return list
}

// cited reports whether a citation names the requirement.
func (r requirement) cited(cite string) bool {
	for part := range strings.SplitSeq(cite, ";") {
		if strings.TrimSpace(part) == r.ID {
			return true
		}
	}
	return false
}
