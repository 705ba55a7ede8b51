package lower

import (
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/typecheck"
)

// expr lowers an expression to code, converted to the type that it is used as.
func (f *frame) expr(e ast.Expr) *ir.Expr {
	x := f.plain(e)
	if t := f.l.info.Coerce[e]; t != nil {
		x = f.convert(x, f.clean(t))
	}
	return x
}

// plain lowers an expression before coercion. What the graph can compute better
// than code is taken from the graph.
func (f *frame) plain(e ast.Expr) *ir.Expr {
	if p, ok := e.(*ast.Paren); ok {
		return f.expr(p.X)
	}
	if over := f.l.info.Parts[e]; over != nil {
		return f.expr(over)
	}
	if x := f.fromGraph(e); x != nil {
		return x
	}
	return f.code(e)
}

// code lowers an expression to code of its own.
func (f *frame) code(e ast.Expr) *ir.Expr {
	switch e := e.(type) {
	case *ast.Paren:
		return f.expr(e.X)
	case *ast.Lit:
		v, _ := convertValue(litValue(e), f.typeOf(e))
		return &ir.Expr{Op: ir.EConst, Type: f.typeOf(e), Value: v, Pos: at(e)}
	case *ast.Name:
		return f.name(e)
	case *ast.Interp:
		return f.interp(e)
	case *ast.Tuple:
		return constant(f.build(ir.ETuple, e, e.Elems))
	case *ast.List:
		return f.list(e)
	case *ast.Set:
		if t := f.typeOf(e); t.Is("Map") || f.usedAs(e).Is("Map") {
			return constant(&ir.Expr{Op: ir.EMap, Type: f.usedAs(e), Pos: at(e)})
		}
		return constant(f.build(ir.ESet, e, e.Elems))
	case *ast.Map:
		return f.mapLit(e)
	case *ast.Comp:
		return f.comp(e)
	case *ast.FieldOf:
		return f.field(e)
	case *ast.TupleItem:
		return f.overIVar(e, e.X, func(f *frame, x *ir.Expr, t *types.Type) *ir.Expr { return item(x, e.N, t) })
	case *ast.Index:
		return f.index(e)
	case *ast.Call:
		return f.call(e)
	case *ast.Lambda:
		return f.fnArg(e, f.usedAs(e))
	case *ast.If:
		return f.ifExpr(e)
	case *ast.Match:
		return f.match(e)
	case *ast.Binary:
		return f.binary(e)
	case *ast.Unary:
		return f.unary(e)
	}
	f.l.fail(e, "this expression has no meaning here")
	return f.dummy(e)
}

// dummy stands for an expression that was refused.
func (f *frame) dummy(e ast.Node) *ir.Expr {
	return &ir.Expr{Op: ir.EConst, Type: types.Unit, Value: value.MakeTuple(), Pos: at(e)}
}

// build makes an expression of a list of parts.
func (f *frame) build(op ir.ExprOp, e ast.Expr, parts []ast.Expr) *ir.Expr {
	return &ir.Expr{Op: op, Type: f.typeOf(e), Args: f.exprs(parts), Pos: at(e)}
}

func (f *frame) exprs(es []ast.Expr) []*ir.Expr {
	out := make([]*ir.Expr, len(es))
	for i, e := range es {
		out[i] = f.expr(e)
	}
	return out
}

// localOf is the variable that a name stands for, or nil.
func (l *lowerer) localOf(n *ast.Name) *typecheck.Local {
	v, _ := l.info.Uses[n].(*typecheck.Local)
	return v
}

