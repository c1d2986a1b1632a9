package spec

import (
	"slices"
	"strings"
)

// didYouMean is ": did you mean X?", or else the remedy given, so that every
// unknown name says what to do about it.
func didYouMean(name string, known []string, remedy string) string {
	if s := suggest(name, known); s != "" {
		return ": did you mean " + s + "?"
	}
	return ": " + remedy
}

// Suggest gives the known name nearest to name, or "" when none is near enough
// to have been meant.
func Suggest(name string, known []string) string { return suggest(name, known) }

// suggest gives the known name nearest to name, or "" when none is near enough
// to have been meant. Of equally near names the first in alphabetical order is
// taken, so that messages don't depend on the order of declaration.
func suggest(name string, known []string) string {
	names := slices.Clone(known)
	slices.Sort(names)
	best, bestDistance := "", 1+max(1, (len(name)+1)/3)
	for _, k := range names {
		if k == name {
			continue
		}
		if d := nearness(name, k, bestDistance); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

// nearness is the edit distance; names that differ in case and separators only
// (SYN_SENT, syn-sent, SynSent) are at distance 0.
func nearness(a, b string, limit int) int {
	if fold(a) == fold(b) {
		return 0
	}
	if d := len(a) - len(b); d >= limit || -d >= limit {
		return limit
	}
	return editDistance(a, b)
}

// fold removes what people write differently: case, and the separators - _ . and
// space.
func fold(s string) string {
	return strings.ToLower(separators.Replace(s))
}

var separators = strings.NewReplacer("-", "", "_", "", ".", "", " ", "")

// editDistance counts insertions, deletions, replacements, and swaps of
// neighbours: the four slips of a typing hand.
func editDistance(a, b string) int {
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+differ(a[i-1], b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(b)]
}

func differ(x, y byte) int {
	if x == y {
		return 0
	}
	return 1
}
