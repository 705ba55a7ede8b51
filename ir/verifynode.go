package ir

import (
	"github.com/laspc/lasp/lang/lattice"
	"github.com/laspc/lasp/lang/op"
	"github.com/laspc/lasp/lang/types"
)

// node checks one node; the ones before it are known to be right.
func (v *verifier) node(n *Node) {
	for _, in := range n.In {
		v.check(in >= 0 && in < n.ID, "reads n%d, which does not stand before it", in)
	}
	if v.err != nil || !v.inputs(n) {
		return
	}
	for i := range n.Views {
		v.view(&n.Views[i], n.ID)
	}
	if v.err != nil {
		return
	}
	switch n.Kind {
	case Source:
		v.source(n)
	case Const:
		for _, r := range n.Rows {
			v.check(len(r) == len(n.Cols), "a row has %d values for %d columns", len(r), len(n.Cols))
		}
	case Map, FlatMap, Join:
		v.rows(n)
	case SemiJoin, AntiJoin:
		v.keys(n)
		v.same(n.Cols, v.cols(n, 0), "its columns are not those of its input")
	case Union:
		for i := range n.In {
			v.same(n.Cols, v.cols(n, i), "the columns of its inputs differ")
		}
	case Distinct, Sink, Threshold, Seal:
		v.same(n.Cols, v.cols(n, 0), "its columns are not those of its input")
	case Group:
		v.group(n)
	case Rec, Fix:
		v.recursion(n)
	case Compute, Stream:
		if v.check(len(n.Out) == 1 && n.Type != nil, "has no code or no type") {
			v.same(n.Cols, lattice.RowColumns(n.Type), "its columns are not those of its type")
			v.code(n.Out[0], nil)
		}
	}
}

// arity is the number of inputs by kind; -1 is one or more.
var arity = map[NodeKind]int{
	Map: 1, FlatMap: 1, Join: 2, SemiJoin: 2, AntiJoin: 2, Union: -1, Distinct: 1, Group: 1, Fix: 1, Sink: 1, Threshold: 1, Seal: 1,
}

func (v *verifier) inputs(n *Node) bool {
	want := arity[n.Kind]
	if want < 0 {
		return v.check(len(n.In) > 0, "has no inputs")
	}
	return v.check(len(n.In) == want, "has %d inputs instead of %d", len(n.In), want)
}

func (v *verifier) cols(n *Node, i int) []*types.Type { return v.p.Nodes[n.In[i]].Cols }

// same checks that words of two rows of columns mean the same.
func (v *verifier) same(a, b []*types.Type, message string) {
	if !v.check(len(a) == len(b), "%s", message) {
		return
	}
	for i := range a {
		v.check(sameWord(a[i], b[i]), "%s: `%s` and `%s`", message, a[i], b[i])
	}
}

func (v *verifier) source(n *Node) {
	if !v.check(n.Cell >= 0 && n.Cell < len(v.p.Cells), "reads cell %d, which there is not", n.Cell) {
		return
	}
	c := v.p.Cells[n.Cell]
	rels := lattice.Relations(c.Kind, c.View.Type)
	if v.check(n.Leaf >= 0 && n.Leaf < len(rels), "reads relation %d of `%s`, which has %d", n.Leaf, c.Name, len(rels)) {
		v.same(n.Cols, rels[n.Leaf].Cols, "its columns are not those of the cell")
	}
}

