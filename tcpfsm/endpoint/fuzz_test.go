package endpoint

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// forgedLen is how many octets of fuzz make one segment.
const forgedLen = 9

// forge makes a segment near to what the connection expects, since one at random
// is hardly ever inside of a window.
func forge(c *Conn, fuzz []byte) (Header, []byte) {
	t := c.TCB()
	b := binary.LittleEndian
	h := Header{Segment: tcpfsm.Segment{
		Seq: t.RcvNxt + uint32(int16(b.Uint16(fuzz))), Ack: t.SndNxt + uint32(int16(b.Uint16(fuzz[2:]))),
		Wnd: uint32(b.Uint16(fuzz[4:])), Flags: tcpfsm.FlagsOf(fuzz[6]),
	}, MSS: uint16(fuzz[7]) << 4}
	return h, make([]byte, int(fuzz[8])*8)
}

// act does what one octet says, on a connection and its listener.
func act(c *Conn, l *Listener, now time.Time, what byte, fuzz []byte, buf []byte) {
	switch what % 10 {
	case 0:
		c.Write(now, buf[:int(fuzz[0])*8])
	case 1:
		c.Read(now, buf[:int(fuzz[0])*8])
	case 2:
		c.CloseWrite(now)
	case 3:
		c.Advance(now)
	case 4:
		c.Next(buf[:int(fuzz[0])*8])
	case 5:
		h, text := forge(c, fuzz)
		l.Receive(now, serverPair, h, text)
	default:
		h, text := forge(c, fuzz)
		c.Receive(now, h, text)
	}
}

// FuzzReceive: no segment makes a connection panic, break an invariant, or keep
// more than it may.
func FuzzReceive(f *testing.F) {
	f.Add(false, []byte{0, 200, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 1, 0, 0, 0, 0, 16, 0, 9})
	f.Add(true, []byte{9, 0, 0, 0, 0, 0, 4, 18, 9, 9, 9, 9, 0, 0, 0, 9, 9, 17, 9, 9, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1})
	buf := make([]byte, 4096)
	f.Fuzz(func(t *testing.T, half bool, fuzz []byte) {
		w := newWorld(t, testConfig(), testConfig(), Backlog{Syn: 4, Accept: 2})
		if !half {
			w.deliver()
		}
		c := w.ends[0]
		for ; len(fuzz) > forgedLen; fuzz = fuzz[forgedLen+1:] {
			w.now = w.now.Add(time.Duration(fuzz[0]) * 10 * time.Millisecond)
			act(c, w.listen, w.now, fuzz[0], fuzz[1:], buf)
			tcb := c.TCB()
			if err := tcb.Check(); err != nil {
				t.Fatalf("after row %v: %v", c.Row(), err)
			}
			if tcb.State != tcpfsm.Closed && c.Readable() != int(tcb.Unread) {
				t.Fatalf("after row %v: %d octets can be read, the machine counts %d", c.Row(), c.Readable(), tcb.Unread)
			}
			if syn, accept := w.listen.Waiting(); syn > 4 || accept > 2 {
				t.Fatalf("%d and %d connections wait, more than 4 and 2", syn, accept)
			}
		}
	})
}

// FuzzParseSegment: what is read and written again is the same, but for options
// that are not known.
func FuzzParseSegment(f *testing.F) {
	f.Add(AppendSegment(nil, clientPair, Header{Segment: tcpfsm.Segment{Seq: 1, Flags: tcpfsm.SYN}, MSS: 1460}, []byte("x")))
	f.Fuzz(func(t *testing.T, octets []byte) {
		_, _, h, text, err := ParseSegment(octets)
		if err != nil {
			return
		}
		_, _, again, textAgain, err := ParseSegment(AppendSegment(nil, clientPair, h, text))
		if err != nil || again != h || string(textAgain) != string(text) {
			t.Errorf("%v with %q became %v with %q, %v", h, text, again, textAgain, err)
		}
	})
}
