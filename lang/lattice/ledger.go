package lattice

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/laspc/lasp/lang/value"
)

// ledger is what the atoms of a bounded counter say in its latest epoch.
type ledger struct {
	bounds   *Bounds
	epoch    int64
	live     bool
	accounts map[Actor]account
	void     map[Actor]account // of accounts: what was done in runs that do not count
	moved    map[move]int64
	wants    map[asked]want
}

// account is what an actor counted.
type account struct{ added, taken int64 }

// plus adds the counts of the payload of an account.
func (a account) plus(v []value.Value) account {
	return account{addNat(a.added, v[1].Int()), addNat(a.taken, v[2].Int())}
}

// move is a kind of rights, who gave them and to whom.
type move struct {
	way      Way
	from, to Actor
}

// asked is a kind of rights and who asks for them.
type asked struct {
	way Way
	by  Actor
}

// want says up to where the rights given to an actor, in all and from the
// beginning of the epoch, shall grow: at least to least and, if there are
// plenty, to wish. So it needs no taking back: it is met once they are there, or
// once the actor has come to what it needs in another way.
type want struct {
	time        int64 // since when it is not met, ns, and how often it was changed; a later one replaces an earlier
	least, wish int64
	need        int64  // what the refused operation would have used
	giver       string // the node that is asked
}

func ledgerOf(leaf Leaf, w Writer) *ledger { return newLedger(w.Bounds(), atomsOf(leaf)) }

func newLedger(b *Bounds, atoms []*Atom) *ledger {
	l := &ledger{bounds: b, accounts: map[Actor]account{}, void: map[Actor]account{}, moved: map[move]int64{}, wants: map[asked]want{}}
	for _, a := range atoms {
		if a.Tag == boundEnded {
			l.epoch = max(l.epoch, a.Val.Int()+1)
		} else {
			l.epoch = max(l.epoch, a.Val.Elems()[0].Int())
		}
	}
	for _, a := range atoms {
		if a.Tag != boundEnded && a.Val.Elems()[0].Int() == l.epoch {
			l.enter(a)
		}
	}
	return l
}

func (l *ledger) enter(a *Atom) {
	v, by := a.Val.Elems(), a.Owner.Actor
	switch a.Tag {
	case boundAccount:
		l.live = true
		l.accounts[by] = l.accounts[by].plus(v)
	case tallyVoid:
		l.void[by] = l.void[by].plus(v)
	case boundMoved + uint8(Down), boundMoved + uint8(Up):
		to := a.Key.Elems()
		l.moved[move{Way(a.Tag - boundMoved), by, Actor{to[0].Str(), uint64(to[1].Int())}}] = v[1].Int()
	default:
		l.wants[asked{Way(a.Tag - boundWant), by}] = want{v[1].Int(), v[2].Int(), v[3].Int(), v[4].Int(), v[5].Str()}
	}
}

// rights are what an actor holds one way. The rights that exist from the
// beginning are held by life 0 of the founders, which never writes: the first
// life inherits them as every life does those of the ones before.
func (l *ledger) rights(way Way, who Actor) int64 {
	sum := l.base(way, who)
	if n := l.undone(who); way == Down {
		sum.Sub(n)
	} else {
		sum.Add(n)
	}
	return sum.Clamp(math.MinInt64)
}

// base is what the rights of an actor would be if all that it did counted.
func (l *ledger) base(way Way, who Actor) (sum Int128) {
	if who.Inc == 0 {
		sum.Add(l.bounds.share(way, who.Node))
	}
	a := l.accounts[who]
	if way == Up {
		a.added, a.taken = a.taken, a.added
	}
	sum.Add(a.added)
	sum.Sub(a.taken)
	for m, n := range l.moved {
		if m.way == way && m.to == who {
			sum.Add(n)
		}
		if m.way == way && m.from == who {
			sum.Sub(n)
		}
	}
	return sum
}

// received is what an actor was given in all.
func (l *ledger) received(way Way, who Actor) int64 {
	sum := int64(0)
	for m, n := range l.moved {
		if m.way == way && m.to == who {
			sum = addNat(sum, n)
		}
	}
	return sum
}

// actors lists everybody who may hold rights, in order.
func (l *ledger) actors() []Actor {
	all := map[Actor]bool{}
	for _, f := range l.bounds.Founders {
		all[Actor{Node: f}] = true
	}
	for a := range l.accounts {
		all[a] = true
	}
	for m := range l.moved {
		all[m.to] = true
	}
	return slices.SortedFunc(maps.Keys(all), Actor.Compare)
}

// node is the node that has the rights of an actor.
func (l *ledger) node(a Actor) string { return l.bounds.Estates.Node(a) }

