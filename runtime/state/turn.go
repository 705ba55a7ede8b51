package state

import (
	"fmt"
	"slices"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
)

// Turn is an open turn of this replica. Its effects are in the store at once, so
// that it reads its own writes, and are taken back by Abort. A store has one
// open turn at a time.
type Turn struct {
	s       *Store
	clock   int64 // of the last write that was stamped with it
	stamped bool  // there was one
	id      lattice.Firing
	request lattice.Firing  // of a run of one
	folds   *lattice.Vector // what the turn folds, nil for none
	counts  bool            // something was counted
	who     writer
	at      stamp // that it will have
	seq     uint64
	writes  uint32 // writes so far, with those that had no effect: the index of the next
	removed []removedDot
	buried  []firingDot
	emitted []uint32 // new outputs
	hollow  bool     // a write of the firing said less than what is known
	undo    undoLog
}

// removedDot is a write of an actor that the turn removed.
type removedDot struct {
	actor uint32
	at    lattice.DotPos
}

// Savepoint is a point of a turn to which it can be rolled back.
type Savepoint struct {
	steps, writes uint32
	ends          turnEnds
}

// turnEnds is how long the lists of a turn are.
type turnEnds struct{ removed, buried, emitted uint32 }

// Begin opens a turn at a time in nanoseconds of the hybrid clock: of an event
// with the zero Firing, else of a firing that has not happened yet.
func (s *Store) Begin(clock int64, f lattice.Firing) *Turn { return s.begin(s.self, clock, f) }

// BeginAs is Begin for a turn of another actor than this replica. All turns of
// the actor so far must be known here. A turn of the agreed order, which is the
// same on every replica, ends by Draft or Abort; one of a node that a store that
// is alone stands for ends like any other.
func (s *Store) BeginAs(actor lattice.Actor, clock int64, f lattice.Firing) *Turn {
	return s.begin(s.actor(actor), clock, f)
}

func (s *Store) begin(actor uint32, clock int64, f lattice.Firing) *Turn {
	if s.turn != nil {
		panic("state: a turn is open already")
	}
	t := &s.open // there is one at a time
	t.s, t.clock, t.stamped, t.id, t.writes, t.hollow = s, clock, false, f, 0, false
	t.request, t.counts, t.folds = lattice.Firing{}, false, nil
	t.removed, t.buried, t.emitted = t.removed[:0], t.buried[:0], t.emitted[:0]
	t.at = stamp{actor, s.vector.Max(s.actors[actor]) + 1}
	t.who, t.seq = actorWriter(actor), t.at.seq
	if !f.IsZero() {
		n := s.firings.number(f)
		if s.firings.happened(n) {
			panic("state: the firing has happened before")
		}
		t.who, t.seq = firingWriter(n), 0
	}
	s.turn, s.undo = t, &t.undo
	return t
}

// Clock is the hybrid time of the last write of the turn that carries one. Each
// such write has a time of its own, so that of two in one turn the later wins; a
// later turn of the same actor must begin above it.
func (t *Turn) Clock() int64 { return t.clock }

// nextClock is the time of the next write that carries one.
func (t *Turn) nextClock() int64 {
	if t.stamped {
		t.clock++
	}
	t.stamped = true
	return t.clock
}

// Mutate applies a mutator to the leaf under path, or, with a shorter path, to
// the map there. A *lattice.Refusal says that the mutator did not act; other
// errors say that the call does not fit the cell. Either way nothing changed.
func (t *Turn) Mutate(id CellID, path []value.Value, mutator string, args []value.Value) error {
	c, err := t.s.cell(id)
	if err != nil {
		return err
	}
	if front := c.shape.Front; front != nil && len(path) == c.shape.Keyed {
		if m := front.Mutator(mutator); m != nil && len(args) == len(m.Params) {
			key, below, rest := m.As(t.actor(), args)
			path, mutator, args = append(path[:len(path):len(path)], key), below, rest
		}
	}
	if len(path) < len(c.levels) {
		return t.mutateMap(c, path, mutator, args)
	}
	m := c.shape.Declared.Mutator(mutator)
	if m == nil || len(path) > len(c.levels) || len(args) != len(m.Params) {
		return fmt.Errorf("the cell %s, a %s, has no %s with %d arguments %d maps deep", id, c.shape.Kind, mutator, len(args), len(path))
	}
	sp := t.Savepoint()
	w := &t.s.writer
	w.t, w.c, w.table, w.presence, w.acted = t, c, c.leaf, w.presence[:0], false
	w.path, _ = c.keyWords(w.pathBuf[:0], path, true)
	w.markPresent()
	if err := m.Apply(w, args, w); err != nil {
		t.Rollback(sp)
		return err
	}
	w.settlePresence()
	return nil
}

// mutateMap carries out `remove(k)` of a removable map.
func (t *Turn) mutateMap(c *cell, path []value.Value, mutator string, args []value.Value) error {
	kind := c.shape.Levels[len(path)].Kind
	if kind.Mutator(mutator) == nil || len(args) != 1 {
		return fmt.Errorf("the cell %s, a %s, has no %s with %d arguments %d maps deep", c.id, c.shape.Kind, mutator, len(args), len(path))
	}
	keys := append(path[:len(path):len(path)], args...)
	words, known := c.keyWords(nil, keys, false)
	if !known {
		return nil
	}
	row := c.find(words, len(keys))
	if row < 0 {
		return nil
	}
	t.clear(c, len(path), uint32(row))
	return nil
}

