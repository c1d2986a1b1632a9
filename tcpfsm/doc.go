// Package tcpfsm is the TCP connection of RFC 9293 as a pure function: the state
// and an event go in, the next state and what to do come out. It is generated from
// the table in spec/tcp; rows, conditions and effects stand in the code as comments.
//
// # How to drive it
//
// A [TCB] is one connection. Set its Options (a profile, or single choices) and its
// parameters, then give it events, one method each: user calls ([TCB.OpenActive],
// [TCB.Send], [TCB.Close], ...), segments ([TCB.Segment]), and the expiry of timers
// ([TCB.Expire]). [TCB.Step] takes any of them as an [Event].
//
//	t := tcpfsm.TCB{Options: tcpfsm.ProfileDefault, RcvBuf: 65535, SndMss: 1460}
//	var out tcpfsm.Output
//	row := t.OpenActive(isn, true, &out)
//	// t.State is SYN-SENT; out.Ctl is the SYN; out.Started has the timers to start
//
// Every step fills an [Output], from nothing, with all that the step asks for: at
// most one segment without text and one range of text to send, timers to start and
// to stop, signals for the user, the answer to a call, and how many octets were
// acknowledged, taken or delivered. Carry all of it out before the next event. The
// step returns the [RowID] of the row that fired; [RowID.Row] says what the row is,
// where the RFC says so, and why. Options may be changed between steps; parameters
// too, except that RcvBuf never shrinks below what is in use.
//
// # What it promises
//
//   - Purity: equal TCB and event give equal TCB and Output. There is no clock,
//     random number, I/O, goroutine, lock, callback or map in it, and no
//     allocation. Initial sequence numbers come in as arguments; time comes in as
//     the expiry of timers, whose lengths are the driver's business.
//   - Ownership: a step reads its Event or Segment and writes its TCB and Output,
//     and keeps no pointer to any of them. A TCB is a plain value, comparable with
//     ==, and may be copied at any time. It is for one goroutine at a time.
//   - No input makes a step panic. A State or EventKind that does not exist gives
//     [RowNone] and an empty Output, and leaves the TCB alone.
//   - Errors: a call that is refused says so in Output.Answer, which is an error of
//     its own ([Answer.Err], errors.Is) and needs no allocation. Parse functions
//     return a *[ParseError], [TCB.Check] an *[InvariantError].
//   - Zero values: the zero TCB is CLOSED, with no options, which is the text of no
//     profile; the zero Output asks for nothing, and its Answer is [AnswerOK].
//
// # Units
//
// Sequence numbers are counted modulo 2^32 (RFC 9293 section 3.4). Windows, text and
// everything else are octets, windows after scaling. Text itself is not kept here,
// only counted: whoever drives the machine has the buffers.
//
// Besides the machine there is the bare diagram of eleven states ([Next]), for those
// who only count or draw.
package tcpfsm

//go:generate go run ../cmd/fsmgen -o . ../spec/tcp
//go:generate go run ../cmd/fsmgen -target looplab -o looplab ../spec/tcp
//go:generate go run ../cmd/fsmgen -target dot,svg,mermaid,markdown,json -o ../docs/generated ../spec/tcp
