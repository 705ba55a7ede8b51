package value

import (
	"math/bits"

	"github.com/laspc/lasp/lang/slab"
)

// rowIndex tells where rows lie by their hashes: open addressing with linear
// probing. A place is one word: the number of a row, plus one, in as many bits as
// numbers can have in an index of this size, and above them bits of the hash, which
// say in nearly all cases that another row is there without a look at it. 0 is free.
type rowIndex struct {
	at   []uint32 // a power of two of them, at most three quarters taken
	seen uint32   // see addAll: what is read ahead is kept, so that it is read
}

// leastIndex is how many places an index has at least.
const leastIndex = 8

// fitting is how many places an index of n rows has, and not less than now.
func (x *rowIndex) fitting(n int) int {
	size := max(len(x.at), leastIndex)
	for n*4 > size*3 {
		size *= 2
	}
	return size
}

// most is how many rows may be in it.
func (x *rowIndex) most() int { return len(x.at) * 3 / 4 }

func (x *rowIndex) full(n int) bool { return n > x.most() }

// clear makes it an empty one of size places.
func (x *rowIndex) clear(size int) {
	if size == len(x.at) {
		clear(x.at)
		return
	}
	x.at = slab.Make[uint32](size, size)
}

// entry is what stands in the place of row i.
func (x *rowIndex) entry(h uint64, i int) uint32 {
	return uint32(h>>32)&^uint32(len(x.at)-1) | uint32(i+1)
}

// find finds the number of a row and its place, or -1 and the free place where it
// belongs.
func (x *rowIndex) find(r *Rows, row []Word, h uint64) (i int, at uint64) {
	mask, tag := uint64(len(x.at)-1), uint32(h>>32)
	for at = h & mask; ; at = (at + 1) & mask {
		e := x.at[at]
		if e == 0 {
			return -1, at
		}
		if (e^tag)&^uint32(mask) == 0 {
			if i := int(e&uint32(mask)) - 1; sameWords(r.Row(i), row) {
				return i, at
			}
		}
	}
}

func (x *rowIndex) set(at, h uint64, i int) { x.at[at] = x.entry(h, i) }

// put enters a row that is not in it.
func (x *rowIndex) put(h uint64, i int) {
	mask := uint64(len(x.at) - 1)
	at := h & mask
	for x.at[at] != 0 {
		at = (at + 1) & mask
	}
	x.set(at, h, i)
}

// putAll enters all rows, none of which is in it and none of which was deleted, and
// waits for memory as addAll does.
func (x *rowIndex) putAll(r *Rows) {
	var hashes [addAhead]uint64
	mask := uint64(len(x.at) - 1)
	for first := 0; first < r.n; first += addAhead {
		ahead, seen := hashes[:min(addAhead, r.n-first)], uint32(0)
		for i := range ahead {
			ahead[i] = HashWords(r.Row(first + i))
			seen |= x.at[ahead[i]&mask]
		}
		x.seen = seen
		for i, h := range ahead {
			x.put(h, first+i)
		}
	}
}

// delete takes row i out and closes the gap: every row behind it whose probing
// passed the gap moves into it.
func (x *rowIndex) delete(r *Rows, i int) {
	row := r.Row(i)
	_, at := x.find(r, row, HashWords(row))
	mask := uint64(len(x.at) - 1)
	for next := (at + 1) & mask; x.at[next] != 0; next = (next + 1) & mask {
		home := HashWords(r.Row(int(x.at[next]&uint32(mask))-1)) & mask
		if (next-home)&mask >= (next-at)&mask {
			x.at[at] = x.at[next]
			at = next
		}
	}
	x.at[at] = 0
}

// addAhead is how many rows are hashed before the first of them is looked for.
const addAhead = 256

// addAll is Rows.AddAll. Where rows lie is worked out for many of them before the
// first is looked at, so that the processor waits for memory once for all of them
// and not for one after the other.
func (x *rowIndex) addAll(r *Rows, rows []Word, to []uint32, fresh []bool) (added int) {
	var hashes [addAhead]uint64
	for w := r.width; len(to) > 0; {
		n := min(len(to), addAhead)
		if size := x.fitting(r.n + n); size > len(x.at) {
			r.fill(size)
		}
		for i := range n {
			hashes[i] = HashWords(rows[i*w : (i+1)*w])
		}
		seen, mask := uint32(0), uint64(len(x.at)-1)
		for _, h := range hashes[:n] {
			seen |= x.at[h&mask]
		}
		x.seen = seen
		if len(r.free) == 0 {
			added += x.addNext(r, rows[:n*w], hashes[:n], to[:n], fresh[:n])
		} else {
			added += x.addEach(r, rows[:n*w], hashes[:n], to[:n], fresh[:n])
		}
		rows, to, fresh = rows[n*w:], to[n:], fresh[n:]
	}
	return added
}

// addEach adds rows whose hashes are known.
func (x *rowIndex) addEach(r *Rows, rows []Word, hashes []uint64, to []uint32, fresh []bool) (added int) {
	for i, h := range hashes {
		row := rows[i*r.width : (i+1)*r.width]
		is, at := x.find(r, row, h)
		if fresh[i] = is < 0; fresh[i] {
			is = r.place(row)
			x.set(at, h, is)
			added++
		}
		to[i] = uint32(is)
	}
	return added
}

// addNext is addEach where no number is free: rows that are new lie one behind the
// other, and what they have in common is done once.
func (x *rowIndex) addNext(r *Rows, rows []Word, hashes []uint64, to []uint32, fresh []bool) (added int) {
	w, next := r.width, r.n
	r.data = slab.Extend(r.data, len(rows))
	for i, h := range hashes {
		row := rows[i*w : (i+1)*w]
		is, at := x.find(r, row, h)
		if fresh[i] = is < 0; fresh[i] {
			is = next
			x.set(at, h, is)
			for k, v := range row {
				r.data[is*w+k] = v
			}
			next++
		}
		to[i] = uint32(is)
	}
	added = next - r.n
	r.data = r.data[:next*w]
	r.enliven(added)
	return added
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
