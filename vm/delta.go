package vm

import (
	"slices"

	"github.com/laspc/lasp/lang/slab"
	"github.com/laspc/lasp/lang/value"
)

// delta is a change of a relation: rows with signed multiplicities in flat
// memory. A row may occur several times until the delta has gone through a
// table (settle), which leaves the net change.
type delta struct {
	width int
	words []value.Word
	mult  []int64
	// shrinks says that something may have left for good: not merely been
	// replaced by a better value of a lattice. Recursion then starts afresh.
	shrinks bool
	// more is a number of rows that appeared and are not spelled out, because all
	// readers only count.
	more int64
	// picks are rows of another delta that are not spelled out, because the reader
	// takes them from there.
	picks picks
	// borrowed says that the memory is another delta's.
	borrowed bool
}

// len is the number of rows.
func (d *delta) len() int { return len(d.mult) }

// none reports whether nothing changed.
func (d *delta) none() bool { return len(d.mult) == 0 && d.more == 0 && d.picks.len() == 0 }

// row returns the columns of row i.
func (d *delta) row(i int) []value.Word {
	return d.words[i*d.width : (i+1)*d.width : (i+1)*d.width]
}

// add appends a copy of row.
func (d *delta) add(row []value.Word, n int64) {
	d.mult = append(d.mult, n)
	at := len(d.words)
	if end := at + len(row); len(row) <= narrow && end <= cap(d.words) {
		d.words = d.words[:end]
		for i, to := 0, d.words[at:end]; i < len(to); i++ {
			to[i] = row[i]
		}
		return
	}
	d.words = append(d.words, row...)
}

// narrow is up to how many columns a row is copied word by word, without a call.
const narrow = 4

// addRows appends a copy of one row or of several, one behind the other.
func (d *delta) addRows(rows []value.Word, n int64) {
	d.words = append(d.words, rows...)
	k := max(1, len(rows)/max(1, d.width))
	d.mult = slab.Grow(d.mult, k)
	for range k {
		d.mult = append(d.mult, n)
	}
}

// borrow makes d the same rows as o, without copying, until it is cleared. The
// rows must only be read.
func (d *delta) borrow(o *delta) {
	d.words, d.mult, d.borrowed = o.words, o.mult, true
}

// own makes borrowed memory d's own, so that it can be changed.
func (d *delta) own() {
	if d.borrowed {
		d.words, d.mult, d.borrowed = append(slab.Make[value.Word](0, 2*len(d.words)), d.words...), slices.Clone(d.mult), false
	}
}

// clear empties d and keeps its memory for the next step.
func (d *delta) clear() {
	if d.borrowed {
		d.words, d.mult, d.borrowed = nil, nil, false
	}
	d.words, d.mult, d.shrinks, d.more, d.picks.at = d.words[:0], d.mult[:0], false, 0, d.picks.at[:0]
	d.picks.all = false
}

// trim gives the memory of a large delta back: most turns are small, and a first
// load must not stay allocated for ever.
func (d *delta) trim() {
	if cap(d.words) > 1<<16 || cap(d.mult) > 1<<16 {
		d.words, d.mult = nil, nil
	}
	if cap(d.picks.at) > 1<<16 {
		d.picks.at = nil
	}
}

// negative reports whether some row loses multiplicity.
func (d *delta) negative() bool {
	for _, n := range d.mult {
		if n < 0 {
			return true
		}
	}
	return false
}

// onlyOnes reports whether all rows come once each.
func (d *delta) onlyOnes() bool {
	return !slices.ContainsFunc(d.mult, func(k int64) bool { return k != 1 })
}

// settle adds d to t and replaces it by the net change of the step so far. With
// set, counts above zero are seen as one. The table must be fresh in this step.
func (d *delta) settle(t *table, set bool) {
	plain := t.isQuiet()
	if plain && len(d.mult) == 1 {
		d.settleOne(t, set)
		return
	}
	if plain && t.n == 0 && d.len() >= runRows && !d.borrowed && d.onlyOnes() {
		if t.adopt(d) {
			return
		}
	} else if t.addAll(d) && plain { // new rows, once each: they are the net change
		return
	}
	if d.borrowed {
		d.words, d.mult, d.borrowed = nil, nil, false
	}
	d.words, d.mult = d.words[:0], d.mult[:0]
	t.changes(func(r uint32, old, now int64) {
		if set {
			old, now = sign(old), sign(now)
		}
		if old != now {
			d.add(t.row(r), now-old)
		}
	})
}

// settleOne is settle of one row, where it is the first change of the step.
func (d *delta) settleOne(t *table, set bool) {
	old, now := t.addFirst(d.words, d.mult[0])
	if set {
		old, now = sign(old), sign(now)
	}
	if d.mult[0] = now - old; now == old {
		d.words, d.mult = d.words[:0], d.mult[:0]
	}
}

// sign is the multiplicity that a set shows for a count.
func sign(n int64) int64 {
	if n > 0 {
		return 1
	}
	return 0
}
