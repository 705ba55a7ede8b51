package stdlib

import (
	"strings"

	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// aggregate completes a row whose Eval is its Agg over what items yields.
func aggregate(row op.Row, items func(op.Call) ([]value.Value, error)) *op.Row {
	row.Family, row.Rule = "aggregates", op.Aggregate
	mk := row.Agg.New
	row.Eval = func(c op.Call) (value.Value, error) {
		xs, err := items(c)
		if err != nil {
			return value.Value{}, err
		}
		v, _, err := of(mk(resultOf(c, row.Sig)), xs)
		return v, err
	}
	return &row
}

// resultOf is the result type of a call; where the caller gives none, that of
// the signature.
func resultOf(c op.Call, sig string) *types.Type {
	if c.Type != nil {
		return c.Type
	}
	s, err := types.ParseScheme(sig)
	if err != nil {
		panic(err) // a row that does not parse: a mistake in this package
	}
	return s.Result
}

// elements are those of the first argument.
func elements(c op.Call) ([]value.Value, error) { return c.Args[0].Elems(), nil }

// images are what the function makes of the elements of the first argument.
func images(c op.Call) ([]value.Value, error) {
	var out []value.Value
	err := collect(c.Args[0].Elems(), c.Fns[0], func(_, y value.Value) { out = append(out, y) })
	return out, err
}

// entryImages are what the function makes of the entries of the first argument.
func entryImages(c op.Call) ([]value.Value, error) {
	var out []value.Value
	_, err := mapEntries(c.Args[0], c.Fns[0], func(_, _, y value.Value, _ []value.Value) []value.Value {
		out = append(out, y)
		return nil
	})
	return out, err
}

// mapValues are the values of the map that is the first argument.
func mapValues(c op.Call) ([]value.Value, error) {
	var out []value.Value
	entries(c.Args[0], func(_, v value.Value) { out = append(out, v) })
	return out, nil
}

// keyed are (key, element) pairs of the first argument.
func keyed(c op.Call) ([]value.Value, error) {
	var out []value.Value
	err := collect(c.Args[0].Elems(), c.Fns[0], func(x, k value.Value) { out = append(out, value.MakeTuple(k, x)) })
	return out, err
}

// keyedKeys are (key, element) pairs of a map, whose elements are its keys.
func keyedKeys(c op.Call) ([]value.Value, error) {
	var out []value.Value
	_, err := mapEntries(c.Args[0], c.Fns[0], func(k, _, y value.Value, _ []value.Value) []value.Value {
		out = append(out, value.MakeTuple(y, k))
		return nil
	})
	return out, err
}

func aggregates() []*op.Row {
	rows := sizes()
	rows = append(rows, sums()...)
	rows = append(rows, extremes()...)
	rows = append(rows, decisions()...)
	return append(rows, groupings()...)
}

func sizes() []*op.Row {
	type row = op.Row
	count := rowCount()
	mapSize := func(c op.Call) ([]value.Value, error) { return make([]value.Value, c.Args[0].Len()), nil }
	return []*op.Row{
		aggregate(row{ID: "set.size", Name: "size", Sig: "[T](s: Set[T]) -> Max[Nat]", Quals: quals("+"), Lambda: op.NoLambda, Agg: count,
			Doc:      "The number of elements; it grows with the set.",
			Examples: []string{"size({1, 2}) // 2"}}, elements),
		aggregate(row{ID: "map.size", Name: "size", Sig: "[K, V](m: Map[K, V]) -> Max[Nat]", Quals: quals("+"), Lambda: op.NoLambda, Agg: count,
			Doc:      "The number of keys; it grows with the map.",
			Examples: []string{`size({"a": 1}) // 1`}}, mapSize),
		aggregate(row{ID: "list.size", Name: "size", Sig: "[T](xs: List[T]) -> Nat", Quals: quals("?"), Lambda: op.NoLambda, Agg: count,
			Doc:      "The number of items.",
			Examples: []string{"size([1, 1]) // 2"}}, elements),
	}
}

// sums are `sum` and `avg`: over sets of Nat into a growing count, over the
// other numbers into data.
func sums() []*op.Row {
	type row = op.Row
	rows := []*op.Row{
		aggregate(row{ID: "set.sum_nat", Name: "sum", Sig: "(s: Set[Nat]) -> Max[Nat]", Quals: quals("+"), Lambda: op.NoLambda, Agg: &op.Agg{New: sumOf},
			Doc:      "The sum of the elements; as none is negative it grows with the set. Beyond 64 bits it is the greatest Nat.",
			Examples: []string{"sum({1, 2, 3}) // 6"}}, elements),
		aggregate(row{ID: "map.sum_nat", Name: "sum", Sig: "[K](m: Map[K, Max[Nat]]) -> Max[Nat]", Quals: quals("+"), Lambda: op.NoLambda, Agg: &op.Agg{New: sumOf},
			Doc:      "The sum of the counts in a map; it grows with each of them.",
			Examples: []string{`{"ab", "cd", "e"}.count_by(s => length(s)) |> sum // 3`}}, mapValues),
	}
	for _, box := range []string{"Set", "List"} {
		for _, elem := range []string{"Nat", "Int", "Float", "Duration"} {
			if box == "Set" && elem == "Nat" {
				continue
			}
			rows = append(rows, aggregate(row{ID: strings.ToLower(box + ".sum_" + elem), Name: "sum", Sig: "(xs: " + box + "[" + elem + "]) -> " + elem,
				Quals: quals("?"), Lambda: op.NoLambda, Agg: &op.Agg{New: sumOf},
				Doc:      "The sum: whole numbers without overflow on the way, Floats without rounding on the way.",
				Why:      "a further element of `{arg}` may raise or lower `{expr}`",
				Examples: []string{sumExample(box, elem)}}, elements))
		}
		rows = append(rows,
			aggregate(row{ID: strings.ToLower(box) + ".avg", Name: "avg", Sig: "(xs: " + box + "[Int]) -> Option[Float]", Quals: quals("?"), Lambda: op.NoLambda,
				Agg:      agg(func() *averaging { return &averaging{} }),
				Doc:      "The mean, or None of nothing.",
				Why:      "a further element of `{arg}` may raise or lower `{expr}`",
				Examples: []string{"avg([1, 2]) // Some(1.5)"}}, elements),
			aggregate(row{ID: strings.ToLower(box) + ".avg_float", Name: "avg", Sig: "(xs: " + box + "[Float]) -> Option[Float]", Quals: quals("?"), Lambda: op.NoLambda,
				Agg:      agg(func() *averaging { return &averaging{} }),
				Doc:      "The mean, or None of nothing.",
				Why:      "a further element of `{arg}` may raise or lower `{expr}`",
				Examples: []string{"avg([1.0, 2.0]) // Some(1.5)"}}, elements),
			aggregate(row{ID: strings.ToLower(box) + ".avg_duration", Name: "avg", Sig: "(xs: " + box + "[Duration]) -> Option[Duration]", Quals: quals("?"), Lambda: op.NoLambda,
				Agg:      agg(func() *durationAverage { return &durationAverage{} }),
				Doc:      "The mean, or None of nothing.",
				Why:      "a further element of `{arg}` may raise or lower `{expr}`",
				Examples: []string{"avg([1s, 2s]) // Some(1500ms)"}}, elements))
	}
	return rows
}

// summands are two numbers of a type and their sum, for examples.
var summands = map[string][3]string{
	"Nat": {"1", "2", "3"}, "Int": {"-1", "3", "2"}, "Float": {"0.5", "1.5", "2.0"}, "Duration": {"1s", "500ms", "1500ms"},
}

// brackets are those of a literal of a collection, for examples.
var brackets = map[string][2]string{"Set": {"{", "}"}, "List": {"[", "]"}}

func sumExample(box, elem string) string {
	n, b := summands[elem], brackets[box]
	return "sum(" + b[0] + n[0] + ", " + n[1] + b[1] + ") // " + n[2]
}

func extremes() []*op.Row {
	var rows []*op.Row
	for _, e := range []struct {
		name, typ, what  string
		greatest         bool
		of, by, key, two string
	}{
		{"min", "Min", "least", false, "1", `"bb"`, `"b"`, "1"},
		{"max", "Max", "greatest", true, "3", `"ccc"`, `"a"`, "2"},
	} {
		rows = append(rows,
			aggregate(op.Row{ID: "set." + e.name, Name: e.name, Sig: "[T](s: Set[T]) -> " + e.typ + "[T]", Quals: quals("H"), Lambda: op.NoLambda,
				Agg:      &op.Agg{New: extremeOf(e.greatest)},
				Doc:      "The " + e.what + " element in the total order; unset where there is none.",
				Examples: []string{e.name + "({2, 1, 3}) // " + e.of}}, elements),
			aggregate(op.Row{ID: "list." + e.name, Name: e.name, Sig: "[T](xs: List[T]) -> Option[T]", Quals: quals("?"), Lambda: op.NoLambda,
				Agg:      &op.Agg{New: extremeOf(e.greatest)},
				Doc:      "The " + e.what + " item in the total order, or None.",
				Examples: []string{e.name + "([2, 1, 3]) // Some(" + e.of + ")"}}, elements))
		for _, box := range []string{"Set", "List"} {
			b := brackets[box]
			rows = append(rows, aggregate(op.Row{ID: strings.ToLower(box) + "." + e.name + "_by", Name: e.name + "_by",
				Sig: "[T, K](xs: " + box + "[T], f: T -> K) -> Option[T]", Quals: quals("??"), Lambda: 1,
				Agg:      &op.Agg{New: extremeBy(e.greatest)},
				Doc:      "The element for which f is " + e.what + ", or None; among equals the " + e.what + " element.",
				Why:      "a further element of `{arg}` may take the place of this one",
				Examples: []string{b[0] + `"ccc", "bb"` + b[1] + "." + e.name + "_by(s => length(s)) // Some(" + e.by + ")"}}, keyed))
		}
		rows = append(rows, aggregate(op.Row{ID: "map." + e.name + "_by", Name: e.name + "_by",
			Sig: "[K, V, R](m: Map[K, V], f: (K, V) -> R) -> Option[K]", Quals: quals("??"), Lambda: 1,
			Agg:      &op.Agg{New: extremeBy(e.greatest)},
			Doc:      "The key of the entry for which f is " + e.what + ", or None; among equals the " + e.what + " key.",
			Why:      "a further entry of `{arg}` may take the place of this one",
			Examples: []string{`{"a": 2, "b": 1}.` + e.name + "_by((k, v) => v) // Some(" + e.key + ")"}}, keyedKeys))
		rows = append(rows, binaryExtremes(e.name, e.what, e.greatest, e.two)...)
	}
	return rows
}

// binaryExtremes are min and max of two values of one direction.
func binaryExtremes(name, what string, greatest bool, two string) []*op.Row {
	var rows []*op.Row
	for _, shape := range [][3]string{{"max_of.", "Max[T]", "++"}, {"min_of.", "Min[T]", "++"}, {"value.", "T", "??"}} {
		rows = append(rows, &op.Row{ID: shape[0] + name, Name: name, Family: "aggregates", Sig: "[T](a: " + shape[1] + ", b: " + shape[1] + ") -> " + shape[1],
			Quals: quals(shape[2]), Lambda: op.NoLambda,
			Doc:      "The " + what + " of the two in the total order.",
			Laws:     []string{"commutative", "associative", "idempotent"},
			Examples: []string{name + "(1, 2) // " + two},
			Eval: func(c op.Call) (value.Value, error) {
				ts := []*types.Type{c.Type, c.Type}
				if (compareViews(ts, c.Args[0], c.Args[1]) >= 0) == greatest {
					return c.Args[0], nil
				}
				return c.Args[1], nil
			}})
	}
	return rows
}

func decisions() []*op.Row {
	some := agg(func() *deciding { return &deciding{} })
	every := agg(func() *deciding { return &deciding{all: true} })
	var rows []*op.Row
	for _, shape := range []struct {
		id, sig, anyQ, allQ, of string
		items                   func(op.Call) ([]value.Value, error)
	}{
		{"set.", "[T](s: Set[T], f: T -> Bool) -> Bool", "H+", "-+", "{1, 2}", images},
		{"map.", "[K, V](m: Map[K, V], f: (K, V) -> Bool) -> Bool", "H+", "-+", "", entryImages},
		{"list.", "[T](xs: List[T], f: T -> Bool) -> Bool", "?+", "?+", "[1, 2]", images},
	} {
		anyEx, allEx := shape.of+".any(x => x > 1) // true", shape.of+".all(x => x > 1) // false"
		if shape.of == "" {
			anyEx, allEx = `{"a": 1, "b": 2}.any((k, v) => v > 1) // true`, `{"a": 1, "b": 2}.all((k, v) => v > 1) // false`
		}
		rows = append(rows,
			aggregate(op.Row{ID: shape.id + "any", Name: "any", Sig: shape.sig, Quals: quals(shape.anyQ), Lambda: 1, Agg: some,
				Doc: "Whether f holds for at least one.", Examples: []string{anyEx}}, shape.items),
			aggregate(op.Row{ID: shape.id + "all", Name: "all", Sig: shape.sig, Quals: quals(shape.allQ), Lambda: 1, Agg: every,
				Doc: "Whether f holds for all; it does for none at all.", Examples: []string{allEx}}, shape.items))
	}
	return rows
}

// groupings are count_by and sum_by: one number for each key.
func groupings() []*op.Row {
	count := rowCount()
	rows := []*op.Row{
		grouped(op.Row{ID: "set.count_by", Name: "count_by", Sig: "[T, K](s: Set[T], f: T -> K) -> Map[K, Max[Nat]]", Quals: quals("+?"), Agg: count,
			Doc:      "For each key that f gives, how many elements have it.",
			Examples: []string{"{1, 2, 3}.count_by(x => x % 2) // {0: 1, 1: 2}"}}),
		grouped(op.Row{ID: "list.count_by", Name: "count_by", Sig: "[T, K](xs: List[T], f: T -> K) -> Map[K, Nat]", Quals: quals("??"), Agg: count,
			Doc:      "For each key that f gives, how many items have it.",
			Examples: []string{`["a", "b", "a"].count_by(x => x) // {"a": 2, "b": 1}`}}),
		grouped(op.Row{ID: "set.sum_by_nat", Name: "sum_by", Sig: "[T, K](s: Set[T], key: T -> K, amount: T -> Nat) -> Map[K, Max[Nat]]", Quals: quals("+??"), Agg: &op.Agg{New: sumOf},
			Doc:      "For each key the sum of the amounts; as none is negative it grows with the set.",
			Examples: []string{`{("a", 1), ("a", 2)}.sum_by((k, n) => k, (k, n) => n) // {"a": 3}`}}),
	}
	for _, box := range []string{"Set", "List"} {
		for _, elem := range []string{"Nat", "Int", "Float", "Duration"} {
			if box == "Set" && elem == "Nat" {
				continue
			}
			n, b := summands[elem], brackets[box]
			rows = append(rows, grouped(op.Row{ID: strings.ToLower(box + ".sum_by_" + elem), Name: "sum_by",
				Sig:   "[T, K](xs: " + box + "[T], key: T -> K, amount: T -> " + elem + ") -> Map[K, " + elem + "]",
				Quals: quals("???"), Agg: &op.Agg{New: sumOf},
				Doc:      "For each key the sum of the amounts.",
				Why:      "a further element of `{arg}` may raise or lower a sum",
				Examples: []string{b[0] + `("a", ` + n[0] + `), ("a", ` + n[1] + `)` + b[1] + `.sum_by((k, n) => k, (k, n) => n) // {"a": ` + n[2] + `}`}}))
		}
	}
	return rows
}

// grouped completes a row that aggregates per key: the first function gives the
// key, the second, if there is one, the amount.
func grouped(row op.Row) *op.Row {
	row.Family, row.Rule, row.Lambda = "aggregates", op.Aggregate, 1
	mk := row.Agg.New
	row.Eval = func(c op.Call) (value.Value, error) {
		keys, members, err := partition(c.Args[0].Elems(), c.Fns[0])
		if err != nil {
			return value.Value{}, err
		}
		number := resultOf(c, row.Sig).Args[1]
		var out []value.Value
		for i, k := range keys {
			xs := members[i]
			if len(c.Fns) > 1 {
				if xs, err = images(op.Call{Args: []value.Value{value.MakeList(xs)}, Fns: c.Fns[1:]}); err != nil {
					return value.Value{}, err
				}
			}
			v, _, err := of(mk(number), xs)
			if err != nil {
				return value.Value{}, err
			}
			out = append(out, k, v)
		}
		return value.MakeMap(out), nil
	}
	return &row
}
