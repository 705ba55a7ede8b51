package state

import (
	"cmp"
	"slices"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
)

// builder gathers parts of the state into a delta. Atoms may come in any order
// and are put into canonical order at the end.
type builder struct {
	s      *Store
	d      *lattice.Delta
	refs   []ref
	actors []uint32 // by number of the store: number in the delta, plus one
	atoms  []builtAtom
	keys   []pieceKey
}

type builtAtom struct {
	at  stamp
	idx uint32
	ref ref
}

type pieceKey struct {
	t     *table
	tag   uint8
	owned bool // by accounts of folded runs, which must be told
}

func newBuilder(s *Store) *builder {
	return &builder{s: s, d: &lattice.Delta{Group: s.group}}
}

// buildTurn begins the delta of a turn, in memory of earlier ones.
func (s *Store) buildTurn(d *lattice.Delta) *builder {
	d.Reset(s.group)
	b := &s.builder
	clear(b.actors)
	if b.d != d || b.s != s {
		b.s, b.d = s, d
	}
	b.refs, b.atoms, b.keys = b.refs[:0], b.atoms[:0], b.keys[:0]
	return b
}

func (b *builder) who(actor uint32) uint32 {
	if n := len(b.s.actors); len(b.actors) < n {
		b.actors = append(b.actors, make([]uint32, n-len(b.actors))...)
	}
	if b.actors[actor] == 0 {
		b.d.Actors = append(b.d.Actors, b.s.actors[actor])
		b.actors[actor] = uint32(len(b.d.Actors))
	}
	return b.actors[actor] - 1
}

// reserve makes room for what entries name.
func (b *builder) reserve(entries []entry) {
	fired, atoms := 0, 0
	for i := range entries {
		switch t := entries[i].ref.table(); {
		case t == firedRefs:
			fired++
		case t < firedRefs:
			atoms += int(entries[i].n)
		}
	}
	b.d.Fired, b.refs = slices.Grow(b.d.Fired, fired), slices.Grow(b.refs, atoms)
}

// atom adds an atom; one that is gone again at the end is left out.
func (b *builder) atom(r ref) { b.refs = append(b.refs, r) }

func (b *builder) fired(n uint32) {
	f := b.s.firings.at(n)
	b.d.Fired = append(b.d.Fired, lattice.Fired{Firing: f.id, Who: b.who(f.actor), Seq: f.seq})
}

func (b *builder) ran(n uint32) {
	r := &b.s.firings.runs[n]
	b.d.Runs = append(b.d.Runs, lattice.Fired{Firing: b.s.firings.at(r.firing).id, Who: b.who(r.actor), Seq: r.seq})
}

func (b *builder) fold(n uint32) {
	f := &b.s.folds[n]
	b.d.Folds = append(b.d.Folds, lattice.Fold{Who: b.who(f.at.actor), Seq: f.at.seq, Of: f.of.Ranges(), After: f.after})
}

func (b *builder) buried(d firingDot, at stamp) {
	b.d.Dead = append(b.d.Dead, lattice.DeadDot{Firing: b.s.firings.at(d.firing).id, Index: d.index, Who: b.who(at.actor), Seq: at.seq})
}

func (b *builder) output(n uint32) {
	o := &b.s.outputs.list[n]
	b.d.Outputs = append(b.d.Outputs, lattice.Output{Name: o.out.name, ID: o.id, Value: o.val, Who: b.who(o.at.actor), Seq: o.at.seq})
}

// removal adds an entry of the log, in place of earlier ones that it contains.
func (b *builder) removal(by, of uint32, r removal) {
	m := lattice.Removal{
		By: lattice.Range{Actor: b.s.actors[by], Lo: r.byLo, Hi: r.byHi},
		Of: b.s.actors[of], From: r.from, To: r.to,
	}
	for n := len(b.d.Removals); n > 0; n-- {
		o := b.d.Removals[n-1]
		if o.Of != m.Of || o.By.Actor != m.By.Actor || o.From.Before(m.From) || m.To.Before(o.To) {
			break
		}
		b.d.Removals = b.d.Removals[:n-1]
	}
	b.d.Removals = append(b.d.Removals, m)
}

