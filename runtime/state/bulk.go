package state

import (
	"fmt"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Loading is adding many elements to a set at once, as rows of words. It does
// what as many additions do, in their order: a write each, numbered alike. But
// atoms of new elements go to the end of the columns together, and what is kept
// per step elsewhere (how to take it back, what changed, where the turn's writes
// lie) is kept once.

// Loads reports whether a cell takes rows by Load: a set outside of maps whose
// atoms are its elements, or a map of what has one operation that data is loaded by.
func (s *Store) Loads(id CellID) bool {
	c := s.cells[id]
	return c != nil && (c.leaf.loads() || c.loading() != nil)
}

// loading is the operation by which rows are loaded below maps, or nil.
func (c *cell) loading() *lattice.Mutator {
	k := c.shape.Declared
	if len(c.levels) == 0 || c.shape.Front != nil || k == nil || k.Load == "" {
		return nil
	}
	return k.Mutator(k.Load)
}

func (t *table) loads() bool {
	return t.depth < 0 && t.rule == lattice.RowPerKey && t.kind.Shows == nil && t.kind.Sum == nil && t.slots.Width() > 0 &&
		len(t.atoms) == 1 && t.keyAt == 0 && t.width == 0
}

// Load adds elements to a set that Loads, or does the operation of a map that does
// once for each row: rows of words of the store's interner, one behind the other;
// about left more will follow. A row is the element, or the keys of the maps and
// behind them the argument, of the type arg. It is for turns of events, not of
// firings.
func (t *Turn) Load(id CellID, arg *types.Type, rows []value.Word, left int) error {
	c, err := t.s.cell(id)
	if err != nil {
		return err
	}
	if m := c.loading(); m != nil && arg != nil && !t.who.isFiring() {
		return t.loadEach(c, m, arg, rows)
	}
	if table := c.leaf; !table.loads() || len(rows)%table.slots.Width() != 0 || t.who.isFiring() {
		return fmt.Errorf("the cell %s, a %s, takes no rows of this form", id, c.shape.Kind)
	}
	c.leaf.reserve(len(rows)/c.leaf.slots.Width(), left)
	l := &loader{leafWriter: leafWriter{t: t, c: c, table: c.leaf}}
	for w := c.leaf.slots.Width() * loadChunk; len(rows) > 0; rows = rows[min(w, len(rows)):] {
		l.addAll(rows[:min(w, len(rows))])
	}
	l.flush()
	return nil
}

// loadEach does one operation for each row below the maps of a cell, as Mutate does.
func (t *Turn) loadEach(c *cell, m *lattice.Mutator, arg *types.Type, rows []value.Word) error {
	keys := 0
	for _, l := range c.shape.Levels {
		keys += len(l.Cols)
	}
	width := keys + len(arg.Columns(nil))
	if len(rows)%width != 0 {
		return fmt.Errorf("the cell %s, a %s, takes no rows of this form", c.id, c.shape.Kind)
	}
	args := make([]value.Value, len(m.Params))
	for i, p := range m.Params {
		args[i] = p.Default
	}
	sp := t.Savepoint()
	w := &t.s.writer
	for ; len(rows) > 0; rows = rows[width:] {
		*w = leafWriter{t: t, c: c, table: c.leaf, presence: w.presence[:0]}
		w.path = append(w.pathBuf[:0], rows[:keys]...)
		args[0], _ = valueOf(t.s.in, arg, rows[keys:width])
		w.markPresent()
		if err := m.Apply(w, args, w); err != nil {
			t.Rollback(sp)
			return err
		}
		w.settlePresence()
	}
	return nil
}

// Prepare makes now what the first change after a load would make before anything else:
// what tells where the slot of an element lies. Without it a load is over sooner, and
// whoever comes first waits.
func (s *Store) Prepare() {
	for _, t := range s.tables {
		t.slots.Index()
	}
	for _, c := range s.cells {
		for _, l := range c.levels {
			l.rows.Index()
		}
	}
}

// loadChunk is how many rows are put into the slots at once.
const loadChunk = 1024

// reserve makes room for n more atoms, each in a slot of its own, and where there
// is none for about left more that will follow.
func (t *table) reserve(n, left int) {
	if n > t.slots.Room() {
		t.slots.Reserve(n + left)
	}
}

// loader adds rows to the table of one cell.
type loader struct {
	leafWriter
	slots    [loadChunk]uint32 // of a chunk of rows
	added    [loadChunk]bool
	first, n uint32 // atoms that were added and are not yet noted
	fresh    span   // their slots
	run      atomRow
	runs     uint32 // atoms from run on, a slot each, that are not in the list yet
}

func (l *loader) addAll(rows []value.Word) {
	t, w := l.table, l.table.slots.Width()
	n := len(rows) / w
	end := t.slots.Len()
	slots, added := l.slots[:n], l.added[:n]
	all := t.slots.AddAll(rows, slots, added) == n
	if all && len(t.free) == 0 && int(slots[0]) == end && int(slots[n-1]) == end+n-1 {
		l.append(slots[0], uint32(n))
		return
	}
	for i, slot := range slots {
		if added[i] {
			l.add(slot)
		} else {
			l.again(rows[i*w : (i+1)*w])
		}
	}
}

// append adds new atoms, one in each of n slots that follow each other, to the end
// of the list.
func (l *loader) append(slot, n uint32) {
	if l.runs == 0 || l.run.slot+l.runs != slot {
		l.list()
		l.run = atomRow{dot: dot{seq: l.t.seq, who: l.t.who, idx: l.t.writes}, slot: slot}
	}
	l.runs += n
	l.t.writes += n
}

// list puts the atoms of a run into the list, all at once, so that few blocks of it
// have a part of them only.
func (l *loader) list() {
	t, n, slot := l.table, l.runs, l.run.slot
	if n == 0 {
		return
	}
	l.runs = 0
	first := t.list.n
	if l.n == 0 || l.first+l.n != first {
		l.note()
		l.first = first
	}
	l.n += n
	l.show(slot, n)
	t.list.pushRun(l.run, n)
	t.heads.setRun(slot, first+1, n)
	if t.c.s.alone {
		return
	}
	for i := range n {
		t.enter(int(slot+i), first+i, true)
	}
}

// add adds a new element, whose slot is there.
func (l *loader) add(slot uint32) {
	l.list()
	t := l.table
	atom := t.newAtom(atomRow{dot: dot{seq: l.t.seq, who: l.t.who, idx: l.t.nextWrite()}, slot: slot})
	if l.n == 0 {
		l.first = atom
	} else if atom != l.first+l.n {
		l.note()
		l.first = atom
	}
	l.n++
	t.heads.set(slot, atom+1)
	t.enter(int(slot), atom, true)
	l.show(slot, 1)
}

// show notes that n slots have rows from now on.
func (l *loader) show(slot, n uint32) {
	from, to := int(slot), int(slot+n)
	if l.fresh.to != from || l.fresh.from == l.fresh.to {
		l.tell()
		l.fresh.from = from
	}
	l.fresh.to = to
}

// tell emits the rows of the slots.
func (l *loader) tell() {
	if l.fresh.from < l.fresh.to {
		l.c.emitFresh(l.fresh)
		l.fresh = span{}
	}
}

// again adds an element that is there already.
func (l *loader) again(row []value.Word) {
	l.flush()
	l.write(l.table, l.t.who, 0, row, nil, l.t.nextWrite())
}

// flush puts the atoms that were added last into the list, and notes them.
func (l *loader) flush() {
	l.list()
	l.note()
}

// note notes the atoms that were added last.
func (l *loader) note() {
	if l.n == 0 {
		return
	}
	l.c.s.noteRun(l.table, l.first, l.n)
	l.tell()
	l.n = 0
}
