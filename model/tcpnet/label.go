package tcpnet

import (
	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// A label is kind, host, and what the kind needs: a call, a timer or a message.
const (
	labelCall uint32 = iota
	labelExpire
	labelTick
	labelDeliver // host is the sender
	labelLose
	labelCopy
)

const (
	labelHostShift = 3
	labelArgShift  = 4
)

func makeLabel(kind uint32, host int, arg uint32) uint32 {
	return kind | uint32(host)<<labelHostShift | arg<<labelArgShift
}

func splitLabel(label uint32) (kind uint32, host int, arg uint32) {
	return label & 7, int(label >> labelHostShift & 1), label >> labelArgShift
}

// actor is the host at which something happens: of a delivery, the receiver.
func actor(label uint32) int {
	kind, host, _ := splitLabel(label)
	if kind == labelDeliver {
		return 1 - host
	}
	return host
}

// Action is a label as an action of a trace.
func (n *Net) Action(label uint32) trace.Action {
	kind, host, arg := splitLabel(label)
	switch kind {
	case labelCall:
		return callAction(host, int(arg))
	case labelExpire:
		return trace.Action{Kind: trace.Expire, Host: hosts[host], Name: tcpfsm.Timer(arg).String()}
	case labelTick:
		return trace.Action{Kind: trace.Tick}
	}
	a := trace.Action{From: hosts[host], To: hosts[1-host], Segment: n.describe(host, message(arg))}
	switch kind {
	case labelDeliver:
		a.Kind = trace.Deliver
	case labelLose:
		a.Kind = trace.Lose
	case labelCopy:
		a.Kind = trace.Copy
	}
	return a
}

func callAction(host, call int) trace.Action {
	a := trace.Action{Kind: trace.Call, Host: hosts[host], Name: callNames[call]}
	if call == callSend || call == callReceive {
		a.N, a.HasN = 1, true
	}
	return a
}
