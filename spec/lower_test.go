package spec

import (
	"strings"
	"testing"
)

// TestTypes is the table of the types: what each operator makes of each pair.
func TestTypes(t *testing.T) {
	c := compilerOf(program(t, nil))
	names := []string{"done", "NXT", "tries", "1"} // a flag, a seq, a size, a number
	want := map[string]string{                     // rows: left side; columns: right side
		"+":  "x x x x / x x seq seq / x x size size / x x size size",
		"-":  "x x x x / x size seq seq / x x size size / x x size size",
		"<":  "x x x x / x flag x x / x x flag flag / x x flag flag",
		"=<": "x x x x / x flag x x / x x flag flag / x x flag flag",
		">":  "x x x x / x flag x x / x x flag flag / x x flag flag",
		">=": "x x x x / x flag x x / x x flag flag / x x flag flag",
		"==": "flag x x x / x flag x x / x x flag flag / x x flag flag",
		"!=": "flag x x x / x flag x x / x x flag flag / x x flag flag",
		"&&": "flag x x x / x x x x / x x x x / x x x x",
		"||": "flag x x x / x x x x / x x x x / x x x x",
	}
	for op, table := range want {
		for i, row := range strings.Split(table, " / ") {
			for j, want := range strings.Fields(row) {
				text := names[i] + " " + op + " " + names[j]
				c.diags = nil
				x, _ := c.expression(place{at: &text, off: -1}, text)
				got := x.Type().String()
				if len(c.diags) > 0 {
					got = "x"
				}
				if got != want {
					t.Errorf("%s is %s, want %s (%v)", text, got, want, c.diags)
				}
			}
		}
	}
}

// TestAssignTypes: what may be assigned to what.
func TestAssignTypes(t *testing.T) {
	c := compilerOf(program(t, nil))
	for text, ok := range map[string]bool{
		"done = SYN": true, "done = NXT": false, "done = tries": false, "done = 1": false,
		"NXT = done": false, "NXT = ISN": true, "NXT = tries": false, "NXT = 1": true,
		"tries = done": false, "tries = NXT": false, "tries = limit": true, "tries = 1": true,
		"CTL.SYN = SYN": true, "CTL.SYN = 1": false, "CTL.SEQ = 0": true, "CTL.LEN = NXT": false, "CTL.ACK = NXT": true, "taken = tries": true,
	} {
		c.diags = nil
		c.effects(place{at: &text, off: -1}, text, true)
		if (len(c.diags) == 0) != ok {
			t.Errorf("%s: %v, want ok = %v", text, c.diags, ok)
		}
	}
}

// TestCite is the grammar of citations.
func TestCite(t *testing.T) {
	for text, ok := range map[string]bool{
		"3.10.7.3": true, "3.10.7.4 step 1": true, "A.2": true, "MUST-12": true, "SHLD-3": true, "MAY-2": true, "REC-1": true,
		"EID 3301": true, "RFC 5961": true, "RFC 5961 section 3.2": true, "RFC 5961 section 3.2 rule 2": true, "RFC 6191 appendix A": true,
		"Fig 5": true, "Fig 5 note 2": true, "note on history": true, "practice: Linux, BSD": true, "3.5; MUST-1; EID 4": true,
		"": true, "RFC5961": false, "RFC 5961 3.2": false, "MUST 12": false, "must-12": false, "section 3": false, "3.5;MUST-1": false, "3.5; ": false, "page 5": false, "3.": false,
	} {
		c := &compiler{}
		c.cite(place{at: &text, off: -1}, text)
		if (len(c.diags) == 0) != ok {
			t.Errorf("%q: %v, want ok = %v", text, c.diags, ok)
		}
	}
}

// TestCompile_value: without source, a problem has its row, field and column.
func TestCompile_value(t *testing.T) {
	m := fixture()
	m.Tables[0].Rows[2].When = "next &&\n\t!dome && SEG.END > 0"
	m.Tables[0].Rows[3].Do += "; x = 1"
	m.Defs[0].Is = "SEG.SEQ = NXT"
	m.Vars = append(m.Vars, Var{Name: "NXT", Type: Seq})
	_, err := Compile(m)
	want := `spec: var NXT: Name: "NXT" is already a variable: rename one of them
spec: def next: Is:9: = assigns: compare with ==
spec: row strict: Do:50: unknown name x: declare it in Vars or Outs
spec: row text: When:2:3: unknown name dome: did you mean done?`
	if err == nil || err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
}

