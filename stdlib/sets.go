package stdlib

import (
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
)

func sets() []*op.Row {
	rows := append(setAlgebra(), setCombinators()...)
	rows = append(rows, setJoins()...)
	for _, r := range rows {
		r.Family = "sets"
	}
	return rows
}

// join is the least upper bound of two views by their static type.
func join(c op.Call) (value.Value, error) {
	v, err := lattice.JoinViews(c.Type, c.Args[0], c.Args[1])
	if err != nil {
		return v, op.Fail(op.TwoValues, "one key has two different values, and values of this type do not join")
	}
	return v, nil
}

func setAlgebra() []*op.Row {
	lawful := []string{"commutative", "associative", "idempotent"}
	union := append(lawful, "unit:{}")
	return []*op.Row{
		{ID: "set.union", Name: "|", Sig: "[T](s: Set[T], t: Set[T]) -> Set[T]", Quals: quals("HH"), Joint: true, Lambda: op.NoLambda, Rule: op.Linear,
			Doc: "What is in at least one of the sets.", Laws: union,
			Examples: []string{"{1, 2} | {2, 3} // {1, 2, 3}"}, Eval: join},
		{ID: "set.union_of", Name: "union", Alias: "set.union", Sig: "[T](s: Set[T], t: Set[T]) -> Set[T]", Quals: quals("HH"), Joint: true, Lambda: op.NoLambda, Rule: op.Linear,
			Doc: "What is in at least one of the sets; `s | t`.", Laws: union,
			Examples: []string{"{1}.union({2}) // {1, 2}"}, Eval: join},
		{ID: "set.intersection", Name: "&", Sig: "[T](s: Set[T], t: Set[T]) -> Set[T]", Quals: quals("HH"), Lambda: op.NoLambda, Rule: op.Bilinear,
			Doc: "What is in both sets.", Laws: lawful,
			Examples: []string{"{1, 2} & {2, 3} // {2}"}, Eval: eval2(intersection)},
		{ID: "set.intersection_of", Name: "intersection", Alias: "set.intersection", Sig: "[T](s: Set[T], t: Set[T]) -> Set[T]", Quals: quals("HH"), Lambda: op.NoLambda, Rule: op.Bilinear,
			Doc: "What is in both sets; `s & t`.", Laws: lawful,
			Examples: []string{"{1, 2}.intersection({2}) // {2}"}, Eval: eval2(intersection)},
		{ID: "set.difference", Name: "-", Sig: "[T](s: Set[T], t: Set[T]) -> Set[T]", Quals: quals("H-"), Lambda: op.NoLambda, Rule: op.Bilinear,
			Doc:      "What is in s and not in t. It shrinks when t grows.",
			Examples: []string{"{1, 2} - {2, 3} // {1}"},
			Eval: eval2(func(s, t value.Value) value.Value {
				return pick(s, func(x value.Value) bool { return !t.Has(x) })
			})},
		{ID: "set.in", Name: "in", Sig: "[T](x: T, s: Set[T]) -> Bool", Quals: quals("?H"), Lambda: op.NoLambda, Rule: op.Bilinear,
			Doc:      "Whether x is an element of s.",
			Examples: []string{"2 in {1, 2} // true"},
			Eval:     eval2(func(x, s value.Value) value.Value { return value.MakeBool(s.Has(x)) })},
		{ID: "set.contains", Name: "contains", Alias: "set.in", Swap: true, Sig: "[T](s: Set[T], x: T) -> Bool", Quals: quals("H?"), Lambda: op.NoLambda, Rule: op.Bilinear,
			Doc:      "Whether x is an element of s; `x in s`.",
			Examples: []string{"{1, 2}.contains(2) // true"},
			Eval:     eval2(func(s, x value.Value) value.Value { return value.MakeBool(s.Has(x)) })},
		{ID: "set.not_in", Name: "not in", Sig: "[T](x: T, s: Set[T]) -> Bool", Quals: quals("?-"), Lambda: op.NoLambda, Rule: op.Bilinear,
			Doc:      "Whether x is not an element of s. It can become false when s grows.",
			Examples: []string{"2 not in {1, 3} // true"},
			Eval:     eval2(func(x, s value.Value) value.Value { return value.MakeBool(!s.Has(x)) })},
	}
}

func intersection(s, t value.Value) value.Value { return pick(s, t.Has) }

// pick keeps the elements of a set that pass.
func pick(s value.Value, pass func(value.Value) bool) value.Value {
	var out []value.Value
	for _, x := range s.Elems() {
		if pass(x) {
			out = append(out, x)
		}
	}
	return value.MakeSet(out)
}

