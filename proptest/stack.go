package proptest

import (
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
)

// A Packet is a segment with its text. Segment.Text is the length of Payload.
type Packet struct {
	endpoint.Header
	Payload []byte
}

// A Stack is one host with one connection, or none yet, to one peer. It is driven
// from outside: segments are handed over, and time goes by only in Advance. Each
// method comes back when everything that it leads to has been done.
//
// A stack that is tested sends small segments at once (no Nagle, no congestion
// window below ten segments), sends no keep-alives, and announces no options but
// the MSS. The peer announces an MSS of 536.
type Stack interface {
	// Listen is the passive OPEN (RFC 9293 section 3.10.1). The first SYN makes the
	// connection; with tcpfsm.OptChildPerListener it is a child of the listener.
	Listen() error
	// Open is the active OPEN: the SYN leaves.
	Open() error
	// Send takes octets, and says how many (section 3.10.2). Fewer than all, without
	// an error, means that the buffer is full.
	Send(p []byte) (int, error)
	// Receive hands over octets in order (section 3.10.3): 0 and no error if none have
	// come yet, io.EOF after the last.
	Receive(p []byte) (int, error)
	// Close says that nothing more will be sent; receiving goes on (section 3.10.4;
	// shutdown(SHUT_WR) of sockets).
	Close() error
	// Abort gives the connection up (section 3.10.5).
	Abort() error

	// Arrive takes a segment of the peer. It may keep the payload.
	Arrive(p Packet)
	// Departed gives the segments that were sent since the last call, in order.
	Departed() []Packet
	// Advance lets time go by. Timers that expire do so in order.
	Advance(d time.Duration)
	// State gives the state of the connection; that of the listener until there is
	// one, and CLOSED when it is over.
	State() tcpfsm.State
}

// A Discarder is a Stack that wants to know when it is not needed any more.
type Discarder interface{ Discard() }

// Config is what the author of a stack says about it. What is zero has the default
// that stands beside it.
type Config struct {
	// Options are the choices of the standard that the stack has made: a profile, or
	// one with changes; none is tcpfsm.ProfileDefault.
	Options tcpfsm.Options
	// MSL is half of the time that the stack stays in TIME-WAIT; 2 min (MUST-13).
	MSL time.Duration
	// Known are differences that are known. A finding that one of them covers is not
	// reported, and a life ends there.
	Known []Known
	// Steps is how long a connection over a hostile network is, in events; 600.
	Steps int
	// PeerBuffer is the smallest receive buffer of the peer in Streams, octets; 64.
	PeerBuffer int
	// Table is what the stack is held against: nil is the table of this module.
	Table Machine
	// TraceDir is a folder in which Run leaves the trace of each finding, and beside it
	// the sequence chart as a picture. If it is empty, they are left where go test
	// -artifacts wants them, and without this flag nowhere.
	TraceDir string

	written map[string]int // how many findings of a name
}

// Known is a difference to the table that the author of a stack knows of.
type Known struct {
	Name   string
	Why    string
	Covers func(*Finding) bool
}

func (cfg Config) withDefaults() *Config {
	if cfg.Options == 0 {
		cfg.Options = tcpfsm.ProfileDefault
	}
	if cfg.MSL == 0 {
		cfg.MSL = 2 * time.Minute
	}
	if cfg.Steps == 0 {
		cfg.Steps = 600
	}
	if cfg.PeerBuffer == 0 {
		cfg.PeerBuffer = 64
	}
	cfg.written = map[string]int{}
	if cfg.Table == nil {
		cfg.Table = Interpreted(program())
	}
	return &cfg
}

// known finds what covers a finding; nil if nothing does.
func (cfg *Config) known(f *Finding) *Known {
	for i := range cfg.Known {
		if cfg.Known[i].Covers(f) {
			return &cfg.Known[i]
		}
	}
	return nil
}

func discard(s Stack) {
	if d, ok := s.(Discarder); ok {
		d.Discard()
	}
}

// octet is what the user of an end writes at a place of the stream, from 0: each
// end other octets, and no period that a segment's length could hide.
func octet(from int, place uint32) byte { return byte(place*7/3+place>>8) ^ byte(from*0x55) }

// octets are those of a range of the stream.
func octets(from int, first, n uint32) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = octet(from, first+uint32(i))
	}
	return p
}
