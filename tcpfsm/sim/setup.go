package sim

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// What a scenario has that says nothing about it.
const delayDefault = 10 * time.Millisecond

var hostsDefault = []string{"a", "b"}

// setup makes hosts and links as the header says.
func (r *runner) setup() error {
	title, _ := r.file.Get("title")
	r.sim = New(Config{Title: title})
	base := hostSetting{cfg: endpoint.Config{Options: tcpfsm.ProfileDefault}, app: app{accepts: true, system: "linux"}}
	var hosts, links []trace.Setting
	iss := map[string]string{}
	for _, s := range r.file.Header {
		var err error
		switch s.Key {
		case "profile":
			base.cfg.Options, err = tcpfsm.ParseProfile(s.Value)
		case "host":
			hosts = append(hosts, s)
		case "link":
			links = append(links, s)
		case "iss":
			err = splitISS(s.Value, iss)
		case "bounds", "loop":
			err = fmt.Errorf("%s is for traces without time: take it away, or the times", s.Key)
		}
		if err != nil {
			return &ScenarioError{r.name, s.Line, err}
		}
	}
	if err := r.setOptions(&base); err != nil {
		return err
	}
	if len(hosts) == 0 {
		for _, name := range hostsDefault {
			hosts = append(hosts, trace.Setting{Line: 1, Key: "host", Value: name})
		}
	}
	if err := r.addHosts(base, hosts, iss); err != nil {
		return err
	}
	return r.addLinks(links)
}

// setOptions changes the profile, which may come behind, by the header's options.
func (r *runner) setOptions(base *hostSetting) error {
	for _, s := range r.file.Header {
		if s.Key != "options" {
			continue
		}
		if err := changeOptions(&base.cfg.Options, strings.Fields(s.Value)); err != nil {
			return &ScenarioError{r.name, s.Line, err}
		}
	}
	return nil
}

func changeOptions(options *tcpfsm.Options, words []string) error {
	for _, word := range words {
		o, err := tcpfsm.ParseOptions(strings.TrimLeft(word, "+-"))
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(word, "+"):
			*options |= o
		case strings.HasPrefix(word, "-"):
			*options &^= o
		default:
			return fmt.Errorf("option %q: write +%[1]s to add it to the profile, -%[1]s to take it away", word)
		}
	}
	return nil
}

func splitISS(value string, iss map[string]string) error {
	for _, word := range strings.Fields(value) {
		host, numbers, ok := strings.Cut(word, "=")
		if !ok {
			return fmt.Errorf("initial sequence number %q: write HOST=NUMBER, or HOST=NUMBER,NUMBER for one connection after another", word)
		}
		iss[host] = numbers
	}
	return nil
}

// A hostSetting is what a line host NAME KEY=VALUE... sets.
type hostSetting struct {
	cfg endpoint.Config
	app app
	iss string // NUMBER,NUMBER...
}

func (r *runner) addHosts(base hostSetting, hosts []trace.Setting, iss map[string]string) error {
	for _, s := range hosts {
		words := strings.Fields(s.Value)
		setting := base
		for _, word := range words[1:] {
			key, value, ok := strings.Cut(word, "=")
			if !ok {
				return r.error(s.Line, "%q says nothing about host %s: write NAME=VALUE", word, words[0])
			}
			if err := setting.set(key, value); err != nil {
				return r.error(s.Line, "host %s: %w", words[0], err)
			}
		}
		if err := setting.chooseISN(words[0], orText(setting.iss, iss[words[0]])); err != nil {
			return &ScenarioError{r.name, s.Line, err}
		}
		delete(iss, words[0])
		h, err := r.sim.Host(words[0], setting.cfg)
		if err != nil {
			return &ScenarioError{r.name, s.Line, errors.New(strings.TrimPrefix(err.Error(), "endpoint: "))}
		}
		r.apps[h] = &setting.app
		h.App = setting.app.work
	}
	for host := range iss {
		return r.error(1, "iss names host %q, which is not there: the hosts are %s", host, r.hostNames())
	}
	return nil
}

func (r *runner) hostNames() string { return strings.Join(r.sim.log.Hosts, ", ") }

// clockRate is how fast initial sequence numbers rise: one in 4 microseconds (section
// 3.4.1).
const clockRate = 4 * time.Microsecond

// chooseISN takes the numbers of the header, one a connection; after them, the last
// rises with the clock.
func (hs *hostSetting) chooseISN(host, numbers string) error {
	if numbers == "" {
		return nil
	}
	var list []uint32
	for _, text := range strings.Split(numbers, ",") {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return fmt.Errorf("initial sequence number %q of host %s: write a number below 2^32", text, host)
		}
		list = append(list, uint32(n))
	}
	next := 0
	hs.cfg.ISN = func(_ endpoint.Pair, now time.Time) uint32 {
		if next < len(list) {
			next++
			return list[next-1]
		}
		return list[len(list)-1] + uint32(since(now)/clockRate)
	}
	return nil
}

// work is what the application does after anything has happened to a connection.
func (a *app) work(c *Conn) {
	for a.reads && c.end.Readable() > 0 {
		if _, err := c.Read(make([]byte, c.end.Readable())); err != nil {
			return
		}
	}
	if a.closes && c.State() == tcpfsm.CloseWait && c.end.Readable() == 0 && !c.end.TCB().CloseQueued {
		_ = c.Close() // refused only if it is closed already
	}
}

