package lower

import (
	"maps"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/typecheck"
)

// Rows of the library that constructs of the language lower to.
const (
	rowEq          = "eq"
	rowNot         = "bool.not"
	rowAnd         = "bool.and"
	rowOr          = "bool.or"
	rowText        = "string.of"
	rowJoin        = "string.join"
	rowIndexMap    = "map.index"
	rowIndexList   = "list.index"
	rowSetIn       = "set.in"
	rowSetNotIn    = "set.not_in"
	rowMapIn       = "map.in"
	rowMapNotIn    = "map.not_in"
	rowSetFilter   = "set.filter"
	rowSetMap      = "set.map"
	rowSetFlatMap  = "set.flat_map"
	rowListFilter  = "list.filter"
	rowListMap     = "list.map"
	rowListFlatMap = "list.flat_map"
)

// row applies a row of the library to values. Aliases become the row that they
// stand for, so that two spellings are one.
func (f *frame) row(id string, t *types.Type, pos source.Position, args ...*ir.Expr) *ir.Expr {
	id, args = f.l.canonical(id, args)
	switch {
	case id == rowAnd:
		return ifElse(pos, args[0], args[1], boolean(false, pos))
	case id == rowOr:
		return ifElse(pos, args[0], boolean(true, pos), args[1])
	case id == rowSetNotIn || id == rowMapNotIn:
		in := rowSetIn
		if id == rowMapNotIn {
			in = rowMapIn
		}
		return f.row(rowNot, types.Bool, pos, f.row(in, types.Bool, pos, args...))
	case (id == rowSetIn || id == rowMapIn) && args[1].Op == ir.EView:
		return &ir.Expr{Op: ir.EHas, Type: types.Bool, View: args[1].View, Args: args[:1], Pos: pos}
	}
	return &ir.Expr{Op: ir.ECall, Type: t, Name: id, Args: args, Pos: pos}
}

// canonical follows aliases of rows.
func (l *lowerer) canonical(id string, args []*ir.Expr) (string, []*ir.Expr) {
	r := l.ops.ByID(id)
	if r == nil {
		return id, args
	}
	if r.Alias != "" {
		if r.Swap {
			args = append([]*ir.Expr{args[1], args[0]}, args[2:]...)
		}
		return r.Alias, args
	}
	return id, args
}

// rowOf follows aliases and says whether the first two arguments change places.
func (l *lowerer) rowOf(r *op.Row) (id string, swap bool) {
	if r.Alias != "" {
		return r.Alias, r.Swap
	}
	return r.ID, false
}

func (f *frame) call(e *ast.Call) *ir.Expr {
	c := f.l.info.Calls[e]
	if c == nil {
		f.l.fail(e, "`%s` cannot be called here", e.Fn.Name)
		return f.dummy(e)
	}
	return f.resolved(e, c)
}

func (f *frame) binary(e *ast.Binary) *ir.Expr {
	c := f.l.info.Calls[e]
	if e.Op == "::" && f.typeOf(e).Is("Stream") {
		return &ir.Expr{Op: ir.ECons, Type: f.typeOf(e), Args: []*ir.Expr{f.expr(e.L), f.expr(e.R)}, Pos: at(e)}
	}
	if c == nil {
		f.l.fail(e, "`%s` cannot be applied here", e.Op)
		return f.dummy(e)
	}
	if c.Args == nil {
		d := *c
		d.Args = []ast.Expr{e.L, e.R}
		c = &d
	}
	return f.resolved(e, c)
}

func (f *frame) unary(e *ast.Unary) *ir.Expr {
	c := f.l.info.Calls[e]
	if lit, ok := ast.Unparen(e.X).(*ast.Lit); ok && e.Op == "-" {
		return f.negative(e, lit)
	}
	if c == nil {
		f.l.fail(e, "`%s` cannot be applied here", e.Op)
		return f.dummy(e)
	}
	if c.Args == nil {
		d := *c
		d.Args = []ast.Expr{e.X}
		c = &d
	}
	return f.resolved(e, c)
}

func (f *frame) negative(e *ast.Unary, lit *ast.Lit) *ir.Expr {
	neg := *lit
	neg.Int, neg.Float = -lit.Int, -lit.Float
	v, _ := convertValue(litValue(&neg), f.typeOf(e))
	return &ir.Expr{Op: ir.EConst, Type: f.typeOf(e), Value: v, Pos: at(e)}
}

