package ir

import "strings"

// joinPrefix begins the keys of joins. It is a keyword, so no function has it.
const joinPrefix = "lattice "

// JoinKey is the key of the function that is the join of a hand-written lattice.
func JoinKey(lattice string) string { return joinPrefix + lattice }

// IsJoin reports whether fn is the join of a hand-written lattice: it is evaluated
// by value, and no code calls it.
func (fn *Func) IsJoin() bool { return strings.HasPrefix(fn.Key, joinPrefix) }

// FindJoin is the join of a hand-written lattice, nil where there is none.
func (p *Program) FindJoin(lattice string) *Func {
	for _, fn := range p.Funcs {
		if fn.Key == JoinKey(lattice) {
			return fn
		}
	}
	return nil
}