// clear removes everything that is observed below a row of a level.
func (t *Turn) clear(c *cell, level int, row uint32) {
	for i := level + 1; i < len(c.levels); i++ {
		if p := c.presence[i]; p != nil {
			t.clearLeaves(c, p, level, row)
		}
	}
	t.clearLeaves(c, c.leaf, level, row)
}

// clearLeaves lists the leaves first: clearing the last atom of one takes its
// row and those above with it.
func (t *Turn) clearLeaves(c *cell, table *table, level int, row uint32) {
	var paths [][]value.Word
	c.eachBelow(level, row, table.depth, func(above uint32) bool {
		paths = append(paths, c.path(nil, table.depth, above))
		return true
	})
	for _, path := range paths {
		w := &leafWriter{t: t, c: c, table: table, path: path}
		if table.kind.Clear != nil {
			table.kind.Clear(w, w)
			continue
		}
		w.RemoveAll()
	}
}

// Emit puts a value into an output. An id that is known already, here or from
// another replica, changes nothing.
func (t *Turn) Emit(name string, id [32]byte, v value.Value) error {
	o := t.s.outputs.byName[name]
	if o == nil {
		return fmt.Errorf("there is no output %s", name)
	}
	if _, known := o.ids[id]; !known {
		t.emitted = append(t.emitted, t.s.addOutput(o, id, v, t.at))
	}
	return nil
}

// Changes returns what the turn has changed since the last call. Roll-backs
// give the inverse of what was returned before. The list is valid until changes
// of the store are asked for again, its rows for good.
func (t *Turn) Changes() []Change { return t.s.changes.take() }

// Savepoint marks the present point of the turn.
func (t *Turn) Savepoint() Savepoint {
	t.undo.sealed = max(t.undo.sealed, len(t.undo.steps))
	return Savepoint{uint32(len(t.undo.steps)), t.writes, turnEnds{uint32(len(t.removed)), uint32(len(t.buried)), uint32(len(t.emitted))}}
}

// Steps counts what the turn has done to cells so far, as a measure of its size.
func (t *Turn) Steps() int { return len(t.undo.steps) + t.undo.grown }

// Rollback takes everything since sp back.
func (t *Turn) Rollback(sp Savepoint) {
	log := t.s.undo
	t.s.undo = nil
	t.undo.back(int(sp.steps))
	t.s.undo = log
	t.removed, t.buried, t.writes = t.removed[:sp.ends.removed], t.buried[:sp.ends.buried], sp.writes
	t.s.dropOutputs(t.emitted[sp.ends.emitted:])
	t.emitted = t.emitted[:sp.ends.emitted]
}

// Abort takes the whole turn back and ends it. If Changes was called before,
// call it once more for the inverse; otherwise there is nothing to see.
func (t *Turn) Abort() {
	t.Rollback(Savepoint{})
	t.close()
	t.forgetNamed()
}

// close ends the turn. The memory of its steps is the next one's.
func (t *Turn) close() {
	s := t.s
	s.turn, s.undo = nil, nil
	if cap(t.undo.steps) > spareSteps || cap(t.undo.words) > spareSteps {
		t.undo = undoLog{}
	}
	t.undo.steps, t.undo.words = t.undo.steps[:0], t.undo.words[:0]
	t.undo.sealed, t.undo.grown = 0, 0
}

// spareSteps is up to how many steps memory is kept for the next turn.
const spareSteps = 1 << 10

// Gather says that turns which end from now on keep their changes to themselves, so
// that those of a long load are one in the end: what Gathered returns.
func (s *Store) Gather() { s.changes.gather = true }

// Gathered returns what has changed since Gather, which ends with it. The list is
// valid until changes of the store are asked for again.
func (s *Store) Gathered() []Change {
	if !s.changes.gather {
		return nil
	}
	s.changes.gather = false
	return s.changes.take()
}

// Commit ends the turn. The delta is nil, and no stamp was taken, where nothing
// was written in the end; the changes are those not yet taken.
func (t *Turn) Commit() (*lattice.Delta, []Change) {
	d := &lattice.Delta{}
	wrote, changes := t.CommitTo(d)
	if !wrote {
		return nil, changes
	}
	return d, changes
}

