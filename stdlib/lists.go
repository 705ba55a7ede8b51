package stdlib

import (
	"slices"

	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
)

// longest is how many items a list may get that a program makes from nothing.
const longest = 1 << 24

func lists() []*op.Row {
	rows := append(listBasics(), listCombinators()...)
	for _, r := range rows {
		r.Family = "lists"
	}
	return rows
}

func listBasics() []*op.Row {
	has := func(xs, x value.Value) bool {
		return slices.ContainsFunc(xs.Elems(), func(y value.Value) bool { return value.Equal(x, y) })
	}
	at := func(c op.Call) (v value.Value, ok bool) {
		xs, i := c.Args[0].Elems(), c.Args[1].Int()
		if i < 0 || i >= int64(len(xs)) {
			return value.Value{}, false
		}
		return xs[i], true
	}
	return []*op.Row{
		{ID: "list.range", Name: "..", Sig: "(from: Int, to: Int) -> List[Int]", Quals: quals("??"), Lambda: op.NoLambda, Invents: true,
			Doc:      "The whole numbers from one to the other, both included; none where the second is smaller.",
			Examples: []string{"1..4 // [1, 2, 3, 4]", "3..1 // []"}, Eval: span},
		{ID: "list.cons", Name: "::", Sig: "[T](x: T, xs: List[T]) -> List[T]", Quals: quals("??"), Lambda: op.NoLambda,
			Doc:      "The list that begins with x and goes on as xs.",
			Examples: []string{"1 :: [2, 3] // [1, 2, 3]"},
			Eval: eval2(func(x, xs value.Value) value.Value {
				return value.MakeList(append([]value.Value{x}, xs.Elems()...))
			})},
		{ID: "list.add", Name: "+", Sig: "[T](a: List[T], b: List[T]) -> List[T]", Quals: quals("??"), Lambda: op.NoLambda, Laws: []string{"associative", "unit:[]"},
			Doc:      "The items of a, then those of b.",
			Examples: []string{"[1] + [2, 1] // [1, 2, 1]"},
			Eval: eval2(func(a, b value.Value) value.Value {
				return value.MakeList(slices.Concat(a.Elems(), b.Elems()))
			})},
		{ID: "list.index", Name: "[]", Sig: "[T](xs: List[T], i: Int) -> T", Quals: quals("??"), Lambda: op.NoLambda,
			Doc:      "The item at a place, counted from 0; an error where there is none.",
			Examples: []string{`["a", "b"][1] // "b"`},
			Eval: func(c op.Call) (value.Value, error) {
				if v, ok := at(c); ok {
					return v, nil
				}
				return value.Value{}, op.Fail(op.Missing, "the list has length %d and no item at %d", c.Args[0].Len(), c.Args[1].Int())
			}},
		{ID: "list.get", Name: "get", Sig: "[T](xs: List[T], i: Int) -> Option[T]", Quals: quals("??"), Lambda: op.NoLambda,
			Doc:      "The item at a place, counted from 0, or None.",
			Examples: []string{`["a", "b"].get(2) // None`},
			Eval: func(c op.Call) (value.Value, error) {
				if v, ok := at(c); ok {
					return value.Some(v), nil
				}
				return value.None(), nil
			}},
		{ID: "list.in", Name: "in", Sig: "[T](x: T, xs: List[T]) -> Bool", Quals: quals("??"), Lambda: op.NoLambda,
			Doc:      "Whether x is among the items.",
			Examples: []string{"2 in [1, 2] // true"},
			Eval:     eval2(func(x, xs value.Value) value.Value { return value.MakeBool(has(xs, x)) })},
		{ID: "list.contains", Name: "contains", Alias: "list.in", Swap: true, Sig: "[T](xs: List[T], x: T) -> Bool", Quals: quals("??"), Lambda: op.NoLambda,
			Doc:      "Whether x is among the items; `x in xs`.",
			Examples: []string{"[1, 2].contains(3) // false"},
			Eval:     eval2(func(xs, x value.Value) value.Value { return value.MakeBool(has(xs, x)) })},
		{ID: "list.not_in", Name: "not in", Sig: "[T](x: T, xs: List[T]) -> Bool", Quals: quals("??"), Lambda: op.NoLambda,
			Doc:      "Whether x is not among the items.",
			Examples: []string{"3 not in [1, 2] // true"},
			Eval:     eval2(func(x, xs value.Value) value.Value { return value.MakeBool(!has(xs, x)) })},
		{ID: "list.to_set", Name: "to_set", Sig: "[T](xs: List[T]) -> Set[T]", Quals: quals("?"), Lambda: op.NoLambda,
			Doc:      "The distinct items.",
			Examples: []string{"to_set([2, 1, 2]) // {1, 2}"},
			Eval:     eval1(func(xs value.Value) value.Value { return value.MakeSet(slices.Clone(xs.Elems())) })},
		{ID: "list.reverse", Name: "reverse", Sig: "[T](xs: List[T]) -> List[T]", Quals: quals("?"), Lambda: op.NoLambda,
			Doc:      "The items from last to first.",
			Examples: []string{"reverse([1, 2]) // [2, 1]"},
			Eval: eval1(func(xs value.Value) value.Value {
				out := slices.Clone(xs.Elems())
				slices.Reverse(out)
				return value.MakeList(out)
			})},
	}
}

func span(c op.Call) (value.Value, error) {
	from, to := c.Args[0].Int(), c.Args[1].Int()
	if from > to {
		return value.MakeList(nil), nil
	}
	n := uint64(to-from) + 1
	if n == 0 || n > longest {
		return value.Value{}, op.Fail(op.OutOfRange, "%d..%d is longer than the %d items that a list may have", from, to, longest)
	}
	out := make([]value.Value, n)
	for i := range out {
		out[i] = value.MakeInt(from + int64(i))
	}
	return value.MakeList(out), nil
}

