package sim

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/endpoint"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// A packet is what the dump needs of a segment besides the log.
type packet struct {
	pair   endpoint.Pair
	header endpoint.Header
}

// note keeps a segment for the dump. Its number is its place, from 1.
func (s *Sim) note(p *Packet) {
	if !s.cfg.Quiet {
		s.packets = append(s.packets, packet{p.Pair, p.Header})
	}
}

// Dump writes what the interface of a host has seen, one line a segment, as
// tcpdump -nn -S prints it; the times begin at 0.
func (s *Sim) Dump(w io.Writer, host *Host) error {
	b := bufio.NewWriter(w)
	for i := range s.log.Events {
		ev := &s.log.Events[i]
		if ev.Host != host.name || ev.Kind != trace.Arrived && (ev.Kind != trace.Departed || ev.Forged) {
			continue
		}
		p := &s.packets[ev.Packet-1]
		fmt.Fprintf(b, "%s IP %s > %s: %s\n", timeOfDay(ev.Time), dotted(p.pair.Local), dotted(p.pair.Remote), dumped(&p.header))
	}
	return b.Flush()
}

func timeOfDay(d time.Duration) string {
	us := d.Microseconds()
	return fmt.Sprintf("%02d:%02d:%02d.%06d", us/3_600_000_000, us/60_000_000%60, us/1_000_000%60, us%1_000_000)
}

func dotted(socket netip.AddrPort) string {
	return fmt.Sprintf("%s.%d", socket.Addr(), socket.Port())
}

// dumped is a header as tcpdump shows it.
func dumped(h *endpoint.Header) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Flags [%s]", dumpedFlags(h.Flags))
	if h.Text > 0 {
		fmt.Fprintf(&b, ", seq %d:%d", h.Seq, h.Seq+h.Text)
	} else if h.Flags&(tcpfsm.SYN|tcpfsm.FIN|tcpfsm.RST) != 0 {
		fmt.Fprintf(&b, ", seq %d", h.Seq)
	}
	if h.Flags.Has(tcpfsm.ACK) {
		fmt.Fprintf(&b, ", ack %d", h.Ack)
	}
	fmt.Fprintf(&b, ", win %d", h.Wnd)
	b.WriteString(dumpedOptions(h))
	fmt.Fprintf(&b, ", length %d", h.Text)
	return b.String()
}

func dumpedOptions(h *endpoint.Header) string {
	var options []string
	if h.MSS > 0 {
		options = append(options, fmt.Sprintf("mss %d", h.MSS))
	}
	if h.HasTS {
		options = append(options, "nop", "nop", fmt.Sprintf("TS val %d ecr %d", h.TSval, h.TSecr))
	}
	if len(options) == 0 {
		return ""
	}
	return ", options [" + strings.Join(options, ",") + "]"
}

func dumpedFlags(f tcpfsm.Flags) string {
	text := ""
	for _, letter := range []struct {
		flag tcpfsm.Flags
		as   string
	}{{tcpfsm.FIN, "F"}, {tcpfsm.SYN, "S"}, {tcpfsm.RST, "R"}, {tcpfsm.PSH, "P"}, {tcpfsm.ACK, "."}, {tcpfsm.URG, "U"}} {
		if f.Has(letter.flag) {
			text += letter.as
		}
	}
	if text == "" {
		return "none"
	}
	return text
}
