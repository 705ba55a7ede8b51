package state

import (
	"bytes"
	"slices"

	"github.com/laspc/lasp/lang/lattice"
)

// firings numbers the firings that were heard of and remembers which happened.
// Its lists hold no pointers, because they grow with every firing.
type firings struct {
	list  firingList
	index firingIndex // of list
	runs  []run
	ran   int // how many of runs took place
	// freeFirings and freeRuns are numbers of those that are forgotten.
	freeFirings, freeRuns []uint32
	// dead are the writes of firings that were removed, with the turn that did
	// it. A firing happens once on every replica and may be heard of after its
	// removal, so this is kept as long as the firing.
	dead map[uint32][]deadWrite
}

type deadWrite struct {
	index uint32
	at    stamp
}

// firing is one firing; seq 0 says that it is only named by others so far, or that
// it is a request of which runs are known.
type firing struct {
	id    lattice.Firing
	actor uint32
	runs  uint32 // the first of its runs, plus one
	seq   uint64
}

type firingDot struct {
	firing uint32
	index  uint32
}

// at is a firing by its number.
func (f *firings) at(n uint32) *firing { return f.list.at(n) }

// number is the number of a firing, a new one where it was never heard of.
func (f *firings) number(id lattice.Firing) uint32 {
	n, place, known := f.index.find(&f.list, &id)
	if !known {
		n = f.newFiring(id)
		f.index.put(&f.list, place, n)
	} else if x := f.list.at(n); x.id.Print() == 0 && id.Print() != 0 {
		x.id = id
	}
	return n
}

// find is the number of a firing that was heard of.
func (f *firings) find(id lattice.Firing) (n uint32, known bool) {
	n, _, known = f.index.find(&f.list, &id)
	return n, known
}

// Fired reports whether a firing has happened, here or on a replica that was
// heard of; of a request, that it has been run.
func (s *Store) Fired(id lattice.Firing) bool {
	n, ok := s.firings.find(id)
	return ok && s.firings.happened(n)
}

// FiredAs is Fired with the fingerprint of what a request asked for that was done
// first, as far as that is known here.
func (s *Store) FiredAs(id lattice.Firing) (print uint32, fired bool) {
	n, ok := s.firings.find(id)
	if !ok || !s.firings.happened(n) {
		return 0, false
	}
	return s.firings.at(n).id.Print(), true
}

// happened reports whether a firing has happened, or a request has been run.
func (f *firings) happened(n uint32) bool { return f.at(n).seq > 0 || f.hasRun(n) }

// compareFirings orders firings by identity, alike on every replica.
func (s *Store) compareFirings(a, b uint32) int {
	x, y := s.firings.at(a).id.Identity(), s.firings.at(b).id.Identity()
	if c := bytes.Compare(x.Handler[:], y.Handler[:]); c != 0 {
		return c
	}
	return bytes.Compare(x.Key[:], y.Key[:])
}

// fire records that firing n happened in a turn.
func (s *Store) fire(n uint32, at stamp) {
	if s.record(n, at) {
		s.addEntry(at, false, makeRef(firedRefs, n))
	}
}

// record is fire without an entry in the index, which the caller makes where it
// returns true. Of several turns in which replicas made a firing the smallest is
// kept, with all its atoms.
func (s *Store) record(n uint32, at stamp) bool {
	f := s.firings.at(n)
	old := stamp{f.actor, f.seq}
	if old.seq > 0 && !s.before(at, old) {
		if at != old {
			s.worn(at, old)
		}
		return false
	}
	f.actor, f.seq = at.actor, at.seq
	if old.seq == 0 {
		s.sum.add(s.firedSum(n))
	} else {
		s.worn(old, at)
		s.moveFiring(n, old, at)
	}
	s.judgeRuns(n)
	return true
}

// moveFiring indexes the atoms of a firing under another stamp.
func (s *Store) moveFiring(n uint32, from, to stamp) {
	for _, causal := range []bool{true, false} {
		for _, e := range slices.Clone(s.index[from.actor].list(causal).between(from.seq, from.seq)) {
			if e.ref.table() >= firedRefs {
				continue
			}
			table := s.tables[e.ref.table()]
			for i := range e.n {
				if atom := e.at(i).ref.num(); table.isLive(atom) && table.list.get(atom).who == firingWriter(n) {
					s.addAtom(to, table, atom)
				}
			}
		}
	}
}

// isDead reports whether a write of a firing was removed.
func (f *firings) isDead(d firingDot) bool {
	for _, w := range f.dead[d.firing] {
		if w.index == d.index {
			return true
		}
	}
	return false
}

// bury marks a write of a firing as removed; the smallest of several turns that
// did it is kept.
func (s *Store) bury(d firingDot, at stamp) {
	list := s.firings.dead[d.firing]
	for i := range list {
		if list[i].index != d.index {
			continue
		}
		old := list[i].at
		if at == old {
			return
		}
		s.worn(at, old)
		if s.before(at, old) {
			s.worn(old, at)
			list[i].at = at
			s.addEntry(at, false, makeRef(deadRefs, d.firing))
		}
		return
	}
	s.firings.dead[d.firing] = append(list, deadWrite{d.index, at})
	s.sum.add(s.deadSum(d))
	s.addEntry(at, false, makeRef(deadRefs, d.firing))
}
