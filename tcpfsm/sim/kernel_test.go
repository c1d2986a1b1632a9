package sim

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// The folder testdata/linux holds what was done with two Linux 6.18 hosts, as traces,
// and in paths.tsv what their kernels did: the states of each connection, from the
// kernel's own tracepoint, and from polling where there is a ~. Our linux profile has to
// go the same ways. That folder's names are the kernel's: hosts A and B.

// differs lists where we go another way, with the reason.
var differs = map[string]struct{ ours, why string }{
	"old-dup-syn B 80": {
		"LISTEN SYN-RECEIVED LISTEN SYN-RECEIVED ESTABLISHED CLOSE-WAIT LAST-ACK CLOSED",
		"the kernel's path begins with the second SYN; its polled request sockets show both attempts",
	},
	"timewait-syn-reuse B 80": {
		"LISTEN SYN-RECEIVED ESTABLISHED FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT SYN-RECEIVED ESTABLISHED CLOSE-WAIT LAST-ACK CLOSED",
		"the kernel removes the TIME-WAIT and gives the SYN to its listener; RFC 9293 section 3.6.1 turns the one into the other, and back if the SYN was old",
	},
}

// kernelPaths reads paths.tsv: the states for each scenario, host and own port. Lives of
// the same sockets follow each other.
func kernelPaths(t *testing.T) map[string][]string {
	t.Helper()
	data, err := os.ReadFile(filepath.FromSlash("testdata/linux/paths.tsv"))
	must(t, err)
	paths := map[string][]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		columns := strings.Split(line, "\t")
		key := kernelKey(columns[0], columns[1], columns[2], columns[3])
		for _, name := range strings.Split(columns[4], " > ") {
			state, err := tcpfsm.ParseState(strings.TrimSuffix(name, "~"))
			must(t, err)
			if all := paths[key]; len(all) == 0 || all[len(all)-1] != state.String() {
				paths[key] = append(all, state.String())
			}
		}
	}
	return paths
}

// kernelKey is "SCENARIO HOST PORT", with the client's port too where a server has
// several clients.
func kernelKey(scenario, host, local, remote string) string {
	key := scenario + " " + host + " " + local[strings.LastIndexByte(local, ':')+1:]
	if peer := remote[strings.LastIndexByte(remote, ':')+1:]; host == "B" && peer != "40000" {
		key += " " + peer
	}
	return key
}

// pathOf is the states of a connection, as the log has them.
func pathOf(log *trace.Log, host, conn string) (path []string) {
	for _, ev := range log.Events {
		if ev.Host != host || ev.Conn != conn || ev.After == "" {
			continue
		}
		for _, state := range []string{ev.Before, ev.After} {
			if len(path) == 0 || path[len(path)-1] != state {
				path = append(path, state)
			}
		}
	}
	// The kernel has a listener all the time, and a request that goes leaves nothing.
	for i := 1; i < len(path); i++ {
		if path[i-1] == "CLOSED" && path[i] == "LISTEN" {
			path = slices.Delete(path, i-1, i)
		}
	}
	return path
}

func TestLinux_goesTheKernelsWays(t *testing.T) {
	kernel := kernelPaths(t)
	compared, excused := map[string]bool{}, map[string]bool{}
	for _, name := range linuxTraces(t) {
		res := runLinux(t, name)
		for _, h := range res.Sim.Hosts() {
			for _, c := range h.Conns() {
				pair := c.Pair()
				key := kernelKey(name, strings.ToUpper(h.Name()), pair.Local.String(), pair.Remote.String())
				want, ok := kernel[key]
				if compared[key] = true; !ok {
					continue
				}
				got, other := pathOf(res.Sim.Log(), h.Name(), c.name), differs[key]
				if other.ours != "" && strings.Join(got, " ") == other.ours && !slices.Equal(got, want) {
					excused[key] = true
					continue
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s:\nwe     %v\nkernel %v", key, got, want)
				}
			}
		}
	}
	for key, other := range differs {
		if !excused[key] {
			t.Errorf("%s is listed as different (%s), but is not", key, other.why)
		}
	}
	for key := range kernel {
		if !compared[key] {
			t.Errorf("%s: the kernel had a connection that we have not", key)
		}
	}
}

