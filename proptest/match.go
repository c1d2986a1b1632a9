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
	list := make([]tcpfsm.Segment, 0, len(segs))
	for _, s := range segs {
		list = append(list, plain(s))
	}
	slices.SortStableFunc(list, func(a, b tcpfsm.Segment) int {
		if d := cmp.Compare(rank(&a), rank(&b)); d != 0 || !isData(&a) {
			return d
		}
		return cmp.Compare(int32(a.Seq-b.Seq), 0)
	})
	joined := list[:0]
	for _, s := range list {
		if last := len(joined) - 1; last < 0 || !joins(&joined[last], &s) {
			joined = append(joined, s)
		}
	}
	ack, carried := latestAck(joined)
	joined = slices.DeleteFunc(joined, func(s tcpfsm.Segment) bool { return carried && s.Flags == tcpfsm.ACK && s.Text == 0 })
	for i := range joined {
		if isData(&joined[i]) {
			joined[i].Ack = ack
		}
	}
	return joined
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
	case isData(last) && isData(s) && int32(s.Seq-(last.Seq+last.Text)) <= 0:
		end := max(last.Text, s.Seq-last.Seq+s.Text)
		last.Text, last.Flags = end, last.Flags|s.Flags
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
func (b *belief) explains(got []tcpfsm.Segment) bool { return fits(b.wanted(), got) }

// wanted are the segments of a belief, simplified.
func (b *belief) wanted() []expected {
	var segs []tcpfsm.Segment
	for _, e := range b.sent {
		segs = append(segs, e.Segment)
	}
	var list []expected
	for _, s := range simplified(segs) {
		x := expected{Segment: s, least: s.Seq, end: s.Seq + s.Len()}
		for _, e := range b.sent {
			switch {
			case !isData(&s) || !isData(&e.Segment) || e.Seq-s.Seq >= s.Len():
			case !e.again:
				x.least = e.Seq + e.Len()
			case e.Seq == s.Seq:
				x.again = true
				if int32(e.end-x.end) > 0 {
					x.end = e.end
				}
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
		end := s.Seq + s.Len()
		return isData(&s) && s.Seq == e.Seq && s.Ack == e.Ack && int32(e.end-end) >= 0 && int32(end-e.least) >= 0
	})
}
