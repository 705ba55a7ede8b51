package stdlib

import (
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// comparison is one symbol of the order.
type comparison struct {
	id, symbol, says string
	greater          bool // `>` and `>=`
	holds            func(order int) bool
	subset           func(s, t value.Value) bool
	example, sets    string
}

var orderings = []comparison{
	{"le", "<=", "not above", false, func(o int) bool { return o <= 0 },
		func(s, t value.Value) bool { return subset(s, t) }, "1 <= 1 // true", "{1} <= {1, 2} // true"},
	{"lt", "<", "below", false, func(o int) bool { return o < 0 },
		func(s, t value.Value) bool { return s.Len() < t.Len() && subset(s, t) }, "1 < 1 // false", "{1, 2} < {1, 2} // false"},
	{"ge", ">=", "not below", true, func(o int) bool { return o >= 0 },
		func(s, t value.Value) bool { return subset(t, s) }, "2 >= 1 // true", "{1, 2} >= {1, 3} // false"},
	{"gt", ">", "above", true, func(o int) bool { return o > 0 },
		func(s, t value.Value) bool { return t.Len() < s.Len() && subset(t, s) }, "2 > 1 // true", "{1, 2} > {2} // true"},
}

func subset(s, t value.Value) bool {
	for _, x := range s.Elems() {
		if !t.Has(x) {
			return false
		}
	}
	return true
}

// orderQuals judges `a < b` and its kin by the direction in which the sides
// move: a growing Max raises `a >= b` and lowers `a <= b`.
func orderQuals(greater bool) func(op.Context) []op.Qual {
	return func(c op.Context) []op.Qual {
		qs := quals("??")
		for i, t := range c.Types {
			helps := op.DirectionOf(t)
			if greater == (i == 1) {
				helps = -helps
			}
			switch {
			case helps == op.Down:
				qs[i] = op.Anti
			case helps == op.Up && c.Fixed[1-i]:
				qs[i] = op.Hom
			case helps == op.Up:
				qs[i] = op.Mono
			}
		}
		return qs
	}
}

// compareViews is value.Compare with `unset` in its place: below every Max,
// above every Min.
func compareViews(ts []*types.Type, a, b value.Value) int {
	return rank(ts, 0, a, rank(ts, 1, b, value.Compare(a, b), 1), -1)
}

// rank answers sign times the direction of the i-th argument if it is unset,
// and otherwise what was found so far.
func rank(ts []*types.Type, i int, v value.Value, found, sign int) int {
	switch {
	case v.Kind() != value.Unset:
		return found
	case len(ts) > i && ts[i].Is("Min"):
		return -sign
	}
	return sign
}

func comparisons() []*op.Row {
	rows := []*op.Row{
		{ID: "eq", Name: "==", Family: "compare", Sig: "[T](a: T, b: T) -> Bool", Quals: quals("??"), Lambda: op.NoLambda,
			Doc:      "Whether both are the same value.",
			Why:      "`{arg}` may still move, and then `{expr}` may change either way; ask {threshold}",
			Laws:     []string{"commutative"},
			Examples: []string{"(1, \"a\") == (1, \"a\") // true"},
			Cmp:      func(o int) bool { return o == 0 },
			Eval:     eval2(func(a, b value.Value) value.Value { return value.MakeBool(value.Equal(a, b)) })},
		{ID: "ne", Name: "!=", Family: "compare", Sig: "[T](a: T, b: T) -> Bool", Quals: quals("??"), Lambda: op.NoLambda,
			Doc:      "Whether the two are different values.",
			Why:      "`{arg}` may still move, and then `{expr}` may change either way",
			Laws:     []string{"commutative"},
			Examples: []string{"1 != 2 // true"},
			Cmp:      func(o int) bool { return o != 0 },
			Eval:     eval2(func(a, b value.Value) value.Value { return value.MakeBool(!value.Equal(a, b)) })},
	}
	for _, o := range orderings {
		rows = append(rows, o.rows()...)
	}
	return rows
}

// rows are the overloads of one symbol: sets by inclusion; everything else by
// the total order, with the combinations in which one side or both move.
func (o comparison) rows() []*op.Row {
	inclusion := quals("-+")
	if o.greater {
		inclusion = quals("+-")
	}
	rows := []*op.Row{{
		ID: "set." + o.id, Name: o.symbol, Family: "compare", Sig: "[T](s: Set[T], t: Set[T]) -> Bool", Quals: inclusion, Lambda: op.NoLambda,
		Doc:      "Whether the left set is " + o.says + " the right one by inclusion.",
		Examples: []string{o.sets},
		Eval:     eval2(func(s, t value.Value) value.Value { return value.MakeBool(o.subset(s, t)) }),
	}}
	for _, shape := range [][3]string{
		{"", "T", "T"}, {".max_data", "Max[T]", "T"}, {".data_max", "T", "Max[T]"}, {".min_data", "Min[T]", "T"}, {".data_min", "T", "Min[T]"},
		{".max_min", "Max[T]", "Min[T]"}, {".min_max", "Min[T]", "Max[T]"},
	} {
		rows = append(rows, &op.Row{
			ID: o.id + shape[0], Name: o.symbol, Family: "compare", Sig: "[T](a: " + shape[1] + ", b: " + shape[2] + ") -> Bool",
			Quals: quals("??"), QualsOf: orderQuals(o.greater), Lambda: op.NoLambda,
			Doc:      "Whether a is " + o.says + " b in the total order; an unset Max is below and an unset Min above every value.",
			Examples: []string{o.example},
			Cmp:      o.holds,
			Eval: func(c op.Call) (value.Value, error) {
				return value.MakeBool(o.holds(compareViews(c.Types, c.Args[0], c.Args[1]))), nil
			},
		})
	}
	return rows
}
