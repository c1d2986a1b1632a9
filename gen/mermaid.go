package gen

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/tcpfsm/tcpfsm/spec"
)

// renderMermaid writes the machine's diagram for Mermaid.
func renderMermaid(p *spec.Program, from string) ([]File, error) {
	data := append([]byte("%% "+oneLine(header(from))+"\n"), Mermaid(p)...)
	return []File{{Name: "states.mmd", Data: data}}, nil
}

// Mermaid writes the machine's diagram in the notation that code hosts draw in
// the middle of a page. It has no positions and no classes of edges.
func Mermaid(p *spec.Program) []byte {
	var w bytes.Buffer
	w.WriteString("stateDiagram-v2\n")
	ids := mermaidIDs(p.Machine)
	for i, s := range p.Machine.States {
		fmt.Fprintf(&w, "    state \"%s\" as %s\n", mermaidText(s.Name), ids[i])
		if s.Doc != "" {
			fmt.Fprintf(&w, "    %s: %s\n", ids[i], mermaidText(s.Doc))
		}
	}
	if len(ids) > 0 {
		fmt.Fprintf(&w, "    [*] --> %s\n", ids[0])
	}
	for _, e := range edges(p) {
		fmt.Fprintf(&w, "    %s --> %s: %s\n", ids[e.from], ids[e.to], mermaidText(e.text()))
	}
	mermaidStyles(&w, p.Machine, ids)
	return w.Bytes()
}

// mermaidStyles colours the states as the poster does. Text and fill are both
// given, so that they fit each other on a dark page, too.
func mermaidStyles(w *bytes.Buffer, m *spec.Machine, ids []string) {
	for style, def := range [...]string{
		spec.Terminal: "fill:#3a3a3a,color:#ffffff",
		spec.Goal:     "fill:#e3f4ea,color:#1c1c1c,stroke:#007a53,stroke-width:3px",
		spec.Active:   "fill:#e3eff8,color:#1c1c1c",
		spec.Passive:  "fill:#fde9db,color:#1c1c1c",
	} {
		var in []string
		for _, n := range m.Diagram.Nodes {
			if id := ids[stateIndex(n.State)]; int(n.Style) == style && style != int(spec.Plain) && !slices.Contains(in, id) {
				in = append(in, id)
			}
		}
		if len(in) > 0 {
			fmt.Fprintf(w, "    classDef %s %s\n    class %s %[1]s\n", styleNames[style], def, strings.Join(in, ","))
		}
	}
}

// RowsMermaid writes everything that can happen in one state: a box for each
// row, in one frame for every state that rows lead to.
func RowsMermaid(p *spec.Program, state int) []byte {
	f := newFan(p, state)
	var w bytes.Buffer
	w.WriteString("flowchart LR\n")
	fmt.Fprintf(&w, "    S([\"<b>%s</b>\"])\n", mermaidText(p.Machine.States[state].Name))
	row := 0
	for i, g := range f.groups {
		name, title := mermaidText(p.Machine.States[g.to].Name), ""
		if g.to == state {
			title = "stays in " + name
		} else {
			title = "to " + name
		}
		fmt.Fprintf(&w, "    subgraph G%d[\"%s\"]\n        direction TB\n", i, title)
		for _, r := range g.rules {
			row++
			fmt.Fprintf(&w, "        R%d[\"%s\"]\n", row, f.mermaidRow(r))
		}
		w.WriteString("    end\n")
		if g.to == state {
			fmt.Fprintf(&w, "    S --> G%d\n", i)
		} else {
			fmt.Fprintf(&w, "    S --> G%d --> T%[1]d([\"<b>%s</b>\"])\n", i, name)
		}
	}
	return w.Bytes()
}

func (f fan) mermaidRow(r *spec.Rule) string {
	s := "<b>" + mermaidText(f.events(r)) + "</b> <i>" + mermaidText(r.ID) + "</i><br/>" + mermaidText(f.guard(r))
	if do := oneLine(r.Do); do != "" {
		s += "<br/>/ " + mermaidText(do)
	}
	return s
}

// mermaidIDs makes an identifier of every state's name; names that differ only
// in what identifiers can't hold get a number.
func mermaidIDs(m *spec.Machine) []string {
	var ids []string
	for i, s := range m.States {
		id := strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
				return r
			}
			return '_'
		}, s.Name)
		if slices.Contains(ids, id) || strings.Trim(id, "_") == "" || slices.Contains(mermaidWords, strings.ToLower(id)) {
			id = fmt.Sprintf("%s_%d", id, i)
		}
		ids = append(ids, id)
	}
	return ids
}

// mermaidWords can't be identifiers in a state diagram.
var mermaidWords = []string{"state", "end", "note", "class", "classdef", "direction", "default", "style", "as", "hide", "scale", "click"}

// mermaidText writes what would be syntax as Mermaid's own entities.
func mermaidText(s string) string {
	return mermaidEscaper.Replace(oneLine(s))
}

var mermaidEscaper = strings.NewReplacer(
	"#", "#35;", ";", "#59;", ":", "#58;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "&", "#amp;",
	"`", "#96;", "{", "#123;", "}", "#125;", "[", "#91;", "]", "#93;", "%%", "#37;#37;", `\`, "#92;",
)
