package endpoint

import (
	"net/netip"
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// A crowd is many clients at one listener.
type crowd struct {
	t       *testing.T
	now     time.Time
	listen  *Listener
	clients []*Conn
	servers []*Conn
	buf     [2048]byte
}

func newCrowd(t *testing.T, clients int, backlog Backlog) *crowd {
	t.Helper()
	l, err := Listen(testConfig(), backlog)
	if err != nil {
		t.Fatal(err)
	}
	w := &crowd{t: t, now: epoch, listen: l, servers: make([]*Conn, clients)}
	for i := range clients {
		pair := clientPair
		pair.Local = netip.AddrPortFrom(pair.Local.Addr(), uint16(40000+i))
		c, err := New(testConfig(), pair)
		if err == nil {
			err = c.Connect(w.now)
		}
		if err != nil {
			t.Fatal(err)
		}
		w.clients = append(w.clients, c)
	}
	return w
}

// toServers carries what clients send; toClients the other way.
func (w *crowd) toServers() {
	for i, c := range w.clients {
		for h, n, ok := c.Next(w.buf[:]); ok; h, n, ok = c.Next(w.buf[:]) {
			if w.servers[i] != nil {
				w.servers[i].Receive(w.now, h, w.buf[:n])
				continue
			}
			pair := Pair{c.Pair().Remote, c.Pair().Local}
			w.servers[i], _ = w.listen.Receive(w.now, pair, h, w.buf[:n])
		}
	}
}

func (w *crowd) toClients() {
	for i, c := range w.servers {
		if c == nil {
			continue
		}
		for h, n, ok := c.Next(w.buf[:]); ok; h, n, ok = c.Next(w.buf[:]) {
			w.clients[i].Receive(w.now, h, w.buf[:n])
		}
	}
}

// pass lets time go by and carries everything.
func (w *crowd) pass(d time.Duration) {
	w.now = w.now.Add(d)
	for i, c := range w.clients {
		c.Advance(w.now)
		if w.servers[i] != nil {
			w.servers[i].Advance(w.now)
		}
	}
	for range 3 {
		w.toServers()
		w.toClients()
	}
}

func (w *crowd) want(why string, syn, accept int) {
	w.t.Helper()
	if s, a := w.listen.Waiting(); s != syn || a != accept {
		w.t.Fatalf("%s: %d in SYN-RECEIVED and %d to accept, want %d and %d", why, s, a, syn, accept)
	}
}

func (w *crowd) inState(state tcpfsm.State) (n int) {
	for _, c := range w.clients {
		if c.State() == state {
			n++
		}
	}
	return n
}

func TestListener_linuxDropsTheFinalAck(t *testing.T) {
	w := newCrowd(t, 3, Backlog{Syn: 10, Accept: 1, Policy: PolicyLinux})
	w.toServers()
	w.want("every SYN was taken: nobody waits to be accepted yet", 3, 0)
	w.toClients()
	w.toServers()
	w.want("one place, and the ACKs of the others dropped", 2, 1)
	if row := w.servers[2].Row(); row != tcpfsm.RowSynrcvdOverflow {
		t.Errorf("the ACK met row %v, want %v", row, tcpfsm.RowSynrcvdOverflow)
	}
	if n := w.inState(tcpfsm.Established); n != 3 {
		t.Errorf("%d clients believe in a connection, want 3", n)
	}
	if c, ok := w.listen.Accept(); !ok || c != w.servers[0] {
		t.Errorf("accepted %v, %v; want the first connection", c, ok)
	}
	if c, ok := w.listen.Accept(); ok {
		t.Errorf("accepted %v, whose handshake is not complete", c)
	}
	w.pass(1100 * time.Millisecond)
	w.want("the SYN,ACK was repeated and its ACK found the place", 1, 1)
}

// The policy decides, and not an option that came with a profile.
func TestListener_policyIsAboveOptions(t *testing.T) {
	cfg := testConfig()
	cfg.Options = tcpfsm.ProfileLinux | tcpfsm.OptAbortOnOverflow
	l, err := Listen(cfg, Backlog{Policy: PolicyLinux})
	if err != nil {
		t.Fatal(err)
	}
	if l.tcb.Options.Has(tcpfsm.OptAbortOnOverflow) {
		t.Error("PolicyLinux would abort")
	}
}

func TestListener_linuxDropsSynsWhileNobodyAccepts(t *testing.T) {
	w := newCrowd(t, 2, Backlog{Syn: 10, Accept: 1, Policy: PolicyLinux})
	late := w.clients[1]
	w.clients = w.clients[:1]
	w.pass(0)
	w.want("one waits to be accepted", 0, 1)
	w.clients = append(w.clients, late)
	w.pass(0)
	w.want("no other SYN is taken", 0, 1)
	w.listen.Accept()
	w.pass(1100 * time.Millisecond)
	w.want("the SYN was repeated", 0, 1)
}

func TestListener_linuxAbortsOnOverflow(t *testing.T) {
	w := newCrowd(t, 3, Backlog{Syn: 10, Accept: 1, Policy: PolicyLinuxAbort})
	w.toServers()
	w.toClients()
	w.toServers()
	w.want("one place, and the others were reset", 0, 1)
	w.toClients()
	if n := w.inState(tcpfsm.Established); n != 1 {
		t.Errorf("%d clients have a connection, want 1", n)
	}
	if err := w.clients[2].Err(); err != ErrReset {
		t.Errorf("the client hears %v, want %v", err, ErrReset)
	}
}

func TestListener_bsdDropsSynsThatWouldHaveNoPlace(t *testing.T) {
	w := newCrowd(t, 3, Backlog{Syn: 10, Accept: 2, Policy: PolicyBSD})
	w.toServers()
	w.want("two places, two SYNs", 2, 0)
	w.pass(0)
	w.want("no handshake that was begun is refused", 0, 2)
	if n := w.inState(tcpfsm.SynSent); n != 1 {
		t.Errorf("%d clients repeat their SYN, want 1", n)
	}
	w.listen.Accept()
	w.pass(1100 * time.Millisecond)
	w.want("now there is a place", 0, 2)
}

func TestListener_synQueueIsBounded(t *testing.T) {
	for policy := PolicyLinux; policy <= PolicyBSD; policy++ {
		w := newCrowd(t, 20, Backlog{Syn: 5, Accept: 100, Policy: policy})
		w.toServers()
		w.want("no more than five", 5, 0)
		w.clients[0].Abort(w.now)
		w.servers[0].Abort(w.now)
		w.want("one has gone", 4, 0)
	}
}

func TestListener_handshakeGivesUpItsPlace(t *testing.T) {
	w := newCrowd(t, 1, Backlog{})
	w.toServers()
	child := w.servers[0]
	for at, ok := child.NextDeadline(); ok; at, ok = child.NextDeadline() {
		child.Advance(at)
	}
	w.want("the client never answered", 0, 0)
	if child.State() != tcpfsm.Closed {
		t.Errorf("the connection is in %v", child.State())
	}
}

func TestListener_resetHandshakeIsForgotten(t *testing.T) {
	w := newCrowd(t, 1, Backlog{})
	w.toServers()
	child := w.servers[0]
	child.Receive(w.now, Header{Segment: tcpfsm.Segment{Seq: child.TCB().RcvNxt, Flags: tcpfsm.RST}}, nil)
	w.want("the client has gone", 0, 0)
}

func TestListener_answersWhatIsNoSyn(t *testing.T) {
	w := newCrowd(t, 0, Backlog{})
	for _, c := range []struct {
		why  string
		in   tcpfsm.Segment
		want tcpfsm.Segment
	}{
		{"an ACK of nothing", tcpfsm.Segment{Seq: 5, Ack: 7, Flags: tcpfsm.ACK}, tcpfsm.Segment{Seq: 7, Flags: tcpfsm.RST}},
		{"a RST", tcpfsm.Segment{Seq: 5, Flags: tcpfsm.RST}, tcpfsm.Segment{}},
		{"nothing at all", tcpfsm.Segment{Seq: 5}, tcpfsm.Segment{}},
	} {
		child, reply := w.listen.Receive(w.now, serverPair, Header{Segment: c.in}, nil)
		if child != nil || reply.Segment != c.want {
			t.Errorf("%s: %v, %v; want %v", c.why, child, reply, c.want)
		}
	}
}

func TestListener_closeAbortsWhatWaits(t *testing.T) {
	w := newCrowd(t, 2, Backlog{})
	half := w.clients[1]
	w.clients = w.clients[:1]
	w.pass(0)
	w.clients = append(w.clients, half)
	w.toServers()
	w.want("one of each", 1, 1)
	gone := clientPair
	gone.Local = netip.AddrPortFrom(gone.Local.Addr(), 50000)
	if child, _ := w.listen.Receive(w.now, Pair{gone.Remote, gone.Local}, Header{Segment: tcpfsm.Segment{Seq: 5, Flags: tcpfsm.SYN}}, nil); child != nil {
		ack := Header{Segment: tcpfsm.Segment{Seq: 6, Ack: child.TCB().SndNxt, Wnd: 9, Flags: tcpfsm.ACK}}
		child.Receive(w.now, ack, nil)
		ack.Flags = tcpfsm.RST
		child.Receive(w.now, ack, nil)
	}
	w.want("and one that ended while it waited", 1, 2)
	if err := w.listen.Close(w.now); err != nil {
		t.Fatal(err)
	}
	w.want("all gone", 0, 0)
	w.toClients()
	if err := w.clients[0].Err(); err != ErrReset {
		t.Errorf("the client whose connection was never accepted hears %v, want %v", err, ErrReset)
	}
	child, reply := w.listen.Receive(w.now, serverPair, Header{Segment: tcpfsm.Segment{Seq: 5, Flags: tcpfsm.SYN}}, nil)
	if child != nil || !reply.Flags.Has(tcpfsm.RST) || reply.Ack != 6 {
		t.Errorf("a SYN meets %v, %v; want a RST that acknowledges it", child, reply)
	}
}

func TestStray_isReset(t *testing.T) {
	reply := Stray(Header{Segment: tcpfsm.Segment{Seq: 5, Flags: tcpfsm.FIN}}, pattern(10))
	if want := (tcpfsm.Segment{Ack: 16, Flags: tcpfsm.RST | tcpfsm.ACK}); reply.Segment != want {
		t.Errorf("answered with %v, want %v", reply, want)
	}
}
