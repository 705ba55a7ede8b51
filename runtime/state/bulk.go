package state

import (
	"fmt"
	"slices"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
)

// Loading is adding many elements to a set at once, as rows of words. It does
// what as many additions do, in their order: a write each, numbered alike. But
// atoms of new elements go to the end of the columns together, and what is kept
// per step elsewhere (how to take it back, what changed, where the turn's writes
// lie) is kept once.

// Loads reports whether a cell takes rows by Load: a set outside of maps whose
// atoms are its elements.
func (s *Store) Loads(id CellID) bool {
	c := s.cells[id]
	return c != nil && c.leaf.loads()
}

func (t *table) loads() bool {
	return t.depth < 0 && t.rule == lattice.RowPerKey && t.kind.Shows == nil && t.kind.Sum == nil && t.slots.Width() > 0 &&
		len(t.atoms) == 1 && t.keyAt == 0 && t.width == 0
}

// Load adds elements to a set that Loads: rows of words of the store's interner,
// one behind the other; about left more will follow. It is for turns of events,
// not of firings.
func (t *Turn) Load(id CellID, rows []value.Word, left int) error {
	c, err := t.s.cell(id)
	if err != nil {
		return err
	}
	if table := c.leaf; !table.loads() || len(rows)%table.slots.Width() != 0 || t.who.isFiring() {
		return fmt.Errorf("the cell %s, a %s, takes no rows of this form", id, c.shape.Kind)
	}
	c.leaf.reserve(len(rows)/c.leaf.slots.Width() + left)
	l := &loader{leafWriter: leafWriter{t: t, c: c, table: c.leaf}}
	for w := c.leaf.slots.Width(); len(rows) > 0; rows = rows[w:] {
		l.add(rows[:w])
	}
	l.flush()
	return nil
}

// reserve makes room for n more atoms, each in a slot of its own.
func (t *table) reserve(n int) {
	t.slots.Reserve(n)
	t.head, t.who, t.seq, t.idx = slices.Grow(t.head, n), slices.Grow(t.who, n), slices.Grow(t.seq, n), slices.Grow(t.idx, n)
	t.slot, t.next = slices.Grow(t.slot, n), slices.Grow(t.next, n)
}

// loader adds rows to the table of one cell.
type loader struct {
	leafWriter
	first, n uint32       // atoms that were added and are not yet noted
	fresh    []value.Word // their rows
}

func (l *loader) add(row []value.Word) {
	t := l.table
	slot, added := t.slots.Add(row)
	if !added {
		l.again(row)
		return
	}
	atom := t.newAtom()
	if l.n == 0 {
		l.first = atom
	} else if atom != l.first+l.n {
		l.flush()
		l.first = atom
	}
	l.n++
	t.head = grow(t.head, slot)
	t.head[slot] = atom + 1
	t.who[atom], t.seq[atom], t.idx[atom], t.slot[atom] = l.t.who, l.t.seq, l.t.nextWrite(), uint32(slot)
	t.next[atom] = 0
	t.enter(slot, atom, true)
	l.fresh = append(l.fresh, row...)
}

// again adds an element that is there already.
func (l *loader) again(row []value.Word) {
	l.flush()
	l.write(l.table, l.t.who, 0, row, nil, l.t.nextWrite())
}

// flush notes the atoms that were added last.
func (l *loader) flush() {
	if l.n == 0 {
		return
	}
	l.c.s.noteRun(l.table, l.first, l.n)
	l.c.emitFresh(0, l.table.slots.Width(), l.fresh)
	l.fresh, l.n = l.fresh[:0], 0
}
