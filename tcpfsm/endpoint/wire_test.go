package endpoint

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"testing"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

func TestWire_roundTrip(t *testing.T) {
	v6 := Pair{netip.MustParseAddrPort("[2001:db8::1]:1"), netip.MustParseAddrPort("[2001:db8::2]:65535")}
	for _, pair := range []Pair{clientPair, v6} {
		for _, h := range []Header{
			{Segment: tcpfsm.Segment{Seq: 0xfffffffe, Wnd: 65535, Flags: tcpfsm.SYN}, MSS: 1460},
			{Segment: tcpfsm.Segment{Seq: 9, Flags: tcpfsm.SYN}, MSS: 1460, HasTS: true, TSval: 0xfffffffe},
			{Segment: tcpfsm.Segment{Seq: 1, Ack: 2, Text: 5, Flags: tcpfsm.ACK}, HasTS: true, TSval: 1, TSecr: 0x80000000},
			{Segment: tcpfsm.Segment{Seq: 1, Ack: 0x80000000, Wnd: 7, Text: 5, Flags: tcpfsm.ACK | tcpfsm.PSH | tcpfsm.FIN}},
			{Segment: tcpfsm.Segment{Seq: 1, Ack: 2, Text: 4, Flags: tcpfsm.RST | tcpfsm.ACK | tcpfsm.URG}},
		} {
			text := []byte("hello")[:h.Text]
			octets := AppendSegment([]byte("before"), pair, h, text)[len("before"):]
			if sum := Checksum(pair.Local.Addr(), pair.Remote.Addr(), octets); sum != 0 {
				t.Errorf("%v: the checksum over all is %#x, want 0", h, sum)
			}
			source, destination, got, payload, err := ParseSegment(octets)
			if err != nil || got != h || !bytes.Equal(payload, text) || source != pair.Local.Port() || destination != pair.Remote.Port() {
				t.Errorf("%v became %v with %q from %d to %d, %v", h, got, payload, source, destination, err)
			}
		}
	}
}

// A segment written out by hand, its checksum added up on paper: 0xc000 + 0x0201
// + 0xc000 + 0x0202 + 0x0006 + 0x0014 of the pseudo-header, 0x0001 + 0x0002 + 0x0003
// + 0x0004 + 0x5010 + 0x0400 of the header: 0x1d837, folded 0xd838, inverted 0x27c7.
func TestWire_octets(t *testing.T) {
	pair := Pair{netip.MustParseAddrPort("192.0.2.1:1"), netip.MustParseAddrPort("192.0.2.2:2")}
	h := Header{Segment: tcpfsm.Segment{Seq: 3, Ack: 4, Wnd: 1024, Flags: tcpfsm.ACK}}
	want := "0001" + "0002" + "00000003" + "00000004" + "5010" + "0400" + "27c7" + "0000"
	if got := hex.EncodeToString(AppendSegment(nil, pair, h, nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWire_windowsBeyond16BitsAreSentAsTheLargest(t *testing.T) {
	octets := AppendSegment(nil, clientPair, Header{Segment: tcpfsm.Segment{Wnd: 1 << 20, Flags: tcpfsm.ACK}}, nil)
	if _, _, h, _, _ := ParseSegment(octets); h.Wnd != 65535 {
		t.Errorf("the window is %d, want 65535", h.Wnd)
	}
}

func TestWire_options(t *testing.T) {
	for _, c := range []struct {
		why     string
		options string
		want    uint16
	}{
		{"none", "", 0},
		{"MSS", "020405b4", 1460},
		{"behind others", "0101080a0000000000000000020405b4", 1460},
		{"behind the end", "00000000020405b4", 0},
		{"too short", "02030500", 0},
		{"length 0", "0800020405b40000", 0},
		{"cut off", "01010108", 0},
		{"longer than the header", "01010204", 0},
	} {
		options, err := hex.DecodeString(c.options)
		if err != nil {
			t.Fatal(err)
		}
		octets := AppendSegment(nil, clientPair, Header{Segment: tcpfsm.Segment{Flags: tcpfsm.SYN}}, options)
		octets[12] = byte(headerLen+len(options)) / 4 << 4
		if _, _, h, payload, err := ParseSegment(octets); h.MSS != c.want || err != nil || len(payload) != 0 {
			t.Errorf("%s: MSS %d, %v; want %d", c.why, h.MSS, err, c.want)
		}
	}
}

func TestWire_refusesWhatIsTooShort(t *testing.T) {
	octets := AppendSegment(nil, clientPair, Header{Segment: tcpfsm.Segment{Flags: tcpfsm.SYN}, MSS: 1460}, nil)
	for n := range octets {
		if _, _, _, _, err := ParseSegment(octets[:n]); err == nil {
			t.Errorf("%d octets of %d are taken for a segment", n, len(octets))
		}
	}
	octets[12] = 4 << 4
	if _, _, _, _, err := ParseSegment(octets); err == nil {
		t.Error("a header of 16 octets is taken for one")
	}
}

// Eight octets at a time are the same as two at a time (RFC 1071), whatever the length
// and however often the sum overflows 16 bits.
func TestChecksum_words(t *testing.T) {
	octets := bytes.Repeat([]byte{0xff, 0xfe, 0x01, 0x80, 0xff, 0xff, 0xff}, 9400)
	for _, n := range []int{0, 1, 2, 7, 8, 9, 15, 16, 17, 1460, 65535} {
		var want uint32
		for i, b := range octets[:n] {
			want += uint32(b) << (8 - 8*(i%2))
			want = want>>16 + want&0xffff
		}
		got := sumWords(0, octets[:n])
		for got > 0xffff {
			got = got>>16 + got&0xffff
		}
		if got != uint64(want) {
			t.Errorf("the sum of %d octets is %#x, want %#x", n, got, want)
		}
	}
}