// CommitTo is Commit with a delta whose memory is used again: of one turn after
// the other, where each delta is encoded and then let go.
func (t *Turn) CommitTo(d *lattice.Delta) (wrote bool, changes []Change) {
	s := t.s
	defer t.close()
	s.undo = nil
	if t.folds != nil {
		t.fold()
	}
	if !s.changes.gather {
		changes = s.changes.take()
	}
	if s.alone {
		return t.commitAlone(d), changes
	}
	b := s.buildTurn(d)
	b.refs = t.written(b.refs)
	if len(b.refs)+len(t.removed)+len(t.buried)+len(t.emitted) == 0 && t.folds == nil {
		t.forgetNamed()
		return false, changes
	}
	covers := lattice.Range{Actor: t.actor(), Lo: t.at.seq, Hi: t.at.seq}
	s.vector.Add(covers)
	d.Covers = append(d.Covers, covers)
	for _, r := range b.refs {
		s.addAtom(t.at, s.tables[r.table()], r.num())
	}
	if t.who.isFiring() {
		s.fire(t.who.num(), t.at)
		b.fired(t.who.num())
	}
	if n, ok := t.counted(); ok {
		s.ran(n, t.at.seq)
		b.ran(n)
	} else {
		t.forgetNamed()
	}
	for n := range s.folds {
		if s.folds[n].at == t.at {
			b.fold(uint32(n))
		}
	}
	for _, r := range t.removed {
		m := s.log.add(s, logKey{t.at.actor, r.actor}, removal{t.at.seq, t.at.seq, r.at, r.at})
		b.removal(t.at.actor, r.actor, m)
	}
	for _, d := range t.buried {
		s.bury(d, t.at)
		b.buried(d, t.at)
	}
	for _, n := range t.emitted {
		s.addEntry(t.at, false, makeRef(outputRefs, n))
		b.output(n)
	}
	if t.hollow {
		s.wornOut(b.d.Covers)
	}
	if w := &s.wear[t.at.actor]; t.at.seq <= max(w.own, w.cross) { // else nothing of the turn is gone
		s.rest(b.d, &lattice.Vector{})
	} else {
		s.restOnFolds(b.d)
	}
	s.sweepOf(t.at.actor)
	b.finish()
	return true, changes
}

// actor is whose turn it is.
func (t *Turn) actor() lattice.Actor { return t.s.actors[t.at.actor] }

// Draft takes the turn back and returns what it would have brought about: a
// delta that gives every replica that applies it the same state. It is nil where
// nothing was written in the end, unless that a firing happened is to be told. The stamp is not taken until the delta is
// applied.
func (t *Turn) Draft() *lattice.Delta {
	defer t.Abort()
	s := t.s
	refs := t.written(nil)
	if len(refs)+len(t.removed)+len(t.buried)+len(t.emitted) == 0 && !t.who.isFiring() {
		return nil
	}
	b := newBuilder(s)
	b.d.Covers = []lattice.Range{{Actor: t.actor(), Lo: t.at.seq, Hi: t.at.seq}}
	for _, r := range refs {
		b.atom(r)
	}
	if t.who.isFiring() {
		// Its stamp is asked for while the delta is built.
		f := s.firings.at(t.who.num())
		f.actor, f.seq = t.at.actor, t.at.seq
		defer func() { f.actor, f.seq = 0, 0 }()
		b.fired(t.who.num())
	}
	for _, r := range t.removed {
		b.removal(t.at.actor, r.actor, removal{t.at.seq, t.at.seq, r.at, r.at})
	}
	for _, d := range t.buried {
		b.buried(d, t.at)
	}
	for _, n := range t.emitted {
		b.output(n)
	}
	if b.d.Hollow = t.hollow; t.hollow {
		b.d.Rests = s.vector.Ranges()
	}
	return b.finish()
}

// commitAlone is Commit where nobody asks for what was written: only outputs are
// told.
func (t *Turn) commitAlone(d *lattice.Delta) (wrote bool) {
	if !t.hasWritten() && len(t.removed)+len(t.buried)+len(t.emitted) == 0 {
		return false
	}
	s := t.s
	covers := lattice.Range{Actor: t.actor(), Lo: t.at.seq, Hi: t.at.seq}
	s.vector.Add(covers)
	if t.who.isFiring() {
		s.fire(t.who.num(), t.at)
	}
	for _, d := range t.buried {
		s.bury(d, t.at)
	}
	d.Reset(s.group)
	if len(t.emitted) > 0 {
		b := s.buildTurn(d)
		for _, n := range t.emitted {
			b.output(n)
		}
	}
	d.Covers = append(d.Covers, covers)
	return true
}

// hasWritten reports whether an atom is there because of the turn.
func (t *Turn) hasWritten() bool {
	for _, step := range t.undo.steps {
		for i := uint32(0); step.op != undoDrop && i < step.n; i++ {
			if t.wrote(step.t, step.atom+i) {
				return true
			}
		}
	}
	return false
}

// wrote reports whether an atom is there because of the turn.
func (t *Turn) wrote(table *table, atom uint32) bool {
	if int(atom) >= table.list.len() {
		return false
	}
	a := table.list.get(atom)
	return a.next != noAtom && a.who == t.who && a.seq == t.seq
}

// written appends the atoms that are there because of the turn, in order.
func (t *Turn) written(refs []ref) []ref {
	for _, step := range t.undo.steps {
		for i := uint32(0); step.op != undoDrop && i < step.n; i++ {
			atom := step.atom + i
			if t.wrote(step.t, atom) {
				refs = append(refs, makeRef(step.t.id, atom))
			}
		}
	}
	if len(refs) < 2 {
		return refs
	}
	slices.Sort(refs)
	return slices.Compact(refs)
}
