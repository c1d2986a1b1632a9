package main

import (
	"strings"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// A Mover is who must act for a connection to go on from a state. Who it is, is not
// for this file to decide: the tests find it by exploring, and compare.
type Mover string

// The movers.
const (
	ourApp    Mover = "our application"
	peerApp   Mover = "the peer's application"
	eitherApp Mover = "either application"
	peerTCP   Mover = "the peer's TCP"
	clock     Mover = "the clock"
)

// advice is what somebody wants to know of a state who finds a connection in it.
type advice struct {
	Mover  Mover
	Act    string        // what the mover does
	Timers tcpfsm.Timers // that may run in the state
	Stuck  string        // how a connection stays there
	Look   string        // what to run on Linux
}

func timerSet(timers ...tcpfsm.Timer) (set tcpfsm.Timers) {
	for _, t := range timers {
		set |= 1 << t
	}
	return set
}

// sending are the timers of an end that may have something unacknowledged.
var sending = timerSet(tcpfsm.TimerRTX, tcpfsm.TimerUser)

// stateAdvice is in the order of the states. docs/TCP-STATES.md says more of each.
var stateAdvice = [...]advice{
	tcpfsm.Closed: {ourApp, "opens: connect() or listen()", 0,
		"never: there is no connection; whoever sends something here is answered with RST",
		"ss -tanl: is anybody listening on that port?"},
	tcpfsm.Listen: {peerApp, "connects", 0,
		"always, as it should; what gets stuck are connections that nobody accepts: Recv-Q reaches Send-Q",
		"ss -ltn; nstat -az TcpExtListenOverflows TcpExtListenDrops"},
	tcpfsm.SynSent: {peerTCP, "answers our SYN", sending,
		"the SYN or its answer is lost or filtered, or the server's accept queue is full; a closed port would answer RST at once",
		"ss -tano state syn-sent"},
	tcpfsm.SynReceived: {peerTCP, "acknowledges our SYN", sending,
		"the SYN was forged, our SYN,ACK or the ACK of it is lost, or nobody accepts and the ACK is dropped",
		"ss -tano state syn-recv; nstat -az TcpExtSyncookiesSent TcpExtListenOverflows"},
	tcpfsm.Established: {eitherApp, "sends or closes", sending | timerSet(tcpfsm.TimerPersist, tcpfsm.TimerKeepAlive, tcpfsm.TimerDelayedAck),
		"both applications wait for each other, or the peer is gone and we have nothing to send: without keep-alive nobody notices",
		"ss -tanoei state established"},
	tcpfsm.FinWait1: {peerTCP, "acknowledges our FIN", sending | timerSet(tcpfsm.TimerPersist, tcpfsm.TimerKeepAlive, tcpfsm.TimerDelayedAck),
		"the peer is gone, or its application does not read and its window is closed, so that our text and our FIN can't leave",
		"ss -tano state fin-wait-1"},
	tcpfsm.FinWait2: {peerApp, "closes", timerSet(tcpfsm.TimerFinWait2, tcpfsm.TimerKeepAlive, tcpfsm.TimerDelayedAck),
		"the peer's application does not close: there it is CLOSE-WAIT; after close() a timer ends our end, after shutdown() none does",
		"ss -tano state fin-wait-2; sysctl net.ipv4.tcp_fin_timeout"},
	tcpfsm.CloseWait: {ourApp, "calls close()", sending | timerSet(tcpfsm.TimerPersist, tcpfsm.TimerKeepAlive),
		"our application does not call close(): a leaked descriptor, a worker that hangs, a pool that keeps dead connections",
		"ss -tanp state close-wait; lsof -nP -iTCP -sTCP:CLOSE_WAIT"},
	tcpfsm.Closing: {peerTCP, "acknowledges our FIN", sending | timerSet(tcpfsm.TimerPersist),
		"the peer is gone after both have closed at once; retransmission ends it",
		"ss -tano state closing"},
	tcpfsm.LastAck: {peerTCP, "acknowledges our FIN", sending,
		"the peer is gone, or its last ACKs are lost or filtered; retransmission ends it",
		"ss -tano state last-ack; sysctl net.ipv4.tcp_orphan_retries"},
	tcpfsm.TimeWait: {clock, "lets 2 MSL go by", timerSet(tcpfsm.TimerTimeWait),
		"never: it ends by itself; many of them mean that we close first, often, which is normal",
		"ss -tan state time-wait | wc -l; sysctl net.ipv4.ip_local_port_range"},
}

// statePage is where the state is described at length.
func statePage(s tcpfsm.State) string {
	return "docs/TCP-STATES.md#" + strings.ToLower(s.String())
}
