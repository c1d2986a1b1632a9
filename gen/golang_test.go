package gen

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/spec"
)

// compiled compiles a machine of a test.
func compiled(t testing.TB, m *spec.Machine) *spec.Program {
	t.Helper()
	p, err := spec.Compile(m)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func rendered(t testing.TB, p *spec.Program, from string) []File {
	t.Helper()
	files, err := renderGo(p, from)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestGo_golden(t *testing.T) {
	for _, f := range rendered(t, compiled(t, linkMachine()), "test/link") {
		golden(t, "link/"+f.Name+".txt", f.Data)
	}
}

func TestGo_deterministic(t *testing.T) {
	first := rendered(t, compiled(t, linkMachine()), "test/link")
	for range 5 {
		for i, f := range rendered(t, compiled(t, linkMachine()), "test/link") {
			if f.Name != first[i].Name || !bytes.Equal(f.Data, first[i].Data) {
				t.Fatalf("%s: two runs differ", f.Name)
			}
		}
	}
}

func TestGo_header(t *testing.T) {
	for _, f := range rendered(t, compiled(t, linkMachine()), "test/link") {
		if got := source(f.Data); got != "test/link" {
			t.Errorf("%s: generated from %q, want test/link in the first line", f.Name, got)
		}
		if !strings.HasSuffix(f.Name, "_gen.go") {
			t.Errorf("%s: want a name that ends in _gen.go", f.Name)
		}
	}
}

// Nothing is printed that the machine has no use for.
func TestGo_bare(t *testing.T) {
	m := &spec.Machine{
		Name: "lamp", States: []spec.State{{ID: 1, Name: "OFF"}, {ID: 2, Name: "ON"}},
		Events: []spec.Event{{ID: 1, Name: "Press"}},
		Tables: []spec.Table{{Rows: []spec.Row{
			{ID: "on", In: 1, On: 1, To: 2, Why: "Light."}, {ID: "off", In: 2, On: 1, To: 1, Why: "Dark."},
		}}},
	}
	var all strings.Builder
	for _, f := range rendered(t, compiled(t, m), "lamp") {
		all.Write(f.Data)
	}
	for _, word := range []string{"Timer", "Signal", "Answer", "Options", "Flags", "Armed", "seqLT", "count(", "reset", "InvariantError", "DiagramEvent", ": : "} {
		if strings.Contains(all.String(), word) {
			t.Errorf("a machine of two states has %q in its code", word)
		}
	}
}

func TestGo_clashes(t *testing.T) {
	for _, c := range []struct {
		reason, want string
		change       func(m *spec.Machine)
	}{
		{"a variable becomes a method", `event Offer and variable offer are both "Offer" in type Machine`, func(m *spec.Machine) {
			m.Vars[4].Name = "offer"
			for i := range m.Actions {
				m.Actions[i].Do = strings.ReplaceAll(m.Actions[i].Do, "pending", "offer")
			}
			for i := range m.Tables {
				for j := range m.Tables[i].Rows {
					m.Tables[i].Rows[j].Do = strings.ReplaceAll(m.Tables[i].Rows[j].Do, "pending", "offer")
				}
			}
		}},
		{"a state becomes a type", `the generated Output and state OUTPUT are both "Output"`, func(m *spec.Machine) { m.States[0].Name = "OUTPUT" }},
		{"a state becomes a number", `state 2-FAST is "2Fast" in package link, which is no exported Go name`, func(m *spec.Machine) { m.States[0].Name = "2-FAST" }},
	} {
		m := linkMachine()
		c.change(m)
		_, err := renderGo(compiled(t, m), "test/link")
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "gen: machine link: ") {
			t.Errorf("%s: error %v, want one with %s", c.reason, err, c.want)
		}
	}
}

func TestGo_names(t *testing.T) {
	for _, c := range [][3]string{ // name, goName, titleName
		{"SND.UNA", "SndUna", "SndUna"}, {"MAX.SND.WND", "MaxSndWnd", "MaxSndWnd"}, {"TW.SND.NXT", "TwSndNxt", "TwSndNxt"},
		{"RCV.BUF", "RcvBuf", "RcvBuf"}, {"R2.SYN", "R2Syn", "R2Syn"}, {"ISS", "ISS", "Iss"}, {"R1", "R1", "R1"},
		{"closeQueued", "CloseQueued", "CloseQueued"}, {"SEQ", "SEQ", "Seq"}, {"SYN-SENT", "SynSent", "SynSent"},
		{"Data Sent", "DataSent", "DataSent"}, {"synsent.synack", "SynsentSynack", "SynsentSynack"}, {"fin-wait.x", "FinWaitX", "FinWaitX"},
		{"savedTW", "SavedTW", "SavedTW"}, {"rfc9293", "RFC9293", "RFC9293"}, {"rcv SYN,ACK", "RcvSynAck", "RcvSynAck"},
	} {
		if got := goName(c[0]); got != c[1] {
			t.Errorf("goName(%q) = %s, want %s", c[0], got, c[1])
		}
		if got := titleName(c[0]); got != c[2] {
			t.Errorf("titleName(%q) = %s, want %s", c[0], got, c[2])
		}
	}
	for name, want := range map[string]string{"ISN": "isn", "SegLen": "segLen", "RemoteGiven": "remoteGiven", "R1": "r1", "TWReuse": "twReuse", "Seg": "seg"} {
		if got := lowerName(name); got != want {
			t.Errorf("lowerName(%q) = %s, want %s", name, got, want)
		}
	}
}
