// Package ast defines the syntax tree of Lasp. It knows neither the parser
// library nor the checker; later phases keep what they learn in side tables
// keyed by node (as go/types.Info does) and never write here.
//
// The tree is faithful: format(parse(x)) reads back to the same tree, so
// parentheses and the spelling of calls (plain, method, pipe) are kept.
package ast

import "github.com/laspc/lasp/lang/source"

// Node is any part of the tree.
type Node interface {
	// Span is the text of the node from its first to its last token.
	Span() source.Span
}

// At gives a node its span. It is embedded in every node.
type At struct{ Sp source.Span }

// Span returns the text that the node covers.
func (a At) Span() source.Span { return a.Sp }

// File is one parsed source file.
type File struct {
	Src      *source.File
	Decls    []Decl
	Comments []Comment // all of them, in source order
}

// Comment is one `//` or `///` comment, without its line end.
type Comment struct {
	At
	Text string // from the slashes on
	Doc  bool   // `///`
}

// Ident is one occurrence of a name.
type Ident struct {
	At
	Name string
}

// Decl is a declaration at the top level of a file.
type Decl interface {
	Node
	decl()
}

// Scope says where a cell lives.
type Scope uint8

// The scopes of cells.
const (
	Shared      Scope = iota // replicated
	Coordinated              // replicated, written only inside coordinate
	Local                    // of one node
)

// Keyword returns the word that declares a cell of scope s.
func (s Scope) Keyword() string { return [...]string{"shared", "coordinated", "local"}[s] }

type (
	// CellDecl is `shared a, b: Kind written by .. sharded replicas n at "tag"`.
	CellDecl struct {
		At
		Doc     string
		Pub     bool
		Scope   Scope
		Names   []*Ident
		Kind    TypeExpr
		Writer  *Writer
		Sharded Expr // number of replicas, nil when not sharded
		Tag     Expr // tag of the nodes that hold it, nil for everywhere
	}

	// ParamDecl is `param name: Type = default`; Default may be nil.
	ParamDecl struct {
		At
		Doc     string
		Name    *Ident
		Type    TypeExpr
		Default Expr
	}

	// InputDecl is `input name(a: A) -> Reply`; Reply may be nil.
	InputDecl struct {
		At
		Doc    string
		Name   *Ident
		Params []*Field
		Reply  TypeExpr
	}

	// OutputDecl is `output name: Type`.
	OutputDecl struct {
		At
		Doc  string
		Name *Ident
		Type TypeExpr
	}

	// LetDecl is `pub lazy let rec name: Type limit n = value`.
	LetDecl struct {
		At
		Doc            string
		Pub, Lazy, Rec bool
		Name           *Ident
		Type           TypeExpr // nil when inferred
		Limit          Expr     // nil without `limit`
		Value          Expr
	}

	// FnDecl is `pub fn name[T](x: +A, ..) -> R = body`.
	FnDecl struct {
		At
		Doc        string
		Pub        bool
		Name       *Ident
		TypeParams []*Ident
		Params     []*FnParam
		Result     TypeExpr // nil when inferred
		Body       Expr
	}

	// TypeDecl is `type T { .. }` (Record, one constructor named T) or
	// `type T = A | B(x: X)`.
	TypeDecl struct {
		At
		Doc    string
		Pub    bool
		Name   *Ident
		Record bool
		Ctors  []*CtorDecl
	}

	// LatticeDecl is `lattice L { field: Kind, .. }` (Fields) or
	// `lattice L = Of bottom b join (x, y) => e`.
	LatticeDecl struct {
		At
		Doc    string
		Pub    bool
		Name   *Ident
		Fields []*Field // structural form
		Of     TypeExpr // hand-written form, with Bottom and Join
		Bottom Expr
		Join   Expr // a *Lambda or the name of a function
	}

	// InvariantDecl is `invariant e`; `m[_]` inside is Index with a Blank.
	InvariantDecl struct {
		At
		Doc  string
		Cond Expr
	}

	// OnDecl is `on input(a, b) { .. }`, `on every d { .. }` or `on start { .. }`.
	OnDecl struct {
		At
		Doc    string
		Event  *Ident   // the input; nil for every and start
		Params []*Ident // names for the arguments
		Every  Expr     // the period, nil otherwise
		Start  bool
		Body   *Block
	}

	// WhenDecl is `when cond for gens if guard { .. }` or
	// `when bound x = e for gens { .. }`.
	WhenDecl struct {
		At
		Doc   string
		Bound *Ident // non-nil for `when bound`
		Cond  Expr   // the condition, or the IVar that is waited for
		Gens  []*Gen // may be empty
		Guard Expr   // `if` after the generators, may be nil
		Body  *Block
	}

	// ForDecl is a top-level `for x in s if guard { .. }`.
	ForDecl struct {
		At
		Doc   string
		Gens  []*Gen
		Guard Expr
		Body  *Block
	}

	// ShowDecl is `show value` or `show name = value`.
	ShowDecl struct {
		At
		Doc   string
		Name  *Ident // nil when not named: the source text of Value names it
		Value Expr
	}

	// AssumeDecl is `assume monotone f`: what the compiler cannot show of a
	// function is taken on trust, after it was tried.
	AssumeDecl struct {
		At
		Doc string
		Fn  *Ident
	}

	// ImportDecl is `import "path"`.
	ImportDecl struct {
		At
		Path   string
		PathAt source.Span
	}

	// TestDecl is `test "name" { steps }`.
	TestDecl struct {
		At
		Name  string
		Steps []Step
	}

	// BadDecl stands for text that could not be parsed; its diagnostic has been
	// reported.
	BadDecl struct{ At }
)

