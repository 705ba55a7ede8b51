package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Major types of CBOR, as they stand in the three high bits of a head.
const (
	majorUint  = 0 << 5
	majorNeg   = 1 << 5
	majorBytes = 2 << 5
	majorText  = 3 << 5
	majorArray = 4 << 5
	majorMap   = 5 << 5

	simpleFalse = 0xf4
	simpleTrue  = 0xf5
	simpleNull  = 0xf6
	headFloat64 = 0xfb
)

// appendHead writes a head in its shortest form.
func appendHead(dst []byte, major byte, n uint64) []byte {
	switch {
	case n < 24:
		return append(dst, major|byte(n))
	case n <= 0xff:
		return append(dst, major|24, byte(n))
	case n <= 0xffff:
		return binary.BigEndian.AppendUint16(append(dst, major|25), uint16(n))
	case n <= 0xffffffff:
		return binary.BigEndian.AppendUint32(append(dst, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(dst, major|27), n)
}

func appendInt(dst []byte, i int64) []byte {
	if i < 0 {
		return appendHead(dst, majorNeg, uint64(^i))
	}
	return appendHead(dst, majorUint, uint64(i))
}

var (
	errTruncated = fmt.Errorf("the data ends in the middle: %w", io.ErrUnexpectedEOF)
	errLongForm  = errors.New("a length or number is not in its shortest form")
)

// readHead takes one head apart and returns the bytes behind it. Only shortest
// forms are taken, so that a value has one encoding.
func readHead(b []byte) (major byte, n uint64, rest []byte, err error) {
	if len(b) == 0 {
		return 0, 0, nil, errTruncated
	}
	major, info := b[0]&0xe0, b[0]&0x1f
	b = b[1:]
	if info < 24 {
		return major, uint64(info), b, nil
	}
	if info > 27 {
		return 0, 0, nil, errors.New("indefinite lengths and reserved forms are not allowed")
	}
	size := 1 << (info - 24)
	if len(b) < size {
		return 0, 0, nil, errTruncated
	}
	for _, c := range b[:size] {
		n = n<<8 | uint64(c)
	}
	if size == 1 && n < 24 || size > 1 && n>>(4*size) == 0 {
		return 0, 0, nil, errLongForm
	}
	return major, n, b[size:], nil
}
