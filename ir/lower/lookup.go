package lower

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/types"
)

// This file lowers what reads a map or set of the graph at a key that depends on
// the row: joins on the key. Where an absent key has a value too, the rows
// without a partner get it: the union of a join and an anti-join.

// atKey makes a column of `m[k]` or `x in S` where m and S belong to the graph
// and k and x to the row. It returns nil where e is something else.
func (s *scope) atKey(e ast.Expr) *ir.Expr {
	if ix, ok := e.(*ast.Index); ok {
		return s.lookup(ix)
	}
	u := s.l.useOf(e)
	if u == nil || len(u.args) != 2 || !s.isClosed(u.args[1]) || !s.l.readsGraph(u.args[1]) {
		return nil
	}
	switch u.id {
	case rowSetIn, rowMapIn:
		return s.has(e, u)
	case rowSetNotIn, rowMapNotIn:
		x := s.has(e, u)
		if x == nil {
			return nil
		}
		return s.f.row(rowNot, types.Bool, at(e), x)
	}
	return nil
}

// lookup is the value of a map at a key of the row.
func (s *scope) lookup(e *ast.Index) *ir.Expr {
	if !s.isClosed(e.X) || !s.l.readsGraph(e.X) || !s.f.usedAs(e.X).Is("Map") {
		return nil
	}
	t := s.f.typeOf(e)
	bottom, ok := lattice.BottomLattice(t)
	if c := s.l.info.Calls[e]; c != nil && c.Row != nil && c.Row.ID == "cell.index" {
		bottom, ok = lattice.BottomView(t)
	}
	if !ok || !isAlwaysThere(t) {
		return nil
	}
	k := s.f.expr(e.K)
	if s.bad {
		return nil
	}
	m := s.l.exactly(s.l.relOf(e.X))
	key := s.extend(s.keyColumns(k, m.typ.Resolve().Args[0]), e)
	n := len(s.cols)
	none := &ir.Expr{Op: ir.EConst, Type: t, Value: bottom, Pos: at(e)}
	s.orElse(m.node, key, column(n+len(key), t), none, e)
	return column(n, t)
}

// has is whether the row's element is in a set or map.
func (s *scope) has(e ast.Expr, u *use) *ir.Expr {
	x := s.f.expr(u.args[0])
	if s.bad {
		return nil
	}
	r := s.l.relOf(u.args[1])
	if r.typ.Is("Map") {
		r = s.l.keysOf(r, e)
	}
	r = s.l.exactly(r)
	key := s.extend(s.keyColumns(x, r.typ.Resolve().Args[0]), e)
	n := len(s.cols)
	s.orElse(r.node, key, boolean(true, at(e)), boolean(false, at(e)), e)
	return column(n, types.Bool)
}

// keyColumns are the columns of a key, as a relation with keys of type t has
// them.
func (s *scope) keyColumns(k *ir.Expr, t *types.Type) []*ir.Expr {
	if !sameValues(k.Type, t) {
		k = s.f.convert(k, t)
	}
	return s.flatten(k, t, nil)
}

// orElse appends a column: found, over the row and that of the relation whose
// first columns are equal to the row's columns key, or missing where there is
// none. The relation has at most one row for a key.
func (s *scope) orElse(in int, key []int, found, missing *ir.Expr, pos ast.Node) {
	place := make([]int, len(key))
	for i := range place {
		place[i] = i
	}
	before, cols := s.node, s.cols
	all := append(append([]*types.Type(nil), cols...), missing.Type)
	add := func(n *ir.Node) int {
		n.Pos = at(pos)
		return s.l.add(n)
	}
	hit := add(&ir.Node{Kind: ir.Join, In: []int{before, in}, LKey: key, RKey: place, Out: append(identity(cols), found), Cols: all})
	anti := add(&ir.Node{Kind: ir.AntiJoin, In: []int{before, in}, LKey: key, RKey: place, Cols: cols})
	miss := add(&ir.Node{Kind: ir.Map, In: []int{anti}, Out: append(identity(cols), missing), Cols: all})
	s.add(&ir.Node{Kind: ir.Union, In: []int{hit, miss}, Cols: all}, pos)
}

