package state

import (
	"errors"
	"fmt"
	"slices"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/value"
)

// ErrTurnOpen is returned where a delta arrives while a turn of this replica is
// open.
var ErrTurnOpen = errors.New("a delta cannot be applied while a turn is open")

// Apply takes a delta in. Deltas may come in any order and any number of times;
// one that rests on others waits for them without effect. It returns what was
// new, to be logged as a whole, in order, and the changes of relations; what was
// new as it came is d itself. A delta of another group or of cells that are not
// declared here is refused, and nothing of it is applied.
func (s *Store) Apply(d *lattice.Delta) (novel []*lattice.Delta, changes []Change, err error) {
	s.mustKeep()
	if err := s.accept(d); err != nil {
		return nil, nil, err
	}
	for ds := s.admit(d); len(ds) > 0; ds = s.release() {
		for _, d := range ds {
			if n := s.apply(d); n != nil {
				novel = append(novel, n)
			}
		}
	}
	for i, n := range novel {
		if !n.Full && !n.Mend {
			novel[i] = s.rested(n)
		}
	}
	s.sweep()
	return novel, s.changes.take(), nil
}

// rested is what was new of a delta with what it rests on for somebody who knows
// nothing. A delta that came is not changed.
func (s *Store) rested(d *lattice.Delta) *lattice.Delta {
	r := *d
	if s.rest(&r, &lattice.Vector{}); r.Hollow == d.Hollow && slices.Equal(r.Rests, d.Rests) {
		return d
	}
	return &r
}

// apply takes in a delta that need not wait, and returns what was new of it: d
// itself where that is all of it.
func (s *Store) apply(d *lattice.Delta) *lattice.Delta {
	a := &applier{s: s, d: d, b: newBuilder(s), sum: s.sum}
	for _, r := range d.Covers {
		a.b.d.Covers = append(a.b.d.Covers, s.vector.MissingOf(r)...)
	}
	if len(a.b.d.Covers) == 0 && !d.Full && !d.Mend {
		return nil
	}
	a.fresh = lattice.VectorOf(a.b.d.Covers...)
	for _, actor := range d.Actors {
		a.who = append(a.who, s.actor(actor))
	}
	if d.Hollow || d.Full {
		s.wornOut(d.Covers)
	} else {
		s.wornWithin(d.Covers)
	}
	a.removals()
	a.folds()
	a.firings()
	a.runs()
	a.atoms()
	a.outputs()
	if d.Full {
		a.full()
	}
	s.vector.Join(a.fresh)
	switch {
	case !d.Full && !d.Mend && a.isWhole():
		return d
	case !d.Full && !d.Mend:
		return a.novel()
	case len(a.b.d.Covers) == 0 && s.sum == a.sum:
		return nil
	}
	// The removals behind a Full delta are not known one by one, and what a Mend
	// delta brings is not under stamps that are new, so they are logged as they
	// came, but for outputs that were here.
	whole := *d
	whole.Outputs = a.novel().Outputs
	for i := range whole.Outputs {
		whole.Outputs[i].Who = a.back(a.b.d.Actors[whole.Outputs[i].Who])
	}
	return &whole
}

// isWhole reports whether everything that came was new and is here now as it
// came. Outputs and removals, which are few, are not looked at for that.
func (a *applier) isWhole() bool {
	d := a.d
	if len(d.Removals)+len(d.Dead)+len(d.Outputs) > 0 || len(a.kept) != len(d.Fired) || len(a.b.d.Folds) != len(d.Folds) || len(a.late) > 0 || !slices.Equal(a.b.d.Covers, d.Covers) {
		return false
	}
	refs := a.b.refs
	for i := range d.Pieces {
		p := &d.Pieces[i]
		if len(refs) < p.Len() {
			return false
		}
		for row, r := range refs[:p.Len()] {
			t, atom := a.s.tables[r.table()], r.num()
			if !t.isLive(atom) {
				return false
			}
			if d := t.dot(atom); d.idx != p.Index[row] || a.s.stampOfDot(d) != (stamp{a.who[p.Who[row]], p.Seq[row]}) {
				return false
			}
		}
		refs = refs[p.Len():]
	}
	return len(refs) == 0
}

// novel is what was new.
func (a *applier) novel() *lattice.Delta {
	for _, n := range a.kept {
		a.b.fired(n)
	}
	return a.b.finish()
}

// back numbers an actor in the delta that came.
func (a *applier) back(actor lattice.Actor) uint32 {
	return uint32(slices.Index(a.d.Actors, actor))
}

