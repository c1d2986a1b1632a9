package tcp

import "github.com/tcpfsm/tcpfsm/spec"

// Defs are the named expressions of guards and effects.
var Defs = []spec.Def{
	{Name: "SEG.LEN", Is: `SEG.TEXT + count(SYN) + count(FIN)`, Cite: "3.4",
		Doc: "length in sequence space"},
	{Name: "TEXT.SEQ", Is: `SEG.SEQ + count(SYN)`, Cite: "3.4",
		Doc: "sequence number of the first octet of text"},
	{Name: "FIN.SEQ", Is: `TEXT.SEQ + SEG.TEXT`, Cite: "3.4",
		Doc: "sequence number behind the text, where the FIN is"},

	{Name: "seqInWindow", Is: `SEG.SEQ == RCV.NXT || RCV.WND > 0 && RCV.NXT =< SEG.SEQ < RCV.NXT + RCV.WND`, Cite: "3.10.7.4",
		Doc: "the segment begins in the window; with a window of 0, exactly at its edge"},
	{Name: "acceptable", Is: `SEG.LEN == 0 && seqInWindow || SEG.LEN > 0 && RCV.WND > 0 && (RCV.NXT =< SEG.SEQ < RCV.NXT + RCV.WND || RCV.NXT =< SEG.SEQ + SEG.LEN - 1 < RCV.NXT + RCV.WND)`, Cite: "3.10.7.4",
		Doc: "the four tests of Table 6"},
	{Name: "zeroWindowSeq", Is: `RCV.WND == 0 && (SEG.SEQ == RCV.NXT || SEG.SEQ == RCV.NXT + 1)`, Cite: "3.8.6.1",
		Doc: "at the edge of a closed window, or one beyond: the peer may count its probe octet as sent"},

	{Name: "ackNew", Is: `SND.UNA < SEG.ACK =< SND.NXT`, Cite: "3.4",
		Doc: "acknowledges something for the first time"},
	{Name: "ackOK", Is: `SND.UNA - MAX.SND.WND =< SEG.ACK =< SND.NXT`, Cite: "3.10.7.4; RFC 5961 section 5.2",
		Doc: "not of something unsent, and not older than a window"},
	{Name: "ackBad", Is: `SEG.ACK =< ISS || SEG.ACK > SND.NXT`, Cite: "3.10.7.3; EID 3300",
		Doc: "can't be the acknowledgment of our SYN"},
	{Name: "windowNews", Is: `SND.UNA =< SEG.ACK =< SND.NXT && (SND.WL1 < SEG.SEQ || SND.WL1 == SEG.SEQ && SND.WL2 =< SEG.ACK)`, Cite: "3.10.7.4",
		Doc: "the window was sent later than the one we have"},
	{Name: "ourFinAcked", Is: `finSent && (SEG.ACK == SND.NXT || SND.UNA == SND.NXT)`, Cite: "3.10.7.4",
		Doc: "with this segment our FIN is acknowledged, or it was before"},

	{Name: "newText", Is: `SEG.TEXT > 0 && RCV.NXT < FIN.SEQ`, Cite: "3.10.7.4",
		Doc: "brings at least one octet that we do not have"},
	{Name: "finIn", Is: `FIN && TEXT.SEQ =< RCV.NXT && RCV.NXT =< FIN.SEQ < RCV.NXT + RCV.WND`, Cite: "3.10.7.4",
		Doc: "the FIN is next in sequence once this segment's own text is in"},
	{Name: "finInSynAck", Is: `FIN && SEG.TEXT < RCV.WND`, Cite: "3.10.7.3",
		Doc: "the same of a SYN,ACK, which begins the sequence"},
	{Name: "oldFin", Is: `FIN && SEG.SEQ + SEG.LEN == RCV.NXT`, Cite: "3.10.7.4",
		Doc: "the retransmission of the FIN that was taken"},

	{Name: "usable", Is: `SND.WND - (SND.NXT - SND.UNA)`, Cite: "3.8.6.2.1",
		Doc: "octets that may be sent now"},
	{Name: "usableAfter", Is: `SEG.WND - (SND.NXT - SEG.ACK)`, Cite: "3.8.6.2.1",
		Doc: "octets that may be sent once this segment's acknowledgment and window are in"},
	{Name: "fitsAfter", Is: `windowNews && queued =< usableAfter || !windowNews && ackNew && queued =< SND.WND - (SND.NXT - SEG.ACK) || !windowNews && !ackNew && queued =< usable`, Cite: "3.10.4",
		Doc: "after this segment everything queued can leave at once"},
	{Name: "windowGain", Is: `RCV.BUF - unread - RCV.WND`, Cite: "3.8.6.2.2",
		Doc: "octets by which the window could be opened"},
	{Name: "mayOpenWindow", Is: `windowGain > 0 && (windowGain >= SND.MSS || windowGain + windowGain >= RCV.BUF)`, Cite: "3.8.6.2.2; MUST-39",
		Doc: "opening the window is worth it: a full segment or half of the buffer"},
}

// Invariants hold after every step.
var Invariants = []spec.Invariant{
	{Name: "closed-clean", In: Closed, Is: `queued == 0 && unread == 0 && SND.NXT == SND.UNA && !finSent && !closeQueued && !passive && !armed(RTX) && !armed(User) && !armed(TimeWait) && !armed(Persist) && !armed(FinWait2) && !armed(KeepAlive) && !armed(DelayedAck)`,
		Doc: "no connection leaves nothing behind"},
	{Name: "listen-clean", In: Listen, Is: `passive && queued == 0 && SND.NXT == SND.UNA && !armed(RTX) && !armed(User) && !savedTW`,
		Doc: "a listener has no trace of a connection that failed"},
	{Name: "una-nxt", In: SynSent | Otherwise, Is: `SND.UNA =< SND.NXT`,
		Doc: "nothing unsent is acknowledged"},
	{Name: "rtx-needed", In: Sending, Is: `SND.UNA == SND.NXT || armed(RTX)`,
		Doc: "whatever is unacknowledged will be repeated"},
	{Name: "rtx-useful", In: SynSent | Otherwise, Is: `!armed(RTX) || SND.UNA < SND.NXT`,
		Doc: "the retransmission timer runs only while something is unacknowledged"},
	{Name: "persist-needed", In: Established | FinWait1 | CloseWait | Closing, Is: `queued == 0 || SND.WND > 0 || SND.UNA < SND.NXT || armed(Persist)`,
		Doc: "a closed window is probed"},
	{Name: "fin-last", In: Otherwise, Is: `!finSent || closeQueued && queued == 0`,
		Doc: "FIN follows the last octet of a user who has closed"},
	{Name: "fin-acked", In: FinWait2 | TimeWait, Is: `finSent && SND.UNA == SND.NXT`,
		Doc: "our FIN is acknowledged"},
	{Name: "fin-pending", In: LastAck, Is: `finSent && SND.UNA < SND.NXT`,
		Doc: "our FIN is sent and not acknowledged"},
	{Name: "two-msl", In: TimeWait, Is: `armed(TimeWait)`,
		Doc: "TIME-WAIT ends"},
	{Name: "window-backed", In: SynSent | Otherwise, Is: `RCV.WND + unread =< RCV.BUF`,
		Doc: "no octet is invited that there is no room for"},
}