// set takes one KEY=VALUE of a host.
func (hs *hostSetting) set(key, value string) (err error) {
	cfg := &hs.cfg
	durations := map[string]*time.Duration{
		"rto": &cfg.RTOInitial, "rtomin": &cfg.RTOMin, "rtomax": &cfg.RTOMax, "msl": &cfg.MSL, "usertimeout": &cfg.UserTimeout,
		"delack": &cfg.DelayedAck, "finwait2": &cfg.FinWait2, "keepidle": &cfg.KeepAliveIdle, "keepinterval": &cfg.KeepAliveInterval,
	}
	numbers := map[string]*int{"mss": &cfg.MSS, "sndbuf": &cfg.SendBuffer, "rcvbuf": &cfg.ReceiveBuffer}
	counts := map[string]*uint32{"r1": &cfg.R1, "r2": &cfg.R2, "r2syn": &cfg.R2Syn, "keepmax": &cfg.KeepAliveMax, "synlinear": &cfg.SynLinear}
	flags := map[string]*bool{"nodelay": &cfg.NoDelay, "timestamps": &cfg.Timestamps, "accepts": &hs.app.accepts, "reads": &hs.app.reads, "closes": &hs.app.closes}
	switch {
	case durations[key] != nil:
		*durations[key], err = trace.ParseTime(value)
	case numbers[key] != nil:
		if *numbers[key], err = strconv.Atoi(value); err == nil && *numbers[key] > bufferMax {
			err = fmt.Errorf("a scenario has room for %d", bufferMax)
		}
	case counts[key] != nil:
		var n uint64
		n, err = strconv.ParseUint(value, 10, 32)
		*counts[key] = uint32(n)
	case flags[key] != nil:
		*flags[key], err = yes(value)
	case key == "profile":
		cfg.Options, err = tcpfsm.ParseProfile(value)
	case key == "options":
		err = changeOptions(&cfg.Options, strings.Split(value, ","))
	case key == "iss":
		hs.iss = value
	case key == "system":
		hs.app.system = value
		_, err = systemPolicy(value)
	default:
		return fmt.Errorf("there is no setting %q; the settings are iss, profile, options, system, accepts, reads, closes, nodelay, timestamps, %s", key, strings.Join(settingNames, ", "))
	}
	if err != nil {
		return fmt.Errorf("%s=%s: %w", key, value, err)
	}
	return nil
}

// bufferMax bounds the buffers of a scenario, whose file may be anybody's.
const bufferMax = 1 << 24

var settingNames = []string{
	"mss", "sndbuf", "rcvbuf", "rto", "rtomin", "rtomax", "msl", "usertimeout", "delack", "finwait2", "keepidle",
	"keepinterval", "keepmax", "r1", "r2", "r2syn", "synlinear",
}

func yes(value string) (bool, error) {
	if value != "yes" && value != "no" {
		return false, errors.New("write yes or no")
	}
	return value == "yes", nil
}

// addLinks joins hosts as the lines link A<->B KEY=VALUE... say; without such lines,
// all of them.
func (r *runner) addLinks(links []trace.Setting) error {
	if len(links) == 0 {
		for i, a := range r.sim.hosts {
			for _, b := range r.sim.hosts[:i] {
				if err := r.sim.Link(a, b, LinkConfig{Delay: delayDefault}); err != nil {
					return &ScenarioError{r.name, 1, err}
				}
			}
		}
	}
	for _, s := range links {
		if err := r.addLink(s); err != nil {
			return &ScenarioError{r.name, s.Line, err}
		}
	}
	return nil
}

func (r *runner) addLink(s trace.Setting) error {
	words := strings.Fields(s.Value)
	from, to, both := strings.Cut(words[0], "<->")
	if !both {
		from, to, _ = strings.Cut(words[0], "->")
	}
	a, okA := r.sim.HostByName(from)
	b, okB := r.sim.HostByName(to)
	if !okA || !okB {
		return fmt.Errorf("link %q: write A<->B or A->B, with two of the hosts %s", words[0], r.hostNames())
	}
	cfg, every := LinkConfig{Delay: delayDefault}, 0
	for _, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		var err error
		switch key {
		case "delay":
			cfg.Delay, err = trace.ParseTime(value)
		case "rate":
			cfg.Rate, err = strconv.Atoi(value)
		case "queue":
			cfg.Queue, err = strconv.Atoi(value)
		case "lose-every":
			every, err = strconv.Atoi(value)
		default:
			err = fmt.Errorf("there is no such setting; the settings are delay, rate, queue and lose-every")
		}
		if err != nil {
			return fmt.Errorf("link %s: %s: %w", words[0], word, err)
		}
	}
	return join(a, b, cfg, both, every)
}

func join(a, b *Host, cfg LinkConfig, both bool, every int) error {
	if err := a.LinkTo(b, cfg); err != nil {
		return err
	}
	if every > 0 {
		a.To(b).Filter(LoseEvery(every))
	}
	if !both {
		return nil
	}
	return join(b, a, cfg, false, every)
}

// systemPolicy names the ways of counting a backlog.
func systemPolicy(name string) (endpoint.Policy, error) {
	return endpoint.ParsePolicy(name)
}

// backlog is what listen says: backlog=N as the system counts it, or syn= and accept=.
func (r *runner) backlog(a *trace.Action) (endpoint.Backlog, error) {
	policy, err := systemPolicy(orText(param(a, "system"), r.apps[r.host(a.Host)].system))
	if err != nil {
		return endpoint.Backlog{}, err
	}
	b := endpoint.Backlog{Policy: policy}
	if n, err := strconv.Atoi(param(a, "backlog")); err == nil {
		b = policy.Backlog(n)
	}
	if n, err := strconv.Atoi(param(a, "syn")); err == nil {
		b.Syn = n
	}
	if n, err := strconv.Atoi(param(a, "accept")); err == nil {
		b.Accept = n
	}
	return b, nil
}
