package lower

import (
	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/ast"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/source"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
	"github.com/laspc/lasp/typecheck"
)

// rel is a collection as a relation. While it is built, rows may occur several
// times, and a key of a map may have several values that still have to be
// joined; exact says that neither is so.
type rel struct {
	node   int
	typ    *types.Type
	exact  bool
	keys   []int
	closed int
	pos    source.Position // of what gives keys their values; none where its node says
}

// add appends a node to the graph.
func (l *lowerer) add(n *ir.Node) int {
	n.ID = len(l.prog.Nodes)
	l.prog.Nodes = append(l.prog.Nodes, n)
	return n.ID
}

// deciding is how many of the columns that begin a row, of n, say which row it is:
// the key of a map of scalars, all columns of anything else.
func (r rel) deciding(n int) int {
	t := r.typ.Resolve()
	if t.Con != "Map" || isCollection(t.Args[1]) || t.Args[1].Is("IVar") {
		return n
	}
	return len(t.Args[0].Columns(nil))
}

func relOfView(v ir.View) rel {
	return rel{node: v.Node, typ: v.Type, exact: true, keys: v.Keys, closed: v.Closed}
}

func (l *lowerer) viewOf(r rel) ir.View {
	r = l.exactly(r)
	return ir.View{Type: r.typ, Node: r.node, Keys: r.keys, Closed: r.closed}
}

// exactly makes every row of a set unique and joins the values of every key.
func (l *lowerer) exactly(r rel) rel {
	if r.exact {
		return r
	}
	cols := l.prog.Nodes[r.node].Cols
	leaf := r.typ.Resolve()
	for leaf.Con == "Map" {
		leaf = leaf.Args[1].Resolve()
	}
	n := &ir.Node{Kind: ir.Distinct, In: []int{r.node}, Cols: cols, Type: r.typ}
	switch {
	case !r.typ.Is("Map"), leaf.Con == "Set", leaf.Con == "IVar":
	default:
		last := len(cols) - 1
		n.Kind, n.Keys = ir.Group, last
		n.Aggs = []ir.Aggregate{{Type: leaf, Arg: column(last, cols[last])}}
	}
	if n.Pos = r.pos; n.Pos.Line == 0 {
		n.Pos = l.prog.Nodes[r.node].Pos
	}
	r.node, r.exact = l.add(n), true
	return r
}

// column is the i-th column of a row.
func column(i int, t *types.Type) *ir.Expr { return &ir.Expr{Op: ir.ELocal, Slot: i, Type: t} }

// cell declares a cell with a Source node for each of its relations.
func (l *lowerer) cell(c *typecheck.Cell) {
	f := l.newFrame()
	kind, view := f.clean(c.Kind), f.clean(c.View)
	i := len(l.prog.Cells)
	l.cells[c] = i
	out := &ir.Cell{
		Name: c.Name, Kind: kind, Scope: c.Scope.Keyword(), Writer: c.Writer, ByKey: c.ByKey,
		Shards: c.Shards, Tag: c.Tag, Pos: at(c.Ident), View: ir.View{Type: view, Closed: -1},
		Lower: bounds(c.Lower), Upper: bounds(c.Upper),
	}
	if out.Scope == "local" {
		out.Group = "local"
	}
	l.prog.Cells = append(l.prog.Cells, out)
	var keys []int
	for leaf, r := range lattice.Relations(kind, view) {
		id := l.add(&ir.Node{Kind: ir.Source, Cell: i, Leaf: leaf, Cols: r.Cols, Pos: out.Pos})
		switch r.Part {
		case lattice.Values:
			out.View.Node = id
			l.prog.Nodes[id].Type = view
		case lattice.Closed:
			out.View.Closed = id
		case lattice.KeysOf:
			keys = append([]int{id}, keys...)
		}
	}
	out.View.Keys = keys
}

