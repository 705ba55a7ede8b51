package lower

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/typecheck"
)

// An IVar may be used as what it opens into: as a set that is empty until it is
// bound, or as a truth that is not there until then. So the negation over a
// sealed cell, `x not in sealed(s)`, is a filter like any other.

// opened is an IVar as a value of type t, or nil where it has no such use; the
// Set of its bound values is a conversion of its own.
func (f *frame) opened(e *ir.Expr, t *types.Type) *ir.Expr {
	content := e.Type.Resolve().Args[0].Resolve()
	values := func() *ir.Expr {
		return &ir.Expr{Op: ir.EConvert, Type: types.SetOf(content), Args: []*ir.Expr{e}, Pos: e.Pos}
	}
	switch {
	case (t.Is("Bool") || t.Is("Flag")) && content.Con == "Bool":
		return f.convert(f.row(rowSetIn, types.Bool, e.Pos, boolean(true, e.Pos), values()), t)
	case t.Is("Set") && isDrawn(content) && !sameValues(content, t.Resolve().Args[0]):
		return f.row(rowSetFlatMap, t, e.Pos, values(), f.asSet(content, t))
	}
	return nil
}

func isDrawn(t *types.Type) bool { return t.Is("Set") || t.Is("List") || t.Is("Map") }

// asSet is the function that converts a collection to the set of what a
// generator draws from it.
func (f *frame) asSet(from, to *types.Type) *ir.Expr {
	inner := f.lambda()
	slot := inner.slot()
	body := inner.convert(&ir.Expr{Op: ir.ELocal, Slot: slot, Type: from}, to)
	return inner.close([]*ir.Pattern{{Op: ir.PBind, Slot: slot}}, body, types.FuncOf([]*types.Type{from}, body.Type))
}

// waiting keeps the rows for which a condition that is an IVar of Bool is bound
// to true. The IVars that it waits for and that depend on no row are multiplied
// in: before they are bound there is no row.
func (s *scope) waiting(e ast.Expr) bool {
	t := s.l.info.Coerce[e]
	if t == nil || t.Is("IVar") || !s.f.typeOf(e).Is("IVar") {
		return false
	}
	if c := s.content(e); !s.bad {
		s.filter(s.f.convert(c, types.Bool), e)
	}
	return true
}

// content is what an IVar holds in a row.
func (s *scope) content(e ast.Expr) *ir.Expr {
	e = s.l.unwrap(e)
	if p, ok := e.(*ast.Paren); ok {
		return s.content(p.X)
	}
	t := s.f.typeOf(e)
	if s.isClosed(e) {
		s.mixed = true
		return column(s.join(s.l.unopened(e, t), e), t.Resolve().Args[0])
	}
	c := s.l.info.Calls[e]
	if c == nil || c.Row == nil || !hasLift(c) {
		s.bad = true
		return s.f.dummy(e)
	}
	given := map[int]*ir.Expr{}
	for i, l := range c.Lift {
		if l {
			given[i] = s.f.asParam(c, i, s.content(c.Args[i]))
		}
	}
	if s.bad {
		return s.f.dummy(e)
	}
	return s.f.apply(e, c, t.Resolve().Args[0], given)
}

// unopened is the node of an IVar of type t as it is, whatever it is used as.
func (l *lowerer) unopened(e ast.Expr, t *types.Type) int {
	f := l.newFrame()
	f.graph = true
	x := f.plain(e)
	if x.Op == ir.EView {
		return x.View.Node
	}
	return l.compute(e, x, t)
}

// asParam converts the content of the i-th argument of a lifted call to what the
// call takes.
func (f *frame) asParam(c *typecheck.Call, i int, x *ir.Expr) *ir.Expr {
	if i < len(c.Params) && !c.Params[i].Is(types.Var) {
		return f.convert(x, f.clean(c.Params[i]))
	}
	return x
}