// name lowers a name by what it stands for.
func (f *frame) name(e *ast.Name) *ir.Expr {
	switch o := f.l.info.Uses[e].(type) {
	case *typecheck.Local:
		if x := f.lookup(o); x != nil {
			return x
		}
		if r, ok := f.l.rels[o]; ok {
			return f.view(e, f.l.viewOf(r))
		}
	case *typecheck.Cell:
		if _, has := f.l.cells[o]; o.System && !has {
			return &ir.Expr{Op: ir.ESpecial, Name: o.Name, Type: o.View, Pos: at(e)}
		}
		return f.view(e, f.l.prog.Cells[f.l.cells[o]].View)
	case *typecheck.Let:
		if x := f.l.consts[o]; x != nil {
			return ir.CloneExpr(x)
		}
		if v, ok := f.l.lets[o]; ok {
			return f.view(e, v)
		}
	case *typecheck.Show:
		if v, ok := f.l.shows[o]; ok {
			return f.view(e, v)
		}
	case *typecheck.Param:
		return &ir.Expr{Op: ir.EParam, Name: o.Name, Type: f.clean(o.Type), Pos: at(e)}
	case *typecheck.CtorObj:
		return f.ctor(e, o.Ctor, nil)
	case *typecheck.RowObj, *typecheck.Fn:
		return f.fnArg(e, f.usedAs(e))
	case *typecheck.Output:
		return &ir.Expr{Op: ir.ESpecial, Name: "output", N: f.l.outputs[o], Type: types.ListOf(o.Type), Pos: at(e)}
	case *typecheck.Bottom:
		return &ir.Expr{Op: ir.EConst, Type: f.typeOf(e), Value: o.Def.Join.Bottom, Pos: at(e)}
	case *typecheck.Special:
		if o.Name == "me" {
			return &ir.Expr{Op: ir.EMe, Type: types.Node, Pos: at(e)}
		}
		return &ir.Expr{Op: ir.ESpecial, Name: o.Name, Type: f.usedAs(e), Pos: at(e)}
	}
	f.l.fail(e, "`%s` has no value here", e.Name)
	return f.dummy(e)
}

func (f *frame) view(e ast.Expr, v ir.View) *ir.Expr {
	return &ir.Expr{Op: ir.EView, Type: v.Type, View: v, Pos: at(e)}
}

// interp lowers a string with expressions in it: the texts of the parts, joined.
func (f *frame) interp(e *ast.Interp) *ir.Expr {
	parts := make([]*ir.Expr, len(e.Parts))
	for i, p := range e.Parts {
		if parts[i] = f.expr(p); !parts[i].Type.Is("String") {
			parts[i] = f.row(rowText, types.String, at(p), parts[i])
		}
	}
	list := constant(&ir.Expr{Op: ir.EList, Type: types.ListOf(types.String), Args: parts, Pos: at(e)})
	empty := &ir.Expr{Op: ir.EConst, Type: types.String, Value: value.MakeString(""), Pos: at(e)}
	return f.row(rowJoin, types.String, at(e), list, empty)
}

func (f *frame) list(e *ast.List) *ir.Expr {
	x := f.build(ir.EList, e, e.Elems)
	if e.Open {
		x.Op, x.Name = ir.ESpecial, "open"
		return x
	}
	return constant(x)
}

func (f *frame) mapLit(e *ast.Map) *ir.Expr {
	x := &ir.Expr{Op: ir.EMap, Type: f.typeOf(e), Pos: at(e)}
	for _, en := range e.Entries {
		x.Args = append(x.Args, f.expr(en.Key), f.expr(en.Value))
	}
	return constant(x)
}

// ctor applies a constructor to all its fields.
func (f *frame) ctor(e ast.Expr, c *types.Ctor, args []*ir.Expr) *ir.Expr {
	return constant(&ir.Expr{Op: ir.ECtor, Type: f.typeOf(e), Ctor: c.Value, Args: args, Pos: at(e)})
}

func (f *frame) field(e *ast.FieldOf) *ir.Expr {
	return f.overIVar(e, e.X, func(f *frame, x *ir.Expr, t *types.Type) *ir.Expr {
		n := -1
		if def := x.Type.Resolve().Def; def != nil && len(def.Ctors) > 0 {
			n = fieldIndex(def.Ctors[0], e.Name.Name)
		}
		if n < 0 {
			f.l.fail(e, "a `%s` has no field `%s`", x.Type, e.Name.Name)
			return f.dummy(e)
		}
		if x.Op == ir.ECtor {
			return x.Args[n]
		}
		return &ir.Expr{Op: ir.EField, Type: t, N: n, Args: []*ir.Expr{x}, Pos: at(e)}
	})
}

// item is the n-th part of a tuple.
func item(x *ir.Expr, n int, t *types.Type) *ir.Expr {
	if x.Op == ir.ETuple {
		return x.Args[n]
	}
	return &ir.Expr{Op: ir.EItem, Type: t, N: n, Args: []*ir.Expr{x}, Pos: x.Pos}
}