// entry ranges over the collection that a map of the graph has at a key of the
// row or of the graph; it returns nil where e is something else.
func (s *scope) entry(e ast.Expr) *ir.Expr {
	m, key, ok := s.entryOf(e)
	if !ok {
		return nil
	}
	off := s.from(m, e)
	kt := m.typ.Resolve().Args[0]
	have := s.assemble(kt, &off)
	s.filter(s.f.row(rowEq, types.Bool, at(e), key, have), e)
	return s.inner(m.typ.Resolve().Args[1], off)
}

// entryOf takes `m[k]` apart where m is a map of the graph whose elements are
// sets or maps of scalars.
func (s *scope) entryOf(e ast.Expr) (m rel, key *ir.Expr, ok bool) {
	ix, is := e.(*ast.Index)
	if !is || s.l.info.Coerce[e] != nil || !s.isClosed(ix.X) || !s.l.readsGraph(ix.X) || !isNested(s.f.usedAs(ix.X)) {
		return rel{}, nil, false
	}
	key = s.f.expr(ix.K)
	if s.bad {
		return rel{}, nil, false
	}
	m = s.l.exactly(s.l.relOf(ix.X))
	kt := m.typ.Resolve().Args[0]
	if !sameValues(key.Type, kt) {
		key = s.f.convert(key, kt)
	}
	return m, key, true
}

// isNested reports whether t is a map of sets, or of maps of scalars.
func isNested(t *types.Type) bool {
	if t = t.Resolve(); t.Con != "Map" {
		return false
	}
	v := t.Args[1].Resolve()
	return v.Con == "Set" || v.Con == "Map" && !isCollection(v.Args[1])
}

// inner is the element of a set or map of scalars whose columns begin at off.
func (s *scope) inner(t *types.Type, off int) *ir.Expr {
	elem := elemOf(t)
	if t.Is("Set") {
		return s.assemble(elem, &off)
	}
	k := s.assemble(elem.Args[0], &off)
	return pair(k, column(off, elem.Args[1]))
}

// rowsOf ranges over a map of collections together with the elements of each;
// what stands for a collection may be ranged over once and used for nothing
// else.
func (s *scope) rowsOf(e ast.Expr, t *types.Type) *ir.Expr {
	if !isNested(t) {
		s.bad = true
		return nil
	}
	r := s.l.exactly(s.l.relOf(e))
	off := s.from(r, e)
	key := s.assemble(t.Resolve().Args[0], &off)
	s.open[off] = true
	return pair(key, &ir.Expr{Op: ir.ESpecial, Name: collectionAt, N: off, Type: t.Resolve().Args[1]})
}

// collectionAt marks the stand-in for a collection whose elements are already
// in the row.
const collectionAt = "elements"

// standIn ranges over a collection whose elements are in the row; it returns
// nil where e is something else.
func (s *scope) standIn(e ast.Expr) *ir.Expr {
	n, ok := e.(*ast.Name)
	if !ok {
		return nil
	}
	v := s.l.localOf(n)
	if v == nil {
		return nil
	}
	x := s.f.vars[v]
	if x == nil || x.Op != ir.ESpecial || x.Name != collectionAt {
		return nil
	}
	if !s.open[x.N] {
		s.bad = true
		return nil
	}
	s.open[x.N] = false
	return s.inner(x.Type, x.N)
}

// isStandIn reports whether code uses a collection otherwise than by ranging
// over it.
func isStandIn(e *ir.Expr) bool {
	found := false
	ir.WalkExpr(e, func(x *ir.Expr) bool {
		found = found || x.Op == ir.ESpecial && x.Name == collectionAt
		return !found
	})
	return found
}

// keysOnly ranges over the keys of a map of collections where nobody asks for
// these; it returns nil where somebody does.
func (s *scope) keysOnly(g *ast.Gen) *ir.Expr {
	t := s.f.usedAs(g.In)
	p, ok := g.Pat.(*ast.TuplePat)
	if !ok || len(p.Elems) != 2 || !t.Is("Map") || !isCollection(t.Resolve().Args[1]) || !s.isClosed(g.In) {
		return nil
	}
	if _, wild := p.Elems[1].(*ast.WildPat); !wild {
		return nil
	}
	k := s.pairs(s.l.exactly(s.l.keysOf(s.l.relOf(g.In), g.In)), g.In)
	return pair(k, &ir.Expr{Op: ir.ESpecial, Name: collectionAt, N: -1, Type: t.Resolve().Args[1]})
}
