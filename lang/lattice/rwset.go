package lattice

import (
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// rwset is the remove-wins set. An element has an atom per add and one per
// removal; whichever comes later takes out those of the other sort that it has
// seen, and where both are left the removal wins. A firing sees nothing, so what
// it adds gives way to every removal that no later add has undone.
var rwset = &Kind{
	Name:     "RWSet",
	Doc:      "A set with removal; of an add and a remove that did not see each other, the remove wins.",
	Params:   []string{"T"},
	Causal:   true,
	Moves:    "an RWSet: elements can be removed again",
	Load:     "add",
	View:     "Set[T]",
	Atoms:    markedAtoms,
	Rows:     RowPerKey,
	Join:     greatest,
	Greatest: true,
	Shows:    unmarked,
	Mutators: []Mutator{{
		Name:   "add",
		Doc:    "Adds v, and takes back the removals of v that are seen here.",
		Params: []Param{{Name: "v", Type: "T"}},
		Grows:  true,
		Ever:   "add",
		Apply: func(leaf Leaf, args []value.Value, w Writer) error {
			addUnmarked(leaf, args[0], w)
			return nil
		},
	}, {
		Name:   "add_all",
		Doc:    "Adds every element of vs.",
		Params: []Param{{Name: "vs", Type: "List[T]", Or: "Set[T]"}},
		Grows:  true,
		Ever:   "add_all",
		Apply: func(leaf Leaf, args []value.Value, w Writer) error {
			for _, v := range args[0].Elems() {
				addUnmarked(leaf, v, w)
			}
			return nil
		},
	}, {
		Name:    "remove",
		Doc:     "Removes v, also where it is being added elsewhere at the same time.",
		Params:  []Param{{Name: "v", Type: "T"}},
		Removes: true,
		Apply:   mark,
	}, {
		Name:    "clear",
		Doc:     "Removes every element that is seen here.",
		Removes: true,
		Apply:   markAll,
	}},
	Read: readUnmarked,
}

// Sets that remember removals keep them in the slot of the element, as marks.
var markedAtoms = []AtomType{{Key: "T", Val: "Bool"}}

var (
	present = value.MakeBool(false)
	removed = value.MakeBool(true)
)

// addUnmarked adds v and, of an event, drops the marks that it has seen.
func addUnmarked(leaf Leaf, v value.Value, w Writer) {
	leaf.Slot(0, v, func(a *Atom) bool { dropMark(a, w); return true })
	w.Put(0, v, present)
}

// dropMark takes back a removal that an event has seen.
func dropMark(a *Atom, w Writer) {
	if a.Val.Bool() && w.Firing().IsZero() {
		w.Remove(a)
	}
}

// mark removes one element.
func mark(_ Leaf, args []value.Value, w Writer) error {
	w.Put(0, args[0], removed)
	return nil
}

// markAll removes the elements that are seen.
func markAll(leaf Leaf, _ []value.Value, w Writer) error {
	for _, v := range readUnmarked(nil, atomsOf(leaf)).Elems() {
		w.Put(0, v, removed)
	}
	return nil
}

// unmarked reports whether no atom of an element is a mark.
func unmarked(atoms []*Atom) bool {
	for _, a := range atoms {
		if a.Val.Bool() {
			return false
		}
	}
	return true
}

// readUnmarked is the set of the elements without a mark. Atoms of one element
// stand together.
func readUnmarked(_ []*types.Type, atoms []*Atom) value.Value {
	var vs []value.Value
	for len(atoms) > 0 {
		n := 1
		for n < len(atoms) && value.Equal(atoms[n].Key, atoms[0].Key) {
			n++
		}
		if unmarked(atoms[:n]) {
			vs = append(vs, atoms[0].Key)
		}
		atoms = atoms[n:]
	}
	return value.MakeSet(vs)
}
