package typecheck

import (
	"slices"
	"strings"

	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
)

// invention looks for a computed value that depends on the elements of the
// recursive definition and becomes one of them.
type invention struct {
	j       *judge
	let     *Let
	tainted map[*Local]bool
	found   ast.Expr
}

// expr walks e; result says that what e yields flows back into the definition.
func (w *invention) expr(e ast.Expr, result bool) {
	if w.found != nil || e == nil {
		return
	}
	switch e := e.(type) {
	case *ast.Comp:
		w.comp(e, result)
		return
	case *ast.Lambda:
		w.expr(e.Body, result)
		return
	case *ast.If:
		w.expr(e.Then, result)
		w.expr(e.Else, result)
		return
	case *ast.Interp:
		w.report(e, result, e.Parts)
		return
	case *ast.List:
		w.report(e, result, e.Elems)
		return
	case *ast.Match:
		for _, arm := range e.Arms {
			if w.depends(e.Subject) {
				w.taint(arm.Pat)
			}
			w.expr(arm.Body, result)
		}
		return
	}
	if call := w.j.info.Calls[e]; call != nil {
		w.call(e, call, result)
		return
	}
	for _, x := range children(e) {
		w.expr(x, result)
	}
}

func (w *invention) report(e ast.Expr, result bool, parts []ast.Expr) {
	if result && slices.ContainsFunc(parts, w.depends) {
		w.found = e
	}
}

func (w *invention) comp(e *ast.Comp, result bool) {
	for _, g := range e.Gens {
		if w.depends(g.In) {
			w.taint(g.Pat)
		}
	}
	if e.Kind != ast.MapComp {
		w.expr(e.Elem, result)
		return
	}
	w.expr(e.Key, result)
	if !w.improves(e) {
		w.expr(e.Elem, result)
	}
}

// improves reports whether the values of a map comprehension are sums into
// Min[Nat]: they cannot fall below zero, so each key improves finitely often.
func (w *invention) improves(e *ast.Comp) bool {
	t := w.j.info.Types[e]
	if to := w.j.info.Coerce[e]; to != nil {
		t = to
	}
	return t.Is("Map") && t.Resolve().Args[1].Is("Min") && t.Resolve().Args[1].Resolve().Args[0].Is("Nat") && !w.multiplies(e.Elem)
}

func (w *invention) multiplies(e ast.Expr) bool {
	found := false
	walk(e, func(x ast.Expr) {
		call := w.j.info.Calls[x]
		if call != nil && call.Row != nil && call.Row.Invents && call.Row.Name != "+" && slices.ContainsFunc(call.Args, w.depends) {
			found = true
		}
	})
	return found
}

func (w *invention) call(e ast.Expr, call *Call, result bool) {
	switch {
	case call.Row != nil && (call.Row.Invents || call.Row.Name == "::"):
		w.report(e, result, call.Args)
		return
	case call.Ctor != nil && recursiveType(call.Ctor.Def):
		w.report(e, result, call.Args)
		return
	case call.Fn != nil:
		if result && slices.ContainsFunc(call.Args, w.depends) && !w.j.projects(call.Fn) {
			w.found = e
		}
		return
	case call.Local != nil:
		w.report(e, result, call.Args)
		return
	case call.Row != nil && !resultMatters(call.Row):
		return
	}
	for i, a := range call.Args {
		if l, ok := ast.Unparen(a).(*ast.Lambda); ok && i > 0 {
			if w.depends(call.Args[0]) {
				for _, p := range l.Params {
					w.taint(p)
				}
			}
			if !call.Params[i].Result().Is("Bool") {
				w.expr(l.Body, result)
			}
			continue
		}
		if call.Row != nil && i > 0 && result && call.Params[i].Is(types.Func) && !call.Params[i].Result().Is("Bool") && w.depends(call.Args[0]) && w.computes(a) {
			w.found = a
			return
		}
		w.expr(a, result)
	}
}

// computes reports whether a function that is handed over by name may make new
// values; of a parameter nothing is known.
func (w *invention) computes(e ast.Expr) bool {
	switch o := w.j.info.Uses[ast.Unparen(e)].(type) {
	case *Fn:
		return !w.j.projects(o)
	case *RowObj:
		return o.Row.Invents
	case *Local:
		return true
	case *CtorObj:
		return recursiveType(o.Def)
	}
	return false
}

// resultMatters tells operators whose arguments become results from tests.
func resultMatters(row *op.Row) bool { return !strings.HasSuffix(row.Sig, "-> Bool") }

// projects reports whether a function computes no new value.
func (j *judge) projects(f *Fn) bool {
	computes := false
	walk(f.Decl.Body, func(x ast.Expr) {
		call := j.info.Calls[x]
		_, text := x.(*ast.Interp)
		_, list := x.(*ast.List)
		computes = computes || text || list || call != nil && (call.Fn != nil || call.Row != nil && (call.Row.Invents || call.Row.Name == "::"))
	})
	return !computes
}

func recursiveType(d *types.Def) bool {
	if d == nil {
		return false
	}
	seen := map[*types.Def]bool{}
	var reaches func(t *types.Type) bool
	reaches = func(t *types.Type) bool {
		t = t.Resolve()
		if t.Def == d {
			return true
		}
		if t.Def != nil && !seen[t.Def] {
			seen[t.Def] = true
			for _, ctor := range t.Def.Ctors {
				for _, f := range ctor.Fields {
					if reaches(f.Type) {
						return true
					}
				}
			}
		}
		return slices.ContainsFunc(t.Args, reaches)
	}
	for _, ctor := range d.Ctors {
		for _, f := range ctor.Fields {
			if reaches(f.Type) {
				return true
			}
		}
	}
	return false
}

func (w *invention) taint(p ast.Pattern) {
	walkPattern(p, func(q ast.Pattern) {
		if l := w.j.info.Binds[q]; l != nil {
			w.tainted[l] = true
		}
	})
}

// depends reports whether e uses the definition or something drawn from it.
func (w *invention) depends(e ast.Expr) bool {
	found := false
	walk(e, func(x ast.Expr) {
		switch o := w.j.info.Uses[x].(type) {
		case *Let:
			found = found || slices.Contains(w.let.together(), o)
		case *Local:
			found = found || w.tainted[o]
		}
	})
	return found
}

func walkPattern(p ast.Pattern, f func(ast.Pattern)) {
	f(p)
	switch p := p.(type) {
	case *ast.TuplePat:
		for _, q := range p.Elems {
			walkPattern(q, f)
		}
	case *ast.ListPat:
		for _, q := range p.Elems {
			walkPattern(q, f)
		}
	case *ast.ConsPat:
		walkPattern(p.Head, f)
		walkPattern(p.Tail, f)
	case *ast.CtorPat:
		for _, a := range p.Args {
			walkPattern(a.Pat, f)
		}
	}
}
