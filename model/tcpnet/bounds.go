package tcpnet

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// The limits of the encoding; Bounds beyond them are refused.
const (
	maxCapacity = 6
	maxOctets   = 4 // sequence numbers then stay within 7 of the initial one
	maxWindow   = 7
)

// notModelled are options that mean nothing in a system with one connection that
// is never idle.
const notModelled = tcpfsm.OptTwReuse | tcpfsm.OptKeepAlive

// Bounds are everything that is finite about a system.
type Bounds struct {
	Profile string // named options of both ends; Options is what counts
	Options tcpfsm.Options

	BothOpen bool      // both users open actively; else b opens passively
	OneWay   bool      // only the user of a sends; else both do
	ISS      [2]uint32 // initial sequence numbers of a and b

	Octets   int // that each user may send, 0 to 4
	Window   int // receive buffer of each end, octets, 1 to 7
	MSS      int // largest text of a retransmission, octets
	Capacity int // segments in the network, each way, 1 to 6

	Loss       bool // the network may lose any segment
	Dup        bool // the network may duplicate any segment
	Reorder    bool // the network may deliver segments in any order
	Retransmit bool // the retransmission timer may expire whenever it is armed

	Lazy     bool // users read when they like; else at once
	Shutdown bool // users may close their half with shutdown
	Leave    bool // users may close and leave: nobody reads any more
	Abort    bool // users may abort
	Timeout  bool // the user timeout may expire whenever it is armed
}

// Hostile are the bounds of a network that does everything at its worst.
func Hostile(profile string) Bounds {
	return Bounds{
		Profile: profile, ISS: [2]uint32{1<<32 - 2, 300},
		Octets: 1, Window: 2, MSS: 2, Capacity: 2,
		Loss: true, Dup: true, Reorder: true, Retransmit: true,
	}
}

// flags are the fields that are on or off, with their names in a trace's header.
func (b *Bounds) flags() []struct {
	name string
	on   *bool
} {
	return []struct {
		name string
		on   *bool
	}{
		{"both-open", &b.BothOpen}, {"one-way", &b.OneWay}, {"loss", &b.Loss}, {"dup", &b.Dup}, {"reorder", &b.Reorder},
		{"retransmit", &b.Retransmit}, {"lazy", &b.Lazy}, {"shutdown", &b.Shutdown},
		{"leave", &b.Leave}, {"abort", &b.Abort}, {"timeout", &b.Timeout},
	}
}

// numbers are the fields that count, with their names and ranges.
func (b *Bounds) numbers() []boundedNumber {
	return []boundedNumber{
		{"octets", &b.Octets, 0, maxOctets}, {"window", &b.Window, 1, maxWindow},
		{"mss", &b.MSS, 1, maxWindow}, {"capacity", &b.Capacity, 1, maxCapacity},
	}
}

type boundedNumber struct {
	name     string
	n        *int
	min, max int
}

// String prints the bounds as in a trace's header; ParseBounds reads them back.
func (b Bounds) String() string {
	var words []string
	for _, f := range b.numbers() {
		words = append(words, fmt.Sprintf("%s=%d", f.name, *f.n))
	}
	for _, f := range b.flags() {
		if *f.on {
			words = append(words, f.name)
		}
	}
	return strings.Join(words, " ")
}

// ParseBounds reads what String prints into b; what is not mentioned is off, and a
// number that is not mentioned stays.
func (b *Bounds) ParseBounds(text string) error {
	for _, f := range b.flags() {
		*f.on = false
	}
	for _, word := range strings.Fields(text) {
		if err := b.parseBound(word); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bounds) parseBound(word string) error {
	name, value, isNumber := strings.Cut(word, "=")
	if i := slices.IndexFunc(b.numbers(), func(f boundedNumber) bool { return f.name == name }); i >= 0 && isNumber {
		n, err := strconv.Atoi(value)
		if err != nil {
			return fmt.Errorf("tcpnet: bound %q is no number: write %s=1", word, name)
		}
		*b.numbers()[i].n = n
		return nil
	}
	for _, f := range b.flags() {
		if f.name == word {
			*f.on = true
			return nil
		}
	}
	return fmt.Errorf("tcpnet: unknown bound %q: the bounds are %s", word, strings.Join(b.names(), ", "))
}

func (b *Bounds) names() []string {
	var names []string
	for _, f := range b.numbers() {
		names = append(names, f.name+"=N")
	}
	for _, f := range b.flags() {
		names = append(names, f.name)
	}
	return names
}

// valid refuses what the encoding can't hold or what makes no sense.
func (b *Bounds) valid() error {
	for _, f := range b.numbers() {
		if *f.n < f.min || *f.n > f.max {
			return fmt.Errorf("tcpnet: bound %s=%d is not between %d and %d", f.name, *f.n, f.min, f.max)
		}
	}
	for i, iss := range b.ISS {
		if iss == 0 {
			return fmt.Errorf("tcpnet: the initial sequence number of %s is 0, which means no connection here: choose another", hosts[i])
		}
	}
	if set := b.Options & notModelled; set != 0 {
		return fmt.Errorf("tcpnet: option %v is not modelled (one connection, no idle time): take it away with options -%[1]v", set)
	}
	return nil
}
