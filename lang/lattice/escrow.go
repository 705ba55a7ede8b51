package lattice

import (
	"slices"
	"time"

	"github.com/laspc/lasp/lang/value"
)

// Rights of bounded counters move in the background, towards demand, and only
// there. A refused operation leaves a want in the state of the counter (Ask): how
// far what is given to the actor shall grow, and the node that is asked. It
// replicates as everything does, so it survives losses and restarts, and it is
// one entry however often the operation is tried. Whoever is asked gives what it
// has as soon as it sees the want (Settle); where it has nothing left, the one
// who asks turns to another node that has some.
//
// That comes to an end: a want is met once and stays met, one for more than there
// is moves nothing, and of two that want at the same time only the later actor
// gives to the earlier one. Nobody keeps rights back for a want of its own that
// is not met soon.

const (
	// patience is how long an actor waits for the node that it asked before it
	// asks another, which it does when an operation is refused again.
	patience = 2 * time.Second
	// hold is how long an actor that wants rights keeps back those that it has.
	hold = 10 * time.Second
)

// Ask notes on a leaf that an actor was refused n one way: whoever writes, or one
// that it writes for, as those who decide in an agreed order do for the actor of
// the order. It is no mutator: programs cannot name it.
func Ask(leaf Leaf, w Writer, me Actor, way Way, n int64) {
	l := ledgerOf(leaf, w)
	have := l.within(way, me, w.Heir() && me == w.Actor())
	if have >= n {
		return
	}
	got := l.received(way, me)
	was, asks := l.wants[asked{way, me}]
	next := want{least: addNat(got, n-max(have, 0)), need: n, giver: was.giver, time: was.time + 1}
	if l.lacks(way, me) <= 0 { // the last one was met
		next.time = max(w.Clock(), next.time)
	}
	// A steady demand asks for twice as much each time, so that it is refused
	// seldom; one that comes once moves what it lacks.
	next.wish = addNat(next.least, got)
	candidates := l.candidates(way, me, w.Clock())
	switch isOpen := asks && was.least > got && l.lacks(way, me) > 0; {
	case !isOpen, !isAmong(candidates, was.giver):
		next.giver = first(candidates)
	case isLate(was, w):
		next.giver = after(candidates, was.giver)
	}
	if next.least != was.least || next.giver != was.giver || isLate(was, w) {
		l.put(asked{way, me}, next, w)
	}
}

// isLate reports whether an actor has waited for long.
func isLate(was want, w Writer) bool { return w.Clock()-was.time > int64(patience) }

// put writes a want.
func (l *ledger) put(a asked, next want, w Writer) {
	l.wants[a] = next
	w.PutFor(Owner{Actor: a.by}, boundWant+uint8(a.way), value.Value{}, value.MakeTuple(value.MakeInt(l.epoch), value.MakeInt(next.time),
		value.MakeInt(next.least), value.MakeInt(next.wish), value.MakeInt(next.need), value.MakeNode(next.giver)))
}

// Settle does what the state of a leaf asks of whoever writes: it gives rights
// to those that want them from it, and where its own want is open and the node
// that it asked has nothing left, it asks another.
func Settle(leaf Leaf, w Writer) {
	l := ledgerOf(leaf, w)
	me := w.Actor()
	for _, way := range []Way{Down, Up} {
		if n := l.debt(way, me); n > 0 {
			l.inherit(way, n, w)
			if n = min(l.debt(way, me), l.spare(way, me)); n > 0 && l.lacks(way, me) <= 0 {
				Ask(leaf, w, me, way, n)
				l = ledgerOf(leaf, w)
			}
		}
	}
	for _, way := range []Way{Down, Up} {
		for _, by := range l.asking(way) {
			if by.Node != me.Node && l.wants[asked{way, by}].giver == me.Node {
				l.answer(way, by, w)
			}
		}
		if was := l.wants[asked{way, me}]; l.isOpen(way, me) {
			if candidates := l.candidates(way, me, w.Clock()); len(candidates) > 0 && !isAmong(candidates, was.giver) {
				was.giver, was.time = first(candidates), was.time+1
				l.put(asked{way, me}, was, w)
			}
		}
	}
}

