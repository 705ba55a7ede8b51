package vm

import "encoding/binary"

// A mask is a byte for each row of a batch, 1 or 0. Its length is a multiple of 8,
// so that masks are combined eight rows at a time.

func eight(m []byte, i int) uint64 { return binary.LittleEndian.Uint64(m[i : i+8]) }

func setEight(m []byte, i int, x uint64) { binary.LittleEndian.PutUint64(m[i:i+8], x) }

// keepMask takes the rows that are not in b out of m, and reports whether there
// are any left.
func keepMask(m, b []byte) bool {
	var left uint64
	for i := 0; i < len(m); i += 8 {
		x := eight(m, i) & eight(b, i)
		setEight(m, i, x)
		left |= x
	}
	return left != 0
}

// splitMask moves the rows of m that are not in b over to, and reports whether
// there are any left in m.
func splitMask(m, b, to []byte) bool {
	var left uint64
	for i := 0; i < len(m); i += 8 {
		x, y := eight(m, i), eight(b, i)
		setEight(to, i, eight(to, i)|x&^y)
		x &= y
		setEight(m, i, x)
		left |= x
	}
	return left != 0
}

// moveMask adds the rows of m to others and leaves none.
func moveMask(to, m []byte) {
	for i := 0; i < len(m); i += 8 {
		setEight(to, i, eight(to, i)|eight(m, i))
		setEight(m, i, 0)
	}
}

// someMask reports whether there are any rows in m.
func someMask(m []byte) bool {
	var some uint64
	for i := 0; i < len(m); i += 8 {
		some |= eight(m, i)
	}
	return some != 0
}

// countMask is the number of rows in m.
func countMask(m []byte) (n int64) {
	for i := 0; i < len(m); i += 8 {
		// The bytes are 0 or 1: the product adds them up in the highest one.
		n += int64(eight(m, i) * 0x0101010101010101 >> 56)
	}
	return n
}

// countOnes is countMask of bytes of any number.
func countOnes(m []byte) (n int) {
	whole := len(m) &^ 7
	n = int(countMask(m[:whole]))
	for _, x := range m[whole:] {
		n += int(x)
	}
	return n
}
