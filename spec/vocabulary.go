package spec

import "strings"

// checkVocabulary checks the names of a machine that are not values: they are
// found in lists of their own.
func (c *compiler) checkVocabulary() {
	m := c.m
	at := func(p any, field string) place { return place{at: p, field: field, off: -1} }
	c.word(simpleName, m.Name, at(&m.Name, "Name"))
	if m.Type != "" {
		c.word(exported, m.Type, at(&m.Type, "Type"))
	}
	c.limit(len(m.States), 64, at(&m.States, "States"), "states")
	c.limit(len(m.Events), 64, at(&m.Events, "Events"), "events")
	c.limit(len(m.Options), 32, at(&m.Options, "Options"), "options")
	c.limit(len(m.Timers), 32, at(&m.Timers, "Timers"), "timers")
	c.limit(len(m.Signals), 32, at(&m.Signals, "Signals"), "signals")
	c.checkStates()
	c.checkEvents()
	c.checkRecords()
	c.checkSlots()
	c.checkNames()
	c.checkProfiles()
}

func (c *compiler) limit(n, most int, at place, what string) {
	if n > most {
		c.errorf(at, "%d %s are too many: at most %d fit, split the machine in two", n, what, most)
	}
}

func (c *compiler) checkStates() {
	if len(c.m.States) == 0 {
		c.errorf(place{at: &c.m.States, field: "States", off: -1}, "a machine needs a state: add the initial state first")
	}
	s := spellings{}
	for i := range c.m.States {
		v := &c.m.States[i]
		what := "state " + v.Name + ": "
		at := place{at: &v.Name, field: what + "Name", off: -1}
		if c.word(hasLetter, v.Name, at) {
			c.spelling(s, i, v.Name, at)
		}
		c.aliases(s, i, &v.Alias, what)
		if v.ID != 1<<i {
			c.errorf(place{at: &v.ID, field: what + "ID", off: -1}, "states stand in the order of their constants and this one is out of place: move it, or its constant")
		}
	}
}

func (c *compiler) checkEvents() {
	if len(c.m.Events) == 0 {
		c.errorf(place{at: &c.m.Events, field: "Events", off: -1}, "a machine needs an event: add one")
	}
	s := spellings{}
	for i := range c.m.Events {
		c.checkEvent(s, i, &c.m.Events[i])
	}
}

func (c *compiler) checkEvent(s spellings, i int, v *Event) {
	what := "event " + v.Name + ": "
	at := place{at: &v.Name, field: what + "Name", off: -1}
	if c.word(exported, v.Name, at) {
		c.spelling(s, i, v.Name, at)
	}
	c.aliases(s, i, &v.Alias, what)
	if v.ID != 1<<i {
		c.errorf(place{at: &v.ID, field: what + "ID", off: -1}, "events stand in the order of their constants and this one is out of place: move it, or its constant")
	}
	if v.Takes != "" && c.record(v.Takes) == nil {
		c.errorf(place{at: &v.Takes, field: what + "Takes", off: 0}, "unknown record %s%s", v.Takes, didYouMean(v.Takes, c.recordNames(), "declare it in Records"))
	}
	if v.Timer != "" {
		var timers []string
		for _, t := range c.m.Timers {
			if t.Name == v.Timer {
				return
			}
			timers = append(timers, t.Name)
		}
		c.errorf(place{at: &v.Timer, field: what + "Timer", off: 0}, "unknown timer %s%s", v.Timer, didYouMean(v.Timer, timers, "declare it in Timers"))
	}
}

func (c *compiler) recordNames() (names []string) {
	for _, r := range c.m.Records {
		names = append(names, r.Name)
	}
	return names
}

// spellings maps every accepted form of a name to what it names.
type spellings map[string]int

func (c *compiler) spelling(s spellings, i int, name string, at place) {
	key := fold(name)
	if j, ok := s[key]; ok && j != i {
		c.errorf(at, "%q is declared twice, if case, - and _ don't count: rename or remove one of them", name)
	}
	s[key] = i
}

