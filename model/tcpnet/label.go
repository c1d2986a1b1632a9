package tcpnet

import (
	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/trace"
)

// A label is kind, host, and what the kind needs: a call, a timer or a message.
const (
	labelCall uint64 = iota
	labelExpire
	labelTick
	labelDeliver // host is the sender
	labelLose
	labelCopy
	labelForge
	labelCrash
)

const (
	labelHostShift = 4
	labelArgShift  = 5
)

func makeLabel(kind uint64, host int, arg uint64) uint64 {
	return kind | uint64(host)<<labelHostShift | arg<<labelArgShift
}

func splitLabel(label uint64) (kind uint64, host int, arg uint64) {
	return label & 15, int(label >> labelHostShift & 1), label >> labelArgShift
}

// actor is the host at which something happens: of a delivery, the receiver.
func actor(label uint64) int {
	kind, host, _ := splitLabel(label)
	if kind == labelDeliver {
		return 1 - host
	}
	return host
}

// Action is a label as an action of a trace.
func (n *Net) Action(label uint64) trace.Action {
	kind, host, arg := splitLabel(label)
	switch kind {
	case labelCall:
		return callAction(host, int(arg))
	case labelExpire:
		return trace.Action{Kind: trace.Expire, Host: hosts[host], Name: tcpfsm.Timer(arg).String()}
	case labelTick:
		return trace.Action{Kind: trace.Tick}
	case labelCrash:
		return trace.Action{Kind: trace.Crash, Host: hosts[host]}
	}
	a := trace.Action{From: hosts[host], To: hosts[1-host], Segment: n.describe(host, message(arg))}
	switch kind {
	case labelDeliver:
		a.Kind = trace.Deliver
	case labelLose:
		a.Kind = trace.Lose
	case labelCopy:
		a.Kind = trace.Copy
	case labelForge:
		a.Kind = trace.Forge
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

// renamed is an action of two hosts that have other names.
func renamed(a trace.Action, names [2]string) trace.Action {
	for _, name := range []*string{&a.Host, &a.From, &a.To} {
		for i, h := range hosts {
			if *name == h {
				*name = names[i]
				break
			}
		}
	}
	return a
}
