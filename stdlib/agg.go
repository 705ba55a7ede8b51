package stdlib

import (
	"math"
	"math/big"
	"math/bits"
	"time"

	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// The accumulators of the aggregates. Each gives the same result for the same
// content, whatever came and went in between: whole numbers are added in 128
// bits, Floats exactly, and extremes are read off an ordered multiset.

// agg wraps the maker of an accumulator that does not depend on the type.
func agg[A op.Acc](mk func() A) *op.Agg {
	return &op.Agg{New: func(*types.Type) op.Acc { return mk() }}
}

// rowCount counts elements.
func rowCount() *op.Agg {
	return &op.Agg{New: func(*types.Type) op.Acc { return &counting{} }, Rows: true}
}

// of runs an accumulator over the elements of a collection, for Eval.
func of(acc op.Acc, xs []value.Value) (v value.Value, ok bool, err error) {
	for _, x := range xs {
		acc.Add(x, 1)
	}
	return acc.Result()
}

// counting is the number of elements.
type counting struct{ n int64 }

func (c *counting) Add(_ value.Value, n int64) { c.n += n }
func (c *counting) Result() (value.Value, bool, error) {
	return value.MakeInt(c.n), true, nil
}

// int128 is a signed sum that no number of 64-bit terms overflows in practice.
type int128 struct {
	hi int64
	lo uint64
}

// addProduct adds v * n.
func (s *int128) addProduct(v, n int64) {
	hi, lo := bits.Mul64(uint64(v), uint64(n))
	if v < 0 {
		hi -= uint64(n)
	}
	if n < 0 {
		hi -= uint64(v)
	}
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, lo, 0)
	s.hi += int64(hi + carry)
}

// int64 returns the sum if it fits, otherwise the end of the range beyond which
// it lies.
func (s *int128) int64() (n int64, fits bool) {
	switch {
	case s.hi == int64(s.lo)>>63:
		return int64(s.lo), true
	case s.hi < 0:
		return math.MinInt64, false
	}
	return math.MaxInt64, false
}

// summing adds whole numbers or durations.
type summing struct {
	sum  int128
	grow bool // the result is a growing count: beyond its range it is the top
	mk   func(int64) value.Value
}

// sumOf makes the accumulator for a sum of result type t.
func sumOf(t *types.Type) op.Acc {
	switch {
	case t.Is("Float"):
		return &exactFloat{}
	case t.Is("Duration"):
		return &summing{mk: duration}
	}
	return &summing{grow: t.Is("Max"), mk: value.MakeInt}
}

func (s *summing) Add(v value.Value, n int64) { s.sum.addProduct(raw(v), n) }

func (s *summing) Result() (value.Value, bool, error) {
	n, fits := s.sum.int64()
	if !fits && !s.grow {
		return value.Value{}, false, op.Fail(op.Overflow, "the sum is outside the range of its type")
	}
	return s.mk(n), true, nil
}

// exactFloat adds Floats without rounding: every finite Float is a whole
// multiple of 2^-1074, so the sum is a whole number of those, rounded once when
// it is read. NaN and infinities are counted apart.
type exactFloat struct {
	units          big.Int
	nans, pos, neg int64
	term           big.Int // scratch
}

const smallest = -1074 // exponent of the least positive Float

func (s *exactFloat) Add(v value.Value, n int64) {
	x := v.Float()
	switch {
	case math.IsNaN(x):
		s.nans += n
		return
	case math.IsInf(x, 1):
		s.pos += n
		return
	case math.IsInf(x, -1):
		s.neg += n
		return
	}
	frac, exp := math.Frexp(x)              // x = frac * 2^exp, frac has 53 bits
	mantissa := int64(math.Ldexp(frac, 53)) // x = mantissa * 2^(exp-53)
	shift := exp - 53 - smallest
	if shift < 0 { // denormal: the low bits of the mantissa are zero
		mantissa >>= -shift
		shift = 0
	}
	s.term.Mul(big.NewInt(mantissa), big.NewInt(n))
	s.units.Add(&s.units, s.term.Lsh(&s.term, uint(shift)))
}

