package lattice

import (
	"math"

	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// A bounded counter (Balegas et al. 2015) never leaves its bounds, in nobody's
// view, without a message on the way of an operation. The distance of its value
// to a bound is divided into rights that actors hold. Taking n away uses n
// rights of the way down and creates n of the way up, and the other way round;
// an actor may use what it holds and no more, so all of them together cannot
// pass the bound. Rights move by an entry in the giver's own slots, towards an
// actor that has said what it wants; who lacks rights is refused, and asks.
//
// Every slot has one writer, so what an actor knows about its own rights is
// exact, and what it knows about rights given to it is never too much:
//
//	account  by owner            what it added and took away; what it did in a run
//	                             of a request in a slot of that run
//	moved    by owner, receiver  the rights that it gave, in all; one tag a way
//	want     by owner            what it asks for, and of whom; one tag a way
//	ended    by owner            the epoch that a removed key ended
//
// All payloads begin with an epoch. What is of an epoch before the latest that
// is known counts for nothing: removing a key around a counter ends it, with
// what others do to it at the same time. (Keeping what the removal had not seen,
// as other counters do, would keep uses of rights that were removed.)
//
// A view is the sum of the accounts, read as the bound where the messages that
// have arrived lie beyond it: a use may arrive before what it was paid from.
const (
	boundEnded   = 0
	boundMoved   = 0 // + Way
	boundWant    = 2 // + Way
	boundAccount = 5
)

var boundAtoms = []AtomType{
	{Val: "Nat"},                             // ended: epoch
	{Key: "(Node, Nat)", Val: "(Nat, Nat)"},  // moved, of Down: epoch, rights
	{Key: "(Node, Nat)", Val: "(Nat, Nat)"},  // .. of Up
	{Val: "(Nat, Nat, Nat, Nat, Nat, Node)"}, // want, of Down: epoch, time, least, wish, need, giver
	{Val: "(Nat, Nat, Nat, Nat, Nat, Node)"}, // .. of Up
	{Val: "(Nat, Nat, Nat)"},                 // account: epoch, added, taken
}

// bcounter is a counter under an invariant.
var bcounter = newBCounter(newBCounter(nil))

func newBCounter(below *Kind) *Kind {
	k := &Kind{
		Name:      "BCounter",
		Doc:       "A counter that never leaves its bound: decrements need rights, and without are refused.",
		View:      "Int",
		Moves:     "a BCounter: it can go down again",
		Load:      "increment",
		Atoms:     boundAtoms,
		PerWriter: true,
		Rows:      RowOfRead,
		Join:      greatest,
		Greatest:  true,
		Below:     below,
		Mutators: []Mutator{
			{Name: "increment", Doc: "Adds n and earns the right to take n away; refused where an upper bound leaves no room.", Params: amount,
				Against: Up, Apply: func(leaf Leaf, args []value.Value, w Writer) error { return spend(leaf, Up, args[0].Int(), w) }},
			{Name: "decrement", Doc: "Takes n away, or is refused where the rights for it are missing.", Params: amount,
				Against: Down, Refusable: true, Removes: true,
				Apply: func(leaf Leaf, args []value.Value, w Writer) error { return spend(leaf, Down, args[0].Int(), w) }},
		},
		Read: func(_ []*types.Type, atoms []*Atom) value.Value {
			v, _ := readBounded(DefaultBounds(), atoms)
			return v
		},
		Bounded: readBounded,
	}
	k.Clear = func(leaf Leaf, w Writer) {
		if l := ledgerOf(leaf, w); l.live {
			w.Put(boundEnded, value.Value{}, value.MakeInt(l.epoch))
		}
	}
	return k
}

// readBounded is the view of a leaf, and whether there is anything to see.
func readBounded(b *Bounds, atoms []*Atom) (v value.Value, live bool) {
	l := newLedger(b, atoms)
	var sum Int128
	for who, a := range l.accounts {
		sum.Add(a.added)
		sum.Sub(a.taken)
		sum.Sub(l.undone(who))
	}
	return value.MakeInt(b.clamp(sum)), l.live
}

// spend counts n one way, out of the rights of whoever writes.
func spend(leaf Leaf, way Way, n int64, w Writer) error {
	l := ledgerOf(leaf, w)
	me := w.Actor()
	if l.bounds.limit(way).Set {
		if have := l.within(way, me, w.Heir()); have < n {
			return l.refusal(way, n, have, me)
		}
		l.inherit(way, n, w)
	}
	counted := l.accounts[me].added
	if way == Down {
		counted = l.accounts[me].taken
	}
	if counted > math.MaxInt64-n {
		return &Refusal{Code: "L0501", Message: "the counter has counted as far as numbers go"}
	}
	own := Owner{Actor: me, Firing: w.Run()}
	was := account{}
	if t := leaf.Of(own, boundAccount); t != nil && int64(t[totalEpoch]) == l.epoch {
		was = account{int64(t[totalAdded]), int64(t[totalTaken])}
	}
	if way == Up {
		was.added += n
	} else {
		was.taken += n
	}
	w.PutFor(own, boundAccount, value.Value{}, totals(l.epoch, was.added, was.taken))
	return nil
}