func bounds(bs []typecheck.Bound) []ir.Bound {
	var out []ir.Bound
	for _, b := range bs {
		low := ir.Bound{Plus: b.Plus}
		if b.Param != nil {
			low.Param = b.Param.Name
		}
		out = append(out, low)
	}
	return out
}

// define makes the nodes of a definition of type t and returns how it is held.
func (l *lowerer) define(e ast.Expr, t *types.Type) ir.View {
	switch {
	case t.Is("Set"), t.Is("Map"):
		return l.viewOf(l.relOf(e))
	}
	return l.scalar(e, t)
}

// scalar makes the node of a definition that is no collection: an aggregate
// where it is one, the view itself where it is only a name, code otherwise.
func (l *lowerer) scalar(e ast.Expr, t *types.Type) ir.View {
	if v, ok := l.aggregate(e); ok && types.Equal(v.Type, t) {
		return v
	}
	f := l.newFrame()
	f.graph = true
	x := f.convert(f.expr(e), t)
	if x.Op == ir.EView && types.Equal(x.Type, t) {
		return x.View
	}
	return ir.View{Type: t, Node: l.compute(e, x, t), Closed: -1}
}

// compute adds the node that evaluates code over views.
func (l *lowerer) compute(e ast.Expr, x *ir.Expr, t *types.Type) int {
	kind := ir.Compute
	if t.Is("Stream") {
		kind = ir.Stream
	}
	return l.add(&ir.Node{
		Kind: kind, Out: []*ir.Expr{x}, Cols: lattice.RowColumns(t), Type: t,
		Quals: l.quals(e), Pos: at(e),
	})
}

// relOf lowers a collection that depends on no variable of a row. Whatever has
// no relational form is computed from assembled views.
func (l *lowerer) relOf(e ast.Expr) rel {
	e = l.unwrap(e)
	cache := l.depth == 0
	if r, ok := l.known[e]; ok && cache {
		return r
	}
	r, ok := l.tryRel(e)
	if !ok {
		r = l.computeRel(e)
	}
	if cache {
		l.known[e] = r
	}
	return r
}

// unwrap strips parentheses that are not converted, and takes parts of composite
// cells as what they are over their own cells.
func (l *lowerer) unwrap(e ast.Expr) ast.Expr {
	for {
		if over := l.info.Parts[e]; over != nil && l.info.Coerce[e] == nil {
			e = over
			continue
		}
		p, ok := e.(*ast.Paren)
		if !ok || l.info.Coerce[e] != nil {
			return e
		}
		e = p.X
	}
}

// computeRel computes a collection as code; a List or Stream that is used as a
// collection of rows becomes the Set of its elements.
func (l *lowerer) computeRel(e ast.Expr) rel {
	f := l.newFrame()
	f.graph = true
	x := f.code(e)
	if t := l.info.Coerce[e]; t != nil {
		x = f.convert(x, f.clean(t))
	}
	if !x.Type.Is("Set") && !x.Type.Is("Map") {
		x = f.convert(x, types.SetOf(elemOf(x.Type)))
	}
	switch x.Op {
	case ir.EView:
		return relOfView(x.View)
	case ir.EConst:
		return l.constRel(x.Value, x.Type, e)
	}
	r := rel{node: l.compute(e, ir.CloneExpr(x), x.Type), typ: x.Type, exact: true, closed: -1}
	for level, t := 0, x.Type; t.Is("Map") && isCollection(t.Resolve().Args[1]); level++ {
		k := f.keysCode(ir.CloneExpr(x), level)
		r.keys = append(r.keys, l.compute(e, k, k.Type))
		t = t.Resolve().Args[1]
	}
	return r
}

