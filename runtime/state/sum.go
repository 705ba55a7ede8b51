package state

import (
	"encoding/binary"

	"github.com/laspc/lasp/lang/codec"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// The sum of a store is the sum of the hashes of what it holds: each atom with
// its place, its payload and, where writes have identity, its dot; each firing,
// each removed write of one, each output. Stamps are not in it, nor what may be
// forgotten at any time. So it does not depend on any order, a change costs the
// hashes of the atoms that it touches, and replicas that know the same turns
// have the same sum, or one of them lacks something.

// Sum is a digest of 16 bytes of the replicated contents, kept up to date. Two
// replicas that know the same turns and differ in it hold different states.
// Digest is the same over stamps as well, computed from the whole state.
func (s *Store) Sum() [16]byte {
	s.mustKeep()
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], s.sum.hi)
	binary.BigEndian.PutUint64(b[8:], s.sum.lo)
	return b
}

// summer builds the words of one hash.
type summer struct {
	words  []uint64       // but for those that a table's hashes begin with
	actors []sum          // hashes of the actors of the store
	comps  map[uint64]sum // hashes of composite values, by id
	enc    []byte
	late   [lateSums]lateSum // by number of the atom
}

// lateSum is the hash of an atom that was written a short while ago. What is counted
// in one place is changed again and again: the hash that it leaves with is the one
// that it came with.
type lateSum struct {
	t    *table
	atom uint32
	sum  sum
}

// lateSums is how many are remembered.
const lateSums = 16

func (h *summer) sum() sum { return sipHash(sipKey[0], sipKey[1], h.words) }

// text appends a length and the bytes, filled up with zeros.
func (h *summer) text(s string) {
	h.words = append(h.words, uint64(len(s)))
	for ; len(s) >= 8; s = s[8:] {
		h.words = append(h.words, uint64(s[0])|uint64(s[1])<<8|uint64(s[2])<<16|uint64(s[3])<<24|
			uint64(s[4])<<32|uint64(s[5])<<40|uint64(s[6])<<48|uint64(s[7])<<56)
	}
	if len(s) > 0 {
		w := uint64(0)
		for i := range len(s) {
			w |= uint64(s[i]) << (8 * i)
		}
		h.words = append(h.words, w)
	}
}

// value appends a value of any kind, the same for equal values everywhere.
func (h *summer) value(v value.Value) {
	switch k := v.Kind(); k {
	case value.String, value.Bytes, value.Node:
		h.words = append(h.words, uint64(k))
		h.text(v.Str())
	default:
		h.enc = codec.EncodeValue(h.enc[:0], v)
		h.words = append(h.words, uint64(k))
		h.text(string(h.enc))
	}
}

// columns appends the words of columns, those that are ids as what they stand
// for.
func (h *summer) columns(in *value.Interner, raw []bool, words []value.Word) {
	for i, isRaw := range raw {
		if isRaw {
			h.words = append(h.words, words[i])
			continue
		}
		if k, text, is := in.Text(words[i]); is {
			h.words = append(h.words, uint64(k))
			h.text(text)
			continue
		}
		done, known := h.comps[words[i]]
		if !known {
			one := summer{enc: h.enc}
			one.value(in.Value(words[i], value.Invalid))
			done = one.sum()
			h.comps[words[i]] = done
		}
		h.words = append(h.words, done.hi, done.lo)
	}
}

func (h *summer) firing(f lattice.Firing) {
	f = f.Identity()
	for _, half := range [][16]byte{f.Handler, f.Key} {
		h.words = append(h.words, binary.LittleEndian.Uint64(half[:8]), binary.LittleEndian.Uint64(half[8:]))
	}
}

// writer appends who made a write.
func (h *summer) writer(s *Store, w writer) {
	switch {
	case w.isFiring():
		h.words = append(h.words, 1)
		h.firing(s.firings.at(w.num()).id)
		return
	case w.isRun():
		r := &s.firings.runs[w.num()]
		h.words = append(h.words, 2)
		h.firing(s.firings.at(r.firing).id)
		h.writer(s, actorWriter(r.actor))
		return
	}
	for n := len(h.actors); n < len(s.actors); n++ {
		var one summer
		one.text(s.actors[n].Node)
		one.words = append(one.words, s.actors[n].Inc)
		h.actors = append(h.actors, one.sum())
	}
	a := h.actors[w.num()]
	h.words = append(h.words, 0, a.hi, a.lo)
}

// sumShape is what a table's hashes begin with, and which columns are raw.
type sumShape struct {
	begin    []sip // by tag: the state of a hash that has the table and the tag in
	path     []bool
	key, val [][]bool // by tag
}

