package lattice

import (
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// lww is the last-writer-wins register: (clock, writer, value), the greatest
// wins, so that equal times are decided alike everywhere.
var lww = &Kind{
	Name:     "LWW",
	Doc:      "A register; the last write, by hybrid logical time, wins.",
	Params:   []string{"T"},
	Moves:    "an LWW register: the next write replaces its value",
	Load:     "set",
	View:     "Option[T]",
	Atoms:    []AtomType{{Val: "(Int, String, Nat, T)"}},
	Rows:     RowOfRead,
	Join:     greatest,
	Greatest: true,
	Mutators: []Mutator{{
		Name:    "set",
		Doc:     "Replaces the value.",
		Params:  []Param{{Name: "v", Type: "T"}},
		Removes: true,
		Clocked: true,
		Apply: func(_ Leaf, args []value.Value, w Writer) error {
			me := w.Actor()
			w.Put(0, value.Value{}, value.MakeTuple(value.MakeInt(w.Clock()),
				value.MakeString(me.Node), value.MakeInt(int64(me.Inc)), args[0]))
			return nil
		},
	}},
	Read: func(_ []*types.Type, atoms []*Atom) value.Value {
		if len(atoms) == 0 {
			return value.None()
		}
		v := atoms[0].Val
		for _, a := range atoms[1:] {
			v = greatest(v, a.Val)
		}
		return value.Some(v.Elems()[3])
	},
}

// greatest is the join of payloads that form a chain in the order of values.
func greatest(a, b value.Value) value.Value {
	if value.Compare(a, b) >= 0 {
		return a
	}
	return b
}
