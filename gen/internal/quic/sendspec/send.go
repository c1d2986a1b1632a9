// Package sendspec is the sending part of a QUIC stream: RFC 9000 section 3.1 as a
// table. It is here to show that the language and the generator know nothing of TCP.
package sendspec

import "github.com/tcpfsm/tcpfsm/spec"

// The states of figure 2.
const (
	Ready spec.StateSet = 1 << iota
	Send
	DataSent
	DataRecvd
	ResetSent
	ResetRecvd
)

// Groups of states that rows name.
const (
	writing  = Ready | Send
	sending  = Ready | Send | DataSent
	terminal = DataRecvd | ResetRecvd
)

// The events: calls of the application, frames of the peer, and what the loss
// detection of RFC 9002 finds out about packets.
const (
	Write spec.EventSet = 1 << iota
	Finish
	Reset
	Transmit
	MaxStreamData
	StopSending
	Acked
	Lost
	ResetAcked
	ResetLost
)

// Machine is the table.
var Machine = spec.Machine{
	Name:   "quicsend",
	Type:   "Stream",
	Title:  "Sending part of a QUIC stream",
	Source: "RFC 9000",
	URL:    "https://www.rfc-editor.org/rfc/rfc9000.html#section-%s",
	Doc:    "the sending part of a stream of RFC 9000 section 3.1",

	States: []spec.State{
		{ID: Ready, Name: "Ready", Doc: "nothing sent yet"},
		{ID: Send, Name: "Send", Doc: "data flows"},
		{ID: DataSent, Name: "Data Sent", Doc: "only repeats"},
		{ID: DataRecvd, Name: "Data Recvd", Doc: "all acknowledged"},
		{ID: ResetSent, Name: "Reset Sent", Doc: "given up"},
		{ID: ResetRecvd, Name: "Reset Recvd", Doc: "peer knows"},
	},
	Events: []spec.Event{
		{ID: Write, Name: "Write", Text: "write", Args: []spec.Var{{Name: "octets", Type: spec.Size, Doc: "octets to send"}}, Doc: "The application has data."},
		{ID: Finish, Name: "Finish", Text: "finish", Doc: "The application has no more data: FIN follows."},
		{ID: Reset, Name: "Reset", Text: "reset", Doc: "The application gives the stream up."},
		{ID: Transmit, Name: "Transmit", Text: "room in a packet", Args: []spec.Var{{Name: "room", Type: spec.Size, Doc: "octets of data that fit"}}, Doc: "A packet is made up and has room for a frame."},
		{ID: MaxStreamData, Name: "MaxStreamData", Text: "rcv MAX_STREAM_DATA", Args: []spec.Var{{Name: "limit", Type: spec.Size, Doc: "largest offset allowed"}}, Doc: "The peer allows more data."},
		{ID: StopSending, Name: "StopSending", Text: "rcv STOP_SENDING", Doc: "The peer does not want the data any more."},
		{ID: Acked, Name: "Acked", Text: "STREAM acked", Takes: "FRAME", Args: []spec.Var{{Name: "fresh", Type: spec.Size, Doc: "octets of the frame that were not acknowledged before"}}, Doc: "A STREAM frame was acknowledged."},
		{ID: Lost, Name: "Lost", Text: "STREAM lost", Takes: "FRAME", Doc: "A STREAM frame was lost."},
		{ID: ResetAcked, Name: "ResetAcked", Text: "RESET_STREAM acked", Doc: "Our RESET_STREAM was acknowledged."},
		{ID: ResetLost, Name: "ResetLost", Text: "RESET_STREAM lost", Doc: "Our RESET_STREAM was lost."},
	},
	Records: []spec.Record{{Name: "FRAME", Go: "Frame",
		Fields: []spec.Var{
			{Name: "OFFSET", Type: spec.Size, Doc: "of the data; the final size in RESET_STREAM; the limit in STREAM_DATA_BLOCKED"},
			{Name: "LENGTH", Type: spec.Size, Doc: "octets of data"},
		},
		Flags: []spec.Name{
			{Name: "STREAM", Doc: "a STREAM frame"},
			{Name: "FIN", Doc: "the data ends the stream"},
			{Name: "RESET", Doc: "a RESET_STREAM frame"},
			{Name: "BLOCKED", Doc: "a STREAM_DATA_BLOCKED frame"},
		},
		Doc: "A Frame is one frame of the stream, without its data."}},
	Slots: []spec.Slot{{Name: "OUT", Of: "FRAME", Doc: "the frame to send"}},
	Vars: []spec.Var{
		{Name: "written", Type: spec.Size, Doc: "octets the application wrote"},
		{Name: "sentTo", Type: spec.Size, Doc: "largest offset sent"},
		{Name: "ackedOctets", Type: spec.Size, Doc: "octets acknowledged"},
		{Name: "credit", Type: spec.Size, Doc: "largest offset the peer allows"},
		{Name: "finished", Type: spec.Flag, Doc: "the application has no more data"},
		{Name: "stopped", Type: spec.Flag, Doc: "STOP_SENDING came when everything was sent"},
		{Name: "toldBlocked", Type: spec.Flag, Doc: "STREAM_DATA_BLOCKED was sent for this credit"},
		{Name: "finAcked", Type: spec.Flag, Doc: "the end of the stream was acknowledged"},
	},
	Answers: []spec.Name{
		{Name: "ok", Text: "ok"},
		{Name: "closed", Text: "the stream takes no more data"},
	},
	Options: []spec.Option{
		{Name: "resetOnStop", Cite: "3.5", Doc: "STOP_SENDING is answered with RESET_STREAM also when all data was sent, which is a MAY"},
	},
	Profiles: []spec.Profile{
		{Name: "eager", Options: "resetOnStop", Doc: "give up as soon as the peer asks"},
		{Name: "patient", Default: true, Doc: "finish what is nearly done"},
	},
	Defs: []spec.Def{
		{Name: "sendable", Is: `min(written - sentTo, credit - sentTo)`, Cite: "4.1", Doc: "octets that may be sent now"},
		{Name: "allSent", Is: `finished && sentTo + min(sendable, room) == written`, Cite: "3.1", Doc: "this packet takes the rest, and FIN"},
		{Name: "allAcked", Is: `ackedOctets + fresh == written && (FIN || finAcked)`, Cite: "3.1", Doc: "with this nothing is left to acknowledge"},
		{Name: "blocked", Is: `sendable == 0 && written > sentTo && !toldBlocked`, Cite: "4.1", Doc: "data waits for credit, and the peer was not told"},
	},
	Actions: []spec.Action{
		{Name: "sendData", Do: `send(OUT, STREAM, sentTo, min(sendable, room)); sentTo = sentTo + OUT.LENGTH`, Cite: "3.1", Doc: "the next data"},
		{Name: "sendReset", Do: `send(OUT, RESET, sentTo, 0)`, Cite: "3.1", Doc: "RESET_STREAM with the final size"},
		{Name: "note", Do: `ackedOctets = ackedOctets + fresh; if FIN { finAcked = true }`, Cite: "3.1", Doc: "what the peer has"},
	},
	Invariants: []spec.Invariant{
		{Name: "sent-written", Is: `sentTo =< written && ackedOctets =< sentTo`, Doc: "nothing is sent that was not written, nor acknowledged that was not sent"},
		{Name: "credit", Is: `sentTo =< credit`, Doc: "the peer's limit is kept"},
		{Name: "done", In: DataRecvd, Is: `finished && ackedOctets == written`, Doc: "everything arrived"},
	},
	Tables: []spec.Table{
		{Title: "Calls of the application", Cite: "2.4", Rows: calls},
		{Title: "Packets and frames", Cite: "3.1", Rows: frames},
	},
}

