package tcpnet

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// The limits of the encoding; Bounds beyond them are refused.
const (
	maxCapacity = 6
	maxOctets   = 4
	maxWindow   = 7
	maxLives    = 6
	maxMSL      = 6
	maxCount    = 15
	maxClients  = 3
	maxListen   = 3
)

// notModelled are options of what no system here does: reuse a connection in
// TIME-WAIT, and be idle.
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
	Stay     bool // users do not close: what is open stays so until somebody aborts
	Timeout  bool // the user timeout may expire whenever it is armed

	// Time. With MSL 0 segments have no age, and TIME-WAIT lasts until the network
	// is empty.
	MSL       int  // ticks that a segment survives; it dies at the next one
	TimeWait  int  // ticks before TIME-WAIT may end
	Unhurried bool // the retransmission timer expires only when nothing is in the network, so never too early
	Prompt    bool // nothing grows too old: it arrives within an MSL, or is lost
	RTO       int  // ticks after which the retransmission timer expires; 0 is whenever Retransmit lets it

	// More than one connection on the same ports.
	Lives   int // how often each user may open
	ISSStep int // by how much the initial sequence number of each next life is greater

	// How often, at each host, where it is not to be any number of times; 0 is no limit.
	Retransmits int // that the retransmission timer expires
	Losses      int // that the network loses a segment the host sent
	Copies      int // that the network duplicates one

	// Give up after so many: tcpfsm.TCB's R2 for text and FIN, and for SYN. 0 is never.
	R2, R2Syn int

	Forge   int // segments that an attacker may send in the name of each host
	Forged  Attack
	Crashes int  // how often host a may lose its memory, and open again
	Quiet   bool // and then keeps silent for an MSL
	Fair    bool // claim what must happen at last, if nothing is put off for ever
	Patient bool // users close only synchronized connections, and open again only after one that both ends closed
	Busy    bool // other connections may fill the accept queue of b, and leave it

	// Several clients. With Clients, b listens, and makes a child for each client whose
	// SYN it takes; its user accepts the children one after the other. R2Syn is then for
	// the children alone, and a client that crashes with Quiet is never heard of again.
	Clients int  // that open to b; 0 is one, and b's only TCB becomes the connection
	Listen  int  // n of listen(n), counted as Linux does, or with Reserve as BSD does
	Reserve bool // a SYN is taken only if the accept queue has a place for it and for all on their way there
	Lone    bool // the listener's own TCB becomes the connection, as in the text, and nobody listens any more
	ByPort  bool // b takes the segments of all clients for those of its first child: it looks at its own port alone
}

// An Attack is what a forged segment may be.
type Attack uint8

// The kinds of forged segments, with sequence and acknowledgment numbers in and
// beside everything that is valid.
const (
	ForgeSyn Attack = 1 << iota
	ForgeRst
	ForgeAck
	ForgeText
	ForgeFin
	ForgeSynAck
)

// attackNames are the words for them in a trace's header.
var attackNames = [...]string{"syn", "rst", "ack", "text", "fin", "synack"}

// String joins the names of what may be forged.
func (a Attack) String() string {
	var words []string
	for i, name := range attackNames {
		if a>>i&1 != 0 {
			words = append(words, name)
		}
	}
	return strings.Join(words, ",")
}

func parseAttack(text string) (a Attack, err error) {
	for _, word := range strings.Split(text, ",") {
		i := slices.Index(attackNames[:], word)
		if i < 0 {
			return 0, fmt.Errorf("tcpnet: %q can't be forged: what can is %s", word, strings.Join(attackNames[:], ", "))
		}
		a |= 1 << i
	}
	return a, nil
}

// timed reports whether segments have ages.
func (b *Bounds) timed() bool { return b.MSL > 0 }

// Symmetric reports whether both ends do the same, so that a system of these bounds with
// equal initial sequence numbers can be explored with RunOptions.Symmetry: both open
// actively, once, and nothing else is done by, or claimed of, one of them only.
func (b *Bounds) Symmetric() bool {
	return b.BothOpen && !b.OneWay && !b.Busy && !b.Fair && b.Forge == 0 && b.Clients == 0 && !severalLives(b)
}

// lives is how often a user may open, at least once.
func (b *Bounds) lives() int { return max(1, b.Lives) }

// iss is the initial sequence number of a host's connection number life.
func (b *Bounds) iss(host int, life uint8) uint32 { return b.ISS[host] + uint32(int(life)*b.ISSStep) }

// OpenBoth lets both users open actively. The numbers of a wrap in the middle then: an end
// that has not opened yet answers a SYN with RST and SEQ=0, and if that is late and the
// numbers have come to 0 meanwhile, it is exact by chance and ends the connection.
func (b *Bounds) OpenBoth() { b.BothOpen, b.ISS[0] = true, 1<<31-2 }

