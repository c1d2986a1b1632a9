package endpoint

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"time"
)

// A Pair names a connection: the two sockets of it.
type Pair struct {
	Local, Remote netip.AddrPort
}

// ISN is the initial sequence number of RFC 6528 section 3: M + F(pair, secret),
// where M counts intervals of 4 microseconds and F can't be predicted without the
// secret. F is HMAC-SHA-256, cut to 32 bits: a keyed function that stays secret
// although an attacker sees its values for as many pairs as it likes, which a plain
// hash over the key, or hash/maphash, does not promise. Two connections of the same
// pair get numbers that rise with time, as TIME-WAIT wants; those of different
// pairs say nothing about each other.
func ISN(secret []byte, pair Pair, now time.Time) uint32 {
	mac := hmac.New(sha256.New, secret)
	var msg []byte
	for _, socket := range []netip.AddrPort{pair.Local, pair.Remote} {
		// Sixteen octets each, whatever the family: no two pairs give the same message.
		addr := socket.Addr().As16()
		msg = append(msg, addr[:]...)
		msg = binary.BigEndian.AppendUint16(msg, socket.Port())
	}
	mac.Write(msg)
	return uint32(now.UnixMicro()/4) + binary.BigEndian.Uint32(mac.Sum(nil))
}
