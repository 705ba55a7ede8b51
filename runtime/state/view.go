package state

import (
	"fmt"
	"slices"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
)

// Read assembles the view of a cell.
func (s *Store) Read(id CellID) (value.Value, error) { return s.ReadAt(id, nil) }

// Edits grows whenever the view of a cell may have changed; 0 says that nothing
// was ever written, or that there is no such cell.
func (s *Store) Edits(id CellID) uint64 {
	if c := s.cells[id]; c != nil {
		return c.edits
	}
	return 0
}

// ReadAt assembles the view of what lies under keys of a cell, from the
// outermost; the view of an absent key is the bottom of its kind.
func (s *Store) ReadAt(id CellID, path []value.Value) (value.Value, error) {
	c, err := s.cell(id)
	if err != nil {
		return value.Value{}, err
	}
	if len(path) > len(c.levels) {
		return value.Value{}, fmt.Errorf("the cell %s is not %d maps deep", id, len(path))
	}
	row := 0
	if words, known := c.keyWords(nil, path, false); !known && len(path) > 0 {
		row = -1
	} else {
		row = c.find(words, len(path))
	}
	return c.view(len(path), row), nil
}

// Lookup is ReadAt under keys that a map of the cell may hold, at the cost of
// what lies there; ok is false where they are absent.
func (s *Store) Lookup(id CellID, keys []value.Value) (v value.Value, ok bool, err error) {
	c, err := s.cell(id)
	if err != nil {
		return value.Value{}, false, err
	}
	if len(keys) == 0 || len(keys) > len(c.levels) {
		return value.Value{}, false, fmt.Errorf("the cell %s, a %s, has no keys %d maps deep", id, c.shape.Kind, len(keys))
	}
	words, known := c.keyWords(nil, keys, false)
	if !known {
		return value.Value{}, false, nil
	}
	row := c.find(words, len(keys))
	if row < 0 || c.levels[len(keys)-1].live[row] == 0 {
		return value.Value{}, false, nil
	}
	return c.view(len(keys), row), true, nil
}

// Has reports whether a cell that is a set holds an element, or one that is a
// map a key. can is false where the cell is neither.
func (s *Store) Has(id CellID, elem value.Value) (has, can bool, err error) {
	c, err := s.cell(id)
	switch {
	case err != nil:
		return false, false, err
	case len(c.levels) > 0:
		_, has, err = s.Lookup(id, []value.Value{elem})
		return has, true, err
	case c.leaf.rule != lattice.RowPerKey || len(c.leaf.atoms) > 1 || c.leaf.ownerAt >= 0:
		return false, false, nil
	}
	words, known := s.in.FindWords(nil, elem)
	return known && c.leaf.first(c.leaf.slots.Find(words)) != 0, true, nil
}

// view assembles what is below a row of the level above; row is -1 for nothing.
func (c *cell) view(level, row int) value.Value {
	if level == len(c.levels) {
		return c.leaf.view(row)
	}
	var kvs []value.Value
	add := func(child uint32) bool {
		l := c.levels[level]
		if l.live[child] > 0 {
			words := l.rows.Row(int(child))
			if level > 0 {
				words = words[1:]
			}
			key, _ := valueOf(c.s.in, c.shape.Levels[level].Key, words)
			kvs = append(kvs, key, c.view(level+1, int(child)))
		}
		return true
	}
	switch {
	case row < 0:
	case level == 0:
		c.levels[0].rows.Each(func(i int, _ []value.Word) bool { return add(uint32(i)) })
	default:
		c.levels[level].tree.each(uint32(row), add)
	}
	return value.MakeMap(kvs)
}

// view reads one leaf.
func (t *table) view(above int) value.Value {
	if t.kind.Sum != nil {
		if above < 0 {
			return value.MakeInt(lattice.Int128{}.Clamp(t.kind.Sum.Floor))
		}
		return value.MakeInt(t.total(uint32(above)).sum.Clamp(t.kind.Sum.Floor))
	}
	if t.kind.Bounded != nil && above >= 0 {
		word, _ := t.readBounded(uint32(above))
		return value.FromRaw(value.Int, word)
	}
	var atoms []*lattice.Atom
	if above >= 0 {
		t.eachSlot(uint32(above), func(slot uint32) bool {
			atoms = append(atoms, t.slotAtoms(int(slot))...)
			return true
		})
	}
	slices.SortFunc(atoms, func(a, b *lattice.Atom) int {
		if a.Tag != b.Tag {
			return int(a.Tag) - int(b.Tag)
		}
		return value.Compare(a.Key, b.Key)
	})
	return t.kind.Read(t.c.shape.Args, atoms)
}

