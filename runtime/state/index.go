package state

import (
	"cmp"
	"slices"
	"sort"
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
)

func makeRef(table int, num uint32) ref { return ref(table)<<32 | ref(num) }
func (r ref) table() int                { return int(r >> 32) }
func (r ref) num() uint32               { return uint32(r) }

// entry says that a turn brought something. It goes stale without notice when
// that is superseded or removed: readers check the stamp at the place.
type entry struct {
	seq uint64
	ref ref
}

// stampList is entries in order of sequence numbers, sorted when it is read.
type stampList struct {
	entries  []entry
	unsorted bool
	checked  int // length after the last sweep
}

func (l *stampList) add(e entry) {
	if n := len(l.entries); n > 0 && compareEntries(l.entries[n-1], e) > 0 {
		l.unsorted = true
	}
	l.entries = append(l.entries, e)
}

func compareEntries(a, b entry) int {
	if c := cmp.Compare(a.seq, b.seq); c != 0 {
		return c
	}
	return cmp.Compare(a.ref, b.ref)
}

// between returns the entries with sequence numbers from lo to hi, in order,
// each once. It is valid until the next add.
func (l *stampList) between(lo, hi uint64) []entry {
	if l.unsorted {
		slices.SortFunc(l.entries, compareEntries)
		l.entries = slices.Compact(l.entries)
		l.unsorted = false
	}
	from := sort.Search(len(l.entries), func(i int) bool { return l.entries[i].seq >= lo })
	to := from + sort.Search(len(l.entries)-from, func(i int) bool { return l.entries[from+i].seq > hi })
	return l.entries[from:to]
}

func (s *Store) addEntry(at stamp, causal bool, r ref) {
	s.index[at.actor].list(causal).add(entry{at.seq, r})
}

// isCurrent reports whether what an entry points at still has this stamp.
func (s *Store) isCurrent(actor uint32, e entry) bool {
	at := stamp{actor, e.seq}
	n := e.ref.num()
	switch t := e.ref.table(); t {
	case firedRefs:
		f := s.firings.list[n]
		return stamp{f.actor, f.seq} == at
	case deadRefs:
		return true
	case outputRefs:
		return s.outputs.list[n].at == at
	default:
		table := s.tables[t]
		return table.isLive(n) && s.stampOf(table, n) == at
	}
}

// sweep drops stale entries once a list has doubled since the last time, so
// that it stays in proportion to what is alive.
func (s *Store) sweep() {
	for a := range s.index {
		for _, l := range []*stampList{&s.index[a].causal, &s.index[a].plain} {
			if len(l.entries) < 2*l.checked+64 {
				continue
			}
			l.between(0, 0) // sorts
			l.entries = slices.DeleteFunc(l.entries, func(e entry) bool { return !s.isCurrent(uint32(a), e) })
			l.checked = len(l.entries)
			if cap(l.entries) > 4*l.checked+256 {
				l.entries = slices.Clip(append([]entry(nil), l.entries...))
			}
		}
	}
}
