package vm

import (
	"github.com/laspc/lasp/lang/slab"
	"github.com/laspc/lasp/lang/value"
)

// climbEdges are the rows of a feed by join key, without what nobody reads: one
// array in the order of the keys, each row as many words of 32 bits as the next.
type climbEdges struct {
	start []uint32 // by join key
	words []uint32
	rows  int
	wide  bool // columns take two words each
}

// of is the rows with a join key.
func (e *climbEdges) of(j uint32) []uint32 {
	if int(j)+1 >= len(e.start) {
		return nil
	}
	return e.words[e.start[j]:e.start[j+1]]
}

// noRow stands for the join key of a row that was the same as another.
const noRow = ^uint32(0)

// layOut sorts all rows of a feed by join key, counting first. It reports false
// where they do not fit.
func (k *climb) layOut(r *climbRule) bool {
	t := r.feed.table
	tops := t.tops()
	wide := false
	for _, c := range r.needs {
		wide = wide || tops[c]>>32 != 0
	}
	if t.live() >= 1<<32/r.stride(wide) {
		return false
	}
	ids := &k.ids
	if !r.whole {
		ids = &r.joins
	}
	joins, to := ids.of(t, r.feedKey, tops), []uint32(nil)
	if r.to != nil {
		to = k.ids.of(t, r.to, tops)
	}
	for n := 0; t.count != nil && n < len(joins); n++ {
		if t.count[n] <= 0 {
			joins[n] = noRow
		}
	}
	e := climbEdges{rows: t.live(), wide: wide}
	e.count(joins, ids.len(), uint32(r.stride(wide)))
	e.fill(r, joins, to)
	r.edges, r.late.rows = e, nil
	return true
}

// tops are the greatest words in the columns of a table.
func (t *table) tops() []value.Word {
	tops := make([]value.Word, t.width)
	for words := t.words; len(words) >= len(tops) && len(words) > 0; words = words[len(tops):] {
		for c, w := range words[:len(tops)] {
			if w > tops[c] {
				tops[c] = w
			}
		}
	}
	return tops
}

// of is the ids of the keys in some columns of all rows of a table, whose greatest
// words are given.
func (k *keyIDs) of(t *table, cols []int, tops []value.Word) []uint32 {
	out := slab.Make[uint32](int(t.n), int(t.n))
	if k.one == nil {
		key := make([]value.Word, len(cols))
		for n := range out {
			out[n] = k.id(pick(key, t.row(uint32(n)), cols))
		}
		return out
	}
	k.one.cover(len(out), tops[cols[0]])
	for n, at := 0, cols[0]; n < len(out); n, at = n+1, at+t.width {
		out[n] = k.one.id(t.words[at])
	}
	return out
}

// count finds where the rows of each of so many join keys begin. In start is, at
// first, by the key before it, where the next row is put; fill moves that on.
func (e *climbEdges) count(joins []uint32, keys int, stride uint32) {
	e.start = slab.Make[uint32](keys+2, keys+2)
	for _, j := range joins {
		if j != noRow {
			e.start[j+2] += stride
		}
	}
	for j := 2; j < len(e.start); j++ {
		e.start[j] += e.start[j-1]
	}
}

// fill puts the rows of a feed, whose join keys are given, into their places.
func (e *climbEdges) fill(r *climbRule, joins, to []uint32) {
	t, stride := r.feed.table, r.stride(e.wide)
	e.words = slab.Make[uint32](e.rows*stride, e.rows*stride)
	for n, j := range joins {
		if j == noRow {
			continue
		}
		at := e.start[j+1]
		e.start[j+1] = at + uint32(stride)
		out, row := e.words[at:][:stride], t.words[n*t.width:]
		if to != nil {
			out[0] = to[n]
			out = out[1:]
		}
		for i, c := range r.needs {
			if !e.wide {
				out[i] = uint32(row[c])
				continue
			}
			out[2*i], out[2*i+1] = uint32(row[c]), uint32(row[c]>>32)
		}
	}
}
