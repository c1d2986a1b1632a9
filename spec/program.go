package spec

// A Program is a Machine whose every word was resolved and typed: what the
// generator prints and Interp runs. Programs are made by Compile and Load and
// are not changed afterwards.
type Program struct {
	Machine *Machine
	Hash    string // of everything that decides behaviour; 16 hex digits

	Symbols  []*Symbol // every variable, parameter, argument, field, output, option
	Defs     []*Definition
	Actions  []*Procedure
	Checks   []*Check
	Rows     []*Rule
	Profiles []uint32 // option bits of Machine.Profiles[i]

	// Cells[s][e] lists the rules of state s and event e in the order in which
	// they are tried; the last one has no guard.
	Cells [][][]*Rule

	Layout Layout

	slots []int // place of each slot's flags in the output
}

// A Layout numbers the values of a machine, an input and an output, so that
// Interp and the generated code can exchange them as flat lists of uint32.
//
//	machine: options, armed timers, Params..., Vars...
//	input:   each record's fields..., its flags as bits; then every event argument
//	output:  started timers, stopped timers, signals, answer, each slot's
//	         fields..., its flags as bits; then Outs...
//
// The state itself and the event's number travel beside these lists.
type Layout struct {
	Machine, Input, Output []string // names, for messages
}

// Fixed places in the machine and output lists.
const (
	AtOptions = 0 // machine
	AtArmed   = 1 // machine
	AtStarted = 0 // output
	AtStopped = 1 // output
	AtSignals = 2 // output
	AtAnswer  = 3 // output
)

// SymbolKind says where a symbol lives.
type SymbolKind uint8

// The kinds of symbols.
const (
	VarSymbol       SymbolKind = iota // machine memory
	ParamSymbol                       // machine memory, never assigned
	OptionSymbol                      // bit of the options word
	ArgSymbol                         // argument of an event
	FieldSymbol                       // field of the record that came in
	FieldFlagSymbol                   // flag of the record that came in
	SlotSymbol                        // field of an output slot
	SlotFlagSymbol                    // flag of an output slot: CTL.SYN
	OutSymbol                         // scalar output
)

// A Symbol is a resolved name.
type Symbol struct {
	Kind   SymbolKind
	Name   string // as written
	Type   Type
	Index  int // into the list of its Layout
	Bit    int // of an option or flag within its word, else -1
	Record int // index into Machine.Records of a field or flag, else -1
	Slot   int // index into Machine.Slots of a slot's field or flag, else -1
	Field  int // index into the record's Fields, or Flags for flags, else -1
	Decl   int // index into Params, Vars, Outs or Options, else -1
	Doc    string
	Keep   bool
}

// A Definition is a compiled Def.
type Definition struct {
	Name string
	Type Type
	Expr Expr
	Src  string
	Doc  string
	Cite string
}

// A Procedure is a compiled Action.
type Procedure struct {
	Name string
	Body []Stmt
	Src  string
	Doc  string
	Cite string
}

// A Check is a compiled Invariant.
type Check struct {
	Name   string
	States []int // sorted; all states when the Invariant's In is zero
	Expr   Expr
	Src    string
	Doc    string
}

// A Rule is a compiled Row.
type Rule struct {
	*Row
	Index int // position over all tables; row number Index+1 in generated code
	Table int
	Pos   string // "segment.go:41" when loaded from source, else ""
	In    []int  // states, in order
	On    []int  // events, in order
	Guard Expr   // nil means otherwise
	To    int    // state, or -1: the state stays
	Body  []Stmt
}

// Expr is a typed expression.
type Expr interface {
	Type() Type
	expr()
}

// The expressions.
type (
	// Ref is the value of a symbol.
	Ref struct{ Sym *Symbol }
	// Lit is a constant: a flag (0 or 1), a size, or an offset in sequence space.
	Lit struct {
		V uint32
		T Type
	}
	// Not is !X.
	Not struct{ X Expr }
	// Binary is X Op Y.
	Binary struct {
		Op   Op
		X, Y Expr
		T    Type
	}
	// Chain is X Op1 Y Op2 Z, which means X Op1 Y && Y Op2 Z.
	Chain struct {
		X, Y, Z  Expr
		Op1, Op2 Op
	}
	// Use is the value of a named expression.
	Use struct{ Def *Definition }
	// MinMax is min(X, Y) or max(X, Y) of two sizes.
	MinMax struct {
		Max  bool
		X, Y Expr
	}
	// Count is 1 if X holds, else 0.
	Count struct{ X Expr }
	// Armed reports whether a timer (index into Machine.Timers) is armed.
	Armed struct{ Timer int }
	// Sent reports whether a slot (index into Machine.Slots) was filled in this step.
	Sent struct{ Slot int }
)

// Op is a binary operator.
type Op uint8

// The operators. Order comparisons of Seq are modulo 2^32. Sub of two Seq is a
// Size; Sub of two Size saturates at 0; Add and Sub of Seq and Size wrap.
const (
	And Op = iota
	Or
	Eq
	Ne
	Lt
	Le
	Gt
	Ge
	Add
	Sub
)

// Stmt is an effect.
type Stmt interface{ stmt() }

// The effects.
type (
	// Assign stores X in a variable, an output or a field or flag of a slot.
	Assign struct {
		Dst *Symbol
		X   Expr
	}
	// If runs Then or Else.
	If struct {
		Cond       Expr
		Then, Else []Stmt
	}
	// Do runs an action.
	Do struct{ Action *Procedure }
	// Send fills a slot: its flags (bits) and all of its fields, in order.
	Send struct {
		Slot   int
		Flags  uint32
		Fields []Expr
	}
	// Signal adds a signal (index into Machine.Signals) to the output.
	Signal struct{ ID int }
	// Answer sets the answer (index into Machine.Answers) of a call.
	Answer struct{ ID int }
	// Start arms timers (bits over Machine.Timers); one already armed is armed anew.
	Start struct{ Timers uint32 }
	// Stop disarms timers.
	Stop struct{ Timers uint32 }
	// Reset sets every variable without Keep to zero and disarms every timer.
	Reset struct{}
)

func (Ref) expr()    {}
func (Lit) expr()    {}
func (Not) expr()    {}
func (Binary) expr() {}
func (Chain) expr()  {}
func (Use) expr()    {}
func (MinMax) expr() {}
func (Count) expr()  {}
func (Armed) expr()  {}
func (Sent) expr()   {}

// Type implements Expr.
func (e Ref) Type() Type    { return e.Sym.Type }
func (e Lit) Type() Type    { return e.T }
func (Not) Type() Type      { return Flag }
func (e Binary) Type() Type { return e.T }
func (Chain) Type() Type    { return Flag }
func (e Use) Type() Type    { return e.Def.Type }
func (MinMax) Type() Type   { return Size }
func (Count) Type() Type    { return Size }
func (Armed) Type() Type    { return Flag }
func (Sent) Type() Type     { return Flag }

func (Assign) stmt() {}
func (If) stmt()     {}
func (Do) stmt()     {}
func (Send) stmt()   {}
func (Signal) stmt() {}
func (Answer) stmt() {}
func (Start) stmt()  {}
func (Stop) stmt()   {}
func (Reset) stmt()  {}
