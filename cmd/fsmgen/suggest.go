package main

import "strings"

// didYouMean is ": did you mean X?" for the known name nearest to name, if one is
// near enough to have been meant: golang is near to go.
func didYouMean(name string, known []string, prefix string) string {
	best, least := "", 1+max(1, len(name)/2)
	for _, k := range known {
		d := distance(name, k)
		if name != "" && (strings.HasPrefix(name, k) || strings.HasPrefix(k, name)) {
			d = 1
		}
		if d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return ": did you mean " + prefix + best + "?"
}

// distance counts the letters to insert, delete or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
