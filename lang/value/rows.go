package value

import (
	"math/bits"

	"github.com/laspc/lasp/lang/slab"
)

// Rows is a set of rows of a fixed number of words, each with a dense number
// that it keeps until it is deleted, so that callers hang columns of their own
// beside it. Numbers of deleted rows are used again, the latest first. The
// memory is a few flat slices without pointers: width words and about 8 bytes per
// row. Not safe for concurrent use.
type Rows struct {
	width int
	data  []Word
	index []uint32 // open addressing with linear probing: the number
	tags  []uint8  // by place in index: bits of the hash, 0 where it is free
	live  []uint64 // bit per number
	free  []uint32
	n     int
	seen  uint8 // see AddAll: what is read ahead is kept, so that it is read
}

// NewRows returns an empty set of rows of width words; width may be 0.
func NewRows(width int) *Rows {
	return &Rows{width: width, index: make([]uint32, 8), tags: make([]uint8, 8)}
}

// Width is the number of words of a row.
func (r *Rows) Width() int { return r.width }

// Len is the number of rows.
func (r *Rows) Len() int { return r.n }

// Cap is one more than the greatest number in use so far: the length that a
// column beside the rows needs.
func (r *Rows) Cap() int { return len(r.live) << 6 }

// Row returns the words of row i. The slice is valid until the next Add and
// must not be changed.
func (r *Rows) Row(i int) []Word { return r.data[i*r.width : (i+1)*r.width : (i+1)*r.width] }

// Span returns the words of the rows from number from up to to, one behind the
// other. They stay what they are until one of the rows is deleted, also when rows
// are added, and must not be changed.
func (r *Rows) Span(from, to int) []Word {
	return r.data[from*r.width : to*r.width : to*r.width]
}

// Live reports whether i is the number of a row.
func (r *Rows) Live(i int) bool {
	return i>>6 < len(r.live) && r.live[i>>6]&(1<<(i&63)) != 0
}

// Find returns the number of a row, -1 if it is not there.
func (r *Rows) Find(row []Word) int {
	h := HashWords(row)
	if at := r.probe(row, h); r.tags[at] != 0 {
		return int(r.index[at])
	}
	return -1
}

// Add puts a row in and returns its number, and whether it is new. The words
// are copied.
func (r *Rows) Add(row []Word) (i int, added bool) {
	h := HashWords(row)
	at := r.probe(row, h)
	if r.tags[at] != 0 {
		return int(r.index[at]), false
	}
	i = r.place(row, at, h)
	if r.n*4 > len(r.index)*3 {
		r.resize(2 * len(r.index))
	}
	return i, true
}

// place puts a row that is new into its place of the index and returns its number.
func (r *Rows) place(row []Word, at, h uint64) (i int) {
	if k := len(r.free); k > 0 {
		i = int(r.free[k-1])
		r.free = r.free[:k-1]
		copy(r.data[i*r.width:], row)
	} else {
		i = r.n
		r.data = append(r.data, row...)
		if i>>6 >= len(r.live) {
			r.live = append(r.live, 0)
		}
	}
	r.live[i>>6] |= 1 << (i & 63)
	r.index[at], r.tags[at] = uint32(i), tagOf(h)
	r.n++
	return i
}

// addAhead is how many rows are hashed before the first of them is looked for.
const addAhead = 256

// AddAll is Add of several rows, one behind the other: to gets the number of each,
// and fresh whether it is new. It returns how many are. Where rows lie is worked
// out for many of them before the first is looked at, so that the processor waits
// for memory once for all of them and not for one after the other.
func (r *Rows) AddAll(rows []Word, to []uint32, fresh []bool) (added int) {
	var hashes [addAhead]uint64
	for len(to) > 0 {
		n := min(len(to), addAhead)
		for (r.n+n)*4 > len(r.index)*3 {
			r.resize(2 * len(r.index))
		}
		seen := uint8(0)
		for i := range n {
			h := HashWords(rows[i*r.width : (i+1)*r.width])
			hashes[i] = h
			seen |= r.tags[h&uint64(len(r.tags)-1)]
		}
		r.seen = seen
		for i := range n {
			row := rows[i*r.width : (i+1)*r.width]
			at := r.probe(row, hashes[i])
			if fresh[i] = r.tags[at] == 0; fresh[i] {
				to[i] = uint32(r.place(row, at, hashes[i]))
				added++
			} else {
				to[i] = r.index[at]
			}
		}
		rows, to, fresh = rows[n*r.width:], to[n:], fresh[n:]
	}
	return added
}

