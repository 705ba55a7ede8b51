package state

import (
	"slices"

	"github.com/laspc/lasp/lang/lattice"
)

// A run leaves a slot in each counter that it touched, a run and a name, so that
// other runs of the request can be told from it. Once there can be no other any more,
// that is only a part of what its actor counted: it is folded into an account, and
// forgotten. This is the argument that nobody can see a difference.
//
// Whoever folds (Store.Fold) names a set of turns: all turns of each actor up to one,
// but for runs that stay for good. Of a request it takes all runs or none: where a run
// lies behind the end, the end is put before the others. The caller guarantees that no
// other run of these requests exists or will be made by anybody who does not know the
// fold (runtime/replica/fold.go has the argument for that). So it is known which run
// of each counts, and for good, and what the runs of an actor A up to a turn count is
// a number that depends on the turn alone. It goes into an account of A; what void
// runs of B did, while a run of A counted, into an account of B under A (bounded
// counters reckon with it), and the account depends on the turn of A alone. It only
// grows with the turn. So if two fold at the same time, without knowing of each other
// and up to different turns, the larger account is that of the later turn: accounts
// join like all totals of counters, by the greatest.
//
// A fold is a turn. Its delta has the accounts, whole, and the set of turns, and takes
// effect as one: the runs of the set that are here go with their slots, those that come
// later are passed over, whoever brings them. So the views are the same before and
// after, whether the runs came before the fold, after it, in part, twice or never.
//
// What must come after a fold is another run of the same request, made by somebody who
// has forgotten it: here it would be taken for one of the runs that are forgotten
// there. So a delta that has runs rests on the folds that its sender knows (Rests),
// and a fold rests on all that was known where it was made: on the folds before, whose
// accounts it does not repeat, and on the turns that it folds, which did other things
// besides. Within what arrives together folds go first. And a delta without the runs that were folded is
// hollow (see wait.go): it does not count as known before the fold is.
//
// Below a removable map what a removal saw is told by slot, so slots there cannot be
// put together: a store with such counters does not fold.

// foldTurn is a turn that folded, and all that is folded by it and by those before. One
// that says less than another is forgotten.
type foldTurn struct {
	at    stamp
	of    *lattice.Vector // nil for a place that is free
	after []lattice.Range
}

// isFoldAccount reports whether a slot is an account of folded runs.
func (s *Store) isFoldAccount(w writer) bool {
	return w.isRun() && s.firings.at(s.firings.runs[w.num()].firing).id.IsFolded()
}

// restOnFolds makes a delta with runs, or folds, wait for the folds that are known here.
func (s *Store) restOnFolds(d *lattice.Delta) {
	if len(d.Runs)+len(d.Folds) == 0 {
		return
	}
	rests := &lattice.Vector{}
	for _, f := range s.folds {
		if f.of != nil {
			rests.Add(s.rangeOf(f.at))
		}
	}
	for i := range d.Folds {
		rests.Join(lattice.VectorOf(d.Folds[i].After...))
	}
	if !rests.IsEmpty() {
		d.Rests = lattice.VectorOf(d.Covers...).Missing(rests)
	}
}

func (s *Store) rangeOf(at stamp) lattice.Range {
	return lattice.Range{Actor: s.actors[at.actor], Lo: at.seq, Hi: at.seq}
}

// takeFold takes in that a turn folded: the runs that it names go, unless they have
// gone already. It reports whether the turn is to be told: another may say more.
func (s *Store) takeFold(f foldTurn) (n uint32, news bool) {
	fresh := s.folded.Missing(f.of)
	s.folded.Join(f.of)
	s.dropRuns(fresh, f.at)
	place := -1
	for i := range s.folds {
		o := &s.folds[i]
		switch {
		case o.of == nil:
			place = i
		case o.at == f.at:
			return uint32(i), false
		case o.of.CoversAll(f.of) && !(f.of.CoversAll(o.of) && s.before(f.at, o.at)):
			s.worn(f.at, o.at)
			return 0, false
		case f.of.CoversAll(o.of):
			s.worn(o.at, f.at)
			*o, place = foldTurn{}, i
		}
	}
	if place < 0 {
		place = len(s.folds)
		s.folds = append(s.folds, foldTurn{})
	}
	s.folds[place] = f
	s.addEntry(f.at, false, makeRef(foldRefs, uint32(place)))
	return uint32(place), true
}

// dropRuns forgets the runs of some turns with their slots.
func (s *Store) dropRuns(ranges []lattice.Range, by stamp) {
	var requests []uint32
	for _, r := range ranges {
		actor := s.actor(r.Actor)
		for _, e := range s.index[actor].plain.between(r.Lo, r.Hi) {
			if e.ref.table() == runRefs && s.isCurrent(actor, e) {
				requests = append(requests, s.firings.runs[e.ref.num()].firing)
				s.dropRun(e.ref.num(), by)
			}
		}
	}
	slices.Sort(requests)
	for _, n := range slices.Compact(requests) {
		if s.firings.at(n).runs == 0 {
			s.firings.forget(n)
		} else {
			s.judgeRuns(n)
		}
	}
}

