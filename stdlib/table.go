// Package stdlib holds the rows of the operator table: every operator, function
// and combinator of the language, one file per family. To add one is to add a
// row; parser, checker, IR, VM, documents and tests read it from here.
//
// Conventions of the rows:
//
//   - A type variable stands for any type; element types of Set, keys of Map and
//     items of List are data.
//   - Functions over maps take (key, value). Functions of n parameters may be
//     given one n-tuple: the compiler takes it apart, Eval is called with what
//     the signature says.
//   - Functions of data have the qualifier `?` in every argument: data that
//     moves is simply replaced. The checker lifts them over IVars.
//   - Aggregates over sets and maps give Max[Nat] where they can only grow; over
//     lists, which are data, they give plain data.
//   - In aggregates with a function, Agg receives what the function made of each
//     element, or (key, element) where the result is an element.
package stdlib

import (
	"sync"

	"github.com/laspc/lasp/lang/op"
)

// families lists the chapters of the library in the order in which documents
// show them and overloads are tried.
var families = []func() []*op.Row{
	numbers, growing, bools, comparisons, texts, encodings, options,
	sets, maps, fixpoints, lists, aggregates, ranks, streams, specials,
}

var table = sync.OnceValue(func() *op.Table {
	var rows []*op.Row
	for _, family := range families {
		rows = append(rows, family()...)
	}
	t, err := op.NewTable(rows...)
	if err != nil {
		panic(err) // two rows of one ID: a mistake in this package
	}
	return t
})

// Table returns the operator table of the standard library. It is made once and
// shared; nobody may change its rows.
func Table() *op.Table { return table() }
