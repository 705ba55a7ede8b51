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
	if cell, keys := f.l.sealedOf(c); cell != nil {
		return f.sealed(e, cell, keys)
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
			given[i] = f.asParam(c, i, xs[n])
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

func boolean(b bool, pos source.Position) *ir.Expr {
	return &ir.Expr{Op: ir.EConst, Type: types.Bool, Value: valueBool(b), Pos: pos}
}

func ifElse(pos source.Position, c, a, b *ir.Expr) *ir.Expr {
	return &ir.Expr{Op: ir.EIf, Type: types.Bool, Args: []*ir.Expr{c, a, b}, Pos: pos}
}
