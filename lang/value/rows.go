package value

import (
	"math/bits"

	"github.com/laspc/lasp/lang/slab"
)

// Rows is a set of rows of a fixed number of words, each with a dense number
// that it keeps until it is deleted, so that callers hang columns of their own
// beside it. Numbers of deleted rows are used again, the latest first. The
// memory is a few flat slices without pointers: width words and 6 to 11 bytes per
// row. Not safe for concurrent use.
//
// Rows that come in ascending order are all different, and so is what is loaded
// from many files: while each row is greater than the one before and none but the
// last goes, nothing tells where rows lie. An index is made when somebody first
// asks for a row among them.
type Rows struct {
	width   int
	data    []Word
	live    []uint64 // bit per number
	free    []uint32
	n       int
	indexed bool // false: the numbers are 0 to n-1, and their rows ascend
	index   rowIndex
}

// NewRows returns an empty set of rows of width words; width may be 0.
func NewRows(width int) *Rows { return &Rows{width: width} }

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
	if !r.indexed {
		switch order := r.afterLast(row); {
		case order > 0:
			return -1
		case order == 0:
			return r.n - 1
		}
		r.makeIndex()
	}
	i, _ := r.index.find(r, row, HashWords(row))
	return i
}

// Add puts a row in and returns its number, and whether it is new. The words
// are copied.
func (r *Rows) Add(row []Word) (i int, added bool) {
	if !r.indexed {
		switch order := r.afterLast(row); {
		case order > 0:
			return r.place(row), true
		case order == 0:
			return r.n - 1, false
		}
		r.makeIndex()
	}
	h := HashWords(row)
	i, at := r.index.find(r, row, h)
	if i >= 0 {
		return i, false
	}
	i = r.place(row)
	r.index.set(at, h, i)
	if r.index.full(r.n) {
		r.fill(r.index.fitting(r.n))
	}
	return i, true
}

// place gives a row that is new a number.
func (r *Rows) place(row []Word) (i int) {
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
	r.n++
	return i
}

// AddAll is Add of several rows, one behind the other: to gets the number of each,
// and fresh whether it is new. It returns how many are.
func (r *Rows) AddAll(rows []Word, to []uint32, fresh []bool) (added int) {
	if !r.indexed {
		added = r.ascending(rows, len(to))
		r.append(rows[:added*r.width], to[:added], fresh[:added])
		if rows, to, fresh = rows[added*r.width:], to[added:], fresh[added:]; len(to) == 0 {
			return added
		}
		r.makeIndex()
	}
	return added + r.index.addAll(r, rows, to, fresh)
}

// append puts rows to the end that ascend.
func (r *Rows) append(rows []Word, to []uint32, fresh []bool) {
	for i := range to {
		to[i], fresh[i] = uint32(r.n+i), true
	}
	r.data = append(slab.Grow(r.data, len(rows)), rows...)
	r.enliven(len(to))
}

// enliven makes the next n numbers those of rows.
func (r *Rows) enliven(n int) {
	end := r.n + n
	for end > len(r.live)<<6 {
		r.live = append(r.live, 0)
	}
	for i := r.n; i < end; {
		n := min(64-i&63, end-i)
		r.live[i>>6] |= ^uint64(0) >> (64 - n) << (i & 63)
		i += n
	}
	r.n = end
}

// ascending is how many of n rows are each greater than the one before, the first
// than the last that is there.
func (r *Rows) ascending(rows []Word, n int) int {
	w := r.width
	if n == 0 || r.afterLast(rows[:w]) <= 0 {
		return 0
	}
	for i := 1; i < n; i++ {
		if before, row := rows[(i-1)*w:i*w], rows[i*w:(i+1)*w]; compareWords(row, before) <= 0 {
			return i
		}
	}
	return n
}

// afterLast compares a row with the last one, where none was deleted; without rows
// it is greater.
func (r *Rows) afterLast(row []Word) int {
	if r.n == 0 {
		return 1
	}
	return compareWords(row, r.Row(r.n-1))
}

// compareWords orders rows of one length, by their words as whole numbers.
func compareWords(a, b []Word) int {
	for i, w := range a {
		if w != b[i] {
			if int64(w) < int64(b[i]) {
				return -1
			}
			return 1
		}
	}
	return 0
}

// makeIndex makes the index for the rows that there are and those that there is
// room for.
func (r *Rows) makeIndex() {
	r.indexed = true
	r.fill(r.index.fitting(max(r.n, r.roomed())))
}

// Index makes now what the first look for a row among the others would make: who
// answers others should not be held up by it.
func (r *Rows) Index() {
	if !r.indexed && r.n > 0 {
		r.makeIndex()
	}
}

// roomed is how many rows there is memory for.
func (r *Rows) roomed() int { return cap(r.data) / max(r.width, 1) }

// fill makes the index one of size places, with the rows that there are.
func (r *Rows) fill(size int) {
	r.index.clear(size)
	if r.n == len(r.data)/max(r.width, 1) { // none was deleted
		r.index.putAll(r)
		return
	}
	r.Each(func(i int, row []Word) bool { r.index.put(HashWords(row), i); return true })
}

// Room is how many more rows go in without memory being moved.
func (r *Rows) Room() int {
	n := len(r.free) + r.roomed() - len(r.data)/max(r.width, 1)
	if r.indexed {
		n = min(n, r.index.most()-r.n)
	}
	return n
}

// Reserve makes room for n more rows, so that adding them moves nothing.
func (r *Rows) Reserve(n int) {
	more := max(n-len(r.free), 0)
	r.data, r.live = slab.Grow(r.data, more*r.width), slab.Grow(r.live, more>>6+1)
	if size := r.index.fitting(r.n + n); r.indexed && size > len(r.index.at) {
		r.fill(size)
	}
}

// Delete takes a row out; it reports whether it was there.
func (r *Rows) Delete(row []Word) bool {
	i := r.Find(row)
	if i >= 0 {
		r.DeleteAt(i)
	}
	return i >= 0
}

// DeleteAt takes row i out.
func (r *Rows) DeleteAt(i int) {
	if !r.indexed && i != r.n-1 {
		r.makeIndex()
	}
	if r.indexed {
		r.index.delete(r, i)
	}
	r.live[i>>6] &^= 1 << (i & 63)
	r.n--
	switch {
	case r.n == 0: // the index is empty, too
		r.data, r.live, r.free, r.indexed = r.data[:0], r.live[:0], r.free[:0], false
	case r.indexed:
		r.free = append(r.free, uint32(i))
	default:
		r.data = r.data[:i*r.width]
	}
}

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
	if r.n > 0 {
		r.makeIndex()
	}
}

// Size is the memory in bytes.
func (r *Rows) Size() int {
	return 8*cap(r.data) + 4*cap(r.index.at) + 8*cap(r.live) + 4*cap(r.free)
}
