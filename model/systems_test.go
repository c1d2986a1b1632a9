package model_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/model"
)

// counts is what a search of a whole graph must agree on.
type counts struct {
	states, transitions uint64
	depth               int
	maxFrontier         uint64
}

func countsOf[S any](r *model.Report[S]) counts {
	return counts{r.States, r.Transitions, r.Depth, r.MaxFrontier}
}

// naive counts with a Go map of states: no encoding, no hash, no shards.
func naive[S comparable](sys model.System[S]) (c counts) {
	seen := map[S]bool{}
	var frontier []S
	visit := func(s S) {
		if !seen[s] {
			seen[s] = true
			frontier = append(frontier, s)
		}
	}
	for _, s := range sys.Init(nil) {
		visit(s)
	}
	for c.depth = -1; len(frontier) > 0; c.depth++ {
		level := frontier
		frontier = nil
		c.maxFrontier = max(c.maxFrontier, uint64(len(level)))
		for i := range level {
			succ := sys.Succ(&level[i], nil)
			c.transitions += uint64(len(succ))
			for _, to := range succ {
				visit(to.State)
			}
		}
	}
	c.states = uint64(len(seen))
	return c
}

// pin wants the counts of the explorer, of the naive search and of the table to
// be the same.
func pin[S comparable](name string, sys model.System[S], want counts) func(*testing.T) {
	return func(t *testing.T) {
		t.Helper()
		if got := countsOf(explore(t, sys, model.Options[S]{})); got != want {
			t.Errorf("%s: %+v, pinned are %+v", name, got, want)
		}
		if got := naive(sys); got != want {
			t.Errorf("%s: a naive search finds %+v, pinned are %+v", name, got, want)
		}
	}
}

// Counts are pinned, so that a change of them is seen and explained.
func TestExplore_pinnedCounts(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"grid":              pin("grid", model.System[[2]uint64](counters{digits: 4, base: 6}), counts{1296, 8640, 20, 146}),
		"philosophers 5":    pin("philosophers 5", model.System[uint64](philosophers(5)), counts{82, 265, 5, 25}),
		"philosophers 8":    pin("philosophers 8", model.System[uint64](philosophers(8)), counts{1154, 5968, 8, 296}),
		"peterson":          pin("peterson", model.System[process2](peterson{}), counts{20, 34, 6, 5}),
		"peterson, no turn": pin("peterson, no turn", model.System[process2](peterson{noTurn: true}), counts{15, 24, 5, 4}),
		"alternating bit":   pin("alternating bit", model.System[link](alternatingBit{}), counts{40, 109, 14, 4}),
		"no bit":            pin("no bit", model.System[link](alternatingBit{noBit: true}), counts{79, 229, 14, 12}),
	} {
		t.Run(name, test)
	}
}

// process2 is two processes of Peterson's algorithm for mutual exclusion.
type process2 struct {
	at   [2]uint8 // idle, flag raised, waiting, critical
	flag [2]bool
	turn uint8
}

const (
	idle = iota
	raised
	waiting
	critical
)

// peterson without the turn is the wrong algorithm that waits for the flag only.
type peterson struct{ noTurn bool }

func (peterson) Init(dst []process2) []process2 { return append(dst, process2{}) }
func (peterson) Words() int                     { return 3 }

func (peterson) Code(s *process2, w []uint64) {
	w[0] = uint64(s.at[0]) | uint64(s.at[1])<<8
	w[1] = bit(s.flag[0]) | bit(s.flag[1])<<1
	w[2] = uint64(s.turn)
}

