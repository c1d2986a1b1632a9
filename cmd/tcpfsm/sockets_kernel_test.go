//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// kernelStates are the states as /proc/net/tcp writes them.
var kernelStates = map[string]tcpfsm.State{
	"01": tcpfsm.Established, "02": tcpfsm.SynSent, "03": tcpfsm.SynReceived, "04": tcpfsm.FinWait1,
	"05": tcpfsm.FinWait2, "06": tcpfsm.TimeWait, "07": tcpfsm.Closed, "08": tcpfsm.CloseWait,
	"09": tcpfsm.LastAck, "0A": tcpfsm.Listen, "0B": tcpfsm.Closing,
}

// A kernelSocket is a socket of the kernel, the peer's on the same host, and the
// listener that the peer's came from.
type kernelSocket struct {
	t                  *testing.T
	fd, peer, listener int
	local, remote      int // ports; remote is 0 for a socket without a peer
}

// inKernel makes a socket and leads it to one of the states in which a socket can be
// held on loopback, where every segment is answered at once.
func inKernel(t *testing.T, state tcpfsm.State, unread bool) *kernelSocket {
	t.Helper()
	if _, err := os.Stat("/proc/self/net/tcp"); err != nil {
		t.Skip("the kernel does not tell of its sockets: ", err)
	}
	k := &kernelSocket{t: t, fd: -1, peer: -1, listener: -1}
	t.Cleanup(func() {
		for _, fd := range []int{k.fd, k.peer, k.listener} {
			if fd >= 0 {
				_ = syscall.Close(fd)
			}
		}
	})
	if state == tcpfsm.Closed {
		k.fd = k.socket()
		return k
	}
	if state == tcpfsm.Listen {
		k.fd = k.socket()
		k.must(syscall.Bind(k.fd, loopback(0)))
		k.must(syscall.Listen(k.fd, 8))
		k.local = k.port(k.fd)
		return k
	}
	k.connect()
	if unread {
		k.must(k.sendFrom(k.peer))
		k.readable()
	}
	switch state {
	case tcpfsm.FinWait2:
		k.must(syscall.Shutdown(k.fd, syscall.SHUT_WR))
	case tcpfsm.CloseWait:
		k.must(syscall.Shutdown(k.peer, syscall.SHUT_WR))
	}
	if got := k.settles(state); got != state {
		t.Fatalf("the kernel's socket is in %v, want %v", got, state)
	}
	return k
}

func (k *kernelSocket) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *kernelSocket) socket() int {
	k.t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	k.must(err)
	return fd
}

func loopback(port int) *syscall.SockaddrInet4 {
	return &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}
}

func (k *kernelSocket) port(fd int) int {
	k.t.Helper()
	addr, err := syscall.Getsockname(fd)
	k.must(err)
	return addr.(*syscall.SockaddrInet4).Port
}

// connect makes a connection, accepted at the other end.
func (k *kernelSocket) connect() {
	k.t.Helper()
	k.listener, k.fd = k.socket(), k.socket()
	k.must(syscall.Bind(k.listener, loopback(0)))
	k.must(syscall.Listen(k.listener, 8))
	k.remote = k.port(k.listener)
	k.must(syscall.Connect(k.fd, loopback(k.remote)))
	k.local = k.port(k.fd)
	var err error
	k.peer, _, err = syscall.Accept(k.listener)
	k.must(err)
}

func (k *kernelSocket) sendFrom(fd int) error {
	return syscall.Sendto(fd, make([]byte, 10), syscall.MSG_NOSIGNAL|syscall.MSG_DONTWAIT, nil)
}

// readable waits until there is text to read.
func (k *kernelSocket) readable() {
	k.t.Helper()
	if n, _, err := syscall.Recvfrom(k.fd, make([]byte, 1), syscall.MSG_PEEK); n != 1 || err != nil {
		k.t.Fatal(n, err)
	}
}

