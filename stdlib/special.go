package stdlib

import (
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
)

// specials are what the checker and the engine know by ID: reads that look
// beyond values, and facts recorded with an event.
func specials() []*op.Row {
	rows := []*op.Row{
		{ID: "ever", Name: "ever", Sig: "[T](s: Set[T]) -> Set[T]", Quals: quals("H"), Lambda: op.NoLambda, Rule: op.Linear,
			Doc: "Every element that was ever added to a declared set cell, visible or not, kept from the deployment that first uses it. " +
				"It only grows, so it is stable though the cell may not be.",
			Examples: []string{"ever({1}) // {1}"},
			Eval:     eval1(func(s value.Value) value.Value { return s })},
		{ID: "peek", Name: "peek", Sig: "[T](x: T, why: String) -> T", Quals: quals("00"), Lambda: op.NoLambda,
			Doc: "The value of x as it is known here and now, taken as data. Allowed in `on`; the reason is printed by `laspc check`. " +
				"The answer may be out of date.",
			Examples: []string{`peek(1 + 1, "an old answer is fine") // 2`},
			Eval:     eval2(func(x, _ value.Value) value.Value { return x })},
	}
	for _, fact := range []struct{ name, sig, example, doc string }{
		{"now", "() -> Duration", "now() == now() // true", "The time of the event since 1970 began (UTC), as recorded where it arrived. In a test it depends on replica and step only."},
		{"random", "() -> Float", "random() < 1.0 // true", "A number from 0.0 up to but not including 1.0, recorded with the event."},
		{"fresh", "() -> String", "fresh() == fresh() // false", "A new unique id, recorded with the event."},
		{"me", "() -> Node", "me == me // true", "The node at which the event arrived; written without parentheses."},
	} {
		call := fact.name + "()"
		if fact.name == "me" {
			call = "me"
		}
		rows = append(rows, &op.Row{ID: fact.name, Name: fact.name, Sig: fact.sig, Quals: quals(""), Lambda: op.NoLambda, Nondet: true, Invents: true,
			Doc: fact.doc + " Fixed inside `on`, nondet elsewhere.", Examples: []string{fact.example},
			Eval: func(op.Call) (value.Value, error) {
				return value.Value{}, op.Fail(op.OnlyOnNode, "`%s` is known only where an event arrives", call)
			}})
	}
	for _, r := range rows {
		r.Family = "special"
	}
	return rows
}
