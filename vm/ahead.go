package vm

import "github.com/laspc/lasp/lang/value"

// A turn of one row looks for it, and for what it joins with, in one table after the
// other, and in a large state each look waits for memory. Where the row itself says
// where it will be looked for, all those places are read before the first look: the
// reads do not depend on each other, so the processor waits for them together, as
// bulk.go does for the rows of a run.

const (
	aheadRows  = 4       // up to so many rows of a change
	aheadSlots = 1 << 13 // what has fewer slots is in the cache anyway
	aheadSpots = 16      // places of a row, at most
	aheadFewer = 3       // with fewer places there is nothing to gain
	aheadNodes = 24      // that are asked for places, at most
)

// ahead is where the rows of each source will be looked for.
type ahead struct {
	spots [][]spotAhead // by node; nil where it is not known yet
	least int           // slots of a table that is read ahead
	fewer int           // see aheadFewer
	key   []value.Word
	rows  [aheadSpots]uint32 // that are found, plus one
	seen  uint64             // what is read is kept, so that it is read
}

// spotAhead is where a row is looked for: in a table, or by a key in one of its
// indexes.
type spotAhead struct {
	t    *table
	x    *index // nil for the table itself
	cols []int  // of the source's row
}

// forget says that joins have got indexes since places were found.
func (a *ahead) forget() { clear(a.spots) }

// of reads ahead for the change of a source.
func (a *ahead) of(n *node) {
	if n.out.len() > aheadRows {
		return
	}
	spots := a.spots[n.ir.ID]
	if spots == nil {
		spots = a.find(n)
		a.spots[n.ir.ID] = spots
	}
	if len(spots) < a.fewer {
		return
	}
	for i := range n.out.len() {
		a.read(spots, n.out.row(i))
	}
}

// find finds the places of the rows of a source.
func (a *ahead) find(n *node) []spotAhead {
	cols := make([]int, n.width())
	for i := range cols {
		cols[i] = i
	}
	f := finder{spots: []spotAhead{}, nodes: aheadNodes}
	f.shown(n, cols)
	return f.spots[:min(len(f.spots), aheadSpots)]
}

// finder collects the places of a row, given the columns of it that a node shows.
type finder struct {
	spots []spotAhead
	nodes int // that may still be asked
}

func (f *finder) shown(n *node, cols []int) {
	if n.table != nil {
		f.add(n.table, nil, cols)
		for _, x := range n.table.indexes {
			f.add(n.table, x, chosen(cols, x.cols))
		}
	}
	for _, u := range n.users {
		if f.nodes--; f.nodes < 0 {
			return
		}
		switch o := u.op.(type) {
		case unionOp, distinctOp:
			f.shown(u, cols)
		case *groupOp:
			if o.keys > 0 {
				f.add(o.groups, nil, cols[:o.keys])
			}
		case *mapOp:
			if o.f.code == nil {
				f.shown(u, chosen(cols, o.f.project))
			}
		case *joinOp:
			switch {
			case n == u.in[0] && o.right != nil:
				f.add(o.right.t, o.right, chosen(cols, o.lkey))
			case n != u.in[0] && o.left != nil:
				f.add(o.left.t, o.left, chosen(cols, o.rkey))
			}
		}
	}
}

func (f *finder) add(t *table, x *index, cols []int) {
	f.spots = append(f.spots, spotAhead{t, x, cols})
}

// chosen is some of the columns.
func chosen(cols, some []int) []int {
	to := make([]int, len(some))
	for i, c := range some {
		to[i] = cols[c]
	}
	return to
}

// read reads all places of a row, and then the rows that are found there.
func (a *ahead) read(spots []spotAhead, row []value.Word) {
	for i := range spots {
		s := &spots[i]
		a.rows[i] = 0
		slots, places := s.t.slots, &s.t.direct
		if s.x != nil {
			slots, places = s.x.slots, &s.x.direct
		} else if s.t.hashed < s.t.n {
			continue
		}
		if len(slots) < a.least && len(places.at) < a.least {
			continue
		}
		a.key = a.key[:0]
		for _, c := range s.cols {
			a.key = append(a.key, row[c])
		}
		if at, ok := places.place(a.key); ok {
			a.rows[i] = places.at[at]
		} else {
			a.rows[i] = uint32(slots[hashWords(a.key)&uint32(len(slots)-1)])
		}
	}
	for i := range spots {
		if r := a.rows[i]; r != 0 {
			a.seen += spots[i].look(r - 1)
		}
	}
}

// look reads what is kept of a row.
func (s *spotAhead) look(r uint32) (seen uint64) {
	if t := s.t; t.width > 0 {
		seen = uint64(t.words[int(r)*t.width])
	}
	if s.t.count != nil {
		seen += uint64(s.t.count[r])
	}
	if x := s.x; x != nil {
		if seen += uint64(x.next[r]); x.prev != nil {
			seen += uint64(x.prev[r])
		}
	}
	return seen
}
