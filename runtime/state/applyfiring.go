package state

import (
	"cmp"
	"slices"
)

// firedAt is a firing and its turn.
type firedAt struct {
	at stamp
	n  uint32
}

func compareFiredAt(a, b firedAt) int {
	return cmp.Or(cmp.Compare(a.at.actor, b.at.actor), cmp.Compare(a.at.seq, b.at.seq))
}

// firingAt is the firing of a turn of the delta. It is asked for in the order of
// turns, mostly.
func (a *applier) firingAt(at stamp) (n uint32, fired bool) {
	for i := max(a.next-1, 0); i < min(a.next+1, len(a.firing)); i++ {
		if a.firing[i].at == at {
			a.next = i + 1
			return a.firing[i].n, true
		}
	}
	i, found := slices.BinarySearchFunc(a.firing, firedAt{at: at}, compareFiredAt)
	if !found {
		return 0, false
	}
	a.next = i + 1
	return a.firing[i].n, true
}

// firings records what fired, and remembers which of it had happened before.
func (a *applier) firings() {
	if len(a.d.Fired) == 0 {
		return
	}
	a.s.firings.index.ahead(a.d.Fired)
	a.firing = make([]firedAt, 0, len(a.d.Fired))
	a.entries = make([]firedAt, 0, len(a.d.Fired))
	a.kept = make([]uint32, 0, len(a.d.Fired))
	for _, f := range a.d.Fired {
		n := a.s.firings.number(f.Firing)
		at := stamp{a.who[f.Who], f.Seq}
		a.firing = append(a.firing, firedAt{at, n})
		known := a.s.firings.at(n).seq > 0
		if !a.isTaken(f.Who, f.Seq) && (!a.d.Full || known) {
			continue
		}
		if a.s.record(n, at) {
			a.entries = append(a.entries, firedAt{at, n})
		}
		if kept := a.s.firings.at(n); (stamp{kept.actor, kept.seq}) == at {
			a.kept = append(a.kept, n)
			if known || a.d.Full || a.d.Mend { // else all its atoms come with it
				a.effects(n, at)
			}
		}
		if known {
			a.knew(n)
		}
	}
	if !slices.IsSortedFunc(a.firing, compareFiredAt) {
		slices.SortFunc(a.firing, compareFiredAt)
	}
}

// indexFirings makes the entries of those firings whose turns are not behind that of
// an atom; after the last atom, of the rest. So most entries of a list come in
// order.
func (a *applier) indexFirings(at stamp, rest bool) {
	for len(a.entries) > 0 && (rest || a.s.before(a.entries[0].at, at)) {
		a.s.addEntry(a.entries[0].at, false, makeRef(firedRefs, a.entries[0].n))
		a.entries = a.entries[1:]
	}
}

// knew notes that a firing had happened before.
func (a *applier) knew(n uint32) {
	if a.already == nil {
		a.already = map[uint32]bool{}
	}
	a.already[n] = true
}

// runs records which requests were run.
func (a *applier) runs() {
	if len(a.d.Runs) == 0 {
		return
	}
	a.run = map[stamp]uint32{}
	for _, f := range a.d.Runs {
		if at := (stamp{a.who[f.Who], f.Seq}); a.s.folded.Covers(a.s.actors[at.actor], at.seq) {
			a.foldedBefore(at)
			continue
		}
		n := a.s.firings.run(a.s.firings.number(f.Firing), a.who[f.Who])
		a.run[stamp{a.who[f.Who], f.Seq}] = n
		if a.isTaken(f.Who, f.Seq) || a.d.Full {
			a.s.ran(n, f.Seq)
			a.b.ran(n)
		}
	}
}

// effects passes the atoms of a firing on with it: whoever knows a firing has
// its effects.
func (a *applier) effects(n uint32, at stamp) {
	for _, causal := range []bool{true, false} {
		a.s.current(at.actor, a.s.index[at.actor].list(causal).between(at.seq, at.seq), func(e entry) bool {
			if t := e.ref.table(); t < firedRefs && a.s.tables[t].list.get(e.ref.num()).who == firingWriter(n) {
				a.b.atom(e.ref)
			}
			return true
		})
	}
}
