// Package types defines the types of Lasp: data types, views of cells, and the
// kinds that cells are declared with, all in one form.
package types

import (
	"slices"
	"strings"

	"github.com/laspc/lasp/lang/value"
)

// Type is a type constructor applied to arguments. Types are immutable once
// inference is over and are compared with Equal.
type Type struct {
	Con  string  // "Int", "Set", .., a kind such as "AWSet", or Tuple, Func, Var
	Args []*Type // of Func: the parameters, then the result
	Def  *Def    // of records, variants and declared lattices
	Var  *TypeVar
}

// Constructors with a spelling of their own.
const (
	Tuple = "()"
	Func  = "->"
	Var   = "'" // a type variable, see TypeVar
)

// TypeVar is a variable of inference or a parameter of a generic function.
type TypeVar struct {
	Name string // "T" of a generic function or library row, "" while inferring
	Is   *Type  // what inference bound it to, or nil
}

// Def is a declared type.
type Def struct {
	Name   string
	Record bool // one constructor of the same name
	Ctors  []*Ctor
	// Lattice is set of `lattice L { field: Kind, .. }`: a record whose fields
	// grow and join one by one; and of hand-written lattices, which have no
	// constructors but a Join.
	Lattice bool
	Join    *Join
}

// Ctor is a constructor of a Def.
type Ctor struct {
	Name   string
	Fields []Field
	Value  *value.Ctor // how its values are tagged
}

// Field is a named part of a constructor, input or structural lattice.
type Field struct {
	Name string
	Type *Type
}

// The types without arguments.
var (
	Bool     = &Type{Con: "Bool"}
	Int      = &Type{Con: "Int"}
	Nat      = &Type{Con: "Nat"}
	Float    = &Type{Con: "Float"}
	String   = &Type{Con: "String"}
	Bytes    = &Type{Con: "Bytes"}
	Duration = &Type{Con: "Duration"}
	Node     = &Type{Con: "Node"}
	Flag     = &Type{Con: "Flag"}
	Unit     = &Type{Con: Tuple}
)

// Of applies a constructor.
func Of(con string, args ...*Type) *Type { return &Type{Con: con, Args: args} }

// SetOf, MapOf, ListOf, OptionOf, IVarOf, StreamOf, MaxOf, MinOf and TupleOf
// build the common types.
func SetOf(t *Type) *Type { return Of("Set", t) }

// MapOf is Map[k, v].
func MapOf(k, v *Type) *Type { return Of("Map", k, v) }

// ListOf is List[t].
func ListOf(t *Type) *Type { return Of("List", t) }

// OptionOf is Option[t].
func OptionOf(t *Type) *Type { return Of("Option", t) }

// IVarOf is IVar[t].
func IVarOf(t *Type) *Type { return Of("IVar", t) }

// StreamOf is Stream[t].
func StreamOf(t *Type) *Type { return Of("Stream", t) }

// MaxOf is Max[t].
func MaxOf(t *Type) *Type { return Of("Max", t) }

// MinOf is Min[t].
func MinOf(t *Type) *Type { return Of("Min", t) }

// TupleOf is the tuple of ts.
func TupleOf(ts ...*Type) *Type { return Of(Tuple, ts...) }

// FuncOf is params -> result.
func FuncOf(params []*Type, result *Type) *Type {
	return Of(Func, append(append([]*Type(nil), params...), result)...)
}

// Resolve follows bound variables to the type that they stand for.
func (t *Type) Resolve() *Type {
	for t != nil && t.Con == Var && t.Var.Is != nil {
		t = t.Var.Is
	}
	return t
}

// Is reports whether t, resolved, is built by con.
func (t *Type) Is(con string) bool { t = t.Resolve(); return t != nil && t.Con == con }

// Params returns the parameters of a function type.
func (t *Type) Params() []*Type { t = t.Resolve(); return t.Args[:len(t.Args)-1] }

// Result returns the result of a function type.
func (t *Type) Result() *Type { t = t.Resolve(); return t.Args[len(t.Args)-1] }

