package feed

import (
	"encoding/binary"
	"math/bits"
	"unsafe"

	"github.com/laspc/lasp/lang/value"
)

// texts numbers distinct texts in the order in which they come. Most are short:
// those are compared as two words. Where one may lie is told by a word of which the
// lower bits are its number among them, plus one, and the others bits of its hash, so
// that what is looked into at random is small enough for the nearer caches. Longer
// ones are a map's.
//
// Texts are not looked for one by one: they wait until there are some, and their
// places are read before the first is looked for, so that the processor waits for
// memory once for all of them.
type texts struct {
	at    []uint32 // open addressing, a power of two of places; 0 is free
	short []shortText
	long  map[string]value.Word
	n     int // numbers given

	wait  []waitingText // whose numbers are not in their places yet
	longs [][]byte      // those among them that are long
	block []byte        // memory of new texts
	seen  uint32        // what is read ahead is kept, so that it is read
}

// shortKey is a text of up to 16 bytes together with its size: its bytes, behind them
// zeros, and the size in the last one. A text of 16 bytes that ends like a size is
// taken for a long one.
type shortKey struct{ a, b uint64 }

// shortText is a text that is known.
type shortText struct {
	shortKey
	num uint32 // among all
}

// waitingText is a text that is looked for together with others.
type waitingText struct {
	shortKey
	hash uint64
	pos  uint32 // where its number goes
	long uint32 // among the long ones, plus one; 0: it is short
}

const (
	shortMost = 16      // bytes of a text that is short
	textBlock = 1 << 16 // bytes of texts that lie together
	// manyWait is how many texts are looked for together.
	manyWait = 256
)

func newTexts() *texts {
	return &texts{at: make([]uint32, 1<<8), long: map[string]value.Word{}, wait: make([]waitingText, 0, manyWait)}
}

// reset forgets all texts.
func (t *texts) reset() {
	clear(t.at)
	clear(t.long)
	t.short, t.n = t.short[:0], 0
}

// next gives the next number to something else.
func (t *texts) next() value.Word {
	t.n++
	return value.Word(t.n - 1)
}

// full is whether n more texts cannot wait.
func (t *texts) full(n int) bool { return len(t.wait)+n > manyWait }

// await lets a short text wait whose number goes to pos.
func (t *texts) await(k shortKey, pos int) {
	t.wait = append(t.wait, waitingText{shortKey: k, hash: k.hash(), pos: uint32(pos)})
}

// awaitLong lets a long text wait, which must stay what it is until then.
func (t *texts) awaitLong(text []byte, pos int) {
	t.longs = append(t.longs, text)
	t.wait = append(t.wait, waitingText{pos: uint32(pos), long: uint32(len(t.longs))})
}

// mark is what waits now, for forget.
func (t *texts) mark() [2]int { return [2]int{len(t.wait), len(t.longs)} }

// forget makes texts not wait any more that came since.
func (t *texts) forget(mark [2]int) { t.wait, t.longs = t.wait[:mark[0]], t.longs[:mark[1]] }

// numbers finds the numbers of the texts that wait, in their order, and puts them
// where they go in words. It calls fresh with copies of those that are new.
func (t *texts) numbers(words []value.Word, fresh func(own string)) {
	for (len(t.short)+len(t.wait))*4 > len(t.at)*3 {
		t.grow()
	}
	mask, seen := uint64(len(t.at)-1), uint32(0)
	for i := range t.wait {
		seen |= t.at[t.wait[i].hash&mask]
	}
	t.seen = seen
	for i := range t.wait {
		w := &t.wait[i]
		if w.long > 0 {
			words[w.pos] = t.longNumber(t.longs[w.long-1], fresh)
			continue
		}
		words[w.pos] = value.Word(t.shortNumber(w, fresh))
	}
	t.forget([2]int{})
}

// longNumber is the number of a long text.
func (t *texts) longNumber(text []byte, fresh func(own string)) value.Word {
	n, ok := t.long[string(text)]
	if !ok {
		own := t.keep(text)
		n = t.next()
		t.long[own] = n
		fresh(own)
	}
	return n
}

// shortNumber is the number of a short text.
func (t *texts) shortNumber(w *waitingText, fresh func(own string)) uint32 {
	mask, tag := uint32(len(t.at)-1), uint32(w.hash>>32)
	at := uint32(w.hash) & mask
	for ; t.at[at] != 0; at = (at + 1) & mask {
		if e := t.at[at]; (e^tag)&^mask == 0 {
			if k := &t.short[e&mask-1]; k.shortKey == w.shortKey {
				return k.num
			}
		}
	}
	n := uint32(t.next())
	t.short = append(t.short, shortText{w.shortKey, n})
	t.at[at] = tag&^mask | uint32(len(t.short))
	fresh(t.keep(w.bytes()))
	return n
}

// keyOf is the key of a text, if it is a short one.
func keyOf(text []byte) (k shortKey, short bool) {
	if len(text) > shortMost {
		return k, false
	}
	var buf [shortMost]byte
	copy(buf[:], text)
	k = shortKey{binary.LittleEndian.Uint64(buf[:]), binary.LittleEndian.Uint64(buf[8:])}
	return k.cut(len(text))
}

// cut is the key of the first n bytes of what k holds, if they are a short text.
func (k shortKey) cut(n int) (cut shortKey, short bool) {
	switch {
	case n <= 8:
		return shortKey{k.a & lowBytes(n), uint64(n) << sizeAt}, true
	case n < shortMost:
		return shortKey{k.a, k.b&lowBytes(n-8) | uint64(n)<<sizeAt}, true
	}
	return k, n == shortMost && k.b>>sizeAt >= shortMost
}

// sizeAt is where the size is in the second word of a key.
const sizeAt = 56

// bytes is the text again.
func (k shortKey) bytes() []byte {
	buf := make([]byte, shortMost)
	binary.LittleEndian.PutUint64(buf, k.a)
	binary.LittleEndian.PutUint64(buf[8:], k.b)
	return buf[:min(k.b>>sizeAt, shortMost)]
}

func (k shortKey) hash() uint64 {
	hi, lo := bits.Mul64(k.a^0xa0761d6478bd642f, k.b^0xe7037ed1a0b428db)
	hi, lo = bits.Mul64(hi^lo, 0x9e3779b97f4a7c15)
	return hi ^ lo
}

// grow doubles the places, and makes room for as many texts as they may have.
func (t *texts) grow() {
	t.at = make([]uint32, 2*len(t.at))
	t.short = append(make([]shortText, 0, len(t.at)*3/4), t.short...)
	mask := uint32(len(t.at) - 1)
	for i := range t.short {
		h := t.short[i].hash()
		at := uint32(h) & mask
		for t.at[at] != 0 {
			at = (at + 1) & mask
		}
		t.at[at] = uint32(h>>32)&^mask | uint32(i+1)
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
