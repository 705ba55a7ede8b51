// Package value defines the immutable data values of Lasp, their one total
// order, and the dense words by which machines handle them. Text and JSON forms
// are in text.go and json.go, the interner in intern.go.
package value

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"time"
)

// Kind tells values apart. Its order is the order between values of different
// kinds.
type Kind uint8

// The kinds of values. Those from Unset on are not data: they stand for the
// states of lattice views where a view is assembled for people or compared in a
// test.
const (
	Invalid Kind = iota // the zero Value; no expression has it
	Bool
	Int // Int and Nat
	Float
	String
	Bytes
	Duration
	Node
	Tuple
	List
	Record // a constructor applied to its fields; Option is None and Some
	Set
	Map
	Unset    // a Max or Min that nothing was joined into
	Unbound  // an IVar without a value
	Conflict // an IVar with several values, in order
	Open     // a stream of which more may come; a closed one is a List
	Error    // what a failed evaluation left: code and message
)

// Value is one immutable value. Copying it is cheap; it must never be changed
// after it was made. The zero Value is Invalid.
type Value struct {
	kind Kind
	n    uint64 // Bool, Int, Float bits, Duration
	s    string // String, Bytes, Node, Error code
	xs   []Value
	ctor *Ctor
}

// Ctor describes a constructor of a record or variant. Two Ctors of one name
// are the same constructor.
type Ctor struct {
	Name   string
	Type   string   // the type that it makes
	Fields []string // in declared order; empty for a constant
}

// The constructors of Option.
var (
	NoneCtor = &Ctor{Name: "None", Type: "Option"}
	SomeCtor = &Ctor{Name: "Some", Type: "Option", Fields: []string{"value"}}
)

// MakeBool, MakeInt and so on build values.
func MakeBool(b bool) Value {
	if b {
		return Value{kind: Bool, n: 1}
	}
	return Value{kind: Bool}
}

// MakeInt builds an Int or Nat.
func MakeInt(i int64) Value { return Value{kind: Int, n: uint64(i)} }

// MakeFloat builds a Float; every NaN becomes the one NaN and -0 becomes 0.
func MakeFloat(f float64) Value { return Value{kind: Float, n: math.Float64bits(CanonFloat(f))} }

// CanonFloat maps every NaN to one NaN and -0 to 0.
func CanonFloat(f float64) float64 {
	if math.IsNaN(f) {
		return math.NaN()
	}
	if f == 0 {
		return 0
	}
	return f
}

// MakeString builds a String.
func MakeString(s string) Value { return Value{kind: String, s: s} }

// MakeBytes builds Bytes from a copy of b.
func MakeBytes(b []byte) Value { return Value{kind: Bytes, s: string(b)} }

// MakeDuration builds a Duration.
func MakeDuration(d time.Duration) Value { return Value{kind: Duration, n: uint64(d)} }

// MakeNode builds the Node named s.
func MakeNode(s string) Value { return Value{kind: Node, s: s} }

// MakeTuple builds a tuple; it takes over xs.
func MakeTuple(xs ...Value) Value { return Value{kind: Tuple, xs: xs} }

// MakeList builds a list or closed stream; it takes over xs.
func MakeList(xs []Value) Value { return Value{kind: List, xs: xs} }

// MakeRecord applies a constructor; it takes over fields.
func MakeRecord(c *Ctor, fields ...Value) Value { return Value{kind: Record, ctor: c, xs: fields} }

// Some wraps v; None is the empty Option.
func Some(v Value) Value { return MakeRecord(SomeCtor, v) }

// None is the empty Option.
func None() Value { return MakeRecord(NoneCtor) }

// MakeSet builds a set from elements in any order; it takes over xs, sorts it
// and drops duplicates.
func MakeSet(xs []Value) Value {
	slices.SortFunc(xs, Compare)
	return Value{kind: Set, xs: slices.CompactFunc(xs, Equal)}
}

// MakeMap builds a map from alternating keys and values with unique keys; it
// takes over kvs and sorts it by key. The last of equal keys wins.
func MakeMap(kvs []Value) Value {
	type pair struct{ key, val Value }
	inOrder := true
	for i := 2; i+1 < len(kvs) && inOrder; i += 2 {
		inOrder = Compare(kvs[i-2], kvs[i]) < 0
	}
	if inOrder {
		return Value{kind: Map, xs: kvs[:len(kvs)&^1]}
	}
	m := make([]pair, len(kvs)/2)
	for i := range m {
		m[i] = pair{kvs[2*i], kvs[2*i+1]}
	}
	slices.SortStableFunc(m, func(a, b pair) int { return Compare(a.key, b.key) })
	out := kvs[:0]
	for i, p := range m {
		if i+1 == len(m) || !Equal(p.key, m[i+1].key) {
			out = append(out, p.key, p.val)
		}
	}
	return Value{kind: Map, xs: out}
}

