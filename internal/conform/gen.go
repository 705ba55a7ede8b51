package conform

import (
	"math/rand/v2"
	"slices"

	"github.com/laspc/lasp/ir"
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
	"github.com/laspc/lasp/lang/value"
)

// Coverage counts what random programs used.
type Coverage struct {
	Nodes map[ir.NodeKind]int
	Exprs map[ir.ExprOp]int
	Rows  map[string]int
	// Results counts programs in which a node of the kind had a row.
	Results map[ir.NodeKind]int
}

// NewCoverage counts nothing yet.
func NewCoverage() *Coverage {
	return &Coverage{Nodes: map[ir.NodeKind]int{}, Exprs: map[ir.ExprOp]int{}, Rows: map[string]int{}, Results: map[ir.NodeKind]int{}}
}

// generator makes a random program: relations over a few cells of different
// kinds, with code from the whole library.
type generator struct {
	*rand.Rand
	p    *ir.Program
	ops  *op.Table
	cov  *Coverage
	rels []int     // nodes with rows that may be read
	view []ir.View // views that code may read
	line int
}

// Generate makes a program of about size nodes besides those of its cells, and a
// Compute node for each of the given library rows.
func Generate(r *rand.Rand, ops *op.Table, cov *Coverage, size int, rows []*op.Row) *ir.Program {
	g := &generator{Rand: r, p: &ir.Program{Name: "random"}, ops: ops, cov: cov}
	g.p.Params = []*ir.Param{{Name: "limit", Type: types.Int, Default: value.MakeInt(3)}}
	g.cells()
	for range size {
		g.node()
	}
	for _, row := range rows {
		g.force(row)
	}
	return g.p
}

func (g *generator) pick(xs ...string) string { return xs[g.IntN(len(xs))] }

func (g *generator) add(n *ir.Node) int {
	n.ID = len(g.p.Nodes)
	g.line++
	n.Pos.Line = g.line
	g.p.Nodes = append(g.p.Nodes, n)
	g.cov.Nodes[n.Kind]++
	n.Exprs(func(e **ir.Expr) {
		ir.WalkExpr(*e, func(x *ir.Expr) bool {
			g.cov.Exprs[x.Op]++
			if x.Op == ir.ECall {
				g.cov.Rows[x.Name]++
			}
			return true
		})
	})
	return n.ID
}

// show makes the rows of a node visible as a set of tuples.
func (g *generator) show(id int) int {
	n := g.p.Nodes[id]
	g.look(ir.View{Type: types.SetOf(types.TupleOf(n.Cols...)), Node: id, Closed: -1})
	g.rels = append(g.rels, id)
	return id
}

func (g *generator) look(v ir.View) {
	g.p.Shows = append(g.p.Shows, &ir.Show{Name: "v", View: v})
}

// cells declares one cell of each sort that the dataflow sees in its own way.
func (g *generator) cells() {
	pair := types.TupleOf(types.Int, types.Int)
	for _, kind := range []*types.Type{
		types.Of(g.pick("GSet", "AWSet"), pair),
		types.Of("GSet", pair),
		types.Of(g.pick("GSet", "AWSet"), types.TupleOf(types.Int, types.String)),
		types.Of("AWSet", types.Int),
		types.Of("GMap", types.Int, types.Of("GCounter")),
		types.Of("ORMap", types.String, types.Of("AWSet", types.Int)),
		types.Of("GMap", types.Int, types.Of("GMap", types.String, types.Of("Max", types.Int))),
		types.Of("LWW", types.Int),
		types.Of("Bag", pair),
		types.Of("ORMap", types.Int, types.Of("Bag", types.Int)),
		types.Of("EWFlag"),
		types.Of("IVar", types.Int),
		types.Of("PNCounter"),
		types.Of("GMap", types.Int, types.Of("Stream", types.Int)),
		types.Of("Stream", types.Int),
	} {
		g.cell(kind)
	}
}

func (g *generator) cell(kind *types.Type) {
	view := lattice.ViewOf(kind)
	c := &ir.Cell{Name: kind.String(), Kind: kind, View: ir.View{Type: view, Closed: -1}}
	index := len(g.p.Cells)
	g.p.Cells = append(g.p.Cells, c)
	for leaf, r := range lattice.Relations(kind, view) {
		id := g.add(&ir.Node{Kind: ir.Source, Cell: index, Leaf: leaf, Cols: r.Cols, Type: view})
		switch r.Part {
		case lattice.Values:
			c.View.Node = id
		case lattice.Closed:
			c.View.Closed = id
		default:
			c.View.Keys = append([]int{id}, c.View.Keys...)
		}
		g.show(id)
	}
	g.look(c.View)
	g.view = append(g.view, c.View)
}

// cols are the columns of a node.
func (g *generator) cols(id int) []*types.Type { return g.p.Nodes[id].Cols }

