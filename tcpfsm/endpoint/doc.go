// Package endpoint is a TCP endpoint without I/O: the machine of package tcpfsm,
// and around it what the machine leaves to its user. Octets are buffered, cut into
// segments and put together again; timers have lengths; initial sequence numbers
// can't be guessed; a listener has queues.
//
// # How to drive it
//
// A [Conn] has no clock, no goroutine and no socket. Whoever drives it does three
// things, in a loop, with the time as an argument of each call:
//
//   - gives it the segments that arrive ([Conn.Receive]), and the user's calls
//     ([Conn.Write], [Conn.Read], [Conn.CloseWrite], [Conn.Close], [Conn.Abort]);
//   - lets it know of time when [Conn.NextDeadline] has come ([Conn.Advance]);
//   - after any of these, sends what [Conn.Next] gives until it gives nothing.
//
// Finding the Conn of a segment by its addresses and ports is the driver's work. A
// segment that belongs to no Conn goes to a [Listener], or to [Stray], which resets
// it. A SYN for a Conn in TIME-WAIT may be for [Listener.Reuse], which then gives the
// Conn that takes its place. A Conn in CLOSED that has nothing more to send may be
// forgotten. Package sim is such a driver. [Header]s become octets with
// [AppendSegment], and are read with [ParseSegment], by those who want that.
//
// # What it promises
//
//   - The state changes in the machine only: this package gives it events and does
//     what its outputs say. A segment that arrived early is kept and offered to the
//     machine again when its turn has come, within a maximum segment lifetime.
//   - What is read is what was written, in order, once, and io.EOF comes after the
//     last octet.
//   - Memory is bounded: two buffers of the sizes in [Config], allocated when text
//     comes; a fixed number of ranges of early text; eight segments without text
//     that wait for Next; the two queues of a Listener. After the buffers exist, no
//     segment allocates.
//   - Equal calls with equal times give equal segments.
//   - No segment makes it panic.
//
// # What it leaves out
//
// Congestion control: what the peer's window allows is sent at once, which is right
// for a test, a simulation or a link of one's own, and wrong for the Internet.
// Window scaling, SACK, urgent data, path MTU discovery, SYN cookies; timestamps except
// for the reuse of TIME-WAIT ([Listener.Reuse]).
package endpoint
