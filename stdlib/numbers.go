package stdlib

import (
	"math"
	"time"

	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
)

// arith is a row of arithmetic on numbers that are kept as 64-bit integers; mk
// makes the result from one.
func arith(row op.Row, f func(a, b int64) (int64, error), mk func(int64) value.Value) *op.Row {
	row.Family, row.Quals, row.Lambda, row.Invents = "numbers", quals("??"), op.NoLambda, true
	row.Ints = f
	row.Eval = func(c op.Call) (value.Value, error) {
		n, err := f(raw(c.Args[0]), raw(c.Args[1]))
		if err != nil {
			return value.Value{}, err
		}
		return mk(n), nil
	}
	return &row
}

// floating is a row of arithmetic on Float.
func floating(row op.Row, f func(a, b float64) (float64, error)) *op.Row {
	row.Family, row.Quals, row.Lambda, row.Invents = "numbers", quals("??"), op.NoLambda, true
	row.Floats = f
	row.Eval = func(c op.Call) (value.Value, error) {
		x, err := f(c.Args[0].Float(), c.Args[1].Float())
		if err != nil {
			return value.Value{}, err
		}
		return value.MakeFloat(x), nil
	}
	return &row
}

// scalar1 is a row of one argument on data.
func scalar1(family string, row op.Row, f func(a value.Value) (value.Value, error)) *op.Row {
	row.Family, row.Quals, row.Lambda, row.Invents = family, quals("?"), op.NoLambda, true
	row.Eval = func(c op.Call) (value.Value, error) { return f(c.Args[0]) }
	return &row
}

func raw(v value.Value) int64 { return int64(value.RawWord(v)) }

func duration(n int64) value.Value { return value.MakeDuration(time.Duration(n)) }

func numbers() []*op.Row {
	rows := integers()
	rows = append(rows, floats()...)
	rows = append(rows, durations()...)
	return append(rows, conversions()...)
}

func integers() []*op.Row {
	type row = op.Row
	ring := []string{"commutative", "associative"}
	return []*op.Row{
		arith(row{ID: "nat.add", Name: "+", Sig: "(a: Nat, b: Nat) -> Nat", Laws: append(ring, "unit:0"),
			Doc:      "The sum. Beyond 64 bits it is an error, never a wrap.",
			Examples: []string{"2 + 3 // 5"}}, addInt, value.MakeInt),
		arith(row{ID: "int.add", Name: "+", Sig: "(a: Int, b: Int) -> Int", Laws: append(ring, "unit:0"),
			Doc:      "The sum. Beyond 64 bits it is an error, never a wrap.",
			Examples: []string{"-2 + 3 // 1"}}, addInt, value.MakeInt),
		arith(row{ID: "int.sub", Name: "-", Sig: "(a: Int, b: Int) -> Int",
			Doc:      "The difference; of two Nats it is an Int.",
			Examples: []string{"2 - 5 // -3"}}, subInt, value.MakeInt),
		arith(row{ID: "nat.mul", Name: "*", Sig: "(a: Nat, b: Nat) -> Nat", Laws: append(ring, "unit:1"),
			Doc:      "The product. Beyond 64 bits it is an error, never a wrap.",
			Examples: []string{"6 * 7 // 42"}}, mulInt, value.MakeInt),
		arith(row{ID: "int.mul", Name: "*", Sig: "(a: Int, b: Int) -> Int", Laws: append(ring, "unit:1"),
			Doc:      "The product. Beyond 64 bits it is an error, never a wrap.",
			Examples: []string{"-6 * 7 // -42"}}, mulInt, value.MakeInt),
		arith(row{ID: "nat.div", Name: "/", Sig: "(a: Nat, b: Nat) -> Nat",
			Doc:      "The quotient without its fraction. Division by zero is an error.",
			Examples: []string{"7 / 2 // 3"}}, divInt, value.MakeInt),
		arith(row{ID: "int.div", Name: "/", Sig: "(a: Int, b: Int) -> Int",
			Doc:      "The quotient, rounded down also below zero. Division by zero is an error.",
			Examples: []string{"-7 / 2 // -4"}}, divInt, value.MakeInt),
		arith(row{ID: "nat.mod", Name: "%", Sig: "(a: Nat, b: Nat) -> Nat",
			Doc:      "The remainder. Division by zero is an error.",
			Examples: []string{"7 % 3 // 1"}}, modInt, value.MakeInt),
		arith(row{ID: "int.mod", Name: "%", Sig: "(a: Int, b: Int) -> Int",
			Doc:      "The remainder of the division that rounds down; it has the sign of the divisor.",
			Examples: []string{"-7 % 3 // 2"}}, modInt, value.MakeInt),
		scalar1("numbers", row{ID: "int.neg", Name: "-", Sig: "(x: Int) -> Int",
			Doc:      "The number with the other sign.",
			Examples: []string{"-(2 - 5) // 3"}},
			func(x value.Value) (value.Value, error) { return wrap(negInt(x.Int()))(value.MakeInt) }),
		scalar1("numbers", row{ID: "int.abs", Name: "abs", Sig: "(x: Int) -> Nat",
			Doc:      "The distance from zero.",
			Examples: []string{"abs(-3) // 3"}},
			func(x value.Value) (value.Value, error) {
				if x.Int() >= 0 {
					return x, nil
				}
				return wrap(negInt(x.Int()))(value.MakeInt)
			}),
	}
}

