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
	"encoding/binary"

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

// requestHandler is the first half of the identity of requests. Its last four bytes
// are no part of the identity: a fingerprint of what was asked for, 0 for none.
var requestHandler = [16]byte{'l', 'a', 's', 'p', ' ', 'r', 'e', 'q', 'u', 'e', 's', 't'}

const requestName = 12 // bytes of requestHandler

// RequestFiring is the firing of a request whose effects are the same on every
// replica, by a hash of its id, with a fingerprint of what was asked for.
func RequestFiring(id [16]byte, print uint32) Firing {
	f := Firing{Handler: requestHandler, Key: id}
	binary.BigEndian.PutUint32(f.Handler[requestName:], print)
	return f
}

// Identity is what makes f what it is: f without the fingerprint.
func (f Firing) Identity() Firing {
	if f.isRequest() {
		f.Handler = requestHandler
	}
	return f
}

// Print is the fingerprint that f carries, 0 for none.
func (f Firing) Print() uint32 {
	if !f.isRequest() {
		return 0
	}
	return binary.BigEndian.Uint32(f.Handler[requestName:])
}

func (f Firing) isRequest() bool {
	return [requestName]byte(f.Handler[:]) == [requestName]byte(requestHandler[:])
}

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
	Tag   uint8         // which AtomType of the kind it is
	Key   value.Value   // what it is about within the leaf: an element, an index; Invalid where the leaf has no parts
	Val   value.Value   // payload that joins: a register's value, a count; Invalid where there is none
	Owner Owner         // of PerWriter kinds: whose slot it lies in
	Dot   Dot           // identity of the write
	Stamp Stamp         // the turn that brought it; what versions and acknowledgements speak of
	Ref   uint32        // the store's handle, for Writer.Remove
}

// Owner says who a slot of a PerWriter kind belongs to: an actor, the one firing
// that wrote it or, with both, an actor's run of a request (Writer.Run).
type Owner struct {
	Actor  Actor
	Firing Firing
}

// Param is a parameter of a mutator. Type is written over the kind's own
// parameters: in GSet[T], `add(v: T)`.
type Param struct {
	Name    string
	Type    string      // "T", "List[T]", "Nat"; parsed with the kind's Params in scope
	Or      string      // another type that is accepted as well ("Set[T]"), or ""
	Default value.Value // Invalid when the argument is required
}

// Mutator is an operation on a leaf, or on the keys of a map kind.
type Mutator struct {
	Name      string
	Doc       string
	Params    []Param
	Grows     bool // every replica would do alike: allowed in `when` and top-level `for`
	Alike     bool // every replica would do alike, though the view may shrink
	Ordered   bool // Grows only as the effect of a single `for x in STREAM`
	Refusable bool // may be refused, takes `else`
	Against   Way  // the bound that may refuse it, of counters with bounds
	Removes   bool // can shrink the view
	Clocked   bool // stamps what it writes with Writer.Clock
	// Ever is what the grow-only history of a set cell (`ever(s)`) is told with
	// the same arguments, "add" or "add_all"; "" where nothing is added.
	Ever string
	// Apply turns the operation into atoms and removals. It reads the leaf and
	// writes through w only; it returns an error (a *Refusal where the program
	// may expect it) to refuse, which leaves no effect. Args are complete:
	// defaults are filled in. Nil for mutators of map kinds, which the store
	// itself carries out, and of kinds with another form (Kind.As).
	Apply func(leaf Leaf, args []value.Value, w Writer) error
	// As is what the operation is in the form that Kind.As gives, of the actor who
	// does it: a mutator of what lies below a key. Nil for other kinds.
	As func(me Actor, args []value.Value) (key value.Value, mutator string, rest []value.Value)
}

// Refusal is why a mutator did nothing.
type Refusal struct {
	Code    string // L05xx
	Message string
	// Way and N say which rights of a bounded counter were missing, and how many
	// had to be there; NoWay for other refusals.
	Way Way
	N   int64
}

