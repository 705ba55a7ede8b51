package vm

import (
	"math/bits"
	"slices"

	"github.com/laspc/lasp/lang/slab"
	"github.com/laspc/lasp/lang/value"
)

// table is a relation: distinct rows of one width, each with a count, in flat
// pointer-free memory. Rows have ids that are stable until the row leaves.
//
// A table is changed in steps. Within a step the state before it stays
// readable (old), which is what bilinear operators need, and a row whose count
// fell to zero keeps its id and its place in the indexes. commit ends the step.
// A table that only grows pays for none of this: the rows of the present step
// are those from mark on.
type table struct {
	width   int
	n       uint32       // row ids handed out
	words   []value.Word // row r is words[r*width:(r+1)*width]
	count   []int64      // of each row; nil as long as all are 1
	past    past         // what rows below mark counted that changed in this step
	mark    uint32       // rows from here on are new in this step
	loses   bool         // rows can leave: what that needs is made with the rows, not at the first loss
	minus   bool         // a row from mark on may have lost its count again
	free    []uint32     // ids of rows that left
	slots   []uint64     // open addressing: hash in the upper half, id+1 in the lower
	inSlots int          // rows that are there
	direct  direct       // places of the other rows
	used    int          // rows that are held
	hashed  uint32       // rows from here on have no place or slot yet: nobody has looked for one
	indexes []*index
	lent    bool   // words are somebody else's memory
	seen    uint64 // see bulk.go: what is read ahead is kept, so that it is read
}

// newTable makes an empty relation of rows of width columns.
func newTable(width int) *table {
	return &table{width: width, slots: make([]uint64, 8)}
}

// row returns the columns of row r. They must not be changed, and are valid
// until the next add.
func (t *table) row(r uint32) []value.Word {
	i := int(r) * t.width
	return t.words[i : i+t.width : i+t.width]
}

// rows is the number of row ids handed out, those that left included.
func (t *table) rows() uint32 { return t.n }

// now is the count of row r.
func (t *table) now(r uint32) int64 {
	if t.count == nil {
		return 1
	}
	return t.count[r]
}

// counts gives every row a count of its own, which the next change needs.
func (t *table) counts() []int64 {
	if t.count == nil {
		t.count = slab.Make[int64](int(t.n), max(8, len(t.words)/max(1, t.width)))
		for r := range t.count {
			t.count[r] = 1
		}
	}
	return t.count
}

// reserve makes room for n more rows at once.
func (t *table) reserve(n int) {
	t.words = slab.Grow(t.words, n*t.width)
	if t.direct.at == nil {
		t.slotsFor(n)
	}
}

// slotsFor makes enough slots for n more rows at once.
func (t *table) slotsFor(n int) {
	size := len(t.slots)
	for (t.inSlots+n)*4 > size*3 {
		size *= 2
	}
	if size > len(t.slots) {
		t.resize(size)
	}
}

// live is the number of rows that are held: with a count, or until commit.
func (t *table) live() int { return t.used }

// old is the count that row r had before this step.
func (t *table) old(r uint32) int64 {
	if r >= t.mark {
		return 0
	}
	if len(t.past.list) > 0 {
		if i := t.past.find(r); i >= 0 {
			return t.past.list[i].was
		}
	}
	return t.now(r)
}

// isNew reports whether the table had no rows before this step.
func (t *table) isNew() bool { return t.mark == 0 && len(t.past.list) == 0 }

// isQuiet reports whether nothing has changed in this step yet.
func (t *table) isQuiet() bool { return t.n == t.mark && len(t.past.list) == 0 }

// hashWords mixes the columns of a key; its upper half chooses the slot.
func hashWords(key []value.Word) uint32 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, w := range key {
		h = mix(h, w)
	}
	return uint32(h >> 32)
}

func mix(h, w uint64) uint64 {
	hi, lo := bits.Mul64(h^w, 0xa0761d6478bd642f)
	return hi ^ lo ^ 0xe7037ed1a0b428db
}

// extend adds rows that are known to be new, with the count 1. They are hashed
// when somebody looks for a row, which may never happen.
func (t *table) extend(words []value.Word, rows int) {
	t.words = append(t.words, words...)
	t.extended(rows)
}

// hash gives all rows a place or a slot. A row that is there already, although it was
// said to be new, adds its count to the other and is no more.
func (t *table) hash() {
	if t.hashed == 0 {
		t.direct.cover(t.words, t.width, columnsTo(t.width))
	}
	if t.direct.at == nil {
		t.slotsFor(int(t.n - t.hashed))
	}
	var hashes [runRows]uint32
	for t.hashed < t.n {
		first := t.hashed
		run := hashes[:min(runRows, t.n-first)]
		t.hashed += uint32(len(run))
		t.room(len(run))
		t.ahead(run, t.words[int(first)*t.width:], t.width)
		for i, h := range run {
			t.enter(first+uint32(i), h)
		}
	}
}

