package tcpnet

import (
	"sync"

	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// The properties that can be seen of ends that run somewhere else, with numbers of 32
// bits and buffers: tests at sizes that no search reaches ask the same questions.

// BrokenByStep is the id of the first property that one step of one end breaks by
// itself, or "": rst, P21 and acked, P20, P9, and the invariants.
func BrokenByStep(before, after *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) string {
	if id := judgeSteps(before, after, ev, out); id != "" {
		return id
	}
	x := expansion{old: *before, next: &model.Move[Host]{To: Host{TCB: *after}}, ev: *ev, out: *out}
	refuses := before.State == tcpfsm.SynReceived && ev.Kind == tcpfsm.EventSegment && ev.Seg.Flags.Has(tcpfsm.RST) && ev.Seg.Seq == before.RcvNxt
	opens := after.State == tcpfsm.SynReceived && before.State != tcpfsm.SynReceived
	switch {
	case refuses && !x.refused():
		return propRefused
	case opens && after.Passive != (before.State != tcpfsm.SynSent):
		return propPassive
	case after.Check() != nil:
		return propInvariants
	}
	return ""
}

// Watched are the properties of states that BrokenByPair judges.
var Watched = sync.OnceValue(func() (list []Property) {
	bounds := Hostile("recommended")
	for _, p := range Properties {
		if p.Kind == model.Always && p.holds != nil && (p.when == nil || p.when(&bounds)) {
			list = append(list, p)
		}
	}
	return list
})

// BrokenByPair is the id of the first property of states that does not hold of two
// ends of one connection, or "": P2 and P4. Of the octets it asks only whether all
// that was written has been received, so that 1 may stand for any number.
func BrokenByPair(s *State) string {
	for _, p := range Watched() {
		if !p.holds(s) {
			return p.ID
		}
	}
	return ""
}
