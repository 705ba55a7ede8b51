package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Packer writes a long run of numbers and values without a head for each. Its
// bytes travel as one CBOR byte string. The zero Packer is empty.
type Packer struct{ Bytes []byte }

// Uint writes a number in groups of 7 bits, the lowest first.
func (p *Packer) Uint(n uint64) { p.Bytes = binary.AppendUvarint(p.Bytes, n) }

// Int writes a signed number.
func (p *Packer) Int(n int64) { p.Bytes = binary.AppendVarint(p.Bytes, n) }

// Raw writes bytes whose number the reader knows.
func (p *Packer) Raw(b []byte) { p.Bytes = append(p.Bytes, b...) }

// Column writes a column of values of one data type: numbers as differences to
// their predecessor, texts as lengths and bytes, all else by EncodeValue.
func (p *Packer) Column(t *types.Type, n int, at func(i int) value.Value) {
	switch k, _ := t.RawKind(); {
	case k == value.Int || k == value.Duration || k == value.Bool:
		prev := uint64(0)
		for i := range n {
			w := value.RawWord(at(i))
			p.Int(int64(w - prev))
			prev = w
		}
	case k == value.Float:
		for i := range n {
			p.Bytes = binary.BigEndian.AppendUint64(p.Bytes, value.RawWord(at(i)))
		}
	case isText(t):
		for i := range n {
			s := at(i).Str()
			p.Uint(uint64(len(s)))
			p.Bytes = append(p.Bytes, s...)
		}
	default:
		for i := range n {
			p.Bytes = EncodeValue(p.Bytes, at(i))
		}
	}
}

func isText(t *types.Type) bool { return t.Is("String") || t.Is("Node") || t.Is("Bytes") }

// Unpacker reads what a Packer wrote. The first error stays: later reads give
// zeros, so callers check Err once.
type Unpacker struct {
	Err error
	d   *decoder
}

// NewUnpacker reads b under limits.
func NewUnpacker(b []byte, l Limits) *Unpacker {
	u := &Unpacker{d: newDecoder(b, l)}
	if len(b) > u.d.limits.Bytes {
		u.Err = fmt.Errorf("%d bytes, at most %d are taken: %w", len(b), u.d.limits.Bytes, ErrLimit)
	}
	return u
}

// Left is the number of bytes that were not read yet.
func (u *Unpacker) Left() int { return len(u.d.rest) }

// Fail records an error unless there is one.
func (u *Unpacker) Fail(err error) {
	if u.Err == nil {
		u.Err = err
	}
}

// Uint reads a number; anything above limit is an error.
func (u *Unpacker) Uint(limit uint64) uint64 {
	if u.Err != nil {
		return 0
	}
	n, size := binary.Uvarint(u.d.rest)
	if size <= 0 {
		u.Err = errTruncated
		return 0
	}
	if n > limit {
		u.Err = fmt.Errorf("%d where at most %d is allowed: %w", n, limit, ErrLimit)
		return 0
	}
	u.d.rest = u.d.rest[size:]
	return n
}

// Count reads the number of items that follow, each of at least one byte.
func (u *Unpacker) Count() int { return int(u.Uint(uint64(min(len(u.d.rest), u.d.limits.Elements)))) }

// Int reads a signed number.
func (u *Unpacker) Int() int64 {
	if u.Err != nil {
		return 0
	}
	n, size := binary.Varint(u.d.rest)
	if size <= 0 {
		u.Err = errTruncated
		return 0
	}
	u.d.rest = u.d.rest[size:]
	return n
}

// Raw reads n bytes; they are shared with the input.
func (u *Unpacker) Raw(n int) []byte {
	if u.Err == nil && n > len(u.d.rest) {
		u.Err = errTruncated
	}
	if u.Err != nil {
		return nil
	}
	b := u.d.rest[:n:n]
	u.d.rest = u.d.rest[n:]
	return b
}

// End fails unless everything was read.
func (u *Unpacker) End() error {
	if u.Err == nil && len(u.d.rest) > 0 {
		u.Err = fmt.Errorf("%d bytes too many", len(u.d.rest))
	}
	return u.Err
}

// Column reads n values of data type t.
func (u *Unpacker) Column(t *types.Type, n int, put func(i int, v value.Value)) {
	if n > len(u.d.rest) {
		u.Fail(errTruncated)
	}
	k, raw := t.RawKind()
	prev := uint64(0)
	for i := 0; i < n && u.Err == nil; i++ {
		switch {
		case k == value.Float:
			put(i, u.float())
		case raw:
			prev += uint64(u.Int())
			u.checkRaw(t, k, prev)
			put(i, value.FromRaw(k, prev))
		case isText(t):
			put(i, u.text(t))
		default:
			v, err := u.d.value(t, u.d.limits.Depth)
			if err != nil {
				u.Fail(fmt.Errorf("value of type %s: %w", t, err))
				return
			}
			put(i, v)
		}
	}
}

func (u *Unpacker) float() value.Value {
	b := u.Raw(8)
	if u.Err != nil {
		return value.Value{}
	}
	f := math.Float64frombits(binary.BigEndian.Uint64(b))
	v := value.MakeFloat(f)
	if math.Float64bits(v.Float()) != math.Float64bits(f) {
		u.Err = errors.New("a Float is another form of NaN or 0")
	}
	return v
}

// checkRaw refuses numbers outside their type, which no program can make.
func (u *Unpacker) checkRaw(t *types.Type, k value.Kind, w uint64) {
	if k == value.Bool && w > 1 || t.Is("Nat") && int64(w) < 0 {
		u.Fail(fmt.Errorf("%d is not a %s", int64(w), t))
	}
}

func (u *Unpacker) text(t *types.Type) value.Value {
	b := u.Raw(int(u.Uint(uint64(len(u.d.rest)))))
	switch {
	case u.Err != nil:
		return value.Value{}
	case t.Is("Bytes"):
		return value.MakeBytes(b)
	case !utf8.Valid(b):
		u.Err = errors.New("a text is not valid UTF-8")
	case t.Is("Node"):
		return value.MakeNode(string(b))
	}
	return value.MakeString(string(b))
}

// Value reads one value written by EncodeValue.
func (u *Unpacker) Value(t *types.Type) value.Value {
	if u.Err != nil {
		return value.Value{}
	}
	v, err := u.d.value(t, u.d.limits.Depth)
	if err != nil {
		u.Err = fmt.Errorf("value of type %s: %w", t, err)
	}
	return v
}
