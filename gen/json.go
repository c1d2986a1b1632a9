package gen

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/tcpfsm/tcpfsm/spec"
)

// The machine as JSON: everything that the table says, by name and in its order,
// for tools that don't read Go. Fields may be added under the same schema;
// what is there keeps its meaning.
type (
	jsonMachine struct {
		Generated  string          `json:"generated"`
		Schema     string          `json:"schema"`
		Hash       string          `json:"hash"`
		Name       string          `json:"name"`
		Title      string          `json:"title"`
		Source     string          `json:"source"`
		Doc        string          `json:"doc,omitempty"`
		States     []jsonState     `json:"states"`
		Events     []jsonEvent     `json:"events"`
		Records    []jsonRecord    `json:"records"`
		Slots      []jsonSlot      `json:"slots"`
		Params     []jsonVar       `json:"params"`
		Vars       []jsonVar       `json:"vars"`
		Outs       []jsonVar       `json:"outs"`
		Timers     []jsonName      `json:"timers"`
		Signals    []jsonName      `json:"signals"`
		Answers    []jsonName      `json:"answers"`
		Options    []jsonOption    `json:"options"`
		Profiles   []jsonProfile   `json:"profiles"`
		Defs       []jsonDef       `json:"defs"`
		Actions    []jsonAction    `json:"actions"`
		Invariants []jsonInvariant `json:"invariants"`
		Tables     []jsonTable     `json:"tables"`
		Edges      []jsonEdge      `json:"edges"`
		Folds      []jsonFold      `json:"folds,omitempty"`
	}
	jsonState struct {
		Name    string   `json:"name"`
		Doc     string   `json:"doc,omitempty"`
		Aliases []string `json:"aliases,omitempty"`
		Initial bool     `json:"initial,omitempty"`
	}
	jsonEvent struct {
		Name    string    `json:"name"`
		Text    string    `json:"text"`
		Takes   string    `json:"takes,omitempty"`
		Args    []jsonVar `json:"args,omitempty"`
		Timer   string    `json:"timer,omitempty"`
		Doc     string    `json:"doc,omitempty"`
		Aliases []string  `json:"aliases,omitempty"`
	}
	jsonRecord struct {
		Name   string     `json:"name"`
		Go     string     `json:"go"`
		Fields []jsonVar  `json:"fields"`
		Flags  []jsonName `json:"flags"`
		Doc    string     `json:"doc,omitempty"`
	}
	jsonSlot struct {
		Name string `json:"name"`
		Of   string `json:"of"`
		Doc  string `json:"doc,omitempty"`
	}
	jsonVar struct {
		Name string `json:"name"`
		Type string `json:"type"`
		Keep bool   `json:"keep,omitempty"`
		Doc  string `json:"doc,omitempty"`
	}
	jsonName struct {
		Name string `json:"name"`
		Text string `json:"text,omitempty"`
		Doc  string `json:"doc,omitempty"`
	}
	jsonOption struct {
		Name string     `json:"name"`
		Cite []Citation `json:"cite"`
		Doc  string     `json:"doc,omitempty"`
	}
	jsonProfile struct {
		Name    string   `json:"name"`
		Options []string `json:"options"`
		Default bool     `json:"default,omitempty"`
		Doc     string   `json:"doc,omitempty"`
	}
	jsonDef struct {
		Name string     `json:"name"`
		Is   string     `json:"is"`
		Cite []Citation `json:"cite"`
		Doc  string     `json:"doc,omitempty"`
	}
	jsonAction struct {
		Name string     `json:"name"`
		Do   string     `json:"do"`
		Cite []Citation `json:"cite"`
		Doc  string     `json:"doc,omitempty"`
	}
	jsonInvariant struct {
		Name string   `json:"name"`
		In   []string `json:"in"`
		Is   string   `json:"is"`
		Doc  string   `json:"doc,omitempty"`
	}
	jsonTable struct {
		Title string     `json:"title"`
		Cite  []Citation `json:"cite"`
		Rows  []jsonRow  `json:"rows"`
	}
	// A jsonRow without when is the otherwise of its states and events; one
	// without to stays.
	jsonRow struct {
		ID   string     `json:"id"`
		In   []string   `json:"in"`
		On   []string   `json:"on"`
		When string     `json:"when,omitempty"`
		To   string     `json:"to,omitempty"`
		Do   string     `json:"do"`
		Cite []Citation `json:"cite"`
		Why  string     `json:"why"`
		Pos  string     `json:"pos,omitempty"`
	}
	jsonEdge struct {
		From  string   `json:"from"`
		To    string   `json:"to"`
		On    []string `json:"on"`
		Do    string   `json:"do,omitempty"`
		Class string   `json:"class"`
		Rows  []string `json:"rows"`
	}
	jsonFold struct {
		Note string   `json:"note"`
		Rows []string `json:"rows"`
	}
)

