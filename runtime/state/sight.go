package state

import (
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
)

// sight is what the dataflow sees through a slot. It is small enough to stay in
// registers: what a turn writes one by one and copies as a whole waits until all that
// it wrote before has reached the cache.
type sight struct {
	shown
	word value.Word // its value column, of RowOfRead
	n    int64      // what the slot's owner contributes to a sum
	ran  *ranSight  // of a tallied slot, nil where there is nothing
}

// shown is the part of a sight that all tables have.
type shown struct {
	has  bool // a row is there
	live bool // the slot, or its owner, is alive
}

// ranSight is what the slot of a run of a request says in a bounded counter.
type ranSight struct {
	account [3]value.Word
	void    bool
}

// look takes in what a slot shows before a change.
func (t *table) look(slot int) sight {
	if live := t.first(slot) != 0; t.plain {
		return sight{shown: shown{live, live}}
	}
	return t.lookAt(slot)
}

// lookAt is look of a table of any kind.
func (t *table) lookAt(slot int) (v sight) {
	v.live = t.first(slot) != 0
	v.has = v.live && (t.kind.Shows == nil || t.kind.Shows(t.slotAtoms(slot)))
	if t.kind.Causal {
		v.live = v.has // what is hidden counts for nothing where it can be removed
	}
	switch {
	case t.rule != lattice.RowOfRead:
	case t.kind.Bounded != nil:
		row := t.slots.Row(slot)
		v.word, v.live = t.readBounded(t.above(row))
		v.has = v.live
		if at := t.first(slot); at > 0 && t.isTallied(row) {
			v.ran = &ranSight{[3]value.Word(t.val(at - 1)), t.c.s.firings.isVoid(writer(row[t.ownerAt]))}
		}
	case t.kind.Sum != nil:
		total := t.total(t.above(t.slots.Row(slot)))
		v.has, v.word = total.live > 0, value.Word(total.sum.Clamp(t.kind.Sum.Floor))
		v.n, v.live = t.contribution(slot)
	case v.has:
		v.word = t.c.s.in.Word(t.kind.Read(t.c.shape.Args, t.slotAtoms(slot)))
	}
	return v
}

// readBounded reads the whole leaf below a row.
func (t *table) readBounded(above uint32) (word value.Word, live bool) {
	v, live := t.kind.Bounded(t.c.bounds, t.boundedAtoms(above))
	return value.RawWord(v), live
}

// show emits how the view changed since look, brings sums up to date, and
// returns by how much the number of live things in the leaf went up.
func (t *table) show(slot int, before sight) (live int) {
	row := t.slots.Row(slot)
	above := t.above(row)
	switch {
	case t.kind.Sum != nil:
		t.addUp(slot, above, before)
	case t.kind.Bounded != nil:
		t.tallyRun(slot, before)
	}
	after := t.look(slot)
	if after.live != before.live {
		live = 1
		if before.live {
			live = -1
		}
	}
	switch t.rule {
	case lattice.RowPerKey, lattice.RowPerVal, lattice.RowOfStream:
		switch {
		case after.has && !before.has:
			t.showKey(row, above, 1)
		case before.has && !after.has:
			t.showKey(row, above, -1)
		}
	case lattice.RowOfRead:
		if before.has == after.has && before.word == after.word {
			break
		}
		var buf [12]value.Word
		row := t.c.path(buf[:0], t.depth, above)
		if before.has {
			t.c.emit(0, -1, append(row, before.word))
		}
		if after.has {
			t.c.emit(0, 1, append(row, after.word))
		}
	}
	return live
}

// showKey emits the row of a slot's key.
func (t *table) showKey(row []value.Word, above uint32, mult int64) {
	tag := t.tag(row)
	words := row[t.keyAt : t.keyAt+len(t.atoms[tag].KeyCols)]
	if t.rule == lattice.RowOfStream {
		t.measure(tag, words[0], above, mult)
	}
	var buf [12]value.Word
	t.c.emit(int(tag), mult, t.appendKey(t.c.path(buf[:0], t.depth, above), row, tag))
}