// wrap makes a value of the result of integer arithmetic, or hands its error on.
func wrap(n int64, err error) func(mk func(int64) value.Value) (value.Value, error) {
	return func(mk func(int64) value.Value) (value.Value, error) {
		if err != nil {
			return value.Value{}, err
		}
		return mk(n), nil
	}
}

func floats() []*op.Row {
	type row = op.Row
	return []*op.Row{
		floating(row{ID: "float.add", Name: "+", Sig: "(a: Float, b: Float) -> Float", Laws: []string{"commutative", "unit:0.0"},
			Doc:      "The sum, rounded as IEEE 754 does.",
			Examples: []string{"0.5 + 0.25 // 0.75"}},
			func(a, b float64) (float64, error) { return a + b, nil }),
		floating(row{ID: "float.sub", Name: "-", Sig: "(a: Float, b: Float) -> Float",
			Doc:      "The difference, rounded as IEEE 754 does.",
			Examples: []string{"0.5 - 0.25 // 0.25"}},
			func(a, b float64) (float64, error) { return a - b, nil }),
		floating(row{ID: "float.mul", Name: "*", Sig: "(a: Float, b: Float) -> Float", Laws: []string{"commutative", "unit:1.0"},
			Doc:      "The product, rounded as IEEE 754 does.",
			Examples: []string{"0.5 * 3.0 // 1.5"}},
			func(a, b float64) (float64, error) { return a * b, nil }),
		floating(row{ID: "float.div", Name: "/", Sig: "(a: Float, b: Float) -> Float",
			Doc:      "The quotient, rounded as IEEE 754 does. Division by zero is an error, as it is for Int.",
			Examples: []string{"1.0 / 4.0 // 0.25"}},
			func(a, b float64) (float64, error) {
				if b == 0 {
					return 0, op.Fail(op.DivideByZero, "%v is divided by 0.0", a)
				}
				return a / b, nil
			}),
		scalar1("numbers", row{ID: "float.neg", Name: "-", Sig: "(x: Float) -> Float",
			Doc:      "The number with the other sign. There is no negative zero.",
			Examples: []string{"-(1.5 + 1.0) // -2.5"}},
			func(x value.Value) (value.Value, error) { return value.MakeFloat(-x.Float()), nil }),
		scalar1("numbers", row{ID: "float.abs", Name: "abs", Sig: "(x: Float) -> Float",
			Doc:      "The distance from zero.",
			Examples: []string{"abs(-1.5) // 1.5"}},
			func(x value.Value) (value.Value, error) { return value.MakeFloat(math.Abs(x.Float())), nil }),
	}
}

