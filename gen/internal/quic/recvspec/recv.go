// Package recvspec is the receiving part of a QUIC stream: RFC 9000 section 3.2 as
// a table.
package recvspec

import "github.com/tcpfsm/tcpfsm/spec"

// The states of figure 3.
const (
	Recv spec.StateSet = 1 << iota
	SizeKnown
	DataRecvd
	DataRead
	ResetRecvd
	ResetRead
)

// Groups of states that rows name.
const (
	receiving = Recv | SizeKnown
	sized     = SizeKnown | DataRecvd | DataRead | ResetRecvd | ResetRead
)

// The events: frames of the peer, and calls of the application.
const (
	StreamFrame spec.EventSet = 1 << iota
	ResetFrame
	Read
	Stop
)

// Machine is the table.
var Machine = spec.Machine{
	Name:   "quicrecv",
	Type:   "Stream",
	Title:  "Receiving part of a QUIC stream",
	Source: "RFC 9000",
	URL:    "https://www.rfc-editor.org/rfc/rfc9000.html#section-%s",
	Doc:    "the receiving part of a stream of RFC 9000 section 3.2",

	States: []spec.State{
		{ID: Recv, Name: "Recv", Doc: "data flows"},
		{ID: SizeKnown, Name: "Size Known", Doc: "the end is known"},
		{ID: DataRecvd, Name: "Data Recvd", Doc: "all is here"},
		{ID: DataRead, Name: "Data Read", Doc: "all was read"},
		{ID: ResetRecvd, Name: "Reset Recvd", Doc: "the peer gave up"},
		{ID: ResetRead, Name: "Reset Read", Doc: "and we know"},
	},
	Events: []spec.Event{
		{ID: StreamFrame, Name: "StreamFrame", Text: "rcv STREAM", Takes: "FRAME", Args: []spec.Var{{Name: "fresh", Type: spec.Size, Doc: "octets of the frame that were not received before"}}, Doc: "A STREAM frame arrives."},
		{ID: ResetFrame, Name: "ResetFrame", Text: "rcv RESET_STREAM", Takes: "FRAME", Doc: "A RESET_STREAM frame arrives."},
		{ID: Read, Name: "Read", Text: "read", Args: []spec.Var{
			{Name: "octets", Type: spec.Size, Doc: "room for data"},
			{Name: "prefix", Type: spec.Size, Doc: "offset before which nothing is missing"},
		}, Doc: "The application reads in order."},
		{ID: Stop, Name: "Stop", Text: "stop reading", Doc: "The application does not want the data any more."},
	},
	Records: []spec.Record{{Name: "FRAME", Go: "Frame",
		Fields: []spec.Var{
			{Name: "OFFSET", Type: spec.Size, Doc: "of the data; the final size in RESET_STREAM; the limit in MAX_STREAM_DATA"},
			{Name: "LENGTH", Type: spec.Size, Doc: "octets of data"},
		},
		Flags: []spec.Name{
			{Name: "FIN", Doc: "the data ends the stream"},
			{Name: "MAXDATA", Doc: "a MAX_STREAM_DATA frame"},
			{Name: "STOP", Doc: "a STOP_SENDING frame"},
		},
		Doc: "A Frame is one frame of the stream, without its data."}},
	Slots:  []spec.Slot{{Name: "OUT", Of: "FRAME", Doc: "the frame to send"}},
	Params: []spec.Var{{Name: "window", Type: spec.Size, Doc: "octets that may wait to be read"}},
	Vars: []spec.Var{
		{Name: "highest", Type: spec.Size, Doc: "largest offset seen"},
		{Name: "received", Type: spec.Size, Doc: "octets received, each counted once"},
		{Name: "readTo", Type: spec.Size, Doc: "offset up to which the application has read"},
		{Name: "finalSize", Type: spec.Size, Doc: "size of the whole stream, once it is known"},
		{Name: "raised", Type: spec.Size, Doc: "by how much the limit was raised above window"},
		{Name: "stopped", Type: spec.Flag, Doc: "STOP_SENDING was sent"},
	},
	Outs:    []spec.Var{{Name: "delivered", Type: spec.Size, Doc: "octets handed to the application"}},
	Signals: []spec.Name{{Name: "reset", Text: "the peer gave the stream up"}},
	Answers: []spec.Name{
		{Name: "ok", Text: "ok"},
		{Name: "endOfStream", Text: "the stream ended"},
		{Name: "wasReset", Text: "the stream was reset"},
		{Name: "flowControlError", Text: "FLOW_CONTROL_ERROR", Doc: "closes the connection"},
		{Name: "finalSizeError", Text: "FINAL_SIZE_ERROR", Doc: "closes the connection"},
	},
	Options: []spec.Option{
		{Name: "resetWins", Cite: "3.2", Doc: "a RESET_STREAM after all data still discards what was not read, which is a MAY"},
		{Name: "dataWins", Cite: "3.2", Doc: "data that is complete after a RESET_STREAM is delivered, which is a MAY"},
	},
	Profiles: []spec.Profile{
		{Name: "deliver", Default: true, Doc: "data that is here is delivered"},
		{Name: "discard", Options: "resetWins", Doc: "a reset always wins"},
		{Name: "rescue", Options: "dataWins", Doc: "complete data always wins"},
	},
	Defs: []spec.Def{
		{Name: "end", Is: `FRAME.OFFSET + FRAME.LENGTH`, Cite: "19.8", Doc: "offset behind the frame's data"},
		{Name: "overLimit", Is: `end > window + raised || end < FRAME.OFFSET`, Cite: "4.1", Doc: "more than we allowed, or so much that the offset wraps"},
		{Name: "wrongSize", Is: `end > finalSize || FIN && end < finalSize`, Cite: "4.5", Doc: "contradicts the size that is known"},
		{Name: "completes", Is: `received + fresh == finalSize`, Cite: "3.2", Doc: "nothing is missing with this frame"},
		{Name: "ready", Is: `min(octets, prefix - readTo)`, Cite: "2.2", Doc: "octets that can be handed over in order"},
	},
	Actions: []spec.Action{
		{Name: "take", Do: `received = received + fresh; highest = max(highest, end)`, Cite: "3.2", Doc: "buffer the data"},
		{Name: "deliver", Do: `delivered = ready; readTo = readTo + delivered`, Cite: "2.2", Doc: "hand data over"},
		{Name: "becomeReset", Do: `finalSize = end; highest = max(highest, end); signal(reset)`, Cite: "3.2; 4.5", Doc: "the final size counts for flow control also now"},
	},
	Invariants: []spec.Invariant{
		{Name: "in-order", Is: `readTo =< received && received =< highest`, Doc: "only what arrived is read"},
		{Name: "whole", In: DataRecvd | DataRead, Is: `received == finalSize`, Doc: "nothing is missing"},
		{Name: "read-all", In: DataRead, Is: `readTo == finalSize`, Doc: "everything was read"},
	},
	Tables: []spec.Table{
		{Title: "Frames of the peer", Cite: "3.2", Rows: frames},
		{Title: "Calls of the application", Cite: "2.4", Rows: calls},
	},
}

