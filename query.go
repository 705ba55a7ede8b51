package lasp

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/ir/lower"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/diag"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/parser"
	"github.com/laspc/lasp/stdlib"
	"github.com/laspc/lasp/typecheck"
)

// CompileQuery compiles an expression against a program of which only the IR is
// known, as on a node: it can name the program's types, cells, parameters and
// definitions. Nothing is returned when a diagnostic is an error.
func CompileQuery(p *ir.Program, text string) (*ir.Expr, []diag.Diagnostic, error) {
	e, found := parser.ParseExpr(source.NewFile("query", []byte(text)))
	if diag.HasErrors(found) {
		return nil, found, nil
	}
	q, ds := typecheck.CheckExpr(queryEnv(p), e, stdlib.Table())
	found = append(found, ds...)
	if diag.HasErrors(found) {
		return nil, found, nil
	}
	code, err := lower.Expr(p, q.Info, e, stdlib.Table())
	return code, found, err
}

// queryEnv is what a query against p can name.
func queryEnv(p *ir.Program) *typecheck.Env {
	env := &typecheck.Env{Defs: p.Defs}
	for _, c := range p.Cells {
		if c.IsHidden() {
			continue
		}
		scope := ast.Shared
		for _, s := range []ast.Scope{ast.Shared, ast.Coordinated, ast.Local} {
			if s.Keyword() == c.Scope {
				scope = s
			}
		}
		env.Cells = append(env.Cells, typecheck.NewCell(c.Name, c.Kind, scope))
	}
	for _, q := range p.Params {
		env.Params = append(env.Params, &typecheck.Param{Name: q.Name, Type: q.Type})
	}
	for _, l := range p.Lets {
		class := typecheck.Nondet
		for _, c := range []typecheck.Class{typecheck.Fixed, typecheck.Stable, typecheck.Eventual} {
			if c.String() == l.Class {
				class = c
			}
		}
		env.Lets = append(env.Lets, typecheck.NewLet(l.Name, l.View.Type, class))
	}
	return env
}
