package lower

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

type opQual = op.Qual

// scope is a relation whose rows are the bindings of generators. Its columns
// only grow, so expressions over them stay valid while it is extended.
//
// Sub-expressions that depend on the graph but not on the row (a counter that a
// filter compares with) are computed once, by a node of one row, and multiplied
// in as further columns.
type scope struct {
	l       *lowerer
	node    int // -1 before the first generator
	cols    []*types.Type
	f       *frame
	exact   bool  // every row once, as far as the generators go
	gens    int   // columns that generators brought, when no other came between
	free    []int // columns of generators that no other column determines
	mixed   bool  // columns of another origin came before the last generator
	indexes []int // columns of stream indexes, which tell equal elements apart
	bad     bool  // something has no relational form
	taken   map[ast.Expr]*ir.Expr
	open    map[int]bool // collections whose elements are in the row, by column; false once they were ranged over
}

// ownBase separates the slots that code in a scope makes for itself from the
// columns until the node is made.
const ownBase = 1 << 20

func (l *lowerer) newScope() *scope {
	s := &scope{l: l, node: -1, exact: true, taken: map[ast.Expr]*ir.Expr{}, open: map[int]bool{}}
	s.f = l.newFrame()
	s.f.scope, s.f.slots = s, ownBase
	return s
}

// place settles the slots of code that runs over n columns.
func place(e *ir.Expr, n int) *ir.Expr {
	own := map[int]int{}
	ir.RemapSlots(e, func(s int) int {
		if s < ownBase {
			return s
		}
		if _, ok := own[s]; !ok {
			own[s] = n + len(own)
		}
		return own[s]
	})
	e.Slots = n + len(own)
	return e
}

func (s *scope) add(n *ir.Node, pos ast.Node) {
	n.Pos = at(pos)
	s.node = s.l.add(n)
	s.cols = n.Cols
}

// unit makes sure that there is a relation: one row without columns.
func (s *scope) unit(pos ast.Node) {
	if s.node < 0 {
		s.add(&ir.Node{Kind: ir.Const, Rows: [][]value.Value{{}}, Cols: nil}, pos)
	}
}

// join multiplies a relation in and returns the place of its columns.
func (s *scope) join(node int, pos ast.Node) int {
	off := len(s.cols)
	cols := s.l.prog.Nodes[node].Cols
	if s.node < 0 {
		s.node, s.cols = node, cols
		return 0
	}
	all := append(append([]*types.Type(nil), s.cols...), cols...)
	s.add(&ir.Node{Kind: ir.Join, In: []int{s.node, node}, Cols: all}, pos)
	return off
}

// from ranges over a relation as a generator does.
func (s *scope) from(r rel, pos ast.Node) int {
	if s.gens != len(s.cols) {
		s.mixed = true
	}
	off := s.join(r.node, pos)
	s.exact = s.exact && r.exact
	s.gens = len(s.cols)
	for i := off; i < s.gens && i < off+r.deciding(s.gens-off); i++ {
		s.free = append(s.free, i)
	}
	return off
}

// filter keeps the rows for which a condition over the columns holds.
func (s *scope) filter(cond *ir.Expr, pos ast.Node) {
	s.unit(pos)
	s.bad = s.bad || isStandIn(cond)
	s.add(&ir.Node{Kind: ir.Map, In: []int{s.node}, Cols: s.cols, Cond: place(cond, len(s.cols))}, pos)
}

// each unnests a collection that depends on the row.
func (s *scope) each(e *ir.Expr, elem *types.Type, pos ast.Node) int {
	s.unit(pos)
	s.bad = s.bad || isStandIn(e)
	off := len(s.cols)
	all := elem.Columns(append([]*types.Type(nil), s.cols...))
	s.add(&ir.Node{Kind: ir.FlatMap, In: []int{s.node}, Cols: all, Each: place(e, off)}, pos)
	s.exact, s.gens = false, len(all)
	return off
}

// extend appends computed columns and returns the place of the first; columns
// that are there already are used as they are.
func (s *scope) extend(es []*ir.Expr, pos ast.Node) []int {
	s.unit(pos)
	n := len(s.cols)
	places := make([]int, len(es))
	cols := append([]*types.Type(nil), s.cols...)
	out := identity(s.cols)
	for i, e := range es {
		if e.Op == ir.ELocal && e.Slot < n {
			places[i] = e.Slot
			continue
		}
		s.bad = s.bad || isStandIn(e)
		places[i] = len(cols)
		cols = append(cols, e.Type)
		out = append(out, place(ir.CloneExpr(e), n))
	}
	if len(cols) > n {
		s.add(&ir.Node{Kind: ir.Map, In: []int{s.node}, Cols: cols, Out: out}, pos)
	}
	return places
}

// identity is one expression per column that copies it.
func identity(cols []*types.Type) []*ir.Expr {
	out := make([]*ir.Expr, len(cols), len(cols)+1)
	for i, t := range cols {
		out[i] = column(i, t)
	}
	return out
}

