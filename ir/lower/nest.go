package lower

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
)

// This file makes a scope range over the elements of collection expressions.
// Comprehensions and chains of map, filter, flat_map and product are one thing
// here: a scope gains generators and conditions, and an expression over its
// columns stands for the element. That is why two spellings of one meaning are
// the same graph.

// isNest reports whether elements can take e apart.
func (l *lowerer) isNest(e ast.Expr) bool {
	if c, ok := e.(*ast.Comp); ok {
		return c.Kind != ast.ListComp
	}
	u := l.useOf(e)
	if u == nil {
		return false
	}
	switch u.id {
	case rowSetMap, rowSetFilter, rowSetFlatMap, relFlatMapList, relProduct, relJoinBy, relSemiJoin, relSemiKeys, relMapMap, relMapFilter:
		return true
	}
	return false
}

// elements ranges over a collection expression and returns the element of a
// row: of maps the pair of key and value. It returns nil, and the scope is bad,
// where there is no relational form.
func (s *scope) elements(e ast.Expr) *ir.Expr {
	e = s.l.unwrap(e)
	if s.bad {
		return nil
	}
	if s.l.info.Coerce[e] == nil && s.l.isNest(e) {
		return s.apart(e)
	}
	if x := s.standIn(e); x != nil || s.bad {
		return x
	}
	if x := s.entry(e); x != nil || s.bad {
		return x
	}
	if s.isClosed(e) {
		return s.relation(e)
	}
	return s.unnest(e)
}

// apart takes e, of which isNest holds, apart; what e is converted to is the
// caller's business.
func (s *scope) apart(e ast.Expr) *ir.Expr {
	if c, ok := e.(*ast.Comp); ok {
		return s.comp(c)
	}
	return s.combinator(s.l.useOf(e))
}

// operand ranges over a generator's source. Where it is one of several, its
// rows are made unique first, so that products do not multiply duplicates.
func (s *scope) operand(e ast.Expr, unique bool) *ir.Expr {
	if !s.isClosed(e) {
		return s.elements(e)
	}
	if !unique {
		return s.elements(e)
	}
	return s.relation(e)
}

// relation ranges over a collection that does not depend on the row.
func (s *scope) relation(e ast.Expr) *ir.Expr {
	t := s.f.usedAs(e)
	switch {
	case t.Is("Map") && isCollection(t.Args[1]):
		return s.rowsOf(e, t)
	case t.Is("Stream"):
		return s.stream(e, t)
	case !t.Is("Set") && !t.Is("Map"):
		return s.pairs(s.l.computeRel(e), e)
	}
	return s.pairs(s.l.exactly(s.l.relOf(e)), e)
}

// pairs ranges over the rows of a set or of a map of scalars.
func (s *scope) pairs(r rel, pos ast.Node) *ir.Expr {
	off := s.from(r, pos)
	if r.typ.Is("Set") {
		return s.assemble(r.typ.Resolve().Args[0], &off)
	}
	elem := elemOf(r.typ)
	key := s.assemble(elem.Args[0], &off)
	return &ir.Expr{Op: ir.ETuple, Type: elem, Args: []*ir.Expr{key, column(off, elem.Args[1])}}
}

// stream ranges over what is known of a stream; the index is a column, so that
// equal elements at different places are different rows. A cell may hold elements
// that came before those in front of them; the stream node shows its prefix only.
func (s *scope) stream(e ast.Expr, t *types.Type) *ir.Expr {
	v := s.l.define(e, t)
	if s.l.prog.Nodes[v.Node].Kind == ir.Source {
		v.Node = s.l.compute(e, s.f.view(e, v), t)
	}
	off := s.from(rel{node: v.Node, typ: t, exact: true}, e) + 1
	s.indexes = append(s.indexes, off-1)
	return s.assemble(t.Args[0], &off)
}

// unnest ranges over a collection that depends on the row.
func (s *scope) unnest(e ast.Expr) *ir.Expr {
	x := s.f.expr(e)
	if s.bad {
		return nil
	}
	elem := elemOf(x.Type)
	switch x.Type.Resolve().Con {
	case "Set", "List":
	case "Map":
		x = s.f.convert(x, types.SetOf(elem))
	default:
		s.bad = true
		return nil
	}
	off := s.each(x, elem, e)
	return s.assemble(elem, &off)
}