// columnsTo is the numbers of the first n columns.
func columnsTo(n int) []int {
	cols := make([]int, n)
	for i := range cols {
		cols[i] = i
	}
	return cols
}

// enter gives a row with its hash a place or a slot.
func (t *table) enter(r, h uint32) {
	at := t.spot(t.row(r), h)
	held := t.at(at)
	if held == 0 {
		t.set(at, h, r)
		return
	}
	count := t.counts()
	count[held-1] += count[r]
	count[r] = 0
	t.used--
	for _, x := range t.indexes {
		x.unlink(r)
	}
}

// spot is where a row is, or is to be: a place, or, below 0, a slot. All rows are
// hashed.
func (t *table) spot(key []value.Word, h uint32) int {
	if t.direct.at != nil {
		if at, ok := t.direct.place(key); ok {
			return at
		}
		h = hashWords(key)
	}
	return -1 - int(t.probe(key, h))
}

// at is id+1 of the row in a spot, 0 where there is none.
func (t *table) at(spot int) uint32 {
	if spot >= 0 {
		return t.direct.at[spot]
	}
	return uint32(t.slots[-1-spot])
}

// isAt reports whether row r is in a spot; there need not be such a spot.
func (t *table) isAt(r uint32, spot int) bool {
	if spot >= 0 {
		return spot < len(t.direct.at) && t.direct.at[spot] == r+1
	}
	slot := -1 - spot
	return slot < len(t.slots) && uint32(t.slots[slot]) == r+1
}

// set puts row r, whose hash is h, into a spot, which is free.
func (t *table) set(spot int, h, r uint32) {
	if spot >= 0 {
		t.direct.at[spot] = r + 1
		return
	}
	if t.direct.at != nil {
		h = hashWords(t.row(r))
	}
	t.slots[-1-spot] = uint64(h)<<32 | uint64(r+1)
	t.inSlots++
}

// probe finds the slot of a row that has no place: its id, or the empty slot for it.
func (t *table) probe(key []value.Word, h uint32) uint32 {
	mask := uint32(len(t.slots) - 1)
	i := h & mask
	for ; t.slots[i] != 0; i = (i + 1) & mask {
		if s := t.slots[i]; uint32(s>>32) == h && slices.Equal(t.row(uint32(s)-1), key) {
			break
		}
	}
	return i
}

// find returns the id of a row, or false.
func (t *table) find(key []value.Word) (uint32, bool) {
	held, _, _ := t.look(key)
	return held - 1, held != 0
}

// look returns id+1 of a row, 0 where it is not held, with its spot and hash.
func (t *table) look(key []value.Word) (held uint32, spot int, h uint32) {
	if t.hashed < t.n {
		t.hash()
	}
	h = t.hashOf(key)
	spot = t.spot(key, h)
	return t.at(spot), spot, h
}

// hashOf is the hash of a key, where there are no places: who needs it none the less
// hashes the key itself.
func (t *table) hashOf(key []value.Word) uint32 {
	if t.direct.at != nil {
		return 0
	}
	return hashWords(key)
}

// add changes the count of a row by n and returns its id. It reports whether
// the row was not held before.
func (t *table) add(key []value.Word, n int64) (r uint32, fresh bool) {
	if r, fresh = t.hold(key, n); !fresh {
		t.change(r, n)
	}
	return r, fresh
}

// put returns the row of a key, held from now on with a count of 0 if it was not
// held: it leaves at commit unless it gets a count.
func (t *table) put(key []value.Word) (r uint32, fresh bool) { return t.hold(key, 0) }

// addFirst is add where nothing has changed in this step yet. It returns what the row
// counted before and counts now.
func (t *table) addFirst(key []value.Word, n int64) (old, now int64) {
	held, spot, h := t.look(key)
	if held == 0 {
		t.enterNew(key, h, spot, n)
		return 0, n
	}
	r, count := held-1, t.counts()
	old = count[r]
	if now = old + n; n != 0 {
		t.past.first(r, int32(spot), old)
		count[r] = now
	}
	return old, now
}

// hold returns the row of a key; if it was not held it is from now on, with the
// count n.
func (t *table) hold(key []value.Word, n int64) (r uint32, fresh bool) {
	held, spot, h := t.look(key)
	if held != 0 {
		return held - 1, false
	}
	return t.enterNew(key, h, spot, n), true
}

// enterNew puts a row that is not held into a spot, the one for it.
func (t *table) enterNew(key []value.Word, h uint32, spot int, n int64) (r uint32) {
	r = t.place(key, n)
	t.hashed = t.n
	t.set(spot, h, r)
	t.used++
	if t.inSlots*4 > len(t.slots)*3 {
		t.grow()
	}
	for _, x := range t.indexes {
		x.link(r)
	}
	return r
}

// change adds n to the count of a row that is held.
func (t *table) change(r uint32, n int64) {
	if n == 0 {
		return
	}
	count := t.counts()
	if r >= t.mark {
		count[r] += n
		t.minus = t.minus || n < 0
		return
	}
	t.past.note(r, count[r])
	count[r] += n
}

