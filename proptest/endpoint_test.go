package proptest

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
)

var endpointSteps = flag.Int("endpoint.steps", 600, "steps of TestEndpoint_streams in which the network is hostile")

// lifetime is the MSL of these tests: the network forgets what is older.
const lifetime = 30 * time.Second

// rare divides rapid's number of checks for one test.
func rare(t *testing.T, by int) {
	checks := flag.Lookup("rapid.checks").Value.String()
	n, err := strconv.Atoi(checks)
	if err == nil {
		err = flag.Set("rapid.checks", strconv.Itoa(max(1, n/by)))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := flag.Set("rapid.checks", checks); err != nil {
			t.Error(err)
		}
	})
}

// A packet is a segment on the wire, octet by octet.
type packet struct {
	octets []byte
	sent   time.Time
}

// A path is two endpoints and a network that does anything to their segments that
// a network may do: lose, copy, reorder, delay and damage.
type path struct {
	t      *rapid.T
	now    time.Time
	pairs  [2]endpoint.Pair
	ends   [2]*endpoint.Conn // the second comes to life with the first SYN
	listen *endpoint.Listener

	flying  [2][]packet
	written [2][]byte
	got     [2][]byte
	eof     [2]bool
	closed  [2]bool
	rows    map[tcpfsm.RowID]bool // seen in all checks
	buf     [1 << 16]byte
}

func drawEndpointConfig(t *rapid.T, name string) endpoint.Config {
	return endpoint.Config{
		Options: rapid.SampledFrom([]tcpfsm.Options{
			tcpfsm.ProfileRecommended, tcpfsm.ProfileLinux, tcpfsm.ProfileBSD,
			tcpfsm.ProfileLwip, // has no throttle: a war of acknowledgments would not end
			tcpfsm.ProfileRecommended &^ tcpfsm.OptFinFree &^ tcpfsm.OptDelayedAck,
		}).Draw(t, name+" options"),
		SendBuffer:    rapid.IntRange(1, 6000).Draw(t, name+" send buffer"),
		ReceiveBuffer: rapid.IntRange(1, 6000).Draw(t, name+" receive buffer"),
		MSS:           rapid.IntRange(endpoint.MSSMin, 1460).Draw(t, name+" MSS"),
		NoDelay:       rapid.Bool().Draw(t, name+" NoDelay"),
		Secret:        []byte("for tests, not for the network"),
		MSL:           lifetime, UserTimeout: 1e6 * time.Hour,
		R2: 1 << 30, R2Syn: 1 << 30, // no loss is long enough to give up
	}
}

func newPath(t *rapid.T) *path {
	a, b := netip.MustParseAddrPort("192.0.2.1:40000"), netip.MustParseAddrPort("192.0.2.2:80")
	p := &path{t: t, pairs: [2]endpoint.Pair{{Local: a, Remote: b}, {Local: b, Remote: a}}}
	client, server := drawEndpointConfig(t, "client"), drawEndpointConfig(t, "server")
	// Sequence numbers begin shortly before they wrap.
	base := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	before := rapid.Uint32Range(0, 5000).Draw(t, "ISS before the wrap")
	p.now = base.Add(time.Duration(-before-endpoint.ISN(client.Secret, p.pairs[0], base)) * 4 * time.Microsecond)
	var err error
	if p.ends[0], err = endpoint.New(client, p.pairs[0]); err != nil {
		t.Fatal(err)
	}
	policy := rapid.SampledFrom([]endpoint.Policy{endpoint.PolicyLinux, endpoint.PolicyLinuxAbort, endpoint.PolicyBSD}).Draw(t, "policy")
	if p.listen, err = endpoint.Listen(server, endpoint.Backlog{Policy: policy}); err != nil {
		t.Fatal(err)
	}
	if err := p.ends[0].Connect(p.now); err != nil {
		t.Fatal(err)
	}
	return p
}

// all is more segments than an end ever has to send.
const all = 1 << 20

// settle takes up to that many segments of each end, and looks whether all is well.
func (p *path) settle(segments int) {
	for i, c := range p.ends {
		if c == nil {
			continue
		}
		for range segments {
			h, n, ok := c.Next(p.buf[:])
			if !ok {
				break
			}
			octets := endpoint.AppendSegment(nil, p.pairs[i], h, p.buf[:n])
			if len(p.flying[i]) < 200 {
				p.flying[i] = append(p.flying[i], packet{octets, p.now})
			}
		}
		p.rows[c.Row()] = true
		if tcb := c.TCB(); tcb.Check() != nil {
			p.t.Fatalf("end %d after row %v: %v", i, c.Row(), tcb.Check())
		}
		if err := c.Err(); err != nil && !p.excused(i, err) {
			p.t.Fatalf("end %d after row %v: %v", i, c.Row(), err)
		}
	}
}

