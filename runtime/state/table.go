package state

import (
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// table holds the atoms of the leaf of a cell, or of the presence of the keys
// of one level, as flat columns without pointers. A slot is a row of words:
//
//	[row of the innermost level] [tag] [owner] key..
//
// each part only where the shape has it; keys of different tags are filled up
// with zeros to one width. The atoms of a slot are a list, which is longer than
// one only where writes that did not see each other are alive.
type table struct {
	id      int
	c       *cell
	level   int // lattice.LeafLevel or the level of presence
	depth   int // of the rows above: the level below which the slots hang
	kind    *lattice.Kind
	causal  bool
	rule    lattice.RowRule
	plain   bool // a slot shows no more than that it has an atom
	atoms   []lattice.AtomShape
	tagAt   int // places in the slot row, -1 where there is none
	ownerAt int
	keyAt   int
	slots   *value.Rows
	tree    siblings // slots below a level row
	heads   headList // by slot

	list  atomList
	vals  []value.Word // of the payloads of atoms
	width int          // words of vals per atom
	free  []uint32     // atoms

	totals    []total    // by row above: of sums only
	instances []instance // by row above: of streams and bounded counters only
	dead      map[uint32]uint64
	sums      sumShape
	ints      []bool          // by tag: the payload is whole numbers
	pieces    []lattice.Piece // empty ones by tag, see newPiece
}

const noAtom = ^uint32(0)

// total is what is kept up to date per leaf that is a sum. There are as many as
// counters, so it holds no more than that.
type total struct {
	sum  lattice.Int128 // of the contributions of owners
	live uint32         // owners that are alive
}

// instance is what is kept up to date per leaf of some other kinds.
type instance struct {
	ends uint32 // streams: closing atoms
	top  int64  // streams: one more than the greatest index
	// tallies are of bounded counters: what was done in runs of requests.
	tallies tallies
}

// presenceKind is the kind of presence atoms: the slot says it all.
var presenceKind = &lattice.Kind{Name: "presence", Atoms: []lattice.AtomType{{}}, Rows: lattice.RowNone}

func newTable(c *cell, level int) *table {
	t := &table{c: c, level: level, depth: len(c.levels) - 1, tagAt: -1, ownerAt: -1, id: len(c.s.tables)}
	if level == lattice.LeafLevel {
		t.kind, t.causal, t.atoms = c.shape.Leaf, c.shape.Causal, c.shape.Atoms
		if t.kind.Sum != nil && len(t.atoms) > 1 {
			t.dead = map[uint32]uint64{}
		}
	} else {
		t.kind, t.causal, t.depth = presenceKind, c.shape.Levels[level].Causal, level
		t.atoms = []lattice.AtomShape{{}}
	}
	t.rule = t.kind.Rows
	t.plain = t.rule != lattice.RowOfRead && t.kind.Shows == nil
	width := 0
	if t.depth >= 0 {
		width++
	}
	if len(t.atoms) > 1 {
		t.tagAt = width
		width++
	}
	if t.kind.PerWriter {
		t.ownerAt = width
		width++
	}
	t.keyAt = width
	for _, a := range t.atoms {
		width = max(width, t.keyAt+len(a.KeyCols))
		t.width = max(t.width, len(a.ValCols))
		t.ints = append(t.ints, areInts(a.ValCols))
	}
	t.slots = value.NewRows(width)
	t.shapeSum()
	c.s.tables = append(c.s.tables, t)
	return t
}

// areInts reports whether values of all columns are whole numbers.
func areInts(cols []*types.Type) bool {
	for _, c := range cols {
		if k, raw := c.Resolve().RawKind(); !raw || k != value.Int {
			return false
		}
	}
	return true
}

// slotRow builds the row of a slot.
func (t *table) slotRow(dst []value.Word, above uint32, tag uint8, owner writer, key []value.Word) []value.Word {
	if t.depth >= 0 {
		dst = append(dst, value.Word(above))
	}
	if t.tagAt >= 0 {
		dst = append(dst, value.Word(tag))
	}
	if t.ownerAt >= 0 {
		dst = append(dst, value.Word(owner))
	}
	dst = append(dst, key...)
	for len(dst) < t.slots.Width() {
		dst = append(dst, 0)
	}
	return dst
}

func (t *table) above(row []value.Word) uint32 {
	if t.depth < 0 {
		return 0
	}
	return uint32(row[0])
}

func (t *table) tag(row []value.Word) uint8 {
	if t.tagAt < 0 {
		return 0
	}
	return uint8(row[t.tagAt])
}

func (t *table) slotOf(atom uint32) []value.Word { return t.slots.Row(int(t.list.get(atom).slot)) }
func (t *table) val(atom uint32) []value.Word {
	return t.vals[int(atom)*t.width : int(atom+1)*t.width]
}
func (t *table) isLive(atom uint32) bool {
	return int(atom) < t.list.len() && t.list.get(atom).next != noAtom
}

// dot is the identity of a write.
type dot struct {
	seq uint64 // of the turn, 0 for a firing's
	who writer
	idx uint32 // among the writes of the turn
}

func (t *table) dot(atom uint32) dot { return t.list.get(atom).dot }

func (s *Store) stampOf(t *table, atom uint32) stamp { return s.stampOfDot(t.dot(atom)) }

// stampOfDot is the turn of a write; that of a firing which goes on has
// sequence number 0.
func (s *Store) stampOfDot(d dot) stamp {
	if d.who.isFiring() {
		f := s.firings.at(d.who.num())
		return stamp{f.actor, f.seq}
	}
	return stamp{d.who.num(), d.seq}
}

// outranks decides between equal atoms of one slot, alike on every replica: a
// firing before a turn, then the smaller.
func (s *Store) outranks(a, b dot) bool {
	switch {
	case a.who.isFiring() != b.who.isFiring():
		return a.who.isFiring()
	case a.who.isFiring() && a.who != b.who:
		return s.compareFirings(a.who.num(), b.who.num()) < 0
	case a.who == b.who && a.seq == b.seq:
		return a.idx < b.idx
	}
	return s.before(stamp{a.who.num(), a.seq}, stamp{b.who.num(), b.seq})
}

// first is the first atom of a slot, plus one; 0 where there is none.
func (t *table) first(slot int) uint32 {
	if slot < 0 {
		return 0
	}
	return t.heads.get(uint32(slot))
}

// holds reports whether a write is among the atoms of a slot.
func (t *table) holds(row []value.Word, d dot) bool {
	return !t.eachAtom(t.slots.Find(row), func(atom uint32) bool { return t.dot(atom) != d })
}

// add puts an atom into a slot.
func (t *table) add(row, vals []value.Word, d dot) uint32 {
	slot, added := t.slots.Add(row)
	return t.addTo(slot, added, vals, d)
}

// addTo is add into a slot that is found already; added says that it is new.
func (t *table) addTo(slot int, added bool, vals []value.Word, d dot) uint32 {
	row := t.slots.Row(slot)
	above, kids := t.above(row), 0
	if added {
		t.heads.set(uint32(slot), 0)
		kids = 1
		if t.isListed() && !t.isTallied(row) {
			t.tree.link(above, uint32(slot))
		}
	}
	before := t.look(slot)
	t.leave(slot, 0, false)
	atom := t.newAtom(atomRow{d, uint32(slot), t.first(slot)})
	copy(t.val(atom), vals)
	t.heads.set(uint32(slot), atom+1)
	t.enter(slot, atom, true)
	t.c.s.noteAdd(t, atom)
	t.c.adjust(t.depth, above, kids, t.show(slot, before))
	return atom
}

// newAtom gives an atom a number.
func (t *table) newAtom(row atomRow) uint32 {
	if n := len(t.free); n > 0 {
		atom := t.free[n-1]
		t.free = t.free[:n-1]
		*t.list.edit(atom) = row
		return atom
	}
	for range t.width {
		t.vals = append(t.vals, 0)
	}
	return t.list.push(row)
}

// set replaces the payload and identity of an atom in its slot.
func (t *table) set(atom uint32, vals []value.Word, d dot) {
	slot := int(t.list.get(atom).slot)
	before := t.look(slot)
	t.c.s.noteSet(t, atom)
	t.leave(slot, atom, true)
	t.list.edit(atom).dot = d
	copy(t.val(atom), vals)
	t.enter(slot, atom, true)
	above := t.above(t.slots.Row(slot))
	t.c.adjust(t.depth, above, 0, t.show(slot, before))
}

// drop takes an atom out.
func (t *table) drop(atom uint32) {
	a := t.list.get(atom)
	slot := int(a.slot)
	row := t.slots.Row(slot)
	before := t.look(slot)
	t.c.s.noteDrop(t, atom, a.dot, row)
	t.leave(slot, atom, true)
	t.unlink(slot, atom)
	t.free = append(t.free, atom)
	t.enter(slot, atom, false)
	live := t.show(slot, before)
	above, kids := t.above(row), 0
	if t.first(slot) == 0 {
		if t.dead != nil {
			delete(t.dead, uint32(slot))
		}
		if t.isListed() && !t.isTallied(row) {
			t.tree.unlink(above, uint32(slot))
		}
		t.slots.DeleteAt(slot)
		kids = -1
	}
	t.c.adjust(t.depth, above, kids, live)
}

// unlink takes an atom out of the list of its slot.
func (t *table) unlink(slot int, atom uint32) {
	gone := t.list.edit(atom)
	next := gone.next
	gone.next = noAtom
	at := t.first(slot)
	if at == atom+1 {
		t.heads.set(uint32(slot), next)
		return
	}
	for {
		following := t.list.get(at - 1).next
		if following == atom+1 {
			t.list.edit(at - 1).next = next
			return
		}
		at = following
	}
}

// isListed reports whether the slots below a row are listed in the tree. Without
// maps all slots are, unless some are tallied.
func (t *table) isListed() bool { return t.depth >= 0 || t.kind.Bounded != nil }

// eachSlot calls f with the slots below a row of the level above, but for those that
// are tallied, until it returns false. f may drop what is in the slot that it is
// given.
func (t *table) eachSlot(above uint32, f func(slot uint32) bool) {
	if t.isListed() {
		t.tree.each(above, f)
		return
	}
	t.slots.Each(func(i int, _ []value.Word) bool { return f(uint32(i)) })
}

// eachAtom calls f with the atoms of a slot; f may drop its atom.
func (t *table) eachAtom(slot int, f func(atom uint32) bool) bool {
	for at := t.first(slot); at > 0; {
		next := t.list.get(at - 1).next
		if !f(at - 1) {
			return false
		}
		at = next
	}
	return true
}

// trim gives memory back when nothing is left.
func (t *table) trim() {
	if len(t.free) < 1024 || len(t.free) < t.list.len() {
		return
	}
	t.list, t.vals, t.free = atomList{}, nil, nil
	t.heads, t.tree, t.slots = headList{}, siblings{}, value.NewRows(t.slots.Width())
}
