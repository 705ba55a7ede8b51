package typecheck

import "github.com/laspc/lasp/lang/ast"

// walk calls f for e and every expression inside it, outer ones first.
func walk(e ast.Expr, f func(ast.Expr)) {
	if e == nil {
		return
	}
	f(e)
	switch e := e.(type) {
	case *ast.Call:
		for _, a := range e.Args {
			walk(a.Value, f)
		}
	case *ast.Lambda:
		walk(e.Body, f)
	case *ast.Comp:
		for _, g := range e.Gens {
			walk(g.In, f)
		}
		for _, x := range []ast.Expr{e.Cond, e.Key, e.Elem} {
			if x != nil {
				walk(x, f)
			}
		}
	case *ast.Match:
		walk(e.Subject, f)
		for _, arm := range e.Arms {
			if arm.Guard != nil {
				walk(arm.Guard, f)
			}
			walk(arm.Body, f)
		}
	default:
		for _, x := range children(e) {
			walk(x, f)
		}
	}
}