var frames = []spec.Row{
	{ID: "stream.limit", In: receiving, On: StreamFrame, When: `overLimit`,
		Do: `answer(flowControlError)`, Cite: "4.1", Why: "The peer sends more than it was allowed."},
	{ID: "stream.shrinks", In: Recv, On: StreamFrame, When: `FIN && end < highest`,
		Do: `answer(finalSizeError)`, Cite: "4.5", Why: "Data beyond the end was received before."},
	{ID: "stream.only", In: Recv, On: StreamFrame, When: `FIN && received + fresh == end`, To: DataRecvd,
		Do: `take; finalSize = end`, Cite: "3.2", Why: "The end is known and nothing is missing: through Size Known in one step."},
	{ID: "stream.fin", In: Recv, On: StreamFrame, When: `FIN`, To: SizeKnown,
		Do: `take; finalSize = end`, Cite: "3.2", Why: "Now the size is known."},
	{ID: "stream.size", In: sized, On: StreamFrame, When: `wrongSize`,
		Do: `answer(finalSizeError)`, Cite: "4.5", Why: "The final size never changes."},
	{ID: "stream.last", In: SizeKnown, On: StreamFrame, When: `completes`, To: DataRecvd,
		Do: `take`, Cite: "3.2", Why: "The gap is closed."},
	{ID: "stream", In: receiving, On: StreamFrame,
		Do: `take`, Cite: "3.2", Why: "Data, in whatever order."},
	{ID: "stream.rescued", In: ResetRecvd, On: StreamFrame, When: `dataWins && completes`, To: DataRecvd,
		Do: `take`, Cite: "3.2", Why: "All data came although the peer gave up; delivering it is allowed."},
	{ID: "stream.late", In: DataRecvd | DataRead | ResetRecvd | ResetRead, On: StreamFrame,
		Do: `drop`, Cite: "3.2", Why: "Had before, or not wanted any more."},

	{ID: "resetframe.limit", In: Recv, On: ResetFrame, When: `overLimit`,
		Do: `answer(flowControlError)`, Cite: "4.1; 4.5", Why: "The final size counts as sent."},
	{ID: "resetframe.shrinks", In: Recv, On: ResetFrame, When: `end < highest`,
		Do: `answer(finalSizeError)`, Cite: "4.5", Why: "More was received than there ever was."},
	{ID: "resetframe", In: Recv, On: ResetFrame, To: ResetRecvd,
		Do: `becomeReset`, Cite: "3.2", Why: "The peer gave up."},
	{ID: "resetframe.size", In: sized, On: ResetFrame, When: `end > finalSize || end < finalSize`,
		Do: `answer(finalSizeError)`, Cite: "4.5", Why: "The final size never changes."},
	{ID: "resetframe.sized", In: SizeKnown, On: ResetFrame, To: ResetRecvd,
		Do: `becomeReset`, Cite: "3.2", Why: "The peer gave up the repeats."},
	{ID: "resetframe.wins", In: DataRecvd, On: ResetFrame, When: `resetWins`, To: ResetRecvd,
		Do: `becomeReset`, Cite: "3.2", Why: "All is here and not read; discarding it is allowed."},
	{ID: "resetframe.late", In: DataRecvd | DataRead | ResetRecvd | ResetRead, On: ResetFrame,
		Do: `drop`, Cite: "3.2", Why: "The data is here, or the reset is known."},
}