// finish puts everything into canonical order and returns the delta.
func (b *builder) finish() *lattice.Delta {
	atoms := slices.Grow(b.atoms, len(b.refs))
	for _, r := range b.refs {
		if t := b.s.tables[r.table()]; t.isLive(r.num()) {
			atoms = append(atoms, builtAtom{b.s.stampOf(t, r.num()), t.list.get(r.num()).idx, r})
		}
	}
	b.atoms = atoms
	if len(atoms) > 1 {
		b.sort(atoms)
		atoms = slices.Compact(atoms)
	}
	b.pieces(atoms)
	if len(b.d.Pieces) > 1 {
		slices.SortFunc(b.d.Pieces, func(x, y lattice.Piece) int {
			return cmp.Or(cmp.Compare(x.Cell, y.Cell), cmp.Compare(x.Level, y.Level), cmp.Compare(x.Tag, y.Tag), cmp.Compare(min(len(x.Owner), 1), min(len(y.Owner), 1)))
		})
	}
	if len(b.d.Fired)+len(b.d.Runs)+len(b.d.Folds)+len(b.d.Dead)+len(b.d.Outputs) > 0 {
		b.order()
	}
	return b.d
}

// sort puts atoms into the order of their writes.
func (b *builder) sort(atoms []builtAtom) {
	slices.SortFunc(atoms, func(x, y builtAtom) int {
		if x.at != y.at {
			if b.s.before(x.at, y.at) {
				return -1
			}
			return 1
		}
		if c := cmp.Compare(x.idx, y.idx); c != 0 {
			return c
		}
		return cmp.Compare(x.ref, y.ref)
	})
}

// pieces fills in the pieces of atoms, which are in order.
func (b *builder) pieces(atoms []builtAtom) {
	keys := b.keys
	at := -1
	for i, a := range atoms {
		t := b.s.tables[a.ref.table()]
		row := t.slotOf(a.ref.num())
		key := pieceKey{t, t.tag(row), t.ownerAt >= 0 && len(b.s.folds) > 0 && b.s.isFoldAccount(writer(row[t.ownerAt]))}
		key.owned = key.owned && !t.atoms[key.tag].Owned
		if at < 0 || keys[at] != key {
			if at = slices.Index(keys, key); at < 0 {
				at = len(keys)
				keys = append(keys, key)
				if p := b.d.AddPiece(t.newPiece(key.tag)); i == 0 && len(atoms) > 1 { // often all are of one form
					p.Grow(len(atoms))
				}
			}
		}
		b.row(&b.d.Pieces[at], t, a, key.owned)
	}
	b.keys = keys
}

// newPiece is the form of pieces for atoms of a tag.
func (t *table) newPiece(tag uint8) *lattice.Piece {
	for len(t.pieces) <= int(tag) {
		t.pieces = append(t.pieces, t.c.shape.NewPiece(t.c.id, t.level, uint8(len(t.pieces))))
	}
	return &t.pieces[tag]
}

// order sorts what is neither atoms nor removals by stamp.
func (b *builder) order() {
	at := func(who uint32, seq uint64) stamp { return stamp{b.s.actorNum[b.d.Actors[who]], seq} }
	less := func(x, y stamp) int {
		switch {
		case x == y:
			return 0
		case b.s.before(x, y):
			return -1
		}
		return 1
	}
	for _, list := range [][]lattice.Fired{b.d.Fired, b.d.Runs} {
		slices.SortFunc(list, func(x, y lattice.Fired) int { return less(at(x.Who, x.Seq), at(y.Who, y.Seq)) })
	}
	slices.SortFunc(b.d.Folds, func(x, y lattice.Fold) int { return less(at(x.Who, x.Seq), at(y.Who, y.Seq)) })
	slices.SortFunc(b.d.Dead, func(x, y lattice.DeadDot) int {
		return cmp.Or(less(at(x.Who, x.Seq), at(y.Who, y.Seq)), slices.Compare(x.Firing.Handler[:], y.Firing.Handler[:]),
			slices.Compare(x.Firing.Key[:], y.Firing.Key[:]), cmp.Compare(x.Index, y.Index))
	})
	slices.SortFunc(b.d.Outputs, func(x, y lattice.Output) int {
		return cmp.Or(less(at(x.Who, x.Seq), at(y.Who, y.Seq)), slices.Compare(x.ID[:], y.ID[:]))
	})
}

// row appends an atom of a table to its piece.
func (b *builder) row(p *lattice.Piece, t *table, a builtAtom, owned bool) {
	row, shape := t.slotOf(a.ref.num()), &t.atoms[p.Tag]
	p.Who, p.Seq, p.Index = append(p.Who, b.who(a.at.actor)), append(p.Seq, a.at.seq), append(p.Index, a.idx)
	if shape.Owned || owned {
		p.Owner = append(p.Owner, b.s.owner(writer(row[t.ownerAt])))
	}
	var buf [16]value.Word
	words := t.c.path(buf[:0], t.depth, t.above(row))
	words = append(words, row[t.keyAt:t.keyAt+len(shape.KeyCols)]...)
	words = append(words, t.val(a.ref.num())[:len(shape.ValCols)]...)
	for i := range p.Cols {
		p.Cols[i].AppendWord(b.s.in, words[i])
	}
}