func (g *generator) rel() int { return g.rels[g.IntN(len(g.rels))] }

// node adds a random node.
func (g *generator) node() {
	makers := []func(){g.mapNode, g.mapNode, g.flatMap, g.join, g.join, g.semiJoin, g.union, g.distinct, g.group, g.group, g.closure, g.shortest, g.mutual, g.compute, g.streamNode, g.threshold, g.sink, g.constNode, g.seal}
	makers[g.IntN(len(makers))]()
}

func (g *generator) constNode() {
	t := []*types.Type{types.Int, types.String}
	n := &ir.Node{Kind: ir.Const, Cols: t}
	for i := range g.IntN(4) {
		n.Rows = append(n.Rows, []value.Value{value.MakeInt(int64(i)), g.value(types.String)})
	}
	g.show(g.add(n))
}

// mapOf is a Map with random code, at most three columns wide.
func (g *generator) mapOf(in int, outs []*types.Type) int {
	n := &ir.Node{Kind: ir.Map, In: []int{in}, Cols: outs}
	f := g.frame(g.cols(in))
	if g.IntN(2) == 0 {
		n.Cond = g.expr(types.Bool, f, 2)
	}
	for _, t := range outs {
		n.Out = append(n.Out, g.expr(t, f, 2))
	}
	return g.add(n)
}

func (g *generator) colType() *types.Type {
	return []*types.Type{types.Int, types.Int, types.Int, types.String, types.Bool, types.Nat, types.OptionOf(types.Int)}[g.IntN(7)]
}

func (g *generator) colTypes() []*types.Type {
	ts := []*types.Type{g.colType()}
	for range g.IntN(3) {
		ts = append(ts, g.colType())
	}
	return ts
}

func (g *generator) mapNode() { g.show(g.mapOf(g.rel(), g.colTypes())) }

// bounded is a relation of ints of the given width with small values: what
// recursions and products are built on.
func (g *generator) bounded(width int) int {
	in := g.rel()
	f := g.frame(g.cols(in))
	n := &ir.Node{Kind: ir.Map, In: []int{in}}
	for range width {
		e := g.call("int.mod", types.Int, g.expr(types.Int, f, 1), constant(types.Int, value.MakeInt(5)))
		n.Cols, n.Out = append(n.Cols, types.Int), append(n.Out, e)
	}
	return g.add(n)
}

func (g *generator) flatMap() {
	in := g.rel()
	elem := []*types.Type{types.Int, types.TupleOf(types.Int, types.String)}[g.IntN(2)]
	con := g.pick("List", "Set")
	n := &ir.Node{Kind: ir.FlatMap, In: []int{in}, Each: g.expr(types.Of(con, elem), g.frame(g.cols(in)), 2)}
	long := elem.Columns(slices.Clone(g.cols(in)))
	n.Cols = long
	if g.IntN(2) == 0 {
		f := g.frame(long)
		n.Cond = g.expr(types.Bool, f, 2)
		n.Cols = []*types.Type{types.Int, long[0]}
		n.Out = []*ir.Expr{g.expr(types.Int, f, 2), slotExpr(0, long[0])}
	}
	g.show(g.add(n))
}

// key chooses columns of equal types on both sides, perhaps none.
func (g *generator) key(a, b int) (l, r []int) {
	for i, t := range g.cols(a) {
		for j, u := range g.cols(b) {
			if types.Equal(t, u) && !slices.Contains(r, j) && g.IntN(3) == 0 {
				l, r = append(l, i), append(r, j)
				break
			}
		}
	}
	return l, r
}

func (g *generator) join() {
	a, b := g.rel(), g.rel()
	if g.IntN(4) == 0 {
		b = a
	}
	n := &ir.Node{Kind: ir.Join, In: []int{a, b}}
	n.LKey, n.RKey = g.key(a, b)
	f := g.frame(slices.Concat(g.cols(a), g.cols(b)))
	if len(n.LKey) == 0 {
		n.Cond = g.call("eq", types.Bool, g.expr(types.Int, f, 1), constant(types.Int, g.value(types.Int)))
	}
	for range 1 + g.IntN(2) {
		t := g.colType()
		n.Cols, n.Out = append(n.Cols, t), append(n.Out, g.expr(t, f, 1))
	}
	g.show(g.add(n))
}

func (g *generator) semiJoin() {
	a, b := g.rel(), g.rel()
	n := &ir.Node{Kind: []ir.NodeKind{ir.SemiJoin, ir.AntiJoin}[g.IntN(2)], In: []int{a, b}, Cols: g.cols(a)}
	n.LKey, n.RKey = g.key(a, b)
	g.show(g.add(n))
}