func setCombinators() []*op.Row {
	return []*op.Row{
		{ID: "set.map", Name: "map", Sig: "[T, U](s: Set[T], f: T -> U) -> Set[U]", Quals: quals("H?"), Lambda: 1, Rule: op.Linear,
			Doc:      "f of every element. An element stays as long as one of its sources does.",
			Why:      "`{arg}` goes into elements as data while it may still move",
			Examples: []string{"{1, 2}.map(x => x * 10) // {10, 20}"},
			Eval: func(c op.Call) (value.Value, error) {
				var out []value.Value
				err := collect(c.Args[0].Elems(), c.Fns[0], func(_, y value.Value) { out = append(out, y) })
				return value.MakeSet(out), err
			}},
		{ID: "set.filter", Name: "filter", Sig: "[T](s: Set[T], keep: T -> Bool) -> Set[T]", Quals: quals("H+"), Lambda: 1, Rule: op.Linear,
			Doc:      "The elements that pass.",
			Examples: []string{"{1, 2, 3}.filter(x => x > 1) // {2, 3}"},
			Eval: func(c op.Call) (value.Value, error) {
				var out []value.Value
				err := collect(c.Args[0].Elems(), c.Fns[0], func(x, ok value.Value) {
					if ok.Bool() {
						out = append(out, x)
					}
				})
				return value.MakeSet(out), err
			}},
		{ID: "set.flat_map", Name: "flat_map", Sig: "[T, U](s: Set[T], f: T -> Set[U]) -> Set[U]", Quals: quals("HH"), Lambda: 1, Rule: op.Linear,
			Doc:      "The union of what f makes of the elements.",
			Examples: []string{"{1, 2}.flat_map(x => {x, x * 10}) // {1, 2, 10, 20}"},
			Eval:     flatSet},
		{ID: "set.flat_map_list", Name: "flat_map", Sig: "[T, U](s: Set[T], f: T -> List[U]) -> Set[U]", Quals: quals("H?"), Lambda: 1, Rule: op.Linear,
			Doc:      "All items of the lists that f makes of the elements, as a set.",
			Examples: []string{`{"a b", "b c"}.flat_map(s => s.split(" ")) // {"a", "b", "c"}`},
			Eval:     flatSet},
		{ID: "set.fold", Name: "fold", Sig: "[T, A](s: Set[T], init: A, step: (A, T) -> A) -> A", Quals: quals("???"), Lambda: 2, Rule: op.Recompute,
			Doc: "step of what came before and the next element, from init, through the elements in order. " +
				"A step of the form `acc | e` folds into a lattice and then moves as `e` does.",
			Why:      "`{expr}` goes on from what it had, so a further element may change it in any way",
			Examples: []string{`{3, 1, 2}.fold("", (acc, x) => "{acc}{x}") // "123"`},
			Eval: func(c op.Call) (value.Value, error) {
				return fold(c.Args[1], c.Args[0].Elems(), c.Fns[0])
			}},
		{ID: "set.group_by", Name: "group_by", Sig: "[T, K](s: Set[T], f: T -> K) -> Map[K, Set[T]]", Quals: quals("H?"), Lambda: 1, Rule: op.Linear,
			Doc:      "The elements under the key that f gives them.",
			Examples: []string{"{1, 2, 3}.group_by(x => x % 2) // {0: {2}, 1: {1, 3}}"},
			Eval: func(c op.Call) (value.Value, error) {
				return groups(c.Args[0].Elems(), c.Fns[0], value.MakeSet)
			}},
		{ID: "set.to_list", Name: "to_list", Sig: "[T](s: Set[T]) -> List[T]", Quals: quals("?"), Lambda: op.NoLambda, Rule: op.Recompute,
			Doc:      "The elements in order.",
			Examples: []string{"to_list({2, 1}) // [1, 2]"},
			Eval:     eval1(func(s value.Value) value.Value { return value.MakeList(s.Elems()) })},
	}
}

func flatSet(c op.Call) (value.Value, error) {
	var out []value.Value
	err := collect(c.Args[0].Elems(), c.Fns[0], func(_, ys value.Value) { out = append(out, ys.Elems()...) })
	return value.MakeSet(out), err
}

func fold(acc value.Value, xs []value.Value, step op.Fn) (value.Value, error) {
	var err error
	for _, x := range xs {
		if acc, err = step(acc, x); err != nil {
			return value.Value{}, err
		}
	}
	return acc, nil
}