// excused reports whether an end may be reset: it has read everything and waits for
// the acknowledgment of its FIN, which was lost until the other's 2 MSL were over.
func (p *path) excused(i int, err error) bool {
	return errors.Is(err, endpoint.ErrReset) && p.eof[i] && p.closed[i] && p.ends[1-i].State() == tcpfsm.Closed
}

// arrive gives an end what has come through the network.
func (p *path) arrive(to int, octets []byte) {
	pair := p.pairs[to]
	if endpoint.Checksum(pair.Remote.Addr(), pair.Local.Addr(), octets) != 0 {
		return
	}
	_, _, h, text, err := endpoint.ParseSegment(octets)
	if err != nil {
		p.t.Fatal(err)
	}
	if p.ends[to] == nil {
		if child, reply := p.listen.Receive(p.now, pair, h, text); child != nil {
			p.ends[to] = child
		} else if reply.Flags != 0 {
			p.flying[to] = append(p.flying[to], packet{endpoint.AppendSegment(nil, pair, reply, nil), p.now})
		}
		return
	}
	p.ends[to].Receive(p.now, h, text)
	clear(octets) // an endpoint keeps nothing of what it is given
}

// pass lets time go by, up to the next deadline, and old segments die.
func (p *path) pass(d time.Duration) {
	p.now = p.now.Add(d)
	for i, c := range p.ends {
		p.flying[i] = slices.DeleteFunc(p.flying[i], func(x packet) bool { return p.now.Sub(x.sent) >= lifetime })
		if c != nil {
			c.Advance(p.now)
		}
	}
}

// untilDeadline is how long nothing happens by itself; false if that is for ever.
func (p *path) untilDeadline() (time.Duration, bool) {
	var next time.Time
	found := false
	for _, c := range p.ends {
		if c == nil {
			continue
		}
		if at, ok := c.NextDeadline(); ok && (!found || at.Before(next)) {
			next, found = at, true
		}
	}
	return max(0, next.Sub(p.now)), found
}

func (p *path) write(i, n int) {
	text := make([]byte, n)
	for k := range text {
		text[k] = byte((len(p.written[i]) + k) * 7 / 3)
	}
	taken, err := p.ends[i].Write(p.now, text)
	if closing := p.closed[i]; closing != (err != nil) || closing && !errors.Is(err, tcpfsm.AnswerConnectionClosing) {
		p.t.Fatalf("end %d in %v writes: %v; closed: %v", i, p.ends[i].State(), err, closing)
	}
	p.written[i] = append(p.written[i], text[:taken]...)
}

// read takes octets, compares them with what the other end wrote, and says how many
// there were.
func (p *path) read(i, n int) int {
	taken, err := p.ends[i].Read(p.now, p.buf[:n])
	p.got[i] = append(p.got[i], p.buf[:taken]...)
	if !bytes.HasPrefix(p.written[1-i], p.got[i]) {
		p.t.Fatalf("end %d reads something else than was written, in octets %d to %d", i, len(p.got[i])-taken, len(p.got[i]))
	}
	switch {
	case err == nil, errors.Is(err, tcpfsm.AnswerPending):
	case errors.Is(err, io.EOF):
		if !p.closed[1-i] || len(p.got[i]) < len(p.written[1-i]) {
			p.t.Fatalf("end %d reads the end of the stream after %d of %d octets", i, len(p.got[i]), len(p.written[1-i]))
		}
		p.eof[i] = true
	default:
		p.t.Fatalf("end %d in %v reads: %v", i, p.ends[i].State(), err)
	}
	return taken
}

func (p *path) closeWrite(i int) {
	if p.closed[i] {
		return
	}
	if err := p.ends[i].CloseWrite(p.now); err != nil {
		p.t.Fatalf("end %d in %v closes: %v", i, p.ends[i].State(), err)
	}
	p.closed[i] = true
}

// usable reports whether the user of an end has a connection to call.
func (p *path) usable(i int) bool {
	c := p.ends[i]
	return c != nil && c.State() != tcpfsm.Closed && c.State() != tcpfsm.SynSent && (i == 0 || c.State() != tcpfsm.SynReceived)
}