// accept refuses what cannot be applied as a whole.
func (s *Store) accept(d *lattice.Delta) error {
	if s.turn != nil {
		return ErrTurnOpen
	}
	if d.Group != s.group {
		return fmt.Errorf("a delta of the group %q came to the group %q", d.Group, s.group)
	}
	for i := range d.Pieces {
		if s.cells[d.Pieces[i].Cell] == nil {
			return &lattice.UnknownError{What: "cell", Name: d.Pieces[i].Cell}
		}
	}
	for i := range d.Outputs {
		if s.outputs.byName[d.Outputs[i].Name] == nil {
			return &lattice.UnknownError{What: "output", Name: d.Outputs[i].Name}
		}
	}
	return nil
}

// applier is the application of one delta.
type applier struct {
	s       *Store
	d       *lattice.Delta
	b       *builder
	who     []uint32         // actors of the delta in the store
	fresh   *lattice.Vector  // stamps that were not known
	firing  []firedAt        // of the delta, in the order of turns
	next    int              // the one that is likely to be looked for next
	entries []firedAt        // of those that have no entry in the index yet
	kept    []uint32         // those that count as of the turns that the delta names
	run     map[stamp]uint32 // runs of requests
	late    map[stamp]bool   // runs of requests that are folded
	already map[uint32]bool  // those that had happened before; nil for none
	sum     sum              // of the store, before
}

// isTaken reports whether something with a stamp of the delta is looked at: it
// was not known before, or may be missing all the same.
func (a *applier) isTaken(who uint32, seq uint64) bool {
	return a.d.Mend || a.isFresh(who, seq)
}

// isFresh reports whether a stamp of the delta was not known before.
func (a *applier) isFresh(who uint32, seq uint64) bool {
	return a.fresh.Covers(a.d.Actors[who], seq)
}

// removals logs what turns removed and removes it here, so far as it is here;
// the rest is kept from coming by the log.
func (a *applier) removals() {
	s := a.s
	for _, r := range a.d.Removals {
		if s.vector.CoversRange(r.By) && !a.d.Mend {
			continue
		}
		of := s.actor(r.Of)
		key := logKey{s.actor(r.By.Actor), of}
		s.removeRange(of, r.From, r.To, stamp{key.by, r.By.Hi})
		a.b.removal(key.by, key.of, s.log.add(s, key, removal{r.By.Lo, r.By.Hi, r.From, r.To}))
	}
	for _, m := range a.d.Dead {
		if !a.isTaken(m.Who, m.Seq) {
			continue
		}
		d := firingDot{s.firings.number(m.Firing), m.Index}
		at := stamp{a.who[m.Who], m.Seq}
		s.bury(d, at)
		s.removeBuried(d, at)
		a.b.buried(d, at)
	}
}

// removeRange drops the causal atoms of an actor between two dots.
func (s *Store) removeRange(of uint32, from, to lattice.DotPos, by stamp) {
	for _, e := range s.index[of].causal.spanning(from, to) {
		s.current(of, []entry{e.clip(from, to)}, func(e entry) bool {
			if t, atom := s.tables[e.ref.table()], e.ref.num(); !t.list.get(atom).who.isFiring() {
				s.worn(stamp{of, e.seq}, by)
				t.drop(atom)
			}
			return true
		})
	}
}

// removeBuried drops a causal atom of a firing.
func (s *Store) removeBuried(d firingDot, by stamp) {
	f := s.firings.at(d.firing)
	if f.seq == 0 {
		return
	}
	at := lattice.DotPos{Seq: f.seq, Index: d.index}
	for _, e := range s.index[f.actor].causal.spanning(at, at) {
		gone := !s.current(f.actor, []entry{e.clip(at, at)}, func(e entry) bool {
			t, atom := s.tables[e.ref.table()], e.ref.num()
			if t.list.get(atom).who != firingWriter(d.firing) {
				return true
			}
			s.worn(stamp{f.actor, f.seq}, by)
			t.drop(atom)
			return false
		})
		if gone {
			return
		}
	}
}

func (a *applier) atoms() {
	for i := range a.d.Pieces {
		p := &a.d.Pieces[i]
		c := a.s.cells[p.Cell]
		t := c.table(p.Level)
		var buf [16]value.Word
		// Joining what can only grow once more does no harm, and a Full delta
		// mends a state that lacks it.
		mends := a.d.Mend || a.d.Full && !t.causal && t.dead == nil
		for row := range p.Len() {
			if !mends && !a.isFresh(p.Who[row], p.Seq[row]) {
				continue
			}
			words := buf[:0]
			for j := range p.Cols {
				words = append(words, p.Cols[j].Word(a.s.in, row))
			}
			a.atom(c, t, p, row, words)
		}
	}
	a.indexFirings(stamp{}, true)
}