// Equal reports whether a and b, of one program, are the same type: declared
// types are the same when their names are. See Difference for types of two
// programs.
func Equal(a, b *Type) bool {
	a, b = a.Resolve(), b.Resolve()
	if a == b {
		return true
	}
	if a == nil || b == nil || a.Con != b.Con || len(a.Args) != len(b.Args) || a.Con == Var {
		return false
	}
	for i := range a.Args {
		if !Equal(a.Args[i], b.Args[i]) {
			return false
		}
	}
	return true
}

// IsRaw reports whether words of columns of this data type hold the value
// itself instead of an interned id. The words of Max[T] and Min[T] are those of
// T: that nothing was joined yet is the absence of a row.
func (t *Type) IsRaw() bool {
	_, raw := t.RawKind()
	return raw
}

// RawKind returns the kind of value that raw words of this type hold.
func (t *Type) RawKind() (value.Kind, bool) {
	switch t = t.Resolve(); t.Con {
	case "Bool", "Flag":
		return value.Bool, true
	case "Int", "Nat":
		return value.Int, true
	case "Float":
		return value.Float, true
	case "Duration":
		return value.Duration, true
	case "Max", "Min", "IVar":
		return t.Args[0].RawKind()
	}
	return value.Invalid, false
}

// Columns appends the columns into which a value of data type t is flattened in
// a relation: tuples recursively into their parts, everything else is one.
func (t *Type) Columns(to []*Type) []*Type {
	t = t.Resolve()
	if t.Con != Tuple {
		return append(to, t)
	}
	for _, a := range t.Args {
		to = a.Columns(to)
	}
	return to
}

// Lex is the constructor of pairs that grow in lexicographic order.
const Lex = "Lex"

// IsLattice reports whether values of t can grow: views of stable kinds.
func (t *Type) IsLattice() bool {
	switch t = t.Resolve(); t.Con {
	case "Set", "Map", "Max", "Min", "IVar", "Stream", "Flag", Lex:
		return true
	}
	return t.Def != nil && t.Def.Lattice
}

// Parts are the types of the parts of a tuple, and of the fields of a record
// that joins field by field; nil for other types.
func (t *Type) Parts() []*Type {
	t = t.Resolve()
	if t.Con == Tuple {
		return t.Args
	}
	if t.Def == nil || !t.Def.Lattice || !t.Def.Record {
		return nil
	}
	fields := t.Def.Ctors[0].Fields
	parts := make([]*Type, len(fields))
	for i, f := range fields {
		parts[i] = f.Type
	}
	return parts
}

// Joins reports whether any two values of t have a least upper bound: those of
// lattices and truths do, data that differs does not. A variable may stand for
// either and does not.
func (t *Type) Joins() bool {
	switch t = t.Resolve(); t.Con {
	case "Bool":
		return true
	case "Map":
		return t.Args[1].Joins()
	case Tuple:
		return !slices.ContainsFunc(t.Args, func(a *Type) bool { return !a.Joins() })
	}
	return t.IsLattice()
}

// String renders t as it is written in a program.
func (t *Type) String() string {
	var b strings.Builder
	t.write(&b)
	return b.String()
}

func (t *Type) write(b *strings.Builder) {
	t = t.Resolve()
	switch {
	case t == nil:
		b.WriteByte('?')
	case t.Con == Var:
		if t.Var.Name == "" {
			b.WriteByte('_')
		}
		b.WriteString(t.Var.Name)
	case t.Con == Tuple:
		writeList(b, "(", t.Args, ")")
	case t.Con == Func:
		if ps := t.Params(); len(ps) == 1 && !ps[0].Is(Func) && !ps[0].Is(Tuple) {
			ps[0].write(b)
		} else {
			writeList(b, "(", ps, ")")
		}
		b.WriteString(" -> ")
		t.Result().write(b)
	default:
		b.WriteString(t.Con)
		if len(t.Args) > 0 {
			writeList(b, "[", t.Args, "]")
		}
	}
}

func writeList(b *strings.Builder, open string, ts []*Type, end string) {
	b.WriteString(open)
	for i, t := range ts {
		if i > 0 {
			b.WriteString(", ")
		}
		t.write(b)
	}
	b.WriteString(end)
}