func (g *generator) union() {
	ts := g.colTypes()
	n := &ir.Node{Kind: ir.Union, Cols: ts}
	for range 1 + g.IntN(3) {
		n.In = append(n.In, g.mapOf(g.rel(), ts))
	}
	if g.IntN(3) == 0 {
		n.In = append(n.In, n.In[0])
	}
	id := g.add(n)
	if g.IntN(2) == 0 {
		id = g.add(&ir.Node{Kind: ir.Distinct, In: []int{id}, Cols: ts})
	}
	g.show(id)
}

func (g *generator) distinct() {
	in := g.mapOf(g.rel(), g.colTypes())
	g.show(g.add(&ir.Node{Kind: ir.Distinct, In: []int{in}, Cols: g.cols(in)}))
}

// aggregates are library rows with an accumulator, the type of what they take
// and of what they give.
var aggregates = []struct {
	id        string
	arg, give *types.Type
}{
	{"set.size", nil, types.MaxOf(types.Nat)},
	{"set.sum_nat", types.Nat, types.MaxOf(types.Nat)},
	{"set.min", types.Int, types.MinOf(types.Int)},
	{"set.max", types.Int, types.MaxOf(types.Int)},
	{"", types.Int, types.MaxOf(types.Int)},
	{"", types.Int, types.MinOf(types.Int)},
	{"", types.Bool, types.Flag},
	{"", types.Int, types.Int},
}

func (g *generator) group() {
	in := g.rel()
	if g.IntN(2) == 0 {
		in = g.mapOf(in, g.colTypes())
	}
	keys := g.IntN(len(g.cols(in)) + 1)
	n := &ir.Node{Kind: ir.Group, In: []int{in}, Keys: keys, Cols: slices.Clone(g.cols(in)[:keys])}
	f := g.frame(g.cols(in))
	for range 1 + g.IntN(2) {
		a := aggregates[g.IntN(len(aggregates))]
		if a.id != "" {
			g.cov.Rows[a.id]++
		}
		agg := ir.Aggregate{Row: a.id, Type: a.give}
		if a.arg != nil {
			agg.Arg = g.expr(a.arg, f, 1)
		}
		n.Aggs, n.Cols = append(n.Aggs, agg), append(n.Cols, a.give)
	}
	g.show(g.add(n))
}

// recursion wraps bodies that read Rec nodes of the given columns.
func (g *generator) recursion(cols [][]*types.Type, limit int, bodies func(recs []int) []int) {
	first := len(g.p.Nodes)
	var recs []int
	for _, c := range cols {
		recs = append(recs, g.add(&ir.Node{Kind: ir.Rec, Cols: c}))
	}
	results := bodies(recs)
	var inside, peers []int
	for id := first + len(recs); id < len(g.p.Nodes); id++ {
		inside = append(inside, id)
	}
	for i, c := range cols {
		id := g.add(&ir.Node{Kind: ir.Fix, In: []int{results[i]}, Rec: recs[i], Body: inside, Cols: c, Limit: limit})
		g.p.Nodes[recs[i]].Rec = id
		peers = append(peers, id)
	}
	if len(peers) > 1 {
		for _, id := range peers {
			g.p.Nodes[id].Peers = peers
		}
	}
	for _, id := range peers {
		g.show(id)
	}
}

func (g *generator) limit() int {
	if g.IntN(4) == 0 {
		return 1 + g.IntN(3)
	}
	return 0
}

// closure is transitive closure, linear or not, perhaps with a derived column
// and a test on the way.
func (g *generator) closure() {
	base, links := g.bounded(2), g.bounded(2)
	two := []*types.Type{types.Int, types.Int}
	g.recursion([][]*types.Type{two}, g.limit(), func(recs []int) []int {
		other := links
		if g.IntN(2) == 0 {
			other = recs[0]
		}
		n := &ir.Node{Kind: ir.Join, In: []int{recs[0], other}, LKey: []int{1}, RKey: []int{0}, Cols: two, Out: []*ir.Expr{slotExpr(0, types.Int), slotExpr(3, types.Int)}}
		if g.IntN(3) == 0 {
			n.Cond = g.expr(types.Bool, g.frame([]*types.Type{types.Int, types.Int, types.Int, types.Int}), 2)
		}
		step := g.add(n)
		if g.IntN(3) == 0 {
			step = g.add(&ir.Node{Kind: ir.SemiJoin, In: []int{step, links}, LKey: []int{0}, RKey: []int{1}, Cols: two})
		}
		u := g.add(&ir.Node{Kind: ir.Union, In: []int{base, step}, Cols: two})
		if g.IntN(2) == 0 {
			u = g.add(&ir.Node{Kind: ir.Distinct, In: []int{u}, Cols: two})
		}
		return []int{u}
	})
}

