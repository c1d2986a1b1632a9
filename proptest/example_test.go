package proptest_test

import (
	"fmt"
	"time"

	"github.com/tcpfsm/tcpfsm/proptest"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// old is the machine of a stack that believes a RST anywhere in the window, as RFC
// 793 did.
func old(t *tcpfsm.TCB, e *tcpfsm.Event, out *tcpfsm.Output) tcpfsm.RowID {
	event := *e
	if event.Seg.Flags.Has(tcpfsm.RST) && t.State == tcpfsm.Established && event.Seg.Seq-t.RcvNxt < t.RcvWnd {
		event.Seg.Seq = t.RcvNxt
	}
	return proptest.Generated(t, &event, out)
}

// A stack that lags behind RFC 9293 is found, with the row and a trace.
func ExampleProbe() {
	cfg := proptest.Config{Options: tcpfsm.ProfileRecommended, MSL: 30 * time.Second}
	newStack := func() proptest.Stack { return proptest.NewMachineStack(old, cfg, 300) }
	found, _ := proptest.Probe(cfg, newStack)
	fmt.Println(found[0])
	// Output:
	// the stack differs from the table
	// title the stack differs from the table in ESTABLISHED: a->b RST seq=4294966598
	// about row rst.challenge, RFC 9293 section 3.10.7.4; RFC 5961 section 3.2: In the window but not exact: a guess, or a reset that overtook text.
	// found the table: ESTABLISHED, sends <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>; the stack: CLOSED, sends nothing
	// profile recommended
	// iss a=4294966596 b=0
	//
	// b open passive                               want b LISTEN
	// a->b SYN seq=4294966596                      want b SYN-RECEIVED want b->a sent SYN,ACK seq=0 ack=4294966597
	// a->b ACK seq=4294966597 ack=1                want b ESTABLISHED
	// a->b RST seq=4294966598                      want b ESTABLISHED want b->a sent ACK seq=1 ack=4294966597
	//
	// step  a                                                 b
	// 1     │                                                 │ open passive → LISTEN
	// 2     ├── SYN seq=4294966596 ──────────────────────────▶│
	//       │                                                 │ → SYN-RECEIVED
	//       │◀──────────────── SYN,ACK seq=0 ack=4294966597 ──┤
	// 3     ├── ACK seq=4294966597 ack=1 ────────────────────▶│
	//       │                                                 │ → ESTABLISHED
	// 4     ├── RST seq=4294966598 ──────────────────────────▶│
	//       │                                                 │ ESTABLISHED
	//       │◀──────────────────── ACK seq=1 ack=4294966597 ──┤
	//       │ FAILED: the table: ESTABLISHED, sends           │
	//       │ <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>; the stack: CLOSED, sends nothing
}
