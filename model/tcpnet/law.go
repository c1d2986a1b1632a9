package tcpnet

import (
	"sync/atomic"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// A Law says what RFC 9293 wants of single steps of one endpoint: of what it
// answers, sends, starts and remembers. Laws are written from the text of the RFC,
// not from the table: they are a second reading of it, and what the table forgets
// or adds breaks one of them. They are judged on every step of Solo.
type Law struct {
	ID   string // "law-" and a word
	Text string
	Cite string

	on    []tcpfsm.EventKind // the events of which it speaks; nil is all
	judge func(s *seenStep) ruling
}

// A seenStep is a step as a law sees it.
type seenStep struct {
	before, after *tcpfsm.TCB
	ev            *tcpfsm.Event
	out           *tcpfsm.Output
}

// A ruling is what a law says of a step.
type ruling uint8

const (
	silent ruling = iota // the step is none of which the law speaks
	kept
	broken
)

// must is the ruling on a step of which the law speaks.
func must(ok bool) ruling {
	if ok {
		return kept
	}
	return broken
}

// Laws are all laws, in the order of the events of section 3.10.
func Laws() []Law {
	var all []Law
	for _, list := range [][]Law{callLaws, segmentLaws, timerLaws} {
		all = append(all, list...)
	}
	return all
}

// A bench judges steps by the laws, and counts how often each has something to say.
type bench struct {
	laws   []Law
	byKind [][]int // numbers of the laws that speak of a kind of event
	spoke  []atomic.Uint64
}

func newBench() *bench {
	b := &bench{laws: Laws()}
	b.spoke = make([]atomic.Uint64, len(b.laws))
	for kind := range tcpfsm.Events() {
		var numbers []int
		for i := range b.laws {
			if on := b.laws[i].on; on == nil || contains(on, kind) {
				numbers = append(numbers, i)
			}
		}
		b.byKind = append(b.byKind, numbers)
	}
	return b
}

func contains(kinds []tcpfsm.EventKind, kind tcpfsm.EventKind) bool {
	for _, k := range kinds {
		if k == kind {
			return true
		}
	}
	return false
}

// judge gives the id of the first law that a step breaks, or "".
func (b *bench) judge(s *seenStep) string {
	for _, i := range b.byKind[s.ev.Kind] {
		switch b.laws[i].judge(s) {
		case broken:
			return b.laws[i].ID
		case kept:
			if b.spoke[i].Load() == 0 {
				b.spoke[i].Add(1)
			}
		}
	}
	return ""
}

// mute are the laws that had nothing to say of any step.
func (b *bench) mute() (ids []string) {
	for i := range b.laws {
		if b.spoke[i].Load() == 0 {
			ids = append(ids, b.laws[i].ID)
		}
	}
	return ids
}
