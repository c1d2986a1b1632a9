package gvisor

import (
	"testing"

	"github.com/tcpfsm/tcpfsm/proptest"
)

// TestStreams: what is read is what was written, in order, once, to the end, through
// a network that loses, copies, reorders, delays and damages, with package endpoint
// as the peer.
func TestStreams(t *testing.T) {
	cfg := config()
	cfg.Steps = 300
	// The window always has room for a segment. If it has not, some connections stop for
	// ever: rule withheld-retransmission.
	cfg.PeerBuffer = 60000
	proptest.Streams(t, newStack, cfg)
}
