// Package typecheck gives every expression a type and two judgements: how it
// moves with each cell that it reads (qualifier) and whether a later message can
// make it wrong (class). It returns what it learned in Info and writes into no
// tree. Monotonicity follows the CALM theorem (Hellerstein and Alvaro 2020) with
// the qualifiers of LVars- and Datafun-like systems.
package typecheck

import (
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Class says whether a later message can change an answer.
type Class uint8

// The classes, the strongest first.
const (
	Fixed    Class = iota // data: will never change
	Stable                // grows; what has been seen stays true
	Eventual              // a function of replicated state, may be revised
	Nondet                // depends on timing
)

// String returns fixed, stable, eventual or nondet.
func (c Class) String() string { return [...]string{"fixed", "stable", "eventual", "nondet"}[c] }

// Program is a checked program.
type Program struct {
	Files []*ast.File
	Info  *Info
}

// Info is what the checker learned, keyed by node. It is complete for every
// node when there were no errors.
type Info struct {
	Types    map[ast.Expr]*types.Type    // of every expression, resolved, before Coerce
	Coerce   map[ast.Expr]*types.Type    // the expression is used as this other type: Nat as Int or Float?, data T as Max[T], Min[T] or IVar[T], String as Node, List as Set or Stream, empty {} as Map
	Patterns map[ast.Pattern]*types.Type // of every pattern
	Uses     map[ast.Node]Object         // *ast.Name, *ast.Ident (callee, output, input, replica ..) -> what it names
	Binds    map[ast.Pattern]*Local      // *ast.BindPat -> the local that it makes
	Seals    []Seal                      // what some statement seals
	// OrderedSeals are those of a cell's one writer that the order decides, see
	// ordered.go.
	OrderedSeals map[*ast.SealStmt]bool
	Calls        map[ast.Expr]*Call    // *ast.Call, Binary, Unary, Index -> what is applied
	Flows        map[ast.Expr]*Flow    // qualifier map of every expression outside lambdas
	Parts        map[ast.Expr]ast.Expr // a part of a composite cell -> the same over its own cells

	Defs       []*types.Def // records and variants
	Cells      []*Cell      // of the run time: parts stand for composite cells
	Composites []*Cell
	System     []*Cell // `errors` and `conflicts`, where they are named
	Params     []*Param
	Inputs     []*Input
	Outputs    []*Output
	Lets       []*Let // in dependency order
	Fns        []*Fn
	Handlers   []*Handler
	Shows      []*Show
	Invariants []*Invariant
	Tests      []*ast.TestDecl
	Reports    []Report // one per declaration, in source order
	Total      int      // handlers
	Free       int      // handlers that need no coordination
}

// Object is something a name can stand for.
type Object interface{ object() }

type (
	// Cell is a declared variable.
	Cell struct {
		Decl   *ast.CellDecl
		Ident  *ast.Ident
		Name   string
		Kind   *types.Type // GMap[String, GCounter]
		View   *types.Type // Map[String, Max[Nat]]
		Stable bool        // the whole view grows with the state
		Scope  ast.Scope
		Writer string // of `written by "n"`, "" otherwise
		ByKey  bool
		Shards int     // `sharded replicas n`, 0 otherwise
		Tag    string  // of `at "tag"`
		Lower  []Bound // of its counters, set by invariants
		Upper  []Bound
		// Parts are those of a composite cell, which itself is not one of Info.Cells;
		// Of is the composite cell that a part belongs to.
		Parts  *Composite
		Of     *Cell
		System bool // `errors` or `conflicts`: the run time writes it
	}
	// Param is a run-time parameter.
	Param struct {
		Decl    *ast.ParamDecl
		Name    string
		Type    *types.Type
		Default value.Value // of Decl.Default, not converted to Type
	}
	// Input is an event from outside.
	Input struct {
		Decl   *ast.InputDecl
		Name   string
		Params []types.Field
		Reply  *types.Type // nil without a reply
	}
	// Output is a channel of irrevocable values.
	Output struct {
		Decl *ast.OutputDecl
		Name string
		Type *types.Type
	}
	// Let is a derived definition.
	Let struct {
		Decl  *ast.LetDecl
		Name  string
		Type  *types.Type
		Flow  *Flow
		Class Class
		Limit int    // rounds of `limit n`, 0 without
		Of    *Cell  // the composite cell whose view it is, nil for what is declared
		peers []*Let // definitions that are recursive together with it, itself among them
	}
	// Fn is a declared function. Recursive ones return streams.
	Fn struct {
		Decl      *ast.FnDecl
		Name      string
		Module    string // that declares it, "" for the program itself
		Vars      []*types.TypeVar
		Params    []*Local
		Result    *types.Type
		Recursive bool
		Assumed   *ast.AssumeDecl // `assume monotone`, nil without
		Joins     bool            // the join of a hand-written lattice
		Lattice   string          // of Joins: its name
		Quals     []op.Qual       // inferred, one per parameter
		Reads     *Flow           // what the body reads besides its parameters
		peers     []*Fn           // functions that call each other, itself among them
	}
	// Local is a name bound by a pattern, parameter, generator or let statement.
	Local struct {
		Name string
		Type *types.Type
		At   source.Span
		Flow *Flow // how it moves; nil or empty for data
	}
	// CtorObj is a constructor used as a name or callee.
	CtorObj struct {
		Def  *types.Def // nil for None and Some
		Ctor *types.Ctor
	}
	// Bottom is the least value of a hand-written lattice, in derived expressions.
	Bottom struct{ Def *types.Def }
	// RowObj is a library function used by name.
	RowObj struct{ Row *op.Row }
	// Special is a name with a meaning of its own: me, unset, unbound, a replica
	// of a test.
	Special struct{ Name string }
)

func (*Cell) object()    {}
func (*Param) object()   {}
func (*Input) object()   {}
func (*Output) object()  {}
func (*Let) object()     {}
func (*Show) object()    {}
func (*Fn) object()      {}
func (*Local) object()   {}
func (*CtorObj) object() {}
func (*RowObj) object()  {}
func (*Bottom) object()  {}
func (*Special) object() {}

// Call is a resolved application. Exactly one of Row, Fn, Ctor, Local, Input,
// Mutator and Special is set.
type Call struct {
	Row     *op.Row
	Fn      *Fn
	Ctor    *CtorObj
	Local   *Local       // a lambda parameter of function type
	Input   *Input       // in tests
	Mutator *MutatorCall // in statement position
	Special string       // "fail", "conflict"
	Args    []ast.Expr   // in parameter order, receiver first; labels resolved
	// Params are the parameter types of this use, after inference.
	Params []*types.Type
	// Lift marks arguments of type IVar[T] that are used as T: the result is an
	// IVar, bound once they are.
	Lift []bool
	// TypeArgs binds the type variables of a generic Fn at this use.
	TypeArgs map[*types.TypeVar]*types.Type
}

// MutatorCall is a write `cell[k1][k2].name(args)`.
type MutatorCall struct {
	Cell *Cell
	Path []ast.Expr  // the keys
	Kind *types.Type // of the leaf: GCounter
	Name string
	Args []ast.Expr // completed by defaults: a nil entry takes Defaults[i]
	// Defaults are the values of omitted arguments.
	Defaults []value.Value
	// Seen are the keys of Path that are read from the cell itself: the first
	// part of a Lex.
	Seen []ast.Expr
	// Joined, of a cell of a hand-written lattice, is what an event writes in the
	// place of the argument: its join with what the cell holds.
	Joined ast.Expr
	// Also are further writes, which are done first: other parts of a composite cell.
	Also []*MutatorCall
	// After are statements that follow where the write is made once, in `on`: they
	// tidy up.
	After []ast.Stmt
}

// Handler is a checked on, when or top-level for.
type Handler struct {
	Decl       ast.Decl    // *ast.OnDecl, *ast.WhenDecl or *ast.ForDecl
	Name       string      // for people: "on impression", "when n >= limit"
	Input      *Input      // of on
	Params     []*Local    // event arguments
	Period     value.Value // of on every
	Reads      []*Cell     // cells that the head and body read, through lets too
	Writes     []*Cell
	Lets       []*Let   // derived definitions that it reads, transitively
	Coordinate bool     // contains a coordinate block or seal by barrier
	Writer     string   // runs at this node only, "" for everywhere
	Peeks      []string // admitted reasons
}

// Show is a live view. Tests may name it.
type Show struct {
	Decl  *ast.ShowDecl
	Name  string
	Value ast.Expr
	Type  *types.Type
	Class Class
}

// Flow maps each leaf cell that an expression depends on to how it moves with
// it and why.
type Flow struct {
	Leaves map[*Cell]Leaf
	Nondet *Cause // a nondeterministic source, or nil
	// Direct is how it moves with the cells and definitions (*Cell, *Let) that
	// it names itself.
	Direct map[Object]op.Qual
	// Content is, of an IVar whose content goes on moving after it is bound, the
	// flow of the same expression where it is used as what it opens into: as a
	// set that is empty until then, or a truth. Nil where they are alike.
	Content *Flow
}

// Leaf is the qualifier in one cell with its cause.
type Leaf struct {
	Qual  op.Qual
	Cause *Cause
}

// Cause is a step on the way from an expression to a cell: the operator that
// gave the qualifier, and the cause below it. The blame path is this chain.
type Cause struct {
	Span  source.Span
	Name  string // the text that is blamed: a name or an operator
	Text  string // "`objects - live` is antitone in `live`"
	Below *Cause
}

// Report is one line of the coordination report.
type Report struct {
	Name         string
	Kind         string // "shared", "let", "on", "when", "show", ..
	Type         string
	Class        Class
	Qualifiers   map[string]op.Qual // by cell name
	Coordination string             // "none", or what it waits for
	At           source.Span
}

// Seal is a cell that is sealed, or an entry of it so many maps deep.
type Seal struct {
	Cell  *Cell
	Depth int
}