// left lists the lives, earlier ones of a node and those of nodes that left it their
// estate, that left rights behind.
func (l *ledger) left(way Way, me Actor) []Actor {
	return slices.DeleteFunc(l.actors(), func(a Actor) bool {
		return l.node(a) != me.Node || a.Node == me.Node && a.Inc >= me.Inc || l.rights(way, a) <= 0
	})
}

// within is what an actor may use: its own rights and, of an heir, those that
// earlier lives left.
func (l *ledger) within(way Way, me Actor, heir bool) int64 {
	var sum Int128
	sum.Add(l.rights(way, me))
	if heir {
		for _, a := range l.left(way, me) {
			sum.Add(l.rights(way, a))
		}
	}
	return sum.Clamp(math.MinInt64)
}

// inherit moves what earlier lives left to whoever writes, if it has less than n.
func (l *ledger) inherit(way Way, n int64, w Writer) {
	me := w.Actor()
	if l.rights(way, me) >= n || !w.Heir() {
		return
	}
	for _, a := range l.left(way, me) {
		l.give(move{way, a, me}, l.rights(way, a), w)
	}
}

// give adds to what was moved.
func (l *ledger) give(m move, n int64, w Writer) {
	n = min(n, math.MaxInt64-l.moved[m])
	l.moved[m] += n
	to := value.MakeTuple(value.MakeNode(m.to.Node), value.MakeInt(int64(m.to.Inc)))
	w.PutFor(Owner{Actor: m.from}, boundMoved+uint8(m.way), to, value.MakeTuple(value.MakeInt(l.epoch), value.MakeInt(l.moved[m])))
}

// holding is what a node holds, in all of its lives, so far as it is known.
type holding struct {
	node string
	n    int64
}

// holders lists the nodes but for one that are known to hold rights, those with
// the most first.
func (l *ledger) holders(way Way, but string) []holding {
	sums := map[string]*Int128{}
	for _, a := range l.actors() {
		if n, node := l.rights(way, a), l.node(a); node != but && n > 0 {
			if sums[node] == nil {
				sums[node] = &Int128{}
			}
			sums[node].Add(n)
		}
	}
	var list []holding
	for node, sum := range sums {
		list = append(list, holding{node, sum.Clamp(0)})
	}
	slices.SortFunc(list, func(a, b holding) int {
		return cmp.Or(cmp.Compare(b.n, a.n), strings.Compare(a.node, b.node))
	})
	return list
}

// refusal says what is missing and where rights are.
func (l *ledger) refusal(way Way, n, have int64, me Actor) *Refusal {
	verb, bound := "take", l.bounds.limit(way).At
	if way == Up {
		verb = "add"
	}
	text := fmt.Sprintf("this node may %s %d and not %d without passing the bound %d", verb, max(have, 0), n, bound)
	holders := l.holders(way, me.Node)
	if len(holders) == 0 && l.bounds.limit(way).At != 0 && len(l.bounds.Founders) == 0 {
		text += "; the nodes were not told which of them share the room between 0 and the bound"
	} else if len(holders) == 0 {
		text += ", and no other node is known to hold rights"
	} else {
		text += "; the rest is asked for where rights are:"
	}
	for i, h := range holders {
		if i == 3 {
			text += " .."
			break
		}
		text += fmt.Sprintf(" %s holds %d", strings.Replace(h.node, "$", "the agreed ", 1), h.n)
		if i < len(holders)-1 {
			text += ","
		}
	}
	return &Refusal{Code: RightsMissing, Message: text, Way: way, N: n}
}

// RightsMissing is the code of the refusal of an operation on a bounded counter.
const RightsMissing = "L0511"

// Holding is what one life of a node holds of the rights of a bounded counter.
// The rights that nobody created are held by life 0 until they are used.
type Holding struct {
	Actor    Actor
	Down, Up int64 // how far it may take and add
	// WantDown and WantUp are the rights that it asks for and lacks.
	WantDown, WantUp int64
}

// Holdings lists who holds rights of a leaf or asks for some, in order. The
// rights of a way without a bound are not counted.
func Holdings(b *Bounds, atoms []*Atom) []Holding {
	l := newLedger(b, atoms)
	actors := l.actors()
	for a := range l.wants {
		actors = append(actors, a.by)
	}
	slices.SortFunc(actors, Actor.Compare)
	var list []Holding
	for _, a := range slices.Compact(actors) {
		h := Holding{Actor: a}
		if b.Lower.Set {
			h.Down, h.WantDown = l.rights(Down, a), l.lacks(Down, a)
		}
		if b.Upper.Set {
			h.Up, h.WantUp = l.rights(Up, a), l.lacks(Up, a)
		}
		if h != (Holding{Actor: a}) {
			list = append(list, h)
		}
	}
	return list
}