func durations() []*op.Row {
	type row = op.Row
	return []*op.Row{
		arith(row{ID: "duration.add", Name: "+", Sig: "(a: Duration, b: Duration) -> Duration", Laws: []string{"commutative", "associative", "unit:0s"},
			Doc:      "The time of both together.",
			Examples: []string{"1s + 500ms // 1500ms"}}, addInt, duration),
		arith(row{ID: "duration.sub", Name: "-", Sig: "(a: Duration, b: Duration) -> Duration",
			Doc:      "The time that is left; it may be negative.",
			Examples: []string{"2s - 500ms // 1500ms"}}, subInt, duration),
		arith(row{ID: "duration.mul", Name: "*", Sig: "(d: Duration, n: Int) -> Duration",
			Doc:      "The duration n times.",
			Examples: []string{"5s * 3 // 15s"}}, mulInt, duration),
		arith(row{ID: "duration.div", Name: "/", Sig: "(d: Duration, n: Int) -> Duration",
			Doc:      "The n-th part, rounded down to a nanosecond.",
			Examples: []string{"5s / 2 // 2500ms"}}, divInt, duration),
		arith(row{ID: "duration.count", Name: "/", Sig: "(a: Duration, b: Duration) -> Int",
			Doc:      "How many times b goes into a, rounded down.",
			Examples: []string{"5s / 2s // 2"}}, divInt, value.MakeInt),
		scalar1("numbers", row{ID: "duration.neg", Name: "-", Sig: "(d: Duration) -> Duration",
			Doc:      "The duration with the other sign.",
			Examples: []string{"-(1s - 3s) // 2s"}},
			func(d value.Value) (value.Value, error) { return wrap(negInt(raw(d)))(duration) }),
	}
}

func conversions() []*op.Row {
	type row = op.Row
	return []*op.Row{
		scalar1("numbers", row{ID: "int.to_float", Name: "to_float", Sig: "(x: Int) -> Float",
			Doc:      "The nearest Float.",
			Examples: []string{"to_float(3) // 3.0"}},
			func(x value.Value) (value.Value, error) { return value.MakeFloat(float64(x.Int())), nil }),
		scalar1("numbers", row{ID: "int.to_nat", Name: "to_nat", Sig: "(x: Int) -> Nat",
			Doc:      "The same number as a Nat; an error below zero.",
			Examples: []string{"to_nat(5 - 2) // 3"}},
			func(x value.Value) (value.Value, error) {
				if x.Int() < 0 {
					return value.Value{}, op.Fail(op.Negative, "%d is below zero and cannot be a Nat", x.Int())
				}
				return x, nil
			}),
		scalar1("numbers", row{ID: "float.floor", Name: "floor", Sig: "(x: Float) -> Int",
			Doc:      "The greatest whole number that is not above x.",
			Examples: []string{"floor(-1.5) // -2"}},
			func(x value.Value) (value.Value, error) { return toInt(math.Floor(x.Float())) }),
		scalar1("numbers", row{ID: "float.ceil", Name: "ceil", Sig: "(x: Float) -> Int",
			Doc:      "The least whole number that is not below x.",
			Examples: []string{"ceil(-1.5) // -1", "ceil(1.2) // 2"}},
			func(x value.Value) (value.Value, error) { return toInt(math.Ceil(x.Float())) }),
		scalar1("numbers", row{ID: "float.sqrt", Name: "sqrt", Sig: "(x: Float) -> Float",
			Doc:      "The square root; an error below zero.",
			Examples: []string{"sqrt(2.25) // 1.5"}},
			func(x value.Value) (value.Value, error) {
				if x.Float() < 0 {
					return value.Value{}, op.Fail(op.OutOfRange, "%s has no square root", x)
				}
				return value.MakeFloat(math.Sqrt(x.Float())), nil
			}),
		scalar1("numbers", row{ID: "float.round", Name: "round", Sig: "(x: Float) -> Int",
			Doc:      "The nearest whole number; halves go to the even one.",
			Examples: []string{"round(2.5) // 2", "round(3.5) // 4"}},
			func(x value.Value) (value.Value, error) { return toInt(math.RoundToEven(x.Float())) }),
	}
}

func toInt(x float64) (value.Value, error) {
	if !(x >= -(1<<63) && x < 1<<63) {
		return value.Value{}, op.Fail(op.Overflow, "%v is outside the range of Int", x)
	}
	return value.MakeInt(int64(x)), nil
}