// TestCompile_layout: the places that generated code and Step agree on.
func TestCompile_layout(t *testing.T) {
	p := program(t, nil)
	for what, lists := range map[string][2]string{
		"machine": {strings.Join(p.Layout.Machine, " "), "options armed limit NXT tries done kept"},
		"input":   {strings.Join(p.Layout.Input, " "), "SEG.SEQ SEG.ACK SEG.LEN SEG flags n urgent ISN"},
		"output":  {strings.Join(p.Layout.Output, " "), "started stopped signals answer CTL.SEQ CTL.ACK CTL.LEN CTL flags DATA.SEQ DATA.ACK DATA.LEN DATA flags taken"},
	} {
		if lists[0] != lists[1] {
			t.Errorf("%s: %s, want %s", what, lists[0], lists[1])
		}
	}
	for _, s := range p.Symbols {
		list := map[bool][]string{true: p.Layout.Machine}[s.Kind <= OptionSymbol]
		switch {
		case s.Kind >= SlotSymbol:
			list = p.Layout.Output
		case s.Kind >= ArgSymbol:
			list = p.Layout.Input
		}
		if name := list[s.Index]; s.Bit < 0 && name != s.Name {
			t.Errorf("%s is at the place of %s", s.Name, name)
		}
	}
	if p.Profiles[0] != 1 || p.Profiles[1] != 3 {
		t.Errorf("profiles %v, want [1 3]", p.Profiles)
	}
	if bits, ok := p.Profile(""); bits != 1 || !ok || p.OptionNames(3) != "strict fast" {
		t.Errorf("default profile %d %v, options %q: want 1 true, strict fast", bits, ok, p.OptionNames(3))
	}
}

// TestLookup: people spell names in many ways.
func TestLookup(t *testing.T) {
	p := program(t, nil)
	for name, want := range map[string]int{"BUSY": 1, "busy": 1, "At_Work": 1, "IDLE": 0, "": -1, "AT": -1} {
		if got := p.StateIndex(name); got != want {
			t.Errorf("state %q is %d, want %d", name, got, want)
		}
	}
	for name, want := range map[string]int{"Open": 0, "active open": 0, "segment": 1, "x": -1} {
		if got := p.EventIndex(name); got != want {
			t.Errorf("event %q is %d, want %d", name, got, want)
		}
	}
	if p.Rule("text") == nil || p.Rule("nothing") != nil || p.Symbol("nothing") != nil {
		t.Error("Rule and Symbol find what is there, and nothing else")
	}
}

// TestHash: words for people don't count, what decides does.
func TestHash(t *testing.T) {
	base := program(t, nil).Hash
	for what, change := range map[string]func(m *Machine){
		"doc":     func(m *Machine) { m.Vars[0].Doc, m.Doc, m.Defs[0].Doc = "x", "y", "z" },
		"why":     func(m *Machine) { m.Tables[0].Rows[0].Why, m.Tables[0].Rows[0].Cite = "because", "2" },
		"spaces":  func(m *Machine) { m.Tables[0].Rows[2].When = "(next)&&!done && SEG.END>0x0" },
		"diagram": func(m *Machine) { m.Diagram.Folds[0].Note = "other words" },
	} {
		if got := program(t, change).Hash; got != base {
			t.Errorf("%s changes the hash to %s", what, got)
		}
	}
	for what, change := range map[string]func(m *Machine){
		"guard":   func(m *Machine) { m.Tables[0].Rows[2].When = "next && !done && SEG.END > 1" },
		"effect":  func(m *Machine) { m.Tables[0].Rows[0].Do = "begin; signal(up)" },
		"target":  func(m *Machine) { m.Tables[0].Rows[1].To = idle; m.Diagram.Folds[0].Rows += " open.busy" },
		"keep":    func(m *Machine) { m.Vars[0].Keep = true },
		"default": func(m *Machine) { m.Profiles[0].Default = false },
		"id":      func(m *Machine) { m.Tables[0].Rows[1].ID = "open.again" },
	} {
		if got := program(t, change).Hash; got == base {
			t.Errorf("%s does not change the hash", what)
		}
	}
	if len(base) != 16 {
		t.Errorf("hash %q, want 16 digits", base)
	}
}

func TestDiff(t *testing.T) {
	a := program(t, nil)
	if d := Diff(a, program(t, nil)); d != "" {
		t.Errorf("equal programs differ: %s", d)
	}
	for want, change := range map[string]func(m *Machine){
		`Machine.Vars[0].Doc: "" and "x"`:           func(m *Machine) { m.Vars[0].Doc = "x" },
		"Machine.Profiles: 2 and 1 elements":        func(m *Machine) { m.Profiles = m.Profiles[:1] },
		`Machine.Tables[0].Rows[0].To: 0x2 and 0x1`: func(m *Machine) { m.Tables[0].Rows[0].To = idle; m.States = m.States[:2] },
	} {
		b := &Program{Machine: fixture()}
		change(b.Machine)
		if d := Diff(a, b); d != want {
			t.Errorf("difference %q, want %q", d, want)
		}
	}
}

func TestSuggest(t *testing.T) {
	known := []string{"SND.NXT", "SND.UNA", "RCV.NXT", "finSent", "SYN-SENT", "all"}
	for name, want := range map[string]string{
		"SND.NX": "SND.NXT", "SND_NXT": "SND.NXT", "sndnxt": "SND.NXT", "SDN.UNA": "SND.UNA", "finsent": "finSent",
		"syn_sent": "SYN-SENT", "al": "all", "completely": "", "": "", "SND.NXT": "",
	} {
		if got := Suggest(name, known); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