// keysCode is the keys of a map of collections down to a level, as a set of
// tuples nested to the right: a collection that is empty has no row to tell
// that it is there.
func (f *frame) keysCode(x *ir.Expr, level int) *ir.Expr {
	t := x.Type.Resolve()
	if level == 0 {
		return f.row(relMapKeys, types.SetOf(t.Args[0]), x.Pos, x)
	}
	entries := f.convert(x, types.SetOf(types.TupleOf(t.Args...)))
	outer := f.lambda()
	k, v := outer.slot(), outer.slot()
	below := outer.keysCode(&ir.Expr{Op: ir.ELocal, Slot: v, Type: t.Args[1], Pos: x.Pos}, level-1)
	elem := types.TupleOf(t.Args[0], below.Type.Args[0])
	body := outer.combine(below, "map", types.SetOf(elem), func(inner *frame) (*ir.Pattern, *ir.Expr) {
		s := inner.slot()
		key := inner.capture(&ir.Expr{Op: ir.ELocal, Slot: k, Type: t.Args[0]})
		return &ir.Pattern{Op: ir.PBind, Slot: s},
			&ir.Expr{Op: ir.ETuple, Type: elem, Args: []*ir.Expr{key, {Op: ir.ELocal, Slot: s, Type: elem.Args[1]}}}
	})
	p := &ir.Pattern{Op: ir.PTuple, Args: []*ir.Pattern{{Op: ir.PBind, Slot: k}, {Op: ir.PBind, Slot: v}}}
	fn := outer.close([]*ir.Pattern{p}, body, types.FuncOf([]*types.Type{entries.Type.Args[0]}, body.Type))
	return f.row(rowSetFlatMap, types.SetOf(elem), x.Pos, entries, fn)
}

// constRel holds the rows of a constant collection.
func (l *lowerer) constRel(v value.Value, t *types.Type, e ast.Node) rel {
	n := &ir.Node{Kind: ir.Const, Cols: lattice.RowColumns(t), Type: t, Rows: constRows(v, t, nil), Pos: at(e)}
	r := rel{node: l.add(n), typ: t, exact: true, closed: -1}
	if t.Is("Map") && isCollection(t.Args[1]) {
		var rows [][]value.Value
		for i := 0; i < len(v.Elems()); i += 2 {
			rows = append(rows, flatValue(v.Elems()[i], t.Args[0], nil))
		}
		r.keys = []int{l.add(&ir.Node{Kind: ir.Const, Cols: t.Args[0].Columns(nil), Rows: rows, Pos: at(e)})}
	}
	return r
}

// constRows are the rows of a collection, after the columns of its keys.
func constRows(v value.Value, t *types.Type, key []value.Value) [][]value.Value {
	t = t.Resolve()
	key = key[:len(key):len(key)]
	switch t.Con {
	case "Set":
		var rows [][]value.Value
		for _, x := range v.Elems() {
			rows = append(rows, flatValue(x, t.Args[0], key))
		}
		return rows
	case "Map":
		var rows [][]value.Value
		for i := 0; i < len(v.Elems()); i += 2 {
			rows = append(rows, constRows(v.Elems()[i+1], t.Args[1], flatValue(v.Elems()[i], t.Args[0], key))...)
		}
		return rows
	}
	return [][]value.Value{append(key, v)}
}

// flatValue appends the columns of a data value.
func flatValue(v value.Value, t *types.Type, to []value.Value) []value.Value {
	t = t.Resolve()
	to = to[:len(to):len(to)]
	if t.Con != types.Tuple {
		return append(to, v)
	}
	for i, x := range v.Elems() {
		to = flatValue(x, t.Args[i], to)
	}
	return to
}

func isCollection(t *types.Type) bool { return t.Is("Set") || t.Is("Map") || t.Is("Stream") }

// quals are the qualifiers of an expression by cell, where the checker has them.
func (l *lowerer) quals(e ast.Expr) map[int]opQual {
	f := l.info.Flows[e]
	if f == nil || len(f.Leaves) == 0 {
		return nil
	}
	out := make(map[int]opQual, len(f.Leaves))
	for c, leaf := range f.Leaves {
		out[l.cells[c]] = leaf.Qual
	}
	return out
}
