// Package scenarios holds what happens to TCP connections, as traces with time: the
// notation is that of package tcpfsm/trace, and package tcpfsm/sim carries them out.
// 'tcpfsm run NAME' shows one.
package scenarios

import "embed"

// Files are the scenarios, NAME.trace each.
//
//go:embed *.trace
var Files embed.FS
