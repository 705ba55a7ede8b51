package state

import (
	"cmp"
	"slices"
	"sort"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/slab"
)

// actorIndex finds what the turns of one actor brought, by sequence number. The
// entries of causal atoms are apart, because removals name ranges of them.
type actorIndex struct {
	causal, plain stampList
}

func (a *actorIndex) list(causal bool) *stampList {
	if causal {
		return &a.causal
	}
	return &a.plain
}

// ref points at an atom of a table, or at a firing, a dead write or an output.
type ref uint64

const (
	firedRefs  = 1<<31 + iota // number in firings.list
	deadRefs                  // number of the firing whose writes were removed
	outputRefs                // number in outputs.list
	runRefs                   // number in firings.runs
	foldRefs                  // number in folds
)

func makeRef(table int, num uint32) ref { return ref(table)<<32 | ref(num) }
func (r ref) table() int                { return int(r >> 32) }
func (r ref) num() uint32               { return uint32(r) }

// entry says that a turn brought something: n atoms that lie one behind the
// other in their table and among the writes of the turn, or one other thing. So
// what is loaded as a whole is one entry, and a place in it is found without
// looking at the rest. An entry goes stale without notice when what it names is
// superseded or removed: readers check the stamp at the place.
type entry struct {
	seq uint64
	ref ref    // of the first
	idx uint32 // of the first write in its turn
	n   uint32
}

// at is the i-th thing that an entry names.
func (e entry) at(i uint32) entry { return entry{e.seq, e.ref + ref(i), e.idx + i, 1} }

// dot is the place of the first write.
func (e entry) dot() lattice.DotPos { return lattice.DotPos{Seq: e.seq, Index: e.idx} }

// last is the place of the last write.
func (e entry) last() lattice.DotPos { return lattice.DotPos{Seq: e.seq, Index: e.idx + e.n - 1} }

// continues reports whether o goes on where e ends.
func (e entry) continues(o entry) bool {
	return o.seq == e.seq && o.ref == e.ref+ref(e.n) && o.idx == e.idx+e.n && e.ref.table() < firedRefs
}

// stampList is entries in the order of their writes, sorted when it is read.
// Entries of one turn do not overlap, unless they are equal.
type stampList struct {
	entries []entry
	sorted  int    // how many at the beginning are in order, each once
	checked int    // length after the last sweep
	gone    uint64 // Store.gone at that time
	near    int    // where the last reader began: the next one often begins there too
}

func (l *stampList) add(e entry) {
	n := len(l.entries)
	if n > 0 {
		last := &l.entries[n-1]
		switch {
		case last.continues(e):
			last.n += e.n
			return
		case l.sorted < n:
		case compareEntries(*last, e) < 0:
			l.sorted++
		case *last == e:
			return
		}
	} else {
		l.sorted = 1
	}
	if n == cap(l.entries) {
		l.entries = slab.Grow(l.entries, n/2+8)
	}
	l.entries = append(l.entries, e)
}

func compareEntries(a, b entry) int {
	return cmp.Or(cmp.Compare(a.seq, b.seq), cmp.Compare(a.idx, b.idx), cmp.Compare(a.ref, b.ref), cmp.Compare(a.n, b.n))
}

// sort puts what was added out of order into its place. That is near the end, so
// all before it is left alone.
func (l *stampList) sort() {
	if l.sorted == len(l.entries) {
		return
	}
	late := l.entries[l.sorted:]
	slices.SortFunc(late, compareEntries)
	from, _ := slices.BinarySearchFunc(l.entries[:l.sorted], late[0], compareEntries)
	before := slices.Clone(l.entries[from:l.sorted])
	merged := l.entries[:from] // reads of late stay ahead of what is written
	put := func(e entry) {
		if n := len(merged); n == from || merged[n-1] != e {
			merged = append(merged, e)
		}
	}
	for len(before) > 0 && len(late) > 0 {
		if compareEntries(before[0], late[0]) <= 0 {
			put(before[0])
			before = before[1:]
		} else {
			put(late[0])
			late = late[1:]
		}
	}
	for _, e := range before {
		put(e)
	}
	for _, e := range late {
		put(e)
	}
	l.entries, l.sorted = merged, len(merged)
}

// between returns the entries with sequence numbers from lo to hi, in order,
// each once. It is valid until the next add.
func (l *stampList) between(lo, hi uint64) []entry {
	return l.spanning(lattice.DotPos{Seq: lo}, lattice.DotPos{Seq: hi, Index: lastOfTurn})
}

// spanning returns the entries that name writes between two places, both
// included; the first and the last may name others besides.
func (l *stampList) spanning(from, to lattice.DotPos) []entry {
	l.sort()
	lo := searchNear(len(l.entries), l.near, func(i int) bool { return !l.entries[i].last().Before(from) })
	hi := searchNear(len(l.entries), lo, func(i int) bool { return to.Before(l.entries[i].dot()) })
	l.near = lo
	return l.entries[lo:max(lo, hi)]
}

