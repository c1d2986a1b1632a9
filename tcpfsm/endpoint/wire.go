package endpoint

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// Lengths and options of a TCP header (section 3.1).
const (
	headerLen = 20
	optEnd    = 0
	optNop    = 1
	optMSS    = 2
	optMSSLen = 4
	optTS     = 8
	optTSLen  = 10
)

// AppendSegment appends a TCP segment to dst: the header with the ports of the
// pair, and the payload. The checksum is filled in for the pair's addresses. A
// window beyond 65535 is sent as that, since there is no scaling.
func AppendSegment(dst []byte, pair Pair, h Header, payload []byte) []byte {
	start := len(dst)
	length := headerLen
	if h.MSS > 0 {
		length += optMSSLen
	}
	if h.HasTS {
		length += stampOctets
	}
	b := binary.BigEndian
	dst = b.AppendUint16(dst, pair.Local.Port())
	dst = b.AppendUint16(dst, pair.Remote.Port())
	dst = b.AppendUint32(dst, h.Seq)
	dst = b.AppendUint32(dst, h.Ack)
	dst = append(dst, byte(length/4)<<4, byte(h.Flags))
	dst = b.AppendUint16(dst, uint16(min(h.Wnd, 65535)))
	dst = append(dst, 0, 0, 0, 0) // checksum, urgent pointer
	if h.MSS > 0 {
		dst = b.AppendUint16(append(dst, optMSS, optMSSLen), h.MSS)
	}
	if h.HasTS {
		dst = append(dst, optNop, optNop, optTS, optTSLen)
		dst = b.AppendUint32(b.AppendUint32(dst, h.TSval), h.TSecr)
	}
	dst = append(dst, payload...)
	b.PutUint16(dst[start+16:], Checksum(pair.Local.Addr(), pair.Remote.Addr(), dst[start:]))
	return dst
}

// ParseSegment reads a TCP segment: the ports, the header, and the payload, which
// is a part of segment. It does not look at the checksum: Checksum of the whole is
// 0 if that is right. Options other than the MSS, of a SYN, and timestamps are skipped.
func ParseSegment(segment []byte) (source, destination uint16, h Header, payload []byte, err error) {
	if len(segment) < headerLen {
		return 0, 0, h, nil, fmt.Errorf("endpoint: a segment of %d octets is too short for a TCP header: drop it", len(segment))
	}
	length := int(segment[12]>>4) * 4
	if length < headerLen || length > len(segment) {
		return 0, 0, h, nil, fmt.Errorf("endpoint: a header of %d octets in a segment of %d can't be: drop it", length, len(segment))
	}
	b := binary.BigEndian
	payload = segment[length:]
	h.Segment = tcpfsm.Segment{
		Seq: b.Uint32(segment[4:]), Ack: b.Uint32(segment[8:]), Wnd: uint32(b.Uint16(segment[14:])),
		Text: uint32(len(payload)), Flags: tcpfsm.FlagsOf(segment[13]),
	}
	h.findOptions(segment[headerLen:length])
	return b.Uint16(segment), b.Uint16(segment[2:]), h, payload, nil
}

// findOptions looks for the options that are known; what is malformed ends the search,
// as if there were no more.
func (h *Header) findOptions(options []byte) {
	b := binary.BigEndian
	for len(options) > 0 && options[0] != optEnd {
		if options[0] == optNop {
			options = options[1:]
			continue
		}
		if len(options) < 2 || options[1] < 2 || int(options[1]) > len(options) {
			return
		}
		switch {
		case options[0] == optMSS && options[1] == optMSSLen && h.Flags.Has(tcpfsm.SYN) && h.MSS == 0:
			h.MSS = b.Uint16(options[2:])
		case options[0] == optTS && options[1] == optTSLen && !h.HasTS:
			h.HasTS, h.TSval, h.TSecr = true, b.Uint32(options[2:]), b.Uint32(options[6:])
		}
		options = options[options[1]:]
	}
}

// Checksum is that of a TCP segment between two addresses of one family, with the
// pseudo-header (section 3.1). Over a segment that carries the right one, it is 0.
func Checksum(source, destination netip.Addr, segment []byte) uint16 {
	const protocol = 6
	sum := uint64(protocol) + uint64(len(segment))
	for _, addr := range [2]netip.Addr{source, destination} {
		// The sixteen octets of an IPv4 address are the four behind ten zeros and two
		// octets of ones, which don't belong to the pseudo-header.
		octets := addr.As16()
		part := octets[:]
		if addr.Unmap().Is4() {
			part = octets[12:]
		}
		sum = sumWords(sum, part)
	}
	sum = sumWords(sum, segment)
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// sumWords adds 16-bit words; an odd octet at the end counts as the first half of one.
func sumWords(sum uint64, p []byte) uint64 {
	for ; len(p) >= 8; p = p[8:] { // 2^16 is 1 modulo 2^16-1, so that halves of 32 bits add up to the same
		v := binary.BigEndian.Uint64(p)
		sum += v>>32 + v&(1<<32-1)
	}
	for ; len(p) >= 2; p = p[2:] {
		sum += uint64(p[0])<<8 | uint64(p[1])
	}
	if len(p) == 1 {
		sum += uint64(p[0]) << 8
	}
	return sum
}
