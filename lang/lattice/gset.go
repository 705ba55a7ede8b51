package lattice

import (
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// gset is the grow-only set: an atom per element.
var gset = &Kind{
	Name:     "GSet",
	Doc:      "A set that elements are added to and never removed from.",
	Params:   []string{"T"},
	Stable:   true,
	Load:     "add",
	View:     "Set[T]",
	Atoms:    []AtomType{{Key: "T"}},
	Rows:     RowPerKey,
	Mutators: []Mutator{addMutator, addAllMutator},
	Read:     readSet,
}

var addMutator = Mutator{
	Name:   "add",
	Doc:    "Adds v.",
	Params: []Param{{Name: "v", Type: "T"}},
	Grows:  true,
	Ever:   "add",
	Apply: func(_ Leaf, args []value.Value, w Writer) error {
		w.Put(0, args[0], value.Value{})
		return nil
	},
}

var addAllMutator = Mutator{
	Name:   "add_all",
	Doc:    "Adds every element of vs.",
	Params: []Param{{Name: "vs", Type: "List[T]", Or: "Set[T]"}},
	Grows:  true,
	Ever:   "add_all",
	Apply: func(_ Leaf, args []value.Value, w Writer) error {
		for _, v := range args[0].Elems() {
			w.Put(0, v, value.Value{})
		}
		return nil
	},
}

func readSet(_ []*types.Type, atoms []*Atom) value.Value {
	return value.MakeSet(keysOf(atoms, 0))
}
