package lower

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
)

// comp lowers a comprehension to calls of flat_map, filter and map on sets or
// lists: the combinators of the same meaning.
func (f *frame) comp(e *ast.Comp) *ir.Expr {
	t := f.typeOf(e)
	switch e.Kind {
	case ast.MapComp:
		pair := types.TupleOf(f.usedAs(e.Key), f.usedAs(e.Elem))
		pairs := f.compOver(e, 0, types.ListOf(pair), func(f *frame) *ir.Expr {
			return &ir.Expr{Op: ir.ETuple, Type: pair, Args: []*ir.Expr{f.expr(e.Key), f.expr(e.Elem)}, Pos: at(e)}
		})
		return &ir.Expr{Op: ir.EConvert, Type: t, Args: []*ir.Expr{pairs}, Pos: at(e)}
	case ast.ListComp:
		return f.compOver(e, 0, types.ListOf(f.usedAs(e.Elem)), func(f *frame) *ir.Expr { return f.expr(e.Elem) })
	}
	return f.compOver(e, 0, types.SetOf(f.usedAs(e.Elem)), func(f *frame) *ir.Expr { return f.expr(e.Elem) })
}

// compOver lowers the generators from the i-th on; t is a Set or List type.
func (f *frame) compOver(e *ast.Comp, i int, t *types.Type, elem func(*frame) *ir.Expr) *ir.Expr {
	g := e.Gens[i]
	src := f.source(g, t.Con)
	if f.l.isRefutable(g.Pat) {
		src = f.onlyMatching(g, src)
	}
	last := i == len(e.Gens)-1
	if last && e.Cond != nil {
		src = f.combine(src, "filter", src.Type, func(inner *frame) (*ir.Pattern, *ir.Expr) {
			p := inner.pattern(g.Pat)
			return p, inner.expr(e.Cond)
		})
	}
	if last {
		return f.combine(src, "map", t, func(inner *frame) (*ir.Pattern, *ir.Expr) {
			p := inner.pattern(g.Pat)
			return p, elem(inner)
		})
	}
	return f.combine(src, "flat_map", t, func(inner *frame) (*ir.Pattern, *ir.Expr) {
		p := inner.pattern(g.Pat)
		return p, inner.compOver(e, i+1, t, elem)
	})
}

// source lowers what a generator draws from to a Set or List: a map gives its
// entries, a map of IVars the bound ones with their values as data.
func (f *frame) source(g *ast.Gen, con string) *ir.Expr {
	src := f.expr(g.In)
	return f.convert(src, types.Of(con, elemOf(src.Type)))
}

// elemOf is the type of what a generator over t yields.
func elemOf(t *types.Type) *types.Type {
	t = t.Resolve()
	switch t.Con {
	case "Map":
		v := t.Args[1].Resolve()
		if v.Con == "IVar" {
			v = v.Args[0]
		}
		return types.TupleOf(t.Args[0], v)
	case "Set", "List", "Stream", "Option", "IVar":
		return t.Args[0]
	}
	return t
}

// onlyMatching keeps the elements that a refutable pattern matches.
func (f *frame) onlyMatching(g *ast.Gen, src *ir.Expr) *ir.Expr {
	elem := src.Type.Args[0]
	return f.combine(src, "filter", src.Type, func(inner *frame) (*ir.Pattern, *ir.Expr) {
		s := inner.slot()
		x := &ir.Expr{Op: ir.ELocal, Slot: s, Type: elem, Pos: at(g)}
		return &ir.Pattern{Op: ir.PBind, Slot: s}, inner.matches(g.Pat, x)
	})
}

// matches is whether x matches a pattern.
func (f *frame) matches(p ast.Pattern, x *ir.Expr) *ir.Expr {
	yes := ir.Arm{Pat: f.pattern(p), Body: boolean(true, x.Pos)}
	no := ir.Arm{Pat: &ir.Pattern{Op: ir.PWild}, Body: boolean(false, x.Pos)}
	return &ir.Expr{Op: ir.EMatch, Type: types.Bool, Args: []*ir.Expr{x}, Arms: []ir.Arm{yes, no}, Pos: x.Pos}
}

// combine calls map, filter or flat_map of sets or lists with a lambda.
func (f *frame) combine(src *ir.Expr, name string, t *types.Type, mk func(*frame) (*ir.Pattern, *ir.Expr)) *ir.Expr {
	inner := f.lambda()
	p, body := mk(inner)
	id := "set." + name
	if src.Type.Is("List") {
		id = "list." + name
	}
	fn := inner.close([]*ir.Pattern{p}, body, types.FuncOf([]*types.Type{src.Type.Resolve().Args[0]}, body.Type))
	return f.row(id, t, src.Pos, src, fn)
}
