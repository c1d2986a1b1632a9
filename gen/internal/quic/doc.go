// Package quic holds the second machine of this module: both parts of a QUIC
// stream (RFC 9000 section 3), as tables (sendspec, recvspec), as generated
// packages (quicsend, quicrecv), and, in its tests, as a system that package model
// explores. It is internal: it shows that the language, the generator and the
// explorer know nothing of TCP, and keeps it so.
package quic
