package spec

import (
	"slices"
	"strings"
)

// StateIndex finds a state by its name or an alias; case and the separators
// - _ . and space don't count. It is -1 when there is none.
func (p *Program) StateIndex(name string) int {
	return slices.IndexFunc(p.Machine.States, func(s State) bool { return spells(name, s.Name, s.Alias) })
}

// EventIndex finds an event by its name, its text or an alias, as StateIndex
// does.
func (p *Program) EventIndex(name string) int {
	return slices.IndexFunc(p.Machine.Events, func(e Event) bool {
		return spells(name, e.Name, e.Alias) || e.Text != "" && fold(name) == fold(e.Text)
	})
}

func spells(name, is, aliases string) bool {
	name = fold(name)
	return name == fold(is) || slices.ContainsFunc(strings.Fields(aliases), func(a string) bool { return fold(a) == name })
}

// Rule finds a rule by the id of its row, or gives nil.
func (p *Program) Rule(id string) *Rule {
	for _, r := range p.Rows {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// Symbol finds a symbol by its name as a row writes it, or gives nil. Where the
// field and the flag of a slot have one name, it is the field.
func (p *Program) Symbol(name string) *Symbol {
	for _, s := range p.Symbols {
		if s.Name == name {
			return s
		}
	}
	return nil
}
