package main

import (
	"io"
	"slices"
	"strings"

	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// segmentTopic explains what a segment with exactly these flags does in each state:
// the rows that its flags leave possible under the default profile.
type segmentTopic struct {
	p     *spec.Program
	flags tcpfsm.Flags
}

func flagsTopic(p *spec.Program, flags tcpfsm.Flags) named {
	return named{"segment", flags.String(), nil, func() topic { return segmentTopic{p, flags} }}
}

// parseFlagWords reads flags as people write them: SYN,ACK, SYN-ACK, synack, fin+ack.
func parseFlagWords(text string) (tcpfsm.Flags, bool) {
	text = strings.ToUpper(strings.NewReplacer("-", "", "_", "", "+", "", ",", "", "|", "", "/", "", " ", "").Replace(text))
	var flags tcpfsm.Flags
	for ; len(text) >= 3; text = text[3:] {
		f, err := tcpfsm.ParseFlags(text[:3])
		if err != nil {
			return 0, false
		}
		flags |= f
	}
	return flags, text == "" && flags != 0
}

// possible are the rows of a state that such a segment may fire, up to the first one
// that it fires for certain.
func (t segmentTopic) possible(state int) []*spec.Rule {
	k := known{flags: t.flags, options: t.p.Profiles[defaultProfile(t.p.Machine)]}
	return k.possible(t.p.Cells[state][tcpfsm.EventSegment])
}

// known is what is known of a step before it is made.
type known struct {
	flags   tcpfsm.Flags // of the segment
	options uint32
}

// possible are the rows of one state and event that may fire, up to the first one that
// fires for certain.
func (k known) possible(cell []*spec.Rule) (rows []*spec.Rule) {
	for _, r := range cell {
		truth := sure
		if r.Guard != nil {
			truth = k.truth(r.Guard)
		}
		if truth != never {
			rows = append(rows, r)
		}
		if truth == sure {
			break
		}
	}
	return rows
}

// A truth is what is known of a guard.
type truth uint8

const (
	never truth = iota
	perhaps
	sure
)

func truthOf(b bool) truth {
	if b {
		return sure
	}
	return never
}

func (k known) truth(e spec.Expr) truth {
	switch e := e.(type) {
	case spec.Ref:
		return k.truthOfName(e.Sym)
	case spec.Use:
		return k.truth(e.Def.Expr)
	case spec.Not:
		return sure - k.truth(e.X)
	case spec.Binary:
		switch e.Op {
		case spec.And:
			return min(k.truth(e.X), k.truth(e.Y))
		case spec.Or:
			return max(k.truth(e.X), k.truth(e.Y))
		}
	}
	return perhaps
}

func (k known) truthOfName(s *spec.Symbol) truth {
	switch s.Kind {
	case spec.FieldFlagSymbol:
		return truthOf(k.flags>>s.Bit&1 != 0)
	case spec.OptionSymbol:
		return truthOf(k.options>>s.Bit&1 != 0)
	}
	return perhaps
}

// defaultProfile is the place of that profile among all.
func defaultProfile(m *spec.Machine) int {
	return slices.IndexFunc(m.Profiles, func(f spec.Profile) bool { return f.Default })
}

func (t segmentTopic) print(w io.Writer, c palette) {
	printf(w, "%s (segment): what it may do in each state, in this order, under the profile %s\n",
		c.bold(t.flags.String()), t.p.Machine.Profiles[defaultProfile(t.p.Machine)].Name)
	for i, f := range t.p.Machine.Records[0].Flags {
		if t.flags>>i&1 != 0 {
			printf(w, "  %s: %s\n", c.bold(f.Name), f.Doc)
		}
	}
	for s, state := range t.p.Machine.States {
		printf(w, "\n%s\n", c.bold("in "+state.Name))
		for _, r := range t.possible(s) {
			printStep(w, c, r, when(r), "-> "+nextState(t.p, r))
		}
	}
}

func (t segmentTopic) record() any {
	rows := map[string][]string{}
	for s, state := range t.p.Machine.States {
		for _, r := range t.possible(s) {
			rows[state.Name] = append(rows[state.Name], r.ID)
		}
	}
	return struct {
		Schema  string              `json:"schema"`
		Flags   string              `json:"flags"`
		Profile string              `json:"profile"`
		Rows    map[string][]string `json:"rows"`
	}{"tcpfsm.segment/1", t.flags.String(), t.p.Machine.Profiles[defaultProfile(t.p.Machine)].Name, rows}
}