// hostile is one step of users, network or time. Who closes second has read
// everything, since a reset in LAST-ACK would flush it.
func (p *path) hostile() {
	i := rapid.IntRange(0, 1).Draw(p.t, "end")
	fly := p.flying[i]
	switch action := rapid.IntRange(0, 19).Draw(p.t, "action"); {
	case action < 3 && p.usable(i):
		p.write(i, rapid.IntRange(1, 3000).Draw(p.t, "octets"))
	case action < 6 && p.usable(i):
		p.read(i, rapid.IntRange(1, 3000).Draw(p.t, "octets"))
	case action == 6 && p.usable(i) && (p.eof[i] || !p.closed[1-i] && rapid.IntRange(0, 9).Draw(p.t, "close") == 0):
		p.closeWrite(i)
	case action < 9:
		p.hostileTime()
	case len(fly) > 0:
		p.hostileNetwork(i, rapid.IntRange(0, min(len(fly), 8)-1).Draw(p.t, "segment"), action)
	}
	p.settle(rapid.SampledFrom([]int{all, 0, 1, 2}).Draw(p.t, "drained"))
}

func (p *path) hostileTime() {
	d, ok := p.untilDeadline()
	if ms := time.Duration(rapid.IntRange(0, 400).Draw(p.t, "ms")) * time.Millisecond; !ok || ms > 0 {
		d = min(ms, d)
	}
	p.pass(d)
}

func (p *path) hostileNetwork(from, which, action int) {
	x := p.flying[from][which]
	switch action {
	case 9, 10:
		p.flying[from] = slices.Delete(p.flying[from], which, which+1)
	case 11:
		p.flying[from] = append(p.flying[from], packet{bytes.Clone(x.octets), x.sent})
	case 12:
		p.flying[from] = slices.Delete(p.flying[from], which, which+1)
		p.damage(1-from, x.octets)
	default:
		p.flying[from] = slices.Delete(p.flying[from], which, which+1)
		p.arrive(1-from, x.octets)
	}
}

// damage changes a bit of a segment, which the checksum finds always.
func (p *path) damage(to int, octets []byte) {
	pair := p.pairs[to]
	bit := rapid.IntRange(0, 8*len(octets)-1).Draw(p.t, "bit")
	octets[bit/8] ^= 1 << (bit % 8)
	if endpoint.Checksum(pair.Remote.Addr(), pair.Local.Addr(), octets) == 0 {
		p.t.Fatalf("the checksum of %x does not see that bit %d was changed", octets, bit)
	}
}

// friendly lets everything come to its end over a network without faults.
func (p *path) friendly() {
	for range 100_000 {
		for i := range p.ends {
			fly := p.flying[i]
			p.flying[i] = nil
			for _, x := range fly {
				p.arrive(1-i, x.octets)
			}
			p.settle(all)
		}
		for i, c := range p.ends {
			for c != nil && !p.eof[i] && p.read(i, 5000) > 0 {
			}
			if p.usable(i) {
				p.closeWrite(i)
			}
			p.settle(all)
		}
		if len(p.flying[0])+len(p.flying[1]) > 0 {
			continue
		}
		d, ok := p.untilDeadline()
		if !ok {
			return
		}
		p.pass(d)
		p.settle(all)
	}
	p.t.Fatalf("it does not end:\n%+v\n%+v", p.ends[0].TCB(), p.ends[1].TCB())
}

// TestEndpoint_streams: what is read is what was written, in order, once, to the
// end; both ends finish; and the machine's invariants hold at every step.
//
// One check is thousands of events, so that there are fewer of them than of others.
func TestEndpoint_streams(t *testing.T) {
	rare(t, 5)
	rows := map[tcpfsm.RowID]bool{}
	rapid.Check(t, func(t *rapid.T) {
		p := newPath(t)
		p.rows = rows
		p.settle(all)
		for range *endpointSteps {
			p.hostile()
		}
		p.friendly()
		for i, c := range p.ends {
			if c.State() != tcpfsm.Closed || !p.eof[i] || !bytes.Equal(p.got[i], p.written[1-i]) {
				t.Fatalf("end %d finished in %v with %d of %d octets, end of stream %v",
					i, c.State(), len(p.got[i]), len(p.written[1-i]), p.eof[i])
			}
		}
	})
	for _, row := range reached {
		if !rows[row] && !t.Failed() && *endpointSteps >= 600 {
			t.Errorf("row %v was never seen: the network is not hostile enough to prove anything", row)
		}
	}
}

// reached are rows that stand for what makes a stream difficult: lost handshakes,
// closed windows, repeated text, old segments, and both ends closing.
var reached = []tcpfsm.RowID{
	tcpfsm.RowRtxSyn, tcpfsm.RowRtxSynack, tcpfsm.RowSynrcvdSynAgain, tcpfsm.RowRtx, tcpfsm.RowUnacceptable,
	tcpfsm.RowPersistProbe, tcpfsm.RowWindowedge, tcpfsm.RowDelackTimeout, tcpfsm.RowEstabFin, tcpfsm.RowFinwait1Fin,
	tcpfsm.RowFinwait1Finack, tcpfsm.RowClosewaitSegment, tcpfsm.RowTimewaitFinAgain, tcpfsm.RowTick,
}
