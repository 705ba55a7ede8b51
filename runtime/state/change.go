package state

import (
	"slices"

	"github.com/laspc/lasp/lang/value"
)

// changeSet gathers the changes of a turn per relation, so that what comes and
// goes within a turn is not seen.
type changeSet struct {
	touched []*changeSum // in the order of the first change
	gather  bool         // changes of turns wait for Gathered
	list    []Change     // memory for what take returns
	slab    []value.Word // memory for rows; each part is given away once
	used    int          // words of slab that were given away
	latest  *changeSum   // that was given some
}

// fewWords is how many words a relation gets for the rows of a turn to begin with.
const fewWords = 8

// rows is memory for a few words, for the receiver of changes to keep.
func (s *changeSet) rows(to *changeSum) []value.Word {
	const slab = 512
	if len(s.slab)-s.used < fewWords {
		s.slab, s.used = make([]value.Word, slab), 0
	}
	at := s.used
	s.used, s.latest = at+fewWords, to
	return s.slab[at:at:s.used]
}

// give lets go of the rows of a relation, which are the receiver's now. What the latest
// one was given beyond them is for others.
func (s *changeSet) give(sum *changeSum) {
	if s.latest == sum && cap(sum.words) == fewWords {
		s.used -= fewWords - len(sum.words)
		s.latest = nil
	}
	sum.words = nil
}

// changeSum is the changes of one relation.
type changeSum struct {
	c     *cell
	leaf  int
	width int
	dirty bool // it is among those touched
	// Rows that came and of which nothing else is known in this turn are fresh: the
	// usual load. Those of the slots of fresh lie in the leaf's table, those that do
	// not follow each other there are in loose. As soon as something else changes they
	// join the others, where a row finds what cancels it; until then none can go.
	fresh span
	loose []value.Word
	// words are the other rows and mult their multiplicities. Most turns change
	// a few, which are compared one by one; index finds them among many.
	words []value.Word
	mult  []int64
	index *value.Rows // nil up to manyChanges
}

// span is numbers of slots, from the first up to the one behind the last.
type span struct{ from, to int }

// manyChanges is above how many rows they are looked up by their hash.
const manyChanges = 16

func (c *cell) sum(leaf, width int) *changeSum {
	sum := c.sums[leaf]
	if sum == nil {
		sum = &changeSum{c: c, leaf: leaf}
		c.sums[leaf] = sum
	}
	c.edits++
	if !sum.dirty {
		sum.dirty, sum.width = true, width
		c.s.changes.touched = append(c.s.changes.touched, sum)
	}
	return sum
}

func (c *cell) emit(leaf int, mult int64, row []value.Word) {
	sum := c.sum(leaf, len(row))
	if mult > 0 && c.s.changes.gather && len(sum.mult) == 0 { // it was not there, and has not left
		sum.loose = append(sum.loose, row...)
		return
	}
	sum.melt()
	sum.add(row, mult)
}

// emitFresh is emit of the rows of slots that were not there before and of which
// no other change is held. It is for cells whose relation is the slots' rows.
func (c *cell) emitFresh(slots span) {
	sum := c.sum(0, c.leaf.slots.Width())
	switch {
	case sum.fresh.from == sum.fresh.to:
		sum.fresh = slots
	case sum.fresh.to == slots.from:
		sum.fresh.to = slots.to
	default:
		sum.loose = append(sum.loose, sum.rows(slots)...)
	}
	if len(sum.mult) > 0 {
		sum.melt()
	}
}

func (sum *changeSum) rows(s span) []value.Word { return sum.c.leaf.slots.Span(s.from, s.to) }

func (sum *changeSum) add(row []value.Word, mult int64) {
	if i := sum.find(row); i >= 0 {
		sum.mult[i] += mult
		return
	}
	if sum.words == nil {
		sum.words = sum.c.s.changes.rows(sum)
	}
	sum.words, sum.mult = append(sum.words, row...), append(sum.mult, mult)
	switch {
	case sum.index != nil:
		sum.index.Add(row)
	case len(sum.mult) > manyChanges:
		sum.index = value.NewRows(sum.width)
		for i := range sum.mult {
			sum.index.Add(sum.row(i))
		}
	}
}

func (sum *changeSum) row(i int) []value.Word {
	return sum.words[i*sum.width : (i+1)*sum.width : (i+1)*sum.width]
}

// find is the place of a row, -1 where nothing is known of it. Rows are never
// taken out, so they have the same numbers in the index.
func (sum *changeSum) find(row []value.Word) int {
	if sum.index != nil {
		return sum.index.Find(row)
	}
	for i := range sum.mult {
		if slices.Equal(sum.row(i), row) {
			return i
		}
	}
	return -1
}

// melt moves the fresh rows to the others.
func (sum *changeSum) melt() {
	if sum.fresh.from == sum.fresh.to && sum.loose == nil {
		return
	}
	for _, fresh := range [][]value.Word{sum.rows(sum.fresh), sum.loose} {
		for ; len(fresh) > 0; fresh = fresh[sum.width:] {
			sum.add(fresh[:sum.width], 1)
		}
	}
	sum.fresh, sum.loose = span{}, nil
}

// take returns what has changed since the last time. Rows that left come before
// rows that came. The list is valid until the next time; the rows are the
// receiver's.
func (s *changeSet) take() []Change {
	n := 0
	for _, sum := range s.touched {
		n += len(sum.mult) + 2
	}
	if n == 0 {
		return nil
	}
	list := slices.Grow(s.list[:0], n)
	for _, sign := range []int64{-1, 1} {
		for _, sum := range s.touched {
			list = sum.take(list, sign)
		}
	}
	for _, sum := range s.touched {
		s.give(sum)
		sum.dirty, sum.fresh, sum.mult = false, span{}, sum.mult[:0]
		if sum.loose != nil || sum.index != nil {
			sum.loose, sum.index = nil, nil
		}
	}
	s.touched = s.touched[:0]
	if len(s.list) > len(list) {
		clear(s.list[len(list):]) // rows of earlier turns, which are not held on to
	}
	if s.list = list; cap(list) > maxList {
		s.list = nil
	}
	return list
}

// maxList is up to how many changes the memory of a list is kept.
const maxList = 1 << 10

// take appends the changes of one sign. The rows are the receiver's: the sum
// starts anew with other memory.
func (sum *changeSum) take(list []Change, sign int64) []Change {
	if sign > 0 && sum.fresh.from < sum.fresh.to {
		list = sum.put(list, sum.rows(sum.fresh), 1)
	}
	if sign > 0 && len(sum.loose) > 0 {
		list = sum.put(list, sum.loose, 1)
	}
	for i, m := range sum.mult {
		if m*sign > 0 {
			list = sum.put(list, sum.row(i), m)
		}
	}
	return list
}

// put appends a change to a list that has room for it, where it will lie.
func (sum *changeSum) put(list []Change, row []value.Word, mult int64) []Change {
	list = list[:len(list)+1]
	c := &list[len(list)-1]
	c.Cell, c.Leaf, c.Row, c.Mult = sum.c.id, sum.leaf, row, mult
	return list
}
