package stdlib

import (
	"math"

	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
)

// quals reads qualifiers as the documents write them, one character for each
// argument: "H+-?0".
func quals(text string) []op.Qual {
	qs := make([]op.Qual, 0, len(text))
	for i := range text {
		for q := op.Const; q <= op.Any; q++ {
			if q.String() == text[i:i+1] {
				qs = append(qs, q)
			}
		}
	}
	return qs
}

// eval1, eval2 and eval3 make an Eval of a function that cannot fail.
func eval1(f func(a value.Value) value.Value) func(op.Call) (value.Value, error) {
	return func(c op.Call) (value.Value, error) { return f(c.Args[0]), nil }
}

func eval2(f func(a, b value.Value) value.Value) func(op.Call) (value.Value, error) {
	return func(c op.Call) (value.Value, error) { return f(c.Args[0], c.Args[1]), nil }
}

func eval3(f func(a, b, c value.Value) value.Value) func(op.Call) (value.Value, error) {
	return func(c op.Call) (value.Value, error) { return f(c.Args[0], c.Args[1], c.Args[2]), nil }
}

// collect applies f to each of xs and gathers what it yields.
func collect(xs []value.Value, f op.Fn, yield func(x, y value.Value)) error {
	for _, x := range xs {
		y, err := f(x)
		if err != nil {
			return err
		}
		yield(x, y)
	}
	return nil
}

// clamp turns a count from a program into a length of at most limit.
func clamp(n int64, limit int) int { return int(min(max(n, 0), int64(limit))) }

// addInt, subInt, mulInt, divInt, modInt and negInt are the arithmetic of Int:
// overflow is an error, division rounds down.
func addInt(a, b int64) (int64, error) {
	if s := a + b; (s > a) == (b > 0) {
		return s, nil
	}
	return 0, op.Fail(op.Overflow, "%d + %d is outside the range of Int", a, b)
}

func subInt(a, b int64) (int64, error) {
	if d := a - b; (d < a) == (b > 0) {
		return d, nil
	}
	return 0, op.Fail(op.Overflow, "%d - %d is outside the range of Int", a, b)
}

func mulInt(a, b int64) (int64, error) {
	if a == 0 || b == 0 {
		return 0, nil
	}
	p := a * b
	if p/b == a && !(a == -1 && b == math.MinInt64) && !(b == -1 && a == math.MinInt64) {
		return p, nil
	}
	return 0, op.Fail(op.Overflow, "%d * %d is outside the range of Int", a, b)
}

func divInt(a, b int64) (int64, error) {
	if b == 0 {
		return 0, op.Fail(op.DivideByZero, "%d is divided by 0", a)
	}
	if a == math.MinInt64 && b == -1 {
		return 0, op.Fail(op.Overflow, "%d / -1 is outside the range of Int", a)
	}
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q, nil
}

func modInt(a, b int64) (int64, error) {
	if b == 0 {
		return 0, op.Fail(op.DivideByZero, "%d %% 0: there is no remainder of a division by 0", a)
	}
	if b == -1 {
		return 0, nil
	}
	r := a % b
	if r != 0 && (r < 0) != (b < 0) {
		r += b
	}
	return r, nil
}

func negInt(a int64) (int64, error) {
	if a == math.MinInt64 {
		return 0, op.Fail(op.Overflow, "-(%d) is outside the range of Int", a)
	}
	return -a, nil
}
