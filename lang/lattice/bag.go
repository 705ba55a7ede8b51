package lattice

import "github.com/laspc/lasp/lang/value"

// bag is a grow-only multiset: a counter per element.
var bag = &Kind{
	Name:   "Bag",
	Doc:    "A multiset that elements are added to and never removed from; the view has the number of each.",
	Params: []string{"T"},
	Stable: true,
	Load:   "add",
	View:   "Map[T, Max[Nat]]",
	As:     "GMap[T, GCounter]",
	Rows:   RowPerKeyRead,
	Mutators: []Mutator{{
		Name:   "add",
		Doc:    "Adds v n times.",
		Params: []Param{{Name: "v", Type: "T"}, {Name: "n", Type: "Nat", Default: value.MakeInt(1)}},
		Grows:  true,
		As: func(_ Actor, args []value.Value) (value.Value, string, []value.Value) {
			return args[0], incrementMutator.Name, args[1:]
		},
	}},
}

// vclock counts what each node did: a vector clock. Only the node itself counts
// on, so two clocks compare entry by entry.
var vclock = &Kind{
	Name:   "VClock",
	Doc:    "A vector clock: how often each node ticked.",
	Stable: true,
	View:   "Map[Node, Max[Nat]]",
	As:     "GMap[Node, GCounter]",
	Rows:   RowPerKeyRead,
	Mutators: []Mutator{{
		Name: "tick",
		Doc:  "Counts one more for the node where it runs.",
		As: func(me Actor, _ []value.Value) (value.Value, string, []value.Value) {
			return value.MakeNode(me.Node), incrementMutator.Name, []value.Value{value.MakeInt(1)}
		},
	}},
}