// MakeUnset is a Max or Min that nothing was joined into.
func MakeUnset() Value { return Value{kind: Unset} }

// MakeUnbound is an IVar without a value.
func MakeUnbound() Value { return Value{kind: Unbound} }

// MakeConflict is an IVar to which several values were bound; it takes over xs.
func MakeConflict(xs []Value) Value {
	v := MakeSet(xs)
	v.kind = Conflict
	return v
}

// MakeOpen is the known prefix of a stream that may go on; it takes over xs.
func MakeOpen(xs []Value) Value { return Value{kind: Open, xs: xs} }

// MakeError is what a failed evaluation leaves where a value was wanted.
func MakeError(code, message string) Value {
	return Value{kind: Error, s: code, xs: []Value{MakeString(message)}}
}

// Kind returns the kind of v.
func (v Value) Kind() Kind { return v.kind }

// IsValid reports whether v is not the zero Value.
func (v Value) IsValid() bool { return v.kind != Invalid }

// Bool returns the truth of a Bool.
func (v Value) Bool() bool { return v.n != 0 }

// Int returns an Int or Nat.
func (v Value) Int() int64 { return int64(v.n) }

// Float returns a Float.
func (v Value) Float() float64 { return math.Float64frombits(v.n) }

// Str returns the text of a String or Node, the bytes of Bytes, or the code of
// an Error.
func (v Value) Str() string { return v.s }

// Duration returns a Duration.
func (v Value) Duration() time.Duration { return time.Duration(v.n) }

// Elems returns the parts of a tuple, list, set, record (its fields), conflict
// or open stream, and keys and values in turn of a map. The caller must not
// change them.
func (v Value) Elems() []Value { return v.xs }

// Len is the number of elements of a collection, of entries of a map.
func (v Value) Len() int {
	if v.kind == Map {
		return len(v.xs) / 2
	}
	return len(v.xs)
}

// Ctor returns the constructor of a Record.
func (v Value) Ctor() *Ctor { return v.ctor }

// IsNone reports whether v is the empty Option.
func (v Value) IsNone() bool { return v.kind == Record && v.ctor.Name == "None" }

// Get looks a key up in a Map.
func (v Value) Get(key Value) (Value, bool) {
	i := sort.Search(len(v.xs)/2, func(i int) bool { return Compare(v.xs[2*i], key) >= 0 })
	if i < len(v.xs)/2 && Equal(v.xs[2*i], key) {
		return v.xs[2*i+1], true
	}
	return Value{}, false
}

// Has reports whether a Set holds x.
func (v Value) Has(x Value) bool {
	_, ok := slices.BinarySearchFunc(v.xs, x, Compare)
	return ok
}

// Equal reports whether a and b are the same value.
func Equal(a, b Value) bool { return Compare(a, b) == 0 }

// Compare is the one total order over all values: by kind, then numbers by
// size (NaN below every Float), text by bytes, tuples and lists
// lexicographically, records by constructor name and then fields, sets and maps
// as their sorted elements.
func Compare(a, b Value) int {
	if a.kind != b.kind {
		return cmp.Compare(a.kind, b.kind)
	}
	switch a.kind {
	case Bool:
		return cmp.Compare(a.n, b.n)
	case Int, Duration:
		return cmp.Compare(int64(a.n), int64(b.n))
	case Float:
		return cmp.Compare(a.Float(), b.Float())
	case String, Bytes, Node:
		return cmp.Compare(a.s, b.s)
	case Record:
		if c := cmp.Compare(a.ctor.Name, b.ctor.Name); c != 0 {
			return c
		}
	case Error:
		if c := cmp.Compare(a.s, b.s); c != 0 {
			return c
		}
	}
	return slices.CompareFunc(a.xs, b.xs, Compare)
}

// Size estimates the bytes of v in an encoding, in time that is proportional to
// its parts.
func (v Value) Size() int {
	n := 4 + len(v.s)
	for i := range v.xs {
		n += v.xs[i].Size()
	}
	return n
}
