package lattice

import (
	"cmp"
	"slices"
)

// Estates says who has the rights of lives that were retired, by the node that they
// were of. A life of a node that is over leaves its rights to the next one of that
// node; where the node is gone for good they go to the node that is named when it
// is retired, which knew then all that the node did. Everybody must come to the
// same estates, though not at the same time: only the heir uses what is in one.
type Estates struct {
	of map[string][]estate // in order of lives
}

// estate is what the lives of a node up to one left, but for those of earlier
// estates.
type estate struct {
	upTo uint64
	heir Actor
}

// Leave adds the estate of the lives of a node up to one.
func (e *Estates) Leave(node string, upTo uint64, heir Actor) {
	if e.of == nil {
		e.of = map[string][]estate{}
	}
	e.of[node] = append(e.of[node], estate{upTo, heir})
	slices.SortFunc(e.of[node], func(a, b estate) int { return cmp.Or(cmp.Compare(a.upTo, b.upTo), a.heir.Compare(b.heir)) })
}

// Node is the node whose lives have the rights of an actor: its own, or the last of
// those that they were left to. A nil receiver has no estates.
func (e *Estates) Node(a Actor) string {
	if e == nil {
		return a.Node
	}
	for range len(e.of) + 1 { // an heir may itself have been retired later
		i := slices.IndexFunc(e.of[a.Node], func(x estate) bool { return a.Inc <= x.upTo })
		if i < 0 {
			break
		}
		a = e.of[a.Node][i].heir
	}
	return a.Node
}