// Error returns the message with its code.
func (r *Refusal) Error() string { return r.Code + ": " + r.Message }

// Leaf is the readable state of one leaf.
type Leaf interface {
	// Atoms calls f with each atom of the leaf until f returns false. The atom
	// is the callee's again when f returns.
	Atoms(f func(*Atom) bool)
	// Slot calls f with each atom of that tag whose Key is key.
	Slot(tag uint8, key value.Value, f func(*Atom) bool)
	// Own is the payload of the atom of whoever writes, of that tag, of a kind whose
	// payloads are raw words; nil where there is none. It is valid until the next
	// write.
	Own(tag uint8) []value.Word
	// Of is the payload of the atom of an owner, of that tag and without a key, of a
	// kind whose payloads are raw words; nil where there is none. It is valid until
	// the next write.
	Of(o Owner, tag uint8) []value.Word
	// Len is the number of indexes in use of a RowOfStream leaf: one more than
	// the greatest.
	Len() int64
	// Ended reports whether a RowOfStream leaf has an atom with the tag
	// StreamClose.
	Ended() bool
}

// Writer receives what a mutator does.
type Writer interface {
	// Put adds an atom; Path, Owner, Dot and Stamp are filled in by the writer.
	// In a causal leaf it also removes what was observed in the slot and says no
	// more than the new atom, except in a firing, whose effects must not depend
	// on what this replica has seen.
	Put(tag uint8, key, val value.Value)
	// PutOwn is Put without a key, of a payload of three raw words.
	PutOwn(tag uint8, payload [3]value.Word)
	// PutFor is Put into the slot of another owner.
	PutFor(o Owner, tag uint8, key, val value.Value)
	// Remove removes an observed atom of the leaf by its dot.
	Remove(a *Atom)
	// RemoveSlot is Remove of the atoms that Leaf.Slot shows, and RemoveAll of those
	// that Leaf.Atoms does, without a look at them.
	RemoveSlot(tag uint8, key value.Value)
	RemoveAll()
	// Actor is who writes.
	Actor() Actor
	// Seq is the sequence number that the turn will have.
	Seq() uint64
	// Firing is the firing that writes, zero in an `on` body.
	Firing() Firing
	// Run is the identity of the request of which the turn is a run, zero for other
	// turns. Replicas that were asked for the same may each have made a run, and not
	// alike: what is counted in one must be told from what is counted in others, and
	// one of them counts.
	Run() Firing
	// Clock is a hybrid logical time in nanoseconds, above all times that this
	// replica has seen, and above what an earlier call in the same turn gave.
	Clock() int64
	// Bounds are those of the cell.
	Bounds() *Bounds
	// Heir reports whether everything that earlier lives of this node did is
	// known here, so that nobody else can use the rights that they left.
	Heir() bool
}

// AtomType is one form that the atoms of a kind take.
type AtomType struct {
	Key string // type of Atom.Key over the kind's Params, "" for none
	Val string // type of Atom.Val, "" for none
}

