package proptest

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// Organic states are those that events lead to from CLOSED. Sizes are such as users
// and networks have them: no text of 2^31 octets, no queue of more than 2^30.

// closedTCB is where a sequence begins.
func (c choose) closedTCB(o tcpfsm.Options) tcpfsm.TCB {
	return tcpfsm.TCB{
		Options: o, RcvBuf: c.octets("RCV.BUF"), SndMss: c.of("SND.MSS", 1, 2, 536, 1460),
		R1: c("R1", 3), R2: c("R2", 4), R2Syn: c("R2.SYN", 4), KeepMax: c("KEEP.MAX", 3), ChallengeMax: c("CHALLENGE.MAX", 4),
	}
}

// organicEvent draws an event that can happen to a TCB. Half of them lead on, or
// no sequence would get far.
func (c choose) organicEvent(t *tcpfsm.TCB) tcpfsm.Event {
	var e tcpfsm.Event
	switch {
	case c.oneIn(8, "disturbance"):
		e = c.event(t, c.anyKind(), c.soundSegment(t))
	case c("segment", 2) == 0:
		e = c.event(t, tcpfsm.EventSegment, c.nextSegment(t))
	default:
		e = c.event(t, c.userOrTimer(t), tcpfsm.Segment{})
	}
	e.Octets = c.of("octets", 0, 1, 2, 1460, 65536)
	if t.Queued > 1<<29 {
		e.Octets = 1
	}
	return e
}

// nextSegment is what the peer could send next.
func (c choose) nextSegment(t *tcpfsm.TCB) tcpfsm.Segment {
	s := tcpfsm.Segment{Seq: t.RcvNxt, Ack: t.SndNxt, Wnd: c.octets("SEG.WND"), Flags: tcpfsm.ACK}
	switch {
	case t.State == tcpfsm.Listen || t.State == tcpfsm.SynSent && c.oneIn(4, "simultaneous"):
		s.Seq, s.Flags = c.base("IRS"), tcpfsm.SYN
	case t.State == tcpfsm.SynSent:
		s.Seq, s.Flags = c.base("IRS"), tcpfsm.SYN|tcpfsm.ACK
	case t.State == tcpfsm.SynReceived && !t.Passive:
		s.Seq, s.Flags = t.IRS, tcpfsm.SYN|tcpfsm.ACK
	case t.State == tcpfsm.TimeWait && c.oneIn(4, "new SYN"):
		s.Seq, s.Flags = t.RcvNxt+c("IRS", 9), tcpfsm.SYN
	case c.oneIn(12, "RST"):
		return tcpfsm.Segment{Seq: t.RcvNxt, Flags: tcpfsm.RST}
	case c.oneIn(3, "partial ACK"):
		s.Ack = t.SndUna + c("partial", 3)
	}
	if c("with text", 2) == 1 {
		s.Text = c.of("SEG.TEXT", 1, 2, 3, 1460, t.RcvWnd&0xffff)
	}
	if c.oneIn(6, "with FIN") {
		s.Flags |= tcpfsm.FIN
	}
	if c.oneIn(10, "repeated") {
		s.Seq -= s.Len()
	}
	return s
}

// userOrTimer draws a call, mostly one that goes on, or the expiry of an armed timer.
func (c choose) userOrTimer(t *tcpfsm.TCB) tcpfsm.EventKind {
	if t.State == tcpfsm.Closed {
		return tcpfsm.EventKind(c.of("open", uint32(tcpfsm.EventOpenActive), uint32(tcpfsm.EventOpenPassive)))
	}
	var timers []uint32
	for timer := range t.Armed.All() {
		timers = append(timers, uint32(timer.Event()))
	}
	if len(timers) > 0 && c("timer", 3) == 2 {
		return tcpfsm.EventKind(c.of("expires", timers...))
	}
	if c.oneIn(5, "ends") {
		return tcpfsm.EventKind(c.of("close", uint32(tcpfsm.EventClose), uint32(tcpfsm.EventShutdown), uint32(tcpfsm.EventCloseOrphan),
			uint32(tcpfsm.EventTick), uint32(tcpfsm.EventStatus)))
	}
	return tcpfsm.EventKind(c.of("call", uint32(tcpfsm.EventSend), uint32(tcpfsm.EventReceive)))
}

func TestOrganic_lawsAndAgreement(t *testing.T) {
	b := newBench()
	rapid.Check(t, func(t *rapid.T) {
		c := fromRapid(t)
		tcb := c.closedTCB(c.options())
		t.Repeat(map[string]func(*rapid.T){
			"event": func(t *rapid.T) {
				c := fromRapid(t)
				event := c.organicEvent(&tcb)
				if d := b.disagreement(tcb, &event); d != "" {
					t.Fatal(d)
				}
				s := step{before: tcb, event: event, result: generated(tcb, &event)}
				if law := s.broken(); law != nil {
					t.Fatal(s.report(law))
				}
				tcb = s.tcb
			},
		})
	})
}

// TestOrganic_lawsOfManySteps is longer and the same on every run. Each law must have
// had its occasion: one whose premise is never true says nothing.
func TestOrganic_lawsOfManySteps(t *testing.T) {
	sequences, steps := 1000, 300
	if testing.Short() {
		sequences = 100
	}
	reached := map[string]int{}
	for name, options := range tcpfsm.Profiles() {
		for _, more := range []tcpfsm.Options{0, tcpfsm.OptKeepAlive} {
			c := fromSeed(uint64(options))
			for range sequences / 2 {
				tcb := c.closedTCB(options | more)
				for range steps {
					s := step{before: tcb, event: c.organicEvent(&tcb)}
					s.result = generated(tcb, &s.event)
					if law := s.broken(); law != nil {
						t.Fatalf("profile %s\n%s", name, s.report(law))
					}
					for i := range laws {
						if laws[i].when(&s) {
							if reached[laws[i].name]++; reached[laws[i].name] < 1000 {
								laws[i].canFail(t, s)
							}
						}
					}
					tcb = s.tcb
				}
			}
		}
	}
	for _, law := range laws {
		if reached[law.name] == 0 {
			t.Errorf("law %q had no occasion in %d sequences of %d events", law.name, sequences, steps)
		}
		t.Logf("%9d times: %s", reached[law.name], law.name)
	}
}
