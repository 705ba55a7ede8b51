// Package op defines the rows of the operator table: what parser, checker, IR,
// VM, documents and editors know about an operator or function. The rows
// themselves are in stdlib; a Table is handed to whoever needs it.
package op

import (
	"fmt"

	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Qual is a qualifier: how an expression moves when a cell that it reads grows.
type Qual uint8

// The qualifiers, ordered 0 < H < + < ? and 0 < - < ?.
const (
	Const Qual = iota // 0: does not depend on it
	Hom               // H: join homomorphism
	Mono              // +: monotone
	Anti              // -: antitone
	Any               // ?: neither is known
)

// String returns 0, H, +, - or ?.
func (q Qual) String() string { return [...]string{"0", "H", "+", "-", "?"}[q] }

// Compose is outer after inner: the qualifier of f(g(x)) in x.
func Compose(outer, inner Qual) Qual { return composition[outer][inner] }

var composition = [5][5]Qual{
	Const: {Const, Const, Const, Const, Const},
	Hom:   {Const, Hom, Mono, Anti, Any},
	Mono:  {Const, Mono, Mono, Anti, Any},
	Anti:  {Const, Anti, Anti, Mono, Any},
	Any:   {Const, Any, Any, Any, Any},
}

// Lub is the least upper bound in the order of qualifiers.
func Lub(a, b Qual) Qual {
	switch {
	case a == b || b == Const:
		return a
	case a == Const:
		return b
	case a == Anti || b == Anti || a == Any || b == Any:
		return Any
	}
	return max(a, b)
}

// Combine is the qualifier in a cell that is used by two arguments: joint
// operators keep H with H, multi operators make it +.
func Combine(a, b Qual, joint bool) Qual {
	q := Lub(a, b)
	if q == Hom && a == Hom && b == Hom && !joint {
		return Mono
	}
	return q
}

// Rule is how the engine turns changes of inputs into changes of the output.
type Rule uint8

// The delta rules.
const (
	Scalar    Rule = iota // a function of single values, run row by row
	Linear                // f(a + da) = f(a) + f(da)
	Bilinear              // join-like
	Aggregate             // per group, by Agg
	Recompute             // from the whole input
	Unfold                // streams, by need
)

// Direction is how a scalar view moves when it grows.
type Direction int8

// The directions: Max moves up, Min down; data and sets have none.
const (
	Down Direction = -1
	None Direction = 0
	Up   Direction = 1
)

// DirectionOf says how views of type t move in the numeric order.
func DirectionOf(t *types.Type) Direction {
	switch {
	case t.Is("Max"):
		return Up
	case t.Is("Min"):
		return Down
	}
	return None
}

// Row is one operator, function or combinator. Rows that share a Name are
// overloads, tried in order.
type Row struct {
	ID     string // unique: "set.map"
	Name   string // as called: "map", "+", "not in"
	Family string // file and chapter: "sets", "numbers"
	Doc    string // one sentence or more
	// Sig is the type scheme: "[T, U](s: Set[T], f: T -> U) -> Set[U]".
	Sig string
	// Quals has one qualifier per argument; of a function argument it says how
	// the result moves with what the lambda's own result moves with.
	Quals []Qual
	// Joint operators keep H when one cell is used through two arguments.
	Joint bool
	// QualsOf replaces Quals where they depend on types (directions of Max and
	// Min) or on which arguments are fixed. May be nil.
	QualsOf func(c Context) []Qual
	// Why says, in a clause over the argument names, why an argument is - or ?:
	// "`{expr}` is antitone in `{arg}`" when empty; {threshold} is the question that
	// stays true of it.
	Why string
	// Laws names properties that the law tests check: "commutative",
	// "associative", "idempotent", "unit:0".
	Laws []string
	// Examples are `source // result`; they are run.
	Examples []string
	Rule     Rule
	// Lambda tells which argument is a function that is applied to elements, or
	// -1. The zero Row has none: use NoLambda.
	Lambda int
	// Eval computes the row on assembled values; functions among args are Fns.
	// Errors are Failure values. Nil only for rows that Unfold.
	Eval func(c Call) (value.Value, error)
	// Ints is a fast path for rows over raw integers, or nil. It reports
	// failure (overflow, division by zero) by an error.
	Ints func(a, b int64) (int64, error)
	// Floats is the same for rows over Float. Its result is made canonical.
	Floats func(a, b float64) (float64, error)
	// Cmp marks comparisons on raw words: it maps Compare's result to a Bool.
	Cmp func(order int) bool
	// Agg makes the incremental form of an aggregate, or nil.
	Agg *Agg
	// Invents marks a row whose result is a value that was not among its
	// arguments (arithmetic, string building): it has no place on a cycle.
	Invents bool
	// Nondet marks now(), random(), fresh(), me and membership.
	Nondet bool
	// Alias is the ID of the row that this one is another spelling of, or "".
	// Lowering replaces it, so that both spellings give one IR. Swap says that
	// the two arguments change places.
	Alias string
	Swap  bool
}

// NoLambda is Row.Lambda of a row without a function argument.
const NoLambda = -1

// Context is what QualsOf may look at.
type Context struct {
	Types  []*types.Type // of the arguments, resolved
	Fixed  []bool        // the argument's qualifier map is empty (data)
	NonNeg []bool        // the argument is a Nat or a literal >= 0
}

// Call is one application on values.
type Call struct {
	Args []value.Value // Invalid at the place of a function; not to be kept after Eval
	Fns  []Fn          // functions, in order of the function arguments
	Type *types.Type   // of the result
	// Types are those of the arguments. Only rows that meet `unset` look at
	// them (it is below every Max and above every Min); nil means no Min.
	Types []*types.Type
}

// Fn is a function value, applied by the VM.
type Fn func(args ...value.Value) (value.Value, error)

// Agg is an aggregate that can be maintained per group. State is kept by the
// engine; values arrive with signed multiplicities.
type Agg struct {
	// New returns an empty accumulator for results of type t.
	New func(t *types.Type) Acc
	// Rows says that the result is the number of elements, whatever they are, so
	// that an engine which knows how many there are needs no accumulator.
	Rows bool
}

// Acc accumulates one group.
type Acc interface {
	// Add takes n copies of v in (n > 0) or out (n < 0).
	Add(v value.Value, n int64)
	// Result is the aggregate of what is in; ok is false where an empty group
	// has none (min of nothing). The same content gives the same result
	// whatever the order of arrival.
	Result() (v value.Value, ok bool, err error)
}

// Failure is an evaluation error that drops one element: division by zero,
// overflow, a missing index.
type Failure struct {
	Code    string // L05xx
	Message string
}

// Error returns the message with its code.
func (f *Failure) Error() string { return f.Code + ": " + f.Message }

// Fail builds a Failure.
func Fail(code, format string, args ...any) error {
	return &Failure{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Table is an immutable set of rows.
//
// A call is resolved in two passes over the rows of its name: first the row
// whose signature the argument types fit as they are, then, in the same order,
// the first that they fit after the implicit steps (Nat to Int, String literal
// to Node, data to Max or Min, Flag to Bool).
type Table struct {
	rows   []*Row
	byID   map[string]*Row
	byName map[string][]*Row
}

// NewTable indexes rows; it reports a duplicate ID as an error.
func NewTable(rows ...*Row) (*Table, error) {
	t := &Table{rows: rows, byID: make(map[string]*Row, len(rows)), byName: make(map[string][]*Row, len(rows))}
	for _, r := range rows {
		if t.byID[r.ID] != nil {
			return nil, fmt.Errorf("operator table: two rows have the id %q", r.ID)
		}
		t.byID[r.ID] = r
		t.byName[r.Name] = append(t.byName[r.Name], r)
	}
	return t, nil
}

// Rows lists all rows in table order.
func (t *Table) Rows() []*Row { return t.rows }

// ByID finds a row, or returns nil.
func (t *Table) ByID(id string) *Row { return t.byID[id] }

// ByName returns the overloads of a name in table order.
func (t *Table) ByName(name string) []*Row { return t.byName[name] }