var calls = []spec.Row{
	{ID: "write.late", In: Ready | Send, On: Write, When: `finished`,
		Do: `answer(closed)`, Cite: "2.4", Why: "The application said that there is no more."},
	{ID: "write", In: Ready | Send, On: Write,
		Do: `written = written + octets`, Cite: "2.4", Why: "Data waits for a packet."},
	{ID: "write.closed", In: DataSent | DataRecvd | ResetSent | ResetRecvd, On: Write,
		Do: `answer(closed)`, Cite: "3.1", Why: "The end was sent."},
	{ID: "finish", In: Ready | Send, On: Finish,
		Do: `finished = true`, Cite: "2.4", Why: "FIN leaves with the last data."},
	{ID: "finish.again", In: DataSent | DataRecvd | ResetSent | ResetRecvd, On: Finish,
		Do: `answer(closed)`, Cite: "3.1", Why: "The end was sent."},
	{ID: "reset", In: sending, On: Reset, To: ResetSent,
		Do: `sendReset`, Cite: "3.1", Why: "The application gives up, at whatever was sent so far."},
	{ID: "reset.late", In: DataRecvd | ResetSent | ResetRecvd, On: Reset,
		Do: `answer(closed)`, Cite: "3.1", Why: "There is nothing to give up any more."},
}

