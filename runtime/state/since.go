package state

import (
	"crypto/sha256"
	"iter"
	"slices"

	"github.com/laspc/lasp/lang/lattice"
)

// Limits bounds the deltas of Since and Snapshot. A turn is never split, so one
// that is larger is a delta of its own.
type Limits struct {
	Atoms int // per delta, 16,384
	Bytes int // per delta, estimated; 1 MB
}

// Since gives, in deltas of bounded size, what somebody who knows the turns of
// vv does not know yet. They may be applied in any order, and the sequence may
// be left and begun again with the vector of then. The store must not be
// written meanwhile. Who lacks turns whose removals are forgotten here gets all
// of the state, in Full deltas.
func (s *Store) Since(vv *lattice.Vector, l Limits) iter.Seq[*lattice.Delta] {
	return s.Owed(vv, vv, l)
}

// Owed is Since for somebody who knows the turns of known, and to whom all
// those of sent are on their way: deltas rest on what is not known yet.
func (s *Store) Owed(known, sent *lattice.Vector, l Limits) iter.Seq[*lattice.Delta] {
	if !sent.CoversAll(s.vector.Meet(&s.floor)) {
		return s.chunks(s.vector.Ranges(), l, form{full: true, known: known})
	}
	return s.chunks(sent.Missing(&s.vector), l, form{known: known})
}

// Snapshot gives the whole store as Full deltas, which do not wait for each
// other. Applied to an empty store with the same declarations they give the
// same store: the same bytes again.
func (s *Store) Snapshot(l Limits) iter.Seq[*lattice.Delta] {
	return s.Rest(&lattice.Vector{}, l)
}

// Rest is the rest of a Snapshot, for a store of which the deltas so far have made
// one with the vector vv. What is removed after it was sent, and forgotten before
// the rest is, stays in that store.
func (s *Store) Rest(vv *lattice.Vector, l Limits) iter.Seq[*lattice.Delta] {
	s.log.settle(s)
	return s.chunks(vv.Missing(&s.vector), l, form{full: true, known: &s.vector})
}

// Mend gives everything that is here, for somebody who knows the same turns and
// holds something else. Between the two, what one of them lacks was never
// removed there: a removal that either knows is known to both. So each takes in
// what it lacks, and both hold the same when each got all of the other's.
func (s *Store) Mend(l Limits) iter.Seq[*lattice.Delta] {
	s.log.settle(s)
	return s.chunks(s.vector.Ranges(), l, form{mend: true})
}

// form is what the deltas of a sequence have in common.
type form struct {
	full  bool
	mend  bool
	known *lattice.Vector // turns that the receiver knows
}

// chunks cuts ranges into deltas.
func (s *Store) chunks(ranges []lattice.Range, l Limits, f form) iter.Seq[*lattice.Delta] {
	s.mustKeep()
	if l.Atoms <= 0 {
		l.Atoms = 1 << 14
	}
	if l.Bytes <= 0 {
		l.Bytes = 1 << 20
	}
	return func(yield func(*lattice.Delta) bool) {
		b := newBuilder(s)
		n := load{}
		for _, r := range ranges {
			for r.Lo <= r.Hi {
				hi, now, full := s.cut(r, n, l)
				if n = now; hi >= r.Lo {
					s.gather(b, lattice.Range{Actor: r.Actor, Lo: r.Lo, Hi: hi})
					r.Lo = hi + 1
				}
				if !full {
					continue
				}
				if !yield(s.chunk(b, f)) {
					return
				}
				b, n = newBuilder(s), load{}
			}
		}
		if len(b.d.Covers) > 0 {
			yield(s.chunk(b, f))
		}
	}
}

// cut finds how far into a range a delta that has n goes: before the turn with
// which it would exceed a limit. It returns the last turn, the new load and
// whether the delta is full.
func (s *Store) cut(r lattice.Range, n load, l Limits) (hi uint64, now load, full bool) {
	actor := s.actorNum[r.Actor]
	lists := [2][]entry{s.index[actor].causal.between(r.Lo, r.Hi), s.index[actor].plain.between(r.Lo, r.Hi)}
	for len(lists[0])+len(lists[1]) > 0 {
		seq := r.Hi
		for _, list := range lists {
			if len(list) > 0 {
				seq = min(seq, list[0].seq)
			}
		}
		var turn load
		for i, list := range lists {
			for ; len(list) > 0 && list[0].seq == seq; list = list[1:] {
				s.current(actor, list[:1], func(e entry) bool {
					turn.atoms++
					turn.bytes += s.sizeOf(e.ref)
					return true
				})
			}
			lists[i] = list
		}
		if n.atoms > 0 && (n.atoms >= l.Atoms || n.bytes+turn.bytes > l.Bytes) {
			return seq - 1, n, true
		}
		n.atoms, n.bytes = n.atoms+turn.atoms, n.bytes+turn.bytes
	}
	return r.Hi, n, n.atoms >= l.Atoms
}

// gather adds what the turns of a range brought and is still there.
func (s *Store) gather(b *builder, r lattice.Range) {
	b.d.Covers = append(b.d.Covers, r)
	actor := s.actorNum[r.Actor]
	for _, causal := range []bool{true, false} {
		last := entry{}
		entries := s.index[actor].list(causal).between(r.Lo, r.Hi)
		b.reserve(entries)
		s.current(actor, entries, func(e entry) bool {
			switch e.ref.table() {
			case firedRefs:
				b.fired(e.ref.num())
			case deadRefs:
				if e != last {
					s.gatherBuried(b, e.ref.num(), stamp{actor, e.seq})
				}
			case outputRefs:
				b.output(e.ref.num())
			case runRefs:
				b.ran(e.ref.num())
			case foldRefs:
				b.fold(e.ref.num())
			default:
				b.atom(e.ref)
			}
			last = e
			return true
		})
	}
}

