package gen

import (
	"encoding/json"
	"testing"
)

func TestJSON_golden(t *testing.T) {
	fs, err := renderJSON(program(turnstile()), "turnstile")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "turnstile/"+fs[0].Name, fs[0].Data)
}

func TestJSON_complete(t *testing.T) {
	p := tcpProgram(t)
	var m jsonMachine
	if err := json.Unmarshal(must(renderJSON(p, "spec/tcp"))[0].Data, &m); err != nil {
		t.Fatal(err)
	}
	if m.Schema != "tcpfsm.machine/1" {
		t.Errorf("schema is %q, want tcpfsm.machine/1", m.Schema)
	}
	rows := 0
	for _, table := range m.Tables {
		rows += len(table.Rows)
	}
	if len(m.States) != len(p.Machine.States) || len(m.Events) != len(p.Machine.Events) || rows != len(p.Rows) {
		t.Errorf("%d states, %d events, %d rows; the table has %d, %d, %d", len(m.States), len(m.Events), rows, len(p.Machine.States), len(p.Machine.Events), len(p.Rows))
	}
	must(renderJSON(program(hostile()), "x"))
}
