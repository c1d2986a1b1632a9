// Package spec is a language for state machines of protocols: a table of rows in
// the notation of the standards, checked as a whole, from which code, pictures
// and documents are made. It knows nothing of any protocol.
//
// A [Machine] is a Go composite literal. [Compile] resolves and types every word
// of it and gives a [Program], or [Diagnostics] that name every problem at once.
// [Load] does the same from the source of a package, without building it, so
// that each problem has a file, a line and a column. [Program.Step] runs a
// Program; it is the simple oracle that generated code is held against.
//
// # Glossary
//
//   - A machine is a state, its memory, and a table that says what each event
//     does to them.
//   - A state is one of a few named situations. The first one is the initial
//     state.
//   - An event is what happens to a machine: a call of its user, a message, or
//     the expiry of a timer. It may carry a record, and arguments.
//   - A record is a message: typed fields and flags. Its fields are written with
//     the record's name, SEG.SEQ; its flags stand bare, SYN.
//   - A slot is a place in the output for at most one message: CTL.SEQ, CTL.SYN.
//     It is filled when its flags are not zero; so send names at least one. Where
//     a field and a flag have one name, CTL.ACK is the field.
//   - A row says what some events do in some states. It has an id that is never
//     used again for another row.
//   - A guard is the condition of a row, its When.
//   - The otherwise is a row without a guard: what happens when no row before it
//     fired. Every state has one, as its last row, for every event; so no event
//     is ever left without an answer, and doing nothing is a row too: drop.
//   - An effect is one thing that a row does: an assignment, a message sent, a
//     timer started or stopped, a signal, an answer.
//   - An action is a named list of effects.
//   - A definition is a named expression, a condition or a quantity. It has no
//     arguments and stores nothing: its name stands for its text.
//   - A variable is memory that rows assign; a parameter is memory that only the
//     user of the machine sets; an output is a number that one step computes, zero
//     when the step begins.
//   - A signal tells the user something at any time; an answer is the result of
//     the user's call, and the first one is success.
//   - An option is a choice that the standard leaves open, or in which practice
//     differs; it is a flag that guards ask. A profile is a named set of options.
//   - A rule is a row that was compiled, and a cell is the list of rules of one
//     state and one event.
//
// # Order
//
// Rows are tried in the order in which they stand, over all tables; the first
// one whose guard holds fires, and no other. Its effects run in order, each on
// what the ones before it left: after "X = X + 1; Y = X", Y is the new X. The
// values of one send are computed before its slot changes. The state changes
// last. Outputs, slots, signals and timer lists are empty when a step begins.
//
// # Expressions
//
// There are names, numbers (decimal, or hexadecimal as 0x1f), true, false,
// parentheses, and from the loosest to the tightest:
//
//	||            or
//	&&            and
//	== != < =< > >=
//	+ -
//	!             not
//
// A chain of two comparisons in one direction, A < B =< C, means A < B && B =< C.
// Functions are min(X, Y) and max(X, Y) of sizes, count(FLAG) which is 1 or 0,
// armed(TIMER), and sent(SLOT).
//
// # Effects
//
// Effects are separated by semicolons or line ends:
//
//	NAME = expression                a variable, an output, a field or flag of a slot
//	NAME                             an action
//	send(SLOT, FLAG|FLAG, X, Y)      fills a slot: flags, and all fields in order
//	start(TIMER, ...)                arms timers, from the beginning if already armed
//	stop(TIMER, ...)  stop(all)      disarms timers
//	signal(NAME, ...)                tells the user
//	answer(NAME)                     answers the user's call; the last answer counts
//	reset                            zeroes every variable without Keep, stops all timers
//	drop                             nothing: alone in a row
//	if c { ... } else if d { ... } else { ... }
//
// The output lists a timer as started if the last word on it in the step was
// start, and as stopped if that was stop or reset and it was armed at that time.
// A timer that expires stays armed until a row stops it, so that a row can ask
// armed to tell a late expiry from a real one.
//
// # Types
//
// A flag is true or false. A size is a number of octets, or of anything else,
// from 0 to 2^32-1. A seq is a place in a sequence space of 2^32 numbers that
// wraps. A number as written is a size; where it is assigned or sent by itself it may
// also be a place in sequence space, as the standards write <SEQ=0>.
//
//	seq + size, seq - size    seq: wraps modulo 2^32
//	seq - seq                 size: how far the first is ahead, modulo 2^32
//	size + size               size: wraps modulo 2^32
//	size - size               size: 0 where the result would be negative
//	seq < seq                 the first is before the second (see below)
//	size < size               as numbers
//	flag == flag              and !=; flags have no order
//
// Everything else is an error. A seq A is before B, A < B, if and only if A - B,
// taken as a signed number of 32 bits, is negative: if B is ahead of A by 1 to
// 2^31. At a distance of exactly 2^31 each is before the other: A < B and B < A
// both hold. RFC 1982 leaves that case undefined; a table that keeps its windows
// below 2^31 never meets it. A =< B is A < B || A == B, and A > B is B < A; so
// A =< B is not always !(B < A).
//
// # Checks
//
// Besides names and types, Compile checks that every cell ends with an otherwise;
// that no row is dead, because of && || and ! in the guards before it; that every
// state can be reached; that everything declared is used, and everything read
// is carried by the event; that every row has an id, a citation and a reason; and
// that the diagram shows what the rows do. Each problem is reported as
//
//	file:line:col: row id: Field: what is wrong: what to do
//
// A citation is one or more of 3.10.7.3 (a section, optionally with words), A.2,
// MUST-12, SHLD-3, MAY-2, REC-1, EID 3301, RFC 5961, RFC 5961 section 3.2, Fig 5,
// note ..., practice: ..., separated by "; ". A machine without a Source needs
// none.
package spec