func (peterson) Load(w []uint64, s *process2) {
	*s = process2{
		at:   [2]uint8{uint8(w[0]), uint8(w[0] >> 8)},
		flag: [2]bool{w[1]&1 != 0, w[1]&2 != 0},
		turn: uint8(w[2]),
	}
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func (p peterson) Succ(s *process2, dst []model.Succ[process2]) []model.Succ[process2] {
	for i := range uint8(2) {
		to, other := *s, 1-i
		switch s.at[i] {
		case idle:
			to.flag[i], to.at[i] = true, raised
		case raised:
			to.at[i] = waiting
			if !p.noTurn {
				to.turn = other
			}
		case waiting:
			if s.flag[other] && (p.noTurn || s.turn == other) {
				continue
			}
			to.at[i] = critical
		case critical:
			to.flag[i], to.at[i] = false, idle
		}
		dst = append(dst, model.Succ[process2]{State: to, Label: uint64(i)})
	}
	return dst
}

func petersonProperties() []model.Property[process2] {
	return []model.Property[process2]{
		{ID: "exclusion", Kind: model.Always, Holds: func(s *process2) bool { return s.at != [2]uint8{critical, critical} }},
		{ID: "go on", Kind: model.Deadlock, Holds: func(*process2) bool { return false }},
		{ID: "contention", Kind: model.Sometimes, Holds: func(s *process2) bool { return s.at == [2]uint8{waiting, waiting} }},
		{ID: "enter", Kind: model.Possible, Holds: func(s *process2) bool { return s.at[0] == critical }},
	}
}

func TestExplore_peterson(t *testing.T) {
	good := explore(t, model.System[process2](peterson{}), model.Options[process2]{Properties: petersonProperties()})
	wantVerdicts(t, "with the turn", good, model.Holds, model.Holds, model.Holds, model.Holds)
	bad := explore(t, model.System[process2](peterson{noTurn: true}), model.Options[process2]{Properties: petersonProperties(), KeepGoing: true})
	wantVerdicts(t, "both wait for each other", bad, model.Holds, model.Fails, model.Holds, model.Fails)
}

func wantVerdicts[S any](t *testing.T, why string, r *model.Report[S], want ...model.Verdict) {
	t.Helper()
	for i, v := range want {
		if r.Results[i].Verdict != v {
			t.Errorf("%s: %s %v, want %v", why, r.Results[i].ID, r.Results[i].Verdict, v)
		}
	}
}

// messages is how many different ones the alternating bit protocol sends.
const messages = 4

// link is a sender, a receiver, and a channel each way that holds one packet and
// may lose it or give it out twice.
type link struct {
	sent, received uint8 // number of the message on the way, and of those accepted
	data, ack      uint8 // packet number+1, or 0
}

// alternatingBit without the bit accepts whatever comes, duplicates too.
type alternatingBit struct{ noBit bool }

const (
	sendData = iota + 1
	acceptData
	refuseData
	acceptAck
	loseData
	loseAck
)

func (alternatingBit) Init(dst []link) []link { return append(dst, link{}) }
func (alternatingBit) Words() int             { return 1 }

func (alternatingBit) Code(s *link, w []uint64) {
	w[0] = uint64(s.sent) | uint64(s.received)<<8 | uint64(s.data)<<16 | uint64(s.ack)<<24
}

func (alternatingBit) Load(w []uint64, s *link) {
	*s = link{uint8(w[0]), uint8(w[0] >> 8), uint8(w[0] >> 16), uint8(w[0] >> 24)}
}

func (a alternatingBit) Succ(s *link, dst []model.Succ[link]) []model.Succ[link] {
	step := func(label uint64, to link, fault string) {
		dst = append(dst, model.Succ[link]{State: to, Label: label, Rows: [2]uint16{uint16(label)}, Fault: fault})
	}
	if s.sent < messages {
		step(sendData, link{s.sent, s.received, s.sent + 1, s.ack}, "")
	}
	if s.data != 0 {
		step(loseData, link{s.sent, s.received, 0, s.ack}, "")
		a.receive(s, step)
	}
	if s.ack != 0 {
		step(loseAck, link{s.sent, s.received, s.data, 0}, "")
		// The bit of the acknowledgement is that of its packet.
		if s.sent < messages && (s.ack-1)%2 == s.sent%2 {
			step(acceptAck, link{s.sent + 1, s.received, s.data, 0}, "")
		}
	}
	return dst
}

// receive leaves the packet in the channel: it may come again.
func (a alternatingBit) receive(s *link, step func(uint64, link, string)) {
	number := s.data - 1
	if !a.noBit && number%2 != s.received%2 {
		step(refuseData, link{s.sent, s.received, s.data, s.data}, "")
		return
	}
	fault := ""
	if number != s.received {
		fault = "in order"
	}
	step(acceptData, link{s.sent, min(s.received+1, messages), s.data, s.data}, fault)
}

func linkProperties() []model.Property[link] {
	return []model.Property[link]{
		{ID: "in order", Text: "the receiver accepts every message once, in order", Kind: model.Step},
		{ID: "never ahead", Kind: model.Step, HoldsStep: func(_ *link, label uint64, to *link) bool {
			return label != acceptData || to.received <= to.sent+1
		}},
		{ID: "all arrive", Kind: model.Possible, Holds: func(s *link) bool { return s.received == messages }},
	}
}

func TestExplore_alternatingBit(t *testing.T) {
	r := explore(t, model.System[link](alternatingBit{}), model.Options[link]{Properties: linkProperties()})
	wantVerdicts(t, "the bit tells a duplicate", r, model.Holds, model.Holds, model.Holds)
	for row := sendData; row <= loseAck; row++ {
		if r.Rows[row] == 0 {
			t.Errorf("row %d never fired", row)
		}
	}
	bad := explore(t, model.System[link](alternatingBit{noBit: true}), model.Options[link]{Properties: linkProperties(), KeepGoing: true})
	wantVerdicts(t, "a duplicate is accepted", bad, model.Fails, model.Fails, model.Holds)
	if got := len(bad.Results[0].Trace.Steps); got != 3 {
		t.Errorf("in order: a trace of %d steps, want send, accept, accept", got)
	}
}

// Everything in a report but the time is the same for every number of workers.
func TestExplore_workersChangeNothing(t *testing.T) {
	sys := model.System[[2]uint64](counters{digits: 6, base: 6})
	opt := model.Options[[2]uint64]{KeepGoing: true, Properties: []model.Property[[2]uint64]{
		{ID: "low", Kind: model.Always, Holds: func(s *[2]uint64) bool { return s[0]&0xff+s[1]&0xff < 7 }},
		{ID: "high", Kind: model.Sometimes, Holds: func(s *[2]uint64) bool { return s[0]&0xff == 5 && s[1]&0xff == 5 }},
		{ID: "home", Kind: model.Possible, Holds: func(s *[2]uint64) bool { return *s == [2]uint64{} }},
	}}
	for _, limit := range []struct{ states, memory uint64 }{{0, 0}, {20_000, 0}} {
		opt.MaxStates, opt.MaxMemory = limit.states, limit.memory
		var first []any
		for _, workers := range []int{1, 2, 8} {
			opt.Workers = workers
			r := explore(t, sys, opt)
			got := []any{countsOf(r), r.Complete, r.Limit, r.Rows}
			for _, res := range r.Results {
				got = append(got, res.Verdict, res.Trace)
			}
			if first == nil {
				first = got
			}
			if !reflect.DeepEqual(first, got) {
				t.Errorf("limits %v, %d workers: %v, one worker: %v", limit, workers, got, first)
			}
		}
	}
}

// A fault that no property names is no slip that passes in silence.
func TestExplore_strays(t *testing.T) {
	r := explore(t, faulty{line(9)}, model.Options[uint32]{Workers: 2, Properties: []model.Property[uint32]{
		{ID: "no sxi", Kind: model.Step},
	}})
	if len(r.Failed()) != 0 || !reflect.DeepEqual(r.Strays, []string{"no six"}) {
		t.Errorf("strays %q, want the fault that names no property", r.Strays)
	}
}

func TestExplore_cancelledBeforeAnything(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r, err := model.Explore(ctx, line(9), model.Options[uint32]{})
	if err == nil || r.Depth != -1 {
		t.Errorf("error %v, depth %d: want an error, and -1 as not even the initial state was checked", err, r.Depth)
	}
}

// The store and its buffers stay within the limit.
func TestExplore_memoryStaysWithinTheLimit(t *testing.T) {
	for _, limit := range []uint64{1 << 20, 4 << 20, 16 << 20} {
		r := explore(t, model.System[[2]uint64](counters{digits: 8, base: 6}), model.Options[[2]uint64]{MaxMemory: limit})
		if r.Complete || !strings.Contains(r.Limit, "would need") || r.Memory > limit {
			t.Errorf("limit %d: complete %v, limit %q, %d bytes", limit, r.Complete, r.Limit, r.Memory)
		}
	}
}
