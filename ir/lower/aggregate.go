package lower

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
)

// groupBy puts the key in front of the elements.
func (l *lowerer) groupBy(e ast.Expr, u *use, t *types.Type) (rel, bool) {
	s := l.newScope()
	x := s.operand(u.args[0], false)
	k := s.applied(u, 1, x)
	if s.bad || x == nil || isCollection(t.Args[1].Resolve().Args[0]) {
		return rel{}, false
	}
	out := s.flatten(k, t.Args[0], nil)
	cols := t.Args[0].Columns(nil)
	elem := t.Args[1].Resolve().Args[0]
	out, cols = s.flatten(x, elem, out), elem.Columns(cols)
	r := rel{typ: t, closed: -1}
	r.node, r.exact = s.project(out, cols, e)
	return r, !s.bad
}

// grouped is count_by, sum_by and whatever else aggregates per key: the first
// function gives the key, the second the amount.
func (l *lowerer) grouped(e ast.Expr, u *use, t *types.Type) (rel, bool) {
	row := l.ops.ByID(u.id)
	if row == nil || row.Agg == nil || row.Lambda != 1 || !t.Is("Map") || isCollection(t.Args[1]) {
		return rel{}, false
	}
	src := l.newFrame().usedAs(u.args[0])
	if !src.Is("Set") {
		return rel{}, false
	}
	s := l.newScope()
	x := s.operand(u.args[0], true)
	key := s.applied(u, 1, x)
	var arg *ir.Expr
	if len(u.args) > 2 {
		arg = s.applied(u, 2, x)
	}
	if s.bad || x == nil {
		return rel{}, false
	}
	// The bag of the projection is what is counted: no Distinct here.
	out, cols := s.flatten(key, t.Args[0], nil), t.Args[0].Columns(nil)
	agg := ir.Aggregate{Row: u.id, Type: t.Args[1]}
	if arg != nil {
		out, cols = append(out, arg), append(cols, arg.Type)
		agg.Arg = column(len(cols)-1, arg.Type)
	}
	node, _ := s.project(out, cols, e)
	keys := len(t.Args[0].Columns(nil))
	n := &ir.Node{
		Kind: ir.Group, In: []int{node}, Keys: keys, Aggs: []ir.Aggregate{agg},
		Cols: append(cols[:keys:keys], t.Args[1]), Type: t, Pos: at(e),
	}
	if s.bad {
		return rel{}, false
	}
	return rel{node: l.add(n), typ: t, exact: true, closed: -1}, true
}

// aggregate is an aggregate of a whole set or map to a scalar.
func (l *lowerer) aggregate(e ast.Expr) (ir.View, bool) {
	e = l.unwrap(e)
	u := l.useOf(e)
	if u == nil || l.info.Coerce[e] != nil || l.failed[e] || !l.isClosed(e) {
		return ir.View{}, false
	}
	row := l.ops.ByID(u.id)
	t := l.newFrame().typeOf(e)
	if row == nil || row.Agg == nil || t.Is("Map") || len(u.args) > 2 {
		return ir.View{}, false
	}
	src := l.newFrame().usedAs(u.args[0])
	var values *types.Type
	if m := l.valuesOf(u.args[0]); m != nil {
		values = src.Args[0]
		u = &use{id: u.id, args: append([]ast.Expr{m}, u.args[1:]...), call: u.call}
		src = l.newFrame().usedAs(m)
	}
	if !src.Is("Set") && !src.Is("Map") || !l.readsGraph(u.args[0]) {
		return ir.View{}, false
	}
	v, ok := l.aggregateOf(e, u, src, t, values)
	if !ok {
		l.failed[e] = true
	}
	return v, ok
}

// valuesOf is the map whose values e lists, or nil. Their order is that of the
// keys, which no aggregate tells, so that the rows of the map do as well.
func (l *lowerer) valuesOf(e ast.Expr) ast.Expr {
	for {
		p, ok := e.(*ast.Paren)
		if !ok {
			break
		}
		e = p.X
	}
	u := l.useOf(e)
	if u == nil || u.id != relMapValues {
		return nil
	}
	if m := l.newFrame().usedAs(u.args[0]); !m.Is("Map") || isCollection(m.Args[1]) {
		return nil
	}
	return u.args[0]
}

// aggregateOf aggregates what the first argument holds: of a map with values given,
// these alone, as items of that type.
func (l *lowerer) aggregateOf(e ast.Expr, u *use, src, t, values *types.Type) (ir.View, bool) {
	s := l.newScope()
	agg := ir.Aggregate{Row: u.id, Type: t}
	var out []*ir.Expr
	if u.id == "map.size" {
		k := l.exactly(l.keysOf(l.relOf(u.args[0]), e))
		s.from(k, e)
		out = identity(s.cols)
	} else {
		x := s.operand(u.args[0], true)
		if x == nil {
			return ir.View{}, false
		}
		if values != nil {
			x = s.f.convert(item(x, 1, src.Args[1]), values)
		}
		arg := x
		switch {
		case len(u.args) == 2 && l.ops.ByID(u.id).Name != "any" && l.ops.ByID(u.id).Name != "all":
			by, elem := s.applied(u, 1, x), ir.CloneExpr(x)
			if src.Is("Map") && values == nil { // the element of an entry is its key
				elem = item(elem, 0, src.Args[0])
			}
			arg = &ir.Expr{Op: ir.ETuple, Type: types.TupleOf(by.Type, elem.Type), Args: []*ir.Expr{by, elem}}
		case len(u.args) == 2:
			arg = s.applied(u, 1, x)
		case src.Is("Map") && values == nil:
			arg = item(x, 1, src.Args[1])
		}
		if s.bad {
			return ir.View{}, false
		}
		if u.id == "set.size" {
			out = identity(s.cols)
		} else {
			out = []*ir.Expr{arg}
		}
	}
	cols := make([]*types.Type, len(out))
	for i, x := range out {
		cols[i] = x.Type
	}
	node, _ := s.project(out, cols, e)
	if u.id != "set.size" && u.id != "map.size" {
		agg.Arg = column(0, cols[0])
	}
	if s.bad {
		return ir.View{}, false
	}
	n := &ir.Node{Kind: ir.Group, In: []int{node}, Aggs: []ir.Aggregate{agg}, Cols: []*types.Type{t}, Type: t, Pos: at(e)}
	return ir.View{Type: t, Node: l.add(n), Closed: -1}, true
}