func listCombinators() []*op.Row {
	return []*op.Row{
		{ID: "list.map", Name: "map", Sig: "[T, U](xs: List[T], f: T -> U) -> List[U]", Quals: quals("??"), Lambda: 1,
			Doc:      "f of every item, in order.",
			Examples: []string{"[1, 2].map(x => x * 10) // [10, 20]"},
			Eval: func(c op.Call) (value.Value, error) {
				var out []value.Value
				err := collect(c.Args[0].Elems(), c.Fns[0], func(_, y value.Value) { out = append(out, y) })
				return value.MakeList(out), err
			}},
		{ID: "list.filter", Name: "filter", Sig: "[T](xs: List[T], keep: T -> Bool) -> List[T]", Quals: quals("??"), Lambda: 1,
			Doc:      "The items that pass, in order.",
			Examples: []string{"[3, 1, 2].filter(x => x > 1) // [3, 2]"},
			Eval: func(c op.Call) (value.Value, error) {
				var out []value.Value
				err := collect(c.Args[0].Elems(), c.Fns[0], func(x, ok value.Value) {
					if ok.Bool() {
						out = append(out, x)
					}
				})
				return value.MakeList(out), err
			}},
		{ID: "list.flat_map", Name: "flat_map", Sig: "[T, U](xs: List[T], f: T -> List[U]) -> List[U]", Quals: quals("??"), Lambda: 1,
			Doc:      "The lists that f makes of the items, one after the other.",
			Examples: []string{"[1, 2].flat_map(x => [x, x]) // [1, 1, 2, 2]"},
			Eval: func(c op.Call) (value.Value, error) {
				var parts [][]value.Value
				n := 0
				err := collect(c.Args[0].Elems(), c.Fns[0], func(_, ys value.Value) { parts, n = append(parts, ys.Elems()), n+ys.Len() })
				if err == nil && n > longest {
					err = op.Fail(op.OutOfRange, "%d items are more than the %d that a list may have", n, longest)
				}
				if err != nil {
					return value.Value{}, err
				}
				return value.MakeList(slices.Concat(parts...)), nil
			}},
		{ID: "list.fold", Name: "fold", Sig: "[T, A](xs: List[T], init: A, step: (A, T) -> A) -> A", Quals: quals("???"), Lambda: 2,
			Doc:      "step of what came before and the next item, from init.",
			Examples: []string{"[1, 2, 3].fold(0, (acc, x) => acc * 10 + x) // 123"},
			Eval: func(c op.Call) (value.Value, error) {
				return fold(c.Args[1], c.Args[0].Elems(), c.Fns[0])
			}},
		{ID: "list.group_by", Name: "group_by", Sig: "[T, K](xs: List[T], f: T -> K) -> Map[K, List[T]]", Quals: quals("??"), Lambda: 1,
			Doc:      "The items under the key that f gives them, in order.",
			Examples: []string{"[3, 2, 1].group_by(x => x % 2) // {0: [2], 1: [3, 1]}"},
			Eval: func(c op.Call) (value.Value, error) {
				return groups(c.Args[0].Elems(), c.Fns[0], value.MakeList)
			}},
		{ID: "list.enumerate", Name: "enumerate", Sig: "[T](xs: List[T]) -> List[(Int, T)]", Quals: quals("?"), Lambda: op.NoLambda,
			Doc:      "Each item with its place, counted from 0.",
			Examples: []string{`enumerate(["a", "b"]) // [(0, "a"), (1, "b")]`},
			Eval: eval1(func(xs value.Value) value.Value {
				out := make([]value.Value, xs.Len())
				for i, x := range xs.Elems() {
					out[i] = value.MakeTuple(value.MakeInt(int64(i)), x)
				}
				return value.MakeList(out)
			})},
		{ID: "list.zip", Name: "zip", Sig: "[A, B](a: List[A], b: List[B]) -> List[(A, B)]", Quals: quals("??"), Lambda: op.NoLambda,
			Doc:      "The items of equal places as pairs, as far as the shorter list goes.",
			Examples: []string{`[1, 2, 3].zip(["a", "b"]) // [(1, "a"), (2, "b")]`},
			Eval:     eval2(func(a, b value.Value) value.Value { return value.MakeList(pairUp(a, b)) })},
		{ID: "list.take", Name: "take", Sig: "[T](xs: List[T], n: Nat) -> List[T]", Quals: quals("??"), Lambda: op.NoLambda,
			Doc:      "The first n items, or all where there are fewer.",
			Examples: []string{"[1, 2, 3].take(2) // [1, 2]"},
			Eval: eval2(func(xs, n value.Value) value.Value {
				return value.MakeList(xs.Elems()[:clamp(n.Int(), xs.Len())])
			})},
		{ID: "list.drop", Name: "drop", Sig: "[T](xs: List[T], n: Nat) -> List[T]", Quals: quals("??"), Lambda: op.NoLambda,
			Doc:      "The items without the first n.",
			Examples: []string{"[1, 2, 3].drop(2) // [3]"},
			Eval: eval2(func(xs, n value.Value) value.Value {
				return value.MakeList(xs.Elems()[clamp(n.Int(), xs.Len()):])
			})},
	}
}

// pairUp makes pairs of the elements at equal places.
func pairUp(a, b value.Value) []value.Value {
	out := make([]value.Value, min(a.Len(), b.Len()))
	for i := range out {
		out[i] = value.MakeTuple(a.Elems()[i], b.Elems()[i])
	}
	return out
}
