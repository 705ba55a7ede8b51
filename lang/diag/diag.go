// Package diag defines diagnostics as values: what the compiler says to people
// and to machines. Codes live in codes.go, rendering in render.go.
package diag

import "github.com/laspc/lasp/lang/source"

// Severity says whether a diagnostic refuses the program.
type Severity uint8

// The severities, the gravest first.
const (
	Error   Severity = iota // the program is refused
	Warning                 // the program is accepted
)

// String returns "error" or "warning".
func (s Severity) String() string {
	if s == Error {
		return "error"
	}
	return "warning"
}

// Code is a stable name such as "L0301". Its family is its first three
// characters: L01 syntax, L02 names and types, L03 monotonicity and
// coordination, L04 recursion and termination, L05 run time, L06 deployment.
// A code never changes its meaning.
type Code string

// Diagnostic is one finding about a program. One mistake gives one Diagnostic.
type Diagnostic struct {
	Code     Code
	Severity Severity
	Span     source.Span // tight: the smallest text to blame
	Title    string      // a few words that name this occurrence
	Label    string      // what stands beside the carets; may be empty
	Message  string      // one sentence: why
	Help     string      // one sentence: what to do; may be empty
	Related  []Related   // other places that explain it
	Blame    []Blame     // monotonicity errors: from the sink to the open cell
	Fixes    []Fix       // ways out, cheapest first
}

// Related is a second place that a diagnostic speaks of.
type Related struct {
	Span source.Span
	Text string
}

// Blame is one step of the path from a sink to the operator and the open cell
// that make an expression unfit for it.
type Blame struct {
	Span source.Span
	Name string // the name or expression this step is about
	Text string // one clause: how it moves, and because of what
}

// Fix is a way out. Cost says in a few words what it costs at run time, such as
// "one round over all members"; it is empty where it is free.
type Fix struct {
	Title string
	Cost  string
	Edits []Edit // machine-applicable; empty when only a person can do it
}

// Edit replaces the text of Span by New.
type Edit struct {
	Span source.Span
	New  string
}

// HasErrors reports whether any of ds refuses the program.
func HasErrors(ds []Diagnostic) bool {
	for i := range ds {
		if ds[i].Severity == Error {
			return true
		}
	}
	return false
}