// renderJSON writes the machine for other tools.
func renderJSON(p *spec.Program, from string) ([]File, error) {
	var w bytes.Buffer
	e := json.NewEncoder(&w)
	e.SetEscapeHTML(false) // guards are full of < and &
	e.SetIndent("", "  ")
	if err := e.Encode(newJSON(p, from)); err != nil {
		return nil, err
	}
	return []File{{Name: "machine.json", Data: w.Bytes()}}, nil
}

func newJSON(p *spec.Program, from string) jsonMachine {
	m := p.Machine
	j := jsonMachine{
		Generated: header(from), Schema: m.Name + ".machine/1", Hash: p.Hash,
		Name: m.Name, Title: m.Title, Source: m.Source, Doc: m.Doc,
		Params: jsonVars(m.Params), Vars: jsonVars(m.Vars), Outs: jsonVars(m.Outs),
		Signals: jsonNames(m.Signals), Answers: jsonNames(m.Answers),
		Tables: jsonTables(p),
	}
	j.States = each(m.States, func(i int, s spec.State) jsonState {
		return jsonState{s.Name, s.Doc, fields(s.Alias), i == 0}
	})
	j.Events = each(m.Events, func(i int, e spec.Event) jsonEvent {
		return jsonEvent{e.Name, eventText(m, i), e.Takes, jsonVars(e.Args), e.Timer, e.Doc, fields(e.Alias)}
	})
	j.Records = each(m.Records, func(_ int, r spec.Record) jsonRecord {
		return jsonRecord{r.Name, r.Go, jsonVars(r.Fields), jsonNames(r.Flags), r.Doc}
	})
	j.Slots = each(m.Slots, func(_ int, s spec.Slot) jsonSlot { return jsonSlot(s) })
	j.Timers = each(m.Timers, func(_ int, t spec.Timer) jsonName { return jsonName{Name: t.Name, Doc: t.Doc} })
	j.addParts(p)
	j.Edges = each(edges(p), func(_ int, e edge) jsonEdge {
		return jsonEdge{m.States[e.from].Name, m.States[e.to].Name, e.on, e.do, classNames[e.class], e.rows}
	})
	j.Folds = each(m.Diagram.Folds, func(_ int, f spec.Fold) jsonFold { return jsonFold{f.Note, fields(f.Rows)} })
	return j
}

// addParts adds what rows are made of.
func (j *jsonMachine) addParts(p *spec.Program) {
	m := p.Machine
	j.Options = each(m.Options, func(_ int, o spec.Option) jsonOption {
		return jsonOption{o.Name, Citations(m, o.Cite), o.Doc}
	})
	j.Profiles = each(m.Profiles, func(_ int, f spec.Profile) jsonProfile {
		return jsonProfile{f.Name, fields(f.Options), f.Default, f.Doc}
	})
	j.Defs = each(m.Defs, func(_ int, d spec.Def) jsonDef {
		return jsonDef{d.Name, oneLine(d.Is), Citations(m, d.Cite), d.Doc}
	})
	j.Actions = each(m.Actions, func(_ int, a spec.Action) jsonAction {
		return jsonAction{a.Name, oneLine(a.Do), Citations(m, a.Cite), a.Doc}
	})
	j.Invariants = each(m.Invariants, func(_ int, v spec.Invariant) jsonInvariant {
		return jsonInvariant{v.Name, stateNames(m, setStates(m, v.In)), oneLine(v.Is), v.Doc}
	})
}

func jsonTables(p *spec.Program) []jsonTable {
	ts := each(p.Machine.Tables, func(_ int, t spec.Table) jsonTable {
		return jsonTable{t.Title, Citations(p.Machine, t.Cite), []jsonRow{}}
	})
	for _, r := range p.Rows {
		row := jsonRow{
			ID: r.ID, In: stateNames(p.Machine, r.In), When: oneLine(r.When), Do: oneLine(r.Do),
			Cite: Citations(p.Machine, r.Cite), Why: oneLine(r.Why), Pos: r.Pos,
		}
		for _, e := range r.On {
			row.On = append(row.On, p.Machine.Events[e].Name)
		}
		if r.To >= 0 {
			row.To = p.Machine.States[r.To].Name
		}
		ts[r.Table].Rows = append(ts[r.Table].Rows, row)
	}
	return ts
}

func jsonVars(vars []spec.Var) []jsonVar {
	return each(vars, func(_ int, v spec.Var) jsonVar { return jsonVar{v.Name, typeName(v.Type), v.Keep, v.Doc} })
}

func jsonNames(names []spec.Name) []jsonName {
	return each(names, func(_ int, n spec.Name) jsonName { return jsonName(n) })
}

// typeName is a type as the notation calls it.
func typeName(t spec.Type) string {
	return [...]string{spec.NoType: "", spec.Flag: "flag", spec.Seq: "seq", spec.Size: "size"}[t]
}

// fields splits a list of names; JSON says [] and not null for none.
func fields(s string) []string { return append([]string{}, strings.Fields(s)...) }

// each maps a list, and none to an empty one, which JSON prints as [].
func each[T, U any](list []T, f func(int, T) U) []U {
	out := make([]U, 0, len(list))
	for i, v := range list {
		out = append(out, f(i, v))
	}
	return out
}
