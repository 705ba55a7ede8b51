package state

import (
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// cell is one declared cell: a tree of map keys (levels) and, below it, the
// table of the leaf's atoms. A cell without maps is the table alone.
type cell struct {
	s        *Store
	id       CellID
	shape    *lattice.Shape
	levels   []*level
	leaf     *table
	presence []*table // by level, nil where the level keeps none
	sums     []*changeSum
	bounds   *lattice.Bounds
	edits    uint64 // see Store.Edits
}

// level is the keys of one map: a row is the number of the row above (but for
// the outermost) and the key.
type level struct {
	rows *value.Rows
	tree siblings // children of the rows above
	kids []uint32 // what exists below: keys of the next level, slots
	live []uint32 // what is alive below; a key is present while there is some
}

func newCell(s *Store, id CellID, shape *lattice.Shape) *cell {
	c := &cell{s: s, id: id, shape: shape, sums: make([]*changeSum, len(shape.Relations)), bounds: lattice.DefaultBounds()}
	for i, l := range shape.Levels {
		width := len(l.Cols)
		if i > 0 {
			width++
		}
		c.levels = append(c.levels, &level{rows: value.NewRows(width)})
		c.presence = append(c.presence, nil)
		if l.Presence {
			c.presence[i] = newTable(c, i)
		}
	}
	c.leaf = newTable(c, lattice.LeafLevel)
	return c
}

// table is the table of a level's presence atoms or of the leaf, nil if the
// level has none.
func (c *cell) table(level int) *table {
	if level == lattice.LeafLevel {
		return c.leaf
	}
	return c.presence[level]
}

// keyWords appends the words of keys, one per level from the outermost.
// Without intern, ok is false where a key was never seen.
func (c *cell) keyWords(dst []value.Word, keys []value.Value, intern bool) (words []value.Word, ok bool) {
	for _, k := range keys {
		if intern {
			dst = c.s.in.AppendWords(dst, k)
		} else if dst, ok = c.s.in.FindWords(dst, k); !ok {
			return dst, false
		}
	}
	return dst, true
}

// place finds the row of a path of n keys, and makes it and those above where
// they are missing. Words are the keys, flattened.
func (c *cell) place(words []value.Word, n int) uint32 {
	row := uint32(0)
	var buf [8]value.Word
	for i := range n {
		key := buf[:0]
		if i > 0 {
			key = append(key, value.Word(row))
		}
		width := len(c.shape.Levels[i].Cols)
		key = append(key, words[:width]...)
		words = words[width:]
		l := c.levels[i]
		at, added := l.rows.Add(key)
		if added {
			l.kids, l.live = grow(l.kids, at), grow(l.live, at)
			if i > 0 {
				l.tree.link(row, uint32(at))
				c.levels[i-1].kids[row]++
			}
		}
		row = uint32(at)
	}
	return row
}

// find is place without making anything; -1 where the path is not there.
func (c *cell) find(words []value.Word, n int) int {
	row := 0
	var buf [8]value.Word
	for i := range n {
		key := buf[:0]
		if i > 0 {
			key = append(key, value.Word(row))
		}
		width := len(c.shape.Levels[i].Cols)
		key = append(key, words[:width]...)
		words = words[width:]
		if row = c.levels[i].rows.Find(key); row < 0 {
			return -1
		}
	}
	return row
}

// path appends the key words above and of a row of level i; i is -1 for none.
func (c *cell) path(dst []value.Word, i int, row uint32) []value.Word {
	if i < 0 {
		return dst
	}
	words := c.levels[i].rows.Row(int(row))
	if i > 0 {
		dst = c.path(dst, i-1, uint32(words[0]))
		words = words[1:]
	}
	return append(dst, words...)
}

// adjust counts what is below a row of level i, shows keys that became present
// or absent, and drops rows that have nothing below.
func (c *cell) adjust(i int, row uint32, kids, live int) {
	for ; i >= 0 && (kids != 0 || live != 0); i-- {
		l := c.levels[i]
		was := l.live[row] > 0
		l.kids[row] += uint32(kids)
		l.live[row] += uint32(live)
		is := l.live[row] > 0
		kids, live = 0, 0
		if was != is {
			live = 1
			if was {
				live = -1
			}
			if leaf := c.shape.KeysRelation(i); leaf >= 0 {
				var buf [12]value.Word
				c.emit(leaf, int64(live), c.path(buf[:0], i, row))
			}
		}
		parent := uint32(0)
		if i > 0 {
			parent = uint32(l.rows.Row(int(row))[0])
		}
		if l.kids[row] == 0 {
			if i > 0 {
				l.tree.unlink(parent, row)
			}
			l.rows.DeleteAt(int(row))
			kids = -1
		}
		row = parent
	}
}

// eachBelow calls f with the rows of level to below a row of level i, until it
// returns false. f may delete the row that it is given.
func (c *cell) eachBelow(i int, row uint32, to int, f func(row uint32) bool) bool {
	if i == to {
		return f(row)
	}
	return c.levels[i+1].tree.each(row, func(child uint32) bool { return c.eachBelow(i+1, child, to, f) })
}

// valueOf assembles a value of a data type from its words and returns the words
// behind it.
func valueOf(in *value.Interner, t *types.Type, words []value.Word) (value.Value, []value.Word) {
	t = t.Resolve()
	if t.Con != types.Tuple {
		k, _ := t.RawKind()
		return in.Value(words[0], k), words[1:]
	}
	xs := make([]value.Value, len(t.Args))
	for i, a := range t.Args {
		xs[i], words = valueOf(in, a, words)
	}
	return value.MakeTuple(xs...), words
}

// passing assembles values that nobody keeps, in memory that is used again.
type passing struct {
	parts []value.Value
}

// value is valueOf. The value is valid until the next reset.
func (p *passing) value(in *value.Interner, t *types.Type, words []value.Word) (value.Value, []value.Word) {
	t = t.Resolve()
	if t.Con != types.Tuple {
		k, _ := t.RawKind()
		return in.Value(words[0], k), words[1:]
	}
	from := len(p.parts)
	for range t.Args {
		p.parts = append(p.parts, value.Value{})
	}
	xs := p.parts[from:len(p.parts):len(p.parts)]
	for i, a := range t.Args {
		xs[i], words = p.value(in, a, words)
	}
	return value.MakeTuple(xs...), words
}

func (p *passing) reset() { p.parts = p.parts[:0] }
