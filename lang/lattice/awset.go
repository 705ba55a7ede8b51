package lattice

import "github.com/laspc/lasp/lang/value"

// awset is the add-wins set: an atom per add, and a removal names the adds that
// it has seen, so an add that it has not seen survives it.
var awset = &Kind{
	Name:   "AWSet",
	Doc:    "A set with removal; of an add and a remove that did not see each other, the add wins.",
	Params: []string{"T"},
	Causal: true,
	Moves:  "an AWSet: elements can be removed again",
	Load:   "add",
	View:   "Set[T]",
	Atoms:  []AtomType{{Key: "T"}},
	Rows:   RowPerKey,
	Mutators: []Mutator{addMutator, addAllMutator, {
		Name:    "remove",
		Doc:     "Removes v as far as it is seen here.",
		Params:  []Param{{Name: "v", Type: "T"}},
		Removes: true,
		Apply: func(_ Leaf, args []value.Value, w Writer) error {
			w.RemoveSlot(0, args[0])
			return nil
		},
	}, {
		Name:    "clear",
		Doc:     "Removes every element that is seen here.",
		Removes: true,
		Apply: func(_ Leaf, _ []value.Value, w Writer) error {
			w.RemoveAll()
			return nil
		},
	}},
	Read: readSet,
}
