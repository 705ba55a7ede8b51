package state

import (
	"slices"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
)

// A run is one turn in which an actor did what a request asks for. Its effects may
// depend on what the actor held, so they are the actor's own, as those of any other
// turn, but for what is counted: that is in slots of its own, which say of which
// request it is. A client that heard no answer asks again, elsewhere, where nobody has
// heard of the first run yet; so there may be several, which did different things.
//
// What grows for good cannot be taken back: of a counter that only goes up the slot is
// the request's, and where two runs counted there the larger amount is kept. Any other
// counter has a slot for each run, and the run of the smallest stamp counts, in all
// slots; the others are void. That depends on which runs are known, so whoever knows
// the same turns sees the same, whatever came first; and a run that is void once is so
// for good. A firing of the same identity, which a program makes whose effects are the
// same everywhere, comes before all runs.
//
// Sets, registers and flags keep what either run put in: that is as if the client had
// asked for two things, and nothing that was acknowledged is lost by it.

// run is one run; seq 0 says that it is only named so far, by a slot or by the turn
// that is open.
type run struct {
	firing, actor uint32
	next          uint32 // of the same request, plus one
	void          bool
	seq           uint64
}

// run numbers the run of a request by an actor: there is one at most.
func (f *firings) run(firing, actor uint32) uint32 {
	n, known := f.findRun(firing, actor)
	if !known {
		n = f.newRun()
		f.runs[n] = run{firing: firing, actor: actor, next: f.at(firing).runs, void: f.at(firing).id.IsVoided()}
		f.at(firing).runs = n + 1
	}
	return n
}

func (f *firings) findRun(firing, actor uint32) (n uint32, known bool) {
	for at := f.at(firing).runs; at > 0; at = f.runs[at-1].next {
		if f.runs[at-1].actor == actor {
			return at - 1, true
		}
	}
	return 0, false
}

// hasRun reports whether a run of a request is known.
func (f *firings) hasRun(firing uint32) bool {
	for at := f.at(firing).runs; at > 0; at = f.runs[at-1].next {
		if f.runs[at-1].seq > 0 {
			return true
		}
	}
	return false
}

func (f *firings) isVoid(w writer) bool { return w.isRun() && f.runs[w.num()].void }

// ran records that run n took place in a turn of its actor.
func (s *Store) ran(n uint32, seq uint64) {
	r := &s.firings.runs[n]
	if r.seq > 0 {
		return
	}
	r.seq = seq
	s.firings.ran++
	s.sum.add(s.runSum(n))
	s.addEntry(stamp{r.actor, seq}, false, makeRef(runRefs, n))
	s.judgeRuns(r.firing)
}

// judgeRuns makes void all runs of a request but the one that counts.
func (s *Store) judgeRuns(firing uint32) {
	f := &s.firings
	counts := uint32(0) // plus one
	for at := f.at(firing).runs; at > 0 && f.at(firing).seq == 0; at = f.runs[at-1].next {
		r := &f.runs[at-1]
		if r.seq > 0 && (counts == 0 || s.before(stamp{r.actor, r.seq}, stamp{f.runs[counts-1].actor, f.runs[counts-1].seq})) {
			counts = at
		}
	}
	for at := f.at(firing).runs; at > 0; at = f.runs[at-1].next {
		if r := &f.runs[at-1]; r.seq > 0 && r.void != (at != counts) {
			s.makeVoid(at-1, at != counts)
		}
	}
}

// makeVoid takes what a run counted out of the views, or into them again where the run
// that had counted is folded. A leaf has at most one slot of a run in which something
// was counted.
func (s *Store) makeVoid(n uint32, void bool) {
	type shown struct {
		t    *table
		slot int
		was  sight
	}
	r := &s.firings.runs[n]
	var all []shown
	if !s.alone {
		for _, e := range slices.Clone(s.index[r.actor].list(false).between(r.seq, r.seq)) {
			s.current(r.actor, []entry{e}, func(e entry) bool {
				if e.ref.table() >= firedRefs {
					return true
				}
				t := s.tables[e.ref.table()]
				slot := int(t.list.get(e.ref.num()).slot)
				if t.ownerAt >= 0 && writer(t.slots.Row(slot)[t.ownerAt]) == runWriter(n) {
					all = append(all, shown{t, slot, t.look(slot)})
				}
				return true
			})
		}
	}
	r.void = void
	for _, x := range all {
		above := x.t.above(x.t.slots.Row(x.slot))
		x.t.c.adjust(x.t.depth, above, 0, x.t.show(x.slot, x.was))
		if void && x.t.kind.Bounded != nil {
			s.freed = append(s.freed, leafPlace{x.t.c, x.t.c.path(nil, x.t.depth, above)})
		}
	}
}

