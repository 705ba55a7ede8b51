package lattice

import (
	"errors"

	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// ErrDiffer is returned by JoinViews where two different values of a data type
// meet: data has no join.
var ErrDiffer = errors.New("two different values have no join")

// BottomView is the least value of view type t: what an absent key of a map of
// kinds reads as. The views of counters (Int, Float, Bool, Option) count as
// growing from 0, false and None. ok is false where t has no least value.
func BottomView(t *types.Type) (v value.Value, ok bool) {
	switch t = t.Resolve(); t.Con {
	case "Int":
		return value.MakeInt(0), true
	case "Float":
		return value.MakeFloat(0), true
	case "Bool":
		return value.MakeBool(false), true
	case "Option":
		return value.None(), true
	case types.Tuple:
		return bottomOfParts(t)
	}
	return BottomLattice(t)
}

// BottomLattice is the least value of t where values of t can grow (types.Type.
// IsLattice); ok is false for data.
func BottomLattice(t *types.Type) (v value.Value, ok bool) {
	switch t = t.Resolve(); t.Con {
	case "Flag":
		return value.MakeBool(false), true
	case "Set":
		return value.MakeSet(nil), true
	case "Map":
		return value.MakeMap(nil), true
	case "Max":
		if t.Args[0].Is("Nat") {
			return value.MakeInt(0), true
		}
		return value.MakeUnset(), true
	case "Min":
		return value.MakeUnset(), true
	case "IVar":
		return value.MakeUnbound(), true
	case "Stream":
		return value.MakeOpen(nil), true
	}
	if j := t.Joined(); j != nil {
		return j.Bottom, true
	}
	if t.IsLattice() {
		return bottomOfParts(t)
	}
	return value.Value{}, false
}

// bottomOfParts is the least tuple, record of lattices, or Lex.
func bottomOfParts(t *types.Type) (value.Value, bool) {
	ts := t.Parts()
	if t.Con == types.Lex {
		ts = t.Args
	}
	parts := make([]value.Value, len(ts))
	for i, t := range ts {
		part, ok := BottomView(t)
		if !ok {
			return value.Value{}, false
		}
		parts[i] = part
	}
	return remake(t, parts), true
}

// remake makes a value of type t, which has parts, of its parts.
func remake(t *types.Type, parts []value.Value) value.Value {
	if t.Def != nil {
		return value.MakeRecord(t.Def.Ctors[0].Value, parts...)
	}
	return value.MakeTuple(parts...)
}

// JoinViews is the least upper bound of two views of type t. Data joins with
// itself only; two streams that differ at an index join to an Error value.
func JoinViews(t *types.Type, a, b value.Value) (value.Value, error) {
	switch t = t.Resolve(); t.Con {
	case "Bool", "Flag":
		return value.MakeBool(a.Bool() || b.Bool()), nil
	case "Max":
		if a.Kind() == value.Unset || b.Kind() != value.Unset && value.Compare(a, b) < 0 {
			return b, nil
		}
		return a, nil
	case "Min":
		if a.Kind() == value.Unset || b.Kind() != value.Unset && value.Compare(a, b) > 0 {
			return b, nil
		}
		return a, nil
	case "IVar":
		return joinIVars(a, b), nil
	case "Stream":
		return joinStreams(a, b), nil
	case "Set":
		xs := append(append(make([]value.Value, 0, a.Len()+b.Len()), a.Elems()...), b.Elems()...)
		return value.MakeSet(xs), nil
	case "Map":
		return joinMaps(t.Args[1], a, b)
	case types.Lex:
		return joinLex(t, a, b)
	}
	if j := t.Joined(); j != nil {
		return j.Join(a, b)
	}
	if parts := t.Parts(); parts != nil {
		return joinParts(t, parts, a, b)
	}
	if !value.Equal(a, b) {
		return value.Value{}, ErrDiffer
	}
	return a, nil
}

func joinIVars(a, b value.Value) value.Value {
	switch {
	case a.Kind() == value.Unbound || value.Equal(a, b):
		return b
	case b.Kind() == value.Unbound:
		return a
	}
	var all []value.Value
	for _, v := range []value.Value{a, b} {
		if v.Kind() == value.Conflict {
			all = append(all, v.Elems()...)
		} else {
			all = append(all, v)
		}
	}
	return value.MakeConflict(all)
}

// joinStreams keeps the longer of two prefixes of one stream.
func joinStreams(a, b value.Value) value.Value {
	if a.Kind() == value.Error {
		return a
	}
	if b.Kind() == value.Error {
		return b
	}
	if a.Len() > b.Len() || a.Len() == b.Len() && a.Kind() == value.List {
		a, b = b, a // a is the shorter one, or the open one
	}
	same := a.Len() == b.Len() || a.Kind() == value.Open
	for i, x := range a.Elems() {
		same = same && value.Equal(x, b.Elems()[i])
	}
	if !same {
		return value.MakeError("L0507", "two writers of one stream wrote different values at one index")
	}
	return b
}

func joinMaps(elem *types.Type, a, b value.Value) (value.Value, error) {
	as, bs := a.Elems(), b.Elems()
	out := make([]value.Value, 0, len(as)+len(bs))
	for len(as) > 0 && len(bs) > 0 {
		switch c := value.Compare(as[0], bs[0]); {
		case c < 0:
			out, as = append(out, as[0], as[1]), as[2:]
		case c > 0:
			out, bs = append(out, bs[0], bs[1]), bs[2:]
		default:
			v, err := JoinViews(elem, as[1], bs[1])
			if err != nil {
				return value.Value{}, err
			}
			out, as, bs = append(out, as[0], v), as[2:], bs[2:]
		}
	}
	return value.MakeMap(append(append(out, as...), bs...)), nil
}

func joinParts(whole *types.Type, ts []*types.Type, a, b value.Value) (value.Value, error) {
	parts := make([]value.Value, len(ts))
	for i, t := range ts {
		v, err := JoinViews(t, a.Elems()[i], b.Elems()[i])
		if err != nil {
			return value.Value{}, err
		}
		parts[i] = v
	}
	return remake(whole, parts), nil
}

// joinLex joins pairs in lexicographic order: the greater first part decides.
// Where neither first part is above the other, what was said about each of them
// says nothing about their join, and the second part starts again.
func joinLex(t *types.Type, a, b value.Value) (value.Value, error) {
	first, err := JoinViews(t.Args[0], a.Elems()[0], b.Elems()[0])
	if err != nil {
		return value.Value{}, err
	}
	isA, isB := value.Equal(first, a.Elems()[0]), value.Equal(first, b.Elems()[0])
	switch {
	case isA && isB:
		second, err := JoinViews(t.Args[1], a.Elems()[1], b.Elems()[1])
		return value.MakeTuple(first, second), err
	case isA:
		return a, nil
	case isB:
		return b, nil
	}
	second, ok := BottomView(t.Args[1])
	if !ok {
		return value.Value{}, ErrDiffer
	}
	return value.MakeTuple(first, second), nil
}

// LeqViews reports whether view a of type t is below or equal to b in the order
// in which views grow.
func LeqViews(t *types.Type, a, b value.Value) bool {
	j, err := JoinViews(t, a, b)
	return err == nil && value.Equal(j, b)
}
