package spec

import (
	"regexp"
	"strings"
)

var fieldOf = regexp.MustCompile(`\S+`)

// profile resolves the options of a profile into bits.
func (c *compiler) profile(p *Profile) {
	text := place{at: &p.Options, field: "profile " + p.Name + ": Options", off: -1}
	var bits uint32
	for _, at := range fieldOf.FindAllStringIndex(p.Options, -1) {
		name := p.Options[at[0]:at[1]]
		n := c.names[name]
		switch {
		case n == nil || n.sym == nil || n.sym.Kind != OptionSymbol:
			c.errorf(text.word(at[0]), "unknown option %s%s", name, didYouMean(name, c.options(), "declare it in Options"))
		case bits&(1<<n.sym.Bit) != 0:
			c.errorf(text.word(at[0]), "option %s is named twice: remove one", name)
		default:
			bits |= 1 << n.sym.Bit
		}
	}
	c.p.Profiles = append(c.p.Profiles, bits)
}

func (c *compiler) options() []string {
	var names []string
	for _, o := range c.m.Options {
		names = append(names, o.Name)
	}
	return names
}

// OptionNames spells a set of options: "a b".
func (p *Program) OptionNames(bits uint32) string {
	var names []string
	for i, o := range p.Machine.Options {
		if bits&(1<<i) != 0 {
			names = append(names, o.Name)
		}
	}
	return strings.Join(names, " ")
}

// Profile gives the options of a profile by name; "" is the default profile.
func (p *Program) Profile(name string) (options uint32, ok bool) {
	for i, f := range p.Machine.Profiles {
		if f.Name == name || name == "" && f.Default {
			return p.Profiles[i], true
		}
	}
	return 0, name == ""
}
