package state

import (
	"slices"

	"github.com/laspc/lasp/lang/value"
)

// changeSet gathers the changes of a turn per relation, so that what comes and
// goes within a turn is not seen.
type changeSet struct {
	touched []*changeSum // in the order of the first change
	list    []Change     // memory for what take returns
	slab    []value.Word // memory for rows; each part is given away once
}

// rows is memory for a few words, for the receiver of changes to keep.
func (s *changeSet) rows() []value.Word {
	const few, slab = 8, 512
	if len(s.slab) < few {
		s.slab = make([]value.Word, slab)
	}
	part := s.slab[:0:few]
	s.slab = s.slab[few:]
	return part
}

// changeSum is the changes of one relation.
type changeSum struct {
	c     *cell
	leaf  int
	width int
	dirty bool // it is among those touched
	// fresh is rows that came and of which nothing else is known in this turn,
	// one behind the other: the usual load. As soon as something else changes
	// they join the others, where a row finds what cancels it.
	fresh []value.Word
	// words are the other rows and mult their multiplicities. Most turns change
	// a few, which are compared one by one; index finds them among many.
	words []value.Word
	mult  []int64
	index *value.Rows // nil up to manyChanges
}

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
	sum.melt()
	sum.add(row, mult)
}

// emitFresh is emit of rows, one behind the other, that were not there before
// and of which no other change is held. It returns memory for the next ones: that
// of these, or none where it has kept it.
func (c *cell) emitFresh(leaf, width int, rows []value.Word) []value.Word {
	sum := c.sum(leaf, width)
	if sum.fresh == nil {
		sum.fresh, rows = rows, nil
	} else {
		sum.fresh = append(sum.fresh, rows...)
	}
	if len(sum.mult) > 0 {
		sum.melt()
	}
	return rows[:0]
}

func (sum *changeSum) add(row []value.Word, mult int64) {
	if i := sum.find(row); i >= 0 {
		sum.mult[i] += mult
		return
	}
	if sum.words == nil {
		sum.words = sum.c.s.changes.rows()
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
	for fresh := sum.fresh; len(fresh) > 0; fresh = fresh[sum.width:] {
		sum.add(fresh[:sum.width], 1)
	}
	sum.fresh = nil
}

// take returns what has changed since the last time. Rows that left come before
// rows that came. The list is valid until the next time; the rows are the
// receiver's.
func (s *changeSet) take() []Change {
	n := 0
	for _, sum := range s.touched {
		n += len(sum.mult) + 1
	}
	if n == 0 {
		return nil
	}
	clear(s.list)
	list := slices.Grow(s.list[:0], n)
	for _, sign := range []int64{-1, 1} {
		for _, sum := range s.touched {
			list = sum.take(list, sign)
		}
	}
	for _, sum := range s.touched {
		sum.dirty, sum.fresh, sum.words, sum.mult, sum.index = false, nil, nil, sum.mult[:0], nil
	}
	s.touched = s.touched[:0]
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
	if len(sum.fresh) > 0 && sign > 0 {
		list = append(list, Change{Cell: sum.c.id, Leaf: sum.leaf, Row: sum.fresh, Mult: 1})
	}
	for i, m := range sum.mult {
		if m*sign > 0 {
			list = append(list, Change{Cell: sum.c.id, Leaf: sum.leaf, Row: sum.row(i), Mult: m})
		}
	}
	return list
}
