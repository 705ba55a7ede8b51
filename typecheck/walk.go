package typecheck

import "github.com/laspc/lasp/lang/ast"

// walk calls f for e and every expression inside it, outer ones first.
func walk(e ast.Expr, f func(ast.Expr)) {
	if e == nil {
		return
	}
	f(e)
	for _, x := range inside(e) {
		walk(x, f)
	}
}

// inside are the direct parts of any expression.
func inside(e ast.Expr) []ast.Expr {
	var parts []ast.Expr
	switch e := e.(type) {
	case *ast.Call:
		return argValues(e.Args)
	case *ast.Lambda:
		return []ast.Expr{e.Body}
	case *ast.Match:
		parts = append(parts, e.Subject)
		for _, arm := range e.Arms {
			if arm.Guard != nil {
				parts = append(parts, arm.Guard)
			}
			parts = append(parts, arm.Body)
		}
		return parts
	case *ast.Comp:
		for _, g := range e.Gens {
			parts = append(parts, g.In)
		}
		for _, x := range []ast.Expr{e.Cond, e.Key, e.Elem} {
			if x != nil {
				parts = append(parts, x)
			}
		}
		return parts
	}
	return children(e)
}
