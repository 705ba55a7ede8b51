package state

import (
	"cmp"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
)

// leafWriter is the lattice.Leaf and lattice.Writer of one mutation.
type leafWriter struct {
	t        *Turn
	c        *cell
	table    *table
	path     []value.Word
	pathBuf  [8]value.Word
	presence []uint32 // indexes kept for presence atoms, by level
	acted    bool
	atom     lattice.Atom // that is shown at present
}

// above is the row below which the leaf's slots hang, -1 if it is not there.
func (w *leafWriter) above() int {
	if w.table.depth < 0 {
		return 0
	}
	return w.c.find(w.path, w.table.depth+1)
}

// Atoms implements lattice.Leaf.
func (w *leafWriter) Atoms(f func(*lattice.Atom) bool) {
	above := w.above()
	if above < 0 {
		return
	}
	if w.table.kind.Bounded != nil {
		for _, a := range w.table.boundedAtoms(uint32(above)) {
			if !f(a) {
				return
			}
		}
		return
	}
	w.table.eachSlot(uint32(above), func(slot uint32) bool { return w.each(int(slot), value.Value{}, f) })
}

// each calls f with the atoms of a slot. Key is theirs, where it is known.
func (w *leafWriter) each(slot int, key value.Value, f func(*lattice.Atom) bool) bool {
	return w.table.eachAtom(slot, func(atom uint32) bool {
		w.atom = w.table.read(atom, key)
		return f(&w.atom)
	})
}

// Slot implements lattice.Leaf.
func (w *leafWriter) Slot(tag uint8, key value.Value, f func(*lattice.Atom) bool) {
	var buf [8]value.Word
	words, known := w.t.s.in.FindWords(buf[:0], key)
	if known {
		w.find(tag, words, key, f)
	}
}

// Own implements lattice.Leaf.
func (w *leafWriter) Own(tag uint8) []value.Word { return w.of(w.t.owner(w.table.kind), tag) }

// Of implements lattice.Leaf.
func (w *leafWriter) Of(o lattice.Owner, tag uint8) []value.Word {
	return w.of(w.t.s.writerOf(o), tag)
}

func (w *leafWriter) of(owner writer, tag uint8) []value.Word {
	above := w.above()
	if above < 0 || int(tag) >= len(w.table.atoms) {
		return nil
	}
	var buf [12]value.Word
	at := w.table.first(w.table.slots.Find(w.table.slotRow(buf[:0], uint32(above), tag, owner, nil)))
	if at == 0 {
		return nil
	}
	return w.table.val(at - 1)
}

func (w *leafWriter) find(tag uint8, words []value.Word, key value.Value, f func(*lattice.Atom) bool) {
	above := w.above()
	if above < 0 {
		return
	}
	var buf [12]value.Word
	w.each(w.table.slots.Find(w.table.slotRow(buf[:0], uint32(above), tag, 0, words)), key, f)
}

// Len implements lattice.Leaf.
func (w *leafWriter) Len() int64 {
	if above := w.above(); above >= 0 {
		return w.table.instance(uint32(above)).top
	}
	return 0
}

// Ended implements lattice.Leaf.
func (w *leafWriter) Ended() bool {
	above := w.above()
	return above >= 0 && w.table.instance(uint32(above)).ends > 0
}

// Put implements lattice.Writer.
func (w *leafWriter) Put(tag uint8, key, val value.Value) {
	w.put(w.t.owner(w.table.kind), tag, key, val)
}

// PutOwn implements lattice.Writer.
func (w *leafWriter) PutOwn(tag uint8, payload [3]value.Word) {
	w.write(w.table, w.t.owner(w.table.kind), tag, nil, payload[:], w.t.nextWrite())
}

// PutFor implements lattice.Writer.
func (w *leafWriter) PutFor(o lattice.Owner, tag uint8, key, val value.Value) {
	w.put(w.t.s.writerOf(o), tag, key, val)
}

func (w *leafWriter) put(owner writer, tag uint8, key, val value.Value) {
	var keyBuf, valBuf [8]value.Word
	k, v := keyBuf[:0], valBuf[:0]
	if key.IsValid() {
		k = w.t.s.in.AppendWords(k, key)
	}
	if val.IsValid() {
		v = w.t.s.in.AppendWords(v, val)
	}
	w.write(w.table, owner, tag, k, v, w.t.nextWrite())
}

// nextWrite is the index of a write. Writes without effect take one too, so that
// a firing numbers its writes alike on every replica.
func (t *Turn) nextWrite() uint32 {
	t.writes++
	return t.writes - 1
}

// write puts an atom into its slot.
func (w *leafWriter) write(t *table, owner writer, tag uint8, key, val []value.Word, index uint32) {
	d := dot{w.t.seq, w.t.who, index}
	if d.who.isFiring() && t.causal && w.t.s.firings.isDead(firingDot{d.who.num(), index}) {
		w.t.hollow = true
		return
	}
	above := uint32(0)
	if t.depth >= 0 {
		above = w.c.place(w.path, t.depth+1)
	}
	var buf [12]value.Word
	row := t.slotRow(buf[:0], above, tag, owner, key)
	w.acted = true
	w.t.counts = w.t.counts || t.kind.PerWriter
	if !t.causal {
		// An event that says what is known already says nothing. A firing does:
		// it must leave the same atoms wherever it happens.
		if at := t.first(t.slots.Find(row)); at == 0 || d.who.isFiring() || t.compare(tag, val, t.val(at-1)) > 0 {
			_, won := t.join(row, tag, val, d)
			w.t.hollow = w.t.hollow || !won
		}
		return
	}
	slot, added := t.slots.Add(row)
	var observed []uint32
	if !added && !d.who.isFiring() {
		observed = t.upTo(slot, tag, val)
	}
	t.addTo(slot, added, val, d)
	for _, o := range observed {
		w.remove(t, o)
	}
}

