package vm

import (
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// bottom is the assembled value of a view of type t that nothing was written
// to: what an absent row, an absent key of a map, or a waiting read stands for.
// Data without a bottom has the invalid value.
func bottom(t *types.Type) value.Value {
	if v, ok := lattice.BottomView(t); ok {
		return v
	}
	switch {
	case t.Is("List"):
		return value.MakeList(nil)
	case t.Is("Nat"):
		return value.MakeInt(0)
	}
	return value.Value{}
}

// isBottom reports whether v is a state that columns hold as the absence of a
// row.
func isBottom(v value.Value) bool {
	return v.Kind() == value.Unset || v.Kind() == value.Unbound || !v.IsValid()
}

// joinViews is the least upper bound of two values of a view type. Data has
// none: two different values are an error.
func joinViews(t *types.Type, a, b value.Value) (value.Value, error) {
	v, err := lattice.JoinViews(t, a, b)
	if err == lattice.ErrDiffer {
		err = op.Fail(op.TwoValues, "two different values, %s and %s, meet where only one can be", a, b)
	}
	return v, err
}

// makeMap builds a map from keys and values in turn; values of equal keys are
// joined. It takes over kvs.
func makeMap(kvs []value.Value, t *types.Type) (value.Value, error) {
	at := make(map[int]int)
	groups := value.MakeMap(append([]value.Value(nil), kvs...))
	if groups.Len() == len(kvs)/2 {
		return groups, nil
	}
	elems := groups.Elems()
	for i := 0; i < len(kvs); i += 2 {
		k := keyAt(elems, kvs[i])
		if _, seen := at[k]; !seen {
			at[k] = i
			elems[k+1] = kvs[i+1]
			continue
		}
		v, err := joinViews(t.Resolve().Args[1], elems[k+1], kvs[i+1])
		if err != nil {
			return value.Value{}, err
		}
		elems[k+1] = v
	}
	return groups, nil
}

// keyAt finds a key among sorted keys and values in turn.
func keyAt(elems []value.Value, key value.Value) int {
	lo, hi := 0, len(elems)/2
	for lo < hi {
		if mid := (lo + hi) / 2; value.Compare(elems[2*mid], key) < 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return 2 * lo
}

// bound lists the values of an IVar: none, one, or those of a conflict.
func bound(v value.Value) []value.Value {
	switch v.Kind() {
	case value.Unbound:
		return nil
	case value.Conflict:
		return append([]value.Value(nil), v.Elems()...)
	}
	return []value.Value{v}
}

// ivar is the IVar to which the given values were bound.
func ivar(vs []value.Value) value.Value {
	switch c := value.MakeConflict(vs); c.Len() {
	case 0:
		return value.MakeUnbound()
	case 1:
		return c.Elems()[0]
	default:
		return c
	}
}

// lift applies a function to IVars: bound once all are, each value of a
// conflict by itself.
func (x *exec) lift(cl *call, f *frame) (value.Value, error) {
	fn := f.f[cl.args[0].reg]
	var results []value.Value
	args := make([]value.Value, len(cl.args)-1)
	var each func(i int) error
	each = func(i int) error {
		if i == len(args) {
			r, err := fn.call(x, append([]value.Value(nil), args...))
			results = append(results, bound(r)...)
			return err
		}
		for _, v := range bound(f.v[cl.args[i+1].reg]) {
			args[i] = v
			if err := each(i + 1); err != nil {
				return err
			}
		}
		return nil
	}
	if err := each(0); err != nil {
		return value.Value{}, err
	}
	return ivar(results), nil
}

// convert makes a value of the type that its place wants: data as a lattice
// value, a list as a set or stream, a string as a node, also inside collections.
func convert(v value.Value, t *types.Type) (value.Value, error) {
	t = t.Resolve()
	switch t.Con {
	case "Float":
		if v.Kind() == value.Int {
			return value.MakeFloat(float64(v.Int())), nil
		}
	case "Nat":
		if v.Kind() == value.Int && v.Int() < 0 {
			return value.Value{}, op.Fail(op.Negative, "%d is negative, a Nat is not", v.Int())
		}
	case "Node":
		if v.Kind() == value.String {
			return value.MakeNode(v.Str()), nil
		}
	case "Max", "Min", "IVar":
		return convertContent(v, t.Args[0])
	case "Option":
		if v.Kind() == value.Record && len(v.Elems()) == 1 {
			x, err := convert(v.Elems()[0], t.Args[0])
			return value.Some(x), err
		}
	case types.Tuple:
		return convertTuple(v, t)
	case "Set", "List", "Stream":
		return convertElems(v, t)
	case "Map":
		return convertMap(v, t)
	}
	return v, nil
}

// convertContent converts what a Max, Min or IVar holds, which may be nothing yet,
// or several values.
func convertContent(v value.Value, t *types.Type) (value.Value, error) {
	switch v.Kind() {
	case value.Unset, value.Unbound:
		return v, nil
	case value.Conflict:
		xs := make([]value.Value, v.Len())
		for i, x := range v.Elems() {
			var err error
			if xs[i], err = convert(x, t); err != nil {
				return value.Value{}, err
			}
		}
		return value.MakeConflict(xs), nil
	}
	return convert(v, t)
}

func convertTuple(v value.Value, t *types.Type) (value.Value, error) {
	if v.Kind() != value.Tuple || len(v.Elems()) != len(t.Args) {
		return v, nil
	}
	xs := make([]value.Value, len(t.Args))
	for i, x := range v.Elems() {
		var err error
		if xs[i], err = convert(x, t.Args[i]); err != nil {
			return value.Value{}, err
		}
	}
	return value.MakeTuple(xs...), nil
}

func convertElems(v value.Value, t *types.Type) (value.Value, error) {
	var from []value.Value
	switch v.Kind() {
	case value.Set, value.List, value.Open:
		from = v.Elems()
	case value.Map:
		from = entries(v)
	default:
		from = bound(v)
	}
	xs := make([]value.Value, len(from))
	for i, x := range from {
		var err error
		if xs[i], err = convert(x, t.Args[0]); err != nil {
			return value.Value{}, err
		}
	}
	switch {
	case t.Con == "Set":
		return value.MakeSet(xs), nil
	case t.Con == "Stream" && v.Kind() == value.Open:
		return value.MakeOpen(xs), nil
	}
	return value.MakeList(xs), nil
}

// entries lists a map as pairs; of an IVar the bound ones, each value of a
// conflict by itself.
func entries(m value.Value) []value.Value {
	var pairs []value.Value
	for i := 0; i < len(m.Elems()); i += 2 {
		for _, v := range bound(m.Elems()[i+1]) {
			pairs = append(pairs, value.MakeTuple(m.Elems()[i], v))
		}
	}
	return pairs
}

func convertMap(v value.Value, t *types.Type) (value.Value, error) {
	from := v.Elems()
	switch v.Kind() {
	case value.Map:
	case value.List: // the pairs of a comprehension
		from = make([]value.Value, 0, 2*len(v.Elems()))
		for _, pair := range v.Elems() {
			from = append(from, pair.Elems()...)
		}
	default:
		return value.MakeMap(nil), nil // `{}` alone was read as a set
	}
	kvs := make([]value.Value, len(from))
	for i, x := range from {
		var err error
		if kvs[i], err = convert(x, t.Args[i%2]); err != nil {
			return value.Value{}, err
		}
	}
	return makeMap(kvs, t)
}
