// Package lattice holds the CRDT kinds that cells are declared with. A kind is
// one file and one line in Kinds.
//
// The state of a cell is a set of atoms: join-irreducible pieces, each carrying
// the stamp of the turn that brought it. An atom lies in a leaf (the keys of
// the maps around it) and there in a slot; two atoms of one slot join by the
// kind's Join. So joining states is joining slot by slot, the decomposition of
// a state is the list of its atoms, and a delta is some of them. Atoms of
// causal kinds have an identity (Dot) and can be removed by it: a dot that the
// version vector covers and the state lacks was removed (optimised OR-set,
// Bieniusa et al. 2012; delta state, Almeida et al. 2018).
package lattice

import (
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Actor is one life of a node: its id and its incarnation. A node that may have
// lost part of its log comes back with a higher incarnation, so that no stamp
// is ever used for two things.
type Actor struct {
	Node string `cbor:"1,keyasint"`
	Inc  uint64 `cbor:"2,keyasint"`
}

// Stamp names a turn: the Seq-th one (from 1, without gaps) in which Actor
// wrote to the placement group Group ("" is everywhere).
type Stamp struct {
	Actor Actor
	Group string
	Seq   uint64
}

// Firing is the identity of one firing of a `when` or top-level `for`: the
// handler's hash and the hash of its head key. It is the same on every replica.
type Firing struct {
	Handler [16]byte
	Key     [16]byte
}

// IsZero reports whether f names no firing.
func (f Firing) IsZero() bool { return f == Firing{} }

// Dot is the identity of a write. A write of an `on` body is known by its
// stamp, one of a firing by the firing, so that every replica that makes it
// makes the same; Index is its place among the writes of that turn or firing.
type Dot struct {
	Stamp  Stamp  // zero for a firing
	Firing Firing // zero otherwise
	Index  uint32
}

// Atom is a join-irreducible piece of the state of one cell.
type Atom struct {
	Path  []value.Value // keys of the maps around the leaf, outermost first
	Key   value.Value   // what it is about within the leaf: an element, an index; Invalid where the leaf has no parts
	Val   value.Value   // payload: a register's value, a count; Invalid where there is none
	Tag   uint8         // meaning private to the kind, such as "close" of a stream
	Dot   Dot           // identity of the write
	Stamp Stamp         // the turn that brought it; what versions and acknowledgements speak of
}

// Param is a parameter of a mutator. Type is written over the kind's own
// parameters: in GSet[T], `add(v: T)`.
type Param struct {
	Name    string
	Type    string      // "T", "List[T]", "Nat"; parsed with the kind's Params in scope
	Default value.Value // Invalid when the argument is required
}

// Mutator is an operation on a leaf.
type Mutator struct {
	Name      string
	Doc       string
	Params    []Param
	Grows     bool // every replica would do alike: allowed in `when` and top-level `for`
	Refusable bool // may be refused, takes `else`
	Removes   bool // can shrink the view
	// Apply turns the operation into atoms and removals. It reads the leaf and
	// writes through w only; it returns an error to refuse, which leaves no
	// effect.
	Apply func(leaf Leaf, args []value.Value, w Writer) error
}

// Leaf is the readable state of one leaf.
type Leaf interface {
	// Atoms calls f with each live atom until f returns false.
	Atoms(f func(*Atom) bool)
	// Slot calls f with each live atom whose Key is key.
	Slot(key value.Value, f func(*Atom) bool)
	// Args are the type arguments of the leaf's kind.
	Args() []*types.Type
	// Causal reports whether the leaf lies under a removable map or is itself
	// of a causal kind, so that its atoms can be removed.
	Causal() bool
}

// Writer receives what a mutator does.
type Writer interface {
	// Put adds an atom; Path, Dot and Stamp are filled in by the writer.
	Put(key, val value.Value, tag uint8)
	// Remove removes an observed atom of the leaf by its dot.
	Remove(a *Atom)
	// Actor is the actor that writes; in a firing it is an actor made from the
	// handler's identity, the same on every replica.
	Actor() Actor
	// Firing is the firing that writes, zero in an `on` body.
	Firing() Firing
	// Clock is the hybrid logical time of the turn, in nanoseconds, above all
	// times that this replica has seen.
	Clock() int64
}

// Kind is one CRDT.
type Kind struct {
	Name   string
	Doc    string
	Params []string // names of its type parameters: GMap has K, L
	// Stable kinds have a view that grows with the state.
	Stable bool
	// Causal kinds keep a dot per write, and atoms can be removed.
	Causal bool
	// Map kinds hold a kind per key; their own mutators act on keys.
	Map bool
	// View is the type that expressions see, written over Params: "Set[T]".
	// For a Map kind the element is replaced by the view of the element kind.
	View     string
	Mutators []Mutator
	// PerWriter kinds keep one slot per (Key, actor or firing) instead of one
	// per Key.
	PerWriter bool
	// Join joins two atoms of one slot (same Path, Key and, for PerWriter, the
	// same writer). It returns the joined atom, which carries the Dot and Stamp
	// of the one that survives; of equal atoms the smaller stamp survives. It
	// must be idempotent, commutative, associative and inflationary.
	Join func(a, b *Atom) Atom
	// Rows says how the leaf is seen by the dataflow: the relation's value
	// columns for live atoms of the leaf.
	Rows RowRule
	// Read assembles the view of one leaf from its live atoms in canonical
	// order. A leaf without atoms reads as the kind's bottom.
	Read func(args []*types.Type, atoms []*Atom) value.Value
}

// RowRule says how atoms become rows of a relation at the source.
type RowRule uint8

// The row rules.
const (
	// RowPerKey: one row per Key with at least one live atom (sets).
	RowPerKey RowRule = iota
	// RowPerVal: one row per distinct Val of live atoms (IVar, MVReg).
	RowPerVal
	// RowOfRead: one row that holds Read of the leaf, none at bottom (counters,
	// Max, Min, LWW, flags). A change is -old +new.
	RowOfRead
	// RowOfStream: the stream node reads the leaf by index.
	RowOfStream
	// RowPerKeyRead: one row (Key, read of that key's atoms) (Bag, VClock).
	RowPerKeyRead
)