// float returns the sum, rounded to the nearest Float.
func (s *exactFloat) float() float64 {
	switch {
	case s.nans > 0 || s.pos > 0 && s.neg > 0:
		return math.NaN()
	case s.pos > 0:
		return math.Inf(1)
	case s.neg > 0:
		return math.Inf(-1)
	}
	sum := new(big.Float).SetInt(&s.units)
	x, _ := sum.SetMantExp(sum, smallest).Float64()
	return x
}

func (s *exactFloat) Result() (value.Value, bool, error) {
	return value.MakeFloat(s.float()), true, nil
}

// averaging is the mean of numbers as a Float, None of nothing.
type averaging struct {
	n      int64
	ints   int128
	floats exactFloat
}

func (a *averaging) Add(v value.Value, n int64) {
	a.n += n
	if v.Kind() == value.Float {
		a.floats.Add(v, n)
	} else {
		a.ints.addProduct(v.Int(), n)
	}
}

func (a *averaging) Result() (value.Value, bool, error) {
	if a.n == 0 {
		return value.None(), true, nil
	}
	sum := new(big.Float).SetInt(a.ints.big())
	whole, _ := sum.Quo(sum, new(big.Float).SetInt64(a.n)).Float64()
	return value.Some(value.MakeFloat(whole + a.floats.float()/float64(a.n))), true, nil
}

func (s *int128) big() *big.Int {
	b := new(big.Int).Lsh(big.NewInt(s.hi), 64)
	return b.Add(b, new(big.Int).SetUint64(s.lo))
}

// durationAverage is the mean of durations, rounded down to a nanosecond.
type durationAverage struct{ mean averaging }

func (a *durationAverage) Add(v value.Value, n int64) {
	a.mean.n += n
	a.mean.ints.addProduct(raw(v), n)
}

func (a *durationAverage) Result() (value.Value, bool, error) {
	if a.mean.n == 0 {
		return value.None(), true, nil
	}
	q, _ := new(big.Int).DivMod(a.mean.ints.big(), big.NewInt(a.mean.n), new(big.Int))
	return value.Some(value.MakeDuration(time.Duration(q.Int64()))), true, nil
}

// extreme is the least or greatest value; what an empty group gives is up to the
// result: unset for Min and Max, None for Option.
type extreme struct {
	in       multiset
	greatest bool
	project  func(value.Value) value.Value
	option   bool
}

// extremeOf makes the accumulator for min (greatest false) or max.
func extremeOf(greatest bool) func(t *types.Type) op.Acc {
	return func(t *types.Type) op.Acc { return &extreme{greatest: greatest, option: t.Is("Option")} }
}

// extremeBy is extremeOf for (key, element) pairs, of which it gives the element.
func extremeBy(greatest bool) func(t *types.Type) op.Acc {
	return func(t *types.Type) op.Acc {
		return &extreme{greatest: greatest, option: t.Is("Option"), project: func(pair value.Value) value.Value { return pair.Elems()[1] }}
	}
}

func (e *extreme) Add(v value.Value, n int64) { e.in.add(v, n) }

func (e *extreme) Result() (value.Value, bool, error) {
	v, ok := e.in.least()
	if e.greatest {
		v, ok = e.in.greatest()
	}
	if ok && e.project != nil {
		v = e.project(v)
	}
	switch {
	case e.option && ok:
		return value.Some(v), true, nil
	case e.option:
		return value.None(), true, nil
	case !ok:
		return value.MakeUnset(), false, nil
	}
	return v, true, nil
}

// deciding counts truths: `any` asks for one, `all` for no untruth.
type deciding struct {
	yes, no int64
	all     bool
}

func (d *deciding) Add(v value.Value, n int64) {
	if v.Bool() {
		d.yes += n
	} else {
		d.no += n
	}
}

func (d *deciding) Result() (value.Value, bool, error) {
	if d.all {
		return value.MakeBool(d.no == 0), true, nil
	}
	return value.MakeBool(d.yes > 0), true, nil
}
