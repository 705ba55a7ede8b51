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
	rows *value.Rows // nil while nothing changed
	mult []int64
}

func (c *cell) emit(leaf int, mult int64, row []value.Word) {
	sum := c.sums[leaf]
	if sum == nil {
		sum = &changeSum{c: c, leaf: leaf}
		c.sums[leaf] = sum
	}
	if sum.rows == nil {
		sum.rows = value.NewRows(len(row))
		c.s.changes.touched = append(c.s.changes.touched, sum)
	}
	i, added := sum.rows.Add(row)
	if added {
		sum.mult = grow(sum.mult, i)
		sum.mult[i] = 0
	}
	sum.mult[i] += mult
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
		sum.rows, sum.mult = nil, sum.mult[:0]
	}
	s.touched = s.touched[:0]
	return list
}

// take appends the changes of one sign. The rows are the receiver's: the sum
// starts anew with another set of rows.
func (sum *changeSum) take(list []Change, sign int64) []Change {
	sum.rows.Each(func(i int, row []value.Word) bool {
		if m := sum.mult[i]; m*sign > 0 {
			list = append(list, Change{Cell: sum.c.id, Leaf: sum.leaf, Row: row, Mult: m})
		}
		return true
	})
	return list
}
