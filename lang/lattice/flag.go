package lattice

import (
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// flag is false until somebody enables it: one slot with one possible atom.
var flag = &Kind{
	Name:   "Flag",
	Doc:    "A flag that can be raised and never lowered.",
	Stable: true,
	View:   "Flag",
	Atoms:  []AtomType{{}},
	Rows:   RowOfRead,
	Mutators: []Mutator{{
		Name:  "enable",
		Doc:   "Raises the flag.",
		Grows: true,
		Apply: func(_ Leaf, _ []value.Value, w Writer) error {
			w.Put(0, value.Value{}, value.Value{})
			return nil
		},
	}},
	Read: func(_ []*types.Type, atoms []*Atom) value.Value {
		return value.MakeBool(len(atoms) > 0)
	},
}