func hasLift(c *typecheck.Call) bool {
	for _, l := range c.Lift {
		if l {
			return true
		}
	}
	return false
}

// resolved lowers an application that the checker resolved.
func (f *frame) resolved(e ast.Expr, c *typecheck.Call) *ir.Expr {
	if cell := f.l.historyOf(c); cell != nil {
		v, _ := f.l.history(e, cell)
		return f.view(e, v)
	}
	if hasLift(c) {
		return f.lifted(e, c)
	}
	return f.apply(e, c, f.typeOf(e), nil)
}

// lifted applies a call to the contents of the IVars among its arguments.
func (f *frame) lifted(e ast.Expr, c *typecheck.Call) *ir.Expr {
	var ivars []*ir.Expr
	for i, l := range c.Lift {
		if l {
			ivars = append(ivars, f.plain(c.Args[i]))
		}
	}
	t := f.typeOf(e)
	content := t
	if t.Is("IVar") {
		content = t.Args[0]
	}
	return f.lift(e, ivars, types.IVarOf(content), func(f *frame, xs []*ir.Expr) *ir.Expr {
		given, n := map[int]*ir.Expr{}, 0
		for i, l := range c.Lift {
			if !l {
				continue
			}
			given[i] = xs[n]
			if i < len(c.Params) && !c.Params[i].Is(types.Var) {
				given[i] = f.convert(xs[n], f.clean(c.Params[i]))
			}
			n++
		}
		return f.apply(e, c, content, given)
	})
}

// apply lowers the application with result type t; given arguments are lowered
// already.
func (f *frame) apply(e ast.Expr, c *typecheck.Call, t *types.Type, given map[int]*ir.Expr) *ir.Expr {
	if c.Row != nil && len(c.Args) > 0 && c.Row.Name == "peek" {
		return f.expr(c.Args[0])
	}
	args := make([]*ir.Expr, len(c.Args))
	var rels map[*typecheck.Local]rel
	if c.Fn != nil && !c.Fn.Recursive {
		rels = f.collections(c)
	}
	for i, a := range c.Args {
		switch {
		case rels != nil && hasRel(rels, c.Fn.Params[i]):
		case given[i] != nil:
			args[i] = given[i]
		case i < len(c.Params) && c.Params[i].Is(types.Func):
			args[i] = f.fnArg(a, f.clean(c.Params[i]))
		case a != nil:
			args[i] = f.expr(a)
		}
	}
	switch {
	case c.Row != nil:
		return f.row(c.Row.ID, t, at(e), args...)
	case c.Ctor != nil:
		return constant(&ir.Expr{Op: ir.ECtor, Type: t, Ctor: c.Ctor.Ctor.Value, Args: args, Pos: at(e)})
	case c.Local != nil:
		fn := f.lookup(c.Local)
		if fn == nil {
			f.l.fail(e, "`%s` is not a function here", c.Local.Name)
			return f.dummy(e)
		}
		return f.beta(fn, args, t, at(e))
	case c.Fn != nil:
		maps.Copy(f.l.rels, rels)
		return f.applyFn(e, c, t, args)
	case c.Input != nil:
		return f.inputCall(e, f.l.inputs[c.Input], t, args)
	}
	return &ir.Expr{Op: ir.ESpecial, Name: c.Special, Type: t, Args: args, Pos: at(e)}
}

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
		return &ir.Expr{Op: ir.EFunc, Type: t, N: f.l.funcOf(c.Fn, subst), Args: args, Pos: at(e)}
	}
	if f.l.depth++; f.l.depth > maxInline {
		f.l.fail(e, "the functions called here are nested more than %d deep", maxInline)
		return f.dummy(e)
	}
	defer func() { f.l.depth-- }()
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
			c = &typecheck.Call{Fn: o}
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

func boolean(b bool, pos source.Position) *ir.Expr {
	return &ir.Expr{Op: ir.EConst, Type: types.Bool, Value: valueBool(b), Pos: pos}
}

func ifElse(pos source.Position, c, a, b *ir.Expr) *ir.Expr {
	return &ir.Expr{Op: ir.EIf, Type: types.Bool, Args: []*ir.Expr{c, a, b}, Pos: pos}
}