func (c *compiler) aliases(s spellings, i int, alias *string, what string) {
	for _, at := range fieldOf.FindAllStringIndex(*alias, -1) {
		c.spelling(s, i, (*alias)[at[0]:at[1]], place{at: alias, field: what + "Alias", off: at[0]})
	}
}

func (c *compiler) checkRecords() {
	names := space{}
	for i := range c.m.Records {
		r := &c.m.Records[i]
		what := "record " + r.Name + ": "
		at := place{at: &r.Name, field: what + "Name", off: -1}
		if c.word(simpleName, r.Name, at) {
			c.take(names, r.Name, at)
		}
		c.word(exported, r.Go, place{at: &r.Go, field: what + "Go", off: -1})
		c.limit(len(r.Fields), maxFields, place{at: &r.Fields, field: what + "Fields", off: -1}, "fields")
		c.limit(len(r.Flags), 32, place{at: &r.Flags, field: what + "Flags", off: -1}, "flags")
		inside := space{}
		for j := range r.Fields {
			at := varPlace("field "+r.Name, &r.Fields[j], &r.Fields[j].Name, "Name")
			if c.word(simpleName, r.Fields[j].Name, at) {
				c.take(inside, r.Fields[j].Name, at)
			}
		}
		c.nameList(r.Flags, "flag "+r.Name)
	}
}

func (c *compiler) nameList(list []Name, what string) {
	names := space{}
	for i := range list {
		at := c.namePlace(what, &list[i])
		if c.word(simpleName, list[i].Name, at) {
			c.take(names, list[i].Name, at)
		}
	}
}

func (c *compiler) checkSlots() {
	names := space{}
	for i := range c.m.Slots {
		s := &c.m.Slots[i]
		at := place{at: &s.Name, field: "slot " + s.Name + ": Name", off: -1}
		if c.word(simpleName, s.Name, at) {
			c.take(names, s.Name, at)
		}
		of := place{at: &s.Of, field: "slot " + s.Name + ": Of", off: -1}
		switch r := c.record(s.Of); {
		case r == nil:
			c.errorf(of, "unknown record %s%s", s.Of, didYouMean(s.Of, c.recordNames(), "declare it in Records"))
		case len(r.Flags) == 0:
			c.errorf(of, "record %s has no flags, so that a filled slot could not be told from an empty one: give it one that every message carries", s.Of)
		}
	}
}

func (c *compiler) checkNames() {
	m := c.m
	c.nameList(m.Signals, "signal")
	c.nameList(m.Answers, "answer")
	timers, invariants := space{}, space{}
	for i := range m.Timers {
		t := &m.Timers[i]
		at := place{at: &t.Name, field: "timer " + t.Name + ": Name", off: -1}
		if c.word(simpleName, t.Name, at) {
			c.take(timers, t.Name, at)
		}
		if t.Name == "all" {
			c.errorf(at, `"all" is a word of the notation: choose another name`)
		}
	}
	for i := range m.Invariants {
		v := &m.Invariants[i]
		at := place{at: &v.Name, field: "invariant " + v.Name + ": Name", off: -1}
		if c.word(hasLetter, v.Name, at) {
			c.take(invariants, v.Name, at)
		}
	}
	for i := range m.Options {
		o := &m.Options[i]
		if strings.Contains(o.Name, ".") {
			c.errorf(place{at: &o.Name, field: "option " + o.Name + ": Name", off: -1}, "%q can't be the name of an option: use one word without a dot", o.Name)
		}
	}
}

func (c *compiler) checkProfiles() {
	names := space{}
	first := ""
	for i := range c.m.Profiles {
		p := &c.m.Profiles[i]
		at := place{at: &p.Name, field: "profile " + p.Name + ": Name", off: -1}
		if c.word(simpleName, p.Name, at) {
			c.take(names, p.Name, at)
		}
		if p.Default && first != "" {
			c.errorf(place{at: &p.Default, field: "profile " + p.Name + ": Default", off: -1}, "profile %s is the default already: keep one of them", first)
		}
		if p.Default {
			first = p.Name
		}
	}
}
