package state

import (
	"slices"
	"sort"

	"github.com/laspc/lasp/lang/lattice"
)

// removalLog keeps which dots were removed by which turns until every member
// has heard of it. It is kept as intervals: where nothing alive lies between two
// of them they are one, so an element that is added and removed over and over
// takes one entry.
type removalLog struct {
	runs map[logKey][]removal // in order of from, not overlapping
	by   map[uint32][]uint32  // who removed writes of an actor
	n    int
}

// logKey is who removed, and whose writes.
type logKey struct{ by, of uint32 }

// removal says that turns byLo to byHi removed the dots from to to.
type removal struct {
	byLo, byHi uint64
	from, to   lattice.DotPos
}

const (
	nearTurns  = 16      // removals melt when their turns are this close
	manyRuns   = 1 << 14 // above this they melt however far they are
	lastOfTurn = ^uint32(0)
)

// add takes a removal in and returns the entry that it is part of now.
func (l *removalLog) add(s *Store, key logKey, r removal) removal {
	runs := l.runs[key]
	if len(runs) == 0 {
		l.by[key.of] = append(l.by[key.of], key.by)
	}
	l.n -= len(runs)
	at := sort.Search(len(runs), func(i int) bool { return r.from.Before(runs[i].from) })
	to := at
	if at > 0 && l.melts(s, key.of, &runs[at-1], &r) {
		at--
	}
	for i := at; i < len(runs) && (i < to || l.melts(s, key.of, &r, &runs[i])); i++ {
		r.hull(&runs[i])
		to = max(to, i+1)
	}
	if to == at+1 { // the usual case, and the map stays as it is
		runs[at] = r
	} else {
		runs = slices.Replace(runs, at, to, r)
		l.runs[key] = runs
	}
	l.n += len(runs)
	return r
}

// hull makes one entry of two.
func (r *removal) hull(o *removal) {
	r.byLo, r.byHi = min(r.byLo, o.byLo), max(r.byHi, o.byHi)
	if o.from.Before(r.from) {
		r.from = o.from
	}
	if r.to.Before(o.to) {
		r.to = o.to
	}
}

// melts reports whether two entries, a not behind b, may become one: they
// overlap, or their turns are near and nothing alive lies between them.
func (l *removalLog) melts(s *Store, of uint32, a, b *removal) bool {
	if !a.to.Before(b.from) {
		return true
	}
	near := a.byLo <= b.byHi+nearTurns && b.byLo <= a.byHi+nearTurns
	return (near || l.n > manyRuns) && s.isGap(of, a.to, b.from)
}

// isGap reports whether every turn between two dots is known here, and no write
// between them is alive.
func (s *Store) isGap(of uint32, from, to lattice.DotPos) bool {
	if !s.vector.CoversRange(lattice.Range{Actor: s.actors[of], Lo: from.Seq, Hi: to.Seq}) {
		return false
	}
	within := func(e entry) bool { return !from.Before(e.dot()) || !e.dot().Before(to) } // until one lies between
	for _, causal := range []bool{true, false} {
		for _, e := range s.index[of].list(causal).spanning(from, to) {
			if !causal && !s.isBelow(e) {
				continue
			}
			if !s.current(of, []entry{e.clip(from, to)}, within) {
				return false
			}
		}
	}
	return true
}

// isBelow reports whether an entry names atoms that are no causal ones and can
// be removed all the same: those below the keys of a map that lets go of keys.
func (s *Store) isBelow(e entry) bool {
	n := e.ref.table()
	return n < firedRefs && s.tables[n].dead != nil
}

// has reports whether a dot is in the log.
func (l *removalLog) has(of uint32, p lattice.DotPos) bool {
	for _, by := range l.by[of] {
		runs := l.runs[logKey{by, of}]
		i := sort.Search(len(runs), func(i int) bool { return p.Before(runs[i].from) })
		if i > 0 && !runs[i-1].to.Before(p) {
			return true
		}
	}
	return false
}

// each calls f with every entry, in the order of writers.
func (l *removalLog) each(s *Store, f func(key logKey, r removal)) {
	keys := make([]logKey, 0, len(l.runs))
	for key := range l.runs {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b logKey) int {
		if c := s.actors[a.by].Compare(s.actors[b.by]); c != 0 {
			return c
		}
		return s.actors[a.of].Compare(s.actors[b.of])
	})
	for _, key := range keys {
		for _, r := range l.runs[key] {
			f(key, r)
		}
	}
}

// settle melts whatever may melt by now: what lay between two entries may have
// been removed since. The result does not depend on the order of arrival.
func (l *removalLog) settle(s *Store) {
	for key, runs := range l.runs {
		for again := true; again; {
			again = false
			kept := runs[:1]
			for _, r := range runs[1:] {
				if last := &kept[len(kept)-1]; l.melts(s, key.of, last, &r) {
					last.hull(&r)
					again = true
				} else {
					kept = append(kept, r)
				}
			}
			l.n -= len(runs) - len(kept)
			runs = kept
		}
		l.runs[key] = runs
	}
}

// forget drops the entries that every member has, and the writes they name too,
// so that no message can bring these back. It returns the floor that results.
func (l *removalLog) forget(s *Store, stable *lattice.Vector) {
	for key, runs := range l.runs {
		by, of := s.actors[key.by], s.actors[key.of]
		kept := slices.DeleteFunc(runs, func(r removal) bool {
			gone := stable.CoversRange(lattice.Range{Actor: by, Lo: r.byLo, Hi: r.byHi}) &&
				stable.CoversRange(lattice.Range{Actor: of, Lo: r.from.Seq, Hi: r.to.Seq})
			if gone {
				s.floor.Add(lattice.Range{Actor: by, Lo: 1, Hi: r.byHi})
			}
			return gone
		})
		l.n -= len(runs) - len(kept)
		if l.runs[key] = kept; len(kept) == 0 {
			delete(l.runs, key)
			l.by[key.of] = slices.DeleteFunc(l.by[key.of], func(by uint32) bool { return by == key.by })
		}
	}
}
