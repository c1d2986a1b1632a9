package main

import "github.com/tcpfsm/tcpfsm/spec"

// didYouMean is ": did you mean X?" for the known name nearest to name, if one is
// near enough to have been meant.
func didYouMean(name string, known []string, prefix string) string {
	if s := spec.Suggest(name, known); s != "" {
		return ": did you mean " + prefix + s + "?"
	}
	return ""
}
