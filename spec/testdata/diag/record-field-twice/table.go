package table

import "github.com/tcpfsm/tcpfsm/spec"

const (
	Idle spec.StateSet = 1 << iota
	Busy
)

const (
	Open spec.EventSet = 1 << iota
	Message
	Timeout
)

const Any = Idle | Busy

var Machine = spec.Machine{
	Name:   "table",
	Source: "RFC 1",

	States: []spec.State{
		{ID: Idle, Name: "IDLE"},
		{ID: Busy, Name: "BUSY", Alias: "WORKING"},
	},
	Events: []spec.Event{
		{ID: Open, Name: "Open", Args: []spec.Var{{Name: "octets", Type: spec.Size}}},
		{ID: Message, Name: "Message", Takes: "SEG"},
		{ID: Timeout, Name: "Timeout", Timer: "RTX"},
	},
	Records: []spec.Record{{
		Name: "SEG", Go: "Segment",
		Fields: []spec.Var{{Name: "SEQ", Type: spec.Seq}, {Name: "LEN", Type: spec.Size}, {Name: "LEN", Type: spec.Size}},
		Flags:  []spec.Name{{Name: "SYN"}, {Name: "FIN"}},
	}},
	Slots:   []spec.Slot{{Name: "OUT", Of: "SEG"}},
	Params:  []spec.Var{{Name: "limit", Type: spec.Size}},
	Vars:    []spec.Var{{Name: "NXT", Type: spec.Seq}, {Name: "tries", Type: spec.Size}},
	Outs:    []spec.Var{{Name: "taken", Type: spec.Size}},
	Timers:  []spec.Timer{{Name: "RTX"}},
	Signals: []spec.Name{{Name: "lost"}},
	Answers: []spec.Name{{Name: "ok"}, {Name: "busy"}},
	Options: []spec.Option{{Name: "strict"}},
	Profiles: []spec.Profile{
		{Name: "literal", Options: "strict", Default: true},
		{Name: "loose"},
	},
	Defs: []spec.Def{
		{Name: "inOrder", Is: "SEG.SEQ == NXT"},
	},
	Actions: []spec.Action{
		{Name: "open", Do: "send(OUT, SYN|FIN, NXT, 0); start(RTX)"},
	},
	Invariants: []spec.Invariant{
		{Name: "bounded", Is: "tries =< limit"},
	},
	Tables: []spec.Table{{Title: "all", Cite: "1", Rows: Rows}},
	Diagram: spec.Diagram{
		Edges: []spec.Edge{
			{From: Idle, To: Busy, On: "OPEN", Rows: "idle.open"},
			{From: Busy, To: Idle, On: "FIN", Rows: "busy.fin"},
		},
		Folds: []spec.Fold{{Note: "gives up", Rows: "busy.lost"}},
	},
}

var Rows = []spec.Row{
	{ID: "idle.open", In: Idle, On: Open, To: Busy, Do: "NXT = NXT + octets; open", Cite: "1.1", Why: "It begins."},
	{ID: "busy.open", In: Busy, On: Open, Do: "answer(busy)", Cite: "1.1", Why: "One at a time."},
	{ID: "busy.fin", In: Busy, On: Message, When: "FIN && inOrder", To: Idle, Do: "stop(RTX)", Cite: "1.2; MUST-1", Why: "It ends."},
	{ID: "busy.text", In: Busy, On: Message, When: "inOrder || !strict",
		Do: "NXT = NXT + SEG.LEN; taken = SEG.LEN", Cite: "1.2", Why: "Text is taken."},
	{ID: "other.message", In: Any, On: Message, Do: "drop", Cite: "1.2", Why: "Out of order."},
	{ID: "busy.again", In: Busy, On: Timeout, When: "tries < limit",
		Do: "tries = tries + 1; open", Cite: "1.3", Why: "Try again."},
	{ID: "busy.lost", In: Busy, On: Timeout, To: Idle, Do: "tries = 0; signal(lost)", Cite: "1.3", Why: "Give up."},
	{ID: "idle.timeout", In: Idle, On: Timeout, Do: "drop", Cite: "1.3", Why: "Too late."},
}
