package lower

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/typecheck"
)

// collections are the arguments of a function to inline that the graph has as
// relations: its body may then do with them what a definition could.
func (f *frame) collections(c *typecheck.Call) map[*typecheck.Local]rel {
	root := f.root()
	if root.scope == nil && !root.graph || len(c.TypeArgs) > 0 {
		return nil
	}
	rels := map[*typecheck.Local]rel{}
	for i, p := range c.Fn.Params {
		if a := c.Args[i]; (p.Type.Is("Set") || p.Type.Is("Map")) && f.l.readsGraph(a) && f.l.isClosed(a) {
			rels[p] = f.l.exactly(f.l.relOf(a))
		}
	}
	return rels
}

func hasRel(rels map[*typecheck.Local]rel, p *typecheck.Local) bool {
	_, ok := rels[p]
	return ok
}

// applyFn inlines a function; recursive ones, which make streams, are called.
func (f *frame) applyFn(e ast.Expr, c *typecheck.Call, t *types.Type, args []*ir.Expr) *ir.Expr {
	subst := f.typeArgs(c)
	if c.Fn.Recursive {
		n, fn := f.l.funcOf(c.Fn, subst)
		return &ir.Expr{Op: ir.EFunc, Type: t, N: n, Func: fn, Args: args, Pos: at(e)}
	}
	if f.l.depth++; f.l.depth > maxInline {
		f.l.fail(e, "the functions called here are nested more than %d deep", maxInline)
		return f.dummy(e)
	}
	defer func() { f.l.depth-- }()
	if f.l.inlined++; f.l.inlined > maxInlined {
		f.l.fail(e, "the functions called here call others more than %d times, all told; name what they share in a `let`", maxInlined)
		return f.dummy(e)
	}
	saved := f.subst
	var wraps []func(*ir.Expr) *ir.Expr
	for i, p := range c.Fn.Params {
		f.subst = subst
		if args[i] == nil { // it is a relation this time
			for g := f; g != nil; g = g.up {
				delete(g.vars, p)
			}
			continue
		}
		delete(f.l.rels, p)
		delete(f.l.fnVars, p)
		wraps = append(wraps, f.let(p, args[i]))
	}
	body := f.expr(c.Fn.Decl.Body)
	f.subst = saved
	for i := len(wraps) - 1; i >= 0; i-- {
		body = wraps[i](body)
	}
	return body
}

// maxInline bounds the nesting of inlined functions.
const maxInline = 200

// maxInlined bounds how many inlined bodies there are: functions that each call
// the next one twice double the code at every level.
const maxInlined = 100_000

// typeArgs binds the type variables of a generic function at a use.
func (f *frame) typeArgs(c *typecheck.Call) map[*types.TypeVar]*types.Type {
	if len(c.TypeArgs) == 0 {
		return nil
	}
	subst := make(map[*types.TypeVar]*types.Type, len(c.TypeArgs))
	for v, t := range c.TypeArgs {
		subst[v] = f.clean(t)
	}
	return subst
}

// beta applies a function value. A lambda is taken apart at once.
func (f *frame) beta(fn *ir.Expr, args []*ir.Expr, t *types.Type, pos source.Position) *ir.Expr {
	if fn.Op != ir.ELambda || len(fn.Params) != len(args) {
		return &ir.Expr{Op: ir.EApply, Type: t, Args: append([]*ir.Expr{fn}, args...), Pos: pos}
	}
	own := map[int]int{}
	move := func(s int) int {
		if s < len(fn.Captures) {
			return fn.Captures[s]
		}
		if _, ok := own[s]; !ok {
			own[s] = f.slot()
		}
		return own[s]
	}
	ir.RemapSlots(fn.Body, move)
	body := fn.Body
	for i := len(args) - 1; i >= 0; i-- {
		ir.RemapPattern(fn.Params[i], move)
		body = letIn(fn.Params[i], args[i], body)
	}
	return body
}