func (s *Store) gatherBuried(b *builder, firing uint32, at stamp) {
	for _, w := range s.firings.dead[firing] {
		if w.at == at {
			b.buried(firingDot{firing, w.index}, at)
		}
	}
}

// chunk adds the removals of the turns that a delta covers and finishes it.
func (s *Store) chunk(b *builder, f form) *lattice.Delta {
	covers := lattice.VectorOf(b.d.Covers...)
	b.d.Covers = covers.Ranges()
	s.log.each(s, func(key logKey, r removal) {
		by := lattice.Range{Actor: s.actors[key.by], Lo: r.byLo, Hi: r.byHi}
		if !covers.Meet(lattice.VectorOf(by)).IsEmpty() {
			b.removal(key.by, key.of, r)
		}
	})
	if b.d.Full = f.full; f.full {
		b.d.Floor = s.floor.Ranges()
	}
	if b.d.Mend = f.mend; f.mend {
		b.d.Rests = s.vector.Ranges()
	} else {
		s.rest(b.d, f.known)
	}
	return b.finish()
}

// Stable is told the vectors that all other members which hold the group have
// acknowledged; without any, this replica is the only one. What every member
// has heard of is forgotten: removals, and counts below removed keys.
func (s *Store) Stable(acked ...*lattice.Vector) {
	meet, join := s.vector.Clone(), s.vector.Clone()
	for _, v := range acked {
		meet = meet.Meet(v)
		join.Join(v)
	}
	s.log.forget(s, meet)
	for _, t := range s.tables {
		if len(t.dead) > 0 {
			t.forget(meet, join)
		}
		t.trim()
	}
	s.changes.take() // of things that nobody sees
}

// forget drops counts of writers of which nothing is left, below removed keys.
// That a removal is known everywhere does not do: the writer may have counted
// on before it heard of it, and the base of that would be missing here. So the
// latest turn of the writer is noted once the removal is known everywhere, and
// the counts go when everything up to it has arrived and changed nothing.
func (t *table) forget(meet, join *lattice.Vector) {
	s := t.c.s
	for slot, wait := range t.dead {
		if !t.slots.Live(int(slot)) {
			delete(t.dead, slot)
			continue
		}
		if _, live := t.contribution(int(slot)); live {
			delete(t.dead, slot)
			continue
		}
		if !t.isStable(int(slot), meet) {
			t.dead[slot] = 0
			continue
		}
		owner := writer(t.slots.Row(int(slot))[t.ownerAt])
		if owner.isFiring() || owner.isRun() {
			// It counts once, so nothing is missing where it is known.
			if s.isKnown(owner) {
				t.dropOwner(int(slot))
			}
			continue
		}
		actor := s.actors[owner.num()]
		if wait == 0 {
			wait = max(join.Max(actor), 1)
			t.dead[slot] = wait
		}
		if s.vector.CoversRange(lattice.Range{Actor: actor, Lo: 1, Hi: wait}) {
			t.dropOwner(int(slot))
		}
	}
}

// isKnown reports whether a firing or a run has taken place.
func (s *Store) isKnown(w writer) bool {
	if w.isRun() {
		return s.firings.runs[w.num()].seq > 0
	}
	return s.firings.at(w.num()).seq > 0
}

// isStable reports whether all atoms of an owner are known everywhere.
func (t *table) isStable(slot int, meet *lattice.Vector) bool {
	stable := true
	t.eachOwned(slot, func(atom uint32) {
		at := t.c.s.stampOf(t, atom)
		stable = stable && meet.Covers(t.c.s.actors[at.actor], at.seq)
	})
	return stable
}

func (t *table) dropOwner(slot int) {
	var atoms []uint32
	t.eachOwned(slot, func(atom uint32) { atoms = append(atoms, atom) })
	for _, atom := range atoms {
		t.drop(atom)
		t.c.s.gone++
	}
}

// eachOwned calls f with the atoms, of all tags, of the owner of a slot.
func (t *table) eachOwned(slot int, f func(atom uint32)) {
	t.eachTag(slot, func(at int) {
		t.eachAtom(at, func(atom uint32) bool { f(atom); return true })
	})
}

// Digest is a hash of the replicated state: replicas that know the same turns
// have the same, whatever they have forgotten since.
func (s *Store) Digest() ([32]byte, error) {
	s.mustKeep()
	b := newBuilder(s)
	for _, r := range s.vector.Ranges() {
		s.gather(b, r)
	}
	b.refs = slices.DeleteFunc(b.refs, func(r ref) bool {
		t := s.tables[r.table()]
		return t.dead != nil && t.isForgettable(int(t.list.get(r.num()).slot))
	})
	enc, err := lattice.EncodeDelta(b.finish())
	return sha256.Sum256(enc), err
}

// isForgettable reports whether the view would be the same without a slot of
// counts below a removed key, now and after whatever may still come.
func (t *table) isForgettable(slot int) bool {
	n, live := t.contribution(slot)
	if !live {
		return true
	}
	row := append([]uint64(nil), t.slots.Row(slot)...)
	if row[t.tagAt] == 0 {
		return false
	}
	row[t.tagAt] = 0
	total := t.first(t.slots.Find(row))
	m, _ := t.kind.Sum.Of(t.val(total-1), nil)
	return m == n
}
