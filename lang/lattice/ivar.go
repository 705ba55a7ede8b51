package lattice

import (
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// ivar is a single-assignment variable. Each value that was bound is an atom of
// its own, so that two of them are seen, with both writers, as a conflict.
var ivar = &Kind{
	Name:   "IVar",
	Doc:    "A single-assignment variable: unbound, then one value; a second, different value is a conflict on every replica.",
	Params: []string{"T"},
	Stable: true,
	Load:   "bind",
	View:   "IVar[T]",
	Atoms:  []AtomType{{Key: "T"}},
	Rows:   RowPerVal,
	Mutators: []Mutator{{
		Name:   "bind",
		Doc:    "Binds the variable; binding the same value again changes nothing.",
		Params: []Param{{Name: "v", Type: "T"}},
		Grows:  true,
		Apply: func(_ Leaf, args []value.Value, w Writer) error {
			w.Put(0, args[0], value.Value{})
			return nil
		},
	}},
	Read: func(_ []*types.Type, atoms []*Atom) value.Value {
		vs := keysOf(atoms, 0)
		switch len(vs) {
		case 0:
			return value.MakeUnbound()
		case 1:
			return vs[0]
		}
		return value.MakeConflict(vs)
	},
}

// keysOf lists the distinct keys of the atoms of one tag, in canonical order.
func keysOf(atoms []*Atom, tag uint8) []value.Value {
	vs := make([]value.Value, 0, len(atoms))
	for _, a := range atoms {
		if a.Tag == tag && (len(vs) == 0 || !value.Equal(vs[len(vs)-1], a.Key)) {
			vs = append(vs, a.Key)
		}
	}
	return vs
}
