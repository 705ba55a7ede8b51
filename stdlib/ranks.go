package stdlib

import (
	"slices"
	"strings"

	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
)

// ranks are the orders of a whole collection: a further element may move every
// place, so none of them is monotone.
func ranks() []*op.Row {
	var rows []*op.Row
	for _, box := range []string{"Set", "List"} {
		b := brackets[box]
		id := strings.ToLower(box)
		rows = append(rows,
			&op.Row{ID: id + ".sort", Name: "sort", Sig: "[T](xs: " + box + "[T]) -> List[T]", Quals: quals("?"), Lambda: op.NoLambda,
				Doc:      "All elements from the least to the greatest in the total order.",
				Examples: []string{"sort(" + b[0] + "2, 3, 1" + b[1] + ") // [1, 2, 3]"},
				Eval:     eval1(func(xs value.Value) value.Value { return value.MakeList(sorted(xs.Elems(), value.Compare)) })},
			&op.Row{ID: id + ".sort_by", Name: "sort_by", Sig: "[T, K](xs: " + box + "[T], f: T -> K) -> List[T]", Quals: quals("??"), Lambda: 1,
				Doc:      "All elements by what f makes of them, equals by the total order.",
				Examples: []string{b[0] + `"bbb", "a", "cc"` + b[1] + `.sort_by(s => length(s)) // ["a", "cc", "bbb"]`},
				Eval: func(c op.Call) (value.Value, error) {
					pairs, err := keyed(c)
					if err != nil {
						return value.Value{}, err
					}
					pairs = sorted(pairs, value.Compare)
					for i, p := range pairs {
						pairs[i] = p.Elems()[1]
					}
					return value.MakeList(pairs), nil
				}},
			&op.Row{ID: id + ".top", Name: "top", Sig: "[T](xs: " + box + "[T], n: Nat) -> List[T]", Quals: quals("??"), Lambda: op.NoLambda,
				Doc:      "The n greatest elements in the total order, the greatest first.",
				Examples: []string{"top(" + b[0] + "2, 3, 1" + b[1] + ", 2) // [3, 2]"},
				Eval: eval2(func(xs, n value.Value) value.Value {
					all := sorted(xs.Elems(), func(a, b value.Value) int { return value.Compare(b, a) })
					return value.MakeList(all[:clamp(n.Int(), len(all))])
				})})
	}
	rows = append(rows, &op.Row{ID: "map.top", Name: "top", Sig: "[K, V](m: Map[K, V], n: Nat) -> List[(K, V)]", Quals: quals("??"), Lambda: op.NoLambda,
		Doc:      "The n entries of the greatest values, the greatest first, equals in the order of their keys.",
		Examples: []string{`top({"a": 1, "b": 3, "c": 3}, 2) // [("b", 3), ("c", 3)]`},
		Eval: eval2(func(m, n value.Value) value.Value {
			var all []value.Value
			entries(m, func(k, v value.Value) { all = append(all, value.MakeTuple(k, v)) })
			slices.SortStableFunc(all, func(a, b value.Value) int { return value.Compare(b.Elems()[1], a.Elems()[1]) })
			return value.MakeList(all[:clamp(n.Int(), len(all))])
		})})
	for _, r := range rows {
		r.Family, r.Rule = "ranks", op.Recompute
		r.Why = "a further element of `{arg}` may change every place in `{expr}`"
	}
	return rows
}

func sorted(xs []value.Value, compare func(a, b value.Value) int) []value.Value {
	out := slices.Clone(xs)
	slices.SortStableFunc(out, compare)
	return out
}
