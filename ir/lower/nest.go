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
	if s.l.info.Coerce[e] == nil {
		if c, ok := e.(*ast.Comp); ok && c.Kind != ast.ListComp {
			return s.comp(c)
		}
		if u := s.l.useOf(e); u != nil && s.l.isNest(e) {
			return s.combinator(u)
		}
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
// equal elements at different places are different rows.
func (s *scope) stream(e ast.Expr, t *types.Type) *ir.Expr {
	v := s.l.define(e, t)
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

// applied applies the i-th argument of a use, a function, to an element.
func (s *scope) applied(u *use, i int, x *ir.Expr) *ir.Expr {
	if s.bad || x == nil {
		s.bad = true
		return nil
	}
	if lam, ok := ast.Unparen(u.args[i]).(*ast.Lambda); ok {
		s.params(lam, x)
		if s.bad {
			return nil
		}
		return s.f.expr(lam.Body)
	}
	t := s.f.clean(u.call.Params[i])
	fn := s.f.fnArg(u.args[i], t)
	return s.f.beta(fn, takeApart([]*ir.Expr{x}, len(t.Params())), t.Result(), at(u.args[i]))
}

// params binds the parameters of a lambda to an element: several of them to the
// parts of a tuple.
func (s *scope) params(lam *ast.Lambda, x *ir.Expr) {
	if len(lam.Params) == 1 {
		s.bind(lam.Params[0], x)
		return
	}
	for i, p := range lam.Params {
		s.bind(p, item(ir.CloneExpr(x), i, x.Type.Resolve().Args[i]))
	}
}

// keep filters by the function argument of a filter.
func (s *scope) keep(u *use, x *ir.Expr) {
	lam, ok := ast.Unparen(u.args[1]).(*ast.Lambda)
	if !ok {
		if c := s.applied(u, 1, x); c != nil {
			s.filter(c, u.args[1])
		}
		return
	}
	if s.params(lam, x); !s.bad {
		s.condition(lam.Body)
	}
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

// bind gives the names of a pattern parts of an element; what the pattern
// demands becomes a condition.
func (s *scope) bind(p ast.Pattern, x *ir.Expr) {
	if s.bad || x == nil {
		s.bad = true
		return
	}
	switch p := p.(type) {
	case *ast.WildPat:
	case *ast.BindPat:
		if v := s.l.info.Binds[p]; v != nil {
			s.f.vars[v] = x
		} else {
			s.filter(s.f.matches(p, x), p)
		}
	case *ast.LitPat:
		v := &ir.Expr{Op: ir.EConst, Type: x.Type, Value: s.f.litPat(p), Pos: at(p)}
		s.filter(s.f.row(rowEq, types.Bool, at(p), x, v), p)
	case *ast.TuplePat:
		for i, q := range p.Elems {
			s.bind(q, item(ir.CloneExpr(x), i, x.Type.Resolve().Args[i]))
		}
	case *ast.CtorPat:
		s.bindCtor(p, x)
	default:
		s.bad = true
	}
}

func (s *scope) bindCtor(p *ast.CtorPat, x *ir.Expr) {
	c := s.l.ctorOf(p)
	if c == nil {
		s.bad = true
		return
	}
	if !s.l.isOnlyCtor(p) {
		any := make([]*ir.Pattern, len(c.Fields))
		for i := range any {
			any[i] = &ir.Pattern{Op: ir.PWild}
		}
		s.filter(isCtor(x, &ir.Pattern{Op: ir.PCtor, Ctor: c.Value, Args: any}), p)
	}
	for i, a := range p.Args {
		if n := fieldOfArg(c, a.Label, i); n >= 0 {
			s.bind(a.Pat, &ir.Expr{Op: ir.EField, Type: s.fieldType(x.Type, c, n), N: n, Args: []*ir.Expr{ir.CloneExpr(x)}, Pos: at(p)})
		}
	}
}

// fieldType is the type of a field of a constructor of t.
func (s *scope) fieldType(t *types.Type, c *types.Ctor, n int) *types.Type {
	if t = t.Resolve(); t.Con == "Option" {
		return t.Args[0]
	}
	return s.f.clean(c.Fields[n].Type)
}

func isCtor(x *ir.Expr, p *ir.Pattern) *ir.Expr {
	return &ir.Expr{Op: ir.EMatch, Type: types.Bool, Args: []*ir.Expr{ir.CloneExpr(x)}, Pos: x.Pos, Arms: []ir.Arm{
		{Pat: p, Body: boolean(true, x.Pos)},
		{Pat: &ir.Pattern{Op: ir.PWild}, Body: boolean(false, x.Pos)},
	}}
}

// condition keeps the rows for which e holds. Conjunctions are taken apart;
// membership in a collection of the graph becomes a semi-join or anti-join.
func (s *scope) condition(e ast.Expr) {
	e = s.l.unwrap(e)
	if s.bad {
		return
	}
	u := s.l.useOf(e)
	if u != nil && u.id == rowAnd {
		s.condition(u.args[0])
		s.condition(u.args[1])
		return
	}
	if u != nil && !s.isClosed(e) && s.membership(e, u, false) {
		return
	}
	if u != nil && u.id == rowNot && !s.isClosed(e) {
		if in := s.l.useOf(s.l.unwrap(u.args[0])); in != nil && s.membership(e, in, true) {
			return
		}
	}
	if c := s.f.expr(e); !s.bad {
		s.filter(c, e)
	}
}

// membership lowers `x in S` where S is a collection of the graph.
func (s *scope) membership(e ast.Expr, u *use, negate bool) bool {
	anti := negate
	switch u.id {
	case rowSetIn, rowMapIn:
	case rowSetNotIn, rowMapNotIn:
		anti = !negate
	default:
		return false
	}
	if s.memberOfEntry(e, u, anti) {
		return true
	}
	if !s.isClosed(u.args[1]) || !s.l.readsGraph(u.args[1]) {
		return false
	}
	x := s.f.expr(u.args[0])
	if s.bad {
		return true
	}
	r := s.l.relOf(u.args[1])
	if r.typ.Is("Map") {
		r = s.l.keysOf(r, e)
	}
	elem := r.typ.Resolve().Args[0]
	if !sameValues(x.Type, elem) {
		x = s.f.convert(x, elem)
	}
	s.member(s.flatten(x, elem, nil), r.node, anti, e)
	return true
}

// memberOfEntry lowers `x in m[k]` where m is a map of sets of the graph: the
// pair of key and element is looked for.
func (s *scope) memberOfEntry(e ast.Expr, u *use, anti bool) bool {
	right := s.l.unwrap(u.args[1])
	if s.isClosed(right) || !s.f.usedAs(right).Is("Set") {
		return false
	}
	m, key, ok := s.entryOf(right)
	if !ok {
		return false
	}
	x := s.f.expr(u.args[0])
	if s.bad {
		return true
	}
	mt := m.typ.Resolve()
	es := append(s.keyColumns(key, mt.Args[0]), s.keyColumns(x, mt.Args[1].Resolve().Args[0])...)
	s.member(es, m.node, anti, e)
	return true
}
