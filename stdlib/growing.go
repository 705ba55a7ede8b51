package stdlib

import (
	"math"
	"strings"

	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Arithmetic on values that move in one direction only. An unset argument leaves
// the result unset, but for x - unset: unset lies at the far end, so the
// difference is the other end of the range, from where it comes back as y moves.
// A result beyond the range of its type is the end of the range, because an
// error would take back what was seen before.

// movingSum says how x + y moves: like the one side that is not fixed.
func movingSum(c op.Context) []op.Qual {
	if c.Fixed[0] || c.Fixed[1] {
		return quals("HH")
	}
	return quals("++")
}

// movingDifference says how x - y moves: with x, against y.
func movingDifference(c op.Context) []op.Qual {
	if c.Fixed[1] {
		return quals("H-")
	}
	return quals("+-")
}

// movingScale says how x * c moves, where c must be fixed.
func movingScale(fixed int) func(op.Context) []op.Qual {
	return func(c op.Context) []op.Qual {
		q := quals("HH")
		if !c.Fixed[fixed] {
			q[0], q[1] = op.Any, op.Any
		}
		return q
	}
}

// saturate gives the end of the range towards which a result went that does not
// fit; up tells which end.
func saturate(f func(a, b int64) (int64, error), up func(a, b int64) bool) func(a, b int64) (int64, error) {
	return func(a, b int64) (int64, error) {
		n, err := f(a, b)
		switch {
		case err == nil:
			return n, nil
		case up(a, b):
			return math.MaxInt64, nil
		}
		return math.MinInt64, nil
	}
}

var (
	growAdd = saturate(addInt, func(a, _ int64) bool { return a > 0 })
	growSub = saturate(subInt, func(a, _ int64) bool { return a >= 0 })
	growMul = saturate(mulInt, func(a, b int64) bool { return (a > 0) == (b > 0) })
)

// moving is a row of arithmetic on Max or Min.
func moving(row op.Row, f func(a, b int64) (int64, error)) *op.Row {
	row.Family, row.Lambda, row.Invents, row.Ints = "growing", op.NoLambda, true, f
	row.Eval = func(c op.Call) (value.Value, error) {
		a, b := c.Args[0], c.Args[1]
		switch {
		case row.Name == "-" && a.Kind() != value.Unset && b.Kind() == value.Unset:
			return farEnd(c.Type, a), nil
		case a.Kind() == value.Unset || b.Kind() == value.Unset:
			return value.MakeUnset(), nil
		case a.Kind() == value.Duration || b.Kind() == value.Duration:
			n, err := f(raw(a), raw(b))
			return wrap(n, err)(duration)
		}
		n, err := f(raw(a), raw(b))
		return wrap(n, err)(value.MakeInt)
	}
	return &row
}

// movingFloat is a row of arithmetic on Max[Float] or Min[Float].
func movingFloat(row op.Row, f func(a, b float64) float64) *op.Row {
	row.Family, row.Lambda, row.Invents = "growing", op.NoLambda, true
	row.Eval = func(c op.Call) (value.Value, error) {
		a, b := c.Args[0], c.Args[1]
		switch {
		case row.Name == "-" && a.Kind() != value.Unset && b.Kind() == value.Unset:
			return farEnd(c.Type, a), nil
		case a.Kind() == value.Unset || b.Kind() == value.Unset:
			return value.MakeUnset(), nil
		}
		return value.MakeFloat(f(a.Float(), b.Float())), nil
	}
	return &row
}

// farEnd is the value at which a Max or Min t of numbers like x ends.
func farEnd(t *types.Type, x value.Value) value.Value {
	end, sign := int64(math.MaxInt64), 1
	if t.Is("Min") {
		end, sign = math.MinInt64, -1
	}
	switch x.Kind() {
	case value.Float:
		return value.MakeFloat(math.Inf(sign))
	case value.Duration:
		return duration(end)
	}
	return value.MakeInt(end)
}

func growing() []*op.Row {
	var rows []*op.Row
	for _, box := range []string{"Max", "Min"} {
		for _, elem := range []string{"Nat", "Int", "Duration"} {
			rows = append(rows, movingRows(box, elem)...)
		}
		rows = append(rows, movingFloats(box)...)
	}
	return rows
}

// example instantiates an example for a box and element: a number before # becomes
// one of the element type.
func example(box, elem, text string) string {
	unit := map[string]string{"Duration": "s", "Float": ".0"}[elem]
	return strings.ReplaceAll(strings.ReplaceAll(text, "#", unit), "best", strings.ToLower(box))
}

func movingRows(box, elem string) []*op.Row {
	typ, id := box+"["+elem+"]", strings.ToLower(box+"_"+elem)
	rows := []*op.Row{
		moving(op.Row{ID: id + ".add", Name: "+", Sig: "(x: " + typ + ", y: " + typ + ") -> " + typ, QualsOf: movingSum, Quals: quals("++"),
			Doc:      "The sum; it moves as its arguments do. An unset argument leaves it unset.",
			Laws:     []string{"commutative"},
			Examples: []string{example(box, elem, "best({1#}) + 2# // 3#")}}, growAdd),
		moving(op.Row{ID: id + ".scale", Name: "*", Sig: "(x: " + typ + ", c: Nat) -> " + typ, QualsOf: movingScale(1), Quals: quals("??"),
			Doc:      "The value c times, for a fixed c.",
			Why:      "`{expr}` moves by a factor that is not fixed",
			Examples: []string{example(box, elem, "best({3#}) * 2 // 6#")}}, growMul),
		moving(op.Row{ID: id + ".scaled", Name: "*", Sig: "(c: Nat, x: " + typ + ") -> " + typ, QualsOf: movingScale(0), Quals: quals("??"),
			Doc:      "The value c times, for a fixed c.",
			Why:      "`{expr}` moves by a factor that is not fixed",
			Examples: []string{example(box, elem, "2 * best({3#}) // 6#")}}, growMul),
	}
	if typ == "Max[Nat]" {
		rows = append([]*op.Row{moving(op.Row{ID: id + ".mul", Name: "*", Sig: "(x: Max[Nat], y: Max[Nat]) -> Max[Nat]",
			QualsOf: movingSum, Quals: quals("++"), Laws: []string{"commutative"},
			Doc:      "The product of two counts; it can only grow, as they do.",
			Examples: []string{"size({1, 2}) * size({1, 2, 3}) // 6"}}, growMul)}, rows...)
	}
	if elem != "Nat" {
		rows = append(rows, moving(op.Row{ID: id + ".sub", Name: "-", Sig: "(x: " + typ + ", y: " + typ + ") -> " + typ,
			QualsOf: movingDifference, Quals: quals("+-"),
			Doc:      "The difference: it moves with x and against y. Of counts it is an Int, as it may fall below zero.",
			Examples: []string{example(box, elem, "best({3#}) - 2# // 1#")}}, growSub))
	}
	return rows
}

func movingFloats(box string) []*op.Row {
	typ, id := box+"[Float]", strings.ToLower(box)+"_float"
	return []*op.Row{
		movingFloat(op.Row{ID: id + ".add", Name: "+", Sig: "(x: " + typ + ", y: " + typ + ") -> " + typ, QualsOf: movingSum, Quals: quals("++"),
			Doc:      "The sum; it moves as its arguments do. An unset argument leaves it unset.",
			Laws:     []string{"commutative"},
			Examples: []string{example(box, "Float", "best({1#}) + 2# // 3#")}}, func(a, b float64) float64 { return a + b }),
		movingFloat(op.Row{ID: id + ".sub", Name: "-", Sig: "(x: " + typ + ", y: " + typ + ") -> " + typ, QualsOf: movingDifference, Quals: quals("+-"),
			Doc:      "The difference: it moves with x and against y.",
			Examples: []string{example(box, "Float", "best({3#}) - 2# // 1#")}}, func(a, b float64) float64 { return a - b }),
	}
}
