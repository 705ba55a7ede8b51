package state

import (
	"slices"

	"github.com/laspc/lasp/lang/lattice"
)

// A turn that is known must be known with everything that it wrote, or with
// what took the place of that. Where 7 of one turn took the place of 5 of
// another, a delta that covers the turn of the 5 is hollow: it rests on the one
// that brings the 7. Deltas arrive in any order and some never do, so a hollow
// one waits here, without effect, until everything that it rests on is known or
// waits as well. Were it counted at once, and every holder of the 7 lost, this
// replica would count as known a 5 that it does not have.

// maxWaiting bounds the deltas that wait. The oldest goes when there are more:
// its turns are not counted as known, so they will be sent again.
const maxWaiting = 1024

// wear is up to which turn something of an actor's was superseded or removed.
type wear struct {
	own   uint64 // by a later turn of the same actor
	cross uint64 // by any other turn
}

// worn notes that something which a turn wrote gave way to another turn.
func (s *Store) worn(old, by stamp) {
	s.gone++
	if old == by {
		return // to what the turn wrote later
	}
	w := &s.wear[old.actor]
	if by.actor == old.actor && by.seq > old.seq {
		w.own = max(w.own, old.seq)
	} else {
		w.cross = max(w.cross, old.seq)
	}
}

// wornOut notes that turns may lack something for a reason that is not known.
func (s *Store) wornOut(ranges []lattice.Range) {
	for _, r := range ranges {
		w := &s.wear[s.actor(r.Actor)]
		w.cross = max(w.cross, r.Hi)
	}
}

// wornWithin notes that of turns which came together one may lack something that a
// later one of them brought: whoever sent them need not say so.
func (s *Store) wornWithin(ranges []lattice.Range) {
	for _, r := range ranges {
		if w := &s.wear[s.actor(r.Actor)]; r.Lo < r.Hi {
			w.own = max(w.own, r.Hi-1)
		}
	}
}

// isHollow reports whether something that turns of covers wrote may not be
// here any more, having given way to a turn outside of covers.
func (s *Store) isHollow(covers []lattice.Range) bool {
	for i, r := range covers {
		w := s.wear[s.actorNum[r.Actor]]
		alone := (i == 0 || covers[i-1].Actor != r.Actor) && (i+1 == len(covers) || covers[i+1].Actor != r.Actor)
		switch {
		case r.Lo > max(w.own, w.cross):
		case r.Lo > w.cross && alone && r.Hi == s.vector.Max(r.Actor):
			// What gave way did so to a turn between the two.
		default:
			return true
		}
	}
	return false
}

// rest says of a delta of what is here under Covers what it rests on, for
// somebody who knows the turns of known.
func (s *Store) rest(d *lattice.Delta, known *lattice.Vector) {
	if d.Hollow = d.Full || s.isHollow(d.Covers); d.Hollow {
		owed := lattice.VectorOf(known.Missing(&s.vector)...)
		d.Rests = lattice.VectorOf(d.Covers...).Missing(owed)
		return
	}
	s.restOnFolds(d)
}

// admit lists the deltas that are to be applied now that d came, d among them
// unless it waits.
func (s *Store) admit(d *lattice.Delta) []*lattice.Delta {
	if coversRanges(&s.vector, d.Rests) {
		return []*lattice.Delta{d}
	}
	s.waiting = append(s.waiting, d)
	if !d.Mend {
		s.reach.Join(lattice.VectorOf(d.Covers...))
	}
	if n := len(s.waiting) - maxWaiting; n > 0 {
		s.waiting = append(s.waiting[:0], s.waiting[n:]...)
	}
	if !coversRanges(joined(&s.vector, &s.reach), d.Rests) {
		return nil
	}
	return s.release()
}

func joined(v, o *lattice.Vector) *lattice.Vector {
	j := v.Clone()
	j.Join(o)
	return j
}

// release takes out the deltas that need not wait any more: the most of them
// that, together with what is known, have everything that they rest on. Mend
// deltas bring no turn, and come last.
func (s *Store) release() []*lattice.Delta {
	if len(s.waiting) == 0 {
		return nil
	}
	free := slices.Clone(s.waiting)
	for n := -1; n != len(free); {
		n = len(free)
		have := joined(&s.vector, reachOf(free))
		free = slices.DeleteFunc(free, func(d *lattice.Delta) bool { return !coversRanges(have, d.Rests) })
	}
	// Of those that were folded the runs go before others of their requests come.
	slices.SortStableFunc(free, func(a, b *lattice.Delta) int { return rank(a) - rank(b) })
	s.waiting = slices.DeleteFunc(s.waiting, func(d *lattice.Delta) bool {
		return slices.Contains(free, d) || !d.Full && !d.Mend && coversRanges(&s.vector, d.Covers)
	})
	s.reach = *reachOf(s.waiting)
	return free
}

func rank(d *lattice.Delta) int {
	switch {
	case d.Mend:
		return 1
	case len(d.Folds) > 0:
		return -1
	}
	return 0
}

// reachOf is the turns that deltas bring.
func reachOf(ds []*lattice.Delta) *lattice.Vector {
	v := &lattice.Vector{}
	for _, d := range ds {
		if !d.Mend {
			v.Join(lattice.VectorOf(d.Covers...))
		}
	}
	return v
}

func coversRanges(v *lattice.Vector, ranges []lattice.Range) bool {
	return !slices.ContainsFunc(ranges, func(r lattice.Range) bool { return !v.CoversRange(r) })
}
