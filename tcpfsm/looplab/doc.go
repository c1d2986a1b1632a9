// Package looplab is the table of package tcpfsm as a machine of
// github.com/looplab/fsm: for programs that are built around that library, and as a
// second opinion on the generated code.
//
// A looplab machine has states and events with names, and no memory. So a [Machine]
// knows which row of the table leads where, and whoever drives it knows which
// conditions hold: from a tcpfsm.TCB, or from an interpreter of the table. Each row
// is an event of its own, so that looplab never has to choose.
//
//	m := looplab.New(tcpfsm.Closed)
//	state, err := m.Fire(tcpfsm.RowOpenPassive) // LISTEN
//	rows := m.Permitted()                       // what may fire there
//
// [NewDiagram] is the bare diagram of eleven states.
package looplab
