package proptest

import (
	"maps"
	"strings"
	"testing"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// optionSets are the profiles, and what else it takes for every row to have a chance.
func optionSets() map[string]tcpfsm.Options {
	sets := maps.Collect(tcpfsm.Profiles())
	sets["recommended with keep-alive"] = tcpfsm.ProfileRecommended | tcpfsm.OptKeepAlive
	sets["linux with abortOnOverflow"] = tcpfsm.ProfileLinux | tcpfsm.OptAbortOnOverflow
	return sets
}

// TestRows_allFire: in every profile every row fires, but for those that the profile's
// options rule out. The seed is fixed, so that a row that does not fire is one that
// these draws do not reach, today and tomorrow.
func TestRows_allFire(t *testing.T) {
	const draws = 100_000
	ever, organic := rowSet{}, rowSet{}
	for name, options := range optionSets() {
		dead := ruledOut(options)
		fired := firedBySequences(options, 500)
		maps.Copy(organic, fired)
		fireByDraws(fired, dead, options, draws)
		maps.Copy(ever, fired)
		if missing := rowsNot(func(row tcpfsm.RowID) bool { return fired[row] || dead[row] }); missing != "" {
			t.Errorf("%s: did not fire in %d draws: %s", name, draws, missing)
		}
		if wrong := rowsNot(func(row tcpfsm.RowID) bool { return !fired[row] || !dead[row] }); wrong != "" {
			t.Errorf("%s: fired, against its options: %s", name, wrong)
		}
		t.Logf("%s: %d rows fired, %d are ruled out", name, len(fired), len(dead))
	}
	if missing := rowsNot(func(row tcpfsm.RowID) bool { return ever[row] }); missing != "" {
		t.Errorf("no set of options lets these rows fire: %s", missing)
	}
	t.Logf("%d of %d rows fired in sequences from CLOSED; not: %s", len(organic), len(program().Rows),
		rowsNot(func(row tcpfsm.RowID) bool { return organic[row] }))
}

// ruledOut are the rows that can't fire with a set of options.
func ruledOut(o tcpfsm.Options) rowSet {
	dead := rowSet{}
	for _, rule := range program().DeadRules(uint32(o)) {
		dead[tcpfsm.RowID(rule.Index+1)] = true
	}
	return dead
}

type rowSet map[tcpfsm.RowID]bool

// rowsNot names the rows for which ok is false.
func rowsNot(ok func(tcpfsm.RowID) bool) string {
	var names []string
	for row := range tcpfsm.Rows() {
		if !ok(row.ID) {
			names = append(names, row.Name)
		}
	}
	return strings.Join(names, " ")
}

// fireByDraws adds rows that fire on TCBs that were made up. Each row that is missing
// gets its draws, in its states and events.
func fireByDraws(fired, dead rowSet, o tcpfsm.Options, draws int) {
	c := fromSeed(9293)
	for _, rule := range program().Rows {
		row := tcpfsm.RowID(rule.Index + 1)
		for i := 0; i < draws && !fired[row] && !dead[row]; i++ {
			state := tcpfsm.State(rule.In[c("in", uint32(len(rule.In)))])
			kind := tcpfsm.EventKind(rule.On[c("on", uint32(len(rule.On)))])
			tcb := c.soundTCB(state, o)
			event := c.event(&tcb, kind, c.soundSegment(&tcb))
			if i%4 == 0 {
				tcb = c.anyTCB(state, o)
				event = c.anyEvent(&tcb, kind)
			}
			fired[generated(tcb, &event).row] = true
		}
	}
}

// firedBySequences are the rows that fire on the way from CLOSED.
func firedBySequences(o tcpfsm.Options, sequences int) rowSet {
	fired := rowSet{}
	c := fromSeed(793)
	for range sequences {
		tcb := c.closedTCB(o)
		for range 200 {
			event := c.organicEvent(&tcb)
			r := generated(tcb, &event)
			fired[r.row] = true
			tcb = r.tcb
		}
	}
	return fired
}
