package lattice

import (
	"math"
	"math/bits"
)

// Int128 is a sum of 64-bit numbers that cannot overflow in practice, so that a
// sum does not depend on the order of its parts. The zero value is 0.
type Int128 struct {
	hi int64
	lo uint64
}

// Add adds n.
func (s *Int128) Add(n int64) {
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, uint64(n), 0)
	s.hi += n>>63 + int64(carry)
}

// Sub takes n away.
func (s *Int128) Sub(n int64) {
	var borrow uint64
	s.lo, borrow = bits.Sub64(s.lo, uint64(n), 0)
	s.hi -= n>>63 + int64(borrow)
}

// Clamp returns the sum, or the bound that it passed: floor or the greatest
// 64-bit number.
func (s Int128) Clamp(floor int64) int64 {
	switch {
	case s.hi < 0 && (s.hi < -1 || s.lo < 1<<63):
		return floor
	case s.hi > 0 || s.hi == 0 && s.lo > math.MaxInt64:
		return math.MaxInt64
	}
	return max(int64(s.lo), floor)
}
