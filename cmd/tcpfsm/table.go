package main

import (
	"fmt"
	"sync"

	"github.com/spf13/cobra"

	"github.com/tcpfsm/tcpfsm/spec"
	"github.com/tcpfsm/tcpfsm/spec/tcp"
	"github.com/tcpfsm/tcpfsm/tcpfsm"
)

// table compiles the table this command was built with.
var table = sync.OnceValues(func() (*spec.Program, error) {
	p, err := spec.Compile(&tcp.Machine)
	if err != nil {
		return nil, &codeError{code: exitFindings, err: fmt.Errorf("the table has errors:\n%w", err)}
	}
	return p, nil
})

// freshTable is the table, and an error if the generated package was made from
// another one: what check would prove then is not what the table says.
func freshTable() (*spec.Program, error) {
	p, err := table()
	if err != nil {
		return nil, err
	}
	if p.Hash != tcpfsm.Hash {
		return nil, &codeError{code: exitFindings, err: fmt.Errorf(
			"package tcpfsm was generated from another table (%s, now %s): run 'go generate ./...'", tcpfsm.Hash, p.Hash)}
	}
	return p, nil
}

// stateNames lists the states in the standard's spelling, in table order.
func stateNames(p *spec.Program) []string {
	var names []string
	for _, s := range p.Machine.States {
		names = append(names, s.Name)
	}
	return names
}

// completeFrom completes words of the table in a shell.
func completeFrom(words func(*spec.Program) []string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		p, err := table()
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		return words(p), cobra.ShellCompDirectiveNoFileComp
	}
}

// didYouMean is " (did you mean X?)" for the known name nearest to name, if one is
// near enough to have been meant.
func didYouMean(name string, known []string) string {
	if s := spec.Suggest(name, known); s != "" {
		return " (did you mean " + s + "?)"
	}
	return ""
}