// rows checks a node that computes rows from rows.
func (v *verifier) rows(n *Node) {
	if n.Kind == Join {
		v.keys(n)
	}
	if n.Kind == FlatMap {
		if !v.check(n.Each != nil, "has no collection") {
			return
		}
		v.code(n.Each, v.p.inputCols(n))
		v.check(n.Each.Type.Is("Set") || n.Each.Type.Is("List"), "unnests a `%s`", n.Each.Type)
	}
	if v.err != nil {
		return
	}
	cols := v.p.rowCols(n)
	if n.Cond != nil {
		v.code(n.Cond, cols)
		v.check(n.Cond.Type.Is("Bool") || n.Cond.Type.Is("Flag"), "its condition is a `%s`", n.Cond.Type)
	}
	if n.Out == nil {
		v.same(n.Cols, cols, "its columns are not those of its rows")
		return
	}
	if !v.check(len(n.Out) == len(n.Cols), "computes %d columns of %d", len(n.Out), len(n.Cols)) {
		return
	}
	for i, e := range n.Out {
		v.code(e, cols)
		v.check(v.err != nil || sameWord(e.Type, n.Cols[i]), "column %d is a `%s`, its code a `%s`", i, n.Cols[i], e.Type)
	}
}

func (v *verifier) keys(n *Node) {
	l, r := v.cols(n, 0), v.cols(n, 1)
	if !v.check(len(n.LKey) == len(n.RKey), "its keys have different lengths") {
		return
	}
	for i := range n.LKey {
		a, b := n.LKey[i], n.RKey[i]
		if v.check(a >= 0 && a < len(l) && b >= 0 && b < len(r), "a key is outside the columns") {
			v.check(sameWord(l[a], r[b]), "compares a `%s` with a `%s`", l[a], r[b])
		}
	}
}

func (v *verifier) group(n *Node) {
	in := v.cols(n, 0)
	if !v.check(n.Keys >= 0 && n.Keys <= len(in), "groups by %d of %d columns", n.Keys, len(in)) ||
		!v.check(len(n.Cols) == n.Keys+len(n.Aggs), "has %d columns for %d keys and %d aggregates", len(n.Cols), n.Keys, len(n.Aggs)) {
		return
	}
	v.same(n.Cols[:n.Keys], in[:n.Keys], "its keys are not the first columns of its input")
	for i, a := range n.Aggs {
		r := v.row(a.Row)
		v.check(a.Row == "" || v.ops == nil || r != nil && r.Agg != nil, "aggregates by `%s`, which is no aggregate", a.Row)
		if v.check(a.Type != nil, "an aggregate has no type") {
			v.check(sameWord(a.Type, n.Cols[n.Keys+i]), "aggregate %d is a `%s` in a column of `%s`", i, a.Type, n.Cols[n.Keys+i])
		}
		if a.Arg != nil {
			v.code(a.Arg, in)
		}
	}
}

// row finds a library row; without a table there is none.
func (v *verifier) row(id string) *op.Row {
	if v.ops == nil {
		return nil
	}
	return v.ops.ByID(id)
}

func (v *verifier) recursion(n *Node) {
	other := Fix
	if n.Kind == Fix {
		other = Rec
	}
	if !v.check(n.Rec >= 0 && n.Rec < len(v.p.Nodes) && v.p.Nodes[n.Rec].Kind == other, "its recursion is not closed") {
		return
	}
	v.check(v.p.Nodes[n.Rec].Rec == n.ID, "its recursion belongs to another")
	v.same(n.Cols, v.p.Nodes[n.Rec].Cols, "its columns are not those of its recursion")
	if n.Kind == Fix {
		v.check(n.Rec < n.ID, "stands before what stands for it")
		v.same(n.Cols, v.cols(n, 0), "its columns are not those of its body")
	}
	for _, id := range n.Peers {
		v.check(id >= 0 && id < len(v.p.Nodes) && v.p.Nodes[id].Kind == Fix, "a peer is no recursion")
	}
}

// view checks that a view names nodes below limit with the columns of its type.
func (v *verifier) view(w *View, limit int) {
	if !v.check(w.Type != nil, "a view has no type") {
		return
	}
	look := *w // verifying writes nothing: nodes share programs
	look.nodes(func(id *int) { v.check(*id >= 0 && *id < limit, "reads n%d, which does not stand before it", *id) })
	if v.err == nil {
		v.same(v.p.Nodes[w.Node].Cols, lattice.RowColumns(w.Type), "a view's columns are not those of its type")
	}
}
