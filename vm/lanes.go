package vm

import (
	"cmp"
	"math"

	"github.com/laspc/lasp/lang/value"
)

// The loops over columns. Each is as plain as it can be: no call, no branch that
// depends on a row but one that is never taken, so that the processor runs several
// rows at once.

// arithWithK computes word a from word b and k; bad is set where b is out of range.
func (l *lane) arithWithK(a, b []value.Word) (bad bool) {
	a = a[:len(b)]
	k, lo, span := l.k, l.lo, l.span
	switch l.arith {
	case arithAdd:
		for i, x := range b {
			if uint64(x)-lo > span {
				bad = true
			}
			a[i] = x + k
		}
	case arithSub:
		for i, x := range b {
			if uint64(x)-lo > span {
				bad = true
			}
			a[i] = x - k
		}
	case arithMul:
		for i, x := range b {
			if uint64(x)-lo > span {
				bad = true
			}
			a[i] = x * k
		}
	case arithDiv:
		by := l.by
		for i, x := range b {
			a[i] = value.Word(by.div(int64(x)))
		}
	case arithMod:
		by := l.by
		for i, x := range b {
			a[i] = value.Word(by.mod(int64(x)))
		}
	}
	return bad
}

// linear computes word a from word b.
func (l *lane) linear(a, b []value.Word) (bad bool) {
	a = a[:len(b)]
	k, add, lo, span := l.k, l.add, l.lo, l.span
	for i, x := range b {
		if uint64(x)-lo > span {
			bad = true
		}
		a[i] = x*k + add
	}
	return bad
}

// divides computes truth a from word b.
func (l *lane) divides(a []byte, b []value.Word) {
	a = a[:len(b)]
	by, not := l.by, l.not
	if by.power == 0 { // nothing to rotate
		for i, x := range b {
			a[i] = bit(uint64(x)*by.inverse+by.bias <= by.most) ^ not
		}
		return
	}
	for i, x := range b {
		a[i] = bit(by.divides(int64(x))) ^ not
	}
}

// arithOf computes word a from words b and c; bad is set where a result is wrong.
func (l *lane) arithOf(a, b, c []value.Word) (bad bool) {
	a, c = a[:len(b)], c[:len(b)]
	switch l.arith {
	case arithAdd:
		for i, x := range b {
			y := c[i]
			n := x + y
			if int64((x^n)&(y^n)) < 0 {
				bad = true
			}
			a[i] = n
		}
	case arithSub:
		for i, x := range b {
			y := c[i]
			n := x - y
			if int64((x^y)&(x^n)) < 0 {
				bad = true
			}
			a[i] = n
		}
	default:
		for i, x := range b {
			n, ok := l.arith.compute(int64(x), int64(c[i]))
			if !ok {
				bad = true
			}
			a[i] = value.Word(n)
		}
	}
	return bad
}

// fails reports whether there is no result for one row.
func (l *lane) fails(words [][]value.Word, i int) bool {
	x := int64(words[l.b][i])
	switch l.op {
	case laneArithK, laneLinear, laneCmpRange:
		return uint64(x)-l.lo > l.span
	case laneArith:
		_, ok := l.arith.compute(x, int64(words[l.c][i]))
		return !ok
	}
	if l.op == laneFloats {
		n, err := floats(l.row, words[l.b][i], words[l.c][i])
		words[l.a][i] = n
		return err != nil
	}
	n, err := l.row.Ints(x, int64(words[l.c][i]))
	words[l.a][i] = value.Word(n)
	return err != nil
}

// The masks of orders, as orders makes them.
const (
	isLess    = 1
	isEqual   = 2
	isGreater = 4
)

// rangeOf is the range of words whose comparison with k is in mask, from lo on and
// for span more; or, where not is 1, the range of those of which it is not.
func rangeOf(k int64, mask int32) (lo, span uint64, not byte) {
	const least, most = uint64(1) << 63, uint64(math.MaxInt64)
	at := uint64(k)
	switch {
	case mask == isEqual:
		return at, 0, 0
	case mask == isLess|isGreater:
		return at, 0, 1
	case mask == isLess|isEqual:
		return least, at - least, 0
	case mask == isGreater:
		return least, at - least, 1
	case mask == isGreater|isEqual:
		return at, most - at, 0
	case mask == isLess:
		return at, most - at, 1
	}
	return 0, math.MaxUint64, bit(mask == 0) // always or never
}

func compareK(a []byte, b []value.Word, k int64, mask int32) {
	a = a[:len(b)]
	from, more, not := rangeOf(k, mask)
	for i, x := range b {
		a[i] = bit(uint64(x)-from <= more) ^ not
	}
}

// compareRange is compareK of words that are in the range of l; bad is set where one
// is not.
func (l *lane) compareRange(a []byte, b []value.Word) (bad bool) {
	a = a[:len(b)]
	from, more, not := rangeOf(int64(l.k), l.mask)
	lo, span := l.lo, l.span
	for i, x := range b {
		if uint64(x)-lo > span {
			bad = true
		}
		a[i] = bit(uint64(x)-from <= more) ^ not
	}
	return bad
}

func compareWords(a []byte, b, c []value.Word, mask int32) {
	a, c = a[:len(b)], c[:len(b)]
	switch mask {
	case isEqual:
		for i, x := range b {
			a[i] = bit(x == c[i])
		}
	case isLess | isGreater:
		for i, x := range b {
			a[i] = bit(x != c[i])
		}
	case isLess:
		for i, x := range b {
			a[i] = bit(int64(x) < int64(c[i]))
		}
	case isLess | isEqual:
		for i, x := range b {
			a[i] = bit(int64(x) <= int64(c[i]))
		}
	default:
		for i, x := range b {
			a[i] = byte(holds(cmp.Compare(int64(x), int64(c[i])), mask))
		}
	}
}

func compareFloats(a []byte, b, c []value.Word, mask int32) {
	for i, x := range b {
		a[i] = byte(holds(value.Compare(value.FromRaw(value.Float, x), value.FromRaw(value.Float, c[i])), mask))
	}
}

// bit is compiled to a flag of the comparison.
func bit(b bool) byte {
	var n byte
	if b {
		n = 1
	}
	return n
}

// blend sets the words of a where the mask is.
func blend(a, b []value.Word, mask []byte) {
	a, mask = a[:len(b)], mask[:len(b)]
	for i, x := range b {
		keep := -value.Word(mask[i])
		a[i] = a[i]&^keep | x&keep
	}
}

func blendK(a []value.Word, k value.Word, mask []byte) {
	mask = mask[:len(a)]
	for i := range a {
		keep := -value.Word(mask[i])
		a[i] = a[i]&^keep | k&keep
	}
}

// blendTruths sets the truth values of a where the mask is.
func blendTruths(a, b, mask []byte) {
	for i := 0; i < len(mask); i += 8 {
		m := eight(mask, i)
		setEight(a, i, eight(a, i)&^m|eight(b, i)&m)
	}
}

func blendTruthK(a []byte, k value.Word, mask []byte) {
	for i := 0; i < len(mask); i += 8 {
		m := eight(mask, i)
		x := eight(a, i) &^ m
		if k != 0 {
			x |= m
		}
		setEight(a, i, x)
	}
}
