package proptest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// Run tests a stack against the table, in three parts: single segments in every
// state ([Probe]), lives of a connection with everything that may happen to them
// ([Live], drawn with rapid, so that its flags count), and streams through a network
// that loses, copies, reorders, delays and damages, with package endpoint as the
// peer. newStack makes a fresh stack in CLOSED each time.
//
// Each finding is an error that names the row and its section of the RFC, what the
// table says and what the stack did, with a trace that replays and its sequence chart;
// both are left as files, too ([Config].TraceDir). Findings that cfg knows
// are counted, and what is known must be found, or it is no more true.
func Run(t *testing.T, newStack func() Stack, cfg Config) {
	conf := cfg.withDefaults()
	counts := map[string]int{}
	t.Run("probes", func(t *testing.T) {
		found, probes := Probe(cfg, newStack)
		found = slices.DeleteFunc(found, func(f *Finding) bool { return counted(conf, f, counts) })
		t.Logf("%d segments, %d differences that nothing covers\n%s", probes, len(found), summary(found))
		for _, f := range found[:min(len(found), enough)] {
			t.Error(report(t, conf, f))
		}
	})
	t.Run("lives", func(t *testing.T) { liveCheck(t, conf, newStack, counts) })
	t.Run("streams", func(t *testing.T) { Streams(t, newStack, cfg) })
	for _, k := range conf.Known {
		t.Logf("%5d times %s", counts[k.Name], k.Name)
		if counts[k.Name] == 0 {
			t.Errorf("the difference %q is known, but there is none: take it off, or widen the probes", k.Name)
		}
	}
}

// counted reports whether a finding is known, and counts it.
func counted(cfg *Config, f *Finding, counts map[string]int) bool {
	k := cfg.known(f)
	if k != nil {
		counts[k.Name]++
	}
	return k != nil
}

// run does moves to a fresh stack, up to the first difference or the end of the
// connection, and says how many were done. An honest peer leaves out what contradicts
// what it has said before.
func run(cfg *Config, newStack func() Stack, peerISS uint32, moves []move, honest bool) (done int, f *Finding) {
	t := begin(cfg, newStack, peerISS)
	t.honest = honest
	defer discard(t.stack)
	for i, m := range moves {
		if f := t.do(m); f != nil {
			return i + 1, f
		}
		if t.over() {
			break
		}
	}
	return len(moves), nil
}

// profileSettings are the lines of a trace's header that name options: the profile
// that is nearest, and what is added to it and taken away.
func profileSettings(o tcpfsm.Options) []trace.Setting {
	nearest, best := "", 33
	var base tcpfsm.Options
	for name, options := range tcpfsm.Profiles() {
		if n := changes(o, options); n < best {
			nearest, best, base = name, n, options
		}
	}
	head := []trace.Setting{{Key: "profile", Value: nearest}}
	var words []string
	for i := range program().Machine.Options {
		one := tcpfsm.Options(1) << i
		switch {
		case o.Has(one) && !base.Has(one):
			words = append(words, "+"+one.String())
		case base.Has(one) && !o.Has(one):
			words = append(words, "-"+one.String())
		}
	}
	if len(words) > 0 {
		head = append(head, trace.Setting{Key: "options", Value: strings.Join(words, " ")})
	}
	return head
}

func changes(a, b tcpfsm.Options) (n int) {
	for x := a ^ b; x != 0; x &= x - 1 {
		n++
	}
	return n
}

// Replay does what a trace says to a fresh stack, and gives the first difference to
// the table; nil if there is none. The options are those of cfg, not of the trace's
// header. The error says which line can't be done to a stack.
func Replay(cfg Config, newStack func() Stack, name string, f *trace.File) (*Finding, error) {
	var peerISS uint32
	if value, given := f.Get("iss"); given {
		for _, word := range strings.Fields(value) {
			host, number, _ := strings.Cut(word, "=")
			if n, ok := parseISS(number, host); ok {
				peerISS = n
			}
		}
	}
	var moves []move
	for _, line := range f.Lines {
		m, err := moveOf(line.Action, peerISS)
		if err != nil {
			return nil, fmt.Errorf("proptest: %s:%d: %w", name, line.Line, err)
		}
		moves = append(moves, m)
	}
	_, found := run(cfg.withDefaults(), newStack, peerISS, moves, false)
	return found, nil
}