// Kind is one CRDT.
type Kind struct {
	Name   string
	Doc    string
	Params []string // names of its type parameters: GMap has K, L
	// Stable kinds have a view that grows with the state (of a Map kind: whose
	// keys do; the values move as their own kind says).
	Stable bool
	// Causal kinds keep a dot per write, and atoms can be removed.
	Causal bool
	// Map kinds hold a kind (their last parameter) per key (their first). They
	// have no atoms of their own but one per present key.
	Map bool
	// Removable map kinds can drop a key with all that is observed below it.
	// Every leaf below one is causal, or of the kind's Below form.
	Removable bool
	// View is the type that expressions see, written over Params: "Set[T]".
	// For a Map kind the last parameter stands for the view of the element.
	View     string
	Mutators []Mutator
	// As is the form in which cells of the kind are kept, written over Params: a
	// map of kinds, "GMap[T, GCounter]". What the dataflow sees stays a leaf, of
	// the rule RowPerKeyRead. "" for kinds that have atoms of their own.
	As string
	// Moves says in a clause how the view of a kind that is not stable goes back:
	// "an AWSet: elements can be removed again".
	Moves string
	// Load is the mutator that takes a row of a data file in, "" for none.
	Load string
	// Atoms lists the forms of the kind's atoms; Atom.Tag is the index.
	Atoms []AtomType
	// PerWriter kinds keep one slot per (Tag, Key, Owner) instead of one per
	// (Tag, Key).
	PerWriter bool
	// Join compares the payloads of two atoms of one slot and returns their
	// join. Nil where the slot says everything: equal atoms are one. It must be
	// idempotent, commutative, associative and inflationary, and choose one of
	// the two (slots are chains), so that the join carries the stamp of the one
	// that survives; of equal ones the smaller stamp survives.
	Join func(a, b value.Value) value.Value
	// Greatest says that Join chooses the greater in the order of values.
	Greatest bool
	// Rows says how the leaf is seen by the dataflow: the relation's value
	// columns for live atoms of the leaf.
	Rows RowRule
	// Shows reports whether the atoms of one slot, at least one, are seen: a key
	// that is in the set, a flag that is up. Nil where all of them are.
	Shows func(atoms []*Atom) bool
	// Read assembles the view of one leaf from its live atoms in canonical
	// order. A leaf without atoms reads as the kind's bottom.
	Read func(args []*types.Type, atoms []*Atom) value.Value
	// Sum is the form of Read of kinds whose view is a sum of contributions of
	// slots, kept up to date by the store in 128 bits. Nil for others.
	Sum *Sum
	// Bounded is the form of Read of counters that keep bounds; the whole leaf is
	// read at once. live tells whether there is anything to see. Nil for others.
	Bounded func(b *Bounds, atoms []*Atom) (v value.Value, live bool)
	// Below is the kind that takes this one's place below a removable map, nil
	// for the kind itself with causal atoms.
	Below *Kind
	// Clear removes everything observed in a leaf, for the removable map above.
	// Nil: Remove every atom.
	Clear func(leaf Leaf, w Writer)
}

// Sum tells how a counter adds up.
type Sum struct {
	// Of is what the atoms of one owner (the payloads of tags 0 and 1 as raw words,
	// nil where there is none) contribute, and whether they are alive: an owner
	// whose counts were all removed is not.
	Of func(first, second []value.Word) (n int64, live bool)
	// Floor is the smallest view: 0 or math.MinInt64. Sums beyond 64 bits read
	// as the bound that they passed.
	Floor int64
}

// RowRule says how atoms become rows of a relation at the source.
type RowRule uint8

// The row rules.
const (
	// RowPerKey: one row per Key with an atom that is seen (sets); its
	// columns are those of the key type, tuples flattened.
	RowPerKey RowRule = iota
	// RowPerVal: one row of one column per distinct value (IVar), tuples
	// not flattened.
	RowPerVal
	// RowOfRead: one row of one column that holds Read of the leaf, none at
	// bottom (counters, Max, Min, LWW, flags). A change is -old +new. An Option
	// (LWW) stays one.
	RowOfRead
	// RowOfStream: rows (index, value), value in one column; a second relation
	// holds a row (length) once the stream was closed.
	RowOfStream
	// RowPerKeyRead: one row (key, what is read below it) (Bag, VClock).
	RowPerKeyRead
	// RowNone: no rows of its own (maps: see Relations).
	RowNone
)

// Lookup finds a kind by name, nil if there is none.
func Lookup(name string) *Kind {
	for _, ks := range [][]*Kind{Kinds, Inner} {
		for _, k := range ks {
			if k.Name == name {
				return k
			}
		}
	}
	return nil
}

// Mutator finds a mutator by name, nil if the kind has none of that name.
func (k *Kind) Mutator(name string) *Mutator {
	for i := range k.Mutators {
		if k.Mutators[i].Name == name {
			return &k.Mutators[i]
		}
	}
	return nil
}
