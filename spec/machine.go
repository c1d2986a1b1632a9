package spec

// A Machine is one state machine, written as a Go composite literal of
// constants only, so that it can be read both as a value (Compile) and as
// source text (Load), the latter with a position for every word of it.
type Machine struct {
	Name   string // package name of the generated Go code: "tcpfsm"
	Type   string // Go type of one machine: "TCB"; empty is "Machine"
	Title  string // what the machine is, for headings: "TCP connection"
	Source string // the document that rows cite: "RFC 9293"
	URL    string // printf form of a citation's address with %s for the section
	Doc    string // a paragraph for the generated package's documentation

	States  []State
	Events  []Event
	Records []Record
	Slots   []Slot
	Params  []Var // set by the user of the machine, never assigned by a row
	Vars    []Var // the machine's memory
	Outs    []Var // scalar results of one step, zero when the step begins
	Timers  []Timer
	Signals []Name
	Answers []Name // Answers[0] is success

	Options  []Option
	Profiles []Profile

	Defs       []Def
	Actions    []Action
	Invariants []Invariant
	Tables     []Table
	Retired    string // file beside the table that lists ids no longer used, or ""

	Diagram Diagram
}

// A StateSet names states in a row: constants 1 << iota, joined with |.
type StateSet uint64

// An EventSet names events in a row: constants 1 << iota, joined with |.
type EventSet uint64

// A State is declared in the order of its constant: States[i].ID is 1 << i.
// States[0] is the initial state.
type State struct {
	ID    StateSet
	Name  string // the standard's spelling: "SYN-SENT"
	Doc   string // a few words under the name in pictures: "waiting for SYN,ACK"
	Alias string // further spellings that Parse accepts, separated by spaces
}

// An Event is declared in the order of its constant.
type Event struct {
	ID    EventSet
	Name  string // method name of the generated code: "OpenActive"
	Text  string // the standard's spelling: "OPEN (active)"
	Takes string // name of the Record that comes with the event, or ""
	Args  []Var  // scalars that come with the event
	Timer string // name of the timer whose expiry this event is, or ""
	Doc   string
	Alias string // further spellings that Parse accepts, separated by spaces
}

// A Record is a message: typed fields, and flags that stand bare in guards.
type Record struct {
	Name   string // prefix of its fields: "SEG" gives SEG.SEQ
	Go     string // type name in the generated code: "Segment"
	Fields []Var
	Flags  []Name
	Doc    string
}

// A Slot is a place in the output for at most one message of a record type.
type Slot struct {
	Name string // "CTL"
	Of   string // name of its Record
	Doc  string
}

// Type is the type of a variable or an expression.
type Type uint8

// The types of the notation. Flag is true or false. Seq is a sequence number,
// compared modulo 2^32. Size is a plain number of octets or of anything else.
const (
	NoType Type = iota
	Flag
	Seq
	Size
)

// A Var is a typed variable, parameter, argument, field or output.
type Var struct {
	Name string // the standard's spelling (SND.NXT) or lowerCamel (finSent)
	Type Type
	Keep bool // of a variable: survives reset
	Doc  string
}

// A Timer is armed by start, disarmed by stop, and tested by armed.
type Timer struct {
	Name string
	Doc  string
}

// A Name is a documented word: a signal, an answer, a flag of a record.
type Name struct {
	Name string
	Text string // for people: "connection reset"
	Doc  string
}

// An Option is a choice that the standard leaves open, or in which practice
// differs from it. It is a flag in guards and effects.
type Option struct {
	Name string
	Cite string
	Doc  string
}

// A Profile is a named set of options.
type Profile struct {
	Name    string
	Options string // names separated by spaces
	Default bool
	Doc     string
}

// A Def is a named expression: a predicate, or a quantity.
type Def struct {
	Name string
	Is   string
	Cite string
	Doc  string
}

// An Action is a named list of effects.
type Action struct {
	Name string
	Do   string
	Cite string
	Doc  string
}

// An Invariant holds of the machine's memory in every state of In after every step.
type Invariant struct {
	Name string
	In   StateSet // zero means every state
	Is   string
	Doc  string
}

// A Table is an ordered group of rows, usually one subsection of the standard.
type Table struct {
	Title string
	Cite  string
	Rows  []Row
}

// A Row says what one event does in some states. Rows of one state and event are
// tried in order over all tables; the first whose When holds fires.
type Row struct {
	ID   string // stable slug: "synsent.synack"
	In   StateSet
	On   EventSet
	When string   // guard; empty means otherwise
	To   StateSet // exactly one state, or zero: the state stays
	Do   string   // effects, separated by ;
	Cite string   // sections, MUST numbers, errata, separated by "; "
	Why  string   // the reason in a sentence
}

// A Diagram is the drawn form: few edges that people recognise, each carried
// by rows. Every row that changes state is drawn or folded; Compile checks it.
type Diagram struct {
	Width, Height int // of the picture, in px; zero lays the states out automatically
	Nodes         []Node
	Panels        []Panel
	Edges         []Edge
	Folds         []Fold
}

// A Node places a state; a state may be placed more than once (Twin), so that
// no edge has to cross the picture.
type Node struct {
	State StateSet
	Twin  bool // a further place of a state; edges with Twin end here
	X, Y  int  // centre, px, y grows downwards
	Style NodeStyle
}

// NodeStyle is how a node is filled.
type NodeStyle uint8

// The styles of nodes.
const (
	Plain    NodeStyle = iota
	Terminal           // dark: nothing exists yet or any more
	Goal               // the state everything is about
	Active             // belongs to the first panel
	Passive            // belongs to the second panel
)

// A Panel is a soft box behind a group of nodes.
type Panel struct {
	Title      string
	X, Y, W, H int // left upper corner and size, px
	Style      NodeStyle
}

// An Edge is an arrow of the diagram and an entry of the generated
// [state][event] table. On is its event; of one From, each On is used once.
type Edge struct {
	From, To StateSet
	On       string    // what is seen: "rcv SYN"
	Do       string    // what is done: "snd SYN,ACK"; may be empty
	Class    EdgeClass // which path it belongs to
	Rows     string    // ids of the rows that carry it, separated by spaces
	Path     string    // "x,y x,y ...": start, then cubic Bezier triples; empty is straight
	At       string    // "x,y" of the label's centre; empty is beside the middle
	Twin     bool      // ends at the twin of To
}

// EdgeClass tells the paths through the diagram apart.
type EdgeClass uint8

// The classes of edges, told apart by colour, dash and width.
const (
	Unusual EdgeClass = iota // less usual
	Client                   // the usual path of a client
	Server                   // the usual path of a server
)

// A Fold is a fan of rows that change state and are not drawn, and the words
// under the picture that stand for it.
type Fold struct {
	Note string
	Rows string // ids separated by spaces
}