func linuxTraces(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.FromSlash("testdata/linux/*.trace"))
	must(t, err)
	if len(files) < 30 {
		t.Fatalf("found %d traces only", len(files))
	}
	for _, name := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(name), ".trace"))
	}
	return names
}

func runLinux(t *testing.T, name string) *Result {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "linux", name+".trace"))
	must(t, err)
	f, err := trace.Parse(name+".trace", string(text))
	must(t, err)
	res, err := Scenario(name, f)
	must(t, err)
	for _, failed := range res.Failed {
		t.Errorf("%s.trace:%d: %s", name, failed.Line, failed.Msg)
	}
	checkLog(t, res.Sim.Log())
	return res
}

// times are when a host sent segments that match, without the first so many.
func times(log *trace.Log, host string, match func(trace.Segment) bool) (all []string) {
	for _, ev := range log.Events {
		if ev.Kind == trace.Departed && ev.Host == host && match(ev.Segment) {
			all = append(all, trace.FormatTime(ev.Time.Round(10*time.Millisecond)))
		}
	}
	return all
}

func flags(want string) func(trace.Segment) bool {
	return func(s trace.Segment) bool { return s.Flags == want }
}

// tcp_syn_retries=2 and tcp_syn_linear_timeouts=4: the kernel sent SYNs at 0, 1.015,
// 2.043, 3.067, 4.087 and 5.115 s, and failed at 7.127 s.
func TestLinux_blackHole(t *testing.T) {
	log := runLinux(t, "blackhole").Sim.Log()
	if got := times(log, "a", flags("SYN")); !slices.Equal(got, []string{"0s", "1s", "2s", "3s", "4s", "5s"}) {
		t.Errorf("SYNs at %v", got)
	}
	for _, ev := range log.Events {
		if ev.After == "CLOSED" && ev.Before == "SYN-SENT" && ev.Time != 7*time.Second {
			t.Errorf("given up at %v, want 7 s", ev.Time)
		}
	}
}

// listen(1), one connection waiting, two SYNs at once: after 6 s the kernel had two to
// accept, one in SYN-RECV whose SYN,ACK it had repeated twice, and three clients in
// ESTABLISHED, the third with ten octets unacknowledged.
func TestLinux_backlogStuck(t *testing.T) {
	res := runLinux(t, "backlog-stuck")
	b, _ := res.Sim.HostByName("b")
	if syn, accept := b.Listener(80).Waiting(); syn != 1 || accept != 2 {
		t.Errorf("%d in SYN-RECEIVED and %d to accept, want 1 and 2", syn, accept)
	}
	if got := times(res.Sim.Log(), "b", flags("SYN,ACK")); len(got) != 3+2 {
		t.Errorf("SYN,ACKs at %v, want three and two repetitions", got)
	}
	a, _ := res.Sim.HostByName("a")
	var unacked []string
	for _, c := range a.Conns() {
		tcb := c.Endpoint().TCB()
		unacked = append(unacked, strconv.Itoa(int(tcb.SndNxt-tcb.SndUna)))
	}
	if !slices.Equal(unacked, []string{"0", "0", "10"}) {
		t.Errorf("octets unacknowledged: %v", unacked)
	}
}

// listen(1), clients one after another: the kernel took two, dropped every SYN of the
// other three, and they repeated theirs twelve times in 4.9 s.
func TestLinux_backlogOverflow(t *testing.T) {
	res := runLinux(t, "backlog-overflow-seq")
	if got := times(res.Sim.Log(), "a", flags("SYN")); len(got) != 5+12 {
		t.Errorf("%d SYNs at %v, want five and twelve repetitions", len(got), got)
	}
}

// rst-5961: in the window a challenge, outside nothing, exact the end.
func TestLinux_rst5961(t *testing.T) {
	var rows []string
	for _, ev := range runLinux(t, "rst-5961").Sim.Log().Events {
		if ev.Forged && ev.Kind == trace.Arrived {
			rows = append(rows, ev.Row)
		}
	}
	if want := []string{"rst.challenge", "rst.outside", "rst.outside", "rst"}; !slices.Equal(rows, want) {
		t.Errorf("RSTs met %v, want %v", rows, want)
	}
}
