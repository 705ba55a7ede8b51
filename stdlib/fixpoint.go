package stdlib

import (
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
)

// fixpoints are recursion as an expression, for functions: `let rec` is a
// declaration, and a function may call itself into streams only.
func fixpoints() []*op.Row {
	const why = "`{expr}` moves as its step does"
	return []*op.Row{
		{ID: "set.fixpoint", Name: "fixpoint", Family: "fixpoints", Sig: "[T](seed: Set[T], step: Set[T] -> Set[T]) -> Set[T]", Quals: quals("++"), Lambda: 1, Rule: op.Recompute,
			Doc: "The least set that holds seed and whatever step makes of it: step is applied until nothing is new. " +
				"It must grow with what it is given and may invent no value, so that this comes to an end.",
			Why:      why,
			Examples: []string{"fixpoint({1}, s => { b for (a, b) in {(1, 2), (2, 3), (7, 8)} if a in s }) // {1, 2, 3}"},
			Eval:     fixpoint},
		{ID: "map.fixpoint", Name: "fixpoint", Family: "fixpoints", Sig: "[K, V](seed: Map[K, V], step: Map[K, V] -> Map[K, V]) -> Map[K, V]", Quals: quals("++"), Lambda: 1, Rule: op.Recompute,
			Doc: "The least map that holds seed and whatever step makes of it. Sums are fine where they go into a `Min[Nat]`, " +
				"which they cannot improve for ever.",
			Why:      why,
			Examples: []string{`fixpoint({1: {"a"}}, m => { k % 3 + 1: v for (k, v) in {1: {"a"}} }) // {1: {"a"}, 2: {"a"}}`},
			Eval:     fixpoint},
	}
}

// fixpoint joins what step makes of the value so far until it makes nothing new.
// The fuel of whoever runs it bounds the rounds.
func fixpoint(c op.Call) (value.Value, error) {
	acc := c.Args[0]
	for {
		next, err := c.Fns[0](acc)
		if err != nil {
			return value.Value{}, err
		}
		if next, err = lattice.JoinViews(c.Type, acc, next); err != nil || value.Equal(next, acc) {
			return next, err
		}
		acc = next
	}
}
