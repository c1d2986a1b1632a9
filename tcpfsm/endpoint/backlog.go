package endpoint

import (
	"fmt"
	"strings"
)

// A Policy says what happens when a Listener's queues are full.
type Policy uint8

// The policies.
const (
	// PolicyLinux drops the ACK that completes a handshake while the accept queue is
	// full: the client believes in the connection, and the SYN,ACK is repeated until
	// there is room. New SYNs are dropped meanwhile.
	PolicyLinux Policy = iota
	// PolicyLinuxAbort answers that ACK with RST (Linux with tcp_abort_on_overflow).
	PolicyLinuxAbort
	// PolicyBSD takes a SYN only if there is a place in the accept queue for it and
	// for all who are on their way there, so that no completed handshake is refused.
	PolicyBSD
	// PolicyFreeBSD takes every SYN into a cache from which the oldest goes when it is
	// full, and answers the ACK that completes a handshake with RST while the accept
	// queue is full (FreeBSD with net.inet.tcp.syncache.rst_on_sock_fail, which is on
	// unless it is turned off).
	PolicyFreeBSD
)

var policyNames = [...]string{PolicyLinux: "linux", PolicyLinuxAbort: "linux-abort", PolicyBSD: "bsd", PolicyFreeBSD: "freebsd"}

// String gives the name: linux, linux-abort, bsd or freebsd.
func (p Policy) String() string {
	if int(p) < len(policyNames) {
		return policyNames[p]
	}
	return fmt.Sprintf("Policy(%d)", uint8(p))
}

// ParsePolicy finds a policy by its name.
func ParsePolicy(name string) (Policy, error) {
	for p, n := range policyNames {
		if n == name {
			return Policy(p), nil
		}
	}
	return 0, fmt.Errorf("endpoint: there is no policy %q: the policies are %s", name, strings.Join(policyNames[:], ", "))
}

// syncache is the size of FreeBSD's cache of connections in SYN-RECEIVED: 512 buckets
// of 30 (net.inet.tcp.syncache.hashsize and bucketlimit). Here it is one bucket.
const syncache = 15360

// Backlog gives the queues of a listen(n) as each system counts them. Linux holds one
// more than n in either queue, since it refuses what comes when the length is beyond
// n (sk_acceptq_is_full, inet_csk_reqsk_queue_is_full; Linux 6.18, measured with
// listen(1); older ones hold n in SYN-RECEIVED). BSD counts half as many again and one
// (sonewconn: more than 3n/2 are too many): 4.4BSD and NetBSD both queues together,
// FreeBSD the accept queue. SYN cookies, which take what comes beyond that and keep
// nothing, are left out, as with tcp_syncookies=0 or net.inet.tcp.syncookies=0. A
// negative n counts as 0.
func (p Policy) Backlog(n int) Backlog {
	n = min(max(n, 0), 1<<20)
	switch p {
	case PolicyBSD:
		return Backlog{Syn: 3*n/2 + 1, Accept: 3*n/2 + 1, Policy: p}
	case PolicyFreeBSD:
		return Backlog{Syn: syncache, Accept: 3*n/2 + 1, Policy: p}
	}
	return Backlog{Syn: n + 1, Accept: n + 1, Policy: p}
}

// A Backlog is how many connections a Listener keeps for its user.
type Backlog struct {
	Syn    int // in SYN-RECEIVED; 128
	Accept int // established and not accepted; 128
	Policy Policy
}
