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

// letGroups orders the definitions so that each stands after those that it
// reads; mutually recursive ones are together (Tarjan 1972).
func (l *lowerer) letGroups() [][]*typecheck.Let {
	t := &tarjan{l: l, index: map[*typecheck.Let]int{}, low: map[*typecheck.Let]int{}, on: map[*typecheck.Let]bool{}}
	for _, d := range l.info.Lets {
		if _, seen := t.index[d]; !seen {
			t.visit(d)
		}
	}
	return t.groups
}

type tarjan struct {
	l          *lowerer
	index, low map[*typecheck.Let]int
	on         map[*typecheck.Let]bool
	stack      []*typecheck.Let
	groups     [][]*typecheck.Let
}

func (t *tarjan) visit(d *typecheck.Let) {
	t.index[d], t.low[d] = len(t.index), len(t.index)
	t.stack, t.on[d] = append(t.stack, d), true
	for _, e := range t.l.letsIn(d.Decl.Value) {
		if _, seen := t.index[e]; !seen {
			t.visit(e)
			t.low[d] = min(t.low[d], t.low[e])
		} else if t.on[e] {
			t.low[d] = min(t.low[d], t.index[e])
		}
	}
	if t.low[d] != t.index[d] {
		return
	}
	var group []*typecheck.Let
	for {
		e := t.stack[len(t.stack)-1]
		t.stack, t.on[e] = t.stack[:len(t.stack)-1], false
		group = append([]*typecheck.Let{e}, group...)
		if e == d {
			break
		}
	}
	t.groups = append(t.groups, group)
}

// letsIn lists the definitions that an expression reads, through functions too,
// in order of appearance.
func (l *lowerer) letsIn(e ast.Expr) []*typecheck.Let {
	var out []*typecheck.Let
	seen := map[*typecheck.Fn]bool{}
	var in func(ast.Expr)
	in = func(e ast.Expr) {
		walk(e, func(x ast.Expr) {
			var fn *typecheck.Fn
			switch o := l.info.Uses[x].(type) {
			case *typecheck.Let:
				out = append(out, o)
			case *typecheck.Fn:
				fn = o
			}
			if c := l.info.Calls[x]; c != nil && c.Fn != nil {
				fn = c.Fn
			}
			if fn != nil && !seen[fn] {
				seen[fn] = true
				in(fn.Decl.Body)
			}
		}, func(ast.Pattern) {})
	}
	in(e)
	return out
}

// letGroup lowers one definition, or several that are recursive together.
func (l *lowerer) letGroup(group []*typecheck.Let) {
	if len(group) == 1 && !l.readsItself(group[0]) {
		d := group[0]
		t := l.newFrame().clean(d.Type)
		v := l.define(d.Decl.Value, t)
		l.name(d, v)
		n := l.prog.Nodes[v.Node]
		if n.Kind == ir.Compute && n.Out[0].Op == ir.EConst && !isCollection(t) {
			l.consts[d] = n.Out[0]
		}
		return
	}
	recs := make([]int, len(group))
	for i, d := range group {
		t := l.newFrame().clean(d.Type)
		if t.Is("Map") && isCollection(t.Args[1]) || t.Is("Stream") {
			l.fail(d.Decl, "a recursion over `%s` is not supported; use a set of tuples", t)
		}
		recs[i] = l.add(&ir.Node{Kind: ir.Rec, Cols: rowColumns(t), Type: t, Pos: at(d.Decl)})
		l.lets[d] = ir.View{Type: t, Node: recs[i], Closed: -1}
	}
	bodies := make([]int, len(group))
	for i, d := range group {
		bodies[i] = l.define(d.Decl.Value, l.lets[d].Type).Node
	}
	l.fix(group, recs, bodies)
}

// fix closes a recursion.
func (l *lowerer) fix(group []*typecheck.Let, recs, bodies []int) {
	fixes := make([]int, len(group))
	for i, d := range group {
		t := l.lets[d].Type
		fixes[i] = l.add(&ir.Node{
			Kind: ir.Fix, In: []int{bodies[i]}, Rec: recs[i], Limit: d.Limit,
			Cols: rowColumns(t), Type: t, Pos: at(d.Decl),
		})
		l.prog.Nodes[recs[i]].Rec = fixes[i]
	}
	for i, d := range group {
		if len(group) > 1 {
			l.prog.Nodes[fixes[i]].Peers = fixes
		}
		l.name(d, ir.View{Type: l.lets[d].Type, Node: fixes[i], Closed: -1})
	}
}

// name gives a definition its view.
func (l *lowerer) name(d *typecheck.Let, v ir.View) {
	l.lets[d] = v
	l.letAt[d] = len(l.prog.Lets)
	l.prog.Lets = append(l.prog.Lets, &ir.Named{
		Name: d.Name, View: v, Class: d.Class.String(), Lazy: d.Decl.Lazy, Pos: at(d.Decl),
	})
}

func (l *lowerer) readsItself(d *typecheck.Let) bool {
	for _, e := range l.letsIn(d.Decl.Value) {
		if e == d {
			return true
		}
	}
	return false
}

// funcOf is the index of a recursive function's instance for some types.
func (l *lowerer) funcOf(fn *typecheck.Fn, subst map[*types.TypeVar]*types.Type) int {
	key := fn.Name
	for _, v := range fn.Vars {
		if t := subst[v]; t != nil {
			key += " " + t.String()
		}
	}
	if i, ok := l.funcs[key]; ok {
		return i
	}
	if l.frozen {
		l.fail(fn.Decl.Name, "`%s` with these types is not part of the program, so it cannot be called here", fn.Name)
		return 0
	}
	i := len(l.prog.Funcs)
	l.funcs[key] = i
	out := &ir.Func{Name: fn.Name, Key: key, Params: len(fn.Params), Pos: at(fn.Decl)}
	l.prog.Funcs = append(l.prog.Funcs, out)
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
	return i
}
