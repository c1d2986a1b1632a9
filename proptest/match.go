package proptest

import (
	"cmp"
	"slices"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// simplified segments have nothing in them that is the stack's own choice: where
// text is cut and pushed, in which of several segments an acknowledgment leaves,
// and in which order.
func simplified(segs []tcpfsm.Segment) []tcpfsm.Segment {
	var list []tcpfsm.Segment
	for _, s := range segs {
		s = plain(s)
		if last := len(list) - 1; last >= 0 && joins(&list[last], &s) {
			continue
		}
		list = append(list, s)
	}
	ack, carried := latestAck(list)
	list = slices.DeleteFunc(list, func(s tcpfsm.Segment) bool { return carried && s.Flags == tcpfsm.ACK && s.Text == 0 })
	for i := range list {
		if isData(&list[i]) {
			list[i].Ack = ack
		}
	}
	slices.SortStableFunc(list, func(a, b tcpfsm.Segment) int {
		return cmp.Or(cmp.Compare(rank(&a), rank(&b)), cmp.Compare(int32(a.Seq-b.Seq), 0))
	})
	return list
}

// plain is a segment without its window and the flags that decide nothing.
func plain(s tcpfsm.Segment) tcpfsm.Segment {
	s.Wnd = 0
	s.Flags &^= tcpfsm.PSH | tcpfsm.URG
	if !s.Flags.Has(tcpfsm.ACK) {
		s.Ack = 0
	}
	return s
}

func isData(s *tcpfsm.Segment) bool {
	return s.Flags&(tcpfsm.SYN|tcpfsm.RST) == 0 && s.Len() > 0
}

func rank(s *tcpfsm.Segment) int {
	if isData(s) {
		return 1
	}
	return 0
}

// joins adds a segment to the one before it, if they are one range of text, or two
// acknowledgments of which the second says all.
func joins(last, s *tcpfsm.Segment) bool {
	switch {
	case isData(last) && isData(s) && last.Seq+last.Text == s.Seq && !last.Flags.Has(tcpfsm.FIN):
		last.Text += s.Text
		last.Flags |= s.Flags
		last.Ack = s.Ack
		return true
	case last.Flags == tcpfsm.ACK && s.Flags == tcpfsm.ACK && last.Len()+s.Len() == 0 && last.Seq == s.Seq && int32(s.Ack-last.Ack) > 0:
		last.Ack = s.Ack
		return true
	}
	return false
}

// latestAck is the highest acknowledgment of a list with text, and whether text
// carries one.
func latestAck(list []tcpfsm.Segment) (ack uint32, carried bool) {
	first := true
	for i := range list {
		s := &list[i]
		if !s.Flags.Has(tcpfsm.ACK) || s.Flags&(tcpfsm.SYN|tcpfsm.RST) != 0 {
			continue
		}
		if first || int32(s.Ack-ack) > 0 {
			ack, first = s.Ack, false
		}
		carried = carried || isData(s)
	}
	return ack, carried
}

// explains reports whether what the table sends is what was seen.
func (b *belief) explains(got []tcpfsm.Segment) bool {
	return fits(b.wanted(false), got) || fits(b.wanted(true), got)
}

// wanted are the segments of a belief, simplified; optional ones if all is set.
func (b *belief) wanted(all bool) []expected {
	var segs []tcpfsm.Segment
	for _, e := range b.sent {
		if all || !e.optional {
			segs = append(segs, e.Segment)
		}
	}
	var list []expected
	for _, s := range simplified(segs) {
		x := expected{Segment: s}
		for _, e := range b.sent {
			if e.again && isData(&s) && e.Seq == s.Seq {
				x.again, x.end = true, e.end
			}
		}
		list = append(list, x)
	}
	return list
}

func fits(want []expected, got []tcpfsm.Segment) bool {
	return slices.EqualFunc(want, got, func(e expected, s tcpfsm.Segment) bool {
		if !e.again {
			return e.Segment == s
		}
		return isData(&s) && s.Seq == e.Seq && s.Ack == e.Ack && int32(e.end-(s.Seq+s.Len())) >= 0
	})
}
