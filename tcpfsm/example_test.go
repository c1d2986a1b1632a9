package tcpfsm_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// newTCB is a connection that does not exist yet.
func newTCB() tcpfsm.TCB {
	return tcpfsm.TCB{Options: tcpfsm.ProfileDefault, RcvBuf: 65535, SndMss: 1460}
}

// show prints where a step has led, which row did it, and what is to be sent.
func show(t *tcpfsm.TCB, row tcpfsm.RowID, out *tcpfsm.Output) {
	send := out.Data
	if send.Flags == 0 {
		send = out.Ctl
	}
	fmt.Printf("%-12v %-17v %v\n", t.State, row, send)
}

// A client opens, sends five octets, closes first, and waits for 2 MSL.
func Example_client() {
	t := newTCB()
	var out tcpfsm.Output
	arrives := func(seg tcpfsm.Segment) { show(&t, t.Segment(&seg, tcpfsm.SegmentArgs{}, &out), &out) }

	show(&t, t.OpenActive(100, true, &out), &out)
	arrives(tcpfsm.Segment{Seq: 300, Ack: 101, Wnd: 4096, Flags: tcpfsm.SYN | tcpfsm.ACK})
	show(&t, t.Send(5, 0, &out), &out)
	show(&t, t.Close(&out), &out)
	arrives(tcpfsm.Segment{Seq: 301, Ack: 107, Wnd: 4096, Flags: tcpfsm.ACK})
	arrives(tcpfsm.Segment{Seq: 301, Ack: 107, Wnd: 4096, Flags: tcpfsm.FIN | tcpfsm.ACK})
	show(&t, t.Expire(tcpfsm.TimerTimeWait, &out), &out)
	// Output:
	// SYN-SENT     open.active       <SEQ=100><WND=65535><CTL=SYN>
	// ESTABLISHED  synsent.synack    <SEQ=101><ACK=301><WND=65535><CTL=ACK>
	// ESTABLISHED  send              <SEQ=101><ACK=301><WND=65535><DATA=5><CTL=ACK>
	// FIN-WAIT-1   estab.close       <SEQ=106><ACK=301><WND=65535><CTL=FIN,ACK>
	// FIN-WAIT-2   finwait1.ack      none
	// TIME-WAIT    finwait2.fin      <SEQ=107><ACK=302><WND=65535><CTL=ACK>
	// CLOSED       timewait.timeout  none
}

// A server waits for a client, receives a request, answers, and closes last.
func Example_server() {
	t := newTCB()
	var out tcpfsm.Output
	arrives := func(seg tcpfsm.Segment) {
		show(&t, t.Segment(&seg, tcpfsm.SegmentArgs{ISN: 300}, &out), &out)
	}

	show(&t, t.OpenPassive(false, &out), &out)
	arrives(tcpfsm.Segment{Seq: 100, Wnd: 4096, Flags: tcpfsm.SYN})
	arrives(tcpfsm.Segment{Seq: 101, Ack: 301, Wnd: 4096, Text: 5, Flags: tcpfsm.ACK})
	show(&t, t.Receive(1024, &out), &out)
	fmt.Println("delivered:", out.Delivered)
	show(&t, t.Send(2000, 0, &out), &out)
	arrives(tcpfsm.Segment{Seq: 106, Ack: 2301, Wnd: 4096, Flags: tcpfsm.FIN | tcpfsm.ACK})
	show(&t, t.Close(&out), &out)
	arrives(tcpfsm.Segment{Seq: 107, Ack: 2302, Wnd: 4096, Flags: tcpfsm.ACK})
	// Output:
	// LISTEN       open.passive      none
	// SYN-RECEIVED listen.syn        <SEQ=300><ACK=101><WND=65535><CTL=SYN,ACK>
	// ESTABLISHED  synrcvd.ack       none
	// ESTABLISHED  receive           none
	// delivered: 5
	// ESTABLISHED  send              <SEQ=301><ACK=106><WND=65530><DATA=2000><CTL=ACK>
	// CLOSE-WAIT   estab.fin         <SEQ=2301><ACK=107><WND=65530><CTL=ACK>
	// LAST-ACK     closewait.close   <SEQ=2301><ACK=107><WND=65530><CTL=FIN,ACK>
	// CLOSED       lastack.ack       none
}