// Field is `name: Type` in a record, constructor, lattice or input.
type Field struct {
	At
	Name *Ident
	Type TypeExpr
}

// FnParam is a parameter of a function; Qual is "", "0", "H", "+", "-" or "?".
type FnParam struct {
	At
	Name *Ident
	Qual string
	Type TypeExpr
}

// CtorDecl is one constructor of a type.
type CtorDecl struct {
	At
	Name   *Ident
	Fields []*Field
}

// Writer is `written by node` or `written by key`.
type Writer struct {
	At
	ByKey bool
	Node  Expr // a string literal or a param; nil for by key
}

func (*CellDecl) decl()      {}
func (*ParamDecl) decl()     {}
func (*InputDecl) decl()     {}
func (*OutputDecl) decl()    {}
func (*LetDecl) decl()       {}
func (*FnDecl) decl()        {}
func (*TypeDecl) decl()      {}
func (*LatticeDecl) decl()   {}
func (*InvariantDecl) decl() {}
func (*OnDecl) decl()        {}
func (*WhenDecl) decl()      {}
func (*ForDecl) decl()       {}
func (*ShowDecl) decl()      {}
func (*AssumeDecl) decl()    {}
func (*ImportDecl) decl()    {}
func (*TestDecl) decl()      {}
func (*BadDecl) decl()       {}

// TypeExpr is a type as written.
type TypeExpr interface {
	Node
	typeExpr()
}

type (
	// NamedType is `Name` or `Name[A, B]`: a data type, a kind or a type variable.
	NamedType struct {
		At
		Name *Ident
		Args []TypeExpr
	}
	// TupleType is `(A, B)`.
	TupleType struct {
		At
		Elems []TypeExpr
	}
	// FuncType is `A -> B` or `(A, B) -> C`.
	FuncType struct {
		At
		Params []TypeExpr
		Result TypeExpr
	}
)

func (*NamedType) typeExpr() {}
func (*TupleType) typeExpr() {}
func (*FuncType) typeExpr()  {}

// Gen is a generator `pat in source`.
type Gen struct {
	At
	Pat Pattern
	In  Expr
}
