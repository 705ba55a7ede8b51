package vm

import (
	"math"
	"math/big"
	"math/bits"

	"github.com/laspc/lasp/lang/value"
)

// Neighbouring lanes become one where the column between them has no other reader:
//
//   - arithmetic with constants behind arithmetic with constants is x*k + plus, with
//     one range of x for which neither overflows;
//   - a comparison of that with a constant is a comparison of x;
//   - x % d == 0 needs no quotient.
//
// A row outside the range leaves, as it does where there is no such neighbour.

// linearOf is a lane as x*k + plus; ok is false where it is not of that form.
func linearOf(l *lane) (k, plus *big.Int, ok bool) {
	c := big.NewInt(int64(l.k))
	switch {
	case l.op == laneLinear:
		return l.times, l.plus, true
	case l.op != laneArithK:
	case l.arith == arithAdd:
		return big.NewInt(1), c, true
	case l.arith == arithSub:
		return big.NewInt(1), c.Neg(c), true
	case l.arith == arithMul && l.k != 0:
		return c, new(big.Int), true
	}
	return nil, nil, false
}

// fuse joins neighbours.
func (w *batcher) fuse() {
	reads := w.reads()
	fused := w.b.lanes[:0]
	for _, l := range w.b.lanes {
		if n := len(fused); n > 0 && fused[n-1].givesWord() && fused[n-1].a == l.b && reads[l.b] == 1 && join(&fused[n-1], &l) {
			continue
		}
		fused = append(fused, l)
	}
	w.b.lanes = fused
}

// givesWord tells lanes that could be joined with the next one.
func (l *lane) givesWord() bool { return l.op == laneArithK || l.op == laneLinear }

// reads counts the readers of each register of words.
func (w *batcher) reads() []int {
	n := make([]int, len(w.truth))
	for i := range w.b.lanes {
		switch l := &w.b.lanes[i]; l.op {
		case laneArith, laneInts, laneFloats, laneCmp, laneCmpFloat, laneSame:
			n[l.b]++
			n[l.c]++
		case laneArithK, laneCmpK, laneMove, laneMemo, laneMemoTruth:
			n[l.b]++
		}
	}
	for _, o := range w.b.outs {
		if o.from == outWord {
			n[o.reg]++
		}
	}
	return n
}

// join makes one lane of two, in the place of the first, if there is one for both.
func join(a, b *lane) bool {
	if a.op == laneArithK && a.arith == arithMod && b.op == laneCmpK && b.k == 0 && (b.mask == isEqual || b.mask == isLess|isGreater) {
		a.op, a.a, a.mask, a.not = laneDivides, b.a, b.mask, bit(b.mask != isEqual)
		a.by.prepare()
		return true
	}
	k, plus, ok := linearOf(a)
	switch {
	case !ok:
		return false
	case b.op == laneCmpK:
		a.compareLinear(k, plus, b)
		return true
	}
	k2, plus2, ok := linearOf(b)
	if !ok {
		return false
	}
	lo, hi := big.NewInt(int64(b.lo)), big.NewInt(int64(b.lo+b.span))
	if !a.narrow(k, lo.Sub(lo, plus), hi.Sub(hi, plus)) {
		return false
	}
	sum := new(big.Int).Mul(plus, k2)
	a.op, a.a, a.times, a.plus = laneLinear, b.a, new(big.Int).Mul(k, k2), sum.Add(sum, plus2)
	a.k, a.add = wrapped(a.times), wrapped(a.plus)
	return true
}

// wrapped is a number modulo 2^64.
func wrapped(n *big.Int) value.Word {
	low := new(big.Int).And(n, new(big.Int).SetUint64(math.MaxUint64))
	return value.Word(low.Uint64())
}

// narrow keeps of the range of x for which there is a result those for which x*k is
// from lo to hi. It reports false where none is left.
func (l *lane) narrow(k, lo, hi *big.Int) bool {
	if k.Sign() < 0 {
		k, lo, hi = new(big.Int).Neg(k), new(big.Int).Neg(hi), new(big.Int).Neg(lo)
	}
	first, last := big.NewInt(int64(l.lo)), big.NewInt(int64(l.lo+l.span))
	// Div rounds down since k is positive: the least multiple that is not below lo.
	if up := lo.Neg(lo).Div(lo, k); first.Cmp(up.Neg(up)) < 0 {
		first = up
	}
	if down := hi.Div(hi, k); last.Cmp(down) > 0 {
		last = down
	}
	if first.Cmp(last) > 0 {
		return false
	}
	l.lo = uint64(first.Int64())
	l.span = uint64(last.Int64()) - l.lo
	return true
}

// compareLinear makes of x*k + plus, compared as b does, a comparison of x.
func (l *lane) compareLinear(k, plus *big.Int, b *lane) {
	t := big.NewInt(int64(b.k))
	t.Sub(t, plus)
	mask := b.mask
	if k.Sign() < 0 {
		k, mask = new(big.Int).Neg(k), mirrored(mask)
		t.Neg(t)
	}
	at, rest := t.DivMod(t, k, new(big.Int))
	if rest.Sign() != 0 { // x*k lies between two multiples: none is equal
		mask &^= isEqual
		if mask&isLess != 0 {
			mask |= isEqual
		}
	}
	switch {
	case at.IsInt64():
		l.k = value.Word(at.Int64())
	case at.Sign() > 0: // every x is less
		l.k, mask = 0, everOf(mask&isLess != 0)
	default:
		l.k, mask = 0, everOf(mask&isGreater != 0)
	}
	l.op, l.a, l.mask = laneCmpRange, b.a, mask
}

// everOf is the mask of what always or never holds.
func everOf(always bool) int32 {
	if always {
		return isLess | isEqual | isGreater
	}
	return 0
}

// mirrored is the mask of a comparison whose sides have changed places.
func mirrored(mask int32) int32 { return mask&isLess<<2 | mask&isEqual | mask>>2&isLess }

// prepare makes v ready to tell multiples (Granlund and Montgomery, section 9): d is
// an odd number times a power of two. Times the inverse of the odd number a multiple
// of that is its quotient, which is small; where it is also a multiple of the power
// the number is one of d. The bias makes small numbers of either sign positive, and
// what is no multiple of the power large when it is rotated.
func (v *divisor) prepare() {
	v.power = uint(bits.TrailingZeros64(uint64(v.d)))
	odd := uint64(v.d) >> v.power
	inverse := odd // right in 3 bits; each round doubles them
	for range 5 {
		inverse *= 2 - odd*inverse
	}
	v.inverse, v.bias, v.most = inverse, 0, math.MaxUint64>>v.power
	if odd > 1 {
		v.bias = math.MaxInt64 / odd >> v.power << v.power
		v.most = 2 * v.bias >> v.power
	}
}

// divides reports whether x is a multiple.
func (v *divisor) divides(x int64) bool {
	return bits.RotateLeft64(uint64(x)*v.inverse+v.bias, -int(v.power)) <= v.most
}