var frames = []spec.Row{
	{ID: "transmit.last", In: writing, On: Transmit, When: `allSent`, To: DataSent,
		Do: `sendData; OUT.FIN = true`, Cite: "3.1; 19.8", Why: "The last data carries FIN; from now on only lost data is sent."},
	{ID: "transmit.blocked", In: writing, On: Transmit, When: `blocked`, To: Send,
		Do: `send(OUT, BLOCKED, credit, 0); toldBlocked = true`, Cite: "3.1; 4.1; 19.13", Why: "STREAM_DATA_BLOCKED tells the peer that its limit holds data back."},
	{ID: "transmit", In: writing, On: Transmit, When: `sendable > 0 && room > 0`, To: Send,
		Do: `sendData`, Cite: "3.1", Why: "The first frame leaves Ready."},
	{ID: "transmit.nothing", In: Ready | Send | DataSent | DataRecvd | ResetSent | ResetRecvd, On: Transmit,
		Do: `drop`, Cite: "3.1", Why: "There is nothing new to send."},

	{ID: "credit.old", In: writing, On: MaxStreamData, When: `limit =< credit`,
		Do: `drop`, Cite: "4.1", Why: "A limit never goes down; frames may be reordered."},
	{ID: "credit", In: writing, On: MaxStreamData,
		Do: `credit = limit; toldBlocked = false`, Cite: "4.1; 19.10", Why: "The peer allows more."},
	{ID: "credit.late", In: DataSent | DataRecvd | ResetSent | ResetRecvd, On: MaxStreamData,
		Do: `drop`, Cite: "3.1", Why: "Nothing new will be sent."},

	{ID: "stop", In: Ready | Send, On: StopSending, To: ResetSent,
		Do: `sendReset`, Cite: "3.5", Why: "The peer discards what it gets: MUST answer with RESET_STREAM."},
	{ID: "stop.sent", In: DataSent, On: StopSending, When: `resetOnStop`, To: ResetSent,
		Do: `sendReset`, Cite: "3.5", Why: "All was sent; giving up the repeats is allowed."},
	{ID: "stop.deferred", In: DataSent, On: StopSending,
		Do: `stopped = true`, Cite: "3.5", Why: "The outstanding data may still do; what is lost of it is not repeated."},
	{ID: "stop.late", In: DataRecvd | ResetSent | ResetRecvd, On: StopSending,
		Do: `drop`, Cite: "3.5", Why: "Everything arrived, or the reset is known."},

	{ID: "acked.all", In: DataSent, On: Acked, When: `STREAM && allAcked`, To: DataRecvd,
		Do: `note`, Cite: "3.1", Why: "The peer has everything."},
	{ID: "acked", In: Send | DataSent, On: Acked, When: `STREAM`,
		Do: `note`, Cite: "3.1", Why: "The peer has this much more."},
	{ID: "acked.late", In: Ready | Send | DataSent | DataRecvd | ResetSent | ResetRecvd, On: Acked,
		Do: `drop`, Cite: "3.1", Why: "It does not matter any more, or never was data."},

	{ID: "lost.stopped", In: DataSent, On: Lost, When: `stopped`, To: ResetSent,
		Do: `sendReset`, Cite: "3.5", Why: "The peer does not want it: RESET_STREAM and not the data again."},
	{ID: "lost", In: Send | DataSent, On: Lost, When: `STREAM`,
		Do: `send(OUT, STREAM, FRAME.OFFSET, FRAME.LENGTH); OUT.FIN = FIN`, Cite: "3.1; 13.3", Why: "Lost data is sent again."},
	{ID: "lost.late", In: Ready | Send | DataSent | DataRecvd | ResetSent | ResetRecvd, On: Lost,
		Do: `drop`, Cite: "3.1; 13.3", Why: "After a reset no data is repeated."},

	{ID: "resetacked", In: ResetSent, On: ResetAcked, To: ResetRecvd,
		Cite: "3.1", Why: "The peer knows that the stream ended early."},
	{ID: "resetacked.late", In: sending | terminal, On: ResetAcked,
		Do: `drop`, Cite: "3.1", Why: "Known, or never sent."},
	{ID: "resetlost", In: ResetSent, On: ResetLost,
		Do: `sendReset`, Cite: "3.1; 13.3", Why: "RESET_STREAM is repeated until it is acknowledged."},
	{ID: "resetlost.late", In: sending | terminal, On: ResetLost,
		Do: `drop`, Cite: "3.1", Why: "Known, or never sent."},
}