// leafPlace is a leaf of a cell.
type leafPlace struct {
	c    *cell
	path []value.Word
}

// EachFreed calls f, once, with each leaf of a bounded counter to which rights came
// back since the last time, because a run of a request turned out to be void.
func (s *Store) EachFreed(f func(id CellID, path []value.Value)) {
	freed := s.freed
	s.freed = nil
	for _, l := range freed {
		path, words := make([]value.Value, len(l.c.shape.Levels)), l.path
		for i, level := range l.c.shape.Levels {
			path[i], words = valueOf(s.in, level.Key, words)
		}
		f(l.c.id, path)
	}
}

// BeginRun opens a turn at a time of the hybrid clock that is a run of a request,
// which has not been run here.
func (s *Store) BeginRun(clock int64, request lattice.Firing) *Turn {
	t := s.begin(s.self, clock, lattice.Firing{})
	if n, known := s.firings.find(request); known && s.firings.happened(n) {
		panic("state: the request was run before")
	}
	if !s.alone {
		t.request = request
	}
	return t
}

// owner is whose slot a turn counts in.
func (t *Turn) owner(k *lattice.Kind) writer {
	switch {
	case t.request.IsZero() || k.Sum == nil:
		return t.who
	case k.Stable:
		return firingWriter(t.s.firings.number(t.request))
	}
	return runWriter(t.run())
}

// run numbers the run that the turn is.
func (t *Turn) run() uint32 {
	return t.s.firings.run(t.s.firings.number(t.request), t.at.actor)
}

// counted reports whether the turn is a run that has counted something, and its
// number. Other runs leave nothing that could count twice, and are not told.
func (t *Turn) counted() (n uint32, ok bool) {
	if t.request.IsZero() || !t.counts {
		return 0, false
	}
	return t.run(), true
}

// ownerIn is whose slot an atom of a run lies in where its owner is not told.
func (s *Store) ownerIn(k *lattice.Kind, run uint32) writer {
	if k.Stable {
		return firingWriter(s.firings.runs[run].firing)
	}
	return runWriter(run)
}

// tallies are the sums of what was counted in runs, leaf by leaf of a bounded
// counter: by actor and epoch.
type tallies []tally

type tally struct {
	actor uint32
	runs  uint32 // how many there are
	lattice.Tally
}

// tallyRun notes how the slot of a run changed: what it was and what it is, nil for
// nothing.
func (t *table) tallyRun(slot int, before sight) {
	w := writer(t.slots.Row(slot)[t.ownerAt])
	if !w.isRun() {
		return
	}
	f := &t.c.s.firings
	inst := t.instance(t.above(t.slots.Row(slot)))
	actor := f.runs[w.num()].actor
	if was := before.ran; was != nil {
		inst.tally(t.c.s, actor, was.account[:], was.void, -1)
	}
	if at := t.first(slot); at > 0 {
		inst.tally(t.c.s, actor, t.val(at-1), f.isVoid(w), 1)
	}
}

func (inst *instance) tally(s *Store, actor uint32, payload []value.Word, void bool, sign int64) {
	epoch := lattice.EpochOf(payload)
	i := slices.IndexFunc(inst.tallies, func(x tally) bool { return x.actor == actor && x.Epoch == epoch })
	if i < 0 {
		i = len(inst.tallies)
		inst.tallies = append(inst.tallies, tally{actor: actor, Tally: lattice.Tally{Actor: s.actors[actor], Epoch: epoch}})
	}
	x := &inst.tallies[i]
	x.Count(payload, void, sign)
	if x.runs += uint32(sign); x.runs == 0 {
		inst.tallies = slices.Delete(inst.tallies, i, i+1)
	}
}

// isTallied reports whether a slot is known by the tallies of its leaf, and is not
// looked at one by one.
func (t *table) isTallied(row []value.Word) bool {
	return t.kind.Bounded != nil && writer(row[t.ownerAt]).isRun()
}

// boundedAtoms is what a bounded counter is read from.
func (t *table) boundedAtoms(above uint32) []*lattice.Atom {
	var atoms []*lattice.Atom
	t.eachSlot(above, func(slot uint32) bool {
		atoms = append(atoms, t.slotAtoms(int(slot))...)
		return true
	})
	if int(above) < len(t.instances) {
		for i := range t.instances[above].tallies {
			atoms = append(atoms, t.instances[above].tallies[i].Atoms()...)
		}
	}
	return atoms
}
