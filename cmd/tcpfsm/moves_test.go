package main

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/tcpfsm/tcpfsm/model/tcpnet"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// A seen is a step of the machine that some system has led to.
type seen struct {
	from, to tcpfsm.State
	kind     tcpfsm.EventKind
	flags    tcpfsm.Flags // of the segment, if it is one
	row      tcpfsm.RowID
}

// watched are systems that between them arm every timer in every state that can have
// it, and take every way of the diagram. Each is small.
var watched = []string{
	"octets=2 window=1 mss=1 capacity=1 one-way reorder retransmit lazy shutdown leave abort timeout",
	"octets=1 window=2 mss=2 capacity=1 both-open loss dup reorder retransmit",
	"octets=1 window=2 mss=2 capacity=1 loss dup reorder retransmit shutdown leave abort timeout",
}

// observe explores them, and gives all steps, and the timers that were armed.
var observe = sync.OnceValues(func() (map[seen]bool, map[tcpfsm.State]tcpfsm.Timers) {
	var mu sync.Mutex
	steps, armed := map[seen]bool{}, map[tcpfsm.State]tcpfsm.Timers{}
	watch := func(t *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) tcpfsm.RowID {
		s := seen{from: t.State, kind: ev.Kind, flags: ev.Seg.Flags}
		s.row = t.Step(ev, out)
		s.to = t.State
		mu.Lock()
		defer mu.Unlock()
		steps[s] = true
		armed[t.State] |= t.Armed
		return s.row
	}
	for _, text := range watched {
		b, err := tcpnet.ForProfile("recommended")
		if err != nil {
			panic(err)
		}
		if err := b.ParseBounds(text); err != nil {
			panic(err)
		}
		c := tcpnet.Config{Name: text, Bounds: b}
		if r, err := tcpnet.Run(context.Background(), c, tcpnet.RunOptions{Machine: watch, Only: []string{"invariants"}}); err != nil || !r.Complete {
			panic(err)
		}
	}
	return steps, armed
})

// The timers that explain names are those that run. Keep-alive is not modelled; its
// rows say where it can be.
func TestAdvice_timers(t *testing.T) {
	_, armed := observe()
	for s := range tcpfsm.States() {
		want := armed[s]
		for r := range tcpfsm.RowsOf(s, tcpfsm.EventKeepAliveTimeout) {
			if r.Name == "keepalive.probe" {
				want |= timerSet(tcpfsm.TimerKeepAlive)
			}
		}
		if got := stateAdvice[s].Timers; got != want {
			t.Errorf("%v: explain names the timers %v, but those that run are %v", s, got, want)
		}
	}
}

// A scene is two ends and what is under way between them, in order.
type scene struct {
	ends [2]tcpfsm.TCB
	wire [2][4]tcpfsm.Segment // sent by each end, the oldest first
	n    [2]int
}

// Who does something in a scene, from the point of view of end 0.
const (
	byTCP   = 1 << iota // both ends' TCP: segments arrive and are answered, timers of both but for
	byClock             // our TIME-WAIT
	byUs                // our application
	byPeer              // the peer's
)

type move struct {
	by int
	to scene
}

// moves gives what can happen: applications open and close as they like, segments
// arrive in order, and timers expire when nothing is under way. Nothing is lost, so
// that whoever is waited for is the one who must act.
func (s *scene) moves() (all []move) {
	for end := range s.ends {
		who := byUs << end
		for _, kind := range []tcpfsm.EventKind{tcpfsm.EventOpenActive, tcpfsm.EventOpenPassive, tcpfsm.EventClose} {
			if waits(s.ends[end].State, kind, end) {
				continue
			}
			all = s.feed(all, who, end, tcpfsm.Event{Kind: kind, RemoteGiven: true, ISN: uint32(100 + 200*end)})
		}
		if s.n[1-end] > 0 {
			next := *s
			ev := tcpfsm.Event{Kind: tcpfsm.EventSegment, Seg: s.wire[1-end][0], ISN: uint32(100 + 200*end)}
			copy(next.wire[1-end][:], s.wire[1-end][1:])
			next.n[1-end]--
			next.wire[1-end][next.n[1-end]] = tcpfsm.Segment{}
			all = next.feed(all, byTCP, end, ev)
		}
		if s.n == [2]int{} {
			all = s.expire(all, end)
		}
	}
	return all
}

// waits reports whether a call is not made because its caller waits for the peer: to
// close a connection that is being opened is giving up, and our listener goes on
// listening, although the text lets it connect.
func waits(state tcpfsm.State, kind tcpfsm.EventKind, end int) bool {
	opening := state == tcpfsm.Listen || state == tcpfsm.SynSent
	return opening && (kind == tcpfsm.EventClose || end == 0)
}

func (s *scene) expire(all []move, end int) []move {
	for timer := range s.ends[end].Armed.All() {
		switch {
		case timer == tcpfsm.TimerTimeWait && end == 0:
			all = s.feed(all, byClock, end, tcpfsm.Event{Kind: timer.Event()})
		case timer != tcpfsm.TimerUser:
			all = s.feed(all, byTCP, end, tcpfsm.Event{Kind: timer.Event()})
		}
	}
	return all
}

