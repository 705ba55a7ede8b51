// Package ir defines the lattice IR: a graph of dataflow nodes over flat
// relations, the code of lambdas, handlers and streams, and the declarations
// that a node needs to run them. It is what an artifact holds. It has a text
// form (text.go), a canonical binary form (codec.go), a verifier (verify.go)
// and passes (passes.go).
package ir

import (
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Program is everything a node needs to run a program.
type Program struct {
	Name     string // of the deployment; "main"
	Defs     []*types.Def
	Cells    []*Cell
	Params   []*Param
	Inputs   []*Input
	Outputs  []*Output
	Nodes    []*Node // topological, except that a Rec node precedes its Fix; Nodes[i].ID == i
	Funcs    []*Func // recursive stream functions, called by index
	Handlers []*Handler
	Shows    []*Show
	Lets     []*Named // derived definitions by name, for queries
}

// Coordinated is the Scope of cells that are written in the agreed order only.
const Coordinated = "coordinated"

// Cell is a declared variable.
type Cell struct {
	Name   string
	Kind   *types.Type
	View   View   // over its Source nodes, which every cell has
	Group  string // placement: "" everywhere, "local" for this node only
	Scope  string // shared, coordinated, local
	Writer string // "" when anybody may write
	ByKey  bool
	Shards int
	Tag    string
	// Lower and Upper are the bounds of its counters; all of them hold.
	Lower, Upper []Bound
	Pos          source.Position
}

// Bound is a number, or the value of the parameter named Param and Plus.
type Bound struct {
	Param string // "" for a number alone
	Plus  int64
}

// Param is a parameter; Default is Invalid when it must be set.
type Param struct {
	Name    string
	Type    *types.Type
	Default value.Value
}

// Input is an event; Reply is nil without one.
type Input struct {
	Name   string
	Params []types.Field
	Reply  *types.Type
}

// Output is a channel of irrevocable values.
type Output struct {
	Name string
	Type *types.Type
}

// View is how an expression of a view type is held by nodes. A set or map is
// the relation Node with the columns lattice.RowColumns; so is a scalar, with at
// most one row, where no row is the bottom of the type (an unset Max, 0 of a
// counter, None, false). An IVar has one row per bound value. A Stream is a
// Stream node, or the Source of a stream's elements with Closed.
type View struct {
	Type *types.Type
	Node int
	// Keys are the relations of the keys of a map, one per level of nesting and
	// the outermost first, so that a key whose element is empty is not lost. Nil
	// where the rows of Node tell all keys.
	Keys []int
	// Closed is the Source relation of the lengths of closed streams, -1 where
	// no stream of a cell is in the view.
	Closed int
}

// Named is a definition that can be queried.
type Named struct {
	Name  string
	View  View
	Class string
	Lazy  bool
	Pos   source.Position
}

// Show is a live view.
type Show struct {
	Name  string
	View  View
	Class string
	Pos   source.Position
}

// NodeKind is the kind of a node.
type NodeKind uint8

// The node kinds. Rows are fixed-width; the columns of a type are
// types.Type.Columns of its element (maps: key columns, then value columns).
// Multiplicities are signed 64-bit counts; "set" outputs have 0 or 1.
const (
	// Source is a leaf relation of Cell: Leaf is its index in lattice.Relations.
	Source NodeKind = iota
	// Const holds Rows, one value per column, in canonical order.
	Const
	// Map applies Cond (may be nil) and then Out, one expression per output
	// column, to each row. Locals 0..n-1 are the input columns. Linear.
	Map
	// FlatMap evaluates Each per row to a collection and appends each element's
	// columns to the row: input columns, then element columns (then Cond and Out
	// over them, when given). Linear.
	FlatMap
	// Join is the equi-join of In[0] and In[1] on LKey = RKey (column indexes;
	// empty keys make a product), then Cond and Out over the concatenated row.
	// Bilinear.
	Join
	// SemiJoin keeps rows of In[0] whose LKey columns occur in In[1] (RKey);
	// AntiJoin those whose do not.
	SemiJoin
	AntiJoin
	// Union adds multiplicities of all inputs.
	Union
	// Distinct turns multiplicity > 0 into 1.
	Distinct
	// Group computes Aggs per Keys (the first Keys columns of the input); output
	// rows are the keys, then one column per aggregate. With no keys there is one
	// group, present even when empty where the aggregate has a result. In a
	// recursion a better value of a joining aggregate replaces the row.
	Group
	// Rec stands for the result of the recursion inside its body; Fix (In[0] is
	// the body's result) closes it. Body lists the nodes between them. Mutually
	// recursive definitions are one Fix each, with the same Body, that name each
	// other as Peers; nodes outside the recursion read the Fix, never the Rec.
	Rec
	Fix
	// Compute evaluates Out[0] over the assembled views of its inputs (Views) and
	// takes the result apart into rows. It covers everything that has no
	// incremental form and all functions of scalars. Recompute on change. Type is
	// the type of the result; a Bool is one row (true) or none (false).
	Compute
	// Stream unfolds Out[0], a stream expression over Views, by need.
	Stream
	// Threshold is a Bool or row condition that a handler head waits for: a row
	// that appeared stays.
	Threshold
	// Seal is bound once its input is sealed (or a stream closed).
	Seal
	// Decide is what consensus decided (reserved for coordinated cells).
	Decide
	// Sink marks the head of a handler: its input as it is, each row once.
	Sink
)

// Algebra says what changes a node can see.
type Algebra uint8

// The algebras.
const (
	Lattice   Algebra = iota // grow-only: no minus
	ZSet                     // signed multiplicities
	ScalarAlg                // one row
)

// Node is a node of the dataflow.
type Node struct {
	ID    int
	Kind  NodeKind
	In    []int
	Views []View        // Compute, Stream: the views that code reads by index
	Cols  []*types.Type // output columns
	Type  *types.Type   // the view type that the rows stand for

	Cell int // Source: index in Program.Cells
	Leaf int // Source: index of the leaf relation
	Rows [][]value.Value
	Cond *Expr
	Out  []*Expr
	Each *Expr
	LKey []int
	RKey []int
	Keys int
	Aggs []Aggregate
	Body []int // Fix
	Rec  int   // Fix: its Rec node; Rec: its Fix
	// Peers are the Fix nodes of a mutual recursion, this one among them; nil
	// for a single one.
	Peers []int
	// Limit bounds the rounds of a Fix; 0 is unbounded.
	Limit int

	Quals   map[int]op.Qual // by cell index
	Class   string
	Algebra Algebra
	Rule    op.Rule
	Pos     source.Position
	Hash    [32]byte // of operator, code and inputs: same hash, same node
}

// Aggregate is one column of a Group.
type Aggregate struct {
	// Row is the id of the library row, with an Agg. An empty Row joins lattice
	// values of Type (Max, Min, Flag); two different values of a data type are an
	// error of that key.
	Row  string
	Arg  *Expr // over the input's columns; nil for count
	Type *types.Type
}

// ExprOp is the operator of an expression of code.
type ExprOp uint8

// The operators of code. Slots hold locals; a lambda's parameters and patterns
// bind slots of its own frame, captured slots are copied in.
const (
	EConst   ExprOp = iota // Value
	ELocal                 // Slot
	EParam                 // Name: a program parameter
	EView                  // N: assembled view of Node.Views[N], or in handlers and queries View
	ELookup                // N, Args keys: the value of a map view at a key, without assembling it
	EHas                   // N, Args element: membership in a view
	ECall                  // Name: row id; Args, Fns in order
	EFunc                  // N: recursive stream function; Args
	EApply                 // Args[0] a function value, rest arguments
	ECtor                  // Ctor; Args
	ETuple                 // Args
	EList                  // Args
	ESet                   // Args
	EMap                   // Args: keys and values in turn
	EField                 // N: field index of Args[0] (a record with that constructor)
	EItem                  // N: tuple item of Args[0]
	EIf                    // Args: cond, then, else
	EMatch                 // Args[0] subject; Arms
	ELambda                // Params (patterns), Body; Captures
	ELet                   // Pat = Args[0] in Args[1]
	ECons                  // Args[0] :: lazy Args[1]
	EConvert               // Args[0] as Type: data as Max, Min, IVar; List as Set or Stream; Set as List (in order); IVar as the Set of its bound values ..
	ELift                  // Args[0] a lambda over Args[1:] IVars: bound once all are, each value of a conflict by itself
	EMe                    // the node that evaluates
	ESpecial               // Name: a state of a view that is no data (unset, unbound, conflict of Args, open stream of Args), errors, conflicts; in tests the output N as a list ("output")
)

// Expr is a node of code. Trees are pure; sharing is by ELet.
type Expr struct {
	Op       ExprOp
	Type     *types.Type
	Name     string
	N        int
	Slot     int
	Value    value.Value
	View     View // EView, ELookup, EHas outside nodes
	Args     []*Expr
	Ctor     *value.Ctor
	Arms     []Arm
	Params   []*Pattern
	Body     *Expr
	Captures []int // slots of the enclosing frame, copied to the first slots of the lambda's frame
	Slots    int   // ELambda and roots: size of the frame
	Pat      *Pattern
	Pos      source.Position
	// Func is the function of an EFunc that the program does not have: code from
	// outside, a query or a test, brings it along. N is -1 then.
	Func *Func
}

// Arm is a case of EMatch; Guard may be nil.
type Arm struct {
	Pat   *Pattern
	Guard *Expr
	Body  *Expr
}

// PatOp is the kind of a pattern.
type PatOp uint8

// The kinds of patterns.
const (
	PWild  PatOp = iota
	PBind        // Slot
	PConst       // Value
	PCtor        // Ctor, Args
	PTuple       // Args
	PNil         // []: closed and empty for a stream
	PCons        // Args: head, tail
	PList        // Args: exactly these
)

// Pattern takes values apart.
type Pattern struct {
	Op    PatOp
	Slot  int
	Value value.Value
	Ctor  *value.Ctor
	Args  []*Pattern
}

// Func is a recursive stream function, or the join of a hand-written lattice.
type Func struct {
	Name   string
	Key    string // the name and, of a generic function, the types of this instance; of a join JoinKey
	Params int    // its parameters are slots 0..Params-1
	Slots  int
	Body   *Expr
	Type   *types.Type
	Pos    source.Position
}

// HandlerKind is the kind of a handler.
type HandlerKind uint8

// The handler kinds.
const (
	OnInput HandlerKind = iota
	OnEvery
	OnStart
	When // and top-level for: once per row of Head
	// Held is an invariant that is held where the order decides. Its body is one
	// SIf, whose condition is the invariant.
	Held
)

// Handler is code that runs when something happens.
type Handler struct {
	Kind   HandlerKind
	Name   string
	ID     [16]byte // When: hash of canonical IR, read definitions and cell identities
	Input  int      // OnInput: index in Program.Inputs; arguments are slots 0..n-1
	Period int64    // OnEvery, in nanoseconds
	Head   int      // When: node whose rows are the head keys
	// HeadPat binds the columns of a head row (as one value: the tuple of
	// HeadTypes) to slots.
	HeadTypes []*types.Type
	HeadPat   *Pattern
	Writer    string // runs at this node only
	Slots     int
	Body      []*Stmt
	Pos       source.Position
}

// StmtOp is the kind of a statement.
type StmtOp uint8

// The kinds of statements.
const (
	SMutate     StmtOp = iota // Cell, Path, Name, Args; Else when refused
	SEmit                     // N output, Args[0]
	SReply                    // Args[0]
	SSeal                     // Cell, Path; Barrier
	SIf                       // Args[0]; Then, Else
	SFor                      // Args[0] source collection, Pat, Cond; Then
	SLet                      // Pat, Args[0]
	SMatch                    // Args[0]; Cases
	SCoordinate               // Then; Barrier
	SFail                     // Args[0]
	SInput                    // tests: N input, Args
)

// Stmt is a statement of a body. Path is the statement's place in the handler
// (part of the identity of its effects).
type Stmt struct {
	Op      StmtOp
	Cell    int
	Keys    []*Expr
	Name    string
	N       int
	Args    []*Expr
	Pat     *Pattern
	Cond    *Expr
	Then    []*Stmt
	Else    []*Stmt
	Cases   []Case
	Barrier bool
	Pos     source.Position
}

// Case is a case of SMatch.
type Case struct {
	Pat   *Pattern
	Guard *Expr
	Body  []*Stmt
}
