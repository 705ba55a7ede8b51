package lattice

import (
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// maxKind keeps the greatest value that was joined, minKind the smallest, in
// the one total order of data.
var (
	maxKind = extremum("Max", "The greatest value joined into it.", func(a, b value.Value) value.Value {
		if value.Compare(a, b) >= 0 {
			return a
		}
		return b
	})
	minKind = extremum("Min", "The smallest value joined into it.", func(a, b value.Value) value.Value {
		if value.Compare(a, b) <= 0 {
			return a
		}
		return b
	})
)

func extremum(name, doc string, join func(a, b value.Value) value.Value) *Kind {
	return &Kind{
		Name:   name,
		Doc:    doc,
		Params: []string{"T"},
		Stable: true,
		Load:   "join",
		View:   name + "[T]",
		Atoms:  []AtomType{{Val: "T"}},
		Rows:   RowOfRead,
		Join:   join,
		Mutators: []Mutator{{
			Name:   "join",
			Doc:    "Takes v in; what is on the wrong side of the present value changes nothing.",
			Params: []Param{{Name: "v", Type: "T"}},
			Grows:  true,
			Apply: func(_ Leaf, args []value.Value, w Writer) error {
				w.Put(0, value.Value{}, args[0])
				return nil
			},
		}},
		Read: func(args []*types.Type, atoms []*Atom) value.Value {
			if len(atoms) == 0 {
				return extremumBottom(name, args)
			}
			v := atoms[0].Val
			for _, a := range atoms[1:] {
				v = join(v, a.Val)
			}
			return v
		},
	}
}

// extremumBottom is what an empty Max or Min reads as: Max[Nat] starts at 0,
// everything else is unset.
func extremumBottom(name string, args []*types.Type) value.Value {
	if name == "Max" && len(args) == 1 && args[0].Is("Nat") {
		return value.MakeInt(0)
	}
	return value.MakeUnset()
}
