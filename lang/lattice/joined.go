package lattice

import (
	"regexp"
	"sync"

	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Inner are kinds that no program names: cells of what a program declares are
// kept in them.
var Inner = []*Kind{joined}

var innerKind = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\bjoined\[(\w+)\]`) })

// Text renders a kind of a cell as programs write it: that of a hand-written
// lattice by its name.
func Text(kind *types.Type) string { return innerKind().ReplaceAllString(kind.String(), "$1") }

// joined keeps a cell of a hand-written lattice. Stores do not know its join:
// they keep the values that were joined in, and an event, which has computed the
// join of what it sees with something new, writes that in the place of what it
// has seen. So a cell has one value per write that was not yet seen by another,
// and whoever reads it joins these. A firing sees nothing, and adds its value as
// it is.
var joined = &Kind{
	Name:   "joined",
	Doc:    "The values that were joined into a cell of a hand-written lattice, but for those that a later event has taken up.",
	Params: []string{"T"},
	Causal: true,
	Moves:  "kept for the join of its lattice",
	View:   "Set[T]",
	Atoms:  []AtomType{{Key: "T"}},
	Rows:   RowPerKey,
	Mutators: []Mutator{{
		Name:   "join",
		Doc:    "Joins v in.",
		Params: []Param{{Name: "v", Type: "T"}},
		Grows:  true,
		Apply: func(_ Leaf, args []value.Value, w Writer) error {
			w.Put(0, args[0], value.Value{})
			return nil
		},
	}, {
		Name:    TakeUp,
		Doc:     "Writes v, the join of what is seen with something new, in the place of what is seen.",
		Params:  []Param{{Name: "v", Type: "T"}},
		Removes: true,
		Apply:   takeUp,
	}},
	Read: readSet,
}

// TakeUp is the operation of an event that has computed the join of what it sees.
const TakeUp = "take_up"

// takeUp writes v in the place of what is seen.
func takeUp(_ Leaf, args []value.Value, w Writer) error {
	w.RemoveAll()
	w.Put(0, args[0], value.Value{})
	return nil
}
