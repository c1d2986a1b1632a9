package tcp

import "github.com/tcpfsm/tcpfsm/spec"

// Actions are the named effects.
var Actions = []spec.Action{
	{Name: "deleteTCB", Do: `reset; passive = false; remote = false; savedTW = false; TW.SND.NXT = 0; TW.RCV.NXT = 0`, Cite: "3.10",
		Doc: "forget the connection"},
	{Name: "returnToListen", Do: `reset; passive = true; savedTW = false; TW.SND.NXT = 0; TW.RCV.NXT = 0; RCV.WND = RCV.BUF`, Cite: "3.10.7.4; MUST-11",
		Doc: "forget the peer and wait for another one"},

	{Name: "beginSending", Do: `SND.UNA = ISS; SND.NXT = ISS + 1; start(RTX, User)`, Cite: "3.10.1",
		Doc: "our SYN is on its way"},
	{Name: "openActive", Do: `passive = false; RCV.WND = RCV.BUF; ISS = ISN; beginSending; sendSYN`, Cite: "3.10.1; MUST-8",
		Doc: "choose the initial sequence number and send the SYN"},
	{Name: "learnPeer", Do: `IRS = SEG.SEQ; RCV.NXT = SEG.SEQ + 1`, Cite: "3.10.7.2",
		Doc: "take the peer's initial sequence number"},
	{Name: "initWindow", Do: `SND.WND = SEG.WND; SND.WL1 = SEG.SEQ; SND.WL2 = SEG.ACK; MAX.SND.WND = max(MAX.SND.WND, SEG.WND)`, Cite: "3.10.7.4",
		Doc: "take the window whatever it was before"},
	{Name: "initWindowSYN", Do: `SND.WND = SEG.WND; SND.WL1 = SEG.SEQ; SND.WL2 = ISS; MAX.SND.WND = max(MAX.SND.WND, SEG.WND)`, Cite: "3.10.7.2",
		Doc: "the same from a SYN, which acknowledges nothing"},
	{Name: "establish", Do: `signal(established); savedTW = false; TW.SND.NXT = 0; TW.RCV.NXT = 0; if keepAlive { start(KeepAlive) }`, Cite: "3.10.7.4",
		Doc: "tell the user, and forget what was needed only until now"},

	{Name: "sendSYN", Do: `send(CTL, SYN, ISS, 0, RCV.WND, 0)`, Cite: "3.10.1",
		Doc: "<SEQ=ISS><CTL=SYN>"},
	{Name: "sendSYNACK", Do: `send(CTL, SYN|ACK, ISS, RCV.NXT, RCV.WND, 0)`, Cite: "3.10.7.2",
		Doc: "<SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>"},
	{Name: "sendACK", Do: `stop(DelayedAck); if !sent(DATA) { send(CTL, ACK, SND.NXT, RCV.NXT, RCV.WND, 0) }`, Cite: "3.10.7.4",
		Doc: "<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>, unless text that leaves in this step carries it"},
	{Name: "sendRST", Do: `send(CTL, RST, SEG.ACK, 0, 0, 0)`, Cite: "3.5.2",
		Doc: "<SEQ=SEG.ACK><CTL=RST>: at the sequence number that the peer expects"},
	{Name: "challengeACK", Do: `if !ackThrottle || (SEG.TEXT > 0 || FIN) && !RST && !SYN { sendACK } else if challenges < CHALLENGE.MAX { challenges = challenges + 1; sendACK }`, Cite: "RFC 5961 section 7",
		Doc: "say what we expect, and let the peer prove itself; limited, so that nobody can make us flood the peer"},

	{Name: "ackProcess", Do: `
		if ackNew {
			acked = SEG.ACK - SND.UNA - count(!synAcked) - count(finSent && SEG.ACK == SND.NXT)
			SND.UNA = SEG.ACK
			synAcked = true
			tries = 0
			if SND.UNA == SND.NXT { stop(RTX) } else { start(RTX) }
			if SND.UNA == SND.NXT && queued == 0 { stop(User) } else { start(User) }
			if finSent && SND.UNA == SND.NXT { signal(closeDone) }
		}
		if windowNews { initWindow }
		if SND.WND == 0 { tries = 0; if armed(User) { start(User) } }
		if armed(KeepAlive) { probes = 0; start(KeepAlive) }`, Cite: "3.10.7.4; MUST-37; RFC 6298 section 5",
		Doc: "the fifth check: acknowledgment, window, timers; a peer that keeps its window closed and answers is not given up"},
	{Name: "takeText", Do: `
		if SEG.TEXT > 0 && TEXT.SEQ =< RCV.NXT && RCV.NXT < FIN.SEQ && RCV.WND > 0 {
			skip = RCV.NXT - TEXT.SEQ
			take = min(SEG.TEXT - skip, RCV.WND)
			RCV.NXT = RCV.NXT + take
			RCV.WND = RCV.WND - take
			unread = unread + take
			signal(text)
		}`, Cite: "3.10.7.4",
		Doc: "the seventh check: text in order is taken as far as the window goes; what is early is not taken, and the peer repeats it"},
	{Name: "takeFIN", Do: `RCV.NXT = RCV.NXT + 1; signal(remoteClosing)`, Cite: "3.10.7.4",
		Doc: "the eighth check"},
	{Name: "ackText", Do: `
		if (SEG.TEXT > 0 || FIN) && !sent(DATA) {
			if delayedAck && !quickAck && !FIN && take > 0 && take == SEG.TEXT && !armed(DelayedAck) { start(DelayedAck) } else { sendACK }
		}`, Cite: "3.8.6.3; MUST-40; MUST-58",
		Doc: "acknowledge text: at once if it is early, old or the second in a row, else a little later if delayedAck says so"},
	{Name: "ackFIN", Do: `if ackPace && delayedAck && take > 0 && !sent(DATA) && !armed(DelayedAck) { start(DelayedAck) } else { sendACK }`, Cite: "3.8.6.3; MUST-58",
		Doc: "acknowledge the FIN that was taken in ESTABLISHED: at once, unless ackPace lets it wait with the text before it"},
	{Name: "refuse", Do: `if ACK { sendRST } else { send(CTL, RST|ACK, 0, SEG.SEQ + SEG.LEN, 0, 0) }`, Cite: "3.10.7.1; 3.5.2",
		Doc: "the RST that CLOSED answers"},

	{Name: "queueText", Do: `queued = queued + octets; if !armed(User) { start(User) }`, Cite: "3.10.2",
		Doc: "the octets wait for the window"},
	{Name: "queueClose", Do: `closeQueued = true`, Cite: "3.10.4",
		Doc: "FIN follows the queued octets"},
	{Name: "push", Do: `
		if queued > 0 && usable > 0 || closeQueued && queued == 0 && !finSent && finFits {
			send(DATA, ACK, SND.NXT, RCV.NXT, RCV.WND, min(queued, usable))
			queued = queued - DATA.TEXT
			SND.NXT = SND.NXT + DATA.TEXT
			if closeQueued && queued == 0 && finFits { DATA.FIN = true; finSent = true; SND.NXT = SND.NXT + 1 }
			stop(DelayedAck)
			if !armed(RTX) { start(RTX) }
			if !armed(User) { start(User) }
		}
		if !unsent || SND.WND > 0 { stop(Persist) } else if SND.UNA == SND.NXT && !armed(Persist) { start(Persist) }`, Cite: "3.10.2; 3.8.6.1",
		Doc: "send what the window allows, then FIN if the user has closed; a closed window with nothing in flight is probed"},
	{Name: "retransmit", Do: `
		if synAcked {
			send(DATA, ACK, SND.UNA, RCV.NXT, RCV.WND, min(SND.NXT - SND.UNA - count(finSent), SND.MSS))
			if finSent && SND.UNA + DATA.TEXT + 1 == SND.NXT { DATA.FIN = true }
			stop(DelayedAck)
		} else { sendSYNACK }
		start(RTX)`, Cite: "3.10.8; RFC 6298 section 5.4",
		Doc: "the oldest segment again; after CLOSE in SYN-RECEIVED that may still be the SYN,ACK"},
	{Name: "probe", Do: `
		stop(Persist, DelayedAck)
		send(DATA, ACK, SND.NXT, RCV.NXT, RCV.WND, min(queued, 1))
		if queued == 0 { DATA.FIN = true; finSent = true }
		queued = queued - DATA.TEXT
		SND.NXT = SND.NXT + 1
		start(RTX)`, Cite: "3.8.6.1; MUST-35",
		Doc: "send what is next, one octet or the FIN, although the window is closed"},
	{Name: "countTry", Do: `if tries < max(R1, R2) { tries = tries + 1; if tries == R1 { signal(retransmitting) } }`, Cite: "3.8.3; MUST-20; SHLD-9",
		Doc: "count up to the limits; without limits nothing is counted"},
	{Name: "countSynTry", Do: `if tries < max(R1, R2.SYN) { tries = tries + 1; if tries == R1 { signal(retransmitting) } }`, Cite: "3.8.3; MUST-23",
		Doc: "the same while the SYN is not acknowledged, whose limit is its own"},

	{Name: "openWindow", Do: `if mayOpenWindow { RCV.WND = RCV.BUF - unread; sendACK }`, Cite: "3.8.6.2.2; MUST-39",
		Doc: "tell the peer about new room, but not about crumbs"},
	{Name: "deliver", Do: `delivered = min(octets, unread); unread = unread - delivered`, Cite: "3.10.3",
		Doc: "hand over what is there"},
	{Name: "waitForPeer", Do: `if orphan && finWait2Timer { start(FinWait2) }`, Cite: "practice: FreeBSD, Linux, lwIP",
		Doc: "an orphan in FIN-WAIT-2 does not wait for ever"},
	{Name: "enterTimeWait", Do: `stop(all); start(TimeWait)`, Cite: "3.10.7.4",
		Doc: "the 2 MSL begin"},
	{Name: "giveUp", Do: `signal(timedOut); deleteTCB`, Cite: "3.8.3; MUST-20",
		Doc: "the peer does not answer any more"},
}