// overIVar lowers a construct with one part; where that is an IVar used as its
// content, the construct is lifted.
func (f *frame) overIVar(e, part ast.Expr, mk func(f *frame, x *ir.Expr, t *types.Type) *ir.Expr) *ir.Expr {
	x := f.expr(part)
	t := f.typeOf(e)
	if !x.Type.Is("IVar") {
		return mk(f, x, t)
	}
	content := t
	if t.Is("IVar") {
		content = t.Args[0]
	}
	return f.lift(e, []*ir.Expr{x}, types.IVarOf(content), func(f *frame, xs []*ir.Expr) *ir.Expr {
		return mk(f, xs[0], content)
	})
}

// lift applies body to the contents of IVars. What is drawn from a map of IVars is
// bound already, so where all are that the body is applied at once.
func (f *frame) lift(e ast.Node, ivars []*ir.Expr, t *types.Type, body func(*frame, []*ir.Expr) *ir.Expr) *ir.Expr {
	if !slices.ContainsFunc(ivars, func(v *ir.Expr) bool { return v.Type.Is("IVar") }) {
		return body(f, ivars)
	}
	inner := f.lambda()
	params := make([]*ir.Pattern, len(ivars))
	xs := make([]*ir.Expr, len(ivars))
	ts := make([]*types.Type, len(ivars))
	for i, v := range ivars {
		if ts[i] = v.Type.Resolve(); ts[i].Con == "IVar" {
			ts[i] = ts[i].Args[0]
		}
		s := inner.slot()
		params[i] = &ir.Pattern{Op: ir.PBind, Slot: s}
		xs[i] = &ir.Expr{Op: ir.ELocal, Slot: s, Type: ts[i], Pos: v.Pos}
	}
	b := body(inner, xs)
	fn := inner.close(params, b, types.FuncOf(ts, b.Type))
	return &ir.Expr{Op: ir.ELift, Type: t, Args: append([]*ir.Expr{fn}, ivars...), Pos: at(e)}
}

func (f *frame) ifExpr(e *ast.If) *ir.Expr {
	return f.overIVar(e, e.Cond, func(f *frame, c *ir.Expr, t *types.Type) *ir.Expr {
		return &ir.Expr{Op: ir.EIf, Type: t, Args: []*ir.Expr{c, f.expr(e.Then), f.expr(e.Else)}, Pos: at(e)}
	})
}

func (f *frame) match(e *ast.Match) *ir.Expr {
	return f.overIVar(e, e.Subject, func(f *frame, x *ir.Expr, t *types.Type) *ir.Expr {
		m := &ir.Expr{Op: ir.EMatch, Type: t, Args: []*ir.Expr{x}, Pos: at(e)}
		for _, a := range e.Arms {
			arm := ir.Arm{Pat: f.pattern(a.Pat)}
			if a.Guard != nil {
				arm.Guard = f.expr(a.Guard)
			}
			arm.Body = f.expr(a.Body)
			m.Arms = append(m.Arms, arm)
		}
		return m
	})
}

// index lowers `m[k]`: of a view without assembling it.
func (f *frame) index(e *ast.Index) *ir.Expr {
	c := f.l.info.Calls[e]
	if c != nil && hasLift(c) {
		return f.resolved(e, c)
	}
	m, k := f.expr(e.X), f.expr(e.K)
	t := f.typeOf(e)
	switch {
	case m.Op == ir.EView && m.Type.Is("Map"):
		return &ir.Expr{Op: ir.ELookup, Type: t, View: m.View, Args: []*ir.Expr{k}, Pos: at(e)}
	case m.Op == ir.ELookup && m.Type.Is("Map"):
		return &ir.Expr{Op: ir.ELookup, Type: t, View: m.View, Args: append(m.Args, k), Pos: at(e)}
	case c != nil && c.Row != nil:
		return f.row(c.Row.ID, t, at(e), m, k)
	case m.Type.Is("Map"):
		return f.row(rowIndexMap, t, at(e), m, k)
	}
	return f.row(rowIndexList, t, at(e), m, k)
}
