package lattice

import "github.com/laspc/lasp/lang/value"

// mvreg is the multi-value register: a write takes the place of the values that
// it has seen, and writes that did not see each other stand side by side.
var mvreg = &Kind{
	Name:   "MVReg",
	Doc:    "A register that keeps every value of writes that did not see each other, until the next write.",
	Params: []string{"T"},
	Causal: true,
	Moves:  "an MVReg: the next write replaces its values",
	Load:   "set",
	View:   "Set[T]",
	Atoms:  []AtomType{{Key: "T"}},
	Rows:   RowPerKey,
	Mutators: []Mutator{{
		Name:    "set",
		Doc:     "Replaces the values that are seen here by v.",
		Params:  []Param{{Name: "v", Type: "T"}},
		Removes: true,
		Ever:    "add",
		Apply: func(_ Leaf, args []value.Value, w Writer) error {
			w.RemoveAll()
			w.Put(0, args[0], value.Value{})
			return nil
		},
	}},
	Read: readSet,
}
