package lattice

import "github.com/laspc/lasp/lang/value"

// twopset is the two-phase set: an element goes in once and out once. It needs
// no identities of writes, at the price of one mark per removed element for ever.
var twopset = &Kind{
	Name:     "TwoPSet",
	Doc:      "A set with removal for good: what was removed is never in it again.",
	Params:   []string{"T"},
	Moves:    "a TwoPSet: elements can be removed, for good",
	Load:     "add",
	View:     "Set[T]",
	Atoms:    markedAtoms,
	Rows:     RowPerKey,
	Join:     greatest,
	Greatest: true,
	Shows:    unmarked,
	Mutators: []Mutator{{
		Name:   "add",
		Doc:    "Adds v, unless it was removed before or is being removed elsewhere.",
		Params: []Param{{Name: "v", Type: "T"}},
		Grows:  true,
		Ever:   "add",
		Apply: func(_ Leaf, args []value.Value, w Writer) error {
			w.Put(0, args[0], present)
			return nil
		},
	}, {
		Name:   "add_all",
		Doc:    "Adds every element of vs that was not removed.",
		Params: []Param{{Name: "vs", Type: "List[T]", Or: "Set[T]"}},
		Grows:  true,
		Ever:   "add_all",
		Apply: func(_ Leaf, args []value.Value, w Writer) error {
			for _, v := range args[0].Elems() {
				w.Put(0, v, present)
			}
			return nil
		},
	}, {
		Name:    "remove",
		Doc:     "Removes v for good, also where its add has not arrived yet.",
		Params:  []Param{{Name: "v", Type: "T"}},
		Removes: true,
		Apply:   mark,
	}, {
		Name:    "clear",
		Doc:     "Removes every element that is seen here, for good.",
		Removes: true,
		Apply:   markAll,
	}},
	Read: readUnmarked,
}