// Room is how many more rows go in without memory being moved.
func (r *Rows) Room() int {
	n := len(r.index)*3/4 - r.n
	if r.width > 0 {
		n = min(n, len(r.free)+(cap(r.data)-len(r.data))/r.width)
	}
	return n
}

// Reserve makes room for n more rows, so that adding them moves nothing.
func (r *Rows) Reserve(n int) {
	if n -= len(r.free); n > 0 {
		r.data, r.live = slab.Grow(r.data, n*r.width), slab.Grow(r.live, n>>6+1)
	}
	size := len(r.index)
	for (r.n+n)*4 > size*3 {
		size *= 2
	}
	if size > len(r.index) {
		r.resize(size)
	}
}

// Delete takes a row out; it reports whether it was there.
func (r *Rows) Delete(row []Word) bool {
	at := r.probe(row, HashWords(row))
	if r.tags[at] == 0 {
		return false
	}
	r.deleteAt(at)
	return true
}

// DeleteAt takes row i out.
func (r *Rows) DeleteAt(i int) { r.deleteAt(r.probe(r.Row(i), HashWords(r.Row(i)))) }

// Each calls f with every row and its number, in the order of numbers, until f
// returns false. Rows may be deleted meanwhile, not added.
func (r *Rows) Each(f func(i int, row []Word) bool) {
	for b, m := range r.live {
		for m := m; m != 0; m &= m - 1 {
			i := b<<6 + bits.TrailingZeros64(m)
			if r.Live(i) && !f(i, r.Row(i)) {
				return
			}
		}
	}
}

// Rewrite calls f with every row, which f may change as long as no two become
// equal. Numbers stay.
func (r *Rows) Rewrite(f func(row []Word)) {
	r.Each(func(_ int, row []Word) bool { f(row); return true })
	r.resize(len(r.index))
}

// Size is the memory in bytes.
func (r *Rows) Size() int {
	return 8*cap(r.data) + 5*cap(r.index) + 8*cap(r.live) + 4*cap(r.free)
}

// deleteAt frees a place in the index and closes the gap: every row behind it
// whose probing passed the gap moves into it.
func (r *Rows) deleteAt(at uint64) {
	i := r.index[at]
	r.live[i>>6] &^= 1 << (i & 63)
	r.n--
	mask := uint64(len(r.index) - 1)
	for next := (at + 1) & mask; r.tags[next] != 0; next = (next + 1) & mask {
		home := HashWords(r.Row(int(r.index[next]))) & mask
		if (next-home)&mask >= (next-at)&mask {
			r.index[at], r.tags[at] = r.index[next], r.tags[next]
			at = next
		}
	}
	r.tags[at] = 0
	if r.n == 0 {
		r.data, r.live, r.free = r.data[:0], r.live[:0], r.free[:0]
		return
	}
	r.free = append(r.free, i)
}

// tagOf is bits of a hash that its place does not show, never 0.
func tagOf(h uint64) uint8 { return uint8(h>>56) | 1 }

// probe finds the place of a row in the index, or the free one where it belongs.
// The tags are small and say in most cases that another row is there without a
// look at it.
func (r *Rows) probe(row []Word, h uint64) uint64 {
	mask, tag := uint64(len(r.tags)-1), tagOf(h)
	at := h & mask
	for r.tags[at] != 0 && (r.tags[at] != tag || !sameWords(r.Row(int(r.index[at])), row)) {
		at = (at + 1) & mask
	}
	return at
}

// resize makes the index one of size places, a power of two.
func (r *Rows) resize(size int) {
	r.index, r.tags = slab.Make[uint32](size, size), slab.Make[uint8](size, size)
	mask := uint64(size - 1)
	r.Each(func(i int, row []Word) bool {
		h := HashWords(row)
		at := h & mask
		for r.tags[at] != 0 {
			at = (at + 1) & mask
		}
		r.index[at], r.tags[at] = uint32(i), tagOf(h)
		return true
	})
}

// HashWords is the hash of a row. It is fixed: the same words hash alike in
// every process.
func HashWords(row []Word) uint64 {
	h := uint64(len(row)) * 0x9e3779b97f4a7c15
	for _, w := range row {
		hi, lo := bits.Mul64(h^w^0xa0761d6478bd642f, 0xe7037ed1a0b428db)
		h = hi ^ lo
	}
	return h
}

func sameWords(a, b []Word) bool {
	for i, w := range a {
		if w != b[i] {
			return false
		}
	}
	return true
}
