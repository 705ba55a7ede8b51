package vm

import (
	"slices"

	"github.com/laspc/lasp/lang/slab"
	"github.com/laspc/lasp/lang/value"
)

// index finds the rows of a table by some of its columns. Rows with equal keys
// are a doubly linked list through next and prev.
type index struct {
	t      *table
	cols   []int
	direct direct       // places of keys
	slots  []uint64     // of other keys: hash in the upper half, id+1 of the head of the list below
	used   int          // slots in use
	next   []uint32     // by row: id+1 of the following row, 0 at the end
	prev   []uint32     // by row: id+1 of the row before; nil where no row leaves
	key    []value.Word // scratch
}

// index returns the index of t on cols, building it when it is new.
func (t *table) index(cols []int) *index {
	for _, x := range t.indexes {
		if slices.Equal(x.cols, cols) {
			return x
		}
	}
	x := &index{t: t, cols: slices.Clone(cols), slots: make([]uint64, 8), key: make([]value.Word, len(cols))}
	t.indexes = append(t.indexes, x)
	x.next = make([]uint32, 0, t.rows())
	if t.loses {
		x.prev = make([]uint32, 0, t.rows())
	}
	if len(t.free) == 0 { // all rows are held: in their order, which is that of memory
		x.linkAll(0, t.rows())
		return x
	}
	if t.hashed < t.n {
		t.hash()
	}
	t.eachSpot(x.link)
	return x
}

// slot finds the slot of a key that has no place: its list, or the empty slot for it.
func (x *index) slot(key []value.Word, h uint32) uint32 {
	mask := uint32(len(x.slots) - 1)
	i := h & mask
	for ; x.slots[i] != 0; i = (i + 1) & mask {
		if s := x.slots[i]; uint32(s>>32) == h && x.matches(uint32(s)-1, key) {
			break
		}
	}
	return i
}

func (x *index) matches(r uint32, key []value.Word) bool {
	row := x.t.words[int(r)*x.t.width:]
	for i, c := range x.cols {
		if row[c] != key[i] {
			return false
		}
	}
	return true
}

// first returns id+1 of the first row with the key, 0 when there is none; next
// continues the list.
func (x *index) first(key []value.Word) uint32 {
	if x.direct.at != nil {
		if at, ok := x.direct.place(key); ok {
			return x.direct.at[at]
		}
	}
	return uint32(x.slots[x.slot(key, hashWords(key))])
}

func (x *index) keyOf(r uint32) []value.Word {
	row := x.t.row(r)
	for i, c := range x.cols {
		x.key[i] = row[c]
	}
	return x.key
}

func (x *index) link(r uint32) {
	for uint32(len(x.next)) <= r {
		x.next = append(x.next, 0)
		if x.prev != nil {
			x.prev = append(x.prev, 0)
		}
	}
	key := x.keyOf(r)
	if x.direct.at != nil {
		if at, ok := x.direct.place(key); ok {
			head := x.direct.at[at]
			x.direct.at[at] = r + 1
			x.chain(r, head)
			return
		}
	}
	if x.put(r, hashWords(key)); x.used*4 > len(x.slots)*3 {
		x.grow()
	}
}

// back makes the links back, which only leaving rows need.
func (x *index) back() {
	x.prev = make([]uint32, len(x.next), cap(x.next))
	x.eachHead(func(r uint32) {
		for r++; x.next[r-1] != 0; r = x.next[r-1] {
			x.prev[x.next[r-1]-1] = r
		}
	})
}

// eachHead calls f with the first row of each list.
func (x *index) eachHead(f func(r uint32)) { x.direct.each(x.slots, f) }

func (x *index) unlink(r uint32) {
	if x.prev == nil {
		x.back()
	}
	next, prev := x.next[r], x.prev[r]
	if next != 0 {
		x.prev[next-1] = prev
	}
	if prev != 0 {
		x.next[prev-1] = next
		return
	}
	key := x.keyOf(r)
	if x.direct.at != nil {
		if at, ok := x.direct.place(key); ok {
			x.direct.at[at] = next
			return
		}
	}
	i := x.slot(key, hashWords(key))
	if next != 0 {
		x.slots[i] = x.slots[i]&^0xffffffff | uint64(next)
		return
	}
	vacate(x.slots, i)
	x.used--
}

// grow makes more slots, or does without: see table.grow.
func (x *index) grow() {
	if x.used < directRows/2 || x.used < len(x.next)/16 || !x.rebox() {
		x.resize(2 * len(x.slots))
	}
}

// rebox gives all keys places, if they can have them.
func (x *index) rebox() bool {
	var d direct
	if !d.cover(x.t.words, x.t.width, x.cols) {
		return false
	}
	x.eachHead(func(r uint32) {
		at, _ := d.place(x.keyOf(r))
		d.at[at] = r + 1
	})
	clear(x.slots)
	x.direct, x.used = d, 0
	return true
}

// roomFor makes enough slots for n more keys.
func (x *index) roomFor(n int) {
	if (x.used+n)*4 > len(x.slots)*3 {
		x.grow()
	}
	size := len(x.slots)
	for (x.used+n)*4 > size*3 {
		size *= 2
	}
	if size > len(x.slots) {
		x.resize(size)
	}
}

// resize gives the index n slots, a power of two that is enough.
func (x *index) resize(n int) {
	old := x.slots
	x.slots = slab.Make[uint64](n, n)
	mask := uint32(len(x.slots) - 1)
	for _, s := range old {
		if s == 0 {
			continue
		}
		i := uint32(s>>32) & mask
		for x.slots[i] != 0 {
			i = (i + 1) & mask
		}
		x.slots[i] = s
	}
}

func (x *index) reset() {
	clear(x.slots)
	x.direct.clear()
	x.used = 0
	x.next = x.next[:0]
	if x.prev = x.prev[:0]; !x.t.loses {
		x.prev = nil
	}
}