// atom takes one new atom in. Words are its path, key and payload.
func (a *applier) atom(c *cell, t *table, p *lattice.Piece, row int, words []value.Word) {
	s := a.s
	at := stamp{a.who[p.Who[row]], p.Seq[row]}
	d := dot{at.seq, actorWriter(at.actor), p.Index[row]}
	if n, fired := a.firingAt(at); fired {
		d.who, d.seq = firingWriter(n), 0
	}
	if (t.causal || t.dead != nil) && a.isGone(d) {
		s.wornOut([]lattice.Range{{Actor: s.actors[at.actor], Lo: at.seq, Hi: at.seq}})
		return
	}
	if len(a.late) > 0 && a.isFolded(at, t, p, row) {
		s.wornOut([]lattice.Range{{Actor: s.actors[at.actor], Lo: at.seq, Hi: at.seq}})
		return
	}
	owner := d.who
	if len(p.Owner) > 0 {
		owner = s.writerOf(p.Owner[row])
	} else if n, ran := a.run[at]; ran && t.kind.Sum != nil {
		owner = s.ownerIn(t.kind, n)
	}
	above := uint32(0)
	if t.depth >= 0 {
		above = c.place(words, t.depth+1)
		for _, l := range c.shape.Levels[:t.depth+1] {
			words = words[len(l.Cols):]
		}
	}
	key := len(t.atoms[p.Tag].KeyCols)
	var buf [12]value.Word
	slot := t.slotRow(buf[:0], above, p.Tag, owner, words[:key])
	var vals [8]value.Word
	copy(vals[:], words[key:])
	var atom uint32
	if t.causal {
		if a.d.Mend && t.holds(slot, d) {
			return
		}
		atom = t.add(slot, vals[:t.width], d)
	} else if n, won := t.join(slot, p.Tag, vals[:t.width], d); won {
		atom = n
	} else {
		s.worn(at, s.stampOf(t, n))
		return
	}
	a.indexFirings(at, false)
	s.addAtom(s.stampOf(t, atom), t, atom)
	a.b.atom(makeRef(t.id, atom))
}

// isGone reports whether a write that can be removed was removed before it
// arrived, or was here before because the firing is known here.
func (a *applier) isGone(d dot) bool {
	if !d.who.isFiring() {
		return a.s.log.has(d.who.num(), lattice.DotPos{Seq: d.seq, Index: d.idx})
	}
	return a.already[d.who.num()] && !a.d.Mend || a.s.firings.isDead(firingDot{d.who.num(), d.idx})
}

func (a *applier) outputs() {
	for i := range a.d.Outputs {
		o := &a.d.Outputs[i]
		if !a.isTaken(o.Who, o.Seq) {
			continue
		}
		out := a.s.outputs.byName[o.Name]
		if a.s.meet(out, o.ID, o.Value, stamp{a.who[o.Who], o.Seq}) {
			a.b.output(out.ids[o.ID])
		}
	}
}

// full removes what this replica holds under the stamps of a Full delta and the
// delta does not list.
func (a *applier) full() {
	s := a.s
	listed := map[builtKey]bool{}
	for i := range a.d.Pieces {
		p := &a.d.Pieces[i]
		id := s.cells[p.Cell].table(p.Level).id
		for row := range p.Len() {
			listed[builtKey{id, stamp{a.who[p.Who[row]], p.Seq[row]}, p.Index[row]}] = true
		}
	}
	for _, r := range a.d.Covers {
		actor := s.actor(r.Actor)
		for _, causal := range []bool{true, false} {
			s.current(actor, s.index[actor].list(causal).between(r.Lo, r.Hi), func(e entry) bool {
				a.unlisted(actor, e, listed)
				return true
			})
		}
	}
	for _, r := range a.d.Floor {
		s.floor.Add(r)
	}
}

type builtKey struct {
	table int
	at    stamp
	idx   uint32
}

func (a *applier) unlisted(actor uint32, e entry, listed map[builtKey]bool) {
	s := a.s
	if e.ref.table() >= firedRefs {
		return
	}
	t, atom := s.tables[e.ref.table()], e.ref.num()
	removable := t.causal || t.dead != nil
	if removable && !t.list.get(atom).who.isFiring() && !listed[builtKey{t.id, stamp{actor, e.seq}, t.list.get(atom).idx}] {
		// Its actor's turns count as hollow since the delta came.
		t.drop(atom)
		s.gone++
	}
}
