package gen

import "github.com/tcpfsm/tcpfsm/spec"

// The link is a sender and receiver that waits for the acknowledgment of each
// frame: a machine small enough to read all of its code, with something of
// everything that the notation has.
const (
	linkIdle spec.StateSet = 1 << iota
	linkWaiting
)

const (
	linkOffer spec.EventSet = 1 << iota
	linkPoll
	linkArrive
	linkRetry
)

func linkMachine() *spec.Machine {
	m := linkWords()
	m.Defs = []spec.Def{
		{Name: "fresh", Is: `DATA && FRM.NUM == EXPECTED`, Cite: "2.1", Doc: "a frame that was not had before"},
		{Name: "ours", Is: `ACK && FIRST =< FRM.NUM < NEXT`, Cite: "2.2", Doc: "acknowledges the frame that waits"},
		{Name: "room", Is: `LIMIT - held`, Doc: "octets that can be taken"},
		{Name: "spent", Is: `tries >= LIMIT`, Doc: "enough was tried"},
	}
	m.Actions = []spec.Action{
		{Name: "transmit", Do: `send(OUT, DATA, FIRST, pending); start(Retry)`, Cite: "2.3", Doc: "the frame that waits"},
		{Name: "take", Do: `
			if fresh && room > 0 {
				taken = min(FRM.LEN, room)
				held = held + taken
				EXPECTED = EXPECTED + 1
				signal(arrived)
			} else if !fresh {
				again = true
			} else { answer(full) }
			if DATA && !sent(OUT) { send(REPLY, ACK, FRM.NUM, 0); if again && strict { REPLY.DATA = true } }`, Cite: "2.1",
			Doc: "take what there is room for, and acknowledge everything"},
	}
	m.Invariants = []spec.Invariant{
		{Name: "waits-armed", In: linkWaiting, Is: `armed(Retry) && !spent`, Doc: "whatever waits is repeated"},
		{Name: "window", Is: `FIRST =< NEXT && NEXT - FIRST =< 1`, Doc: "one frame at a time"},
	}
	m.Tables = linkTables()
	m.Diagram = spec.Diagram{Edges: []spec.Edge{
		{From: linkIdle, To: linkWaiting, On: "offer", Do: "send", Rows: "offer"},
		{From: linkWaiting, To: linkIdle, On: "rcv ACK", Rows: "ack"},
		{From: linkWaiting, To: linkIdle, On: "give up", Rows: "giveup"},
	}}
	return m
}

