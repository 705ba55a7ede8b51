package stdlib

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// edges are the numbers at which 64-bit arithmetic goes wrong.
var edges = []int64{math.MinInt64, math.MinInt64 + 1, -3037000500, -7, -2, -1, 0, 1, 2, 3, 7, 3037000500, math.MaxInt64 - 1, math.MaxInt64}

// TestArithmeticAgainstBigInt holds the rows on Int against unbounded numbers.
func TestArithmeticAgainstBigInt(t *testing.T) {
	exact := map[string]func(a, b *big.Int) *big.Int{
		"int.add": func(a, b *big.Int) *big.Int { return new(big.Int).Add(a, b) },
		"int.sub": func(a, b *big.Int) *big.Int { return new(big.Int).Sub(a, b) },
		"int.mul": func(a, b *big.Int) *big.Int { return new(big.Int).Mul(a, b) },
		"int.div": floorDiv,
		"int.mod": func(a, b *big.Int) *big.Int { return new(big.Int).Sub(a, new(big.Int).Mul(b, floorDiv(a, b))) },
	}
	for id, f := range exact {
		row := Table().ByID(id)
		for _, a := range edges {
			for _, b := range edges {
				got, err := row.Ints(a, b)
				if b == 0 && (id == "int.div" || id == "int.mod") {
					wantFailure(t, err, op.DivideByZero)
					continue
				}
				want := f(big.NewInt(a), big.NewInt(b))
				if !want.IsInt64() {
					wantFailure(t, err, op.Overflow)
				} else if err != nil || got != want.Int64() {
					t.Errorf("%s(%d, %d) = %d, %v, want %s", id, a, b, got, err, want)
				}
			}
		}
	}
}

func floorDiv(a, b *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(a, b, new(big.Int))
	if r.Sign() != 0 && (r.Sign() < 0) != (b.Sign() < 0) {
		q.Sub(q, big.NewInt(1))
	}
	return q
}

func wantFailure(t *testing.T, err error, code string) {
	t.Helper()
	var f *op.Failure
	if !errors.As(err, &f) || f.Code != code {
		t.Errorf("got %v, want a failure of code %s", err, code)
	}
}

func TestGrowingArithmeticEndsAtItsRange(t *testing.T) {
	for _, c := range []struct {
		id         string
		a, b, want int64
	}{
		{"max_nat.add", math.MaxInt64, 1, math.MaxInt64},
		{"max_nat.mul", math.MaxInt64, 2, math.MaxInt64},
		{"min_int.add", math.MinInt64, -1, math.MinInt64},
		{"max_int.sub", math.MinInt64, 1, math.MinInt64},
		{"max_int.sub", 1, math.MinInt64, math.MaxInt64},
		{"max_int.scale", -3, math.MaxInt64, math.MinInt64},
	} {
		if got, err := Table().ByID(c.id).Ints(c.a, c.b); err != nil || got != c.want {
			t.Errorf("%s(%d, %d) = %d, %v, want %d", c.id, c.a, c.b, got, err, c.want)
		}
	}
}

func TestFailuresOfData(t *testing.T) {
	n, s := value.MakeInt, value.MakeString
	for _, c := range []struct {
		id   string
		args []value.Value
		code string
	}{
		{"list.index", []value.Value{value.MakeList(nil), n(0)}, op.Missing},
		{"list.index", []value.Value{value.MakeList([]value.Value{n(1)}), n(-1)}, op.Missing},
		{"map.index", []value.Value{value.MakeMap(nil), s("a")}, op.Missing},
		{"map.union", []value.Value{value.MakeMap([]value.Value{s("a"), n(1)}), value.MakeMap([]value.Value{s("a"), n(2)})}, op.TwoValues},
		{"int.to_nat", []value.Value{n(-1)}, op.Negative},
		{"float.floor", []value.Value{value.MakeFloat(1e300)}, op.Overflow},
		{"float.round", []value.Value{value.MakeFloat(math.NaN())}, op.Overflow},
		{"float.div", []value.Value{value.MakeFloat(1), value.MakeFloat(0)}, op.DivideByZero},
		{"list.range", []value.Value{n(math.MinInt64), n(math.MaxInt64)}, op.OutOfRange},
		{"list.range", []value.Value{n(0), n(1 << 40)}, op.OutOfRange},
		{"now", nil, op.OnlyOnNode},
	} {
		row := Table().ByID(c.id)
		result := types.Int
		if c.id == "map.union" {
			result = types.MapOf(types.String, types.Int)
		}
		_, err := row.Eval(op.Call{Args: c.args, Type: result})
		wantFailure(t, err, c.code)
	}
}
