package tcp

import (
	"math/bits"
	"slices"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/spec"
)

// figure5 is figure 5 of RFC 9293 and the edge of its note 2, in the figure's
// own words.
const figure5 = `
CLOSED -> LISTEN: passive OPEN / create TCB
CLOSED -> SYN-SENT: active OPEN / create TCB, snd SYN
LISTEN -> CLOSED: CLOSE / delete TCB
LISTEN -> SYN-RECEIVED: rcv SYN / snd SYN,ACK
LISTEN -> SYN-SENT: SEND / snd SYN
SYN-SENT -> CLOSED: CLOSE / delete TCB
SYN-SENT -> SYN-RECEIVED: rcv SYN / snd SYN,ACK
SYN-SENT -> ESTABLISHED: rcv SYN,ACK / snd ACK
SYN-RECEIVED -> LISTEN: rcv RST / (passive OPEN)
SYN-RECEIVED -> ESTABLISHED: rcv ACK of SYN
SYN-RECEIVED -> FIN-WAIT-1: CLOSE / snd FIN
ESTABLISHED -> FIN-WAIT-1: CLOSE / snd FIN
ESTABLISHED -> CLOSE-WAIT: rcv FIN / snd ACK
FIN-WAIT-1 -> FIN-WAIT-2: rcv ACK of FIN
FIN-WAIT-1 -> CLOSING: rcv FIN / snd ACK
FIN-WAIT-1 -> TIME-WAIT: rcv FIN + ACK of FIN / snd ACK
FIN-WAIT-2 -> TIME-WAIT: rcv FIN / snd ACK
CLOSING -> TIME-WAIT: rcv ACK of FIN
CLOSE-WAIT -> LAST-ACK: CLOSE / snd FIN
LAST-ACK -> CLOSED: rcv ACK of FIN / delete TCB
TIME-WAIT -> CLOSED: 2 MSL timeout / delete TCB
`

func stateName(s spec.StateSet) string {
	return Machine.States[bits.TrailingZeros64(uint64(s))].Name
}

func TestDiagram_figure5(t *testing.T) {
	want := strings.Split(strings.TrimSpace(figure5), "\n")
	var got []string
	for _, e := range Diagram.Edges {
		s := stateName(e.From) + " -> " + stateName(e.To) + ": " + e.On
		if e.Do != "" {
			s += " / " + e.Do
		}
		got = append(got, s)
	}
	slices.Sort(want)
	slices.Sort(got)
	if len(got) != 21 || !slices.Equal(got, want) {
		t.Errorf("%d edges:\n%s\nwant the figure's 20 and its note's:\n%s", len(got), strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestDiagram_events(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range Diagram.Edges {
		if key := stateName(e.From) + " " + e.On; seen[key] {
			t.Errorf("%s is drawn twice; the table by state and event has one place for it", key)
		} else {
			seen[key] = true
		}
	}
}

// Every edge is carried by rows that lead the way it is drawn.
func TestDiagram_rows(t *testing.T) {
	rows := map[string]spec.Row{}
	for _, table := range Machine.Tables {
		for _, r := range table.Rows {
			rows[r.ID] = r
		}
	}
	for _, e := range Diagram.Edges {
		edge := stateName(e.From) + " -> " + stateName(e.To)
		if e.Rows == "" {
			t.Errorf("%s has no rows", edge)
		}
		for id := range strings.FieldsSeq(e.Rows) {
			r, ok := rows[id]
			switch {
			case !ok:
				t.Errorf("%s names row %s, which doesn't exist", edge, id)
			case r.In&e.From == 0 || r.To != e.To:
				t.Errorf("%s names row %s, which doesn't lead that way", edge, id)
			}
		}
	}
}
