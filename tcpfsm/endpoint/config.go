package endpoint

import (
	"fmt"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// Limits of a Config.
const (
	// MSSMin is the smallest MSS: below it, headers would outweigh the text. A peer
	// that announces less is sent segments of this size.
	MSSMin = 64
	// MSSDefault is what a peer takes that announces nothing (MUST-15; IPv4).
	MSSDefault = 536
	// BufferMax is the largest buffer: no window is larger (RFC 7323 section 2.3).
	BufferMax = 1 << 30
)

// Config is what may be chosen about a connection. What is zero has the default
// that stands beside it.
type Config struct {
	// Options are the machine's choices; none is tcpfsm.ProfileDefault. A Listener's
	// connections are its children, whatever they say, and TIME-WAIT is reused by
	// Listener.Reuse only.
	Options tcpfsm.Options

	SendBuffer    int // octets written and not acknowledged; 65536
	ReceiveBuffer int // octets received and not read, and the largest window; 65535
	MSS           int // largest text of a segment, either way; 1460

	RTOInitial time.Duration // retransmission timeout before anything is measured; 1 s (RFC 6298 section 2.1)
	RTOMin     time.Duration // its smallest value; 1 s (RFC 6298 section 2.4)
	RTOMax     time.Duration // its largest value; 60 s (RFC 6298 section 2.5)

	MSL         time.Duration // maximum segment lifetime, half of TIME-WAIT; 2 min (MUST-13)
	UserTimeout time.Duration // how long octets may stay unacknowledged; 5 min (section 3.9.1.3)
	DelayedAck  time.Duration // how long an acknowledgment may wait; 40 ms, less than 500 ms (MUST-40)
	FinWait2    time.Duration // how long an orphan waits for the peer's FIN; 60 s

	KeepAliveIdle     time.Duration // silence before the first keep-alive probe, with tcpfsm.OptKeepAlive; 2 h (MUST-28)
	KeepAliveInterval time.Duration // between probes; 75 s

	// SynLinear is how many SYNs are repeated before the timeout begins to double: 4 is
	// Linux's tcp_syn_linear_timeouts, whose seven SYNs leave at 0, 1, 2, 3, 4, 5 and 7 s.
	SynLinear uint32

	R1, R2, R2Syn uint32 // retransmissions (section 3.8.3): the user hears of trouble, data and SYN are given up; 3, 15, 7
	KeepAliveMax  uint32 // probes without an answer before the peer is dead; 9

	ChallengeMax uint32        // challenge ACKs in one interval (RFC 5961 section 7); 10
	Tick         time.Duration // that interval; 5 s

	// Timestamps offers timestamps (RFC 7323), which every segment carries if the peer
	// offers them too. They let a new connection take the place of one in TIME-WAIT (RFC
	// 6191), and serve nothing else here: round trips are not measured with them, and old
	// segments are not found by them.
	Timestamps bool

	// NoDelay turns Nagle's algorithm off (MUST-17): small segments leave at once.
	NoDelay bool

	// Secret is the key of initial sequence numbers (RFC 6528): random, at least 16
	// octets, the same for all connections of a host, and never told. It is required,
	// unless there is ISN.
	Secret []byte

	// ISN, if it is not nil, chooses initial sequence numbers in place of RFC 6528: for
	// simulations and tests that want to know them. On a network, whoever can guess
	// them can speak in the peer's name.
	ISN func(Pair, time.Time) uint32

	// Observe, if it is not nil, hears of every step of the machine: for logs and
	// charts. It must not call the connection's methods that take a time.
	Observe func(*Conn, Step)
}

// withDefaults fills in what is zero, and refuses what can't work.
func (cfg Config) withDefaults() (Config, error) {
	orDefault(&cfg.Options, tcpfsm.ProfileDefault)
	orDefault(&cfg.SendBuffer, 65536)
	orDefault(&cfg.ReceiveBuffer, 65535)
	orDefault(&cfg.MSS, 1460)
	orDefault(&cfg.RTOInitial, time.Second)
	orDefault(&cfg.RTOMin, time.Second)
	orDefault(&cfg.RTOMax, 60*time.Second)
	orDefault(&cfg.MSL, 2*time.Minute)
	orDefault(&cfg.UserTimeout, 5*time.Minute)
	orDefault(&cfg.DelayedAck, 40*time.Millisecond)
	orDefault(&cfg.FinWait2, time.Minute)
	orDefault(&cfg.KeepAliveIdle, 2*time.Hour)
	orDefault(&cfg.KeepAliveInterval, 75*time.Second)
	orDefault(&cfg.R1, 3)
	orDefault(&cfg.R2, 15)
	orDefault(&cfg.R2Syn, 7)
	orDefault(&cfg.KeepAliveMax, 9)
	orDefault(&cfg.ChallengeMax, 10)
	orDefault(&cfg.Tick, 5*time.Second)
	return cfg, cfg.check()
}

func orDefault[T comparable](value *T, otherwise T) {
	var zero T
	if *value == zero {
		*value = otherwise
	}
}

func (cfg *Config) check() error {
	for _, size := range []struct {
		name       string
		is, lo, hi int
	}{
		{"SendBuffer", cfg.SendBuffer, 1, BufferMax},
		{"ReceiveBuffer", cfg.ReceiveBuffer, 1, BufferMax},
		{"MSS", cfg.MSS, MSSMin, 65535},
	} {
		if size.is < size.lo || size.is > size.hi {
			return fmt.Errorf("endpoint: Config.%s is %d: choose %d to %d", size.name, size.is, size.lo, size.hi)
		}
	}
	if len(cfg.Secret) < 16 && cfg.ISN == nil {
		return fmt.Errorf("endpoint: Config.Secret has %d octets: give at least 16 random ones, or anybody can guess initial sequence numbers (RFC 6528)", len(cfg.Secret))
	}
	return cfg.checkTimes()
}

func (cfg *Config) checkTimes() error {
	for _, d := range []struct {
		name string
		is   time.Duration
	}{
		{"RTOInitial", cfg.RTOInitial}, {"RTOMin", cfg.RTOMin}, {"MSL", cfg.MSL}, {"UserTimeout", cfg.UserTimeout},
		{"DelayedAck", cfg.DelayedAck}, {"FinWait2", cfg.FinWait2}, {"Tick", cfg.Tick},
		{"KeepAliveIdle", cfg.KeepAliveIdle}, {"KeepAliveInterval", cfg.KeepAliveInterval},
	} {
		if d.is < 0 {
			return fmt.Errorf("endpoint: Config.%s is %v: choose a positive time, or 0 for the default", d.name, d.is)
		}
	}
	if cfg.RTOMax < cfg.RTOMin || cfg.RTOMax < cfg.RTOInitial {
		return fmt.Errorf("endpoint: Config.RTOMax is %v: choose no less than RTOMin, %v, and RTOInitial, %v", cfg.RTOMax, cfg.RTOMin, cfg.RTOInitial)
	}
	if cfg.DelayedAck >= 500*time.Millisecond {
		return fmt.Errorf("endpoint: Config.DelayedAck is %v: choose less than 500 ms (RFC 9293 section 3.8.6.3, MUST-40)", cfg.DelayedAck)
	}
	return nil
}

// tcb is a connection that does not exist yet.
func (cfg *Config) tcb() tcpfsm.TCB {
	return tcpfsm.TCB{
		Options: cfg.Options &^ tcpfsm.OptTwReuse,
		RcvBuf:  uint32(cfg.ReceiveBuffer), SndMss: uint32(min(cfg.MSS, MSSDefault)),
		R1: cfg.R1, R2: cfg.R2, R2Syn: cfg.R2Syn,
		KeepMax: cfg.KeepAliveMax, ChallengeMax: cfg.ChallengeMax,
	}
}