// shortest is least distances over weighted links: values are replaced by
// better ones. Weights are positive, so that cycles do not help.
func (g *generator) shortest() {
	links := g.bounded(3)
	least := types.MinOf(types.Int)
	cols := []*types.Type{types.Int, least}
	start := g.bounded(1)
	g.recursion([][]*types.Type{cols}, g.limit(), func(recs []int) []int {
		weight := g.call("int.add", types.Int, g.call("int.abs", types.Int, slotExpr(4, types.Int)), constant(types.Int, value.MakeInt(1)))
		base := g.add(&ir.Node{Kind: ir.Map, In: []int{start}, Cols: cols, Out: []*ir.Expr{slotExpr(0, types.Int), constant(types.Int, value.MakeInt(0))}})
		step := g.add(&ir.Node{Kind: ir.Join, In: []int{recs[0], links}, LKey: []int{0}, RKey: []int{0}, Cols: cols,
			Out: []*ir.Expr{slotExpr(3, types.Int), g.call("int.add", types.Int, slotExpr(1, types.Int), weight)}})
		u := g.add(&ir.Node{Kind: ir.Union, In: []int{base, step}, Cols: cols})
		return []int{g.add(&ir.Node{Kind: ir.Group, In: []int{u}, Keys: 1, Cols: cols, Aggs: []ir.Aggregate{{Type: least, Arg: slotExpr(1, types.Int)}}})}
	})
}

// mutual is nodes at even and odd distance, two recursions that feed each other.
func (g *generator) mutual() {
	base, links := g.bounded(1), g.bounded(2)
	one := []*types.Type{types.Int}
	g.recursion([][]*types.Type{one, one}, g.limit(), func(recs []int) []int {
		step := func(rec int) int {
			return g.add(&ir.Node{Kind: ir.Join, In: []int{rec, links}, LKey: []int{0}, RKey: []int{0}, Cols: one, Out: []*ir.Expr{slotExpr(2, types.Int)}})
		}
		even := step(recs[1])
		return []int{g.add(&ir.Node{Kind: ir.Union, In: []int{base, even}, Cols: one}), step(recs[0])}
	})
}

func (g *generator) compute() {
	t := []*types.Type{types.Int, types.Bool, types.SetOf(types.Int), types.MapOf(types.Int, types.MaxOf(types.Nat)), types.ListOf(types.String), types.OptionOf(types.Int), types.IVarOf(types.Int)}[g.IntN(7)]
	g.computed(g.expr(t, &vars{}, 3))
}

// computed adds a Compute node and its view.
func (g *generator) computed(e *ir.Expr) {
	t := e.Type
	id := g.add(&ir.Node{Kind: ir.Compute, Out: []*ir.Expr{e}, Type: t, Cols: lattice.RowColumns(t)})
	v := ir.View{Type: t, Node: id, Closed: -1}
	g.look(v)
	g.view = append(g.view, v)
	if !hasNested(t) {
		g.rels = append(g.rels, id)
	}
}

// hasNested tells maps of collections, whose rows do not tell all keys.
func hasNested(t *types.Type) bool {
	t = t.Resolve()
	return t.Con == "Map" && (t.Args[1].Is("Set") || t.Args[1].Is("Map") || t.Args[1].Is("Stream"))
}

// streamNode is a stream over the stream cell, with total functions: how far a
// stream was looked at decides which errors are known.
func (g *generator) streamNode() {
	n := &ir.Node{Kind: ir.Stream, Type: types.StreamOf(types.Int), Cols: []*types.Type{types.Int, types.Int}}
	n.Out = []*ir.Expr{g.stream(3)}
	id := g.add(n)
	v := ir.View{Type: n.Type, Node: id, Closed: -1}
	g.look(v)
	g.view = append(g.view, v)
	if g.IntN(2) == 0 {
		g.show(id)
	}
}

func (g *generator) threshold() {
	in := g.rel()
	g.show(g.add(&ir.Node{Kind: ir.Threshold, In: []int{in}, Cols: g.cols(in), Cond: g.expr(types.Bool, g.frame(g.cols(in)), 1)}))
}

func (g *generator) sink() {
	in := g.rel()
	id := g.show(g.add(&ir.Node{Kind: ir.Sink, In: []int{in}, Cols: g.cols(in)}))
	g.p.Handlers = append(g.p.Handlers, &ir.Handler{Kind: ir.When, Name: "head", Head: id, HeadTypes: g.cols(in)})
}

// seal is the content of the stream cell once it is closed.
func (g *generator) seal() {
	c := g.p.Cells[len(g.p.Cells)-1].View
	t := types.IVarOf(types.ListOf(types.Int))
	in := []int{c.Node, c.Closed}
	view := &ir.Expr{Op: ir.EView, Type: c.Type, View: c}
	id := g.add(&ir.Node{Kind: ir.Seal, In: in, Type: t, Cols: []*types.Type{t}, Out: []*ir.Expr{g.call("stream.sealed", t, view)}})
	g.look(ir.View{Type: t, Node: id, Closed: -1})
}