var calls = []spec.Row{
	{ID: "read", In: Recv, On: Read,
		Do: `deliver; if delivered > 0 && !stopped { raised = readTo; send(OUT, MAXDATA, window + raised, 0) }`, Cite: "3.2; 4.1", Why: "What is read makes room, and MAX_STREAM_DATA says so while the size is unknown."},
	{ID: "read.sized", In: SizeKnown, On: Read,
		Do: `deliver`, Cite: "3.2", Why: "No more room is needed than the size that is known."},
	{ID: "read.last", In: DataRecvd, On: Read, When: `ready == finalSize - readTo`, To: DataRead,
		Do: `deliver; answer(endOfStream)`, Cite: "3.2", Why: "The application has everything."},
	{ID: "read.more", In: DataRecvd, On: Read,
		Do: `deliver`, Cite: "3.2", Why: "Some is left."},
	{ID: "read.end", In: DataRead, On: Read,
		Do: `answer(endOfStream)`, Cite: "3.2", Why: "There is no more."},
	{ID: "read.reset", In: ResetRecvd, On: Read, To: ResetRead,
		Do: `answer(wasReset)`, Cite: "3.2", Why: "The application learns of the reset."},
	{ID: "read.reset.again", In: ResetRead, On: Read,
		Do: `answer(wasReset)`, Cite: "3.2", Why: "Nothing changes any more."},
	{ID: "stop", In: receiving, On: Stop, When: `!stopped`,
		Do: `stopped = true; send(OUT, STOP, 0, 0)`, Cite: "3.3; 3.5", Why: "STOP_SENDING asks the peer to give up."},
	{ID: "stop.late", In: Recv | SizeKnown | DataRecvd | DataRead | ResetRecvd | ResetRead, On: Stop,
		Do: `drop`, Cite: "3.5", Why: "Asked already, or everything is here."},
}
