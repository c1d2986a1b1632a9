package gen

import (
	"regexp"
	"strings"
	"testing"
)

func TestMermaid_golden(t *testing.T) {
	fs, err := renderMermaid(program(turnstile()), "turnstile")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "turnstile/"+fs[0].Name, fs[0].Data)
	golden(t, "turnstile/rows.mmd", RowsMermaid(program(turnstile()), 0))
}

// Whatever names hold, each line of a state diagram stays of a known form, with
// nothing in its texts that Mermaid would read as syntax.
func TestMermaid_hostile(t *testing.T) {
	text := "([^\"<>&;:`{}\\[\\]\\\\#]|#[a-z0-9]+;)*"
	line := regexp.MustCompile(`^(stateDiagram-v2|    state "` + text + `" as \w+|    \w+: ` + text + `|    (\[\*\]|\w+) --> \w+(: ` + text + `)?|    classDef .*|    class .*)$`)
	for l := range strings.SplitSeq(strings.TrimSuffix(string(Mermaid(program(hostile()))), "\n"), "\n") {
		if !line.MatchString(l) {
			t.Errorf("line %q is not Mermaid", l)
		}
	}
}

func TestMermaid_identifiers(t *testing.T) {
	ids := mermaidIDs(machine("x", []string{"A-B", "A_B", "end", "", "SYN-SENT"}))
	if got, want := strings.Join(ids, " "), "A_B A_B_1 end_2 _3 SYN_SENT"; got != want {
		t.Errorf("identifiers are %s, want %s", got, want)
	}
}
