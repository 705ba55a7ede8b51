package lattice

import (
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Tags of the atoms of a stream.
const (
	StreamItem  = 0 // key (index, value)
	StreamClose = 1 // key length
)

// stream is a sequence under the prefix order. An item is an atom keyed by
// index and value, so that two values at one index meet as a conflict; closing
// is an atom that names the length.
var stream = &Kind{
	Name:   "Stream",
	Doc:    "A sequence that grows at its end until it is closed; it has one writer.",
	Params: []string{"T"},
	Stable: true,
	Load:   "append",
	View:   "Stream[T]",
	Atoms:  []AtomType{StreamItem: {Key: "(Nat, T)"}, StreamClose: {Key: "Nat"}},
	Rows:   RowOfStream,
	Mutators: []Mutator{{
		Name:    "append",
		Doc:     "Adds v at the end; refused once the stream is closed.",
		Params:  []Param{{Name: "v", Type: "T"}},
		Ordered: true,
		Apply: func(leaf Leaf, args []value.Value, w Writer) error {
			if n, closed := streamClosed(leaf); closed {
				return &Refusal{Code: "L0503", Message: "the stream was closed after " + value.MakeInt(n).String() + " items; nothing can be appended"}
			}
			w.Put(StreamItem, value.MakeTuple(value.MakeInt(leaf.Len()), args[0]), value.Value{})
			return nil
		},
	}, {
		Name: "close",
		Doc:  "Ends the stream for good; closing it again changes nothing.",
		Apply: func(leaf Leaf, _ []value.Value, w Writer) error {
			if _, closed := streamClosed(leaf); !closed {
				w.Put(StreamClose, value.MakeInt(leaf.Len()), value.Value{})
			}
			return nil
		},
	}},
	Read: readStream,
}

// streamClosed finds out whether a stream was closed, and after how many items.
func streamClosed(leaf Leaf) (n int64, closed bool) {
	if !leaf.Ended() {
		return 0, false
	}
	leaf.Atoms(func(a *Atom) bool {
		if a.Tag == StreamClose {
			n, closed = a.Key.Int(), true
		}
		return !closed
	})
	return n, closed
}

// readStream assembles the known prefix: items up to the first missing index,
// a conflict in the place of an index with several values.
func readStream(_ []*types.Type, atoms []*Atom) value.Value {
	var items []value.Value
	length := int64(-1)
	for i := 0; i < len(atoms); {
		a := atoms[i]
		if a.Tag == StreamClose {
			length = max(length, a.Key.Int())
			i++
			continue
		}
		index := a.Key.Elems()[0].Int()
		var at []value.Value
		for ; i < len(atoms) && atoms[i].Tag == StreamItem && atoms[i].Key.Elems()[0].Int() == index; i++ {
			if v := atoms[i].Key.Elems()[1]; len(at) == 0 || !value.Equal(at[len(at)-1], v) {
				at = append(at, v)
			}
		}
		if index != int64(len(items)) {
			continue
		}
		if len(at) > 1 {
			items = append(items, value.MakeConflict(at))
		} else {
			items = append(items, at[0])
		}
	}
	if length >= 0 && int64(len(items)) >= length {
		return value.MakeList(items)
	}
	return value.MakeOpen(items)
}
