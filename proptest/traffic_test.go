package proptest

import (
	"sync"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// Traffic for the benchmarks: recorded once, outside of what is measured.

const mss = 1448

// An arrival is a segment and the TCB that it finds.
type arrival struct {
	tcb tcpfsm.TCB
	seg tcpfsm.Segment
	arg tcpfsm.SegmentArgs
}

func settingsFor(o tcpfsm.Options) tcpfsm.TCB {
	return tcpfsm.TCB{Options: o, RcvBuf: 1 << 20, SndMss: mss, R1: 3, R2: 8, R2Syn: 6, ChallengeMax: 100}
}

// A conversation is two ends on a perfect network. It records every event of each
// end, and every arrival.
type conversation struct {
	ends     [2]tcpfsm.TCB
	inbox    [2][]tcpfsm.Segment
	events   [2][]tcpfsm.Event
	arrivals []arrival
}

func newConversation() *conversation {
	return &conversation{ends: [2]tcpfsm.TCB{settingsFor(tcpfsm.ProfileRecommended), settingsFor(tcpfsm.ProfileRecommended)}}
}

// do gives an event to an end, and what it sends to the other one.
func (v *conversation) do(end int, e tcpfsm.Event) {
	var out tcpfsm.Output
	v.events[end] = append(v.events[end], e)
	v.ends[end].Step(&e, &out)
	to := &v.inbox[1-end]
	if out.Ctl.Flags != 0 {
		*to = append(*to, out.Ctl)
	}
	for rest := out.Data; rest.Flags != 0; {
		cut := rest
		if rest.Text > mss {
			cut.Text = mss
			cut.Flags &^= tcpfsm.FIN
			rest.Seq += mss
			rest.Text -= mss
		} else {
			rest.Flags = 0
		}
		*to = append(*to, cut)
	}
}

// settle delivers until nothing is under way, and lets both users read.
func (v *conversation) settle() {
	for len(v.inbox[0])+len(v.inbox[1]) > 0 {
		for end := range v.ends {
			if len(v.inbox[end]) == 0 {
				continue
			}
			seg := v.inbox[end][0]
			v.inbox[end] = v.inbox[end][1:]
			v.arrivals = append(v.arrivals, arrival{tcb: v.ends[end], seg: seg})
			v.do(end, tcpfsm.Event{Kind: tcpfsm.EventSegment, Seg: seg, ISN: 5000})
		}
	}
	for end := range v.ends {
		if v.ends[end].Unread > 0 {
			v.do(end, tcpfsm.Event{Kind: tcpfsm.EventReceive, Octets: 1 << 20})
		}
		if v.ends[end].Armed.Has(tcpfsm.TimerDelayedAck) {
			v.do(end, tcpfsm.Event{Kind: tcpfsm.EventDelayedAckTimeout})
		}
	}
}

// live lets two ends open, talk and close: usually a client and a server, sometimes
// both at once.
func (v *conversation) live(c choose) {
	open := tcpfsm.Event{Kind: tcpfsm.EventOpenActive, ISN: c.base("ISN"), RemoteGiven: true}
	both := c.oneIn(4, "simultaneous open")
	if both {
		v.do(1, open)
	} else {
		v.do(1, tcpfsm.Event{Kind: tcpfsm.EventOpenPassive})
	}
	v.do(0, open)
	v.settle()
	for range c("exchanges", 4) {
		v.do(0, tcpfsm.Event{Kind: tcpfsm.EventSend, Octets: 1 + c("request", 500)})
		v.settle()
		v.do(1, tcpfsm.Event{Kind: tcpfsm.EventSend, Octets: 1 + c("response", 20_000)})
		v.settle()
	}
	first := int(c("closes first", 2))
	v.do(first, tcpfsm.Event{Kind: tcpfsm.EventClose})
	if !c.oneIn(4, "simultaneous close") {
		v.settle()
	}
	v.do(1-first, tcpfsm.Event{Kind: tcpfsm.EventClose})
	v.settle()
	for end := range v.ends {
		if v.ends[end].State == tcpfsm.TimeWait {
			v.do(end, tcpfsm.Event{Kind: tcpfsm.EventTimeWaitTimeout})
		}
	}
}

// lives are many conversations: their arrivals, and the events of all ends one after
// the other, each from CLOSED to CLOSED, with the rows that they fire.
var lives = sync.OnceValues(func() ([]arrival, []recorded) {
	var arrivals []arrival
	var events []recorded
	c := fromSeed(4)
	for len(arrivals) < 2048 {
		v := newConversation()
		v.live(c)
		arrivals = append(arrivals, v.arrivals...)
		for end := range v.ends {
			if v.ends[end].State != tcpfsm.Closed {
				panic("proptest: a conversation ended in " + v.ends[end].State.String())
			}
			events = append(events, record(v.events[end])...)
		}
	}
	return arrivals[:2048], events
})

// recorded is an event and the row that it fires.
type recorded struct {
	event tcpfsm.Event
	row   tcpfsm.RowID
}

func record(events []tcpfsm.Event) []recorded {
	t := settingsFor(tcpfsm.ProfileRecommended)
	var list []recorded
	for _, e := range events {
		var out tcpfsm.Output
		list = append(list, recorded{e, t.Step(&e, &out)})
	}
	return list
}

// strangers are arrivals that have nothing to do with each other: every state, every
// kind of segment, half of them not in sequence.
var strangers = sync.OnceValue(func() []arrival {
	c := fromSeed(5)
	var list []arrival
	for range 2048 {
		tcb, event := c.arrival()
		list = append(list, arrival{tcb, event.Seg, segmentArgs(&event)})
	}
	return list
})

// established is an end in ESTABLISHED whose peer has a large window.
func established() (tcpfsm.TCB, tcpfsm.Segment) {
	v := newConversation()
	v.do(1, tcpfsm.Event{Kind: tcpfsm.EventOpenPassive})
	v.do(0, tcpfsm.Event{Kind: tcpfsm.EventOpenActive, ISN: 1000, RemoteGiven: true})
	v.settle()
	t := v.ends[0]
	return t, tcpfsm.Segment{Seq: t.RcvNxt, Ack: t.SndNxt, Wnd: 1 << 18, Flags: tcpfsm.ACK}
}
