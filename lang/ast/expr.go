package ast

import "github.com/laspc/lasp/lang/source"

// Expr is an expression.
type Expr interface {
	Node
	expr()
}

// LitKind is the kind of a literal.
type LitKind uint8

// The kinds of literals.
const (
	BoolLit LitKind = iota
	IntLit
	FloatLit
	StringLit
	DurationLit
)

// CallForm is how a call was spelled.
type CallForm uint8

// The forms of calls. In Method and Pipe the receiver is the first argument.
const (
	Plain    CallForm = iota // f(x, a)
	Method                   // x.f(a)
	Pipe                     // x |> f(a)
	PipeBare                 // x |> f
)

// CompKind says what a comprehension builds.
type CompKind uint8

// The kinds of comprehensions.
const (
	SetComp CompKind = iota
	MapComp
	ListComp
)

type (
	// Name is a reference to a variable, cell, parameter or nullary constructor.
	Name struct {
		At
		Name string
	}

	// Lit is a literal. Text is its source; the decoded value is in the field
	// of its kind. Int and Duration (nanoseconds) share Int.
	Lit struct {
		At
		Kind  LitKind
		Text  string
		Bool  bool
		Int   int64
		Float float64
		Str   string
	}

	// Interp is a string with `{e}` in it. Parts alternate freely between
	// StringLit literals and expressions.
	Interp struct {
		At
		Parts []Expr
	}

	// Tuple is `(a, b)`, and `()` with no elements.
	Tuple struct {
		At
		Elems []Expr
	}

	// List is `[a, b]`; Open marks `[a, b, ...]`, an open stream in `expect`.
	List struct {
		At
		Elems []Expr
		Open  bool
	}

	// Set is `{a, b}`; the empty `{}` is a Set that context may make a map.
	Set struct {
		At
		Elems []Expr
	}

	// Map is `{k: v, ..}` with at least one entry.
	Map struct {
		At
		Entries []*MapEntry
	}

	// Comp is `{e for gens if cond}`, `{k: e for ..}` or `[e for ..]`.
	Comp struct {
		At
		Kind CompKind
		Key  Expr // maps only
		Elem Expr
		Gens []*Gen
		Cond Expr // may be nil
	}

	// FieldOf is `x.name` without a call.
	FieldOf struct {
		At
		X    Expr
		Name *Ident
	}

	// TupleItem is `x.0`.
	TupleItem struct {
		At
		X Expr
		N int
	}

	// Index is `m[k]`; K is a *Blank in an invariant.
	Index struct {
		At
		X, K Expr
	}

	// Blank is `_` as an index.
	Blank struct{ At }

	// Call applies a function, built-in, constructor, input or mutator by name.
	Call struct {
		At
		Form CallForm
		Fn   *Ident
		Args []*Arg
	}

	// Lambda is `x => e` or `(a, b) => e`.
	Lambda struct {
		At
		Params []Pattern
		Body   Expr
	}

	// If is `if c then a else b`.
	If struct {
		At
		Cond, Then, Else Expr
	}

	// Match is `match e { p if c => e, .. }`.
	Match struct {
		At
		Subject Expr
		Arms    []*Arm
	}

	// Binary is `l op r`; Op is the symbol of the precedence table, such as
	// "+", "and", "not in", "::", "..".
	Binary struct {
		At
		Op   string
		OpAt source.Span
		L, R Expr
	}

	// Unary is `-x` or `not x`.
	Unary struct {
		At
		Op string
		X  Expr
	}

	// Paren is `(x)`, kept so that printing gives the text back.
	Paren struct {
		At
		X Expr
	}

	// BadExpr stands for text that could not be parsed.
	BadExpr struct{ At }
)

// MapEntry is `k: v`.
type MapEntry struct {
	At
	Key, Value Expr
}

// Arg is an argument, with a label in `Ad(id: x)`.
type Arg struct {
	At
	Label *Ident // nil when positional
	Value Expr
}

// Arm is one case of a match expression.
type Arm struct {
	At
	Pat   Pattern
	Guard Expr // may be nil
	Body  Expr
}

func (*Name) expr()      {}
func (*Lit) expr()       {}
func (*Interp) expr()    {}
func (*Tuple) expr()     {}
func (*List) expr()      {}
func (*Set) expr()       {}
func (*Map) expr()       {}
func (*Comp) expr()      {}
func (*FieldOf) expr()   {}
func (*TupleItem) expr() {}
func (*Index) expr()     {}
func (*Blank) expr()     {}
func (*Call) expr()      {}
func (*Lambda) expr()    {}
func (*If) expr()        {}
func (*Match) expr()     {}
func (*Binary) expr()    {}
func (*Unary) expr()     {}
func (*Paren) expr()     {}
func (*BadExpr) expr()   {}

// Unparen strips parentheses.
func Unparen(e Expr) Expr {
	for {
		p, ok := e.(*Paren)
		if !ok {
			return e
		}
		e = p.X
	}
}

// Pattern takes a value apart.
type Pattern interface {
	Node
	pattern()
}

type (
	// WildPat is `_`.
	WildPat struct{ At }
	// BindPat names the value.
	BindPat struct {
		At
		Name string
	}
	// LitPat matches a literal (a negative number has a negative Lit).
	LitPat struct {
		At
		Lit *Lit
	}
	// CtorPat is `Ctor` or `Ctor(p, label: q)`.
	CtorPat struct {
		At
		Name *Ident
		Args []*PatArg
	}
	// TuplePat is `(p, q)`.
	TuplePat struct {
		At
		Elems []Pattern
	}
	// ListPat is `[]` or `[p, q]`.
	ListPat struct {
		At
		Elems []Pattern
	}
	// ConsPat is `p :: rest`.
	ConsPat struct {
		At
		Head, Tail Pattern
	}
)

// PatArg is an argument of a constructor pattern.
type PatArg struct {
	At
	Label *Ident // nil when positional
	Pat   Pattern
}

func (*WildPat) pattern()  {}
func (*BindPat) pattern()  {}
func (*LitPat) pattern()   {}
func (*CtorPat) pattern()  {}
func (*TuplePat) pattern() {}
func (*ListPat) pattern()  {}
func (*ConsPat) pattern()  {}
