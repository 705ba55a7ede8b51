package ast

import "github.com/laspc/lasp/lang/source"

// Stmt is a statement in the body of a handler or of `at r { }` in a test.
type Stmt interface {
	Node
	stmt()
}

// Block is `{ statements }`.
type Block struct {
	At
	Stmts []Stmt
}

type (
	// ExprStmt is a call in statement position: a mutator (`m[k].add(v)`), in
	// tests an input, or `fail(e)`. Else is the statement after `else` of a
	// mutator that can be refused, or nil.
	ExprStmt struct {
		At
		X    Expr
		Else Stmt
	}
	// EmitStmt is `emit e to output`.
	EmitStmt struct {
		At
		Value  Expr
		Output *Ident
	}
	// ReplyStmt is `reply e`.
	ReplyStmt struct {
		At
		Value Expr
	}
	// SealStmt is `seal x` or `seal x by barrier`.
	SealStmt struct {
		At
		Target  Expr
		Barrier bool
	}
	// IfStmt is `if c { } else { }`; Else is nil, a *Block or an *IfStmt.
	IfStmt struct {
		At
		Cond Expr
		Then *Block
		Else Stmt
	}
	// ForStmt is `for x in e if c { }`.
	ForStmt struct {
		At
		Gens  []*Gen
		Guard Expr
		Body  *Block
	}
	// LetStmt is `let pat = e`.
	LetStmt struct {
		At
		Pat   Pattern
		Value Expr
	}
	// MatchStmt is `match e { p => statement-or-block, .. }`.
	MatchStmt struct {
		At
		Subject Expr
		Arms    []*StmtArm
	}
	// CoordStmt is `coordinate { }` or `coordinate by barrier { }`.
	CoordStmt struct {
		At
		Barrier bool
		Body    *Block
	}
	// BlockStmt is a block in statement position, as after `else`.
	BlockStmt struct{ *Block }
	// BadStmt stands for text that could not be parsed.
	BadStmt struct{ At }
)

// StmtArm is one case of a match statement.
type StmtArm struct {
	At
	Pat   Pattern
	Guard Expr
	Body  Stmt // often a *BlockStmt
}

func (*ExprStmt) stmt()  {}
func (*EmitStmt) stmt()  {}
func (*ReplyStmt) stmt() {}
func (*SealStmt) stmt()  {}
func (*IfStmt) stmt()    {}
func (*ForStmt) stmt()   {}
func (*LetStmt) stmt()   {}
func (*MatchStmt) stmt() {}
func (*CoordStmt) stmt() {}
func (*BlockStmt) stmt() {}
func (*BadStmt) stmt()   {}

// Step is a step of a test.
type Step interface {
	Node
	step()
}

type (
	// ReplicasStep is `replicas a, b`.
	ReplicasStep struct {
		At
		Names []*Ident
	}
	// AtStep is `at r { statements and inputs }`.
	AtStep struct {
		At
		Replica *Ident
		Body    *Block
	}
	// SyncStep is `sync`.
	SyncStep struct{ At }
	// PartitionStep is `partition a | b, c`.
	PartitionStep struct {
		At
		Groups [][]*Ident
	}
	// HealStep is `heal`.
	HealStep struct{ At }
	// CrashStep is `crash r`.
	CrashStep struct {
		At
		Replica *Ident
	}
	// RestartStep is `restart r` or `restart r blank`.
	RestartStep struct {
		At
		Replica *Ident
		Blank   bool
	}
	// WaitStep is `wait 5s`.
	WaitStep struct {
		At
		For Expr
	}
	// ParamStep is `param x = v`.
	ParamStep struct {
		At
		Name  *Ident
		Value Expr
	}
	// DeployStep is `deploy "v2.lasp"`.
	DeployStep struct {
		At
		Path   string
		PathAt source.Span
	}
	// ExpectStep is `expect e` or `expect at r e`.
	ExpectStep struct {
		At
		Replica *Ident // nil: at every live replica
		Cond    Expr
	}
	// ExpectFailsStep is `expect fails L05 at r { .. }`.
	ExpectFailsStep struct {
		At
		Code    *Ident // a code or a family of codes
		Replica *Ident
		Body    *Block
	}
)

func (*ReplicasStep) step()    {}
func (*AtStep) step()          {}
func (*SyncStep) step()        {}
func (*PartitionStep) step()   {}
func (*HealStep) step()        {}
func (*CrashStep) step()       {}
func (*RestartStep) step()     {}
func (*WaitStep) step()        {}
func (*ParamStep) step()       {}
func (*DeployStep) step()      {}
func (*ExpectStep) step()      {}
func (*ExpectFailsStep) step() {}
