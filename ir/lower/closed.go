package lower

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/typecheck"
)

// walk calls f with e and all expressions in it, and p with the patterns that
// bind names around them.
func walk(e ast.Expr, f func(ast.Expr), p func(ast.Pattern)) {
	if e == nil {
		return
	}
	f(e)
	down := func(es ...ast.Expr) {
		for _, x := range es {
			walk(x, f, p)
		}
	}
	switch e := e.(type) {
	case *ast.Interp:
		down(e.Parts...)
	case *ast.Tuple:
		down(e.Elems...)
	case *ast.List:
		down(e.Elems...)
	case *ast.Set:
		down(e.Elems...)
	case *ast.Map:
		for _, en := range e.Entries {
			down(en.Key, en.Value)
		}
	case *ast.Comp:
		for _, g := range e.Gens {
			p(g.Pat)
			down(g.In)
		}
		down(e.Key, e.Elem, e.Cond)
	case *ast.FieldOf:
		down(e.X)
	case *ast.TupleItem:
		down(e.X)
	case *ast.Index:
		down(e.X, e.K)
	case *ast.Call:
		for _, a := range e.Args {
			down(a.Value)
		}
	case *ast.Lambda:
		for _, q := range e.Params {
			p(q)
		}
		down(e.Body)
	case *ast.If:
		down(e.Cond, e.Then, e.Else)
	case *ast.Match:
		down(e.Subject)
		for _, a := range e.Arms {
			p(a.Pat)
			down(a.Guard, a.Body)
		}
	case *ast.Binary:
		down(e.L, e.R)
	case *ast.Unary:
		down(e.X)
	case *ast.Paren:
		down(e.X)
	}
}

// eachBind calls f with the variables that a pattern makes, in order.
func (l *lowerer) eachBind(p ast.Pattern, f func(*typecheck.Local)) {
	switch p := p.(type) {
	case *ast.BindPat:
		if v := l.info.Binds[p]; v != nil {
			f(v)
		}
	case *ast.CtorPat:
		for _, a := range p.Args {
			l.eachBind(a.Pat, f)
		}
	case *ast.TuplePat:
		for _, q := range p.Elems {
			l.eachBind(q, f)
		}
	case *ast.ListPat:
		for _, q := range p.Elems {
			l.eachBind(q, f)
		}
	case *ast.ConsPat:
		l.eachBind(p.Head, f)
		l.eachBind(p.Tail, f)
	}
}

// isClosed reports whether e depends on no variable of a row or body: its value
// is the same wherever it stands.
func (l *lowerer) isClosed(e ast.Expr) bool {
	own := map[*typecheck.Local]bool{}
	var used []*typecheck.Local
	walk(e, func(x ast.Expr) {
		if v, ok := l.info.Uses[x].(*typecheck.Local); ok {
			used = append(used, v)
		}
		if c := l.info.Calls[x]; c != nil && c.Local != nil {
			used = append(used, c.Local)
		}
	}, func(p ast.Pattern) {
		l.eachBind(p, func(v *typecheck.Local) { own[v] = true })
	})
	for _, v := range used {
		_, isRel := l.rels[v]
		if !own[v] && !isRel && l.fnVars[v] == nil {
			return false
		}
	}
	return true
}

func (s *scope) isClosed(e ast.Expr) bool { return s.l.isClosed(e) }

// readState says whether a function reads the graph.
type readState uint8

const (
	unknown readState = iota
	visiting
	reads
	pure
)

// readsGraph reports whether e reads a cell or a derived definition, itself or
// in a function that it calls.
func (l *lowerer) readsGraph(e ast.Expr) bool {
	found := false
	walk(e, func(x ast.Expr) {
		switch o := l.info.Uses[x].(type) {
		case *typecheck.Cell, *typecheck.Output:
			found = true
		case *typecheck.Let:
			found = found || l.consts[o] == nil
		case *typecheck.Local:
			_, isRel := l.rels[o]
			found = found || isRel
		case *typecheck.Fn:
			found = found || l.fnReads(o)
		}
		if c := l.info.Calls[x]; c != nil && c.Fn != nil {
			found = found || l.fnReads(c.Fn)
		}
	}, func(ast.Pattern) {})
	return found
}

func (l *lowerer) fnReads(fn *typecheck.Fn) bool {
	switch l.reads[fn] {
	case reads:
		return true
	case visiting, pure:
		return false
	}
	l.reads[fn] = visiting
	if l.readsGraph(fn.Decl.Body) {
		l.reads[fn] = reads
		return true
	}
	l.reads[fn] = pure
	return false
}

// fromGraph returns what an expression is in the graph, or nil where code has to
// compute it: in code over rows a column, in code over views a view.
func (f *frame) fromGraph(e ast.Expr) *ir.Expr {
	root := f.root()
	if root.scope != nil && f == root && f.l.readsGraph(e) && !f.l.isClosed(e) {
		return root.scope.atKey(e)
	}
	if root.scope == nil && !root.graph || !f.l.readsGraph(e) || !f.l.isClosed(e) {
		return nil
	}
	if root.scope != nil {
		x := root.scope.global(e)
		return f.fromRoot(x)
	}
	if _, ok := e.(*ast.Name); ok {
		return nil
	}
	t := f.typeOf(e)
	if t.Is("Set") || t.Is("Map") {
		if r, ok := f.l.tryRel(e); ok {
			return f.view(e, f.l.viewOf(r))
		}
		return nil
	}
	if v, ok := f.l.aggregate(e); ok {
		return f.view(e, v)
	}
	return nil
}

// funcOf is the index of a recursive function's instance for some types. Code that
// is lowered against a program brings the instances along that this one lacks.
func (l *lowerer) funcOf(fn *typecheck.Fn, subst map[*types.TypeVar]*types.Type) (int, *ir.Func) {
	key := fn.Name
	if fn.Module != "" {
		key = fn.Module + " " + key // files may have functions of one name
	}
	for _, v := range fn.Vars {
		if t := subst[v]; t != nil {
			key += " " + t.String()
		}
	}
	if i, ok := l.funcs[key]; ok {
		return i, nil
	}
	if have := l.brought[key]; have != nil {
		return -1, have
	}
	return l.newFunc(fn, key, subst)
}

// newFunc adds a function to the program, or brings it along.
func (l *lowerer) newFunc(fn *typecheck.Fn, key string, subst map[*types.TypeVar]*types.Type) (int, *ir.Func) {
	out := &ir.Func{Name: fn.Name, Key: key, Params: len(fn.Params), Pos: at(fn.Decl)}
	i, own := -1, out
	if l.frozen {
		l.brought[key] = out
	} else {
		i, own = len(l.prog.Funcs), nil
		l.funcs[key] = i
		l.prog.Funcs = append(l.prog.Funcs, out)
	}
	f := l.newFrame()
	f.subst = subst
	for _, p := range fn.Params {
		f.bind(p)
	}
	out.Body = f.expr(fn.Decl.Body)
	params := make([]*types.Type, len(fn.Params))
	for i, p := range fn.Params {
		params[i] = f.clean(p.Type)
	}
	out.Type, out.Slots = types.FuncOf(params, f.clean(fn.Result)), f.slots
	if own != nil {
		ir.Settle(out.Body, out.Params)
		out.Slots = out.Body.Slots
	}
	return i, own
}
