package lower

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
)

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

// condition keeps the rows for which e holds. Conjunctions are taken apart;
// membership in a collection of the graph becomes a semi-join or anti-join.
func (s *scope) condition(e ast.Expr) {
	e = s.l.unwrap(e)
	if s.bad {
		return
	}
	if s.waiting(e) {
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
