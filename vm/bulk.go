package vm

import (
	"github.com/laspc/lasp/lang/slab"
	"github.com/laspc/lasp/lang/value"
)

// Many rows are added to a table, and linked into an index, in runs: all of a run
// are hashed and the places where they may lie are read, before the first one is
// put in. The reads do not depend on each other, so the processor waits for
// memory about once a run and not once a row, which in a large table is what
// adding a row costs.

// runRows is how many rows a run has.
const runRows = 256

// addAll adds the rows of d, each with its multiplicity. It reports whether all
// of them were new, each once, and none has the id of a row that left: then they
// are the net change.
func (t *table) addAll(d *delta) (plain bool) {
	n := d.len()
	if n < 4 {
		return t.addFew(d)
	}
	if t.n == 0 {
		t.direct.cover(d.words, t.width, columnsTo(t.width))
	}
	plain = len(t.free) == 0
	first := t.n
	var hashes [runRows]uint32
	for at := 0; at < n; at += runRows {
		if at == 4*runRows && int(t.n-first) > 3*runRows { // the rest is likely new, too
			t.reserve(n - at)
		}
		run := min(runRows, n-at)
		t.roomFor(run)
		t.ahead(hashes[:run], d.words[at*t.width:], t.width)
		for i, h := range hashes[:run] {
			key, k := d.row(at+i), d.mult[at+i]
			r, fresh := t.addHashed(key, h, k)
			plain = plain && fresh && k == 1
			if fresh && r < first {
				t.linkAll(r, r+1)
			}
		}
	}
	t.linkAll(first, t.n)
	return plain
}

// adopt is addAll into an empty table of many rows that come once each. Their memory
// becomes that of the table, without what came before in it; d borrows it.
func (t *table) adopt(d *delta) (plain bool) {
	n, w := d.len(), t.width
	t.direct.cover(d.words, w, columnsTo(w))
	t.words, d.borrowed = d.words, true
	var hashes [runRows]uint32
	for at := 0; at < n; at += runRows {
		if at == 4*runRows && int(t.n) > 3*runRows && t.direct.at == nil { // the rest is likely new, too
			t.slotsFor(n - at)
		}
		run := hashes[:min(runRows, n-at)]
		t.room(len(run))
		t.ahead(run, d.words[at*w:], w)
		for i, h := range run {
			key := d.row(at + i)
			spot := t.spot(key, h)
			if held := t.at(spot); held != 0 {
				t.counts()[held-1]++
				continue
			}
			t.moveUp(key, at+i)
			t.set(spot, h, t.n-1)
		}
	}
	t.words = t.words[:int(t.n)*w]
	t.linkAll(0, t.n)
	return int(t.n) == n
}

// moveUp makes a row that lies at number from in words the next one of the table.
func (t *table) moveUp(row []value.Word, from int) {
	if from != int(t.n) {
		copy(t.words[int(t.n)*t.width:], row)
	}
	t.n++
	t.used++
	if t.hashed = t.n; t.count != nil {
		t.count = append(t.count, 1)
	}
}

// addHashed is add of a row with its hash, for which there is room. It leaves out
// the indexes, which a fresh row is not in.
func (t *table) addHashed(key []value.Word, h uint32, k int64) (r uint32, fresh bool) {
	spot := t.spot(key, h)
	if held := t.at(spot); held != 0 {
		t.change(held-1, k)
		return held - 1, false
	}
	t.used++
	r = t.place(key, k)
	t.hashed = t.n
	t.set(spot, h, r)
	return r, true
}

// addFew is addAll row by row.
func (t *table) addFew(d *delta) (plain bool) {
	plain = true
	for i := range d.mult {
		reused := len(t.free) > 0
		_, fresh := t.add(d.row(i), d.mult[i])
		plain = plain && fresh && !reused && d.mult[i] == 1
	}
	return plain
}

// roomFor makes enough slots for n more rows.
func (t *table) roomFor(n int) {
	if t.hashed < t.n {
		t.hash()
	}
	t.room(n)
}

// room is roomFor while rows are still being hashed.
func (t *table) room(n int) {
	for (t.inSlots+n)*4 > len(t.slots)*3 {
		t.grow()
	}
}

// ahead hashes keys, which begin so many words after each other, and reads the slots
// where they begin. Where there are places nothing is hashed: the processor finds them
// early by itself.
func (t *table) ahead(hashes []uint32, keys []value.Word, stride int) {
	if t.direct.at != nil {
		return
	}
	mask, seen := uint32(len(t.slots)-1), uint64(0)
	for i := range hashes {
		h := hashWords(keys[i*stride : i*stride+t.width])
		hashes[i] = h
		seen |= t.slots[h&mask]
	}
	t.seen = seen
}

