package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/mangle/analysis"
	"github.com/google/mangle/ast"
	datalog "github.com/google/mangle/engine"
	"github.com/google/mangle/factstore"
	"github.com/google/mangle/parse"
)

// Mangle is Datalog as a Go library, the engine that a Go program would embed in the
// place of this one. It gets the same files and rules, and the fastest of its stores
// for them, the one with an index for each column. It runs the closures only: of W7b
// version 0.4 finds 300,094 of the 302,503 pairs, with each of its stores, since what
// two recursive atoms derive from what is new in both is lost.
const mangleClosure = `tc(X, Y) :- edge(X, Y).
tc(X, Z) :- tc(X, Y), edge(Y, Z).`

// mangle runs rules on files of pairs, by predicate, and returns ms from reading them
// to the last fact. It fails where the predicate result has not so many facts.
func mangle(dir, rules string, files map[string]string, result string, want int) (float64, error) {
	began := time.Now()
	unit, err := parse.Unit(strings.NewReader(rules))
	if err != nil {
		return 0, err
	}
	store := factstore.NewMultiIndexedArrayInMemoryStore()
	known := map[ast.PredicateSym]ast.Decl{}
	for predicate, file := range files {
		known[ast.PredicateSym{Symbol: predicate, Arity: 2}] = ast.NewSyntheticDeclFromSym(ast.PredicateSym{Symbol: predicate, Arity: 2})
		if err := fields(dir, file, func(f []string) error {
			a, b, err := pair(f)
			store.Add(ast.NewAtom(predicate, ast.Number(int64(a)), ast.Number(int64(b))))
			return err
		}); err != nil {
			return 0, err
		}
	}
	program, err := analysis.AnalyzeOneUnit(unit, known)
	if err != nil {
		return 0, err
	}
	if err := datalog.EvalProgram(program, store); err != nil {
		return 0, err
	}
	n := 0
	err = store.GetFacts(ast.NewQuery(ast.PredicateSym{Symbol: result, Arity: 2}), func(ast.Atom) error { n++; return nil })
	if err == nil && n != want {
		err = fmt.Errorf("%d facts of %s, want %d", n, result, want)
	}
	return ms(time.Since(began)), err
}