// member keeps the rows whose columns es occur in a relation, or with anti those
// whose do not.
func (s *scope) member(es []*ir.Expr, in int, anti bool, pos ast.Node) {
	lkey := s.extend(es, pos)
	rkey := make([]int, len(es))
	for i := range rkey {
		rkey[i] = i
	}
	kind := ir.SemiJoin
	if anti {
		kind = ir.AntiJoin
	}
	s.add(&ir.Node{Kind: kind, In: []int{s.node, in}, Cols: s.cols, LKey: lkey, RKey: rkey}, pos)
}

// project makes the result of a scope: one expression per column. It reports
// whether the rows of the result are still unique.
func (s *scope) project(out []*ir.Expr, cols []*types.Type, pos ast.Node) (node int, exact bool) {
	s.unit(pos)
	for _, e := range out {
		s.bad = s.bad || isStandIn(e)
	}
	for _, open := range s.open {
		s.bad = s.bad || open // an empty collection would have no row
	}
	copied := map[int]bool{}
	same := len(out) == len(s.cols)
	for i, e := range out {
		if e.Op == ir.ELocal {
			copied[e.Slot] = true
		}
		same = same && e.Op == ir.ELocal && e.Slot == i
	}
	exact = s.exact && !s.mixed
	for i := 0; i < s.gens; i++ {
		exact = exact && copied[i]
	}
	if same {
		return s.node, exact
	}
	if out == nil {
		out = []*ir.Expr{} // no columns, which is not the same as all of them
	}
	for i, e := range out {
		out[i] = place(e, len(s.cols))
	}
	return s.l.add(&ir.Node{Kind: ir.Map, In: []int{s.node}, Cols: cols, Out: out, Pos: at(pos)}), exact
}

// keyed reports whether the keys that begin a row of a result, copies of columns
// of the scope, leave no choice of the rest: no key has two rows then.
func (s *scope) keyed(keys []*ir.Expr) bool {
	copied := map[int]bool{}
	for _, e := range keys {
		if e.Op == ir.ELocal {
			copied[e.Slot] = true
		}
	}
	for _, c := range s.free {
		if !copied[c] {
			return false
		}
	}
	return s.exact && !s.mixed
}

// assemble is the value of data type t whose columns begin at *off.
func (s *scope) assemble(t *types.Type, off *int) *ir.Expr {
	t = t.Resolve()
	if t.Con != types.Tuple {
		*off++
		return column(*off-1, t)
	}
	e := &ir.Expr{Op: ir.ETuple, Type: t}
	for _, a := range t.Args {
		e.Args = append(e.Args, s.assemble(a, off))
	}
	return e
}

// flatten is the inverse: one expression per column of a data value.
func (s *scope) flatten(e *ir.Expr, t *types.Type, to []*ir.Expr) []*ir.Expr {
	t = t.Resolve()
	if t.Con != types.Tuple {
		return append(to, e)
	}
	if e.Op == ir.EConst {
		for i, x := range e.Value.Elems() {
			to = s.flatten(&ir.Expr{Op: ir.EConst, Type: t.Args[i], Value: x, Pos: e.Pos}, t.Args[i], to)
		}
		return to
	}
	for i, a := range t.Args {
		to = s.flatten(item(ir.CloneExpr(e), i, a), a, to)
	}
	return to
}

// global makes a column of an expression that depends on the graph but not on
// the row.
func (s *scope) global(e ast.Expr) *ir.Expr {
	if x := s.taken[e]; x != nil {
		return ir.CloneExpr(x)
	}
	t := s.f.usedAs(e)
	if !isAlwaysThere(t) {
		s.bad = true
		return s.f.dummy(e)
	}
	g := s.l.newFrame()
	g.graph = true
	data := rowType(t)
	x := g.convert(g.expr(e), data)
	if x.Op == ir.EConst {
		return x
	}
	set := &ir.Expr{Op: ir.ESet, Type: types.SetOf(data), Args: []*ir.Expr{x}, Pos: at(e)}
	node := s.l.compute(e, set, set.Type)
	off := s.join(node, e)
	x = s.assemble(data, &off)
	x.Type = t
	s.taken[e] = x
	return ir.CloneExpr(x)
}

// rowType is the data type in which a scalar that is always there is a column.
func rowType(t *types.Type) *types.Type {
	switch {
	case t.Is("Max"):
		return t.Resolve().Args[0]
	case t.Is("Flag"):
		return types.Bool
	}
	return t
}

// isAlwaysThere reports whether a view of type t always is a value of data: not
// unset, not unbound, not a collection.
func isAlwaysThere(t *types.Type) bool {
	t = t.Resolve()
	switch t.Con {
	case "Max":
		return t.Args[0].Is("Nat")
	case "Flag":
		return true
	case types.Func:
		return false
	}
	return !t.IsLattice()
}
