package diag

import (
	"slices"
	"strings"
)

// Entry explains one code: what `laspc explain` prints. Wrong gives exactly the
// code when it is checked (or run, for L05 and L06); Right is accepted. Both are
// run by tests.
type Entry struct {
	Code  Code
	Title string // a few words, as in the first line of a diagnostic
	When  string // sentences: when it occurs, and why it is refused
	Wrong string // a program that gets the code
	Right string // the program mended
}

// Codes returns every entry, ordered by code. Each family is a slice in a file
// of its own: codes_syntax.go, codes_names.go and so on. The slice is the
// caller's own.
func Codes() []Entry {
	var all []Entry
	for _, family := range families {
		all = append(all, family...)
	}
	slices.SortFunc(all, func(a, b Entry) int { return strings.Compare(string(a.Code), string(b.Code)) })
	return all
}

// Lookup finds the entry of a code; ok is false when there is no such code.
func Lookup(code Code) (entry Entry, ok bool) {
	for _, family := range families {
		for _, e := range family {
			if e.Code == code {
				return e, true
			}
		}
	}
	return Entry{}, false
}

// families lists the slices of entries; a new family is one more line.
var families = [][]Entry{
	syntaxCodes,
	nameCodes,
	calmCodes,
	recursionCodes,
	runtimeCodes,
	clusterCodes,
}