// linkAll puts rows into all indexes.
func (t *table) linkAll(from, to uint32) {
	for _, x := range t.indexes {
		x.linkAll(from, to)
	}
}

func (x *index) linkAll(from, to uint32) {
	if to-from < 4 {
		for r := from; r < to; r++ {
			x.link(r)
		}
		return
	}
	if n := int(to) - len(x.next); n > 0 {
		x.next = append(x.next, make([]uint32, n)...)
		if x.prev != nil {
			x.prev = append(x.prev, make([]uint32, n)...)
		}
	}
	if from == 0 && x.used == 0 {
		x.direct.cover(x.t.words[:int(to)*x.t.width], x.t.width, x.cols)
	}
	if x.direct.at != nil {
		x.linkPlaces(from, to)
		return
	}
	var hashes [runRows]uint32
	before := x.used
	for at := from; at < to; at += runRows {
		run := hashes[:min(runRows, to-at)]
		if at-from == 4*runRows && x.used-before > 3*runRows { // most of the rest is likely new, too
			x.roomFor(int(to - at))
		}
		if x.roomFor(len(run)); x.direct.at != nil {
			x.linkPlaces(at, to)
			return
		}
		mask, seen := uint32(len(x.slots)-1), uint64(0)
		for i := range run {
			run[i] = hashWords(x.keyOf(at + uint32(i)))
			seen |= x.slots[run[i]&mask]
		}
		x.t.seen = seen
		for i, h := range run {
			x.put(at+uint32(i), h)
		}
	}
}

// linkPlaces is linkAll where keys have places.
func (x *index) linkPlaces(from, to uint32) {
	d, one := &x.direct, len(x.cols) == 1
	for r := from; r < to; r++ {
		at, ok := 0, false
		if one {
			w := x.t.words[int(r)*x.t.width+x.cols[0]] - d.least[0]
			at, ok = int(w), w < d.span[0]
		} else {
			at, ok = d.place(x.keyOf(r))
		}
		if !ok {
			x.link(r)
			d = &x.direct
			continue
		}
		head := d.at[at]
		d.at[at] = r + 1
		x.chain(r, head)
	}
}

// put makes row r, whose key has the hash h and no place, the first of its list. There
// is room for it.
func (x *index) put(r, h uint32) {
	i := x.slot(x.keyOf(r), h)
	head := uint32(x.slots[i])
	x.slots[i] = uint64(h)<<32 | uint64(r+1)
	if x.chain(r, head); head == 0 {
		x.used++
	}
}

// chain puts row r before the rest of its list, which is id+1 of its head.
func (x *index) chain(r, head uint32) {
	x.next[r] = head
	if x.prev != nil {
		x.prev[r] = 0
		if head != 0 {
			x.prev[head-1] = r + 1
		}
	}
}

// gain adds the rows of a change, which are known to be new and come once each.
func (t *table) gain(d *delta) {
	if t.n == 0 && d.len() >= runRows {
		t.takeOver(d)
	} else {
		t.extend(d.words, d.len())
	}
}

// takeOver makes the rows of a change, which are known to be new and come once
// each, those of the empty table t. One borrows the memory of the other, or both
// that of a cell.
func (t *table) takeOver(d *delta) {
	t.words, t.lent = d.words, d.borrowed
	t.extended(d.len())
	d.borrowed = true
}

// fill is takeOver where rows of t may leave, and it needs them for itself.
func (t *table) fill(d *delta) {
	t.words = append(slab.Make[value.Word](0, len(d.words)+len(d.words)/8), d.words...)
	t.extended(d.len())
	t.hash()
	d.words = t.words
}

// extended notes that rows have come to the end of words, each with the count 1.
func (t *table) extended(rows int) {
	if t.count != nil {
		for range rows {
			t.count = append(t.count, 1)
		}
	}
	first := t.n
	t.n += uint32(rows)
	t.used += rows
	t.linkAll(first, t.n)
}

// lentRows is from how many rows on a change is read from where it lies.
const lentRows = runRows

// bring adds rows to what comes to a source in this step.
func (n *node) bring(m *Machine, rows []value.Word, mult int64) {
	w, d := n.width(), &n.out
	if w > 0 && len(rows) >= lentRows*w && mult == 1 && d.len() == 0 {
		d.words, d.mult, d.borrowed = rows[:len(rows):len(rows)], m.once(len(rows)/w), true
		return
	}
	d.own()
	if len(rows) == w {
		d.add(rows, mult)
		return
	}
	d.addRows(rows, mult)
}

// once is the multiplicities of n rows that come once each. They must only be read.
func (m *Machine) once(n int) []int64 {
	if len(m.ones) < n {
		m.ones = slab.Make[int64](n, n)
		for i := range m.ones {
			m.ones[i] = 1
		}
	}
	return m.ones[:n:n]
}