// upTo lists the atoms of a slot that say no more than val.
func (t *table) upTo(slot int, tag uint8, val []value.Word) []uint32 {
	var list []uint32
	t.eachAtom(slot, func(atom uint32) bool {
		if t.compare(tag, val, t.val(atom)) >= 0 {
			list = append(list, atom)
		}
		return true
	})
	return list
}

// join puts an atom into a slot that holds one at most, and reports whether it
// is there now.
func (t *table) join(row []value.Word, tag uint8, val []value.Word, d dot) (atom uint32, won bool) {
	at := t.first(t.slots.Find(row))
	if at == 0 {
		return t.add(row, val, d), true
	}
	atom = at - 1
	switch c := t.compare(tag, val, t.val(atom)); {
	case c < 0, c == 0 && !t.c.s.outranks(d, t.dot(atom)):
		return atom, false
	}
	t.c.s.worn(t.c.s.stampOf(t, atom), t.c.s.stampOfDot(d))
	t.set(atom, val, d)
	return atom, true
}

// compare tells which of two payloads the join chooses: 1 the first, -1 the
// second, 0 where they are equal.
func (t *table) compare(tag uint8, a, b []value.Word) int {
	at := 0
	for cols := len(t.atoms[tag].ValCols); at < cols && a[at] == b[at]; {
		at++
	}
	switch {
	case at == len(t.atoms[tag].ValCols) || t.kind.Join == nil:
		return 0
	case t.kind.Greatest && t.ints[tag]:
		return cmp.Compare(int64(a[at]), int64(b[at]))
	}
	s := t.c.s
	s.passing.reset()
	x, _ := s.passing.value(s.in, t.atoms[tag].Val, a)
	y, _ := s.passing.value(s.in, t.atoms[tag].Val, b)
	switch j := t.kind.Join(x, y); {
	case value.Equal(x, y):
		return 0
	case value.Equal(j, x):
		return 1
	}
	return -1
}

// Remove implements lattice.Writer.
func (w *leafWriter) Remove(a *lattice.Atom) { w.remove(w.table, a.Ref) }

// RemoveSlot implements lattice.Writer.
func (w *leafWriter) RemoveSlot(tag uint8, key value.Value) {
	var buf [8]value.Word
	words, known := w.t.s.in.FindWords(buf[:0], key)
	if above := w.above(); known && above >= 0 {
		var buf [12]value.Word
		w.removeIn(w.table.slots.Find(w.table.slotRow(buf[:0], uint32(above), tag, 0, words)))
	}
}

// RemoveAll implements lattice.Writer.
func (w *leafWriter) RemoveAll() {
	if above := w.above(); above >= 0 {
		w.table.eachSlot(uint32(above), func(slot uint32) bool {
			w.removeIn(int(slot))
			return true
		})
	}
}

// removeIn removes the atoms of a slot.
func (w *leafWriter) removeIn(slot int) {
	for at := w.table.first(slot); at > 0; {
		next := w.table.list.get(at - 1).next
		w.remove(w.table, at-1)
		at = next
	}
}

// remove drops an atom and remembers its dot for the log of removals, unless
// the turn itself made it.
func (w *leafWriter) remove(t *table, atom uint32) {
	w.acted = true
	d := t.dot(atom)
	w.t.s.worn(w.t.s.stampOfDot(d), w.t.at)
	t.drop(atom)
	switch {
	case d.who == w.t.who && d.seq == w.t.seq:
	case d.who.isFiring():
		w.t.buried = append(w.t.buried, firingDot{d.who.num(), d.idx})
	default:
		w.t.removed = append(w.t.removed, removedDot{d.who.num(), lattice.DotPos{Seq: d.seq, Index: d.idx}})
	}
}

// markPresent takes an index for the presence atom of each level that keeps
// one, before the mutator's own, so that they do not depend on its effect.
func (w *leafWriter) markPresent() {
	for _, p := range w.c.presence {
		index := uint32(0)
		if p != nil {
			index = w.t.nextWrite()
		}
		w.presence = append(w.presence, index)
	}
}

// settlePresence writes the presence atoms if the mutator wrote anything.
func (w *leafWriter) settlePresence() {
	if !w.acted {
		return
	}
	for i, p := range w.c.presence {
		if p != nil {
			w.write(p, 0, 0, nil, nil, w.presence[i])
		}
	}
}

// Actor implements lattice.Writer. A store that is alone holds the rights of all
// nodes that it stands for, as one.
func (w *leafWriter) Actor() lattice.Actor {
	if w.t.s.alone && w.table.kind.Bounded != nil {
		return w.t.s.Actor()
	}
	return w.t.actor()
}

// Seq implements lattice.Writer.
func (w *leafWriter) Seq() uint64 { return w.t.at.seq }

// Firing implements lattice.Writer.
func (w *leafWriter) Firing() lattice.Firing { return w.t.id }

// Run implements lattice.Writer.
func (w *leafWriter) Run() lattice.Firing { return w.t.request }

// Clock implements lattice.Writer.
func (w *leafWriter) Clock() int64 { return w.t.nextClock() }

// Bounds implements lattice.Writer.
func (w *leafWriter) Bounds() *lattice.Bounds { return w.c.bounds }

// Heir implements lattice.Writer.
func (w *leafWriter) Heir() bool { return w.t.s.heir && w.Actor() == w.t.s.Actor() }