// Rows calls f with every row that a relation of a cell has now, until f
// returns false. The row is the callee's until f returns.
func (s *Store) Rows(id CellID, leaf int, f func(row []value.Word) bool) error {
	c, err := s.cell(id)
	if err != nil {
		return err
	}
	if leaf < 0 || leaf >= len(c.shape.Relations) {
		return fmt.Errorf("the cell %s has no relation %d", id, leaf)
	}
	if c.shape.Relations[leaf].Part == lattice.KeysOf {
		c.keyRows(len(c.shape.Relations)-1-leaf, f)
		return nil
	}
	c.leaf.rows(uint8(leaf), f)
	return nil
}

func (c *cell) keyRows(level int, f func(row []value.Word) bool) {
	l := c.levels[level]
	var buf []value.Word
	l.rows.Each(func(i int, _ []value.Word) bool {
		if l.live[i] == 0 {
			return true
		}
		buf = c.path(buf[:0], level, uint32(i))
		return f(buf)
	})
}

// rows gives the rows of the values (tag 0) or of the ends of streams.
func (t *table) rows(tag uint8, f func(row []value.Word) bool) {
	var buf []value.Word
	seen := map[uint32]bool{} // leaves of sums, which have a slot per owner
	t.slots.Each(func(i int, row []value.Word) bool {
		above := t.above(row)
		if t.isWhole() {
			if seen[above] {
				return true
			}
			seen[above] = true
		}
		v := t.look(i)
		if !v.has || t.tag(row) != tag && !t.isWhole() {
			return true
		}
		buf = t.c.path(buf[:0], t.depth, above)
		if t.rule == lattice.RowOfRead {
			return f(append(buf, v.word))
		}
		return f(t.appendKey(buf, row, tag))
	})
}

// isWhole reports whether a leaf is one row, whatever its slots.
func (t *table) isWhole() bool { return t.kind.Sum != nil || t.kind.Bounded != nil }

// appendKey appends the key of a slot in the form of its relation.
func (t *table) appendKey(dst, row []value.Word, tag uint8) []value.Word {
	words := row[t.keyAt : t.keyAt+len(t.atoms[tag].KeyCols)]
	if t.rule != lattice.RowPerVal || len(words) == 1 {
		return append(dst, words...)
	}
	v, _ := valueOf(t.c.s.in, t.atoms[tag].Key, words)
	return append(dst, t.c.s.in.Word(v))
}

// Written is a value of an IVar or an item of a stream, and who wrote it.
type Written struct {
	Value  value.Value
	Actor  lattice.Actor  // zero for a firing
	Firing lattice.Firing // zero for an event
	Stamp  lattice.Stamp
}

// Writers lists what was written to the leaf under path, value by value and in
// order, with who wrote it: what a conflict is made of.
func (s *Store) Writers(id CellID, path []value.Value) ([]Written, error) {
	c, err := s.cell(id)
	if err != nil {
		return nil, err
	}
	words, known := c.keyWords(nil, path, false)
	if !known && len(path) > 0 || len(path) != len(c.levels) {
		return nil, nil
	}
	above := c.find(words, len(path))
	if above < 0 {
		return nil, nil
	}
	var list []Written
	c.leaf.eachSlot(uint32(above), func(slot uint32) bool {
		c.leaf.eachAtom(int(slot), func(atom uint32) bool {
			list = append(list, c.leaf.written(atom))
			return true
		})
		return true
	})
	slices.SortFunc(list, func(a, b Written) int { return value.Compare(a.Value, b.Value) })
	return list, nil
}

func (t *table) written(atom uint32) Written {
	s := t.c.s
	a := t.read(atom, value.Value{})
	o := s.owner(t.list.get(atom).who)
	at := s.stampOf(t, atom)
	w := Written{Value: a.Key, Actor: o.Actor, Firing: o.Firing,
		Stamp: lattice.Stamp{Actor: s.actors[at.actor], Group: s.group, Seq: at.seq}}
	if !w.Value.IsValid() {
		w.Value = a.Val
	}
	return w
}

// Size tells how much is in the store.
type Size struct {
	Cells, Atoms, Removals, Firings, Outputs int
	Bytes                                    int // approximate memory, without the interner
}

// Size counts what is in the store.
func (s *Store) Size() Size {
	z := Size{Cells: len(s.cells), Removals: s.log.n, Firings: s.firings.list.n - len(s.firings.freeFirings), Outputs: len(s.outputs.list)}
	for _, t := range s.tables {
		z.Atoms += t.list.len() - len(t.free)
		z.Bytes += t.slots.Size() + t.list.bytes() + t.heads.bytes() + 4*cap(t.free) + 8*cap(t.vals)
		z.Bytes += 4*(cap(t.tree.first)+cap(t.tree.next)+cap(t.tree.prev)) + 24*cap(t.totals) + 40*cap(t.instances)
	}
	for i := range s.index {
		z.Bytes += 24 * (cap(s.index[i].causal.entries) + cap(s.index[i].plain.entries))
	}
	z.Bytes += 48*s.log.n + s.firings.list.bytes() + 8*len(s.firings.index.places) + 24*len(s.firings.runs) + 200*len(s.outputs.list)
	return z
}