// Wanted reports whether somebody wants rights from the node of an actor, which has
// some and would give them if it wrote.
func Wanted(b *Bounds, atoms []*Atom, from Actor) bool {
	l := newLedger(b, atoms)
	for _, way := range []Way{Down, Up} {
		for _, by := range l.asking(way) {
			if by.Node != from.Node && l.wants[asked{way, by}].giver == from.Node && l.isOpen(way, by) && l.rights(way, from) > 0 {
				return true
			}
		}
	}
	return false
}

// Waits reports whether an actor has asked for rights and neither got them nor come
// to what it needs otherwise.
func Waits(b *Bounds, atoms []*Atom, who Actor, way Way) bool {
	return newLedger(b, atoms).lacks(way, who) > 0
}

// answer gives an actor what it wants: as far as it needs all that is there, and
// beyond that at most half.
func (l *ledger) answer(way Way, by Actor, w Writer) {
	me := w.Actor()
	if !l.isOpen(way, by) || l.keeps(way, me, by, w.Clock()) {
		return
	}
	asks, got := l.wants[asked{way, by}], l.received(way, by)
	have := l.within(way, me, w.Heir())
	n := min(have, max(asks.least-got, min(asks.wish-got, have/2)))
	if n <= 0 {
		return
	}
	l.inherit(way, n, w)
	l.give(move{way, me, by}, n, w)
}

// asking lists who has a want, in order, but for lives that are known to be over.
func (l *ledger) asking(way Way) []Actor {
	var list []Actor
	for a := range l.wants {
		over := func(b asked) bool { return b.by.Node == a.by.Node && b.by.Inc > a.by.Inc }
		if a.way == way && !anyKey(l.wants, over) {
			list = append(list, a.by)
		}
	}
	slices.SortFunc(list, Actor.Compare)
	return list
}

func anyKey[K comparable, V any](m map[K]V, is func(K) bool) bool {
	for k := range m {
		if is(k) {
			return true
		}
	}
	return false
}

// isOpen reports whether an actor waits for rights, and there are enough.
func (l *ledger) isOpen(way Way, who Actor) bool {
	lacks := l.lacks(way, who)
	if lacks <= 0 {
		return false
	}
	first := Actor{Node: who.Node}
	for _, a := range l.actors() {
		if a != who && (a != first || l.node(a) != who.Node) && lacks > 0 {
			lacks -= max(l.rights(way, a), 0)
		}
	}
	return lacks <= 0
}

// lacks is what an actor asks for and does not have yet, by being given it or
// otherwise. What life 0 of a node has counts as what its lives have, unless they
// left it to another node.
func (l *ledger) lacks(way Way, who Actor) int64 {
	asks := l.wants[asked{way, who}]
	if asks.least <= l.received(way, who) {
		return 0
	}
	have, first := max(l.rights(way, who), 0), Actor{Node: who.Node}
	if l.node(first) == who.Node {
		have = addNat(have, max(l.rights(way, first), 0))
	}
	return max(asks.need-have, 0)
}

// keeps reports whether an actor, at a time, keeps what it has for itself when
// another asks.
func (l *ledger) keeps(way Way, who, by Actor, now int64) bool {
	return who.Compare(by) < 0 && now-l.wants[asked{way, who}].time <= int64(hold) && l.isOpen(way, who)
}

// spare is how many rights other nodes hold.
func (l *ledger) spare(way Way, me Actor) int64 {
	var sum Int128
	for _, h := range l.holders(way, me.Node) {
		sum.Add(h.n)
	}
	return sum.Clamp(0)
}

// candidates lists the nodes that may have something for an actor: those that
// hold rights, but for those that keep them.
func (l *ledger) candidates(way Way, me Actor, now int64) []string {
	var list []string
	for _, h := range l.holders(way, me.Node) {
		blocked := false
		for _, by := range l.asking(way) {
			blocked = blocked || by.Node == h.node && l.keeps(way, by, me, now)
		}
		if !blocked {
			list = append(list, h.node)
		}
	}
	return list
}

func isAmong(list []string, name string) bool { return slices.Contains(list, name) }

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// after is the name behind another one in a list, round and round.
func after(list []string, name string) string {
	return list[(slices.Index(list, name)+1)%len(list)]
}
