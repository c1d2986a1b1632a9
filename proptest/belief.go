package proptest

import (
	"slices"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// A belief is what the table says that a stack is now, and what it says that the
// stack has just sent. Where the standard leaves a stack free, there are several.
type belief struct {
	tcb    tcpfsm.TCB
	since  [8]time.Duration // when each timer was started last
	tries  int              // expiries of the retransmission and persist timers since the last progress
	held   []tcpfsm.Segment // early text that the stack may have kept (SHLD-31)
	warned bool             // a challenge ACK was sent, so that the next may be too many (RFC 5961 section 7)

	row  tcpfsm.RowID // of the event
	out  tcpfsm.Output
	sent []expected
}

// An expected segment is one that the table sends. What is repeated may be cut in
// another way, up to SND.NXT.
type expected struct {
	tcpfsm.Segment
	again      bool
	least, end uint32 // what is repeated ends between these
}

// feed gives the table an event.
func (b *belief) feed(machine Machine, now time.Duration, e tcpfsm.Event) {
	before := b.tcb
	b.row = machine(&b.tcb, &e, &b.out)
	for timer := range b.out.Started.All() {
		b.since[timer] = now
	}
	if e.Kind == tcpfsm.EventReceive { // when to open the window is the stack's policy: see announced
		b.tcb.RcvWnd, b.tcb.Armed, b.out.Ctl = before.RcvWnd, before.Armed, tcpfsm.Segment{}
	}
	if b.out.Ctl.Flags != 0 {
		b.sent = append(b.sent, expected{Segment: b.out.Ctl})
	}
	if b.out.Data.Flags != 0 {
		again := b.out.Data.Seq != before.SndNxt
		b.sent = append(b.sent, expected{Segment: b.out.Data, again: again, end: before.SndNxt})
	}
}

// after is a belief to which an event happens.
func (b *belief) after(machine Machine, now time.Duration, e tcpfsm.Event) *belief {
	next := b.clone()
	next.sent = nil
	next.feed(machine, now, e)
	return next
}

func (b *belief) clone() *belief {
	next := *b
	next.held, next.sent = slices.Clone(b.held), slices.Clone(b.sent)
	return &next
}

// hold notes early text that a stack may keep: the table has found it acceptable
// and taken nothing of it.
func (b *belief) hold(seg tcpfsm.Segment) {
	t := &b.tcb
	if !mayHold[b.row] || int32(seg.Seq-t.RcvNxt) <= 0 || seg.Seq-t.RcvNxt > t.RcvWnd {
		return
	}
	if room := t.RcvWnd - (seg.Seq - t.RcvNxt); seg.Text > room {
		seg.Text = room
		seg.Flags &^= tcpfsm.FIN
	}
	if seg.Len() > 0 {
		b.held = append(b.held, seg)
	}
}

// mayHold are the rows of segments that are acceptable, in states that take text.
var mayHold = map[tcpfsm.RowID]bool{
	tcpfsm.RowSynrcvdAck: true, tcpfsm.RowSynrcvdAckClose: true, tcpfsm.RowEstabSegment: true,
	tcpfsm.RowFinwait1Segment: true, tcpfsm.RowFinwait1Ack: true, tcpfsm.RowFinwait2Segment: true,
}

// refilled is the belief in a stack that has kept early text and takes it now that
// its turn has come, up to what it acknowledges; nil if there is none. Which early
// segments a stack keeps, how long, and in which order, is its own choice.
func (b *belief) refilled(machine Machine, now time.Duration, upTo uint32, known bool) *belief {
	next := b.clone()
	took := false
	for i := 0; i < len(next.held); i++ {
		seg := next.held[i]
		if !touches(&seg, next.tcb.RcvNxt) || known && int32(seg.Seq+seg.Len()-upTo) > 0 {
			continue
		}
		seg.Ack, seg.Wnd, seg.Flags = next.tcb.SndUna, next.tcb.SndWnd, seg.Flags&tcpfsm.FIN|tcpfsm.ACK
		next.feed(machine, now, tcpfsm.Event{Kind: tcpfsm.EventSegment, Seg: seg})
		next.held = slices.Delete(next.held, i, i+1)
		took, i = true, -1
	}
	if !took {
		return nil
	}
	next.row, next.out = b.row, b.out
	next.forget()
	return next
}

// touches reports whether a segment brings what is next.
func touches(seg *tcpfsm.Segment, rcvNxt uint32) bool {
	return int32(seg.Seq-rcvNxt) <= 0 && int32(seg.Seq+seg.Len()-rcvNxt) > 0
}

// forget drops early text whose turn has come and which the stack did not take: it
// has not kept it. A FIN behind it may have been kept all the same.
func (b *belief) forget() {
	var kept []tcpfsm.Segment
	for _, seg := range b.held {
		if int32(seg.Seq-b.tcb.RcvNxt) <= 0 {
			if seg.Seq, seg.Text = seg.Seq+seg.Text, 0; seg.Len() == 0 || int32(seg.Seq-b.tcb.RcvNxt) <= 0 {
				continue
			}
		}
		kept = append(kept, seg)
	}
	b.held = kept
}

// announced is the belief in a stack that tells the peer of a window that RECEIVE has
// opened.
func (b *belief) announced() *belief {
	next := b.clone()
	next.tcb.Armed &^= 1 << tcpfsm.TimerDelayedAck
	next.sent = []expected{{Segment: tcpfsm.Segment{Seq: b.tcb.SndNxt, Ack: b.tcb.RcvNxt, Flags: tcpfsm.ACK}}}
	return next
}

// expiries are timers whose expiry a stack may show at any time: how long they run
// is its own business, within limits that trial.overdue knows.
var expiries = [...]tcpfsm.Timer{tcpfsm.TimerDelayedAck, tcpfsm.TimerRTX, tcpfsm.TimerPersist}

// expired are the beliefs in stacks one of whose timers has expired.
func (b *belief) expired(machine Machine, now time.Duration) (list []*belief) {
	for _, timer := range expiries {
		if !b.tcb.Armed.Has(timer) {
			continue
		}
		next := b.clone()
		next.feed(machine, now, tcpfsm.Event{Kind: timer.Event()})
		next.row, next.out = b.row, b.out
		if timer != tcpfsm.TimerDelayedAck {
			next.tries = b.tries + 1
		}
		list = append(list, next)
	}
	return list
}

// challenged reports whether the table answers with nothing but a challenge ACK,
// which the stack may have too few of.
func (b *belief) challenged(before *belief) bool {
	return b.tcb.Challenges != before.tcb.Challenges
}

// throttled is the belief in a stack that has used up its challenge ACKs.
func (b *belief) throttled(machine Machine, now time.Duration, e tcpfsm.Event) *belief {
	poor := b.clone()
	poor.tcb.ChallengeMax = 0
	next := poor.after(machine, now, e)
	next.tcb.ChallengeMax = b.tcb.ChallengeMax
	return next
}

// adopt takes over what is the stack's own choice: how large a window it announces.
func (b *belief) adopt(got []tcpfsm.Segment) {
	for _, s := range got {
		if s.Flags == tcpfsm.SYN {
			b.tcb.RcvWnd, b.tcb.RcvBuf = s.Wnd, s.Wnd
		}
		if s.Flags.Has(tcpfsm.ACK) && !s.Flags.Has(tcpfsm.RST) && s.Ack == b.tcb.RcvNxt {
			b.tcb.RcvWnd = s.Wnd
			if b.tcb.RcvBuf = max(b.tcb.RcvBuf, s.Wnd+b.tcb.Unread); s.Flags.Has(tcpfsm.SYN) {
				b.tcb.RcvBuf = s.Wnd
			}
		}
	}
}