func (s *scope) comp(c *ast.Comp) *ir.Expr {
	s.generators(c.Gens, c.Cond)
	if s.bad {
		return nil
	}
	elem := s.f.expr(c.Elem)
	if c.Kind != ast.MapComp {
		return elem
	}
	key := s.f.expr(c.Key)
	return &ir.Expr{Op: ir.ETuple, Type: types.TupleOf(key.Type, elem.Type), Args: []*ir.Expr{key, elem}, Pos: at(c)}
}

// generators ranges over several sources under a condition.
func (s *scope) generators(gens []*ast.Gen, cond ast.Expr) {
	for _, g := range gens {
		x := s.keysOnly(g)
		if x == nil {
			x = s.operand(g.In, len(gens) > 1)
		}
		if s.bad {
			return
		}
		s.bind(g.Pat, x)
	}
	if cond != nil {
		s.condition(cond)
	}
}

func (s *scope) combinator(u *use) *ir.Expr {
	switch u.id {
	case relProduct:
		a, b := s.operand(u.args[0], true), s.operand(u.args[1], true)
		if s.bad {
			return nil
		}
		return pair(a, b)
	case relJoinBy:
		a, b := s.operand(u.args[0], true), s.operand(u.args[1], true)
		if s.bad {
			return nil
		}
		ka, kb := s.applied(u, 2, ir.CloneExpr(a)), s.applied(u, 3, ir.CloneExpr(b))
		if s.bad {
			return nil
		}
		s.filter(s.f.row(rowEq, types.Bool, at(u.args[0]), ka, kb), u.args[0])
		return pair(a, b)
	case relSemiJoin, relSemiKeys:
		return s.semiJoin(u)
	}
	x := s.operand(u.args[0], false)
	if s.bad || x == nil {
		return nil
	}
	switch u.id {
	case rowSetFilter, relMapFilter:
		s.keep(u, ir.CloneExpr(x))
		return x
	case relMapMap:
		k := item(ir.CloneExpr(x), 0, nil)
		if v := s.applied(u, 1, x); v != nil {
			return pair(k, v)
		}
		return nil
	case rowSetMap:
		return s.applied(u, 1, x)
	}
	return s.flat(u, x)
}

func pair(a, b *ir.Expr) *ir.Expr {
	return &ir.Expr{Op: ir.ETuple, Type: types.TupleOf(a.Type, b.Type), Args: []*ir.Expr{a, b}, Pos: a.Pos}
}

// semiJoin keeps the elements whose key occurs among the keys of another set.
func (s *scope) semiJoin(u *use) *ir.Expr {
	x := s.operand(u.args[0], false)
	if s.bad || !s.isClosed(u.args[1]) {
		s.bad = true
		return nil
	}
	other := s.l.relOf(u.args[1])
	if u.id == relSemiJoin {
		o := s.l.newScope()
		y := o.pairs(other, u.args[1])
		k := o.applied(u, 3, y)
		if o.bad {
			s.bad = true
			return nil
		}
		other.node, _ = o.project(o.flatten(k, k.Type, nil), k.Type.Columns(nil), u.args[1])
	}
	k := s.applied(u, 2, ir.CloneExpr(x))
	if s.bad {
		return nil
	}
	s.member(s.flatten(k, k.Type, nil), other.node, false, u.args[0])
	return x
}

// flat ranges over what the function argument of a flat_map makes.
func (s *scope) flat(u *use, x *ir.Expr) *ir.Expr {
	lam, ok := ast.Unparen(u.args[1]).(*ast.Lambda)
	if ok {
		if s.params(lam, x); s.bad {
			return nil
		}
		return s.operand(lam.Body, true)
	}
	c := s.applied(u, 1, x)
	if s.bad {
		return nil
	}
	elem := elemOf(c.Type)
	off := s.each(c, elem, u.args[1])
	return s.assemble(elem, &off)
}
