package state

import "github.com/laspc/lasp/lang/value"

// load is how much is in a delta.
type load struct{ atoms, bytes int }

// sizeOf estimates the bytes that something takes in a delta.
func (s *Store) sizeOf(r ref) int {
	const stamped, firing = 4, 36
	switch t := r.table(); t {
	case firedRefs, runRefs:
		return firing
	case foldRefs:
		return firing * (1 + len(s.folds[r.num()].of.Actors()))
	case deadRefs:
		return firing * len(s.firings.dead[r.num()])
	case outputRefs:
		return firing + s.outputs.list[r.num()].val.Size()
	default:
		return stamped + s.tables[t].sizeOf(r.num())
	}
}

// sizeOf estimates the bytes of an atom.
func (t *table) sizeOf(atom uint32) int {
	row := t.slotOf(atom)
	tag, in := t.tag(row), t.c.s.in
	size := sizeOfColumns(in, t.sums.key[tag], row[t.keyAt:]) + sizeOfColumns(in, t.sums.val[tag], t.val(atom))
	if t.depth >= 0 {
		var buf [16]value.Word
		size += sizeOfColumns(in, t.sums.path, t.c.path(buf[:0], t.depth, t.above(row)))
	}
	return size
}

func sizeOfColumns(in *value.Interner, raw []bool, words []value.Word) (n int) {
	for i, isRaw := range raw {
		if isRaw {
			n += 4
			continue
		}
		n += in.Value(words[i], value.Invalid).Size()
	}
	return n
}
