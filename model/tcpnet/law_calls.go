package tcpnet

import "github.com/tcpfsm/tcpfsm/tcpfsm"

// callLaws are about the calls of users (sections 3.10.1 to 3.10.6).
var callLaws = []Law{
	{ID: "law-abort", Cite: "3.10.5", on: []tcpfsm.EventKind{tcpfsm.EventAbort},
		Text:  "ABORT sends RST at SND.NXT to a peer that knows of the connection and has not sent its FIN behind ours, and forgets the connection",
		judge: abortSendsRST},
}

func abortSendsRST(s *seenStep) ruling {
	switch s.before.State {
	case tcpfsm.SynReceived, tcpfsm.Established, tcpfsm.FinWait1, tcpfsm.FinWait2, tcpfsm.CloseWait:
		return must(s.after.State == tcpfsm.Closed && s.out.Ctl.Flags.Has(tcpfsm.RST) && s.out.Ctl.Seq == s.before.SndNxt)
	case tcpfsm.Closed:
		return silent
	}
	return must(s.after.State == tcpfsm.Closed && s.out.Ctl.Flags == 0)
}