// feed adds what an event leads to, if there is room for what is sent.
func (s *scene) feed(all []move, by, end int, ev tcpfsm.Event) []move {
	next := *s
	var out tcpfsm.Output
	next.ends[end].Step(&ev, &out)
	for _, seg := range []tcpfsm.Segment{out.Ctl, out.Data} {
		if seg.Flags == 0 {
			continue
		}
		if next.n[end] == len(next.wire[end]) {
			return all
		}
		next.wire[end][next.n[end]] = seg
		next.n[end]++
	}
	return append(all, move{by, next})
}

// A stage is every scene that there is, and who leads from which to which.
type stage struct {
	scenes []scene
	back   [][]struct{ by, from int } // by scene: the moves that lead to it
}

func newStage() *stage {
	tcb := tcpfsm.TCB{Options: tcpfsm.ProfileDefault, RcvBuf: 4, SndMss: 1, ChallengeMax: 1}
	st := &stage{scenes: []scene{{ends: [2]tcpfsm.TCB{tcb, tcb}}}, back: make([][]struct{ by, from int }, 1)}
	at := map[scene]int{st.scenes[0]: 0}
	for i := 0; i < len(st.scenes); i++ {
		s := st.scenes[i]
		for _, m := range s.moves() {
			m.to.ends[0].Challenges, m.to.ends[1].Challenges = 0, 0 // time goes by
			to, known := at[m.to]
			if !known {
				to = len(st.scenes)
				at[m.to] = to
				st.scenes, st.back = append(st.scenes, m.to), append(st.back, nil)
			}
			st.back[to] = append(st.back[to], struct{ by, from int }{m.by, i})
		}
	}
	return st
}

// leaves reports whether those parties can bring end 0 out of a state, whatever else
// is the case, without any other party's help.
func (st *stage) leaves(state tcpfsm.State, parties int) bool {
	return !slices.Contains(st.canLeave(state, parties), false)
}

// stays reports whether end 0 never leaves a state by those parties alone, once the
// network is quiet and nothing has to be repeated.
func (st *stage) stays(state tcpfsm.State, parties int) bool {
	found := false
	for i, out := range st.canLeave(state, parties) {
		if s := &st.scenes[i]; s.ends[0].State == state && s.quiet() {
			if found = true; out {
				return false
			}
		}
	}
	return found
}

func (s *scene) quiet() bool {
	again := timerSet(tcpfsm.TimerRTX, tcpfsm.TimerPersist)
	return s.n == [2]int{} && (s.ends[0].Armed|s.ends[1].Armed)&again == 0
}

// canLeave says for each scene whether those parties can lead from it to one in which
// end 0 is in another state.
func (st *stage) canLeave(state tcpfsm.State, parties int) []bool {
	out := make([]bool, len(st.scenes))
	var todo []int
	for i := range st.scenes {
		if st.scenes[i].ends[0].State != state {
			out[i], todo = true, append(todo, i)
		}
	}
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, m := range st.back[i] {
			if m.by&parties != 0 && !out[m.from] {
				out[m.from], todo = true, append(todo, m.from)
			}
		}
	}
	return out
}

// mover finds who must act for end 0 to leave a state.
func (st *stage) mover(state tcpfsm.State) Mover {
	us, peer := st.leaves(state, byTCP|byUs), st.leaves(state, byTCP|byPeer)
	switch {
	case st.leaves(state, byTCP):
		return peerTCP
	case st.leaves(state, byTCP|byClock):
		return clock
	case us && peer:
		return eitherApp
	case us:
		return ourApp
	case peer:
		return peerApp
	}
	return "nobody"
}

// Whose move it is in a state is found from all that two ends and their users can do.
func TestAdvice_mover(t *testing.T) {
	st := newStage()
	others := map[Mover]int{clock: byTCP | byUs | byPeer, ourApp: byTCP | byClock | byPeer, peerApp: byTCP | byClock | byUs, eitherApp: byTCP | byClock}
	for s := range tcpfsm.States() {
		if got, want := stateAdvice[s].Mover, st.mover(s); got != want {
			t.Errorf("%v: explain says that it is the move of %s; the machine says %s", s, got, want)
		}
		if parties := others[stateAdvice[s].Mover]; parties != 0 && !st.stays(s, parties) {
			t.Errorf("%v: it is the move of %s, but others can leave it too", s, stateAdvice[s].Mover)
		}
	}
}

// Every state has all of its advice.
func TestAdvice_complete(t *testing.T) {
	if len(stateAdvice) != len(slices.Collect(tcpfsm.States())) {
		t.Fatalf("advice for %d states", len(stateAdvice))
	}
	for s := range tcpfsm.States() {
		if a := stateAdvice[s]; a.Mover == "" || a.Act == "" || a.Stuck == "" || a.Look == "" {
			t.Errorf("%v: advice is missing: %+v", s, a)
		}
	}
}
