package vm

import (
	"math"
	"math/bits"

	"github.com/laspc/lasp/lang/op"
)

// arith is an arithmetic that the engine knows by itself. The rows of the library
// that compute it on raw integers (op.Row.Ints) say the same, which a test
// compares; errors are always theirs.
type arith uint8

const (
	unknownArith arith = iota
	arithAdd
	arithSub
	arithMul
	arithDiv // rounds down
	arithMod // has the sign of the divisor
)

// ariths names the arithmetic of library rows.
var ariths = map[string]arith{
	"nat.add": arithAdd, "int.add": arithAdd, "duration.add": arithAdd,
	"int.sub": arithSub, "duration.sub": arithSub,
	"nat.mul": arithMul, "int.mul": arithMul, "duration.mul": arithMul,
	"nat.div": arithDiv, "int.div": arithDiv, "duration.div": arithDiv, "duration.count": arithDiv,
	"nat.mod": arithMod, "int.mod": arithMod,
}

// compute is the result for two integers; ok is false where there is none: on
// overflow and division by zero.
func (k arith) compute(a, b int64) (n int64, ok bool) {
	switch k {
	case arithAdd:
		n = a + b
		return n, (a^n)&(b^n) >= 0
	case arithSub:
		n = a - b
		return n, (a^b)&(a^n) >= 0
	case arithMul:
		hi, lo := bits.Mul64(uint64(a), uint64(b))
		h := int64(hi) - a>>63&b - b>>63&a // the upper half of the signed product
		return int64(lo), h == int64(lo)>>63
	}
	if k == arithDiv {
		return divide(a, b)
	}
	return modulo(a, b)
}

// divide rounds down.
func divide(a, b int64) (n int64, ok bool) {
	if b == 0 || b == -1 && a == math.MinInt64 {
		return 0, false
	}
	q := a / b
	if r := a - q*b; r != 0 && r^b < 0 {
		q--
	}
	return q, true
}

// modulo has the sign of b.
func modulo(a, b int64) (n int64, ok bool) {
	if b == 0 {
		return 0, false
	}
	r := a % b
	if r != 0 && r^b < 0 {
		r += b
	}
	return r, true
}

// within is the range of x for which x op c has a result: ok is false where there
// is no such x or the range does not say it.
func (k arith) within(c int64) (lo, hi int64, ok bool) {
	lo, hi = math.MinInt64, math.MaxInt64
	switch {
	case k == arithAdd && c >= 0:
		hi -= c
	case k == arithAdd:
		lo -= c
	case k == arithSub && c >= 0:
		lo += c
	case k == arithSub:
		hi += c
	case k == arithMul && c > 0:
		lo, hi = lo/c, hi/c
	case k == arithMul && c < -1:
		lo, hi = hi/c, lo/c
	case k == arithMul && c == -1:
		lo++
	case k == arithMul:
	default: // division
		return lo, hi, c > 0
	}
	return lo, hi, true
}

// divisor divides by a constant of at least 2, rounding down, with a multiplication
// (Granlund and Montgomery, "Division by Invariant Integers using Multiplication",
// 1994): of numbers of 63 bits the upper half of the product with m, shifted, is
// the quotient. Below zero ^x is divided, since ^(^x / d) rounds down.
type divisor struct {
	d     int64
	m     uint64
	shift uint
	// of divides, once prepared
	inverse, bias, most uint64
	power               uint
}

func newDivisor(d int64) divisor {
	l := uint(bits.Len64(uint64(d - 1)))
	q, r := bits.Div64(1<<(l-1), 0, uint64(d))
	if r != 0 {
		q++
	}
	return divisor{d: d, m: q, shift: l - 1}
}

func (v *divisor) div(x int64) int64 {
	sign := x >> 63
	hi, _ := bits.Mul64(uint64(x^sign), v.m)
	return int64(hi>>v.shift) ^ sign
}

func (v *divisor) mod(x int64) int64 { return x - v.div(x)*v.d }

// knownArith is the arithmetic of a row, if the engine knows it.
func knownArith(row *op.Row) arith {
	if row.Ints == nil {
		return unknownArith
	}
	return ariths[row.ID]
}
