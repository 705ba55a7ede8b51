package lower

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/typecheck"
)

// block lowers the statements of a block. Names that it binds have slots of
// their own, so nothing needs to be undone at its end.
func (f *frame) block(b *ast.Block) []*ir.Stmt {
	var out []*ir.Stmt
	if b == nil {
		return nil
	}
	for _, s := range b.Stmts {
		out = append(out, f.stmt(s)...)
	}
	return out
}

// stmt lowers one statement; a block in statement position is its statements.
func (f *frame) stmt(s ast.Stmt) []*ir.Stmt {
	switch s := s.(type) {
	case nil:
		return nil
	case *ast.BlockStmt:
		return f.block(s.Block)
	case *ast.ExprStmt:
		return f.call1(s)
	case *ast.EmitStmt:
		o, _ := f.l.info.Uses[s.Output].(*typecheck.Output)
		return one(&ir.Stmt{Op: ir.SEmit, N: f.l.outputs[o], Args: []*ir.Expr{f.expr(s.Value)}, Pos: at(s)})
	case *ast.ReplyStmt:
		return one(&ir.Stmt{Op: ir.SReply, Args: []*ir.Expr{f.expr(s.Value)}, Pos: at(s)})
	case *ast.SealStmt:
		return f.seal(s)
	case *ast.IfStmt:
		out := &ir.Stmt{Op: ir.SIf, Args: []*ir.Expr{f.expr(s.Cond)}, Pos: at(s)}
		out.Then = f.block(s.Then)
		out.Else = f.stmt(s.Else)
		return one(out)
	case *ast.ForStmt:
		return one(f.forStmt(s, 0))
	case *ast.LetStmt:
		v := f.expr(s.Value)
		return one(&ir.Stmt{Op: ir.SLet, Args: []*ir.Expr{v}, Pat: f.pattern(s.Pat), Pos: at(s)})
	case *ast.MatchStmt:
		out := &ir.Stmt{Op: ir.SMatch, Args: []*ir.Expr{f.expr(s.Subject)}, Pos: at(s)}
		for _, a := range s.Arms {
			c := ir.Case{Pat: f.pattern(a.Pat)}
			if a.Guard != nil {
				c.Guard = f.expr(a.Guard)
			}
			c.Body = f.stmt(a.Body)
			out.Cases = append(out.Cases, c)
		}
		return one(out)
	case *ast.CoordStmt:
		return one(&ir.Stmt{Op: ir.SCoordinate, Barrier: s.Barrier, Then: f.block(s.Body), Pos: at(s)})
	}
	f.l.fail(s, "this statement has no meaning here")
	return nil
}

func one(s *ir.Stmt) []*ir.Stmt { return []*ir.Stmt{s} }

// call1 lowers a call in statement position: a write or `fail`.
func (f *frame) call1(s *ast.ExprStmt) []*ir.Stmt {
	c := f.l.info.Calls[ast.Unparen(s.X)]
	switch {
	case c != nil && c.Mutator != nil:
		return f.mutation(c.Mutator, s)
	case c != nil && c.Special == "fail":
		return one(&ir.Stmt{Op: ir.SFail, Args: f.exprs(c.Args), Pos: at(s)})
	}
	f.l.fail(s, "this call does nothing here: a statement writes a cell, emits or replies")
	return nil
}

// mutation is one write, after those of other parts of a composite cell; what
// tidies up after it is done where it is done once.
func (f *frame) mutation(m *typecheck.MutatorCall, s *ast.ExprStmt) []*ir.Stmt {
	var all []*ir.Stmt
	for _, also := range m.Also {
		all = append(all, f.mutate(also, s))
	}
	out := f.mutate(m, s)
	out.Else = f.stmt(s.Else)
	all = append(all, out)
	if f.firing {
		return all
	}
	for _, after := range m.After {
		all = append(all, f.stmt(after)...)
	}
	return all
}

func (f *frame) mutate(m *typecheck.MutatorCall, s *ast.ExprStmt) *ir.Stmt {
	out := &ir.Stmt{Op: ir.SMutate, Cell: f.l.cells[m.Cell], Keys: f.exprs(m.Path), Name: m.Name, Pos: at(s)}
	if m.Joined != nil && !f.firing {
		out.Name, out.Args = lattice.TakeUp, []*ir.Expr{f.expr(m.Joined)}
		return out
	}
	for i, a := range m.Args {
		if a == nil {
			out.Args = append(out.Args, &ir.Expr{Op: ir.EConst, Type: typeOfDefault(m, i), Value: m.Defaults[i], Pos: at(s)})
			continue
		}
		out.Args = append(out.Args, f.expr(a))
	}
	return out
}

// typeOfDefault is the type of an omitted argument; only numbers have defaults.
func typeOfDefault(*typecheck.MutatorCall, int) *types.Type { return types.Nat }

func (f *frame) seal(s *ast.SealStmt) []*ir.Stmt {
	out := &ir.Stmt{Op: ir.SSeal, Barrier: s.Barrier || f.l.info.OrderedSeals[s], Pos: at(s)}
	e := ast.Unparen(s.Target)
	for {
		ix, ok := e.(*ast.Index)
		if !ok {
			break
		}
		out.Keys = append([]*ir.Expr{f.expr(ix.K)}, out.Keys...)
		e = ast.Unparen(ix.X)
	}
	c, ok := f.l.info.Uses[e].(*typecheck.Cell)
	if !ok {
		f.l.fail(s, "only a cell can be sealed")
		return nil
	}
	out.Cell = f.l.cells[c]
	return one(out)
}

// forStmt lowers the generators of a loop from the i-th on.
func (f *frame) forStmt(s *ast.ForStmt, i int) *ir.Stmt {
	g := s.Gens[i]
	out := &ir.Stmt{Op: ir.SFor, Args: []*ir.Expr{f.source(g, "List")}, Pos: at(s)}
	out.Pat = f.pattern(g.Pat)
	if i < len(s.Gens)-1 {
		out.Then = one(f.forStmt(s, i+1))
		return out
	}
	if s.Guard != nil {
		out.Cond = f.expr(s.Guard)
	}
	out.Then = f.block(s.Body)
	return out
}