// settles waits until the socket is in one of these states, and gives the last seen.
func (k *kernelSocket) settles(states ...tcpfsm.State) (last tcpfsm.State) {
	k.t.Helper()
	for range 100 {
		last = k.state()
		for _, s := range states {
			if last == s {
				return last
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	return last
}

// state looks the socket up by its ports; what the kernel does not know is CLOSED.
func (k *kernelSocket) state() tcpfsm.State {
	k.t.Helper()
	if f := k.line(); f != nil {
		return kernelStates[f[3]]
	}
	return tcpfsm.Closed
}

// line gives the fields of the socket's line in /proc/net/tcp, or nil.
func (k *kernelSocket) line() []string {
	k.t.Helper()
	text, err := os.ReadFile("/proc/self/net/tcp")
	k.must(err)
	ports := [2]string{fmt.Sprintf(":%04X", k.local), fmt.Sprintf(":%04X", k.remote)}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) > 9 && k.local > 0 && strings.HasSuffix(f[1], ports[0]) && strings.HasSuffix(f[2], ports[1]) {
			return f
		}
	}
	return nil
}

// kernelCalls are the calls of the page as system calls.
var kernelCalls = map[string]func(k *kernelSocket) error{
	"`socket()`":         func(k *kernelSocket) error { return nil }, // inKernel has called it
	"`bind()` to a port": func(k *kernelSocket) error { return syscall.Bind(k.fd, loopback(freePort(k))) },
	"`bind()` to port 0": func(k *kernelSocket) error { return syscall.Bind(k.fd, loopback(0)) },
	"`setsockopt(SO_REUSEADDR)`": func(k *kernelSocket) error {
		return syscall.SetsockoptInt(k.fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	},
	"`listen(n)`": func(k *kernelSocket) error { return syscall.Listen(k.fd, 9) },
	"`accept()`": func(k *kernelSocket) error {
		client := k.socket()
		defer syscall.Close(client)
		k.must(syscall.Connect(client, loopback(k.local)))
		fd, _, err := syscall.Accept(k.fd)
		k.must(err)
		return syscall.Close(fd)
	},
	"`send()`":                   func(k *kernelSocket) error { return k.sendFrom(k.fd) },
	"`recv()`":                   func(k *kernelSocket) error { return ignoreWait(k.receive()) },
	"`shutdown(SHUT_WR)`":        func(k *kernelSocket) error { return syscall.Shutdown(k.fd, syscall.SHUT_WR) },
	"`shutdown(SHUT_RD)`":        func(k *kernelSocket) error { return syscall.Shutdown(k.fd, syscall.SHUT_RD) },
	"`close()`":                  (*kernelSocket).close,
	"`close()` with SO_LINGER 0": func(k *kernelSocket) error { return errors.Join(k.linger(), k.close()) },
}

func freePort(k *kernelSocket) int {
	other := k.socket()
	defer syscall.Close(other)
	k.must(syscall.Bind(other, loopback(0)))
	return k.port(other)
}

func (k *kernelSocket) linger() error {
	return syscall.SetsockoptLinger(k.fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1})
}

func (k *kernelSocket) receive() error {
	_, _, err := syscall.Recvfrom(k.fd, make([]byte, 100), syscall.MSG_DONTWAIT)
	return err
}

func ignoreWait(err error) error {
	if errors.Is(err, syscall.EAGAIN) {
		return nil
	}
	return err
}

func (k *kernelSocket) close() error {
	fd := k.fd
	k.fd = -1
	return syscall.Close(fd)
}

// goneOn gives the states that a kernel may have gone to alone when one looks: on
// loopback the answer is there at once.
func goneOn(s tcpfsm.State) []tcpfsm.State {
	switch s {
	case tcpfsm.FinWait1:
		return []tcpfsm.State{s, tcpfsm.FinWait2}
	case tcpfsm.LastAck:
		return []tcpfsm.State{s, tcpfsm.Closed}
	}
	return []tcpfsm.State{s}
}

// The lines with a dot are what this kernel does, in the states in which a socket can
// be held on loopback.
func TestSockets_kernel(t *testing.T) {
	tried := 0
	for _, l := range socketLines(t) {
		if !l.onLinux || l.state == tcpfsm.FinWait1 || l.state == tcpfsm.SynReceived {
			continue
		}
		tried++
		k := inKernel(t, l.state, l.unread)
		call, known := kernelCalls[l.call]
		if !known {
			t.Errorf("%s has a dot, and this test does not know it", l.call)
			continue
		}
		if err := call(k); err != nil {
			t.Errorf("%s in %s: %v", l.call, l.in, err)
		}
		if l.call == "`listen(n)`" && l.state == tcpfsm.Closed {
			k.local = k.port(k.fd) // without bind the kernel has picked one
		}
		want := goneOn(l.target)
		if got := k.settles(want...); !containsState(want, got) {
			t.Errorf("%s in %s goes to %v on this kernel; the page says %v", l.call, l.in, got, l.target)
		}
	}
	if tried < 25 {
		t.Errorf("only %d lines were tried", tried)
	}
}

func containsState(states []tcpfsm.State, s tcpfsm.State) bool {
	for _, x := range states {
		if x == s {
			return true
		}
	}
	return false
}

// What the page says that a caller sees.
func TestSockets_kernelAnswers(t *testing.T) {
	listener := inKernel(t, tcpfsm.Listen, false)
	wantErrno(t, "connect() on a listener", syscall.Connect(listener.fd, loopback(listener.local)), syscall.EISCONN)
	wantErrno(t, "send() on a listener", listener.sendFrom(listener.fd), syscall.EPIPE)
	wantErrno(t, "shutdown(SHUT_WR) on a listener", syscall.Shutdown(listener.fd, syscall.SHUT_WR), nil)
	if got := listener.state(); got != tcpfsm.Listen {
		t.Errorf("and then it is in %v", got)
	}
	listener.must(syscall.Shutdown(listener.fd, syscall.SHUT_RD))
	if got := listener.settles(tcpfsm.Closed); got != tcpfsm.Closed {
		t.Errorf("shutdown(SHUT_RD) on a listener leaves it in %v", got)
	}

	wantErrno(t, "send() on a fresh socket", listener.sendFrom(inKernel(t, tcpfsm.Closed, false).fd), syscall.EPIPE)
	wantErrno(t, "connect() again", reconnect(inKernel(t, tcpfsm.Established, false)), syscall.EISCONN)
	half := inKernel(t, tcpfsm.FinWait2, false)
	wantErrno(t, "send() after shutdown(SHUT_WR)", half.sendFrom(half.fd), syscall.EPIPE)

	// A peer whose text nobody read.
	k := inKernel(t, tcpfsm.Established, true)
	k.must(k.close())
	k.fd, k.peer = k.peer, -1
	wantErrno(t, "recv() at the peer of who left text unread", k.hears(), syscall.ECONNRESET)
}

// hears waits a second at most for something to receive.
func (k *kernelSocket) hears() error {
	k.must(syscall.SetsockoptTimeval(k.fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{Sec: 1}))
	_, _, err := syscall.Recvfrom(k.fd, make([]byte, 1), 0)
	return err
}

func reconnect(k *kernelSocket) error { return syscall.Connect(k.fd, loopback(k.remote)) }

func wantErrno(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// A port of which a connection is in TIME-WAIT can be bound only with SO_REUSEADDR, and
// only if that connection's socket had it too; those that are accepted inherit it.
func TestSockets_kernelReuse(t *testing.T) {
	for _, c := range []struct {
		old, new bool
		want     error
	}{{false, false, syscall.EADDRINUSE}, {true, false, syscall.EADDRINUSE}, {false, true, syscall.EADDRINUSE}, {true, true, nil}} {
		what := fmt.Sprintf("bind() to a port in TIME-WAIT, SO_REUSEADDR then %v, now %v", c.old, c.new)
		got := bindAgain(t, c.old, c.new)
		for try := 0; try < 5 && c.want == nil && got != nil; try++ {
			got = bindAgain(t, c.old, c.new) // others that are in TIME-WAIT may have had the same port
		}
		wantErrno(t, what, got, c.want)
	}
}

// bindAgain binds to the port of a connection that is in TIME-WAIT.
func bindAgain(t *testing.T, before, now bool) error {
	t.Helper()
	reuse := kernelCalls["`setsockopt(SO_REUSEADDR)`"]
	k := inKernel(t, tcpfsm.FinWait2, false)
	if before {
		k.must(reuse(k))
	}
	k.must(syscall.Close(k.peer))
	k.peer = -1
	if got := k.settles(tcpfsm.TimeWait); got != tcpfsm.TimeWait {
		t.Fatalf("the socket that closed first is in %v", got)
	}
	other := inKernel(t, tcpfsm.Closed, false)
	if now {
		other.must(reuse(other))
	}
	return syscall.Bind(other.fd, loopback(k.local))
}

// A server that never accepts has connections all the same, one more than n of them.
func TestSockets_kernelBacklog(t *testing.T) {
	listener := inKernel(t, tcpfsm.Closed, false)
	listener.must(syscall.Bind(listener.fd, loopback(0)))
	listener.must(syscall.Listen(listener.fd, 1))
	port := listener.port(listener.fd)
	for i := range 2 {
		k := inKernel(t, tcpfsm.Closed, false)
		k.must(syscall.Connect(k.fd, loopback(port)))
		k.local, k.remote = k.port(k.fd), port
		server := kernelSocket{t: t, local: port, remote: k.local}
		if got := server.settles(tcpfsm.Established); got != tcpfsm.Established {
			t.Errorf("connection %d, which nobody has accepted, is in %v at the server", i+1, got)
		}
	}
}

// What docs/TCP-STATES.md says of Recv-Q and of the process of a CLOSE-WAIT: the FIN
// counts as one octet until the program has read the end, and a connection that nobody
// has accepted belongs to no process.
func TestStatesPage_closeWait(t *testing.T) {
	k := inKernel(t, tcpfsm.CloseWait, false)
	wantQueue(t, "not read to the end", k, 1, true)
	k.must(k.receive())
	wantQueue(t, "read to the end", k, 0, true)
	wantQueue(t, "ten octets and the FIN", inKernel(t, tcpfsm.CloseWait, true), 11, true)

	listener, client := inKernel(t, tcpfsm.Listen, false), inKernel(t, tcpfsm.Closed, false)
	client.must(syscall.Connect(client.fd, loopback(listener.local)))
	server := &kernelSocket{t: t, local: listener.local, remote: client.port(client.fd)}
	client.must(client.close())
	if got := server.settles(tcpfsm.CloseWait); got != tcpfsm.CloseWait {
		t.Fatalf("a connection that nobody accepts is in %v", got)
	}
	wantQueue(t, "not accepted", server, 1, false)
}

func wantQueue(t *testing.T, what string, k *kernelSocket, unread int64, owned bool) {
	t.Helper()
	f := k.line()
	if f == nil {
		t.Fatalf("%s: there is no such socket", what)
	}
	_, queue, _ := strings.Cut(f[4], ":")
	n, err := strconv.ParseInt(queue, 16, 64)
	if err != nil || n != unread || (f[9] != "0") != owned {
		t.Errorf("%s: %d octets to read, inode %s, %v; want %d, of a process: %v", what, n, f[9], err, unread, owned)
	}
}

// What the page says of the timers that ss shows: an orphan's FIN-WAIT-2 has one, one
// that a program holds has none; a FIN-WAIT-1 behind text for which there is no window
// probes that.
func TestStatesPage_timers(t *testing.T) {
	k := inKernel(t, tcpfsm.FinWait2, false)
	wantTimer(t, "FIN-WAIT-2 after shutdown(SHUT_WR)", k, "00")
	k.must(k.close())
	wantTimer(t, "FIN-WAIT-2 after close()", k, "03")

	k = inKernel(t, tcpfsm.Established, false)
	for k.sendFrom(k.fd) == nil {
		continue // until the peer's window and our buffer are full
	}
	k.must(k.close())
	wantTimer(t, "FIN-WAIT-1 with a closed window", k, "04")
	if got := k.state(); got != tcpfsm.FinWait1 {
		t.Errorf("with a closed window, close() leads to %v", got)
	}
}

// wantTimer waits for a timer, as /proc/net/tcp numbers them: 00 is none, 03 that of
// TIME-WAIT and of orphans in FIN-WAIT-2, 04 the probe of a closed window.
func wantTimer(t *testing.T, what string, k *kernelSocket, want string) {
	t.Helper()
	got := ""
	for range 200 {
		if f := k.line(); f != nil {
			if got, _, _ = strings.Cut(f[5], ":"); got == want {
				return
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Errorf("%s: timer %s, want %s", what, got, want)
}
