// Package state holds the replicated cells of one placement group: their atoms
// in flat tables of interned words, the version vector that says which turns are
// known, the firings and outputs, and the log of removals. It is pure: no
// goroutine, clock, socket, file or random of its own.
//
// Every change comes as a turn of this replica (Begin .. Commit) or as a
// lattice.Delta of another one (Apply). Both give the changes of the relations
// of lattice.Relations, by which the dataflow follows, and a delta of what was
// new, to be logged and passed on. What a peer still lacks is a query (Since),
// so nothing is queued per peer.
//
// A write of a causal kind is known by its dot. A dot that the vector covers
// and the tables lack was removed; removals travel as intervals of dots under
// the stamp of the turn that removed them, and are forgotten when every member
// has them (Stable). Whoever lacks turns whose removals were forgotten gets the
// whole state instead (lattice.Delta.Full).
package state

import (
	"fmt"
	"slices"

	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// CellID is the identity of a cell in its deployment: "main/name".
type CellID = string

// CellSpec declares a cell.
type CellSpec struct {
	ID   CellID
	Kind *types.Type
	// Shape is that of the kind, where it is known already: stores that declare
	// one cell share it. Nil makes it.
	Shape *lattice.Shape
}

// Change is a change of a relation of a cell: a row that appeared (+1) or left
// (-1), or several that lie one behind the other. Leaf is the index in
// lattice.Relations.
type Change struct {
	Cell CellID
	Leaf int
	// Row is of the store's interner and belongs to the receiver; but several rows
	// are the store's memory: they are only to be read, and of a cell that can lose
	// rows only until the store changes again.
	Row  []value.Word
	Mult int64
}

// Store is the state of one placement group on one replica. It is not safe for
// concurrent use.
type Store struct {
	group    string
	in       *value.Interner
	self     uint32 // this replica in actors
	used     uint64 // see Resume
	actors   []lattice.Actor
	actorNum map[lattice.Actor]uint32
	vector   lattice.Vector
	floor    lattice.Vector // removals up to here are forgotten
	cells    map[CellID]*cell
	latest   *cell // that was asked for
	tables   []*table
	firings  firings
	folded   lattice.Vector // turns whose runs are folded, see fold.go
	folds    []foldTurn
	outputs  outputs
	freed    []leafPlace  // see EachFreed
	index    []actorIndex // by actor
	gone     uint64       // things that gave way so far: no more entries of index are stale
	wear     []wear       // by actor
	waiting  []*lattice.Delta
	reach    lattice.Vector // what those that wait cover
	log      removalLog
	sum      sum // see Sum
	summer   summer
	changes  changeSet
	alone    bool       // see Alone
	undo     *undoLog   // of the open turn
	writer   leafWriter // of the present mutation
	passing  passing
	turn     *Turn
	open     Turn    // memory of the open turn
	builder  builder // memory for the deltas of turns
	heir     bool    // see SetHeir
}

// New returns an empty store. The actor must never have written under this
// identity without the store being restored from all of it. The interner may be
// shared with the machine that reads the changes.
func New(actor lattice.Actor, group string, in *value.Interner) *Store {
	s := &Store{group: group, in: in, actorNum: map[lattice.Actor]uint32{}, cells: map[CellID]*cell{}}
	s.firings.dead = map[uint32][]deadWrite{}
	s.outputs.byName = map[string]*output{}
	s.summer.comps = map[uint64]sum{}
	s.log.runs, s.log.by = map[logKey][]removal{}, map[uint32][]uint32{}
	s.self = s.actor(actor)
	return s
}

// Alone says of a new store that nobody will ever ask it for what it holds one by
// one: no other replica, no log, no checkpoint. It then keeps neither what turns
// brought nor what they removed nor a sum of its contents, and the deltas of its
// turns hold outputs only. Apply, Since, Snapshot, Mend, Sum and Digest are not
// for such a store.
func (s *Store) Alone() { s.alone = true }

// mustKeep is the answer to whoever asks a store that is alone for its history.
func (s *Store) mustKeep() {
	if s.alone {
		panic("state: a store that is alone keeps no history")
	}
}

// Group is the placement group.
func (s *Store) Group() string { return s.group }

// Actor is the identity under which this replica writes.
func (s *Store) Actor() lattice.Actor { return s.actors[s.self] }

// NextSeq is the sequence number that the next turn will have.
func (s *Store) NextSeq() uint64 { return max(s.vector.Max(s.Actor()), s.used) + 1 }

// Resume says that this replica used the stamps up to seq before, in a store that
// it gave away.
func (s *Store) Resume(seq uint64) { s.used = seq }

// Vector is the set of turns that are known. It is live: Clone it to keep it,
// and do not change it.
func (s *Store) Vector() *lattice.Vector { return &s.vector }

// Declare adds a cell. A cell that is known with the same kind keeps its
// contents; with another kind it is refused and nothing changes. Cells that a
// program no longer declares stay, without changes being seen by anybody.
func (s *Store) Declare(spec CellSpec) error {
	if c := s.cells[spec.ID]; c != nil {
		d := types.Difference(c.shape.Kind, spec.Kind)
		if d == "" {
			return nil
		}
		return fmt.Errorf("the cell %s is of kind %s and cannot become %s (%s); give the new cell another name", spec.ID, c.shape.Kind, spec.Kind, d)
	}
	shape := spec.Shape
	if shape == nil {
		var err error
		if shape, err = lattice.ShapeOf(spec.Kind); err != nil {
			return fmt.Errorf("the cell %s: %w", spec.ID, err)
		}
	}
	s.cells[spec.ID] = newCell(s, spec.ID, shape)
	return nil
}

// Bound says between which bounds the counters of a cell are kept; nil is the
// default of the kind. It must be called before what reads the cell's rows
// starts, and bounds must not become tighter.
func (s *Store) Bound(id CellID, b *lattice.Bounds) {
	if b == nil {
		b = lattice.DefaultBounds()
	}
	if c := s.cells[id]; c != nil {
		c.bounds = b
	}
}

// SetHeir says that everything which earlier lives of this node did is known
// here.
func (s *Store) SetHeir() { s.heir = true }

// Shape is the shape of a declared cell, or nil.
func (s *Store) Shape(id string) *lattice.Shape {
	if c := s.cells[id]; c != nil {
		return c.shape
	}
	return nil
}

// Cells lists the declared cells in order.
func (s *Store) Cells() []CellID {
	ids := make([]CellID, 0, len(s.cells))
	for id := range s.cells {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func (s *Store) cell(id CellID) (*cell, error) {
	if c := s.latest; c != nil && c.id == id { // most turns write where the one before did
		return c, nil
	}
	if c := s.cells[id]; c != nil {
		s.latest = c
		return c, nil
	}
	return nil, fmt.Errorf("there is no cell %s in the group %q", id, s.group)
}

// actor numbers an actor.
func (s *Store) actor(a lattice.Actor) uint32 {
	if int(s.self) < len(s.actors) && s.actors[s.self] == a {
		return s.self
	}
	if n, ok := s.actorNum[a]; ok {
		return n
	}
	n := uint32(len(s.actors))
	s.actors = append(s.actors, a)
	s.actorNum[a] = n
	s.index = append(s.index, actorIndex{})
	s.wear = append(s.wear, wear{})
	return n
}

// stamp is a turn, by the number of its actor.
type stamp struct {
	actor uint32
	seq   uint64
}

// before orders stamps alike on every replica.
func (s *Store) before(a, b stamp) bool {
	if a.actor != b.actor {
		return s.actors[a.actor].Compare(s.actors[b.actor]) < 0
	}
	return a.seq < b.seq
}

// writer says who made a write: an actor or a firing, by its number. The owner of a
// slot may be a run of a request as well. The low two bits say which it is.
type writer uint32

func actorWriter(n uint32) writer  { return writer(n << 2) }
func firingWriter(n uint32) writer { return writer(n<<2 | 1) }
func runWriter(n uint32) writer    { return writer(n<<2 | 2) }
func (w writer) isFiring() bool    { return w&3 == 1 }
func (w writer) isRun() bool       { return w&3 == 2 }
func (w writer) num() uint32       { return uint32(w >> 2) }

// owner names a writer in the terms of lattice.
func (s *Store) owner(w writer) lattice.Owner {
	switch {
	case w.isFiring():
		return lattice.Owner{Firing: s.firings.at(w.num()).id}
	case w.isRun():
		r := &s.firings.runs[w.num()]
		return lattice.Owner{Actor: s.actors[r.actor], Firing: s.firings.at(r.firing).id}
	}
	return lattice.Owner{Actor: s.actors[w.num()]}
}

// writerOf numbers an owner.
func (s *Store) writerOf(o lattice.Owner) writer {
	switch {
	case o.Firing.IsZero():
		return actorWriter(s.actor(o.Actor))
	case o.Actor == (lattice.Actor{}):
		return firingWriter(s.firings.number(o.Firing))
	}
	return runWriter(s.firings.run(s.firings.number(o.Firing), s.actor(o.Actor)))
}
