package spec_test

import (
	"fmt"

	"github.com/tcpfsm/tcpfsm/spec"
)

// The states and events of a turnstile.
const (
	Locked spec.StateSet = 1 << iota
	Unlocked
)

const (
	Coin spec.EventSet = 1 << iota
	Push
)

// A turnstile lets one person through for each coin, and keeps the change.
var turnstile = spec.Machine{
	Name:   "turnstile",
	States: []spec.State{{ID: Locked, Name: "LOCKED"}, {ID: Unlocked, Name: "UNLOCKED"}},
	Events: []spec.Event{
		{ID: Coin, Name: "Coin", Args: []spec.Var{{Name: "cents", Type: spec.Size}}},
		{ID: Push, Name: "Push"},
	},
	Params:  []spec.Var{{Name: "price", Type: spec.Size}},
	Vars:    []spec.Var{{Name: "paid", Type: spec.Size}},
	Signals: []spec.Name{{Name: "bell", Text: "somebody pushed without paying"}},
	Defs:    []spec.Def{{Name: "enough", Is: "paid + cents >= price"}},
	Tables: []spec.Table{{Title: "all", Rows: []spec.Row{
		{ID: "coin.enough", In: Locked, On: Coin, When: "enough", To: Unlocked,
			Do: "paid = paid + cents - price", Why: "The price is paid."},
		{ID: "coin", In: Locked | Unlocked, On: Coin,
			Do: "paid = paid + cents", Why: "Coins add up."},
		{ID: "push.through", In: Unlocked, On: Push, To: Locked, Why: "One person went through."},
		{ID: "push.locked", In: Locked, On: Push, Do: "signal(bell)", Why: "It is locked."},
	}}},
}

func Example() {
	p, err := spec.Compile(&turnstile)
	if err != nil {
		fmt.Println(err)
		return
	}
	state := 0
	machine := make([]uint32, len(p.Layout.Machine))
	input := make([]uint32, len(p.Layout.Input))
	output := make([]uint32, len(p.Layout.Output))
	machine[p.Symbol("price").Index] = 30
	for _, e := range []struct {
		event string
		cents uint32
	}{{"Push", 0}, {"Coin", 20}, {"Coin", 20}, {"Push", 0}} {
		input[p.Symbol("cents").Index] = e.cents
		var rule *spec.Rule
		rule, state = p.Step(state, machine, p.EventIndex(e.event), input, output)
		fmt.Printf("%s: row %s, now %s, %d cents kept, signals %d\n", e.event, rule.ID,
			p.Machine.States[state].Name, machine[p.Symbol("paid").Index], output[spec.AtSignals])
	}
	// Output:
	// Push: row push.locked, now LOCKED, 0 cents kept, signals 1
	// Coin: row coin, now LOCKED, 20 cents kept, signals 0
	// Coin: row coin.enough, now UNLOCKED, 10 cents kept, signals 0
	// Push: row push.through, now LOCKED, 10 cents kept, signals 0
}

func ExampleDiagnostics() {
	broken := turnstile
	broken.Defs = []spec.Def{{Name: "enough", Is: "payed + cents >= price"}}
	_, err := spec.Compile(&broken)
	fmt.Println(err)
	// Output:
	// spec: def enough: Is:1: unknown name payed: did you mean paid?
}
