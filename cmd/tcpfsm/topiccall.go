package main

import (
	"io"
	"strings"

	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// A socketCall is a call of the sockets interface, and the event that it is to the
// machine, if it reaches that. docs/SOCKETS.md says what it does in each state.
type socketCall struct {
	Name    string
	Aliases string // further names, separated by spaces
	Page    string // as docs/SOCKETS.md writes it
	Reaches bool
	Event   tcpfsm.EventKind // if it reaches the machine
	Says    string
}

// socketCalls are in the order of the page. Those that do not reach the machine change
// no state.
var socketCalls = []socketCall{
	{Name: "socket", Page: "`socket()`",
		Says: "makes a socket; there is no connection yet"},
	{Name: "bind", Page: "`bind()` to a port",
		Says: "takes a local port; with SO_REUSEADDR also one of which connections are in TIME-WAIT"},
	{Name: "bind to port 0", Page: "`bind()` to port 0",
		Says: "lets the kernel pick a free local port, as connect() and listen() do without bind()"},
	{Name: "SO_REUSEADDR", Aliases: "setsockopt", Page: "`setsockopt(SO_REUSEADDR)`",
		Says: "lets bind() take a port of which connections are in TIME-WAIT, and ends none of them"},
	{Name: "listen", Page: "`listen(n)`", Reaches: true, Event: tcpfsm.EventOpenPassive,
		Says: "waits for connections; n limits those that nobody has accepted"},
	{Name: "accept", Page: "`accept()`",
		Says: "takes a connection that the kernel has made already; its state does not change by that"},
	{Name: "connect", Page: "`connect()`", Reaches: true, Event: tcpfsm.EventOpenActive,
		Says: "sends a SYN, and waits until the handshake is over or given up"},
	{Name: "send", Aliases: "write", Page: "`send()`", Reaches: true, Event: tcpfsm.EventSend,
		Says: "puts octets into the send buffer; it returns before they have arrived"},
	{Name: "recv", Aliases: "read", Page: "`recv()`", Reaches: true, Event: tcpfsm.EventReceive,
		Says: "takes octets; 0 is the end: the peer has closed, and now it is our move"},
	{Name: "shutdown", Aliases: "SHUT_WR", Page: "`shutdown(SHUT_WR)`", Reaches: true, Event: tcpfsm.EventShutdown,
		Says: "closes our half: a FIN behind the last octet, and reading goes on"},
	{Name: "SHUT_RD", Page: "`shutdown(SHUT_RD)`",
		Says: "ends our reading only; the peer hears nothing"},
	{Name: "close", Page: "`close()`", Reaches: true, Event: tcpfsm.EventCloseOrphan,
		Says: "closes, and nobody will read any more: a FIN, or a RST if text was not read; the kernel does the rest alone"},
	{Name: "SO_LINGER", Aliases: "linger", Page: "`close()` with SO_LINGER 0", Reaches: true, Event: tcpfsm.EventAbort,
		Says: "with 0 s, close() aborts: a RST, no TIME-WAIT, and what was not sent is lost"},
	{Name: "SO_LINGER n", Page: "`close()` with SO_LINGER n", Reaches: true, Event: tcpfsm.EventCloseOrphan,
		Says: "with n s, close() waits that long at most for the FIN to be acknowledged; the states are the same"},
}

// callTopic explains a socket call.
type callTopic struct {
	p *spec.Program
	socketCall
}

// event is what the call is to the machine, in words.
func (t callTopic) event() string {
	if !t.Reaches {
		return "none: no state changes"
	}
	return t.Event.String()
}

// ways are the changes of state that the event makes, from where to where, by row.
func (t callTopic) ways() (ways []string) {
	if !t.Reaches {
		return nil
	}
	for s, state := range t.p.Machine.States {
		for _, r := range t.p.Cells[s][t.Event] {
			if r.To >= 0 {
				ways = append(ways, state.Name+" -> "+nextState(t.p, r)+" ("+r.ID+")")
			}
		}
	}
	return ways
}

func (t callTopic) print(w io.Writer, c palette) {
	printf(w, "%s (call): %s\n\n", c.bold(t.Name), t.Says)
	printField(w, "in C", strings.ReplaceAll(t.Page, "`", ""))
	printField(w, "event", t.event())
	for _, way := range t.ways() {
		printField(w, "may go", way)
	}
	printField(w, "more", "docs/SOCKETS.md")
}

func (t callTopic) record() any {
	return struct {
		Schema string   `json:"schema"`
		Call   string   `json:"call"`
		Says   string   `json:"says"`
		Event  string   `json:"event"`
		Ways   []string `json:"ways"`
	}{"tcpfsm.call/1", strings.ReplaceAll(t.Page, "`", ""), t.Says, t.event(), t.ways()}
}
