package lattice

import (
	"cmp"
	"slices"
	"sort"
)

// Range is the stamps Lo to Hi, both included, of one actor in one group.
type Range struct {
	Actor  Actor
	Lo, Hi uint64
}

// span is a run of sequence numbers, both ends included.
type span struct{ lo, hi uint64 }

// Vector is a set of stamps of one placement group, kept per actor as runs in
// order: usually one that starts at 1, and a few behind gaps while messages
// overtake each other. The zero Vector is empty.
type Vector struct {
	actors map[Actor][]span
	edits  uint64
	// last is the actor whose stamps came last, and runs are its own: most come one
	// after the other from one actor.
	last Actor
	runs []span
}

// Edits grows whenever stamps may have come into v. A vector never loses any, so
// what was covered by it stays so, and what covered it does while this stands.
func (v *Vector) Edits() uint64 { return v.edits }

// Compare orders actors by node and then incarnation.
func (a Actor) Compare(b Actor) int {
	if c := cmp.Compare(a.Node, b.Node); c != 0 {
		return c
	}
	return cmp.Compare(a.Inc, b.Inc)
}

// Add takes the stamps of r in. An empty range adds nothing.
func (v *Vector) Add(r Range) {
	if r.Lo > r.Hi || r.Hi == 0 {
		return
	}
	if v.actors == nil {
		v.actors = map[Actor][]span{}
	}
	v.edits++
	runs, s := v.of(r.Actor), span{max(r.Lo, 1), r.Hi}
	if n := len(runs); n > 0 && runs[n-1].lo <= s.lo && s.lo <= runs[n-1].hi+1 {
		runs[n-1].hi = max(runs[n-1].hi, s.hi) // the usual case, and the map stays as it is
		return
	}
	v.last, v.runs = r.Actor, addSpan(runs, s)
	v.actors[v.last] = v.runs
}

// of is the runs of an actor.
func (v *Vector) of(a Actor) []span {
	if v.last == a {
		return v.runs
	}
	return v.actors[a]
}

// addSpan puts s into ordered runs, melting what touches.
func addSpan(runs []span, s span) []span {
	from := sort.Search(len(runs), func(i int) bool { return runs[i].hi+1 >= s.lo })
	to := from
	for to < len(runs) && runs[to].lo <= s.hi+1 {
		s.lo, s.hi = min(s.lo, runs[to].lo), max(s.hi, runs[to].hi)
		to++
	}
	return slices.Replace(runs, from, to, s)
}

// Covers reports whether the seq-th stamp of an actor is in v.
func (v *Vector) Covers(a Actor, seq uint64) bool {
	runs := v.of(a)
	i := sort.Search(len(runs), func(i int) bool { return runs[i].hi >= seq })
	return i < len(runs) && runs[i].lo <= seq
}

// CoversRange reports whether all stamps of r are in v.
func (v *Vector) CoversRange(r Range) bool {
	runs := v.of(r.Actor)
	i := sort.Search(len(runs), func(i int) bool { return runs[i].hi >= r.Lo })
	return r.Lo > r.Hi || i < len(runs) && runs[i].lo <= r.Lo && r.Hi <= runs[i].hi
}

// CoversAll reports whether all stamps of o are in v.
func (v *Vector) CoversAll(o *Vector) bool {
	for a, runs := range o.actors {
		for _, s := range runs {
			if !v.CoversRange(Range{a, s.lo, s.hi}) {
				return false
			}
		}
	}
	return true
}

// Max is the greatest sequence number of an actor in v, 0 if there is none.
func (v *Vector) Max(a Actor) uint64 {
	if runs := v.of(a); len(runs) > 0 {
		return runs[len(runs)-1].hi
	}
	return 0
}

// Actors lists the actors with stamps in v, in order.
func (v *Vector) Actors() []Actor {
	list := make([]Actor, 0, len(v.actors))
	for a := range v.actors {
		list = append(list, a)
	}
	slices.SortFunc(list, Actor.Compare)
	return list
}

// Ranges lists v in canonical order: actors in order, the runs of each from the
// lowest, none touching the next.
func (v *Vector) Ranges() []Range {
	var list []Range
	for _, a := range v.Actors() {
		for _, s := range v.actors[a] {
			list = append(list, Range{a, s.lo, s.hi})
		}
	}
	return list
}

// VectorOf is the set of the stamps of ranges.
func VectorOf(ranges ...Range) *Vector {
	v := &Vector{}
	for _, r := range ranges {
		v.Add(r)
	}
	return v
}

// Missing lists, in canonical order, the stamps of o that are not in v.
func (v *Vector) Missing(o *Vector) []Range {
	var list []Range
	for _, a := range o.Actors() {
		list = v.missing(list, a, o.actors[a])
	}
	return list
}

// MissingOf lists the stamps of r that are not in v.
func (v *Vector) MissingOf(r Range) []Range {
	return v.missing(nil, r.Actor, []span{{r.Lo, r.Hi}})
}

func (v *Vector) missing(list []Range, a Actor, want []span) []Range {
	have := v.actors[a]
	for _, s := range want {
		i := sort.Search(len(have), func(i int) bool { return have[i].hi >= s.lo })
		lo := s.lo
		for ; i < len(have) && have[i].lo <= s.hi; i++ {
			if have[i].lo > lo {
				list = append(list, Range{a, lo, have[i].lo - 1})
			}
			lo = have[i].hi + 1
		}
		if lo <= s.hi {
			list = append(list, Range{a, lo, s.hi})
		}
	}
	return list
}

// Join takes all stamps of o in.
func (v *Vector) Join(o *Vector) {
	for a, runs := range o.actors {
		for _, s := range runs {
			v.Add(Range{a, s.lo, s.hi})
		}
	}
}

// Meet returns the stamps that are in both.
func (v *Vector) Meet(o *Vector) *Vector {
	m := &Vector{}
	for a, runs := range v.actors {
		others := o.actors[a]
		for i, j := 0, 0; i < len(runs) && j < len(others); {
			m.Add(Range{a, max(runs[i].lo, others[j].lo), min(runs[i].hi, others[j].hi)})
			if runs[i].hi < others[j].hi {
				i++
			} else {
				j++
			}
		}
	}
	return m
}

// Clone returns a copy that shares nothing with v.
func (v *Vector) Clone() *Vector {
	c := &Vector{}
	for a, runs := range v.actors {
		if c.actors == nil {
			c.actors = make(map[Actor][]span, len(v.actors))
		}
		c.actors[a] = slices.Clone(runs)
	}
	return c
}

// Equal reports whether v and o hold the same stamps.
func (v *Vector) Equal(o *Vector) bool { return v.CoversAll(o) && o.CoversAll(v) }

// IsEmpty reports whether v holds no stamp.
func (v *Vector) IsEmpty() bool { return len(v.actors) == 0 }
