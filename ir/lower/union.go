package lower

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/types"
)

// union joins all operands of a chain of unions in one node.
func (l *lowerer) union(e ast.Expr, id string, t *types.Type) rel {
	var in []int
	var keys [][]int
	var walk func(e ast.Expr)
	walk = func(e ast.Expr) {
		e = l.unwrap(e)
		if u := l.useOf(e); u != nil && u.id == id && l.info.Coerce[e] == nil {
			walk(u.args[0])
			walk(u.args[1])
			return
		}
		r := l.relOf(e)
		in, keys = append(in, r.node), append(keys, r.keys)
	}
	walk(e)
	n := &ir.Node{Kind: ir.Union, In: in, Cols: l.prog.Nodes[in[0]].Cols, Pos: at(e)}
	r := rel{node: l.add(n), typ: t, closed: -1}
	r.keys = l.unionKeys(t, keys, in, e)
	return r
}

// unionKeys joins the presence of keys, level by level.
func (l *lowerer) unionKeys(t *types.Type, keys [][]int, in []int, pos ast.Node) []int {
	var out []int
	key := []*types.Type(nil)
	for level := 0; t.Is("Map") && isCollection(t.Resolve().Args[1]); level++ {
		t = t.Resolve()
		key = t.Args[0].Columns(key)
		var parts []int
		for i, k := range keys {
			if level < len(k) {
				parts = append(parts, k[level])
			} else {
				parts = append(parts, l.leading(in[i], len(key), pos))
			}
		}
		u := l.add(&ir.Node{Kind: ir.Union, In: parts, Cols: key, Pos: at(pos)})
		out = append(out, l.add(&ir.Node{Kind: ir.Distinct, In: []int{u}, Cols: key, Pos: at(pos)}))
		t = t.Args[1]
	}
	return out
}

// leading projects a relation on its first n columns.
func (l *lowerer) leading(node, n int, pos ast.Node) int {
	cols := l.prog.Nodes[node].Cols
	if n == len(cols) {
		return node
	}
	return l.add(&ir.Node{Kind: ir.Map, In: []int{node}, Cols: cols[:n], Out: identity(cols[:n]), Pos: at(pos)})
}

// keysOf is the set of keys of a map.
func (l *lowerer) keysOf(r rel, pos ast.Node) rel {
	key := r.typ.Resolve().Args[0]
	out := rel{typ: types.SetOf(key), closed: -1}
	if len(r.keys) > 0 {
		out.node, out.exact = r.keys[0], true
		return out
	}
	out.node = l.leading(r.node, len(key.Columns(nil)), pos)
	out.exact = r.exact && !isCollection(r.typ.Resolve().Args[1]) && !r.typ.Resolve().Args[1].Is("IVar")
	return out
}

// selection is the intersection or difference of two sets.
func (l *lowerer) selection(e ast.Expr, u *use) rel {
	a, b := l.relOf(u.args[0]), l.relOf(u.args[1])
	s := l.newScope()
	s.from(a, e)
	es := identity(s.cols)
	s.member(es, b.node, u.id == relDifference, e)
	return rel{node: s.node, typ: a.typ, exact: a.exact, closed: -1}
}