func linkWords() *spec.Machine {
	return &spec.Machine{
		Name: "link", Title: "stop-and-wait link", Source: "STOP 1",
		Doc: "a link that waits for the acknowledgment of each frame",
		States: []spec.State{
			{ID: linkIdle, Name: "IDLE", Doc: "nothing waits", Alias: "READY"},
			{ID: linkWaiting, Name: "AWAITING ACK"},
		},
		Events: []spec.Event{
			{ID: linkOffer, Name: "Offer", Text: "OFFER", Doc: "The user has a frame to send.",
				Args: []spec.Var{{Name: "octets", Type: spec.Size, Doc: "length of the frame"}, {Name: "urgent", Type: spec.Flag}}},
			{ID: linkPoll, Name: "Poll", Args: []spec.Var{{Name: "octets", Type: spec.Size}}},
			{ID: linkArrive, Name: "Arrive", Text: "FRAME ARRIVES", Takes: "FRM", Args: []spec.Var{{Name: "urgent", Type: spec.Flag}}},
			{ID: linkRetry, Name: "RetryTimeout", Timer: "Retry"},
		},
		Records: []spec.Record{{Name: "FRM", Go: "Frame",
			Fields: []spec.Var{{Name: "NUM", Type: spec.Seq, Doc: "number of the frame"}, {Name: "LEN", Type: spec.Size}},
			Flags:  []spec.Name{{Name: "DATA", Doc: "carries text"}, {Name: "ACK"}}}},
		Slots:  []spec.Slot{{Name: "OUT", Of: "FRM", Doc: "our frame"}, {Name: "REPLY", Of: "FRM"}},
		Params: []spec.Var{{Name: "LIMIT", Type: spec.Size, Doc: "most octets held, and most repetitions"}},
		Vars: []spec.Var{
			{Name: "FIRST", Type: spec.Seq, Doc: "first number not acknowledged"},
			{Name: "again", Type: spec.Flag, Keep: true, Doc: "something came twice"},
			{Name: "NEXT", Type: spec.Seq},
			{Name: "EXPECTED", Type: spec.Seq},
			{Name: "pending", Type: spec.Size},
			{Name: "held", Type: spec.Size},
			{Name: "tries", Type: spec.Size},
		},
		Outs:     []spec.Var{{Name: "taken", Type: spec.Size, Doc: "octets taken"}},
		Timers:   []spec.Timer{{Name: "Retry", Doc: "runs while a frame waits"}},
		Signals:  []spec.Name{{Name: "arrived", Text: "a frame arrived"}, {Name: "gaveUp"}},
		Answers:  []spec.Name{{Name: "ok"}, {Name: "busy", Text: "a frame waits already"}, {Name: "full"}},
		Options:  []spec.Option{{Name: "strict", Cite: "3", Doc: "repeated frames are marked"}, {Name: "queue", Doc: "a poll may take nothing"}},
		Profiles: []spec.Profile{{Name: "plain", Default: true}, {Name: "all", Options: "strict queue", Doc: "everything"}},
	}
}

func linkTables() []spec.Table {
	return []spec.Table{
		{Title: "USER", Cite: "1", Rows: []spec.Row{
			{ID: "offer", In: linkIdle, On: linkOffer, When: `octets > 0 && !(urgent && spent)`, To: linkWaiting,
				Do: `pending = octets; NEXT = NEXT + 1; tries = 0; transmit`, Cite: "1.1", Why: "The frame leaves at once."},
			{ID: "offer.empty", In: linkIdle, On: linkOffer, Do: `drop`, Cite: "1.1", Why: "Nothing to send."},
			{ID: "offer.busy", In: linkWaiting, On: linkOffer, Do: `answer(busy)`, Cite: "1.1", Why: "One at a time."},
			{ID: "poll", In: linkIdle | linkWaiting, On: linkPoll, When: `held > 0 || queue`,
				Do: `taken = min(octets, held); held = held - taken`, Cite: "1.2", Why: "The user takes what there is."},
			{ID: "poll.empty", In: linkIdle | linkWaiting, On: linkPoll, Do: `answer(busy)`, Cite: "1.2", Why: "There is nothing."},
		}},
		{Title: "FRAMES", Cite: "2", Rows: []spec.Row{
			{ID: "ack", In: linkWaiting, On: linkArrive, When: `ours`, To: linkIdle,
				Do: `FIRST = NEXT; pending = 0; stop(Retry); take`, Cite: "2.2", Why: "The frame arrived there."},
			{ID: "frame", In: linkIdle | linkWaiting, On: linkArrive, When: `urgent || DATA`,
				Do: `take`, Cite: "2.1; practice: every link", Why: "Theirs."},
			{ID: "noise", In: linkIdle | linkWaiting, On: linkArrive, Do: `drop`, Cite: "2.1", Why: "Neither."},
		}},
		{Title: "TIME", Rows: []spec.Row{
			{ID: "giveup", In: linkWaiting, On: linkRetry, When: `tries + 1 >= LIMIT`, To: linkIdle,
				Do: `signal(gaveUp); reset; again = false`, Cite: "2.3", Why: "Nobody answers."},
			{ID: "retry", In: linkWaiting, On: linkRetry, Do: `tries = tries + 1; transmit`, Cite: "2.3", Why: "It was lost."},
			{ID: "late", In: linkIdle, On: linkRetry, Do: `drop`, Cite: "2.3", Why: "It was stopped."},
		}},
	}
}
