package lattice

import (
	"math"

	"github.com/laspc/lasp/lang/value"
)

// A request that was repeated at another node, which had not heard of it yet, was
// run twice: each node used its own rights. One of the runs counts (the store knows
// which, for all that was counted in it), the others are void from then on: what
// they took is there again, and the right to it goes back to whoever paid; what they
// added is gone, with the rights that it had made.
//
// Rights that a void run made may have been used before anybody knew. So of what an
// actor did in void runs only so much is undone as leaves it with no less than no
// rights, and the rest is undone as soon as it comes to rights again. With D and U
// for the rights down and up that an actor would have if all its runs counted, and z
// for what its void runs added less what they took, it has
//
//	D - e  down  and  U + e  up,  where e is z, but at most D and at least -U,
//
// and e is taken from the view. D + U, the room that an actor has between the bounds,
// is changed by rights that move and by nothing else, and is never below 0: nobody
// gives more than it has. So -U is no more than D, rights are never below 0 however
// many runs turn out to be void and in whatever order that is heard, and the view,
// which is as far from a bound as all rights in that direction reach, is within the
// bounds. An addition that was done twice, and used twice before the nodes heard of
// each other, is there twice until rights come back to the node whose run is void:
// then the bound holds, and the counter is too high.

// tallyVoid is the tag of atoms that no leaf holds and ledgers are told of: what an
// actor did in void runs.
const tallyVoid = 6

// Tally is what the runs of requests by one actor, in one epoch, add up to in a leaf
// of a bounded counter. A store keeps it in place of looking at all of them.
type Tally struct {
	Actor        Actor
	Epoch        int64
	Added, Taken int64 // in all runs
	// VoidAdded and VoidTaken are the part of runs that do not count.
	VoidAdded, VoidTaken int64
}

// Atoms is the tally in the form in which Kind.Bounded takes what is in a leaf.
func (t *Tally) Atoms() []*Atom {
	all := []*Atom{{Tag: boundAccount, Val: totals(t.Epoch, t.Added, t.Taken), Owner: Owner{Actor: t.Actor}}}
	if t.VoidAdded != 0 || t.VoidTaken != 0 {
		all = append(all, &Atom{Tag: tallyVoid, Val: totals(t.Epoch, t.VoidAdded, t.VoidTaken), Owner: Owner{Actor: t.Actor}})
	}
	return all
}

// Count adds what a run did, its payload in raw words, to the tally, or takes it out
// again with sign -1.
func (t *Tally) Count(payload []value.Word, void bool, sign int64) {
	added, taken := sign*int64(payload[totalAdded]), sign*int64(payload[totalTaken])
	t.Added, t.Taken = t.Added+added, t.Taken+taken
	if void {
		t.VoidAdded, t.VoidTaken = t.VoidAdded+added, t.VoidTaken+taken
	}
}

// EpochOf is the epoch of the payload of an account.
func EpochOf(payload []value.Word) int64 { return int64(payload[totalEpoch]) }

// voided is what an actor added less what it took in void runs: z above.
func (l *ledger) voided(who Actor) (z Int128) {
	v := l.void[who]
	z.Add(v.added)
	z.Sub(v.taken)
	return z
}

// debt is how many rights one way an actor lacks to undo all that its void runs did.
// It asks for them like one whose operation was refused, so that what was done twice
// counts once, unless both rights were used.
func (l *ledger) debt(way Way, who Actor) int64 {
	if l.void[who] == (account{}) {
		return 0
	}
	z := l.voided(who)
	z.Sub(l.undone(who))
	if way == Up {
		return -min(z.Clamp(-math.MaxInt64), 0)
	}
	return max(z.Clamp(math.MinInt64), 0)
}

// undone is by how much less an actor added, in all, because some of its runs are
// void; it is negative where they took.
func (l *ledger) undone(who Actor) int64 {
	if l.void[who] == (account{}) {
		return 0
	}
	z := l.voided(who)
	e := z.Clamp(math.MinInt64)
	if l.bounds.Lower.Set {
		down := l.base(Down, who)
		e = min(e, down.Clamp(math.MinInt64))
	}
	if l.bounds.Upper.Set {
		up := l.base(Up, who)
		e = max(e, -max(up.Clamp(math.MinInt64), -math.MaxInt64))
	}
	return e
}
