package main

import (
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tcpfsm/tcpfsm/model/tcpnet"
	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

func newExplain() *cobra.Command {
	return &cobra.Command{
		Use:   "explain NAME",
		Short: "Say what a state, a row, an event, or anything else that has a name means",
		Long: `Say what a name means: a state, an event, a row, an option, a profile, a property, a law,
a requirement of RFC 9293, a socket call, a signal, an answer, a timer, a variable, a
predicate, an action, an invariant; or what a segment with some flags does in each state.
Other spellings are understood: time_wait, SYN_RCVD, SYN_RECV, LISTENING, ESTAB.

One name may mean several things (CLOSING is a state and a signal): the likeliest one
is explained, the others are named, and the kind before the name chooses: signal closing,
law:abort.
` + exitCodes,
		Example: `  tcpfsm explain CLOSE-WAIT
  tcpfsm explain SYN,ACK
  tcpfsm explain timewait.fin.again
  tcpfsm explain CLOSE
  tcpfsm explain rfc1337
  tcpfsm explain P6
  tcpfsm explain law:abort
  tcpfsm explain MUST-13
  tcpfsm explain signal closing`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: completeFrom(topicNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := table()
			if err != nil {
				return err
			}
			found, err := findTopics(p, strings.Join(args, " "))
			if err != nil {
				return err
			}
			if wantsJSON(cmd) {
				return writeTopics(cmd.OutOrStdout(), found)
			}
			printTopics(cmd.OutOrStdout(), found, paletteFor(cmd.OutOrStdout()))
			return nil
		},
	}
}

// A topic is something that explain can talk about.
type topic interface {
	print(io.Writer, palette)
	record() any
}

// A named topic has a kind and a name, by which it can be asked for, and further
// spellings. Topics are made when they are asked for.
type named struct {
	kind, name string
	aliases    []string
	topic      func() topic
}

// full is the name that means this and nothing else.
func (n *named) full() string {
	if n.kind == "law" {
		return lawName(n.name)
	}
	return n.kind + " " + n.name
}

// cutKind parts a name of which a kind stands in front, with a space or a colon.
func cutKind(all []named, name string) (kind, rest string, ok bool) {
	i := strings.IndexAny(name, " :")
	if i < 0 || !slices.ContainsFunc(all, func(n named) bool { return n.kind == name[:i] }) {
		return "", name, false
	}
	return name[:i], strings.TrimSpace(name[i+1:]), true
}

// findTopics gives everything that a name may mean. States come first, since most
// who ask mean one; then what is spelt exactly so, then the order of topics; then laws,
// which are called like what they are about.
func findTopics(p *spec.Program, name string) ([]named, error) {
	all := topics(p)
	kind, name, chosen := cutKind(all, name)
	if chosen {
		all = slices.DeleteFunc(all, func(n named) bool { return n.kind != kind })
	}
	var state, exact, other, laws []named
	for _, n := range all {
		switch {
		case n.kind == "law":
			if sameWords(n.name, name) {
				laws = append(laws, n)
			}
		case n.kind == "state" && sameWords(n.name, name):
			state = append(state, n)
		case n.name == name:
			exact = append(exact, n)
		case sameWords(n.name, name) || slices.ContainsFunc(n.aliases, func(a string) bool { return sameWords(a, name) }):
			other = append(other, n)
		}
	}
	if found := slices.Concat(state, exact, other, laws); len(found) > 0 {
		return found, nil
	}
	if flags, ok := parseFlagWords(name); ok && (!chosen || kind == "segment") {
		return []named{flagsTopic(p, flags)}, nil
	}
	what := "nothing"
	if chosen {
		what = "no " + kind
	}
	return nil, usageError("%s is called %q%s; see docs/generated/table.md for every row, 'tcpfsm explain STATE' for those of a state",
		what, name, suggestTopics(name, all))
}

// sameWords reports whether two spellings differ only in case and in what stands
// between words.
func sameWords(a, b string) bool { return foldWords(a) == foldWords(b) }

func foldWords(s string) string { return strings.ToLower(betweenWords.Replace(s)) }

var betweenWords = strings.NewReplacer("-", "", "_", "", ".", "", " ", "")

// suggestTopics names what was perhaps meant: the nearest name, or else those that
// have the text in them.
func suggestTopics(name string, all []named) string {
	known := []string{"SYN,ACK", "FIN,ACK", "RST,ACK", "PSH,ACK"} // what segments mostly are
	for _, n := range all {
		known = append(append(known, n.name), n.aliases...)
	}
	if s := didYouMean(name, known); s != "" {
		return s
	}
	slices.Sort(known)
	var parts []string
	for _, k := range slices.Compact(known) {
		if len(name) > 1 && len(parts) < 6 && strings.Contains(foldWords(k), foldWords(name)) {
			parts = append(parts, k)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " (there are " + strings.Join(parts, ", ") + ")"
}

// topics are all things that have a name.
func topics(p *spec.Program) []named {
	all := machineTopics(p)
	for _, prop := range tcpnet.Properties {
		all = append(all, named{"property", prop.ID, nil, func() topic { return propertyTopic{p, prop} }})
	}
	for _, id := range slices.Sorted(maps.Keys(alwaysChecked)) {
		t := wordTopic{p: p, kind: "property", name: id, doc: alwaysChecked[id]}
		all = append(all, named{t.kind, id, nil, func() topic { return t }})
	}
	for _, l := range tcpnet.Laws {
		all = append(all, named{"law", l.ID, nil, func() topic { return lawTopic{p, l} }})
	}
	for _, r := range requirements {
		all = append(all, named{"requirement", r.ID, nil, func() topic { return requirementTopic{p, r} }})
	}
	all = append(all, wordTopics(p)...)
	for _, call := range socketCalls {
		all = append(all, named{"call", call.Name, strings.Fields(call.Aliases), func() topic { return callTopic{p, call} }})
	}
	return all
}

// machineTopics are what the table is made of.
func machineTopics(p *spec.Program) (all []named) {
	m := p.Machine
	for _, r := range p.Rows {
		all = append(all, named{"row", r.ID, nil, func() topic { return rowTopic{p, r} }})
	}
	for i, e := range m.Events {
		aliases := append(strings.Fields(e.Alias), e.Name)
		all = append(all, named{"event", e.Text, aliases, func() topic { return eventTopic{p, i} }})
	}
	for i, s := range m.States {
		all = append(all, named{"state", s.Name, strings.Fields(s.Alias), func() topic { return stateTopic{p, i} }})
	}
	for i, o := range m.Options {
		all = append(all, named{"option", o.Name, nil, func() topic { return optionTopic{p, i} }})
	}
	for i, f := range m.Profiles {
		all = append(all, named{"profile", f.Name, nil, func() topic { return profileTopic{p, i} }})
	}
	for i, f := range m.Records[0].Flags {
		n := flagsTopic(p, tcpfsm.Flags(1<<i))
		n.name = f.Name
		all = append(all, n)
	}
	return all
}

// topicNames are the names for a shell to complete.
func topicNames(p *spec.Program) []string {
	var names []string
	for _, n := range topics(p) {
		if n.kind == "law" {
			n.name = n.full()
		}
		names = append(names, n.name)
	}
	return names
}

// printTopics prints the first topic, and what else the name may mean.
func printTopics(w io.Writer, found []named, c palette) {
	found[0].topic().print(w, c)
	for i, n := range found[1:] {
		if i == 0 {
			printf(w, "\n")
		}
		printf(w, "Also the %s: tcpfsm explain %s\n", n.kind, n.full())
	}
}

// writeTopics is the same as records.
func writeTopics(w io.Writer, found []named) error {
	if err := writeRecord(w, found[0].topic().record()); err != nil {
		return err
	}
	for _, n := range found[1:] {
		also := struct {
			Schema string `json:"schema"`
			Kind   string `json:"kind"`
			Name   string `json:"name"`
		}{"tcpfsm.also/1", n.kind, n.name}
		if err := writeRecord(w, also); err != nil {
			return err
		}
	}
	return nil
}