// Hostile are the bounds of a network that does everything at its worst.
func Hostile(profile string) Bounds {
	return Bounds{
		Profile: profile, ISS: [2]uint32{1<<32 - 2, 300},
		Octets: 1, Window: 2, MSS: 2, Capacity: 2,
		Loss: true, Dup: true, Reorder: true, Retransmit: true,
	}
}

// ForProfile are the bounds of Hostile with the options of a profile, without those
// that are not modelled.
func ForProfile(profile string) (Bounds, error) {
	b := Hostile(profile)
	options, err := tcpfsm.ParseProfile(profile)
	if err != nil {
		return b, fmt.Errorf("tcpnet: %w", err)
	}
	b.Options = options &^ notModelled
	return b, nil
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
		{"leave", &b.Leave}, {"abort", &b.Abort}, {"stay", &b.Stay}, {"timeout", &b.Timeout}, {"quiet", &b.Quiet}, {"unhurried", &b.Unhurried}, {"prompt", &b.Prompt}, {"patient", &b.Patient}, {"busy", &b.Busy}, {"fair", &b.Fair},
		{"reserve", &b.Reserve}, {"lone", &b.Lone}, {"by-port", &b.ByPort},
	}
}

// numbers are the fields that count, with their names and ranges.
func (b *Bounds) numbers() []boundedNumber {
	return []boundedNumber{
		{"octets", &b.Octets, 0, maxOctets}, {"window", &b.Window, 1, maxWindow},
		{"mss", &b.MSS, 1, maxWindow}, {"capacity", &b.Capacity, 1, maxCapacity},
		{"msl", &b.MSL, 0, maxMSL}, {"timewait", &b.TimeWait, 0, maxCount}, {"lives", &b.Lives, 0, maxLives},
		{"iss-step", &b.ISSStep, 0, 100}, {"retransmits", &b.Retransmits, 0, maxCount}, {"losses", &b.Losses, 0, maxCount},
		{"copies", &b.Copies, 0, maxCount}, {"r2", &b.R2, 0, maxCount - 1}, {"r2syn", &b.R2Syn, 0, maxCount - 1},
		{"rto", &b.RTO, 0, maxCount}, {"forge", &b.Forge, 0, maxCount}, {"crashes", &b.Crashes, 0, maxLives - 1},
		{"clients", &b.Clients, 0, maxClients}, {"listen", &b.Listen, 0, maxListen},
	}
}

// plain is how many numbers are always printed; the others only if they are not 0.
const plain = 4

type boundedNumber struct {
	name     string
	n        *int
	min, max int
}

// String prints the bounds as in a trace's header; ParseBounds reads them back.
func (b Bounds) String() string {
	var words []string
	for i, f := range b.numbers() {
		if i < plain || *f.n != 0 {
			words = append(words, fmt.Sprintf("%s=%d", f.name, *f.n))
		}
	}
	if b.Forged != 0 {
		words = append(words, "forged="+b.Forged.String())
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
	if name == "forged" && isNumber {
		a, err := parseAttack(value)
		b.Forged = a
		return err
	}
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
	names = append(names, "forged=KINDS")
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
	switch {
	case b.Clients == 0 && (b.Listen > 0 || b.Reserve || b.Lone || b.ByPort):
		return errors.New("tcpnet: listen=N, reserve, lone and by-port say how a listener treats its clients: give clients=N with them")
	case b.Clients > 0 && (b.BothOpen || b.Lives > 1 || b.MSL > 0 || b.Forge > 0 || b.Fair || b.Patient || b.Crashes > 0 && !b.Quiet):
		return errors.New("tcpnet: with clients=N there is no both-open, lives, msl, forge, fair and patient, and crashes need quiet")
	case b.Quiet && b.MSL == 0 && b.Clients == 0:
		return errors.New("tcpnet: a quiet time means nothing when segments have no age: give msl=N with quiet")
	case b.Forge > 0 && b.Forged == 0 || b.Forge == 0 && b.Forged != 0:
		return errors.New("tcpnet: forge=N says how many segments are forged and forged=KINDS which: give both")
	case b.Prompt && b.MSL == 0:
		return errors.New("tcpnet: prompt means nothing when segments have no age: give msl=N with it")
	case b.TimeWait+b.RTO > 0 && b.MSL == 0:
		return errors.New("tcpnet: timewait and rto count ticks, and there are none when segments have no age: give msl=N with them")
	case b.Lives+b.Crashes > maxLives:
		return fmt.Errorf("tcpnet: lives=%d and crashes=%d make more than %d connections", b.Lives, b.Crashes, maxLives)
	}
	for i, iss := range b.ISS {
		if iss == 0 {
			return fmt.Errorf("tcpnet: the initial sequence number of %s is 0, which means no connection here: choose another", hosts[i])
		}
	}
	if set := b.Options & notModelled; set != 0 {
		return fmt.Errorf("tcpnet: option %v is not modelled (no reuse of TIME-WAIT, no idle time): take it away with options -%[1]v", set)
	}
	return nil
}
