package feed

import (
	"encoding/binary"
	"math/bits"
	"unsafe"

	"github.com/laspc/lasp/lang/value"
)

// texts numbers distinct texts in the order in which they come. Most are short:
// those of up to 16 bytes are compared as two words. Where one may lie is told by a
// byte of its hash, so that the tables which are looked into at random are small
// enough for the nearer caches. Longer ones are a map's.
//
// Short texts are not looked for one by one: they wait until there are some, and
// their places are read before the first is looked for, so that the processor waits
// for memory once for all of them.
type texts struct {
	tags  []uint8    // open addressing: bits of the hash, 0 where the place is free
	at    []uint32   // by place: number of the short text
	short []shortKey // by number of the short text
	sizes []uint8
	nums  []value.Word // the number that it was given among all
	long  map[string]value.Word
	n     int    // numbers given
	block []byte // memory of new texts
	seen  uint32 // what is read ahead is kept, so that it is read
}

// shortKey is a text of up to 16 bytes, together with its size: its first and last
// bytes, which overlap where it is shorter.
type shortKey struct{ a, b uint64 }

// waitingText is a short text that is looked for together with others.
type waitingText struct {
	shortKey
	hash uint64
	pos  uint32 // where its number goes
	size uint8
}

const (
	shortMost = 16      // bytes of a text that is short
	textBlock = 1 << 16 // bytes of texts that lie together
	// manyWait is how many short texts are looked for together.
	manyWait = 256
)

func newTexts() *texts {
	return &texts{tags: make([]uint8, 1<<8), at: make([]uint32, 1<<8), long: map[string]value.Word{}}
}

// reset forgets all texts.
func (t *texts) reset() {
	clear(t.tags)
	clear(t.long)
	t.short, t.sizes, t.nums, t.n = t.short[:0], t.sizes[:0], t.nums[:0], 0
}

// next gives the next number to something else.
func (t *texts) next() value.Word {
	t.n++
	return value.Word(t.n - 1)
}

// longNumber is the number of a long text. Where it is new, own is a copy of it.
func (t *texts) longNumber(text []byte) (n value.Word, own string, fresh bool) {
	n, ok := t.long[string(text)]
	if !ok {
		n, own = t.next(), t.keep(text)
		t.long[own] = n
	}
	return n, own, !ok
}

// numbers finds the numbers of short texts in the order in which they wait and puts
// them where they go in words. It calls fresh with copies of those that are new.
func (t *texts) numbers(wait []waitingText, words []value.Word, fresh func(own string)) {
	for (len(t.short)+len(wait))*4 > len(t.tags)*3 {
		t.grow()
	}
	mask, seen := uint64(len(t.tags)-1), uint32(0)
	for i := range wait {
		at := wait[i].hash & mask
		seen |= uint32(t.tags[at]) | t.at[at]
	}
	t.seen = seen
	for i := range wait {
		w := &wait[i]
		k, is := t.find(w)
		if !is {
			t.nums = append(t.nums, t.next())
			fresh(t.keep(w.bytes()))
		}
		words[w.pos] = t.nums[k]
	}
}

// find is the number of a short text among short ones, where it is known; else it is
// put in.
func (t *texts) find(w *waitingText) (k uint32, is bool) {
	mask, tag := uint64(len(t.tags)-1), tagOf(w.hash)
	at := w.hash & mask
	for ; t.tags[at] != 0; at = (at + 1) & mask {
		if t.tags[at] != tag {
			continue
		}
		if k := t.at[at]; t.short[k] == w.shortKey && t.sizes[k] == w.size {
			return k, true
		}
	}
	k = uint32(len(t.short))
	t.tags[at], t.at[at] = tag, k
	t.short, t.sizes = append(t.short, w.shortKey), append(t.sizes, w.size)
	return k, false
}

// tagOf is bits of a hash that its place does not show, never 0.
func tagOf(hash uint64) uint8 { return uint8(hash>>56) | 1 }

// shorten is a short text as it waits.
func shorten(text []byte) (w waitingText) {
	n := len(text)
	w.size = uint8(n)
	switch {
	case n >= 8:
		w.a, w.b = binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint64(text[n-8:])
	case n >= 4:
		w.a, w.b = uint64(binary.LittleEndian.Uint32(text)), uint64(binary.LittleEndian.Uint32(text[n-4:]))
	case n > 0:
		w.a = uint64(text[0]) | uint64(text[n/2])<<8 | uint64(text[n-1])<<16
	}
	w.hash = w.shortKey.hash(w.size)
	return w
}

// bytes is the text again.
func (w *waitingText) bytes() []byte {
	var buf [shortMost]byte
	n := int(w.size)
	switch {
	case n >= 8:
		binary.LittleEndian.PutUint64(buf[:], w.a)
		binary.LittleEndian.PutUint64(buf[n-8:], w.b)
	case n >= 4:
		binary.LittleEndian.PutUint32(buf[:], uint32(w.a))
		binary.LittleEndian.PutUint32(buf[n-4:], uint32(w.b))
	case n > 0:
		buf[0] = byte(w.a)
		buf[n/2] = byte(w.a >> 8)
		buf[n-1] = byte(w.a >> 16)
	}
	return buf[:n]
}

func (k shortKey) hash(size uint8) uint64 {
	hi, lo := bits.Mul64(k.a^0xa0761d6478bd642f, k.b^0xe7037ed1a0b428db^uint64(size)<<32)
	hi, lo = bits.Mul64(hi^lo, 0x9e3779b97f4a7c15)
	return hi ^ lo
}

func (t *texts) grow() {
	size := 2 * len(t.tags)
	t.tags, t.at = make([]uint8, size), make([]uint32, size)
	mask := uint64(size - 1)
	for k, key := range t.short {
		h := key.hash(t.sizes[k])
		at := h & mask
		for t.tags[at] != 0 {
			at = (at + 1) & mask
		}
		t.tags[at], t.at[at] = tagOf(h), uint32(k)
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
