package typecheck

import (
	"math/rand/v2"

	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// smallViews enumerates up to n values of a view that is no data.
func smallViews(t *types.Type, n int) []value.Value {
	var out []value.Value
	switch t.Con {
	case "Max", "Min":
		if t.Con == "Min" || !t.Args[0].Is("Nat") {
			out = append(out, value.MakeUnset())
		}
		out = append(out, smallValues(t.Args[0], n-1)...)
	case "IVar":
		out = append([]value.Value{value.MakeUnbound()}, smallValues(t.Args[0], n-1)...)
	case "Stream":
		for _, xs := range smallValues(types.ListOf(t.Args[0]), n/2) {
			out = append(out, value.MakeOpen(xs.Elems()), xs)
		}
	case types.Lex:
		for _, xs := range smallProducts(t.Args, n) {
			out = append(out, value.MakeTuple(xs...))
		}
	case "Map":
		out = smallMaps(t, n)
	}
	return out[:min(len(out), n)]
}

// smallMaps has up to two keys.
func smallMaps(t *types.Type, n int) []value.Value {
	keys, vals := smallValues(t.Args[0], 3), smallValues(t.Args[1], 4)
	out := []value.Value{value.MakeMap(nil)}
	for _, k := range keys {
		for _, v := range vals {
			out = append(out, value.MakeMap([]value.Value{k, v}))
		}
	}
	for i, k := range keys {
		for _, l := range keys[:i] {
			for _, v := range vals {
				for _, w := range vals {
					if len(out) < n {
						out = append(out, value.MakeMap([]value.Value{k, v, l, w}))
					}
				}
			}
		}
	}
	return out
}

// randomView makes a larger value of a view that is no data.
func randomView(r *rand.Rand, t *types.Type, depth int) value.Value {
	switch t.Con {
	case "Max", "Min":
		if r.IntN(16) == 0 && !(t.Con == "Max" && t.Args[0].Is("Nat")) {
			return value.MakeUnset()
		}
		return randomValue(r, t.Args[0], depth)
	case "IVar":
		if r.IntN(4) == 0 {
			return value.MakeUnbound()
		}
		return randomValue(r, t.Args[0], depth)
	case "Stream":
		xs := randomValue(r, types.ListOf(t.Args[0]), depth)
		if r.IntN(2) == 0 {
			return value.MakeOpen(xs.Elems())
		}
		return xs
	case types.Lex:
		return value.MakeTuple(randomValue(r, t.Args[0], depth), randomValue(r, t.Args[1], depth))
	}
	kvs := make([]value.Value, 0, 2*depth)
	for range r.IntN(max(depth, 0) + 1) {
		kvs = append(kvs, randomValue(r, t.Args[0], depth-1), randomValue(r, t.Args[1], depth-1))
	}
	return value.MakeMap(kvs)
}
