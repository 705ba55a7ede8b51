package value

import "math/bits"

// Rows is a set of rows of a fixed number of words, each with a dense number
// that it keeps until it is deleted, so that callers hang columns of their own
// beside it. Numbers of deleted rows are used again, the latest first. The
// memory is two flat slices without pointers: width words and about 6 bytes per
// row. Not safe for concurrent use.
type Rows struct {
	width int
	data  []Word
	index []uint32 // open addressing with linear probing: number + 1, 0 is free
	live  []uint64 // bit per number
	free  []uint32
	n     int
}

// NewRows returns an empty set of rows of width words; width may be 0.
func NewRows(width int) *Rows {
	return &Rows{width: width, index: make([]uint32, 8)}
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

// Live reports whether i is the number of a row.
func (r *Rows) Live(i int) bool {
	return i>>6 < len(r.live) && r.live[i>>6]&(1<<(i&63)) != 0
}

// Find returns the number of a row, -1 if it is not there.
func (r *Rows) Find(row []Word) int {
	at := r.probe(row)
	return int(r.index[at]) - 1
}

// Add puts a row in and returns its number, and whether it is new. The words
// are copied.
func (r *Rows) Add(row []Word) (i int, added bool) {
	at := r.probe(row)
	if id := r.index[at]; id != 0 {
		return int(id) - 1, false
	}
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
	r.index[at] = uint32(i) + 1
	r.n++
	if r.n*4 > len(r.index)*3 {
		r.grow()
	}
	return i, true
}

// Delete takes a row out; it reports whether it was there.
func (r *Rows) Delete(row []Word) bool {
	at := r.probe(row)
	if r.index[at] == 0 {
		return false
	}
	r.deleteAt(at)
	return true
}

// DeleteAt takes row i out.
func (r *Rows) DeleteAt(i int) { r.deleteAt(r.probe(r.Row(i))) }

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

// Size is the memory in bytes.
func (r *Rows) Size() int {
	return 8*cap(r.data) + 4*cap(r.index) + 8*cap(r.live) + 4*cap(r.free)
}

// deleteAt frees a place in the index and closes the gap: every row behind it
// whose probing passed the gap moves into it.
func (r *Rows) deleteAt(at uint64) {
	i := r.index[at] - 1
	r.live[i>>6] &^= 1 << (i & 63)
	r.n--
	mask := uint64(len(r.index) - 1)
	for next := (at + 1) & mask; r.index[next] != 0; next = (next + 1) & mask {
		home := HashWords(r.Row(int(r.index[next])-1)) & mask
		if (next-home)&mask >= (next-at)&mask {
			r.index[at] = r.index[next]
			at = next
		}
	}
	r.index[at] = 0
	if r.n == 0 {
		r.data, r.live, r.free = r.data[:0], r.live[:0], r.free[:0]
		return
	}
	r.free = append(r.free, i)
}

func (r *Rows) probe(row []Word) uint64 {
	mask := uint64(len(r.index) - 1)
	at := HashWords(row) & mask
	for r.index[at] != 0 && !sameWords(r.Row(int(r.index[at])-1), row) {
		at = (at + 1) & mask
	}
	return at
}

func (r *Rows) grow() {
	r.index = make([]uint32, 2*len(r.index))
	mask := uint64(len(r.index) - 1)
	r.Each(func(i int, row []Word) bool {
		at := HashWords(row) & mask
		for r.index[at] != 0 {
			at = (at + 1) & mask
		}
		r.index[at] = uint32(i) + 1
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
