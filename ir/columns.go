package ir

import "github.com/laspc/lasp/lang/types"

// columns drops columns that nobody reads from the results of maps, joins and
// unnestings. Rows are a bag, so rows that become equal keep their number; a
// Distinct, a recursion and everything that is named needs all columns.
func columns(g *graph) {
	need := g.needs()
	for _, n := range g.p.Nodes {
		if !prunable(n) || isAll(need[n.ID]) {
			continue
		}
		if n.Out != nil || n.Kind == Join {
			g.prune(n, need)
		}
	}
	g.count()
}

func prunable(n *Node) bool { return n.Kind == Map || n.Kind == Join || n.Kind == FlatMap }

func isAll(need []bool) bool {
	for _, b := range need {
		if !b {
			return false
		}
	}
	return true
}

// needs finds, for each node, which of its columns are read. Readers come after
// what they read, so one walk backwards is enough.
func (g *graph) needs() [][]bool {
	nodes := g.p.Nodes
	need := make([][]bool, len(nodes))
	for i, n := range nodes {
		need[i] = make([]bool, len(n.Cols))
	}
	all := func(id int) {
		for i := range need[id] {
			need[id][i] = true
		}
	}
	g.p.views(func(v *View) { v.nodes(func(id *int) { all(*id) }) })
	for _, h := range g.p.Handlers {
		if h.Kind == When {
			all(h.Head)
		}
	}
	for id := len(nodes) - 1; id >= 0; id-- {
		g.demand(nodes[id], need, all)
	}
	return need
}

// demand marks what one node reads of its inputs.
func (g *graph) demand(n *Node, need [][]bool, all func(int)) {
	mark := func(off int, in int) func(int) {
		return func(s int) {
			if s >= off && s-off < len(need[in]) {
				need[in][s-off] = true
			}
		}
	}
	switch n.Kind {
	case Map, FlatMap, Join:
		if len(n.LKey) > 0 {
			for i := range n.LKey {
				need[n.In[0]][n.LKey[i]] = true
				need[n.In[1]][n.RKey[i]] = true
			}
		}
		off := 0
		for _, in := range n.In {
			see := mark(off, in)
			n.Exprs(func(e **Expr) { UsedSlots(*e, see) })
			if n.Out == nil {
				for i := range need[in] {
					need[in][i] = need[in][i] || off+i < len(need[n.ID]) && need[n.ID][off+i]
				}
			}
			off += len(need[in])
		}
	case SemiJoin, AntiJoin:
		for i := range n.LKey {
			need[n.In[0]][n.LKey[i]] = true
			need[n.In[1]][n.RKey[i]] = true
		}
		for i := range need[n.ID] {
			need[n.In[0]][i] = need[n.In[0]][i] || need[n.ID][i]
		}
	case Group:
		for i := 0; i < n.Keys; i++ {
			need[n.In[0]][i] = true
		}
		n.Exprs(func(e **Expr) { UsedSlots(*e, mark(0, n.In[0])) })
	default:
		for _, in := range n.In {
			all(in)
		}
	}
}

// prune drops columns of one node and renumbers them in its readers. It gives up
// where a reader cannot follow.
func (g *graph) prune(n *Node, need [][]bool) {
	keep, to := []int{}, make([]int, len(n.Cols))
	for i := range n.Cols {
		to[i] = len(keep)
		if need[n.ID][i] {
			keep = append(keep, i)
		}
	}
	for _, r := range g.p.Nodes {
		if contains(r.In, n.ID) && !follows(r) {
			return
		}
	}
	for _, r := range g.p.Nodes {
		if contains(r.In, n.ID) {
			g.follow(r, n, keep, to)
		}
	}
	if n.Out == nil {
		n.Out = columnExprs(n.Cols, 0)
	}
	out, cols := make([]*Expr, len(keep)), make([]*types.Type, len(keep))
	for i, k := range keep {
		out[i], cols[i] = n.Out[k], n.Cols[k]
	}
	n.Out, n.Cols, need[n.ID] = out, cols, yes(len(keep))
}

func yes(n int) []bool {
	all := make([]bool, n)
	for i := range all {
		all[i] = true
	}
	return all
}

// follows reports whether a reader can take other column numbers without its
// own columns changing.
func follows(r *Node) bool {
	switch r.Kind {
	case Map, FlatMap, Join:
		return r.Out != nil
	case Group:
		return true
	}
	return false
}

// follow renumbers the columns of n in a node that reads it.
func (g *graph) follow(r, n *Node, keep, to []int) {
	var outs []*Expr
	width := 0
	for _, in := range r.In {
		cols := g.p.Nodes[in].Cols
		if in != n.ID {
			outs = append(outs, columnExprs(cols, width)...)
			width += len(cols)
			continue
		}
		for i, t := range cols {
			outs = append(outs, &Expr{Op: ELocal, Slot: width + to[i], Type: t})
		}
		width += len(keep)
	}
	nOld := len(outs)
	if r.Each != nil { // element columns come after those of the input
		elem := g.p.rowCols(r)[nOld:]
		r.Each = compose(r.Each, nOld, outs, width)
		outs = append(outs, columnExprs(elem, width)...)
		nOld, width = nOld+len(elem), width+len(elem)
	}
	for _, e := range []**Expr{&r.Cond} {
		if *e != nil {
			*e = compose(*e, nOld, outs, width)
		}
	}
	for i := range r.Out {
		r.Out[i] = compose(r.Out[i], nOld, outs, width)
	}
	for i := range r.Aggs {
		if r.Aggs[i].Arg != nil {
			r.Aggs[i].Arg = compose(r.Aggs[i].Arg, nOld, outs, width)
		}
	}
	for side, keys := range [][]int{r.LKey, r.RKey} {
		if len(keys) == 0 || r.In[side] != n.ID {
			continue
		}
		moved := make([]int, len(keys))
		for i, k := range keys {
			moved[i] = to[k]
		}
		if side == 0 {
			r.LKey = moved
		} else {
			r.RKey = moved
		}
	}
}

// sameWord reports whether words of columns of types a and b mean the same.
func sameWord(a, b *types.Type) bool {
	ka, ra := a.RawKind()
	kb, rb := b.RawKind()
	return ra == rb && ka == kb
}
