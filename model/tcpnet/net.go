package tcpnet

import (
	"slices"
	"sync"

	"github.com/tcpfsm/tcpfsm/model"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// hosts are the names of the two ends.
var hosts = [2]string{"a", "b"}

// A Machine is what an endpoint runs: the generated Step, or something that is
// held against it.
type Machine func(t *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) tcpfsm.RowID

// Generated is the machine that users import.
func Generated(t *tcpfsm.TCB, ev *tcpfsm.Event, out *tcpfsm.Output) tcpfsm.RowID {
	return t.Step(ev, out)
}

// Net is two hosts and the network between them, as the parts of a system for
// package model.
type Net struct {
	b      Bounds
	step   Machine
	zero   Host // nothing has happened yet
	traces bool // from which connection a segment is makes a difference
	forged [2][]message
	claims []Property      // that have a meaning within the bounds
	faults map[string]bool // ids of those that a step or a host can break by itself
	pool   sync.Pool

	mu      sync.Mutex
	classes map[uint64]model.Class // of messages
}

// NewNet makes the system of those bounds.
func NewNet(b Bounds, step Machine) (*Net, error) {
	if err := b.valid(); err != nil {
		return nil, err
	}
	n := &Net{b: b, step: step, classes: map[uint64]model.Class{}}
	n.pool.New = func() any { return &expansion{net: n} }
	n.traces = severalLives(&b) || b.Forge > 0
	n.zero.TCB = tcpfsm.TCB{
		Options: b.Options, RcvBuf: uint32(b.Window), SndMss: uint32(b.MSS), ChallengeMax: 1,
		R1: uint32(b.R2), R2: uint32(b.R2), R2Syn: uint32(b.R2Syn),
	}
	for host := range n.forged {
		n.forged[host] = n.forgeries(host)
	}
	n.claim()
	return n, nil
}

// claim chooses the properties: those on every list of ids that is not empty, as far
// as the bounds give them a meaning.
func (n *Net) claim(lists ...[]string) {
	n.claims, n.faults = nil, map[string]bool{}
	for _, p := range Properties {
		left := func(ids []string) bool { return len(ids) > 0 && !slices.Contains(ids, p.ID) }
		_, ofCrowds := crowdClaims[p.ID]
		if p.when != nil && !p.when(&n.b) || n.b.Clients > 0 && !ofCrowds || slices.ContainsFunc(lists, left) {
			continue
		}
		n.claims = append(n.claims, p)
		n.faults[p.ID] = p.Kind == model.Step || p.found
	}
}

func (n *Net) claimed() []Property { return n.claims }

// ends are the two hosts.
func (n *Net) ends(s *State) []end {
	return []end{{host: hosts[0], state: s[0].TCB.State}, {host: hosts[1], state: s[1].TCB.State}}
}

func (n *Net) over(s *State) bool { return finished(s) }

// whyOutOfBounds names the value that leaves its bounds in a step.
func (n *Net) whyOutOfBounds(s *State, label uint64) string {
	kind, _, arg := splitLabel(label)
	x := n.expansion(actor(label), s[actor(label)], nil)
	defer n.release(x)
	x.why = ""
	switch kind {
	case labelDeliver:
		n.accept(x, message(arg))
	case labelCall:
		if arg == callAccept {
			x.accepted()
			break
		}
		x.call(int(arg))
	case labelExpire:
		x.expire(tcpfsm.Timer(arg))
	}
	return x.why
}

// Init gives the one initial host of each role.
func (n *Net) Init(int) Host { return n.zero }

// System is the same as a system of whole states.
func (n *Net) System() model.System[State] { return model.Flatten[Host](n) }

// An expansion finds the steps of one host. It is kept in a pool, since what is
// handed to a Machine by pointer would be allocated anew each time.
type expansion struct {
	net  *Net
	host int
	h    *Host
	dst  []model.Move[Host]

	// The step under way.
	next *model.Move[Host]
	ev   tcpfsm.Event
	out  tcpfsm.Output
	from message // that arrives
	oct  uint32  // value of its first octet
	old  tcpfsm.TCB
	why  string // which value left its bounds
}

func (n *Net) expansion(host int, h *Host, dst []model.Move[Host]) *expansion {
	x := n.pool.Get().(*expansion)
	x.host, x.h, x.dst = host, h, dst
	return x
}

func (n *Net) release(x *expansion) {
	x.h, x.dst, x.next = nil, nil, nil
	n.pool.Put(x)
}

// Moves gives what a host, its user and the channel that it sends into can do.
func (n *Net) Moves(host int, h *Host, dst []model.Move[Host]) []model.Move[Host] {
	x := n.expansion(host, h, dst)
	defer n.release(x)
	x.userActs()
	x.timersExpire()
	x.networkActs()
	x.attackerActs()
	x.hostFails()
	return x.dst
}

// begin adds a step that changes nothing yet.
func (x *expansion) begin(kind uint64, arg uint64) *Host {
	x.dst = append(x.dst, model.Move[Host]{To: *x.h, Label: makeLabel(kind, x.host, arg)})
	x.next = &x.dst[len(x.dst)-1]
	x.ev = tcpfsm.Event{}
	x.from = 0
	return &x.next.To
}

// withdraw takes the step back that was added last.
func (x *expansion) withdraw() { x.dst = x.dst[:len(x.dst)-1] }

// calls that a user can make here.
const (
	callOpenActive = iota
	callOpenPassive
	callSend
	callReceive
	callClose
	callShutdown
	callOrphan
	callAbort
	callFill
	callDrain
	callAccept
)

var callNames = [...]string{
	"open active", "open passive", "send", "receive", "close", "shutdown", "orphan", "abort", "fill", "drain", "accept",
}

var callEvents = [...]tcpfsm.EventKind{
	tcpfsm.EventOpenActive, tcpfsm.EventOpenPassive, tcpfsm.EventSend, tcpfsm.EventReceive,
	tcpfsm.EventClose, tcpfsm.EventShutdown, tcpfsm.EventCloseOrphan, tcpfsm.EventAbort,
}

// userActs adds the calls that the user makes: those that can succeed. What refused
// calls answer is checked elsewhere; here they would change nothing.
func (x *expansion) userActs() {
	b, h := &x.net.b, x.h
	if b.Busy && b.Clients == 0 && x.host == 1 {
		x.acceptQueue()
	}
	if h.TCB.State == tcpfsm.Closed {
		if x.mayOpen() {
			x.call(x.net.openCall(x.host))
		}
		return
	}
	if int(h.Written) < b.mayWrite(x.host) && !h.Closed && !h.Left && h.TCB.State != tcpfsm.Listen {
		x.call(callSend)
	}
	if b.Lazy && h.TCB.Unread > 0 && !h.Left {
		x.call(callReceive)
	}
	if !h.Closed && !h.Left && !b.Stay && (!b.Patient || synchronized(&h.TCB)) {
		x.call(callClose)
		if b.Shutdown && h.TCB.State != tcpfsm.Listen {
			x.call(callShutdown)
		}
	}
	if b.Leave && !h.Left {
		x.call(callOrphan)
	}
	if b.Abort && !h.Left {
		x.call(callAbort)
	}
}

// mayOpen reports whether the user may open, for the first time or again.
func (x *expansion) mayOpen() bool {
	b, h := &x.net.b, x.h
	if h.Opened && b.Patient && !h.Ended && h.Spent[budgetCrash] == 0 {
		return false
	}
	return h.Quiet == 0 && (!h.Opened || int(h.Life)+1 < b.lives()+b.Crashes)
}

// mayWrite is how many octets the user of a host may send in all.
func (b *Bounds) mayWrite(host int) int {
	if b.OneWay && host == 1 {
		return 0
	}
	return b.Octets
}

// openCall is how the user of a host opens.
func (n *Net) openCall(host int) int {
	if host == 1 && !n.b.BothOpen {
		return callOpenPassive
	}
	return callOpenActive
}

func (x *expansion) call(call int) {
	h := x.begin(labelCall, uint64(call))
	switch call {
	case callOpenActive, callOpenPassive:
		x.net.reopen(h)
	case callSend:
		h.Written++
	case callClose, callShutdown:
		h.Closed = true
	case callOrphan, callAbort:
		h.Closed, h.Left = true, true
	}
	x.ev = tcpfsm.Event{Kind: callEvents[call], ISN: x.net.b.iss(x.host, h.Life), RemoteGiven: call == callOpenActive, Octets: 1}
	x.finish()
}

// reopen begins the user's next life; nothing is left of the one before.
func (n *Net) reopen(h *Host) {
	if h.Opened {
		*h = Host{TCB: n.zero.TCB, Channel: h.Channel, Life: h.Life + 1, Spent: h.Spent, Full: h.Full}
	}
	h.Opened = true
}

// acceptQueue lets other connections fill the accept queue, and the user empty it.
func (x *expansion) acceptQueue() {
	call := uint64(callFill)
	if x.h.Full {
		call = callDrain
	}
	h := x.begin(labelCall, call)
	h.Full = !h.Full
}

// timersExpire adds the expiry of every armed timer that the bounds let expire.
func (x *expansion) timersExpire() {
	armed := x.h.TCB.Armed
	for timer := tcpfsm.Timer(0); armed>>timer != 0; timer++ {
		if armed.Has(timer) && x.mayExpire(timer) {
			x.expire(timer)
		}
	}
}

func (x *expansion) expire(timer tcpfsm.Timer) {
	h := x.begin(labelExpire, uint64(timer))
	if timer == tcpfsm.TimerRTX {
		h.spend(budgetRetransmit, x.net.b.Retransmits)
	}
	x.next.Fair.Class = timerClass(x.host, timer)
	x.ev.Kind = timer.Event()
	x.finish()
}

// timerClass: a timer that runs again and again expires again and again.
func timerClass(host int, timer tcpfsm.Timer) model.Class {
	return model.Strong(1 + host + 2*int(timer))
}

// firstMessageClass is behind those of all timers.
const firstMessageClass = 64

// class is the class of a message's arrival, whatever its age: what is sent again and
// again arrives again and again.
func (n *Net) class(host int, m message) model.Class {
	key := uint64(m&(1<<messageAge-1))<<1 | uint64(host)
	n.mu.Lock()
	defer n.mu.Unlock()
	c, known := n.classes[key]
	if !known {
		c = model.Strong(min(firstMessageClass+len(n.classes), model.MaxClass))
		n.classes[key] = c
	}
	return c
}

func (x *expansion) mayExpire(timer tcpfsm.Timer) bool {
	b := &x.net.b
	switch timer {
	case tcpfsm.TimerRTX:
		return b.Retransmit && !b.Unhurried && x.within(budgetRetransmit, b.Retransmits) && x.h.Due == 0
	case tcpfsm.TimerUser:
		return b.Timeout
	case tcpfsm.TimerTimeWait:
		return b.timed() && x.h.Wait == 0 // else it is a joint step
	}
	return true
}

// within reports whether a budget is not used up.
func (x *expansion) within(budget, limit int) bool {
	return limit == 0 || int(x.h.Spent[budget]) < limit
}

// networkActs adds what the network does to the messages that the host sent, but
// for their arrival.
func (x *expansion) networkActs() {
	b, ch := &x.net.b, &x.h.Channel
	for i := range int(ch.n) {
		if i > 0 && ch.m[i] == ch.m[i-1] {
			continue // the same message again
		}
		if b.Loss && x.within(budgetLose, b.Losses) {
			h := x.begin(labelLose, uint64(ch.m[i]))
			h.Channel.remove(i)
			h.spend(budgetLose, b.Losses)
		}
		if b.Dup && int(ch.n) < b.Capacity && x.within(budgetCopy, b.Copies) {
			h := x.begin(labelCopy, uint64(ch.m[i]))
			h.Channel.add(ch.m[i], b.Reorder)
			h.spend(budgetCopy, b.Copies)
		}
	}
}

// spend counts where there is a limit.
func (h *Host) spend(budget, limit int) {
	if limit > 0 {
		h.Spent[budget]++
	}
}

// attackerActs adds the segments that an attacker sends in the name of the host.
func (x *expansion) attackerActs() {
	b := &x.net.b
	if int(x.h.Spent[budgetForge]) >= b.Forge || int(x.h.Channel.n) == b.Capacity {
		return
	}
	for _, m := range x.net.forged[x.host] {
		h := x.begin(labelForge, uint64(m))
		h.Spent[budgetForge]++
		h.Channel.add(m, b.Reorder)
	}
}

// hostFails lets host a lose everything but what is in the network already.
func (x *expansion) hostFails() {
	b, h := &x.net.b, x.h
	if x.host == 1 || int(h.Spent[budgetCrash]) >= b.Crashes || h.TCB.State == tcpfsm.Closed {
		return
	}
	next := x.begin(labelCrash, 0)
	*next = Host{
		TCB: x.net.zero.TCB, Channel: h.Channel, Opened: true, Closed: true, Left: true,
		Life: h.Life, Spent: h.Spent, Full: h.Full, Written: h.Written,
	}
	next.Spent[budgetCrash]++
	if b.Quiet {
		next.Quiet = uint8(b.MSL) + 1
	}
}

// Offers gives the messages that can arrive.
func (n *Net) Offers(host int, h *Host, dst []model.Offer[Host]) []model.Offer[Host] {
	ch := &h.Channel
	for i := range int(ch.n) {
		if i > 0 && (ch.m[i] == ch.m[i-1] || !n.b.Reorder) {
			continue
		}
		dst = append(dst, model.Offer[Host]{Message: uint64(ch.m[i]), Rest: *h, Label: makeLabel(labelDeliver, host, uint64(ch.m[i]))})
		dst[len(dst)-1].Rest.Channel.remove(i)
		if n.b.Fair {
			dst[len(dst)-1].Fair.Class = n.class(host, ch.m[i])
		}
	}
	return dst
}

// Accept is what comes of a message.
func (n *Net) Accept(host int, h *Host, m uint64) (model.Move[Host], bool) {
	x := n.expansion(host, h, nil)
	defer n.release(x)
	n.accept(x, message(m))
	if len(x.dst) == 0 {
		return model.Move[Host]{}, false
	}
	return *x.next, true
}

func (n *Net) accept(x *expansion, m message) {
	seg, first := n.unpack(1-x.host, m)
	x.arrive(m, &seg, first, false)
}

// arrive is the arrival of a message, and of the segment and the octets that it is.
func (x *expansion) arrive(m message, seg *tcpfsm.Segment, first uint32, backlogFull bool) {
	h := x.begin(labelDeliver, uint64(m))
	if h.Quiet > 0 {
		return // nobody listens
	}
	x.from, x.oct = m, first
	x.ev.Kind, x.ev.ISN, x.ev.Seg = tcpfsm.EventSegment, x.net.b.iss(x.host, h.Life), *seg
	x.ev.AcceptFull, x.ev.BacklogFull = h.Full, backlogFull
	x.finish()
}

// The joint steps: the tick, and for each host what happens only when nothing is in
// the network: where there is no time, the end of TIME-WAIT; where the bounds want
// it so, the expiry of the retransmission timer.
const (
	jointTick     = 0
	jointTimeWait = 1
	jointRTX      = 3
	joints        = 5
)

// Joints is how many joint steps there are.
func (n *Net) Joints() int { return joints }

// SwapJoints gives what the joint steps are when the hosts are exchanged, if they can
// be: the machine compares sequence numbers, but a host that counts from another one
// than its peer is not the same.
func (n *Net) SwapJoints() (swapped []int, ok bool) {
	return []int{jointTick, jointTimeWait + 1, jointTimeWait, jointRTX + 1, jointRTX}, n.b.Symmetric() && n.b.ISS[0] == n.b.ISS[1]
}

// Joint is what comes of one at one host.
func (n *Net) Joint(host int, h *Host, joint int) (m model.Move[Host], ok bool) {
	x := n.expansion(host, h, nil)
	defer n.release(x)
	switch {
	case joint == jointTick:
		if n.b.RTO > 0 && h.Due == 0 && h.TCB.Armed.Has(tcpfsm.TimerRTX) && x.mayExpire(tcpfsm.TimerRTX) {
			return m, false // the timer expires first
		}
		if n.b.Prompt && h.Channel.oldest() == n.b.MSL {
			return m, false // this arrives, or is lost, first
		}
		x.tick()
		return *x.next, true
	case joint < jointRTX && !n.b.timed():
		ok = x.expireTogether(joint-jointTimeWait, tcpfsm.TimerTimeWait, true)
	case joint >= jointRTX && n.b.Unhurried:
		ok = x.expireTogether(joint-jointRTX, tcpfsm.TimerRTX, x.within(budgetRetransmit, n.b.Retransmits))
	}
	if !ok {
		return m, false
	}
	return *x.next, true
}

// expireTogether lets a timer of one host expire when nothing is in the network:
// both hosts must agree that this is so. It reports whether this one does.
func (x *expansion) expireTogether(whose int, timer tcpfsm.Timer, may bool) bool {
	if x.h.Channel.n > 0 {
		return false
	}
	if x.host == whose {
		if !may || !x.h.TCB.Armed.Has(timer) {
			return false
		}
		x.expire(timer)
		return true
	}
	x.begin(0, 0)
	x.next.Label = makeLabel(labelExpire, whose, uint64(timer))
	x.next.Fair.Class = timerClass(whose, timer)
	return true
}

// tick lets time go by: segments grow older, TIME-WAIT and quiet times shorter, and
// the budget of challenge ACKs is full again.
func (x *expansion) tick() {
	h := x.begin(labelTick, 0)
	x.next.Label = makeLabel(labelTick, 0, 0)
	if x.net.b.timed() {
		h.Channel.age(x.net.b.MSL)
		h.Wait -= min(h.Wait, 1)
		h.Quiet -= min(h.Quiet, 1)
		h.Due -= min(h.Due, 1)
	}
	if h.TCB.Challenges > 0 {
		x.ev.Kind = tcpfsm.EventTick
		x.next.Row[0] = uint16(x.net.step(&h.TCB, &x.ev, &x.out))
	}
}

// Check gives the id of a property that a host breaks by itself.
func (n *Net) Check(_ int, h *Host) string {
	switch {
	case n.faults[propInvariants] && h.TCB.Check() != nil:
		return propInvariants
	case n.faults[propWayOut] && stranded(&h.TCB):
		return propWayOut
	}
	return ""
}
