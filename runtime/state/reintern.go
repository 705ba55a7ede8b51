package state

import "github.com/laspc/lasp/lang/value"

// The words of values in the tables are ids of the interner, which keeps every
// value that it ever saw. To be rid of those that are gone, what is left moves to
// a new interner, and the old one goes as a whole.

// Reintern moves the contents to another interner. It is not for a store with an
// open turn, and whoever else holds words of the old interner has to move too.
func (s *Store) Reintern(to *value.Interner) {
	// What a turn that was taken back leaves among the changes is nothing.
	if s.turn != nil || len(s.changes.take()) > 0 {
		panic("state: words are in use by an open turn")
	}
	m := mover{s.in, to}
	for _, c := range s.cells {
		for i, l := range c.levels {
			raw, at := rawColumns(c.shape.Levels[i].Cols), 0
			if i > 0 {
				at = 1 // the number of the row above
			}
			l.rows.Rewrite(func(row []value.Word) { m.move(raw, row[at:]) })
		}
	}
	for _, t := range s.tables {
		t.reintern(m)
	}
	clear(s.summer.comps)
	s.in = to
}

// mover translates words of one interner into those of another.
type mover struct{ from, to *value.Interner }

func (m mover) move(raw []bool, words []value.Word) {
	for i, isRaw := range raw {
		if !isRaw {
			words[i] = m.to.Word(m.from.Value(words[i], value.Invalid))
		}
	}
}

func (t *table) reintern(m mover) {
	t.eachLive(func(atom uint32, tag uint8) { m.move(t.sums.val[tag], t.val(atom)) })
	t.slots.Rewrite(func(row []value.Word) { m.move(t.sums.key[t.tag(row)], row[t.keyAt:]) })
}

// eachLive calls f with every atom and its tag.
func (t *table) eachLive(f func(atom uint32, tag uint8)) {
	for atom := range t.list.n {
		if t.isLive(atom) {
			f(atom, t.tag(t.slotOf(atom)))
		}
	}
}

// Interned calls f with every word of the contents that is an id, some of them
// more than once.
func (s *Store) Interned(f func(id value.Word)) {
	each := func(raw []bool, words []value.Word) {
		for i, isRaw := range raw {
			if !isRaw {
				f(words[i])
			}
		}
	}
	for _, c := range s.cells {
		for i, l := range c.levels {
			raw, at := rawColumns(c.shape.Levels[i].Cols), 0
			if i > 0 {
				at = 1
			}
			l.rows.Each(func(_ int, row []value.Word) bool { each(raw, row[at:]); return true })
		}
	}
	for _, t := range s.tables {
		t.eachLive(func(atom uint32, tag uint8) { each(t.sums.val[tag], t.val(atom)) })
		t.slots.Each(func(_ int, row []value.Word) bool { each(t.sums.key[t.tag(row)], row[t.keyAt:]); return true })
	}
}