// groups gathers xs by key; mk makes each group from its members in order.
func groups(xs []value.Value, key op.Fn, mk func([]value.Value) value.Value) (value.Value, error) {
	keys, members, err := partition(xs, key)
	if err != nil {
		return value.Value{}, err
	}
	var out []value.Value
	for i, k := range keys {
		out = append(out, k, mk(members[i]))
	}
	return value.MakeMap(out), nil
}

// partition returns the distinct keys of xs in order, and for each the elements
// that have it, in the order of xs.
func partition(xs []value.Value, key op.Fn) (keys []value.Value, members [][]value.Value, err error) {
	ks := make([]value.Value, 0, len(xs))
	if err := collect(xs, key, func(_, k value.Value) { ks = append(ks, k) }); err != nil {
		return nil, nil, err
	}
	keys = value.MakeSet(append([]value.Value(nil), ks...)).Elems()
	members = make([][]value.Value, len(keys))
	for i, x := range xs {
		at, _ := find(keys, ks[i])
		members[at] = append(members[at], x)
	}
	return keys, members, nil
}

func setJoins() []*op.Row {
	return []*op.Row{
		{ID: "set.product", Name: "product", Sig: "[A, B](s: Set[A], t: Set[B]) -> Set[(A, B)]", Quals: quals("HH"), Lambda: op.NoLambda, Rule: op.Bilinear,
			Doc:      "Every pair of an element of s and one of t. A filter over it that compares both sides becomes a join.",
			Examples: []string{`{1, 2}.product({"a"}) // {(1, "a"), (2, "a")}`},
			Eval: eval2(func(s, t value.Value) value.Value {
				var out []value.Value
				for _, x := range s.Elems() {
					for _, y := range t.Elems() {
						out = append(out, value.MakeTuple(x, y))
					}
				}
				return value.MakeSet(out)
			})},
		{ID: "set.join_by", Name: "join_by", Sig: "[A, B, K](s: Set[A], t: Set[B], f: A -> K, g: B -> K) -> Set[(A, B)]", Quals: quals("HH??"), Lambda: 2, Rule: op.Bilinear,
			Doc:      "The pairs whose keys are equal: f gives the key of an element of s, g that of one of t.",
			Examples: []string{`{1, 2}.join_by({(1, "a"), (3, "b")}, x => x, (n, w) => n) // {(1, (1, "a"))}`},
			Eval:     joinBy},
		{ID: "set.semi_join", Name: "semi_join", Sig: "[A, B, K](s: Set[A], t: Set[B], f: A -> K, g: B -> K) -> Set[A]", Quals: quals("HH??"), Lambda: 2, Rule: op.Bilinear,
			Doc:      "The elements of s for which t has one of the same key.",
			Examples: []string{`{1, 2}.semi_join({(1, "a")}, x => x, (n, w) => n) // {1}`},
			Eval: func(c op.Call) (value.Value, error) {
				keys, _, err := partition(c.Args[1].Elems(), c.Fns[1])
				if err != nil {
					return value.Value{}, err
				}
				return keepByKey(c.Args[0], c.Fns[0], keys)
			}},
		{ID: "set.semi_join_keys", Name: "semi_join", Sig: "[A, K](s: Set[A], keys: Set[K], f: A -> K) -> Set[A]", Quals: quals("HH?"), Lambda: 2, Rule: op.Bilinear,
			Doc:      "The elements of s whose key is in a set.",
			Examples: []string{"{1, 2, 3}.semi_join({0}, x => x % 2) // {2}"},
			Eval: func(c op.Call) (value.Value, error) {
				return keepByKey(c.Args[0], c.Fns[0], c.Args[1].Elems())
			}},
	}
}

func joinBy(c op.Call) (value.Value, error) {
	keys, members, err := partition(c.Args[1].Elems(), c.Fns[1])
	if err != nil {
		return value.Value{}, err
	}
	var out []value.Value
	err = collect(c.Args[0].Elems(), c.Fns[0], func(x, k value.Value) {
		if at, ok := find(keys, k); ok {
			for _, y := range members[at] {
				out = append(out, value.MakeTuple(x, y))
			}
		}
	})
	return value.MakeSet(out), err
}

func keepByKey(s value.Value, key op.Fn, keys []value.Value) (value.Value, error) {
	var out []value.Value
	err := collect(s.Elems(), key, func(x, k value.Value) {
		if _, ok := find(keys, k); ok {
			out = append(out, x)
		}
	})
	return value.MakeSet(out), err
}
