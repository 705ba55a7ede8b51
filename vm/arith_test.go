package vm

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/stdlib"
)

// limits are integers at which arithmetic goes wrong first.
var limits = []int64{math.MinInt64, math.MinInt64 + 1, math.MinInt64 / 2, -1 << 32, -1<<31 - 1, -10, -3, -2, -1, 0, 1, 2, 3, 7, 10, 1<<31 - 1, 1 << 32, math.MaxInt64 / 2, math.MaxInt64/2 + 1, math.MaxInt64 - 1, math.MaxInt64}

// anyInt is a random integer of any size, often at a limit.
func anyInt(r *rand.Rand) int64 {
	if r.IntN(3) == 0 {
		return limits[r.IntN(len(limits))]
	}
	return int64(r.Uint64()) >> r.IntN(64)
}

// The engine's own arithmetic is that of the library, in results and in where
// there is none; ranges and divisors say the same.
func TestArith(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for id, k := range ariths {
		row := stdlib.Table().ByID(id)
		if row == nil || row.Ints == nil {
			t.Fatalf("there is no row %s on integers", id)
		}
		for i := range 20_000 {
			a, b := anyInt(r), anyInt(r)
			if n := len(limits); i < n*n {
				a, b = limits[i/n], limits[i%n]
			}
			want, err := row.Ints(a, b)
			got, ok := k.compute(a, b)
			if ok != (err == nil) || ok && got != want {
				t.Fatalf("%s of %d and %d: got %d, %v; want %d, %v", id, a, b, got, ok, want, err)
			}
			if lo, hi, says := k.within(b); says && (lo <= a && a <= hi) != ok {
				t.Fatalf("%s of %d and %d: the range %d to %d is wrong", id, a, b, lo, hi)
			}
			if b >= 2 && ok {
				v := newDivisor(b)
				if v.prepare(); v.divides(a) != (a%b == 0) {
					t.Fatalf("%d divides %d: the divisor is wrong", b, a)
				}
				if k == arithDiv && v.div(a) != want || k == arithMod && v.mod(a) != want {
					t.Fatalf("%s of %d and %d: the divisor gives %d and %d", id, a, b, v.div(a), v.mod(a))
				}
			}
		}
	}
}

// Numbers computed as words are those that values give.
func TestFloatsAreValues(t *testing.T) {
	xs := []float64{0, math.Copysign(0, -1), 1, -1, 0.1, 1e308, -1e308, 5e-324, math.Inf(1), math.Inf(-1), math.NaN()}
	rows := 0
	for _, row := range stdlib.Table().Rows() {
		if row.Floats == nil {
			continue
		}
		rows++
		for _, x := range xs {
			for _, y := range xs {
				a, b := value.MakeFloat(x), value.MakeFloat(y)
				want, wantErr := row.Eval(op.Call{Args: []value.Value{a, b}})
				got, err := floats(row, value.RawWord(a), value.RawWord(b))
				if (err == nil) != (wantErr == nil) || err == nil && got != value.RawWord(want) {
					t.Errorf("%s of %s and %s: %v, %v; want %s, %v", row.ID, a, b, got, err, want, wantErr)
				}
			}
		}
	}
	if rows < 4 {
		t.Errorf("%d rows on numbers", rows)
	}
}
