// Package tcpnet is the system in which the TCP machine is checked: two endpoints
// that run it, two users who open, send, receive and close, and a network between
// them that loses, duplicates and reorders. Package model explores it.
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
//     any of them first.
//   - Neither end gives up: R1 and R2 are 0, and nothing counts retransmissions.
//   - With Retransmit the retransmission timer may expire whenever it is armed, so
//     also much too early. Delayed-ACK, persist, FIN-WAIT-2 and challenge-ACK timers
//     may expire whenever they are armed.
//   - TIME-WAIT lasts until no segment is in the network: 2 MSL are taken to be long
//     enough. Segments have no ages here, so nothing is claimed about how long that is,
//     nor that a peer in LAST-ACK has heard the last ACK by then.
//   - One connection: each user opens once, with a fixed initial sequence number. By
//     default that of a is 2^32-2, so that sequence numbers wrap. Where both open it is
//     2^31-2: CLOSED answers a SYN with <SEQ=0>, and a receiver that has wrapped to
//     exactly 0 would take that for its peer's reset. That is TCP, not the table, and
//     happens once in 2^32.
package tcpnet
