package feed

import (
	"encoding/binary"
	"math/bits"
	"unsafe"

	"github.com/laspc/lasp/lang/value"
)

// texts numbers distinct texts in the order in which they come. Most are short:
// those of up to 16 bytes are compared as two words that lie in the table itself,
// so that to find one takes one look into memory. Longer ones are a map's.
type texts struct {
	short []shortText // open addressing; its length is a power of two
	used  int
	long  map[string]value.Word
	n     int    // numbers given
	block []byte // memory of new texts
}

// shortText is a text of up to 16 bytes: where it is shorter than 8 its bytes in
// a, else its first and its last 8 bytes.
type shortText struct {
	a, b uint64
	n    uint32 // its number plus one, 0 where the place is free
	size uint8
}

const (
	shortMost = 16      // bytes of a text that is short
	textBlock = 1 << 16 // bytes of texts that lie together
)

func newTexts() *texts {
	return &texts{short: make([]shortText, 1<<8), long: map[string]value.Word{}}
}

// reset forgets all texts.
func (t *texts) reset() {
	clear(t.short)
	clear(t.long)
	t.used, t.n = 0, 0
}

// next gives the next number to something else.
func (t *texts) next() value.Word {
	t.n++
	return value.Word(t.n - 1)
}

// number is the number of a text. Where it is new, own is a copy of it.
func (t *texts) number(text []byte) (n value.Word, own string, fresh bool) {
	if len(text) > shortMost {
		n, ok := t.long[string(text)]
		if !ok {
			n, own = t.next(), t.keep(text)
			t.long[own] = n
		}
		return n, own, !ok
	}
	s := shorten(text)
	mask := uint64(len(t.short) - 1)
	at := s.hash() & mask
	for ; t.short[at].n != 0; at = (at + 1) & mask {
		if o := &t.short[at]; o.a == s.a && o.b == s.b && o.size == s.size {
			return value.Word(o.n - 1), "", false
		}
	}
	n = t.next()
	s.n = uint32(t.n)
	t.short[at] = s
	if t.used++; 2*t.used > len(t.short) {
		t.grow()
	}
	return n, t.keep(text), true
}

func shorten(text []byte) shortText {
	s := shortText{size: uint8(len(text))}
	if len(text) >= 8 {
		s.a, s.b = binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint64(text[len(text)-8:])
		return s
	}
	for i, c := range text {
		s.a |= uint64(c) << (8 * i)
	}
	return s
}

func (s *shortText) hash() uint64 {
	hi, lo := bits.Mul64(s.a^0xa0761d6478bd642f, s.b^0xe7037ed1a0b428db^uint64(s.size)<<32)
	hi, lo = bits.Mul64(hi^lo, 0x9e3779b97f4a7c15)
	return hi ^ lo
}

func (t *texts) grow() {
	old := t.short
	t.short = make([]shortText, 2*len(old))
	mask := uint64(len(t.short) - 1)
	for _, s := range old {
		if s.n == 0 {
			continue
		}
		at := s.hash() & mask
		for t.short[at].n != 0 {
			at = (at + 1) & mask
		}
		t.short[at] = s
	}
}

// keep copies a text.
func (t *texts) keep(text []byte) string {
	if len(text) == 0 {
		return ""
	}
	if cap(t.block)-len(t.block) < len(text) {
		t.block = make([]byte, 0, max(textBlock, len(text)))
	}
	at := len(t.block)
	t.block = append(t.block, text...)
	return unsafe.String(&t.block[at], len(text))
}
