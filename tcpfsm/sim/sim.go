package sim

import (
	"fmt"
	"math"
	"net/netip"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// epoch is the time of day at which every simulation begins: that of RFC 9293.
var epoch = time.Date(2022, 8, 18, 0, 0, 0, 0, time.UTC)

// Config bounds a simulation. What is zero has the default that stands beside it.
type Config struct {
	Title string // of the log

	Time     time.Duration // the most virtual time; 30 days
	Steps    int           // the most arrivals, timers and planned calls; 1,000,000
	InFlight int           // the most segments on their way at one time; 10,000
	LogMax   int           // the most events of the log; 200,000

	// Quiet keeps no log, for those who only look at the ends.
	Quiet bool
}

// A LimitError says that a simulation was ended by one of its bounds, and might have
// gone on for ever.
type LimitError struct {
	What  string // which bound of Config
	Limit string
	At    time.Duration // virtual time
}

// Error names the bound.
func (e *LimitError) Error() string {
	return fmt.Sprintf("sim: at %v the simulation has reached its bound %s of %s: it may be endless; raise Config.%[2]s if it is not", e.At, e.What, e.Limit)
}

// A Sim is a virtual clock with hosts and the links between them. It is for one
// goroutine.
type Sim struct {
	cfg     Config
	now     time.Duration
	queue   queue
	hosts   []*Host
	byAddr  map[netip.Addr]*Host
	flying  int
	steps   int
	packets []packet // every segment that was sent, unless Quiet
	sent    int
	err     error
	log     trace.Log
	buf     [65535]byte
	free    []*flight
}

// New begins a simulation, at time 0, without hosts.
func New(cfg Config) *Sim {
	orDefault(&cfg.Time, 30*24*time.Hour)
	orDefault(&cfg.Steps, 1_000_000)
	orDefault(&cfg.InFlight, 10_000)
	orDefault(&cfg.LogMax, 200_000)
	return &Sim{cfg: cfg, byAddr: map[netip.Addr]*Host{}, log: trace.Log{Title: cfg.Title}}
}

func orDefault[T comparable](value *T, otherwise T) {
	var zero T
	if *value == zero {
		*value = otherwise
	}
}

// Now is the virtual time since the beginning.
func (s *Sim) Now() time.Duration { return s.now }

// clock is the same for package endpoint.
func (s *Sim) clock() time.Time { return epoch.Add(s.now) }

// Steps is how many arrivals, timers and planned calls there were.
func (s *Sim) Steps() int { return s.steps }

// Log is what has happened so far. It is the simulation's own, not a copy.
func (s *Sim) Log() *trace.Log { return &s.log }

// Hosts gives the hosts in the order in which they were made.
func (s *Sim) Hosts() []*Host { return s.hosts }

// hostsMax is how many addresses there are in 192.0.2.0/24 (RFC 5737).
const hostsMax = 254

// Host makes a host. The Config is that of its connections; without a secret, it has
// one that depends on the name only. The error says which value can't work, or that
// the name is taken.
func (s *Sim) Host(name string, cfg endpoint.Config) (*Host, error) {
	for _, h := range s.hosts {
		if h.name == name {
			return nil, fmt.Errorf("sim: there is a host %q already: choose another name", name)
		}
	}
	if len(s.hosts) == hostsMax {
		return nil, fmt.Errorf("sim: host %q would be one more than %d: let hosts have several connections", name, hostsMax)
	}
	h := &Host{
		sim: s, name: name, addr: netip.AddrFrom4([4]byte{192, 0, 2, byte(len(s.hosts) + 1)}), up: true,
		links: map[netip.Addr]*Link{}, conns: map[endpoint.Pair]*Conn{}, listeners: map[uint16]*Listener{},
		names: map[endpoint.Pair]string{}, taken: map[string]bool{},
	}
	if len(cfg.Secret) == 0 {
		cfg.Secret = fmt.Appendf(nil, "the secret of host %s", name)
	}
	if h.watch = cfg.Observe; !s.cfg.Quiet {
		cfg.Observe = h.observe
	}
	if _, err := endpoint.New(cfg, endpoint.Pair{}); err != nil {
		return nil, err
	}
	h.cfg = cfg
	h.forget()
	s.hosts = append(s.hosts, h)
	s.byAddr[h.addr] = h
	s.log.Hosts = append(s.log.Hosts, name)
	return h, nil
}

// HostByName finds a host.
func (s *Sim) HostByName(name string) (*Host, bool) {
	for _, h := range s.hosts {
		if h.name == name {
			return h, true
		}
	}
	return nil, false
}

// At plans a call: f runs when the virtual time is at, or now if that is past.
func (s *Sim) At(at time.Duration, f func()) { s.queue.push(item{at: max(at, s.now), call: f}) }

// Run goes on until nothing is left to happen: no segment on its way, no timer, no
// planned call. The error is a [LimitError]. A timer that starts itself again, as
// keep-alive's, has no end, so that RunUntil is better there.
func (s *Sim) Run() error {
	for len(s.queue.items) > 0 && s.err == nil {
		s.step()
	}
	return s.err
}

// RunUntil goes on until the virtual time is at, with everything that happens then.
func (s *Sim) RunUntil(at time.Duration) error {
	for len(s.queue.items) > 0 && s.queue.items[0].at <= at && s.err == nil {
		s.step()
	}
	if s.err == nil && at > s.cfg.Time {
		s.limit("Time", s.cfg.Time)
	}
	if s.err == nil {
		s.now = max(s.now, at)
	}
	return s.err
}

// RunFor goes on for a time.
func (s *Sim) RunFor(d time.Duration) error { return s.RunUntil(later(s.now, d)) }

// later is a time after another: d is taken for 0 if it is negative, and the end of all
// time is not passed.
func later(t, d time.Duration) time.Duration {
	if d = max(0, d); t > math.MaxInt64-d {
		return math.MaxInt64
	}
	return t + d
}

// limit ends the simulation.
func (s *Sim) limit(what string, limit any) {
	if s.err == nil {
		s.err = &LimitError{what, fmt.Sprint(limit), s.now}
	}
}

// step lets the next thing happen.
func (s *Sim) step() {
	it := s.queue.pop()
	if it.conn != nil && (!it.conn.waits || it.conn.wake != it.at) {
		return // its timers have changed since
	}
	switch {
	case it.at > s.cfg.Time:
		s.limit("Time", s.cfg.Time)
		return
	case s.steps == s.cfg.Steps:
		s.limit("Steps", s.cfg.Steps)
		return
	}
	s.steps++
	s.now = it.at
	switch {
	case it.conn != nil:
		it.conn.waits = false
		it.conn.advance()
	case it.seg != nil:
		s.arrive(it.seg)
	default:
		it.call()
	}
}