// searchNear is sort.Search that asks first near a place: what is found k places away
// takes the logarithm of k.
func searchNear(n, near int, f func(i int) bool) int {
	between := func(lo, hi int) int { return lo + sort.Search(hi-lo, func(i int) bool { return f(lo + i) }) }
	hi := min(near, n)
	if hi < n && !f(hi) {
		lo := hi + 1
		for step := 1; lo+step < n; step *= 2 {
			if f(lo + step) {
				return between(lo, lo+step)
			}
			lo += step + 1
		}
		return between(lo, n)
	}
	for step := 1; hi > 0; step *= 2 {
		at := max(hi-step, 0)
		if !f(at) {
			return between(at+1, hi)
		}
		hi = at
	}
	return 0
}

// clip narrows an entry to the writes between two places, both included.
func (e entry) clip(from, to lattice.DotPos) entry {
	lo, hi := uint32(0), e.n
	if from.Seq == e.seq && from.Index > e.idx {
		lo = min(from.Index-e.idx, e.n)
	}
	if to.Seq == e.seq && to.Index < e.idx+e.n {
		hi = to.Index - e.idx + 1
	}
	return entry{e.seq, e.ref + ref(lo), e.idx + lo, max(hi, lo) - lo}
}

// addEntry says that a turn brought something that is no atom.
func (s *Store) addEntry(at stamp, causal bool, r ref) {
	if !s.alone {
		s.index[at.actor].list(causal).add(entry{at.seq, r, 0, 1})
	}
}

// addAtom says that a turn brought an atom.
func (s *Store) addAtom(at stamp, t *table, atom uint32) {
	s.index[at.actor].list(t.causal).add(entry{at.seq, makeRef(t.id, atom), t.list.get(atom).idx, 1})
}

// isCurrent reports whether what an entry of one thing points at still has this
// stamp.
func (s *Store) isCurrent(actor uint32, e entry) bool {
	at := stamp{actor, e.seq}
	n := e.ref.num()
	switch t := e.ref.table(); t {
	case firedRefs:
		f := s.firings.at(n)
		return stamp{f.actor, f.seq} == at
	case deadRefs:
		return true
	case runRefs:
		r := &s.firings.runs[n]
		return stamp{r.actor, r.seq} == at
	case foldRefs:
		return s.folds[n].at == at
	case outputRefs:
		return s.outputs.list[n].at == at
	default:
		table := s.tables[t]
		return table.isLive(n) && table.dot(n).idx == e.idx && s.stampOf(table, n) == at
	}
}

// current calls f with each thing of the entries that still has its stamp, until
// f returns false. f may drop what it is given.
func (s *Store) current(actor uint32, entries []entry, f func(e entry) bool) bool {
	for _, e := range entries {
		for i := range e.n {
			if one := e.at(i); s.isCurrent(actor, one) && !f(one) {
				return false
			}
		}
	}
	return true
}

// sweep drops stale entries once a list has doubled since the last time and a
// quarter of it may be stale, so that it stays in proportion to what is alive.
func (s *Store) sweep() {
	for a := range s.index {
		s.sweepOf(uint32(a))
	}
}

// sweepOf is sweep of the entries of one actor.
func (s *Store) sweepOf(actor uint32) {
	for _, l := range [...]*stampList{&s.index[actor].causal, &s.index[actor].plain} {
		if n := len(l.entries); n < 2*l.checked+64 || 4*(s.gone-l.gone) < uint64(n) {
			continue
		}
		l.sort()
		*l = s.swept(actor, l.entries)
		l.checked, l.gone = len(l.entries), s.gone
	}
}

// swept is entries without those that are stale. A run of which less than half
// is left is cut into what is left.
func (s *Store) swept(actor uint32, entries []entry) stampList {
	isStale := func(e entry) bool { return uint64(e.n) <= 2*s.gone && 2*s.left(actor, e) < e.n }
	first := slices.IndexFunc(entries, isStale)
	if first < 0 {
		return stampList{entries: entries, sorted: len(entries)}
	}
	kept := stampList{entries: append(make([]entry, 0, first+(len(entries)-first)/2), entries[:first]...), sorted: first}
	for _, e := range entries[first:] {
		if uint64(e.n) > 2*s.gone {
			kept.add(e)
			continue
		}
		switch left := s.left(actor, e); {
		case left == 0:
		case 2*left >= e.n:
			kept.add(e)
		default:
			s.current(actor, []entry{e}, func(one entry) bool { kept.add(one); return true })
		}
	}
	return kept
}

// left is how many of the things that an entry names still have its stamp.
func (s *Store) left(actor uint32, e entry) (n uint32) {
	for i := range e.n {
		if s.isCurrent(actor, e.at(i)) {
			n++
		}
	}
	return n
}