// fnArg lowers a function value that is used with the function type t. A
// lambda of n parameters given one n-tuple takes it apart.
func (f *frame) fnArg(e ast.Expr, t *types.Type) *ir.Expr {
	e = ast.Unparen(e)
	lam, ok := e.(*ast.Lambda)
	if !ok {
		return f.etaArg(e, t)
	}
	inner, want := f.lambda(), t.Params()
	var params []*ir.Pattern
	switch {
	case len(lam.Params) == len(want):
		params = inner.patterns(lam.Params)
	case len(want) == 1:
		params = []*ir.Pattern{{Op: ir.PTuple, Args: inner.patterns(lam.Params)}}
	default:
		params = inner.spread(lam.Params[0], want)
	}
	return inner.close(params, inner.expr(lam.Body), t)
}

// spread gives the parts of a tuple pattern to several parameters.
func (f *frame) spread(p ast.Pattern, want []*types.Type) []*ir.Pattern {
	if tp, ok := p.(*ast.TuplePat); ok && len(tp.Elems) == len(want) {
		return f.patterns(tp.Elems)
	}
	params := make([]*ir.Pattern, len(want))
	parts := make([]*ir.Expr, len(want))
	for i, t := range want {
		s := f.slot()
		params[i] = &ir.Pattern{Op: ir.PBind, Slot: s}
		parts[i] = &ir.Expr{Op: ir.ELocal, Slot: s, Type: t}
	}
	if b, ok := p.(*ast.BindPat); ok && f.l.info.Binds[b] != nil {
		f.vars[f.l.info.Binds[b]] = &ir.Expr{Op: ir.ETuple, Type: types.TupleOf(want...), Args: parts}
	}
	return params
}

// etaArg makes a lambda of a function that is named.
func (f *frame) etaArg(e ast.Expr, t *types.Type) *ir.Expr {
	n, _ := e.(*ast.Name)
	if v, ok := f.l.info.Uses[e].(*typecheck.Local); ok {
		if x := f.lookup(v); x != nil {
			return x
		}
	}
	inner, want := f.lambda(), t.Params()
	params := make([]*ir.Pattern, len(want))
	args := make([]*ir.Expr, len(want))
	for i, p := range want {
		s := inner.slot()
		params[i] = &ir.Pattern{Op: ir.PBind, Slot: s}
		args[i] = &ir.Expr{Op: ir.ELocal, Slot: s, Type: p, Pos: at(e)}
	}
	var body *ir.Expr
	switch o := f.l.info.Uses[e].(type) {
	case *typecheck.RowObj:
		body = inner.row(o.Row.ID, t.Result(), at(e), args...)
	case *typecheck.Fn:
		args = takeApart(args, len(o.Params))
		c := f.l.info.Calls[e]
		if c == nil {
			c = &typecheck.Call{Fn: o, TypeArgs: map[*types.TypeVar]*types.Type{}}
			for i, p := range o.Params {
				if i < len(args) {
					bindVars(p.Type, args[i].Type, c.TypeArgs)
				}
			}
		}
		body = inner.applyFn(e, c, t.Result(), args)
	case *typecheck.CtorObj:
		args = takeApart(args, len(o.Ctor.Fields))
		body = &ir.Expr{Op: ir.ECtor, Type: t.Result(), Ctor: o.Ctor.Value, Args: args, Pos: at(e)}
	default:
		name := "this"
		if n != nil {
			name = n.Name
		}
		f.l.fail(e, "`%s` is not a function", name)
		return f.dummy(e)
	}
	return inner.close(params, body, t)
}

// bindVars finds what the type variables of a parameter stand for where a value
// of type t is given.
func bindVars(p, t *types.Type, to map[*types.TypeVar]*types.Type) {
	p, t = p.Resolve(), t.Resolve()
	if p.Con == types.Var {
		if to[p.Var] == nil {
			to[p.Var] = t
		}
		return
	}
	for i := range min(len(p.Args), len(t.Args)) {
		bindVars(p.Args[i], t.Args[i], to)
	}
}

// takeApart gives the parts of one tuple to a function of n parameters.
func takeApart(args []*ir.Expr, n int) []*ir.Expr {
	if len(args) != 1 || n <= 1 || !args[0].Type.Is(types.Tuple) {
		return args
	}
	parts := make([]*ir.Expr, n)
	for i := range parts {
		parts[i] = item(ir.CloneExpr(args[0]), i, args[0].Type.Resolve().Args[i])
	}
	return parts
}