// measure keeps the length of a stream, and whether it has ended.
func (t *table) measure(tag uint8, at value.Word, above uint32, mult int64) {
	inst := t.instance(above)
	switch {
	case tag == lattice.StreamClose:
		inst.ends += uint32(mult)
	case mult > 0:
		inst.top = max(inst.top, int64(at)+1)
	case int64(at)+1 == inst.top:
		inst.top = 0
		t.eachSlot(above, func(slot uint32) bool {
			row := t.slots.Row(int(slot))
			if t.first(int(slot)) != 0 && t.tag(row) == lattice.StreamItem {
				inst.top = max(inst.top, int64(row[t.keyAt])+1)
			}
			return true
		})
	}
}

func (t *table) instance(above uint32) *instance {
	t.instances = grow(t.instances, int(above))
	return &t.instances[above]
}

func (t *table) total(above uint32) *total {
	t.totals = grow(t.totals, int(above))
	return &t.totals[above]
}

// addUp replaces what an owner contributed to the sum of its leaf.
func (t *table) addUp(slot int, above uint32, before sight) {
	total := t.total(above)
	n, live := t.contribution(slot)
	total.sum.Sub(before.n)
	total.sum.Add(n)
	if live != before.live {
		if live {
			total.live++
		} else {
			total.live--
		}
	}
	if t.dead != nil {
		t.eachTag(slot, func(at int) { delete(t.dead, uint32(at)) })
		if !live {
			t.dead[uint32(slot)] = 0
		}
	}
}

// eachTag calls f with the slots of the owner of a slot.
func (t *table) eachTag(slot int, f func(slot int)) {
	var buf [12]value.Word
	row := append(buf[:0], t.slots.Row(slot)...)
	for tag := range t.atoms {
		row[t.tagAt] = value.Word(tag)
		if at := t.slots.Find(row); at >= 0 {
			f(at)
		}
	}
}

// contribution is what the owner of a slot adds to the sum of its leaf; a run that is
// void adds nothing, and is there.
func (t *table) contribution(slot int) (n int64, live bool) {
	n, live = t.counted(slot)
	if len(t.c.s.firings.runs) > 0 && t.c.s.firings.isVoid(writer(t.slots.Row(slot)[t.ownerAt])) {
		n = 0
	}
	return n, live
}

// counted is what the owner of a slot counted.
func (t *table) counted(slot int) (n int64, live bool) {
	var vals [2][]value.Word
	if t.tagAt < 0 {
		if atom := t.first(slot); atom > 0 {
			vals[0] = t.val(atom - 1)
		}
		return t.kind.Sum.Of(vals[0], nil)
	}
	var buf [8]value.Word
	row := append(buf[:0], t.slots.Row(slot)...)
	for tag := range t.atoms {
		row[t.tagAt] = value.Word(tag)
		if atom := t.first(t.slots.Find(row)); atom > 0 {
			vals[tag] = t.val(atom - 1)
		}
	}
	return t.kind.Sum.Of(vals[0], vals[1])
}

func (t *table) payload(atom uint32, tag uint8) value.Value {
	if t.atoms[tag].Val == nil {
		return value.Value{}
	}
	v, _ := valueOf(t.c.s.in, t.atoms[tag].Val, t.val(atom))
	return v
}

// read fills in an atom as kinds see it, without its path. Key is its key where
// the caller knows it.
func (t *table) read(atom uint32, key value.Value) lattice.Atom {
	row := t.slotOf(atom)
	a := lattice.Atom{Tag: t.tag(row), Ref: atom, Key: key}
	shape := &t.atoms[a.Tag]
	if shape.Key != nil && !key.IsValid() {
		a.Key, _ = valueOf(t.c.s.in, shape.Key, row[t.keyAt:])
	}
	a.Val = t.payload(atom, a.Tag)
	if t.ownerAt >= 0 {
		a.Owner = t.c.s.owner(writer(row[t.ownerAt]))
	}
	return a
}

func (t *table) slotAtoms(slot int) []*lattice.Atom {
	var list []*lattice.Atom
	t.eachAtom(slot, func(atom uint32) bool {
		a := t.read(atom, value.Value{})
		list = append(list, &a)
		return true
	})
	return list
}
