package stdlib

import (
	"slices"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// find looks a value up among sorted ones.
func find(sorted []value.Value, v value.Value) (int, bool) {
	return slices.BinarySearchFunc(sorted, v, value.Compare)
}

func maps() []*op.Row {
	rows := append(mapAccess(), mapCombinators()...)
	for _, r := range rows {
		r.Family = "maps"
	}
	return rows
}

// lookup reads a key; bottom says what an absent one is, if anything.
func lookup(bottom func(*types.Type) (value.Value, bool)) func(op.Call) (value.Value, error) {
	return func(c op.Call) (value.Value, error) {
		if v, ok := c.Args[0].Get(c.Args[1]); ok {
			return v, nil
		}
		if c.Type != nil {
			if v, ok := bottom(c.Type); ok {
				return v, nil
			}
		}
		return value.Value{}, op.Fail(op.Missing, "the map has no such key")
	}
}

// dataBottom is what a map of data gives for an absent key: data has no least
// value, what can grow has.
func dataBottom(t *types.Type) (value.Value, bool) { return lattice.BottomLattice(t) }

func mapAccess() []*op.Row {
	lawful := []string{"commutative", "associative", "idempotent", "unit:{}"}
	hasKey := func(m, k value.Value) bool { _, ok := m.Get(k); return ok }
	return []*op.Row{
		{ID: "map.index", Name: "[]", Sig: "[K, V](m: Map[K, V], k: K) -> V", Quals: quals("H?"), Lambda: op.NoLambda, Rule: op.Bilinear,
			Doc: "The value under a key. An absent key is the bottom of what can grow (an empty set, a count of 0, unset, unbound); " +
				"in a map of data it is an error.",
			Examples: []string{`{"a": 1}["a"] // 1`}, Eval: lookup(dataBottom)},
		{ID: "cell.index", Name: "[]", Sig: "[K, V](m: Map[K, V], k: K) -> V", Quals: quals("H?"), Lambda: op.NoLambda, Rule: op.Bilinear,
			Doc:      "The value under a key of a map cell. An absent key is the bottom of the kind: besides what `[]` gives for growing values, 0, false and None.",
			Examples: []string{`{"a": Some(1)}["a"] // Some(1)`}, Eval: lookup(lattice.BottomView)},
		{ID: "map.get", Name: "get", Sig: "[K, V](m: Map[K, V], k: K) -> Option[V]", Quals: quals("??"), Lambda: op.NoLambda, Rule: op.Bilinear,
			Doc:      "The value under a key of a map of data, or None.",
			Examples: []string{`{"a": 1}.get("b") // None`},
			Eval: eval2(func(m, k value.Value) value.Value {
				if v, ok := m.Get(k); ok {
					return value.Some(v)
				}
				return value.None()
			})},
		{ID: "map.in", Name: "in", Sig: "[K, V](k: K, m: Map[K, V]) -> Bool", Quals: quals("?H"), Lambda: op.NoLambda, Rule: op.Bilinear,
			Doc:      "Whether the map has the key.",
			Examples: []string{`"a" in {"a": 1} // true`},
			Eval:     eval2(func(k, m value.Value) value.Value { return value.MakeBool(hasKey(m, k)) })},
		{ID: "map.contains", Name: "contains", Alias: "map.in", Swap: true, Sig: "[K, V](m: Map[K, V], k: K) -> Bool", Quals: quals("H?"), Lambda: op.NoLambda, Rule: op.Bilinear,
			Doc:      "Whether the map has the key; `k in m`.",
			Examples: []string{`{"a": 1}.contains("b") // false`},
			Eval:     eval2(func(m, k value.Value) value.Value { return value.MakeBool(hasKey(m, k)) })},
		{ID: "map.not_in", Name: "not in", Sig: "[K, V](k: K, m: Map[K, V]) -> Bool", Quals: quals("?-"), Lambda: op.NoLambda, Rule: op.Bilinear,
			Doc:      "Whether the map lacks the key. It can become false when the map grows.",
			Examples: []string{`"b" not in {"a": 1} // true`},
			Eval:     eval2(func(k, m value.Value) value.Value { return value.MakeBool(!hasKey(m, k)) })},
		{ID: "map.union", Name: "|", Sig: "[K, V](a: Map[K, V], b: Map[K, V]) -> Map[K, V]", Quals: quals("HH"), QualsOf: unionQuals, Why: oneValue, Joint: true, Lambda: op.NoLambda, Rule: op.Linear,
			Doc:  "The entries of both maps. Values of equal keys are joined; where they are data and differ it is an error.",
			Laws: lawful, Examples: []string{`{"a": {1}} | {"a": {2}, "b": {3}} // {"a": {1, 2}, "b": {3}}`}, Eval: join},
		{ID: "map.union_of", Name: "union", Alias: "map.union", Sig: "[K, V](a: Map[K, V], b: Map[K, V]) -> Map[K, V]", Quals: quals("HH"), QualsOf: unionQuals, Why: oneValue, Joint: true, Lambda: op.NoLambda, Rule: op.Linear,
			Doc:  "The entries of both maps; `a | b`.",
			Laws: lawful, Examples: []string{`{"a": 1}.union({"b": 2}) // {"a": 1, "b": 2}`}, Eval: join},
		{ID: "max.union", Name: "|", Sig: "[T](a: Max[T], b: Max[T]) -> Max[T]", Quals: quals("HH"), Joint: true, Lambda: op.NoLambda,
			Doc:  "The join of two values that move up: the greater one.",
			Laws: lawful[:3], Examples: []string{"max({1}) | max({2}) // 2"}, Eval: join},
		{ID: "min.union", Name: "|", Sig: "[T](a: Min[T], b: Min[T]) -> Min[T]", Quals: quals("HH"), Joint: true, Lambda: op.NoLambda,
			Doc:  "The join of two values that move down: the smaller one.",
			Laws: lawful[:3], Examples: []string{"min({1}) | min({2}) // 1"}, Eval: join},
	}
}

// oneValue is why a union of maps of data is not monotone.
const oneValue = "`{expr}` drops a key of `{arg}` that is given a second value"

// unionQuals are those of a union of maps: where values cannot be joined, a key
// goes once both sides have it.
func unionQuals(c op.Context) []op.Qual {
	if t := c.Types[0].Resolve(); t.Con == "Map" && !t.Args[1].Joins() {
		return quals("??")
	}
	return quals("HH")
}

func mapCombinators() []*op.Row {
	return []*op.Row{
		{ID: "map.keys", Name: "keys", Sig: "[K, V](m: Map[K, V]) -> Set[K]", Quals: quals("H"), Lambda: op.NoLambda, Rule: op.Linear,
			Doc:      "The keys.",
			Examples: []string{`keys({"a": 1, "b": 2}) // {"a", "b"}`},
			Eval: eval1(func(m value.Value) value.Value {
				var out []value.Value
				entries(m, func(k, _ value.Value) { out = append(out, k) })
				return value.MakeSet(out)
			})},
		{ID: "map.values", Name: "values", Sig: "[K, V](m: Map[K, V]) -> List[V]", Quals: quals("?"), Lambda: op.NoLambda, Rule: op.Recompute,
			Doc:      "The values in the order of their keys.",
			Examples: []string{`values({"b": 1, "a": 2}) // [2, 1]`},
			Eval: eval1(func(m value.Value) value.Value {
				var out []value.Value
				entries(m, func(_, v value.Value) { out = append(out, v) })
				return value.MakeList(out)
			})},
		{ID: "map.map", Name: "map", Sig: "[K, V, W](m: Map[K, V], f: (K, V) -> W) -> Map[K, W]", Quals: quals("HH"), Lambda: 1, Rule: op.Linear,
			Doc:      "The same keys with f of key and value. It moves as f does in the value.",
			Examples: []string{`{"a": 1}.map((k, v) => v * 10) // {"a": 10}`},
			Eval: func(c op.Call) (value.Value, error) {
				return mapEntries(c.Args[0], c.Fns[0], func(k, _, w value.Value, out []value.Value) []value.Value { return append(out, k, w) })
			}},
		{ID: "map.filter", Name: "filter", Sig: "[K, V](m: Map[K, V], keep: (K, V) -> Bool) -> Map[K, V]", Quals: quals("H+"), Lambda: 1, Rule: op.Linear,
			Doc:      "The entries that pass.",
			Examples: []string{`{"a": 1, "b": 2}.filter((k, v) => v > 1) // {"b": 2}`},
			Eval: func(c op.Call) (value.Value, error) {
				return mapEntries(c.Args[0], c.Fns[0], func(k, v, ok value.Value, out []value.Value) []value.Value {
					if ok.Bool() {
						out = append(out, k, v)
					}
					return out
				})
			}},
		{ID: "map.fold", Name: "fold", Sig: "[K, V, A](m: Map[K, V], init: A, step: (A, K, V) -> A) -> A", Quals: quals("???"), Lambda: 2, Rule: op.Recompute,
			Doc:      "step of what came before and the next entry, from init, through the entries in the order of their keys.",
			Why:      "`{expr}` goes on from what it had, so a further entry may change it in any way",
			Examples: []string{`{"a": 1, "b": 2}.fold(0, (acc, k, v) => acc + v) // 3`},
			Eval: func(c op.Call) (value.Value, error) {
				acc, xs := c.Args[1], c.Args[0].Elems()
				var err error
				for i := 0; i < len(xs) && err == nil; i += 2 {
					acc, err = c.Fns[0](acc, xs[i], xs[i+1])
				}
				return acc, err
			}},
	}
}

// entries calls f with each entry in the order of the keys.
func entries(m value.Value, f func(k, v value.Value)) {
	xs := m.Elems()
	for i := 0; i < len(xs); i += 2 {
		f(xs[i], xs[i+1])
	}
}

// mapEntries builds a map from what put makes of each entry and f of it.
func mapEntries(m value.Value, f op.Fn, put func(k, v, fv value.Value, out []value.Value) []value.Value) (value.Value, error) {
	var out []value.Value
	xs := m.Elems()
	for i := 0; i < len(xs); i += 2 {
		fv, err := f(xs[i], xs[i+1])
		if err != nil {
			return value.Value{}, err
		}
		out = put(xs[i], xs[i+1], fv, out)
	}
	return value.MakeMap(out), nil
}
