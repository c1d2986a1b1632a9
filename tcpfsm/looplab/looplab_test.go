package looplab_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/looplab/fsm"

	"github.com/tcpfsm/tcpfsm/tcpfsm"
	"github.com/tcpfsm/tcpfsm/tcpfsm/looplab"
)

// looplab/fsm drops one of two transitions that have event and state in common,
// and an event whose name is misspelt. Nothing was dropped: each row leads from
// each of its states to where the table says.
func TestEvents_complete(t *testing.T) {
	n := 0
	for row := range tcpfsm.Rows() {
		for s := range row.In.All() {
			n++
			want := s
			if row.Moves {
				want = row.To
			}
			m := looplab.New(s)
			if got, err := m.Fire(row.ID); got != want || err != nil {
				t.Errorf("%s leads from %s to %s, %v; want %s", row.Name, s, got, err, want)
			}
		}
	}
	if n != looplab.Transitions {
		t.Errorf("the table has %d transitions, looplab %d", n, looplab.Transitions)
	}
}

func TestPermitted(t *testing.T) {
	total := 0
	for s := range tcpfsm.States() {
		var want []tcpfsm.RowID
		for row := range tcpfsm.Rows() {
			if row.In.Has(s) {
				want = append(want, row.ID)
			}
		}
		got := looplab.New(s).Permitted()
		if !slices.Equal(got, want) {
			t.Errorf("%s permits %v, want %v", s, got, want)
		}
		total += len(got)
	}
	if total != looplab.Transitions {
		t.Errorf("%d rows are permitted in all states together, want %d", total, looplab.Transitions)
	}
}

func TestFire_refused(t *testing.T) {
	m := looplab.New(tcpfsm.Closed)
	if s, err := m.Fire(tcpfsm.RowTimewaitTimeout); s != tcpfsm.Closed || !errors.As(err, new(fsm.InvalidEventError)) {
		t.Errorf("a row of TIME-WAIT in CLOSED gives %s, %v; want CLOSED and fsm.InvalidEventError", s, err)
	}
	if s, err := m.Fire(tcpfsm.RowNone); s != tcpfsm.Closed || !errors.As(err, new(fsm.UnknownEventError)) {
		t.Errorf("no row gives %s, %v; want CLOSED and fsm.UnknownEventError", s, err)
	}
}

// Step asks for the conditions of one state and event in the order of the table,
// until one holds.
func TestStep_order(t *testing.T) {
	for s := range tcpfsm.States() {
		for k := range tcpfsm.Events() {
			var asked []tcpfsm.RowID
			row, err := looplab.New(s).Step(k, func(r tcpfsm.RowID) bool {
				asked = append(asked, r)
				return false
			})
			cell := slices.Collect(tcpfsm.RowsOf(s, k))
			last := len(cell) - 1
			if err != nil || row != cell[last].ID || len(asked) != last {
				t.Errorf("%s in %s: fires %s after asking for %v, %v; want the last row, %s", k, s, row, asked, err, cell[last].Name)
			}
		}
	}
}

func TestDiagram(t *testing.T) {
	for s := range tcpfsm.States() {
		for e := range tcpfsm.DiagramEvents() {
			m := looplab.NewDiagram(s)
			err := m.Event(context.Background(), e.String())
			if errors.As(err, new(fsm.NoTransitionError)) {
				err = nil
			}
			next, ok := tcpfsm.Next(s, e)
			if ok != (err == nil) || m.Current() != next.String() {
				t.Errorf("%s in %s leads to %s, %v; the generated table says %s, %t", e, s, m.Current(), err, next, ok)
			}
		}
	}
}