// place stores a new row under a fresh or a reused id.
func (t *table) place(key []value.Word, n int64) uint32 {
	if k := len(t.free); k > 0 {
		r := t.free[k-1]
		t.free = t.free[:k-1]
		if t.lent {
			t.words, t.lent = slices.Clone(t.words), false
		}
		copy(t.words[int(r)*t.width:], key)
		t.count[r] = n
		t.past.note(r, 0)
		return r
	}
	r := t.n
	if n != 1 {
		t.counts()
	}
	t.n++
	t.words = append(t.words, key...)
	if t.count != nil {
		t.count = append(t.count, n)
	}
	t.minus = t.minus || n <= 0
	return r
}

// grow makes more slots, or does without: where many rows are in slots that can all
// have places by now, they get them.
func (t *table) grow() {
	if t.inSlots < directRows/2 || t.inSlots < t.used/4 || !t.rebox() {
		t.resize(2 * len(t.slots))
	}
}

// rebox gives all rows places, if they can have them.
func (t *table) rebox() bool {
	var d direct
	if !d.cover(t.words, t.width, columnsTo(t.width)) {
		return false
	}
	t.eachSpot(func(r uint32) {
		at, _ := d.place(t.row(r))
		d.at[at] = r + 1
	})
	clear(t.slots)
	t.direct, t.inSlots = d, 0
	return true
}

// eachSpot calls f with each row that has a place or a slot.
func (t *table) eachSpot(f func(r uint32)) { t.direct.each(t.slots, f) }

// resize gives the table n slots, a power of two that is enough.
func (t *table) resize(n int) {
	old := t.slots
	t.slots = slab.Make[uint64](n, n)
	mask := uint32(len(t.slots) - 1)
	for _, s := range old {
		if s == 0 {
			continue
		}
		i := uint32(s>>32) & mask
		for t.slots[i] != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = s
	}
}

// changes calls f with each row that changed in this step, its count before
// and its count now.
func (t *table) changes(f func(r uint32, old, now int64)) {
	t.past.sort()
	for _, b := range t.past.list {
		if now := t.count[b.r]; now != b.was {
			f(b.r, b.was, now)
		}
	}
	for r := t.mark; r < t.rows(); r++ {
		if n := t.now(r); n != 0 {
			f(r, 0, n)
		}
	}
}

// commit ends the step: rows without a count leave, the rest is old.
func (t *table) commit() {
	for i := range t.past.list {
		if b := &t.past.list[i]; t.count[b.r] == 0 {
			t.drop(b.r, b.at)
		}
	}
	t.past.clear()
	if t.minus {
		for r := t.mark; r < t.rows(); r++ {
			if t.count[r] == 0 {
				t.drop(r, noSpot)
			}
		}
		t.minus = false
	}
	if t.loses && t.n > 0 && t.count == nil {
		t.counts()
	}
	t.mark = t.rows()
}

// drop takes row r out of its spot and the indexes and frees its id. It is looked for
// in the given spot first.
func (t *table) drop(r uint32, at int32) {
	if t.hashed < t.n {
		t.hash()
	}
	spot := int(at)
	if !t.isAt(r, spot) {
		if spot = t.spot(t.row(r), t.hashOf(t.row(r))); t.at(spot) != r+1 {
			return // it was the same as another row, see hash
		}
	}
	for _, x := range t.indexes {
		x.unlink(r)
	}
	if spot >= 0 {
		t.direct.at[spot] = 0
	} else {
		vacate(t.slots, uint32(-1-spot))
		t.inSlots--
	}
	t.used--
	t.free = append(t.free, r)
}

// vacate empties slot i and shifts later entries of its cluster back, so that
// open addressing needs no tombstones.
func vacate(slots []uint64, i uint32) {
	mask := uint32(len(slots) - 1)
	for j := (i + 1) & mask; slots[j] != 0; j = (j + 1) & mask {
		if home := uint32(slots[j] >> 32); (j-home)&mask >= (j-i)&mask {
			slots[i] = slots[j]
			i = j
		}
	}
	slots[i] = 0
}

// release empties the table and gives its memory back.
func (t *table) release() {
	t.words, t.free, t.lent = nil, nil, false
	t.slots = make([]uint64, 8)
	t.reset()
	for _, x := range t.indexes {
		x.slots, x.next = make([]uint64, 8), nil
	}
}

// reset empties the table and keeps its indexes.
func (t *table) reset() {
	if t.lent {
		t.words, t.lent = nil, false
	}
	t.words, t.count = t.words[:0], nil
	t.n, t.mark, t.minus, t.used, t.hashed, t.inSlots = 0, 0, false, 0, 0, 0
	t.direct.clear()
	t.free = t.free[:0]
	t.past.clear()
	clear(t.slots)
	for _, x := range t.indexes {
		x.reset()
	}
}
