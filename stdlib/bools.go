package stdlib

import (
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
)

// Truth grows from false to true: that is the order in which `and`, `or` and
// conditions are judged.
func bools() []*op.Row {
	return []*op.Row{
		{ID: "bool.or", Name: "or", Family: "bools", Sig: "(a: Bool, b: Bool) -> Bool", Quals: quals("HH"), Joint: true, Lambda: op.NoLambda,
			Doc:      "Whether at least one holds. The right side is not evaluated where the left one decides.",
			Laws:     []string{"commutative", "associative", "idempotent", "unit:false"},
			Examples: []string{"false or true // true"},
			Eval:     eval2(func(a, b value.Value) value.Value { return value.MakeBool(a.Bool() || b.Bool()) })},
		{ID: "bool.and", Name: "and", Family: "bools", Sig: "(a: Bool, b: Bool) -> Bool", Quals: quals("HH"), Lambda: op.NoLambda,
			Doc:      "Whether both hold. The right side is not evaluated where the left one decides.",
			Laws:     []string{"commutative", "associative", "idempotent", "unit:true"},
			Examples: []string{"false and true // false"},
			Eval:     eval2(func(a, b value.Value) value.Value { return value.MakeBool(a.Bool() && b.Bool()) })},
		{ID: "bool.not", Name: "not", Family: "bools", Sig: "(a: Bool) -> Bool", Quals: quals("-"), Lambda: op.NoLambda,
			Doc:      "Whether it does not hold. What can become true makes its negation become false.",
			Examples: []string{"not false // true"},
			Eval:     eval1(func(a value.Value) value.Value { return value.MakeBool(!a.Bool()) })},
	}
}
