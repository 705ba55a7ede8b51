package typecheck

import "github.com/laspc/lasp/lang/ast"

// visitor is called for what stands in a body, outer things first. Either may be
// nil. The target of a mutator is not among the expressions: it is written, not
// read.
type visitor struct {
	expr func(ast.Expr)
	stmt func(ast.Stmt)
}

func (v visitor) exprs(es ...ast.Expr) {
	for _, e := range es {
		if e != nil && v.expr != nil {
			walk(e, v.expr)
		}
	}
}

func (v visitor) gens(gens []*ast.Gen) {
	for _, g := range gens {
		v.exprs(g.In)
	}
}

// handler visits head and body.
func (v visitor) handler(d ast.Decl) {
	switch d := d.(type) {
	case *ast.OnDecl:
		v.exprs(d.Every)
		v.block(d.Body)
	case *ast.WhenDecl:
		v.gens(d.Gens)
		v.exprs(d.Cond, d.Guard)
		v.block(d.Body)
	case *ast.ForDecl:
		v.gens(d.Gens)
		v.exprs(d.Guard)
		v.block(d.Body)
	}
}

func (v visitor) block(b *ast.Block) {
	if b == nil {
		return
	}
	for _, s := range b.Stmts {
		v.visit(s)
	}
}

func (v visitor) visit(s ast.Stmt) {
	if s == nil {
		return
	}
	if v.stmt != nil {
		v.stmt(s)
	}
	switch s := s.(type) {
	case *ast.ExprStmt:
		v.exprStmt(s)
		v.visit(s.Else)
	case *ast.EmitStmt:
		v.exprs(s.Value)
	case *ast.ReplyStmt:
		v.exprs(s.Value)
	case *ast.IfStmt:
		v.exprs(s.Cond)
		v.block(s.Then)
		v.visit(s.Else)
	case *ast.ForStmt:
		v.gens(s.Gens)
		v.exprs(s.Guard)
		v.block(s.Body)
	case *ast.LetStmt:
		v.exprs(s.Value)
	case *ast.MatchStmt:
		v.exprs(s.Subject)
		for _, arm := range s.Arms {
			v.exprs(arm.Guard)
			v.visit(arm.Body)
		}
	case *ast.CoordStmt:
		v.block(s.Body)
	case *ast.BlockStmt:
		v.block(s.Block)
	}
}

func (v visitor) exprStmt(s *ast.ExprStmt) {
	call, ok := ast.Unparen(s.X).(*ast.Call)
	if !ok {
		v.exprs(s.X)
		return
	}
	for i, a := range call.Args {
		if i == 0 && call.Form != ast.Plain {
			v.keys(a.Value)
			continue
		}
		v.exprs(a.Value)
	}
}

// keys visits the keys of a target `cell[k1][k2]`.
func (v visitor) keys(e ast.Expr) {
	if i, ok := ast.Unparen(e).(*ast.Index); ok {
		v.keys(i.X)
		v.exprs(i.K)
	}
}
