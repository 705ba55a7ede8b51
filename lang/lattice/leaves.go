package lattice

import "github.com/laspc/lasp/lang/types"

// Part says what the rows of a leaf relation are.
type Part uint8

// The parts of a cell that are relations of their own.
const (
	// Values are the contents of a leaf, by its kind's RowRule.
	Values Part = iota
	// Closed has one row per closed stream: the keys, then the length.
	Closed
	// KeysOf is the presence of keys of a map: the keys up to its level.
	KeysOf
)

// Relation is one flat relation in which the dataflow sees a cell.
type Relation struct {
	Part Part
	Leaf *types.Type   // kind of the leaf; of KeysOf the kind of the map
	Path []*types.Type // key types of the maps around it, outermost first (of KeysOf with its own key)
	Cols []*types.Type // all columns: the keys flattened, then the row
}

// Relations flattens a cell of the given kind and view into relations. The
// index in the result is the number of the relation (Leaf of ir.Node and of a
// state change). The order is a depth-first walk: what lies below a map comes
// before the presence of its own keys, so the contents of a plain cell and of a
// map of plain cells are relation 0.
//
// Rows of Values by view: Set[T] the columns of T; Map[T, L] those of T, then
// those of L; Stream[T] the index (Int), then those of T; everything else one
// column of the view's type. A leaf has a row as long as it has an atom, also
// where its view reads as the bottom (a counter incremented by 0).
func Relations(kind, view *types.Type) []Relation {
	return relations(nil, kind, view, nil)
}

func relations(to []Relation, kind, view *types.Type, path []*types.Type) []Relation {
	kind, view = kind.Resolve(), view.Resolve()
	if isMapKind(kind) {
		inner := append(path[:len(path):len(path)], kind.Args[0])
		to = relations(to, kind.Args[1], view.Args[1], inner)
		return append(to, Relation{Part: KeysOf, Leaf: kind, Path: inner, Cols: flatten(inner)})
	}
	to = append(to, Relation{Leaf: kind, Path: path, Cols: append(flatten(path), RowColumns(view)...)})
	if view.Con == "Stream" {
		to = append(to, Relation{Part: Closed, Leaf: kind, Path: path, Cols: append(flatten(path), types.Int)})
	}
	return to
}

// isMapKind tells kinds that hold a kind per key from those whose second
// parameter is data.
func isMapKind(kind *types.Type) bool {
	k := Lookup(kind.Con)
	return k != nil && k.Map
}

func flatten(path []*types.Type) []*types.Type {
	var cols []*types.Type
	for _, t := range path {
		cols = t.Columns(cols)
	}
	return cols
}

// RowColumns are the columns of the relation that holds a value of a view type:
// the columns of its elements, or one column for a scalar.
func RowColumns(view *types.Type) []*types.Type {
	switch view = view.Resolve(); view.Con {
	case "Set":
		return view.Args[0].Columns(nil)
	case "Map":
		return append(view.Args[0].Columns(nil), RowColumns(view.Args[1])...)
	case "Stream":
		return append([]*types.Type{types.Int}, view.Args[0].Columns(nil)...)
	}
	return []*types.Type{view}
}
