package diag

import (
	"slices"
	"strings"
)

// Nearest finds the known name that is most like a misspelt one, or "": what "did
// you mean" suggests everywhere. Names that differ in more than a third of their
// letters are not alike; of one letter, only its other case is.
func Nearest(name string, known []string) string {
	if name == "" {
		return ""
	}
	known = slices.Sorted(slices.Values(known))
	best, bestAt := "", len(name)/3+1
	if len(name) <= 2 {
		bestAt = 1
	}
	for _, k := range known {
		if k == name || len(name) == 1 && !strings.EqualFold(k, name) {
			continue
		}
		if d := distance(name, k, bestAt); d < bestAt || d == bestAt && best == "" {
			best, bestAt = k, d
		}
	}
	return best
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbours between a and b (Damerau), or more than limit when there are more.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	two, one, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range one {
		one[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(one[j]+1, row[j-1]+1, one[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], two[j-2]+1)
			}
		}
		two, one, row = one, row, two
	}
	return one[len(b)]
}
