package lower

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/typecheck"
)

// Actions lowers statements that were checked by typecheck.CheckStmts against p:
// each is a turn of its own, an input or a body, as in the `at` blocks of tests.
func Actions(p *ir.Program, info *typecheck.Info, stmts []ast.Stmt, ops *op.Table) ([]*ir.Action, error) {
	l := against(p, info, ops)
	actions := l.actions(&ast.Block{Stmts: stmts})
	return actions, l.err
}
