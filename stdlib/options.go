package stdlib

import (
	"strings"

	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
)

// held are the rows that say what a Max or Min holds as data.
func held() []*op.Row {
	var rows []*op.Row
	for _, box := range []string{"Max", "Min"} {
		low := strings.ToLower(box)
		rows = append(rows, &op.Row{ID: low + ".held", Name: "held", Sig: "[T](x: " + box + "[T]) -> Option[T]", Quals: quals("?"), Lambda: op.NoLambda,
			Doc:      "What a " + box + " holds now, as data; None while it is unset.",
			Examples: []string{low + "({1, 2}).held() // Some(" + map[string]string{"Max": "2", "Min": "1"}[box] + ")"},
			Eval: eval1(func(x value.Value) value.Value {
				if x.Kind() == value.Unset {
					return value.None()
				}
				return value.Some(x)
			})})
	}
	return rows
}

func options() []*op.Row {
	some := func(o value.Value) value.Value { return o.Elems()[0] }
	rows := []*op.Row{
		{ID: "option.get_or", Name: "get_or", Sig: "[T](o: Option[T], default: T) -> T", Quals: quals("??"), Lambda: op.NoLambda,
			Doc:      "What is in o, or the default where there is nothing.",
			Examples: []string{"Some(1).get_or(0) // 1", "None.get_or(0) // 0"},
			Eval: eval2(func(o, d value.Value) value.Value {
				if o.IsNone() {
					return d
				}
				return some(o)
			})},
		{ID: "option.is_some", Name: "is_some", Sig: "[T](o: Option[T]) -> Bool", Quals: quals("?"), Lambda: op.NoLambda,
			Doc:      "Whether there is something in o.",
			Examples: []string{"is_some(Some(1)) // true"},
			Eval:     eval1(func(o value.Value) value.Value { return value.MakeBool(!o.IsNone()) })},
		{ID: "option.is_none", Name: "is_none", Sig: "[T](o: Option[T]) -> Bool", Quals: quals("?"), Lambda: op.NoLambda,
			Doc:      "Whether there is nothing in o.",
			Examples: []string{"is_none(Some(1)) // false"},
			Eval:     eval1(func(o value.Value) value.Value { return value.MakeBool(o.IsNone()) })},
		{ID: "option.map", Name: "map", Sig: "[T, U](o: Option[T], f: T -> U) -> Option[U]", Quals: quals("??"), Lambda: 1,
			Doc:      "f of what is in o; None stays None.",
			Examples: []string{"Some(2).map(x => x * 3) // Some(6)"},
			Eval: func(c op.Call) (value.Value, error) {
				if c.Args[0].IsNone() {
					return c.Args[0], nil
				}
				v, err := c.Fns[0](some(c.Args[0]))
				if err != nil {
					return value.Value{}, err
				}
				return value.Some(v), nil
			}},
		{ID: "option.flat_map", Name: "flat_map", Sig: "[T, U](o: Option[T], f: T -> Option[U]) -> Option[U]", Quals: quals("??"), Lambda: 1,
			Doc:      "What f makes of the content of o; None stays None.",
			Examples: []string{"Some(2).flat_map(x => if x > 1 then Some(x) else None) // Some(2)"},
			Eval: func(c op.Call) (value.Value, error) {
				if c.Args[0].IsNone() {
					return c.Args[0], nil
				}
				return c.Fns[0](some(c.Args[0]))
			}},
		{ID: "option.filter", Name: "filter", Sig: "[T](o: Option[T], keep: T -> Bool) -> Option[T]", Quals: quals("??"), Lambda: 1,
			Doc:      "o where its content passes, None otherwise.",
			Examples: []string{"Some(2).filter(x => x > 5) // None"},
			Eval: func(c op.Call) (value.Value, error) {
				if c.Args[0].IsNone() {
					return c.Args[0], nil
				}
				ok, err := c.Fns[0](some(c.Args[0]))
				if err != nil || ok.Bool() {
					return c.Args[0], err
				}
				return value.None(), nil
			}},
	}
	rows = append(rows, held()...)
	for _, r := range rows {
		r.Family = "options"
	}
	return rows
}
