// Package tcpnet is the system in which the TCP machine is checked: two endpoints
// that run it, two users who open, send, receive and close, and a network between
// them that loses, duplicates and reorders. Package model explores it, as two parts:
// a host with the channel that it sends into, and the other one.
//
// Everything is bounded by named fields of Bounds, which every claim prints: a
// claim holds for the systems within its bounds and says nothing beyond them.
//
// # What is modelled
//
//   - Each endpoint is a tcpfsm.TCB. What a buffer does is done from the machine's
//     outputs alone, with real octets: octet i of a user has the value i. So a wrong
//     number in the table becomes a wrong octet at the other end.
//   - A channel holds up to Capacity segments each way. With Loss it may drop any of
//     them at any time, and drops what does not fit; without, a step that does not
//     fit can't happen yet. With Dup it may copy any of them, with Reorder deliver
//     any of them first. Losses, Copies and Retransmits are budgets of each host.
//   - Neither end gives up unless R2 says so: nothing else counts retransmissions.
//   - With Retransmit the retransmission timer may expire whenever it is armed, so
//     also much too early; with RTO it expires exactly then, with Unhurried only when
//     nothing is in the network. Delayed-ACK, persist, FIN-WAIT-2 and challenge-ACK
//     timers may expire whenever they are armed.
//   - Without MSL, time has no length: TIME-WAIT lasts until no segment is in the
//     network, and nothing is claimed about how long that is. With MSL, segments
//     grow older at each tick and die at the one after the MSL-th, and TIME-WAIT may
//     end after as many ticks as TimeWait says.
//   - With Lives, users open again on the same ports, with sequence numbers that are
//     the same again or ISSStep greater. A segment carries the life of the connection
//     that sent it and of the one that it was sent to. No machine sees these; the
//     properties do.
//   - With Crashes, host a may lose its memory, and with Quiet it is then silent for an
//     MSL. With Forge, an attacker who sees nothing sends segments in either name, with
//     sequence and acknowledgment numbers in and beside all that are valid. With Busy,
//     other connections fill the accept queue of b and leave it.
//   - With Clients, b listens for several hosts, a, c and d, and makes a child for each
//     one whose SYN it takes: Crowd. The connections are those of a Net each, and their
//     initial sequence numbers differ. They share the listener, whose TCB is a real one, in
//     LISTEN: a copy of it answers what is for no child. They share the two queues, with the
//     lengths of listen(n) as Linux counts it or, with Reserve, as BSD does; b's user
//     accepts the oldest. A child begins with the same initial sequence number whenever
//     the same client makes b make one anew. A client opens once.
//   - The initial sequence number of a is 2^32-2, so that sequence numbers wrap. Where
//     both open it is 2^31-2: CLOSED answers a SYN with <SEQ=0>, and a receiver that has
//     wrapped to exactly 0 would take that for its peer's reset. That is TCP, not the
//     table, and happens once in 2^32.
//
// # What is claimed
//
// Properties lists every claim. Suite lists the systems in which they hold, and
// Companions those in which they must fail; FindTimeWait finds how long TIME-WAIT
// must last. docs/PROPERTIES.md is written from all of these.
package tcpnet
