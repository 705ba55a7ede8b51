package lattice

import (
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// ewflag is up while an enabling is left that no lowering has seen.
var ewflag = &Kind{
	Name:   "EWFlag",
	Doc:    "A flag that can be lowered again; of an enable and a disable that did not see each other, the enable wins.",
	Causal: true,
	Moves:  "an EWFlag: it can be lowered again",
	View:   "Bool",
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
	}, {
		Name:    "disable",
		Doc:     "Lowers the flag as far as its raisings are seen here.",
		Removes: true,
		Apply: func(_ Leaf, _ []value.Value, w Writer) error {
			w.RemoveAll()
			return nil
		},
	}},
	Read: func(_ []*types.Type, atoms []*Atom) value.Value { return value.MakeBool(len(atoms) > 0) },
}

// dwflag is an RWSet of one element: up while there are raisings, and no
// lowering that none of the raisings has seen.
var dwflag = &Kind{
	Name:     "DWFlag",
	Doc:      "A flag that can be lowered again; of an enable and a disable that did not see each other, the disable wins.",
	Causal:   true,
	Moves:    "a DWFlag: it can be lowered again",
	View:     "Bool",
	Atoms:    []AtomType{{Val: "Bool"}},
	Rows:     RowOfRead,
	Join:     greatest,
	Greatest: true,
	Shows:    unmarked,
	Mutators: []Mutator{{
		Name:  "enable",
		Doc:   "Raises the flag, and takes back the lowerings that are seen here.",
		Grows: true,
		Apply: func(leaf Leaf, _ []value.Value, w Writer) error {
			leaf.Atoms(func(a *Atom) bool { dropMark(a, w); return true })
			w.Put(0, value.Value{}, present)
			return nil
		},
	}, {
		Name:    "disable",
		Doc:     "Lowers the flag, also where it is being raised elsewhere at the same time.",
		Removes: true,
		Apply: func(_ Leaf, _ []value.Value, w Writer) error {
			w.Put(0, value.Value{}, removed)
			return nil
		},
	}},
	Read: func(_ []*types.Type, atoms []*Atom) value.Value {
		return value.MakeBool(len(atoms) > 0 && unmarked(atoms))
	},
}