// Two ends open at once: figure 7 of RFC 9293, seen from one of them.
func Example_simultaneousOpen() {
	t := newTCB()
	var out tcpfsm.Output

	show(&t, t.OpenActive(100, true, &out), &out)
	show(&t, t.Segment(&tcpfsm.Segment{Seq: 300, Wnd: 4096, Flags: tcpfsm.SYN}, tcpfsm.SegmentArgs{}, &out), &out)
	show(&t, t.Segment(&tcpfsm.Segment{Seq: 300, Ack: 101, Wnd: 4096, Flags: tcpfsm.SYN | tcpfsm.ACK}, tcpfsm.SegmentArgs{}, &out), &out)
	fmt.Println("signals:", out.Signals)
	// Output:
	// SYN-SENT     open.active       <SEQ=100><WND=65535><CTL=SYN>
	// SYN-RECEIVED synsent.syn       <SEQ=100><ACK=301><WND=65535><CTL=SYN,ACK>
	// ESTABLISHED  synrcvd.synack    <SEQ=101><ACK=301><WND=65535><CTL=ACK>
	// signals: established
}

// A driver that does not tell events apart gives them to Step, and carries out what
// the output asks for.
func ExampleTCB_Step() {
	t := newTCB()
	var out tcpfsm.Output
	row := t.Step(&tcpfsm.Event{Kind: tcpfsm.EventOpenActive, ISN: 100, RemoteGiven: true}, &out)

	fmt.Println("row:  ", row)
	fmt.Println("state:", t.State)
	fmt.Println("send: ", out.Ctl)
	for timer := range out.Started.All() {
		fmt.Println("start:", timer)
	}
	// Output:
	// row:   open.active
	// state: SYN-SENT
	// send:  <SEQ=100><WND=65535><CTL=SYN>
	// start: RTX
	// start: User
}

// A call that is refused changes nothing and says why.
func ExampleAnswer_Err() {
	t := newTCB()
	var out tcpfsm.Output
	t.Send(5, 0, &out)
	err := out.Answer.Err()
	fmt.Println(err)
	fmt.Println(errors.Is(err, tcpfsm.AnswerNoConnection))
	// Output:
	// connection does not exist
	// true
}

// The table can be read: what does a RST do in SYN-SENT, and where does it say so?
func ExampleRows() {
	for row := range tcpfsm.Rows() {
		if strings.HasPrefix(row.Name, "synsent.rst") {
			fmt.Println(row.Name+":", "when", row.When, "do", row.Do)
			fmt.Println("  RFC 9293", row.Cite+":", row.Why)
		}
	}
	// Output:
	// synsent.rst: when RST && ACK do signal(reset); deleteTCB
	//   RFC 9293 3.10.7.3; EID 8167: It acknowledges our SYN, so the peer itself refuses.
	// synsent.rst.noack: when RST do drop
	//   RFC 9293 3.10.7.3: Anybody could have sent it.
}

// States are read in the spellings of the tools that people use.
func ExampleParseState() {
	for _, text := range []string{"SYN-SENT", "syn_recv", "ESTAB", "TimeWait"} {
		s, err := tcpfsm.ParseState(text)
		if err != nil {
			panic(err)
		}
		fmt.Println(s)
	}
	_, err := tcpfsm.ParseState("OPEN")
	fmt.Println(errors.As(err, new(*tcpfsm.ParseError)))
	// Output:
	// SYN-SENT
	// SYN-RECEIVED
	// ESTABLISHED
	// TIME-WAIT
	// true
}

// Who counts packets and has no TCB follows the bare diagram.
func ExampleNext() {
	s := tcpfsm.Closed
	for _, e := range []tcpfsm.DiagramEvent{tcpfsm.OnPassiveOpen, tcpfsm.OnRcvSyn, tcpfsm.OnRcvAckOfSyn, tcpfsm.OnRcvFin} {
		s, _ = tcpfsm.Next(s, e)
		fmt.Print(s, " ")
	}
	_, ok := tcpfsm.Next(s, tcpfsm.OnRcvSyn)
	fmt.Println(ok)
	// Output:
	// LISTEN SYN-RECEIVED ESTABLISHED CLOSE-WAIT false
}

// What may have an effect on a listener? Everything else is refused or dropped there.
func ExamplePermitted() {
	for kind := range tcpfsm.Permitted(tcpfsm.Listen) {
		fmt.Println(kind)
	}
	// Output:
	// active OPEN
	// SEND
	// CLOSE
	// CLOSE and leave
	// ABORT
	// STATUS
	// SEGMENT ARRIVES
	// USER TIMEOUT
}
