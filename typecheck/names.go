package typecheck

import "github.com/laspc/lasp/lang/ast"

// freeNames calls f for each name and callee in e that no pattern inside e
// binds, and that is not among bound. It does not know the program: a name of a
// function counts as well.
func freeNames(e ast.Expr, bound []string, f func(name string, at ast.Node)) {
	w := &nameWalk{bound: map[string]int{}, f: f}
	for _, b := range bound {
		w.bound[b]++
	}
	w.expr(e)
}

// mentions reports whether name is free in e, as a value.
func mentions(e ast.Expr, name string) bool {
	found := false
	freeNames(e, nil, func(n string, at ast.Node) {
		_, value := at.(*ast.Name)
		found = found || value && n == name
	})
	return found
}

type nameWalk struct {
	bound map[string]int // how many enclosing patterns bind a name
	f     func(string, ast.Node)
}

func (w *nameWalk) name(n string, at ast.Node) {
	if w.bound[n] == 0 {
		w.f(n, at)
	}
}

// within runs body with the names of ps bound.
func (w *nameWalk) within(ps []ast.Pattern, body func()) {
	var names []string
	for _, p := range ps {
		names = patternNames(p, names)
	}
	for _, n := range names {
		w.bound[n]++
	}
	body()
	for _, n := range names {
		w.bound[n]--
	}
}

func (w *nameWalk) expr(e ast.Expr) {
	switch e := e.(type) {
	case *ast.Name:
		w.name(e.Name, e)
	case *ast.Call:
		// After a dot or a pipe stands a function, which no local name hides.
		if e.Form == ast.Plain {
			w.name(e.Fn.Name, e.Fn)
		} else {
			w.f(e.Fn.Name, e.Fn)
		}
		for _, a := range e.Args {
			w.expr(a.Value)
		}
	case *ast.Lambda:
		w.within(e.Params, func() { w.expr(e.Body) })
	case *ast.Comp:
		w.gens(e.Gens, func() {
			for _, x := range []ast.Expr{e.Cond, e.Key, e.Elem} {
				if x != nil {
					w.expr(x)
				}
			}
		})
	case *ast.Match:
		w.expr(e.Subject)
		for _, arm := range e.Arms {
			w.within([]ast.Pattern{arm.Pat}, func() {
				if arm.Guard != nil {
					w.expr(arm.Guard)
				}
				w.expr(arm.Body)
			})
		}
	default:
		for _, x := range children(e) {
			w.expr(x)
		}
	}
}

func (w *nameWalk) gens(gens []*ast.Gen, body func()) {
	if len(gens) == 0 {
		body()
		return
	}
	w.expr(gens[0].In)
	w.within([]ast.Pattern{gens[0].Pat}, func() { w.gens(gens[1:], body) })
}

// children are the parts of an expression that binds no names.
func children(e ast.Expr) []ast.Expr {
	switch e := e.(type) {
	case *ast.Paren:
		return []ast.Expr{e.X}
	case *ast.Interp:
		return e.Parts
	case *ast.Tuple:
		return e.Elems
	case *ast.List:
		return e.Elems
	case *ast.Set:
		return e.Elems
	case *ast.Map:
		var xs []ast.Expr
		for _, entry := range e.Entries {
			xs = append(xs, entry.Key, entry.Value)
		}
		return xs
	case *ast.FieldOf:
		return []ast.Expr{e.X}
	case *ast.TupleItem:
		return []ast.Expr{e.X}
	case *ast.Index:
		return []ast.Expr{e.X, e.K}
	case *ast.If:
		return []ast.Expr{e.Cond, e.Then, e.Else}
	case *ast.Binary:
		return []ast.Expr{e.L, e.R}
	case *ast.Unary:
		return []ast.Expr{e.X}
	}
	return nil
}

// patternNames appends the names that p binds.
func patternNames(p ast.Pattern, to []string) []string {
	switch p := p.(type) {
	case *ast.BindPat:
		return append(to, p.Name)
	case *ast.TuplePat:
		for _, q := range p.Elems {
			to = patternNames(q, to)
		}
	case *ast.ListPat:
		for _, q := range p.Elems {
			to = patternNames(q, to)
		}
	case *ast.ConsPat:
		return patternNames(p.Tail, patternNames(p.Head, to))
	case *ast.CtorPat:
		for _, a := range p.Args {
			to = patternNames(a.Pat, to)
		}
	}
	return to
}
