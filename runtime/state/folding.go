package state

import (
	"math"
	"slices"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
)

// Fold folds, in a turn of this replica at a time of the hybrid clock, runs of turns in
// old, some limit of them, of requests of which all runs that were made, and will be by
// anybody who does not know of this turn, are known here. The delta is nil where
// there is nothing to fold.
func (s *Store) Fold(clock int64, old *lattice.Vector, limit int) (*lattice.Delta, []Change) {
	if !s.Folds() {
		return nil, nil
	}
	for {
		g := &folding{s: s, of: s.folded.Clone(), totals: map[accountKey]int{}}
		cut := g.choose(s.vector.Meet(old), limit)
		g.close()
		if len(g.runs) > 0 {
			if !g.add() {
				return nil, nil
			}
			return g.commit(clock)
		}
		if !cut {
			return nil, nil
		}
		limit *= 2 // runs of one request lie further apart
	}
}

// folding is one fold in the making.
type folding struct {
	s      *Store
	of     *lattice.Vector
	upTo   []uint64 // by actor: the last turn
	runs   []uint32
	totals map[accountKey]int // in list
	list   []accountTotal
}

// accountKey is the place of an account of folded runs.
type accountKey struct {
	table int
	above uint32
	owner lattice.Owner
}

type accountTotal struct {
	accountKey
	tag                 uint8
	epoch, added, taken int64
}

// choose lists old runs that are not folded, at most about limit, and reports whether
// there are more.
func (g *folding) choose(old *lattice.Vector, limit int) (cut bool) {
	s := g.s
	g.upTo = make([]uint64, len(s.actors))
	for _, r := range old.Ranges() {
		if r.Lo > 1 {
			continue // behind a gap
		}
		actor, n := s.actor(r.Actor), 0
		for _, e := range s.index[actor].plain.between(s.folded.Max(r.Actor)+1, r.Hi) {
			if e.ref.table() != runRefs || !s.isCurrent(actor, e) {
				continue
			}
			if n++; n > limit {
				cut = true
				break
			}
			g.upTo[actor] = e.seq
			g.runs = append(g.runs, e.ref.num())
		}
	}
	return cut
}

// close leaves out the runs of which another run of the same request is not chosen,
// with all later ones of their actors, until there are none.
func (g *folding) close() {
	f := &g.s.firings
	within := func(r *run) bool { return r.seq <= g.upTo[r.actor] }
	for again := true; again; {
		again = false
		for _, n := range g.runs {
			r := &f.runs[n]
			for at := f.at(r.firing).runs; at > 0 && within(r); at = f.runs[at-1].next {
				if !within(&f.runs[at-1]) {
					g.upTo[r.actor] = r.seq - 1
					again = true
				}
			}
		}
		g.runs = slices.DeleteFunc(g.runs, func(n uint32) bool { return !within(&f.runs[n]) })
	}
	g.keep()
}

// keep leaves out the runs of requests of which a firing is known, and says of which
// turns the others are. Such runs are void and stay: the firing does.
func (g *folding) keep() {
	f := &g.s.firings
	from := make([]uint64, len(g.upTo)) // where the present range of an actor begins
	var kept []uint32
	add := func(actor uint32, hi uint64) {
		g.of.Add(lattice.Range{Actor: g.s.actors[actor], Lo: from[actor], Hi: hi})
	}
	last := make([]uint64, len(g.upTo))
	for _, n := range g.runs {
		r := &f.runs[n]
		if from[r.actor] == 0 {
			from[r.actor] = g.s.folded.Max(g.s.actors[r.actor]) + 1
		}
		if last[r.actor] = r.seq; f.at(r.firing).seq == 0 {
			kept = append(kept, n)
			continue
		}
		add(r.actor, r.seq-1)
		from[r.actor] = r.seq + 1
	}
	for actor, hi := range last {
		if hi > 0 {
			add(uint32(actor), hi)
		}
	}
	g.runs = kept
}

// add adds up what the runs counted. It reports whether numbers go that far.
func (g *folding) add() (ok bool) {
	f := &g.s.firings
	ok = true
	for _, n := range g.runs {
		r := &f.runs[n]
		counts := g.s.actors[f.runs[f.counting(r.firing)].actor]
		g.s.eachCounted(n, func(t *table, atom uint32) {
			row := t.slotOf(atom)
			key := accountKey{t.id, t.above(row), lattice.FoldedOwner(counts)}
			switch w := writer(row[t.ownerAt]); {
			case w.isFiring(): // of a counter that only goes up one slot counts, of whichever run
			case r.void && t.kind.Bounded == nil: // the key is there, and nothing more
				ok = ok && g.count(key, t.tag(row), make([]value.Word, 3))
				return
			case r.void:
				key.owner = lattice.VoidedOwner(g.s.actors[r.actor], counts)
			}
			ok = ok && g.count(key, t.tag(row), t.val(atom))
		})
	}
	return ok
}

// counting is the run of a request that counts.
func (f *firings) counting(firing uint32) (n uint32) {
	for at := f.at(firing).runs; at > 0; at = f.runs[at-1].next {
		if !f.runs[at-1].void {
			return at - 1
		}
	}
	panic("state: of the runs of a request none counts")
}

// count adds a payload to an account: totals of an epoch, of which the last counts.
func (g *folding) count(key accountKey, tag uint8, val []value.Word) (ok bool) {
	i, known := g.totals[key]
	if !known {
		i = len(g.list)
		g.totals[key] = i
		a := accountTotal{accountKey: key, tag: tag, epoch: -1}
		if was := g.writer(&a, nil).Of(key.owner, tag); was != nil {
			a.epoch, a.added, a.taken = int64(was[0]), int64(was[1]), int64(was[2])
		}
		g.list = append(g.list, a)
	}
	a := &g.list[i]
	epoch, added, taken := int64(val[0]), int64(val[1]), int64(val[2])
	switch {
	case epoch > a.epoch:
		a.epoch, a.added, a.taken = epoch, added, taken
	case epoch < a.epoch:
	case a.added > math.MaxInt64-added || a.taken > math.MaxInt64-taken:
		// What only goes up shows no more than that either.
		a.added = math.MaxInt64
		return g.s.tables[key.table].kind.Stable
	default:
		a.added, a.taken = a.added+added, a.taken+taken
	}
	return true
}

// writer writes, and reads, in the leaf of an account.
func (g *folding) writer(a *accountTotal, t *Turn) *leafWriter {
	table := g.s.tables[a.table]
	if t == nil {
		t = &Turn{s: g.s}
	}
	return &leafWriter{t: t, c: table.c, table: table, path: table.c.path(nil, table.depth, a.above)}
}

func (g *folding) commit(clock int64) (*lattice.Delta, []Change) {
	t := g.s.begin(g.s.self, clock, lattice.Firing{})
	for i := range g.list {
		a := &g.list[i]
		words := []value.Word{value.Word(a.epoch), value.Word(a.added), value.Word(a.taken)}
		w := g.writer(a, t)
		w.write(w.table, g.s.writerOf(a.owner), a.tag, nil, words, t.nextWrite())
	}
	t.folds = g.of
	return t.Commit()
}