func (s *Store) dropRun(n uint32, by stamp) {
	r := s.firings.runs[n]
	s.eachCounted(n, func(t *table, atom uint32) {
		t.drop(atom)
		s.gone++
	})
	s.worn(stamp{r.actor, r.seq}, by)
	s.sum.sub(s.runSum(n))
	s.firings.dropRun(n)
}

// eachCounted calls f, which may drop it, with each atom of the turn of a run that
// lies in a slot of the run, or of its request.
func (s *Store) eachCounted(n uint32, f func(t *table, atom uint32)) {
	r := &s.firings.runs[n]
	run, request := runWriter(n), firingWriter(r.firing)
	s.current(r.actor, s.index[r.actor].plain.between(r.seq, r.seq), func(e entry) bool {
		if e.ref.table() >= firedRefs {
			return true
		}
		if t := s.tables[e.ref.table()]; t.ownerAt >= 0 {
			if w := writer(t.slotOf(e.ref.num())[t.ownerAt]); w == run || w == request {
				f(t, e.ref.num())
			}
		}
		return true
	})
}

// Runs is how many runs of requests are remembered one by one.
func (s *Store) Runs() int { return s.firings.ran }

// Folds reports whether runs can be folded here at all.
func (s *Store) Folds() bool {
	return !s.alone && !slices.ContainsFunc(s.tables, func(t *table) bool { return t.dead != nil })
}

// fold lets the runs go that the turn folds.
func (t *Turn) fold() {
	s := t.s
	s.takeFold(foldTurn{at: t.at, of: t.folds, after: s.vector.Ranges()})
}

// folds takes in what was folded elsewhere, before anything else of a delta: it may
// have further runs of requests that were forgotten there.
func (a *applier) folds() {
	for i := range a.d.Folds {
		f := &a.d.Folds[i]
		if !a.isTaken(f.Who, f.Seq) && !a.d.Full {
			continue
		}
		if n, news := a.s.takeFold(foldTurn{stamp{a.who[f.Who], f.Seq}, lattice.VectorOf(f.Of...), f.After}); news {
			a.b.fold(n)
		}
	}
}

// foldedBefore notes that a delta has a run that is folded here.
func (a *applier) foldedBefore(at stamp) {
	if a.late == nil {
		a.late = map[stamp]bool{}
	}
	a.late[at] = true
}

// isFolded reports whether an atom lies in a slot of a run that is folded here, or of
// the request.
func (a *applier) isFolded(at stamp, t *table, p *lattice.Piece, row int) bool {
	switch {
	case t.ownerAt < 0 || !a.late[at]:
		return false
	case len(p.Owner) > 0:
		return !p.Owner[row].Firing.IsZero()
	}
	return t.kind.Sum != nil
}

// newRun is a number for a run.
func (f *firings) newRun() uint32 {
	if n := len(f.freeRuns); n > 0 {
		at := f.freeRuns[n-1]
		f.freeRuns = f.freeRuns[:n-1]
		return at
	}
	f.runs = append(f.runs, run{})
	return uint32(len(f.runs) - 1)
}

// newFiring is a number for a firing.
func (f *firings) newFiring(id lattice.Firing) uint32 {
	if n := len(f.freeFirings); n > 0 {
		at := f.freeFirings[n-1]
		f.freeFirings = f.freeFirings[:n-1]
		*f.list.at(at) = firing{id: id}
		return at
	}
	f.list.push(firing{id: id})
	return uint32(f.list.n - 1)
}

// dropRun forgets a run that nothing refers to.
func (f *firings) dropRun(n uint32) {
	at := &f.at(f.runs[n].firing).runs
	for *at != n+1 {
		at = &f.runs[*at-1].next
	}
	*at = f.runs[n].next
	if f.runs[n].seq > 0 {
		f.ran--
	}
	f.runs[n] = run{}
	f.freeRuns = append(f.freeRuns, n)
}

// forgotten is in place of the runs of a firing whose number is free.
const forgotten = ^uint32(0)

// forget forgets the name of a request of which nothing is left.
func (f *firings) forget(n uint32) {
	if x := f.at(n); x.runs == 0 && x.seq == 0 && len(f.dead[n]) == 0 {
		f.index.remove(&f.list, n)
		*x = firing{runs: forgotten}
		f.freeFirings = append(f.freeFirings, n)
	}
}

// forgetNamed forgets the name of a request that was run without effect.
func (t *Turn) forgetNamed() {
	f := &t.s.firings
	if t.request.IsZero() {
		return
	}
	n, known := f.find(t.request)
	if !known {
		return
	}
	if run, known := f.findRun(n, t.at.actor); known && f.runs[run].seq == 0 {
		f.dropRun(run)
	}
	f.forget(n)
}
