package lattice

import (
	"fmt"

	"github.com/laspc/lasp/lang/types"
)

// Shape is what the store and the codec need to know about a cell's kind, with
// all type parameters filled in. It is computed once per cell.
type Shape struct {
	Kind, View *types.Type
	Levels     []Level // the maps around the leaf, outermost first
	Declared   *Kind   // the kind of the leaf, with its mutators
	// Front is the kind below Keyed maps where it has another form (Kind.As): the
	// levels from Keyed on are its own, and not seen by the dataflow.
	Front *Kind
	Keyed int
	Leaf  *Kind // the same, or what takes its place below a removable map
	Args  []*types.Type
	// Causal leaves have a dot per write by which it can be removed.
	Causal    bool
	Atoms     []AtomShape // by tag
	Relations []Relation
}

// Level is a map around the leaf.
type Level struct {
	Kind *Kind
	Key  *types.Type
	Cols []*types.Type // of the key, flattened
	// Presence levels keep an atom per key that was written, because what is
	// below may vanish without the key.
	Presence bool
	// Causal is set below a removable map: presence can be removed.
	Causal bool
}

// AtomShape is an AtomType with its types resolved and flattened.
type AtomShape struct {
	Key, Val         *types.Type // nil for none
	KeyCols, ValCols []*types.Type
	Owned            bool // the owner of the slot may be another than the writer
}

// ViewOf is the type that expressions see of a cell of the given kind. A type
// that is no kind is returned as it is.
func ViewOf(kind *types.Type) *types.Type {
	kind = kind.Resolve()
	k := Lookup(kind.Con)
	if k == nil || len(k.Params) != len(kind.Args) {
		return kind
	}
	args := kind.Args
	if k.Map {
		last := len(args) - 1
		args = append(args[:last:last], ViewOf(args[last]))
	}
	return k.parse(k.View, args)
}

// parse reads a type of the table with the kind's parameters replaced by args.
// The table is fixed, so a type that does not parse is a broken invariant.
func (k *Kind) parse(text string, args []*types.Type) *types.Type {
	vars := make(map[string]*types.Type, len(args))
	for i, p := range k.Params {
		if i < len(args) {
			vars[p] = args[i]
		}
	}
	t, err := types.ParseType(text, vars)
	if err != nil {
		panic("lattice: kind " + k.Name + ": " + err.Error())
	}
	return t
}

// ShapeOf analyses a kind with its type arguments. It fails for types that are
// no kinds and for kinds that cells cannot have yet.
func ShapeOf(kind *types.Type) (*Shape, error) {
	s := &Shape{Kind: kind, View: ViewOf(kind)}
	below := false
	t := kind.Resolve()
	for {
		k := Lookup(t.Con)
		switch {
		case k == nil:
			return nil, fmt.Errorf("%s is not a kind of cell", t)
		case len(t.Args) != len(k.Params):
			return nil, fmt.Errorf("%s takes %d type arguments, not %d", k.Name, len(k.Params), len(t.Args))
		}
		if k.As != "" {
			s.Front, s.Keyed = k, len(s.Levels)
			t = k.parse(k.As, t.Args)
			continue
		}
		if !k.Map {
			s.leaf(k, t.Args, below)
			break
		}
		s.Levels = append(s.Levels, Level{Kind: k, Key: t.Args[0], Cols: t.Args[0].Columns(nil), Causal: below})
		below = below || k.Removable
		t = t.Args[1].Resolve()
	}
	if s.Front == nil {
		s.Keyed = len(s.Levels)
	}
	vanishes := s.Leaf.Causal
	for i := len(s.Levels) - 1; i >= 0; i-- {
		l := &s.Levels[i]
		l.Presence = vanishes && !l.Kind.Removable
		vanishes = vanishes || l.Kind.Removable
	}
	s.Relations = Relations(s.Kind, s.View)
	return s, nil
}

func (s *Shape) leaf(k *Kind, args []*types.Type, below bool) {
	s.Args, s.Declared, s.Leaf = args, k, k
	s.Causal = k.Causal || below
	if below && k.Below != nil {
		s.Leaf, s.Causal = k.Below, k.Below.Causal
	}
	for tag, a := range s.Leaf.Atoms {
		shape := AtomShape{Owned: s.Leaf.PerWriter && tag > 0}
		if a.Key != "" {
			shape.Key = k.parse(a.Key, args)
			shape.KeyCols = shape.Key.Columns(nil)
		}
		if a.Val != "" {
			shape.Val = k.parse(a.Val, args)
			shape.ValCols = shape.Val.Columns(nil)
		}
		s.Atoms = append(s.Atoms, shape)
	}
}

// KeysRelation is the number of the relation of the keys of level i, -1 where
// there is none.
func (s *Shape) KeysRelation(i int) int {
	if i >= s.Keyed {
		return -1
	}
	return len(s.Relations) - 1 - i
}
