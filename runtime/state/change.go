package state

import "github.com/laspc/lasp/lang/value"

// changeSet gathers the changes of a turn per relation, so that what comes and
// goes within a turn is not seen.
type changeSet struct {
	touched []*changeSum // in the order of the first change
}

// changeSum is the changes of one relation.
type changeSum struct {
	c    *cell
	leaf int
	// fresh is rows that came and of which nothing else is known in this turn,
	// one behind the other: the usual load. As soon as something else changes
	// they join rows, where a row finds what cancels it.
	fresh []value.Word
	rows  *value.Rows // nil while nothing changed but for fresh
	mult  []int64
}

func (c *cell) sum(leaf int) *changeSum {
	sum := c.sums[leaf]
	if sum == nil {
		sum = &changeSum{c: c, leaf: leaf}
		c.sums[leaf] = sum
	}
	if sum.rows == nil && len(sum.fresh) == 0 {
		c.s.changes.touched = append(c.s.changes.touched, sum)
	}
	return sum
}

func (c *cell) emit(leaf int, mult int64, row []value.Word) {
	sum := c.sum(leaf)
	if sum.rows == nil {
		sum.rows = value.NewRows(len(row))
	}
	sum.melt()
	sum.add(row, mult)
}

// emitFresh is emit of rows, one behind the other, that were not there before
// and of which no other change is held. It copies them.
func (c *cell) emitFresh(leaf int, rows []value.Word) {
	sum := c.sum(leaf)
	sum.fresh = append(sum.fresh, rows...)
	if sum.rows != nil {
		sum.melt()
	}
}

func (sum *changeSum) add(row []value.Word, mult int64) {
	i, added := sum.rows.Add(row)
	if added {
		sum.mult = grow(sum.mult, i)
		sum.mult[i] = 0
	}
	sum.mult[i] += mult
}

// melt moves the fresh rows to the others.
func (sum *changeSum) melt() {
	for w, fresh := sum.rows.Width(), sum.fresh; len(fresh) > 0; fresh = fresh[w:] {
		sum.add(fresh[:w], 1)
	}
	sum.fresh = nil
}

// take returns what has changed since the last time. Rows that left come before
// rows that came.
func (s *changeSet) take() []Change {
	var list []Change
	for _, sign := range []int64{-1, 1} {
		for _, sum := range s.touched {
			list = sum.take(list, sign)
		}
	}
	for _, sum := range s.touched {
		sum.fresh, sum.rows, sum.mult = nil, nil, sum.mult[:0]
	}
	s.touched = s.touched[:0]
	return list
}

// take appends the changes of one sign. The rows are the receiver's: the sum
// starts anew with another set of rows.
func (sum *changeSum) take(list []Change, sign int64) []Change {
	if len(sum.fresh) > 0 && sign > 0 {
		list = append(list, Change{Cell: sum.c.id, Leaf: sum.leaf, Row: sum.fresh, Mult: 1})
	}
	if sum.rows == nil {
		return list
	}
	sum.rows.Each(func(i int, row []value.Word) bool {
		if m := sum.mult[i]; m*sign > 0 {
			list = append(list, Change{Cell: sum.c.id, Leaf: sum.leaf, Row: row, Mult: m})
		}
		return true
	})
	return list
}