func rawColumns(cols []*types.Type) []bool {
	raw := make([]bool, len(cols))
	for i, c := range cols {
		_, raw[i] = c.Resolve().RawKind()
	}
	return raw
}

func (t *table) shapeSum() {
	var h summer
	h.text("atom")
	h.text(t.c.id)
	h.words = append(h.words, uint64(t.level+1))
	salt := h.sum()
	for _, l := range t.c.shape.Levels[:t.depth+1] {
		t.sums.path = append(t.sums.path, rawColumns(l.Cols)...)
	}
	for tag, a := range t.atoms {
		t.sums.begin = append(t.sums.begin, sipBegin(sipKey[0], sipKey[1]).then([]uint64{salt.hi, salt.lo, uint64(tag)}))
		t.sums.key, t.sums.val = append(t.sums.key, rawColumns(a.KeyCols)), append(t.sums.val, rawColumns(a.ValCols))
	}
}

// atomSum is the hash of an atom.
func (t *table) atomSum(atom uint32) sum {
	s, a := t.c.s, t.list.get(atom)
	row := t.slots.Row(int(a.slot))
	h, tag := &s.summer, t.tag(row)
	h.words = h.words[:0]
	if t.depth >= 0 {
		var buf [16]value.Word
		h.columns(s.in, t.sums.path, t.c.path(buf[:0], t.depth, t.above(row)))
	}
	if t.ownerAt >= 0 {
		h.writer(s, writer(row[t.ownerAt]))
	}
	h.columns(s.in, t.sums.key[tag], row[t.keyAt:])
	h.columns(s.in, t.sums.val[tag], t.val(atom))
	if t.causal {
		h.writer(s, a.who)
		if !a.who.isFiring() {
			h.words = append(h.words, a.seq)
		}
		h.words = append(h.words, uint64(a.idx))
	}
	return t.sums.begin[tag].then(h.words).end(begunWords + len(h.words))
}

// begunWords is how many words are in where a table's hashes begin.
const begunWords = 3

// slotSum is what the atoms of a slot of counts below a removable map add to
// the sum, with those of the same owner: they count together, and not at all
// where they may be forgotten.
func (t *table) slotSum(slot int) (all sum) {
	t.eachTag(slot, func(at int) {
		if atom := t.first(at); atom != 0 && !t.isForgettable(at) {
			all.add(t.atomSum(atom - 1))
		}
	})
	return all
}

// leave and enter keep the sum of the store around a change of a slot's atom;
// where counts may be forgotten the owner's slots are looked at as a whole.
func (t *table) leave(slot int, atom uint32, held bool) {
	switch {
	case t.c.s.alone:
	case t.dead != nil:
		t.c.s.sum.sub(t.slotSum(slot))
	case held:
		late := &t.c.s.summer.late[atom%lateSums]
		if late.t != t || late.atom != atom {
			t.c.s.sum.sub(t.atomSum(atom))
			return
		}
		t.c.s.sum.sub(late.sum)
		late.t = nil
	}
}

func (t *table) enter(slot int, atom uint32, held bool) {
	switch {
	case t.c.s.alone:
	case t.dead != nil:
		t.c.s.sum.add(t.slotSum(slot))
	case held:
		now := t.atomSum(atom)
		t.c.s.sum.add(now)
		late := &t.c.s.summer.late[atom%lateSums]
		if late.t != t {
			late.t = t
		}
		late.atom, late.sum = atom, now
	}
}

// firedSum is the hash of a firing, runSum that of a run of a request, deadSum that of a removed write of one, and
// outputSum that of an output.
func (s *Store) firedSum(n uint32) sum {
	h := &s.summer
	h.words = append(h.words[:0], 'f')
	h.firing(s.firings.at(n).id)
	return h.sum()
}

func (s *Store) runSum(n uint32) sum {
	h := &s.summer
	h.words = append(h.words[:0], 'r')
	h.writer(s, runWriter(n))
	return h.sum()
}

func (s *Store) deadSum(d firingDot) sum {
	h := &s.summer
	h.words = append(h.words[:0], 'd', uint64(d.index))
	h.firing(s.firings.at(d.firing).id)
	return h.sum()
}

func (s *Store) outputSum(n uint32) sum {
	o := &s.outputs.list[n]
	h := &s.summer
	h.words = append(h.words[:0], 'o')
	h.text(o.out.name)
	h.text(string(o.id[:]))
	h.value(o.val)
	return h.sum()
}
